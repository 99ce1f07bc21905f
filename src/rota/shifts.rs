//! Shifts: one broker at one outlet on one day, planned by the branch's coordinator or manager.

use chrono::NaiveDate;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::changes::{self, Slot, Why};
use super::rules::{Book, Scope, hold};
use super::tell;
use crate::attendance::checkin::instant;
use crate::attendance::filter::{Filter, Place, date};
use crate::db::schema::{requests as kept_requests, shifts};
use crate::db::{At, Conn, Id};
use crate::error::{Error, Faults, Result};
use crate::mail::Post;
use crate::people::{Caller, CurrentUser, Reach, Role};
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

    fn slot(&self) -> Slot {
        Slot {
            outlet_id: self.outlet_id,
            broker_id: self.broker_id,
            date: self.date,
            starts_at: self.starts_at,
            ends_at: self.ends_at,
        }
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
    /// Whether the start was given, and not taken from the outlet's hours.
    #[serde(skip)]
    pub own_start: bool,
    /// Whether the end was given, and not taken from the outlet's hours.
    #[serde(skip)]
    pub own_end: bool,
}

impl Shift {
    /// Its times as far as they were given.
    pub fn given(&self) -> (Option<At>, Option<At>) {
        (self.own_start.then_some(self.starts_at), self.own_end.then_some(self.ends_at))
    }
}

/// Plans a shift once; the branch's coordinator or manager. Where that day is published, the broker is told.
///
/// # Errors
/// `NotFound` naming `outlet_id` or `broker_id`; `Conflict`: `broker_busy`, `no_certificate`, `on_leave`, `not_welcome`, `outlet_closed`, `id_taken`.
pub fn create(conn: &mut Conn, post: &Post, caller: &Caller, new: &NewShift) -> Result<Answer<Shift>> {
    let user = caller.user()?;
    user.must_be(&[Role::Coordinator, Role::Manager])?;
    let branch = user.own_branch()?.id;
    requests::once(conn, &post.keys, caller, "shift", new.id, new, |conn| {
        // Several at once for one broker wait for each other here: the first gets the day.
        hold(conn, branch)?;
        // One that was published from a draft has its id too.
        if diesel::select(diesel::dsl::exists(shifts::table.find(new.id))).get_result(conn)? {
            return Err(Error::Conflict("id_taken"));
        }
        let book = Book::of(conn, branch, &Scope::one(new.broker_id, new.outlet_id, new.date))?;
        let (shift, made) = changes::assign(conn, caller, &book, new.id, &new.slot(), &Why::default())?;
        tell::tell(conn, post, caller, &book, &made)?;
        Ok(shift)
    })
}

/// Takes a shift back, as long as nobody has checked in for it; answers its date. Where that day is published, the broker is told.
///
/// # Errors
/// `NotFound` out of reach; `Gone` where it was deleted before; `Conflict("has_checkins")`.
pub fn delete(conn: &mut Conn, post: &Post, caller: &Caller, id: Id) -> Result<NaiveDate> {
    let user = caller.user()?;
    user.must_be(&[Role::Coordinator, Role::Manager])?;
    let branch = user.own_branch()?.id;
    hold(conn, branch)?;
    let of_branch = shifts::table.filter(shifts::id.eq(id).and(shifts::branch_id.eq(branch)));
    let found: Option<Shift> = of_branch.select(Shift::as_select()).first(conn).optional()?;
    let Some(shift) = found else { return Err(gone_or_unknown(conn, user, id)?) };
    let book = Book::of(conn, branch, &Scope::one(shift.broker_id, shift.outlet_id, shift.date))?;
    let made = changes::remove(conn, caller, &book, vec![id], &Why::default())?;
    tell::tell(conn, post, caller, &book, &made)?;
    Ok(shift.date)
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

/// A question for shifts, before it is said which of their columns are wanted.
pub type Asked = shifts::BoxedQuery<'static, <Conn as Connection>::Backend>;

/// The shifts within reach, by date and start, at most `limit`.
pub fn within(reach: Reach, filter: &Filter, limit: i64) -> Asked {
    let mut query = shifts::table.into_boxed();
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
        query = query.filter(shifts::date.ge(date)).filter(shifts::date.gt(date).or(later_that_day));
    }
    query.order((shifts::date, shifts::starts_at, shifts::id)).limit(limit)
}

/// The shifts within reach, by date and start.
///
/// # Errors
/// What the database says.
pub fn list(conn: &mut Conn, reach: Reach, filter: &Filter) -> Result<List<Shift>> {
    let rows: Vec<Shift> = within(reach, filter, filter.part.limit + 1).select(Shift::as_select()).load(conn)?;
    filter.part.list(rows, |s| -> Place { (s.date, s.starts_at, s.id) }, |s| s)
}
