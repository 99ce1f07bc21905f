//! What a partner at the bank may see, and the link under which they see it without a login.
//!
//! Names and hours of those posted, attendance, and the balance of promises; of clients nothing but totals, none below five and none that others give away
//! (`small.rs`), counted until last Sunday, so that nobody reads single days off by coming back. A link's secret is signed from its id, so that a form sent
//! twice shows the same one; only its hash is kept, it runs out, and it can be ended.

use chrono::{Datelike, Days, Duration, NaiveDate};
use diesel::prelude::*;

use super::agreements::{self, Agreement};
use super::balance::{self, Balance, Done};
use super::counted::{self, Of};
use super::measure::{Measure, Promised};
use super::period::Period;
use super::small;
use crate::app::App;
use crate::attendance::roll::{RollShift, attend};
use crate::attendance::status::Status;
use crate::audit::{self, Subject};
use crate::db::schema::{banks, outlets, partner_links as links, shifts, users};
use crate::db::{At, Conn, Id, serialise};
use crate::error::{Error, Result};
use crate::keys::{Keys, token_hash};
use crate::outlets::store as outlet_store;
use crate::people::Caller;
use crate::people::store::{self, Branch};

/// How many links an outlet may have at once.
const AT_MOST: usize = 10;
/// How many days a link may last, as pages offer it.
pub const LASTS: [i64; 4] = [30, 90, 180, 365];
/// That a link was read is noted again only after this.
const READ_EVERY: Duration = Duration::hours(1);
/// So many days of attendance are told.
const ATTENDANCE_DAYS: u64 = 28;

/// A link that works.
#[derive(Clone, Debug, Queryable)]
pub struct Link {
    /// Its id.
    pub id: Id,
    /// When it was made.
    pub created_at: At,
    /// Until when it works.
    pub expires_at: At,
    /// When somebody last read it, to the hour.
    pub read_at: Option<At>,
}

/// The links of an outlet that work, the newest first; for who may change the outlet. Answers its branch and name as well.
///
/// # Errors
/// `NotFound` out of reach; `Forbidden` for who may only read.
pub fn list(conn: &mut Conn, caller: &Caller, outlet: Id) -> Result<(Id, String, Vec<Link>)> {
    let user = caller.user()?;
    let place = outlet_store::writable(conn, user, outlet)?;
    super::settings::desk(user)?;
    let all = links::table
        .filter(links::outlet_id.eq(outlet).and(links::revoked_at.is_null()).and(links::expires_at.gt(caller.now)))
        .order((links::created_at.desc(), links::id))
        .select((links::id, links::created_at, links::expires_at, links::read_at))
        .load(conn)?;
    Ok((place.branch_id, place.name, all))
}

/// Makes a link under the form's id for so many days and answers its secret, which is not to be had again, and whether it was made now.
///
/// # Errors
/// As `list`; `days`: `unknown_value`; `Conflict`: `id_taken`, `too_many_links`; `Gone` for one that ended.
pub fn create(
    conn: &mut Conn,
    keys: &Keys,
    caller: &Caller,
    outlet: Id,
    id: Id,
    days: i64,
) -> Result<(String, Link, bool)> {
    if !LASTS.contains(&days) {
        return Err(Error::field("days", "unknown_value"));
    }
    serialise(conn, outlet)?;
    let (branch, _, all) = list(conn, caller, outlet)?;
    let user = caller.user()?.id;
    let secret = keys.sign("partner link", &id.to_string());
    type Known = (Id, Id, At, At, Option<At>);
    let known: Option<Known> = links::table
        .find(id)
        .select((links::created_by, links::outlet_id, links::created_at, links::expires_at, links::revoked_at))
        .first(conn)
        .optional()?;
    match known {
        Some((by, of, ..)) if by != user || of != outlet => return Err(Error::Conflict("id_taken")),
        Some((.., until, revoked)) if revoked.is_some() || until <= caller.now => return Err(Error::Gone),
        Some((_, _, created_at, expires_at, _)) if expires_at - created_at == Duration::days(days) => {
            return Ok((secret, Link { id, created_at, expires_at, read_at: None }, false));
        }
        Some(_) => return Err(Error::Conflict("id_taken")),
        None => {}
    }
    if all.len() >= AT_MOST {
        return Err(Error::Conflict("too_many_links"));
    }
    let link = Link { id, created_at: caller.now, expires_at: caller.now + Duration::days(days), read_at: None };
    diesel::insert_into(links::table)
        .values((
            links::id.eq(id),
            links::token_hash.eq(token_hash(&secret)),
            links::branch_id.eq(branch),
            links::outlet_id.eq(outlet),
            links::expires_at.eq(link.expires_at),
            links::created_by.eq(user),
            links::created_at.eq(link.created_at),
        ))
        .execute(conn)?;
    let detail = serde_json::json!({ "outlet": outlet, "days": days });
    audit::record(conn, caller, "partner_link.create", Subject::new("partner_link", id, Some(branch)), detail)?;
    Ok((secret, link, true))
}

/// Ends a link: from now on it is not found.
///
/// # Errors
/// As `list`; `NotFound` for a link of another outlet, or one that ended before.
pub fn revoke(conn: &mut Conn, caller: &Caller, outlet: Id, id: Id) -> Result<()> {
    serialise(conn, outlet)?;
    let (branch, _, all) = list(conn, caller, outlet)?;
    if !all.iter().any(|link| link.id == id) {
        return Err(Error::not_found());
    }
    diesel::update(links::table.find(id)).set(links::revoked_at.eq(caller.now)).execute(conn)?;
    let detail = serde_json::json!({ "outlet": outlet });
    audit::record(conn, caller, "partner_link.revoke", Subject::new("partner_link", id, Some(branch)), detail)
}

/// What a secret opens.
#[derive(Clone, Copy, Debug)]
pub struct Opened {
    id: Id,
    branch: Id,
    outlet: Id,
    read_at: Option<At>,
}

/// What a secret opens; nothing where it is none of ours, ran out or was ended.
///
/// # Errors
/// What the database says.
pub fn open(conn: &mut Conn, secret: &str, now: At) -> Result<Option<Opened>> {
    let row: Option<(Id, Id, Id, Option<At>)> = links::table
        .filter(links::token_hash.eq(token_hash(secret)))
        .filter(links::revoked_at.is_null().and(links::expires_at.gt(now)))
        .select((links::id, links::branch_id, links::outlet_id, links::read_at))
        .first(conn)
        .optional()?;
    Ok(row.map(|(id, branch, outlet, read_at)| Opened { id, branch, outlet, read_at }))
}

/// Notes that a link was read. Reading goes on where that cannot be written.
pub async fn note_read(app: &App, opened: &Opened) {
    let (id, now) = (opened.id, app.clock.now());
    if opened.read_at.is_some_and(|at| now - at < READ_EVERY) {
        return;
    }
    let written = app.db.write(move |conn| {
        diesel::update(links::table.find(id)).set(links::read_at.eq(now)).execute(conn)?;
        Ok(())
    });
    match actix_web::rt::time::timeout(std::time::Duration::from_millis(500), written).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!(%error, "that a partner's link was read could not be noted"),
        Err(_) => tracing::warn!("that a partner's link was read waits for the writer"),
    }
}

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
