//! Leave (休假): a broker asks, the branch's coordinator or manager approves or refuses. Nobody on approved leave is posted.

mod answers;

use chrono::{Days, NaiveDate};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use self::answers::{DueMeanwhile, LeaveDecision, decide, due_meanwhile, standing, withdraw};
use super::rules::hold;
use super::{broker_of, notes};
use crate::attendance::filter::{at_most, date};
use crate::audit::{self, Subject};
use crate::db::schema::leaves;
use crate::db::{At, Conn, Id};
use crate::error::{Error, Faults, Result};
use crate::keys::Keys;
use crate::language::Lang;
use crate::people::{Caller, CurrentUser, Reach, Role};
use crate::requests::{self, Answer};
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
