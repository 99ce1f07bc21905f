//! Why a plan is as it is: what keeps people from its gaps, what every dear choice in it would cost otherwise, and where
//! one more person would help. Numbers and places in the instance's lists; the words are for whoever shows them.

use serde::{Deserialize, Serialize};

use super::choices::{Choice, for_gap, for_stretch};
use super::hints::{Hints, hints};
use super::instance::Instance;
use super::plan::{Cost, Plan, cost, shifts};
use super::problem::{Days, Problem};
use super::rules::{Rule, keeps_out, seat};
use super::state::{State, Stint};
use super::wish::places;

/// The most gaps times brokers that are told one by one, so that the worst plan of the largest instance takes no longer
/// than a plan that somebody reads.
const MOST_ANSWERS: usize = 300_000;
/// The most stretches of each kind that are told.
const MOST_STRETCHES: usize = 300;
/// The most ways to fill a gap that are told.
const MOST_CHOICES: usize = 3;
/// A way is long from twice the plan's average on, but not below this.
const LONG_KM: i64 = 10;

/// What there is to say of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Explained {
    /// What it costs; shifts that break a rule count as posts left open.
    pub cost: Cost,
    /// The shifts that break a rule. Everything else here leaves them out.
    pub broken: Vec<Broken>,
    /// The posts nobody takes: outlet by outlet, the dearest first, day by day.
    pub gaps: Vec<Gap>,
    /// How many more outlets and days with gaps there are.
    pub more_gaps: usize,
    /// People new to an outlet, the dearest first.
    pub new_faces: Vec<Stretch>,
    /// People who should have left an outlet, the dearest first.
    pub overstays: Vec<Stretch>,
    /// The ways at least twice as long as the average, the dearest first.
    pub long_ways: Vec<Stretch>,
    /// Where people are short, and where one more would help.
    pub hints: Hints,
}

/// A shift that cannot stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Broken {
    /// Its place in the plan.
    pub shift: usize,
    /// The first rule it breaks, beside the shifts before it.
    pub rule: Rule,
}

/// An outlet that lacks people on a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// The outlet.
    pub outlet: usize,
    /// The day.
    pub day: usize,
    /// How many are missing.
    pub missing: usize,
    /// What that costs.
    pub cost: i64,
    /// Everybody who cannot come, by what keeps them out.
    pub kept_out: Vec<KeptOut>,
    /// Those whom nothing keeps out.
    pub free: Vec<usize>,
    /// The cheapest ways to fill one of the posts; none where nobody in reach could.
    pub choices: Vec<Choice>,
}

/// Those whom one rule keeps from a post.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptOut {
    /// The rule.
    pub rule: Rule,
    /// They; the nearest first where the rule is not about the outlet itself.
    pub brokers: Vec<Kept>,
}

/// Somebody kept from a post.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// Who.
    pub broker: usize,
    /// Where they are that day, if anywhere.
    pub at: Option<usize>,
}

/// A broker's days at an outlet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stretch {
    /// Who.
    pub broker: usize,
    /// Where.
    pub outlet: usize,
    /// When.
    pub days: Vec<usize>,
    /// How far it is, in whole kilometres.
    pub km: i64,
    /// What it costs: the new face, staying too long, or the way.
    pub cost: i64,
    /// The next best choice for all these days.
    pub next_best: Choice,
}

/// Explains a plan, which need not be legal.
#[must_use]
pub fn explain(instance: &Instance, plan: &Plan) -> Explained {
    let problem = Problem::new(instance);
    let (mut state, broken) = seated(instance, &problem, plan);
    let (gaps, more_gaps) = gaps(instance, &mut state);
    let face = |b: usize, stint: &Stint| problem.first_cost(b, usize::from(stint.outlet));
    let new_faces = stretches(&mut state, face);
    let way = |b: usize, o: usize| problem.km_cost * problem.km(b, o);
    let overstays = stretches(&mut state, |b, stint| {
        let o = usize::from(stint.outlet);
        (problem.shift_cost(b, o) - way(b, o)) * i64::from(stint.days.count_ones())
    });
    let far = yardstick(&state);
    let long_ways = stretches(&mut state, |b, stint| {
        let o = usize::from(stint.outlet);
        if problem.km(b, o) >= far { way(b, o) * i64::from(stint.days.count_ones()) } else { 0 }
    });
    let hints = hints(instance, &state);
    Explained { cost: price(&state), broken, gaps, more_gaps, new_faces, overstays, long_ways, hints }
}

/// The legal part of a plan, and what is not.
pub(super) fn seated<'a>(instance: &Instance, problem: &'a Problem, plan: &Plan) -> (State<'a>, Vec<Broken>) {
    let mut state = State::empty(problem);
    let mut broken = Vec::new();
    for (shift, place) in places(instance, plan).into_iter().enumerate() {
        let seated = place.map_or(Err(Rule::Unknown), |(b, o, day)| seat(instance, &mut state, b, o, day));
        if let Err(rule) = seated {
            broken.push(Broken { shift, rule });
        }
    }
    (state, broken)
}

/// What a plan costs, part by part.
pub(super) fn price(state: &State<'_>) -> Cost {
    // It was seated shift by shift, so no rule is broken.
    cost(state.problem(), &shifts(state)).unwrap_or_default()
}

/// Where people are missing, and why.
fn gaps(instance: &Instance, state: &mut State<'_>) -> (Vec<Gap>, usize) {
    let problem = state.problem();
    let mut wanting: Vec<usize> = state.wanting.iter().map(|&o| usize::from(o)).collect();
    wanting.sort_by_key(|&o| (std::cmp::Reverse(problem.gap_cost[o]), o));
    let places = wanting.iter().flat_map(|&o| days(state.gaps[o]).into_iter().map(move |day| (o, day)));
    let places: Vec<(usize, usize)> = places.collect();
    let told = places.len().min(MOST_ANSWERS / problem.brokers.max(1));
    let gaps = places[..told].iter().map(|&(o, day)| gap(instance, state, o, day)).collect();
    (gaps, places.len() - told)
}

fn gap(instance: &Instance, state: &mut State<'_>, o: usize, day: usize) -> Gap {
    let problem = state.problem();
    let missing = state.missing(o, day);
    let mut kept: Vec<(Rule, Kept)> = Vec::new();
    let mut free = Vec::new();
    let near = problem.near[o].iter().map(|&b| b as usize);
    for b in near.chain((0..problem.brokers).filter(|&b| !problem.may(b, o))) {
        match keeps_out(instance, state, b, o, day) {
            Some(rule) => kept.push((rule, Kept { broker: b, at: at(state, b, day) })),
            None => free.push(b),
        }
    }
    kept.sort_by_key(|(rule, _)| *rule);
    let group = |group: &[(Rule, Kept)]| KeptOut { rule: group[0].0, brokers: group.iter().map(|(_, k)| *k).collect() };
    Gap {
        outlet: o,
        day,
        missing,
        cost: problem.gap_cost[o] * missing as i64,
        kept_out: kept.chunk_by(|one, next| one.0 == next.0).map(group).collect(),
        free,
        choices: for_gap(state, o, day, MOST_CHOICES),
    }
}

/// Where a broker is on a day.
fn at(state: &State<'_>, b: usize, day: usize) -> Option<usize> {
    state.stints[b].iter().find(|s| s.days >> day & 1 == 1).map(|s| usize::from(s.outlet))
}

/// The stretches that cost something, the dearest first, each with its next best choice.
fn stretches(state: &mut State<'_>, cost: impl Fn(usize, &Stint) -> i64) -> Vec<Stretch> {
    let stints = state.stints.iter().enumerate();
    let mut dear: Vec<(i64, usize, Stint)> = stints
        .flat_map(|(b, stints)| stints.iter().map(move |stint| (b, *stint)))
        .map(|(b, stint)| (cost(b, &stint), b, stint))
        .filter(|(cost, ..)| *cost > 0)
        .collect();
    dear.sort_by_key(|(cost, b, stint)| (std::cmp::Reverse(*cost), *b, stint.outlet));
    dear.truncate(MOST_STRETCHES);
    let told = |(cost, broker, stint): (i64, usize, Stint)| {
        let outlet = usize::from(stint.outlet);
        let km = state.problem().km(broker, outlet);
        let next_best = for_stretch(state, broker, outlet, stint.days);
        Stretch { broker, outlet, days: days(stint.days), km, cost, next_best }
    };
    dear.into_iter().map(told).collect()
}

/// From how many kilometres on a way is long.
fn yardstick(state: &State<'_>) -> i64 {
    let problem = state.problem();
    let stints = state.stints.iter().enumerate().flat_map(|(b, stints)| stints.iter().map(move |s| (b, s)));
    let (km, n) = stints.fold((0, 0), |(km, n), (b, s)| {
        let days = i64::from(s.days.count_ones());
        (km + problem.km(b, usize::from(s.outlet)) * days, n + days)
    });
    (2 * km / n.max(1)).max(LONG_KM)
}

/// Days one by one.
pub(super) fn days(days: Days) -> Vec<usize> {
    (0..Days::BITS as usize).filter(|day| days >> day & 1 == 1).collect()
}
