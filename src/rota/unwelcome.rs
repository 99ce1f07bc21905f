//! Whom an outlet does not want (不受欢迎): kept by the branch's coordinators and managers, seen by nobody else.

use chrono::NaiveDate;
use diesel::prelude::*;
use serde::Deserialize;

use super::changes::{self, Why};
use super::rules::{Book, Scope, hold};
use super::shifts::Shift;
use super::{broker_of, notes, tell};
use crate::attendance::filter::date;
use crate::audit::{self, Subject};
use crate::db::schema::{shifts, unwelcome, users};
use crate::db::{Conn, Id};
use crate::error::{Error, Faults, Result};
use crate::mail::Post;
use crate::outlets::record;
use crate::people::{Caller, CurrentUser, Role};
use crate::t;
use crate::text::filled;

/// The form as it was typed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct UnwelcomeInput {
    /// Made by the server with the form.
    pub id: String,
    /// Who.
    pub broker_id: String,
    /// From when, `YYYY-MM-DD`; empty: today.
    pub from: String,
    /// Until when; empty: for good.
    pub to: String,
    /// Why, at most 300 characters.
    pub reason: String,
    /// `on`: shifts that stand there are taken off.
    pub take_off: String,
}

/// Somebody an outlet does not want.
#[derive(Debug, Clone, Queryable)]
pub struct Unwelcome {
    /// The row.
    pub id: Id,
    /// Their name.
    pub name: String,
    /// From when.
    pub from: NaiveDate,
    /// Until when; none: for good.
    pub to: Option<NaiveDate>,
    /// Why.
    pub reason: String,
}

/// Those who may know of it: the desk of the outlet's branch.
///
/// # Errors
/// `NotFound` out of reach, `Forbidden` for others in reach; answers the branch.
pub fn may_see(conn: &mut Conn, user: &CurrentUser, outlet: Id) -> Result<Id> {
    let found = record::find(conn, user.reach(), outlet)?;
    user.must_be(&[Role::Coordinator, Role::Manager])?;
    if user.own_branch()?.id == found.branch_id { Ok(found.branch_id) } else { Err(Error::not_found()) }
}

/// The list of an outlet, those who are past last.
///
/// # Errors
/// What the database says.
pub fn of_outlet(conn: &mut Conn, outlet: Id) -> Result<Vec<Unwelcome>> {
    Ok(unwelcome::table
        .inner_join(users::table)
        .filter(unwelcome::outlet_id.eq(outlet))
        .order((unwelcome::from_date.desc(), users::name))
        .select((unwelcome::id, users::name, unwelcome::from_date, unwelcome::to_date, unwelcome::reason))
        .load(conn)?)
}

/// Notes that an outlet does not want somebody; a form sent twice notes it once. What stands there in those days must go.
///
/// # Errors
/// As `may_see`; `NotFound` naming `broker_id`; `Conflict`: `shifts_stand`, `has_checkins`; 422 by field.
pub fn add(conn: &mut Conn, post: &Post, caller: &Caller, outlet: Id, input: &UnwelcomeInput) -> Result<()> {
    let user = caller.user()?;
    let branch = may_see(conn, user, outlet)?;
    let today = caller.now.date_in(user.zone());
    let mut faults = Faults::new();
    let id = faults.take("id", input.id.parse::<Id>().map_err(|_| "required"));
    let broker = faults.take("broker_id", input.broker_id.parse::<Id>().map_err(|_| "required"));
    let from = filled(&input.from).map_or(Some(today), |text| faults.take("from", date(&text)));
    let to = filled(&input.to).and_then(|text| faults.take("to", date(&text)));
    let reason = faults.take("reason", notes(Some(&input.reason)));
    if from.is_some_and(|from| from < today) {
        faults.add("from", "in_the_past");
    }
    if let (Some(from), Some(to)) = (from, to)
        && to < from
    {
        faults.add("to", "from_after_to");
    }
    let (Some(id), Some(broker), Some(from), Some(reason), true) = (id, broker, from, reason, faults.is_empty()) else {
        return Err(faults.into_error());
    };
    hold(conn, branch)?;
    broker_of(conn, branch, broker, "broker_id")?;
    let there: i64 = unwelcome::table.filter(unwelcome::id.eq(id)).count().get_result(conn)?;
    if there > 0 {
        return Ok(());
    }
    diesel::insert_into(unwelcome::table)
        .values((
            unwelcome::id.eq(id),
            unwelcome::branch_id.eq(branch),
            unwelcome::outlet_id.eq(outlet),
            unwelcome::broker_id.eq(broker),
            unwelcome::from_date.eq(from),
            unwelcome::to_date.eq(to),
            unwelcome::reason.eq(&reason),
            unwelcome::by_user.eq(user.id),
            unwelcome::at.eq(caller.now),
        ))
        .execute(conn)?;
    let detail = serde_json::json!({ "broker": broker, "from": from, "to": to });
    audit::record(conn, caller, "outlet.unwelcome", Subject::new("outlet", outlet, Some(branch)), detail)?;
    let standing = standing(conn, outlet, broker, from, to)?;
    if !standing.is_empty() && input.take_off != "on" {
        return Err(Error::Conflict("shifts_stand"));
    }
    // The broker reads that the rota was changed, not that somebody does not want them.
    let why = Why::because(t!(user.language, "unwelcome-why"));
    let book = Book::of(conn, branch, &Scope::one(broker, outlet, from))?;
    let made = changes::remove(conn, caller, &book, standing.iter().map(|shift| shift.id).collect(), &why)?;
    tell::tell(conn, post, caller, &book, &made).map(drop)
}

/// What stands at an outlet for a broker in some days.
///
/// # Errors
/// What the database says.
pub fn standing(conn: &mut Conn, outlet: Id, broker: Id, from: NaiveDate, to: Option<NaiveDate>) -> Result<Vec<Shift>> {
    let mut query = shifts::table
        .filter(shifts::broker_id.eq(broker).and(shifts::date.ge(from)))
        .filter(shifts::outlet_id.eq(outlet))
        .order(shifts::date)
        .select(Shift::as_select())
        .into_boxed();
    if let Some(to) = to {
        query = query.filter(shifts::date.le(to));
    }
    Ok(query.load(conn)?)
}

/// Takes somebody off the list; it does not matter whether somebody else was quicker.
///
/// # Errors
/// As `may_see`.
pub fn remove(conn: &mut Conn, caller: &Caller, outlet: Id, id: Id) -> Result<()> {
    let branch = may_see(conn, caller.user()?, outlet)?;
    hold(conn, branch)?;
    let of_outlet = unwelcome::table.filter(unwelcome::id.eq(id).and(unwelcome::outlet_id.eq(outlet)));
    if diesel::delete(of_outlet).execute(conn)? > 0 {
        let detail = serde_json::json!({ "unwelcome": id });
        audit::record(conn, caller, "outlet.welcome_again", Subject::new("outlet", outlet, Some(branch)), detail)?;
    }
    Ok(())
}
