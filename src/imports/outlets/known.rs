//! What is there before a file of outlets is read: one look at each table, none in the loop over the rows.

use std::collections::{HashMap, HashSet};

use diesel::prelude::*;

use crate::db::schema::{banks, outlet_hours, outlets};
use crate::db::{Conn, Id};
use crate::error::Result;
use crate::outlets::banks as bank_rules;
use crate::outlets::record::Outlet;

/// An outlet that is there.
pub struct There {
    /// Its row.
    pub outlet: Outlet,
    /// Whether its bank, tier and parent were set by hand.
    pub bank_by_hand: bool,
    /// As above.
    pub tier_by_hand: bool,
    /// As above.
    pub parent_by_hand: bool,
    /// Its opening hours as they are kept.
    pub hours: Vec<(i32, String, String)>,
}

/// What is there.
pub struct Known {
    /// The outlets of the branch.
    pub outlets: Vec<There>,
    /// By code.
    pub by_code: HashMap<String, usize>,
    /// By folded name.
    pub by_name: HashMap<String, Vec<usize>>,
    /// The codes that other branches use.
    pub codes_elsewhere: HashSet<String>,
    /// All banks by key.
    pub banks: HashMap<String, Id>,
    /// The names of all banks, also those yet to be made.
    pub bank_names: HashMap<Id, String>,
    /// Banks yet to be made.
    pub new_banks: Vec<(Id, String)>,
}

impl Known {
    /// Looks.
    ///
    /// # Errors
    /// What the database says.
    pub fn load(conn: &mut Conn, branch: Id) -> Result<Known> {
        type Flags = (String, bool, bool, bool);
        let rows: Vec<(Outlet, Flags)> = outlets::table
            .filter(outlets::branch_id.eq(branch))
            .select((
                Outlet::as_select(),
                (outlets::name_folded, outlets::bank_by_hand, outlets::tier_by_hand, outlets::parent_by_hand),
            ))
            .load(conn)?;
        let mut hours = hours_of(conn, branch)?;
        let elsewhere: Vec<String> =
            outlets::table.filter(outlets::branch_id.ne(branch)).select(outlets::code).load(conn)?;
        let all_banks: Vec<(Id, String, String)> =
            banks::table.select((banks::id, banks::name, banks::name_folded)).load(conn)?;
        let mut known = Known {
            outlets: Vec::with_capacity(rows.len()),
            by_code: HashMap::new(),
            by_name: HashMap::new(),
            codes_elsewhere: elsewhere.into_iter().collect(),
            banks: all_banks.iter().map(|(id, _, key)| (key.clone(), *id)).collect(),
            bank_names: all_banks.into_iter().map(|(id, name, _)| (id, name)).collect(),
            new_banks: Vec::new(),
        };
        for (at, (outlet, (folded, bank_by_hand, tier_by_hand, parent_by_hand))) in rows.into_iter().enumerate() {
            known.by_code.insert(outlet.code.clone(), at);
            known.by_name.entry(folded).or_default().push(at);
            let hours = hours.remove(&outlet.id).unwrap_or_default();
            known.outlets.push(There { outlet, bank_by_hand, tier_by_hand, parent_by_hand, hours });
        }
        Ok(known)
    }

    /// The bank of this name, to be made if it is not there.
    pub fn bank(&mut self, name: &str) -> Id {
        let key = bank_rules::key(name);
        if let Some(id) = self.banks.get(&key) {
            return *id;
        }
        let id = Id::new();
        self.banks.insert(key, id);
        self.bank_names.insert(id, name.to_owned());
        self.new_banks.push((id, name.to_owned()));
        id
    }

    /// The name of a bank.
    pub fn bank_name(&self, id: Option<Id>) -> String {
        id.and_then(|id| self.bank_names.get(&id).cloned()).unwrap_or_default()
    }
}

type Hours = HashMap<Id, Vec<(i32, String, String)>>;

fn hours_of(conn: &mut Conn, branch: Id) -> Result<Hours> {
    let rows: Vec<(Id, i32, String, String)> = outlet_hours::table
        .inner_join(outlets::table)
        .filter(outlets::branch_id.eq(branch))
        .order((outlet_hours::outlet_id, outlet_hours::weekday, outlet_hours::opens))
        .select((outlet_hours::outlet_id, outlet_hours::weekday, outlet_hours::opens, outlet_hours::closes))
        .load(conn)?;
    let mut hours = Hours::new();
    for (outlet, weekday, opens, closes) in rows {
        hours.entry(outlet).or_default().push((weekday, opens, closes));
    }
    Ok(hours)
}
