//! The plan a careful person would make by hand: day by day, the nearest free incumbent first, then the nearest free
//! broker. The search starts from it, and is measured against it.

use super::problem::Problem;
use super::state::State;

/// Fills what is open day by day, the dearest gaps first; at each place, people it knows come first, then the nearest.
/// Ends early, with what there is, when told to.
pub fn by_hand<'a>(mut state: State<'a>, over: impl Fn() -> bool) -> State<'a> {
    let problem = state.problem();
    let mut dearest: Vec<usize> = (0..problem.outlets).collect();
    dearest.sort_by_key(|&o| std::cmp::Reverse(problem.gap_cost[o]));
    for day in 0..problem.days {
        for &o in &dearest {
            if over() {
                return state;
            }
            while state.gaps[o] >> day & 1 == 1 {
                let Some(b) = choose(&state, problem, o, day) else { break };
                state.on(b, o, 1 << day);
                state.keep();
            }
        }
    }
    state
}

/// The nearest free incumbent, or the nearest free broker.
fn choose(state: &State<'_>, problem: &Problem, o: usize, day: usize) -> Option<usize> {
    let free = |&b: &usize| {
        problem.available[b] >> day & 1 == 1
            && state.work[b] >> day & 1 == 0
            && problem.keeps(b, state.work[b] | 1 << day)
    };
    let incumbents = state.team[o].iter().chain(&problem.known[o]).map(|&b| b as usize);
    incumbents
        .filter(free)
        .min_by_key(|&b| (problem.km(b, o), b))
        .or_else(|| problem.near[o].iter().map(|&b| b as usize).find(free))
}
