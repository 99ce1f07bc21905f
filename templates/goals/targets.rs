//! Targets against the time: the branch's large, people's and outlets' as tables, the furthest behind first.

use maud::{Markup, html};

use super::{bar, chip, decimal, measure, number, period, standing, state, time};
use crate::goals::measure::Measure;
use crate::goals::period::Period;
use crate::goals::progress::{Progress, Time};
use crate::t;
use crate::templates::Lang;
use crate::templates::attendance::Branch;
use crate::templates::form::{self, Choice, Field};
use crate::templates::icons::Icon;
use crate::templates::parts::{self, Row, Tab};

/// A target and how far it has come.
pub struct Goal {
    pub measure: Measure,
    pub progress: Progress,
    /// The grade or tier whose yardstick it is, in words.
    pub yardstick: Option<String>,
}

/// Somebody or an outlet, with a goal or none for each of the table's measures.
pub struct MemberRow {
    pub name: String,
    pub href: Option<String>,
    pub cells: Vec<Option<Goal>>,
}

/// A table of members.
pub struct Table {
    pub measures: Vec<Measure>,
    pub rows: Vec<MemberRow>,
    /// Rows that are not shown, and where all are.
    pub hidden: usize,
    pub all: String,
}

/// The page.
pub struct TargetsView<'a> {
    pub csrf: &'a str,
    pub branches: &'a [Branch],
    pub branch: &'a Branch,
    /// Whether the reader sets targets here.
    pub writes: bool,
    /// A broker's own: no tables.
    pub is_own: bool,
    pub period: Period,
    /// The month, quarter and year around today, and other periods with targets.
    pub offered: Vec<Period>,
    pub time: Time,
    pub branch_goals: Vec<Goal>,
    /// A broker's own goals.
    pub own_goals: Vec<Goal>,
    pub people: Table,
    pub outlets: Table,
    /// The id that a copy of the last period's targets would have, where there are some.
    pub copy: Option<String>,
    /// What is wrong with the period that was asked for.
    pub problems: &'a super::Problems,
}

fn href(view: &TargetsView<'_>, period: Period) -> String {
    let branch = if view.branches.len() > 1 { format!("&branch={}", view.branch.code) } else { String::new() };
    format!("/targets?period={}{branch}", period.text())
}

/// The page.
pub fn page(lang: Lang, view: &TargetsView<'_>) -> Markup {
    let acts = html! {
        @if view.writes {
            (parts::button_link(&format!("/targets/edit?period={}&of=broker", view.period.text()), "do", Some(Icon::Pencil), &t!(lang, "targets-edit")))
            (parts::button_link("/targets/settings", "bare", Some(Icon::Gear), &t!(lang, "targets-settings")))
        }
    };
    let over = (!view.is_own).then_some(view.branch.name.as_str());
    html! {
        (parts::head(over, &t!(lang, "targets-title"), Some(&time(lang, view.time)), Some(&acts)))
        (controls(lang, view))
        @let nothing = view.branch_goals.is_empty() && view.own_goals.is_empty() && view.people.rows.is_empty() && view.outlets.rows.is_empty();
        @if nothing { (empty(lang, view)) }
        @if !view.own_goals.is_empty() { (goals(lang, &view.own_goals)) }
        @if !view.branch_goals.is_empty() { (parts::section(&t!(lang, "targets-of-branch"), None, &goals(lang, &view.branch_goals))) }
        (table(lang, &t!(lang, "targets-of-people"), &t!(lang, "targets-person"), &view.people))
        (table(lang, &t!(lang, "targets-of-outlets"), &t!(lang, "targets-outlet"), &view.outlets))
        @if !nothing { (copy(lang, view)) p.quiet.small { (t!(lang, "targets-how")) } }
    }
}

fn controls(lang: Lang, view: &TargetsView<'_>) -> Markup {
    let labels: Vec<(String, String)> = view.offered.iter().map(|one| (href(view, *one), period(lang, *one))).collect();
    let tabs: Vec<Tab<'_>> = view
        .offered
        .iter()
        .zip(&labels)
        .map(|(one, (href, label))| Tab { href, label, count: None, current: *one == view.period })
        .collect();
    let (before, after) = (view.period.before(), view.period.after());
    let branches: Vec<Choice<'_>> = view.branches.iter().map(|b| Choice { value: &b.code, label: &b.name }).collect();
    let (from, to) = (view.period.from.to_string(), view.period.to.to_string());
    let of = |field: &str| super::error(view.problems, field);
    let inside = html! {
        form.filters method="get" action="/targets" {
            (Field::new("from", &t!(lang, "targets-from")).value(&from).error(of("from")).date())
            (Field::new("to", &t!(lang, "targets-to")).value(&to).error(of("to")).date())
            @if branches.len() > 1 { (Field::new("branch", &t!(lang, "targets-branch")).value(&view.branch.code).select(None, &branches)) }
            button.btn type="submit" { (t!(lang, "targets-show")) }
        }
    };
    html! {
        div {
            (parts::tabs(&t!(lang, "targets-periods"), &tabs))
            div.acts {
                (parts::button_link(&href(view, before), "bare", None, &format!("← {}", period(lang, before))))
                (parts::button_link(&href(view, after), "bare", None, &format!("{} →", period(lang, after))))
            }
            (form::more(&t!(lang, "targets-other-period"), !view.problems.is_empty(), &inside))
        }
    }
}

fn empty(lang: Lang, view: &TargetsView<'_>) -> Markup {
    let words = t!(lang, if view.writes { "targets-empty-desk" } else { "targets-empty-words" });
    let acts = copy(lang, view);
    parts::empty(Icon::List, &t!(lang, "targets-empty", period = period(lang, view.period)), &words, Some(&acts))
}

fn copy(lang: Lang, view: &TargetsView<'_>) -> Markup {
    html! {
        @if let Some(id) = &view.copy {
            @let label = t!(lang, "targets-copy", period = period(lang, view.period.before()));
            div.acts { (form::button_form("/targets/copies", view.csrf, &[("id", id), ("into_period", &view.period.text())], "", &html! { (label) })) }
        }
    }
}

/// One's own goals, or the branch's: a line each with its bar.
fn goals(lang: Lang, all: &[Goal]) -> Markup {
    html! {
        ul.rows {
            @for goal in all {
                @let title = measure(lang, goal.measure);
                @let said = standing(lang, &goal.progress);
                @let meta = html! {
                    span.num { (done(lang, goal)) }
                    @if let Some(yardstick) = &goal.yardstick { " · " (t!(lang, "targets-by-yardstick", of = yardstick.as_str())) }
                    (bar(lang, &goal.progress))
                };
                (parts::row(&Row::plain(&title).meta(&meta).state(state(goal.progress.stand), &said)))
            }
        }
    }
}

/// `12 / 20`, `83% / 90%`.
fn done(lang: Lang, goal: &Goal) -> String {
    let Progress { done, target, percent, .. } = goal.progress;
    match (goal.measure.is_share(), percent) {
        (true, Some(percent)) => t!(lang, "targets-share", done = decimal(percent), target = target),
        (true, None) => t!(lang, "targets-share-none", target = target),
        (false, _) => t!(lang, "targets-done", done = number(done), target = number(target)),
    }
}

fn table(lang: Lang, title: &str, who: &str, table: &Table) -> Markup {
    html! {
        @if !table.rows.is_empty() {
            section {
                h2 { (title) }
                div.scroll tabindex="0" role="region" aria-label=(title) {
                    table.table.keep.groups {
                        thead { tr { th scope="col" { (who) } @for one in &table.measures { th scope="col" { (measure(lang, *one)) } } } }
                        tbody { @for row in &table.rows { (member(lang, row)) } }
                    }
                }
                @if table.hidden > 0 { p { a href=(table.all) { (t!(lang, "targets-all", n = table.hidden)) } } }
            }
        }
    }
}

fn member(lang: Lang, row: &MemberRow) -> Markup {
    html! {
        tr {
            th scope="row" { @if let Some(href) = &row.href { a href=(href) { (row.name) } } @else { (row.name) } }
            @for cell in &row.cells {
                td {
                    @if let Some(goal) = cell {
                        span.num.nowrap { (done(lang, goal)) } @if goal.yardstick.is_some() { span.quiet title=(t!(lang, "targets-yardstick")) { " *" } }
                        br; (chip(lang, &goal.progress))
                    }
                }
            }
        }
    }
}
