//! Where somebody stands today: the shift, and how many follow-ups wait; for `/me` and Today.

use chrono::{Days, NaiveDate};
use diesel::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

use crate::db::schema::{follow_ups, prospects, shifts};
use crate::db::{At, Conn, Id};
use crate::error::Result;
use crate::followups::due::DAYS_TO_MISSED;
use crate::followups::lists;
use crate::people::Reach;
use crate::rota::shifts::Shift;

/// How many follow-ups wait.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct FollowUpCounts {
    /// Open ones, the overdue included.
    pub open: i64,
    /// Those of them whose due date is past.
    pub overdue: i64,
}

/// A broker's shift on a date.
///
/// # Errors
/// What the database says.
pub fn shift_on(conn: &mut Conn, broker: Id, date: NaiveDate) -> Result<Option<Shift>> {
    let found = shifts::table
        .filter(shifts::broker_id.eq(broker).and(shifts::date.eq(date)))
        .select(Shift::as_select())
        .first(conn)
        .optional()?;
    Ok(found)
}

/// The last due date that is missed rather than open, today.
pub fn missed_through(today: NaiveDate) -> NaiveDate {
    today.checked_sub_days(Days::new(DAYS_TO_MISSED.unsigned_abs() + 1)).unwrap_or(today)
}

/// When a broker's open follow-ups are due, as of the local date `today`: a few dozen at most, so they are counted here in whatever way is wanted.
///
/// # Errors
/// What the database says.
pub fn open_due_dates(conn: &mut Conn, broker: Id, today: NaiveDate) -> Result<Vec<NaiveDate>> {
    let due = follow_ups::table
        .inner_join(prospects::table)
        .filter(follow_ups::broker_id.eq(broker).and(follow_ups::due_on.gt(missed_through(today))))
        .filter(follow_ups::kept_at.is_null().and(follow_ups::waived_at.is_null()))
        .filter(prospects::state.eq("active"))
        .select(follow_ups::due_on)
        .load(conn)?;
    Ok(due)
}

/// The open follow-ups within reach, each as of the local date of its branch.
///
/// # Errors
/// What the database says.
pub fn follow_up_counts(conn: &mut Conn, reach: Reach, now: At) -> Result<FollowUpCounts> {
    let days = lists::Days::load(conn, reach, now)?;
    let tally = match reach {
        Reach::Own { broker, .. } => lists::tally_of(conn, &days, broker)?,
        Reach::All | Reach::Branch(_) => lists::tally_by_branch(conn, &days)?.into_values().sum(),
    };
    Ok(FollowUpCounts { open: tally.overdue + tally.coming, overdue: tally.overdue })
}
