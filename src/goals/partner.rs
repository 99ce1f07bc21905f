//! What a partner at the bank may see, under a link (`partner/links.rs`) or in a report (`partner/report.rs`).
//!
//! Names and hours of those posted, attendance, and the balance of promises; of clients nothing but totals, none below five and none that others give away
//! (`small.rs`), counted until last Sunday, so that nobody reads single days off by coming back.

mod links;
mod report;

use chrono::{Datelike, Days, NaiveDate};
use diesel::prelude::*;

pub use self::links::{LASTS, Link, Opened, create, list, note_read, open, revoke};
pub use self::report::{Report, note_report, report};
use super::agreements::{self, Agreement};
use super::balance::{self, Balance, Done};
use super::counted::{self, Of};
use super::measure::{Measure, Promised};
use super::period::Period;
use super::small;
use crate::attendance::roll::{RollShift, attend};
use crate::attendance::status::Status;
use crate::db::schema::{banks, outlets, shifts, users};
use crate::db::{At, Conn, Id};
use crate::error::Result;
use crate::people::store::{self, Branch};

/// So many days of attendance are told.
const ATTENDANCE_DAYS: u64 = 28;

/// A promise as the bank sees it.
#[derive(Clone, Debug)]
pub struct Told {
    /// The promise.
    pub line: agreements::Line,
    /// How far; none: a number that is too small to be told, or that would tell of one.
    pub progress: Option<super::progress::Progress>,
    /// By outlet, for a bank as a whole: name, and the number where it may be told.
    pub by_outlet: Vec<(String, Option<i64>)>,
}

/// An agreement as the bank sees it.
#[derive(Clone, Debug)]
pub struct ToldAgreement {
    /// The agreement.
    pub of: Agreement,
    /// How much of its period is gone.
    pub time: super::progress::Time,
    /// The promises, ours first.
    pub lines: Vec<Told>,
}

/// Somebody posted.
#[derive(Clone, Debug)]
pub struct Posted {
    /// On which day.
    pub date: NaiveDate,
    /// Who.
    pub name: String,
    /// From when.
    pub starts_at: At,
    /// Until when.
    pub ends_at: At,
}

/// How posted people came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Came {
    /// Shifts that are over.
    pub shifts: u32,
    /// To which somebody came.
    pub attended: u32,
    /// And in time.
    pub on_time: u32,
}

/// What a partner sees of an outlet.
#[derive(Clone, Debug)]
pub struct Sight {
    /// The outlet's name.
    pub outlet: String,
    /// Its bank.
    pub bank: Option<String>,
    /// Our branch.
    pub branch: Branch,
    /// Today there.
    pub today: NaiveDate,
    /// Who is posted from Monday of this week to Sunday of the next.
    pub posted: Vec<Posted>,
    /// How people came in the four weeks until yesterday.
    pub came: Came,
    /// The agreements that run, and those that ended within two months.
    pub agreements: Vec<ToldAgreement>,
    /// Of this quarter, what no agreement tells: the measure, and its number where it may be told.
    pub clients: Vec<(Measure, Option<i64>)>,
    /// The quarter.
    pub quarter: Period,
    /// Until the end of which day clients are counted.
    pub clients_until: NaiveDate,
}

/// The Monday of a day's week.
pub fn monday_of(day: NaiveDate) -> NaiveDate {
    day - Days::new(u64::from(day.weekday().num_days_from_monday()))
}

/// Reads what a link opens.
///
/// # Errors
/// What the database says.
pub fn sight(conn: &mut Conn, opened: &Opened, now: At) -> Result<Sight> {
    let branch = store::branch(conn, opened.branch)?;
    let (outlet, bank): (String, Option<String>) = outlets::table
        .left_join(banks::table)
        .filter(outlets::id.eq(opened.outlet))
        .select((outlets::name, banks::name.nullable()))
        .first(conn)?;
    let today = now.date_in(branch.zone());
    let monday = monday_of(today);
    let clients_until = monday - Days::new(1);
    let all = told(conn, &branch, opened.outlet, now)?;
    let quarter = Period::quarter_of(clients_until);
    let clients = clients(conn, &branch, opened.outlet, &all, Period { to: clients_until, ..quarter }, now)?;
    Ok(Sight {
        outlet,
        bank,
        today,
        posted: posted(conn, opened.outlet, monday, monday + Days::new(13))?,
        came: came(conn, opened.outlet, today - Days::new(ATTENDANCE_DAYS), today - Days::new(1), now)?,
        agreements: all,
        clients,
        quarter,
        clients_until,
        branch,
    })
}

fn posted(conn: &mut Conn, outlet: Id, first: NaiveDate, last: NaiveDate) -> Result<Vec<Posted>> {
    let rows: Vec<(NaiveDate, String, At, At)> = shifts::table
        .inner_join(users::table.on(users::id.eq(shifts::broker_id)))
        .filter(shifts::outlet_id.eq(outlet).and(shifts::date.between(first, last)))
        .order((shifts::date, shifts::starts_at, users::name))
        .select((shifts::date, users::name, shifts::starts_at, shifts::ends_at))
        .load(conn)?;
    Ok(rows.into_iter().map(|(date, name, starts_at, ends_at)| Posted { date, name, starts_at, ends_at }).collect())
}

/// How people came to an outlet between two days.
///
/// # Errors
/// What the database says.
pub fn came(conn: &mut Conn, outlet: Id, first: NaiveDate, last: NaiveDate, now: At) -> Result<Came> {
    let rows: Vec<RollShift> = shifts::table
        .filter(shifts::outlet_id.eq(outlet).and(shifts::date.between(first, last)))
        .filter(shifts::ends_at.le(now))
        .select(RollShift::as_select())
        .load(conn)?;
    let mut came = Came::default();
    for row in attend(conn, rows, now)? {
        let counts = row.counts();
        came.shifts += 1;
        came.attended += u32::from(counts.in_at.is_some());
        came.on_time += u32::from(counts.status == Status::OnTime);
    }
    Ok(came)
}

/// The agreements of an outlet as its bank sees them.
///
/// # Errors
/// What the database says.
pub fn told(conn: &mut Conn, branch: &Branch, outlet: Id, now: At) -> Result<Vec<ToldAgreement>> {
    let today = now.date_in(branch.zone());
    let since = today - Days::new(60);
    let mut all = agreements::of_outlet(conn, branch.id, outlet)?;
    all.retain(|one| one.from_date <= today && one.to_date >= since);
    let until = monday_of(today) - Days::new(1);
    let all = balance::balances(conn, branch, all, Some(until), now)?;
    let numbers: Vec<(Promised, Period, i64)> = all.iter().flat_map(of_clients).collect();
    let shown = publish(&numbers);
    let may = |period: Period, one: &Done| {
        let it = (one.line.measure, period, one.done);
        !one.line.measure.is_of_clients() || numbers.iter().position(|other| *other == it).is_some_and(|at| shown[at])
    };
    let line = |balance: &Balance, one: &Done| Told {
        line: one.line.clone(),
        progress: may(balance.of.period(), one).then(|| balance.progress(one)),
        by_outlet: Vec::new(),
    };
    let told = |balance: &Balance| ToldAgreement {
        of: balance.of.clone(),
        time: balance.time,
        lines: balance.lines.iter().map(|one| line(balance, one)).collect(),
    };
    Ok(all.iter().map(told).collect())
}

fn of_clients(balance: &Balance) -> Vec<(Promised, Period, i64)> {
    let clients = balance.lines.iter().filter(|one| one.line.measure.is_of_clients());
    clients.map(|one| (one.line.measure, balance.of.period(), one.done)).collect()
}

/// Which numbers of clients may stand side by side, each measure by itself.
fn publish(numbers: &[(Promised, Period, i64)]) -> Vec<bool> {
    let mut shown = vec![false; numbers.len()];
    for measure in Promised::ALL {
        let of: Vec<usize> = (0..numbers.len()).filter(|at| numbers[*at].0 == measure).collect();
        let all: Vec<(Period, i64)> = of.iter().map(|at| (numbers[*at].1, numbers[*at].2)).collect();
        for (at, number) in of.iter().zip(small::publish(&all)) {
            shown[*at] = number.is_some();
        }
    }
    shown
}

/// What no agreement tells of a quarter: people met, and custody signed. Who was met and who was referred would tell of each other, so it is one or the
/// other.
fn clients(
    conn: &mut Conn,
    branch: &Branch,
    outlet: Id,
    told: &[ToldAgreement],
    period: Period,
    now: At,
) -> Result<Vec<(Measure, Option<i64>)>> {
    let said = |promised: Promised| {
        let mut all = told.iter().filter(|one| one.of.period().overlaps(period)).flat_map(|one| &one.lines);
        all.any(|line| line.line.measure == promised)
    };
    let wanted = [(Measure::ProspectsMet, Promised::Referrals), (Measure::CustodySigned, Promised::CustodySigned)];
    let measures: Vec<Measure> =
        wanted.into_iter().filter(|(_, promised)| !said(*promised)).map(|(measure, _)| measure).collect();
    let counted = counted::count(conn, branch, Of::Outlet(outlet), period, &measures, now)?;
    let shown = |measure: Measure| {
        let number = counted.all.number(measure);
        (measure, (number >= small::LEAST).then_some(number))
    };
    Ok(measures.into_iter().map(shown).collect())
}
