//! Pages of one's own account, and of setting a password by a link.

use maud::{Markup, html};

use crate::t;
use crate::templates::form::{self, Choice, Field};
use crate::templates::icons::Icon;
use crate::templates::{Lang, State, parts};

/// A session in the list.
pub struct SessionLine {
    pub id: String,
    pub device: String,
    /// Address and time of the last use.
    pub about: String,
    pub current: bool,
}

/// One's own account.
pub struct AccountView<'a> {
    pub csrf: &'a str,
    pub name: &'a str,
    pub login: &'a str,
    pub role: &'a str,
    pub branch: &'a str,
    pub language: &'a str,
    pub second_factor: bool,
    /// Whether there are shifts to put into a calendar.
    pub has_shifts: bool,
    pub sessions: Vec<SessionLine>,
    /// (field, message) of what is wrong with a form of the page.
    pub problems: &'a [(String, String)],
}

impl AccountView<'_> {
    fn error(&self, field: &str) -> Option<&str> {
        self.problems.iter().find(|(f, _)| f == field).map(|(_, message)| message.as_str())
    }
}

/// One's own account: password, second factor, language, sessions.
pub fn account(lang: Lang, view: &AccountView<'_>) -> Markup {
    let about = if view.branch.is_empty() { view.role.to_owned() } else { format!("{} · {}", view.role, view.branch) };
    html! {
        (parts::head(Some(&t!(lang, "account-title")), view.name, Some(&about), None))
        @if view.has_shifts { (parts::section(&t!(lang, "feed-title"), None, &calendar_part(lang))) }
        (parts::section(&t!(lang, "account-password"), None, &password_form(lang, view)))
        (parts::section(&t!(lang, "account-second-factor"), None, &second_factor_part(lang, view)))
        (parts::section(&t!(lang, "account-language"), None, &language_form(lang, view)))
        (parts::section(&t!(lang, "account-sessions"), None, &sessions(lang, view)))
    }
}

fn password_form(lang: Lang, view: &AccountView<'_>) -> Markup {
    html! {
        form.form method="post" action="/account/password" {
            (form::csrf_field(view.csrf)) (username(view.login))
            (Field::new("old", &t!(lang, "account-password-old")).error(view.error("old")).required().autocomplete("current-password").password())
            (Field::new("password", &t!(lang, "account-password-new")).error(view.error("password")).hint(&t!(lang, "password-hint")).required().autocomplete("new-password").password())
            p.quiet { (t!(lang, "account-password-ends")) }
            (form::submit(&t!(lang, "account-password-do")))
        }
    }
}

fn calendar_part(lang: Lang) -> Markup {
    html! {
        p { (t!(lang, "feed-account")) }
        div.acts { (parts::button_link("/account/calendar", "", Some(Icon::Calendar), &t!(lang, "feed-title"))) }
    }
}

fn second_factor_part(lang: Lang, view: &AccountView<'_>) -> Markup {
    html! {
        @if view.second_factor {
            p { (parts::chip(State::Fine, &t!(lang, "second-factor-is-on"))) }
            form.form method="post" action="/account/second-factor/removal" {
                (form::csrf_field(view.csrf))
                (Field::new("otp", &t!(lang, "second-factor-code")).error(view.error("otp")).hint(&t!(lang, "second-factor-off-hint")).required().short().inputmode("numeric").autocomplete("one-time-code").text())
                button.btn.grave type="submit" { (t!(lang, "second-factor-off")) }
            }
        } @else {
            p { (t!(lang, "second-factor-lead")) }
            div.acts { (parts::button_link("/account/second-factor", "", Some(Icon::Shield), &t!(lang, "second-factor-set-up"))) }
        }
    }
}

fn language_form(lang: Lang, view: &AccountView<'_>) -> Markup {
    html! {
        form.form method="post" action="/account/language" {
            (form::csrf_field(view.csrf))
            (Field::new("language", &t!(lang, "account-language-of-mails")).value(view.language).error(view.error("language")).radio(&[Choice { value: "zh-CN", label: "中文" }, Choice { value: "en", label: "English" }]))
            div.acts { button.btn type="submit" { (t!(lang, "users-form-save")) } }
        }
    }
}

fn sessions(lang: Lang, view: &AccountView<'_>) -> Markup {
    let this = t!(lang, "account-session-this");
    html! {
        ul.rows {
            @for one in &view.sessions {
                @let meta = html! { span.num { (one.about) } };
                @let end = html! { (form::button_form(&format!("/account/sessions/{}/end", one.id), view.csrf, &[], "", &html! { (t!(lang, "account-session-end")) })) };
                @let row = parts::Row::plain(&one.device).meta(&meta);
                (parts::row(&if one.current { row.state(State::Fine, &this) } else { row.actions(&end) }))
            }
        }
        @if view.sessions.len() > 1 {
            div.acts { (form::button_form("/account/sessions/end", view.csrf, &[], "grave", &html! { (t!(lang, "account-sessions-end")) })) }
        }
    }
}

/// For password managers: whose password it is.
fn username(login: &str) -> Markup {
    html! { input.vh type="text" name="username" value=(login) autocomplete="username" readonly tabindex="-1" aria-hidden="true"; }
}

/// Setting up the second factor.
pub struct SecondFactorView<'a> {
    pub csrf: &'a str,
    /// The rows of the QR code, true is dark.
    pub code: Vec<Vec<bool>>,
    /// The secret as text.
    pub secret: &'a str,
    /// What the form sends back.
    pub draft: &'a str,
    /// The role must have it.
    pub required: bool,
    /// (field, message) of what is wrong.
    pub problems: &'a [(String, String)],
}

/// Setting up the second factor: scan, then prove it with a code.
pub fn second_factor(lang: Lang, view: &SecondFactorView<'_>) -> Markup {
    let error = |field: &str| view.problems.iter().find(|(f, _)| f == field).map(|(_, message)| message.as_str());
    html! {
        div {
            @if !view.required { (parts::back("/account", &t!(lang, "account-title"))) }
            (parts::head(None, &t!(lang, "second-factor-set-up"), Some(&t!(lang, "second-factor-scan")), None))
        }
        @if view.required { (parts::note(State::Soon, &html! { p { (t!(lang, "second-factor-required")) } })) }
        (qr(&view.code, &t!(lang, "second-factor-qr")))
        (parts::kv(&[(&t!(lang, "second-factor-secret"), html! { code { (spaced(view.secret)) } })]))
        form.form method="post" action="/account/second-factor" {
            (form::csrf_field(view.csrf)) (form::hidden("draft", view.draft))
            (Field::new("password", &t!(lang, "account-password-old")).error(error("password")).required().autocomplete("current-password").password())
            (Field::new("otp", &t!(lang, "second-factor-code")).error(error("otp")).hint(&t!(lang, "second-factor-code-hint")).required().short().inputmode("numeric").autocomplete("one-time-code").text())
            (form::submit(&t!(lang, "second-factor-on")))
        }
    }
}

/// Four characters a group, easier to type.
fn spaced(secret: &str) -> String {
    let characters: Vec<char> = secret.chars().collect();
    characters.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}

/// A QR code: dark on light also in the dark, since cameras expect it, with the quiet zone of four modules.
fn qr(rows: &[Vec<bool>], words: &str) -> Markup {
    let side = rows.len() + 8;
    let mut path = String::new();
    for (y, row) in rows.iter().enumerate() {
        for (x, _) in row.iter().enumerate().filter(|(_, dark)| **dark) {
            path.push_str(&format!("M{} {}h1v1h-1z", x + 4, y + 4));
        }
    }
    html! {
        svg role="img" aria-label=(words) width="220" height="220" viewBox={ "0 0 " (side) " " (side) } shape-rendering="crispEdges" {
            rect width="100%" height="100%" fill="#ffffff" {}
            path d=(path) fill="#000000" {}
        }
    }
}

/// Setting a password by a link.
pub struct NewPasswordView<'a> {
    pub csrf: &'a str,
    pub action: &'a str,
    pub name: &'a str,
    pub login: &'a str,
    pub problem: Option<&'a str>,
}

/// The form of a new password.
pub fn new_password(lang: Lang, view: &NewPasswordView<'_>) -> Markup {
    html! {
        div.door {
            (parts::head(Some(view.name), &t!(lang, "link-password-title"), Some(&t!(lang, "link-password-lead", login = view.login)), None))
            form.form method="post" action=(view.action) {
                (form::csrf_field(view.csrf)) (username(view.login))
                (Field::new("password", &t!(lang, "account-password-new")).error(view.problem).hint(&t!(lang, "password-hint")).required().autocomplete("new-password").password())
                button.btn.do.full type="submit" { (t!(lang, "link-password-do")) }
            }
        }
    }
}

/// A link that does not work any more.
pub fn dead_link(lang: Lang) -> Markup {
    let acts = html! { (parts::button_link("/forgotten", "do", None, &t!(lang, "forgotten-title"))) };
    parts::empty(Icon::Clock, &t!(lang, "link-dead-title"), &t!(lang, "link-dead"), Some(&acts))
}

/// Asking for a reset link.
pub struct ForgottenView<'a> {
    pub csrf: &'a str,
    pub login: &'a str,
    pub problem: Option<&'a str>,
    /// It was asked for: what to do next, the same for everybody.
    pub asked: bool,
}

/// The form of a forgotten password.
pub fn forgotten(lang: Lang, view: &ForgottenView<'_>) -> Markup {
    html! {
        div.door {
            (parts::head(None, &t!(lang, "forgotten-title"), Some(&t!(lang, if view.asked { "forgotten-asked" } else { "forgotten-lead" })), None))
            @if !view.asked {
                form.form method="post" action="/forgotten" {
                    (form::csrf_field(view.csrf))
                    (Field::new("login", &t!(lang, "sign-in-login")).value(view.login).error(view.problem).required().autocomplete("username").text())
                    button.btn.do.full type="submit" { (t!(lang, "forgotten-do")) }
                }
            }
            p { a href="/sign-in" { (t!(lang, "forgotten-back")) } }
        }
    }
}
