//! Hours of an outlet on one date that differ from those of its weekday: a half day before a holiday, a Saturday made up.

use chrono::{NaiveDate, NaiveTime};
use diesel::prelude::*;
use serde::Deserialize;
use serde_json::json;

use super::store::writable;
use crate::attendance::filter::date;
use crate::audit::{self, Subject};
use crate::db::schema::{outlet_closures, outlet_special_hours as special};
use crate::db::{Conn, Id, serialise};
use crate::error::{Error, Faults, Result};
use crate::people::Caller;
use crate::text::{self, TextError};

/// The form as it was typed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SpecialInput {
    /// `YYYY-MM-DD`
    pub date: String,
    /// `HH:MM`
    pub opens: String,
    /// `HH:MM`, later.
    pub closes: String,
    /// Why, at most 200 characters.
    pub reason: String,
}

/// Which day.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SpecialDay {
    /// `YYYY-MM-DD`
    pub date: String,
}

fn day(text: &str) -> std::result::Result<NaiveDate, &'static str> {
    if text.trim().is_empty() { Err("required") } else { date(text.trim()) }
}

fn time(text: &str) -> std::result::Result<NaiveTime, &'static str> {
    match text.trim() {
        "" => Err("required"),
        text => NaiveTime::parse_from_str(text, "%H:%M").map_err(|_| "not_a_clock_time"),
    }
}

/// Gives a date hours of its own; a form sent twice gives them once. Shifts that stand keep their times.
///
/// # Errors
/// As `store::writable`; by field.
pub fn add(conn: &mut Conn, caller: &Caller, outlet: Id, input: &SpecialInput) -> Result<()> {
    let branch = writable(conn, caller.user()?, outlet)?.branch_id;
    let mut faults = Faults::new();
    let date = faults.take("date", day(&input.date));
    let (opens, closes) = (faults.take("opens", time(&input.opens)), faults.take("closes", time(&input.closes)));
    let reason = match text::clean_name(&input.reason, 200) {
        Err(TextError::Empty) => Some(String::new()),
        other => faults.take("reason", other.map_err(TextError::code)),
    };
    if let (Some(opens), Some(closes)) = (opens, closes)
        && closes <= opens
    {
        faults.add("closes", "before_start");
    }
    let (Some(date), Some(opens), Some(closes), Some(reason), true) = (date, opens, closes, reason, faults.is_empty())
    else {
        return Err(faults.into_error());
    };
    serialise(conn, outlet)?;
    let closed: i64 = outlet_closures::table
        .filter(outlet_closures::outlet_id.eq(outlet))
        .filter(outlet_closures::from_date.le(date).and(outlet_closures::to_date.ge(date)))
        .count()
        .get_result(conn)?;
    if closed > 0 {
        return Err(Error::field("date", "closed_then"));
    }
    let clock = |time: NaiveTime| time.format("%H:%M").to_string();
    let there: Option<(String, String)> =
        special::table.find((outlet, date)).select((special::opens, special::closes)).first(conn).optional()?;
    match there {
        Some(same) if same == (clock(opens), clock(closes)) => return Ok(()),
        Some(_) => return Err(Error::field("date", "already_there")),
        None => {}
    }
    diesel::insert_into(special::table)
        .values((
            special::outlet_id.eq(outlet),
            special::date.eq(date),
            special::opens.eq(clock(opens)),
            special::closes.eq(clock(closes)),
            special::reason.eq(reason),
        ))
        .execute(conn)?;
    let detail = json!({ "date": date, "opens": clock(opens), "closes": clock(closes) });
    audit::record(conn, caller, "outlet.special_hours", Subject::new("outlet", outlet, Some(branch)), detail)
}

/// Takes a date's own hours away; it does not matter whether somebody else was quicker.
///
/// # Errors
/// As `store::writable`; 422 for no date.
pub fn remove(conn: &mut Conn, caller: &Caller, outlet: Id, date: &str) -> Result<()> {
    let branch = writable(conn, caller.user()?, outlet)?.branch_id;
    let date = day(date).map_err(|code| Error::field("date", code))?;
    if diesel::delete(special::table.find((outlet, date))).execute(conn)? > 0 {
        let detail = json!({ "date": date });
        audit::record(conn, caller, "outlet.usual_hours", Subject::new("outlet", outlet, Some(branch)), detail)?;
    }
    Ok(())
}
