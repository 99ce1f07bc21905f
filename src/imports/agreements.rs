//! The import of what was done for promises between the branch and its banks. Key: outlet, measure, period (and side, where both promised it). A row says
//! how much was done in all so far; what is entered is the difference, so that the same file again changes nothing.

use std::collections::{HashMap, HashSet};

use diesel::prelude::*;

use super::run::{FieldChange, Findings, Plan, Terms};
use super::table::{Row, Table};
use super::values;
use crate::db::schema::{agreement_entries as entries, outlets};
use crate::db::{Conn, Id};
use crate::error::Result;
use crate::goals::agreement_form::quantity;
use crate::goals::agreements::{self, Agreement, Line};
use crate::goals::entries::{self as kept, Entry, Source};
use crate::goals::measure::{Promised, Side, Way};
use crate::goals::period::Period;
use crate::people::Caller;
use crate::people::store::Branch;
use crate::text::fold;

/// Agreements whose periods ended longer ago are closed.
const OPEN_AFTER: chrono::Days = chrono::Days::new(732);

struct Known {
    by_code: HashMap<String, Id>,
    by_name: HashMap<String, Vec<Id>>,
    agreements: Vec<Agreement>,
    lines: Vec<Line>,
    /// What was entered so far, and whether anything was.
    sums: HashMap<Id, i64>,
}

/// A row that is understood.
struct Draft {
    row: u32,
    title: String,
    of: Agreement,
    line: Id,
    before: Option<i64>,
    value: i64,
}

/// Plans a table of progress.
///
/// # Errors
/// What the database says.
pub fn plan(conn: &mut Conn, terms: &Terms, table: &Table) -> Result<Plan> {
    let branch = terms.branch()?.clone();
    let known = Known::load(conn, &branch, terms)?;
    let (mut findings, mut seen, mut drafts) = (Findings::default(), HashSet::new(), Vec::new());
    for row in &table.rows {
        if !findings.is_faulty(row)
            && let Some(draft) = draft(table, row, &known, &mut findings)
        {
            if !seen.insert(draft.line) {
                findings.errors.push(table.at(row, "measure", "doubled_key"));
            }
            drafts.push(draft);
        }
    }
    let counted: Vec<_> = drafts.iter().map(Draft::counted).collect();
    let mut plan = Plan::new(findings, move |conn, caller| apply(conn, caller, &branch, &drafts));
    for (row, title, is_new, changes) in counted {
        plan.count(row, title, is_new, changes);
    }
    Ok(plan)
}

impl Known {
    fn load(conn: &mut Conn, branch: &Branch, terms: &Terms) -> Result<Known> {
        let named: Vec<(Id, String, String)> = outlets::table
            .filter(outlets::branch_id.eq(branch.id))
            .select((outlets::id, outlets::code, outlets::name_folded))
            .load(conn)?;
        let mut by_name: HashMap<String, Vec<Id>> = HashMap::new();
        for (id, _, name) in &named {
            by_name.entry(name.clone()).or_default().push(*id);
        }
        let since = terms.now.date_in(branch.zone()) - OPEN_AFTER;
        let agreements = agreements::standing_since(conn, branch.id, since)?;
        let ids: Vec<Id> = agreements.iter().map(|one| one.id).collect();
        let rows: Vec<(Id, i64)> = entries::table
            .filter(entries::agreement_id.eq_any(&ids))
            .select((entries::line_id, entries::value))
            .load(conn)?;
        let mut sums = HashMap::new();
        rows.into_iter().for_each(|(line, value)| *sums.entry(line).or_insert(0) += value);
        Ok(Known {
            by_code: named.into_iter().map(|(id, code, _)| (code, id)).collect(),
            by_name,
            lines: agreements::lines(conn, &ids)?,
            agreements,
            sums,
        })
    }

    fn outlet(&self, table: &Table, row: &Row, findings: &mut Findings) -> Option<(Id, String)> {
        let code = findings.take(table.text(row, "outlet_code").map(|t| t.map(str::to_owned)));
        let name = findings.take(table.text(row, "outlet").map(|t| t.map(str::to_owned)));
        let field = if code.is_some() || !table.has("outlet") { "outlet_code" } else { "outlet" };
        let Some(named) = code.as_ref().or(name.as_ref()).cloned() else {
            findings.errors.push(table.at(row, field, "required"));
            return None;
        };
        if let Some(id) = self.by_code.get(named.trim()) {
            return Some((*id, named));
        }
        let by_name = if code.is_some() { None } else { self.by_name.get(&fold(&named)) };
        match by_name.map_or(&[][..], Vec::as_slice) {
            [one] => return Some((*one, named)),
            [] => findings.errors.push(table.at(row, field, "outlet_not_found")),
            _ => findings.errors.push(table.at(row, field, "several_of_name")),
        }
        None
    }
}

fn draft(table: &Table, row: &Row, known: &Known, findings: &mut Findings) -> Option<Draft> {
    let before = findings.errors.len();
    let outlet = known.outlet(table, row, findings);
    let measure = findings.take(table.value(row, "measure", values::promised));
    let period = findings.take(table.value(row, "period", Period::parse));
    let side = findings.take(table.value(row, "side", values::side));
    for (field, missing) in [("measure", measure.is_none()), ("period", period.is_none())] {
        if missing && findings.errors.len() == before {
            findings.errors.push(table.at(row, field, "required"));
        }
    }
    let (Some((outlet, name)), Some(measure), Some(period)) = (outlet, measure, period) else { return None };
    let value = findings.take(table.value(row, "value", |text| within(measure, text)));
    if value.is_none() && findings.errors.len() == before {
        findings.errors.push(table.at(row, "value", "required"));
    }
    if findings.errors.len() > before {
        return None;
    }
    let of = known.agreements.iter().find(|one| one.outlet_id == Some(outlet) && one.period() == period);
    let Some(of) = of else {
        findings.errors.push(table.at(row, "period", "agreement_not_found"));
        return None;
    };
    let line = match one_line(known, of.id, measure, side) {
        Ok(line) => line,
        Err(code) => {
            findings.errors.push(table.at(row, "measure", code));
            return None;
        }
    };
    Some(Draft {
        row: row.number,
        title: format!("{name} · {measure} · {}", period.text()),
        of: of.clone(),
        line: line.id,
        before: known.sums.get(&line.id).copied(),
        value: value?,
    })
}

fn within(measure: Promised, text: &str) -> std::result::Result<i64, &'static str> {
    let value = quantity(measure, text)?;
    if (0..=measure.most()).contains(&value) { Ok(value) } else { Err("out_of_range") }
}

fn one_line(known: &Known, of: Id, measure: Promised, side: Option<Side>) -> std::result::Result<&Line, &'static str> {
    let same =
        |line: &&Line| line.agreement_id == of && line.measure == measure && side.is_none_or(|side| line.side == side);
    let all: Vec<&Line> = known.lines.iter().filter(same).collect();
    let entered: Vec<&Line> = all.iter().copied().filter(|line| line.way == Way::Entered).collect();
    match (entered.as_slice(), all.is_empty()) {
        ([line], _) => Ok(line),
        ([], true) => Err("promise_not_found"),
        ([], false) => Err("promise_is_counted"),
        _ => Err("which_side"),
    }
}

impl Draft {
    fn counted(&self) -> (u32, String, bool, Vec<FieldChange>) {
        let from = self.before.unwrap_or(0);
        let is_new = self.before.is_none() && self.value != 0;
        let change = FieldChange { field: "done", from: from.to_string(), to: self.value.to_string() };
        let changes = if from == self.value { Vec::new() } else { vec![change] };
        (self.row, self.title.clone(), is_new, changes)
    }
}

fn apply(conn: &mut Conn, caller: &Caller, branch: &Branch, drafts: &[Draft]) -> Result<()> {
    let today = caller.now.date_in(branch.zone());
    for draft in drafts {
        let value = draft.value - draft.before.unwrap_or(0);
        if value == 0 {
            continue;
        }
        let entry = Entry {
            id: Id::new(),
            agreement_id: draft.of.id,
            line_id: draft.line,
            on_date: today.min(draft.of.to_date).max(draft.of.from_date),
            value,
            note: String::new(),
            source: Source::Import,
            corrects_id: None,
            by_user: caller.user.as_ref().map(|user| user.id),
            at: caller.now,
        };
        kept::insert(conn, caller, &draft.of, &entry)?;
    }
    Ok(())
}
