//! Corrections: what was asked for, the form to ask, and the answer.

use chrono::{NaiveDate, NaiveTime};
use maud::{Markup, html};

use super::words;
use crate::attendance::corrections::CorrectionState;
use crate::t;
use crate::templates::form::{self, Field, csrf_field};
use crate::templates::icons::{Icon, icon};
use crate::templates::parts::{self, Row};
use crate::templates::{Lang, State};

/// A correction and what it is about.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Its address: answers and the taking back post below it.
    pub href: String,
    /// Where the row of the roll is.
    pub row: String,
    /// Who.
    pub broker: String,
    /// On which date.
    pub date: NaiveDate,
    /// When they came, as they say.
    pub came: Option<NaiveTime>,
    /// When they left, as they say.
    pub left: Option<NaiveTime>,
    /// Why.
    pub reason: String,
    /// How it stands.
    pub state: CorrectionState,
    /// What was said to it.
    pub note: String,
}

impl Asked {
    fn times(&self, lang: Lang) -> String {
        let clock = |at: Option<NaiveTime>| at.map_or_else(|| "–".to_owned(), words::clock);
        t!(lang, "roll-came-left", came = clock(self.came), left = clock(self.left))
    }
}

/// Those that wait for an answer, to be answered where they are read by who may.
pub fn waiting(lang: Lang, all: &[Asked], writes: bool, csrf: &str) -> Markup {
    html! {
        @if !all.is_empty() {
            (parts::section(&t!(lang, "correction-waiting", n = all.len()), None, &html! {
                ul.rows {
                    @for one in all {
                        @let title = format!("{} · {}", one.broker, words::column_day(lang, one.date));
                        @let meta = html! { span.num { (one.times(lang)) } br; (t!(lang, "now-reason", reason = one.reason.as_str())) };
                        @let acts = answer(lang, one, None, csrf);
                        @let row = Row::link(&one.row, &title).meta(&meta);
                        (parts::row(&if writes { row.actions(&acts) } else { row }))
                    }
                }
            }))
        }
    }
}

/// The two answers and the words that go with them.
pub fn answer(lang: Lang, one: &Asked, error: Option<&str>, csrf: &str) -> Markup {
    let note = t!(lang, "correction-note");
    html! {
        form method="post" action={ (one.href) "/decision" } {
            (csrf_field(csrf))
            button.btn type="submit" name="decision" value="accepted" { (icon(Icon::Check)) (t!(lang, "correction-accept")) }
            button.btn type="submit" name="decision" value="refused" { (t!(lang, "correction-refuse")) }
            @if let Some(error) = error { (form::field_error("note", error)) }
            input.in type="text" name="note" maxlength="500" autocomplete="off" aria-label=(note) placeholder=(note)
                aria-invalid=[error.map(|_| "true")] aria-describedby=[error.map(|_| "note-error")];
        }
    }
}

/// One of a shift's corrections.
pub fn told(lang: Lang, one: &Asked, withdraws: bool, csrf: &str) -> Markup {
    let (state, key) = match one.state {
        CorrectionState::Asked => (State::Soon, "correction-asked"),
        CorrectionState::Accepted => (State::Fine, "correction-accepted"),
        CorrectionState::Refused => (State::Late, "correction-refused"),
        CorrectionState::Withdrawn => (State::Unknown, "correction-withdrawn"),
    };
    let word = t!(lang, key);
    let meta = html! {
        (t!(lang, "now-reason", reason = one.reason.as_str()))
        @if !one.note.is_empty() { br; (t!(lang, "correction-answer", note = one.note.as_str())) }
    };
    let title = one.times(lang);
    let row = Row::plain(&title).meta(&meta).state(state, &word);
    let label = html! { (t!(lang, "correction-withdraw")) };
    let back = form::button_form(&format!("{}/withdrawal", one.href), csrf, &[], "bare", &label);
    let may = withdraws && one.state == CorrectionState::Asked;
    parts::row(&if may { row.actions(&back) } else { row })
}

/// The form as it was typed.
#[derive(Debug, Clone, Default)]
pub struct CorrectionForm {
    /// Made by the server when the form was first shown.
    pub id: String,
    /// `HH:MM` or empty.
    pub came: String,
    /// `HH:MM` or empty.
    pub left: String,
    /// Why.
    pub reason: String,
    /// What is wrong: field and message.
    pub errors: Vec<(&'static str, String)>,
}

/// The form that asks for a correction.
pub fn ask(lang: Lang, action: &str, typed: &CorrectionForm, csrf: &str) -> Markup {
    let error = |field: &str| typed.errors.iter().find(|(name, _)| *name == field).map(|(_, m)| m.as_str());
    let problems: Vec<(&str, &str)> = typed.errors.iter().map(|(field, message)| (*field, message.as_str())).collect();
    let optional = t!(lang, "correction-as-recorded");
    html! {
        (form::more(&t!(lang, "correction-ask"), !problems.is_empty(), &html! {
            (form::error_summary(&t!(lang, "correction-problems"), &problems))
            form.form method="post" action={ (action) "/corrections" } {
                (csrf_field(csrf))
                (form::hidden("id", &typed.id))
                div.pair {
                    (Field::new("in_at", &t!(lang, "correction-came")).optional(&optional).value(&typed.came).error(error("in_at")).time())
                    (Field::new("out_at", &t!(lang, "correction-left")).optional(&optional).value(&typed.left).error(error("out_at")).time())
                }
                (Field::new("reason", &t!(lang, "checkin-reason")).hint(&t!(lang, "correction-reason-hint")).value(&typed.reason).required().maxlength(500).error(error("reason")).textarea(3))
                div { (form::submit(&t!(lang, "correction-send"))) }
            }
        }))
    }
}
