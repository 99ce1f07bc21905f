//! Many targets at once, all or nothing: the table of a period, and a period copied into another.

use std::collections::{HashMap, HashSet};

use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Key, Subject, Target, drop_row, insert, of_period, rewrite};
use crate::db::schema::{outlets, users};
use crate::db::{Conn, Id, serialise};
use crate::error::{Error, Faults, Result};
use crate::goals::measure::Measure;
use crate::goals::period::Period;
use crate::goals::settings::desk;
use crate::keys::Keys;
use crate::people::{Caller, Role};
use crate::requests::{self, Answer};

/// Whom a target names, and what it counts: a cell of the table of one period.
pub type Slot = (Subject, String, Measure);

/// What becomes of one cell of a table of targets.
#[derive(Clone, Debug)]
pub struct Cell {
    /// Which.
    pub slot: Slot,
    /// What stood there when the table was shown.
    pub seen: Option<i64>,
    /// What shall stand there.
    pub wanted: Option<i64>,
}

/// What setting many came to.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Put {
    /// How many were set, changed or taken away.
    pub changed: usize,
    /// Which cells somebody else has changed meanwhile, by their place in the list, and to what; then nothing is written.
    pub stale: Vec<(usize, Option<i64>)>,
}

/// Sets many targets of a period at once, all or nothing. A cell that was left as it was seen is left as it is; one that somebody else has changed since is
/// told.
///
/// # Errors
/// `Forbidden` for who is not the desk of a branch; `NotFound` naming `member`.
pub fn put(conn: &mut Conn, caller: &Caller, period: Period, cells: &[Cell]) -> Result<Put> {
    let branch = desk(caller.user()?)?.id;
    serialise(conn, branch)?;
    let rows = of_period(conn, branch, period)?;
    let mut there: HashMap<Slot, Target> =
        rows.into_iter().map(|row| ((row.subject, row.member.clone(), row.measure), row)).collect();
    let mut put = Put::default();
    let mut todo = Vec::new();
    for (place, cell) in cells.iter().enumerate().filter(|(_, cell)| cell.seen != cell.wanted) {
        let value = there.get(&cell.slot).map(|row| row.value);
        if value == cell.wanted {
            // Sent twice: it stands there already.
        } else if value != cell.seen {
            put.stale.push((place, value));
        } else {
            todo.push(cell);
        }
    }
    if !put.stale.is_empty() {
        return Ok(put);
    }
    all_known(conn, branch, todo.iter().map(|cell| &cell.slot))?;
    put.changed = todo.len();
    for cell in todo {
        match (there.remove(&cell.slot), cell.wanted) {
            (Some(mut row), Some(value)) => rewrite(conn, caller, &mut row, value)?,
            (Some(row), None) => drop_row(conn, caller, &row)?,
            (None, Some(value)) => {
                let (subject, member, measure) = cell.slot.clone();
                insert(conn, caller, branch, Id::new(), &Key { period, subject, member, measure }, value).map(drop)?;
            }
            (None, None) => {}
        }
    }
    Ok(put)
}

/// `known` for many, in two questions.
fn all_known<'a>(conn: &mut Conn, branch: Id, slots: impl Iterator<Item = &'a Slot>) -> Result<()> {
    let named: Vec<&Slot> = slots.collect();
    let ids = |of: Subject| -> HashSet<Id> {
        named.iter().filter(|(subject, ..)| *subject == of).filter_map(|(_, member, _)| member.parse().ok()).collect()
    };
    let (places, people) = (ids(Subject::Outlet), ids(Subject::Broker));
    let found: i64 = outlets::table
        .filter(outlets::branch_id.eq(branch).and(outlets::id.eq_any(&places)))
        .count()
        .get_result(conn)?;
    let brokers: i64 = users::table
        .filter(users::branch_id.eq(branch).and(users::role.eq(Role::Broker)).and(users::id.eq_any(&people)))
        .count()
        .get_result(conn)?;
    let whole = found == places.len() as i64 && brokers == people.len() as i64;
    if whole { Ok(()) } else { Err(Error::NotFound(Some("member"))) }
}

/// Which targets are copied where.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TargetsCopyInput)]
pub struct CopyInput {
    /// Made by the client; sent again with the same body the first answer comes back.
    #[schema(required, value_type = Id)]
    pub id: Option<Id>,
    /// From which period: `2026-11`, `2026-Q4`, `2026` or two dates with two points between them.
    #[schema(required, value_type = String)]
    pub from_period: Option<String>,
    /// Into which period, written likewise.
    #[schema(required, value_type = String)]
    pub into_period: Option<String>,
}

/// A copy, checked.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct NewCopy {
    id: Id,
    from: Period,
    into: Period,
}

impl NewCopy {
    /// Checks what was sent.
    ///
    /// # Errors
    /// By field.
    pub fn parse(input: &CopyInput) -> Result<NewCopy> {
        let mut faults = Faults::new();
        let id = faults.take("id", input.id.ok_or("required"));
        let mut period =
            |field: &str, given: Option<&str>| faults.take(field, given.ok_or("required").and_then(Period::parse));
        let from = period("from_period", input.from_period.as_deref());
        let into = period("into_period", input.into_period.as_deref());
        if from.is_some() && from == into {
            faults.add("into_period", "same_period");
        }
        match (id, from, into) {
            (Some(id), Some(from), Some(into)) if faults.is_empty() => Ok(NewCopy { id, from, into }),
            _ => Err(faults.into_error()),
        }
    }

    /// Into which period.
    pub fn into_period(&self) -> Period {
        self.into
    }
}

/// What a copy came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = TargetsCopied)]
pub struct Copied {
    /// How many were copied.
    pub copied: u32,
    /// How many were left, since the period has a target there already.
    pub left: u32,
}

/// Copies the targets of a period into another; what stands there stays.
///
/// # Errors
/// `Forbidden` for who is not the desk of a branch; `id_taken`.
pub fn copy(conn: &mut Conn, keys: &Keys, caller: &Caller, new: &NewCopy) -> Result<Answer<Copied>> {
    let branch = desk(caller.user()?)?.id;
    requests::once(conn, keys, caller, "target_copy", new.id, new, |conn| {
        serialise(conn, branch)?;
        let old = of_period(conn, branch, new.from)?;
        let there = of_period(conn, branch, new.into)?;
        let mut copied = Copied { copied: 0, left: 0 };
        for row in old {
            let same = |other: &Target| {
                (other.subject, &other.member, other.measure) == (row.subject, &row.member, row.measure)
            };
            if there.iter().any(same) {
                copied.left += 1;
                continue;
            }
            let key = Key { period: new.into, subject: row.subject, member: row.member, measure: row.measure };
            insert(conn, caller, branch, Id::new(), &key, row.value)?;
            copied.copied += 1;
        }
        Ok(copied)
    })
}
