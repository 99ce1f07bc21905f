//! Requests at the desk: leave and swaps that wait for an answer.

use maud::{Markup, html};

use super::leave_state;
use crate::rota::leave::LeaveState;
use crate::t;
use crate::templates::attendance::{self, Asked, Branch};
use crate::templates::form::{self, Choice, Field};
use crate::templates::icons::Icon;
use crate::templates::parts::{self, Row};
use crate::templates::{Lang, State};

/// A leave that waits.
pub struct LeaveRow {
    /// Its page.
    pub href: String,
    /// Who asks.
    pub broker: String,
    /// What for.
    pub kind: String,
    /// From when to when.
    pub days: String,
    /// How many days.
    pub n: i64,
    /// Why.
    pub reason: String,
    /// Since when it waits.
    pub asked: String,
}

/// A swap that both brokers agreed on.
pub struct SwapRow {
    /// Which.
    pub id: String,
    /// Who offered it.
    pub from: String,
    /// Who took it.
    pub to: String,
    /// The shift that goes to the second.
    pub own: String,
    /// The shift that goes to the first.
    pub other: Option<String>,
    /// Why.
    pub reason: String,
}

/// A shift that stands and could not be made any more.
pub struct AmissRow {
    /// Where it is changed.
    pub href: String,
    /// Who, and where.
    pub title: String,
    /// When.
    pub day: String,
    /// What is wrong.
    pub why: String,
}

/// All that waits in a branch.
pub struct RequestsView {
    /// Those within reach.
    pub branches: Vec<Branch>,
    /// The one shown.
    pub branch: Branch,
    /// Whether the reader answers for it.
    pub writes: bool,
    /// Leave.
    pub leaves: Vec<LeaveRow>,
    /// Swaps.
    pub swaps: Vec<SwapRow>,
    /// Corrections of attendance.
    pub corrections: Vec<Asked>,
    /// Shifts of the next weeks that want a decision, the first of them.
    pub amiss: Vec<AmissRow>,
    /// How many there are in all.
    pub n_amiss: usize,
}

/// The page.
pub fn requests(lang: Lang, view: &RequestsView, csrf: &str) -> Markup {
    let enter = parts::button_link("/leaves/new", "", Some(Icon::Plus), &t!(lang, "leave-enter"));
    let acts = view.writes.then_some(&enter);
    html! {
        (parts::head(Some(&view.branch.name), &t!(lang, "requests-title"), None, acts))
        @if view.branches.len() > 1 {
            nav.cluster aria-label=(t!(lang, "requests-branches")) {
                @for one in &view.branches {
                    a.btn.bare href={ "/requests?branch=" (one.code) } aria-current=[(one.code == view.branch.code).then_some("page")] { (one.name) }
                }
            }
        }
        @if view.leaves.is_empty() && view.swaps.is_empty() && view.corrections.is_empty() && view.amiss.is_empty() {
            (parts::empty(Icon::Check, &t!(lang, "requests-none"), &t!(lang, "requests-none-words"), None))
        }
        @if !view.leaves.is_empty() {
            (parts::section(&t!(lang, "requests-leaves"), None, &leaves(lang, view)))
        }
        @if !view.swaps.is_empty() {
            section {
                div.sec-head { h2 { (t!(lang, "requests-swaps")) } }
                ul.rows { @for one in &view.swaps { (swap(lang, one, view.writes, csrf)) } }
            }
        }
        (attendance::waiting(lang, &view.corrections, view.writes, csrf))
        @if !view.amiss.is_empty() { (amiss(lang, view)) }
    }
}

fn amiss(lang: Lang, view: &RequestsView) -> Markup {
    html! {
        section {
            div.sec-head { h2 { (t!(lang, "requests-amiss", n = view.n_amiss)) } }
            p.hint { (t!(lang, "requests-amiss-hint")) }
            ul.rows {
                @for one in &view.amiss {
                    @let meta = html! { (one.day) };
                    @let row = if view.writes { Row::link(&one.href, &one.title) } else { Row::plain(&one.title) };
                    (parts::row(&row.meta(&meta).state(State::Late, &one.why)))
                }
            }
            @if view.n_amiss > view.amiss.len() { p.quiet { (t!(lang, "requests-amiss-more", n = view.n_amiss - view.amiss.len())) } }
        }
    }
}

fn leaves(lang: Lang, view: &RequestsView) -> Markup {
    html! {
        ul.rows {
            @for one in &view.leaves {
                @let title = format!("{} · {}", one.broker, one.kind);
                @let meta = html! {
                    (t!(lang, "requests-leave-days", days = one.days.as_str(), n = one.n)) " · " (t!(lang, "requests-asked", day = one.asked.as_str()))
                    @if !one.reason.is_empty() { br; (one.reason) }
                };
                (parts::row(&if view.writes { Row::link(&one.href, &title).meta(&meta) } else { Row::plain(&title).meta(&meta) }))
            }
        }
    }
}

fn swap(lang: Lang, one: &SwapRow, writes: bool, csrf: &str) -> Markup {
    let key = if one.other.is_some() { "requests-swap" } else { "requests-gift" };
    let title = t!(lang, key, from = one.from.as_str(), to = one.to.as_str());
    let meta = html! {
        (t!(lang, "requests-goes-to", shift = one.own.as_str(), name = one.to.as_str()))
        @if let Some(other) = &one.other { br; (t!(lang, "requests-goes-to", shift = other.as_str(), name = one.from.as_str())) }
        @if !one.reason.is_empty() { br; (one.reason) }
    };
    let action = format!("/swaps/{}/decision", one.id);
    let field = format!("note-{}", one.id);
    let acts = html! {
        form.form method="post" action=(action) {
            (form::csrf_field(csrf))
            (form::more(&t!(lang, "requests-note-more"), false, &Field::new("note", &t!(lang, "requests-note")).id(&field).maxlength(300).text()))
            div.acts {
                button.btn.do type="submit" name="decision" value="approve" { (t!(lang, "requests-approve")) }
                (form::submit_as("decision", "refuse", &t!(lang, "requests-refuse")))
            }
        }
    };
    let row = Row::plain(&title).meta(&meta);
    parts::row(&if writes { row.actions(&acts) } else { row })
}

/// One leave before its answer.
pub struct LeaveView {
    /// Which.
    pub id: String,
    /// Who asks.
    pub broker: String,
    /// From when to when.
    pub days: String,
    /// What for.
    pub kind: String,
    /// Why.
    pub reason: String,
    /// How it stands.
    pub state: LeaveState,
    /// What was said with the answer.
    pub note: String,
    /// What stands in those days: day, outlet.
    pub standing: Vec<(String, String)>,
    /// The follow-ups that fall due meanwhile: name, day.
    pub due: Vec<(String, String)>,
    /// Who could take them: id, name.
    pub colleagues: Vec<(String, String)>,
    /// What kept it from being answered.
    pub problem: Option<String>,
    /// Where it is found who fills the days, as long as they are not over.
    pub repair: Option<String>,
}

/// The page.
pub fn leave(lang: Lang, view: &LeaveView, csrf: &str) -> Markup {
    let (shape, word) = leave_state(lang, view.state);
    let facts = [
        ("leave-kind", &view.kind),
        ("leave-days", &view.days),
        ("leave-reason", &view.reason),
        ("requests-note", &view.note),
    ];
    let labels: Vec<(String, &String)> =
        facts.iter().filter(|(_, how)| !how.is_empty()).map(|(key, how)| (t!(lang, key), *how)).collect();
    let pairs: Vec<(&str, Markup)> = labels.iter().map(|(what, how)| (what.as_str(), html! { (how) })).collect();
    html! {
        div { (parts::back("/requests", &t!(lang, "requests-title"))) (parts::head(Some(&t!(lang, "leave-title")), &view.broker, None, None)) }
        @if let Some(problem) = &view.problem { div.problems role="alert" tabindex="-1" data-focus { h2 { (problem) } } }
        div.cluster { (parts::chip(shape, &word)) }
        (parts::kv(&pairs))
        @if view.state == LeaveState::Asked { (answer(lang, view, csrf)) }
        @if let Some(repair) = &view.repair { div.acts { (parts::button_link(repair, "do", None, &t!(lang, "repair-open"))) } }
    }
}

fn answer(lang: Lang, view: &LeaveView, csrf: &str) -> Markup {
    let people: Vec<Choice<'_>> = view.colleagues.iter().map(|(value, label)| Choice { value, label }).collect();
    html! {
        form.form method="post" action={ "/leaves/" (view.id) "/decision" } {
            (form::csrf_field(csrf))
            @if view.standing.is_empty() { p.quiet { (t!(lang, "leave-nothing-stands")) } }
            @else {
                section {
                    div.sec-head { h2 { (t!(lang, "leave-standing", n = view.standing.len())) } }
                    ul.rows { @for (day, outlet) in &view.standing { (parts::row(&Row::plain(outlet).meta(&html! { (day) }))) } }
                }
                (Field::new("take_off", &t!(lang, "leave-take-off")).hint(&t!(lang, "leave-take-off-hint")).checkbox())
            }
            @if !view.due.is_empty() {
                section {
                    div.sec-head { h2 { (t!(lang, "leave-due", n = view.due.len())) } }
                    ul.rows { @for (name, day) in &view.due { (parts::row(&Row::plain(name).meta(&html! { (t!(lang, "leave-due-on", day = day.as_str())) }))) } }
                }
                (Field::new("hand_to", &t!(lang, "leave-hand-to")).hint(&t!(lang, "leave-hand-to-hint")).select(Some(&t!(lang, "leave-hand-to-nobody")), &people))
            }
            (Field::new("note", &t!(lang, "requests-note")).optional(&t!(lang, "leave-optional")).maxlength(300).text())
            div.acts {
                button.btn.do type="submit" name="decision" value="approve" { (t!(lang, "requests-approve")) }
                (form::submit_as("decision", "refuse", &t!(lang, "requests-refuse")))
            }
        }
    }
}
