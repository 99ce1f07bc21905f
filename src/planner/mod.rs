//! The planner: who sits where, nearer to the best possible than a person gets it. A room of its own that knows neither
//! server nor database: an instance goes in, a legal plan and its cost come out. `docs/planner.md` tells how it was found.
//!
//! `instance` reads and checks, `problem` prepares, `greedy` makes a first plan, `search` cools it with the steps in
//! `moves`, and `plan` checks and costs what came out.

mod choices;
mod compare;
mod distance;
mod explain;
mod greedy;
mod hints;
mod instance;
mod moves;
mod plan;
mod problem;
mod random;
mod rules;
mod search;
mod state;
#[cfg(test)]
mod tests;
mod wish;

use std::time::Instant;

pub use choices::{Choice, How};
pub use compare::{Compared, Moved, Person, Place, Relieved, Side, compare};
pub use explain::{Broken, Explained, Gap, Kept, KeptOut, Stretch, explain};
pub use hints::{Hints, Hire, Lacking, ThinDay, ThinWeek};
pub use instance::{Broker, ByGrade, ByPhase, Grade, Horizon, Instance, LARGEST_FILE, Outlet, Phase, Weights};
pub use plan::{Cost, Plan, Shift};
pub use rules::Rule;
pub use wish::{Pin, Planned, Progress, Refused, Watch, Wish};

/// How long to plan. Without either bound it takes a minute.
#[derive(Clone, Copy, Debug, Default)]
pub struct Budget {
    /// When to have ended, whatever else is asked.
    pub deadline: Option<Instant>,
    /// Steps of the search; the same seed and the same number give the same plan on every machine, as long as no deadline
    /// cuts them short.
    pub iterations: Option<u64>,
    /// What the random numbers follow from.
    pub seed: u64,
}

/// Plans an instance on two threads, from nothing.
///
/// # Errors
/// When what was found does not hold against the rules; that would be a fault of the planner.
pub fn plan(instance: &Instance, budget: Budget) -> Result<(Plan, Cost), String> {
    let planned = plan_with(instance, &Wish::default(), budget, Watch::default()).map_err(|e| e.to_string())?;
    Ok((planned.plan, planned.cost))
}

/// Plans an instance on two threads: around pins, or from a plan there is and with as few changes as they are worth.
/// Blocks until the budget is spent or the watch cancels; what it gives is a legal plan either way.
///
/// # Errors
/// The pins that break a rule, all of them; or a fault of the planner.
pub fn plan_with(instance: &Instance, wish: &Wish, budget: Budget, watch: Watch<'_>) -> Result<Planned, Refused> {
    if !(0..=instance::HEAVIEST).contains(&wish.change_cost) {
        return Err(Refused::Fault(format!("a change cannot cost {}", wish.change_cost)));
    }
    let current = wish.current.as_ref().map_or_else(Vec::new, |plan| wish::places(instance, plan));
    let current: Vec<_> = current.into_iter().flatten().collect();
    let mut problem = problem::Problem::new(instance);
    wish::tell(&mut problem, wish, &current);
    let start = wish::begin(instance, &problem, wish, &current)?;
    let search::Found { state, steps } =
        search::search(start, wish.current.is_some(), budget, search::Method::default(), watch);
    let shifts = plan::shifts(&state);
    let cost = plan::cost(&problem, &shifts).map_err(Refused::Fault)?;
    let changes = wish::changes(&problem, &shifts);
    let said = cost.total + problem.change_cost * changes as i64;
    if said != state.cost {
        return Err(Refused::Fault(format!("the plan costs {said}, the search said {}", state.cost)));
    }
    Ok(Planned { plan: plan::by_id(instance, shifts), cost, changes, steps })
}
