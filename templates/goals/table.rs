//! Many targets at once, as a table to type in; and how a branch judges progress.

use maud::{Markup, html};

use super::{Problems, error, measure, period, summary};
use crate::goals::measure::Measure;
use crate::goals::period::Period;
use crate::goals::settings::{MOST_POINTS, Tier};
use crate::goals::targets::Subject;
use crate::t;
use crate::templates::Lang;
use crate::templates::form::{self, Choice, Field, csrf_field, field_error};
use crate::templates::parts::{self, Tab};

/// A cell to type in.
pub struct TypedCell {
    /// The field's name.
    pub name: String,
    /// What stands there, or was typed.
    pub value: String,
    /// The default of the grade or tier.
    pub default: Option<i64>,
    /// What is wrong.
    pub error: Option<String>,
}

/// A row of the table.
pub struct TypedRow {
    pub name: String,
    /// The grade or tier, in words.
    pub class: Option<String>,
    /// A cell a measure.
    pub cells: Vec<TypedCell>,
}

/// The table.
pub struct TableView<'a> {
    pub csrf: &'a str,
    pub branch: &'a str,
    pub period: Period,
    pub of: Subject,
    pub rows: Vec<TypedRow>,
    /// Rows before these and after these: where they are.
    pub before: Option<String>,
    pub after: Option<String>,
    /// How far down the list these begin.
    pub skip: usize,
}

/// The name of what a table is of.
pub fn of_word(lang: Lang, of: Subject) -> String {
    t!(lang, &format!("targets-table-{}", of.as_str()))
}

/// The page.
pub fn table(lang: Lang, view: &TableView<'_>) -> Markup {
    let text = view.period.text();
    let kinds = [Subject::Branch, Subject::Tier, Subject::Broker, Subject::Grade, Subject::Outlet];
    let links: Vec<(String, String)> = kinds
        .iter()
        .map(|of| (format!("/targets/edit?period={text}&of={}", of.as_str()), of_word(lang, *of)))
        .collect();
    let tabs: Vec<Tab<'_>> = kinds
        .iter()
        .zip(&links)
        .map(|(of, (href, label))| Tab { href, label, count: None, current: *of == view.of })
        .collect();
    let cells = view.rows.iter().enumerate().flat_map(|(row, one)| one.cells.iter().enumerate().map(move |c| (row, c)));
    let problems: Vec<(String, String)> = cells
        .filter_map(|(row, (column, cell))| {
            let message = format!(
                "{} · {}：{}",
                view.rows[row].name,
                measure(lang, Measure::ALL[column]),
                cell.error.as_deref()?
            );
            Some((id(row, column), message))
        })
        .collect();
    html! {
        div {
            (parts::back(&format!("/targets?period={text}"), &t!(lang, "targets-title")))
            (parts::head(Some(view.branch), &t!(lang, "targets-table", period = period(lang, view.period)), Some(&t!(lang, "targets-table-about")), None))
        }
        (parts::tabs(&t!(lang, "targets-table-kinds"), &tabs))
        (summary(lang, &problems))
        @if view.rows.is_empty() { p.quiet { (t!(lang, &format!("targets-table-none-{}", view.of.as_str()))) } }
        @else {
            form method="post" action="/targets" {
                (csrf_field(view.csrf))
                (form::hidden("period", &text))
                (form::hidden("of", view.of.as_str()))
                (form::hidden("skip", &view.skip.to_string()))
                (inputs(lang, view))
                div.acts { (form::submit(&t!(lang, "targets-save"))) }
            }
            @if view.before.is_some() || view.after.is_some() {
                @let before = view.before.as_deref().map(|href| (href, t!(lang, "targets-rows-before")));
                @let after = view.after.as_deref().map(|href| (href, t!(lang, "targets-rows-after")));
                (parts::pagination(&t!(lang, "targets-rows"), "", before.as_ref().map(|(h, w)| (*h, w.as_str())), after.as_ref().map(|(h, w)| (*h, w.as_str()))))
            }
        }
    }
}

fn id(row: usize, column: usize) -> String {
    format!("c{row}-{column}")
}

fn inputs(lang: Lang, view: &TableView<'_>) -> Markup {
    html! {
        div.scroll.sheet {
            table.table.keep.groups {
                thead { tr { th scope="col" { (of_word(lang, view.of)) } @for one in Measure::ALL { th scope="col" { (measure(lang, one)) } } } }
                tbody {
                    @for (at, row) in view.rows.iter().enumerate() {
                        tr {
                            th scope="row" { (row.name) @if let Some(class) = &row.class { " " span.tag { (class) } } }
                            @for (column, cell) in row.cells.iter().enumerate() {
                                @let id = id(at, column);
                                @let label = format!("{} {}", row.name, measure(lang, Measure::ALL[column]));
                                @let default = cell.default.map(|n| n.to_string());
                                td {
                                    @if let Some(error) = &cell.error { (field_error(&id, error)) }
                                    input.in.short #(id) type="text" inputmode="numeric" autocomplete="off" maxlength="9" name=(cell.name) value=(cell.value)
                                        placeholder=[default] aria-label=(label) aria-invalid=[cell.error.as_ref().map(|_| "true")]
                                        aria-describedby=[cell.error.as_ref().map(|_| format!("{id}-error"))];
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// A broker and their tier.
pub struct TierRow {
    pub id: String,
    pub name: String,
    pub tier: String,
}

/// How a branch judges progress.
pub struct SettingsView<'a> {
    pub csrf: &'a str,
    pub branch: &'a str,
    pub time_by: &'a str,
    pub margin_points: &'a str,
    pub problems: &'a Problems,
    pub people: Vec<TierRow>,
}

/// A tier, in a word.
pub fn tier(lang: Lang, tier: Tier) -> String {
    t!(lang, &format!("tier-person-{}", tier.as_str()))
}

/// The page.
pub fn settings(lang: Lang, view: &SettingsView<'_>) -> Markup {
    let ways = ["workdays", "calendar"].map(|way| (way, t!(lang, &format!("time-by-{way}"))));
    let ways: Vec<Choice<'_>> = ways.iter().map(|(value, label)| Choice { value, label }).collect();
    let tiers = Tier::ALL.map(|one| (one.as_str(), tier(lang, one)));
    let tiers: Vec<Choice<'_>> = tiers.iter().map(|(value, label)| Choice { value, label }).collect();
    let most = MOST_POINTS.to_string();
    html! {
        div {
            (parts::back("/targets", &t!(lang, "targets-title")))
            (parts::head(Some(view.branch), &t!(lang, "goal-settings-title"), None, None))
        }
        (summary(lang, view.problems))
        form.form method="post" action="/targets/settings" {
            (csrf_field(view.csrf))
            (Field::new("time_by", &t!(lang, "goal-settings-time")).hint(&t!(lang, "goal-settings-time-hint")).value(view.time_by).error(error(view.problems, "time_by")).required().radio(&ways))
            (Field::new("margin_points", &t!(lang, "goal-settings-margin")).hint(&t!(lang, "goal-settings-margin-hint")).value(view.margin_points).error(error(view.problems, "margin_points")).required().short().inputmode("numeric").range(Some("0"), Some(&most)).number())
            div { (form::submit(&t!(lang, "goal-settings-save"))) }
        }
        section {
            h2 { (t!(lang, "goal-tiers")) }
            p.quiet { (t!(lang, "goal-tiers-about")) }
            @if view.people.is_empty() { p.quiet { (t!(lang, "targets-table-none-broker")) } } @else {
                form.form method="post" action="/targets/tiers" {
                    (csrf_field(view.csrf))
                    @for one in &view.people {
                        (Field::new(&one.id, &one.name).value(&one.tier).select(Some(&t!(lang, "goal-tier-none")), &tiers))
                    }
                    div { (form::submit(&t!(lang, "goal-tiers-save"))) }
                }
            }
        }
    }
}
