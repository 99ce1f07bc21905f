//! The same mobile met twice. Others in reach are named by id; of those out of reach only that there is one is said, and how often somebody learns that
//! is limited and on record, so that nobody fishes for other people's clients.

use chrono::Duration;
use diesel::prelude::*;
use serde_json::json;

use super::store::reaches;
use crate::audit::{self, Subject};
use crate::db::schema::{audit_entries, branches, prospects};
use crate::db::{Conn, Id, serialise};
use crate::error::{Error, Result};
use crate::on_either;
use crate::people::{Caller, Reach};

/// How many hits out of reach a user may get in an hour.
pub const HITS_AN_HOUR: i64 = 100;
const HIT: &str = "prospect.duplicate_elsewhere";
const MOST_NAMED: i64 = 1000;

/// The others with a mobile.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Duplicates {
    /// Those in reach.
    pub in_reach: Vec<Id>,
    /// The branches of those out of reach.
    pub elsewhere: Vec<Id>,
}

/// The active prospects with the mobile of this hash, `except` one.
///
/// # Errors
/// What the database says.
pub fn find(conn: &mut Conn, reach: Reach, hash: Option<&[u8]>, except: Option<Id>) -> Result<Duplicates> {
    let Some(hash) = hash else { return Ok(Duplicates::default()) };
    let same = prospects::table
        .filter(prospects::mobile_hash.eq(hash))
        .filter(prospects::state.eq("active"))
        .order((prospects::met_at, prospects::id))
        .limit(MOST_NAMED)
        .select((prospects::id, prospects::branch_id, prospects::broker_id));
    let rows: Vec<(Id, Id, Id)> = on_either!(conn, c => same.load(c))?;
    let mut found = Duplicates::default();
    for (id, branch, broker) in rows {
        if Some(id) == except {
            continue;
        }
        if reaches(reach, branch, broker) {
            found.in_reach.push(id);
        } else if !found.elsewhere.contains(&branch) {
            found.elsewhere.push(branch);
        }
    }
    Ok(found)
}

/// `find` by somebody who thereby learns something: a hit out of reach is put on record.
///
/// # Errors
/// `TooMany` once the user had a hundred hits within the hour, whatever this one would answer.
pub fn look(conn: &mut Conn, caller: &Caller, hash: Option<&[u8]>, except: Option<Id>) -> Result<Duplicates> {
    if hash.is_none() {
        return Ok(Duplicates::default());
    }
    let user = caller.user()?;
    serialise(conn, user.id)?;
    let since = caller.now - Duration::hours(1);
    let lately = audit_entries::table
        .filter(audit_entries::subject_id.eq(user.id))
        .filter(audit_entries::action.eq(HIT))
        .filter(audit_entries::at.gt(since))
        .count();
    let hits: i64 = on_either!(conn, c => lately.get_result(c))?;
    if hits >= HITS_AN_HOUR {
        return Err(Error::TooMany(600));
    }
    let found = find(conn, user.reach(), hash, except)?;
    if !found.elsewhere.is_empty() {
        let branch = user.branch.as_ref().map(|b| b.id);
        audit::record(conn, caller, HIT, Subject::new("user", user.id, branch), json!({}))?;
    }
    Ok(found)
}

/// The names of branches, for the page that says whom to ask.
///
/// # Errors
/// What the database says.
pub fn branch_names(conn: &mut Conn, ids: &[Id]) -> Result<Vec<String>> {
    Ok(branches::table.filter(branches::id.eq_any(ids)).order(branches::code).select(branches::name).load(conn)?)
}
