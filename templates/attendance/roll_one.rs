//! One shift of the roll: what was recorded, what counts, what was corrected and seen on the spot.

use chrono::{NaiveDate, NaiveTime};
use maud::{Markup, html};

use super::correction::{self, Asked, CorrectionForm};
use super::today::{Seen, seen};
use super::words;
use crate::attendance::corrections::CorrectionState;
use crate::attendance::status::Status;
use crate::t;
use crate::templates::form::{self, Choice, Field, csrf_field};
use crate::templates::parts::{self, Row};
use crate::templates::{Lang, State};

/// What came of a shift, by the check-ins or by a correction.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// When they came.
    pub came: Option<NaiveTime>,
    /// When they left.
    pub left: Option<NaiveTime>,
    /// How it stands.
    pub status: Status,
    /// Minutes late and early.
    pub minutes: (i64, i64),
}

/// A spot check.
#[derive(Debug, Clone)]
pub struct Spot {
    /// When.
    pub at: NaiveTime,
    /// Whether they were there.
    pub present: bool,
    /// The dress; none: not looked at.
    pub dress: Option<bool>,
    /// The badge; none: not looked at.
    pub badge: Option<bool>,
    /// What else.
    pub note: String,
}

/// The form of a spot check as it was typed.
#[derive(Debug, Clone, Default)]
pub struct SpotForm {
    /// Made by the server when the form was first shown.
    pub id: String,
    /// `HH:MM`.
    pub at: String,
    /// `yes` or `no`.
    pub present: String,
    /// `yes`, `no` or empty.
    pub dress: String,
    /// `yes`, `no` or empty.
    pub badge: String,
    /// What else.
    pub note: String,
    /// What is wrong: field and message.
    pub errors: Vec<(&'static str, String)>,
}

/// One shift.
#[derive(Debug, Clone)]
pub struct OneView {
    /// Its page.
    pub href: String,
    /// The list it stands in.
    pub back: String,
    /// On which date.
    pub date: NaiveDate,
    /// Who.
    pub broker: String,
    /// Where.
    pub outlet: String,
    /// The outlet's page.
    pub outlet_href: String,
    /// From when.
    pub starts: NaiveTime,
    /// Until when.
    pub ends: NaiveTime,
    /// By the check-ins.
    pub recorded: Outcome,
    /// By an accepted correction.
    pub corrected: Option<Outcome>,
    /// The broker's check-ins of that date.
    pub seen: Vec<Seen>,
    /// What was seen on the spot.
    pub spots: Vec<Spot>,
    /// The corrections, the latest first.
    pub corrections: Vec<Asked>,
    /// The form to ask for one; its broker's, once the shift has begun.
    pub ask: Option<CorrectionForm>,
    /// The form of a spot check; the branch's desk, once the day has come.
    pub spot: Option<SpotForm>,
    /// Whether the reader answers corrections.
    pub writes: bool,
    /// What is wrong with the answer.
    pub answer_error: Option<String>,
}

/// The page.
pub fn one(lang: Lang, view: &OneView, csrf: &str) -> Markup {
    let over = format!("{} · {}", words::day(lang, view.date), view.broker);
    let hours = format!("{} – {}", words::clock(view.starts), words::clock(view.ends));
    let counts = view.corrected.as_ref().unwrap_or(&view.recorded);
    html! {
        div {
            (parts::back(&view.back, &t!(lang, "roll-title")))
            (parts::head(Some(&over), &view.outlet, Some(&hours), None))
        }
        p { (parts::chip(words::status_state(counts.status), &words::status(lang, counts.status))) }
        (outcomes(lang, view))
        (seen_that_day(lang, view))
        @if !view.corrections.is_empty() || view.ask.is_some() { (corrections(lang, view, csrf)) }
        @if !view.spots.is_empty() || view.spot.is_some() { (spots(lang, view, csrf)) }
    }
}

fn outcome(lang: Lang, one: &Outcome) -> Markup {
    let clock = |at: Option<NaiveTime>| at.map_or_else(|| "–".to_owned(), words::clock);
    html! {
        span.num { (t!(lang, "roll-came-left", came = clock(one.came), left = clock(one.left))) }
        " · " (words::status(lang, one.status))
        @if one.minutes.0 > 0 { " · " (words::late(lang, one.minutes.0)) }
        @if one.minutes.1 > 0 { " · " (words::early(lang, one.minutes.1)) }
    }
}

fn outcomes(lang: Lang, view: &OneView) -> Markup {
    let (recorded, corrected) = (t!(lang, "roll-recorded"), t!(lang, "roll-corrected"));
    let place = t!(lang, "now-col-outlet");
    let mut pairs = vec![(recorded.as_str(), outcome(lang, &view.recorded))];
    if let Some(one) = &view.corrected {
        pairs.push((corrected.as_str(), outcome(lang, one)));
    }
    pairs.push((place.as_str(), html! { a href=(view.outlet_href) { (view.outlet) } }));
    parts::kv(&pairs)
}

fn seen_that_day(lang: Lang, view: &OneView) -> Markup {
    parts::section(
        &t!(lang, "roll-check-ins"),
        None,
        &html! {
            @if view.seen.is_empty() { p.quiet { (t!(lang, "roll-no-check-ins")) } }
            @for one in &view.seen { (seen(lang, one)) }
        },
    )
}

fn corrections(lang: Lang, view: &OneView, csrf: &str) -> Markup {
    let own = view.ask.is_some();
    let open = view.corrections.iter().find(|one| one.state == CorrectionState::Asked);
    parts::section(
        &t!(lang, "correction-title"),
        None,
        &html! {
            @if !view.corrections.is_empty() {
                ul.rows { @for one in &view.corrections { (correction::told(lang, one, own, csrf)) } }
            }
            @if let (true, Some(one)) = (view.writes, open) {
                div.row-acts { (correction::answer(lang, one, view.answer_error.as_deref(), csrf)) }
            }
            @if let (Some(typed), None) = (&view.ask, open) { (correction::ask(lang, &view.href, typed, csrf)) }
        },
    )
}

fn spots(lang: Lang, view: &OneView, csrf: &str) -> Markup {
    parts::section(
        &t!(lang, "spot-title"),
        None,
        &html! {
            @if !view.spots.is_empty() { ul.rows { @for one in &view.spots { (spot(lang, one)) } } }
            @if let Some(typed) = &view.spot { (spot_form(lang, view, typed, csrf)) }
        },
    )
}

fn spot(lang: Lang, one: &Spot) -> Markup {
    let wrong = !one.present || one.dress == Some(false) || one.badge == Some(false);
    let word = t!(lang, if wrong { "spot-found" } else { "spot-fine" });
    let said = |key: &str, seen: Option<bool>| {
        seen.map(|fine| format!("{} {}", t!(lang, key), t!(lang, if fine { "spot-right" } else { "spot-wrong" })))
    };
    let present = t!(lang, if one.present { "spot-present" } else { "spot-not-there" });
    let facts: Vec<String> =
        [Some(present), said("spot-dress", one.dress), said("spot-badge", one.badge)].into_iter().flatten().collect();
    let title = format!("{} · {}", words::clock(one.at), facts.join(" · "));
    let meta = html! { (one.note) };
    parts::row(&Row::plain(&title).meta(&meta).state(if wrong { State::Late } else { State::Fine }, &word))
}

fn spot_form(lang: Lang, view: &OneView, typed: &SpotForm, csrf: &str) -> Markup {
    let error = |field: &str| typed.errors.iter().find(|(name, _)| *name == field).map(|(_, m)| m.as_str());
    let problems: Vec<(&str, &str)> = typed.errors.iter().map(|(field, message)| (*field, message.as_str())).collect();
    let words = ["spot-present", "spot-not-there", "spot-right", "spot-wrong", "spot-unseen"].map(|key| t!(lang, key));
    let there = [Choice { value: "yes", label: &words[0] }, Choice { value: "no", label: &words[1] }];
    let fine = [
        Choice { value: "", label: &words[4] },
        Choice { value: "yes", label: &words[2] },
        Choice { value: "no", label: &words[3] },
    ];
    form::more(
        &t!(lang, "spot-add"),
        !problems.is_empty(),
        &html! {
            (form::error_summary(&t!(lang, "spot-problems"), &problems))
            form.form method="post" action={ (view.href) "/spot-checks" } {
                (csrf_field(csrf))
                (form::hidden("id", &typed.id))
                (Field::new("present", &t!(lang, "spot-there")).value(&typed.present).required().error(error("present")).radio(&there))
                (Field::new("dress", &t!(lang, "spot-dress")).value(&typed.dress).error(error("dress")).radio(&fine))
                (Field::new("badge", &t!(lang, "spot-badge")).value(&typed.badge).error(error("badge")).radio(&fine))
                (Field::new("at", &t!(lang, "spot-at")).value(&typed.at).required().short().error(error("at")).time())
                (Field::new("spot_note", &t!(lang, "spot-note")).value(&typed.note).maxlength(500).error(error("spot_note")).textarea(2))
                div { (form::submit(&t!(lang, "spot-save"))) }
            }
        },
    )
}
