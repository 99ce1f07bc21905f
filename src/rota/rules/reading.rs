//! What the hard rules look at, read from the database in a fixed number of queries; and the hold that keeps it true until it is written.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use chrono::NaiveDate;
use diesel::prelude::*;

use super::{Book, BrokerFacts, Leaves, OutletFacts, Unwelcome};
use crate::attendance::hours::{Closure, Special};
use crate::calendar::store as calendar;
use crate::db::schema::{
    banks, leaves, outlet_closures, outlet_hours, outlet_special_hours, outlets, shifts, unwelcome, users,
};
use crate::db::{At, Conn, Id, serialise};
use crate::error::Result;
use crate::outlets::record::{hours_of, opening_of};
use crate::people::Role;
use crate::people::store::{self, Branch};
use crate::rota::shifts::Shift;
use crate::rota::warnings::{self, Stays};

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
        let Branch { lead_minutes, rotation_weeks, .. } = *branch;
        let (branch, zone) = (branch.id, branch.zone());
        let mut stays =
            if scope.history { warnings::stays(conn, branch, scope, rotation_weeks)? } else { Stays::default() };
        let shifts = standing(conn, branch, scope)?;
        if scope.history {
            stays.go_on(shifts.iter().map(|s| (s.outlet_id, s.broker_id, s.date)));
        }
        let mut brokers = brokers(conn, branch, scope)?;
        add_gone(conn, scope, &shifts, &mut brokers)?;
        Ok(Book {
            branch,
            zone,
            from: scope.from,
            to: scope.to,
            lead_minutes,
            rotation_weeks,
            whole: scope.brokers.is_none(),
            brokers,
            outlets: outlets_of(conn, branch, scope)?,
            shifts,
            stays,
            leaves: leaves_of(conn, branch, scope)?,
            unwelcome: unwelcome_of(conn, branch, scope)?,
            workdays: calendar::workdays(conn, Some(branch), scope.from, scope.to)?,
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

fn outlets_of(conn: &mut Conn, branch: Id, scope: &Scope) -> Result<BTreeMap<Id, OutletFacts>> {
    let mut query = outlets::table
        .left_join(banks::table)
        .filter(outlets::branch_id.eq(branch))
        .select((
            outlets::id,
            outlets::code,
            outlets::name,
            outlets::phase,
            outlets::wanted_brokers,
            (outlets::lat, outlets::lon),
            (banks::name.nullable(), outlets::grade),
        ))
        .into_boxed();
    if let Some(only) = &scope.outlets {
        query = query.filter(outlets::id.eq_any(only.clone()));
    }
    type Row = (Id, String, String, String, i32, (Option<f64>, Option<f64>), (Option<String>, Option<String>));
    let rows: Vec<Row> = query.load(conn)?;
    let mut found: BTreeMap<Id, OutletFacts> = rows
        .into_iter()
        .map(|(id, code, name, phase, wanted, (lat, lon), (bank, grade))| {
            let wanted = usize::try_from(wanted).unwrap_or_default();
            let point = lat.zip(lon);
            (id, OutletFacts { code, name, phase, wanted, point, bank, grade, ..OutletFacts::default() })
        })
        .collect();
    add_openings(conn, branch, scope, &mut found)?;
    add_closures(conn, branch, scope, &mut found)?;
    add_specials(conn, branch, scope, &mut found)?;
    Ok(found)
}

type Found = BTreeMap<Id, OutletFacts>;

fn add_openings(conn: &mut Conn, branch: Id, scope: &Scope, found: &mut Found) -> Result<()> {
    let mut query = outlet_hours::table
        .inner_join(outlets::table)
        .filter(outlets::branch_id.eq(branch))
        .select((outlet_hours::outlet_id, outlet_hours::weekday, outlet_hours::opens, outlet_hours::closes))
        .into_boxed();
    if let Some(only) = &scope.outlets {
        query = query.filter(outlet_hours::outlet_id.eq_any(only.clone()));
    }
    let rows: Vec<(Id, i32, String, String)> = query.load(conn)?;
    for (outlet, weekday, opens, closes) in rows {
        if let Some(outlet) = found.get_mut(&outlet) {
            outlet.opening.push(opening_of(weekday, &opens, &closes)?);
        }
    }
    Ok(())
}

fn add_closures(conn: &mut Conn, branch: Id, scope: &Scope, found: &mut Found) -> Result<()> {
    let mut query = outlet_closures::table
        .inner_join(outlets::table)
        .filter(outlets::branch_id.eq(branch))
        .filter(outlet_closures::from_date.le(scope.to).and(outlet_closures::to_date.ge(scope.from)))
        .select((outlet_closures::outlet_id, outlet_closures::from_date, outlet_closures::to_date))
        .into_boxed();
    if let Some(only) = &scope.outlets {
        query = query.filter(outlet_closures::outlet_id.eq_any(only.clone()));
    }
    let rows: Vec<(Id, NaiveDate, NaiveDate)> = query.load(conn)?;
    for (outlet, first, last) in rows {
        if let Some(outlet) = found.get_mut(&outlet) {
            outlet.closures.push(Closure { first, last });
        }
    }
    Ok(())
}

fn add_specials(conn: &mut Conn, branch: Id, scope: &Scope, found: &mut Found) -> Result<()> {
    let mut query = outlet_special_hours::table
        .inner_join(outlets::table)
        .filter(outlets::branch_id.eq(branch))
        .filter(outlet_special_hours::date.between(scope.from, scope.to))
        .select((
            outlet_special_hours::outlet_id,
            outlet_special_hours::date,
            outlet_special_hours::opens,
            outlet_special_hours::closes,
        ))
        .into_boxed();
    if let Some(only) = &scope.outlets {
        query = query.filter(outlet_special_hours::outlet_id.eq_any(only.clone()));
    }
    let rows: Vec<(Id, NaiveDate, String, String)> = query.load(conn)?;
    for (outlet, date, opens, closes) in rows {
        if let Some(outlet) = found.get_mut(&outlet) {
            outlet.specials.push(Special { date, hours: hours_of(&opens, &closes)? });
        }
    }
    Ok(())
}

fn standing(conn: &mut Conn, branch: Id, scope: &Scope) -> Result<Vec<Shift>> {
    let mut query = shifts::table
        .filter(shifts::branch_id.eq(branch).and(shifts::date.between(scope.from, scope.to)))
        .order((shifts::date, shifts::starts_at, shifts::id))
        .select(Shift::as_select())
        .into_boxed();
    // Of some people at some outlets: wherever those people are, and whoever else is at those outlets.
    let of = |only: &Option<Vec<Id>>| only.clone();
    match (of(&scope.brokers), of(&scope.outlets)) {
        (Some(brokers), Some(outlets)) => {
            query = query.filter(shifts::broker_id.eq_any(brokers).or(shifts::outlet_id.eq_any(outlets)));
        }
        (Some(brokers), None) => query = query.filter(shifts::broker_id.eq_any(brokers)),
        (None, Some(outlets)) => query = query.filter(shifts::outlet_id.eq_any(outlets)),
        (None, None) => {}
    }
    Ok(query.load(conn)?)
}

fn leaves_of(conn: &mut Conn, branch: Id, scope: &Scope) -> Result<Leaves> {
    let mut query = leaves::table
        .filter(leaves::branch_id.eq(branch).and(leaves::state.eq("approved")))
        .filter(leaves::to_date.ge(scope.from).and(leaves::from_date.le(scope.to)))
        .select((leaves::broker_id, leaves::from_date, leaves::to_date))
        .into_boxed();
    if let Some(only) = &scope.brokers {
        query = query.filter(leaves::broker_id.eq_any(only.clone()));
    }
    let rows: Vec<(Id, NaiveDate, NaiveDate)> = query.load(conn)?;
    let mut by_broker = Leaves::new();
    for (broker, from, to) in rows {
        by_broker.entry(broker).or_default().push((from, to));
    }
    Ok(by_broker)
}

fn unwelcome_of(conn: &mut Conn, branch: Id, scope: &Scope) -> Result<Unwelcome> {
    let mut query = unwelcome::table
        .filter(unwelcome::branch_id.eq(branch).and(unwelcome::from_date.le(scope.to)))
        .filter(unwelcome::to_date.is_null().or(unwelcome::to_date.ge(scope.from)))
        .select((unwelcome::outlet_id, unwelcome::broker_id, unwelcome::from_date, unwelcome::to_date))
        .into_boxed();
    if let Some(only) = &scope.brokers {
        query = query.filter(unwelcome::broker_id.eq_any(only.clone()));
    }
    let rows: Vec<(Id, Id, NaiveDate, Option<NaiveDate>)> = query.load(conn)?;
    let mut found = Unwelcome::new();
    for (outlet, broker, from, to) in rows {
        found.entry((outlet, broker)).or_default().push((from, to));
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
        let rows: HashSet<(NaiveDate, NaiveDate)> = p::table
            .filter(p::branch_id.eq(branch).and(p::to_date.ge(from)).and(p::from_date.le(to)))
            .select((p::from_date, p::to_date))
            .load(conn)?
            .into_iter()
            .collect();
        Ok(Published(rows.into_iter().collect()))
    }

    /// Whether a date is.
    pub fn holds(&self, date: NaiveDate) -> bool {
        self.0.iter().any(|(from, to)| (*from..=*to).contains(&date))
    }
}
