//! Drawing up: people's days put into a draft, a week copied into it, one's own last steps taken back and put back.

use std::collections::BTreeSet;

use chrono::{Days, NaiveDate};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::drafts::{self, Draft};
use super::edits::{self, Edit, Outcome, Trouble};
use super::posts::{self, Place, Post, Posts, Step};
use super::rules::{Book, Scope};
use crate::db::{Conn, Id};
use crate::error::{Error, FieldError, Result};
use crate::people::Caller;

/// A draft after a change, and what the change touched.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Drawn {
    /// The draft as it is now.
    pub draft: Draft,
    /// How many people's days the change touched.
    pub changed: usize,
    /// Which dates.
    pub dates: Vec<NaiveDate>,
}

impl Drawn {
    fn new(draft: Draft, places: impl IntoIterator<Item = Place>) -> Drawn {
        let places: Vec<Place> = places.into_iter().collect();
        let dates: BTreeSet<NaiveDate> = places.iter().map(|(_, date)| *date).collect();
        Drawn { draft, changed: places.len(), dates: dates.into_iter().collect() }
    }
}

/// The dates that edits are about, the first and the last.
pub fn span(edits: &[Edit]) -> Option<(NaiveDate, NaiveDate)> {
    let dates = || edits.iter().map(|edit| edit.place.1);
    dates().min().zip(dates().max())
}

/// Puts people's days into a draft: all of them or none.
///
/// # Errors
/// As `drafts::hold`; 422 for a date outside the draft; what is wrong with an edit itself.
pub fn put(conn: &mut Conn, caller: &Caller, id: Id, edits: &[Edit]) -> Result<Outcome<Drawn>> {
    let draft = drafts::hold(conn, caller, id)?;
    let outside = |(_, edit): &(usize, &Edit)| !(draft.from..=draft.to).contains(&edit.place.1);
    let faults: Vec<FieldError> = edits
        .iter()
        .enumerate()
        .filter(outside)
        .map(|(n, _)| FieldError::new(format!("changes[{n}].date"), "outside_draft"))
        .collect();
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    let Some(scope) = edits::scope(edits) else { return Ok(Outcome::Done(Drawn::new(draft, []))) };
    let book = Book::of(conn, draft.branch_id, &scope)?;
    let steps = drafts::steps(conn, id)?;
    let now = posts::laid_over(&edits::standing(&book), &posts::wanted(&steps));
    let used = edits::used_in(conn, &book)?;
    let mut troubles = edits::judge(&book, &now, &used, edits)?;
    if !troubles.is_empty() {
        edits::name_authors(conn, caller, &steps, &mut troubles)?;
        return Ok(Outcome::Refused(troubles));
    }
    let batch = news(&now, edits.iter().map(|edit| (edit.place, edit.wanted)));
    keep(conn, caller, &draft, &steps, &batch).map(Outcome::Done)
}

/// Puts people's days into a draft as far as nothing stands in their way: what the planner drew up while others went on working. Answers how many were left.
///
/// # Errors
/// As `drafts::hold`.
pub fn put_possible(conn: &mut Conn, caller: &Caller, id: Id, edits: &[Edit]) -> Result<(Drawn, usize)> {
    let draft = drafts::hold(conn, caller, id)?;
    let Some((first, last)) = span(edits) else { return Ok((Drawn::new(draft, []), 0)) };
    let book = Book::of(conn, draft.branch_id, &Scope { history: false, ..Scope::all(first, last) })?;
    let steps = drafts::steps(conn, id)?;
    let now = posts::laid_over(&edits::standing(&book), &posts::wanted(&steps));
    let used = edits::used(conn, draft.branch_id, first, last)?;
    let possible = |edit: &&Edit| {
        (draft.from..=draft.to).contains(&edit.place.1)
            && !used.contains(&edit.place)
            && now.get(&edit.place).map(|post| post.outlet_id) == edit.seen
            && matches!(edits::refusal(&book, edit.place, edit.wanted), Ok(None))
    };
    let these: Vec<&Edit> = edits.iter().filter(possible).collect();
    let left = edits.len() - these.len();
    let batch = news(&now, these.into_iter().map(|edit| (edit.place, edit.wanted)));
    Ok((keep(conn, caller, &draft, &steps, &batch)?, left))
}

type Batch = Vec<(Place, Option<Post>, Option<Post>)>;

/// What is new about some days.
fn news(now: &Posts, wanted: impl Iterator<Item = (Place, Option<Post>)>) -> Batch {
    let with_old = wanted.map(|(place, new)| (place, now.get(&place).copied(), new));
    with_old
        .filter(|(_, old, new)| match (old, new) {
            (Some(old), Some(new)) => !old.satisfies(new),
            (old, new) => old != new,
        })
        .collect()
}

fn keep(conn: &mut Conn, caller: &Caller, draft: &Draft, steps: &[Step], batch: &Batch) -> Result<Drawn> {
    if batch.is_empty() {
        return Ok(Drawn::new(draft.clone(), []));
    }
    drafts::add(conn, caller, draft, steps, batch)?;
    let draft = drafts::touch(conn, caller, draft)?;
    Ok(Drawn::new(draft, batch.iter().map(|(place, ..)| *place)))
}

/// Which way through one's own steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = DraftWay)]
pub enum Way {
    /// Takes one's last steps back.
    Undo,
    /// Puts them back again.
    Redo,
}

/// Takes back one's own last batch, or puts it back.
///
/// # Errors
/// As `drafts::hold`; `Conflict("nothing_to_undo")`.
pub fn step(conn: &mut Conn, caller: &Caller, id: Id, way: Way) -> Result<Outcome<Drawn>> {
    let draft = drafts::hold(conn, caller, id)?;
    let (steps, by) = (drafts::steps(conn, id)?, caller.user()?.id);
    let undo = way == Way::Undo;
    let batch = if undo { posts::to_undo(&steps, by) } else { posts::to_redo(&steps, by) };
    let batch = batch.ok_or(Error::Conflict("nothing_to_undo"))?;
    let met = posts::in_the_way(&steps, batch, undo);
    if !met.is_empty() {
        let mut troubles: Vec<Trouble> = met.iter().map(Trouble::changed).collect();
        edits::name_authors(conn, caller, &steps, &mut troubles)?;
        return Ok(Outcome::Refused(troubles));
    }
    drafts::mark(conn, &draft, batch, undo.then_some(caller.now))?;
    let draft = drafts::touch(conn, caller, &draft)?;
    let places = steps.iter().filter(|step| step.batch == batch).map(|step| step.place);
    Ok(Outcome::Done(Drawn::new(draft, places)))
}

/// What a copied week came to.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Copied {
    /// How many people's days it filled.
    pub filled: usize,
    /// How many it left, since the person had something that day already.
    pub busy: usize,
    /// How many a rule forbids.
    pub refused: usize,
}

/// The days of one week as edits of another: whoever has nothing that day yet, where no rule forbids it.
pub fn copied(book: &Book, source: &Posts, target: &Posts, by_days: i64) -> (Vec<Edit>, Copied) {
    let mut edits = Vec::new();
    let mut counts = Copied { filled: 0, busy: 0, refused: 0 };
    for ((broker, date), post) in source {
        let Some(date) = moved(*date, by_days) else { continue };
        let place = (*broker, date);
        // Times are of their day: the copy follows the outlet's hours on the new one.
        let wanted = Post { outlet_id: post.outlet_id, starts_at: None, ends_at: None };
        if target.contains_key(&place) {
            counts.busy += 1;
        } else if book.judge(*broker, post.outlet_id, date, None, None).is_err() {
            counts.refused += 1;
        } else {
            counts.filled += 1;
            edits.push(Edit { place, wanted: Some(wanted), seen: None, there: None });
        }
    }
    (edits, counts)
}

/// How far apart two weeks may be: what is between them is read too.
const FARTHEST: i64 = 92;

/// Checks the first days of the week to copy and of the week to fill.
///
/// # Errors
/// 422 naming `to`: the same, overlapping or too far away.
pub fn copyable(from: NaiveDate, to: NaiveDate) -> Result<()> {
    let apart = (to - from).num_days().abs();
    if (7..=FARTHEST).contains(&apart) { Ok(()) } else { Err(Error::field("to", "weeks_apart")) }
}

fn moved(date: NaiveDate, by_days: i64) -> Option<NaiveDate> {
    let days = Days::new(by_days.unsigned_abs());
    if by_days < 0 { date.checked_sub_days(days) } else { date.checked_add_days(days) }
}

/// The days from `first` to the same day of the next week, of what a draft comes to.
fn week_of(posts: &Posts, first: NaiveDate) -> Posts {
    let last = moved(first, 6).unwrap_or(first);
    posts.iter().filter(|((_, date), _)| (first..=last).contains(date)).map(|(place, post)| (*place, *post)).collect()
}

/// Copies the week that begins with `source` into the one that begins with `target`, as far as the draft has its days.
///
/// # Errors
/// As `drafts::hold`.
pub fn copy(conn: &mut Conn, caller: &Caller, id: Id, source: NaiveDate, target: NaiveDate) -> Result<(Drawn, Copied)> {
    let draft = drafts::hold(conn, caller, id)?;
    let steps = drafts::steps(conn, id)?;
    let (from, to) = (source.min(target), moved(source.max(target), 6).unwrap_or(target));
    let book = Book::of(conn, draft.branch_id, &Scope { history: false, ..Scope::all(from, to) })?;
    let now = posts::laid_over(&edits::standing(&book), &posts::wanted(&steps));
    let in_draft = |place: &Place| (draft.from..=draft.to).contains(&place.1);
    let by_days = (target - source).num_days();
    let within: Posts = week_of(&now, source)
        .into_iter()
        .filter(|((broker, date), _)| moved(*date, by_days).is_some_and(|date| in_draft(&(*broker, date))))
        .collect();
    let (edits, counts) = copied(&book, &within, &now, by_days);
    let batch = news(&now, edits.iter().map(|edit| (edit.place, edit.wanted)));
    Ok((keep(conn, caller, &draft, &steps, &batch)?, counts))
}
