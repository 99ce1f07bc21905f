//! The pages of a rota from a spreadsheet.

use maud::{Markup, html};

use crate::rota::sheets::codes::Asked;
use crate::rota::sheets::meaning::Kind;
use crate::rota::sheets::plan::{Line, Plan};
use crate::t;
use crate::templates::form::{self, Field};
use crate::templates::icons::Icon;
use crate::templates::parts::{self, Figure};
use crate::templates::{Lang, State};

/// How many lines of each list are shown.
const SHOWN: usize = 100;

/// Something that is wrong, or to be noticed.
pub struct Issue {
    /// Where.
    pub spot: String,
    /// What.
    pub words: String,
}

/// The form to choose a file.
pub fn choose(lang: Lang, csrf: &str, problem: Option<&str>) -> Markup {
    html! {
        div {
            (parts::back("/imports", &t!(lang, "place-imports")))
            (parts::head(None, &t!(lang, "sheet-title"), Some(&t!(lang, "sheet-lead")), None))
        }
        form.form method="post" action="/rota/import" enctype="multipart/form-data" {
            (form::csrf_field(csrf))
            (Field::new("file", &t!(lang, "imports-file")).hint(&t!(lang, "sheet-file-hint")).error(problem).required().file(".csv,.txt,.tsv,.xlsx"))
            div.acts { (form::submit(&t!(lang, "imports-look"))) }
        }
        section {
            div.sec-head { h2 { (t!(lang, "sheet-how")) } }
            @for key in ["sheet-how-days", "sheet-how-people", "sheet-how-outlets", "sheet-how-blank"] { p { (t!(lang, key)) } }
        }
    }
}

/// A file, looked at.
pub struct PreviewView<'a> {
    pub csrf: &'a str,
    /// Where the confirmation is posted.
    pub action: &'a str,
    pub file_name: &'a str,
    /// The words of the file: those to explain first, then those explained before.
    pub asked: &'a [Asked],
    /// What an outlet's word can be.
    pub outlets: &'a [String],
    /// Whom a name can be.
    pub brokers: &'a [String],
    pub plan: &'a Plan,
    pub refused: &'a [Issue],
    pub notes: &'a [Issue],
    /// (field, message) of what is wrong with the words.
    pub problems: &'a [(String, String)],
    /// How many words are still to be explained.
    pub waits: usize,
}

/// The words to explain, then what the file would do.
pub fn preview(lang: Lang, view: &PreviewView<'_>) -> Markup {
    let explains = view.waits > 0;
    let clean = view.refused.is_empty();
    let lead = match (explains, clean) {
        (true, _) => t!(lang, "sheet-words-lead", n = view.waits),
        (false, true) => t!(lang, "sheet-not-yet"),
        (false, false) => t!(lang, "imports-refused-lead"),
    };
    html! {
        div {
            (parts::back("/rota/import", &t!(lang, "sheet-title")))
            (parts::head(Some(view.file_name), &t!(lang, if explains { "sheet-words" } else { "imports-preview" }), Some(&lead), None))
        }
        @if explains {
            (words(lang, view))
            @if !clean { (issues(lang, &t!(lang, "imports-bad-cells"), view.refused)) }
        } @else {
            (outcome(lang, view))
            @if !view.asked.is_empty() { (form::more(&t!(lang, "sheet-words-known"), false, &words(lang, view))) }
        }
    }
}

fn words(lang: Lang, view: &PreviewView<'_>) -> Markup {
    let error = |field: &str| view.problems.iter().find(|(f, _)| f == field).map(|(_, message)| message.as_str());
    let problems: Vec<(&str, &str)> = view.problems.iter().map(|(f, m)| (f.as_str(), m.as_str())).collect();
    html! {
        (form::error_summary(&t!(lang, "status-422"), &problems))
        form.form method="post" action={ (view.action) "/codes" } {
            (form::csrf_field(view.csrf))
            @for (n, word) in view.asked.iter().enumerate() { (word_fields(lang, n, word, &error)) }
            datalist #outlets { @for label in view.outlets { option value=(label) {} } }
            datalist #brokers { @for label in view.brokers { option value=(label) {} } }
            div.acts { (form::submit(&t!(lang, "sheet-words-keep"))) }
        }
    }
}

fn word_fields<'a>(lang: Lang, n: usize, word: &Asked, error: &impl Fn(&str) -> Option<&'a str>) -> Markup {
    let (to, nothing) = (format!("to-{n}"), format!("nothing-{n}"));
    let (list, label) = match word.kind {
        Kind::Outlet => ("outlets", t!(lang, "sheet-word-outlet", word = word.text.as_str())),
        Kind::Broker => ("brokers", t!(lang, "sheet-word-broker", word = word.text.as_str())),
    };
    let hint = t!(lang, "sheet-word-where", spot = word.spot.as_str(), n = word.times);
    html! {
        div.word {
            (form::hidden(&format!("kind-{n}"), word.kind.as_str()))
            (form::hidden(&format!("word-{n}"), &word.text))
            (Field::new(&to, &label).hint(&hint).value(&word.to).error(error(&to)).list(list).autocomplete("off").text())
            (Field::new(&nothing, &t!(lang, "sheet-word-nothing")).value(if word.nothing { "on" } else { "" }).checkbox())
        }
    }
}

fn outcome(lang: Lang, view: &PreviewView<'_>) -> Markup {
    let plan = view.plan;
    let clean = view.refused.is_empty();
    let nothing = clean && plan.added.is_empty() && plan.moved.is_empty();
    html! {
        (figures(lang, view))
        @if !clean {
            (parts::note(State::Late, &html! { p { (t!(lang, "imports-all-or-nothing")) } }))
            (issues(lang, &t!(lang, "imports-bad-cells"), view.refused))
        }
        @if !plan.moved.is_empty() { (lines(lang, &t!(lang, "sheet-moved"), &plan.moved)) }
        @if !plan.added.is_empty() { (lines(lang, &t!(lang, "sheet-added"), &plan.added)) }
        @if !plan.kept.is_empty() {
            p.quiet { (t!(lang, "sheet-kept-lead")) }
            (lines(lang, &t!(lang, "sheet-kept"), &plan.kept))
        }
        @if plan.past > 0 { p.quiet { (t!(lang, "sheet-past", n = plan.past)) } }
        @if !view.notes.is_empty() { (issues(lang, &t!(lang, "imports-warnings"), view.notes)) }
        @if nothing { p { (t!(lang, "sheet-nothing")) } }
        form method="post" action=(view.action) {
            (form::csrf_field(view.csrf))
            div.acts {
                @if clean && !nothing { (form::submit(&t!(lang, "sheet-confirm"))) }
                (parts::button_link("/rota/import", "", Some(Icon::Upload), &t!(lang, "imports-other-file")))
            }
        }
    }
}

fn figures(lang: Lang, view: &PreviewView<'_>) -> Markup {
    let plan = view.plan;
    let numbers = [plan.added.len(), plan.moved.len(), plan.unchanged, view.refused.len()].map(|n| n.to_string());
    let labels = ["imports-added", "sheet-moves", "imports-unchanged", "imports-refused"].map(|key| t!(lang, key));
    let states = [Some(State::Fine), Some(State::Soon), None, (!view.refused.is_empty()).then_some(State::Late)];
    let figure = |((number, label), state)| Figure { number, label, state };
    let all: Vec<Figure<'_>> =
        numbers.iter().map(String::as_str).zip(labels.iter().map(String::as_str)).zip(states).map(figure).collect();
    parts::figures(&all)
}

fn rest(lang: Lang, all: usize) -> Markup {
    html! { @if all > SHOWN { p.quiet { (t!(lang, "imports-more", n = all - SHOWN)) } } }
}

fn issues(lang: Lang, caption: &str, all: &[Issue]) -> Markup {
    let (cell, why) = (t!(lang, "sheet-cell"), t!(lang, "imports-why"));
    html! {
        table.table {
            caption { (caption) }
            thead { tr { th { (cell) } th { (why) } } }
            tbody {
                @for one in all.iter().take(SHOWN) {
                    tr { td data-label=(cell) { span.num { (one.spot) } } td data-label=(why) { (one.words) } }
                }
            }
        }
        (rest(lang, all.len()))
    }
}

fn lines(lang: Lang, caption: &str, all: &[Line]) -> Markup {
    let words = ["sheet-cell", "sheet-date", "sheet-broker", "sheet-outlet"].map(|key| t!(lang, key));
    html! {
        table.table {
            caption { (caption) }
            thead { tr { @for word in &words { th { (word) } } } }
            tbody {
                @for one in all.iter().take(SHOWN) {
                    tr {
                        td data-label=(words[0]) { span.num { (one.spot) } }
                        td data-label=(words[1]) { span.num { (one.date) } }
                        td data-label=(words[2]) { (one.broker) }
                        td.changed data-label=(words[3]) { @if let Some(from) = &one.from { del { (from) } " → " ins { (one.outlet) } } @else { (one.outlet) } }
                    }
                }
            }
        }
        (rest(lang, all.len()))
    }
}
