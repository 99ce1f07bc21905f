//! The page without a network: nobody's data in it. A script puts in what the phone knows, and lists what it keeps.

use maud::{Markup, html};

use super::attendance::Typed;
use super::attendance::check_in_form;
use super::form::{self, Choice, Field};
use super::{Lang, State, parts};
use crate::t;

/// The page; `kept_days`: how long the server keeps a raw position.
pub fn offline(lang: Lang, kept_days: u32) -> Markup {
    let word = |key: &str| t!(lang, &format!("offline-{key}"));
    let typed = Typed::default();
    html! {
        (parts::head(None, &word("title"), Some(&word("lead")), Some(&parts::button_link("/", "", None, &word("again")))))
        div hidden data-lost { (parts::note(State::Late, &html! { p role="alert" { (word("lost")) } })) }
        div.split.even data-offline data-in=(t!(lang, "checkin-in-do")) data-out=(t!(lang, "checkin-out-do"))
            data-prospect=(word("prospect")) data-waiting=(word("waiting")) data-refused=(word("refused")) data-due-words=(word("due")) {
            section.poster {
                h2 data-outlet { (word("no-shift")) }
                p.hours data-hours {}
                p.quiet data-due {}
                (check_in_form(lang, false, &word("under"), Some(kept_days), &typed, ""))
            }
            div {
                (parts::section(&word("kept"), None, &list(lang)))
                (parts::section(&t!(lang, "prospect-new"), None, &prospect(lang)))
            }
        }
    }
}

fn list(lang: Lang) -> Markup {
    html! {
        p.quiet data-none { (t!(lang, "offline-nothing")) }
        ul.rows data-list {}
        template data-row {
            li.row {
                div { span.row-title data-what {} span.row-meta data-state {} }
                div.row-acts { button.btn.bare type="button" hidden data-drop { (t!(lang, "offline-drop")) } }
            }
        }
    }
}

fn prospect(lang: Lang) -> Markup {
    let channels = ["sms", "call", "wechat"].map(|c| (c, t!(lang, &format!("prospect-channel-{c}"))));
    let channels: Vec<Choice<'_>> = channels.iter().map(|(value, label)| Choice { value, label }).collect();
    let word = |key: &str| t!(lang, &format!("prospect-{key}"));
    html! {
        form.form method="post" action="/prospects" {
            @for (name, value) in [("id", ""), ("met_at", ""), ("outlet_id", ""), ("source", "on_site"), ("experience", "unknown")] {
                (form::hidden(name, value))
            }
            (Field::new("name", &word("name")).required().autocomplete("off").maxlength(100).text())
            (Field::new("mobile", &word("mobile")).hint(&word("mobile-hint")).inputmode("tel").autocomplete("off").maxlength(40).tel())
            (Field::new("preferred_channel", &word("preferred")).value("sms").required().radio(&channels))
            (Field::new("consent", &word("consent")).hint(&word("consent-hint")).checkbox())
            (Field::new("note", &word("note")).optional(&word("optional")).hint(&word("note-hint")).maxlength(2000).textarea(2))
            div.acts { (form::submit(&t!(lang, "offline-keep"))) }
        }
    }
}
