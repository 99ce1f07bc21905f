//! The import of brokers. Key: the certificate's number, else the login. A new broker has no password: an invitation lets them set one.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use diesel::prelude::*;
use serde_json::json;

use super::cells::{self, put, put_text};
use super::contacts::not_kept;
use super::run::{FieldChange, Findings, Plan, Terms};
use super::table::{Row, Table};
use super::values;
use crate::audit::{self, Subject};
use crate::db::schema::users;
use crate::db::{Conn, Id};
use crate::error::Result;
use crate::people::store::Branch;
use crate::people::{Caller, Role, fields};
use crate::text::fold;

/// A user as far as a file of brokers may change one.
#[derive(Clone, Queryable)]
struct Broker {
    id: Id,
    login: String,
    name: String,
    role: Role,
    branch_id: Option<Id>,
    email: Option<String>,
    certificate_no: Option<String>,
    certificate_expires_on: Option<NaiveDate>,
}

struct Draft {
    row: u32,
    is_new: bool,
    broker: Broker,
    changes: Vec<FieldChange>,
}

/// What a row says.
struct Cells {
    login: Option<String>,
    certificate_no: Option<String>,
    name: Option<String>,
    email: Option<String>,
    expires_on: Option<NaiveDate>,
}

/// All users, since logins and certificate numbers are unique in the installation.
struct Known {
    users: Vec<Broker>,
    by_login: HashMap<String, usize>,
    by_certificate: HashMap<String, usize>,
    seen: HashSet<String>,
    /// Whether addresses are taken.
    emails: bool,
}

/// Plans a table of brokers.
///
/// # Errors
/// What the database says.
pub fn plan(conn: &mut Conn, terms: &Terms, table: &Table) -> Result<Plan> {
    let branch = terms.branch()?;
    let mut known = Known::load(conn, terms.emails)?;
    let mut findings = Findings::default();
    if table.has("mobile") {
        findings.warnings.push(not_kept(table, "mobile"));
    }
    let mut drafts = Vec::new();
    for row in &table.rows {
        if !findings.is_faulty(row) {
            drafts.extend(draft(table, row, branch, &mut known, &mut findings));
        }
    }
    let counted: Vec<_> = drafts.iter().map(|d| (d.row, d.broker.name.clone(), d.is_new, d.changes.clone())).collect();
    let branch = branch.id;
    let mut plan = Plan::new(findings, move |conn, caller| apply(conn, caller, branch, &drafts));
    for (row, title, is_new, changes) in counted {
        plan.count(row, title, is_new, changes);
    }
    Ok(plan)
}

impl Known {
    fn load(conn: &mut Conn, emails: bool) -> Result<Known> {
        let users: Vec<Broker> = users::table
            .select((
                users::id,
                users::login,
                users::name,
                users::role,
                users::branch_id,
                users::email,
                users::certificate_no,
                users::certificate_expires_on,
            ))
            .load(conn)?;
        Ok(Known {
            by_login: users.iter().enumerate().map(|(at, u)| (u.login.clone(), at)).collect(),
            by_certificate: users
                .iter()
                .enumerate()
                .filter_map(|(at, u)| Some((u.certificate_no.clone()?, at)))
                .collect(),
            users,
            seen: HashSet::new(),
            emails,
        })
    }

    /// The user of a row, none for a new one; the field and what is wrong where it can be neither.
    fn find(&mut self, cells: &Cells, branch: Id) -> std::result::Result<Option<usize>, (&'static str, &'static str)> {
        let by_certificate = cells.certificate_no.as_ref().and_then(|c| self.by_certificate.get(c).copied());
        let by_login = cells.login.as_ref().and_then(|l| self.by_login.get(l).copied());
        let (there, field) = match (by_certificate, by_login) {
            (Some(one), Some(other)) if one != other => return Err(("login", "taken")),
            (Some(one), _) => (Some(one), "certificate_no"),
            (None, other) => (other, "login"),
        };
        for (field, key) in [("certificate_no", &cells.certificate_no), ("login", &cells.login)] {
            if key.as_ref().is_some_and(|key| !self.seen.insert(format!("{field} {key}"))) {
                return Err((field, "doubled_key"));
            }
        }
        let Some(at) = there else { return Ok(None) };
        let user = &self.users[at];
        if user.role != Role::Broker || user.branch_id != Some(branch) {
            return Err((field, "taken"));
        }
        let other_certificate = by_certificate.is_none() && cells.certificate_no.is_some();
        if other_certificate && user.certificate_no.is_some() {
            return Err(("login", "taken"));
        }
        Ok(Some(at))
    }
}

fn read(table: &Table, row: &Row, branch: &Branch, findings: &mut Findings) -> Option<Cells> {
    let before = findings.errors.len();
    let login = findings.take(table.value(row, "login", fields::login));
    let certificate_no = findings.take(cells::code(table, row, "certificate_no"));
    let name = findings.take(cells::line(table, row, "name", 100));
    let email = findings.take(table.value(row, "email", fields::email));
    let expires_on = findings.take(table.value(row, "certificate_expires_on", values::date));
    let of_branch = findings.take(cells::line(table, row, "branch", 100));
    if of_branch.is_some_and(|b| b != branch.code && fold(&b) != fold(&branch.name)) {
        findings.errors.push(table.at(row, "branch", "other_branch"));
    }
    if findings.errors.len() > before {
        return None;
    }
    if login.is_none() && certificate_no.is_none() {
        let field = if table.has("certificate_no") { "certificate_no" } else { "login" };
        findings.errors.push(table.at(row, field, "required"));
        return None;
    }
    Some(Cells { login, certificate_no, name, email, expires_on })
}

fn draft(table: &Table, row: &Row, branch: &Branch, known: &mut Known, findings: &mut Findings) -> Option<Draft> {
    let cells = read(table, row, branch, findings)?;
    let there = match known.find(&cells, branch.id) {
        Ok(there) => there,
        Err((field, problem)) => {
            findings.errors.push(table.at(row, field, problem));
            return None;
        }
    };
    if there.is_none() && cells.name.is_none() {
        findings.errors.push(table.at(row, "name", "required"));
        return None;
    }
    let Cells { login, certificate_no, name, mut email, expires_on } = cells;
    if !known.emails
        && email.as_ref().is_some_and(|email| there.is_none_or(|at| known.users[at].email.as_ref() != Some(email)))
    {
        findings.warnings.push(table.at(row, "email", "email_not_taken"));
        email = None;
    }
    // Without a login of their own the certificate's number is one: it is theirs alone as well.
    let own_login = login.clone().or_else(|| certificate_no.as_deref().map(fold)).unwrap_or_default();
    let taken = there.is_none() && login.is_none() && known.by_login.contains_key(&own_login);
    if taken {
        findings.errors.push(table.at(row, "certificate_no", "taken"));
        return None;
    }
    let new = || Broker {
        id: Id::new(),
        login: own_login,
        name: String::new(),
        role: Role::Broker,
        branch_id: Some(branch.id),
        email: None,
        certificate_no: None,
        certificate_expires_on: None,
    };
    let mut broker = there.map_or_else(new, |at| known.users[at].clone());
    let mut changes = Vec::new();
    let words = |text: &Option<String>| text.clone().unwrap_or_default();
    if there.is_some() {
        put_text(&mut broker.login, login, "login", &mut changes);
    }
    put_text(&mut broker.name, name, "name", &mut changes);
    put(&mut broker.email, email.map(Some), "email", &mut changes, words);
    put(&mut broker.certificate_no, certificate_no.map(Some), "certificate_no", &mut changes, words);
    put(&mut broker.certificate_expires_on, expires_on.map(Some), "certificate_expires_on", &mut changes, |day| {
        day.map(|d| d.to_string()).unwrap_or_default()
    });
    Some(Draft { row: row.number, is_new: there.is_none(), broker, changes })
}

fn apply(conn: &mut Conn, caller: &Caller, branch: Id, drafts: &[Draft]) -> Result<()> {
    for Draft { broker, is_new, row, changes } in drafts {
        if !is_new && changes.is_empty() {
            continue;
        }
        let facts = (
            users::login.eq(&broker.login),
            users::name.eq(&broker.name),
            users::email.eq(&broker.email),
            users::certificate_no.eq(&broker.certificate_no),
            users::certificate_expires_on.eq(broker.certificate_expires_on),
            users::updated_at.eq(caller.now),
        );
        if *is_new {
            let fixed = (
                users::id.eq(broker.id),
                users::role.eq(Role::Broker),
                users::branch_id.eq(Some(branch)),
                users::created_at.eq(caller.now),
            );
            diesel::insert_into(users::table).values((fixed, facts)).execute(conn)?;
        } else {
            diesel::update(users::table.find(broker.id))
                .set((facts, users::version.eq(users::version + 1)))
                .execute(conn)?;
        }
        let subject = Subject::new("user", broker.id, Some(branch));
        audit::record(conn, caller, "user.import", subject, json!({ "row": row, "new": is_new }))?;
    }
    Ok(())
}
