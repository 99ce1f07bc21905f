//! What a coordinator sets for plans: the branch's limits and weights, a broker's level, home and farthest way, the level that an outlet asks for.

use diesel::prelude::*;

use super::homes;
use super::weights::{Weights, WeightsInput};
use crate::audit::{self, Subject};
use crate::db::schema::{branch_planning, broker_planning, outlet_planning, outlets, users};
use crate::db::{Conn, Id, serialise};
use crate::error::{Error, Faults, Result};
use crate::keys::Keys;
use crate::people::{Caller, CurrentUser, Role};

/// How much a broker works at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Shifts in a week, Monday to Sunday: 1 to 7.
    pub max_days_per_week: i64,
    /// Days in a row: 1 to 14.
    pub max_consecutive: i64,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { max_days_per_week: 6, max_consecutive: 6 }
    }
}

/// What a branch set, or the defaults.
///
/// # Errors
/// What the database says.
pub fn of_branch(conn: &mut Conn, branch: Id) -> Result<(Limits, Weights)> {
    use branch_planning as b;
    let row: Option<(i32, i32, String)> =
        b::table.find(branch).select((b::max_days_per_week, b::max_consecutive, b::weights)).first(conn).optional()?;
    let Some((week, row, weights)) = row else { return Ok((Limits::default(), Weights::default())) };
    let limits = Limits { max_days_per_week: week.into(), max_consecutive: row.into() };
    Ok((limits, serde_json::from_str(&weights).map_err(Error::internal)?))
}

/// The desk of a branch: whoever may set conditions, and their branch.
///
/// # Errors
/// `Forbidden` for others.
pub fn desk(user: &CurrentUser) -> Result<Id> {
    user.must_be(&[Role::Coordinator, Role::Manager])?;
    Ok(user.own_branch()?.id)
}

/// The branch's form as it was typed: the two limits and every weight.
#[derive(Debug, Clone, Default)]
pub struct BranchTyped {
    /// Shifts in a week.
    pub max_days_per_week: String,
    /// Days in a row.
    pub max_consecutive: String,
    /// Each by its name.
    pub weights: Vec<(&'static str, String)>,
}

impl BranchTyped {
    /// As it is kept.
    pub fn of(limits: Limits, weights: &Weights) -> BranchTyped {
        BranchTyped {
            max_days_per_week: limits.max_days_per_week.to_string(),
            max_consecutive: limits.max_consecutive.to_string(),
            weights: weights.numbers().iter().map(|(name, n)| (*name, n.to_string())).collect(),
        }
    }

    /// Checks it.
    ///
    /// # Errors
    /// By field.
    pub fn parse(&self) -> Result<(Limits, WeightsInput)> {
        let mut faults = Faults::new();
        let mut number = |field: &str, typed: &str, least: i64, most: i64| {
            let read = typed.trim().parse::<i64>().map_err(|_| "not_whole");
            faults.take(field, read).and_then(|n| faults.within(field, n, least..=most))
        };
        let week = number("max_days_per_week", &self.max_days_per_week, 1, 7);
        let row = number("max_consecutive", &self.max_consecutive, 1, 14);
        let weights = weights_typed(&self.weights, &mut faults);
        match (week, row, faults.is_empty()) {
            (Some(max_days_per_week), Some(max_consecutive), true) => {
                Ok((Limits { max_days_per_week, max_consecutive }, weights))
            }
            _ => Err(faults.into_error()),
        }
    }
}

/// Weights as they were typed; empty ones are the branch's.
pub fn weights_typed(typed: &[(&'static str, String)], faults: &mut Faults) -> WeightsInput {
    let mut input = WeightsInput::default();
    for (name, text) in typed.iter().filter(|(_, text)| !text.trim().is_empty()) {
        let Some(n) = faults.take(&format!("weights.{name}"), text.trim().parse::<i64>().map_err(|_| "not_whole"))
        else {
            continue;
        };
        match *name {
            "uncovered_a" => input.uncovered_a = Some(n),
            "uncovered_b" => input.uncovered_b = Some(n),
            "uncovered_c" => input.uncovered_c = Some(n),
            "face_launch" => input.face_launch = Some(n),
            "face_established" => input.face_established = Some(n),
            "overstay" => input.overstay = Some(n),
            "km" => input.km = Some(n),
            _ => input.imbalance = Some(n),
        }
    }
    input.check(faults);
    input
}

/// Keeps what a branch asks of every rota.
///
/// # Errors
/// `Forbidden`.
pub fn set_branch(conn: &mut Conn, caller: &Caller, (limits, weights): (Limits, WeightsInput)) -> Result<()> {
    use branch_planning as b;
    let user = caller.user()?;
    let branch = desk(user)?;
    serialise(conn, branch)?;
    let weights = weights.with_rest_of(Weights::default());
    let text = serde_json::to_string(&weights).map_err(Error::internal)?;
    let (week, row) = (limits.max_days_per_week as i32, limits.max_consecutive as i32);
    let set = (b::max_days_per_week.eq(week), b::max_consecutive.eq(row), b::weights.eq(&text));
    let by = (b::by_user.eq(user.id), b::at.eq(caller.now));
    if diesel::update(b::table.find(branch)).set((set, by)).execute(conn)? == 0 {
        diesel::insert_into(b::table).values((b::branch_id.eq(branch), set, by)).execute(conn)?;
    }
    let detail = serde_json::json!({ "max_days_per_week": week, "max_consecutive": row, "weights": weights });
    audit::record(conn, caller, "branch.planning", Subject::new("branch", branch, Some(branch)), detail)
}

/// What is kept of one broker.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Conditions {
    /// 1 to 3; none: by certificate and record.
    pub level: Option<i64>,
    /// Where they roughly live; WGS-84, two decimals.
    pub home: Option<(f64, f64)>,
    /// The farthest they may be sent, in kilometres; none: no matter how far.
    pub max_km: Option<i64>,
}

/// Level, sealed home and farthest way.
type Kept = (Option<i32>, Option<Vec<u8>>, Option<i32>);

/// A broker of the caller's branch: the name, and what is kept.
///
/// # Errors
/// `NotFound` out of reach; `Forbidden`.
pub fn of_broker(conn: &mut Conn, keys: &Keys, user: &CurrentUser, broker: Id) -> Result<(String, Conditions)> {
    use broker_planning as p;
    let name = named(conn, user, broker)?;
    let row: Option<Kept> = p::table.find(broker).select((p::level, p::home, p::max_km)).first(conn).optional()?;
    let Some((level, home, max_km)) = row else { return Ok((name, Conditions::default())) };
    let home = home.map(|sealed| homes::open(keys, &sealed)).transpose()?;
    Ok((name, Conditions { level: level.map(Into::into), home, max_km: max_km.map(Into::into) }))
}

fn named(conn: &mut Conn, user: &CurrentUser, broker: Id) -> Result<String> {
    let found: (String, Option<Id>) = users::table
        .filter(users::id.eq(broker).and(users::role.eq(Role::Broker)))
        .select((users::name, users::branch_id))
        .first(conn)?;
    // Whoever reaches all branches is in reach of them, but sets and sees nothing of this.
    if user.branch.as_ref().is_some_and(|own| found.1 != Some(own.id)) {
        return Err(Error::not_found());
    }
    desk(user)?;
    Ok(found.0)
}

/// Keeps what a plan needs to know of a broker. The trail says that it changed, not what it is.
///
/// # Errors
/// As `of_broker`.
pub fn set_broker(conn: &mut Conn, keys: &Keys, caller: &Caller, broker: Id, new: &Conditions) -> Result<()> {
    use broker_planning as p;
    let user = caller.user()?;
    named(conn, user, broker)?;
    let branch = desk(user)?;
    serialise(conn, broker)?;
    let home = new.home.map(|home| homes::seal(keys, home)).transpose()?;
    let set = (
        p::branch_id.eq(branch),
        p::level.eq(new.level.map(|n| n as i32)),
        p::home.eq(home),
        p::max_km.eq(new.max_km.map(|n| n as i32)),
        p::by_user.eq(user.id),
        p::at.eq(caller.now),
    );
    if diesel::update(p::table.find(broker)).set(set.clone()).execute(conn)? == 0 {
        diesel::insert_into(p::table).values((p::broker_id.eq(broker), set)).execute(conn)?;
    }
    let detail = serde_json::json!({ "level": new.level, "home": new.home.is_some() });
    audit::record(conn, caller, "user.planning", Subject::new("user", broker, Some(branch)), detail)
}

/// The level that an outlet of the caller's branch asks for, where it was set, with its name and grade.
///
/// # Errors
/// `NotFound` out of reach; `Forbidden`.
pub fn of_outlet(conn: &mut Conn, user: &CurrentUser, outlet: Id) -> Result<(String, Option<String>, Option<i64>)> {
    use outlet_planning as p;
    let (branch, name, grade): (Id, String, Option<String>) =
        outlets::table.find(outlet).select((outlets::branch_id, outlets::name, outlets::grade)).first(conn)?;
    if user.branch.as_ref().is_some_and(|own| own.id != branch) {
        return Err(Error::not_found());
    }
    desk(user)?;
    let level: Option<i32> = p::table.find(outlet).select(p::min_level).first(conn).optional()?;
    Ok((name, grade, level.map(Into::into)))
}

/// Sets the level that an outlet asks for; none: by its grade.
///
/// # Errors
/// As `of_outlet`.
pub fn set_outlet(conn: &mut Conn, caller: &Caller, outlet: Id, level: Option<i64>) -> Result<()> {
    use outlet_planning as p;
    let user = caller.user()?;
    of_outlet(conn, user, outlet)?;
    let branch = desk(user)?;
    serialise(conn, outlet)?;
    diesel::delete(p::table.find(outlet)).execute(conn)?;
    if let Some(level) = level {
        diesel::insert_into(p::table)
            .values((
                p::outlet_id.eq(outlet),
                p::branch_id.eq(branch),
                p::min_level.eq(level as i32),
                p::by_user.eq(user.id),
                p::at.eq(caller.now),
            ))
            .execute(conn)?;
    }
    let detail = serde_json::json!({ "min_level": level });
    audit::record(conn, caller, "outlet.planning", Subject::new("outlet", outlet, Some(branch)), detail)
}

/// A level as it was typed: empty, or 1 to 3.
///
/// # Errors
/// 422 naming the field.
pub fn level_typed(field: &'static str, typed: &str) -> Result<Option<i64>> {
    match typed.trim() {
        "" => Ok(None),
        "1" => Ok(Some(1)),
        "2" => Ok(Some(2)),
        "3" => Ok(Some(3)),
        _ => Err(Error::field(field, "unknown_value")),
    }
}
