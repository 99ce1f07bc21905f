//! The import pages.

use maud::{Markup, html};

use super::form::{self, Choice, Field};
use super::icons::Icon;
use super::parts::{self, Figure};
use super::{Lang, State};
use crate::imports::report::Issue;
use crate::imports::run::{Kind, RowChange};
use crate::t;

/// How many rows of each list the preview shows.
pub const SHOWN: usize = 100;

/// The form to choose a file.
pub struct ChooseView<'a> {
    /// The form token.
    pub csrf: &'a str,
    /// Code and name of the branches to choose from; none where there is no choice.
    pub branches: &'a [(String, String)],
    /// As sent.
    pub kind: &'a str,
    /// As sent.
    pub datum: &'a str,
    /// As sent.
    pub branch: &'a str,
    /// Field and message of what is wrong.
    pub problems: &'a [(String, String)],
    /// Whether the reader plans a rota, which has an import of its own.
    pub plans: bool,
}

/// What a file would do.
pub struct PreviewView<'a> {
    /// The form token.
    pub csrf: &'a str,
    /// Where the confirmation is posted.
    pub action: &'a str,
    /// What the file was called.
    pub file_name: &'a str,
    /// Rows that add a record.
    pub added: &'a [RowChange],
    /// Rows that change one.
    pub changed: &'a [RowChange],
    /// How many rows change nothing.
    pub unchanged: u64,
    /// Things to look at.
    pub warnings: &'a [Issue],
    /// Why nothing is written.
    pub errors: &'a [Issue],
}

fn kind_word(lang: Lang, kind: Kind) -> String {
    t!(lang, &format!("imports-{}", kind.as_str()))
}

/// The form.
pub fn choose(lang: Lang, view: &ChooseView<'_>) -> Markup {
    let error = |field: &str| view.problems.iter().find(|(f, _)| f == field).map(|(_, message)| message.as_str());
    let problems: Vec<(&str, &str)> = view.problems.iter().map(|(f, m)| (f.as_str(), m.as_str())).collect();
    let words: Vec<String> = Kind::ALL.iter().map(|kind| kind_word(lang, *kind)).collect();
    let kinds: Vec<Choice<'_>> =
        Kind::ALL.iter().zip(&words).map(|(kind, word)| Choice { value: kind.as_str(), label: word }).collect();
    let datums: Vec<(&str, String)> =
        ["wgs84", "gcj02", "bd09"].into_iter().map(|d| (d, t!(lang, &format!("datum-{d}")))).collect();
    let datums: Vec<Choice<'_>> = datums.iter().map(|(value, label)| Choice { value, label }).collect();
    let branches: Vec<Choice<'_>> = view.branches.iter().map(|(value, label)| Choice { value, label }).collect();
    html! {
        (parts::head(None, &t!(lang, "place-imports"), Some(&t!(lang, "imports-lead")), None))
        (form::error_summary(&t!(lang, "status-422"), &problems))
        form.form method="post" action="/imports" enctype="multipart/form-data" {
            (form::csrf_field(view.csrf))
            (Field::new("kind", &t!(lang, "imports-kind")).value(view.kind).error(error("kind")).required().radio(&kinds))
            (Field::new("file", &t!(lang, "imports-file")).hint(&t!(lang, "imports-file-hint")).error(error("file")).required().file(".csv,.txt,.tsv,.xlsx"))
            (Field::new("datum", &t!(lang, "imports-datum")).hint(&t!(lang, "imports-datum-hint")).value(view.datum).error(error("datum")).select(None, &datums))
            @if !branches.is_empty() {
                (Field::new("branch", &t!(lang, "imports-branch")).hint(&t!(lang, "imports-branch-hint")).value(view.branch).error(error("branch")).select(Some(&t!(lang, "imports-branch-all")), &branches))
            }
            div.acts { (form::submit(&t!(lang, "imports-look"))) }
        }
        @if view.plans {
            section {
                div.sec-head { h2 { (t!(lang, "sheet-title")) } }
                p { (t!(lang, "imports-rota-lead")) }
                div.acts { (parts::button_link("/rota/import", "", Some(Icon::Calendar), &t!(lang, "imports-rota"))) }
            }
        }
        (columns(lang))
    }
}

/// Which columns each kind knows, as people head them.
fn columns(lang: Lang) -> Markup {
    form::more(
        &t!(lang, "imports-columns"),
        false,
        &html! {
            @for kind in Kind::ALL {
                h3 { (kind_word(lang, kind)) }
                p.quiet {
                    @for (at, column) in kind.columns().columns.iter().enumerate() {
                        @if at > 0 { " · " }
                        @if lang == Lang::Zh { (column.names[0]) } @else { (column.field) }
                    }
                }
            }
        },
    )
}

/// The preview.
pub fn preview(lang: Lang, view: &PreviewView<'_>) -> Markup {
    let clean = view.errors.is_empty();
    let lead = t!(lang, if clean { "imports-not-yet" } else { "imports-refused-lead" });
    let nothing = clean && view.added.is_empty() && view.changed.is_empty();
    html! {
        div {
            (parts::back("/imports", &t!(lang, "place-imports")))
            (parts::head(Some(view.file_name), &t!(lang, "imports-preview"), Some(&lead), None))
        }
        (figures(lang, view))
        @if !clean { (parts::note(State::Late, &html! { p { (t!(lang, "imports-all-or-nothing")) } })) (issues(lang, &t!(lang, "imports-bad-cells"), view.errors)) }
        @if !view.changed.is_empty() { (changes(lang, view.changed)) }
        @if !view.added.is_empty() { (added(lang, view.added)) }
        @if !view.warnings.is_empty() { (issues(lang, &t!(lang, "imports-warnings"), view.warnings)) }
        @if nothing && view.unchanged > 0 { p { (t!(lang, "imports-nothing")) } }
        form method="post" action=(view.action) {
            (form::csrf_field(view.csrf))
            div.acts {
                @if clean && !nothing { (form::submit(&t!(lang, "imports-confirm"))) }
                (parts::button_link("/imports", "", Some(Icon::Upload), &t!(lang, "imports-other-file")))
            }
        }
    }
}

fn figures(lang: Lang, view: &PreviewView<'_>) -> Markup {
    let numbers = [
        view.added.len().to_string(),
        view.changed.len().to_string(),
        view.unchanged.to_string(),
        view.errors.len().to_string(),
    ];
    let labels = ["added", "changed", "unchanged", "refused"].map(|k| t!(lang, &format!("imports-{k}")));
    let states = [Some(State::Fine), Some(State::Soon), None, (!view.errors.is_empty()).then_some(State::Late)];
    let all: Vec<Figure<'_>> = numbers
        .iter()
        .zip(&labels)
        .zip(states)
        .map(|((number, label), state)| Figure { number, label, state })
        .collect();
    parts::figures(&all)
}

/// What is left out of a list that is too long to show.
fn rest(lang: Lang, all: usize) -> Markup {
    html! { @if all > SHOWN { p.quiet { (t!(lang, "imports-more", n = all - SHOWN)) } } }
}

fn issues(lang: Lang, caption: &str, all: &[Issue]) -> Markup {
    let (row, column, why) = (t!(lang, "imports-row"), t!(lang, "imports-column"), t!(lang, "imports-why"));
    html! {
        table.table {
            caption { (caption) }
            thead { tr { th.n { (row) } th { (column) } th { (why) } } }
            tbody {
                @for one in all.iter().take(SHOWN) {
                    tr {
                        td.n data-label=(row) { @if let Some(n) = one.row { (n) } }
                        td data-label=(column) { (one.column.as_deref().unwrap_or_default()) }
                        td data-label=(why) { (one.message) }
                    }
                }
            }
        }
        (rest(lang, all.len()))
    }
}

fn changes(lang: Lang, all: &[RowChange]) -> Markup {
    let (row, what, field, change) =
        (t!(lang, "imports-row"), t!(lang, "imports-record"), t!(lang, "imports-field"), t!(lang, "imports-change"));
    html! {
        table.table {
            caption { (t!(lang, "imports-changed-rows")) }
            thead { tr { th.n { (row) } th { (what) } th { (field) } th { (change) } } }
            tbody {
                @for one in all.iter().take(SHOWN) {
                    @for changed in &one.fields {
                        tr {
                            td.n data-label=(row) { (one.row) }
                            td data-label=(what) { (one.title) }
                            td data-label=(field) { (t!(lang, &format!("field-{}", changed.field.replace('_', "-")))) }
                            td.changed data-label=(change) { del { (changed.from) } " → " ins { (changed.to) } }
                        }
                    }
                }
            }
        }
        (rest(lang, all.len()))
    }
}

fn added(lang: Lang, all: &[RowChange]) -> Markup {
    let (row, what) = (t!(lang, "imports-row"), t!(lang, "imports-record"));
    html! {
        table.table {
            caption { (t!(lang, "imports-added-rows")) }
            thead { tr { th.n { (row) } th { (what) } } }
            tbody {
                @for one in all.iter().take(SHOWN) {
                    tr { td.n data-label=(row) { (one.row) } td data-label=(what) { (one.title) } }
                }
            }
        }
        (rest(lang, all.len()))
    }
}
