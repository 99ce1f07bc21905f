//! What is wrong with what somebody asked for, in words, beside the field that it belongs to.

use super::api::{message, words};
use crate::error::{Error, FieldError, Result};
use crate::language::Lang;

/// Fields, and what is wrong with each.
pub type Problems = Vec<(String, String)>;

/// What is wrong, by field.
pub fn by_field(lang: Lang, faults: &[FieldError]) -> Problems {
    faults.iter().map(|fault| (fault.field.clone(), message(lang, fault))).collect()
}

/// What stands in the way of something that was asked for rightly.
pub fn conflict(lang: Lang, code: &'static str) -> String {
    words(lang, &Error::Conflict(code)).1
}

/// What is wrong, by field; what stands in the way is told at `conflicts`.
///
/// # Errors
/// Every error that a form cannot show.
pub fn beside(lang: Lang, error: Error, conflicts: &str) -> Result<Problems> {
    match error {
        Error::Invalid(faults) => Ok(by_field(lang, &faults)),
        Error::NotFound(Some(field)) => Ok(by_field(lang, &[FieldError::new(field, "not_found")])),
        Error::Conflict(code) => Ok(vec![(conflicts.to_owned(), conflict(lang, code))]),
        other => Err(other),
    }
}

/// What a page was asked for; where that was wrong what it shows unasked, and what was wrong.
///
/// # Errors
/// Every error that is not about a field.
pub fn or_usual<T>(lang: Lang, asked: Result<T>, usual: impl FnOnce() -> Result<T>) -> Result<(T, Problems)> {
    match asked {
        Ok(asked) => Ok((asked, Problems::new())),
        Err(Error::Invalid(faults)) => Ok((usual()?, by_field(lang, &faults))),
        Err(other) => Err(other),
    }
}
