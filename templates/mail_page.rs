//! The admin's pages of the outbox.

use maud::{Markup, html};

use super::form::{self, Field};
use super::icons::Icon;
use super::parts::{self, Figure, Row};
use super::{Lang, State};
use crate::t;

/// A mail as it is shown; times are in the reader's zone.
pub struct MailView {
    pub id: String,
    pub kind: &'static str,
    pub state: &'static str,
    pub to: String,
    pub day: String,
    pub subject: String,
    pub message_id: String,
    pub tries: i32,
    pub queued: String,
    pub next_try: String,
    pub sent: Option<String>,
    pub error: Option<String>,
}

/// The outbox.
pub struct MailPage<'a> {
    pub csrf: &'a str,
    /// How mail leaves.
    pub way: &'a str,
    pub suspended: bool,
    pub waiting: i64,
    pub sent_today: i64,
    pub failed_count: i64,
    pub failed: Vec<MailView>,
    pub latest: Vec<MailView>,
    pub without_count: i64,
    /// Name, role, branch.
    pub without: Vec<(String, String, String)>,
    pub test_to: &'a str,
    pub test_error: Option<&'a str>,
}

/// One mail, with what it says if that is to be had.
pub struct OneMail<'a> {
    pub csrf: &'a str,
    pub mail: MailView,
    pub text: Option<String>,
}

fn look(state: &str) -> State {
    match state {
        "sent" => State::Fine,
        "failed" => State::Late,
        "given_up" => State::Unknown,
        _ => State::Soon,
    }
}

fn state_word(lang: Lang, state: &str) -> String {
    lang.text(&format!("mail-state-{}", state.replace('_', "-")), None)
}

fn kind_word(lang: Lang, kind: &str) -> String {
    lang.text(&format!("mail-kind-{kind}"), None)
}

/// The outbox.
pub fn outbox(lang: Lang, page: &MailPage<'_>) -> Markup {
    let numbers = [page.waiting, page.sent_today, page.failed_count].map(|n| n.to_string());
    let labels = ["waiting", "sent", "failed"].map(|key| t!(lang, &format!("mail-figure-{key}")));
    let figure = |at: usize, state: State| Figure {
        number: &numbers[at],
        label: &labels[at],
        state: (numbers[at] != "0").then_some(state),
    };
    html! {
        (parts::head(None, &t!(lang, "mail-title"), Some(page.way), None))
        @if page.suspended { (parts::note(State::Late, &html! { p { (t!(lang, "mail-suspended")) } })) }
        (parts::figures(&[figure(0, State::Soon), figure(1, State::Fine), figure(2, State::Late)]))
        @if !page.failed.is_empty() {
            (parts::section(&t!(lang, "mail-failed-list"), None, &list(lang, page.csrf, &page.failed)))
        }
        @if page.latest.is_empty() && page.failed.is_empty() {
            (parts::empty(Icon::Mail, &t!(lang, "mail-empty"), &t!(lang, "mail-empty-about"), None))
        } @else if !page.latest.is_empty() {
            (parts::section(&t!(lang, "mail-list"), None, &list(lang, page.csrf, &page.latest)))
        }
        @if page.without_count > 0 { (without(lang, page)) }
        (parts::section(&t!(lang, "mail-test"), None, &test_form(lang, page)))
    }
}

fn list(lang: Lang, csrf: &str, all: &[MailView]) -> Markup {
    html! { ul.rows { @for mail in all { (line(lang, csrf, mail)) } } }
}

fn line(lang: Lang, csrf: &str, mail: &MailView) -> Markup {
    let href = format!("/mail/{}", mail.id);
    let title = format!("{} · {}", kind_word(lang, mail.kind), mail.to);
    let meta = html! {
        (mail.sent.as_deref().unwrap_or(&mail.queued))
        @if mail.tries > 1 || mail.state == "failed" { " · " (t!(lang, "mail-tried", n = mail.tries)) }
        @if mail.state == "waiting" && mail.tries > 0 { " · " (t!(lang, "mail-next-try")) " " (mail.next_try) }
        @if mail.state != "sent" { @if let Some(error) = &mail.error { " · " (error) } }
    };
    let word = state_word(lang, mail.state);
    let acts = (mail.state == "failed").then(|| actions(lang, csrf, mail));
    let row = Row::link(&href, &title).meta(&meta).state(look(mail.state), &word);
    match &acts {
        Some(acts) => parts::row(&row.actions(acts)),
        None => parts::row(&row),
    }
}

fn actions(lang: Lang, csrf: &str, mail: &MailView) -> Markup {
    let act = |what: &str, class: &str, key: &str| {
        form::button_form(&format!("/mail/{}/{what}", mail.id), csrf, &[], class, &html! { (t!(lang, key)) })
    };
    html! { (act("tries", "", "mail-again")) (act("withdrawal", "bare", "mail-give-up")) }
}

fn without(lang: Lang, page: &MailPage<'_>) -> Markup {
    let more = page.without_count - i64::try_from(page.without.len()).unwrap_or(page.without_count);
    let inside = html! {
        p { (t!(lang, "mail-without-about", n = page.without_count)) }
        ul.rows {
            @for (name, role, branch) in &page.without {
                (parts::row(&Row::plain(name).meta(&html! { (role) " · " (branch) })))
            }
        }
        @if more > 0 { p.quiet { (t!(lang, "mail-without-more", n = more)) } }
    };
    parts::section(&t!(lang, "mail-without"), None, &inside)
}

fn test_form(lang: Lang, page: &MailPage<'_>) -> Markup {
    html! {
        form.form method="post" action="/mail/tests" {
            (form::csrf_field(page.csrf))
            (Field::new("to", &t!(lang, "mail-test-to")).value(page.test_to).error(page.test_error).required().autocomplete("email").email())
            (form::submit(&t!(lang, "mail-test-do")))
        }
    }
}

/// One mail.
pub fn one(lang: Lang, page: &OneMail<'_>) -> Markup {
    let mail = &page.mail;
    let labels = ["to", "day", "subject-label", "queued", "tries", "next-try", "sent-at", "last-error", "message-id"]
        .map(|key| t!(lang, &format!("mail-{key}")));
    let open = matches!(mail.state, "waiting" | "failed");
    let mut facts = vec![
        (labels[0].as_str(), html! { (mail.to) }),
        (&labels[1], html! { (mail.day) }),
        (&labels[2], html! { (mail.subject) }),
        (&labels[3], html! { (mail.queued) }),
        (&labels[4], html! { (mail.tries) }),
    ];
    if mail.state == "waiting" {
        facts.push((&labels[5], html! { (mail.next_try) }));
    }
    if let Some(sent) = &mail.sent {
        facts.push((&labels[6], html! { (sent) }));
    }
    if let Some(error) = &mail.error {
        facts.push((&labels[7], html! { (error) }));
    }
    facts.push((&labels[8], html! { code { (mail.message_id) } }));
    html! {
        div {
            (parts::back("/mail", &t!(lang, "mail-back")))
            (parts::head(None, &kind_word(lang, mail.kind), None, None))
        }
        p { (parts::chip(look(mail.state), &state_word(lang, mail.state))) }
        (parts::kv(&facts))
        @if open { div.acts { (actions(lang, page.csrf, mail)) } }
        @if let Some(text) = &page.text {
            (parts::section(&t!(lang, "mail-text"), None, &html! { pre { (text) } }))
        }
    }
}
