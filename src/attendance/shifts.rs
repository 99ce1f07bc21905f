//! Shifts: one broker at one outlet on one day, planned by the branch's coordinator or manager.

use chrono::{Duration, NaiveDate};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::checkin::instant;
use super::filter::{Filter, Place, date};
use crate::audit::{self, Subject};
use crate::calendar::{local, store as calendar};
use crate::db::schema::{checkins, requests as kept_requests, shifts, users};
use crate::db::{At, Conn, Id, serialise};
use crate::error::{Error, Faults, Result};
use crate::keys::Keys;
use crate::outlets::record as outlets;
use crate::people::{Caller, CurrentUser, OwnBranch, Reach, Role};
use crate::requests::{self, Answer};
use crate::web::pagination::List;

/// A shift as it is asked for.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ShiftInput {
    /// Made by the client; sent again with the same body the first answer comes back.
    #[schema(required, value_type = Id)]
    pub id: Option<Id>,
    /// Where.
    #[schema(required, value_type = Id)]
    pub outlet_id: Option<Id>,
    /// Who.
    #[schema(required, value_type = Id)]
    pub broker_id: Option<Id>,
    /// On which local date.
    #[schema(required, value_type = NaiveDate)]
    pub date: Option<String>,
    /// From when, RFC 3339, on that local date; left out: when the outlet opens.
    #[schema(value_type = Option<At>)]
    pub starts_at: Option<String>,
    /// Until when, RFC 3339; left out: when the outlet closes.
    #[schema(value_type = Option<At>)]
    pub ends_at: Option<String>,
}

/// A shift, checked as far as that goes without the database.
#[derive(Clone, Debug, Serialize)]
pub struct NewShift {
    id: Id,
    outlet_id: Id,
    broker_id: Id,
    date: NaiveDate,
    starts_at: Option<At>,
    ends_at: Option<At>,
}

impl NewShift {
    /// Checks what was sent.
    ///
    /// # Errors
    /// By field.
    pub fn parse(input: &ShiftInput) -> Result<NewShift> {
        let mut faults = Faults::new();
        let id = faults.take("id", input.id.ok_or("required"));
        let outlet = faults.take("outlet_id", input.outlet_id.ok_or("required"));
        let broker = faults.take("broker_id", input.broker_id.ok_or("required"));
        let date = faults.take("date", input.date.as_deref().ok_or("required").and_then(date));
        let starts_at = input.starts_at.as_deref().and_then(|given| faults.take("starts_at", instant(given)));
        let ends_at = input.ends_at.as_deref().and_then(|given| faults.take("ends_at", instant(given)));
        match (id, outlet, broker, date) {
            (Some(id), Some(outlet_id), Some(broker_id), Some(date)) if faults.is_empty() => {
                Ok(NewShift { id, outlet_id, broker_id, date, starts_at, ends_at })
            }
            _ => Err(faults.into_error()),
        }
    }

    /// From when to when: as given, else by the outlet's hours (none: closed).
    fn times(&self, branch: &OwnBranch, hours: Option<super::hours::Hours>) -> Result<(At, At)> {
        let at = |time| At::from(local::at_local(self.date, time, branch.zone));
        let (starts_at, ends_at) = match (self.starts_at, self.ends_at, hours) {
            (Some(starts), Some(ends), _) => (starts, ends),
            (_, _, None) => return Err(Error::Conflict("outlet_closed")),
            (starts, ends, Some(hours)) => {
                (starts.unwrap_or_else(|| at(hours.from)), ends.unwrap_or_else(|| at(hours.to)))
            }
        };
        if starts_at.date_in(branch.zone) != self.date {
            return Err(Error::field("starts_at", "other_date"));
        }
        // The end is wrong, unless only the start was given.
        let blamed = if self.ends_at.is_none() && self.starts_at.is_some() { "starts_at" } else { "ends_at" };
        if ends_at <= starts_at {
            return Err(Error::field(blamed, "ends_before_start"));
        }
        if ends_at - starts_at > Duration::hours(24) {
            return Err(Error::field(blamed, "out_of_range"));
        }
        Ok((starts_at, ends_at))
    }
}

/// A shift, as it is kept and as the API shows it.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable, Serialize, Deserialize, ToSchema)]
#[diesel(table_name = shifts)]
pub struct Shift {
    /// Its id.
    pub id: Id,
    /// Where.
    pub outlet_id: Id,
    /// Who.
    pub broker_id: Id,
    /// On which local date.
    pub date: NaiveDate,
    /// From when.
    pub starts_at: At,
    /// Until when.
    pub ends_at: At,
}

/// Plans a shift once; the branch's coordinator or manager.
///
/// # Errors
/// `NotFound` naming `outlet_id` or `broker_id`; `Conflict`: `broker_busy`, `no_certificate`, `outlet_closed`, `id_taken`.
pub fn create(conn: &mut Conn, keys: &Keys, caller: &Caller, new: &NewShift) -> Result<Answer<Shift>> {
    let user = caller.user()?;
    user.must_be(&[Role::Coordinator, Role::Manager])?;
    let branch = user.own_branch()?;
    requests::once(conn, keys, caller, "shift", new.id, new, |conn| plan(conn, caller, user, branch, new))
}

fn plan(conn: &mut Conn, caller: &Caller, user: &CurrentUser, branch: &OwnBranch, new: &NewShift) -> Result<Shift> {
    // Several at once for one broker wait for each other here: the first gets the day.
    serialise(conn, new.broker_id)?;
    let outlet = outlets::find(conn, user.reach(), new.outlet_id).map_err(|e| naming("outlet_id", e))?;
    let expires: Option<NaiveDate> = users::table
        .filter(users::id.eq(new.broker_id).and(users::branch_id.eq(branch.id)))
        .filter(users::role.eq(Role::Broker).and(users::disabled_at.is_null()))
        .select(users::certificate_expires_on)
        .first(conn)
        .map_err(|e| naming("broker_id", e.into()))?;
    let taken: i64 = shifts::table
        .filter(shifts::broker_id.eq(new.broker_id).and(shifts::date.eq(new.date)))
        .count()
        .get_result(conn)?;
    if taken > 0 {
        return Err(Error::Conflict("broker_busy"));
    }
    if expires.is_some_and(|last| last < new.date) {
        return Err(Error::Conflict("no_certificate"));
    }
    let workdays = calendar::workdays(conn, Some(branch.id), new.date, new.date)?;
    let hours = outlets::hours(conn, outlet.id, new.date, &workdays)?;
    let (starts_at, ends_at) = new.times(branch, hours)?;
    let shift =
        Shift { id: new.id, outlet_id: outlet.id, broker_id: new.broker_id, date: new.date, starts_at, ends_at };
    diesel::insert_into(shifts::table)
        .values((
            shifts::id.eq(shift.id),
            shifts::branch_id.eq(branch.id),
            shifts::outlet_id.eq(shift.outlet_id),
            shifts::broker_id.eq(shift.broker_id),
            shifts::date.eq(shift.date),
            shifts::starts_at.eq(shift.starts_at),
            shifts::ends_at.eq(shift.ends_at),
            shifts::created_by.eq(user.id),
            shifts::created_at.eq(caller.now),
        ))
        .execute(conn)?;
    let detail = serde_json::json!({ "broker": shift.broker_id, "outlet": shift.outlet_id, "date": shift.date });
    audit::record(conn, caller, "shift.create", Subject::new("shift", shift.id, Some(branch.id)), detail)?;
    Ok(shift)
}

fn naming(field: &'static str, error: Error) -> Error {
    match error {
        Error::NotFound(None) => Error::NotFound(Some(field)),
        other => other,
    }
}

/// Takes a shift back, as long as nobody has checked in for it; answers its date.
///
/// # Errors
/// `NotFound` out of reach; `Gone` where it was deleted before; `Conflict("has_checkins")`.
pub fn delete(conn: &mut Conn, caller: &Caller, id: Id) -> Result<NaiveDate> {
    let user = caller.user()?;
    user.must_be(&[Role::Coordinator, Role::Manager])?;
    let branch = user.own_branch()?.id;
    let of_branch = shifts::table.filter(shifts::id.eq(id).and(shifts::branch_id.eq(branch)));
    let found: Option<(Id, NaiveDate)> = of_branch.select((shifts::broker_id, shifts::date)).first(conn).optional()?;
    let Some((broker, date)) = found else { return Err(gone_or_unknown(conn, user, id)?) };
    // Who checks in for it right now comes first or finds it gone.
    serialise(conn, broker)?;
    let used: i64 = checkins::table.filter(checkins::shift_id.eq(id)).count().get_result(conn)?;
    if used > 0 {
        return Err(Error::Conflict("has_checkins"));
    }
    if diesel::delete(of_branch).execute(conn)? == 0 {
        return Err(Error::Gone);
    }
    requests::forget(conn, id, caller.now)?;
    audit::record(conn, caller, "shift.delete", Subject::new("shift", id, Some(branch)), serde_json::json!({}))?;
    Ok(date)
}

/// Only who made it is told that it was there once.
fn gone_or_unknown(conn: &mut Conn, user: &CurrentUser, id: Id) -> Result<Error> {
    let gone: i64 = kept_requests::table
        .filter(kept_requests::id.eq(id).and(kept_requests::user_id.eq(user.id)))
        .filter(kept_requests::kind.eq("shift").and(kept_requests::gone_at.is_not_null()))
        .count()
        .get_result(conn)?;
    Ok(if gone > 0 { Error::Gone } else { Error::not_found() })
}

/// The shifts within reach, by date and start.
///
/// # Errors
/// What the database says.
pub fn list(conn: &mut Conn, reach: Reach, filter: &Filter) -> Result<List<Shift>> {
    let mut query = shifts::table.select(Shift::as_select()).into_boxed();
    match reach {
        Reach::All => {}
        Reach::Branch(branch) => query = query.filter(shifts::branch_id.eq(branch)),
        Reach::Own { broker, .. } => query = query.filter(shifts::broker_id.eq(broker)),
    }
    if let Some(from) = filter.from {
        query = query.filter(shifts::date.ge(from));
    }
    if let Some(to) = filter.to {
        query = query.filter(shifts::date.le(to));
    }
    if let Some(broker) = filter.broker {
        query = query.filter(shifts::broker_id.eq(broker));
    }
    if let Some(outlet) = filter.outlet {
        query = query.filter(shifts::outlet_id.eq(outlet));
    }
    if let Some((date, at, id)) = filter.part.after {
        let later_that_day = shifts::starts_at.gt(at).or(shifts::starts_at.eq(at).and(shifts::id.gt(id)));
        query = query.filter(shifts::date.gt(date).or(shifts::date.eq(date).and(later_that_day)));
    }
    let rows: Vec<Shift> =
        query.order((shifts::date, shifts::starts_at, shifts::id)).limit(filter.part.limit + 1).load(conn)?;
    filter.part.list(rows, |s| -> Place { (s.date, s.starts_at, s.id) }, |s| s)
}
