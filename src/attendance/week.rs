//! What the page Shifts shows: a branch's week by outlet, and what its form offers.

use chrono::{Datelike, Days, Duration, NaiveDate};
use diesel::prelude::*;

use super::now::{choose, named, offered};
use crate::db::schema::{outlets, shifts, users};
use crate::db::{At, Conn, Id};
use crate::error::{Error, Result};
use crate::people::{CurrentUser, Role};
use crate::templates::attendance::{OutletShifts, ShiftRow, ShiftsView};
use crate::text;

/// How many outlets are suggested while typing.
const SUGGESTED: i64 = 60;

/// Reads the week that `day` lies in; none: this week.
///
/// # Errors
/// `NotFound` for a branch out of reach.
pub fn load(
    conn: &mut Conn,
    user: &CurrentUser,
    code: Option<&str>,
    day: Option<NaiveDate>,
    now: At,
) -> Result<ShiftsView> {
    let choice = choose(conn, user, code)?;
    let (branch, zone) = (choice.chosen.id, choice.chosen.zone());
    let day = day.unwrap_or_else(|| now.date_in(zone));
    let monday = day.checked_sub_days(Days::new(u64::from(day.weekday().num_days_from_monday()))).unwrap_or(day);
    let sunday = monday.checked_add_days(Days::new(6)).unwrap_or(monday);
    type Row = (Id, NaiveDate, At, At, String, Id, String);
    let rows: Vec<Row> = shifts::table
        .inner_join(outlets::table)
        .inner_join(users::table)
        .filter(shifts::branch_id.eq(branch).and(shifts::date.between(monday, sunday)))
        .order((outlets::name, outlets::id, shifts::date, shifts::starts_at))
        .select((shifts::id, shifts::date, shifts::starts_at, shifts::ends_at, users::name, outlets::id, outlets::name))
        .load(conn)?;
    let clock = |at: At| at.utc().with_timezone(&zone).time();
    let mut by_outlet: Vec<OutletShifts> = Vec::new();
    for (id, date, starts, ends, broker, outlet, name) in rows {
        let href = format!("/outlets/{outlet}");
        let row = ShiftRow { id: id.to_string(), date, broker, starts: clock(starts), ends: clock(ends) };
        match by_outlet.last_mut().filter(|last| last.href == href) {
            Some(last) => last.shifts.push(row),
            None => by_outlet.push(OutletShifts { href, name, shifts: vec![row] }),
        }
    }
    let (brokers, suggested) =
        if choice.writes { (brokers(conn, branch)?, suggested(conn, branch, day)?) } else { (Vec::new(), Vec::new()) };
    Ok(ShiftsView {
        monday,
        branches: offered(&choice.all),
        branch: named(&choice.chosen),
        writes: choice.writes,
        outlets: by_outlet,
        brokers,
        suggested,
    })
}

fn brokers(conn: &mut Conn, branch: Id) -> Result<Vec<(String, String)>> {
    let rows: Vec<(Id, String)> = users::table
        .filter(users::branch_id.eq(branch).and(users::role.eq(Role::Broker)))
        .filter(users::disabled_at.is_null())
        .order((users::name, users::id))
        .limit(1_000)
        .select((users::id, users::name))
        .load(conn)?;
    Ok(rows.into_iter().map(|(id, name)| (id.to_string(), name)).collect())
}

/// Outlets with a shift within the last two months; before there are any, the first by code.
fn suggested(conn: &mut Conn, branch: Id, day: NaiveDate) -> Result<Vec<(String, String)>> {
    let since = day.checked_sub_signed(Duration::days(60)).unwrap_or(day);
    let used: Vec<(String, String)> = shifts::table
        .inner_join(outlets::table)
        .filter(shifts::branch_id.eq(branch).and(shifts::date.ge(since)))
        .select((outlets::code, outlets::name))
        .distinct()
        .order(outlets::code)
        .limit(SUGGESTED)
        .load(conn)?;
    if !used.is_empty() {
        return Ok(used);
    }
    Ok(outlets::table
        .filter(outlets::branch_id.eq(branch).and(outlets::phase.ne("ended")))
        .order(outlets::code)
        .limit(SUGGESTED)
        .select((outlets::code, outlets::name))
        .load(conn)?)
}

/// The outlet that somebody typed: its code, else its name where only one of the branch has it.
///
/// # Errors
/// By field, `outlet`: `not_found`, `several_of_that_name`.
pub fn outlet_typed(conn: &mut Conn, branch: Id, typed: &str) -> Result<Id> {
    let of_branch = outlets::table.filter(outlets::branch_id.eq(branch)).select(outlets::id);
    let by_code: Option<Id> = of_branch.filter(outlets::code.eq(typed.trim())).first(conn).optional()?;
    if let Some(id) = by_code {
        return Ok(id);
    }
    let mut by_name: Vec<Id> = of_branch.filter(outlets::name_folded.eq(text::fold(typed))).limit(2).load(conn)?;
    match (by_name.pop(), by_name.pop()) {
        (Some(id), None) => Ok(id),
        (Some(_), Some(_)) => Err(Error::field("outlet", "several_of_that_name")),
        (None, _) => Err(Error::field("outlet", "not_found")),
    }
}

/// The code of an outlet of the branch, to fill the form from a link.
///
/// # Errors
/// What the database says.
pub fn code_of(conn: &mut Conn, branch: Id, outlet: Id) -> Result<Option<String>> {
    let found = outlets::table.filter(outlets::id.eq(outlet).and(outlets::branch_id.eq(branch)));
    Ok(found.select(outlets::code).first(conn).optional()?)
}
