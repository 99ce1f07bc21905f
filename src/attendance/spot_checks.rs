//! Spot checks: what somebody of the branch saw at an outlet: who was there, dressed how, with the badge or without.

use chrono::{Duration, NaiveDate};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::checkin::{instant, remark};
use super::filter::{Filter, Place};
use crate::audit::{self, Subject};
use crate::db::schema::{outlets, spot_checks, users};
use crate::db::{At, Conn, Id};
use crate::error::{Error, Faults, Result};
use crate::keys::Keys;
use crate::people::{Caller, Reach, Role};
use crate::prospects::stage::MINUTES_AHEAD;
use crate::requests::{self, Answer};
use crate::web::pagination::List;

/// How far a clock may be ahead.
const AHEAD: Duration = Duration::minutes(MINUTES_AHEAD);

/// A spot check as it is sent.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SpotCheckInput {
    /// Made by the client; sent again with the same body the first answer comes back.
    #[schema(required, value_type = Id)]
    pub id: Option<Id>,
    /// Of whom.
    #[schema(required, value_type = Id)]
    pub broker_id: Option<Id>,
    /// Where.
    #[schema(required, value_type = Id)]
    pub outlet_id: Option<Id>,
    /// When, RFC 3339; left out: now.
    #[schema(value_type = Option<At>)]
    pub at: Option<String>,
    /// Whether they were there.
    #[schema(required, value_type = bool)]
    pub present: Option<bool>,
    /// Whether the dress was right; null: not looked at.
    pub dress_ok: Option<bool>,
    /// Whether the badge was worn; null: not looked at.
    pub badge_ok: Option<bool>,
    /// At most 500 characters.
    #[schema(max_length = 500)]
    pub note: Option<String>,
}

/// A spot check, checked as far as that goes without the database.
#[derive(Clone, Debug, Serialize)]
pub struct NewSpotCheck {
    id: Id,
    broker_id: Id,
    outlet_id: Id,
    at: Option<At>,
    present: bool,
    dress_ok: Option<bool>,
    badge_ok: Option<bool>,
    note: String,
}

impl NewSpotCheck {
    /// Checks what was sent.
    ///
    /// # Errors
    /// By field; dress and badge of somebody absent are `unknown_value`.
    pub fn parse(input: &SpotCheckInput) -> Result<NewSpotCheck> {
        let mut faults = Faults::new();
        let id = faults.take("id", input.id.ok_or("required"));
        let broker = faults.take("broker_id", input.broker_id.ok_or("required"));
        let outlet = faults.take("outlet_id", input.outlet_id.ok_or("required"));
        let at = input.at.as_deref().and_then(|given| faults.take("at", instant(given)));
        let present = faults.take("present", input.present.ok_or("required"));
        if present == Some(false) {
            for (field, seen) in [("dress_ok", input.dress_ok), ("badge_ok", input.badge_ok)] {
                if seen.is_some() {
                    faults.add(field, "unknown_value");
                }
            }
        }
        let note = faults.take("note", remark(input.note.as_deref().unwrap_or_default())).flatten();
        match (id, broker, outlet, present) {
            (Some(id), Some(broker_id), Some(outlet_id), Some(present)) if faults.is_empty() => Ok(NewSpotCheck {
                id,
                broker_id,
                outlet_id,
                at,
                present,
                dress_ok: input.dress_ok,
                badge_ok: input.badge_ok,
                note: note.unwrap_or_default(),
            }),
            _ => Err(faults.into_error()),
        }
    }
}

/// A spot check, as it is kept and as the API shows it.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable, Insertable, Serialize, Deserialize, ToSchema)]
#[diesel(table_name = spot_checks)]
pub struct SpotCheck {
    /// Its id.
    pub id: Id,
    /// Of which branch.
    pub branch_id: Id,
    /// Of whom.
    pub broker_id: Id,
    /// Where.
    pub outlet_id: Id,
    /// On which local date.
    pub date: NaiveDate,
    /// When.
    pub at: At,
    /// Whether they were there.
    pub present: bool,
    /// Whether the dress was right; null: not looked at.
    pub dress_ok: Option<bool>,
    /// Whether the badge was worn; null: not looked at.
    pub badge_ok: Option<bool>,
    /// What else was seen.
    pub note: String,
    /// Who looked.
    pub by_user: Id,
    /// When it was written down.
    pub recorded_at: At,
}

/// Keeps a spot check once; the branch's coordinator or manager.
///
/// # Errors
/// `Forbidden` for who answers for no branch; `NotFound` naming `broker_id` or `outlet_id`; `at`: `in_the_future`; `id_taken`.
pub fn record(conn: &mut Conn, keys: &Keys, caller: &Caller, new: &NewSpotCheck) -> Result<Answer<SpotCheck>> {
    let user = caller.user()?;
    user.must_be(&[Role::Coordinator, Role::Manager])?;
    let branch = user.own_branch()?;
    requests::once(conn, keys, caller, "spot_check", new.id, new, |conn| {
        let broker = users::table.filter(users::id.eq(new.broker_id).and(users::branch_id.eq(branch.id)));
        let brokers: i64 = broker.filter(users::role.eq(Role::Broker)).count().get_result(conn)?;
        let outlet = outlets::table.filter(outlets::id.eq(new.outlet_id).and(outlets::branch_id.eq(branch.id)));
        let places: i64 = outlet.count().get_result(conn)?;
        match (brokers, places) {
            (0, _) => return Err(Error::NotFound(Some("broker_id"))),
            (_, 0) => return Err(Error::NotFound(Some("outlet_id"))),
            _ => {}
        }
        let at = new.at.unwrap_or(caller.now);
        if at > caller.now + AHEAD {
            return Err(Error::field("at", "in_the_future"));
        }
        let row = SpotCheck {
            id: new.id,
            branch_id: branch.id,
            broker_id: new.broker_id,
            outlet_id: new.outlet_id,
            date: at.date_in(branch.zone()),
            at,
            present: new.present,
            dress_ok: new.dress_ok,
            badge_ok: new.badge_ok,
            note: new.note.clone(),
            by_user: user.id,
            recorded_at: caller.now,
        };
        diesel::insert_into(spot_checks::table).values(&row).execute(conn)?;
        let detail = serde_json::json!({ "broker": row.broker_id, "outlet": row.outlet_id, "present": row.present });
        audit::record(conn, caller, "spot_check.create", Subject::new("spot_check", row.id, Some(branch.id)), detail)?;
        Ok(row)
    })
}

/// The spot checks within reach, the latest first; a broker's own.
///
/// # Errors
/// What the database says.
pub fn list(conn: &mut Conn, reach: Reach, filter: &Filter) -> Result<List<SpotCheck>> {
    let mut query = spot_checks::table.select(SpotCheck::as_select()).into_boxed();
    match reach {
        Reach::All => {}
        Reach::Branch(branch) => query = query.filter(spot_checks::branch_id.eq(branch)),
        Reach::Own { broker, .. } => query = query.filter(spot_checks::broker_id.eq(broker)),
    }
    if let Some(from) = filter.from {
        query = query.filter(spot_checks::date.ge(from));
    }
    if let Some(to) = filter.to {
        query = query.filter(spot_checks::date.le(to));
    }
    if let Some(broker) = filter.broker {
        query = query.filter(spot_checks::broker_id.eq(broker));
    }
    if let Some(outlet) = filter.outlet {
        query = query.filter(spot_checks::outlet_id.eq(outlet));
    }
    if let Some((date, at, id)) = filter.part.after {
        let earlier_that_day = spot_checks::at.lt(at).or(spot_checks::at.eq(at).and(spot_checks::id.lt(id)));
        query = query.filter(spot_checks::date.le(date)).filter(spot_checks::date.lt(date).or(earlier_that_day));
    }
    let rows: Vec<SpotCheck> = query
        .order((spot_checks::date.desc(), spot_checks::at.desc(), spot_checks::id.desc()))
        .limit(filter.part.limit + 1)
        .load(conn)?;
    filter.part.list(rows, |row| -> Place { (row.date, row.at, row.id) }, |row| row)
}
