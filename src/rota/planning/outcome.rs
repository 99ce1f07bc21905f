//! From what the planner found back to people's days: what changes, and whether the branch's own rules allow it. Pure.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::instance::Prepared;
use crate::db::Id;
use crate::planner::Plan;
use crate::rota::edits::{self, Edit};
use crate::rota::posts::{Place, Post};
use crate::rota::rules::Book;

/// Where the plan has everybody, in the days asked for.
pub fn wanted(prepared: &Prepared, plan: &Plan) -> BTreeMap<Place, Id> {
    let mut found = BTreeMap::new();
    for shift in &plan.shifts {
        let date = prepared.date(shift.day);
        if let (Ok(broker), Ok(outlet)) = (shift.broker.parse::<Id>(), shift.outlet.parse::<Id>())
            && within(prepared, date)
        {
            found.insert((broker, date), outlet);
        }
    }
    found
}

fn within(prepared: &Prepared, date: NaiveDate) -> bool {
    (prepared.from..=prepared.to).contains(&date)
}

/// What changes: whoever is elsewhere than now, is new, or is free. What stays as it is keeps its times.
pub fn edits(prepared: &Prepared, plan: &Plan) -> Vec<Edit> {
    let wanted = wanted(prepared, plan);
    let open = |place: &Place| within(prepared, place.1) && !prepared.fixed.contains(place);
    let edit = |place: Place, outlet: Option<Id>, seen: Option<Id>| Edit {
        place,
        wanted: outlet.map(|outlet_id| Post { outlet_id, starts_at: None, ends_at: None }),
        seen,
        there: None,
    };
    let now = |place: &Place| prepared.base.get(place).map(|post| post.outlet_id);
    let mut found: Vec<Edit> = wanted
        .iter()
        .filter(|(place, outlet)| open(place) && now(place) != Some(**outlet))
        .map(|(place, outlet)| edit(*place, Some(*outlet), now(place)))
        .collect();
    let gone = prepared.base.iter().filter(|(place, _)| open(place) && !wanted.contains_key(place));
    found.extend(gone.map(|(place, post)| edit(*place, None, Some(post.outlet_id))));
    found.sort_by_key(|edit| (edit.place.1, edit.place.0));
    found
}

/// Those edits that the branch's own rules allow, and how many they do not: none, unless the planner saw another branch than the book.
pub fn legal(book: &Book, all: Vec<Edit>) -> (Vec<Edit>, usize) {
    let before = all.len();
    let allowed: Vec<Edit> =
        all.into_iter().filter(|edit| matches!(edits::refusal(book, edit.place, edit.wanted), Ok(None))).collect();
    let refused = before - allowed.len();
    (allowed, refused)
}
