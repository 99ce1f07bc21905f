//! What becomes of an offer: the colleague takes it or does not, its maker takes it back, the branch approves or refuses it.

use serde::Deserialize;
use utoipa::ToSchema;

use super::{OPEN, Swap, SwapState, book_of, find, keep, may_be, said, shift_of};
use crate::db::{At, Conn, Id};
use crate::error::{Error, Result};
use crate::mail::Post;
use crate::people::{Caller, Reach, Role};
use crate::rota::changes::{Made, Slot, Why};
use crate::rota::deeds::{Deed, make};
use crate::rota::rules::{Book, hold};
use crate::rota::shifts::Shift;
use crate::rota::{notes, tell};
use crate::t;

/// The shifts of a swap as they stand now.
fn sides(conn: &mut Conn, branch: Id, swap: &Swap) -> Result<(Shift, Option<Shift>, Id)> {
    let lapsed = || Error::Conflict("swap_lapsed");
    let to = swap.to_broker_id.ok_or_else(lapsed)?;
    let shift = shift_of(conn, branch, swap.shift_id)?.filter(|s| s.broker_id == swap.from_broker_id);
    let other = match swap.other_shift_id {
        Some(id) => Some(shift_of(conn, branch, id)?.filter(|s| s.broker_id == to).ok_or_else(lapsed)?),
        None => None,
    };
    Ok((shift.ok_or_else(lapsed)?, other, to))
}

/// The colleague takes a swap or does not; who offered it is told by mail.
///
/// # Errors
/// `NotFound` where it was offered to somebody else; `Conflict`: `already_decided`, `swap_lapsed`, `swap_past`, `swap_not_possible`.
pub fn reply(conn: &mut Conn, post: &Post, caller: &Caller, id: Id, take: bool) -> Result<Swap> {
    let user = caller.user()?;
    user.must_be(&[Role::Broker])?;
    let branch = user.own_branch()?.id;
    hold(conn, branch)?;
    let mut swap = find(conn, user.reach(), id)?;
    if swap.to_broker_id != Some(user.id) {
        return Err(Error::not_found());
    }
    if swap.state != SwapState::Offered {
        return Err(Error::Conflict("already_decided"));
    }
    if take {
        let (shift, other, to) = sides(conn, branch, &swap)?;
        may_be(conn, branch, caller.now, &shift, other.as_ref(), to)?;
        (swap.state, swap.taken_at) = (SwapState::Taken, Some(caller.now));
    } else {
        (swap.state, swap.decided_at) = (SwapState::Declined, Some(caller.now));
    }
    keep(conn, caller, branch, &swap, None)?;
    let (what, name) = (swap.state.as_str(), user.name.as_str());
    let from = swap.from_broker_id;
    tell::answer(conn, post, caller, user.zone(), from, &Made::default(), &|lang| said(lang, what, name, &swap))?;
    Ok(swap)
}

/// Who offered a swap takes it back; the colleague is told by mail.
///
/// # Errors
/// `NotFound` where somebody else offered it; `Conflict("already_decided")`.
pub fn withdraw(conn: &mut Conn, post: &Post, caller: &Caller, id: Id) -> Result<Swap> {
    let user = caller.user()?;
    user.must_be(&[Role::Broker])?;
    let branch = user.own_branch()?.id;
    hold(conn, branch)?;
    let mut swap = find(conn, user.reach(), id)?;
    if swap.from_broker_id != user.id {
        return Err(Error::not_found());
    }
    if !OPEN.contains(&swap.state) {
        return Err(Error::Conflict("already_decided"));
    }
    (swap.state, swap.decided_at) = (SwapState::Withdrawn, Some(caller.now));
    keep(conn, caller, branch, &swap, None)?;
    if let Some(to) = swap.to_broker_id {
        let (zone, name) = (user.zone(), user.name.as_str());
        tell::answer(conn, post, caller, zone, to, &Made::default(), &|lang| said(lang, "withdrawn", name, &swap))?;
    }
    Ok(swap)
}

/// The branch's answer to a swap.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SwapDecision {
    /// Whether it may be.
    pub approve: bool,
    /// What to say with it; at most 300 characters.
    #[schema(max_length = 300)]
    pub note: Option<String>,
}

/// Answers a swap that a colleague took. Approved, both shifts change hands at once; both people are told by mail.
///
/// # Errors
/// `NotFound` out of reach; `Conflict`: `already_decided`, `swap_lapsed`, `swap_past`, or the rule that it would break.
pub fn decide(conn: &mut Conn, post: &Post, caller: &Caller, id: Id, decision: &SwapDecision) -> Result<Swap> {
    let user = caller.user()?;
    user.must_be(&[Role::Coordinator, Role::Manager])?;
    let branch = user.own_branch()?.id;
    hold(conn, branch)?;
    let mut swap = find(conn, Reach::Branch(branch), id)?;
    let note = notes(decision.note.as_deref()).map_err(|code| Error::field("note", code))?;
    if swap.state != SwapState::Taken {
        return Err(Error::Conflict("already_decided"));
    }
    swap.state = if decision.approve { SwapState::Approved } else { SwapState::Refused };
    (swap.decided_at, swap.decision_note) = (Some(caller.now), note);
    // Kept first: what moves the shifts lets lapse what is still open about them.
    keep(conn, caller, branch, &swap, Some(user.id))?;
    let made = if decision.approve { apply(conn, caller, branch, &swap)? } else { Made::default() };
    let (what, name) = (swap.state.as_str(), user.name.as_str());
    let people: Vec<Id> = swap.people().collect();
    for person in &people {
        tell::answer(conn, post, caller, user.zone(), *person, &made, &|lang| said(lang, what, name, &swap))?;
    }
    tell::lapsed(conn, post, caller, user.zone(), &made.lapsed, &people)?;
    Ok(swap)
}

/// Moves both shifts under the hard rules, or neither.
fn apply(conn: &mut Conn, caller: &Caller, branch: Id, swap: &Swap) -> Result<Made> {
    let (shift, other, to) = sides(conn, branch, swap)?;
    if shift.starts_at <= caller.now || other.as_ref().is_some_and(|o| o.starts_at <= caller.now) {
        return Err(Error::Conflict("swap_past"));
    }
    let why = Why::because(t!(caller.user()?.language, "swap-why"));
    let book = book_of(conn, branch, &shift, other.as_ref(), to)?;
    let hand_over = |shift: &Shift, to: Id| [Deed::Remove(shift.id), Deed::Assign(Id::new(), slot(&book, shift, to))];
    let mut deeds: Vec<Deed> = hand_over(&shift, to).into();
    deeds.extend(other.iter().flat_map(|other| hand_over(other, shift.broker_id)));
    make(conn, caller, &book, deeds, &why).map_err(|error| match error {
        // Somebody was suspended, or is of another branch by now.
        Error::NotFound(_) => Error::Conflict("swap_lapsed"),
        other => other,
    })
}

/// The shift as somebody else's. Its times stay; they count as given only where they differ from the outlet's hours.
fn slot(book: &Book, shift: &Shift, broker_id: Id) -> Slot {
    let Shift { outlet_id, date, starts_at, ends_at, .. } = *shift;
    let by_hours = book.judge(broker_id, outlet_id, date, None, None) == Ok((starts_at, ends_at));
    let given = |at: At| (!by_hours).then_some(at);
    Slot { outlet_id, broker_id, date, starts_at: given(starts_at), ends_at: given(ends_at) }
}
