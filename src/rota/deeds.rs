//! Making changes of live shifts: any number at once, all of them or none, in a number of statements that does not grow with them.
//!
//! What is asked for is judged and written here, but nobody is held or told: callers do that, once for all that they change (`rules::hold`, `tell::tell`).

use std::collections::{BTreeSet, HashMap, HashSet};

use chrono::NaiveDate;
use diesel::prelude::*;

use super::changes::{Change, ChangeKind, Made, Slot, Stand, Why};
use super::posts::{Place, Post};
use super::rules::Book;
use super::shifts::Shift;
use super::swaps;
use crate::attendance::days;
use crate::audit::{self, Subject};
use crate::db::schema::{attendance_corrections, checkins, shift_changes, shifts};
use crate::db::{Conn, Id, serialise};
use crate::error::{Error, Result};
use crate::on_either;
use crate::people::Caller;
use crate::requests;

/// How many rows or ids go in one statement: under the limits of bound values of both databases.
const AT_ONCE: usize = 500;

/// What is to become of a shift.
#[derive(Clone, Debug)]
pub enum Deed {
    /// A new one, under this id.
    Assign(Id, Slot),
    /// Elsewhere, or at other times; its broker and date stay.
    Move(Id, Post),
    /// Away.
    Remove(Id),
}

/// A deed that was judged: how the shift is before and after.
struct Step {
    kind: ChangeKind,
    shift: Shift,
    old: Option<Stand>,
    sequence: i32,
}

impl Step {
    fn new_stand(&self) -> Option<Stand> {
        (self.kind != ChangeKind::Removed).then(|| Stand::of(&self.shift))
    }
}

/// Judges and makes deeds of the book's branch.
///
/// # Errors
/// `NotFound` where the branch has no such shift; `Conflict`: `broker_busy`, `has_checkins`, `has_correction`; what a clash is as an error.
pub fn make(conn: &mut Conn, caller: &Caller, book: &Book, deeds: Vec<Deed>, why: &Why) -> Result<Made> {
    let facts = Facts::load(conn, caller, book, &deeds)?;
    let mut steps = Vec::with_capacity(deeds.len());
    for deed in deeds {
        steps.extend(facts.judge(book, deed)?);
    }
    write(conn, caller, book.branch, &steps)?;
    keep(conn, caller, book.branch, &steps, why)?;
    let changed: HashSet<Id> =
        steps.iter().filter(|step| step.kind != ChangeKind::Assigned).map(|step| step.shift.id).collect();
    // A swap was about the shift as it stood.
    let lapsed = swaps::lapse_of(conn, caller, book.branch, &changed)?;
    Ok(Made { changes: steps.into_iter().map(|step| change(step, why)).collect(), lapsed })
}

fn change(step: Step, why: &Why) -> Change {
    let new = step.new_stand();
    let Step { kind, shift, old, sequence } = step;
    let Shift { id: shift_id, broker_id, date, .. } = shift;
    Change { kind, shift_id, sequence, broker_id, date, old, new, reason: why.reason.clone() }
}

/// How things are, for the people and shifts of some deeds.
struct Facts {
    /// The shifts that are to move or to go, with how often each changed.
    shifts: HashMap<Id, (Shift, i32)>,
    /// The days of the people who are to get one, as far as they are taken.
    taken: HashSet<Place>,
    checked_in: HashSet<Id>,
    corrected: HashSet<Id>,
}

impl Facts {
    fn load(conn: &mut Conn, caller: &Caller, book: &Book, deeds: &[Deed]) -> Result<Facts> {
        let (mut ids, mut gone, mut slots) = (Vec::new(), HashSet::new(), Vec::new());
        for deed in deeds {
            match deed {
                Deed::Assign(_, slot) => {
                    // What does not belong to the branch is answered before anybody is waited for.
                    book.known(slot.broker_id, slot.outlet_id)?;
                    slots.push((slot.broker_id, slot.date));
                }
                Deed::Move(id, _) => ids.push(*id),
                Deed::Remove(id) => {
                    ids.push(*id);
                    gone.insert(*id);
                }
            }
        }
        let shifts = of_branch(conn, book.branch, &ids)?;
        let places = shifts.values().map(|(shift, _)| (shift.broker_id, shift.date)).chain(slots.iter().copied());
        // A check-in of such a day, or a correction asked for, is there now or will see the day as it is afterwards. Of days that are not near there can be
        // none, and nobody has to wait while a month is published.
        let near = caller.now.date_in(book.zone).succ_opt().unwrap_or(NaiveDate::MAX);
        let held: BTreeSet<Id> = places.filter(|(_, date)| *date <= near).map(|(broker, _)| broker).collect();
        for broker in held {
            serialise(conn, broker)?;
        }
        let taken = taken(conn, &slots, &gone)?;
        let (mut checked_in, mut corrected) = (HashSet::new(), HashSet::new());
        for some in ids.chunks(AT_ONCE) {
            let seen = checkins::table.filter(checkins::shift_id.eq_any(some));
            checked_in
                .extend(seen.select(checkins::shift_id).distinct().load::<Option<Id>>(conn)?.into_iter().flatten());
            // A check-in belongs to a shift by person, day and outlet, also one that came before the shift was posted.
            let near: Vec<&Shift> = some
                .iter()
                .filter_map(|id| shifts.get(id))
                .map(|(shift, _)| shift)
                .filter(|s| s.date <= near)
                .collect();
            let came: HashSet<(Id, NaiveDate, Option<Id>)> = checkins::table
                .filter(checkins::branch_id.eq(book.branch))
                .filter(checkins::date.eq_any(near.iter().map(|shift| shift.date).collect::<BTreeSet<_>>()))
                .filter(checkins::broker_id.eq_any(near.iter().map(|shift| shift.broker_id).collect::<BTreeSet<_>>()))
                .select((checkins::broker_id, checkins::date, checkins::outlet_id))
                .distinct()
                .load(conn)?
                .into_iter()
                .collect();
            let has_come = |shift: &&&Shift| came.contains(&(shift.broker_id, shift.date, Some(shift.outlet_id)));
            checked_in.extend(near.iter().filter(has_come).map(|shift| shift.id));
            let asked = attendance_corrections::table.filter(attendance_corrections::shift_id.eq_any(some));
            corrected.extend(asked.select(attendance_corrections::shift_id).load::<Id>(conn)?);
        }
        Ok(Facts { shifts, taken, checked_in, corrected })
    }

    /// What a deed comes to; none: it stands so already.
    fn judge(&self, book: &Book, deed: Deed) -> Result<Option<Step>> {
        match deed {
            Deed::Assign(id, slot) => self.assigned(book, id, &slot).map(Some),
            Deed::Move(id, post) => self.moved(book, id, post),
            Deed::Remove(id) => {
                let (shift, sequence) = self.find(id)?;
                self.unused(id)?;
                let old = Some(Stand::of(&shift));
                Ok(Some(Step { kind: ChangeKind::Removed, shift, old, sequence: sequence + 1 }))
            }
        }
    }

    fn assigned(&self, book: &Book, id: Id, slot: &Slot) -> Result<Step> {
        let Slot { outlet_id, broker_id, date, starts_at, ends_at } = *slot;
        if self.taken.contains(&(broker_id, date)) {
            return Err(Error::Conflict("broker_busy"));
        }
        let (own_start, own_end) = (starts_at.is_some(), ends_at.is_some());
        let (starts_at, ends_at) = book.judge(broker_id, outlet_id, date, starts_at, ends_at)?;
        let shift = Shift { id, outlet_id, broker_id, date, starts_at, ends_at, own_start, own_end };
        Ok(Step { kind: ChangeKind::Assigned, shift, old: None, sequence: 0 })
    }

    fn moved(&self, book: &Book, id: Id, post: Post) -> Result<Option<Step>> {
        let (mut shift, sequence) = self.find(id)?;
        let times = book.judge(shift.broker_id, post.outlet_id, shift.date, post.starts_at, post.ends_at)?;
        let old = Stand::of(&shift);
        shift.outlet_id = post.outlet_id;
        (shift.starts_at, shift.ends_at) = times;
        if old == Stand::of(&shift) {
            return Ok(None);
        }
        (shift.own_start, shift.own_end) = (post.starts_at.is_some(), post.ends_at.is_some());
        self.unused(id)?;
        Ok(Some(Step { kind: ChangeKind::Moved, shift, old: Some(old), sequence: sequence + 1 }))
    }

    fn find(&self, id: Id) -> Result<(Shift, i32)> {
        self.shifts.get(&id).cloned().ok_or_else(Error::not_found)
    }

    /// Whether nobody has checked in for it or asked for a correction: those stay with what they were about.
    fn unused(&self, id: Id) -> Result<()> {
        if self.checked_in.contains(&id) {
            return Err(Error::Conflict("has_checkins"));
        }
        if self.corrected.contains(&id) { Err(Error::Conflict("has_correction")) } else { Ok(()) }
    }
}

fn of_branch(conn: &mut Conn, branch: Id, ids: &[Id]) -> Result<HashMap<Id, (Shift, i32)>> {
    let mut all = HashMap::new();
    for some in ids.chunks(AT_ONCE) {
        let rows: Vec<(Shift, i32)> = shifts::table
            .filter(shifts::id.eq_any(some).and(shifts::branch_id.eq(branch)))
            .select((Shift::as_select(), shifts::sequence))
            .load(conn)?;
        all.extend(rows.into_iter().map(|row| (row.0.id, row)));
    }
    Ok(all)
}

/// Which of the days of some people are taken, whatever the branch, but for the shifts that are to go.
fn taken(conn: &mut Conn, slots: &[Place], gone: &HashSet<Id>) -> Result<HashSet<Place>> {
    let dates = || slots.iter().map(|(_, date)| *date);
    let Some((first, last)) = dates().min().zip(dates().max()) else { return Ok(HashSet::new()) };
    let people: Vec<Id> = slots.iter().map(|(broker, _)| *broker).collect::<BTreeSet<_>>().into_iter().collect();
    let mut all = HashSet::new();
    for some in people.chunks(AT_ONCE) {
        let rows: Vec<(Id, Id, NaiveDate)> = shifts::table
            .filter(shifts::broker_id.eq_any(some).and(shifts::date.between(first, last)))
            .select((shifts::id, shifts::broker_id, shifts::date))
            .load(conn)?;
        all.extend(rows.into_iter().filter(|(id, ..)| !gone.contains(id)).map(|(_, broker, date)| (broker, date)));
    }
    Ok(all)
}

/// First what goes, then what moves, then what is new: a day of somebody's is free before it is taken again.
fn write(conn: &mut Conn, caller: &Caller, branch: Id, steps: &[Step]) -> Result<()> {
    let of = |kind: ChangeKind| steps.iter().filter(move |step| step.kind == kind);
    let gone: Vec<Id> = of(ChangeKind::Removed).map(|step| step.shift.id).collect();
    for some in gone.chunks(AT_ONCE) {
        if diesel::delete(shifts::table.filter(shifts::id.eq_any(some))).execute(conn)? != some.len() {
            return Err(Error::Gone);
        }
        requests::forget_all(conn, some, caller.now)?;
    }
    for Step { shift, sequence, .. } in of(ChangeKind::Moved) {
        diesel::update(shifts::table.find(shift.id))
            .set((
                shifts::outlet_id.eq(shift.outlet_id),
                shifts::starts_at.eq(shift.starts_at),
                shifts::ends_at.eq(shift.ends_at),
                shifts::own_start.eq(shift.own_start),
                shifts::own_end.eq(shift.own_end),
                shifts::sequence.eq(*sequence),
            ))
            .execute(conn)?;
    }
    let by = caller.user()?.id;
    let row = |Step { shift, .. }: &Step| {
        (
            shifts::id.eq(shift.id),
            shifts::branch_id.eq(branch),
            shifts::outlet_id.eq(shift.outlet_id),
            shifts::broker_id.eq(shift.broker_id),
            shifts::date.eq(shift.date),
            shifts::starts_at.eq(shift.starts_at),
            shifts::ends_at.eq(shift.ends_at),
            shifts::own_start.eq(shift.own_start),
            shifts::own_end.eq(shift.own_end),
            shifts::created_by.eq(by),
            shifts::created_at.eq(caller.now),
        )
    };
    let rows: Vec<_> = of(ChangeKind::Assigned).map(row).collect();
    for some in rows.chunks(AT_ONCE) {
        on_either!(conn, conn => diesel::insert_into(shifts::table).values(some).execute(conn)?);
    }
    let dates = || steps.iter().map(|step| step.shift.date);
    let Some((first, last)) = dates().min().zip(dates().max()) else { return Ok(()) };
    days::mark(conn, branch, first, last, caller.now)
}

/// Writes the facts and their audit entries.
fn keep(conn: &mut Conn, caller: &Caller, branch: Id, steps: &[Step], why: &Why) -> Result<()> {
    use shift_changes as c;
    let by = caller.user()?.id;
    let row = |step: &Step| {
        let (old, new) = (step.old, step.new_stand());
        (
            c::id.eq(Id::new()),
            c::branch_id.eq(branch),
            c::shift_id.eq(step.shift.id),
            c::sequence.eq(step.sequence),
            c::kind.eq(step.kind),
            c::broker_id.eq(step.shift.broker_id),
            c::date.eq(step.shift.date),
            (
                c::old_outlet_id.eq(old.map(|s| s.outlet_id)),
                c::old_starts_at.eq(old.map(|s| s.starts_at)),
                c::old_ends_at.eq(old.map(|s| s.ends_at)),
                c::new_outlet_id.eq(new.map(|s| s.outlet_id)),
                c::new_starts_at.eq(new.map(|s| s.starts_at)),
                c::new_ends_at.eq(new.map(|s| s.ends_at)),
            ),
            c::reason.eq(&why.reason),
            c::publication_id.eq(why.publication),
            c::edit_id.eq(why.edit),
            c::by_user.eq(by),
            c::at.eq(caller.now),
        )
    };
    let rows: Vec<_> = steps.iter().map(row).collect();
    for some in rows.chunks(AT_ONCE) {
        on_either!(conn, conn => diesel::insert_into(c::table).values(some).execute(conn)?);
    }
    for (kind, action) in [
        (ChangeKind::Removed, "shift.delete"),
        (ChangeKind::Moved, "shift.move"),
        (ChangeKind::Assigned, "shift.create"),
    ] {
        let entry = |Step { shift, .. }: &Step| {
            let Shift { id, outlet_id, broker_id, date, .. } = *shift;
            let detail = serde_json::json!({ "broker": broker_id, "outlet": outlet_id, "date": date });
            (Subject::new("shift", id, Some(branch)), detail)
        };
        let entries: Vec<_> = steps.iter().filter(|step| step.kind == kind).map(entry).collect();
        for some in entries.chunks(AT_ONCE) {
            audit::record_all(conn, caller, action, some.to_vec())?;
        }
    }
    Ok(())
}
