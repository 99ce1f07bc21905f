//! Targets found: one, those of a period, those that are asked for.

use chrono::NaiveDate;
use diesel::prelude::*;

use super::{Subject, Target};
use crate::db::schema::targets;
use crate::db::{Conn, Id};
use crate::error::Result;
use crate::goals::period::Period;
use crate::people::Reach;
use crate::web::pagination::{List, Part};

/// A target in reach; a broker reaches their own.
///
/// # Errors
/// `NotFound` out of reach.
pub fn one(conn: &mut Conn, reach: Reach, id: Id) -> Result<Target> {
    Ok(in_reach(reach).filter(targets::id.eq(id)).select(Target::as_select()).first(conn)?)
}

type Boxed = targets::BoxedQuery<'static, crate::db::MultiBackend>;

fn in_reach(reach: Reach) -> Boxed {
    let query = targets::table.into_boxed();
    match reach {
        Reach::All => query,
        Reach::Branch(branch) => query.filter(targets::branch_id.eq(branch)),
        Reach::Own { broker, branch } => query
            .filter(targets::branch_id.eq(branch))
            .filter(targets::subject.eq(Subject::Broker).and(targets::member.eq(broker.to_string()))),
    }
}

/// All targets of a branch for exactly one period.
///
/// # Errors
/// What the database says.
pub fn of_period(conn: &mut Conn, branch: Id, period: Period) -> Result<Vec<Target>> {
    Ok(targets::table
        .filter(targets::branch_id.eq(branch))
        .filter(targets::from_date.eq(period.from).and(targets::to_date.eq(period.to)))
        .order((targets::subject, targets::member, targets::measure))
        .select(Target::as_select())
        .load(conn)?)
}

/// The periods around a day that a branch has targets for, the longest first.
///
/// # Errors
/// What the database says.
pub fn periods_around(conn: &mut Conn, branch: Id, day: NaiveDate) -> Result<Vec<Period>> {
    // No period is longer than two years, so the index bounds the walk.
    let earliest = day - chrono::Days::new(732);
    let rows: Vec<(NaiveDate, NaiveDate)> = targets::table
        .filter(targets::branch_id.eq(branch))
        .filter(targets::from_date.between(earliest, day).and(targets::to_date.ge(day)))
        .select((targets::from_date, targets::to_date))
        .distinct()
        .load(conn)?;
    let mut all: Vec<Period> = rows.into_iter().map(|(from, to)| Period { from, to }).collect();
    all.sort_by_key(|period| (std::cmp::Reverse(period.days()), *period));
    Ok(all)
}

/// Which targets are asked for.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Of periods that end on this day or later.
    pub from: Option<NaiveDate>,
    /// Of periods that begin on this day or earlier.
    pub to: Option<NaiveDate>,
    /// Only of this kind.
    pub subject: Option<Subject>,
    /// Only of this one.
    pub member: Option<String>,
}

/// Targets in reach, by the first day of their period; a broker's own.
///
/// # Errors
/// What the database says.
pub fn list(conn: &mut Conn, reach: Reach, filter: &Filter, part: &Part<(NaiveDate, Id)>) -> Result<List<Target>> {
    let mut query = in_reach(reach);
    if let Some(from) = filter.from {
        query = query.filter(targets::to_date.ge(from));
    }
    if let Some(to) = filter.to {
        query = query.filter(targets::from_date.le(to));
    }
    if let Some(subject) = filter.subject {
        query = query.filter(targets::subject.eq(subject));
    }
    if let Some(member) = &filter.member {
        query = query.filter(targets::member.eq(member.clone()));
    }
    if let Some((day, id)) = part.after {
        query = query.filter(targets::from_date.gt(day).or(targets::from_date.eq(day).and(targets::id.gt(id))));
    }
    let rows: Vec<Target> =
        query.order((targets::from_date, targets::id)).limit(part.limit + 1).select(Target::as_select()).load(conn)?;
    part.list(rows, |row| (row.from_date, row.id), |row| row)
}
