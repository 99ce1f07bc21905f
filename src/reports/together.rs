//! Everything that a report counts of many branches at once: people from the packed months, shifts from the days that are added up.

use std::collections::HashMap;

use chrono::NaiveDate;

use super::branch::met;
use super::figures::Event;
use crate::attendance::days;
use crate::db::{At, Conn, Id};
use crate::error::Result;
use crate::people::Reach;
use crate::people::store::Branch;
use crate::rota::wants::Wants;

/// Which branches, all there are, and which of their days, both included.
#[derive(Clone, Copy, Debug)]
pub struct Span<'a> {
    /// The branches.
    pub branches: &'a [Branch],
    /// The first day.
    pub first: NaiveDate,
    /// The last day.
    pub last: NaiveDate,
    /// The moment.
    pub now: At,
    /// What is wanted on those days; none: shifts and posts are not counted.
    pub wants: Option<&'a Wants>,
}

/// Goes through everything, with the branch and the day of each.
///
/// # Errors
/// What the database says.
pub fn events(conn: &mut Conn, span: &Span<'_>, mut each: impl FnMut(Id, NaiveDate, Event<'_>)) -> Result<()> {
    let today: HashMap<Id, NaiveDate> =
        span.branches.iter().map(|branch| (branch.id, span.now.date_in(branch.zone()))).collect();
    met(conn, Reach::All, (span.first, span.last), &today, |branch, about, event| each(branch, about.date, event))?;
    let latest = today.values().max().map(|latest| span.last.min(*latest)).filter(|latest| span.first <= *latest);
    let (Some(last), Some(wants)) = (latest, span.wants) else { return Ok(()) };
    for ((branch, date), wanted) in wants.in_all(span.first, last) {
        if date <= today[&branch] {
            each(branch, date, Event::Wanted(wanted));
        }
    }
    days::sweep(conn, span.branches, (span.first, last), span.now, |branch, date, day| {
        // Who stands where fewer are wanted fills no gap elsewhere.
        let covered = day.posted().map(|(outlet, there)| there.min(wants.on(branch, outlet, date))).sum();
        each(branch, date, Event::Day(day, covered));
    })
}
