//! Shifts of a week, by outlet: added one by one, taken back where nobody has checked in.

use chrono::{Days, NaiveDate, NaiveTime};
use maud::{Markup, html};

use super::now::Branch;
use super::words;
use crate::t;
use crate::templates::Lang;
use crate::templates::form::{self, Choice, Field};
use crate::templates::icons::Icon;
use crate::templates::parts;

/// What the page shows.
#[derive(Debug, Clone)]
pub struct ShiftsView {
    /// The week's first day.
    pub monday: NaiveDate,
    /// To choose from, at the head office.
    pub branches: Vec<Branch>,
    /// The one shown.
    pub branch: Branch,
    /// Whether the reader may plan for it.
    pub writes: bool,
    /// The week's shifts.
    pub outlets: Vec<OutletShifts>,
    /// The branch's brokers (id, name), to choose from.
    pub brokers: Vec<(String, String)>,
    /// Outlets lately planned for (code, name), suggested while typing.
    pub suggested: Vec<(String, String)>,
}

/// An outlet's shifts of the week.
#[derive(Debug, Clone)]
pub struct OutletShifts {
    /// Its page.
    pub href: String,
    /// Its name.
    pub name: String,
    /// By date and start.
    pub shifts: Vec<ShiftRow>,
}

/// A shift.
#[derive(Debug, Clone)]
pub struct ShiftRow {
    /// Its id.
    pub id: String,
    /// On which date.
    pub date: NaiveDate,
    /// Who.
    pub broker: String,
    /// From when.
    pub starts: NaiveTime,
    /// Until when.
    pub ends: NaiveTime,
}

/// The form as it was typed, with what is wrong by field.
#[derive(Debug, Clone, Default)]
pub struct ShiftForm {
    /// Made by the server when the form was first shown.
    pub id: String,
    /// A code or a name.
    pub outlet: String,
    /// Who.
    pub broker_id: String,
    /// On which date.
    pub date: String,
    /// `HH:MM` or empty.
    pub starts: String,
    /// `HH:MM` or empty.
    pub ends: String,
    /// What is wrong: field and message.
    pub errors: Vec<(&'static str, String)>,
}

impl ShiftForm {
    fn error(&self, field: &str) -> Option<&str> {
        self.errors.iter().find(|(name, _)| *name == field).map(|(_, message)| message.as_str())
    }
}

/// The page.
pub fn shifts(lang: Lang, view: &ShiftsView, typed: &ShiftForm, csrf: &str) -> Markup {
    html! {
        (parts::head(Some(&view.branch.name), &t!(lang, "shifts-title"), None, None))
        (week(lang, view))
        @if view.writes { (add(lang, view, typed, csrf)) }
        @if view.outlets.is_empty() {
            (parts::empty(Icon::Calendar, &t!(lang, "shifts-none"), &t!(lang, "shifts-none-hint"), None))
        }
        @for outlet in &view.outlets { (table(lang, view, outlet, csrf)) }
    }
}

fn week(lang: Lang, view: &ShiftsView) -> Markup {
    let choices: Vec<Choice<'_>> = view.branches.iter().map(|b| Choice { value: &b.code, label: &b.name }).collect();
    let of =
        |date: Option<NaiveDate>| format!("/shifts?branch={}&week={}", view.branch.code, date.unwrap_or(view.monday));
    let before = of(view.monday.checked_sub_days(Days::new(7)));
    let after = of(view.monday.checked_add_days(Days::new(7)));
    let sunday = view.monday.checked_add_days(Days::new(6)).unwrap_or(view.monday);
    let shown = format!("{} – {}", words::column_day(lang, view.monday), words::column_day(lang, sunday));
    html! {
        @if choices.len() > 1 {
            form.filters method="get" action="/shifts" {
                (Field::new("branch", &t!(lang, "now-branch")).value(&view.branch.code).select(None, &choices))
                (form::hidden("week", &view.monday.to_string()))
                button.btn type="submit" { (t!(lang, "now-show")) }
            }
        }
        (parts::pagination(&t!(lang, "shifts-weeks"), &shown, Some((&before, &t!(lang, "shifts-before"))), Some((&after, &t!(lang, "shifts-after")))))
    }
}

fn add(lang: Lang, view: &ShiftsView, typed: &ShiftForm, csrf: &str) -> Markup {
    let brokers: Vec<Choice<'_>> = view.brokers.iter().map(|(id, name)| Choice { value: id, label: name }).collect();
    let problems: Vec<(&str, &str)> = typed.errors.iter().map(|(field, message)| (*field, message.as_str())).collect();
    let optional = t!(lang, "shifts-optional");
    html! {
        (form::error_summary(&t!(lang, "shifts-problems"), &problems))
        section.panel {
            h2 { (t!(lang, "shifts-add")) }
            form.form method="post" action="/shifts" {
                (form::csrf_field(csrf))
                (form::hidden("id", &typed.id))
                (Field::new("outlet", &t!(lang, "shifts-outlet")).hint(&t!(lang, "shifts-outlet-hint")).value(&typed.outlet).required().list("known-outlets").autocomplete("off").maxlength(200).error(typed.error("outlet")).text())
                datalist #known-outlets { @for (code, name) in &view.suggested { option value=(code) { (name) } } }
                (Field::new("broker_id", &t!(lang, "shifts-broker")).value(&typed.broker_id).required().error(typed.error("broker_id")).select(Some(""), &brokers))
                (Field::new("date", &t!(lang, "shifts-date")).value(&typed.date).required().error(typed.error("date")).date())
                div.pair {
                    (Field::new("starts", &t!(lang, "shifts-starts")).optional(&optional).value(&typed.starts).error(typed.error("starts")).time())
                    (Field::new("ends", &t!(lang, "shifts-ends")).optional(&optional).value(&typed.ends).error(typed.error("ends")).time())
                }
                p.hint { (t!(lang, "shifts-times-hint")) }
                div { (form::submit(&t!(lang, "shifts-save"))) }
            }
        }
    }
}

fn table(lang: Lang, view: &ShiftsView, outlet: &OutletShifts, csrf: &str) -> Markup {
    let head = ["date", "broker", "hours"].map(|key| t!(lang, &format!("shifts-col-{key}")));
    html! {
        section {
            h2 { a href=(outlet.href) { (outlet.name) } }
            table.table {
                thead { tr { @for word in &head { th { (word) } } @if view.writes { th { (t!(lang, "shifts-col-change")) } } } }
                tbody {
                    @for one in &outlet.shifts {
                        tr {
                            th.num scope="row" { (words::column_day(lang, one.date)) }
                            td data-label=(head[1]) { (one.broker) }
                            td.num data-label=(head[2]) { (words::clock(one.starts)) " – " (words::clock(one.ends)) }
                            @if view.writes {
                                td data-label=(t!(lang, "shifts-col-change")) {
                                    (form::button_form(&format!("/shifts/{}/deletion", one.id), csrf, &[], "bare", &html! { (t!(lang, "shifts-delete")) }))
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
