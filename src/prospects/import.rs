//! The import of prospects. Key: the mobile number at its broker; without one, folded name, time met and broker.
//!
//! A number that another broker has is another record with a warning: nothing is merged and nobody changes hands by a file. Who was erased stays
//! erased: their row is left out with a warning. A date without a time stands for the meeting of that day, whatever its hour.

mod known;
mod row;
mod write;

use std::collections::HashSet;

use crate::db::{Conn, Id};
use crate::error::Result;
use crate::imports::run::{Findings, Plan, Terms};
use crate::imports::table::Table;

use known::Known;
use row::{Given, Key};
use write::Draft;

/// Plans a table of prospects.
///
/// # Errors
/// What the database says.
pub fn plan(conn: &mut Conn, terms: &Terms, table: &Table) -> Result<Plan> {
    let branch = terms.branch()?.clone();
    let keys = terms.keys.clone();
    let mut findings = Findings::default();
    let brokers = known::brokers(conn, branch.id)?;
    let outlets = known::outlets(conn, branch.id)?;
    let mut rows = Vec::new();
    for row in &table.rows {
        if !findings.is_faulty(row)
            && let Some(given) = Given::read(table, row, &brokers, &outlets, &branch, terms.now, &mut findings)
        {
            rows.push((row, given));
        }
    }
    let known = Known::load(conn, &keys, branch.id, rows.iter().map(|(_, given)| given))?;
    let mut seen: HashSet<Key> = HashSet::new();
    let mut there: HashSet<Id> = HashSet::new();
    let mut drafts: Vec<Draft> = Vec::new();
    for (row, given) in rows {
        let Some(draft) = Draft::of(table, row, given, &known, &keys, &mut findings)? else { continue };
        let is_first = match &draft.before {
            Some(before) => there.insert(before.id),
            None => seen.insert(draft.key()),
        };
        if !is_first {
            let field = if draft.given.mobile.is_some() { "mobile" } else { "name" };
            findings.errors.push(table.at(row, field, "doubled_key"));
        }
        drafts.push(draft);
    }
    let counted: Vec<_> = drafts.iter().map(Draft::counted).collect();
    let mut plan = Plan::new(findings, move |conn, caller| {
        drafts.iter().try_for_each(|draft| write::apply(conn, &keys, caller, &branch, draft))
    });
    for (row, title, is_new, changes) in counted {
        plan.count(row, title, is_new, changes);
    }
    Ok(plan)
}
