//! The chooser of one cell: who sits there, who could, and why others cannot. One form of buttons, as a page or within the board.

use chrono::{NaiveDate, NaiveTime};
use maud::{Markup, html};

use super::cell::Words;
use crate::t;
use crate::templates::Lang;
use crate::templates::attendance::words;
use crate::templates::form::{self, Field};
use crate::templates::parts;

/// What is offered for a cell.
#[derive(Debug, Clone)]
pub struct Chooser {
    /// The outlet's, or the person's name.
    pub title: String,
    /// The day.
    pub date: NaiveDate,
    /// When the outlet is open; none: closed, or it is a person's day.
    pub hours: Option<(NaiveTime, NaiveTime)>,
    /// Whether people are chosen for an outlet; else outlets for a person.
    pub is_outlet: bool,
    /// Within a draft.
    pub draft: Option<String>,
    /// The day is published: a change wants a reason.
    pub wants_reason: bool,
    /// Who sits there, or where they sit.
    pub now: Vec<Sitting>,
    /// Who could, the likeliest first.
    pub groups: Vec<Group>,
    /// Who cannot, and the rule's code.
    pub cannot: Vec<(String, String)>,
    /// Who sits there, as the form sends it back.
    pub there: String,
}

/// Somebody who sits there.
#[derive(Debug, Clone)]
pub struct Sitting {
    /// What they are called.
    pub label: String,
    /// The rule that forbids it.
    pub conflict: Option<&'static str>,
    /// What the button that clears it sends.
    pub clear: String,
    /// What the button sends that gives it the outlet's hours as they are now; where these changed since.
    pub by_hours: Option<String>,
    /// They checked in: it stays.
    pub fixed: bool,
    /// How many of the broker's follow-ups fall due that day.
    pub due: usize,
    /// Where these can be handed over.
    pub hand_over: String,
}

/// Candidates of one kind.
#[derive(Debug, Clone)]
pub struct Group {
    /// `known`, `free`, `busy`; `missing`, `knows`, `other`.
    pub key: &'static str,
    /// They.
    pub candidates: Vec<Candidate>,
}

/// Somebody who could sit there, or an outlet that could be sat at.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// What the button sends.
    pub edit: String,
    /// What they are called.
    pub label: String,
    /// Where they sit that day.
    pub elsewhere: Option<String>,
    /// How many brokers the outlet misses.
    pub missing: usize,
    /// How many of the broker's follow-ups fall due that day.
    pub due: usize,
}

/// The page, or only its inside (`part`).
pub fn chooser(lang: Lang, view: &Chooser, csrf: &str, part: bool) -> Markup {
    let day = words::day(lang, view.date);
    let about = match view.hours {
        Some((from, to)) => Some(format!("{} – {}", words::clock(from), words::clock(to))),
        None if view.is_outlet => Some(t!(lang, "board-closed")),
        None => None,
    };
    let mut back = format!("/rota?day={}", view.date);
    if let Some(draft) = &view.draft {
        back = format!("{back}&draft={draft}");
    }
    html! {
        @if !part { (parts::back(&back, &t!(lang, "board-back"))) }
        (parts::head(Some(&day), &view.title, about.as_deref(), None))
        form.rch method="post" action="/rota/cells" data-there=(view.there) {
            (form::csrf_field(csrf))
            (form::hidden("date", &view.date.to_string()))
            @if let Some(draft) = &view.draft { (form::hidden("draft", draft)) }
            @if view.is_outlet { (form::hidden("there", &view.there)) }
            (inside(lang, view, part))
        }
    }
}

fn inside(lang: Lang, view: &Chooser, part: bool) -> Markup {
    let words = Words::new(lang);
    html! {
        @if view.wants_reason {
            (Field::new("reason", &t!(lang, "board-reason")).id("cell-reason").hint(&t!(lang, "board-reason-hint")).required().maxlength(200).autocomplete("off").text())
        }
        @if !view.now.is_empty() {
            h2 { (t!(lang, if view.is_outlet { "board-sits" } else { "board-sits-at" })) }
            ul.rows { @for one in &view.now { li.row {
                div { span.row-title { (one.label) } @if let Some(code) = one.conflict { span.row-meta.late-text { (words.clash(code)) } }
                    @if one.due > 0 && !one.fixed {
                        span.row-meta { (t!(lang, "board-due", n = one.due)) " " a href=(one.hand_over) { (t!(lang, "board-due-hand-over")) } }
                    }
                }
                @if one.fixed { span.row-meta { (t!(lang, "board-checked-in")) } }
                @else {
                    div.acts {
                        @if let Some(edit) = &one.by_hours { button.btn type="submit" name="edit" value=(edit) { (t!(lang, "board-by-hours")) } }
                        button.btn type="submit" name="edit" value=(one.clear) { (t!(lang, "board-clear")) }
                    }
                }
            } } }
        }
        @if part { input.in.find type="search" autocomplete="off" aria-label=(t!(lang, "board-find")) placeholder=(t!(lang, "board-find")); }
        @for group in &view.groups { (candidates(lang, group)) }
        @if view.groups.is_empty() { p.quiet { (t!(lang, "board-nobody")) } }
        (form::more(&t!(lang, "board-other-times"), false, &html! {
            div.pair {
                (Field::new("starts", &t!(lang, "shifts-starts")).id("cell-starts").time())
                (Field::new("ends", &t!(lang, "shifts-ends")).id("cell-ends").time())
            }
        }))
        @if !view.cannot.is_empty() {
            (form::more(&t!(lang, "board-cannot", n = view.cannot.len()), false, &html! {
                ul.rno { @for (label, code) in &view.cannot { li { (label) " " small { (words.clash(code)) } } } }
            }))
        }
    }
}

fn candidates(lang: Lang, group: &Group) -> Markup {
    html! {
        h2 { (t!(lang, &format!("board-group-{}", group.key))) }
        div.rcand {
            @for one in &group.candidates {
                button.btn type="submit" name="edit" value=(one.edit) {
                    (one.label)
                    @if let Some(place) = &one.elsewhere { small { (place) } }
                    @if one.elsewhere.is_some() && one.due > 0 { small { (t!(lang, "board-due-short", n = one.due)) } }
                    @if one.missing > 0 { small { (t!(lang, "board-missing", n = one.missing)) } }
                }
            }
        }
    }
}
