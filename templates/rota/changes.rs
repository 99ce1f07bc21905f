//! A draft beside what stands: by person, and the button that publishes.

use chrono::NaiveDate;
use maud::{Markup, html};

use super::cell::Words;
use crate::t;
use crate::templates::attendance::words;
use crate::templates::form;
use crate::templates::icons::{Icon, icon};
use crate::templates::parts::{self, Figure};
use crate::templates::{Lang, State};

/// What publishing would do.
#[derive(Debug, Clone)]
pub struct Changes {
    /// The draft.
    pub id: String,
    /// As it is shown; publishing another one is refused.
    pub version: i32,
    /// Its first day.
    pub from: NaiveDate,
    /// Its last day.
    pub to: NaiveDate,
    /// Still being drawn up.
    pub open: bool,
    /// Whether the reader may publish it.
    pub writes: bool,
    /// Shifts that would be new.
    pub added: usize,
    /// Shifts that would be elsewhere.
    pub moved: usize,
    /// Shifts that would be no more.
    pub removed: usize,
    /// How many of them a hard rule forbids.
    pub blocking: usize,
    /// How many would be left as they stand.
    pub left_alone: usize,
    /// For whom.
    pub people: Vec<Person>,
}

/// What changes for somebody.
#[derive(Debug, Clone)]
pub struct Person {
    /// Who.
    pub name: String,
    /// Day by day.
    pub days: Vec<DayChange>,
}

/// A day that changes.
#[derive(Debug, Clone)]
pub struct DayChange {
    /// Which.
    pub date: NaiveDate,
    /// How.
    pub kind: Kind,
    /// Where they stood.
    pub old: Option<String>,
    /// Where they would stand.
    pub new: Option<String>,
    /// The hard rule that forbids it.
    pub conflict: Option<String>,
    /// What to know about it.
    pub warnings: Vec<&'static str>,
    /// Somebody checked in for it: it stays.
    pub left_alone: bool,
}

/// How a day changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// New.
    Added,
    /// Elsewhere.
    Moved,
    /// No more.
    Removed,
}

/// The page.
pub fn changes(lang: Lang, view: &Changes, csrf: &str) -> Markup {
    let over = format!("{} – {}", words::short_day(lang, view.from), words::short_day(lang, view.to));
    let figure =
        |key: &str, n: usize, state: Option<State>| (t!(lang, &format!("board-n-{key}")), n.to_string(), state);
    let all = [
        figure("added", view.added, None),
        figure("moved", view.moved, None),
        figure("removed", view.removed, None),
        figure("people", view.people.len(), None),
        figure("blocking", view.blocking, (view.blocking > 0).then_some(State::Late)),
    ];
    let figures: Vec<Figure<'_>> =
        all.iter().map(|(label, number, state)| Figure { number, label, state: *state }).collect();
    html! {
        (parts::back(&format!("/rota?draft={}", view.id), &t!(lang, "board-back")))
        (parts::head(Some(&over), &t!(lang, "board-changes-title"), None, None))
        (parts::figures(&figures))
        @if view.blocking > 0 { (parts::note(State::Late, &html! { p { (t!(lang, "board-blocked", n = view.blocking)) } })) }
        @if view.left_alone > 0 { (parts::note(State::Unknown, &html! { p { (t!(lang, "board-left-alone", n = view.left_alone)) } })) }
        @if !view.open { (parts::note(State::Unknown, &html! { p { (t!(lang, "problem-draft-closed")) } })) }
        @if view.open && view.writes { (publish(lang, view, csrf)) }
        @if view.people.is_empty() { (parts::empty(Icon::Calendar, &t!(lang, "board-no-changes"), &t!(lang, "board-no-changes-hint"), None)) }
        @for person in &view.people { (one(lang, person)) }
    }
}

fn publish(lang: Lang, view: &Changes, csrf: &str) -> Markup {
    html! {
        section.panel {
            p { (t!(lang, "board-publish-hint", n = view.people.len())) }
            div.acts {
                form method="post" action={ "/rota/drafts/" (view.id) "/publication" } {
                    (form::csrf_field(csrf)) (form::hidden("version", &view.version.to_string()))
                    button.btn.do type="submit" disabled[view.blocking > 0] { (t!(lang, "board-publish")) }
                }
                (form::button_form(&format!("/rota/drafts/{}/withdrawal", view.id), csrf, &[], "grave", &html! { (t!(lang, "board-discard")) }))
            }
        }
    }
}

fn one(lang: Lang, person: &Person) -> Markup {
    html! {
        section.rdiff {
            h2 { (person.name) " " small.quiet { (t!(lang, "board-days-changed", n = person.days.len())) } }
            ul.rows { @for day in &person.days { (line(lang, day)) } }
        }
    }
}

fn line(lang: Lang, day: &DayChange) -> Markup {
    let (sign, key) = match day.kind {
        Kind::Added => ("+", "added"),
        Kind::Moved => ("→", "moved"),
        Kind::Removed => ("−", "removed"),
    };
    html! {
        li.row.has-lead {
            span class={ "rsign " (key) } title=(t!(lang, &format!("board-n-{key}"))) { span aria-hidden="true" { (sign) } span.vh { (t!(lang, &format!("board-n-{key}"))) } }
            div {
                span.row-title { time.num { (words::column_day(lang, day.date)) } " "
                    @if let Some(old) = &day.old { del { (old) } " " }
                    @if let Some(new) = &day.new { ins { (new) } } }
                @if day.left_alone { span.row-meta { (t!(lang, "board-checked-in")) } }
                @for warning in &day.warnings { span.row-meta { (t!(lang, &format!("board-warning-{}", warning.replace('_', "-")))) } }
            }
            div.row-end { @if let Some(code) = &day.conflict { span.chip.late { (icon(Icon::Alert)) (Words::new(lang).clash(code)) } } }
        }
    }
}
