//! The roll: exactly one row for each shift, and what the check-ins of its broker at its outlet on its date make of it.
//!
//! Nothing of it is kept: it is worked out on reading, so a check-in that arrives late, a shift planned after the check-in and another grace all count
//! at once. A check-in belongs to a shift by broker, local date and outlet, not by the shift that was known when it was received.

use std::collections::HashMap;

use chrono::NaiveDate;
use chrono_tz::Tz;
use diesel::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

use super::Verdict;
use super::checkin::Kind;
use super::records::Review;
use super::status::{ShiftFacts, Status, minutes_early, minutes_late, status};
use crate::calendar::local;
use crate::db::schema::{attendance_corrections as corrections, branches, checkins, shifts};
use crate::db::{At, Conn, Id};
use crate::error::Result;

/// What of a shift the roll needs.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = shifts)]
pub struct RollShift {
    /// Its id.
    pub id: Id,
    /// Of which branch.
    pub branch_id: Id,
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

/// Whose check-ins, on which date, at which outlet.
pub type Place = (Id, NaiveDate, Id);

/// The earliest `in` of a day at an outlet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Came {
    /// The check-in.
    pub id: Id,
    /// When.
    pub at: At,
    /// What its position says.
    pub verdict: Verdict,
    /// What a person made of it.
    pub review: Option<Review>,
}

/// What the check-ins of a broker at an outlet on a date come to, in whatever order they arrived.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// The earliest `in`; of two at the same moment the one received first.
    pub came: Option<Came>,
    /// The latest `out`.
    pub left: Option<At>,
}

/// A check-in, as far as the roll needs it.
pub type SeenRow = (Id, Id, NaiveDate, Option<Id>, Kind, At, At, Verdict, Option<Review>);

/// The columns of a `SeenRow`.
pub type SeenColumns = (
    checkins::id,
    checkins::broker_id,
    checkins::date,
    checkins::outlet_id,
    checkins::kind,
    checkins::at,
    checkins::received_at,
    checkins::verdict,
    checkins::review,
);

/// What to select for a `SeenRow`.
pub const SEEN: SeenColumns = (
    checkins::id,
    checkins::broker_id,
    checkins::date,
    checkins::outlet_id,
    checkins::kind,
    checkins::at,
    checkins::received_at,
    checkins::verdict,
    checkins::review,
);

/// Gathers check-ins by broker, date and outlet; those at no outlet count for no shift.
pub fn gather(mut rows: Vec<SeenRow>) -> HashMap<Place, Seen> {
    rows.sort_unstable_by_key(|(id, .., at, received_at, _, _)| (*at, *received_at, *id));
    let mut all: HashMap<Place, Seen> = HashMap::new();
    for (id, broker, date, outlet, kind, at, _, verdict, review) in rows {
        let Some(outlet) = outlet else { continue };
        let seen = all.entry((broker, date, outlet)).or_default();
        match kind {
            Kind::In => seen.came = seen.came.or(Some(Came { id, at, verdict, review })),
            Kind::Out => seen.left = Some(at),
        }
    }
    all
}

/// How a shift stands by an arrival and a leaving.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Standing {
    /// When they came.
    pub in_at: Option<At>,
    /// When they left.
    pub out_at: Option<At>,
    /// What that makes of the shift.
    pub status: Status,
    /// Whole minutes after the start; null without an arrival.
    pub minutes_late: Option<i64>,
    /// Whole minutes before the end; null without a leaving.
    pub minutes_early: Option<i64>,
}

/// What a branch's days are judged by.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Its zone.
    pub zone: Tz,
    /// By how many minutes one may come late or leave early.
    pub grace_minutes: i32,
}

impl Standing {
    /// Of a shift at `now`.
    pub fn of(shift: &RollShift, in_at: Option<At>, out_at: Option<At>, rule: Rule, now: At) -> Standing {
        let facts = ShiftFacts {
            starts_at: shift.starts_at.utc(),
            ends_at: shift.ends_at.utc(),
            day_ends_at: local::day_end(shift.date, rule.zone),
            in_at: in_at.map(At::utc),
            out_at: out_at.map(At::utc),
        };
        Standing {
            in_at,
            out_at,
            status: status(&facts, i64::from(rule.grace_minutes), now.utc()),
            minutes_late: facts.in_at.map(|at| minutes_late(facts.starts_at, at)),
            minutes_early: facts.out_at.map(|at| minutes_early(facts.ends_at, at)),
        }
    }
}

/// A row of the roll.
#[derive(Clone, Debug)]
pub struct Attended {
    /// The shift.
    pub shift: RollShift,
    /// The zone of its branch.
    pub zone: Tz,
    /// The check-in that it began with.
    pub came: Option<Came>,
    /// As the check-ins have it.
    pub recorded: Standing,
    /// As an accepted correction has it.
    pub corrected: Option<Standing>,
}

impl Attended {
    /// What counts: the corrected values where there are any.
    pub fn counts(&self) -> &Standing {
        self.corrected.as_ref().unwrap_or(&self.recorded)
    }

    /// Whether the arrival that counts does not show that they were at the outlet, and nobody accepted it.
    pub fn is_unclear(&self) -> bool {
        self.corrected.is_none()
            && self.came.is_some_and(|c| c.verdict != Verdict::OnSite && c.review != Some(Review::Accepted))
    }
}

/// A row a shift, as the API shows it. `in_at` to `verdict` are as the check-ins have it, whatever was corrected.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Attendance {
    /// Which shift.
    pub shift_id: Id,
    /// Whose.
    pub broker_id: Id,
    /// Where.
    pub outlet_id: Id,
    /// On which local date.
    pub date: NaiveDate,
    /// From when.
    pub starts_at: At,
    /// Until when.
    pub ends_at: At,
    /// The earliest `in` at that outlet on that date, of any verdict.
    pub in_at: Option<At>,
    /// The latest `out` at that outlet on that date, of any verdict.
    pub out_at: Option<At>,
    /// What they make of the shift, beyond the branch's grace.
    pub status: Status,
    /// Whole minutes after the start; null without an `in`.
    pub minutes_late: Option<i64>,
    /// Whole minutes before the end; null without an `out`.
    pub minutes_early: Option<i64>,
    /// The verdict of the check-in at `in_at`.
    pub verdict: Option<Verdict>,
    /// The same by an accepted correction; null where there is none.
    pub corrected: Option<Standing>,
}

impl From<Attended> for Attendance {
    fn from(row: Attended) -> Attendance {
        let Standing { in_at, out_at, status, minutes_late, minutes_early } = row.recorded;
        Attendance {
            shift_id: row.shift.id,
            broker_id: row.shift.broker_id,
            outlet_id: row.shift.outlet_id,
            date: row.shift.date,
            starts_at: row.shift.starts_at,
            ends_at: row.shift.ends_at,
            in_at,
            out_at,
            status,
            minutes_late,
            minutes_early,
            verdict: row.came.map(|came| came.verdict),
            corrected: row.corrected,
        }
    }
}

/// Judges shifts, in the order given; three queries, however many there are.
///
/// # Errors
/// What the database says.
pub fn attend(conn: &mut Conn, shifts: Vec<RollShift>, now: At) -> Result<Vec<Attended>> {
    let dates = shifts.iter().map(|s| s.date);
    let Some((first, last)) = dates.clone().min().zip(dates.max()) else { return Ok(Vec::new()) };
    let mut brokers: Vec<Id> = shifts.iter().map(|s| s.broker_id).collect();
    brokers.sort_unstable();
    brokers.dedup();
    let rules = rules(conn)?;
    let (earliest, latest) = local::anywhere(first, last);
    let seen = gather(
        checkins::table
            // Not by their dates as well: those of other days are at no place that is asked for, and PostgreSQL would gather everybody's of those days.
            .filter(
                checkins::broker_id.eq_any(&brokers).and(checkins::at.between(At::from(earliest), At::from(latest))),
            )
            .select(SEEN)
            .load(conn)?,
    );
    let corrected = accepted(conn, &brokers, first, last)?;
    Ok(shifts.into_iter().map(|shift| judge(shift, &rules, &seen, &corrected, now)).collect())
}

fn judge(
    shift: RollShift,
    rules: &HashMap<Id, Rule>,
    seen: &HashMap<Place, Seen>,
    corrected: &HashMap<Id, Claim>,
    now: At,
) -> Attended {
    let unknown = Rule { zone: Tz::Asia__Shanghai, grace_minutes: 0 };
    let rule = rules.get(&shift.branch_id).copied().unwrap_or(unknown);
    let Seen { came, left } = seen.get(&(shift.broker_id, shift.date, shift.outlet_id)).copied().unwrap_or_default();
    let came_at = came.map(|came| came.at);
    let corrected = corrected
        .get(&shift.id)
        .map(|(in_at, out_at)| Standing::of(&shift, in_at.or(came_at), out_at.or(left), rule, now));
    Attended { recorded: Standing::of(&shift, came_at, left, rule, now), zone: rule.zone, came, corrected, shift }
}

/// What every branch's days are judged by; there are tens of them.
fn rules(conn: &mut Conn) -> Result<HashMap<Id, Rule>> {
    let rows: Vec<(Id, String, i32)> =
        branches::table.select((branches::id, branches::time_zone, branches::grace_minutes)).load(conn)?;
    let rule = |zone: String, grace_minutes| Rule { zone: local::zone_named(&zone), grace_minutes };
    Ok(rows.into_iter().map(|(id, zone, grace)| (id, rule(zone, grace))).collect())
}

/// When somebody came and left, as they say.
type Claim = (Option<At>, Option<At>);

/// The accepted corrections by shift; the one decided last counts, and what it leaves open an earlier one may say.
fn accepted(conn: &mut Conn, brokers: &[Id], first: NaiveDate, last: NaiveDate) -> Result<HashMap<Id, Claim>> {
    let rows: Vec<(Id, Option<At>, Option<At>)> = corrections::table
        .filter(corrections::broker_id.eq_any(brokers).and(corrections::date.between(first, last)))
        .filter(corrections::state.eq("accepted"))
        .order((corrections::decided_at, corrections::id))
        .select((corrections::shift_id, corrections::in_at, corrections::out_at))
        .load(conn)?;
    let mut all: HashMap<Id, Claim> = HashMap::new();
    for (shift, in_at, out_at) in rows {
        let claim = all.entry(shift).or_default();
        *claim = (in_at.or(claim.0), out_at.or(claim.1));
    }
    Ok(all)
}
