//! Whom an outlet does not want.

use chrono::NaiveDate;
use maud::{Markup, html};

use super::{Problems, error, summary};
use crate::rota::unwelcome::UnwelcomeInput;
use crate::t;
use crate::templates::Lang;
use crate::templates::attendance::words;
use crate::templates::form::{self, Choice, Field};
use crate::templates::parts::{self, Row};

/// Somebody it does not want.
pub struct UnwelcomeLine {
    /// Where the line is taken away.
    pub action: String,
    /// Who.
    pub name: String,
    /// From when.
    pub from: NaiveDate,
    /// Until when.
    pub to: Option<NaiveDate>,
    /// Why.
    pub reason: String,
}

/// The list and its form.
pub struct UnwelcomeView<'a> {
    /// The outlet's page.
    pub outlet: &'a str,
    /// Its name.
    pub name: &'a str,
    /// The list.
    pub all: Vec<UnwelcomeLine>,
    /// Who can be chosen.
    pub brokers: &'a [(String, String)],
    /// As it was typed.
    pub typed: &'a UnwelcomeInput,
    /// What is wrong.
    pub problems: &'a Problems,
}

/// The page.
pub fn unwelcome(lang: Lang, view: &UnwelcomeView<'_>, csrf: &str) -> Markup {
    let people: Vec<Choice<'_>> = view.brokers.iter().map(|(value, label)| Choice { value, label }).collect();
    let problem = |field: &str| error(view.problems, field);
    let typed = view.typed;
    html! {
        div { (parts::back(view.outlet, view.name)) (parts::head(None, &t!(lang, "unwelcome-title"), Some(&t!(lang, "unwelcome-about")), None)) }
        @if view.all.is_empty() { p.quiet { (t!(lang, "unwelcome-none")) } }
        ul.rows {
            @for one in &view.all {
                @let from = words::short_day(lang, one.from);
                @let days = match one.to {
                    Some(to) => format!("{from} – {}", words::short_day(lang, to)),
                    None => t!(lang, "unwelcome-since", day = from),
                };
                @let meta = html! { (days) @if !one.reason.is_empty() { " · " (one.reason) } };
                @let act = form::button_form(&one.action, csrf, &[], "bare", &html! { (t!(lang, "unwelcome-remove")) });
                (parts::row(&Row::plain(&one.name).meta(&meta).actions(&act)))
            }
        }
        section {
            div.sec-head { h2 { (t!(lang, "unwelcome-new")) } }
            (summary(lang, view.problems))
            form.form method="post" action={ (view.outlet) "/unwelcome" } {
                (form::csrf_field(csrf))
                (form::hidden("id", &typed.id))
                (Field::new("broker_id", &t!(lang, "leave-broker")).value(&typed.broker_id).error(problem("broker_id")).required().select(Some(&t!(lang, "leave-choose")), &people))
                div.pair {
                    (Field::new("from", &t!(lang, "leave-from")).value(&typed.from).error(problem("from")).hint(&t!(lang, "unwelcome-from-hint")).date())
                    (Field::new("to", &t!(lang, "leave-to")).value(&typed.to).error(problem("to")).hint(&t!(lang, "unwelcome-to-hint")).date())
                }
                (Field::new("reason", &t!(lang, "leave-reason")).value(&typed.reason).error(problem("reason")).maxlength(300).text())
                (Field::new("take_off", &t!(lang, "unwelcome-take-off")).value(&typed.take_off).error(problem("take_off")).checkbox())
                (form::submit(&t!(lang, "unwelcome-do")))
            }
        }
    }
}
