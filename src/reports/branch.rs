//! Everything that a report counts of one branch, as it happens: a handful of queries, however long the period is.

use std::collections::HashMap;

use chrono::{Days, NaiveDate};
use diesel::prelude::*;

use super::figures::{Event, Followed};
use crate::attendance::roll::{RollShift, attend};
use crate::calendar::months::{last_day, months};
use crate::db::schema::shifts;
use crate::db::{At, Conn, Id};
use crate::error::Result;
use crate::followups::due::DAYS_TO_CONTACT;
use crate::funnel::facts::Outcome;
use crate::funnel::store::sweep;
use crate::people::Reach;
use crate::people::store::Branch;
use crate::rota::rules::{Book, Scope};

/// When, of whom and where something is counted.
#[derive(Clone, Copy, Debug)]
pub struct About {
    /// On which local date.
    pub date: NaiveDate,
    /// Of which broker.
    pub person: Option<Id>,
    /// At which outlet.
    pub outlet: Option<Id>,
}

/// Which branch and which of its days, both included.
#[derive(Clone, Copy, Debug)]
pub struct Span<'a> {
    /// The branch.
    pub branch: &'a Branch,
    /// The first day.
    pub first: NaiveDate,
    /// The last day.
    pub last: NaiveDate,
    /// The moment.
    pub now: At,
}

/// Goes through everything.
///
/// # Errors
/// What the database says.
pub fn events(conn: &mut Conn, span: &Span<'_>, mut each: impl FnMut(About, Event<'_>)) -> Result<()> {
    let today = HashMap::from([(span.branch.id, span.now.date_in(span.branch.zone()))]);
    let reach = Reach::Branch(span.branch.id);
    met(conn, reach, (span.first, span.last), &today, |_, about, event| each(about, event))?;
    shifts_of(conn, span, &mut each)
}

/// Goes through the people met on some days and their first follow-ups, with the branch of each; `today` is that of the branches.
///
/// # Errors
/// What the database says.
pub fn met(
    conn: &mut Conn,
    reach: Reach,
    (first, last): (NaiveDate, NaiveDate),
    today: &HashMap<Id, NaiveDate>,
    mut each: impl FnMut(Id, About, Event<'_>),
) -> Result<()> {
    sweep(conn, reach, first, last, |branch, facts| {
        let about = About { date: facts.met_on, person: Some(facts.met_by), outlet: facts.outlet };
        each(branch, about, Event::Met(&facts.path));
        let (Some(contact), Some(today)) = (facts.contact, today.get(&branch)) else { return };
        let how = match contact.outcome {
            _ if *today <= facts.met_on + Days::new(DAYS_TO_CONTACT) => Followed::Pending,
            Outcome::Waived => Followed::Waived,
            Outcome::After(days) if u64::from(days) <= DAYS_TO_CONTACT => Followed::Kept,
            Outcome::After(_) | Outcome::Nobody => Followed::Missed,
        };
        each(branch, About { person: Some(contact.owner), ..about }, Event::Followed(how));
    })
}

/// Shifts and posts, up to today; a month at a time, so that a year of a large branch is not held in memory at once.
fn shifts_of(conn: &mut Conn, span: &Span<'_>, each: &mut impl FnMut(About, Event<'_>)) -> Result<()> {
    let last = span.last.min(span.now.date_in(span.branch.zone()));
    if span.first > last {
        return Ok(());
    }
    let scope = Scope { history: false, ..Scope::all(span.first, last) };
    let book = Book::of(conn, span.branch.id, &scope)?;
    for month in months(span.first, last) {
        let (first, last) = (month.max(span.first), last_day(month).min(last));
        let rows: Vec<RollShift> = shifts::table
            .filter(shifts::branch_id.eq(span.branch.id).and(shifts::date.between(first, last)))
            .select(RollShift::as_select())
            .load(conn)?;
        let mut posted: HashMap<(Id, NaiveDate), u64> = HashMap::new();
        for row in attend(conn, rows, span.now)? {
            let (outlet, date) = (row.shift.outlet_id, row.shift.date);
            *posted.entry((outlet, date)).or_default() += 1;
            let about = About { date, person: Some(row.shift.broker_id), outlet: Some(outlet) };
            each(about, Event::Shift(row.counts().status, row.is_unclear()));
        }
        for date in first.iter_days().take_while(|date| *date <= last) {
            for outlet in book.outlets.keys() {
                let wanted = book.wanted(*outlet, date) as u64;
                if wanted > 0 {
                    let there = posted.get(&(*outlet, date)).copied().unwrap_or_default();
                    each(About { date, person: None, outlet: Some(*outlet) }, Event::Posts(wanted, there));
                }
            }
        }
    }
    Ok(())
}
