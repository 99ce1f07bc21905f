//! Check-ins as they are kept: lists within reach, and the answer of a person to one that wants a look.

use chrono::NaiveDate;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::checkin::{Kind, remark};
use super::filter::{Filter, Place, sees_position};
use super::{Flag, Verdict, days};
use crate::audit::{self, Subject};
use crate::calendar::local;
use crate::db::schema::{checkins, outlets};
use crate::db::{At, Conn, Id, serialise};
use crate::error::{Error, Faults, Result};
use crate::people::{Caller, CurrentUser, Reach, Role};
use crate::web::pagination::List;

crate::text_enum! {
    /// What a person made of a check-in.
    pub enum Review: Text {
        /// Nobody has looked yet.
        Waiting = "waiting",
        /// It counts as it is.
        Accepted = "accepted",
        /// The broker is asked about it.
        Questioned = "questioned",
    }
}

/// A row of `checkins`.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = checkins)]
pub struct Checkin {
    /// Its id.
    pub id: Id,
    /// The branch at which it was made.
    pub branch_id: Id,
    /// Whose.
    pub broker_id: Id,
    /// At which outlet.
    pub outlet_id: Option<Id>,
    /// For which shift.
    pub shift_id: Option<Id>,
    /// Coming or leaving.
    pub kind: Kind,
    /// When, by the phone.
    pub at: At,
    /// The local date of `at`.
    pub date: NaiveDate,
    /// When, by the server.
    pub received_at: At,
    /// Made without a network.
    pub offline: bool,
    /// WGS-84; dropped after its keeping time.
    pub lat: Option<f64>,
    /// WGS-84; dropped after its keeping time.
    pub lon: Option<f64>,
    /// How good the position was said to be, in metres.
    pub accuracy_m: Option<f64>,
    /// Why without a position, or any other remark.
    pub reason: Option<String>,
    /// What the position says.
    pub verdict: Verdict,
    /// Metres to the outlet, one decimal.
    pub distance_m: Option<f64>,
    /// Of an `in` for a shift.
    pub minutes_late: Option<i32>,
    /// Of an `out` for a shift.
    pub minutes_early: Option<i32>,
    /// The flags, with spaces between.
    pub flags: String,
    /// What a person made of it; none: nothing to look at.
    pub review: Option<Review>,
    /// What they said.
    pub review_note: Option<String>,
    /// Who.
    pub reviewed_by: Option<Id>,
    /// When.
    pub reviewed_at: Option<At>,
    /// What the broker answered to the last question.
    pub answer: Option<String>,
    /// When.
    pub answered_at: Option<At>,
}

impl Checkin {
    /// The flags.
    pub fn flags(&self) -> Vec<Flag> {
        Flag::all(&self.flags)
    }
}

/// A check-in, as the API shows one.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CheckinView {
    /// Its id.
    pub id: Id,
    /// Whose.
    pub broker_id: Id,
    /// At which outlet it was judged.
    pub outlet_id: Option<Id>,
    /// For which shift.
    pub shift_id: Option<Id>,
    /// Coming or leaving.
    pub kind: Kind,
    /// When, by the phone.
    pub at: At,
    /// The local date of `at`.
    pub date: NaiveDate,
    /// When, by the server.
    pub received_at: At,
    /// Made without a network.
    pub offline: bool,
    /// WGS-84; null for who need not know it, without a position, and after its keeping time.
    pub lat: Option<f64>,
    /// WGS-84, as `lat`.
    pub lon: Option<f64>,
    /// How good the position was said to be, in metres.
    pub accuracy_m: Option<f64>,
    /// Why without a position, or any other remark.
    pub reason: Option<String>,
    /// What the position says.
    pub verdict: Verdict,
    /// Metres to the outlet, one decimal.
    pub distance_m: Option<f64>,
    /// Of an `in` for a shift.
    pub minutes_late: Option<i32>,
    /// Of an `out` for a shift.
    pub minutes_early: Option<i32>,
    /// What a person may want to look at.
    pub flags: Vec<Flag>,
    /// What a person made of it; null: nothing to look at.
    pub review: Option<Review>,
    /// What they said.
    pub review_note: Option<String>,
    /// Who.
    pub reviewed_by: Option<Id>,
    /// When.
    pub reviewed_at: Option<At>,
    /// What the broker answered to the last question; it then waits for a look again.
    pub answer: Option<String>,
    /// When.
    pub answered_at: Option<At>,
}

impl CheckinView {
    /// What `user` may see of a check-in.
    pub fn of(row: Checkin, user: &CurrentUser) -> CheckinView {
        let open = sees_position(user, row.broker_id, row.branch_id);
        CheckinView {
            flags: row.flags(),
            id: row.id,
            broker_id: row.broker_id,
            outlet_id: row.outlet_id,
            shift_id: row.shift_id,
            kind: row.kind,
            at: row.at,
            date: row.date,
            received_at: row.received_at,
            offline: row.offline,
            lat: row.lat.filter(|_| open),
            lon: row.lon.filter(|_| open),
            accuracy_m: row.accuracy_m,
            reason: row.reason,
            verdict: row.verdict,
            distance_m: row.distance_m,
            minutes_late: row.minutes_late,
            minutes_early: row.minutes_early,
            review: row.review,
            review_note: row.review_note,
            reviewed_by: row.reviewed_by,
            reviewed_at: row.reviewed_at,
            answer: row.answer,
            answered_at: row.answered_at,
        }
    }
}

/// The check-ins within reach, the latest first.
///
/// # Errors
/// What the database says.
pub fn list(conn: &mut Conn, user: &CurrentUser, filter: &Filter) -> Result<List<CheckinView>> {
    let mut query = checkins::table.select(Checkin::as_select()).into_boxed();
    match user.reach() {
        Reach::All => {}
        Reach::Branch(branch) => query = query.filter(checkins::branch_id.eq(branch)),
        Reach::Own { broker, .. } => query = query.filter(checkins::broker_id.eq(broker)),
    }
    // By date, and by the instants that may have it: a broker's are found by instant.
    if let Some(from) = filter.from {
        query = query.filter(checkins::date.ge(from).and(checkins::at.ge(At::from(local::anywhere(from, from).0))));
    }
    if let Some(to) = filter.to {
        query = query.filter(checkins::date.le(to).and(checkins::at.le(At::from(local::anywhere(to, to).1))));
    }
    if let Some(broker) = filter.broker {
        query = query.filter(checkins::broker_id.eq(broker));
    }
    if let Some(outlet) = filter.outlet {
        // They are found by the branch and the day: an outlet never changes its branch.
        let branch = outlets::table.find(outlet).select(outlets::branch_id).single_value();
        query = query.filter(checkins::outlet_id.eq(outlet).and(checkins::branch_id.nullable().eq(branch)));
    }
    if let Some((date, at, id)) = filter.part.after {
        let later_that_day = checkins::at.lt(at).or(checkins::at.eq(at).and(checkins::id.lt(id)));
        query = query.filter(checkins::date.lt(date).or(checkins::date.eq(date).and(later_that_day)));
    }
    let rows: Vec<Checkin> = query
        .order((checkins::date.desc(), checkins::at.desc(), checkins::id.desc()))
        .limit(filter.part.limit + 1)
        .load(conn)?;
    filter.part.list(rows, |row| -> Place { (row.date, row.at, row.id) }, |row| CheckinView::of(row, user))
}

/// An answer to a check-in, as it is sent.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReviewInput {
    /// `accepted`, or `questioned`: the broker is asked about it.
    #[schema(required, value_type = Decision)]
    pub decision: Option<String>,
    /// What to tell the broker; at most 500 characters.
    #[schema(max_length = 500)]
    pub note: Option<String>,
}

/// The two answers, for the API's document.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Decision {
    /// It counts as it is.
    Accepted,
    /// The broker is asked about it.
    Questioned,
}

/// An answer, checked.
#[derive(Clone, Debug)]
pub struct NewReview {
    decision: Review,
    note: Option<String>,
}

impl NewReview {
    /// Checks what was sent.
    ///
    /// # Errors
    /// By field: `decision`, `note`.
    pub fn parse(input: &ReviewInput) -> Result<NewReview> {
        let mut faults = Faults::new();
        let known = |name: &str| Review::parse(name).filter(|r| *r != Review::Waiting).ok_or("unknown_value");
        let decision = faults.take("decision", input.decision.as_deref().ok_or("required").and_then(known));
        let note = input.note.as_deref().and_then(|note| faults.take("note", remark(note)).flatten());
        match decision {
            Some(decision) if faults.is_empty() => Ok(NewReview { decision, note }),
            _ => Err(faults.into_error()),
        }
    }
}

/// Keeps what the coordinator or manager of the branch makes of a check-in; a later answer goes before an earlier one.
///
/// # Errors
/// `NotFound` out of reach; `Forbidden` for who answers for no branch.
pub fn review(conn: &mut Conn, caller: &Caller, id: Id, new: &NewReview) -> Result<CheckinView> {
    let user = caller.user()?;
    user.must_be(&[Role::Coordinator, Role::Manager])?;
    let branch = user.own_branch()?.id;
    serialise(conn, id)?;
    // Asked anew: what was answered before was to another question.
    let unanswered = (new.decision == Review::Questioned)
        .then_some((checkins::answer.eq(None::<String>), checkins::answered_at.eq(None::<At>)));
    let changed = diesel::update(checkins::table.filter(checkins::id.eq(id).and(checkins::branch_id.eq(branch))))
        .set((
            unanswered,
            checkins::review.eq(new.decision),
            checkins::review_note.eq(&new.note),
            checkins::reviewed_by.eq(user.id),
            checkins::reviewed_at.eq(caller.now),
        ))
        .execute(conn)?;
    if changed == 0 {
        return Err(Error::not_found());
    }
    let detail = serde_json::json!({ "decision": new.decision });
    audit::record(conn, caller, "checkin.review", Subject::new("checkin", id, Some(branch)), detail)?;
    let row: Checkin = checkins::table.find(id).select(Checkin::as_select()).first(conn)?;
    days::mark_of(conn, row.broker_id, row.date, caller.now)?;
    Ok(CheckinView::of(row, user))
}
