//! The form for a prospect: four fields, everything else behind "more". And the form that sets a touch right.

use maud::{Markup, html};

use super::{Problems, as_choices, choices};
use crate::t;
use crate::templates::form::{self, Field};
use crate::templates::icons::{Icon, icon};
use crate::templates::{Lang, State, parts};

/// Whether somebody new is taken in or somebody known is changed.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub enum Kind {
    /// Taken in, under an id made for this showing of the form.
    #[default]
    New,
    /// Changed, as of a version.
    Change { version: i32, met_at_was: String, agreed: bool },
}

/// Who was saved a moment ago.
#[derive(Debug, Clone)]
pub struct Saved {
    pub href: String,
    pub name: String,
    pub due: String,
    /// Addresses and words of others in reach with the mobile.
    pub same: Vec<(String, String)>,
    /// Branches that care for somebody with it.
    pub elsewhere: Vec<String>,
    /// Whether the note holds words that a broker may not use.
    pub warned: bool,
}

/// The form as it was typed.
#[derive(Debug, Default, Clone)]
pub struct EntryView {
    pub csrf: String,
    pub kind: Kind,
    pub id: String,
    /// Outlet and time as they were filled in by themselves.
    pub given: Option<String>,
    pub name: String,
    pub mobile: String,
    pub preferred_channel: String,
    pub consent: bool,
    pub met_at: String,
    pub outlet_id: String,
    pub outlets: Vec<(String, String)>,
    pub source: String,
    pub referrer: String,
    pub experience: String,
    pub note: String,
    pub problems: Problems,
    pub saved: Option<Saved>,
}

/// The page of the form.
pub fn entry(lang: Lang, view: &EntryView) -> Markup {
    let is_new = view.kind == Kind::New;
    let page = format!("/prospects/{}", view.id);
    let title = if is_new { t!(lang, "prospect-new") } else { t!(lang, "prospect-change", name = view.name.clone()) };
    html! {
        div {
            @if !is_new { (parts::back(&page, &t!(lang, "prospect-back-to-one"))) }
            (parts::head(None, &title, None, None))
        }
        @if let Some(saved) = &view.saved { (saved_note(lang, saved)) }
        (form::error_summary(&t!(lang, "prospect-problems"), &view.problems.pairs()))
        form.form method="post" action={ @if is_new { "/prospects" } @else { (page) } } {
            (form::csrf_field(&view.csrf))
            (kept(view))
            @if let Some(given) = &view.given { p.given { (icon(Icon::Pin)) span { (given) } } }
            (first_fields(lang, view))
            (rest(lang, view))
            div.acts.sticky-acts { (form::submit(&t!(lang, "prospect-save"))) }
        }
    }
}

fn saved_note(lang: Lang, saved: &Saved) -> Markup {
    html! {
        div.flash role="status" {
            (icon(Icon::Check))
            p { (t!(lang, "prospect-saved")) " " a href=(saved.href) { (saved.name) } " · " (saved.due) }
        }
        @if !saved.same.is_empty() {
            (parts::note(State::Soon, &html! { p {
                b { (t!(lang, "prospect-same-mobile")) }
                @for (href, name) in &saved.same { " " a href=(href) { (name) } }
            } }))
        }
        @for branch in &saved.elsewhere {
            (parts::note(State::Soon, &html! { p { (t!(lang, "prospect-elsewhere", branch = branch.clone())) } }))
        }
        @if saved.warned { (parts::note(State::Soon, &html! { p { (t!(lang, "prospect-conduct")) } })) }
    }
}

fn kept(view: &EntryView) -> Markup {
    html! {
        @match &view.kind {
            Kind::New => { (form::hidden("id", &view.id)) }
            Kind::Change { version, met_at_was, .. } => {
                (form::hidden("version", &version.to_string()))
                (form::hidden("met_at_was", met_at_was))
            }
        }
    }
}

fn first_fields(lang: Lang, view: &EntryView) -> Markup {
    let channels = choices(lang, "prospect-channel", &["sms", "call", "wechat"]);
    let of = |field| view.problems.of(field);
    let agreed = matches!(view.kind, Kind::Change { agreed: true, .. });
    html! {
        (Field::new("name", &t!(lang, "prospect-name")).value(&view.name).error(of("name")).required().autocomplete("off").maxlength(100).text())
        (Field::new("mobile", &t!(lang, "prospect-mobile")).value(&view.mobile).error(of("mobile")).hint(&t!(lang, "prospect-mobile-hint")).inputmode("tel").autocomplete("off").maxlength(40).tel())
        (Field::new("preferred_channel", &t!(lang, "prospect-preferred")).value(&view.preferred_channel).error(of("preferred_channel")).required().radio(&as_choices(&channels)))
        @if !agreed {
            (Field::new("consent", &t!(lang, "prospect-consent")).hint(&t!(lang, "prospect-consent-hint")).value(if view.consent { "on" } else { "" }).error(of("consent")).checkbox())
        }
    }
}

fn rest(lang: Lang, view: &EntryView) -> Markup {
    let of = |field| view.problems.of(field);
    let hidden = ["met_at", "outlet_id", "source", "referrer", "experience", "note"];
    let open = view.kind != Kind::New || hidden.iter().any(|field| of(field).is_some());
    let sources = choices(lang, "prospect-source", &["on_site", "event", "referral", "community", "other"]);
    let experience = choices(lang, "prospect-experience", &["unknown", "new", "experienced"]);
    let word = t!(lang, "prospect-optional");
    form::more(
        &t!(lang, "prospect-more"),
        open,
        &html! {
            div.form {
                div.pair {
                    (Field::new("met_at", &t!(lang, "prospect-met-at")).value(&view.met_at).error(of("met_at")).required().datetime_local())
                    (Field::new("source", &t!(lang, "prospect-source")).value(&view.source).error(of("source")).select(None, &as_choices(&sources)))
                }
                (Field::new("outlet_id", &t!(lang, "prospect-outlet")).value(&view.outlet_id).error(of("outlet_id")).select(Some(&t!(lang, "prospect-outlet-none")), &as_choices(&view.outlets)))
                div.pair {
                    (Field::new("referrer", &t!(lang, "prospect-referrer")).optional(&word).value(&view.referrer).error(of("referrer")).autocomplete("off").maxlength(100).text())
                    (Field::new("experience", &t!(lang, "prospect-experience")).value(&view.experience).error(of("experience")).select(None, &as_choices(&experience)))
                }
                (Field::new("note", &t!(lang, "prospect-note")).optional(&word).hint(&t!(lang, "prospect-note-hint")).value(&view.note).error(of("note")).maxlength(2000).textarea(3))
            }
        },
    )
}

/// A touch as it was typed.
#[derive(Debug, Default, Clone)]
pub struct TouchEntryView {
    pub csrf: String,
    pub action: String,
    pub back: String,
    pub channel: String,
    pub outcome: String,
    pub at: String,
    pub at_was: String,
    pub note: String,
    pub problems: Problems,
}

/// The page that sets a touch right.
pub fn touch_entry(lang: Lang, view: &TouchEntryView) -> Markup {
    html! {
        div { (parts::back(&view.back, &t!(lang, "prospect-back-to-one"))) (parts::head(None, &t!(lang, "prospect-touch-change"), None, None)) }
        (form::error_summary(&t!(lang, "prospect-problems"), &view.problems.pairs()))
        form.form method="post" action=(view.action) {
            (form::csrf_field(&view.csrf))
            (form::hidden("at_was", &view.at_was))
            (touch_fields(lang, view))
            div.acts { (form::submit(&t!(lang, "prospect-save"))) (parts::button_link(&view.back, "bare", None, &t!(lang, "prospect-cancel"))) }
        }
    }
}

/// The fields of a touch, shared with the page of a prospect.
pub(super) fn touch_fields(lang: Lang, view: &TouchEntryView) -> Markup {
    let channels = choices(lang, "prospect-channel", &["sms", "call", "wechat", "meeting", "email"]);
    let outcomes = choices(lang, "prospect-outcome", &["sent", "reached", "no_answer", "refused"]);
    let of = |field| view.problems.of(field);
    html! {
        div.pair {
            (Field::new("channel", &t!(lang, "prospect-touch-channel")).value(&view.channel).error(of("channel")).select(None, &as_choices(&channels)))
            (Field::new("outcome", &t!(lang, "prospect-touch-outcome")).value(&view.outcome).error(of("outcome")).hint(&t!(lang, "prospect-touch-outcome-hint")).select(None, &as_choices(&outcomes)))
        }
        (Field::new("at", &t!(lang, "prospect-touch-at")).value(&view.at).error(of("at")).required().datetime_local())
        (Field::new("note", &t!(lang, "prospect-touch-note")).optional(&t!(lang, "prospect-optional")).value(&view.note).error(of("note")).maxlength(2000).textarea(2))
    }
}
