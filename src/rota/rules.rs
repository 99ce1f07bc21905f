//! The hard rules of a shift: `Book` holds what they look at, loaded at once, and judges without the database.
//!
//! Whoever changes shifts, or what judges them (leave, who is not welcome), first takes `hold` on the branch and then loads a book, so that what was judged
//! still holds when it is written.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use chrono::{Days, Duration, NaiveDate};
use chrono_tz::Tz;
use diesel::prelude::*;

use super::shifts::Shift;
use super::warnings::{self, Stays};
use crate::attendance::hours::{Closure, Hours, Opening, Special, hours_on};
use crate::calendar::workdays::Workdays;
use crate::calendar::{local, store as calendar};
use crate::db::schema::{
    banks, leaves, outlet_closures, outlet_hours, outlet_special_hours, outlets, shifts, unwelcome, users,
};
use crate::db::{At, Conn, Id, serialise};
use crate::error::{Error, Result};
use crate::outlets::record::{hours_of, opening_of};
use crate::people::Role;
use crate::people::store::{self, Branch};

/// Why a shift cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clash {
    /// No outlet of the branch.
    NoOutlet,
    /// No broker of the branch, or one who was suspended.
    NoBroker,
    /// The practice certificate has expired by that date.
    NoCertificate,
    /// On approved leave.
    OnLeave,
    /// The outlet does not want them.
    NotWelcome,
    /// Closed, and not both times given.
    OutletClosed,
    /// A time that cannot be: the field and the code of its message.
    Times(&'static str, &'static str),
}

impl Clash {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Clash::NoOutlet | Clash::NoBroker => "not_found",
            Clash::NoCertificate => "no_certificate",
            Clash::OnLeave => "on_leave",
            Clash::NotWelcome => "not_welcome",
            Clash::OutletClosed => "outlet_closed",
            Clash::Times(_, code) => code,
        }
    }
}

impl From<Clash> for Error {
    fn from(clash: Clash) -> Error {
        match clash {
            Clash::NoOutlet => Error::NotFound(Some("outlet_id")),
            Clash::NoBroker => Error::NotFound(Some("broker_id")),
            Clash::Times(field, code) => Error::field(field, code),
            other => Error::Conflict(other.code()),
        }
    }
}

/// A broker, as far as the rota looks at them.
#[derive(Clone, Debug)]
pub struct BrokerFacts {
    /// Their name.
    pub name: String,
    /// The last day of the practice certificate, where one is known.
    pub certificate_expires_on: Option<NaiveDate>,
    /// May be planned; false after a suspension.
    pub enabled: bool,
}

/// An outlet, as far as the rota looks at it.
#[derive(Clone, Debug, Default)]
pub struct OutletFacts {
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// `prospecting` … `ended`.
    pub phase: String,
    /// How many brokers it wants on a day on which it is open.
    pub wanted: usize,
    /// Where it is.
    pub point: Option<(f64, f64)>,
    /// Its bank's name.
    pub bank: Option<String>,
    /// How much it matters.
    pub grade: Option<String>,
    opening: Vec<Opening>,
    closures: Vec<Closure>,
    specials: Vec<Special>,
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

/// What the rules look at, of one branch and some days.
#[derive(Clone, Debug)]
pub struct Book {
    /// The branch.
    pub branch: Id,
    /// The zone in which its days are judged.
    pub zone: Tz,
    /// The first date.
    pub from: NaiveDate,
    /// The last date.
    pub to: NaiveDate,
    /// People are there that long before an outlet opens.
    pub lead_minutes: i32,
    /// After that many weeks at one established outlet it is time to rotate.
    pub rotation_weeks: i32,
    /// The brokers of the branch.
    pub brokers: BTreeMap<Id, BrokerFacts>,
    /// Its outlets.
    pub outlets: BTreeMap<Id, OutletFacts>,
    /// What stands on those days, by date, start and id.
    pub shifts: Vec<Shift>,
    pub(super) stays: Stays,
    whole: bool,
    leaves: Leaves,
    unwelcome: Unwelcome,
    workdays: Workdays,
}

/// First and last days of leave, by broker.
type Leaves = HashMap<Id, Vec<(NaiveDate, NaiveDate)>>;

/// From when, and until when where that is known, by outlet and broker.
type Unwelcome = HashMap<(Id, Id), Vec<(NaiveDate, Option<NaiveDate>)>>;

/// Takes a branch's rota for oneself until the transaction ends.
///
/// # Errors
/// What the database says.
pub fn hold(conn: &mut Conn, branch: Id) -> Result<()> {
    serialise(conn, branch)
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

    /// The hours of an outlet on a date; none: closed, or no outlet of the branch.
    pub fn hours(&self, outlet: Id, date: NaiveDate) -> Option<Hours> {
        let found = self.outlets.get(&outlet)?;
        hours_on(date, &found.opening, &found.closures, &found.specials, self.workdays.is_workday(date))
    }

    /// How many brokers an outlet wants on a date: none while it is closed or nobody is posted there by its phase.
    pub fn wanted(&self, outlet: Id, date: NaiveDate) -> usize {
        match self.outlets.get(&outlet) {
            Some(found) if matches!(found.phase.as_str(), "launch" | "established") => {
                self.hours(outlet, date).map_or(0, |_| found.wanted)
            }
            _ => 0,
        }
    }

    /// The brokers it is about, where that are not all of the branch.
    pub(super) fn only_brokers(&self) -> Option<Vec<Id>> {
        (!self.whole).then(|| self.brokers.keys().copied().collect())
    }

    /// Whether a date is worked in the branch.
    pub fn is_workday(&self, date: NaiveDate) -> bool {
        self.workdays.is_workday(date)
    }

    /// Whether a broker is on approved leave.
    pub fn on_leave(&self, broker: Id, date: NaiveDate) -> bool {
        self.leaves.get(&broker).is_some_and(|all| all.iter().any(|(from, to)| (*from..=*to).contains(&date)))
    }

    /// Whether an outlet does not want a broker.
    pub fn not_welcome(&self, broker: Id, outlet: Id, date: NaiveDate) -> bool {
        let holds = |(from, to): &(NaiveDate, Option<NaiveDate>)| *from <= date && to.is_none_or(|to| date <= to);
        self.unwelcome.get(&(outlet, broker)).is_some_and(|all| all.iter().any(holds))
    }

    /// Outlet and broker of a shift, as far as the branch has them.
    ///
    /// # Errors
    /// `NoOutlet`, `NoBroker`.
    pub fn known(&self, broker: Id, outlet: Id) -> std::result::Result<(), Clash> {
        if !self.outlets.contains_key(&outlet) {
            return Err(Clash::NoOutlet);
        }
        let enabled = self.brokers.get(&broker).is_some_and(|found| found.enabled);
        if enabled { Ok(()) } else { Err(Clash::NoBroker) }
    }

    /// From when to when a broker would stand at an outlet on a date: as given, else by its hours. (Whether they stand elsewhere that day is asked when it is
    /// written.)
    ///
    /// # Errors
    /// Why it cannot be.
    pub fn judge(
        &self,
        broker: Id,
        outlet: Id,
        date: NaiveDate,
        starts: Option<At>,
        ends: Option<At>,
    ) -> std::result::Result<(At, At), Clash> {
        self.known(broker, outlet)?;
        let expires = self.brokers.get(&broker).and_then(|found| found.certificate_expires_on);
        if expires.is_some_and(|last| last < date) {
            return Err(Clash::NoCertificate);
        }
        if self.on_leave(broker, date) {
            return Err(Clash::OnLeave);
        }
        if self.not_welcome(broker, outlet, date) {
            return Err(Clash::NotWelcome);
        }
        self.times(outlet, date, starts, ends)
    }

    fn times(
        &self,
        outlet: Id,
        date: NaiveDate,
        starts: Option<At>,
        ends: Option<At>,
    ) -> std::result::Result<(At, At), Clash> {
        let at = |time| At::from(local::at_local(date, time, self.zone));
        let lead = Duration::minutes(i64::from(self.lead_minutes));
        // Nobody is asked to come on the day before.
        let before = |opens: At| (opens - lead).max(At::from(local::day_start(date, self.zone)));
        let (starts_at, ends_at) = match (starts, ends, self.hours(outlet, date)) {
            (Some(starts), Some(ends), _) => (starts, ends),
            (_, _, None) => return Err(Clash::OutletClosed),
            (given, until, Some(hours)) => {
                (given.unwrap_or_else(|| before(at(hours.from))), until.unwrap_or_else(|| at(hours.to)))
            }
        };
        if starts_at.date_in(self.zone) != date {
            return Err(Clash::Times("starts_at", "other_date"));
        }
        // The end is wrong, unless only the start was given.
        let blamed = if ends.is_none() && starts.is_some() { "starts_at" } else { "ends_at" };
        if ends_at <= starts_at {
            return Err(Clash::Times(blamed, "ends_before_start"));
        }
        if ends_at - starts_at > Duration::hours(24) {
            return Err(Clash::Times(blamed, "out_of_range"));
        }
        Ok((starts_at, ends_at))
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

/// Every date from the first to the last.
pub fn days(from: NaiveDate, to: NaiveDate) -> impl Iterator<Item = NaiveDate> {
    from.iter_days().take_while(move |date| *date <= to)
}

/// Some days before a date.
pub(super) fn days_before(date: NaiveDate, n: u64) -> NaiveDate {
    date.checked_sub_days(Days::new(n)).unwrap_or(date)
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
