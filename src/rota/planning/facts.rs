//! What a plan needs besides the book of rules: levels, homes, grades, the branch's limits and weights, in a fixed number of queries.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::dsl::{count_star, min};
use diesel::prelude::*;

use super::conditions::{self, Limits};
use super::weights::Weights;
use super::{homes, level};
use crate::db::schema::{broker_planning, outlet_planning, outlets, shifts, users};
use crate::db::{Conn, Id};
use crate::error::Result;
use crate::keys::Keys;
use crate::people::Role;
use crate::planner::Grade;
use crate::rota::rules::days_before;

/// A broker, as a plan looks at them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BrokerFacts {
    /// 1 to 3.
    pub level: i64,
    /// Whether the coordinator set it.
    pub level_set: bool,
    /// Where they roughly live.
    pub home: Option<(f64, f64)>,
    /// The farthest they may be sent.
    pub max_km: Option<i64>,
}

/// An outlet, as a plan looks at it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OutletFacts {
    /// How much it matters.
    pub grade: Grade,
    /// The level it asks for.
    pub min_level: i64,
    /// Whether the coordinator set it.
    pub level_set: bool,
}

/// What a plan needs of a branch.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// How much a broker works at most.
    pub limits: Limits,
    /// The branch's weights.
    pub weights: Weights,
    /// The brokers who work here.
    pub brokers: HashMap<Id, BrokerFacts>,
    /// All outlets.
    pub outlets: HashMap<Id, OutletFacts>,
}

impl Facts {
    /// Of a branch, as it is on a day.
    ///
    /// # Errors
    /// What the database says.
    pub fn load(conn: &mut Conn, keys: &Keys, branch: Id, today: NaiveDate) -> Result<Facts> {
        let (limits, weights) = conditions::of_branch(conn, branch)?;
        Ok(Facts { limits, weights, brokers: brokers(conn, keys, branch, today)?, outlets: outlets_of(conn, branch)? })
    }

    /// The level of one broker by certificate and record alone.
    ///
    /// # Errors
    /// What the database says.
    pub fn by_record(conn: &mut Conn, branch: Id, broker: Id, today: NaiveDate) -> Result<i64> {
        let certificate: Option<String> = users::table.find(broker).select(users::certificate_no).first(conn)?;
        let (records, branch_days) = records(conn, branch, today)?;
        let shifts = records.get(&broker).copied().unwrap_or_default();
        Ok(level::by_record(certificate.is_some(), shifts, branch_days))
    }
}

type Kept = (Id, Option<i32>, Option<Vec<u8>>, Option<i32>);

fn brokers(conn: &mut Conn, keys: &Keys, branch: Id, today: NaiveDate) -> Result<HashMap<Id, BrokerFacts>> {
    use broker_planning as p;
    let kept: Vec<Kept> =
        p::table.filter(p::branch_id.eq(branch)).select((p::broker_id, p::level, p::home, p::max_km)).load(conn)?;
    let mut kept: HashMap<Id, Kept> = kept.into_iter().map(|row| (row.0, row)).collect();
    let (records, branch_days) = records(conn, branch, today)?;
    let rows: Vec<(Id, Option<String>)> = users::table
        .filter(users::branch_id.eq(branch).and(users::role.eq(Role::Broker)))
        .filter(users::disabled_at.is_null())
        .select((users::id, users::certificate_no))
        .load(conn)?;
    let mut found = HashMap::with_capacity(rows.len());
    for (id, certificate) in rows {
        let (_, set, home, max_km) = kept.remove(&id).unwrap_or((id, None, None, None));
        let shifts = records.get(&id).copied().unwrap_or_default();
        let by_record = level::by_record(certificate.is_some(), shifts, branch_days);
        let facts = BrokerFacts {
            level: set.map_or(by_record, Into::into),
            level_set: set.is_some(),
            home: home.map(|sealed| homes::open(keys, &sealed)).transpose()?,
            max_km: max_km.map(Into::into),
        };
        found.insert(id, facts);
    }
    Ok(found)
}

/// The shifts of each broker on record, and for how many days the branch has one.
fn records(conn: &mut Conn, branch: Id, today: NaiveDate) -> Result<(HashMap<Id, i64>, i64)> {
    let rows: Vec<(Id, i64, Option<NaiveDate>)> = shifts::table
        .filter(shifts::branch_id.eq(branch))
        .filter(shifts::date.ge(days_before(today, level::RECORD_DAYS)).and(shifts::date.lt(today)))
        .group_by(shifts::broker_id)
        .select((shifts::broker_id, count_star(), min(shifts::date)))
        .load(conn)?;
    let first = rows.iter().filter_map(|(.., first)| *first).min();
    let days = first.map_or(0, |first| (today - first).num_days());
    Ok((rows.into_iter().map(|(broker, count, _)| (broker, count)).collect(), days))
}

fn outlets_of(conn: &mut Conn, branch: Id) -> Result<HashMap<Id, OutletFacts>> {
    use outlet_planning as p;
    let set: Vec<(Id, i32)> =
        p::table.filter(p::branch_id.eq(branch)).select((p::outlet_id, p::min_level)).load(conn)?;
    let set: HashMap<Id, i32> = set.into_iter().collect();
    let rows: Vec<(Id, Option<String>)> =
        outlets::table.filter(outlets::branch_id.eq(branch)).select((outlets::id, outlets::grade)).load(conn)?;
    let facts = |(id, grade): (Id, Option<String>)| {
        let grade = level::grade(grade.as_deref());
        let min_level = set.get(&id).map_or_else(|| level::asked_by(grade), |n| i64::from(*n));
        (id, OutletFacts { grade, min_level, level_set: set.contains_key(&id) })
    };
    Ok(rows.into_iter().map(facts).collect())
}
