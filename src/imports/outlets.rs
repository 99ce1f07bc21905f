//! The import of outlets. Key: the code; a row without one is the outlet of the branch with an equal folded name within a metre.
//!
//! A bank, tier or parent that has no column is read out of the name; it fills what is empty and was never set by hand.

mod draft;
mod known;
mod parents;
mod write;

use std::collections::{HashMap, HashSet};

use draft::Draft;
use known::Known;
use sha2::{Digest, Sha256};

use super::cells::{self, SAME_RECORD_M};
use super::run::{Findings, Plan, Terms};
use super::table::{Row, Table};
use crate::db::Conn;
use crate::error::Result;
use crate::outlets::input::Place;
use crate::place::{Point, distance_m};
use crate::text::fold;

/// Plans a table of outlets.
///
/// # Errors
/// What the database says.
pub fn plan(conn: &mut Conn, terms: &Terms, table: &Table) -> Result<Plan> {
    let branch = terms.branch()?.id;
    let mut known = Known::load(conn, branch)?;
    let mut findings = Findings::default();
    let mut seen = Seen::default();
    let mut drafts: Vec<Draft> = Vec::with_capacity(table.rows.len());
    for row in &table.rows {
        if findings.is_faulty(row) {
            continue;
        }
        let before = findings.errors.len();
        let key = Key::read(table, row, terms, &mut findings);
        let found = if findings.errors.len() > before || key.code.is_none() && key.name.is_none() {
            // Its other cells are looked at all the same, so that all that is wrong with a row is told at once.
            Some(Found::New)
        } else {
            seen.find(table, row, &key, &known, &mut findings)
        };
        if let Some(found) = found {
            let draft = Draft::of(table, row, &key, found, branch, &mut known, &mut findings);
            drafts.extend(draft.filter(|_| findings.errors.len() == before));
        }
    }
    for draft in drafts.iter_mut().filter(|d| d.outlet.code.is_empty()) {
        draft.outlet.code = seen.new_code(draft, &known);
    }
    parents::resolve(table, &mut drafts, &known, &mut findings);
    let mut counted = Vec::new();
    for draft in &mut drafts {
        counted.push((draft.row, draft.outlet.name.clone(), draft.is_new, std::mem::take(&mut draft.changes)));
        draft.is_changed = counted.last().is_some_and(|c| !c.3.is_empty());
    }
    let banks = std::mem::take(&mut known.new_banks);
    let names = known.bank_names;
    let mut plan = Plan::new(findings, move |conn, caller| write::apply(conn, caller, &banks, &names, &drafts));
    for (row, name, is_new, changes) in counted {
        plan.count(row, name, is_new, changes);
    }
    Ok(plan)
}

/// By what a row names its outlet.
struct Key {
    code: Option<String>,
    name: Option<String>,
    /// Whether something was wrong with its name, and told.
    name_is_wrong: bool,
    place: Option<Place>,
}

impl Key {
    fn read(table: &Table, row: &Row, terms: &Terms, findings: &mut Findings) -> Key {
        let code = findings.take(cells::code(table, row, "code"));
        let before = findings.errors.len();
        let name = findings.take(cells::line(table, row, "name", 200));
        let name_is_wrong = findings.errors.len() > before;
        let place = cells::place(table, row, terms.datum, findings);
        Key { code, name, name_is_wrong, place }
    }
}

/// Which record a row is about.
enum Found {
    /// A new one.
    New,
    /// One that is there, by its index.
    There(usize),
}

/// What earlier rows of the file were about: one record a row, none twice.
#[derive(Default)]
struct Seen {
    codes: HashSet<String>,
    claimed: HashSet<usize>,
    /// Names and places of rows without a code.
    nameless: HashMap<String, Vec<Option<Point>>>,
}

impl Seen {
    fn find(&mut self, table: &Table, row: &Row, key: &Key, known: &Known, findings: &mut Findings) -> Option<Found> {
        match &key.code {
            Some(code) => self.by_code(table, row, code, known, findings),
            None => self.by_name(table, row, key, known, findings),
        }
    }

    fn by_code(
        &mut self,
        table: &Table,
        row: &Row,
        code: &str,
        known: &Known,
        findings: &mut Findings,
    ) -> Option<Found> {
        let is_new_key = self.codes.insert(code.to_owned());
        let there = known.by_code.get(code).copied();
        if !is_new_key || there.is_some_and(|at| !self.claimed.insert(at)) {
            findings.errors.push(table.at(row, "code", "doubled_key"));
            return None;
        }
        if there.is_none() && known.codes_elsewhere.contains(code) {
            findings.errors.push(table.at(row, "code", "taken"));
            return None;
        }
        Some(there.map_or(Found::New, Found::There))
    }

    fn by_name(
        &mut self,
        table: &Table,
        row: &Row,
        key: &Key,
        known: &Known,
        findings: &mut Findings,
    ) -> Option<Found> {
        let folded = fold(key.name.as_deref().unwrap_or_default());
        let point = key.place.map(|p| p.point);
        let is_same = |other: &Option<Point>| match (point, other) {
            (Some(a), Some(b)) => distance_m(a, *b) <= SAME_RECORD_M,
            (None, None) => true,
            _ => false,
        };
        let earlier = self.nameless.entry(folded.clone()).or_default();
        if earlier.iter().any(is_same) {
            findings.errors.push(table.at(row, "name", "doubled_key"));
            return None;
        }
        earlier.push(point);
        let named = known.by_name.get(&folded).map_or(&[][..], Vec::as_slice);
        let mut near: Vec<usize> =
            named.iter().copied().filter(|at| is_same(&known.outlets[*at].outlet.point())).collect();
        // Without a place the name alone must do, where only one outlet has it.
        if near.is_empty() && point.is_none() && named.len() == 1 {
            near = named.to_vec();
        }
        match near.as_slice() {
            [] => Some(Found::New),
            [one] if self.claimed.insert(*one) => Some(Found::There(*one)),
            [_] => {
                findings.errors.push(table.at(row, "name", "doubled_key"));
                None
            }
            _ => {
                findings.errors.push(table.at(row, "name", "several_of_name"));
                None
            }
        }
    }

    /// A code for an outlet that came without one: the same for the same name and place, wherever it is made.
    fn new_code(&mut self, draft: &Draft, known: &Known) -> String {
        let place = cells::point_words(draft.outlet.point());
        let digest = Sha256::digest(format!("{}|{place}", fold(&draft.outlet.name)).as_bytes());
        let base: String = digest.iter().take(5).map(|b| format!("{b:02X}")).collect();
        let tries = std::iter::once(format!("O-{base}")).chain((2..).map(|n| format!("O-{base}-{n}")));
        let is_free = |code: &String| {
            !self.codes.contains(code) && !known.by_code.contains_key(code) && !known.codes_elsewhere.contains(code)
        };
        let code = tries.into_iter().find(is_free).unwrap_or_default();
        self.codes.insert(code.clone());
        code
    }
}
