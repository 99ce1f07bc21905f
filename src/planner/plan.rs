//! A finished plan: its shifts as the file has them, checked and costed anew from the instance alone, so that no slip of
//! the search can go unnoticed.

use serde::{Deserialize, Serialize};

use super::instance::Instance;
use super::problem::{Days, Problem};
use super::state::State;

/// One broker at one outlet on one day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Shift {
    /// The broker's id.
    pub broker: String,
    /// The outlet's id.
    pub outlet: String,
    /// The day, from 0.
    pub day: usize,
}

/// A plan as it is written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// Broker by broker, day by day.
    pub shifts: Vec<Shift>,
}

/// What a plan costs, part by part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cost {
    /// Missing person-days.
    pub uncovered: i64,
    /// Brokers new to an outlet.
    pub new_face: i64,
    /// Shifts of those who should have left.
    pub overstay: i64,
    /// The ways.
    pub travel: i64,
    /// Days above the fair share.
    pub imbalance: i64,
    /// All of it.
    pub total: i64,
}

/// Who is where: broker, outlet and day by their places in the instance.
pub fn shifts(state: &State<'_>) -> Vec<(usize, usize, usize)> {
    let mut all = Vec::new();
    for (b, stints) in state.stints.iter().enumerate() {
        for stint in stints {
            let days = (0..Days::BITS as usize).filter(|day| stint.days >> day & 1 == 1);
            all.extend(days.map(|day| (b, usize::from(stint.outlet), day)));
        }
    }
    all.sort_by_key(|&(b, o, day)| (b, day, o));
    all
}

/// The shifts as the file has them.
pub fn by_id(instance: &Instance, shifts: Vec<(usize, usize, usize)>) -> Plan {
    let shift = |(b, o, day): (usize, usize, usize)| Shift {
        broker: instance.brokers[b].id.clone(),
        outlet: instance.outlets[o].id.clone(),
        day,
    };
    Plan { shifts: shifts.into_iter().map(shift).collect() }
}

/// Checks every rule and adds up every part.
///
/// # Errors
/// The first rule broken; it would be the search's fault, not the instance's.
pub fn cost(problem: &Problem, shifts: &[(usize, usize, usize)]) -> Result<Cost, String> {
    let mut missing: Vec<i64> = problem.demand.iter().map(|&n| i64::from(n)).collect();
    let mut work: Vec<Days> = vec![0; problem.brokers];
    let mut cost = Cost::default();
    for &(b, o, day) in shifts {
        let left = &mut missing[o * problem.days + day];
        let bit = 1 << day;
        let broken = match () {
            () if work[b] & bit != 0 => 1,
            () if *left == 0 => 2,
            () if !problem.may(b, o) => 3,
            () if problem.available[b] & bit == 0 => 4,
            () => 0,
        };
        if broken != 0 {
            return Err(format!("broker {b} at outlet {o} on day {day} breaks rule {broken}"));
        }
        *left -= 1;
        work[b] |= bit;
        cost.travel += problem.km_cost * problem.km(b, o);
        if problem.last[b] == Some(o as u16) {
            cost.overstay += problem.stay_cost[b];
        }
    }
    if let Some(b) = (0..problem.brokers).find(|&b| !problem.keeps(b, work[b])) {
        return Err(format!("broker {b} works too much"));
    }
    let mut pairs: Vec<(usize, usize)> = shifts.iter().map(|&(b, o, _)| (b, o)).collect();
    pairs.sort_unstable();
    pairs.dedup();
    cost.new_face = pairs.iter().map(|&(b, o)| problem.first_cost(b, o)).sum();
    cost.uncovered = missing.iter().enumerate().map(|(i, &n)| problem.gap_cost[i / problem.days] * n).sum();
    cost.imbalance = work.iter().map(|days| problem.load_cost(days.count_ones())).sum();
    cost.total = cost.uncovered + cost.new_face + cost.overstay + cost.travel + cost.imbalance;
    Ok(cost)
}
