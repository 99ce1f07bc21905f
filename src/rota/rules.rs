//! The hard rules of a shift: `Book` holds what they look at, read at once (`rules/reading.rs`), and judges without the database.
//!
//! Whoever changes shifts, or what judges them (leave, who is not welcome), first takes `hold` on the branch and then loads a book, so that what was judged
//! still holds when it is written.

mod dated;
mod reading;
mod stood;

use std::collections::{BTreeMap, HashMap};

use chrono::{Days, Duration, NaiveDate};
use chrono_tz::Tz;

pub use self::reading::{Published, Scope, hold};
use super::shifts::Shift;
use super::warnings::Stays;
use crate::attendance::hours::{Closure, Hours, Opening, Special, hours_on};
use crate::calendar::local;
use crate::calendar::workdays::Workdays;
use crate::db::{At, Id};
use crate::error::Error;

/// The phases in which an outlet wants brokers.
pub const STAFFED: [&str; 2] = ["launch", "established"];

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
    /// The days of it that were published.
    pub published: Published,
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

impl Book {
    /// The hours of an outlet on a date; none: closed, or no outlet of the branch.
    pub fn hours(&self, outlet: Id, date: NaiveDate) -> Option<Hours> {
        let found = self.outlets.get(&outlet)?;
        hours_on(date, &found.opening, &found.closures, &found.specials, self.workdays.is_workday(date))
    }

    /// How many brokers an outlet wants on a date: none while it is closed or nobody is posted there by its phase.
    pub fn wanted(&self, outlet: Id, date: NaiveDate) -> usize {
        match self.outlets.get(&outlet) {
            Some(found) if STAFFED.contains(&found.phase.as_str()) => {
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

/// Every date from the first to the last.
pub fn days(from: NaiveDate, to: NaiveDate) -> impl Iterator<Item = NaiveDate> {
    from.iter_days().take_while(move |date| *date <= to)
}

/// Some days before a date.
pub(super) fn days_before(date: NaiveDate, n: u64) -> NaiveDate {
    date.checked_sub_days(Days::new(n)).unwrap_or(date)
}
