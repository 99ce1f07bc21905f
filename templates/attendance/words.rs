//! How attendance is said: days, times, distances, verdicts, flags.

use chrono::{Datelike, NaiveDate, NaiveTime, Timelike};
use maud::Markup;

use crate::attendance::month::Totals;
use crate::attendance::status::Status;
use crate::attendance::{Flag, Verdict};
use crate::t;
use crate::templates::parts::{self, Figure};
use crate::templates::{Lang, State};

/// `11 月 21 日 星期六`, `Saturday 21 November`.
pub fn day(lang: Lang, date: NaiveDate) -> String {
    match lang {
        Lang::Zh => format!("{} 月 {} 日 星期{}", date.month(), date.day(), weekday_zh(date)),
        Lang::En => date.format("%A %-d %B").to_string(),
    }
}

/// `11 月 21 日`, `21 Nov`.
pub fn short_day(lang: Lang, date: NaiveDate) -> String {
    match lang {
        Lang::Zh => format!("{} 月 {} 日", date.month(), date.day()),
        Lang::En => date.format("%-d %b").to_string(),
    }
}

/// `周六 11-21`, `Sat 21 Nov`.
pub fn column_day(lang: Lang, date: NaiveDate) -> String {
    match lang {
        Lang::Zh => format!("周{} {}", weekday_zh(date), date.format("%m-%d")),
        Lang::En => date.format("%a %-d %b").to_string(),
    }
}

fn weekday_zh(date: NaiveDate) -> char {
    ['一', '二', '三', '四', '五', '六', '日'][date.weekday().num_days_from_monday() as usize]
}

/// `2026 年 11 月`, `November 2026`.
pub fn month(lang: Lang, date: NaiveDate) -> String {
    match lang {
        Lang::Zh => format!("{} 年 {} 月", date.year(), date.month()),
        Lang::En => date.format("%B %Y").to_string(),
    }
}

/// `六`, `Sa`.
pub fn weekday(lang: Lang, date: NaiveDate) -> String {
    match lang {
        Lang::Zh => weekday_zh(date).to_string(),
        Lang::En => date.format("%a").to_string().chars().take(2).collect(),
    }
}

/// `09:05`.
pub fn clock(time: NaiveTime) -> String {
    time.format("%H:%M").to_string()
}

/// Minutes since midnight.
pub fn minute_of_day(time: NaiveTime) -> u16 {
    (time.hour() * 60 + time.minute()) as u16
}

/// `82 米`, `2.4 公里`.
pub fn metres(lang: Lang, metres: f64) -> String {
    if metres < 999.5 {
        t!(lang, "said-metres", n = format!("{:.0}", metres.max(0.0)))
    } else {
        t!(lang, "said-kilometres", n = format!("{:.1}", metres / 1000.0))
    }
}

/// A length of time: `6 小时 28 分`.
pub fn minutes(lang: Lang, minutes: i64) -> String {
    let (hours, rest) = (minutes / 60, minutes % 60);
    match (hours, rest) {
        (0, rest) => t!(lang, "said-minutes", n = rest),
        (hours, 0) => t!(lang, "said-hours", n = hours),
        (hours, rest) => t!(lang, "said-hours-minutes", h = hours, m = rest),
    }
}

/// `迟到 1 小时 5 分`.
pub fn late(lang: Lang, by: impl Into<i64>) -> String {
    t!(lang, "said-late", time = minutes(lang, by.into()))
}

/// `早退 20 分钟`.
pub fn early(lang: Lang, by: impl Into<i64>) -> String {
    t!(lang, "said-early", time = minutes(lang, by.into()))
}

/// The verdict in a word.
pub fn verdict(lang: Lang, verdict: Verdict) -> String {
    t!(lang, &format!("verdict-{}", verdict.as_str().replace('_', "-")))
}

/// How a verdict is to be taken.
pub fn verdict_state(verdict: Verdict) -> State {
    match verdict {
        Verdict::OnSite => State::Fine,
        Verdict::OffSite => State::Late,
        Verdict::Uncertain => State::Unknown,
    }
}

/// How a shift stands.
pub fn status(lang: Lang, status: Status) -> String {
    t!(lang, &format!("status-{}", status.as_str().replace('_', "-")))
}

/// How a shift stands, in a sign that fits a cell.
pub fn sign(lang: Lang, status: Status) -> String {
    t!(lang, &format!("sign-{}", status.as_str().replace('_', "-")))
}

/// How a shift's standing is to be taken.
pub fn status_state(status: Status) -> State {
    match status {
        Status::OnTime => State::Fine,
        Status::Late | Status::LeftEarly | Status::LateAndLeftEarly | Status::NotConfirmed => State::Soon,
        Status::Absent => State::Late,
        Status::Upcoming | Status::Open => State::Unknown,
    }
}

/// What totals count, by the key of each heading.
pub const TOTALS: [&str; 8] =
    ["shifts", "on-time", "absent", "late", "left-early", "not-confirmed", "unclear", "dress"];

/// The numbers under `TOTALS`.
pub fn totals(all: &Totals) -> [u32; 8] {
    let Totals { shifts, on_time, late, left_early, absent, not_confirmed, unclear, dress } = *all;
    [shifts, on_time, absent, late, left_early, not_confirmed, unclear, dress]
}

/// Totals as a line of numbers.
pub fn figures(lang: Lang, all: &Totals) -> Markup {
    let numbers = totals(all).map(|n| n.to_string());
    let labels = TOTALS.map(|key| t!(lang, &format!("roll-total-{key}")));
    let state = |key: &str, number: &str| match key {
        _ if number == "0" => None,
        "on-time" => Some(State::Fine),
        "absent" => Some(State::Late),
        "shifts" => None,
        _ => Some(State::Soon),
    };
    let all: Vec<Figure<'_>> = numbers
        .iter()
        .zip(&labels)
        .zip(TOTALS)
        .map(|((number, label), key)| Figure { number, label, state: state(key, number) })
        .collect();
    parts::figures(&all)
}

/// A flag in a few words.
pub fn flag(lang: Lang, flag: Flag) -> String {
    t!(lang, &format!("flag-{}", flag.as_str().replace('_', "-")))
}

/// The numbers a verdict rests on: `距离 82 米，定位误差 40 米，围栏 150 米`; `radius_m` none: a polygon.
pub fn numbers(lang: Lang, distance_m: Option<f64>, accuracy_m: Option<f64>, radius_m: Option<i32>) -> String {
    let Some(accuracy) = accuracy_m else { return t!(lang, "said-no-position") };
    let accuracy = if accuracy > 0.0 { metres(lang, accuracy) } else { t!(lang, "said-accuracy-unknown") };
    let Some(distance) = distance_m.map(|d| metres(lang, d)) else {
        return t!(lang, "said-no-outlet", accuracy = accuracy);
    };
    match radius_m {
        Some(radius) => {
            t!(lang, "said", distance = distance, accuracy = accuracy, fence = metres(lang, f64::from(radius)))
        }
        None => t!(lang, "said-polygon", distance = distance, accuracy = accuracy),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_said_as_people_say_them() {
        let said = |lang, d, a, r| numbers(lang, d, a, r);
        assert_eq!(said(Lang::Zh, Some(82.4), Some(40.0), Some(150)), "距离 82 米，定位误差 40 米，围栏 150 米");
        assert_eq!(said(Lang::En, Some(82.4), Some(40.0), Some(150)), "82 m away, accurate to 40 m, fence 150 m");
        assert_eq!(
            said(Lang::En, Some(2_449.0), Some(-1.0), None),
            "2.4 km from the outlet's outline, accurate to an unknown distance"
        );
        assert_eq!(minutes(Lang::En, 388), "6 h 28 min");
        assert_eq!(minutes(Lang::Zh, 60), "1 小时");
    }

    #[test]
    fn days_are_said_in_both_languages() {
        let date: NaiveDate = "2026-11-21".parse().expect("a date");
        assert_eq!(day(Lang::Zh, date), "11 月 21 日 星期六");
        assert_eq!(day(Lang::En, date), "Saturday 21 November");
        assert_eq!(column_day(Lang::Zh, date), "周六 11-21");
    }
}
