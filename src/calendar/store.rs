//! Calendar days as they are kept: general ones and a branch's own.

use chrono::NaiveDate;
use diesel::prelude::*;

use super::workdays::{CalendarDay, Workdays};
use crate::db::schema::calendar_days;
use crate::db::{Conn, Id};
use crate::error::Result;

/// The workdays of a branch (none: the general ones) between two dates, both included. Ask for a month more on either side than you look at.
///
/// # Errors
/// What the database says.
pub fn workdays(conn: &mut Conn, branch: Option<Id>, from: NaiveDate, to: NaiveDate) -> Result<Workdays> {
    let rows: Vec<(Option<Id>, NaiveDate, bool)> = calendar_days::table
        .filter(calendar_days::date.between(from, to))
        .filter(calendar_days::branch_id.is_null().or(calendar_days::branch_id.eq(branch)))
        .select((calendar_days::branch_id, calendar_days::date, calendar_days::is_workday))
        .load(conn)?;
    let day = |(_, date, is_workday): &(Option<Id>, NaiveDate, bool)| CalendarDay {
        date: *date,
        is_workday: Some(*is_workday),
    };
    let (own, general): (Vec<_>, Vec<_>) = rows.iter().partition(|(of, ..)| of.is_some());
    Ok(Workdays::new(general.into_iter().map(day), own.into_iter().map(day)))
}
