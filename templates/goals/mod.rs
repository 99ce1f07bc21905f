//! Targets, agreements and what a bank sees of them.

pub mod agreements;
pub mod report;
pub mod table;
pub mod targets;

use maud::{Markup, html};

use super::attendance::words;
use super::{Lang, State, form, parts};
use crate::goals::measure::{Measure, Promised};
use crate::goals::period::{Name, Period};
use crate::goals::progress::{Progress, Stand, Time, TimeBy};
use crate::t;

/// What is wrong with the fields of a form: name and message.
pub type Problems = [(String, String)];

fn error<'a>(problems: &'a Problems, field: &str) -> Option<&'a str> {
    problems.iter().find(|(of, _)| of == field).map(|(_, message)| message.as_str())
}

fn summary(lang: Lang, problems: &Problems) -> Markup {
    let all: Vec<(&str, &str)> = problems.iter().map(|(field, message)| (field.as_str(), message.as_str())).collect();
    form::error_summary(&t!(lang, "status-422"), &all)
}

/// `2026 年 11 月`, `Q4 2026`, `1 Oct – 15 Nov 2026`.
pub fn period(lang: Lang, period: Period) -> String {
    match period.name() {
        Name::Month(..) => words::month(lang, period.from),
        Name::Quarter(year, quarter) => {
            t!(lang, "goals-quarter", year = year.to_string(), quarter = quarter)
        }
        Name::Year(year) => t!(lang, "goals-year", year = year.to_string()),
        Name::Dates => format!("{} – {}", period.from, period.to),
    }
}

/// With the thousands apart.
pub fn number(count: i64) -> String {
    let digits = count.unsigned_abs().to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().filter_map(|part| std::str::from_utf8(part).ok()).collect();
    format!("{}{}", if count < 0 { "−" } else { "" }, groups.join(","))
}

/// Fen as yuan, without needless decimals: `1,234.50`.
pub fn yuan(fen: i64) -> String {
    let (whole, rest) = (fen / 100, fen.unsigned_abs() % 100);
    let sign = if fen < 0 && whole == 0 { "−" } else { "" };
    if rest == 0 { number(whole) } else { format!("{sign}{}.{rest:02}", number(whole)) }
}

/// How much of something promised: `47`, `125,000 元`.
pub fn amount(lang: Lang, of: Promised, value: i64) -> String {
    if of.is_money() { t!(lang, "goals-yuan", n = yuan(value)) } else { number(value) }
}

/// What a target counts.
pub fn measure(lang: Lang, measure: Measure) -> String {
    t!(lang, &format!("measure-{}", measure.as_str().replace('_', "-")))
}

/// What was promised.
pub fn promised(lang: Lang, promised: Promised) -> String {
    t!(lang, &format!("promised-{}", promised.as_str().replace('_', "-")))
}

/// `12.5`, `8`: without a needless decimal.
pub fn decimal(value: f64) -> String {
    let value = value.abs();
    if value.fract() == 0.0 { format!("{value:.0}") } else { format!("{value:.1}") }
}

/// The state that a standing is shown in.
pub fn state(stand: Stand) -> State {
    match stand {
        Stand::Reached | Stand::OnTime => State::Fine,
        Stand::Close => State::Soon,
        Stand::Behind | Stand::Short => State::Late,
        Stand::Waiting => State::Unknown,
    }
}

/// How it stands: `落后 8 个点`, `已完成`.
pub fn standing(lang: Lang, progress: &Progress) -> String {
    let points = progress.points.unwrap_or(0.0);
    match progress.stand {
        Stand::Reached => t!(lang, "stand-reached"),
        Stand::Short => t!(lang, "stand-short"),
        Stand::Waiting => t!(lang, "stand-waiting"),
        Stand::OnTime | Stand::Close | Stand::Behind if points == 0.0 => t!(lang, "stand-level"),
        Stand::OnTime | Stand::Close | Stand::Behind if points > 0.0 => t!(lang, "stand-ahead", n = decimal(points)),
        Stand::OnTime | Stand::Close | Stand::Behind => t!(lang, "stand-behind", n = decimal(points)),
    }
}

/// How it stands, with its colour and shape.
pub fn chip(lang: Lang, progress: &Progress) -> Markup {
    parts::chip(state(progress.stand), &standing(lang, progress))
}

/// The bar of a progress, with the mark of the time.
pub fn bar(lang: Lang, progress: &Progress) -> Markup {
    let Some(percent) = progress.percent else { return html! {} };
    let words = match progress.time_percent {
        Some(time) => t!(lang, "goals-bar", percent = decimal(percent), time = decimal(time)),
        None => t!(lang, "goals-bar-share", percent = decimal(percent), target = progress.target),
    };
    parts::meter(percent, progress.time_percent, &words)
}

/// How much of a period is gone: `过了 66.7%（14/21 个工作日）`.
pub fn time(lang: Lang, time: Time) -> String {
    let (gone, total, percent) = (time.gone, time.total, decimal(time.percent()));
    match (time.over, time.by) {
        (true, _) => t!(lang, "goals-time-over"),
        (false, _) if gone == 0 => t!(lang, "goals-time-ahead"),
        (false, TimeBy::Workdays) => t!(lang, "goals-time-workdays", gone = gone, total = total, percent = percent),
        (false, TimeBy::Calendar) => t!(lang, "goals-time-days", gone = gone, total = total, percent = percent),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_money_are_said_plainly() {
        let numbers = [0, 999, 12_345, -1_234].map(number);
        assert_eq!(numbers, ["0", "999", "12,345", "−1,234"]);
        let money = [0, 50, 12_345_600, 12_345_650, -50, -12_350].map(yuan);
        assert_eq!(money, ["0", "0.50", "123,456", "123,456.50", "−0.50", "−123.50"]);
    }
}
