//! Free text about a person: cleaned, refused where it holds a number nobody may keep, and looked at for words a broker may not use.

use serde_json::json;

use crate::audit::{self, Subject};
use crate::db::{Conn, Id};
use crate::error::Result;
use crate::people::Caller;
use crate::text::sensitive::{self, Sensitive};
use crate::text::{self, conduct};

const LONGEST_NOTE: usize = 2000;
const LONGEST_LINE: usize = 100;

/// A note of several lines; an empty one is none.
///
/// # Errors
/// `too_long`, `control_character`, `id_card`, `bank_card`.
pub fn note(given: &str) -> std::result::Result<Option<String>, &'static str> {
    let note = text::clean_note(given, LONGEST_NOTE).map_err(text::TextError::code)?;
    no_card(&note)?;
    Ok(Some(note).filter(|note| !note.is_empty()))
}

/// A name, a reason, a purpose: one line that says something.
///
/// # Errors
/// `required`, `too_long`, `control_character`, `id_card`, `bank_card`.
pub fn line(given: &str) -> std::result::Result<String, &'static str> {
    let line = text::clean_name(given, LONGEST_LINE).map_err(text::TextError::code)?;
    no_card(&line)?;
    Ok(line)
}

fn no_card(text: &str) -> std::result::Result<(), &'static str> {
    match sensitive::find(text) {
        Some(Sensitive::IdCard) => Err("id_card"),
        Some(Sensitive::BankCard) => Err("bank_card"),
        None => Ok(()),
    }
}

/// Puts what the conduct lint finds in a text before compliance. It never refuses; only the words of the lint's own list are kept.
///
/// # Errors
/// What the database says.
pub fn watch(
    conn: &mut Conn,
    caller: &Caller,
    prospect: Id,
    branch: Id,
    place: &str,
    text: Option<&str>,
) -> Result<()> {
    let hits = text.map(conduct::hits).unwrap_or_default();
    if hits.is_empty() {
        return Ok(());
    }
    let subject = Subject::new("prospect", prospect, Some(branch));
    audit::record(conn, caller, "conduct.finding", subject, json!({ "in": place, "words": hits }))
}
