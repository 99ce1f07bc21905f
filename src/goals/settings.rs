//! How a branch judges progress, and in which tier its people are.

use std::collections::HashMap;

use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::progress::TimeBy;
use crate::audit::{self, Subject};
use crate::db::schema::{broker_tiers, goal_settings, users};
use crate::db::{Conn, Id, serialise};
use crate::error::{Error, Faults, Result};
use crate::people::store::Branch;
use crate::people::{Caller, CurrentUser, Role};

/// The most points of a margin.
pub const MOST_POINTS: i32 = 50;

/// How a branch judges progress.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Queryable, Serialize, Deserialize, ToSchema)]
pub struct GoalSettings {
    /// By which days time is measured.
    pub time_by: TimeBy,
    /// Further behind than so many points a promise counts as missed.
    pub margin_points: i32,
}

impl Default for GoalSettings {
    fn default() -> GoalSettings {
        GoalSettings { time_by: TimeBy::Workdays, margin_points: 10 }
    }
}

/// The settings as they are sent.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GoalSettingsInput {
    /// By which days time is measured.
    #[schema(required, value_type = TimeBy)]
    pub time_by: Option<String>,
    /// 0 to 50.
    #[schema(required, minimum = 0, maximum = 50)]
    pub margin_points: Option<i32>,
}

impl GoalSettings {
    /// Checks what was sent.
    ///
    /// # Errors
    /// By field.
    pub fn parse(input: &GoalSettingsInput) -> Result<GoalSettings> {
        let mut faults = Faults::new();
        let time_by = match input.time_by.as_deref() {
            None | Some("") => Err("required"),
            Some(given) => TimeBy::parse(given).ok_or("unknown_value"),
        };
        let time_by = faults.take("time_by", time_by);
        let margin = faults.take("margin_points", input.margin_points.ok_or("required"));
        let margin = margin.and_then(|points| faults.within("margin_points", points, 0..=MOST_POINTS));
        match (time_by, margin) {
            (Some(time_by), Some(margin_points)) => Ok(GoalSettings { time_by, margin_points }),
            _ => Err(faults.into_error()),
        }
    }
}

/// Whose desk somebody is: the coordinator or manager of a branch, who alone set anything here.
///
/// # Errors
/// `Forbidden` for everybody else, the head office among them.
pub fn desk(user: &CurrentUser) -> Result<&Branch> {
    user.must_be(&[Role::Coordinator, Role::Manager])?;
    user.own_branch()
}

/// A branch's settings.
///
/// # Errors
/// What the database says.
pub fn of_branch(conn: &mut Conn, branch: Id) -> Result<GoalSettings> {
    let known = goal_settings::table
        .find(branch)
        .select((goal_settings::time_by, goal_settings::margin_points))
        .first(conn)
        .optional()?;
    Ok(known.unwrap_or_default())
}

/// Keeps the settings of one's own branch. Progress is worked out on reading, so nothing else changes.
///
/// # Errors
/// As `desk`.
pub fn change(conn: &mut Conn, caller: &Caller, new: GoalSettings) -> Result<GoalSettings> {
    let branch = desk(caller.user()?)?.id;
    serialise(conn, branch)?;
    let set = (goal_settings::time_by.eq(new.time_by), goal_settings::margin_points.eq(new.margin_points));
    if diesel::update(goal_settings::table.find(branch)).set(set).execute(conn)? == 0 {
        diesel::insert_into(goal_settings::table).values((goal_settings::branch_id.eq(branch), set)).execute(conn)?;
    }
    let detail = serde_json::json!({ "time_by": new.time_by, "margin_points": new.margin_points });
    audit::record(conn, caller, "goals.settings", Subject::new("branch", branch, Some(branch)), detail)?;
    Ok(new)
}

crate::text_enum! {
    /// How far along somebody is.
    #[derive(PartialOrd, Ord)]
    #[schema(as = TargetTier)]
    pub enum Tier: Text {
        /// In the first months (新人).
        New = "new",
        /// The usual (骨干).
        Regular = "regular",
        /// Experienced and strong (资深).
        Senior = "senior",
    }
}

/// The tiers of a branch's people; who has none is in none.
///
/// # Errors
/// What the database says.
pub fn tiers(conn: &mut Conn, branch: Id) -> Result<HashMap<Id, Tier>> {
    let rows: Vec<(Id, Tier)> = broker_tiers::table
        .filter(broker_tiers::branch_id.eq(branch))
        .select((broker_tiers::broker_id, broker_tiers::tier))
        .load(conn)?;
    Ok(rows.into_iter().collect())
}

/// Puts a broker of one's own branch into a tier, or with none out of any.
///
/// # Errors
/// As `desk`; `NotFound` out of reach.
pub fn set_tier(conn: &mut Conn, caller: &Caller, broker: Id, tier: Option<Tier>) -> Result<()> {
    let user = caller.user()?;
    let own = desk(user)?.id;
    serialise(conn, broker)?;
    let there: i64 = users::table
        .filter(users::id.eq(broker).and(users::branch_id.eq(own)).and(users::role.eq(Role::Broker)))
        .count()
        .get_result(conn)?;
    if there == 0 {
        return Err(Error::not_found());
    }
    let row = broker_tiers::table.find(broker);
    let known: Option<(Id, Tier)> = row.select((broker_tiers::branch_id, broker_tiers::tier)).first(conn).optional()?;
    if known.filter(|(branch, _)| *branch == own).map(|(_, tier)| tier) == tier {
        return Ok(());
    }
    diesel::delete(row).execute(conn)?;
    if let Some(tier) = tier {
        diesel::insert_into(broker_tiers::table)
            .values((
                broker_tiers::broker_id.eq(broker),
                broker_tiers::branch_id.eq(own),
                broker_tiers::tier.eq(tier),
                broker_tiers::by_user.eq(user.id),
                broker_tiers::at.eq(caller.now),
            ))
            .execute(conn)?;
    }
    let detail = serde_json::json!({ "tier": tier });
    audit::record(conn, caller, "broker.tier", Subject::new("user", broker, Some(own)), detail)
}
