//! Pages of people: the way in, users, one's own account.

pub mod account;
pub mod users;

use maud::{Markup, html};

use super::form::{self, Field};
use super::{Lang, State, parts};
use crate::t;

/// The sign-in form as it was typed.
#[derive(Debug, Default)]
pub struct SignInView<'a> {
    /// Where the mark is found.
    pub mark: &'a str,
    /// The session's token, where somebody is signed in already.
    pub csrf: &'a str,
    /// The login as typed.
    pub login: &'a str,
    /// Where to go afterwards.
    pub to: &'a str,
    /// Whether "keep me signed in" was ticked.
    pub keep: bool,
    /// Whether the second factor's code is asked for.
    pub otp: bool,
    /// With `otp`: the token by which the code alone is enough.
    pub halfway: Option<&'a str>,
    /// The message says what is asked for, not what was wrong.
    pub asked: bool,
    /// Whether a form was sent after its session had ended.
    pub lost: bool,
    /// What went wrong.
    pub message: Option<&'a str>,
}

/// The sign-in form: login and password, then, for who has a second factor, the code alone.
pub fn sign_in(lang: Lang, view: &SignInView<'_>) -> Markup {
    if let Some(token) = view.halfway {
        return code(lang, view, token);
    }
    html! {
        div.door {
            img.mark src=(view.mark) alt="" width="56" height="56";
            (parts::head(None, &t!(lang, "sign-in-title"), Some(&t!(lang, "sign-in-lead")), None))
            @if view.lost { (parts::note(State::Soon, &html! { p { (t!(lang, "sign-in-lost")) } })) }
            form.form method="post" action="/sign-in" {
                (form::csrf_field(view.csrf)) (form::hidden("to", view.to))
                (Field::new("login", &t!(lang, "sign-in-login")).value(view.login).required().autocomplete("username").text())
                (Field::new("password", &t!(lang, "sign-in-password")).required().autocomplete("current-password").error(view.message.filter(|_| !view.otp)).password())
                @if view.otp { (otp(lang, view)) }
                (Field::new("keep", &t!(lang, "sign-in-keep")).value(if view.keep { "on" } else { "" }).checkbox())
                button.btn.do.full type="submit" { (t!(lang, "sign-in-do")) }
            }
            p { a href="/forgotten" { (t!(lang, "forgotten-title")) } }
        }
    }
}

fn otp(lang: Lang, view: &SignInView<'_>) -> Markup {
    let label = t!(lang, "sign-in-otp");
    let field = Field::new("otp", &label).required().inputmode("numeric").autocomplete("one-time-code").short();
    let message = view.message.unwrap_or_default();
    if view.asked { field.hint(message).autofocus().text() } else { field.error(Some(message)).autofocus().text() }
}

fn code(lang: Lang, view: &SignInView<'_>, token: &str) -> Markup {
    let query = form_urlencoded::Serializer::new(String::new()).append_pair("to", view.to).finish();
    html! {
        div.door {
            img.mark src=(view.mark) alt="" width="56" height="56";
            (parts::head(None, &t!(lang, "sign-in-code-title"), Some(&t!(lang, "sign-in-code-lead")), None))
            form.form method="post" action="/sign-in" {
                (form::csrf_field(view.csrf)) (form::hidden("to", view.to)) (form::hidden("halfway", token))
                (otp(lang, view))
                button.btn.do.full type="submit" { (t!(lang, "sign-in-do")) }
            }
            p { a href={ "/sign-in?" (query) } { (t!(lang, "sign-in-again")) } }
        }
    }
}
