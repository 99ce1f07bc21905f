//! What people write in a cell, as a value: words in English and Chinese, dates and times, numbers. Each reader takes the
//! text of a cell that is not empty and gives the value or the stable code of what is wrong.

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};

use super::words::{self, squeezed};
use crate::goals::measure::{Promised, Side};
use crate::outlets::naming::{self, Tier};
use crate::text::{fold, nfkc};

/// Refused value: the code of the message.
pub type Read<T> = Result<T, &'static str>;

/// What a branch and a bank promise each other.
pub fn promised(text: &str) -> Read<Promised> {
    words::PROMISES.read(text).and_then(|name| Promised::parse(name).ok_or("unknown_promise"))
}

/// Whose promise it is.
pub fn side(text: &str) -> Read<Side> {
    words::SIDES.read(text).and_then(|name| Side::parse(name).ok_or("unknown_side"))
}

/// The tier in a tier column. An unknown word is not refused: it is none, and the caller warns (`tier_not_read`). A cell that
/// says it holds nothing (`未标注`) is none as well.
pub fn tier(text: &str) -> Option<Tier> {
    const ENGLISH: &[(&str, Tier)] = &[
        ("headoffice", Tier::HeadOffice),
        ("headquarters", Tier::HeadOffice),
        ("branch", Tier::Branch),
        ("centralsubbranch", Tier::CentralSubBranch),
        ("subbranch", Tier::SubBranch),
        ("suboffice", Tier::SubOffice),
    ];
    let word = squeezed(text);
    ENGLISH.iter().find(|(english, _)| *english == word).map(|(_, tier)| *tier).or_else(|| naming::tier_of(&fold(text)))
}

/// The phase of an outlet, as the API's word.
pub fn phase(text: &str) -> Read<&'static str> {
    words::PHASES.read(text)
}

/// Where a prospect was met, as the API's word.
pub fn source(text: &str) -> Read<&'static str> {
    words::SOURCES.read(text)
}

/// How a prospect likes to be reached, as the API's word.
pub fn channel(text: &str) -> Read<&'static str> {
    words::CHANNELS.read(text)
}

/// How long a prospect has been in the market, as the API's word.
pub fn experience(text: &str) -> Read<&'static str> {
    words::EXPERIENCE.read(text)
}

/// What weight a contact's word has: `decides`, `advises` or `gate_keeps`.
pub fn influence(text: &str) -> Read<&'static str> {
    words::INFLUENCES.read(text)
}

/// Yes or no.
pub fn yes_no(text: &str) -> Read<bool> {
    match squeezed(text).as_str() {
        "1" | "是" | "y" | "yes" | "true" | "t" | "对" | "有" | "已是" | "√" | "✓" | "✔" => Ok(true),
        "0" | "否" | "n" | "no" | "false" | "f" | "不是" | "非" | "无" | "×" | "x" | "✗" => Ok(false),
        _ => Err("bad_yes_no"),
    }
}

/// A day: `2026-11-21`, with slashes or points, `2026年11月21日`, `20261121`; a midnight after it is nothing.
pub fn date(text: &str) -> Read<NaiveDate> {
    let text = nfkc(text);
    let (day, rest) = split_day(text.trim()).ok_or("bad_date")?;
    let is_midnight =
        rest.is_empty() || time_of(rest).is_some_and(|(time, offset)| time == NaiveTime::MIN && offset.is_none());
    if is_midnight { Ok(day) } else { Err("bad_date") }
}

/// A moment as written: by a clock on the wall, or with its offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// In the branch's time zone.
    Local(NaiveDateTime),
    Fixed(DateTime<FixedOffset>),
}

/// A day with a time, an offset or none; a day alone is its midnight.
pub fn moment(text: &str) -> Read<Moment> {
    let text = nfkc(text);
    let (day, rest) = split_day(text.trim()).ok_or("bad_date_time")?;
    if rest.is_empty() {
        return Ok(Moment::Local(day.and_time(NaiveTime::MIN)));
    }
    match time_of(rest).ok_or("bad_date_time")? {
        (time, None) => Ok(Moment::Local(day.and_time(time))),
        (time, Some(offset)) => {
            day.and_time(time).and_local_timezone(offset).single().map(Moment::Fixed).ok_or("bad_date_time")
        }
    }
}

/// A time of day: `9:30`, `09:30:15`, `9时30分`, `下午2:30`, `2:30 PM`.
pub fn time(text: &str) -> Read<NaiveTime> {
    match time_of(nfkc(text).trim()) {
        Some((time, None)) => Ok(time),
        _ => Err("bad_time"),
    }
}

/// Degrees of longitude, -180 to 180.
pub fn longitude(text: &str) -> Read<f64> {
    degrees(text, ["东经", "E", "e"], 180.0)
}

/// Degrees of latitude, -90 to 90.
pub fn latitude(text: &str) -> Read<f64> {
    degrees(text, ["北纬", "N", "n"], 90.0)
}

/// A radius in metres, above nothing.
pub fn radius(text: &str) -> Read<f64> {
    let text = nfkc(text);
    let text = text.trim();
    let number = ["米", "metres", "meters", "m", "M"].iter().find_map(|unit| text.strip_suffix(unit)).unwrap_or(text);
    decimal(number).filter(|radius| *radius > 0.0).ok_or("bad_radius")
}

/// How many people come on a usual day, a whole number; with a word for people or without.
pub fn footfall(text: &str) -> Read<f64> {
    let text = nfkc(text);
    let text = text.trim();
    let units = ["人次/天", "人/天", "人次/日", "人/日", "人次", "人", "people", "visitors"];
    let number = units.iter().find_map(|unit| text.strip_suffix(unit)).unwrap_or(text);
    decimal(number).ok_or("bad_footfall")
}

/// The telephone numbers of a cell that may hold several, half width, in their order, each once.
pub fn phones(text: &str) -> Vec<String> {
    let mut phones: Vec<String> = Vec::new();
    let text = nfkc(text);
    for phone in text.split([',', ';', '/', '、', '|', '\n', '\r', '\t']).map(str::trim).filter(|p| !p.is_empty()) {
        if !phones.iter().any(|p| p == phone) {
            phones.push(phone.to_owned());
        }
    }
    phones
}

fn degrees(text: &str, marks: [&str; 3], limit: f64) -> Read<f64> {
    let text = nfkc(text);
    let text = text.trim();
    let text =
        marks.iter().find_map(|mark| text.strip_prefix(mark).or_else(|| text.strip_suffix(mark))).unwrap_or(text);
    decimal(text.trim().trim_end_matches(['°', '度'])).filter(|degrees| degrees.abs() <= limit).ok_or("bad_coordinate")
}

/// Sign, digits and at most one point; the comma of other countries is read as one. No exponent, no `inf`, no `nan`.
fn decimal(text: &str) -> Option<f64> {
    let text = text.trim();
    let plain = if text.contains('.') { text.to_owned() } else { text.replacen(',', ".", 1) };
    let is_plain =
        plain.chars().enumerate().all(|(at, c)| c.is_ascii_digit() || c == '.' || (at == 0 && matches!(c, '-' | '+')));
    plain.parse().ok().filter(|number: &f64| is_plain && number.is_finite())
}

/// The day at the beginning of a text, and what follows it.
fn split_day(text: &str) -> Option<(NaiveDate, &str)> {
    let digits = |text: &str| text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let year_end = digits(text);
    if year_end == 8 {
        let day = NaiveDate::parse_from_str(&text[..8], "%Y%m%d").ok().filter(is_of_our_time)?;
        return Some((day, after_day(&text[8..])?));
    }
    let (year, rest) = text.split_at_checked(4).filter(|_| year_end == 4)?;
    let rest = after_mark(rest, &['年', '-', '/', '.'])?;
    let (month, rest) = rest.split_at(digits(rest));
    let rest = after_mark(rest, &['月', '-', '/', '.'])?;
    let (day, rest) = rest.split_at(digits(rest));
    let rest = after_mark(rest, &['日', '号']).or_else(|| after_day(rest))?;
    let short = |part: &str| (1..=2).contains(&part.len()).then(|| part.parse::<u32>().ok()).flatten();
    let day = NaiveDate::from_ymd_opt(year.parse().ok()?, short(month)?, short(day)?).filter(is_of_our_time)?;
    Some((day, rest))
}

/// Years that a record of people can hold; 0226 is a slip.
fn is_of_our_time(day: &NaiveDate) -> bool {
    use chrono::Datelike;
    (1900..=2200).contains(&day.year())
}

fn after_mark<'a>(text: &'a str, marks: &[char]) -> Option<&'a str> {
    text.trim_start().strip_prefix(marks).map(str::trim_start)
}

/// A time stands apart from its day by a T or a space.
fn after_day(text: &str) -> Option<&str> {
    let apart = text.is_empty() || text.starts_with(|c: char| c == 'T' || c == 't' || c.is_whitespace());
    apart.then(|| text.trim_start_matches(['T', 't']).trim_start())
}

/// A time of day and its offset.
fn time_of(text: &str) -> Option<(NaiveTime, Option<FixedOffset>)> {
    const MORNING: &[&str] = &["上午", "早上", "凌晨"];
    const AFTERNOON: &[&str] = &["下午", "晚上", "中午"];
    let begins = |words: &[&str]| words.iter().find_map(|word| text.strip_prefix(word));
    let (half, text) = match (begins(MORNING), begins(AFTERNOON)) {
        (Some(rest), _) => (Some(false), rest),
        (_, Some(rest)) => (Some(true), rest),
        _ => (None, text),
    };
    let (text, offset) = split_offset(text.trim());
    let upper = text.to_ascii_uppercase();
    let (half, clock) = match (upper.strip_suffix("PM"), upper.strip_suffix("AM")) {
        (Some(rest), _) => (Some(true), rest),
        (_, Some(rest)) => (Some(false), rest),
        _ => (half, upper.as_str()),
    };
    let (hour, minute, second) = clock_of(clock.trim())?;
    let hour = match half {
        Some(true) if hour < 12 => hour + 12,
        Some(false) if hour == 12 => 0,
        _ => hour,
    };
    Some((NaiveTime::from_hms_opt(hour, minute, second)?, offset))
}

/// `9:30`, `09:30:15.250` (the fraction is dropped), `9时30分15秒`, `9点`.
fn clock_of(text: &str) -> Option<(u32, u32, u32)> {
    let text = text.replace(['时', '点', '分'], ":").replace('秒', "");
    let text = text
        .strip_suffix(':')
        .map_or_else(|| text.clone(), |hour| if hour.contains(':') { hour.to_owned() } else { format!("{hour}:00") });
    let parts: Vec<&str> = text.split(':').map(str::trim).collect();
    let number = |part: &str| {
        ((1..=2).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit())).then(|| part.parse().ok()).flatten()
    };
    match parts.as_slice() {
        [hour, minute] => Some((number(hour)?, number(minute)?, 0)),
        [hour, minute, second] => {
            let (second, fraction) = second.split_once('.').unwrap_or((second, "0"));
            fraction.bytes().all(|b| b.is_ascii_digit()).then_some((number(hour)?, number(minute)?, number(second)?))
        }
        _ => None,
    }
}

/// `Z`, `+08:00`, `+0800`, `+08` at the end of a time.
fn split_offset(text: &str) -> (&str, Option<FixedOffset>) {
    if let Some(clock) = text.strip_suffix(['Z', 'z']) {
        return (clock, FixedOffset::east_opt(0));
    }
    let Some(at) = text.rfind(['+', '-']) else { return (text, None) };
    let digits: String = text[at + 1..].chars().filter(|c| *c != ':').collect();
    let is_offset = matches!(digits.len(), 2 | 4) && digits.bytes().all(|b| b.is_ascii_digit());
    let part = |range: std::ops::Range<usize>| digits.get(range).and_then(|d| d.parse::<i64>().ok());
    let (Some(hours), true) = (part(0..2), is_offset) else { return (text, None) };
    let seconds = TimeDelta::minutes(hours * 60 + part(2..4).unwrap_or(0)).num_seconds();
    let signed = if text[at..].starts_with('-') { -seconds } else { seconds };
    match i32::try_from(signed).ok().and_then(FixedOffset::east_opt) {
        Some(offset) => (text[..at].trim_end(), Some(offset)),
        None => (text, None),
    }
}

#[cfg(test)]
#[path = "values_tests.rs"]
mod tests;
