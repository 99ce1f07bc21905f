//! How many brokers the outlets of many branches want on some days: what `Book::wanted` says of one, read for all of them in a few queries.

use std::collections::{BTreeSet, HashMap};

use chrono::{Datelike, NaiveDate};
use diesel::prelude::*;

use super::rules::{STAFFED, days};
use crate::attendance::hours::{Closure, Opening, Special, hours_on};
use crate::calendar::workdays::{CalendarDay, Workdays};
use crate::db::schema::{calendar_days, outlet_closures, outlet_hours, outlet_special_hours, outlets};
use crate::db::{Conn, Id};
use crate::error::Result;
use crate::outlets::record::{hours_of, opening_of};

/// The outlets that want somebody, and when.
#[derive(Clone, Debug, Default)]
pub struct Wants {
    outlets: HashMap<Id, Want>,
    workdays: HashMap<Id, Workdays>,
}

/// What an outlet wants on a day on which it is open.
#[derive(Clone, Debug)]
struct Want {
    branch: Id,
    brokers: u64,
    opening: Vec<Opening>,
    closures: Vec<Closure>,
    specials: Vec<Special>,
}

impl Want {
    fn on(&self, date: NaiveDate, is_workday: bool) -> u64 {
        hours_on(date, &self.opening, &self.closures, &self.specials, is_workday).map_or(0, |_| self.brokers)
    }
}

impl Wants {
    /// Of some branches from `from` to `to`.
    ///
    /// # Errors
    /// What the database says.
    pub fn load(conn: &mut Conn, branches: &[Id], from: NaiveDate, to: NaiveDate) -> Result<Wants> {
        let workdays = workdays(conn, branches, from, to)?;
        let rows: Vec<(Id, Id, i32)> = outlets::table
            .filter(outlets::branch_id.eq_any(branches).and(outlets::phase.eq_any(STAFFED)))
            .select((outlets::id, outlets::branch_id, outlets::wanted_brokers))
            .load(conn)?;
        let want = |(id, branch, brokers): (Id, Id, i32)| {
            let brokers = u64::try_from(brokers).unwrap_or_default();
            (id, Want { branch, brokers, opening: Vec::new(), closures: Vec::new(), specials: Vec::new() })
        };
        let outlets = rows.into_iter().filter(|(.., brokers)| *brokers > 0).map(want).collect();
        let mut wants = Wants { outlets, workdays };
        wants.read_opening(conn, branches, from, to)?;
        wants.read_dated(conn, branches, from, to)?;
        Ok(wants)
    }

    /// How many an outlet of a branch wants on a date.
    pub fn on(&self, branch: Id, outlet: Id, date: NaiveDate) -> u64 {
        let found = self.outlets.get(&outlet).filter(|found| found.branch == branch);
        found.map_or(0, |found| found.on(date, self.is_workday(branch, date)))
    }

    /// How many all outlets of each branch want together, from `from` to `to` days.
    pub fn in_all(&self, from: NaiveDate, to: NaiveDate) -> HashMap<(Id, NaiveDate), u64> {
        let mut sums: HashMap<(Id, NaiveDate), u64> = HashMap::new();
        let mut by_branch: HashMap<Id, Vec<&Want>> = HashMap::new();
        for want in self.outlets.values() {
            by_branch.entry(want.branch).or_default().push(want);
        }
        for (branch, all) in by_branch {
            for date in days(from, to) {
                let worked = self.is_workday(branch, date);
                sums.insert((branch, date), all.iter().map(|want| want.on(date, worked)).sum());
            }
        }
        sums
    }

    fn is_workday(&self, branch: Id, date: NaiveDate) -> bool {
        self.workdays.get(&branch).is_some_and(|days| days.is_workday(date))
    }

    /// On a workday an outlet is open whatever is known of its hours; those of other days are read.
    fn read_opening(&mut self, conn: &mut Conn, branches: &[Id], from: NaiveDate, to: NaiveDate) -> Result<()> {
        let free = |date: &NaiveDate| self.workdays.values().any(|days| !days.is_workday(*date));
        let weekdays: BTreeSet<i32> =
            days(from, to).filter(free).map(|date| date.weekday().number_from_monday() as i32).collect();
        if weekdays.is_empty() {
            return Ok(());
        }
        let rows: Vec<(Id, i32, String, String)> = outlets::table
            .inner_join(outlet_hours::table)
            .filter(outlets::branch_id.eq_any(branches).and(outlets::phase.eq_any(STAFFED)))
            .filter(outlet_hours::weekday.eq_any(weekdays))
            .select((outlets::id, outlet_hours::weekday, outlet_hours::opens, outlet_hours::closes))
            .load(conn)?;
        for (outlet, weekday, opens, closes) in rows {
            if let Some(want) = self.outlets.get_mut(&outlet) {
                want.opening.push(opening_of(weekday, &opens, &closes)?);
            }
        }
        Ok(())
    }

    /// Closed days, and hours of single days.
    fn read_dated(&mut self, conn: &mut Conn, branches: &[Id], from: NaiveDate, to: NaiveDate) -> Result<()> {
        let closed: Vec<(Id, NaiveDate, NaiveDate)> = outlets::table
            .inner_join(outlet_closures::table)
            .filter(outlets::branch_id.eq_any(branches).and(outlets::phase.eq_any(STAFFED)))
            .filter(outlet_closures::from_date.le(to).and(outlet_closures::to_date.ge(from)))
            .select((outlets::id, outlet_closures::from_date, outlet_closures::to_date))
            .load(conn)?;
        for (outlet, first, last) in closed {
            if let Some(want) = self.outlets.get_mut(&outlet) {
                want.closures.push(Closure { first, last });
            }
        }
        let special: Vec<(Id, NaiveDate, String, String)> = outlets::table
            .inner_join(outlet_special_hours::table)
            .filter(outlets::branch_id.eq_any(branches).and(outlets::phase.eq_any(STAFFED)))
            .filter(outlet_special_hours::date.between(from, to))
            .select((
                outlets::id,
                outlet_special_hours::date,
                outlet_special_hours::opens,
                outlet_special_hours::closes,
            ))
            .load(conn)?;
        for (outlet, date, opens, closes) in special {
            if let Some(want) = self.outlets.get_mut(&outlet) {
                want.specials.push(Special { date, hours: hours_of(&opens, &closes)? });
            }
        }
        Ok(())
    }
}

/// The workdays of each branch.
fn workdays(conn: &mut Conn, branches: &[Id], from: NaiveDate, to: NaiveDate) -> Result<HashMap<Id, Workdays>> {
    let rows: Vec<(Option<Id>, NaiveDate, bool)> = calendar_days::table
        .filter(calendar_days::date.between(from, to))
        .select((calendar_days::branch_id, calendar_days::date, calendar_days::is_workday))
        .load(conn)?;
    let of = |branch: Option<Id>| {
        let its = rows.iter().filter(move |(of, ..)| *of == branch);
        its.map(|(_, date, is_workday)| CalendarDay { date: *date, is_workday: Some(*is_workday) })
    };
    Ok(branches.iter().map(|branch| (*branch, Workdays::new(of(None), of(Some(*branch))))).collect())
}
