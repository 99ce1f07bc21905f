//! What ties people to a day: whoever has checked in or asked for a correction stays where they were, and for how many prospects a follow-up falls due, which
//! goes with nobody who is moved or rested.

use std::collections::{BTreeSet, HashMap};

use chrono::NaiveDate;
use diesel::prelude::*;

use super::posts::Place;
use crate::db::schema::{attendance_corrections, checkins, follow_ups, prospects};
use crate::db::{Conn, Id, word};
use crate::error::Result;
use crate::on_either;

/// What is known of a branch's day.
pub struct Ties {
    /// Whose day stays as it is.
    pub used: BTreeSet<Place>,
    /// How many open follow-ups fall due, by broker.
    pub due: HashMap<Id, usize>,
}

/// Reads it, in one statement.
///
/// # Errors
/// What the database says.
pub fn of_day(conn: &mut Conn, branch: Id, date: NaiveDate) -> Result<Ties> {
    use {attendance_corrections as c, follow_ups as f};
    let seen = checkins::table
        .filter(checkins::branch_id.eq(branch).and(checkins::date.eq(date)).and(checkins::shift_id.is_not_null()))
        .select((word("used"), checkins::broker_id));
    let corrected = c::table.filter(c::branch_id.eq(branch).and(c::date.eq(date))).select((word("used"), c::broker_id));
    let due = f::table
        .inner_join(prospects::table)
        .filter(f::branch_id.eq(branch).and(f::due_on.eq(date)))
        .filter(f::kept_at.is_null().and(f::waived_at.is_null()).and(prospects::state.eq("active")))
        .select((word("due"), f::broker_id));
    let rows: Vec<(String, Id)> = on_either!(conn, conn => seen.union_all(corrected).union_all(due).load(conn)?);
    let mut ties = Ties { used: BTreeSet::new(), due: HashMap::new() };
    for (what, broker) in rows {
        if what == "due" {
            *ties.due.entry(broker).or_default() += 1;
        } else {
            ties.used.insert((broker, date));
        }
    }
    Ok(ties)
}
