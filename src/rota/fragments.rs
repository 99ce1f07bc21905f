//! What an edit changed on the board: the cells anew, and by how much the numbers on top moved. So that a month need not be read again for one name.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use diesel::prelude::*;
use serde::Serialize;

use super::drafts;
use super::edits::Edit;
use super::frame::{Counts, Frame};
use super::labels;
use super::posts::{self, Post, Wanted};
use super::rules::{Book, Scope};
use crate::db::schema::{outlets, shifts};
use crate::db::{At, Conn, Id};
use crate::error::Result;
use crate::language::Lang;
use crate::people::CurrentUser;
use crate::templates::rota::{Words, cell};

/// A cell anew.
#[derive(Debug, Serialize)]
pub struct Fragment {
    /// The row: an outlet's or a person's id.
    pub row: Id,
    /// The column.
    pub date: NaiveDate,
    /// The `td`.
    pub html: String,
}

/// What the script is told.
#[derive(Debug, Default, Serialize)]
pub struct Redrawn {
    /// What to say.
    pub said: String,
    /// The cells anew.
    pub cells: Vec<Fragment>,
    /// How many more brokers are missing than before.
    pub gaps: i64,
    /// How many more conflicts there are.
    pub conflicts: i64,
    /// In how many more days the draft differs from what stands.
    pub changes: i64,
}

/// Where the script is.
#[derive(Debug, Clone, Copy)]
pub struct Where {
    /// The draft laid over.
    pub draft: Option<Id>,
    /// Rows are people.
    pub people: bool,
    /// In which language.
    pub lang: Lang,
}

/// Draws the cells that some edits touched, as they are now. `made`: the edits were made, and the numbers moved.
///
/// # Errors
/// `NotFound` for a draft out of reach.
pub fn redraw(conn: &mut Conn, user: &CurrentUser, at: Where, edits: &[Edit], made: bool, now: At) -> Result<Redrawn> {
    let branch = user.own_branch()?;
    let dates: BTreeSet<NaiveDate> = edits.iter().map(|edit| edit.place.1).collect();
    let (Some(first), Some(last)) = (dates.first(), dates.last()) else { return Ok(Redrawn::default()) };
    let touched: BTreeSet<(Id, NaiveDate)> = edits
        .iter()
        .flat_map(|edit| [edit.seen, edit.wanted.map(|post| post.outlet_id)].map(|o| o.map(|o| (o, edit.place.1))))
        .flatten()
        .collect();
    let draft = at.draft.map(|id| drafts::find(conn, user, id)).transpose()?;
    let wanted = draft.map(|d| drafts::steps(conn, d.id)).transpose()?.map(|steps| posts::wanted(&steps));
    let mut only: BTreeSet<Id> = touched.iter().map(|(outlet, _)| *outlet).collect();
    only.extend(standing_at(conn, wanted.as_ref(), edits)?);
    let scope = Scope { outlets: Some(only.into_iter().collect()), ..Scope::all(*first, *last) };
    let book = Book::of_branch(conn, branch, &scope)?;
    let today = now.date_in(branch.zone());
    let before = before(wanted.as_ref(), edits);
    let names = outlet_labels(conn, branch.id)?;
    let mut after = Frame::new(book.clone(), wanted.as_ref(), today);
    after.outlets = names;
    let mut redrawn = Redrawn { cells: cells(&after, at, edits, &touched), ..Redrawn::default() };
    if made {
        let was = Frame::new(book, Some(&before), today);
        let sum = |frame: &Frame| {
            let mut all = Counts::default();
            touched.iter().for_each(|(outlet, date)| all += frame.counts_at(*outlet, *date));
            all
        };
        let (old, new) = (sum(&was), sum(&after));
        redrawn.gaps = new.gaps as i64 - old.gaps as i64;
        redrawn.conflicts = new.conflicts as i64 - old.conflicts as i64;
        redrawn.changes =
            wanted.map_or(0, |wanted| differing(&after, &wanted, edits) - differing(&after, &before, edits));
    }
    Ok(redrawn)
}

/// Where the people of some edits stand, expected there or not.
fn standing_at(conn: &mut Conn, wanted: Option<&Wanted>, edits: &[Edit]) -> Result<Vec<Id>> {
    let (brokers, dates): (Vec<Id>, Vec<NaiveDate>) = edits.iter().map(|edit| edit.place).unzip();
    let mut found: Vec<Id> = shifts::table
        .filter(shifts::broker_id.eq_any(brokers).and(shifts::date.eq_any(dates)))
        .select(shifts::outlet_id)
        .load(conn)?;
    let drawn = |edit: &Edit| wanted.and_then(|wanted| wanted.get(&edit.place).copied().flatten());
    found.extend(edits.iter().filter_map(drawn).map(|post| post.outlet_id));
    Ok(found)
}

/// What was wanted before the edits were made.
fn before(wanted: Option<&Wanted>, edits: &[Edit]) -> Wanted {
    let mut before = wanted.cloned().unwrap_or_default();
    for edit in edits {
        let post = edit.seen.map(|outlet_id| Post { outlet_id, starts_at: None, ends_at: None });
        before.insert(edit.place, post);
    }
    before
}

fn differing(frame: &Frame, wanted: &Wanted, edits: &[Edit]) -> i64 {
    let of_edits: Wanted =
        edits.iter().filter_map(|edit| wanted.get(&edit.place).map(|post| (edit.place, *post))).collect();
    posts::differences(&frame.live, &of_edits).len() as i64
}

fn cells(frame: &Frame, at: Where, edits: &[Edit], touched: &BTreeSet<(Id, NaiveDate)>) -> Vec<Fragment> {
    let words = Words::new(at.lang);
    let draw = |row: Id, date: NaiveDate| {
        let one = if at.people { frame.of_person(row, date) } else { frame.of_outlet(row, date) };
        Fragment { row, date, html: cell(&words, &one).into_string() }
    };
    if at.people {
        let places: BTreeSet<(Id, NaiveDate)> = edits.iter().map(|edit| edit.place).collect();
        return places.into_iter().map(|(row, date)| draw(row, date)).collect();
    }
    // Where somebody stands now who was not expected, their cell is drawn too.
    let met = edits.iter().filter_map(|edit| frame.posts.get(&edit.place).map(|post| (post.outlet_id, edit.place.1)));
    let all: BTreeSet<(Id, NaiveDate)> = touched.iter().copied().chain(met).collect();
    all.into_iter()
        .filter(|(outlet, _)| frame.book.outlets.contains_key(outlet))
        .map(|(o, date)| draw(o, date))
        .collect()
}

fn outlet_labels(conn: &mut Conn, branch: Id) -> Result<labels::Labels> {
    let rows: Vec<(Id, String, String)> = outlets::table
        .filter(outlets::branch_id.eq(branch))
        .select((outlets::id, outlets::code, outlets::name))
        .load(conn)?;
    Ok(labels::of_outlets(rows.iter().map(|(id, code, name)| (*id, code.as_str(), name.as_str()))))
}
