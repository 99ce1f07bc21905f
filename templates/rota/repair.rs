//! Who fills what fell open: the days that are asked about, and a proposal to apply at once or to put into a draft.

use chrono::NaiveDate;
use maud::{Markup, html};

use super::plan::{GapLine, gap_lines};
use super::{Problems, error, summary};
use crate::t;
use crate::templates::attendance::words;
use crate::templates::form::{self, Choice, Field};
use crate::templates::icons::Icon;
use crate::templates::parts::{self, Row};
use crate::templates::{Lang, State};

/// The page.
pub struct RepairPage {
    /// For whom.
    pub branch: String,
    /// The first day, as typed.
    pub from: String,
    /// The last day, as typed.
    pub to: String,
    /// Who leaves something open, as typed.
    pub broker: String,
    /// The draft that is mended, and not what stands.
    pub draft: Option<String>,
    /// To choose from.
    pub brokers: Vec<(String, String)>,
    /// What is wrong.
    pub problems: Vec<(String, String)>,
    /// The proposal.
    pub found: Option<Found>,
}

/// A proposal.
pub struct Found {
    /// Some of the days were published: a change wants a reason.
    pub wants_reason: bool,
    /// Who does what otherwise.
    pub swaps: Vec<Swap>,
    /// Brokers missing all the same.
    pub missing: usize,
    /// Where, and why.
    pub gaps: Vec<GapLine>,
    /// The changes, as the form sends them back.
    pub changes: String,
    /// How many follow-ups of whoever is away fall due meanwhile, and where they are handed over.
    pub due: Option<(usize, String)>,
}

/// A day of somebody that would change.
pub struct Swap {
    /// The day.
    pub date: NaiveDate,
    /// Who.
    pub who: String,
    /// Where they are.
    pub from: Option<String>,
    /// Where they would be.
    pub to: Option<String>,
}

/// The page.
pub fn repair(lang: Lang, view: &RepairPage, csrf: &str) -> Markup {
    html! {
        div {
            (parts::back("/rota", &t!(lang, "board-title")))
            (parts::head(Some(&view.branch), &t!(lang, "repair-title"), Some(&t!(lang, "repair-about")), None))
        }
        (summary(lang, &view.problems))
        (asking(lang, view))
        @if let Some(found) = &view.found { (proposal(lang, view, found, csrf)) }
    }
}

fn asking(lang: Lang, view: &RepairPage) -> Markup {
    let problems: &Problems = &view.problems;
    let people: Vec<Choice<'_>> = view.brokers.iter().map(|(value, label)| Choice { value, label }).collect();
    html! {
        @if view.draft.is_some() { (parts::note(State::Unknown, &html! { p { (t!(lang, "repair-in-draft")) } })) }
        form.filters method="get" action="/rota/repair" {
            @if let Some(draft) = &view.draft { (form::hidden("draft", draft)) }
            (Field::new("from", &t!(lang, "board-from")).value(&view.from).error(error(problems, "from")).required().date())
            (Field::new("to", &t!(lang, "board-to")).value(&view.to).error(error(problems, "to")).date())
            (Field::new("broker", &t!(lang, "repair-broker")).value(&view.broker).select(Some(&t!(lang, "repair-all")), &people))
            button.btn.do[view.found.is_none()] type="submit" { (t!(lang, "repair-find")) }
        }
    }
}

fn proposal(lang: Lang, view: &RepairPage, found: &Found, csrf: &str) -> Markup {
    html! {
        @if let Some((n, hand_over)) = &found.due {
            (parts::note(State::Soon, &html! { p { (t!(lang, "repair-due", n = *n)) " " a href=(hand_over) { (t!(lang, "board-due-hand-over")) } } }))
        }
        @if found.swaps.is_empty() {
            (parts::empty(if found.missing > 0 { Icon::Alert } else { Icon::Check },
                &t!(lang, if found.missing > 0 { "repair-nobody" } else { "repair-nothing" }),
                &t!(lang, if found.missing > 0 { "repair-nobody-hint" } else { "repair-nothing-hint" }), None))
        } @else {
            section {
                div.sec-head { h2 { (t!(lang, "repair-changes", n = found.swaps.len())) } }
                ul.rows { @for one in &found.swaps { (swap(lang, one)) } }
            }
            (take(lang, view, found, csrf))
        }
        @if !found.gaps.is_empty() {
            section {
                div.sec-head { h2 { (t!(lang, "plan-gaps", n = found.missing)) } }
                (gap_lines(lang, &found.gaps))
            }
        }
    }
}

fn swap(lang: Lang, one: &Swap) -> Markup {
    let nowhere = t!(lang, "board-nowhere");
    let title = format!("{} {}", words::column_day(lang, one.date), one.who);
    let meta = html! {
        span.changed {
            del { (one.from.as_deref().unwrap_or(&nowhere)) } " → " ins { (one.to.as_deref().unwrap_or(&nowhere)) }
        }
    };
    parts::row(&Row::plain(&title).meta(&meta))
}

fn take(lang: Lang, view: &RepairPage, found: &Found, csrf: &str) -> Markup {
    let mut back = form_urlencoded::Serializer::new(String::new());
    back.append_pair("from", &view.from).append_pair("to", &view.to).append_pair("broker", &view.broker);
    if let Some(draft) = &view.draft {
        back.append_pair("draft", draft);
    }
    let back = back.finish();
    html! {
        form.form method="post" action="/rota/repair" {
            (form::csrf_field(csrf))
            (form::hidden("changes", &found.changes))
            (form::hidden("back", &format!("/rota/repair?{back}")))
            @if found.wants_reason {
                (Field::new("reason", &t!(lang, "board-reason")).hint(&t!(lang, "board-reason-hint")).maxlength(200).autocomplete("off").text())
            }
            div.acts {
                @if view.draft.is_some() {
                    button.btn.do type="submit" name="way" value="draft" { (t!(lang, "repair-into-draft")) }
                } @else {
                    button.btn.do type="submit" name="way" value="apply" { (t!(lang, "repair-apply")) }
                    (form::submit_as("way", "draft", &t!(lang, "repair-draft")))
                }
            }
            @if found.missing > 0 { (parts::note(State::Soon, &html! { p { (t!(lang, "repair-still", n = found.missing)) } })) }
        }
    }
}
