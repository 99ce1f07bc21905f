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

/// A listed day.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Day {
    /// Which.
    pub date: NaiveDate,
    /// Whether it is worked.
    pub is_workday: bool,
    /// The holiday's name, or why it is worked.
    pub name: String,
}

/// The days that a branch lists of its own (none: those that hold for all), in order; of one year, or all of them.
///
/// # Errors
/// What the database says.
pub fn days(conn: &mut Conn, branch: Option<Id>, year: Option<i32>) -> Result<Vec<Day>> {
    let mut query = calendar_days::table
        .select((calendar_days::date, calendar_days::is_workday, calendar_days::name))
        .order(calendar_days::date)
        .into_boxed();
    query = match branch {
        Some(branch) => query.filter(calendar_days::branch_id.eq(branch)),
        None => query.filter(calendar_days::branch_id.is_null()),
    };
    if let Some((first, last)) = year.and_then(bounds) {
        query = query.filter(calendar_days::date.between(first, last));
    }
    Ok(query.load(conn)?)
}

/// The first and the last day of a year.
pub fn bounds(year: i32) -> Option<(NaiveDate, NaiveDate)> {
    Some((NaiveDate::from_ymd_opt(year, 1, 1)?, NaiveDate::from_ymd_opt(year, 12, 31)?))
}

/// Lists a day, anew or otherwise than before.
///
/// # Errors
/// What the database says.
pub fn put_day(conn: &mut Conn, branch: Option<Id>, day: &Day) -> Result<()> {
    if write_over(conn, branch, day)? == 0 {
        diesel::insert_into(calendar_days::table)
            .values((
                calendar_days::id.eq(Id::new()),
                calendar_days::branch_id.eq(branch),
                calendar_days::date.eq(day.date),
                calendar_days::is_workday.eq(day.is_workday),
                calendar_days::name.eq(&day.name),
            ))
            .execute(conn)?;
    }
    Ok(())
}

fn write_over(conn: &mut Conn, branch: Option<Id>, day: &Day) -> Result<usize> {
    let set = (calendar_days::is_workday.eq(day.is_workday), calendar_days::name.eq(&day.name));
    let of_date = calendar_days::table.filter(calendar_days::date.eq(day.date));
    Ok(match branch {
        Some(branch) => diesel::update(of_date.filter(calendar_days::branch_id.eq(branch))).set(set).execute(conn)?,
        None => diesel::update(of_date.filter(calendar_days::branch_id.is_null())).set(set).execute(conn)?,
    })
}

/// Takes a day off the list; answers whether it was on it.
///
/// # Errors
/// What the database says.
pub fn remove_day(conn: &mut Conn, branch: Option<Id>, date: NaiveDate) -> Result<bool> {
    let of_date = calendar_days::table.filter(calendar_days::date.eq(date));
    let removed = match branch {
        Some(branch) => diesel::delete(of_date.filter(calendar_days::branch_id.eq(branch))).execute(conn)?,
        None => diesel::delete(of_date.filter(calendar_days::branch_id.is_null())).execute(conn)?,
    };
    Ok(removed > 0)
}
