//! Swaps (换班): a broker offers a shift to a colleague, against one of theirs or given away; the colleague takes it, the branch approves it.

mod answers;
mod lapse;

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use self::answers::{SwapDecision, decide, reply, withdraw};
pub use self::lapse::{lapse_of, lapse_past, lapsed_words};
use super::changes::Made;
use super::letters::Answered;
use super::rules::{Book, Scope, hold};
use super::shifts::Shift;
use super::{broker_of, notes, tell};
use crate::audit::{self, Subject};
use crate::db::schema::{shifts, swaps, users};
use crate::db::{At, Conn, Id};
use crate::error::{Error, Faults, Result};
use crate::language::Lang;
use crate::mail::Post;
use crate::people::{Caller, Reach, Role};
use crate::requests::{self, Answer};
use crate::t;
use crate::templates::attendance::words;

crate::text_enum! {
    /// How a swap stands.
    pub enum SwapState: Text {
        /// The colleague has not answered.
        Offered = "offered",
        /// The colleague takes it; the branch has not answered.
        Taken = "taken",
        /// It is so.
        Approved = "approved",
        /// The branch does not want it.
        Refused = "refused",
        /// The colleague does not want it.
        Declined = "declined",
        /// Taken back by who offered it.
        Withdrawn = "withdrawn",
        /// The day passed, or the shift changed.
        Lapsed = "lapsed",
    }
}

const OPEN: [SwapState; 2] = [SwapState::Offered, SwapState::Taken];

/// Waits for somebody: in the words of the index over those that do.
pub fn is_open() -> diesel::expression::SqlLiteral<diesel::sql_types::Bool> {
    diesel::dsl::sql("swaps.state IN ('offered', 'taken')")
}

/// A swap as it is offered.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SwapInput {
    /// Made by the client; sent again with the same body the first answer comes back.
    #[schema(required, value_type = Id)]
    pub id: Option<Id>,
    /// The shift that is offered: one's own.
    #[schema(required, value_type = Id)]
    pub shift_id: Option<Id>,
    /// To whom it is given away; left out where it is against a shift of theirs.
    pub to_broker_id: Option<Id>,
    /// The colleague's shift that one would take instead; left out: given away.
    pub other_shift_id: Option<Id>,
    /// Why; at most 300 characters.
    #[schema(max_length = 300)]
    pub reason: Option<String>,
}

/// A swap, checked.
#[derive(Debug, Clone, Serialize)]
pub struct NewSwap {
    id: Id,
    shift: Id,
    to: Option<Id>,
    other: Option<Id>,
    reason: String,
}

impl NewSwap {
    /// Checks what was sent.
    ///
    /// # Errors
    /// By field.
    pub fn parse(input: &SwapInput) -> Result<NewSwap> {
        let mut faults = Faults::new();
        let id = faults.take("id", input.id.ok_or("required"));
        let shift = faults.take("shift_id", input.shift_id.ok_or("required"));
        let reason = faults.take("reason", notes(input.reason.as_deref()));
        if input.to_broker_id.is_none() && input.other_shift_id.is_none() {
            faults.add("to_broker_id", "required");
        }
        match (id, shift, reason) {
            (Some(id), Some(shift), Some(reason)) if faults.is_empty() => {
                Ok(NewSwap { id, shift, to: input.to_broker_id, other: input.other_shift_id, reason })
            }
            _ => Err(faults.into_error()),
        }
    }
}

/// A swap as the API shows it.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Serialize, Deserialize, ToSchema)]
#[diesel(table_name = swaps)]
pub struct Swap {
    /// Its id.
    pub id: Id,
    /// The shift that is offered.
    pub shift_id: Id,
    /// Its local date.
    pub date: NaiveDate,
    /// Who offers it.
    pub from_broker_id: Id,
    /// Who is asked to take it.
    pub to_broker_id: Option<Id>,
    /// The shift taken instead; null: given away.
    pub other_shift_id: Option<Id>,
    /// Its local date.
    pub other_date: Option<NaiveDate>,
    /// Why.
    pub reason: String,
    /// How it stands.
    pub state: SwapState,
    /// When it was offered.
    pub offered_at: At,
    /// When the colleague took it.
    pub taken_at: Option<At>,
    /// When it came to its end.
    pub decided_at: Option<At>,
    /// What the branch said.
    pub decision_note: String,
}

impl Swap {
    /// Both people in it.
    pub fn people(&self) -> impl Iterator<Item = Id> {
        [Some(self.from_broker_id), self.to_broker_id].into_iter().flatten()
    }

    /// Its days in words.
    pub fn days(&self, lang: Lang) -> String {
        let own = words::column_day(lang, self.date);
        match self.other_date {
            Some(other) => t!(lang, "swap-days", one = own, other = words::column_day(lang, other)),
            None => own,
        }
    }
}

/// Why somebody cannot stand where a shift is moved to: the code of the rule it breaks.
pub fn clash(book: &Book, shift: &Shift, other: Option<&Shift>, to: Id) -> Option<&'static str> {
    let moved = [Some(shift.id), other.map(|o| o.id)];
    let at = |broker: Id, slot: &Shift| {
        let busy = |s: &&Shift| s.broker_id == broker && s.date == slot.date && !moved.contains(&Some(s.id));
        if book.shifts.iter().any(|s| busy(&s)) {
            return Some("broker_busy");
        }
        let judged = book.judge(broker, slot.outlet_id, slot.date, Some(slot.starts_at), Some(slot.ends_at));
        judged.err().map(|clash| clash.code())
    };
    at(to, shift).or_else(|| other.and_then(|other| at(shift.broker_id, other)))
}

/// The book over both sides of a swap.
///
/// # Errors
/// What the database says.
pub fn book_of(conn: &mut Conn, branch: Id, shift: &Shift, other: Option<&Shift>, to: Id) -> Result<Book> {
    let dates = [Some(shift.date), other.map(|o| o.date)];
    let (from, until) = (dates.iter().flatten().min(), dates.iter().flatten().max());
    let outlets = [Some(shift.outlet_id), other.map(|o| o.outlet_id)].into_iter().flatten().collect();
    let scope = Scope {
        from: from.copied().unwrap_or(shift.date),
        to: until.copied().unwrap_or(shift.date),
        brokers: Some(vec![shift.broker_id, to]),
        outlets: Some(outlets),
        history: false,
    };
    Book::of(conn, branch, &scope)
}

fn shift_of(conn: &mut Conn, branch: Id, id: Id) -> Result<Option<Shift>> {
    let found = shifts::table.filter(shifts::id.eq(id).and(shifts::branch_id.eq(branch)));
    Ok(found.select(Shift::as_select()).first(conn).optional()?)
}

/// Offers a swap; the colleague is told by mail.
///
/// # Errors
/// `NotFound` naming `shift_id`, `to_broker_id`, `other_shift_id`; `Conflict`: `swap_past`, `swap_open`, `swap_not_possible`.
pub fn offer(conn: &mut Conn, post: &Post, caller: &Caller, new: &NewSwap) -> Result<Answer<Swap>> {
    let user = caller.user()?;
    user.must_be(&[Role::Broker])?;
    let branch = user.own_branch()?.id;
    requests::once(conn, &post.keys, caller, "swap", new.id, new, |conn| {
        hold(conn, branch)?;
        let shift = shift_of(conn, branch, new.shift)?.filter(|shift| shift.broker_id == user.id);
        let shift = shift.ok_or(Error::NotFound(Some("shift_id")))?;
        let other = match new.other {
            Some(id) => {
                let theirs = shift_of(conn, branch, id)?.filter(|other| other.broker_id != user.id);
                Some(theirs.ok_or(Error::NotFound(Some("other_shift_id")))?)
            }
            None => None,
        };
        let to = new.to.or(other.as_ref().map(|o| o.broker_id)).ok_or(Error::NotFound(Some("to_broker_id")))?;
        if to == user.id || other.as_ref().is_some_and(|o| o.broker_id != to) {
            return Err(Error::NotFound(Some("to_broker_id")));
        }
        broker_of(conn, branch, to, "to_broker_id")?;
        may_be(conn, branch, caller.now, &shift, other.as_ref(), to)?;
        let open: i64 = swaps::table
            .filter(swaps::branch_id.eq(branch).and(is_open()).and(swaps::shift_id.eq(shift.id)))
            .count()
            .get_result(conn)?;
        if open > 0 {
            return Err(Error::Conflict("swap_open"));
        }
        let swap = write(conn, caller, branch, new, &shift, other.as_ref(), to)?;
        let name = user.name.as_str();
        tell::answer(conn, post, caller, user.zone(), to, &Made::default(), &|lang| {
            said(lang, if swap.other_shift_id.is_some() { "offered" } else { "given" }, name, &swap)
        })?;
        Ok(swap)
    })
}

/// Why a rule keeps it from being is nobody's business among colleagues: leave, or whom an outlet does not want.
fn may_be(conn: &mut Conn, branch: Id, now: At, shift: &Shift, other: Option<&Shift>, to: Id) -> Result<()> {
    if shift.starts_at <= now || other.is_some_and(|other| other.starts_at <= now) {
        return Err(Error::Conflict("swap_past"));
    }
    let book = book_of(conn, branch, shift, other, to)?;
    match clash(&book, shift, other, to) {
        Some(_) => Err(Error::Conflict("swap_not_possible")),
        None => Ok(()),
    }
}

fn write(
    conn: &mut Conn,
    caller: &Caller,
    branch: Id,
    new: &NewSwap,
    shift: &Shift,
    other: Option<&Shift>,
    to: Id,
) -> Result<Swap> {
    diesel::insert_into(swaps::table)
        .values((
            swaps::id.eq(new.id),
            swaps::branch_id.eq(branch),
            swaps::shift_id.eq(shift.id),
            swaps::date.eq(shift.date),
            swaps::from_broker_id.eq(shift.broker_id),
            swaps::to_broker_id.eq(to),
            swaps::other_shift_id.eq(other.map(|o| o.id)),
            swaps::other_date.eq(other.map(|o| o.date)),
            swaps::reason.eq(&new.reason),
            swaps::state.eq(SwapState::Offered),
            swaps::offered_at.eq(caller.now),
        ))
        .execute(conn)?;
    let detail = serde_json::json!({ "shift": shift.id, "to": to, "other": other.map(|o| o.id) });
    audit::record(conn, caller, "swap.offer", Subject::new("swap", new.id, Some(branch)), detail)?;
    Ok(swaps::table.find(new.id).select(Swap::as_select()).first(conn)?)
}

/// What a mail about a swap says; `name`: who did it.
fn said(lang: Lang, what: &str, name: &str, swap: &Swap) -> Answered {
    let mut about = vec![swap.days(lang)];
    about.extend([&swap.reason, &swap.decision_note].into_iter().filter(|text| !text.is_empty()).cloned());
    Answered {
        subject: t!(lang, &format!("swap-mail-{what}")),
        lead: t!(lang, &format!("swap-mail-{what}-lead"), name = name),
        about,
    }
}

/// A swap within reach: a broker's own, offered by or to them.
///
/// # Errors
/// `NotFound` out of reach.
pub fn find(conn: &mut Conn, reach: Reach, id: Id) -> Result<Swap> {
    let mut query = swaps::table.filter(swaps::id.eq(id)).select(Swap::as_select()).into_boxed();
    match reach {
        Reach::All => {}
        Reach::Branch(branch) => query = query.filter(swaps::branch_id.eq(branch)),
        Reach::Own { broker, .. } => {
            query = query.filter(swaps::from_broker_id.eq(broker).or(swaps::to_broker_id.eq(broker)));
        }
    }
    Ok(query.first(conn)?)
}

fn keep(conn: &mut Conn, caller: &Caller, branch: Id, swap: &Swap, decided_by: Option<Id>) -> Result<()> {
    diesel::update(swaps::table.find(swap.id))
        .set((
            swaps::state.eq(swap.state),
            swaps::taken_at.eq(swap.taken_at),
            swaps::decided_by.eq(decided_by),
            swaps::decided_at.eq(swap.decided_at),
            swaps::decision_note.eq(&swap.decision_note),
        ))
        .execute(conn)?;
    let detail = serde_json::json!({ "state": swap.state });
    audit::record(conn, caller, "swap.change", Subject::new("swap", swap.id, Some(branch)), detail)
}

/// The names of some people.
///
/// # Errors
/// What the database says.
pub fn names(conn: &mut Conn, people: Vec<Id>) -> Result<HashMap<Id, String>> {
    let rows: Vec<(Id, String)> =
        users::table.filter(users::id.eq_any(people)).select((users::id, users::name)).load(conn)?;
    Ok(rows.into_iter().collect())
}
