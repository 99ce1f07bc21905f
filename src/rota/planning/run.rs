//! A run of the planner: as it is asked for, as it is kept, as it is shown.

use chrono::NaiveDate;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::instance::Keep;
use super::weights::{Weights, WeightsInput};
use crate::attendance::filter::{at_most, date};
use crate::db::schema::rota_plans;
use crate::db::{At, Id};
use crate::error::{Error, Faults, Result};
use crate::planner::Cost;
use crate::rota::drafts;

/// Without another wish a plan takes so long.
const USUAL_SECONDS: i64 = 60;
const LEAST_SECONDS: i64 = 10;
const MOST_SECONDS: i64 = 300;
const DEAREST_CHANGE: i64 = 10_000;

crate::text_enum! {
    /// How a run of the planner stands.
    pub enum PlanState: Text {
        /// It is being planned.
        Running = "running",
        /// There is a plan.
        Done = "done",
        /// A person ended it without a plan.
        Cancelled = "cancelled",
        /// The server stopped meanwhile.
        Interrupted = "interrupted",
        /// It came to nothing; `problem` says why.
        Failed = "failed",
    }
}

/// A plan as it is asked for.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanInput {
    /// Made by the client; sent again with the same body the first answer comes back.
    #[schema(required, value_type = Id)]
    pub id: Option<Id>,
    /// The first local date, today or later.
    #[schema(required, value_type = NaiveDate)]
    pub from: Option<String>,
    /// The last local date; at most 62 days.
    #[schema(required, value_type = NaiveDate)]
    pub to: Option<String>,
    /// What stays as it is; default `all`.
    #[schema(value_type = Option<Keep>)]
    pub keep: Option<String>,
    /// What matters how much; what is left out is the branch's.
    pub weights: Option<WeightsInput>,
    /// What it costs to change a person's day, 0 (the default) to 10,000.
    pub change_cost: Option<i64>,
    /// How long to plan: 10 to 300, default 60.
    pub seconds: Option<i64>,
    /// What the random numbers follow from; default 1.
    pub seed: Option<i64>,
}

/// A plan to be made, checked.
#[derive(Clone, Debug, Serialize)]
pub struct NewPlan {
    pub(super) id: Id,
    pub(super) from: NaiveDate,
    pub(super) to: NaiveDate,
    pub(super) keep: Keep,
    pub(super) weights: WeightsInput,
    pub(super) change_cost: i64,
    pub(super) seconds: i64,
    pub(super) seed: i64,
}

impl NewPlan {
    /// Checks what was sent.
    ///
    /// # Errors
    /// By field.
    pub fn parse(input: &PlanInput) -> Result<NewPlan> {
        let mut faults = Faults::new();
        let id = faults.take("id", input.id.ok_or("required"));
        let from = faults.take("from", input.from.as_deref().ok_or("required").and_then(date));
        let to = faults.take("to", input.to.as_deref().ok_or("required").and_then(date));
        let keep = input.keep.as_deref().map_or(Ok(Keep::All), |word| Keep::parse(word).ok_or("unknown_value"));
        let keep = faults.take("keep", keep);
        if let (Some(from), Some(to)) = (from, to) {
            at_most(&mut faults, from, to, drafts::LONGEST);
        }
        let weights = input.weights.unwrap_or_default();
        weights.check(&mut faults);
        let mut number = |field: &str, given: Option<i64>, usual: i64, least: i64, most: i64| {
            faults.within(field, given.unwrap_or(usual), least..=most)
        };
        let seconds = number("seconds", input.seconds, USUAL_SECONDS, LEAST_SECONDS, MOST_SECONDS);
        let change_cost = number("change_cost", input.change_cost, 0, 0, DEAREST_CHANGE);
        let seed = number("seed", input.seed, 1, 0, i64::MAX);
        match (id, from, to, keep, seconds, change_cost, seed) {
            (Some(id), Some(from), Some(to), Some(keep), Some(seconds), Some(change_cost), Some(seed))
                if faults.is_empty() =>
            {
                Ok(NewPlan { id, from, to, keep, weights, change_cost, seconds, seed })
            }
            _ => Err(faults.into_error()),
        }
    }
}

/// What a plan costs, part by part, in points.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = PlanCost)]
pub struct Costs {
    /// Missing person-days.
    pub uncovered: i64,
    /// Brokers new to an outlet.
    pub new_face: i64,
    /// Shifts of those who should have rotated.
    pub overstay: i64,
    /// The ways.
    pub travel: i64,
    /// Days above the fair share.
    pub imbalance: i64,
    /// All of it.
    pub total: i64,
}

impl From<Cost> for Costs {
    fn from(cost: Cost) -> Costs {
        let Cost { uncovered, new_face, overstay, travel, imbalance, total } = cost;
        Costs { uncovered, new_face, overstay, travel, imbalance, total }
    }
}

/// A run, as the API shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = RotaPlan)]
pub struct Run {
    /// Its id.
    pub id: Id,
    /// Whose rota.
    pub branch_id: Id,
    /// The first local date.
    pub from: NaiveDate,
    /// The last local date.
    pub to: NaiveDate,
    /// How it stands.
    pub state: PlanState,
    /// What stays as it is.
    pub keep: Keep,
    /// What matters how much.
    pub weights: Weights,
    /// What a changed day costs.
    pub change_cost: i64,
    /// How long it plans.
    pub seconds: i64,
    /// What the random numbers follow from.
    pub seed: i64,
    /// While it runs: the cheapest so far, changes included.
    pub best: Option<i64>,
    /// What the plan costs.
    pub cost: Option<Costs>,
    /// What stood before it, by the same measure.
    pub cost_before: Option<Costs>,
    /// How many days were left as they were, since they had changed while it was planned.
    pub left: i64,
    /// Why there is no plan, or why it is in no draft: a code.
    pub problem: Option<String>,
    /// The draft that holds the plan.
    pub draft_id: Option<Id>,
    /// Who asked for it.
    pub by_id: Id,
    /// When.
    pub started_at: At,
    /// When it ended.
    pub finished_at: Option<At>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = rota_plans)]
pub(super) struct Row {
    id: Id,
    branch_id: Id,
    from_date: NaiveDate,
    to_date: NaiveDate,
    state: PlanState,
    keep: Keep,
    weights: String,
    change_cost: i32,
    seconds: i32,
    seed: i64,
    best: Option<i64>,
    cost: Option<String>,
    cost_before: Option<String>,
    refused: i32,
    problem: String,
    draft_id: Option<Id>,
    by_user: Id,
    started_at: At,
    finished_at: Option<At>,
}

impl Row {
    pub(super) fn run(self) -> Result<Run> {
        let costs = |text: Option<String>| text.map(|t| serde_json::from_str(&t).map_err(Error::internal)).transpose();
        Ok(Run {
            id: self.id,
            branch_id: self.branch_id,
            from: self.from_date,
            to: self.to_date,
            state: self.state,
            keep: self.keep,
            weights: serde_json::from_str(&self.weights).map_err(Error::internal)?,
            change_cost: self.change_cost.into(),
            seconds: self.seconds.into(),
            seed: self.seed,
            best: self.best,
            cost: costs(self.cost)?,
            cost_before: costs(self.cost_before)?,
            left: self.refused.into(),
            problem: Some(self.problem).filter(|code| !code.is_empty()),
            draft_id: self.draft_id,
            by_id: self.by_user,
            started_at: self.started_at,
            finished_at: self.finished_at,
        })
    }
}
