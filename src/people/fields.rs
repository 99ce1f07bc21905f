//! The fields of people and branches as they are typed: each parser answers the value or a stable code.

use chrono::{Datelike, NaiveDate};
use lettre::Address;

use super::Role;
use crate::language::Lang;
use crate::text;

/// A code of a branch or certificate: one line, at most 64 characters, no spaces inside.
///
/// # Errors
/// `required`, `too_long`, `control_character`, `has_space`.
pub fn code(given: &str) -> Result<String, &'static str> {
    let code = text::clean_name(given, 64).map_err(text::TextError::code)?;
    if code.contains(' ') { Err("has_space") } else { Ok(code) }
}

/// A name: one line, at most 100 characters.
///
/// # Errors
/// `required`, `too_long`, `control_character`.
pub fn name(given: &str) -> Result<String, &'static str> {
    text::clean_name(given, 100).map_err(text::TextError::code)
}

/// A login, folded so that it is one whatever the case.
///
/// # Errors
/// As `code`.
pub fn login(given: &str) -> Result<String, &'static str> {
    code(&text::fold(given))
}

/// An e-mail address, at most 254 characters.
///
/// # Errors
/// `not_an_email`.
pub fn email(given: &str) -> Result<String, &'static str> {
    let address = text::clean_name(given, 254).map_err(|_| "not_an_email")?;
    // Latin only: a name outside it would need a server that speaks SMTPUTF8.
    if !address.is_ascii() || address.parse::<Address>().is_err() {
        return Err("not_an_email");
    }
    Ok(address)
}

/// A role's name.
///
/// # Errors
/// `unknown_value`.
pub fn role(given: &str) -> Result<Role, &'static str> {
    Role::parse(given.trim()).ok_or("unknown_value")
}

/// A language's tag, exactly as the program writes it.
///
/// # Errors
/// `unknown_value`.
pub fn language(given: &str) -> Result<Lang, &'static str> {
    Lang::ALL.into_iter().find(|lang| lang.tag() == given.trim()).ok_or("unknown_value")
}

/// A date, `YYYY-MM-DD`.
///
/// # Errors
/// `not_a_date`.
pub fn date(given: &str) -> Result<NaiveDate, &'static str> {
    let date = NaiveDate::parse_from_str(given.trim(), "%Y-%m-%d").map_err(|_| "not_a_date")?;
    // Both databases keep four digits of a year alike.
    if (1900..=9999).contains(&date.year()) { Ok(date) } else { Err("not_a_date") }
}
