//! A draft beside what stands, as a page reads it: by person, with names.

use std::collections::{BTreeMap, HashMap};

use diesel::prelude::*;

use super::edits::Trouble;
use super::labels;
use super::posts::{Difference, Post};
use super::publish;
use super::rules::Book;
use crate::db::schema::{outlets, users};
use crate::db::{Conn, Id};
use crate::error::Result;
use crate::people::{CurrentUser, Role};
use crate::templates::rota::{Changes, DayChange, Kind, Person};

/// Troubles with the names of whom and where.
///
/// # Errors
/// What the database says.
pub fn names(
    conn: &mut Conn,
    user: &CurrentUser,
    troubles: Vec<Trouble>,
) -> Result<Vec<(Trouble, String, Option<String>)>> {
    if troubles.is_empty() {
        return Ok(Vec::new());
    }
    let branch = user.own_branch()?.id;
    let people: HashMap<Id, String> = users::table
        .filter(users::branch_id.eq(branch).and(users::id.eq_any(troubles.iter().map(|t| t.broker_id))))
        .select((users::id, users::name))
        .load::<(Id, String)>(conn)?
        .into_iter()
        .collect();
    let places: HashMap<Id, String> = outlets::table
        .filter(outlets::branch_id.eq(branch).and(outlets::id.eq_any(troubles.iter().filter_map(|t| t.outlet_id))))
        .select((outlets::id, outlets::name))
        .load::<(Id, String)>(conn)?
        .into_iter()
        .collect();
    let named = |trouble: Trouble| {
        let who = people.get(&trouble.broker_id).cloned().unwrap_or_default();
        let place = trouble.outlet_id.and_then(|id| places.get(&id).cloned());
        (trouble, who, place)
    };
    Ok(troubles.into_iter().map(named).collect())
}

/// Reads the page.
///
/// # Errors
/// `NotFound` out of reach.
pub fn load(conn: &mut Conn, user: &CurrentUser, id: Id) -> Result<Changes> {
    let (draft, book, found) = publish::load(conn, user, id)?;
    let own = user.branch.as_ref().is_some_and(|b| b.id == draft.branch_id);
    let names = labels::of_people(book.brokers.iter().map(|(id, facts)| (*id, facts.name.as_str())));
    let blocked: HashMap<_, _> = found.blocking.iter().map(|t| ((t.broker_id, t.date), t.code.clone())).collect();
    let warned: HashMap<_, _> = found.warnings.iter().map(|(place, all)| (*place, all)).collect();
    let mut people: BTreeMap<String, Vec<DayChange>> = BTreeMap::new();
    let all = found.differences.iter().map(|d| (d, false)).chain(found.left_alone.iter().map(|d| (d, true)));
    for ((place, difference), left_alone) in all {
        let name = names.get(&place.0).map(ToString::to_string).unwrap_or_default();
        let (kind, old, new) = match difference {
            Difference::Added(new) => (Kind::Added, None, Some(new)),
            Difference::Moved(old, new) => (Kind::Moved, Some(old), Some(new)),
            Difference::Removed(old) => (Kind::Removed, Some(old), None),
        };
        let warnings = warned.get(place).map(|all| all.iter().map(|w| w.as_str()).collect()).unwrap_or_default();
        people.entry(name).or_default().push(DayChange {
            date: place.1,
            kind,
            old: old.map(|post| stand(&book, post)),
            new: new.map(|post| stand(&book, post)),
            conflict: blocked.get(place).cloned(),
            warnings,
            left_alone,
        });
    }
    let count = |kind: Kind| people.values().flatten().filter(|c| c.kind == kind && !c.left_alone).count();
    Ok(Changes {
        id: draft.id.to_string(),
        version: draft.version,
        from: draft.from,
        to: draft.to,
        open: draft.state == super::drafts::State::Open,
        writes: own && matches!(user.role, Role::Coordinator | Role::Manager),
        added: count(Kind::Added),
        moved: count(Kind::Moved),
        removed: count(Kind::Removed),
        blocking: found.blocking.len(),
        left_alone: found.left_alone.len(),
        people: people
            .into_iter()
            .map(|(name, mut days)| {
                days.sort_by_key(|day| day.date);
                Person { name, days }
            })
            .collect(),
    })
}

/// Where and when, in words: the times only where they are not the outlet's own.
fn stand(book: &Book, post: &Post) -> String {
    let name = book.outlets.get(&post.outlet_id).map(|o| o.name.clone()).unwrap_or_default();
    let clock = |at: crate::db::At| at.utc().with_timezone(&book.zone).format("%H:%M").to_string();
    match (post.starts_at, post.ends_at) {
        (Some(from), Some(to)) => format!("{name} {}–{}", clock(from), clock(to)),
        _ => name,
    }
}
