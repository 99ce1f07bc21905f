//! Taking back what one changed on the board last, straight on what stands. (Drafts have their own steps, see `draw`.)

use chrono::{Duration, NaiveDate};
use diesel::prelude::*;

use super::changes::{Stand, Why};
use super::edits::{self, Outcome, Trouble};
use super::live;
use super::posts::{Place, Post};
use super::rules::{self, Book, Scope};
use super::tell;
use crate::db::schema::{board_edits, shift_changes};
use crate::db::{At, Conn, Id};
use crate::error::{Error, Result};
use crate::mail;
use crate::people::{Caller, CurrentUser};
use crate::t;

/// So long a change can be taken back: afterwards it is what people go by.
const WITHIN: Duration = Duration::hours(24);

/// Notes a move of the hand under its id, so that it can be taken back.
///
/// # Errors
/// What the database says.
pub(super) fn note(conn: &mut Conn, caller: &Caller, branch: Id, edit: Id) -> Result<()> {
    diesel::insert_into(board_edits::table)
        .values((
            board_edits::id.eq(edit),
            board_edits::branch_id.eq(branch),
            board_edits::by_user.eq(caller.user()?.id),
            board_edits::at.eq(caller.now),
        ))
        .execute(conn)?;
    Ok(())
}

/// The moves of somebody's hand that they may take back.
#[diesel::dsl::auto_type]
pub(super) fn standing(user: Id, branch: Id, now: At) -> _ {
    let after: At = now - WITHIN;
    let theirs = board_edits::branch_id.eq(branch).and(board_edits::by_user.eq(user));
    theirs.and(board_edits::undone_at.is_null()).and(board_edits::at.gt(after))
}

/// The last of them, if there is one.
fn last(conn: &mut Conn, user: &CurrentUser, branch: Id, now: At) -> Result<Option<Id>> {
    Ok(board_edits::table
        .filter(standing(user.id, branch, now))
        .order((board_edits::at.desc(), board_edits::id.desc()))
        .select(board_edits::id)
        .first(conn)
        .optional()?)
}

/// One person's day, before and after.
struct Step {
    place: Place,
    old: Option<Stand>,
    new: Option<Stand>,
}

fn steps(conn: &mut Conn, edit: Id) -> Result<Vec<Step>> {
    use shift_changes as c;
    type Side = (Option<Id>, Option<At>, Option<At>);
    let rows: Vec<(Id, NaiveDate, Side, Side)> = c::table
        .filter(c::edit_id.eq(edit))
        .order((c::date, c::broker_id))
        .select((
            c::broker_id,
            c::date,
            (c::old_outlet_id, c::old_starts_at, c::old_ends_at),
            (c::new_outlet_id, c::new_starts_at, c::new_ends_at),
        ))
        .load(conn)?;
    let stand = |(outlet, from, to): Side| {
        let ((outlet_id, starts_at), ends_at) = outlet.zip(from).zip(to)?;
        Some(Stand { outlet_id, starts_at, ends_at })
    };
    let step = |(broker, date, old, new)| Step { place: (broker, date), old: stand(old), new: stand(new) };
    Ok(rows.into_iter().map(step).collect())
}

/// Takes back the caller's own last change of what stands: all of it or nothing. Whom it concerns is told as of any change.
///
/// # Errors
/// `Forbidden`; `Conflict("nothing_to_undo")`. Where somebody changed such a day since, or a rule forbids what stood there, it comes back as `Refused`.
pub fn take_back(conn: &mut Conn, post: &mail::Post, caller: &Caller) -> Result<Outcome<Vec<Place>>> {
    let (user, branch) = super::drafts::drawer(caller)?;
    rules::hold(conn, branch)?;
    let edit = last(conn, user, branch, caller.now)?.ok_or(Error::Conflict("nothing_to_undo"))?;
    let steps = steps(conn, edit)?;
    let Some(scope) = scope(&steps) else { return Err(Error::Conflict("nothing_to_undo")) };
    let book = Book::of(conn, branch, &scope)?;
    let used = edits::used_in(conn, &book)?;
    let wanted: Vec<(Place, Option<Post>)> =
        steps.iter().map(|step| (step.place, step.old.map(|old| as_it_was(&book, step.place, &old)))).collect();
    let mut troubles = Vec::new();
    for (step, (place, wanted)) in steps.iter().zip(&wanted) {
        let stands = book.shifts.iter().find(|s| (s.broker_id, s.date) == step.place).map(Stand::of);
        if stands != step.new {
            troubles.push(Trouble::moved_on(step.place, stands.map(|stand| stand.outlet_id)));
        } else if used.contains(place) {
            troubles.push(Trouble::checked_in(step.place, stands.map(|stand| stand.outlet_id)));
        } else if let Some(code) = edits::refusal(&book, *place, *wanted)? {
            let outlet = wanted.map(|post| post.outlet_id);
            troubles.extend(outlet.map(|outlet| Trouble::forbidden(code, *place, outlet)));
        }
    }
    if !troubles.is_empty() {
        edits::name_authors(conn, caller, &[], &mut troubles)?;
        return Ok(Outcome::Refused(troubles));
    }
    let why = Why::because(t!(user.language, "board-undo-why"));
    let made = live::apply(conn, caller, &book, wanted.iter().copied(), &why)?;
    tell::tell(conn, post, caller, &book, &made)?;
    diesel::update(board_edits::table.find(edit)).set(board_edits::undone_at.eq(caller.now)).execute(conn)?;
    Ok(Outcome::Done(steps.iter().map(|step| step.place).collect()))
}

fn scope(steps: &[Step]) -> Option<Scope> {
    let dates = || steps.iter().map(|step| step.place.1);
    let (first, last) = dates().min().zip(dates().max())?;
    let outlets = steps.iter().flat_map(|step| [step.old, step.new]).flatten().map(|stand| stand.outlet_id);
    Some(Scope::of_days(first, last, steps.iter().map(|step| step.place.0).collect(), outlets.collect()))
}

/// Where somebody was, by the outlet's hours where those were their times.
fn as_it_was(book: &Book, (broker, date): Place, old: &Stand) -> Post {
    let by_hours = book.judge(broker, old.outlet_id, date, None, None) == Ok((old.starts_at, old.ends_at));
    let given = |at: At| (!by_hours).then_some(at);
    Post { outlet_id: old.outlet_id, starts_at: given(old.starts_at), ends_at: given(old.ends_at) }
}
