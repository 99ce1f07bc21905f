//! Shifts that stand and could not be made any more: a certificate was shortened, a leave entered, an outlet closed or given other hours, somebody suspended.
//! They stay until somebody decides; here is which they are.

use std::collections::BTreeSet;

use chrono::{Days, Duration, NaiveDate};

use super::rules::{Book, Scope};
use super::shifts::Shift;
use crate::db::{At, Conn, Id};
use crate::error::Result;

/// So far ahead it is looked for them.
const AHEAD_DAYS: u64 = 31;
/// Whoever comes so long before an outlet opens does so for another lead time, not for other hours.
const LEAD_MINUTES: i32 = 60;

/// A shift that wants a decision, and why.
#[derive(Clone, Debug)]
pub struct Amiss {
    /// The shift.
    pub shift: Shift,
    /// The rule's code, `hours_changed` or `outlet_ended`.
    pub code: &'static str,
    /// Who.
    pub broker: String,
    /// Where.
    pub outlet: String,
}

impl Book {
    /// What is wrong with a shift that stands; of past days nothing, there is nothing to decide any more.
    pub fn flaw(&self, shift: &Shift, today: NaiveDate) -> Option<&'static str> {
        if shift.date < today {
            return None;
        }
        let (starts, ends) = shift.given();
        match self.judge(shift.broker_id, shift.outlet_id, shift.date, starts, ends) {
            Err(clash) => Some(clash.code()),
            Ok(_) if self.has_ended(shift.outlet_id) => Some("outlet_ended"),
            Ok((from, to)) => {
                let opens = from + Duration::minutes(i64::from(self.lead_minutes));
                let lead = Duration::minutes(i64::from(self.lead_minutes.max(LEAD_MINUTES)));
                let comes = shift.own_start || (opens - lead..=opens).contains(&shift.starts_at);
                let goes = shift.own_end || shift.ends_at == to;
                (!(comes && goes)).then_some("hours_changed")
            }
        }
    }

    fn has_ended(&self, outlet: Id) -> bool {
        self.outlets.get(&outlet).is_some_and(|found| matches!(found.phase.as_str(), "dormant" | "ended"))
    }

    /// The shifts from `today` on that want a decision.
    pub fn amiss(&self, today: NaiveDate) -> Vec<Amiss> {
        let coming = self.shifts.iter().filter(|shift| shift.date >= today);
        let found = coming.filter_map(|shift| Some((shift, self.flaw(shift, today)?)));
        found
            .map(|(shift, code)| Amiss {
                shift: shift.clone(),
                code,
                broker: self.brokers.get(&shift.broker_id).map(|b| b.name.clone()).unwrap_or_default(),
                outlet: self.outlets.get(&shift.outlet_id).map(|o| o.name.clone()).unwrap_or_default(),
            })
            .collect()
    }
}

/// The shifts of the next weeks in a branch that want a decision.
///
/// # Errors
/// What the database says.
pub fn of_branch(conn: &mut Conn, branch: Id, today: NaiveDate) -> Result<Vec<Amiss>> {
    let scope = Scope { history: false, ..Scope::all(today, ahead(today)) };
    Ok(Book::of(conn, branch, &scope)?.amiss(today))
}

/// The same of some people or outlets: what a change of theirs touched.
///
/// # Errors
/// What the database says.
pub fn of(conn: &mut Conn, branch: Id, brokers: &[Id], outlets: &[Id], now: At) -> Result<Vec<Amiss>> {
    // The branch's date is known once the book is: nowhere is it more than a day earlier.
    let today = now.date_in(chrono_tz::UTC).pred_opt().unwrap_or_default();
    let list = |ids: &[Id]| ids.iter().copied().collect::<BTreeSet<Id>>();
    let mut scope = Scope { history: false, ..Scope::all(today, ahead(today)) };
    let (brokers, outlets) = (list(brokers), list(outlets));
    scope.brokers = (!brokers.is_empty()).then(|| brokers.into_iter().collect());
    scope.outlets = (!outlets.is_empty() && scope.brokers.is_none()).then(|| outlets.into_iter().collect());
    let book = Book::of(conn, branch, &scope)?;
    let today = now.date_in(book.zone);
    Ok(book.amiss(today))
}

fn ahead(today: NaiveDate) -> NaiveDate {
    today.checked_add_days(Days::new(AHEAD_DAYS)).unwrap_or(today)
}
