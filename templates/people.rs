//! Pages of people.

use maud::{Markup, html};

use super::Lang;
use super::form::{self, Field};
use crate::t;

/// The sign-in form as it was typed.
#[derive(Debug, Default)]
pub struct SignInView<'a> {
    /// The login as typed.
    pub login: &'a str,
    /// Where to go afterwards.
    pub to: &'a str,
    /// Whether "keep me signed in" was ticked.
    pub keep: bool,
    /// Whether the second factor's code is asked for.
    pub otp: bool,
    /// What went wrong.
    pub message: Option<&'a str>,
}

/// The sign-in form.
pub fn sign_in(lang: Lang, view: &SignInView<'_>) -> Markup {
    html! {
        h1 { (t!(lang, "sign-in-title")) }
        p.quiet { (t!(lang, "sign-in-lead")) }
        form method="post" action="/sign-in" {
            (form::hidden("to", view.to))
            (Field::new("login", &t!(lang, "sign-in-login")).value(view.login).required().autocomplete("username").text())
            (Field::new("password", &t!(lang, "sign-in-password")).required().autocomplete("current-password").error(view.message.filter(|_| !view.otp)).password())
            @if view.otp {
                (Field::new("otp", &t!(lang, "sign-in-otp")).required().inputmode("numeric").autocomplete("one-time-code").error(view.message).text())
            }
            (Field::new("keep", &t!(lang, "sign-in-keep")).value(if view.keep { "on" } else { "" }).checkbox())
            (form::submit(&t!(lang, "sign-in-do")))
        }
    }
}
