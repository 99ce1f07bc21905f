//! Which reports a manager wants by mail. None, until they say so.

use diesel::prelude::*;
use serde_json::json;

use super::period::Unit;
use crate::audit::{self, Subject};
use crate::db::schema::report_schedules;
use crate::db::{Conn, Id, serialise};
use crate::error::Result;
use crate::people::{Caller, Role};

/// What somebody wants, the shortest first.
///
/// # Errors
/// What the database says.
pub fn of(conn: &mut Conn, user: Id) -> Result<Vec<Unit>> {
    let mut all: Vec<Unit> = report_schedules::table
        .filter(report_schedules::user_id.eq(user))
        .select(report_schedules::period)
        .load(conn)?;
    all.sort_unstable();
    Ok(all)
}

/// Sets what a manager wants from now on; what they wanted before and still want goes on as it was.
///
/// # Errors
/// `Forbidden` for who is no manager.
pub fn set(conn: &mut Conn, caller: &Caller, wanted: &[Unit]) -> Result<()> {
    let user = caller.user()?;
    user.must_be(&[Role::Manager])?;
    serialise(conn, user.id)?;
    let before = of(conn, user.id)?;
    if before == wanted {
        return Ok(());
    }
    diesel::delete(
        report_schedules::table
            .filter(report_schedules::user_id.eq(user.id).and(report_schedules::period.ne_all(wanted))),
    )
    .execute(conn)?;
    for unit in wanted.iter().filter(|unit| !before.contains(unit)) {
        diesel::insert_into(report_schedules::table)
            .values((
                report_schedules::user_id.eq(user.id),
                report_schedules::period.eq(unit),
                report_schedules::set_at.eq(caller.now),
            ))
            .execute(conn)?;
    }
    let branch = user.branch.as_ref().map(|branch| branch.id);
    let names: Vec<&str> = wanted.iter().map(|unit| unit.as_str()).collect();
    audit::record(conn, caller, "report.schedule", Subject::new("user", user.id, branch), json!({ "periods": names }))
}
