//! The pages of prospects. They parse what was typed into the API's own input and call the same verbs.

pub mod entry;
pub mod list;
pub mod one;
pub mod say;
pub mod touch;

use chrono_tz::Tz;
use serde::Deserialize;

use crate::calendar::local::at_local;
use crate::db::At;
use crate::error::{Error, FieldError, Result};
use crate::language::Lang;
use crate::templates::prospects::Problems;
use crate::web::refused::by_field;

/// A form with nothing but its token.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

/// The faults of a refused form, to be shown beside its fields; any other error goes on.
///
/// # Errors
/// Every error that is not about a field.
pub fn problems(lang: Lang, error: Error) -> Result<Problems> {
    let faults = match error {
        Error::Invalid(faults) => faults,
        Error::NotFound(Some(field)) => vec![FieldError::new(field, "not_found")],
        other => return Err(other),
    };
    Ok(Problems(by_field(lang, &faults)))
}

/// What a `datetime-local` field holds as RFC 3339; what cannot be read stays as it is, for the check to say so.
pub fn instant_of(typed: &str, zone: Tz) -> String {
    let parsed = chrono::NaiveDateTime::parse_from_str(typed, "%Y-%m-%dT%H:%M")
        .or_else(|_| chrono::NaiveDateTime::parse_from_str(typed, "%Y-%m-%dT%H:%M:%S"));
    match parsed {
        Ok(wall) => At::from(at_local(wall.date(), wall.time(), zone)).rfc3339(),
        Err(_) => typed.to_owned(),
    }
}

/// An instant as a `datetime-local` field holds it, to the minute.
pub fn typed(at: At, zone: Tz) -> String {
    at.utc().with_timezone(&zone).format("%Y-%m-%dT%H:%M").to_string()
}

/// An empty field of a form is an absent one.
pub fn filled(text: &str) -> Option<String> {
    Some(text.to_owned()).filter(|text| !text.trim().is_empty())
}
