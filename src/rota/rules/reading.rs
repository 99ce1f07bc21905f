//! What the hard rules look at, read from the database in a fixed number of queries; and the hold that keeps it true until it is written.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use diesel::prelude::*;

use super::dated::Dated;
use super::{Book, BrokerFacts, OutletFacts, stood};
use crate::db::schema::{banks, outlet_hours, outlets, users};
use crate::db::{At, Conn, Id, serialise};
use crate::error::Result;
use crate::outlets::record::opening_of;
use crate::people::Role;
use crate::people::store::{self, Branch};
use crate::rota::shifts::Shift;

/// Takes a branch's rota for oneself until the transaction ends.
///
/// # Errors
/// What the database says.
pub fn hold(conn: &mut Conn, branch: Id) -> Result<()> {
    serialise(conn, branch)
}

/// What a book holds: some days, of the whole branch or only of some.
#[derive(Clone, Debug)]
pub struct Scope {
    /// The first date.
    pub from: NaiveDate,
    /// The last date.
    pub to: NaiveDate,
    /// Only these brokers; none: all of the branch.
    pub brokers: Option<Vec<Id>>,
    /// Only these outlets; none: all of the branch. With both, the shifts of either.
    pub outlets: Option<Vec<Id>>,
    /// With who stood where in the weeks before, for the warnings.
    pub history: bool,
}

/// So many people and outlets are named one by one in a query.
const FEW: usize = 60;

impl Scope {
    /// The whole branch, with its history.
    pub fn all(from: NaiveDate, to: NaiveDate) -> Scope {
        Scope { from, to, brokers: None, outlets: None, history: true }
    }

    /// What some people's days at some outlets need to be judged; a few of them narrow what is read.
    pub fn of_days(from: NaiveDate, to: NaiveDate, brokers: BTreeSet<Id>, outlets: BTreeSet<Id>) -> Scope {
        let scope = Scope { history: false, ..Scope::all(from, to) };
        if brokers.len() + outlets.len() > FEW {
            return scope;
        }
        let list = |ids: BTreeSet<Id>| Some(ids.into_iter().collect());
        Scope { brokers: list(brokers), outlets: list(outlets), ..scope }
    }

    /// What one shift needs to be judged.
    pub fn one(broker: Id, outlet: Id, date: NaiveDate) -> Scope {
        Scope { from: date, to: date, brokers: Some(vec![broker]), outlets: Some(vec![outlet]), history: false }
    }
}

impl Book {
    /// Everything of a branch from `from` to `to`, in a fixed number of queries.
    ///
    /// # Errors
    /// What the database says.
    pub fn load(conn: &mut Conn, branch: Id, from: NaiveDate, to: NaiveDate) -> Result<Book> {
        Book::of(conn, branch, &Scope::all(from, to))
    }

    /// As much of a branch as `scope` says.
    ///
    /// # Errors
    /// What the database says.
    pub fn of(conn: &mut Conn, branch: Id, scope: &Scope) -> Result<Book> {
        let branch = store::branch(conn, branch)?;
        Book::of_branch(conn, &branch, scope)
    }

    /// The same of a branch that was read before.
    ///
    /// # Errors
    /// What the database says.
    pub fn of_branch(conn: &mut Conn, branch: &Branch, scope: &Scope) -> Result<Book> {
        Book::read(conn, branch, scope, scope.history.then_some(scope))
    }

    /// A day of a whole branch, with the past of one outlet or one broker only: a branch's is long.
    ///
    /// # Errors
    /// What the database says.
    pub fn of_day(
        conn: &mut Conn,
        branch: &Branch,
        date: NaiveDate,
        outlet: Option<Id>,
        broker: Option<Id>,
    ) -> Result<Book> {
        let day = Scope { history: false, ..Scope::all(date, date) };
        let past = Scope { outlets: outlet.map(|id| vec![id]), brokers: broker.map(|id| vec![id]), ..day.clone() };
        Book::read(conn, branch, &day, Some(&past))
    }

    /// `past`: of whom it is asked who stood where in the weeks before.
    fn read(conn: &mut Conn, branch: &Branch, scope: &Scope, past: Option<&Scope>) -> Result<Book> {
        let (shifts, stays) = stood::read(conn, branch, scope, past)?;
        let mut brokers = brokers(conn, branch.id, scope)?;
        add_gone(conn, scope, &shifts, &mut brokers)?;
        let mut outlets = outlets_of(conn, branch.id, scope)?;
        let dated = Dated::read(conn, branch.id, scope)?;
        for (outlet, closure) in dated.closures {
            outlets.entry(outlet).and_modify(|found| found.closures.push(closure));
        }
        for (outlet, special) in dated.specials {
            outlets.entry(outlet).and_modify(|found| found.specials.push(special));
        }
        Ok(Book {
            branch: branch.id,
            zone: branch.zone(),
            from: scope.from,
            to: scope.to,
            lead_minutes: branch.lead_minutes,
            rotation_weeks: branch.rotation_weeks,
            whole: scope.brokers.is_none(),
            brokers,
            outlets,
            shifts,
            stays,
            published: dated.published,
            leaves: dated.leaves,
            unwelcome: dated.unwelcome,
            workdays: dated.workdays,
        })
    }
}

fn brokers(conn: &mut Conn, branch: Id, scope: &Scope) -> Result<BTreeMap<Id, BrokerFacts>> {
    let mut query = users::table
        .filter(users::branch_id.eq(branch).and(users::role.eq(Role::Broker)))
        .select((users::id, users::name, users::certificate_expires_on, users::disabled_at))
        .into_boxed();
    if let Some(only) = &scope.brokers {
        query = query.filter(users::id.eq_any(only.clone()));
    }
    let rows: Vec<(Id, String, Option<NaiveDate>, Option<At>)> = query.load(conn)?;
    let facts = |(id, name, certificate_expires_on, disabled_at): (_, _, _, Option<At>)| {
        (id, BrokerFacts { name, certificate_expires_on, enabled: disabled_at.is_none() })
    };
    Ok(rows.into_iter().map(facts).collect())
}

/// Whoever stands in the rota and is no broker of the branch any more is shown with it, and can be taken off.
fn add_gone(conn: &mut Conn, scope: &Scope, shifts: &[Shift], brokers: &mut BTreeMap<Id, BrokerFacts>) -> Result<()> {
    let asked = |id: &Id| scope.brokers.as_ref().is_none_or(|only| only.contains(id));
    let of_shifts = shifts.iter().map(|s| s.broker_id);
    let gone: BTreeSet<Id> = of_shifts.filter(|id| asked(id) && !brokers.contains_key(id)).collect();
    if gone.is_empty() {
        return Ok(());
    }
    let rows: Vec<(Id, String)> =
        users::table.filter(users::id.eq_any(gone)).select((users::id, users::name)).load(conn)?;
    let facts = |name| BrokerFacts { name, certificate_expires_on: None, enabled: false };
    brokers.extend(rows.into_iter().map(|(id, name)| (id, facts(name))));
    Ok(())
}

/// The outlets with their hours, a row an interval.
fn outlets_of(conn: &mut Conn, branch: Id, scope: &Scope) -> Result<BTreeMap<Id, OutletFacts>> {
    let mut query = outlets::table
        .left_join(banks::table)
        .left_join(outlet_hours::table)
        .filter(outlets::branch_id.eq(branch))
        .select((
            outlets::id,
            (outlet_hours::weekday, outlet_hours::opens, outlet_hours::closes).nullable(),
            (
                outlets::code,
                outlets::name,
                outlets::phase,
                outlets::wanted_brokers,
                (outlets::lat, outlets::lon),
                (banks::name.nullable(), outlets::grade),
            ),
        ))
        .into_boxed();
    if let Some(only) = &scope.outlets {
        query = query.filter(outlets::id.eq_any(only.clone()));
    }
    type Opens = (i32, String, String);
    type Row = (String, String, String, i32, (Option<f64>, Option<f64>), (Option<String>, Option<String>));
    let rows: Vec<(Id, Option<Opens>, Row)> = query.load(conn)?;
    let mut found: BTreeMap<Id, OutletFacts> = BTreeMap::new();
    for (id, opens, (code, name, phase, wanted, (lat, lon), (bank, grade))) in rows {
        let outlet = found.entry(id).or_insert_with(|| {
            let wanted = usize::try_from(wanted).unwrap_or_default();
            OutletFacts { code, name, phase, wanted, point: lat.zip(lon), bank, grade, ..OutletFacts::default() }
        });
        if let Some((weekday, opens, closes)) = opens {
            outlet.opening.push(opening_of(weekday, &opens, &closes)?);
        }
    }
    Ok(found)
}

/// The days of a range that a rota was published for: past and coming changes to them are told.
#[derive(Clone, Debug, Default)]
pub struct Published(Vec<(NaiveDate, NaiveDate)>);

impl Published {
    /// Between two dates of a branch.
    ///
    /// # Errors
    /// What the database says.
    pub fn load(conn: &mut Conn, branch: Id, from: NaiveDate, to: NaiveDate) -> Result<Published> {
        use crate::db::schema::rota_publications as p;
        let rows: Vec<(NaiveDate, NaiveDate)> = p::table
            .filter(p::branch_id.eq(branch).and(p::to_date.ge(from)).and(p::from_date.le(to)))
            .select((p::from_date, p::to_date))
            .load(conn)?;
        Ok(rows.into_iter().collect())
    }

    /// Whether a date is.
    pub fn holds(&self, date: NaiveDate) -> bool {
        self.0.iter().any(|(from, to)| (*from..=*to).contains(&date))
    }
}

impl FromIterator<(NaiveDate, NaiveDate)> for Published {
    fn from_iter<I: IntoIterator<Item = (NaiveDate, NaiveDate)>>(ranges: I) -> Published {
        // A month that was published again and again counts once.
        Published(ranges.into_iter().collect::<BTreeSet<_>>().into_iter().collect())
    }
}
