//! One prospect: who, where met, the way so far, what to do next, and all that happened.

use maud::{Markup, html};

use super::entry::{TouchEntryView, touch_fields};
use super::{Problems, as_choices};
use crate::t;
use crate::templates::form::{self, Field};
use crate::templates::icons::{Icon, icon};
use crate::templates::parts::{self, Happening, Step};
use crate::templates::{Lang, State};

/// Something that happened.
#[derive(Debug, Clone)]
pub struct Line {
    pub when: String,
    pub at: String,
    pub by: String,
    pub title: String,
    pub text: Option<String>,
    /// Where it can be set right and withdrawn, while it can.
    pub open: Option<(String, String)>,
    pub strong: bool,
}

/// The page's content.
#[derive(Debug, Clone)]
pub struct OneView {
    pub csrf: String,
    pub id: String,
    pub name: String,
    pub about: String,
    /// What became of the follow-up, and what to do next.
    pub due: (State, String),
    pub next: Option<String>,
    /// Whether a call is what comes next.
    pub called_for: bool,
    /// The links that open the phone's message and call, and the number as it is shown.
    pub sms: Option<String>,
    pub tel: Option<(String, String)>,
    /// The text of the first SMS.
    pub sms_text: Option<String>,
    /// Whether the reader is its own broker.
    pub own: bool,
    /// Ids made for this showing of the page: one tap, the form.
    pub touch_ids: (String, String),
    pub touch: TouchEntryView,
    pub steps: Vec<(String, Option<String>)>,
    pub step: Option<usize>,
    pub lost: bool,
    pub place: String,
    pub moves: Vec<(String, String)>,
    pub stage_problems: Problems,
    /// The usual reasons for a loss, and the one chosen.
    /// The stage chosen in the form.
    pub to: String,
    pub whys: Vec<(String, String)>,
    pub why: String,
    pub reason: String,
    pub same: Vec<(String, String)>,
    pub elsewhere: Vec<String>,
    pub agreed: bool,
    pub lines: Vec<Line>,
    pub facts: Vec<(String, String)>,
}

/// The page.
pub fn one(lang: Lang, view: &OneView) -> Markup {
    let edit =
        parts::button_link(&format!("/prospects/{}/edit", view.id), "", Some(Icon::Pencil), &t!(lang, "prospect-edit"));
    html! {
        div {
            (parts::back("/prospects", &t!(lang, if view.own { "prospect-mine" } else { "prospect-all" })))
            (parts::head(None, &view.name, Some(&view.about), view.own.then_some(&edit)))
        }
        (due(view))
        (duplicates(lang, view))
        @if view.own { (reach(lang, view)) (how_it_went(lang, view)) }
        (stage(lang, view))
        div.split {
            section { h2 { (t!(lang, "prospect-history")) } (history(lang, view)) }
            section {
                h2 { (t!(lang, "prospect-facts")) }
                dl.kv { @for (what, how) in &view.facts { div { dt { (what) } dd { (how) } } } }
                @if view.own && view.agreed { (withdrawal(lang, view)) }
            }
        }
    }
}

fn due(view: &OneView) -> Markup {
    parts::note(
        view.due.0,
        &html! { p { (parts::chip(view.due.0, &view.due.1)) @if let Some(next) = &view.next { " " (next) } } },
    )
}

fn duplicates(lang: Lang, view: &OneView) -> Markup {
    html! {
        @if !view.same.is_empty() {
            (parts::note(State::Soon, &html! { p { b { (t!(lang, "prospect-same-mobile")) } @for (href, name) in &view.same { " " a href=(href) { (name) } } } }))
        }
        @for branch in &view.elsewhere {
            (parts::note(State::Soon, &html! { p { (t!(lang, "prospect-elsewhere", branch = branch.clone())) } }))
        }
    }
}

fn reach(lang: Lang, view: &OneView) -> Markup {
    html! {
        @if view.sms.is_some() || view.tel.is_some() {
            div.acts {
                @if let Some(sms) = &view.sms { a.btn.do[!view.called_for] href=(sms) { (icon(Icon::Message)) (t!(lang, "prospect-sms")) } }
                @if let Some((tel, number)) = &view.tel { a.btn.do[view.called_for] href=(tel) { (icon(Icon::Phone)) span.tel { (number) } } }
            }
            @if let Some(text) = &view.sms_text { p.quiet.small { (text) } }
        }
    }
}

/// One tap says how it went; the form behind it says more.
fn how_it_went(lang: Lang, view: &OneView) -> Markup {
    let action = format!("/prospects/{}/touches", view.id);
    let taps = ["sms:sent", "call:reached", "call:no_answer", "wechat:reached", "meeting:reached"];
    let more = html! {
        form.form method="post" action=(action) {
            (form::csrf_field(&view.csrf)) (form::hidden("id", &view.touch_ids.1))
            (touch_fields(lang, &view.touch))
            div.acts { (form::submit(&t!(lang, "prospect-touch-save"))) }
        }
    };
    html! {
        section {
            h2 { (t!(lang, "prospect-how")) }
            form.acts method="post" action=(action) {
                (form::csrf_field(&view.csrf)) (form::hidden("id", &view.touch_ids.0))
                @for tap in taps {
                    button.btn type="submit" name="went" value=(tap) { (t!(lang, &format!("prospect-went-{}", tap.replace([':', '_'], "-")))) }
                }
            }
            (form::error_summary(&t!(lang, "prospect-problems"), &view.touch.problems.pairs()))
            (form::more(&t!(lang, "prospect-touch-more"), !view.touch.problems.0.is_empty(), &more))
        }
    }
}

fn stage(lang: Lang, view: &OneView) -> Markup {
    let steps: Vec<Step<'_>> = view.steps.iter().map(|(label, when)| Step { label, when: when.as_deref() }).collect();
    let more = html! {
        form.form method="post" action={ "/prospects/" (view.id) "/stage" } {
            (form::csrf_field(&view.csrf))
            (Field::new("stage", &t!(lang, "prospect-stage-to")).value(&view.to).error(view.stage_problems.of("stage")).required().select(None, &as_choices(&view.moves)))
            @if view.moves.iter().any(|(stage, _)| stage == "lost") {
                (Field::new("why", &t!(lang, "prospect-why-lost")).value(&view.why).select(Some(&t!(lang, "prospect-why-own")), &as_choices(&view.whys)))
            }
            (Field::new("reason", &t!(lang, "prospect-reason")).hint(&t!(lang, "prospect-reason-hint")).value(&view.reason).error(view.stage_problems.of("reason")).maxlength(500).text())
            div.acts { (form::submit(&t!(lang, "prospect-stage-save"))) }
        }
    };
    html! {
        section {
            h2 { (t!(lang, "prospect-stage")) }
            (parts::steps(&steps, view.step, view.lost, &view.place))
            (form::error_summary(&t!(lang, "prospect-problems"), &view.stage_problems.pairs()))
            @if view.own && !view.moves.is_empty() {
                (form::more(&t!(lang, "prospect-stage-change"), !view.stage_problems.0.is_empty(), &more))
            }
        }
    }
}

fn history(lang: Lang, view: &OneView) -> Markup {
    let actions: Vec<Option<Markup>> = view
        .lines
        .iter()
        .map(|line| {
            line.open.as_ref().map(|(edit, withdrawal)| {
                html! {
                    a.btn.bare href=(edit) { (t!(lang, "prospect-touch-edit")) }
                    (form::button_form(withdrawal, &view.csrf, &[], "bare", &html! { (t!(lang, "prospect-touch-withdraw")) }))
                }
            })
        })
        .collect();
    let happenings: Vec<Happening<'_>> = view
        .lines
        .iter()
        .zip(&actions)
        .map(|(line, actions)| Happening {
            when: &line.when,
            at: &line.at,
            by: Some(&line.by),
            title: &line.title,
            text: line.text.as_deref(),
            actions: actions.as_ref(),
            strong: line.strong,
        })
        .collect();
    parts::timeline(&happenings)
}

fn withdrawal(lang: Lang, view: &OneView) -> Markup {
    let action = format!("/prospects/{}/consent-withdrawal", view.id);
    let inside = html! {
        p { (t!(lang, "prospect-withdrawal-words")) }
        (form::button_form(&action, &view.csrf, &[], "grave", &html! { (t!(lang, "prospect-withdrawal-do")) }))
    };
    form::more(&t!(lang, "prospect-withdrawal"), false, &inside)
}
