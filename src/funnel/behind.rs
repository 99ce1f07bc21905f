//! How many are behind a number of the funnel, from the packed months: as `people` finds them, without looking at each.

use std::collections::HashSet;

use chrono::NaiveDate;
use diesel::prelude::*;

use super::facts::{Facts, Now, STEPS};
use super::people::{Number, Who};
use super::query::GroupBy;
use super::stands::{Age, Ages};
use super::store::sweep;
use crate::attendance::month::month;
use crate::calendar::months::last_day;
use crate::db::schema::outlets;
use crate::db::{Conn, Id};
use crate::error::{Error, Result};
use crate::people::Reach;
use crate::prospects::kinds::Source;

/// A group, by its key.
enum Group {
    Everybody,
    /// At this outlet; none: nowhere known.
    Outlet(Option<Id>),
    /// At one of these; `true`: or nowhere known.
    Outlets(HashSet<Id>, bool),
    Broker(Id),
    Source(Source),
    Month(NaiveDate, NaiveDate),
}

impl Group {
    fn of(conn: &mut Conn, by: GroupBy, key: &str) -> Result<Group> {
        let wrong = || Error::field("key", "unknown_value");
        let id = || key.parse::<Id>().map_err(|_| wrong());
        Ok(match (by, key) {
            (GroupBy::Outlet, "none") => Group::Outlet(None),
            (GroupBy::Bank, "none") => {
                Group::Outlets(ids(outlets::table.filter(outlets::bank_id.is_null()), conn)?, true)
            }
            (GroupBy::Event | GroupBy::Community, "none") => Group::Everybody,
            (GroupBy::Outlet, _) => Group::Outlet(Some(id()?)),
            (GroupBy::Bank, _) => Group::Outlets(ids(outlets::table.filter(outlets::bank_id.eq(id()?)), conn)?, false),
            (GroupBy::Broker, _) => Group::Broker(id()?),
            (GroupBy::Source, _) => Group::Source(Source::parse(key).ok_or_else(wrong)?),
            (GroupBy::Month, _) => {
                let first = month(key).map_err(|_| wrong())?;
                Group::Month(first, last_day(first))
            }
            (GroupBy::Event | GroupBy::Community, _) => return Err(wrong()),
        })
    }

    fn holds(&self, facts: &Facts) -> bool {
        match self {
            Group::Everybody => true,
            Group::Outlet(outlet) => facts.outlet == *outlet,
            Group::Outlets(these, nowhere) => facts.outlet.map_or(*nowhere, |outlet| these.contains(&outlet)),
            Group::Broker(broker) => facts.met_by == *broker,
            Group::Source(source) => facts.source == *source,
            Group::Month(first, last) => (*first..=*last).contains(&facts.met_on),
        }
    }
}

fn ids<Q>(query: Q, conn: &mut Conn) -> Result<HashSet<Id>>
where
    Q: diesel::query_dsl::methods::SelectDsl<outlets::id>,
    diesel::dsl::Select<Q, outlets::id>: for<'q> diesel::query_dsl::LoadQuery<'q, Conn, Id>,
{
    Ok(query.select(outlets::id).load::<Id>(conn)?.into_iter().collect())
}

/// How many there are in reach of a whole branch or of all.
///
/// # Errors
/// 422 naming `key`.
pub fn count(conn: &mut Conn, reach: Reach, number: &Number, ages: Ages) -> Result<i64> {
    let only = number.query.only;
    let group = match &number.key {
        Some(key) => Group::of(conn, number.query.group_by, key)?,
        None => Group::Everybody,
    };
    let mut count = 0;
    sweep(conn, reach, number.query.from, number.query.to, |_, facts| {
        let narrowed = only.broker.is_none_or(|broker| facts.met_by == broker)
            && only.outlet.is_none_or(|outlet| facts.outlet == Some(outlet))
            && only.source.is_none_or(|source| facts.source == source);
        count += i64::from(narrowed && group.holds(facts) && is(number.who, facts, ages));
    })?;
    Ok(count)
}

fn is(who: Who, facts: &Facts, ages: Ages) -> bool {
    match who {
        Who::Reached(step) => usize::from(facts.path.furthest) >= (step.ordinal() as usize).min(STEPS),
        Who::Lost => matches!(facts.now, Now::Lost(_)),
        Who::LostFor(reason) => facts.now == Now::Lost(reason),
        Who::At(stage, age) => match facts.now {
            Now::At(at, since) => at == stage && age.is_none_or(|age: Age| ages.of_time(since) == age),
            Now::Lost(_) | Now::Erased => false,
        },
    }
}
