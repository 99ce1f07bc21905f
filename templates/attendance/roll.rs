//! The roll of a month: by person or by outlet, a mark a shift, the totals first.

use chrono::{Datelike, NaiveDate};
use maud::{Markup, html};

use super::Branch;
use super::correction::{Asked, waiting};
use super::words;
use crate::attendance::month::Totals;
use crate::attendance::status::Status;
use crate::t;
use crate::templates::Lang;
use crate::templates::form::{self, Choice, Field};
use crate::templates::icons::{Icon, icon};
use crate::templates::parts::{self, Tab};

/// A month of a branch.
#[derive(Debug, Clone)]
pub struct MonthView {
    /// Its days.
    pub days: Vec<NaiveDate>,
    /// Which of them are no workdays.
    pub off: Vec<bool>,
    /// To choose from, at the head office.
    pub branches: Vec<Branch>,
    /// The one shown.
    pub branch: Branch,
    /// Whether a row is an outlet; else it is a person.
    pub by_outlet: bool,
    /// A row a person or outlet.
    pub rows: Vec<MonthRow>,
    /// Of all.
    pub totals: Totals,
    /// The months beside it, as addresses write them.
    pub around: (String, String),
    /// Corrections that wait for an answer.
    pub waiting: Vec<Asked>,
    /// Whether the reader answers them.
    pub writes: bool,
}

/// A person or an outlet.
#[derive(Debug, Clone)]
pub struct MonthRow {
    /// Their name.
    pub name: String,
    /// Their days.
    pub href: String,
    /// Of the month.
    pub totals: Totals,
    /// The marks of each day.
    pub cells: Vec<Vec<Mark>>,
}

/// How one shift stands.
#[derive(Debug, Clone, Copy)]
pub struct Mark {
    /// As it counts.
    pub status: Status,
    /// Off site or uncertain, and nobody accepted it.
    pub unclear: bool,
}

impl MonthView {
    fn month(&self) -> String {
        self.days.first().map(|day| day.format("%Y-%m").to_string()).unwrap_or_default()
    }

    fn href(&self, month: &str, by_outlet: bool) -> String {
        let by = if by_outlet { "&by=outlet" } else { "" };
        format!("/attendance?branch={}&month={month}{by}", self.branch.code)
    }
}

/// The page.
pub fn month(lang: Lang, view: &MonthView, csrf: &str) -> Markup {
    let first = view.days.first().copied().unwrap_or_default();
    let acts = html! {
        (downloads(lang, &format!("branch={}&month={}", view.branch.code, view.month())))
        @if view.writes { (parts::button_link("/branch-settings", "bare", Some(Icon::Gear), &t!(lang, "rules-title"))) }
    };
    html! {
        (parts::head(Some(&view.branch.name), &t!(lang, "roll-title"), Some(&words::month(lang, first)), Some(&acts)))
        (waiting(lang, &view.waiting, view.writes, csrf))
        @if view.branches.len() > 1 { (choose(lang, view)) }
        (tabs(lang, view))
        (parts::pagination(&t!(lang, "roll-months"), &words::month(lang, first),
            Some((&view.href(&view.around.0, view.by_outlet), &t!(lang, "roll-before"))),
            Some((&view.href(&view.around.1, view.by_outlet), &t!(lang, "roll-after")))))
        @if view.rows.is_empty() {
            (parts::empty(Icon::Calendar, &t!(lang, "roll-none"), &t!(lang, "roll-none-hint"), None))
        } @else {
            (words::figures(lang, &view.totals))
            (matrix(lang, view))
            (legend(lang))
        }
    }
}

/// The ways to take a stretch along.
pub fn downloads(lang: Lang, query: &str) -> Markup {
    html! {
        a.btn href={ "/attendance.xlsx?" (query) } download { (icon(Icon::Download)) (t!(lang, "roll-xlsx")) }
        a.btn href={ "/attendance.csv?" (query) } download { (icon(Icon::Download)) (t!(lang, "roll-csv")) }
    }
}

fn choose(lang: Lang, view: &MonthView) -> Markup {
    let choices: Vec<Choice<'_>> = view.branches.iter().map(|b| Choice { value: &b.code, label: &b.name }).collect();
    html! {
        form.filters method="get" action="/attendance" {
            (Field::new("branch", &t!(lang, "now-branch")).value(&view.branch.code).select(None, &choices))
            (form::hidden("month", &view.month()))
            @if view.by_outlet { (form::hidden("by", "outlet")) }
            button.btn type="submit" { (t!(lang, "now-show")) }
        }
    }
}

fn tabs(lang: Lang, view: &MonthView) -> Markup {
    let (people, outlets) = (view.href(&view.month(), false), view.href(&view.month(), true));
    let words = [t!(lang, "roll-by-person"), t!(lang, "roll-by-outlet")];
    parts::tabs(
        &t!(lang, "roll-by"),
        &[
            Tab { href: &people, label: &words[0], count: None, current: !view.by_outlet },
            Tab { href: &outlets, label: &words[1], count: None, current: view.by_outlet },
        ],
    )
}

fn matrix(lang: Lang, view: &MonthView) -> Markup {
    let who = t!(lang, if view.by_outlet { "now-col-outlet" } else { "roll-person" });
    html! {
        div.scroll role="region" aria-label=(t!(lang, "roll-title")) tabindex="0" {
            table.matrix {
                thead {
                    tr {
                        th scope="col" { (who) }
                        @for key in words::TOTALS { th.sum scope="col" { (t!(lang, &format!("roll-total-{key}"))) } }
                        @for (day, off) in view.days.iter().zip(&view.off) {
                            th.off[*off] scope="col" {
                                a href={ "/attendance?branch=" (view.branch.code) "&date=" (day) } title=(words::day(lang, *day)) {
                                    (day.day()) small { (words::weekday(lang, *day)) }
                                }
                            }
                        }
                    }
                }
                tbody { @for row in &view.rows { (line(lang, view, row)) } }
            }
        }
    }
}

fn line(lang: Lang, view: &MonthView, row: &MonthRow) -> Markup {
    html! {
        tr {
            th scope="row" { a href=(row.href) { (row.name) } }
            @for (number, key) in words::totals(&row.totals).into_iter().zip(words::TOTALS) {
                td.sum.bad[number > 0 && key == "absent"] { @if number > 0 { (number) } }
            }
            @for (marks, off) in row.cells.iter().zip(&view.off) {
                td.off[*off] { @for one in marks { (mark(lang, *one)) } }
            }
        }
    }
}

/// A mark: a sign with its colour, its words for who hears it and for the pointer.
fn mark(lang: Lang, one: Mark) -> Markup {
    let word = match one.unclear {
        true => format!("{} · {}", words::status(lang, one.status), t!(lang, "roll-unclear")),
        false => words::status(lang, one.status),
    };
    html! {
        span class={ "mark " (words::status_state(one.status).class()) } title=(word) {
            span aria-hidden="true" { (words::sign(lang, one.status)) @if one.unclear { "*" } }
            span.vh { (word) }
        }
    }
}

fn legend(lang: Lang) -> Markup {
    html! {
        p.legend {
            @for status in Status::ALL {
                span.nowrap aria-hidden="true" {
                    span class={ "mark " (words::status_state(status).class()) } { (words::sign(lang, status)) } " " (words::status(lang, status))
                } " "
            }
            span.nowrap { "* " (t!(lang, "roll-unclear")) }
        }
    }
}
