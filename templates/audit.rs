//! The audit trail.

use maud::{Markup, html};

use super::icons::Icon;
use super::{Lang, form, parts};
use crate::t;
use crate::{At, Id};

/// One entry.
#[derive(Debug)]
pub struct AuditRow {
    /// When.
    pub at: At,
    /// Who; none: the program, or nobody signed in.
    pub who: Option<String>,
    /// What was done.
    pub action: String,
    /// To what kind of record.
    pub subject_kind: String,
    /// To which.
    pub subject_id: Option<Id>,
    /// From where.
    pub address: String,
    /// More, as JSON.
    pub detail: String,
}

/// A part of the trail.
#[derive(Debug)]
pub struct AuditView {
    /// The entries, the latest first.
    pub rows: Vec<AuditRow>,
    /// The zone of the times.
    pub zone: chrono_tz::Tz,
    /// Where the next part begins.
    pub next: Option<String>,
}

/// The page.
pub fn audit(lang: Lang, view: &AuditView) -> Markup {
    html! {
        (parts::head(None, &t!(lang, "audit-title"), Some(&t!(lang, "audit-about")), None))
        @if view.rows.is_empty() {
            (parts::empty(Icon::Shield, &t!(lang, "audit-none"), &t!(lang, "audit-none-why"), None))
        } @else {
            table.table {
                thead { tr {
                    th scope="col" { (t!(lang, "audit-when")) }
                    th scope="col" { (t!(lang, "audit-who")) }
                    th scope="col" { (t!(lang, "audit-what")) }
                    th scope="col" { (t!(lang, "audit-which")) }
                    th scope="col" { (t!(lang, "audit-where")) }
                } }
                tbody { @for row in &view.rows { (line(lang, view, row)) } }
            }
            @if let Some(next) = &view.next {
                (parts::pagination(&t!(lang, "audit-pages"), "", None, Some((&format!("/audit?cursor={next}"), &t!(lang, "audit-older")))))
            }
        }
    }
}

/// What an action or a kind of record is called; one without a word by its code.
fn word(lang: Lang, of: &str, code: &str) -> String {
    let key = format!("audit-{of}-{}", code.replace(['.', '_'], "-"));
    if lang.has(&key) { lang.text(&key, None) } else { code.to_owned() }
}

/// What was done, in words.
pub fn did(lang: Lang, action: &str) -> String {
    word(lang, "did", action)
}

fn line(lang: Lang, view: &AuditView, row: &AuditRow) -> Markup {
    let at = row.at.utc().with_timezone(&view.zone);
    let program = t!(lang, "audit-program");
    html! {
        tr {
            td data-label=(t!(lang, "audit-when")) { time.num datetime=(row.at.rfc3339()) { (at.format("%Y-%m-%d %H:%M:%S")) } }
            td data-label=(t!(lang, "audit-who")) { (row.who.as_deref().unwrap_or(&program)) }
            th scope="row" data-label=(t!(lang, "audit-what")) { (did(lang, &row.action)) }
            td data-label=(t!(lang, "audit-which")) {
                @if let Some(id) = row.subject_id {
                    a href={ "/audit?subject=" (id) } { (word(lang, "kind", &row.subject_kind)) " " (id.to_string()[..8]) }
                } @else { (word(lang, "kind", &row.subject_kind)) }
                @if row.detail != "{}" {
                    (form::more(&t!(lang, "audit-more"), false, &html! { small { code { (row.action) " " (row.detail) } } }))
                }
            }
            td data-label=(t!(lang, "audit-where")) { (row.address) }
        }
    }
}
