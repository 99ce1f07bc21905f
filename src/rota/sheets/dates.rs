//! Dates as people head the columns of a rota: real dates, serial numbers, `12/1`, `12月1日`, `1`, `1 / 一`, `Tue 1`; and the month and year that a title
//! or a sheet's name gives to those that lack them.

use chrono::{Datelike, Days, NaiveDate, Weekday};

use crate::text::fold;

/// A heading as far as it says its date itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heading {
    /// All of it.
    Date(NaiveDate),
    /// Month and day.
    MonthDay(u32, u32),
    /// The day alone.
    Day(u32),
}

/// A heading with the weekday it also names, if it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Read {
    /// What it says of the date.
    pub heading: Heading,
    /// What it says of the weekday.
    pub weekday: Option<Weekday>,
}

/// A month, with its year where that is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Month {
    /// The year.
    pub year: Option<i32>,
    /// 1 to 12.
    pub month: u32,
}

/// The longest heading.
const LONGEST: usize = 24;
const CHINESE: [&str; 12] = ["一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二"];
const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS: [Weekday; 7] =
    [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri, Weekday::Sat, Weekday::Sun];
const ENGLISH_DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    /// A number and how many digits it was written with.
    Number(u32, usize),
    /// A Latin word, or one Chinese character.
    Word(String),
}

/// Numbers and words; marks between them are nothing. None where something is neither.
fn tokens(text: &str) -> Option<Vec<Token>> {
    let folded = fold(text);
    let mut found: Vec<Token> = Vec::new();
    let mut chars = folded.chars().peekable();
    while let Some(c) = chars.next() {
        let mut run = String::from(c);
        if c.is_ascii_digit() {
            while let Some(next) = chars.next_if(char::is_ascii_digit) {
                run.push(next);
            }
            found.push(Token::Number(run.parse().ok()?, run.len()));
        } else if c.is_ascii_alphabetic() {
            while let Some(next) = chars.next_if(char::is_ascii_alphabetic) {
                run.push(next);
            }
            found.push(Token::Word(run));
        } else if c.is_alphanumeric() {
            found.push(Token::Word(run));
        } else if !c.is_whitespace() && !"-/.,:;()[]|~_·、'’—–".contains(c) {
            return None;
        }
    }
    Some(found)
}

/// What a column's heading says; none where it is no date.
pub fn heading(text: &str) -> Option<Read> {
    if text.chars().count() > LONGEST {
        return None;
    }
    // 日 after a day's number is "day"; after a mark it is Sunday.
    let mut text = fold(text);
    for mark in ["(日", "/日", "|日", "( 日", "/ 日"] {
        text = text.replace(mark, " 周日");
    }
    let tokens = tokens(&text)?;
    let mut numbers: Vec<(u32, usize)> = Vec::new();
    let (mut weekday, mut month, mut names_month_only) = (None, None, false);
    let mut before: Option<&Token> = None;
    for token in &tokens {
        match token {
            Token::Number(n, digits) => {
                numbers.push((*n, *digits));
                names_month_only = false;
            }
            Token::Word(word) => match (word.as_str(), before) {
                ("年", Some(Token::Number(..))) => {}
                ("月", Some(Token::Number(..))) => names_month_only = true,
                ("日" | "号", Some(Token::Number(..))) => {}
                ("周" | "星" | "期" | "礼" | "拜", _) => {}
                ("st" | "nd" | "rd" | "th", Some(Token::Number(..))) => {}
                (word, _) => match (chinese_weekday(word).or_else(|| english_weekday(word)), english_month(word)) {
                    (Some(day), _) => weekday = Some(day),
                    (None, Some(named)) => month = Some(named),
                    (None, None) => return None,
                },
            },
        }
        before = Some(token);
    }
    if names_month_only {
        return None;
    }
    Some(Read { heading: of_numbers(&numbers, month)?, weekday })
}

fn of_numbers(numbers: &[(u32, usize)], month: Option<u32>) -> Option<Heading> {
    let date = |y: u32, m: u32, d: u32| NaiveDate::from_ymd_opt(i32::try_from(y).ok()?, m, d).map(Heading::Date);
    let month_day =
        |m: u32, d: u32| ((1..=12).contains(&m) && (1..=31).contains(&d)).then_some(Heading::MonthDay(m, d));
    match (numbers, month) {
        ([(d, 1 | 2)], Some(m)) => month_day(m, *d),
        ([(d, 1 | 2), (y, 4)] | [(y, 4), (d, 1 | 2)], Some(m)) => date(*y, m, *d),
        (_, Some(_)) => None,
        ([(y, 4), (m, 1 | 2), (d, 1 | 2)], None) => date(*y, *m, *d),
        // A time of midnight after it is nothing.
        ([(y, 4), (m, 1 | 2), (d, 1 | 2), (0, _), (0, _)], None) => date(*y, *m, *d),
        ([(y, 2), (m, 1 | 2), (d, 1 | 2)], None) => date(2000 + y, *m, *d),
        ([(n, 8)], None) => date(n / 10_000, n / 100 % 100, n % 100),
        ([(n, 5)], None) => serial(*n).map(Heading::Date),
        ([(m, 1 | 2), (d, 1 | 2)], None) => month_day(*m, *d),
        ([(d, 1 | 2)], None) => (1..=31).contains(d).then_some(Heading::Day(*d)),
        _ => None,
    }
}

/// A day as spreadsheets count them, from 2000 to 2099.
fn serial(n: u32) -> Option<NaiveDate> {
    let epoch = NaiveDate::from_ymd_opt(1899, 12, 30)?;
    (36_526..=73_050).contains(&n).then(|| epoch + Days::new(u64::from(n)))
}

fn chinese_weekday(word: &str) -> Option<Weekday> {
    let at = match word {
        "天" | "日" => 6,
        word => CHINESE[..6].iter().position(|w| *w == word)?,
    };
    Some(WEEKDAYS[at])
}

fn english_weekday(word: &str) -> Option<Weekday> {
    let at = ENGLISH_DAYS.iter().position(|day| word.starts_with(day) && is_name(word, day, "day"))?;
    Some(WEEKDAYS[at])
}

/// The short name, or a longer one up to the full.
fn is_name(word: &str, short: &str, end: &str) -> bool {
    word == short || word.ends_with(end) || matches!(word, "tues" | "thur" | "thurs")
}

fn english_month(word: &str) -> Option<u32> {
    const FULL: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let at = MONTHS
        .iter()
        .zip(FULL)
        .position(|(short, full)| word == *short || word == full || (word == "sept" && *short == "sep"))?;
    u32::try_from(at + 1).ok()
}

/// Whether a cell says a weekday and nothing else: the row under the dates.
pub fn is_weekday(text: &str) -> bool {
    let Some(tokens) = tokens(text) else { return false };
    !tokens.is_empty()
        && tokens.iter().all(|token| match token {
            Token::Number(..) => false,
            Token::Word(word) => {
                matches!(word.as_str(), "周" | "星" | "期" | "礼" | "拜")
                    || chinese_weekday(word).is_some()
                    || english_weekday(word).is_some()
            }
        })
}

/// The first month that a title, a sheet's or a file's name says: `2026年12月排班`, `12月`, `2026-12`, `十二月`, `Dec 2026`.
pub fn month(text: &str) -> Option<Month> {
    if let Some(Read { heading: Heading::Date(date), .. }) = heading(text) {
        return Some(Month { year: Some(date.year()), month: date.month() });
    }
    let tokens = loose_tokens(text);
    let year = year(text);
    for (at, token) in tokens.iter().enumerate() {
        let next = tokens.get(at + 1);
        let named = match token {
            Token::Number(n, 1 | 2) if next == Some(&Token::Word("月".into())) => Some(*n),
            // `2026-12`, with nothing after that would make it something else.
            Token::Number(n, 1 | 2)
                if at > 0 && matches!(tokens[at - 1], Token::Number(y, 4) if (2000..2100).contains(&y)) =>
            {
                Some(*n)
            }
            Token::Word(word) => english_month(word).or_else(|| chinese_month(&tokens[..=at], next)),
            Token::Number(..) => None,
        };
        if let Some(month) = named.filter(|n| (1..=12).contains(n)) {
            return Some(Month { year, month });
        }
    }
    None
}

/// `十二月`: the characters before 月.
fn chinese_month(until: &[Token], next: Option<&Token>) -> Option<u32> {
    if next != Some(&Token::Word("月".into())) {
        return None;
    }
    let word = |token: &Token| match token {
        Token::Word(word) if CHINESE.contains(&word.as_str()) => Some(word.clone()),
        _ => None,
    };
    let run: Vec<String> = until.iter().rev().map_while(word).collect();
    let name: String = run.into_iter().rev().collect();
    CHINESE.iter().position(|month| *month == name).and_then(|at| u32::try_from(at + 1).ok())
}

/// The first year that a text says.
pub fn year(text: &str) -> Option<i32> {
    loose_tokens(text).iter().find_map(|token| match token {
        Token::Number(y, 4) if (2000..2100).contains(y) => i32::try_from(*y).ok(),
        Token::Number(n, 6 | 8) => {
            let y = if *n > 1_000_000 { n / 10_000 } else { n / 100 };
            (2000..2100).contains(&y).then(|| i32::try_from(y).ok()).flatten()
        }
        _ => None,
    })
}

/// As `tokens`, but what is neither number nor word is skipped: titles hold anything.
fn loose_tokens(text: &str) -> Vec<Token> {
    let plain: String = fold(text).chars().map(|c| if c.is_alphanumeric() { c } else { ' ' }).collect();
    tokens(&plain).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(y: i32, m: u32, d: u32) -> Heading {
        Heading::Date(NaiveDate::from_ymd_opt(y, m, d).unwrap())
    }

    #[test]
    fn headings_are_read_in_every_dress() {
        use Heading::{Day, MonthDay};
        let table: &[(&str, Heading, Option<Weekday>)] = &[
            ("2026-12-01", date(2026, 12, 1), None),
            ("2026/12/1", date(2026, 12, 1), None),
            ("2026.12.1", date(2026, 12, 1), None),
            ("2026年12月1日", date(2026, 12, 1), None),
            ("2026-12-01 00:00", date(2026, 12, 1), None),
            ("20261201", date(2026, 12, 1), None),
            ("46357", date(2026, 12, 1), None),
            ("26-12-1", date(2026, 12, 1), None),
            ("1 Dec 2026", date(2026, 12, 1), None),
            ("12/1", MonthDay(12, 1), None),
            ("12月1日", MonthDay(12, 1), None),
            ("12月1号(周二)", MonthDay(12, 1), Some(Weekday::Tue)),
            ("１２／１", MonthDay(12, 1), None),
            ("Dec 1", MonthDay(12, 1), None),
            ("1st December", MonthDay(12, 1), None),
            ("1", Day(1), None),
            ("01", Day(1), None),
            ("31日", Day(31), None),
            ("1 / 一", Day(1), Some(Weekday::Mon)),
            ("1\n星期日", Day(1), Some(Weekday::Sun)),
            ("6（日）", Day(6), Some(Weekday::Sun)),
            ("Tue 1", Day(1), Some(Weekday::Tue)),
            ("thursday 3", Day(3), Some(Weekday::Thu)),
        ];
        for (text, heading_, weekday) in table {
            assert_eq!(heading(text), Some(Read { heading: *heading_, weekday: *weekday }), "{text}");
        }
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in [
            "",
            "姓名",
            "12月",
            "A1",
            "32",
            "0",
            "合计",
            "13/40",
            "2026-02-30",
            "A",
            "休",
            "2026年",
            "12345678901234567890123456",
        ] {
            assert_eq!(heading(text), None, "{text}");
        }
    }

    #[test]
    fn weekdays_alone_are_known() {
        assert!(["一", "周日", "星期天", "Mon", "Sunday", "（六）"].iter().all(|t| is_weekday(t)));
        assert!(!["1", "", "姓名", "周三下午", "A"].iter().any(|t| is_weekday(t)));
    }

    #[test]
    fn titles_say_month_and_year() {
        type Said = Option<(Option<i32>, u32)>;
        let table: &[(&str, Said)] = &[
            ("2026年12月驻点排班表", Some((Some(2026), 12))),
            ("驻点排班(2026.12)", Some((Some(2026), 12))),
            ("12月", Some((None, 12))),
            ("3月 表", Some((None, 3))),
            ("十二月", Some((None, 12))),
            ("二月", Some((None, 2))),
            ("rota-2026-03.xlsx", Some((Some(2026), 3))),
            ("December 2026", Some((Some(2026), 12))),
            ("11月26日至12月25日", Some((None, 11))),
            ("2026-12-01", Some((Some(2026), 12))),
            ("西安分行", None),
            ("Sheet1", None),
            ("2026年", None),
        ];
        for (text, wanted) in table {
            assert_eq!(month(text).map(|m| (m.year, m.month)), *wanted, "{text}");
        }
        assert_eq!((year("2026年排班"), year("排班"), year("rota202612")), (Some(2026), None, Some(2026)));
    }
}
