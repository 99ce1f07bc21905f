//! Changing what stands, straight on the board: judged, written and told at once.

use std::collections::HashMap;

use chrono::{Days, NaiveDate};

use super::changes::{Made, Slot, Why};
use super::deeds::{Deed, make};
use super::draw::{self, Copied};
use super::edits::{self, Edit, Outcome};
use super::posts::{Place, Post, Posts};
use super::rules::{self, Book, Scope};
use super::{take_back, tell};
use crate::audit::{self, Subject};
use crate::db::{Conn, Id};
use crate::error::{Error, Result};
use crate::mail;
use crate::people::Caller;

/// The longest reason.
pub const REASON: usize = 200;

/// A reason as people type it.
///
/// # Errors
/// 422 naming `reason`: `too_long`.
pub fn reason(given: &str) -> Result<String> {
    let given = given.trim();
    if given.chars().count() > REASON { Err(Error::field("reason", "too_long")) } else { Ok(given.to_owned()) }
}

/// Changes people's days where they stand: all of them or none. A day that is published and not past asks for a reason, and whom it concerns is told.
///
/// # Errors
/// `Forbidden`; 422 naming `reason` where one is wanted; what is wrong with an edit itself.
pub fn put(
    conn: &mut Conn,
    post: &mail::Post,
    caller: &Caller,
    edits: &[Edit],
    reason: &str,
) -> Result<Outcome<Vec<Place>>> {
    let (_, branch) = super::drafts::drawer(caller)?;
    let Some(scope) = edits::scope(edits) else { return Ok(Outcome::Done(Vec::new())) };
    rules::hold(conn, branch)?;
    let book = Book::of(conn, branch, &scope)?;
    wants_reason(caller, &book, edits, reason)?;
    let used = edits::used_in(conn, &book)?;
    let mut troubles = edits::judge(&book, &edits::standing(&book), &used, edits)?;
    if !troubles.is_empty() {
        edits::name_authors(conn, caller, &[], &mut troubles)?;
        return Ok(Outcome::Refused(troubles));
    }
    let wanted = edits.iter().map(|edit| (edit.place, edit.wanted));
    by_hand(conn, post, caller, &book, wanted, reason)?;
    Ok(Outcome::Done(edits.iter().map(|edit| edit.place).collect()))
}

fn wants_reason(caller: &Caller, book: &Book, edits: &[Edit], reason: &str) -> Result<()> {
    if !reason.is_empty() {
        return Ok(());
    }
    let today = caller.now.date_in(book.zone);
    let told = |edit: &Edit| edit.place.1 >= today && book.published.holds(edit.place.1);
    if edits.iter().any(told) { Err(Error::field("reason", "required")) } else { Ok(()) }
}

/// One move of the hand: made, noted so that it can be taken back, and told.
fn by_hand(
    conn: &mut Conn,
    post: &mail::Post,
    caller: &Caller,
    book: &Book,
    wanted: impl Iterator<Item = (Place, Option<Post>)>,
    reason: &str,
) -> Result<()> {
    let edit = Id::new();
    let made = apply(conn, caller, book, wanted, &Why { edit: Some(edit), ..Why::because(reason) })?;
    if !made.changes.is_empty() {
        take_back::note(conn, caller, book.branch, edit)?;
    }
    tell::tell(conn, post, caller, book, &made).map(drop)
}

/// Makes what stands what is wanted, day by day.
///
/// # Errors
/// What the verbs of a shift say.
pub fn apply(
    conn: &mut Conn,
    caller: &Caller,
    book: &Book,
    wanted: impl Iterator<Item = (Place, Option<Post>)>,
    why: &Why,
) -> Result<Made> {
    let standing: HashMap<Place, Id> = book.shifts.iter().map(|s| ((s.broker_id, s.date), s.id)).collect();
    let deed = |(place, wanted): (Place, Option<Post>)| {
        let (broker_id, date) = place;
        match (standing.get(&place), wanted) {
            (None, None) => None,
            (None, Some(Post { outlet_id, starts_at, ends_at })) => {
                Some(Deed::Assign(Id::new(), Slot { outlet_id, broker_id, date, starts_at, ends_at }))
            }
            (Some(shift), None) => Some(Deed::Remove(*shift)),
            (Some(shift), Some(post)) => Some(Deed::Move(*shift, post)),
        }
    };
    let deeds = wanted.filter_map(deed).collect();
    make(conn, caller, book, deeds, why)
}

/// Copies a week of what stands into another one, where people have nothing yet and no rule forbids it.
///
/// # Errors
/// As `put`.
pub fn copy(
    conn: &mut Conn,
    post: &mail::Post,
    caller: &Caller,
    (source, target): (NaiveDate, NaiveDate),
    reason: &str,
) -> Result<Copied> {
    let (_, branch) = super::drafts::drawer(caller)?;
    rules::hold(conn, branch)?;
    let end = |date: NaiveDate| date.checked_add_days(Days::new(6)).unwrap_or(date);
    let (first, last) = (source.min(target), end(source.max(target)));
    let book = Book::of(conn, branch, &Scope { history: false, ..Scope::all(first, last) })?;
    let now = edits::standing(&book);
    let week: Posts = now
        .iter()
        .filter(|((_, date), _)| (source..=end(source)).contains(date))
        .map(|(p, post)| (*p, *post))
        .collect();
    let (edits, counts) = draw::copied(&book, &week, &now, (target - source).num_days());
    wants_reason(caller, &book, &edits, reason)?;
    let wanted = edits.iter().map(|edit| (edit.place, edit.wanted));
    by_hand(conn, post, caller, &book, wanted, reason)?;
    let detail = serde_json::json!({ "from": source, "to": target, "filled": counts.filled });
    audit::record(conn, caller, "rota.copy", Subject::new("branch", branch, Some(branch)), detail)?;
    Ok(counts)
}
