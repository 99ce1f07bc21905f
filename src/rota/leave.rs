//! Leave (休假): a broker asks, the branch's coordinator or manager approves or refuses. Nobody on approved leave is posted.

use chrono::{Days, NaiveDate};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::changes::{self, Made, Why};
use super::letters::Answered;
use super::rules::{Book, Scope, hold};
use super::shifts::Shift;
use super::{broker_of, notes, tell};
use crate::attendance::filter::{at_most, date};
use crate::audit::{self, Subject};
use crate::db::schema::{follow_ups, leaves, prospects, shifts};
use crate::db::{At, Conn, Id};
use crate::error::{Error, Faults, Result};
use crate::keys::Keys;
use crate::language::Lang;
use crate::mail::Post;
use crate::people::{Caller, CurrentUser, Reach, Role};
use crate::prospects::handover::{self, HandoverInput};
use crate::requests::{self, Answer};
use crate::t;
use crate::templates::attendance::words;

/// The longest leave.
const MOST_DAYS: i64 = 366;
/// Sick leave is often told afterwards; older than this it is history.
const LATEST_DAYS: u64 = 31;

crate::text_enum! {
    /// What a leave is for.
    pub enum LeaveKind: Text {
        /// 年假
        Annual = "annual",
        /// 病假
        Sick = "sick",
        /// 事假
        Personal = "personal",
        /// Anything else.
        Other = "other",
    }
}

crate::text_enum! {
    /// How a leave stands.
    pub enum LeaveState: Text {
        /// Waits for an answer.
        Asked = "asked",
        /// Nobody posts the broker in those days.
        Approved = "approved",
        /// It is not to be.
        Refused = "refused",
        /// Taken back.
        Withdrawn = "withdrawn",
    }
}

/// A leave as it is asked for.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LeaveInput {
    /// Made by the client; sent again with the same body the first answer comes back.
    #[schema(required, value_type = Id)]
    pub id: Option<Id>,
    /// For whom; a broker leaves it out, who asks for a broker of the branch must name them.
    pub broker_id: Option<Id>,
    /// The first day.
    #[schema(required, value_type = NaiveDate)]
    pub from: Option<String>,
    /// The last day; left out: the first alone.
    #[schema(value_type = Option<NaiveDate>)]
    pub to: Option<String>,
    /// Default `other`.
    #[schema(value_type = Option<LeaveKind>)]
    pub kind: Option<String>,
    /// At most 300 characters.
    #[schema(max_length = 300)]
    pub reason: Option<String>,
}

/// A leave, checked.
#[derive(Debug, Clone, Serialize)]
pub struct NewLeave {
    id: Id,
    broker: Option<Id>,
    from: NaiveDate,
    to: NaiveDate,
    kind: LeaveKind,
    reason: String,
}

impl NewLeave {
    /// Checks what was sent.
    ///
    /// # Errors
    /// By field.
    pub fn parse(input: &LeaveInput) -> Result<NewLeave> {
        let mut faults = Faults::new();
        let id = faults.take("id", input.id.ok_or("required"));
        let from = faults.take("from", input.from.as_deref().ok_or("required").and_then(date));
        let to = input.to.as_deref().map_or(from, |to| faults.take("to", date(to)));
        let kind = input
            .kind
            .as_deref()
            .map_or(Some(LeaveKind::Other), |kind| faults.take("kind", LeaveKind::parse(kind).ok_or("unknown_value")));
        let reason = faults.take("reason", notes(input.reason.as_deref()));
        if let (Some(from), Some(to)) = (from, to) {
            at_most(&mut faults, from, to, MOST_DAYS);
        }
        match (id, from, to, kind, reason) {
            (Some(id), Some(from), Some(to), Some(kind), Some(reason)) if faults.is_empty() => {
                Ok(NewLeave { id, broker: input.broker_id, from, to, kind, reason })
            }
            _ => Err(faults.into_error()),
        }
    }
}

/// A leave as the API shows it.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Serialize, Deserialize, ToSchema)]
#[diesel(table_name = leaves)]
pub struct Leave {
    /// Its id.
    pub id: Id,
    /// Whose.
    pub broker_id: Id,
    /// The first day.
    #[serde(rename = "from")]
    pub from_date: NaiveDate,
    /// The last day.
    #[serde(rename = "to")]
    pub to_date: NaiveDate,
    /// What it is for.
    pub kind: LeaveKind,
    /// Why, in words.
    pub reason: String,
    /// How it stands.
    pub state: LeaveState,
    /// When it was asked for.
    pub asked_at: At,
    /// When it was answered.
    pub decided_at: Option<At>,
    /// What was said with the answer.
    pub decision_note: String,
}

impl Leave {
    /// The days in words: `11 月 25 日 – 11 月 27 日`.
    pub fn days(&self, lang: Lang) -> String {
        let from = words::short_day(lang, self.from_date);
        if self.from_date == self.to_date {
            return from;
        }
        format!("{from} – {}", words::short_day(lang, self.to_date))
    }
}

/// Asks for leave: a broker for themselves, a coordinator or manager for a broker of their branch.
///
/// # Errors
/// `NotFound` naming `broker_id`; `Conflict("leave_overlaps")`; 422 by field.
pub fn ask(conn: &mut Conn, keys: &Keys, caller: &Caller, new: &NewLeave) -> Result<Answer<Leave>> {
    let user = caller.user()?;
    user.must_be(&[Role::Broker, Role::Coordinator, Role::Manager])?;
    let branch = user.own_branch()?.id;
    let broker = match (user.role, new.broker) {
        (Role::Broker, None) => user.id,
        (Role::Broker, Some(broker)) if broker == user.id => broker,
        (Role::Broker, Some(_)) => return Err(Error::NotFound(Some("broker_id"))),
        (_, broker) => broker.ok_or_else(|| Error::field("broker_id", "required"))?,
    };
    let earliest = caller.now.date_in(user.zone()).checked_sub_days(Days::new(LATEST_DAYS));
    requests::once(conn, keys, caller, "leave", new.id, new, |conn| {
        if earliest.is_some_and(|earliest| new.from < earliest) {
            return Err(Error::field("from", "too_long_ago"));
        }
        hold(conn, branch)?;
        broker_of(conn, branch, broker, "broker_id")?;
        let open = leaves::state.eq_any([LeaveState::Asked, LeaveState::Approved]);
        let there: i64 = leaves::table
            .filter(leaves::broker_id.eq(broker).and(open))
            .filter(leaves::from_date.le(new.to).and(leaves::to_date.ge(new.from)))
            .count()
            .get_result(conn)?;
        if there > 0 {
            return Err(Error::Conflict("leave_overlaps"));
        }
        write(conn, caller, user, branch, broker, new)
    })
}

fn write(
    conn: &mut Conn,
    caller: &Caller,
    user: &CurrentUser,
    branch: Id,
    broker: Id,
    new: &NewLeave,
) -> Result<Leave> {
    diesel::insert_into(leaves::table)
        .values((
            leaves::id.eq(new.id),
            leaves::branch_id.eq(branch),
            leaves::broker_id.eq(broker),
            leaves::from_date.eq(new.from),
            leaves::to_date.eq(new.to),
            leaves::kind.eq(new.kind),
            leaves::reason.eq(&new.reason),
            leaves::state.eq(LeaveState::Asked),
            leaves::asked_by.eq(user.id),
            leaves::asked_at.eq(caller.now),
        ))
        .execute(conn)?;
    let detail = serde_json::json!({ "broker": broker, "from": new.from, "to": new.to });
    audit::record(conn, caller, "leave.ask", Subject::new("leave", new.id, Some(branch)), detail)?;
    Ok(leaves::table.find(new.id).select(Leave::as_select()).first(conn)?)
}

/// A leave within reach.
///
/// # Errors
/// `NotFound` out of reach.
pub fn find(conn: &mut Conn, reach: Reach, id: Id) -> Result<Leave> {
    let mut query = leaves::table.filter(leaves::id.eq(id)).select(Leave::as_select()).into_boxed();
    match reach {
        Reach::All => {}
        Reach::Branch(branch) => query = query.filter(leaves::branch_id.eq(branch)),
        Reach::Own { broker, .. } => query = query.filter(leaves::broker_id.eq(broker)),
    }
    Ok(query.first(conn)?)
}

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
