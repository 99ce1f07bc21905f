//! The import of contacts. Key: outlet, folded name and role. The outlet is named by its code, or by its name where only one has it.

use std::collections::{HashMap, HashSet};

use diesel::prelude::*;
use serde_json::json;

use super::cells::{self, put, put_text};
use super::error::Located;
use super::run::{FieldChange, Findings, Plan, Terms};
use super::table::{Row, Table};
use super::values;
use crate::audit::{self, Subject};
use crate::db::schema::{contacts, outlets};
use crate::db::{Conn, Id};
use crate::error::Result;
use crate::outlets::contacts::{self as store, Contact, ContactFacts, Influence};
use crate::people::Caller;
use crate::text::fold;

struct Draft {
    row: u32,
    id: Option<Id>,
    outlet: Id,
    facts: ContactFacts,
    changes: Vec<FieldChange>,
}

/// Outlets by code and by folded name, and the contacts there are.
struct Known {
    by_code: HashMap<String, Id>,
    by_name: HashMap<String, Vec<Id>>,
    contacts: HashMap<(Id, String, String), Contact>,
}

/// Plans a table of contacts.
///
/// # Errors
/// What the database says.
pub fn plan(conn: &mut Conn, terms: &Terms, table: &Table) -> Result<Plan> {
    let branch = terms.branch()?.id;
    let known = Known::load(conn, branch)?;
    let mut findings = Findings::default();
    let mut seen = HashSet::new();
    let mut drafts = Vec::new();
    if table.has("email") {
        findings.warnings.push(not_kept(table, "email"));
    }
    for row in &table.rows {
        if !findings.is_faulty(row)
            && let Some(draft) = draft(table, row, &known, &mut findings)
        {
            if !seen.insert((draft.outlet, fold(&draft.facts.name), draft.facts.role.clone())) {
                findings.errors.push(table.at(row, "name", "doubled_key"));
            }
            drafts.push(draft);
        }
    }
    let counted: Vec<_> =
        drafts.iter().map(|d| (d.row, d.facts.name.clone(), d.id.is_none(), d.changes.clone())).collect();
    let mut plan = Plan::new(findings, move |conn, caller| apply(conn, caller, branch, &drafts));
    for (row, title, is_new, changes) in counted {
        plan.count(row, title, is_new, changes);
    }
    Ok(plan)
}

/// A column that is known but that nothing is kept of.
pub(super) fn not_kept(table: &Table, field: &str) -> Located {
    let header = table.headers.iter().find(|h| h.field == field).map_or(field, |h| &h.text);
    Located::column(header, "not_kept")
}

impl Known {
    fn load(conn: &mut Conn, branch: Id) -> Result<Known> {
        let named: Vec<(Id, String, String)> = outlets::table
            .filter(outlets::branch_id.eq(branch))
            .select((outlets::id, outlets::code, outlets::name_folded))
            .load(conn)?;
        let mut by_name: HashMap<String, Vec<Id>> = HashMap::new();
        for (id, _, name) in &named {
            by_name.entry(name.clone()).or_default().push(*id);
        }
        let rows: Vec<Contact> = contacts::table
            .inner_join(outlets::table)
            .filter(outlets::branch_id.eq(branch))
            .select(Contact::as_select())
            .load(conn)?;
        Ok(Known {
            by_code: named.into_iter().map(|(id, code, _)| (code, id)).collect(),
            by_name,
            contacts: rows.into_iter().map(|c| ((c.outlet_id, fold(&c.name), c.role.clone()), c)).collect(),
        })
    }

    fn outlet(&self, table: &Table, row: &Row, findings: &mut Findings) -> Option<Id> {
        let code = findings.take(table.text(row, "outlet_code").map(|t| t.map(str::to_owned)));
        let name = findings.take(table.text(row, "outlet").map(|t| t.map(str::to_owned)));
        let field = if code.is_some() { "outlet_code" } else { "outlet" };
        let Some(named) = code.as_ref().or(name.as_ref()) else {
            let field = if table.has("outlet_code") { "outlet_code" } else { "outlet" };
            findings.errors.push(table.at(row, field, "required"));
            return None;
        };
        if let Some(id) = self.by_code.get(named.trim()) {
            return Some(*id);
        }
        let by_name = if code.is_some() { None } else { self.by_name.get(&fold(named)) };
        match by_name.map_or(&[][..], Vec::as_slice) {
            [one] => Some(*one),
            [] => {
                findings.errors.push(table.at(row, field, "outlet_not_found"));
                None
            }
            _ => {
                findings.errors.push(table.at(row, field, "several_of_name"));
                None
            }
        }
    }
}

fn draft(table: &Table, row: &Row, known: &Known, findings: &mut Findings) -> Option<Draft> {
    let before = findings.errors.len();
    let outlet = known.outlet(table, row, findings);
    let name = findings.take(cells::line(table, row, "name", 100));
    let role = findings.take(cells::line(table, row, "role", 60)).unwrap_or_default();
    if name.is_none() && findings.errors.len() == before {
        findings.errors.push(table.at(row, "name", "required"));
    }
    let influence = findings.take(table.value(row, "influence", values::influence)).and_then(Influence::parse);
    let introduced_by = findings.take(cells::line(table, row, "introduced_by", 100));
    let birthday = findings.take(table.value(row, "birthday", |text| store::birthday(text).map_err(|_| "bad_date")));
    let phone = findings.take(cells::phones(table, row));
    let is_client = findings.take(table.value(row, "is_client", values::yes_no));
    let note = findings.take(cells::note(table, row, "note"));
    let (Some(outlet), Some(name)) = (outlet, name) else { return None };
    if findings.errors.len() > before {
        return None;
    }
    let there = known.contacts.get(&(outlet, fold(&name), role.clone()));
    let mut facts = there.map_or_else(|| ContactFacts { role, ..ContactFacts::default() }, Contact::facts);
    let mut changes = Vec::new();
    put_text(&mut facts.name, Some(name), "name", &mut changes);
    put(&mut facts.influence, influence.map(Some), "influence", &mut changes, |i| {
        i.map_or_else(String::new, |i| i.as_str().to_owned())
    });
    put_text(&mut facts.introduced_by, introduced_by, "introduced_by", &mut changes);
    put_text(&mut facts.birthday, birthday, "birthday", &mut changes);
    put_text(&mut facts.phone, phone, "phone", &mut changes);
    put(&mut facts.is_client, is_client, "is_client", &mut changes, ToString::to_string);
    put_text(&mut facts.note, note, "note", &mut changes);
    Some(Draft { row: row.number, id: there.map(|c| c.id), outlet, facts, changes })
}

fn apply(conn: &mut Conn, caller: &Caller, branch: Id, drafts: &[Draft]) -> Result<()> {
    for draft in drafts.iter().filter(|d| d.id.is_none() || !d.changes.is_empty()) {
        let id = match draft.id {
            None => store::insert(conn, caller, draft.outlet, &draft.facts)?,
            Some(id) => {
                store::write(conn, caller, id, &draft.facts)?;
                id
            }
        };
        let subject = Subject::new("contact", id, Some(branch));
        audit::record(conn, caller, "contact.import", subject, json!({ "row": draft.row, "new": draft.id.is_none() }))?;
    }
    Ok(())
}
