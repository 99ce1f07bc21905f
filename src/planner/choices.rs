//! What another choice would cost: a small change is made to a plan, its cost taken part by part, and undone.

use serde::{Deserialize, Serialize};

use super::plan::Cost;
use super::problem::{Days, Problem};
use super::state::State;

/// How a post could be filled otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum How {
    /// Nobody comes.
    Open,
    /// Somebody who has nothing to do then.
    Free {
        /// Who.
        broker: usize,
    },
    /// Somebody who is missing where they were.
    Taken {
        /// Who.
        broker: usize,
        /// Where they were, or most of the time.
        from: usize,
    },
    /// Two exchange their places.
    Exchanged {
        /// Who comes.
        broker: usize,
        /// Where the other goes, or most of the time.
        from: usize,
    },
    /// Somebody who has worked enough, and stays away on another day.
    Instead {
        /// Who.
        broker: usize,
        /// Where they are missing on the other day.
        from: usize,
        /// The other day.
        day: usize,
    },
}

/// Another choice, and how much dearer it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// What would be done.
    pub how: How,
    /// How many of the days stay open all the same.
    pub left_open: usize,
    /// What the plan would cost more, part by part; below zero where it would cost less.
    pub more: Cost,
}

/// The most brokers that are asked for one post: the team, those who know it, and the nearest of the others.
const MOST_ASKED: usize = 60;

/// What a broker's own parts cost: all but what is uncovered.
fn own(state: &State<'_>, b: usize) -> Cost {
    let problem = state.problem();
    let mut cost = Cost { imbalance: problem.load_cost(state.work[b].count_ones()), ..Cost::default() };
    for stint in &state.stints[b] {
        let (o, n) = (usize::from(stint.outlet), i64::from(stint.days.count_ones()));
        let way = problem.km_cost * problem.km(b, o);
        cost.travel += way * n;
        cost.overstay += (problem.shift_cost(b, o) - way) * n;
        cost.new_face += problem.first_cost(b, o);
    }
    cost
}

/// Makes a change, and undoes it: what the plan cost more in between, part by part. `brokers` are all whose days change.
fn weigh(state: &mut State<'_>, brokers: &[usize], change: impl FnOnce(&mut State<'_>)) -> Cost {
    let sum = |state: &State<'_>, sign: i64, more: &mut Cost| {
        for &b in brokers {
            let own = own(state, b);
            more.travel += sign * own.travel;
            more.overstay += sign * own.overstay;
            more.new_face += sign * own.new_face;
            more.imbalance += sign * own.imbalance;
        }
        more.total += sign * state.cost;
    };
    let mut more = Cost::default();
    sum(state, -1, &mut more);
    change(state);
    sum(state, 1, &mut more);
    state.undo();
    more.uncovered = more.total - more.new_face - more.overstay - more.travel - more.imbalance;
    more
}

/// Those who might come to an outlet, without repetition.
fn asked(state: &State<'_>, o: usize) -> Vec<usize> {
    let problem = state.problem();
    let near = problem.near[o].iter().take(MOST_ASKED);
    let mut asked: Vec<usize> =
        state.team[o].iter().chain(&problem.known[o]).chain(near).map(|&b| b as usize).collect();
    asked.sort_unstable();
    asked.dedup();
    asked
}

/// Where a broker is on most of some days.
fn mostly(state: &State<'_>, b: usize, days: Days) -> Option<usize> {
    let there = state.stints[b].iter().filter(|s| s.days & days != 0);
    there.max_by_key(|s| ((s.days & days).count_ones(), std::cmp::Reverse(s.outlet))).map(|s| usize::from(s.outlet))
}

/// Takes a broker off all they do on some days: where they were.
fn off(state: &mut State<'_>, b: usize, days: Days) -> Vec<(usize, Days)> {
    let stints = state.stints[b].iter().map(|s| (usize::from(s.outlet), s.days & days));
    let gone: Vec<(usize, Days)> = stints.filter(|(_, days)| *days != 0).collect();
    gone.iter().for_each(|&(o, days)| state.off(b, o, days));
    gone
}

/// The cheapest ways to fill a gap on a day, at most `most`.
pub fn for_gap(state: &mut State<'_>, o: usize, day: usize, most: usize) -> Vec<Choice> {
    let mut choices: Vec<Choice> = asked(state, o).into_iter().filter_map(|b| to_gap(state, b, o, day)).collect();
    choices.sort_by_key(|choice| choice.more.total);
    choices.truncate(most);
    choices
}

/// The cheapest way for a broker to fill a gap.
fn to_gap(state: &mut State<'_>, b: usize, o: usize, day: usize) -> Option<Choice> {
    let problem = state.problem();
    let bit: Days = 1 << day;
    let work = state.work[b];
    if problem.available[b] & bit == 0 || state.at(b, o) & bit != 0 {
        return None;
    }
    if work & bit != 0 {
        let from = mostly(state, b, bit)?;
        let more = weigh(state, &[b], |state| {
            state.off(b, from, bit);
            state.on(b, o, bit);
        });
        return Some(Choice { how: How::Taken { broker: b, from }, left_open: 0, more });
    }
    if problem.keeps(b, work | bit) {
        let more = weigh(state, &[b], |state| state.on(b, o, bit));
        return Some(Choice { how: How::Free { broker: b }, left_open: 0, more });
    }
    let others = (0..problem.days).filter(|other| work >> other & 1 == 1);
    let instead = others.filter(|other| problem.keeps(b, work & !(1 << other) | bit));
    let choice = |other: usize| {
        let from = mostly(state, b, 1 << other)?;
        let more = weigh(state, &[b], |state| {
            state.off(b, from, 1 << other);
            state.on(b, o, bit);
        });
        Some(Choice { how: How::Instead { broker: b, from, day: other }, left_open: 0, more })
    };
    instead.filter_map(choice).min_by_key(|choice| choice.more.total)
}

/// The cheapest other choice for a broker's days at an outlet: somebody else comes, if need be in exchange, or nobody.
pub fn for_stretch(state: &mut State<'_>, b: usize, o: usize, days: Days) -> Choice {
    let more = weigh(state, &[b], |state| state.off(b, o, days));
    let mut best = Choice { how: How::Open, left_open: days.count_ones() as usize, more };
    for c in asked(state, o) {
        if c == b {
            continue;
        }
        for choice in [instead_of(state, b, c, o, days), exchange(state, b, c, o, days)].into_iter().flatten() {
            if choice.more.total < best.more.total {
                best = choice;
            }
        }
    }
    best
}

/// Another broker comes on as many of the days as they are free.
fn instead_of(state: &mut State<'_>, b: usize, c: usize, o: usize, days: Days) -> Option<Choice> {
    let problem = state.problem();
    let free = days & problem.available[c] & !state.work[c];
    let comes = if free == 0 { 0 } else { problem.fit(c, state.work[c], free, true) };
    if comes == 0 {
        return None;
    }
    let more = weigh(state, &[b, c], |state| {
        state.off(b, o, days);
        state.on(c, o, comes);
    });
    Some(Choice { how: How::Free { broker: c }, left_open: (days & !comes).count_ones() as usize, more })
}

/// Another broker leaves what they do on the days and comes; the first takes over there what they may.
fn exchange(state: &mut State<'_>, b: usize, c: usize, o: usize, days: Days) -> Option<Choice> {
    let problem = state.problem();
    let given = days & state.work[c] & !state.at(c, o);
    let from = mostly(state, c, given)?;
    let idle = days & problem.available[c] & !state.work[c];
    let comes = given | if idle == 0 { 0 } else { problem.fit(c, state.work[c], idle, true) };
    let mut taken_over = false;
    let more = weigh(state, &[b, c], |state| {
        state.off(b, o, days);
        let gone = off(state, c, given);
        state.on(c, o, comes);
        for (x, posts) in gone {
            taken_over |= take_over(problem, state, b, x, posts);
        }
    });
    let how = if taken_over { How::Exchanged { broker: c, from } } else { How::Taken { broker: c, from } };
    Some(Choice { how, left_open: (days & !comes).count_ones() as usize, more })
}

/// Fills posts that were left, as far as the rules allow; whether at all.
fn take_over(problem: &Problem, state: &mut State<'_>, b: usize, o: usize, posts: Days) -> bool {
    let free = posts & problem.available[b] & !state.work[b];
    if free == 0 || !problem.may(b, o) {
        return false;
    }
    let goes = problem.fit(b, state.work[b], free, true);
    if goes != 0 {
        state.on(b, o, goes);
    }
    goes != 0
}
