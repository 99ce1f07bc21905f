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
    /// Whether a form was sent after its session had ended.
    pub lost: bool,
    /// What went wrong.
    pub message: Option<&'a str>,
}

/// The sign-in form.
pub fn sign_in(lang: Lang, view: &SignInView<'_>) -> Markup {
    html! {
        div.door {
            img.mark src=(view.mark) alt="" width="56" height="56";
            (parts::head(None, &t!(lang, "sign-in-title"), Some(&t!(lang, "sign-in-lead")), None))
            @if view.lost { (parts::note(State::Soon, &html! { p { (t!(lang, "sign-in-lost")) } })) }
            form.form method="post" action="/sign-in" {
                (form::csrf_field(view.csrf)) (form::hidden("to", view.to))
                (Field::new("login", &t!(lang, "sign-in-login")).value(view.login).required().autocomplete("username").text())
                (Field::new("password", &t!(lang, "sign-in-password")).required().autocomplete("current-password").error(view.message.filter(|_| !view.otp)).password())
                @if view.otp {
                    (Field::new("otp", &t!(lang, "sign-in-otp")).required().inputmode("numeric").autocomplete("one-time-code").error(view.message).text())
                }
                (Field::new("keep", &t!(lang, "sign-in-keep")).value(if view.keep { "on" } else { "" }).checkbox())
                button.btn.do.full type="submit" { (t!(lang, "sign-in-do")) }
            }
            p { a href="/forgotten" { (t!(lang, "forgotten-title")) } }
        }
    }
}
