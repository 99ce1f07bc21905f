//! What a branch sets for its days.

use maud::{Markup, html};

use crate::t;
use crate::templates::Lang;
use crate::templates::form::{self, Field, csrf_field};
use crate::templates::parts;

/// The settings of a branch, as known or as typed.
#[derive(Debug, Clone, Default)]
pub struct RulesView {
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Minutes before opening.
    pub lead: String,
    /// Minutes beyond which one is late.
    pub grace: String,
    /// Weeks until it is time to rotate.
    pub rotation: String,
    /// Yuan a person-day.
    pub day_rate: String,
    /// What is wrong: field and message.
    pub errors: Vec<(String, String)>,
    /// Where one comes from.
    pub back: &'static str,
}

/// The page.
pub fn rules(lang: Lang, view: &RulesView, csrf: &str) -> Markup {
    let error = |field: &str| view.errors.iter().find(|(name, _)| name == field).map(|(_, m)| m.as_str());
    let problems: Vec<(&str, &str)> = view.errors.iter().map(|(f, m)| (f.as_str(), m.as_str())).collect();
    let number = |name: &'static str, value: &str, key: &str, hint: &str, (least, most): (&str, &str)| {
        Field::new(name, &t!(lang, key))
            .hint(&t!(lang, hint))
            .value(value)
            .error(error(name))
            .required()
            .short()
            .inputmode("numeric")
            .range(Some(least), Some(most))
            .number()
    };
    html! {
        div {
            (parts::back(view.back, &t!(lang, if view.back == "/branches" { "branches-title" } else { "roll-title" })))
            (parts::head(Some(&view.name), &t!(lang, "rules-title"), None, None))
        }
        (form::error_summary(&t!(lang, "rules-problems"), &problems))
        form.form method="post" action="/branch-settings" {
            (csrf_field(csrf))
            (form::hidden("branch", &view.code))
            (number("lead_minutes", &view.lead, "rules-lead", "rules-lead-hint", ("0", "120")))
            (number("grace_minutes", &view.grace, "rules-grace", "rules-grace-hint", ("0", "60")))
            (number("rotation_weeks", &view.rotation, "rules-rotation", "rules-rotation-hint", ("1", "104")))
            (Field::new("day_rate", &t!(lang, "rules-day-rate")).hint(&t!(lang, "rules-day-rate-hint")).value(&view.day_rate).error(error("day_rate")).short().inputmode("decimal").text())
            div { (form::submit(&t!(lang, "rules-save"))) }
        }
    }
}
