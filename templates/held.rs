//! All that is held on a person, to be read.

use maud::{Markup, html};

use super::icons::Icon;
use super::{Lang, parts};
use crate::t;

/// A record of the person.
#[derive(Debug)]
pub struct HeldRecord {
    /// Of which branch.
    pub branch: String,
    /// What is known, in words.
    pub facts: Vec<(String, String)>,
}

/// What else is held: one kind of it.
#[derive(Debug)]
pub struct HeldPart {
    /// Of what kind.
    pub title: String,
    /// The columns.
    pub heads: Vec<String>,
    /// As many cells as there are columns.
    pub rows: Vec<Vec<String>>,
}

/// All that is held.
#[derive(Debug)]
pub struct HeldView {
    /// When it was put together.
    pub at: String,
    /// The records, in all branches.
    pub records: Vec<HeldRecord>,
    /// What else is held; what there is nothing of is left out.
    pub parts: Vec<HeldPart>,
    /// How many mails about the person have not left yet.
    pub mails: usize,
    /// What the file is called.
    pub file: String,
    /// The whole as JSON, in an address: it is kept nowhere, and asked for once.
    pub json: String,
}

/// What is held, with the way to take it along.
pub fn held(lang: Lang, view: &HeldView) -> Markup {
    if view.records.is_empty() {
        return parts::empty(Icon::Shield, &t!(lang, "held-none"), &t!(lang, "held-none-words"), None);
    }
    html! {
        section.held {
            div.sec-head { h2 { (t!(lang, "data-found")) } }
            p { (t!(lang, "held-about", n = view.records.len(), at = view.at.clone())) }
            p { a.btn.do download=(view.file) href=(view.json) { (t!(lang, "held-json")) } }
            @for record in &view.records {
                h3 { (t!(lang, "held-record", branch = record.branch.clone())) }
                (parts::kv(&record.facts.iter().map(|(what, how)| (what.as_str(), html! { (how) })).collect::<Vec<_>>()))
            }
            @for part in &view.parts { (table(part)) }
            @if view.mails > 0 { p.quiet { (t!(lang, "held-mails", n = view.mails)) } }
        }
    }
}

fn table(part: &HeldPart) -> Markup {
    html! {
        h3 { (part.title) }
        table.table {
            thead { tr { @for head in &part.heads { th scope="col" { (head) } } } }
            tbody {
                @for row in &part.rows {
                    tr { @for (head, cell) in part.heads.iter().zip(row) { td data-label=(head) { (cell) } } }
                }
            }
        }
    }
}
