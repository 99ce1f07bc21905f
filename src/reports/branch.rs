//! Everything that a report counts of one branch, as it happens: a handful of queries, however long the period is.

use std::collections::HashMap;

use chrono::{Days, NaiveDate};
use diesel::prelude::*;

use super::figures::{Event, Followed};
use crate::attendance::roll::{RollShift, attend};
use crate::calendar::months::{last_day, months};
use crate::db::schema::{follow_ups, prospects, shifts};
use crate::db::{At, Conn, Id};
use crate::error::Result;
use crate::followups::due::DAYS_TO_CONTACT;
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
    /// Whether shifts and posts are counted too.
    pub with_shifts: bool,
}

/// Goes through everything.
///
/// # Errors
/// What the database says.
pub fn events(conn: &mut Conn, span: &Span<'_>, mut each: impl FnMut(About, Event<'_>)) -> Result<()> {
    sweep(conn, Reach::Branch(span.branch.id), span.first, span.last, |_, facts| {
        let about = About { date: facts.met_on, person: Some(facts.met_by), outlet: facts.outlet };
        each(about, Event::Met(&facts.path));
    })?;
    follow_ups_of(conn, span, &mut each)?;
    if span.with_shifts {
        shifts_of(conn, span, &mut each)?;
    }
    Ok(())
}

fn follow_ups_of(conn: &mut Conn, span: &Span<'_>, each: &mut impl FnMut(About, Event<'_>)) -> Result<()> {
    type Row = (Id, Option<Id>, NaiveDate, Option<At>, Option<NaiveDate>, Option<At>);
    let rows: Vec<Row> = prospects::table
        .inner_join(follow_ups::table.on(follow_ups::prospect_id.eq(prospects::id).and(follow_ups::number.eq(1))))
        .filter(prospects::branch_id.eq(span.branch.id).and(prospects::met_on.between(span.first, span.last)))
        .filter(prospects::merged_into.is_null())
        .select((
            follow_ups::broker_id,
            prospects::outlet_id,
            prospects::met_on,
            follow_ups::kept_at,
            follow_ups::kept_on,
            follow_ups::waived_at,
        ))
        .load(conn)?;
    let today = span.now.date_in(span.branch.zone());
    for (owner, outlet, met_on, kept_at, kept_on, waived_at) in rows {
        let due_on = met_on + Days::new(DAYS_TO_CONTACT);
        // A waiver holds unless the person was reached before it.
        let is_waived = waived_at.is_some_and(|waived| kept_at.is_none_or(|kept| waived <= kept));
        let how = match kept_on {
            _ if today <= due_on => Followed::Pending,
            _ if is_waived => Followed::Waived,
            Some(kept_on) if kept_on <= due_on => Followed::Kept,
            _ => Followed::Missed,
        };
        each(About { date: met_on, person: Some(owner), outlet }, Event::Followed(how));
    }
    Ok(())
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
