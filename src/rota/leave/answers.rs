//! What becomes of a leave: it is taken back, approved or refused; the shifts and the people of who is away.

use chrono::NaiveDate;
use diesel::prelude::*;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{Leave, LeaveState, find};
use crate::audit::{self, Subject};
use crate::db::schema::{follow_ups, leaves, prospects, shifts};
use crate::db::{Conn, Id};
use crate::error::{Error, Result};
use crate::language::Lang;
use crate::mail::Post;
use crate::people::{Caller, Reach, Role};
use crate::prospects::handover::{self, HandoverInput};
use crate::rota::changes::{self, Made, Why};
use crate::rota::letters::Answered;
use crate::rota::rules::{Book, Scope, hold};
use crate::rota::shifts::Shift;
use crate::rota::{notes, tell};
use crate::t;

/// Takes a leave back that is not over yet; shifts that were taken off for it do not come back.
///
/// # Errors
/// `NotFound` out of reach; `Conflict("already_decided")` for one that is over, refused or taken back.
pub fn withdraw(conn: &mut Conn, caller: &Caller, id: Id) -> Result<Leave> {
    let user = caller.user()?;
    let mut leave = find(conn, user.reach(), id)?;
    user.must_be(&[Role::Broker, Role::Coordinator, Role::Manager])?;
    let branch = user.own_branch()?.id;
    hold(conn, branch)?;
    let over = leave.to_date < caller.now.date_in(user.zone());
    let open = leaves::state.eq_any([LeaveState::Asked, LeaveState::Approved]);
    let taken_back = diesel::update(leaves::table.filter(leaves::id.eq(id).and(open)))
        .set((leaves::state.eq(LeaveState::Withdrawn), leaves::decided_at.eq(caller.now)));
    if over || taken_back.execute(conn)? == 0 {
        return Err(Error::Conflict("already_decided"));
    }
    (leave.state, leave.decided_at) = (LeaveState::Withdrawn, Some(caller.now));
    audit::record(conn, caller, "leave.withdraw", Subject::new("leave", id, Some(branch)), serde_json::json!({}))?;
    Ok(leave)
}

/// The answer to a leave.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LeaveDecision {
    /// Whether it may be.
    pub approve: bool,
    /// What to say with it; at most 300 characters.
    #[schema(max_length = 300)]
    pub note: Option<String>,
    /// Takes off the shifts that stand in those days; without it they keep the leave from being approved.
    #[serde(default)]
    pub take_off: bool,
    /// The colleague to whom the follow-ups that fall due meanwhile go; left out: they stay.
    pub hand_to: Option<Id>,
}

/// Answers a leave; who asked is told by mail.
///
/// # Errors
/// `NotFound` out of reach; `Conflict`: `already_decided`, `shifts_stand`, `has_checkins`; 422 by field.
pub fn decide(conn: &mut Conn, post: &Post, caller: &Caller, id: Id, decision: &LeaveDecision) -> Result<Leave> {
    let user = caller.user()?;
    user.must_be(&[Role::Coordinator, Role::Manager])?;
    let branch = user.own_branch()?.id;
    hold(conn, branch)?;
    let mut leave = find(conn, Reach::Branch(branch), id)?;
    let note = notes(decision.note.as_deref()).map_err(|code| Error::field("note", code))?;
    if leave.state != LeaveState::Asked {
        return Err(Error::Conflict("already_decided"));
    }
    let mut off = Made::default();
    if decision.approve {
        off = take_off(conn, caller, branch, &leave, decision.take_off)?;
        if let Some(colleague) = decision.hand_to {
            hand_over(conn, caller, &leave, colleague)?;
        }
    }
    leave.state = if decision.approve { LeaveState::Approved } else { LeaveState::Refused };
    (leave.decided_at, leave.decision_note) = (Some(caller.now), note);
    diesel::update(leaves::table.find(id))
        .set((
            leaves::state.eq(leave.state),
            leaves::decided_by.eq(user.id),
            leaves::decided_at.eq(caller.now),
            leaves::decision_note.eq(&leave.decision_note),
        ))
        .execute(conn)?;
    let detail =
        serde_json::json!({ "state": leave.state, "shifts": off.changes.len(), "handed_to": decision.hand_to });
    audit::record(conn, caller, "leave.decide", Subject::new("leave", id, Some(branch)), detail)?;
    tell::answer(conn, post, caller, user.zone(), leave.broker_id, &off, &|lang| answered(lang, &leave))?;
    tell::lapsed(conn, post, caller, user.zone(), &off.lapsed, &[leave.broker_id])?;
    Ok(leave)
}

fn answered(lang: Lang, leave: &Leave) -> Answered {
    let approved = leave.state == LeaveState::Approved;
    let kind = t!(lang, &format!("leave-kind-{}", leave.kind));
    let mut about = vec![format!("{kind} · {}", leave.days(lang))];
    if !leave.decision_note.is_empty() {
        about.push(leave.decision_note.clone());
    }
    Answered {
        subject: t!(lang, if approved { "leave-mail-approved" } else { "leave-mail-refused" }),
        lead: t!(lang, if approved { "leave-mail-approved-lead" } else { "leave-mail-refused-lead" }),
        about,
    }
}

/// What stands in the days of a leave.
///
/// # Errors
/// What the database says.
pub fn standing(conn: &mut Conn, leave: &Leave) -> Result<Vec<Shift>> {
    Ok(shifts::table
        .filter(shifts::broker_id.eq(leave.broker_id))
        .filter(shifts::date.between(leave.from_date, leave.to_date))
        .order(shifts::date)
        .select(Shift::as_select())
        .load(conn)?)
}

fn take_off(conn: &mut Conn, caller: &Caller, branch: Id, leave: &Leave, agreed: bool) -> Result<Made> {
    let standing = standing(conn, leave)?;
    if !standing.is_empty() && !agreed {
        return Err(Error::Conflict("shifts_stand"));
    }
    let why = Why::because(t!(caller.user()?.language, "leave-took-off"));
    let Some(first) = standing.first() else { return Ok(Made::default()) };
    let book = Book::of(conn, branch, &Scope::one(leave.broker_id, first.outlet_id, first.date))?;
    changes::remove(conn, caller, &book, standing.iter().map(|shift| shift.id).collect(), &why)
}

/// A follow-up that falls due while its broker is away.
#[derive(Clone, Debug, Queryable)]
pub struct DueMeanwhile {
    /// Whose.
    pub prospect_id: Id,
    /// Their name.
    pub name: String,
    /// By when.
    pub due_on: NaiveDate,
}

/// The open follow-ups of a broker that fall due from one day to another.
///
/// # Errors
/// What the database says.
pub fn due_meanwhile(conn: &mut Conn, broker: Id, from: NaiveDate, to: NaiveDate) -> Result<Vec<DueMeanwhile>> {
    Ok(follow_ups::table
        .inner_join(prospects::table)
        .filter(follow_ups::broker_id.eq(broker).and(follow_ups::due_on.between(from, to)))
        .filter(follow_ups::kept_at.is_null().and(follow_ups::waived_at.is_null()))
        .filter(prospects::state.eq("active"))
        .order((follow_ups::due_on, follow_ups::starts_at))
        .select((prospects::id, prospects::name, follow_ups::due_on))
        .load(conn)?)
}

fn hand_over(conn: &mut Conn, caller: &Caller, leave: &Leave, colleague: Id) -> Result<()> {
    let due = due_meanwhile(conn, leave.broker_id, leave.from_date, leave.to_date)?;
    if due.is_empty() {
        return Ok(());
    }
    let id = Id::new();
    let new = HandoverInput {
        id,
        from_broker_id: leave.broker_id,
        to_broker_id: colleague,
        prospect_ids: Some(due.iter().map(|one| one.prospect_id).collect()),
        reason: t!(caller.user()?.language, "leave-handed-over"),
    };
    let new = new.parse().map_err(naming_colleague)?;
    handover::hand_over(conn, caller, id, &new).map(drop).map_err(naming_colleague)
}

/// The field is named as this form has it.
fn naming_colleague(error: Error) -> Error {
    match error {
        Error::NotFound(Some("to_broker_id")) => Error::NotFound(Some("hand_to")),
        Error::Invalid(mut faults) => {
            faults.iter_mut().filter(|f| f.field == "to_broker_id").for_each(|f| f.field = "hand_to".into());
            Error::Invalid(faults)
        }
        other => other,
    }
}
