//! A report for the bank on one agreement.

use chrono::{Days, NaiveDate};
use diesel::prelude::*;

use super::{Came, Told, ToldAgreement, came, monday_of, told};
use crate::audit::{self, Subject};
use crate::db::schema::outlets;
use crate::db::{At, Conn, Id};
use crate::error::{Error, Result};
use crate::goals::agreements::{self, Agreement};
use crate::goals::balance::{self, Done};
use crate::goals::small;
use crate::people::Caller;
use crate::people::store::{self, Branch};

/// What a report for the bank tells of one agreement.
#[derive(Clone, Debug)]
pub struct Report {
    /// The outlet's or the bank's name.
    pub partner: String,
    /// Our branch.
    pub branch: Branch,
    /// Today there.
    pub today: NaiveDate,
    /// The agreement.
    pub agreement: ToldAgreement,
    /// How people came in the period so far; none for a bank as a whole.
    pub came: Option<Came>,
    /// Until the end of which day clients are counted.
    pub clients_until: NaiveDate,
}

/// Reads a report. What of an outlet's numbers is told beside its other agreements is told here, and no more.
///
/// # Errors
/// `NotFound` out of reach.
pub fn report(conn: &mut Conn, caller: &Caller, id: Id) -> Result<Report> {
    let now = caller.now;
    let of = agreements::find(conn, caller.user()?.reach(), id)?;
    let branch = store::branch(conn, of.branch_id)?;
    let today = now.date_in(branch.zone());
    let clients_until = monday_of(today) - Days::new(1);
    let names = agreements::names(conn, std::slice::from_ref(&of))?;
    let partner = of.outlet_id.or(of.bank_id).and_then(|id| names.get(&id)).cloned().unwrap_or_default();
    let came = match of.outlet_id {
        Some(outlet) => Some(came(conn, outlet, of.from_date, of.to_date.min(today), now)?),
        None => None,
    };
    let beside = match of.outlet_id {
        Some(outlet) => told(conn, &branch, outlet, now)?.into_iter().find(|one| one.of.id == id),
        None => None,
    };
    let agreement = match beside {
        Some(one) => one,
        None => alone(conn, &branch, of, clients_until, now)?,
    };
    Ok(Report { partner, branch, today, agreement, came, clients_until })
}

/// An agreement by itself: one with a bank as a whole, by outlet; or one that has not begun, was ended or is long over.
fn alone(conn: &mut Conn, branch: &Branch, of: Agreement, until: NaiveDate, now: At) -> Result<ToldAgreement> {
    let names: Vec<(Id, String)> = match of.bank_id {
        Some(bank) => outlets::table
            .filter(outlets::branch_id.eq(branch.id).and(outlets::bank_id.eq(bank)))
            .order((outlets::name_folded, outlets::id))
            .select((outlets::id, outlets::name))
            .load(conn)?,
        None => Vec::new(),
    };
    let mut all = balance::balances(conn, branch, vec![of], Some(until), now)?;
    let balance = all.pop().ok_or_else(Error::not_found)?;
    let line = |one: &Done| {
        let numbers: Vec<i64> = names.iter().map(|(id, _)| one.by_outlet.get(id).copied().unwrap_or(0)).collect();
        let is_split = !one.by_outlet.is_empty() && balance.of.bank_id.is_some();
        let (cells, may) = match (one.line.measure.is_of_clients(), is_split) {
            (true, true) => {
                let shown = small::hide(&numbers);
                (shown.cells, shown.total.is_some())
            }
            (true, false) => (Vec::new(), one.done >= small::LEAST),
            (false, true) => (numbers.iter().copied().map(Some).collect(), true),
            (false, false) => (Vec::new(), true),
        };
        Told {
            line: one.line.clone(),
            progress: may.then(|| balance.progress(one)),
            by_outlet: names.iter().map(|(_, name)| name.clone()).zip(cells).collect(),
        }
    };
    Ok(ToldAgreement { time: balance.time, lines: balance.lines.iter().map(line).collect(), of: balance.of })
}

/// Notes that a report was made for the bank.
///
/// # Errors
/// `NotFound` out of reach.
pub fn note_report(conn: &mut Conn, caller: &Caller, id: Id) -> Result<()> {
    let of = agreements::find(conn, caller.user()?.reach(), id)?;
    let subject = Subject::new("agreement", id, Some(of.branch_id));
    audit::record(conn, caller, "agreement.report", subject, serde_json::json!({}))
}
