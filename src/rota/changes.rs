//! What happens to a live shift: assigned, moved, removed. Each is a fact of its own: who, when, why, told to whom it concerns.
//!
//! The verbs here are for one shift; `deeds` makes any number at once.

use chrono::NaiveDate;

use super::deeds::{Deed, make};
use super::rules::Book;
use super::shifts::Shift;
use super::swaps::Swap;
use crate::db::{At, Conn, Id};
use crate::error::{Error, Result};
use crate::people::Caller;

/// Somebody somewhere on a date, with the times where they are not the outlet's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    /// Where.
    pub outlet_id: Id,
    /// Who.
    pub broker_id: Id,
    /// On which local date.
    pub date: NaiveDate,
    /// From when; none: by the outlet's hours.
    pub starts_at: Option<At>,
    /// Until when; none: by the outlet's hours.
    pub ends_at: Option<At>,
}

/// Why a shift changes.
#[derive(Clone, Debug, Default)]
pub struct Why {
    /// In words, as the broker reads it; empty where nothing was said.
    pub reason: String,
    /// The publication that it is part of.
    pub publication: Option<Id>,
    /// The move of the hand on the board that it is part of.
    pub edit: Option<Id>,
}

impl Why {
    /// For a reason in words.
    pub fn because(reason: impl Into<String>) -> Why {
        Why { reason: reason.into(), ..Why::default() }
    }
}

crate::text_enum! {
    /// What happened to a shift.
    pub enum ChangeKind: Text {
        /// It is new.
        Assigned = "assigned",
        /// It is elsewhere, or at other times.
        Moved = "moved",
        /// It is no more.
        Removed = "removed",
    }
}

/// Where and when a shift stood or stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stand {
    /// Where.
    pub outlet_id: Id,
    /// From when.
    pub starts_at: At,
    /// Until when.
    pub ends_at: At,
}

impl Stand {
    /// As a shift has it.
    pub fn of(shift: &Shift) -> Stand {
        Stand { outlet_id: shift.outlet_id, starts_at: shift.starts_at, ends_at: shift.ends_at }
    }
}

/// One change of one shift.
#[derive(Clone, Debug)]
pub struct Change {
    /// What happened.
    pub kind: ChangeKind,
    /// To which shift.
    pub shift_id: Id,
    /// Its number among the shift's changes.
    pub sequence: i32,
    /// Whose.
    pub broker_id: Id,
    /// On which local date.
    pub date: NaiveDate,
    /// As it stood; none for a new one.
    pub old: Option<Stand>,
    /// As it stands; none for a removed one.
    pub new: Option<Stand>,
    /// Why, in words.
    pub reason: String,
}

/// What some deeds came to.
#[derive(Clone, Debug, Default)]
pub struct Made {
    /// The changes, as they were asked for; a shift that stood so already is none.
    pub changes: Vec<Change>,
    /// The swaps that were open about shifts which changed: over.
    pub lapsed: Vec<Swap>,
}

impl Made {
    /// With more.
    pub fn extend(&mut self, more: Made) {
        self.changes.extend(more.changes);
        self.lapsed.extend(more.lapsed);
    }
}

/// Puts a broker of the book's branch somewhere on a date, under the id `id`.
///
/// # Errors
/// What a clash is as an error; `Conflict("broker_busy")`.
pub fn assign(conn: &mut Conn, caller: &Caller, book: &Book, id: Id, slot: &Slot, why: &Why) -> Result<(Shift, Made)> {
    let made = make(conn, caller, book, vec![Deed::Assign(id, slot.clone())], why)?;
    let Slot { outlet_id, broker_id, date, starts_at, ends_at } = *slot;
    let stand =
        made.changes.first().and_then(|change| change.new).ok_or_else(|| Error::internal("no shift was made"))?;
    let (own_start, own_end) = (starts_at.is_some(), ends_at.is_some());
    let Stand { starts_at, ends_at, .. } = stand;
    Ok((Shift { id, outlet_id, broker_id, date, starts_at, ends_at, own_start, own_end }, made))
}

/// Takes shifts of the book's branch away.
///
/// # Errors
/// `NotFound` where the branch has no such shift; `Conflict`: `has_checkins`, `has_correction`.
pub fn remove(conn: &mut Conn, caller: &Caller, book: &Book, ids: Vec<Id>, why: &Why) -> Result<Made> {
    make(conn, caller, book, ids.into_iter().map(Deed::Remove).collect(), why)
}
