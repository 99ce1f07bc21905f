//! Agreements found: of an outlet, of a bank, of a branch; and the names of whom they are with.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::prelude::*;

use super::Agreement;
use crate::db::schema::{agreements, banks, outlets};
use crate::db::{Conn, Id};
use crate::error::Result;
use crate::web::pagination::{List, Part};

/// The standing agreements with a bank as a whole that end on `since` or later, the latest first.
///
/// # Errors
/// What the database says.
pub fn of_bank(conn: &mut Conn, branch: Id, bank: Id, since: NaiveDate) -> Result<Vec<Agreement>> {
    Ok(agreements::table
        .filter(agreements::branch_id.eq(branch).and(agreements::to_date.ge(since)))
        .filter(agreements::bank_id.eq(bank).and(agreements::ended_at.is_null()))
        .order((agreements::to_date.desc(), agreements::id.desc()))
        .limit(10)
        .select(Agreement::as_select())
        .load(conn)?)
}

/// The standing agreements with an outlet, the latest first.
///
/// # Errors
/// What the database says.
pub fn of_outlet(conn: &mut Conn, branch: Id, outlet: Id) -> Result<Vec<Agreement>> {
    Ok(agreements::table
        .filter(agreements::outlet_id.eq(outlet).and(agreements::branch_id.eq(branch)))
        .filter(agreements::ended_at.is_null())
        .order((agreements::to_date.desc(), agreements::id.desc()))
        .limit(50)
        .select(Agreement::as_select())
        .load(conn)?)
}

/// The agreements of a branch that stand and end on `since` or later, those that end first coming first.
///
/// # Errors
/// What the database says.
pub fn standing_since(conn: &mut Conn, branch: Id, since: NaiveDate) -> Result<Vec<Agreement>> {
    Ok(agreements::table
        .filter(agreements::branch_id.eq(branch).and(agreements::to_date.ge(since)))
        .filter(agreements::ended_at.is_null())
        .order((agreements::to_date, agreements::id))
        .select(Agreement::as_select())
        .load(conn)?)
}

/// The names of outlets and of banks.
///
/// # Errors
/// What the database says.
pub fn names(conn: &mut Conn, all: &[Agreement]) -> Result<HashMap<Id, String>> {
    let places: Vec<Id> = all.iter().filter_map(|one| one.outlet_id).collect();
    let of_banks: Vec<Id> = all.iter().filter_map(|one| one.bank_id).collect();
    let mut names: Vec<(Id, String)> =
        outlets::table.filter(outlets::id.eq_any(places)).select((outlets::id, outlets::name)).load(conn)?;
    let found: Vec<(Id, String)> =
        banks::table.filter(banks::id.eq_any(of_banks)).select((banks::id, banks::name)).load(conn)?;
    names.extend(found);
    Ok(names.into_iter().collect())
}

/// Agreements of a branch, ended ones too, by the last day of their period.
///
/// # Errors
/// What the database says.
pub fn list(
    conn: &mut Conn,
    branch: Id,
    (from, to): (Option<NaiveDate>, Option<NaiveDate>),
    outlet: Option<Id>,
    part: &Part<(NaiveDate, Id)>,
) -> Result<List<Agreement>> {
    let mut query =
        agreements::table.filter(agreements::branch_id.eq(branch)).select(Agreement::as_select()).into_boxed();
    if let Some(from) = from {
        query = query.filter(agreements::to_date.ge(from));
    }
    if let Some(to) = to {
        query = query.filter(agreements::from_date.le(to));
    }
    if let Some(outlet) = outlet {
        query = query.filter(agreements::outlet_id.eq(outlet));
    }
    if let Some((day, id)) = part.after {
        query = query.filter(agreements::to_date.gt(day).or(agreements::to_date.eq(day).and(agreements::id.gt(id))));
    }
    let rows: Vec<Agreement> = query.order((agreements::to_date, agreements::id)).limit(part.limit + 1).load(conn)?;
    part.list(rows, |row| (row.to_date, row.id), |row| row)
}
