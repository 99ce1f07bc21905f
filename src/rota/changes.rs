//! What happens to a live shift: assigned, moved, removed. Each is a fact of its own: who, when, why, told to whom it concerns.
//!
//! These verbs judge and write, but neither hold the branch nor tell anybody: their callers do, once for all that they change (`rules::hold`, `tell::tell`).

use chrono::NaiveDate;
use diesel::prelude::*;

use super::rules::Book;
use super::shifts::Shift;
use super::swaps;
use crate::audit::{self, Subject};
use crate::db::schema::{attendance_corrections, checkins, shift_changes, shifts};
use crate::db::{At, Conn, Id, serialise};
use crate::error::{Error, Result};
use crate::people::Caller;
use crate::requests;

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
}

impl Why {
    /// For a reason in words.
    pub fn because(reason: impl Into<String>) -> Why {
        Why { reason: reason.into(), publication: None }
    }
}

/// What happened to a shift.
#[derive(Clone, Copy, Debug, PartialEq, Eq, diesel::expression::AsExpression, diesel::deserialize::FromSqlRow)]
#[diesel(sql_type = diesel::sql_types::Text)]
pub enum ChangeKind {
    /// It is new.
    Assigned,
    /// It is elsewhere, or at other times.
    Moved,
    /// It is no more.
    Removed,
}

crate::text_column!(ChangeKind);

impl ChangeKind {
    /// All of them.
    pub const ALL: [ChangeKind; 3] = [ChangeKind::Assigned, ChangeKind::Moved, ChangeKind::Removed];

    /// As the database has it.
    pub fn as_str(self) -> &'static str {
        match self {
            ChangeKind::Assigned => "assigned",
            ChangeKind::Moved => "moved",
            ChangeKind::Removed => "removed",
        }
    }

    /// Reads a name.
    pub fn parse(text: &str) -> Option<ChangeKind> {
        ChangeKind::ALL.into_iter().find(|kind| kind.as_str() == text)
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
    fn of(shift: &Shift) -> Stand {
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

/// Puts a broker of the book's branch somewhere on a date, under the id `id`.
///
/// # Errors
/// What a clash is as an error; `Conflict("broker_busy")`.
pub fn assign(
    conn: &mut Conn,
    caller: &Caller,
    book: &Book,
    id: Id,
    slot: &Slot,
    why: &Why,
) -> Result<(Shift, Change)> {
    book.known(slot.broker_id, slot.outlet_id)?;
    // A check-in of that day waits, or is waited for.
    serialise(conn, slot.broker_id)?;
    let taken: i64 = shifts::table
        .filter(shifts::broker_id.eq(slot.broker_id).and(shifts::date.eq(slot.date)))
        .count()
        .get_result(conn)?;
    if taken > 0 {
        return Err(Error::Conflict("broker_busy"));
    }
    let (starts_at, ends_at) = book.judge(slot.broker_id, slot.outlet_id, slot.date, slot.starts_at, slot.ends_at)?;
    let Slot { outlet_id, broker_id, date, .. } = *slot;
    let shift = Shift { id, outlet_id, broker_id, date, starts_at, ends_at };
    diesel::insert_into(shifts::table)
        .values((
            shifts::id.eq(shift.id),
            shifts::branch_id.eq(book.branch),
            shifts::outlet_id.eq(shift.outlet_id),
            shifts::broker_id.eq(shift.broker_id),
            shifts::date.eq(shift.date),
            shifts::starts_at.eq(shift.starts_at),
            shifts::ends_at.eq(shift.ends_at),
            shifts::created_by.eq(caller.user()?.id),
            shifts::created_at.eq(caller.now),
        ))
        .execute(conn)?;
    let change = change_of(ChangeKind::Assigned, &shift, 0, None, Some(Stand::of(&shift)), why);
    keep(conn, caller, book.branch, &change, why)?;
    Ok((shift, change))
}

/// Moves a shift to another outlet or other times; broker and date stay, and so does its id. None: it stands so already.
///
/// # Errors
/// `NotFound` where the branch has no such shift; `Conflict("has_checkins")`; what a clash is as an error.
pub fn shift_to(
    conn: &mut Conn,
    caller: &Caller,
    book: &Book,
    id: Id,
    outlet: Id,
    times: (Option<At>, Option<At>),
    why: &Why,
) -> Result<Option<Change>> {
    let (mut shift, sequence) = find(conn, book.branch, id)?;
    let (starts_at, ends_at) = book.judge(shift.broker_id, outlet, shift.date, times.0, times.1)?;
    let (old, new) = (Stand::of(&shift), Stand { outlet_id: outlet, starts_at, ends_at });
    if old == new {
        return Ok(None);
    }
    unused(conn, &shift)?;
    diesel::update(shifts::table.find(id))
        .set((
            shifts::outlet_id.eq(outlet),
            shifts::starts_at.eq(starts_at),
            shifts::ends_at.eq(ends_at),
            shifts::sequence.eq(sequence + 1),
        ))
        .execute(conn)?;
    (shift.outlet_id, shift.starts_at, shift.ends_at) = (outlet, starts_at, ends_at);
    let change = change_of(ChangeKind::Moved, &shift, sequence + 1, Some(old), Some(new), why);
    keep(conn, caller, book.branch, &change, why)?;
    Ok(Some(change))
}

/// Takes a shift of the branch away.
///
/// # Errors
/// `NotFound` where the branch has no such shift; `Conflict`: `has_checkins`, `has_correction`.
pub fn remove(conn: &mut Conn, caller: &Caller, branch: Id, id: Id, why: &Why) -> Result<Change> {
    let (shift, sequence) = find(conn, branch, id)?;
    unused(conn, &shift)?;
    if diesel::delete(shifts::table.find(id)).execute(conn)? == 0 {
        return Err(Error::Gone);
    }
    requests::forget(conn, id, caller.now)?;
    let change = change_of(ChangeKind::Removed, &shift, sequence + 1, Some(Stand::of(&shift)), None, why);
    keep(conn, caller, branch, &change, why)?;
    Ok(change)
}

fn find(conn: &mut Conn, branch: Id, id: Id) -> Result<(Shift, i32)> {
    Ok(shifts::table
        .filter(shifts::id.eq(id).and(shifts::branch_id.eq(branch)))
        .select((Shift::as_select(), shifts::sequence))
        .first(conn)?)
}

/// Whether nobody has checked in for it or asked for a correction: those stay with what they were about.
fn unused(conn: &mut Conn, shift: &Shift) -> Result<()> {
    // A check-in for it that is being received either is there now or will see it as it is afterwards.
    serialise(conn, shift.broker_id)?;
    let checked_in: i64 = checkins::table.filter(checkins::shift_id.eq(shift.id)).count().get_result(conn)?;
    if checked_in > 0 {
        return Err(Error::Conflict("has_checkins"));
    }
    let asked: i64 =
        attendance_corrections::table.filter(attendance_corrections::shift_id.eq(shift.id)).count().get_result(conn)?;
    if asked > 0 { Err(Error::Conflict("has_correction")) } else { Ok(()) }
}

fn change_of(
    kind: ChangeKind,
    shift: &Shift,
    sequence: i32,
    old: Option<Stand>,
    new: Option<Stand>,
    why: &Why,
) -> Change {
    let Shift { id: shift_id, broker_id, date, .. } = *shift;
    Change { kind, shift_id, sequence, broker_id, date, old, new, reason: why.reason.clone() }
}

/// Writes the fact and its audit entry.
fn keep(conn: &mut Conn, caller: &Caller, branch: Id, change: &Change, why: &Why) -> Result<()> {
    let user = caller.user()?.id;
    let (old, new) = (change.old.as_ref(), change.new.as_ref());
    diesel::insert_into(shift_changes::table)
        .values((
            shift_changes::id.eq(Id::new()),
            shift_changes::branch_id.eq(branch),
            shift_changes::shift_id.eq(change.shift_id),
            shift_changes::sequence.eq(change.sequence),
            shift_changes::kind.eq(change.kind),
            shift_changes::broker_id.eq(change.broker_id),
            shift_changes::date.eq(change.date),
            (
                shift_changes::old_outlet_id.eq(old.map(|s| s.outlet_id)),
                shift_changes::old_starts_at.eq(old.map(|s| s.starts_at)),
                shift_changes::old_ends_at.eq(old.map(|s| s.ends_at)),
                shift_changes::new_outlet_id.eq(new.map(|s| s.outlet_id)),
                shift_changes::new_starts_at.eq(new.map(|s| s.starts_at)),
                shift_changes::new_ends_at.eq(new.map(|s| s.ends_at)),
            ),
            shift_changes::reason.eq(&change.reason),
            shift_changes::publication_id.eq(why.publication),
            shift_changes::by_user.eq(user),
            shift_changes::at.eq(caller.now),
        ))
        .execute(conn)?;
    if change.kind != ChangeKind::Assigned {
        // A swap was about the shift as it stood.
        swaps::lapse_of(conn, branch, change.shift_id, caller.now)?;
    }
    let action = match change.kind {
        ChangeKind::Assigned => "shift.create",
        ChangeKind::Moved => "shift.move",
        ChangeKind::Removed => "shift.delete",
    };
    let outlet = new.or(old).map(|s| s.outlet_id);
    let detail = serde_json::json!({ "broker": change.broker_id, "outlet": outlet, "date": change.date });
    audit::record(conn, caller, action, Subject::new("shift", change.shift_id, Some(branch)), detail)
}
