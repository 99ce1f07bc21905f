//! Corrections: a broker says what was true where the check-ins do not show it, and the branch answers. What was recorded stays beside it.

use chrono::NaiveDate;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::checkin::{instant, remark};
use super::roll::RollShift;
use super::{correction_mail, days};
use crate::audit::{self, Subject};
use crate::calendar::local::zone_named;
use crate::db::schema::{attendance_corrections as corrections, branches, shifts};
use crate::db::{At, Conn, Id, serialise};
use crate::error::{Error, Faults, Result};
use crate::keys::Keys;
use crate::mail::Post;
use crate::people::{Caller, Role};
use crate::requests::{self, Answer};

crate::text_enum! {
    /// How a correction stands.
    pub enum CorrectionState: Text {
        /// It waits for an answer.
        Asked = "asked",
        /// It counts.
        Accepted = "accepted",
        /// It does not count.
        Refused = "refused",
        /// The broker took it back.
        Withdrawn = "withdrawn",
    }
}

/// A correction as it is asked for: at least one of the two times.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CorrectionInput {
    /// Made by the client; sent again with the same body the first answer comes back.
    #[schema(required, value_type = Id)]
    pub id: Option<Id>,
    /// Of which shift; one's own that has begun.
    #[schema(required, value_type = Id)]
    pub shift_id: Option<Id>,
    /// When one came, RFC 3339, on the shift's local date.
    #[schema(value_type = Option<At>)]
    pub in_at: Option<String>,
    /// When one left, RFC 3339.
    #[schema(value_type = Option<At>)]
    pub out_at: Option<String>,
    /// Why the check-ins do not show it; at most 500 characters.
    #[schema(required, value_type = String, max_length = 500)]
    pub reason: Option<String>,
}

/// A correction, checked as far as that goes without the database.
#[derive(Clone, Debug, Serialize)]
pub struct NewCorrection {
    id: Id,
    shift_id: Id,
    in_at: Option<At>,
    out_at: Option<At>,
    reason: String,
}

impl NewCorrection {
    /// Checks what was sent.
    ///
    /// # Errors
    /// By field.
    pub fn parse(input: &CorrectionInput) -> Result<NewCorrection> {
        let mut faults = Faults::new();
        let id = faults.take("id", input.id.ok_or("required"));
        let shift = faults.take("shift_id", input.shift_id.ok_or("required"));
        let in_at = input.in_at.as_deref().and_then(|given| faults.take("in_at", instant(given)));
        let out_at = input.out_at.as_deref().and_then(|given| faults.take("out_at", instant(given)));
        if input.in_at.is_none() && input.out_at.is_none() {
            faults.add("in_at", "required");
        }
        let written = |given: &str| remark(given).and_then(|text| text.ok_or("required"));
        let reason = faults.take("reason", input.reason.as_deref().ok_or("required").and_then(written));
        match (id, shift, reason) {
            (Some(id), Some(shift_id), Some(reason)) if faults.is_empty() => {
                Ok(NewCorrection { id, shift_id, in_at, out_at, reason })
            }
            _ => Err(faults.into_error()),
        }
    }

    /// The two times against the shift they are about.
    fn fits(&self, shift: &RollShift, zone: chrono_tz::Tz, now: At) -> Result<()> {
        if shift.starts_at > now {
            return Err(Error::Conflict("shift_upcoming"));
        }
        let mut faults = Faults::new();
        let last_day = shift.ends_at.date_in(zone).max(shift.date);
        for (field, at, last) in [("in_at", self.in_at, shift.date), ("out_at", self.out_at, last_day)] {
            let Some(at) = at else { continue };
            if at > now {
                faults.add(field, "in_the_future");
            } else if !(shift.date..=last).contains(&at.date_in(zone)) {
                faults.add(field, "other_date");
            }
        }
        if self.in_at.zip(self.out_at).is_some_and(|(came, left)| left <= came) {
            faults.add("out_at", "ends_before_start");
        }
        faults.check()
    }
}

/// A correction, as it is kept and as the API shows it.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable, Insertable, Serialize, Deserialize, ToSchema)]
#[diesel(table_name = corrections)]
pub struct Correction {
    /// Its id.
    pub id: Id,
    /// Of which branch.
    pub branch_id: Id,
    /// Of which shift.
    pub shift_id: Id,
    /// Whose.
    pub broker_id: Id,
    /// The shift's local date.
    pub date: NaiveDate,
    /// When they came, as they say; null: as recorded.
    pub in_at: Option<At>,
    /// When they left, as they say; null: as recorded.
    pub out_at: Option<At>,
    /// Why.
    pub reason: String,
    /// How it stands.
    pub state: CorrectionState,
    /// Since when.
    pub asked_at: At,
    /// Who answered.
    pub decided_by: Option<Id>,
    /// When.
    pub decided_at: Option<At>,
    /// What they said to it.
    pub decision_note: String,
}

/// Asks for a correction once; the broker, of an own shift that has begun.
///
/// # Errors
/// `NotFound` naming `shift_id`; `Conflict`: `shift_upcoming`, `correction_waiting`, `id_taken`; 422 by field.
pub fn ask(conn: &mut Conn, keys: &Keys, caller: &Caller, new: &NewCorrection) -> Result<Answer<Correction>> {
    let user = caller.user()?;
    user.must_be(&[Role::Broker])?;
    requests::once(conn, keys, caller, "correction", new.id, new, |conn| keep(conn, caller, user.id, new))
}

fn keep(conn: &mut Conn, caller: &Caller, broker: Id, new: &NewCorrection) -> Result<Correction> {
    // Whoever moves or removes a shift of the broker waits, or is waited for: a correction stays with the shift it was asked for.
    serialise(conn, broker)?;
    let own = shifts::table.filter(shifts::id.eq(new.shift_id).and(shifts::broker_id.eq(broker)));
    let found: Option<(RollShift, String)> =
        own.inner_join(branches::table).select((RollShift::as_select(), branches::time_zone)).first(conn).optional()?;
    let (shift, zone) = found.ok_or(Error::NotFound(Some("shift_id")))?;
    new.fits(&shift, zone_named(&zone), caller.now)?;
    let waiting: i64 = corrections::table
        .filter(corrections::shift_id.eq(shift.id).and(corrections::state.eq(CorrectionState::Asked)))
        .count()
        .get_result(conn)?;
    if waiting > 0 {
        return Err(Error::Conflict("correction_waiting"));
    }
    let row = Correction {
        id: new.id,
        branch_id: shift.branch_id,
        shift_id: shift.id,
        broker_id: broker,
        date: shift.date,
        in_at: new.in_at,
        out_at: new.out_at,
        reason: new.reason.clone(),
        state: CorrectionState::Asked,
        asked_at: caller.now,
        decided_by: None,
        decided_at: None,
        decision_note: String::new(),
    };
    diesel::insert_into(corrections::table).values(&row).execute(conn)?;
    let detail = serde_json::json!({ "shift": shift.id });
    audit::record(conn, caller, "correction.ask", Subject::new("correction", row.id, Some(row.branch_id)), detail)?;
    Ok(row)
}

/// Takes back a correction that waits; its broker.
///
/// # Errors
/// `NotFound` out of reach; `Conflict("correction_decided")` where it waits no more.
pub fn withdraw(conn: &mut Conn, caller: &Caller, id: Id) -> Result<Correction> {
    let user = caller.user()?;
    user.must_be(&[Role::Broker])?;
    let own = corrections::table.filter(corrections::id.eq(id).and(corrections::broker_id.eq(user.id)));
    serialise(conn, id)?;
    let mut row: Correction = own.select(Correction::as_select()).first(conn)?;
    if row.state != CorrectionState::Asked {
        return Err(Error::Conflict("correction_decided"));
    }
    row.state = CorrectionState::Withdrawn;
    diesel::update(own).set(corrections::state.eq(row.state)).execute(conn)?;
    let subject = Subject::new("correction", id, Some(row.branch_id));
    audit::record(conn, caller, "correction.withdraw", subject, serde_json::json!({}))?;
    Ok(row)
}

/// An answer, as it is sent.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DecisionInput {
    /// `accepted` or `refused`.
    #[schema(required, value_type = CorrectionDecision)]
    pub decision: Option<String>,
    /// What to tell the broker; a refusal needs it. At most 500 characters.
    #[schema(max_length = 500)]
    pub note: Option<String>,
}

/// The two answers, for the API's document.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum CorrectionDecision {
    /// It counts.
    Accepted,
    /// It does not count.
    Refused,
}

/// An answer, checked.
#[derive(Clone, Debug)]
pub struct NewDecision {
    state: CorrectionState,
    note: String,
}

impl NewDecision {
    /// Checks what was sent.
    ///
    /// # Errors
    /// By field: `decision`, `note`.
    pub fn parse(input: &DecisionInput) -> Result<NewDecision> {
        use CorrectionState::{Accepted, Refused};
        let mut faults = Faults::new();
        let known = |name: &str| {
            CorrectionState::parse(name).filter(|s| matches!(s, Accepted | Refused)).ok_or("unknown_value")
        };
        let state = faults.take("decision", input.decision.as_deref().ok_or("required").and_then(known));
        let note = faults.take("note", remark(input.note.as_deref().unwrap_or_default())).flatten();
        if state == Some(Refused) && note.is_none() && faults.is_empty() {
            faults.add("note", "required");
        }
        match state {
            Some(state) if faults.is_empty() => Ok(NewDecision { state, note: note.unwrap_or_default() }),
            _ => Err(faults.into_error()),
        }
    }
}

/// Answers a correction that waits, and tells its broker by mail; the coordinator or manager of its branch.
///
/// # Errors
/// `Forbidden` for who answers for no branch; `NotFound` out of reach; `Conflict("correction_decided")`.
pub fn decide(conn: &mut Conn, post: &Post, caller: &Caller, id: Id, new: &NewDecision) -> Result<Correction> {
    let user = caller.user()?;
    user.must_be(&[Role::Coordinator, Role::Manager])?;
    let branch = user.own_branch()?.id;
    serialise(conn, id)?;
    let of_branch = corrections::table.filter(corrections::id.eq(id).and(corrections::branch_id.eq(branch)));
    let mut row: Correction = of_branch.select(Correction::as_select()).first(conn)?;
    if row.state != CorrectionState::Asked {
        return Err(Error::Conflict("correction_decided"));
    }
    (row.state, row.decided_by, row.decided_at) = (new.state, Some(user.id), Some(caller.now));
    row.decision_note = new.note.clone();
    diesel::update(of_branch)
        .set((
            corrections::state.eq(row.state),
            corrections::decided_by.eq(row.decided_by),
            corrections::decided_at.eq(row.decided_at),
            corrections::decision_note.eq(&row.decision_note),
        ))
        .execute(conn)?;
    days::mark(conn, row.branch_id, row.date, row.date, caller.now)?;
    let detail = serde_json::json!({ "decision": row.state, "shift": row.shift_id });
    audit::record(conn, caller, "correction.decide", Subject::new("correction", id, Some(branch)), detail)?;
    correction_mail::tell(conn, post, caller, &row)?;
    Ok(row)
}
