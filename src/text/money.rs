//! Amounts of money: typed in yuan as people write them, kept in fen, shown in yuan.

use super::nfkc;

/// The most that an amount may be, in fen: ten trillion yuan, either way.
const MOST: i128 = 1_000_000_000_000_000;
/// The most digits after the point: a spreadsheet's own are fewer.
const DECIMALS: usize = 20;

/// Fen of an amount in yuan: `1,200.50`, `¥350`, `320万`, `0.032 亿元`. None where it is no amount, or not of whole fen.
pub fn fen(typed: &str) -> Option<i64> {
    let (amount, scale) = scaled(typed)?;
    (amount % scale == 0).then(|| within(amount / scale)).flatten()
}

/// As `fen`, to the nearest fen: what a spreadsheet worked out has more decimals than money has.
pub fn nearest_fen(typed: &str) -> Option<i64> {
    let (amount, scale) = scaled(typed)?;
    let half = if amount < 0 { -scale / 2 } else { scale / 2 };
    within((amount + half) / scale)
}

fn within(fen: i128) -> Option<i64> {
    if fen.abs() <= MOST { i64::try_from(fen).ok() } else { None }
}

/// So many fen, in parts of what the second number says. Digits before the point must be there; no exponent.
fn scaled(typed: &str) -> Option<(i128, i128)> {
    let text: String = nfkc(typed).chars().filter(|c| *c != ',' && !c.is_whitespace()).collect();
    let text = ["元", "yuan"].iter().find_map(|word| text.strip_suffix(word)).unwrap_or(&text);
    let units = [("亿", 100_000_000), ("万", 10_000)];
    let of = |(word, worth)| text.strip_suffix(word).map(|number| (number, worth));
    let (text, worth) = units.into_iter().find_map(of).unwrap_or((text, 1));
    let text = text.trim_start_matches('¥');
    let (sign, text) = match text.strip_prefix(['-', '−']) {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let text = text.trim_start_matches('¥');
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let only_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty()
        || whole.len() > 15
        || decimals.len() > DECIMALS
        || !only_digits(whole)
        || !only_digits(decimals)
    {
        return None;
    }
    let amount: i128 = format!("{whole}{decimals}").parse().ok()?;
    Some((sign * amount.checked_mul(worth * 100)?, 10_i128.pow(decimals.len() as u32)))
}

/// Fen as yuan with two decimals.
pub fn yuan(fen: i64) -> String {
    let sign = if fen < 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", fen.unsigned_abs() / 100, fen.unsigned_abs() % 100)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_amount_is_read_as_people_write_it() {
        for typed in [
            "3200000",
            "3,200,000",
            "¥3,200,000.00",
            "320万",
            "320 万元",
            "３２０万",
            "0.032亿",
            "3200000元",
            "+3200000.",
            "3200000 yuan",
        ] {
            assert_eq!(fen(typed), Some(320_000_000), "{typed}");
        }
        for (typed, amount) in [
            ("0.29", 29),
            ("¥0.01", 1),
            ("-12.30", -1_230),
            ("-¥12.3", -1_230),
            ("−5", -500),
            ("0.00009 万", 90),
            ("0.5000", 50),
        ] {
            assert_eq!(fen(typed), Some(amount), "{typed}");
        }
        for typed in [
            "",
            "很多",
            "万",
            "3百万",
            "1e6",
            ".5",
            "1.2.3",
            "NaN",
            "inf",
            "--1",
            "1.234",
            "0.0000001万",
            "99999999999999",
            "999999亿",
        ] {
            assert_eq!(fen(typed), None, "{typed}");
        }
    }

    #[test]
    fn what_a_spreadsheet_worked_out_is_rounded() {
        for (typed, amount) in [
            ("0.30000000000000004", 30),
            ("1.234", 123),
            ("1.235", 124),
            ("-1.235", -124),
            ("0.004", 0),
            ("12.3", 1_230),
        ] {
            assert_eq!(nearest_fen(typed), Some(amount), "{typed}");
        }
        assert_eq!(nearest_fen("0.000000000000000000001"), None);
    }

    #[test]
    fn fen_are_written_as_yuan() {
        assert_eq!([0, 5, 12_345, -150].map(yuan), ["0.00", "0.05", "123.45", "-1.50"]);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(amount in -1_000_000_000_000_000_i64..=1_000_000_000_000_000) {
            prop_assert_eq!(fen(&yuan(amount)), Some(amount));
            prop_assert_eq!(nearest_fen(&yuan(amount)), Some(amount));
        }
    }
}
