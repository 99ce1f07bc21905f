//! The roll as a list: one's own month, a person's, an outlet's, or a day of a branch.

use chrono::{NaiveDate, NaiveTime};
use maud::{Markup, html};

use super::roll::downloads;
use super::words;
use crate::attendance::Verdict;
use crate::attendance::month::Totals;
use crate::attendance::status::Status;
use crate::t;
use crate::templates::icons::Icon;
use crate::templates::parts::{self, Row};
use crate::templates::{Lang, State};

/// A list of rows of the roll.
#[derive(Debug, Clone, Default)]
pub struct DaysView {
    /// Whose or which it is; none: one's own.
    pub about: Option<String>,
    /// The first day.
    pub first: NaiveDate,
    /// Whether it is that one day.
    pub one_day: bool,
    /// The month of the branch, for who came from there.
    pub back: Option<String>,
    /// Before and after it.
    pub around: (String, String),
    /// What the downloads ask for.
    pub query: String,
    /// The rows.
    pub rows: Vec<DayRow>,
    /// Of them.
    pub totals: Totals,
}

/// A row of the roll.
#[derive(Debug, Clone)]
pub struct DayRow {
    /// Its page.
    pub href: String,
    /// On which date.
    pub date: NaiveDate,
    /// Who; none: the reader.
    pub broker: Option<String>,
    /// Where.
    pub outlet: String,
    /// From when.
    pub starts: NaiveTime,
    /// Until when.
    pub ends: NaiveTime,
    /// When they came, as it counts.
    pub came: Option<NaiveTime>,
    /// When they left, as it counts.
    pub left: Option<NaiveTime>,
    /// How it stands.
    pub status: Status,
    /// Minutes late and early.
    pub minutes: (i64, i64),
    /// The verdict that nobody accepted.
    pub unclear: Option<Verdict>,
    /// Whether a correction counts.
    pub corrected: bool,
    /// Whether a spot check found something wrong; none: there was none.
    pub spot: Option<bool>,
}

/// The page.
pub fn days(lang: Lang, view: &DaysView) -> Markup {
    let over = if view.one_day { words::day(lang, view.first) } else { words::month(lang, view.first) };
    let title = match &view.about {
        Some(about) => about.clone(),
        None => t!(lang, "roll-own"),
    };
    html! {
        @if let Some(back) = &view.back { (parts::back(back, &t!(lang, "roll-title"))) }
        (parts::head(Some(&over), &title, None, Some(&downloads(lang, &view.query))))
        (parts::pagination(&t!(lang, "roll-months"), &over,
            Some((&view.around.0, &t!(lang, if view.one_day { "roll-day-before" } else { "roll-before" }))),
            Some((&view.around.1, &t!(lang, if view.one_day { "roll-day-after" } else { "roll-after" })))))
        @if view.rows.is_empty() {
            (parts::empty(Icon::Calendar, &t!(lang, "roll-none"), &t!(lang, "roll-none-hint"), None))
        } @else {
            (words::figures(lang, &view.totals))
            ul.rows { @for one in &view.rows { (row(lang, one)) } }
        }
    }
}

fn row(lang: Lang, one: &DayRow) -> Markup {
    let day = words::column_day(lang, one.date);
    let title = match &one.broker {
        Some(broker) => format!("{broker} · {}", one.outlet),
        None => format!("{day} · {}", one.outlet),
    };
    let clock = |at: Option<NaiveTime>| at.map_or_else(|| "–".to_owned(), words::clock);
    let meta = html! {
        @if one.broker.is_some() { (day) " · " }
        span.num { (words::clock(one.starts)) "–" (words::clock(one.ends)) }
        @if one.came.is_some() || one.left.is_some() {
            " · " (t!(lang, "roll-came-left", came = clock(one.came), left = clock(one.left)))
        }
        @if one.minutes.0 > 0 { " · " (words::late(lang, one.minutes.0)) }
        @if one.minutes.1 > 0 { " · " (words::early(lang, one.minutes.1)) }
        @if let Some(verdict) = one.unclear { " " span.tag { (words::verdict(lang, verdict)) } }
        @if one.corrected { " " span.tag { (t!(lang, "roll-corrected")) } }
        @if let Some(wrong) = one.spot { " " span.tag { (t!(lang, if wrong { "spot-found" } else { "spot-fine" })) } }
    };
    let word = words::status(lang, one.status);
    let state: State = words::status_state(one.status);
    parts::row(&Row::link(&one.href, &title).meta(&meta).state(state, &word))
}
