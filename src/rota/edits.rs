//! Edits of the rota: what somebody wants of some people's days, what they saw there when they asked, and why it cannot be.
//!
//! Two who work at once do not overwrite each other: an edit carries what its author saw, and where that is no longer so nothing is written and the later one
//! is told who changed it to what.

use std::collections::{BTreeSet, HashMap};

use chrono::NaiveDate;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::draw;
use super::posts::{Place, Post, Posts, Step};
use super::rules::{Book, Clash, Scope};
use crate::attendance::checkin::instant;
use crate::attendance::filter::date;
use crate::db::schema::{attendance_corrections, checkins, shift_changes, users};
use crate::db::{At, Conn, Id};
use crate::error::{Error, Faults, Result};
use crate::on_either;
use crate::people::Caller;

/// The most edits of one request: a copied week of a large branch.
pub const MOST: usize = 5_000;
/// The largest body that brings them: every field filled in, and a few who stood there.
pub const LARGEST: usize = MOST * 512;
/// The most troubles that are told.
const TOLD: usize = 50;

/// One person's day, as it is to be.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EditInput {
    /// Whose day.
    #[schema(required, value_type = Id)]
    pub broker_id: Option<Id>,
    /// Which local date.
    #[schema(required, value_type = NaiveDate)]
    pub date: Option<String>,
    /// Where they are to be; null: nowhere.
    pub outlet_id: Option<Id>,
    /// From when, RFC 3339; left out: by the outlet's hours.
    #[schema(value_type = Option<At>)]
    pub starts_at: Option<String>,
    /// Until when, RFC 3339; left out: by the outlet's hours.
    #[schema(value_type = Option<At>)]
    pub ends_at: Option<String>,
    /// Where they were when the author looked; null: nowhere. Another by now: 409 `cell_changed`.
    pub seen_outlet_id: Option<Id>,
    /// Who else stood at `outlet_id` (of a removal: at `seen_outlet_id`) on that date when the author looked; left out: it does not matter.
    pub seen_there: Option<Vec<Id>>,
}

/// The same, checked as far as that goes without the database.
#[derive(Clone, Debug, Serialize)]
pub struct Edit {
    /// Whose day.
    pub place: Place,
    /// Where they are to be.
    pub wanted: Option<Post>,
    /// Where they were when the author looked.
    pub seen: Option<Id>,
    /// Who stood at the outlet when the author looked, if that matters.
    pub there: Option<BTreeSet<Id>>,
}

impl Edit {
    /// Checks what was sent.
    ///
    /// # Errors
    /// By field, `changes[n].date` and so on.
    pub fn parse_all(inputs: &[EditInput]) -> Result<Vec<Edit>> {
        let mut faults = Faults::new();
        if inputs.is_empty() {
            faults.add("changes", "required");
        }
        if inputs.len() > MOST {
            faults.add("changes", "out_of_range");
        }
        let mut seen = BTreeSet::new();
        let mut edits = Vec::with_capacity(inputs.len().min(MOST));
        for (n, input) in inputs.iter().take(MOST).enumerate() {
            if let Some(edit) = Edit::parse(input, &format!("changes[{n}]."), &mut faults) {
                if !seen.insert(edit.place) {
                    faults.add(format!("changes[{n}].date"), "doubled");
                }
                edits.push(edit);
            }
        }
        faults.check()?;
        Ok(edits)
    }

    fn parse(input: &EditInput, under: &str, faults: &mut Faults) -> Option<Edit> {
        let field = |name: &str| format!("{under}{name}");
        let broker = faults.take(&field("broker_id"), input.broker_id.ok_or("required"));
        let day = faults.take(&field("date"), input.date.as_deref().ok_or("required").and_then(date));
        let mut time = |name: &str, given: &Option<String>| {
            given.as_deref().and_then(|given| faults.take(&field(name), instant(given)))
        };
        let (starts_at, ends_at) = (time("starts_at", &input.starts_at), time("ends_at", &input.ends_at));
        let wanted = input.outlet_id.map(|outlet_id| Post { outlet_id, starts_at, ends_at });
        let there = input.seen_there.as_ref().map(|all| all.iter().copied().collect());
        Some(Edit { place: (broker?, day?), wanted, seen: input.seen_outlet_id, there })
    }
}

/// Why an edit was not made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Trouble {
    /// `cell_changed`, `has_checkins`, `no_certificate`, `on_leave`, `not_welcome`, `outlet_closed`.
    pub code: String,
    /// Whose day.
    pub broker_id: Id,
    /// Which local date.
    pub date: NaiveDate,
    /// Where they are now (`cell_changed`, `has_checkins`), or were to be.
    pub outlet_id: Option<Id>,
    /// Who changed it, by name.
    pub by: Option<String>,
    /// When.
    pub at: Option<At>,
}

impl Trouble {
    fn new(code: &str, (broker_id, date): Place, outlet_id: Option<Id>) -> Trouble {
        Trouble { code: code.to_owned(), broker_id, date, outlet_id, by: None, at: None }
    }

    /// A hard rule, of a code of `Clash`, that keeps somebody from an outlet on a day.
    pub fn forbidden(code: &str, place: Place, outlet: Id) -> Trouble {
        Trouble::new(code, place, Some(outlet))
    }

    /// Somebody's day that is not as it was.
    pub fn moved_on(place: Place, stands: Option<Id>) -> Trouble {
        Trouble::new("cell_changed", place, stands)
    }

    /// Somebody's day that stays: they checked in for it, or asked for a correction.
    pub fn checked_in(place: Place, stands: Option<Id>) -> Trouble {
        Trouble::new("has_checkins", place, stands)
    }

    /// Somebody's step that stands where another one was.
    pub fn changed(step: &Step) -> Trouble {
        Trouble::new("cell_changed", step.place, step.new.map(|post| post.outlet_id))
    }

    /// Its code as an error has it.
    pub fn error(&self) -> Error {
        Error::Conflict(match self.code.as_str() {
            "has_checkins" => "has_checkins",
            "no_certificate" => "no_certificate",
            "on_leave" => "on_leave",
            "not_welcome" => "not_welcome",
            "outlet_closed" => "outlet_closed",
            "not_found" => "no_broker",
            _ => "cell_changed",
        })
    }
}

/// What became of some edits: all of them are made, or none.
#[derive(Debug)]
pub enum Outcome<T> {
    /// Made.
    Done(T),
    /// Not made, and why.
    Refused(Vec<Trouble>),
}

/// The days of brokers with a check-in, or with a correction asked for: they stay as they are.
///
/// # Errors
/// What the database says.
pub fn used(conn: &mut Conn, branch: Id, from: NaiveDate, to: NaiveDate) -> Result<BTreeSet<Place>> {
    used_of(conn, branch, (from, to), None)
}

/// The same of those whom a book is about.
///
/// # Errors
/// What the database says.
pub fn used_in(conn: &mut Conn, book: &Book) -> Result<BTreeSet<Place>> {
    used_of(conn, book.branch, (book.from, book.to), book.only_brokers())
}

fn used_of(
    conn: &mut Conn,
    branch: Id,
    (from, to): (NaiveDate, NaiveDate),
    only: Option<Vec<Id>>,
) -> Result<BTreeSet<Place>> {
    use attendance_corrections as corrections;
    let places: Vec<Place> = on_either!(conn, conn, DB => {
        let mut seen = checkins::table
            .filter(checkins::branch_id.eq(branch).and(checkins::date.between(from, to)))
            .filter(checkins::shift_id.is_not_null())
            .select((checkins::broker_id, checkins::date))
            .into_boxed::<DB>();
        let mut corrected = corrections::table
            .filter(corrections::branch_id.eq(branch).and(corrections::date.between(from, to)))
            .select((corrections::broker_id, corrections::date))
            .into_boxed::<DB>();
        if let Some(only) = &only {
            seen = seen.filter(checkins::broker_id.eq_any(only));
            corrected = corrected.filter(corrections::broker_id.eq_any(only));
        }
        seen.union(corrected).load(conn)?
    });
    Ok(places.into_iter().collect())
}

/// As much of a branch as some edits are about.
pub fn scope(edits: &[Edit]) -> Option<Scope> {
    let (first, last) = draw::span(edits)?;
    let outlets = edits.iter().flat_map(|edit| [edit.seen, edit.wanted.map(|post| post.outlet_id)]).flatten();
    Some(Scope::of_days(first, last, edits.iter().map(|edit| edit.place.0).collect(), outlets.collect()))
}

/// What stands, as a book has it.
pub fn standing(book: &Book) -> Posts {
    let post = |s: &super::shifts::Shift| Post {
        outlet_id: s.outlet_id,
        starts_at: Some(s.starts_at),
        ends_at: Some(s.ends_at),
    };
    book.shifts.iter().map(|shift| ((shift.broker_id, shift.date), post(shift))).collect()
}

/// Judges edits against how things are: everything that stands in their way.
///
/// # Errors
/// What is wrong with an edit itself: an unknown broker or outlet, times that cannot be.
pub fn judge(book: &Book, now: &Posts, used: &BTreeSet<Place>, edits: &[Edit]) -> Result<Vec<Trouble>> {
    let mut there: HashMap<(Id, NaiveDate), BTreeSet<Id>> = HashMap::new();
    if edits.iter().any(|edit| edit.there.is_some()) {
        for ((broker, date), post) in now {
            there.entry((post.outlet_id, *date)).or_default().insert(*broker);
        }
    }
    let nobody = BTreeSet::new();
    let mut found = Vec::new();
    for edit in edits {
        let stands = now.get(&edit.place).map(|post| post.outlet_id);
        if stands != edit.seen {
            found.push(Trouble::new("cell_changed", edit.place, stands));
            continue;
        }
        let at = edit.wanted.map(|post| post.outlet_id).or(edit.seen);
        if let (Some(saw), Some(outlet)) = (&edit.there, at) {
            let are = there.get(&(outlet, edit.place.1)).unwrap_or(&nobody);
            if let Some(other) = saw.symmetric_difference(are).find(|other| **other != edit.place.0) {
                let place = (*other, edit.place.1);
                found.push(Trouble::new("cell_changed", place, now.get(&place).map(|post| post.outlet_id)));
                continue;
            }
        }
        if used.contains(&edit.place) {
            found.push(Trouble::new("has_checkins", edit.place, stands));
        } else if let Some(code) = refusal(book, edit.place, edit.wanted)? {
            found.push(Trouble::new(code, edit.place, at));
        }
    }
    Ok(found)
}

/// The hard rule that forbids somebody's day, if one does.
///
/// # Errors
/// Where broker, outlet or times are wrong in themselves.
pub fn refusal(book: &Book, (broker, date): Place, wanted: Option<Post>) -> Result<Option<&'static str>> {
    let Some(post) = wanted else {
        // A day can be cleared of whoever is of the branch, also after a suspension.
        return if book.brokers.contains_key(&broker) { Ok(None) } else { Err(Clash::NoBroker.into()) };
    };
    match book.judge(broker, post.outlet_id, date, post.starts_at, post.ends_at) {
        Ok(_) => Ok(None),
        Err(clash @ (Clash::NoOutlet | Clash::NoBroker | Clash::Times(..))) => Err(clash.into()),
        Err(clash) => Ok(Some(clash.code())),
    }
}

/// Tells with each changed cell who changed it and when: in the draft, else in what stands.
///
/// # Errors
/// What the database says.
pub fn name_authors(conn: &mut Conn, caller: &Caller, steps: &[Step], troubles: &mut Vec<Trouble>) -> Result<()> {
    troubles.truncate(TOLD);
    let changed: Vec<Id> = troubles.iter().filter(|t| t.code == "cell_changed").map(|t| t.broker_id).collect();
    let dates: Vec<NaiveDate> = troubles.iter().map(|t| t.date).collect();
    if changed.is_empty() {
        return Ok(());
    }
    type Fact = (Id, NaiveDate, Id, At);
    let facts: Vec<Fact> = shift_changes::table
        .filter(shift_changes::broker_id.eq_any(changed).and(shift_changes::date.eq_any(dates)))
        .order((shift_changes::at, shift_changes::sequence))
        .select((shift_changes::broker_id, shift_changes::date, shift_changes::by_user, shift_changes::at))
        .load(conn)?;
    let mut authors: HashMap<Place, (Id, At)> = HashMap::new();
    for (broker, date, by, at) in facts {
        authors.insert((broker, date), (by, at));
    }
    for step in steps.iter().filter(|step| !step.undone) {
        authors.insert(step.place, (step.by, step.at));
    }
    let ids: Vec<Id> = authors.values().map(|(by, _)| *by).chain([caller.user()?.id]).collect();
    let names: HashMap<Id, String> = users::table
        .filter(users::id.eq_any(ids))
        .select((users::id, users::name))
        .load::<(Id, String)>(conn)?
        .into_iter()
        .collect();
    for trouble in troubles.iter_mut().filter(|t| t.code == "cell_changed") {
        if let Some((by, at)) = authors.get(&(trouble.broker_id, trouble.date)) {
            trouble.by = names.get(by).cloned();
            trouble.at = Some(*at);
        }
    }
    Ok(())
}
