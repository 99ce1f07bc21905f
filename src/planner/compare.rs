//! A proposal beside the plan there is: what each costs, part by part, and who does what differently.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::explain::{Broken, price, seated};
use super::instance::Instance;
use super::plan::{Cost, Plan};
use super::problem::Problem;
use super::wish::places;

/// Two plans side by side.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compared {
    /// The plan there is.
    pub current: Side,
    /// The proposal.
    pub proposed: Side,
    /// The days of people that differ; the number of all of them is what [`super::Planned::changes`] counts.
    pub people: Vec<Person>,
    /// The same by outlet.
    pub outlets: Vec<Place>,
}

/// What one of the plans costs. Shifts that break a rule count as posts left open: they will not be held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Side {
    /// Part by part.
    pub cost: Cost,
    /// The shifts that break a rule.
    pub broken: Vec<Broken>,
}

/// Somebody whose days change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Who.
    pub broker: usize,
    /// Their days that change, in order.
    pub days: Vec<Moved>,
}

/// A day somebody spends elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    /// The day.
    pub day: usize,
    /// Where they were to be, if anywhere.
    pub from: Option<usize>,
    /// Where they are to be now, if anywhere.
    pub to: Option<usize>,
}

/// An outlet where people change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The outlet.
    pub outlet: usize,
    /// Its days that change, in order.
    pub days: Vec<Relieved>,
}

/// A day on which others come to an outlet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Relieved {
    /// The day.
    pub day: usize,
    /// Who comes no more.
    pub gone: Vec<usize>,
    /// Who comes now.
    pub come: Vec<usize>,
}

/// From where to where, by broker and day.
type MovedDays = BTreeMap<(usize, usize), (Option<usize>, Option<usize>)>;

/// Compares two plans; neither need be legal. Where one has somebody at two outlets on a day, the first counts.
#[must_use]
pub fn compare(instance: &Instance, current: &Plan, proposed: &Plan) -> Compared {
    let problem = Problem::new(instance);
    let side = |plan: &Plan| {
        let (state, broken) = seated(instance, &problem, plan);
        Side { cost: price(&state), broken }
    };
    let (was, is) = (days(instance, current), days(instance, proposed));
    let mut moved = MovedDays::new();
    was.iter().for_each(|(&day, &o)| moved.entry(day).or_default().0 = Some(o));
    is.iter().for_each(|(&day, &o)| moved.entry(day).or_default().1 = Some(o));
    moved.retain(|_, (from, to)| from != to);
    Compared { current: side(current), proposed: side(proposed), people: people(&moved), outlets: outlets(&moved) }
}

/// Where each broker is on each day.
fn days(instance: &Instance, plan: &Plan) -> BTreeMap<(usize, usize), usize> {
    let mut days = BTreeMap::new();
    for (b, o, day) in places(instance, plan).into_iter().flatten() {
        days.entry((b, day)).or_insert(o);
    }
    days
}

fn people(moved: &MovedDays) -> Vec<Person> {
    let mut people: Vec<Person> = Vec::new();
    for (&(broker, day), &(from, to)) in moved {
        if people.last().is_none_or(|person| person.broker != broker) {
            people.push(Person { broker, days: Vec::new() });
        }
        if let Some(person) = people.last_mut() {
            person.days.push(Moved { day, from, to });
        }
    }
    people
}

fn outlets(moved: &MovedDays) -> Vec<Place> {
    let mut places: BTreeMap<usize, BTreeMap<usize, Relieved>> = BTreeMap::new();
    for (&(broker, day), &(from, to)) in moved {
        let mut at = |outlet: Option<usize>, come: bool| {
            if let Some(o) = outlet {
                let relieved = places.entry(o).or_default().entry(day).or_default();
                relieved.day = day;
                if come { relieved.come.push(broker) } else { relieved.gone.push(broker) }
            }
        };
        at(from, false);
        at(to, true);
    }
    places.into_iter().map(|(outlet, days)| Place { outlet, days: days.into_values().collect() }).collect()
}
