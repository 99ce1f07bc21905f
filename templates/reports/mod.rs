//! A report: the period, its numbers beside those before, bars over time, and tables; made to be printed on A4 as well.

use maud::{Markup, html};

use super::form::{self, Choice, Field};
use super::funnel::share;
use super::icons::{Icon, icon};
use super::parts::chart::{Bars, bars};
use super::{Lang, State, parts};
use crate::reports::figures::Number;
use crate::t;

/// A number as people read it.
pub fn shown(number: Number) -> String {
    match number {
        Number::Count(count) => count.to_string(),
        Number::Share(of) => share(of),
    }
}

/// A number in words, and the people behind it.
#[derive(Debug)]
pub struct Cell {
    pub words: String,
    pub href: Option<String>,
}

/// A number and what it was before.
#[derive(Debug)]
pub struct Figure {
    pub name: String,
    pub now: Cell,
    pub before: String,
}

/// A row of a table.
#[derive(Debug)]
pub struct Row {
    pub label: String,
    pub href: Option<String>,
    pub cells: Vec<Cell>,
}

/// A table.
#[derive(Debug)]
pub struct Table {
    pub title: String,
    /// What its first column holds.
    pub first: String,
    pub columns: Vec<String>,
    pub rows: Vec<Row>,
    /// Rows that are only in the files.
    pub hidden: usize,
}

/// A report that may be had by mail.
#[derive(Debug)]
pub struct Wish {
    pub value: &'static str,
    pub label: String,
    pub is_set: bool,
}

/// The page.
#[derive(Debug)]
pub struct ReportView {
    pub csrf: String,
    /// Names and labels of the lengths of a period.
    pub units: Vec<(String, String)>,
    pub unit: String,
    pub date: String,
    /// Codes and names to choose from; none where there is one only.
    pub branches: Vec<(String, String)>,
    pub branch: String,
    /// Whose report it is.
    pub scope: String,
    pub period: String,
    /// The addresses' queries of the periods before and after.
    pub around: [String; 2],
    pub query: String,
    pub is_empty: bool,
    pub without_shifts: bool,
    pub figures: Vec<Figure>,
    pub charts: Vec<Bars>,
    pub tables: Vec<Table>,
    /// Empty for who gets none by mail.
    pub wishes: Vec<Wish>,
    /// By field.
    pub problems: Vec<(String, String)>,
}

/// The page.
pub fn page(lang: Lang, view: &ReportView) -> Markup {
    let files = html! {
        a.btn href={ "/reports.xlsx?" (view.query) } download { (icon(Icon::Download)) (t!(lang, "report-xlsx")) }
        a.btn href={ "/reports.csv?" (view.query) } download { (icon(Icon::Download)) (t!(lang, "report-csv")) }
    };
    let [before, after] = view.around.each_ref().map(|query| format!("/reports?{query}"));
    let earlier = t!(lang, "report-earlier");
    html! {
        (parts::head(Some(&view.scope), &t!(lang, "period-report-title"), Some(&view.period), Some(&files)))
        (controls(lang, view))
        (parts::pagination(&t!(lang, "report-around"), "", Some((&before, &earlier)), Some((&after, &t!(lang, "report-later")))))
        @if view.is_empty {
            (parts::empty(Icon::List, &t!(lang, "report-empty"), &t!(lang, "report-empty-words"), None))
        } @else {
            (figures(lang, &view.figures))
            @if view.without_shifts { (parts::note(State::Unknown, &html! { p { (t!(lang, "report-without-shifts")) } })) }
            @if !view.charts.is_empty() {
                section { h2 { (t!(lang, "report-over-time")) } div.charts { @for chart in &view.charts { (bars(chart)) } } }
            }
            @for table in &view.tables { (one_table(lang, table)) }
            p.quiet.small { (t!(lang, "report-meaning")) }
        }
        @if !view.wishes.is_empty() { (by_mail(lang, view)) }
    }
}

fn controls(lang: Lang, view: &ReportView) -> Markup {
    let of = |field: &str| view.problems.iter().find(|(name, _)| name == field).map(|(_, words)| words.as_str());
    html! {
        form.filters method="get" action="/reports" {
            (Field::new("period", &t!(lang, "report-unit")).value(&view.unit).error(of("period")).select(None, &choices(&view.units)))
            (Field::new("date", &t!(lang, "report-date")).value(&view.date).error(of("date")).date())
            @if !view.branches.is_empty() {
                (Field::new("branch", &t!(lang, "report-branch")).value(&view.branch).select(Some(&t!(lang, "report-all-branches")), &choices(&view.branches)))
            }
            (form::submit(&t!(lang, "report-show")))
        }
    }
}

fn choices(all: &[(String, String)]) -> Vec<Choice<'_>> {
    all.iter().map(|(value, label)| Choice { value, label }).collect()
}

fn figures(lang: Lang, all: &[Figure]) -> Markup {
    html! {
        dl.figures.compared {
            @for one in all {
                div {
                    dt { (one.name) }
                    dd { (cell(&one.now)) small { (t!(lang, "report-was", n = one.before.as_str())) } }
                }
            }
        }
    }
}

fn cell(cell: &Cell) -> Markup {
    html! {
        @if let Some(href) = &cell.href { a href=(href) { (cell.words) } }
        @else if matches!(cell.words.as_str(), "0" | "–") { span.quiet { (cell.words) } }
        @else { (cell.words) }
    }
}

fn one_table(lang: Lang, table: &Table) -> Markup {
    html! {
        section {
            h2 { (table.title) }
            div.scroll tabindex="0" role="region" aria-label=(table.title) {
                table.table.keep.groups {
                    thead { tr {
                        th scope="col" { (table.first) }
                        @for column in &table.columns { th.n scope="col" { (column) } }
                    } }
                    tbody {
                        @for row in &table.rows {
                            tr {
                                th scope="row" { @if let Some(href) = &row.href { a href=(href) { (row.label) } } @else { (row.label) } }
                                @for cell in &row.cells { td.n { (self::cell(cell)) } }
                            }
                        }
                    }
                }
            }
            @if table.hidden > 0 { p.quiet { (t!(lang, "report-hidden", n = table.hidden)) } }
        }
    }
}

fn by_mail(lang: Lang, view: &ReportView) -> Markup {
    html! {
        section.no-print {
            h2 { (t!(lang, "report-mail-title")) }
            p.quiet { (t!(lang, "report-mail-about")) }
            form.form method="post" action="/reports/schedule" {
                (form::csrf_field(&view.csrf))
                @for wish in &view.wishes {
                    label.check {
                        input type="checkbox" name=(wish.value) value="yes" checked[wish.is_set];
                        span { (wish.label) small { (t!(lang, &format!("report-mail-{}", wish.value))) } }
                    }
                }
                (form::submit(&t!(lang, "report-mail-keep")))
            }
        }
    }
}
