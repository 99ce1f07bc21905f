//! The people behind a number of the follow-ups' quality.

use chrono::{Days as ChronoDays, NaiveDate};
use diesel::dsl::{exists, not, sql};
use diesel::prelude::*;
use diesel::sql_types::Integer;

use super::contact::Band;
use super::quality::Scope;
use crate::db::schema::{follow_ups, prospects};
use crate::db::{Conn, Id};
use crate::error::{Error, Result};
use crate::followups::due::DAYS_TO_CONTACT;
use crate::followups::lists::Days;
use crate::followups::settled::{kept, unsettled, waived};
use crate::funnel::people::{self, Boxed, People};
use crate::keys::Keys;
use crate::people::Caller;
use crate::prospects::list::Place;
use crate::web::pagination::Part;

/// Who of those met in a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// Whose three days are over, and not waived.
    Counted,
    /// Of those, contacted in time.
    Kept,
    /// Of those, contacted after so many days.
    After(Band),
    /// Waived.
    Waived,
    /// Who still has time.
    Pending,
}

impl Who {
    /// Reads a name.
    ///
    /// # Errors
    /// 422 naming `who`.
    pub fn parse(text: Option<&str>) -> Result<Who> {
        match text.unwrap_or("counted") {
            "counted" => Ok(Who::Counted),
            "kept" => Ok(Who::Kept),
            "waived" => Ok(Who::Waived),
            "pending" => Ok(Who::Pending),
            band => Band::parse(band).map(Who::After).ok_or(Error::field("who", "unknown_value")),
        }
    }

    /// As an address has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Who::Counted => "counted",
            Who::Kept => "kept",
            Who::After(band) => band.as_str(),
            Who::Waived => "waived",
            Who::Pending => "pending",
        }
    }
}

/// A number: the period, to what it is narrowed, and who.
#[derive(Clone, Debug)]
pub struct Number {
    /// The first local date of a first meeting.
    pub from: NaiveDate,
    /// The last one.
    pub to: NaiveDate,
    /// Whose the follow-up is.
    pub broker: Option<Id>,
    /// Where they met; `Some(None)`: nowhere known.
    pub outlet: Option<Option<Id>>,
    /// In the week of this Monday.
    pub week: Option<NaiveDate>,
    /// Who of them.
    pub who: Who,
}

impl Number {
    /// The days on which they were first met.
    fn period(&self) -> (NaiveDate, NaiveDate) {
        let Some(monday) = self.week else { return (self.from, self.to) };
        let sunday = monday.checked_add_days(ChronoDays::new(6)).unwrap_or(monday);
        (self.from.max(monday), self.to.min(sunday))
    }
}

/// Finds them. `days` are those of the branches in reach.
///
/// # Errors
/// What the database says.
pub fn people(
    conn: &mut Conn,
    keys: &Keys,
    caller: &Caller,
    scope: Scope,
    number: &Number,
    days: &Days,
    part: &Part<Place>,
) -> Result<People> {
    let lite = matches!(conn, Conn::Sqlite(_));
    people::list(conn, keys, caller, part, || Ok(chosen(scope, number, days, lite)))
}

fn chosen<'a>(scope: Scope, number: &Number, days: &Days, lite: bool) -> Boxed<'a> {
    let mut query = by_their_days(scope, number.period(), number.who == Who::Pending, days);
    match number.outlet {
        None => {}
        Some(Some(outlet)) => query = query.filter(prospects::outlet_id.eq(outlet)),
        Some(None) => query = query.filter(prospects::outlet_id.is_null()),
    }
    if let Some(broker) = scope.only.or(number.broker) {
        let of = follow_ups::table
            .filter(follow_ups::prospect_id.eq(prospects::id).and(follow_ups::number.eq(1)))
            .filter(follow_ups::broker_id.eq(broker));
        query = query.filter(exists(of));
    }
    came_of(query, number.who, lite)
}

/// Those who still have time, or whose three days are over, each by today's date in the branch.
fn by_their_days<'a>(scope: Scope, (from, to): (NaiveDate, NaiveDate), pending: bool, days: &Days) -> Boxed<'a> {
    // The last day of first meetings whose three days are over: where it is the latest date, a day before, two days before.
    let [last, one, two] = days.cuts(DAYS_TO_CONTACT as i64 + 1);
    let [day_behind, two_behind] = days.behind().clone();
    if pending {
        let earliest = if two_behind.is_empty() { if day_behind.is_empty() { last } else { one } } else { two };
        let from = from.max(earliest.succ_opt().unwrap_or(earliest));
        if earliest == last {
            return people::met(scope.reach, from, to);
        }
        let still = prospects::met_on
            .gt(last)
            .or(prospects::branch_id.eq_any(day_behind).and(prospects::met_on.gt(one)))
            .or(prospects::branch_id.eq_any(two_behind).and(prospects::met_on.gt(two)));
        return people::met(scope.reach, from, to).filter(still);
    }
    let mut query = people::met(scope.reach, from, to.min(last));
    for (branches, last) in [(day_behind, one), (two_behind, two)] {
        if !branches.is_empty() {
            query = query.filter(not(prospects::branch_id.eq_any(branches).and(prospects::met_on.gt(last))));
        }
    }
    query
}

/// As `Outcome::of` has it.
fn came_of<'a>(query: Boxed<'a>, who: Who, lite: bool) -> Boxed<'a> {
    let first = || follow_ups::table.filter(follow_ups::prospect_id.eq(prospects::id).and(follow_ups::number.eq(1)));
    // Days between two dates, as each database counts them.
    let days = || {
        sql::<Integer>(if lite {
            "CAST(julianday(follow_ups.kept_on) - julianday(prospects.met_on) AS INTEGER)"
        } else {
            "(follow_ups.kept_on - prospects.met_on)"
        })
    };
    match who {
        Who::Pending => query.filter(exists(first())),
        Who::Counted => query.filter(exists(first().filter(kept!().or(follow_ups::waived_at.is_null())))),
        Who::Waived => query.filter(exists(first().filter(waived!()))),
        Who::Kept => query.filter(exists(first().filter(kept!()).filter(days().le(3)))),
        Who::After(band) => match band.days() {
            Some((first_day, last_day)) => {
                query.filter(exists(first().filter(kept!()).filter(days().between(first_day, last_day))))
            }
            None => query.filter(exists(first().filter(unsettled!()))),
        },
    }
}
