//! How far promises have come: what was entered, and what our own records count, against the time.

use std::collections::{BTreeSet, HashMap};

use chrono::NaiveDate;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::agreements::{self, Agreement, Line};
use super::counted::{self, Counted, Of};
use super::measure::{Measure, Promised, Side, Way};
use super::misses::{self, Miss};
use super::period::Period;
use super::progress::{Progress, Time, judge};
use super::settings;
use crate::calendar::store::workdays;
use crate::db::schema::{agreement_entries as entries, agreement_lines, outlets};
use crate::db::{At, Conn, Id};
use crate::error::Result;
use crate::people::Reach;
use crate::people::store::{self, Branch};

/// A promise and how far it has come.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PromiseView {
    /// Its id.
    pub id: Id,
    /// Whose.
    pub side: Side,
    /// What.
    pub measure: Promised,
    /// How it is known what was done.
    pub way: Way,
    /// How far, in numbers or fen.
    pub progress: Progress,
}

/// An agreement with its promises.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AgreementView {
    /// Its id.
    pub id: Id,
    /// Of which branch.
    pub branch_id: Id,
    /// With which outlet; null: with a bank as a whole.
    pub outlet_id: Option<Id>,
    /// The outlet's or the bank's name.
    pub partner: String,
    /// The first local date.
    pub from: NaiveDate,
    /// The last local date.
    pub to: NaiveDate,
    /// Anything else.
    pub note: String,
    /// When it was written down.
    pub created_at: At,
    /// When it was ended before its time.
    pub ended_at: Option<At>,
    /// How much of the period is gone.
    pub time: Time,
    /// The promises, ours first.
    pub lines: Vec<PromiseView>,
    /// Where one was missed, and what was said to that; the latest first.
    pub misses: Vec<Miss>,
}

/// A promise with its numbers by outlet, for a bank as a whole.
#[derive(Clone, Debug)]
pub struct Done {
    /// The promise.
    pub line: Line,
    /// What was done.
    pub done: i64,
    /// The same by outlet, where it is counted.
    pub by_outlet: HashMap<Id, i64>,
}

/// An agreement with what was done for it.
#[derive(Clone, Debug)]
pub struct Balance {
    /// The agreement.
    pub of: Agreement,
    /// How much of its period is gone.
    pub time: Time,
    /// The points of the branch's margin.
    pub margin_points: i32,
    /// Its promises.
    pub lines: Vec<Done>,
}

impl Balance {
    /// A promise's progress.
    pub fn progress(&self, one: &Done) -> Progress {
        judge(one.done, one.line.target, self.time, self.margin_points)
    }
}

/// Reads the balances of agreements of one branch, in their order. Numbers of clients are counted until the end of `clients_until`, where it is given.
///
/// # Errors
/// What the database says.
pub fn balances(
    conn: &mut Conn,
    branch: &Branch,
    all: Vec<Agreement>,
    clients_until: Option<NaiveDate>,
    now: At,
) -> Result<Vec<Balance>> {
    let Some((first, last)) = all.iter().map(|a| a.from_date).min().zip(all.iter().map(|a| a.to_date).max()) else {
        return Ok(Vec::new());
    };
    let ids: Vec<Id> = all.iter().map(|one| one.id).collect();
    let lines = agreements::lines(conn, &ids)?;
    let entered = entered(conn, &ids)?;
    let of_bank = outlets_of_banks(conn, branch.id, &all)?;
    let counts = counts(conn, branch, &all, &lines, clients_until, now)?;
    let rules = settings::of_branch(conn, branch.id)?;
    let days = workdays(conn, Some(branch.id), first, last)?;
    let today = now.date_in(branch.zone());
    let balance = |of: Agreement| {
        let own = lines.iter().filter(|line| line.agreement_id == of.id);
        let done = |line: &Line| match line.way {
            Way::Entered => Done {
                done: entered.get(&line.id).copied().unwrap_or(0),
                by_outlet: HashMap::new(),
                line: line.clone(),
            },
            Way::Counted => counted_done(&of, line, &counts, &of_bank),
        };
        Balance {
            time: Time::of(rules.time_by, of.period(), today, &days),
            margin_points: rules.margin_points,
            lines: own.map(done).collect(),
            of,
        }
    };
    Ok(all.into_iter().map(balance).collect())
}

/// How far a promise has come by its entries, which come to `done`.
///
/// # Errors
/// What the database says.
pub fn entered_progress(
    conn: &mut Conn,
    branch: &Branch,
    of: &Agreement,
    (line, done): (Id, i64),
    now: At,
) -> Result<Progress> {
    let target: i64 = agreement_lines::table.find(line).select(agreement_lines::target).first(conn)?;
    let rules = settings::of_branch(conn, branch.id)?;
    let days = workdays(conn, Some(branch.id), of.from_date, of.to_date)?;
    let time = Time::of(rules.time_by, of.period(), now.date_in(branch.zone()), &days);
    Ok(judge(done, target, time, rules.margin_points))
}

/// Sums of entries by promise.
fn entered(conn: &mut Conn, of: &[Id]) -> Result<HashMap<Id, i64>> {
    let rows: Vec<(Id, i64)> = entries::table
        .filter(entries::agreement_id.eq_any(of))
        .select((entries::line_id, entries::value))
        .load(conn)?;
    let mut sums = HashMap::new();
    for (line, value) in rows {
        *sums.entry(line).or_insert(0) += value;
    }
    Ok(sums)
}

/// The outlets that a branch has of each bank.
fn outlets_of_banks(conn: &mut Conn, branch: Id, all: &[Agreement]) -> Result<HashMap<Id, Vec<Id>>> {
    let banks: BTreeSet<Id> = all.iter().filter_map(|one| one.bank_id).collect();
    if banks.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<(Option<Id>, Id)> = outlets::table
        .filter(outlets::branch_id.eq(branch).and(outlets::bank_id.eq_any(banks)))
        .select((outlets::bank_id, outlets::id))
        .load(conn)?;
    let mut of: HashMap<Id, Vec<Id>> = HashMap::new();
    for (bank, outlet) in rows {
        of.entry(bank.unwrap_or(outlet)).or_default().push(outlet);
    }
    Ok(of)
}

/// Numbers of clients, and the other numbers, of each period.
type Counts = HashMap<Period, (Counted, Counted)>;

/// Of a period: at which outlets (none: at several), which numbers of clients, which others.
type Wanted = (BTreeSet<Option<Id>>, BTreeSet<Measure>, BTreeSet<Measure>);

/// Counts each period once, for all its agreements: one outlet's alone where there is no other.
fn counts(
    conn: &mut Conn,
    branch: &Branch,
    all: &[Agreement],
    lines: &[Line],
    clients_until: Option<NaiveDate>,
    now: At,
) -> Result<Counts> {
    let mut wanted: HashMap<Period, Wanted> = HashMap::new();
    for of in all {
        let own = lines.iter().filter(|line| line.agreement_id == of.id && line.way == Way::Counted);
        for line in own {
            let (places, clients, others) = wanted.entry(of.period()).or_default();
            places.insert(of.outlet_id);
            let into = if line.measure.is_of_clients() { clients } else { others };
            into.extend(line.measure.counted_as());
        }
    }
    let mut counts = Counts::new();
    for (period, (places, clients, others)) in wanted {
        let of = match places.iter().collect::<Vec<_>>().as_slice() {
            [Some(outlet)] => Of::Outlet(*outlet),
            _ => Of::Branch,
        };
        let cut = Period { to: clients_until.map_or(period.to, |day| day.min(period.to)), ..period };
        let clients: Vec<Measure> = clients.into_iter().filter(|_| cut.from <= cut.to).collect();
        let others: Vec<Measure> = others.into_iter().collect();
        let clients = counted::count(conn, branch, of, cut, &clients, now)?;
        let others = counted::count(conn, branch, of, period, &others, now)?;
        counts.insert(period, (clients, others));
    }
    Ok(counts)
}

fn counted_done(of: &Agreement, line: &Line, counts: &Counts, of_bank: &HashMap<Id, Vec<Id>>) -> Done {
    let places: Vec<Id> = match (of.outlet_id, of.bank_id) {
        (Some(outlet), _) => vec![outlet],
        (None, bank) => bank.and_then(|bank| of_bank.get(&bank)).cloned().unwrap_or_default(),
    };
    let number = |outlet: &Id| {
        let (clients, others) = counts.get(&of.period())?;
        let all = if line.measure.is_of_clients() { clients } else { others };
        Some(all.by_outlet.get(outlet)?.number(line.measure.counted_as()?))
    };
    let by_outlet: HashMap<Id, i64> = places.iter().map(|outlet| (*outlet, number(outlet).unwrap_or(0))).collect();
    Done { done: by_outlet.values().sum(), by_outlet, line: line.clone() }
}

/// An agreement as the API shows it.
///
/// # Errors
/// `NotFound` out of reach.
pub fn view(conn: &mut Conn, reach: Reach, id: Id, now: At) -> Result<AgreementView> {
    let of = agreements::find(conn, reach, id)?;
    let branch = store::branch(conn, of.branch_id)?;
    let mut views = views(conn, &branch, vec![of], now)?;
    views.pop().ok_or_else(crate::error::Error::not_found)
}

/// Agreements of one branch as the API shows them, in their order.
///
/// # Errors
/// What the database says.
pub fn views(conn: &mut Conn, branch: &Branch, all: Vec<Agreement>, now: At) -> Result<Vec<AgreementView>> {
    let names = agreements::names(conn, &all)?;
    let ids: Vec<Id> = all.iter().map(|one| one.id).collect();
    let misses = misses::of(conn, &ids)?;
    let all = balances(conn, branch, all, None, now)?;
    Ok(all.iter().map(|balance| view_of(balance, &names, &misses)).collect())
}

fn view_of(balance: &Balance, names: &HashMap<Id, String>, misses: &[Miss]) -> AgreementView {
    let of = &balance.of;
    let line = |one: &Done| PromiseView {
        id: one.line.id,
        side: one.line.side,
        measure: one.line.measure,
        way: one.line.way,
        progress: balance.progress(one),
    };
    AgreementView {
        id: of.id,
        branch_id: of.branch_id,
        outlet_id: of.outlet_id,
        partner: of.outlet_id.or(of.bank_id).and_then(|id| names.get(&id)).cloned().unwrap_or_default(),
        from: of.from_date,
        to: of.to_date,
        note: of.note.clone(),
        created_at: of.created_at,
        ended_at: of.ended_at,
        time: balance.time,
        lines: balance.lines.iter().map(line).collect(),
        misses: misses.iter().filter(|miss| miss.agreement_id == of.id).cloned().collect(),
    }
}
