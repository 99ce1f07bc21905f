//! The model's rules one by one: which is the first that keeps a broker from a post. The search never asks this way (it
//! has a bit for every day); pins, plans from outside and explanations do.

use serde::{Deserialize, Serialize};

use super::instance::Instance;
use super::problem::Problem;
use super::state::State;

/// Why a broker cannot take a post on a day. Those that nothing can be done about come first, so that "busy" means: could,
/// if somebody else took over there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Rule {
    /// No such broker, outlet or day.
    Unknown,
    /// Their level is below what the outlet needs.
    Level,
    /// The bank does not want them there.
    NotWelcome,
    /// It is farther than they may be sent.
    TooFar,
    /// They cannot work that day.
    Unavailable,
    /// Nobody (more) is wanted there that day.
    NoPost,
    /// They are at an outlet that day already.
    Busy,
    /// They work as many days that week as they may.
    WeekFull,
    /// They would work too many days in a row.
    InARow,
}

/// The rule that keeps a broker from an outlet on every day alike.
pub fn forbids(instance: &Instance, problem: &Problem, b: usize, o: usize) -> Option<Rule> {
    let (broker, outlet) = (&instance.brokers[b], &instance.outlets[o]);
    match () {
        () if problem.may(b, o) => None,
        () if broker.level < outlet.min_level => Some(Rule::Level),
        () if broker.not_welcome_at.contains(&outlet.id) => Some(Rule::NotWelcome),
        () => Some(Rule::TooFar),
    }
}

/// The first rule that keeps a broker from an outlet on a day, everything else being as it is; whether a post is open
/// there is not asked.
pub fn keeps_out(instance: &Instance, state: &State<'_>, b: usize, o: usize, day: usize) -> Option<Rule> {
    let problem = state.problem();
    let bit = 1 << day;
    let never = forbids(instance, problem, b, o);
    match () {
        () if never.is_some() => never,
        () if problem.available[b] & bit == 0 => Some(Rule::Unavailable),
        () if state.work[b] & bit != 0 => Some(Rule::Busy),
        () => too_much(problem, b, state.work[b] | bit, day),
    }
}

/// Which of the two rules on working too much a broker breaks on a day.
fn too_much(problem: &Problem, b: usize, work: u64, day: usize) -> Option<Rule> {
    if problem.keeps(b, work) {
        return None;
    }
    let full =
        problem.weeks.iter().any(|week| week >> day & 1 == 1 && (work & week).count_ones() > problem.per_week[b]);
    Some(if full { Rule::WeekFull } else { Rule::InARow })
}

/// Seats a broker if every rule holds.
///
/// # Errors
/// The first rule that does not; nothing has changed then.
pub fn seat(instance: &Instance, state: &mut State<'_>, b: usize, o: usize, day: usize) -> Result<(), Rule> {
    let problem = state.problem();
    if b >= problem.brokers || o >= problem.outlets || day >= problem.days {
        return Err(Rule::Unknown);
    }
    match keeps_out(instance, state, b, o, day) {
        Some(rule @ (Rule::Level | Rule::NotWelcome | Rule::TooFar | Rule::Unavailable)) => Err(rule),
        _ if state.gaps[o] >> day & 1 == 0 => Err(Rule::NoPost),
        Some(rule) => Err(rule),
        None => {
            state.on(b, o, 1 << day);
            state.keep();
            Ok(())
        }
    }
}
