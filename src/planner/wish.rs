//! What is asked of a plan beside the instance: what stays as it is, what it is measured against, and who looks on while
//! it is sought.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};

use super::instance::Instance;
use super::plan::{Cost, Plan, Shift};
use super::problem::{Days, Problem};
use super::rules::{Rule, seat};
use super::state::State;

/// A shift that is in every plan; by the places of broker and outlet in the instance's lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pin {
    /// The broker.
    pub broker: usize,
    /// The outlet.
    pub outlet: usize,
    /// The day, from 0.
    pub day: usize,
}

/// What is wanted beside the instance. The default asks for nothing.
#[derive(Clone, Debug, Default)]
pub struct Wish {
    /// What stays. All pins together must keep the rules.
    pub pins: Vec<Pin>,
    /// The plan there is: the search starts from it. It need not be legal any more; what of it is not (somebody ill, an
    /// outlet closed, ids that are gone) is left out, the first in its order being kept.
    pub current: Option<Plan>,
    /// What it costs to change a person's day. A day is changed if somebody works where they did not, does not where they
    /// did, or works elsewhere: one change in each case, so that two who swap a day are two changes. Without `current`
    /// it says nothing. At the model's usual weights 30 keeps to what can be kept, yet lets nobody's absence open a gap.
    pub change_cost: i64,
}

/// How far a search is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// What the cheapest plan so far costs, changes included.
    pub cost: i64,
    /// The share of the budget that is spent, 0 to 1.
    pub done: f64,
}

/// Who looks on; the default is nobody.
#[derive(Clone, Copy, Default)]
pub struct Watch<'a> {
    /// Set to true it ends the search within a tenth of a second, with the best plan so far.
    pub cancel: Option<&'a AtomicBool>,
    /// Told about twice a second how far it is, from the searching threads; it should not take long.
    pub progress: Option<&'a (dyn Fn(Progress) + Sync)>,
}

impl Watch<'_> {
    /// Whether the search is to end.
    #[inline]
    pub(super) fn cancelled(&self) -> bool {
        self.cancel.is_some_and(|cancel| cancel.load(Ordering::Relaxed))
    }
}

/// A plan and what is to be said of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    /// The plan.
    pub plan: Plan,
    /// What it costs, as the model's checker has it: changes are not in it.
    pub cost: Cost,
    /// The days of people that are not as in the current plan; 0 without one.
    pub changes: usize,
    /// The steps that were tried.
    pub steps: u64,
}

/// Why there is no plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// Pins that break a rule, each by its place in the list, with the first rule it breaks beside those before it.
    Pins(Vec<(usize, Rule)>),
    /// What was found does not hold against the rules, which would be a fault of the planner; or the cost of a change is
    /// below zero or too large.
    Fault(String),
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Refused::Fault(fault) => f.write_str(fault),
            Refused::Pins(pins) => {
                let told: Vec<String> = pins.iter().map(|(i, rule)| format!("pins[{i}]: {rule:?}")).collect();
                f.write_str(&told.join(", "))
            }
        }
    }
}

/// The shifts of a plan by their places in the instance: broker, outlet and day; `None` for one the instance does not
/// know.
pub fn places(instance: &Instance, plan: &Plan) -> Vec<Option<(usize, usize, usize)>> {
    let brokers: HashMap<&str, usize> = instance.brokers.iter().enumerate().map(|(i, b)| (b.id.as_str(), i)).collect();
    let outlets = instance.outlet_index();
    let place = |s: &Shift| {
        let known = s.day < instance.horizon.days;
        known.then_some((*brokers.get(s.broker.as_str())?, *outlets.get(s.outlet.as_str())?, s.day))
    };
    plan.shifts.iter().map(place).collect()
}

/// Tells the problem what stays and what a change costs.
pub fn tell(problem: &mut Problem, wish: &Wish, current: &[(usize, usize, usize)]) {
    for &Pin { broker, outlet, day } in &wish.pins {
        if broker < problem.brokers && outlet < problem.outlets && day < problem.days {
            problem.fixed[broker] |= 1 << day;
        }
    }
    if wish.current.is_none() {
        return;
    }
    problem.change_cost = wish.change_cost;
    for &(b, o, day) in current {
        let bit: Days = 1 << day;
        if problem.worked[b] & bit != 0 {
            continue;
        }
        problem.worked[b] |= bit;
        match problem.was[b].iter_mut().find(|(outlet, _)| usize::from(*outlet) == o) {
            Some((_, days)) => *days |= bit,
            None => problem.was[b].push((o as u16, bit)),
        }
    }
}

/// The plan with the pins, and with all of the current plan that the rules still allow.
///
/// # Errors
/// The pins that break a rule.
pub fn begin<'a>(
    instance: &Instance,
    problem: &'a Problem,
    wish: &Wish,
    current: &[(usize, usize, usize)],
) -> Result<State<'a>, Refused> {
    let mut state = State::empty(problem);
    let mut wrong = Vec::new();
    for (i, pin) in wish.pins.iter().enumerate() {
        if let Err(rule) = seat(instance, &mut state, pin.broker, pin.outlet, pin.day) {
            wrong.push((i, rule));
        }
    }
    if !wrong.is_empty() {
        return Err(Refused::Pins(wrong));
    }
    for &(b, o, day) in current {
        // What cannot stay is what the search is for.
        let _ = seat(instance, &mut state, b, o, day);
    }
    Ok(state)
}

/// The days of people on which two plans differ.
pub fn changes(problem: &Problem, shifts: &[(usize, usize, usize)]) -> usize {
    let worked: u32 = problem.worked.iter().map(|days| days.count_ones()).sum();
    shifts.iter().fold(worked as usize, |changes, &(b, o, day)| {
        let same = problem.was[b].iter().any(|&(outlet, days)| usize::from(outlet) == o && days >> day & 1 == 1);
        match problem.worked[b] >> day & 1 == 1 {
            true if same => changes - 1,
            true => changes,
            false => changes + 1,
        }
    })
}
