//! Notices numbers that no free text may hold: mainland identity cards and bank cards. The brokerage keeps neither, so
//! one typed into a note is refused. Checksums keep false alarms rare: mobile numbers, certificate numbers, order
//! numbers and coordinates pass.

use chrono::{Datelike, NaiveDate};

use super::mobile::Mobile;
use super::nfkc;

/// What kind of number was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sensitive {
    /// A resident identity card: 18 characters with checksum (GB 11643-1999), or the older 15 digits.
    IdCard,
    /// A bank card: 16 to 19 digits that pass Luhn and begin as cards do.
    BankCard,
}

impl Sensitive {
    /// The stable code of the refusal.
    pub fn code(self) -> &'static str {
        match self {
            Self::IdCard => "id_card_number",
            Self::BankCard => "bank_card_number",
        }
    }
}

/// The first such number in the text, if there is one.
pub fn find(text: &str) -> Option<Sensitive> {
    first(text, Run::kind)
}

/// Whether a mobile number stands in the text, in one piece or in groups.
pub fn has_mobile(text: &str) -> bool {
    first(text, |run| run.is_mobile().then_some(())).is_some()
}

/// What is made of the first run of digits of which anything is made.
fn first<T>(text: &str, what: impl Fn(&Run) -> Option<T>) -> Option<T> {
    let chars: Vec<char> = nfkc(text).chars().collect();
    let mut from = 0;
    while from < chars.len() {
        if !chars[from].is_ascii_digit() {
            from += 1;
            continue;
        }
        let run = Run::at(&chars, from);
        if let Some(made) = what(&run).filter(|_| run.stands_alone(&chars)) {
            return Some(made);
        }
        from = run.end;
    }
    None
}

/// Digits as people write long numbers: groups with a space or dash between, perhaps an X at the end.
struct Run {
    start: usize,
    end: usize,
    groups: Vec<String>,
}

impl Run {
    fn at(chars: &[char], start: usize) -> Self {
        let mut groups = vec![String::new()];
        let (mut at, mut end) = (start, start);
        while at < chars.len() {
            let c = chars[at];
            if c.is_ascii_digit() || (c.eq_ignore_ascii_case(&'x') && ends_word(chars, at)) {
                if let Some(group) = groups.last_mut() {
                    group.push(c.to_ascii_uppercase());
                }
                at += 1;
                end = at;
                if !c.is_ascii_digit() {
                    break;
                }
            } else if is_separator(c) && chars.get(at + 1).is_some_and(char::is_ascii_digit) {
                groups.push(String::new());
                at += 1;
            } else {
                break;
            }
        }
        Self { start, end, groups }
    }

    /// Part of a longer word, an identifier or a decimal number is no card.
    fn stands_alone(&self, chars: &[char]) -> bool {
        let before = self.start.checked_sub(1).and_then(|at| chars.get(at));
        let after = chars.get(self.end);
        let joins = |c: Option<&char>| c.is_some_and(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_'));
        let decimal_after = after == Some(&'.') && chars.get(self.end + 1).is_some_and(char::is_ascii_digit);
        !joins(before) && !after.is_some_and(|c| c.is_ascii_alphanumeric() || *c == '_') && !decimal_after
    }

    /// Groups side by side that make up a mobile number, at most as many as it is read out in.
    fn is_mobile(&self) -> bool {
        let most = self.groups.len().min(4);
        (1..=most).any(|size| self.groups.windows(size).any(|some| Mobile::parse(&some.concat()).is_ok()))
    }

    /// Each group by itself, then the whole where it is grouped as cards are: two telephone numbers side by side are
    /// not one card.
    fn kind(&self) -> Option<Sensitive> {
        let whole = || {
            let sizes: Vec<usize> = self.groups.iter().map(String::len).collect();
            (sizes.len() > 1 && is_card_grouping(&sizes)).then(|| number_kind(&self.groups.concat())).flatten()
        };
        self.groups.iter().find_map(|group| number_kind(group)).or_else(whole)
    }
}

fn is_separator(c: char) -> bool {
    c.is_whitespace() && c != '\n' || matches!(c, '-' | '‐' | '‑' | '–' | '—' | '·')
}

/// Fours (the last may be shorter) as on a bank card, 6 and the rest as banks print it, 6-8-4 and 6-3 and alike as identity
/// cards are read out.
fn is_card_grouping(sizes: &[usize]) -> bool {
    let fours = sizes.len() >= 4 && sizes[..sizes.len() - 1].iter().all(|s| *s == 4) && sizes[sizes.len() - 1] <= 4;
    let identity = matches!(sizes, [6, 8, 4] | [6, 4, 4, 4] | [3, 3, 4, 4, 4] | [6, 6, 3] | [6, 4, 2, 2, 4]);
    fours || identity || matches!(sizes, [6, 10..=13])
}

fn number_kind(number: &str) -> Option<Sensitive> {
    let is_id = match number.len() {
        15 => is_plausible_15(number),
        18 => is_identity_18(number),
        _ => false,
    };
    if is_id {
        return Some(Sensitive::IdCard);
    }
    is_bank_card(number).then_some(Sensitive::BankCard)
}

/// GB 11643-1999: region, date of birth, and the ISO 7064 MOD 11-2 check character.
fn is_identity_18(number: &str) -> bool {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    const CHECK: &[u8; 11] = b"10X98765432";
    let Some(sum) = number.chars().zip(WEIGHTS).map(|(c, w)| c.to_digit(10).map(|d| d * w)).sum::<Option<u32>>() else {
        return false;
    };
    let check = CHECK[(sum % 11) as usize];
    number.as_bytes()[17] == check && is_region(&number[..2]) && is_birth_date(&number[6..14])
}

/// The 15 digits issued before 1999 carry no check digit: a region and a date of the twentieth century must do.
fn is_plausible_15(number: &str) -> bool {
    number.bytes().all(|b| b.is_ascii_digit())
        && is_region(&number[..2])
        && is_birth_date(&format!("19{}", &number[6..12]))
}

fn is_birth_date(digits: &str) -> bool {
    NaiveDate::parse_from_str(digits, "%Y%m%d").is_ok_and(|date| (1900..=2100).contains(&date.year()))
}

/// The first two digits of GB/T 2260: provinces, Taiwan, Hong Kong and Macao.
fn is_region(prefix: &str) -> bool {
    prefix
        .parse::<u8>()
        .is_ok_and(|p| matches!(p, 11..=15 | 21..=23 | 31..=37 | 41..=46 | 50..=54 | 61..=65 | 71 | 81..=83))
}

/// UnionPay (6, and 9558 of the oldest cards) with 16 to 19 digits; Visa, Mastercard and JCB with 16; and the check digit of
/// ISO/IEC 7812.
fn is_bank_card(number: &str) -> bool {
    let begins =
        |low: u32, high: u32| number.get(..2).and_then(|p| p.parse().ok()).is_some_and(|p| (low..=high).contains(&p));
    let is_one = match number.len() {
        16 => begins(40, 49) || begins(51, 55) || begins(35, 35) || begins(60, 69) || number.starts_with("9558"),
        17..=19 => begins(60, 69) || number.starts_with("9558"),
        _ => false,
    };
    is_one && passes_luhn(number)
}

fn passes_luhn(number: &str) -> bool {
    let mut sum = 0;
    for (place, c) in number.chars().rev().enumerate() {
        let Some(digit) = c.to_digit(10) else { return false };
        let doubled = if place % 2 == 1 { digit * 2 } else { digit };
        sum += if doubled > 9 { doubled - 9 } else { doubled };
    }
    sum % 10 == 0 && number.bytes().any(|b| b != b'0')
}

/// An X counts as the check character only where it closes the 18th place of its group or of the whole.
fn ends_word(chars: &[char], at: usize) -> bool {
    let digits = chars[..at]
        .iter()
        .rev()
        .take_while(|c| c.is_ascii_digit() || is_separator(**c))
        .filter(|c| c.is_ascii_digit())
        .count();
    digits >= 17 && !chars.get(at + 1).is_some_and(|c| c.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    // Made-up numbers with right check digits; none was ever issued to anyone known to us.
    const ID: &str = "11010519491231002X";
    const ID_DIGITS: &str = "440524188001010014";
    const CARD_16: &str = "4111111111111111";

    #[test]
    fn identity_cards_are_found_however_they_are_written() {
        for text in [
            ID,
            "身份证11010519491231002x，请核对",
            "１１０１０５１９４９１２３１００２Ｘ",
            "110105 19491231 002X",
            "110105-1949-1231-002X",
            "老证 110105491231002 号",
        ] {
            assert_eq!(find(text), Some(Sensitive::IdCard), "{text}");
        }
    }

    #[test]
    fn a_date_before_1900_or_a_wrong_check_digit_is_no_identity_card() {
        assert_eq!(find(ID_DIGITS), None);
        assert_eq!(find("110105194912310021"), None);
        assert_eq!(find("110105194913310020"), None);
    }

    #[test]
    fn bank_cards_are_found_however_they_are_written() {
        let card = with_luhn("622202020011223344");
        assert_eq!(card.len(), 19);
        let grouped: Vec<String> = card.as_bytes().chunks(4).map(|c| String::from_utf8_lossy(c).into_owned()).collect();
        for text in [
            card.clone(),
            format!("卡号:{card}。"),
            grouped.join(" "),
            grouped.join("-"),
            grouped.join("　"),
            format!("{} {}", &card[..6], &card[6..]),
            CARD_16.to_owned(),
            "４１１１ １１１１ １１１１ １１１１".to_owned(),
        ] {
            assert_eq!(find(&text), Some(Sensitive::BankCard), "{text}");
        }
        let wrong = format!("{}{}", &card[..18], (card.as_bytes()[18] - b'0' + 1) % 10);
        assert_eq!(find(&wrong), None);
    }

    #[test]
    fn everyday_numbers_pass() {
        for text in [
            "13800138000",
            "13800138000 13900139000",
            "138 0013 8000, 139-0013-9000",
            "+86 138 0013 8000",
            "008613800138000",
            "(029)84812114,(029)84812591",
            "执业证书 S0740418120001",
            "登记编号S07404181200016222",
            "统一社会信用代码 91610000MA6TXXXX0X",
            "经度 108.63750000000000123 纬度 34.1144760000000001",
            "2026-11-21 09:30:00 至 2026-11-21 17:00:00",
            "20261121093000123",
            "fa7da3e84f2bca6243d63ea9",
            "550e8400-e29b-41d4-a716-446655440000",
            "0000000000000000",
            "他说1万2，分3次",
            "",
        ] {
            assert_eq!(find(text), None, "{text}");
        }
    }

    #[test]
    fn mobile_numbers_are_found_however_they_are_written() {
        for text in [
            "客户 13812345678 没来",
            "138 1234 5678",
            "138-1234-5678",
            "+86 138 1234 5678",
            "8613812345678",
            "１３８１２３４５６７８",
        ] {
            assert!(has_mobile(text), "{text}");
        }
        for text in [
            "到 11 月 21 日 12345 户",
            "12812345678",
            "1381234567",
            "编号 A13812345678",
            "2026-11-21 10:30",
            "029-88452222",
        ] {
            assert!(!has_mobile(text), "{text}");
        }
    }

    fn with_luhn(digits: &str) -> String {
        (0..10).map(|d| format!("{digits}{d}")).find(|n| passes_luhn(n)).unwrap()
    }

    proptest! {
        #[test]
        fn it_never_panics(text in any::<String>()) {
            find(&text);
        }

        #[test]
        fn it_never_panics_on_digits(text in "[0-9xX \\-.Ａ４]{0,60}") {
            find(&text);
        }

    #[test]
        fn mobile_numbers_never_alarm(mobiles in prop::collection::vec("1[3-9][0-9]{9}", 1..4), sep in "[ ,，、/]") {
            prop_assert_eq!(find(&mobiles.join(&sep)), None);
        }
    }
}
