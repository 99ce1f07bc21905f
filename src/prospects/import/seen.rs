//! What a plan rests on, so that it can be told in a moment whether others changed it since: the records it looked at with their versions, and the keys
//! under which others would matter to it. Who changes a prospect leaves an entry in the audit trail; only those since then are looked at again.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use chrono::NaiveDate;
use chrono_tz::Tz;
use diesel::prelude::*;

use super::known::Known;
use super::row::Given;
use crate::db::schema::{audit_entries, erased_people, prospects};
use crate::db::{Conn, Id};
use crate::error::Result;
use crate::keys::Keys;
use crate::prospects::store::mobile_hash;
use crate::text::fold;

/// With more entries than this since then it is cheaper to look again.
const ENTRIES: i64 = 5_000;

/// What a plan rests on. Keys are kept as short hashes: two that fall together only mean another look.
pub struct Seen {
    branch: Id,
    /// The last entry of the trail before anything was looked at.
    since: i64,
    records: HashMap<Id, i32>,
    numbers: HashSet<u64>,
    meetings: HashSet<u64>,
}

fn short(what: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    what.hash(&mut hasher);
    hasher.finish()
}

/// A hash so long that no two fall together, in the place of what it is of.
pub fn long(what: &impl Hash) -> u128 {
    u128::from(short((0, what))) << 64 | u128::from(short((1, what)))
}

/// A prospect that has an entry.
type Changed = (Id, i32, String, Id, Id, Option<Vec<u8>>, String, NaiveDate);

impl Seen {
    /// Before anything is looked at.
    ///
    /// # Errors
    /// What the database says.
    pub fn begin(conn: &mut Conn, branch: Id) -> Result<Seen> {
        let since: Option<i64> =
            audit_entries::table.select(audit_entries::seq).order(audit_entries::seq.desc()).first(conn).optional()?;
        let (records, numbers, meetings) = (HashMap::new(), HashSet::new(), HashSet::new());
        Ok(Seen { branch, since: since.unwrap_or(0), records, numbers, meetings })
    }

    /// Notes what was looked at for some rows.
    pub fn note<'a>(&mut self, keys: &Keys, zone: Tz, known: &Known, rows: impl Iterator<Item = &'a Given>) {
        let there = known.by_hash.values().chain(known.by_name.values()).flatten();
        self.records.extend(there.map(|there| (there.prospect.id, there.prospect.version)));
        for row in rows {
            self.numbers.extend(row.mobile.as_ref().map(|mobile| short(mobile_hash(keys, mobile))));
            if let (Some(name), Some(met_at), Some(broker)) = (&row.name, row.met_at, row.broker) {
                self.meetings.insert(short((fold(name), met_at.at.date_in(zone), broker)));
            }
        }
    }

    /// Whether somebody changed, added or erased what the plan is about.
    ///
    /// # Errors
    /// What the database says.
    pub fn is_stale(&self, conn: &mut Conn) -> Result<bool> {
        let entries: Vec<(String, Option<Id>, String)> = audit_entries::table
            .filter(audit_entries::seq.gt(self.since))
            .order(audit_entries::seq)
            .limit(ENTRIES)
            .select((audit_entries::action, audit_entries::subject_id, audit_entries::detail))
            .load(conn)?;
        if entries.len() as i64 == ENTRIES || self.erased(conn, &entries)? {
            return Ok(true);
        }
        let mut ids = HashSet::new();
        for (action, subject, detail) in &entries {
            if action.starts_with("prospect.") {
                ids.extend(subject);
            }
            if action == "prospect.merge" {
                ids.extend(merged(detail));
            }
        }
        let ids: Vec<Id> = ids.into_iter().collect();
        for some in ids.chunks(500) {
            let changed: Vec<Changed> = prospects::table
                .filter(prospects::id.eq_any(some))
                .select((
                    prospects::id,
                    prospects::version,
                    prospects::state,
                    prospects::branch_id,
                    prospects::broker_id,
                    prospects::mobile_hash,
                    prospects::name_folded,
                    prospects::met_on,
                ))
                .load(conn)?;
            if changed.iter().any(|one| self.matters(one)) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn matters(&self, (id, version, state, branch, broker, hash, name, met_on): &Changed) -> bool {
        match self.records.get(id) {
            Some(seen) => seen != version,
            None if state != "active" => false,
            None => {
                let has_number = hash.as_ref().is_some_and(|hash| self.numbers.contains(&short(hash)));
                has_number || (*branch == self.branch && self.meetings.contains(&short((name, met_on, broker))))
            }
        }
    }

    fn erased(&self, conn: &mut Conn, entries: &[(String, Option<Id>, String)]) -> Result<bool> {
        if entries.iter().all(|(action, ..)| action != "person.erase") {
            return Ok(false);
        }
        let hashes: Vec<Vec<u8>> = erased_people::table.select(erased_people::mobile_hash).load(conn)?;
        Ok(hashes.iter().any(|hash| self.numbers.contains(&short(hash))))
    }
}

/// Who was merged into another, as the entry has it.
fn merged(detail: &str) -> Option<Id> {
    let detail: serde_json::Value = serde_json::from_str(detail).ok()?;
    detail.get("merged")?.as_str()?.parse().ok()
}
