//! What is there before a file of prospects is read: a few looks, none in the loop over the rows.

use std::collections::{HashMap, HashSet};

use chrono_tz::Tz;
use diesel::prelude::*;

use super::row::Given;
use crate::db::schema::{consents, erased_people, outlets, prospects, users};
use crate::db::{At, Conn, Id};
use crate::error::Result;
use crate::imports::error::Problem;
use crate::imports::run::Findings;
use crate::imports::table::{Row, Table};
use crate::keys::Keys;
use crate::people::Role;
use crate::prospects::store::{Prospect, mobile_hash};
use crate::text::fold;
use crate::text::mobile::Mobile;

/// The brokers of a branch, by login, certificate number and folded name.
pub struct Brokers {
    by_code: HashMap<String, Id>,
    by_name: HashMap<String, Vec<Id>>,
}

/// Loads the brokers who work in a branch.
///
/// # Errors
/// What the database says.
pub fn brokers(conn: &mut Conn, branch: Id) -> Result<Brokers> {
    let rows: Vec<(Id, String, String, Option<String>)> = users::table
        .filter(users::branch_id.eq(branch).and(users::role.eq(Role::Broker)).and(users::disabled_at.is_null()))
        .select((users::id, users::name, users::login, users::certificate_no))
        .load(conn)?;
    let mut found = Brokers { by_code: HashMap::new(), by_name: HashMap::new() };
    for (id, name, login, certificate) in rows {
        found.by_name.entry(fold(&name)).or_default().push(id);
        if let Some(number) = certificate {
            found.by_code.insert(fold(&number), id);
        }
        found.by_code.insert(fold(&login), id);
    }
    Ok(found)
}

impl Brokers {
    /// The one that a cell means: by login or certificate number, else by name.
    ///
    /// # Errors
    /// `unknown_broker`, `several_of_name`.
    pub fn find(&self, text: &str) -> std::result::Result<Id, Problem> {
        let key = fold(text);
        if let Some(broker) = self.by_code.get(&key) {
            return Ok(*broker);
        }
        match self.by_name.get(&key).map_or(&[][..], Vec::as_slice) {
            [one] => Ok(*one),
            [] => Err("unknown_broker".into()),
            _ => Err("several_of_name".into()),
        }
    }
}

/// The outlets of a branch, by code and folded name.
pub struct Outlets {
    by_code: HashMap<String, Id>,
    by_name: HashMap<String, Vec<Id>>,
}

/// Loads the outlets of a branch.
///
/// # Errors
/// What the database says.
pub fn outlets(conn: &mut Conn, branch: Id) -> Result<Outlets> {
    let rows: Vec<(Id, String, String)> = outlets::table
        .filter(outlets::branch_id.eq(branch))
        .select((outlets::id, outlets::code, outlets::name_folded))
        .load(conn)?;
    let mut found = Outlets { by_code: HashMap::new(), by_name: HashMap::new() };
    for (id, code, name) in rows {
        found.by_code.insert(fold(&code), id);
        found.by_name.entry(name).or_default().push(id);
    }
    Ok(found)
}

impl Outlets {
    /// The outlet of a row: its code counts before its name; under the name people write codes too.
    pub fn of_row(&self, table: &Table, row: &Row, findings: &mut Findings) -> Option<Id> {
        let by_code = |text: &str| self.by_code.get(&fold(text)).copied();
        let code = findings.take(table.value(row, "outlet_code", |text| by_code(text).ok_or("outlet_not_found")));
        let named = findings.take(table.value(row, "outlet", |text| {
            if let Some(id) = code.or_else(|| by_code(text)) {
                return Ok(id);
            }
            match self.by_name.get(&fold(text)).map_or(&[][..], Vec::as_slice) {
                [one] => Ok(*one),
                [] => Err("outlet_not_found"),
                _ => Err("several_of_name"),
            }
        }));
        code.or(named)
    }
}

/// A prospect that is there.
pub struct There {
    pub prospect: Prospect,
    /// When each consent was given, what for, and whether it was withdrawn.
    pub consents: Vec<(At, String, bool)>,
}

impl There {
    /// Whether a broker cares for the person, or met them before somebody else took over.
    pub fn was_of(&self, broker: Id) -> bool {
        self.prospect.broker_id == broker || self.prospect.met_by == broker
    }

    /// Whether it went into another record, which a file has nothing to say about.
    pub fn is_merged(&self) -> bool {
        self.prospect.state == "merged"
    }
}

/// The records that the rows may mean, those that were merged into another among them: a file that brought one in does not bring it back.
pub struct Known {
    /// Of the branch, by hash of the mobile.
    pub by_hash: HashMap<Vec<u8>, Vec<There>>,
    /// Of the branch, by folded name.
    pub by_name: HashMap<String, Vec<There>>,
    /// Numbers that another branch has.
    pub elsewhere: HashSet<Vec<u8>>,
    /// Numbers of people who were erased.
    pub erased: HashSet<Vec<u8>>,
}

impl Known {
    /// Looks, for some hundred rows at a time.
    ///
    /// # Errors
    /// What the database says.
    pub fn load<'a>(
        conn: &mut Conn,
        keys: &Keys,
        branch: Id,
        zone: Tz,
        rows: impl Iterator<Item = &'a Given> + Clone,
    ) -> Result<Known> {
        let hash = |mobile: &Mobile| mobile_hash(keys, mobile);
        let hashes: Vec<Vec<u8>> = rows.clone().filter_map(|row| row.mobile.as_ref().map(hash)).collect();
        let mut known = Known {
            by_hash: HashMap::new(),
            by_name: HashMap::new(),
            elsewhere: HashSet::new(),
            erased: HashSet::new(),
        };
        known.look_for_hashes(conn, branch, &hashes)?;
        // Who has the number at the broker is found; the others may be there under their name and day.
        let is_found = |row: &Given| {
            let same = row.mobile.as_ref().and_then(|mobile| known.by_hash.get(&hash(mobile)));
            same.is_some_and(|all| all.iter().any(|there| row.broker.is_none_or(|id| there.was_of(id))))
        };
        let (mut names, mut days) = (Vec::new(), Vec::new());
        for row in rows.filter(|row| !is_found(row)) {
            if let (Some(name), Some(met_at)) = (&row.name, row.met_at) {
                names.push(fold(name));
                days.push(met_at.at.date_in(zone));
            }
        }
        days.sort_unstable();
        days.dedup();
        let found: Vec<Prospect> = prospects::table
            .filter(prospects::branch_id.eq(branch).and(prospects::state.ne("erased")))
            .filter(prospects::name_folded.eq_any(&names).and(prospects::met_on.eq_any(&days)))
            .order(prospects::id)
            .select(Prospect::as_select())
            .load(conn)?;
        for there in with_consents(conn, found)? {
            known.by_name.entry(fold(&there.prospect.name)).or_default().push(there);
        }
        Ok(known)
    }

    fn look_for_hashes(&mut self, conn: &mut Conn, branch: Id, hashes: &[Vec<u8>]) -> Result<()> {
        let found: Vec<Prospect> = prospects::table
            .filter(prospects::mobile_hash.eq_any(hashes).and(prospects::state.ne("erased")))
            .order(prospects::id)
            .select(Prospect::as_select())
            .load(conn)?;
        let (here, others): (Vec<_>, Vec<_>) = found.into_iter().partition(|one| one.branch_id == branch);
        let others = others.into_iter().filter(|one| one.state == "active");
        self.elsewhere.extend(others.filter_map(|one| one.mobile_hash));
        for there in with_consents(conn, here)? {
            let hash = there.prospect.mobile_hash.clone().unwrap_or_default();
            self.by_hash.entry(hash).or_default().push(there);
        }
        let erased: Vec<Vec<u8>> = erased_people::table
            .filter(erased_people::mobile_hash.eq_any(hashes))
            .select(erased_people::mobile_hash)
            .load(conn)?;
        self.erased.extend(erased);
        Ok(())
    }
}

/// Records with their consents.
///
/// # Errors
/// What the database says.
pub fn with_consents(conn: &mut Conn, found: Vec<Prospect>) -> Result<Vec<There>> {
    let ids: Vec<Id> = found.iter().map(|one| one.id).collect();
    let rows: Vec<(Id, At, String, Option<At>)> = consents::table
        .filter(consents::prospect_id.eq_any(ids))
        .select((consents::prospect_id, consents::given_at, consents::purpose, consents::withdrawn_at))
        .load(conn)?;
    let mut of: HashMap<Id, Vec<(At, String, bool)>> = HashMap::new();
    for (id, at, purpose, withdrawn) in rows {
        of.entry(id).or_default().push((at, purpose, withdrawn.is_some()));
    }
    Ok(found
        .into_iter()
        .map(|prospect| There { consents: of.remove(&prospect.id).unwrap_or_default(), prospect })
        .collect())
}
