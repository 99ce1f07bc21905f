//! The planner: who sits where, nearer to the best possible than a person gets it. A room of its own that knows neither
//! server nor database: an instance goes in, a legal plan and its cost come out. `docs/planner.md` tells how it was found.
//!
//! `instance` reads and checks, `problem` prepares, `greedy` makes a first plan, `search` cools it with the steps in
//! `moves`, and `plan` checks and costs what came out.

mod distance;
mod greedy;
mod instance;
mod moves;
mod plan;
mod problem;
mod random;
mod search;
mod state;
#[cfg(test)]
mod tests;

use std::time::Instant;

pub use instance::{Broker, ByGrade, ByPhase, Grade, Horizon, Instance, LARGEST_FILE, Outlet, Phase, Weights};
pub use plan::{Cost, Plan, Shift};

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

/// Plans an instance on two threads.
///
/// # Errors
/// When what was found does not hold against the rules; that would be a fault of the planner.
pub fn plan(instance: &Instance, budget: Budget) -> Result<(Plan, Cost), String> {
    let problem = problem::Problem::new(instance);
    let state = search::search(&problem, budget, search::Method::default());
    let found = plan::shifts(&state);
    let cost = plan::cost(&problem, &found)?;
    if cost.total != state.cost {
        return Err(format!("the plan costs {}, the search said {}", cost.total, state.cost));
    }
    let shifts = found
        .into_iter()
        .map(|(b, o, day)| Shift {
            broker: instance.brokers[b].id.clone(),
            outlet: instance.outlets[o].id.clone(),
            day,
        })
        .collect();
    Ok((Plan { shifts }, cost))
}
