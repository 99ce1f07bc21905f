//! What plans go by: the branch's limits and weights, people's levels and homes, what outlets ask for.

use maud::{Markup, html};

use super::plan::weight;
use super::{Problems, error, summary};
use crate::t;
use crate::templates::Lang;
use crate::templates::form::{self, Choice, Field};
use crate::templates::parts::{self, Row};

/// Everything of a branch.
pub struct ConditionsView<'a> {
    /// Which.
    pub branch: String,
    /// Shifts in a week, as typed.
    pub max_days_per_week: &'a str,
    /// Days in a row, as typed.
    pub max_consecutive: &'a str,
    /// Each weight: name, as typed, the program's own.
    pub weights: Vec<(&'static str, &'a str, i64)>,
    /// What is wrong.
    pub problems: &'a Problems,
    /// The brokers.
    pub people: Vec<BrokerLine>,
    /// The outlets where brokers are posted.
    pub outlets: Vec<OutletLine>,
}

/// A broker in the list.
pub struct BrokerLine {
    /// Their form.
    pub href: String,
    /// Who.
    pub name: String,
    /// Their level.
    pub level: i64,
    /// Whether it was set by hand.
    pub set: bool,
    /// Whether a home is on record.
    pub home: bool,
}

/// An outlet in the list.
pub struct OutletLine {
    /// Its form.
    pub href: String,
    /// Its name.
    pub name: String,
    /// Its grade, as written.
    pub grade: String,
    /// The level it asks for.
    pub level: i64,
    /// Whether it was set by hand.
    pub set: bool,
}

/// One broker's form.
pub struct BrokerForm<'a> {
    /// Where it is posted.
    pub action: String,
    /// Who.
    pub name: String,
    /// The level, as typed.
    pub level: &'a str,
    /// The level without it.
    pub by_record: i64,
    /// The farthest way, as typed.
    pub max_km: &'a str,
    /// The home, as typed.
    pub lat: &'a str,
    /// The home, as typed.
    pub lon: &'a str,
    /// The system of the two numbers.
    pub datum: &'a str,
    /// An outlet near their home.
    pub near: &'a str,
    /// To choose from.
    pub outlets: &'a [(String, String)],
    /// What is wrong.
    pub problems: &'a Problems,
}

/// One outlet's form.
pub struct OutletForm<'a> {
    /// Where it is posted.
    pub action: String,
    /// Its name.
    pub name: String,
    /// The level, as typed.
    pub level: &'a str,
    /// The level without it.
    pub by_grade: i64,
    /// What is wrong.
    pub problems: &'a Problems,
}

/// The page.
pub fn conditions(lang: Lang, view: &ConditionsView<'_>, csrf: &str) -> Markup {
    let problem = |field: &str| error(view.problems, field);
    let number = |name: &'static str, value: &str, most: &str| {
        Field::new(name, &t!(lang, &format!("conditions-{}", name.replace('_', "-"))))
            .hint(&t!(lang, &format!("conditions-{}-hint", name.replace('_', "-"))))
            .value(value)
            .error(problem(name))
            .required()
            .short()
            .inputmode("numeric")
            .range(Some("1"), Some(most))
            .number()
    };
    html! {
        div {
            (parts::back("/rota/plans", &t!(lang, "plan-list")))
            (parts::head(Some(&view.branch), &t!(lang, "conditions-title"), Some(&t!(lang, "conditions-about")), None))
        }
        (summary(lang, view.problems))
        form.form method="post" action="/rota/conditions" {
            (form::csrf_field(csrf))
            div.pair {
                (number("max_days_per_week", view.max_days_per_week, "7"))
                (number("max_consecutive", view.max_consecutive, "14"))
            }
            (form::more(&t!(lang, "conditions-weights"), !view.problems.is_empty(), &html! {
                div.form { @for (name, typed, usual) in &view.weights { (weight(lang, name, typed, *usual, problem(name))) } }
            }))
            div { (form::submit(&t!(lang, "conditions-save"))) }
        }
        (people(lang, view))
        (outlets(lang, view))
    }
}

fn level(lang: Lang, n: i64, set: bool) -> String {
    t!(lang, if set { "conditions-level-set" } else { "conditions-level-n" }, n = n)
}

fn people(lang: Lang, view: &ConditionsView<'_>) -> Markup {
    html! {
        section {
            div.sec-head { h2 { (t!(lang, "conditions-people")) } }
            p.hint { (t!(lang, "conditions-people-hint")) }
            ul.rows {
                @for one in &view.people {
                    @let meta = html! { (level(lang, one.level, one.set)) " · " (t!(lang, if one.home { "conditions-home-known" } else { "conditions-home-none" })) };
                    (parts::row(&Row::link(&one.href, &one.name).meta(&meta)))
                }
            }
        }
    }
}

fn outlets(lang: Lang, view: &ConditionsView<'_>) -> Markup {
    html! {
        section {
            div.sec-head { h2 { (t!(lang, "conditions-outlets")) } }
            p.hint { (t!(lang, "conditions-outlets-hint")) }
            ul.rows {
                @for one in &view.outlets {
                    @let meta = html! { @if !one.grade.is_empty() { (t!(lang, "outlet-grade")) " " (one.grade) " · " } (level(lang, one.level, one.set)) };
                    (parts::row(&Row::link(&one.href, &one.name).meta(&meta)))
                }
            }
        }
    }
}

fn levels(lang: Lang) -> Vec<(&'static str, String)> {
    ["1", "2", "3"].into_iter().map(|n| (n, t!(lang, &format!("conditions-level-{n}")))).collect()
}

/// The form of a broker.
pub fn broker(lang: Lang, view: &BrokerForm<'_>, csrf: &str) -> Markup {
    let problem = |field: &str| error(view.problems, field);
    let levels = levels(lang);
    let levels: Vec<Choice<'_>> = levels.iter().map(|(value, label)| Choice { value, label }).collect();
    let by_record = t!(lang, "conditions-by-record", n = view.by_record);
    let places: Vec<Choice<'_>> = view.outlets.iter().map(|(value, label)| Choice { value, label }).collect();
    let systems: Vec<(&str, String)> =
        ["wgs84", "gcj02", "bd09"].into_iter().map(|d| (d, t!(lang, &format!("conditions-datum-{d}")))).collect();
    let systems: Vec<Choice<'_>> = systems.iter().map(|(value, label)| Choice { value, label }).collect();
    html! {
        div { (parts::back("/rota/conditions", &t!(lang, "conditions-title"))) (parts::head(None, &view.name, Some(&t!(lang, "conditions-broker-about")), None)) }
        (summary(lang, view.problems))
        form.form method="post" action=(view.action) {
            (form::csrf_field(csrf))
            (Field::new("level", &t!(lang, "conditions-level")).hint(&t!(lang, "conditions-level-hint")).value(view.level).error(problem("level")).select(Some(&by_record), &levels))
            (Field::new("near", &t!(lang, "conditions-near")).hint(&t!(lang, "conditions-near-hint")).value(view.near).error(problem("near")).select(Some(&t!(lang, "conditions-near-none")), &places))
            (form::more(&t!(lang, "conditions-point"), problem("lat").or(problem("lon")).is_some() || !view.lat.is_empty(), &html! {
                p.hint { (t!(lang, "conditions-point-hint")) }
                div.form {
                    div.pair {
                        (Field::new("lat", &t!(lang, "conditions-lat")).value(view.lat).error(problem("lat")).inputmode("decimal").autocomplete("off").text())
                        (Field::new("lon", &t!(lang, "conditions-lon")).value(view.lon).error(problem("lon")).inputmode("decimal").autocomplete("off").text())
                    }
                    (Field::new("datum", &t!(lang, "conditions-datum")).value(view.datum).error(problem("datum")).select(None, &systems))
                }
            }))
            (Field::new("max_km", &t!(lang, "conditions-max-km")).hint(&t!(lang, "conditions-max-km-hint")).value(view.max_km).error(problem("max_km")).short().inputmode("numeric").range(Some("1"), Some("500")).number())
            div { (form::submit(&t!(lang, "conditions-save"))) }
        }
    }
}

/// The form of an outlet.
pub fn outlet(lang: Lang, view: &OutletForm<'_>, csrf: &str) -> Markup {
    let levels = levels(lang);
    let levels: Vec<Choice<'_>> = levels.iter().map(|(value, label)| Choice { value, label }).collect();
    let by_grade = t!(lang, "conditions-by-grade", n = view.by_grade);
    html! {
        div { (parts::back("/rota/conditions", &t!(lang, "conditions-title"))) (parts::head(None, &view.name, None, None)) }
        (summary(lang, view.problems))
        form.form method="post" action=(view.action) {
            (form::csrf_field(csrf))
            (Field::new("level", &t!(lang, "conditions-min-level")).hint(&t!(lang, "conditions-min-level-hint")).value(view.level).error(error(view.problems, "level")).select(Some(&by_grade), &levels))
            div { (form::submit(&t!(lang, "conditions-save"))) }
        }
    }
}
