//! Cells as the values of records: what several kinds of import read alike.

use super::error::{Located, Problem};
use super::run::{FieldChange, Findings};
use super::table::{Row, Table};
use super::values;
use crate::outlets::input::Place;
use crate::people::fields;
use crate::place::{Datum, Point};
use crate::text::{self, TextError};

/// Points nearer than this are one place: two programs that turn one system into another agree to far less.
pub const SAME_PLACE_M: f64 = 0.05;
/// Records of equal names within this many metres are one.
pub const SAME_RECORD_M: f64 = 1.0;

/// One line of text, at most `max` characters.
pub fn line(table: &Table, row: &Row, field: &str, max: usize) -> Result<Option<String>, Located> {
    table.value(row, field, |text| {
        text::clean_name(&text::one_line(text), max).map_err(|error| match error {
            TextError::TooLong { max } => Problem::new("too_long").with("max", max),
            other => other.code().into(),
        })
    })
}

/// Several lines, without numbers that must not be kept.
pub fn note(table: &Table, row: &Row, field: &str) -> Result<Option<String>, Located> {
    table.value(row, field, |text| {
        let note = text::clean_note(text, 2000).map_err(|error| match error {
            TextError::TooLong { max } => Problem::new("too_long").with("max", max),
            other => other.code().into(),
        })?;
        match text::sensitive::find(&note) {
            Some(found) => Err(Problem::from(found.code())),
            None => Ok(note),
        }
    })
}

/// A code: one line without spaces, at most 64 characters.
pub fn code(table: &Table, row: &Row, field: &str) -> Result<Option<String>, Located> {
    table.value(row, field, |text| {
        fields::code(text).map_err(|code| match code {
            "too_long" => Problem::new(code).with("max", 64),
            other => other.into(),
        })
    })
}

/// Telephone numbers as one text.
pub fn phones(table: &Table, row: &Row) -> Result<Option<String>, Located> {
    table.value(row, "phone", |text| {
        let all = values::phones(text).join("; ");
        if all.chars().count() > 200 { Err(Problem::new("too_long").with("max", 200)) } else { Ok(all) }
    })
}

/// A place: both numbers or neither.
pub fn place(table: &Table, row: &Row, datum: Datum, findings: &mut Findings) -> Option<Place> {
    let before = findings.errors.len();
    let lat = findings.take(table.value(row, "lat", values::latitude));
    let lon = findings.take(table.value(row, "lon", values::longitude));
    if findings.errors.len() > before {
        return None;
    }
    match (lat, lon) {
        (None, None) => None,
        (Some(_), None) => {
            findings.errors.push(table.at(row, "lon", "required"));
            None
        }
        (None, Some(_)) => {
            findings.errors.push(table.at(row, "lat", "required"));
            None
        }
        (Some(lat), Some(lon)) => match Point::parse(lat, lon) {
            Ok(given) => Some(Place::new(given, datum)),
            Err(faults) => {
                findings.errors.extend(faults.iter().map(|(field, fault)| table.at(row, field, fault.code())));
                None
            }
        },
    }
}

/// Puts a value in place of another and notes it in words where it differs.
pub fn put<T: PartialEq>(
    slot: &mut T,
    value: Option<T>,
    field: &'static str,
    changes: &mut Vec<FieldChange>,
    say: impl Fn(&T) -> String,
) {
    if let Some(value) = value.filter(|value| value != slot) {
        changes.push(FieldChange { field, from: say(slot), to: say(&value) });
        *slot = value;
    }
}

/// `put` for text.
pub fn put_text(slot: &mut String, value: Option<String>, field: &'static str, changes: &mut Vec<FieldChange>) {
    put(slot, value, field, changes, String::clone);
}

/// A point in words: six decimals, a decimetre.
pub fn point_words(point: Option<Point>) -> String {
    point.map(|p| format!("{:.6}, {:.6}", p.lat, p.lon)).unwrap_or_default()
}
