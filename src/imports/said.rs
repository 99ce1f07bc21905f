//! What a file changes, as its preview says it: moments by the branch's clock, outlets by name, codes in the reader's language.

use std::collections::HashMap;

use chrono::{DateTime, FixedOffset};
use chrono_tz::Tz;
use diesel::prelude::*;

use super::run::{FieldChange, RowChange};
use crate::db::schema::outlets;
use crate::db::{Conn, Id};
use crate::error::Result;
use crate::language::Lang;
use crate::t;

/// Puts the first `shown` rows into words.
///
/// # Errors
/// What the database says.
pub fn in_words(conn: &mut Conn, lang: Lang, zone: Tz, changed: &mut [RowChange], shown: usize) -> Result<()> {
    let mut fields: Vec<&mut FieldChange> =
        changed.iter_mut().take(shown).flat_map(|row| row.fields.iter_mut()).collect();
    let places = fields.iter().filter(|change| change.field == "outlet");
    let ids: Vec<Id> = places.flat_map(|change| [&change.from, &change.to]).filter_map(|id| id.parse().ok()).collect();
    let known: Vec<(Id, String)> =
        outlets::table.filter(outlets::id.eq_any(ids)).select((outlets::id, outlets::name)).load(conn)?;
    let names: HashMap<String, String> = known.into_iter().map(|(id, name)| (id.to_string(), name)).collect();
    for change in &mut fields {
        let say = |value: &str| match change.field {
            "outlet" => names.get(value).cloned().unwrap_or_else(|| value.to_owned()),
            field => word(lang, zone, field, value),
        };
        (change.from, change.to) = (say(&change.from), say(&change.to));
    }
    Ok(())
}

/// A value of a field; a text that people typed is said as it is.
fn word(lang: Lang, zone: Tz, field: &str, value: &str) -> String {
    let set = match field {
        "met_at" => {
            let at = DateTime::parse_from_rfc3339(value).ok();
            return at.map_or_else(|| value.to_owned(), |at| clock(at, zone));
        }
        "source" | "experience" => format!("prospect-{field}"),
        "preferred_channel" => "prospect-channel".to_owned(),
        "phase" | "tier" | "influence" => field.to_owned(),
        "is_client" | "is_workday" => "imports".to_owned(),
        _ => return value.to_owned(),
    };
    let key = format!("{set}-{}", value.replace('_', "-"));
    if value.is_empty() || !lang.has(&key) { value.to_owned() } else { t!(lang, &key) }
}

/// As a spreadsheet writes it, which is what the file is compared with.
fn clock(at: DateTime<FixedOffset>, zone: Tz) -> String {
    at.with_timezone(&zone).format("%Y-%m-%d %H:%M").to_string()
}
