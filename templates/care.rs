//! Hand-over, merging, and the register of people's requests about their data.

use maud::{Markup, html};

use super::form::{self, Choice, Field};
use super::held::{HeldView, held};
use super::icons::Icon;
use super::parts::{self, Row};
use super::{Lang, State};
use crate::t;

/// Somebody to choose.
#[derive(Debug, Clone)]
pub struct Person {
    pub id: String,
    pub name: String,
    /// How many prospects they have.
    pub prospects: i64,
}

/// A prospect to tick.
#[derive(Debug)]
pub struct Tickable {
    pub id: String,
    pub name: String,
    /// Stage and where they met.
    pub about: String,
    pub ticked: bool,
}

/// The hand-over page.
#[derive(Debug, Default)]
pub struct HandoverView {
    pub csrf: String,
    pub id: String,
    /// Brokers with prospects, those who have left too.
    pub from_choices: Vec<Person>,
    pub from: Option<Person>,
    /// Who may take over.
    pub to_choices: Vec<Person>,
    pub to: String,
    /// Only the ticked ones; all otherwise.
    pub only_ticked: bool,
    pub prospects: Vec<Tickable>,
    /// More than are listed.
    pub more: bool,
    pub reason: String,
    pub reason_error: Option<String>,
    pub to_error: Option<String>,
    pub tick_error: Option<String>,
}

/// First who leaves, then who takes over.
pub fn handover(lang: Lang, view: &HandoverView) -> Markup {
    html! {
        (parts::back("/follow-ups", &t!(lang, "follow-ups-title")))
        (parts::head(None, &t!(lang, "handover-title"), Some(&t!(lang, "handover-about")), None))
        @match &view.from {
            None => { (choose_from(lang, view)) }
            Some(from) => { (handover_form(lang, view, from)) }
        }
    }
}

fn choose_from(lang: Lang, view: &HandoverView) -> Markup {
    let hrefs: Vec<String> = view.from_choices.iter().map(|one| format!("/handovers?from={}", one.id)).collect();
    let metas: Vec<Markup> =
        view.from_choices.iter().map(|one| html! { (t!(lang, "handover-has", n = one.prospects)) }).collect();
    let rows: Vec<Row<'_>> = view
        .from_choices
        .iter()
        .zip(hrefs.iter().zip(&metas))
        .map(|(one, (href, meta))| Row::link(href, &one.name).meta(meta))
        .collect();
    html! {
        @if rows.is_empty() {
            (parts::empty(Icon::People, &t!(lang, "handover-nobody"), &t!(lang, "handover-nobody-words"), None))
        } @else {
            (parts::section(&t!(lang, "handover-from"), None, &parts::rows(&rows)))
        }
    }
}

fn handover_form(lang: Lang, view: &HandoverView, from: &Person) -> Markup {
    let to: Vec<Choice<'_>> = view.to_choices.iter().map(|one| Choice { value: &one.id, label: &one.name }).collect();
    let (all, some) = (t!(lang, "handover-all", n = from.prospects), t!(lang, "handover-some"));
    let which = [Choice { value: "all", label: &all }, Choice { value: "ticked", label: &some }];
    html! {
        form.form method="post" action="/handovers" {
            (form::csrf_field(&view.csrf))
            (form::hidden("id", &view.id))
            (form::hidden("from", &from.id))
            (parts::kv(&[(&t!(lang, "handover-from"), html! { (from.name) " · " a href="/handovers" { (t!(lang, "handover-other")) } })]))
            (Field::new("to", &t!(lang, "handover-to")).value(&view.to).error(view.to_error.as_deref()).required().select(Some(&t!(lang, "handover-choose")), &to))
            (Field::new("which", &t!(lang, "handover-which")).value(if view.only_ticked { "ticked" } else { "all" }).error(view.tick_error.as_deref()).radio(&which))
            fieldset.field {
                legend { (t!(lang, "handover-prospects")) }
                @for one in &view.prospects {
                    label.check {
                        input type="checkbox" name="prospect" value=(one.id) checked[one.ticked];
                        span { (one.name) small { (one.about) } }
                    }
                }
                @if view.more { p.hint { (t!(lang, "handover-more", n = view.prospects.len())) } }
            }
            (Field::new("reason", &t!(lang, "handover-reason")).value(&view.reason).error(view.reason_error.as_deref()).maxlength(500).required().text())
            (form::submit(&t!(lang, "handover-do")))
        }
    }
}

/// One of two records.
#[derive(Debug)]
pub struct Side {
    pub id: String,
    pub name: String,
    pub mobile: Option<String>,
    pub broker: String,
    pub met: String,
    pub stage: String,
}

/// Two records that may be one person.
#[derive(Debug)]
pub struct Pair {
    pub sides: [Side; 2],
    /// Whether the number is the same; else the name is.
    pub same_number: bool,
}

/// Pairs to judge.
pub fn merges(lang: Lang, pairs: &[Pair]) -> Markup {
    html! {
        (parts::head(None, &t!(lang, "merge-title"), Some(&t!(lang, "merge-about")), None))
        @if pairs.is_empty() { (parts::empty(Icon::Check, &t!(lang, "merge-none"), &t!(lang, "merge-none-words"), None)) }
        @for pair in pairs {
            section.panel {
                p { (parts::chip(State::Soon, &t!(lang, if pair.same_number { "merge-same-number" } else { "merge-same-name" }))) }
                @for (at, side) in pair.sides.iter().enumerate() { (merge_side(lang, side, &pair.sides[1 - at])) }
            }
        }
    }
}

fn merge_side(lang: Lang, side: &Side, other: &Side) -> Markup {
    let ask = format!("/merges/confirmation?keep={}&other={}", side.id, other.id);
    html! {
        div {
            p { a href={ "/prospects/" (side.id) } { (side.name) } @if let Some(mobile) = &side.mobile { " · " span.tel { (mobile) } } }
            p.quiet { (side.met) " · " (side.broker) " · " (side.stage) }
            div.acts { (parts::button_link(&ask, "", None, &t!(lang, "merge-keep"))) }
        }
    }
}

/// The first of the two is to stay: what becomes of both, and the button that does it.
pub fn merge(lang: Lang, csrf: &str, pair: &Pair) -> Markup {
    let [keep, other] = &pair.sides;
    let labels = ["prospect-name", "merge-number", "merge-broker", "merge-met", "merge-stage"].map(|key| t!(lang, key));
    let of = |side: &Side| {
        [
            side.name.clone(),
            side.mobile.clone().unwrap_or_else(|| "–".into()),
            side.broker.clone(),
            side.met.clone(),
            side.stage.clone(),
        ]
    };
    let (stays, ends) = (t!(lang, "merge-stays"), t!(lang, "merge-ends"));
    let swapped = format!("/merges/confirmation?keep={}&other={}", other.id, keep.id);
    html! {
        (parts::back("/merges", &t!(lang, "merge-title")))
        (parts::head(None, &t!(lang, "merge-ask"), None, None))
        table.table.keep {
            thead { tr { td {} th scope="col" { (stays) } th scope="col" { (ends) } } }
            tbody {
                @for ((label, a), b) in labels.iter().zip(of(keep)).zip(of(other)) {
                    tr { th scope="row" { (label) } td { (a) } td { (b) } }
                }
            }
        }
        (parts::note(State::Soon, &html! { p { (t!(lang, "merge-effect")) } p { (t!(lang, "merge-no-way-back")) } }))
        div.acts {
            (form::button_form("/merges", csrf, &[("keep", &keep.id), ("other", &other.id)], "grave", &html! { (t!(lang, "merge-do")) }))
            (parts::button_link(&swapped, "bare", None, &t!(lang, "merge-swap")))
        }
    }
}

/// An entry of the register.
#[derive(Debug)]
pub struct RequestLine {
    /// `export`, `erasure` or `reveal`.
    pub kind: String,
    pub at: String,
    pub by: String,
    pub found: i32,
    pub reason: String,
}

/// The data requests page.
#[derive(Debug, Default)]
pub struct DataRequestsView {
    pub csrf: String,
    /// What was chosen; nothing is chosen for anybody.
    pub kind: String,
    pub mobile: String,
    pub prospect_id: String,
    pub reason: String,
    /// Messages by field.
    pub errors: Vec<(String, String)>,
    pub register: Vec<RequestLine>,
    pub next: Option<String>,
    /// A number shown just now.
    pub revealed: Option<String>,
    /// What was found just now.
    pub held: Option<HeldView>,
}

/// Export, erasure and reveal, and the register of them.
pub fn data_requests(lang: Lang, view: &DataRequestsView) -> Markup {
    html! {
        (parts::head(None, &t!(lang, "data-title"), Some(&t!(lang, "data-about")), None))
        @if let Some(number) = &view.revealed { (parts::note(State::Soon, &html! { p { (t!(lang, "data-revealed")) " " b.tel { (number) } } })) }
        @if let Some(view) = &view.held { (held(lang, view)) }
        (request_form(lang, view))
        (register(lang, view))
    }
}

fn request_form(lang: Lang, view: &DataRequestsView) -> Markup {
    let error = |field: &str| view.errors.iter().find(|(of, _)| of == field).map(|(_, words)| words.as_str());
    let optional = t!(lang, "data-one-of-two");
    let kinds: Vec<(&str, String)> =
        ["export", "reveal", "erasure"].into_iter().map(|kind| (kind, kind_word(lang, kind))).collect();
    let choices: Vec<Choice<'_>> = kinds.iter().map(|(value, label)| Choice { value, label }).collect();
    html! {
        form.form method="post" action="/data-requests" {
            (form::csrf_field(&view.csrf))
            (Field::new("kind", &t!(lang, "data-kind")).value(&view.kind).required().hint(&t!(lang, "data-kind-hint")).error(error("kind")).radio(&choices))
            (Field::new("mobile", &t!(lang, "data-mobile")).value(&view.mobile).optional(&optional).autocomplete("off").error(error("mobile")).tel())
            (Field::new("prospect_id", &t!(lang, "data-prospect")).value(&view.prospect_id).optional(&optional).autocomplete("off").error(error("prospect_id")).text())
            (Field::new("reason", &t!(lang, "data-reason")).value(&view.reason).error(error("reason")).maxlength(500).required().text())
            (Field::new("sure", &t!(lang, "data-sure")).error(error("sure")).checkbox())
            (form::submit(&t!(lang, "data-do")))
        }
    }
}

fn kind_word(lang: Lang, kind: &str) -> String {
    lang.text(&format!("data-kind-{kind}"), None)
}

fn register(lang: Lang, view: &DataRequestsView) -> Markup {
    let labels = ["data-at", "data-what", "data-by", "data-records", "data-reason"].map(|key| t!(lang, key));
    html! {
        @if view.register.is_empty() {
            (parts::empty(Icon::Shield, &t!(lang, "data-none"), &t!(lang, "data-none-words"), None))
        } @else {
            table.table {
                caption { (t!(lang, "data-register")) }
                thead { tr { @for label in &labels { th { (label) } } } }
                tbody {
                    @for line in &view.register {
                        tr {
                            th.num scope="row" { (line.at) }
                            td data-label=(labels[1]) { (kind_word(lang, &line.kind)) }
                            td data-label=(labels[2]) { (line.by) }
                            td.n data-label=(labels[3]) { (line.found) }
                            td data-label=(labels[4]) { (line.reason) }
                        }
                    }
                }
            }
            @if let Some(next) = &view.next { (parts::pagination(&t!(lang, "follow-ups-pages"), "", None, Some((next, &t!(lang, "follow-ups-next"))))) }
        }
    }
}
