//! The course of a search: from the greedy plan it cools step by step, in two threads, and the best plan found is what
//! remains. Both threads search side by side and know nothing of each other; small instances are cooled again and again.
//! The largest are cut in two each epoch along a new line, and each thread moves only brokers and outlets of its own part.
//! Either way no result depends on timing.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::Budget;
use super::greedy;
use super::moves::Walker;
use super::problem::Problem;
use super::random::Random;
use super::state::State;
use super::wish::{Progress, Watch};

/// How the search cools; see `docs/planner.md` for what was measured. Temperatures are for the model's usual weights.
#[derive(Clone, Copy, Debug)]
pub struct Method {
    /// The first temperature of a small instance: hot enough that even who covers which gap is open again.
    pub hot_small: f64,
    /// The first one of every other cooling there: warm enough to mend the best plan without forgetting it.
    pub warm: f64,
    /// The first one of an instance that is cooled only once.
    pub hot: f64,
    /// The first one where a plan is changed and not made: what is near is sought, and what is good stays.
    pub mild: f64,
    /// The last one before the final descent.
    pub cold: f64,
    /// The temperatures in one cooling of an instance that is not cut.
    pub epochs: u32,
    /// The temperatures of one that is: as many as the cuts, since a cut hinders whoever works across it.
    pub cuts: u32,
    /// From how many brokers on an instance is cooled only once.
    pub once_from: usize,
    /// From how many brokers on an instance is cut in two.
    pub cut_from: usize,
    /// The steps a thread takes for each broker and day of a small instance before it cools again.
    pub steps_a_cell: u64,
    /// The same where a plan is changed, whatever its size.
    pub steps_a_cell_again: u64,
}

impl Default for Method {
    fn default() -> Method {
        Method {
            hot_small: 60.0,
            warm: 15.0,
            hot: 20.0,
            mild: 8.0,
            cold: 2.5,
            epochs: 300,
            cuts: 1000,
            once_from: 60,
            cut_from: 1000,
            steps_a_cell: 20_000,
            steps_a_cell_again: 1_000,
        }
    }
}

/// The share of a cooling that goes uphill no more.
const DESCENT: f64 = 0.04;
/// What a thread does in a second, roughly; only to guess how many coolings a time allows.
const STEPS_A_SECOND: f64 = 3_000_000.0;
/// Steps between looks at the clock.
const UNWATCHED: u64 = 256;
/// Milliseconds between reports on how far it is.
const BETWEEN_REPORTS: u64 = 400;

/// What a search found.
pub struct Found<'a> {
    /// The plan.
    pub state: State<'a>,
    /// The steps tried.
    pub steps: u64,
}

/// Searches until the budget is spent, from what stands already; `again` if that is a plan to be changed as little as
/// need be, and not the beginning of one.
pub fn search<'a>(start: State<'a>, again: bool, budget: Budget, method: Method, watch: Watch<'_>) -> Found<'a> {
    let problem = start.problem();
    let course = Course::new(problem, again, budget, method, watch);
    let start = greedy::by_hand(start, || course.over());
    if problem.brokers == 0 || problem.outlets == 0 {
        return Found { state: start, steps: 0 };
    }
    let state = if problem.brokers >= method.cut_from { course.apart(start) } else { course.beside(&start) };
    Found { state, steps: course.steps.into_inner() }
}

struct Course<'a, 'w> {
    problem: &'a Problem,
    again: bool,
    budget: Budget,
    method: Method,
    began: Instant,
    watch: Watch<'w>,
    /// The cheapest plan anybody has told of.
    cheapest: AtomicI64,
    /// When it was last told, in milliseconds.
    told: AtomicU64,
    steps: AtomicU64,
}

/// Where an epoch ends.
#[derive(Clone, Copy)]
struct Leg {
    /// The steps this thread has taken before it, if steps count.
    before: u64,
    steps: Option<u64>,
    until: Option<Instant>,
}

impl<'a, 'w> Course<'a, 'w> {
    fn new(problem: &'a Problem, again: bool, budget: Budget, method: Method, watch: Watch<'w>) -> Course<'a, 'w> {
        Course {
            problem,
            again,
            budget,
            method,
            began: Instant::now(),
            watch,
            cheapest: AtomicI64::new(i64::MAX),
            told: AtomicU64::new(0),
            steps: AtomicU64::new(0),
        }
    }

    /// Two threads that know nothing of each other; the better plan counts.
    fn beside(&self, start: &State<'a>) -> State<'a> {
        let (one, other) = std::thread::scope(|scope| {
            let second = scope.spawn(|| self.again(start, 1));
            (self.again(start, 0), second.join())
        });
        match other {
            Ok(other) if other.cost < one.cost => other,
            _ => one,
        }
    }

    /// Cools as often as the budget allows, from the best plan so far. Where a plan is changed the cooling is mild; where
    /// it may change as it likes, one of the threads makes it anew.
    fn again(&self, start: &State<'a>, thread: u64) -> State<'a> {
        let mild = self.again && (thread == 0 || self.problem.change_cost > 0);
        let coolings = self.coolings(mild);
        let mut best = start.clone();
        let all = coolings * self.method.epochs;
        for cooling in 0..coolings {
            let random = Random::new(self.budget.seed, (u64::from(cooling) << 1) | thread);
            let mut walker = Walker::new(self.problem, best.clone(), random);
            let hot = if mild { self.method.mild } else { self.hot(cooling) };
            for epoch in 0..self.method.epochs {
                let temperature = self.temperature(hot, epoch, self.method.epochs);
                self.walk(&mut walker, temperature, self.leg(cooling * self.method.epochs + epoch, all), best.cost);
                if walker.state.cost < best.cost {
                    best.clone_from(&walker.state);
                }
                if self.over() {
                    return best;
                }
            }
        }
        best
    }

    /// The temperature a cooling starts from that makes a plan anew.
    fn hot(&self, cooling: u32) -> f64 {
        match cooling % 2 {
            _ if self.problem.brokers >= self.method.once_from => self.method.hot,
            0 => self.method.hot_small,
            _ => self.method.warm,
        }
    }

    /// Cools once; each epoch the two threads work on parts of their own.
    fn apart(&self, start: State<'a>) -> State<'a> {
        let mut best = start.clone();
        let mut state = start;
        for epoch in 0..self.method.cuts {
            let seed = |thread: u64| Random::new(self.budget.seed, (u64::from(epoch) << 2) | thread);
            let parts = Parts::cut(self.problem, &state, &mut seed(2));
            let leg = self.leg(epoch, self.method.cuts);
            let hot = if self.again { self.method.mild } else { self.method.hot };
            let temperature = self.temperature(hot, epoch, self.method.cuts);
            let work = |side: bool| {
                let random = seed(u64::from(side));
                let mut walker =
                    Walker::within(self.problem, state.clone(), random, &parts.brokers, &parts.outlets, side);
                self.walk(&mut walker, temperature, leg, best.cost);
                walker.state
            };
            let (one, other) = std::thread::scope(|scope| {
                let second = scope.spawn(|| work(true));
                (work(false), second.join())
            });
            state = match other {
                Ok(other) => parts.join(self.problem, one, &other),
                Err(_) => one,
            };
            if state.cost <= best.cost {
                best.clone_from(&state);
            }
            if self.over() {
                break;
            }
        }
        best
    }

    /// Whether it is time to end, whatever is left to do.
    fn over(&self) -> bool {
        self.watch.cancelled() || self.budget.deadline.is_some_and(|end| Instant::now() >= end)
    }

    /// How often the budget lets the instance be cooled.
    fn coolings(&self, mild: bool) -> u32 {
        let each = match self.problem.brokers < self.method.once_from {
            _ if mild => self.method.steps_a_cell_again,
            true => self.method.steps_a_cell,
            false => return 1,
        };
        let cells = (self.problem.brokers * self.problem.days) as f64;
        let steps = match (self.budget.iterations, self.budget.deadline) {
            (Some(n), _) => n as f64 / 2.0,
            (None, Some(end)) => end.saturating_duration_since(self.began).as_secs_f64() * STEPS_A_SECOND,
            (None, None) => 60.0 * STEPS_A_SECOND,
        };
        (steps / (cells * each as f64)).round().clamp(1.0, 1000.0) as u32
    }

    /// One of `all` equal parts of the budget.
    fn leg(&self, index: u32, all: u32) -> Leg {
        let end = self.budget.deadline;
        match self.budget.iterations {
            Some(n) => {
                // The parts add up to the whole, and thread by thread to half of it.
                let half = n.div_ceil(2);
                let upto = |i: u32| (u128::from(half) * u128::from(i) / u128::from(all)) as u64;
                Leg { before: upto(index), steps: Some(upto(index + 1) - upto(index)), until: end }
            }
            None => {
                let whole = end.map_or(Duration::from_secs(60), |end| end.saturating_duration_since(self.began));
                let until = self.began + whole.mul_f64(f64::from(index + 1) / f64::from(all));
                Leg { before: 0, steps: None, until: Some(until) }
            }
        }
    }

    /// The temperature of an epoch: halved again and again, straight lines between (the logarithm's slope is near enough,
    /// and plain arithmetic is the same on every machine).
    fn temperature(&self, hot: f64, epoch: u32, epochs: u32) -> f64 {
        let done = f64::from(epoch) / f64::from(epochs) / (1.0 - DESCENT);
        if done >= 1.0 {
            return 0.0;
        }
        let halvings = (1..32).take_while(|&n| hot / f64::from(1u32 << n) > self.method.cold).count() as f64 + 1.0;
        let from = hot / f64::from(1u32 << (done * halvings).floor() as u32);
        let to = (from / 2.0).max(self.method.cold);
        (from + (to - from) * (done * halvings).fract()) * self.problem.scale
    }

    /// Takes steps until the leg ends; `best` is what the cheapest plan of the thread costs.
    fn walk(&self, walker: &mut Walker<'_>, temperature: f64, leg: Leg, best: i64) {
        let mut left = leg.steps.unwrap_or(u64::MAX);
        let mut taken = 0;
        while left > 0 && !self.watch.cancelled() {
            let now = Instant::now();
            if leg.until.is_some_and(|until| now >= until) {
                break;
            }
            let some = left.min(UNWATCHED);
            (0..some).for_each(|_| walker.step(temperature));
            left -= some;
            taken += some;
            self.report(best.min(walker.state.cost), leg.before + taken, now);
        }
        self.steps.fetch_add(taken, Ordering::Relaxed);
    }

    /// Tells whoever looks on, now and then.
    fn report(&self, cost: i64, steps: u64, now: Instant) {
        let Some(progress) = self.watch.progress else { return };
        let spent = now.duration_since(self.began);
        let (last, since) = (self.told.load(Ordering::Relaxed), spent.as_millis() as u64);
        if since < last + BETWEEN_REPORTS
            || self.told.compare_exchange(last, since, Ordering::Relaxed, Ordering::Relaxed).is_err()
        {
            return;
        }
        let cost = self.cheapest.fetch_min(cost, Ordering::Relaxed).min(cost);
        let of_steps = self.budget.iterations.map_or(0.0, |n| steps as f64 / n.div_ceil(2).max(1) as f64);
        let whole = self.budget.deadline.map(|end| end.saturating_duration_since(self.began).as_secs_f64());
        let whole = whole.or(if self.budget.iterations.is_none() { Some(60.0) } else { None });
        let of_time = whole.map_or(0.0, |whole| spent.as_secs_f64() / whole.max(0.001));
        progress(Progress { cost, done: of_steps.max(of_time).min(1.0) });
    }
}

/// An instance cut in two: on which side each broker and each outlet is.
struct Parts {
    brokers: Vec<bool>,
    outlets: Vec<bool>,
}

impl Parts {
    /// Cuts along a line in a random direction, somewhere in the middle of what is wanted.
    fn cut(problem: &Problem, state: &State<'_>, random: &mut Random) -> Parts {
        let mut part = || random.below(201) as f64 - 100.0;
        let (north, east) = (part() + 0.5, part() + 0.5);
        let along = |(lat, lon): (f64, f64)| lat * north + lon * east;
        let mut order: Vec<usize> = (0..problem.outlets).collect();
        order.sort_by(|&p, &q| along(problem.outlet_at[p]).total_cmp(&along(problem.outlet_at[q])).then(p.cmp(&q)));
        let middle = problem.outlets * (40 + random.below(21)) / 100;
        let mut outlets = vec![false; problem.outlets];
        order[middle..].iter().for_each(|&o| outlets[o] = true);
        let line = order.get(middle).map_or(0.0, |&o| along(problem.outlet_at[o]));
        let brokers = (0..problem.brokers)
            .map(|b| {
                let days = |side: bool| -> u32 {
                    let there = state.stints[b].iter().filter(|s| outlets[usize::from(s.outlet)] == side);
                    there.map(|s| s.days.count_ones()).sum()
                };
                match days(true).cmp(&days(false)) {
                    std::cmp::Ordering::Equal => along(problem.broker_at[b]) >= line,
                    more => more.is_gt(),
                }
            })
            .collect();
        Parts { brokers, outlets }
    }

    /// The plan in which each side's brokers do what their own thread found.
    fn join<'a>(&self, problem: &'a Problem, one: State<'a>, other: &State<'a>) -> State<'a> {
        let stints = one.stints.into_iter().zip(&other.stints).zip(&self.brokers);
        State::with(problem, stints.map(|((mine, theirs), &side)| if side { theirs.clone() } else { mine }))
    }
}
