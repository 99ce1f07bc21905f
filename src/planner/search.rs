//! The course of a search: from the greedy plan it cools step by step, in two threads, and the best plan found is what
//! remains. Both threads search side by side and know nothing of each other; small instances are searched at several
//! temperatures at once.
//! The largest are cut in two each epoch along a new line, and each thread moves only brokers and outlets of its own part.
//! Either way no result depends on timing.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::Budget;
use super::greedy;
use super::moves::Walker;
use super::problem::Problem;
use super::random::Random;
use super::state::{State, Stint};
use super::wish::{Progress, Watch};

/// How the search cools; see `docs/planner.md` for what was measured. Temperatures are for the model's usual weights.
#[derive(Clone, Copy, Debug)]
pub struct Method {
    /// How many temperatures a small instance is searched at, at once.
    pub rungs: u32,
    /// The lowest of them.
    pub lowest: f64,
    /// How many times as hot each is as the one below it. The highest is to be hot enough that even who covers which gap
    /// is open again.
    pub apart: f64,
    /// The steps at each before neighbours may exchange their plans, where there are many.
    pub between: u64,
    /// The first temperature of an instance that is cooled once.
    pub hot: f64,
    /// The first one where a plan is changed and not made: what is near is sought, and what is good stays.
    pub mild: f64,
    /// The last one before the final descent.
    pub cold: f64,
    /// The temperatures in one cooling of an instance that is not cut.
    pub epochs: u32,
    /// The temperatures of one that is: as many as the cuts, since a cut hinders whoever works across it.
    pub cuts: u32,
    /// From how many brokers on an instance is cooled, once.
    pub once_from: usize,
    /// From how many brokers on an instance is cut in two.
    pub cut_from: usize,
    /// The steps a thread takes for each broker and day before it cools again, where a plan is changed.
    pub steps_a_cell: u64,
}

impl Default for Method {
    fn default() -> Method {
        Method {
            rungs: 10,
            lowest: 3.0,
            apart: 1.4,
            between: 4_000,
            hot: 20.0,
            mild: 8.0,
            cold: 2.5,
            epochs: 300,
            cuts: 1000,
            once_from: 60,
            cut_from: 1000,
            steps_a_cell: 1_000,
        }
    }
}

/// The share of a search that goes uphill no more.
const DESCENT: f64 = 0.04;
/// How often plans are exchanged at least, however few steps there are.
const LEAST_ROUNDS: u64 = 50;
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
    let mut state = if problem.brokers >= method.cut_from { course.apart(start) } else { course.beside(&start) };
    spare(&mut state);
    Found { state, steps: course.steps.into_inner() }
}

/// Takes off what costs more than the gap that it fills: the steps of the search leave no post empty that somebody may have, since with weights as people
/// set them that never pays.
fn spare(state: &mut State<'_>) {
    let problem = state.problem();
    loop {
        let before = state.cost;
        for b in 0..problem.brokers {
            for Stint { outlet, days } in state.stints[b].clone() {
                let outlet = usize::from(outlet);
                for days in std::iter::once(days).chain((0..problem.days).map(|day| 1 << day)) {
                    let (days, cost) = (days & state.at(b, outlet) & !problem.fixed[b], state.cost);
                    if days == 0 {
                        continue;
                    }
                    state.off(b, outlet, days);
                    if state.cost < cost { state.keep() } else { state.undo() }
                }
            }
        }
        if state.cost == before {
            return;
        }
    }
}

struct Course<'a, 'w> {
    problem: &'a Problem,
    again: bool,
    budget: Budget,
    method: Method,
    began: Instant,
    /// When it must be over.
    end: Option<Instant>,
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
        let began = Instant::now();
        let minute = if budget.iterations.is_none() { Some(began + Duration::from_secs(60)) } else { None };
        Course {
            problem,
            again,
            budget,
            method,
            began,
            end: budget.deadline.or(minute),
            watch,
            cheapest: AtomicI64::new(i64::MAX),
            told: AtomicU64::new(0),
            steps: AtomicU64::new(0),
        }
    }

    /// Two threads that know nothing of each other; the better plan counts.
    fn beside(&self, start: &State<'a>) -> State<'a> {
        let (one, other) = std::thread::scope(|scope| {
            let second = scope.spawn(|| self.alone(start, 1));
            (self.alone(start, 0), second.join())
        });
        match other {
            Ok(other) if other.cost < one.cost => other,
            _ => one,
        }
    }

    /// What one thread does. Where a plan is changed the cooling is mild; where it is small, or may change as it likes, one
    /// of the threads looks farther.
    fn alone(&self, start: &State<'a>, thread: u64) -> State<'a> {
        let small = self.problem.brokers < self.method.once_from;
        let mild = self.again && (thread == 0 || self.problem.change_cost > 0 && !small);
        match small {
            _ if mild => self.coolings(start, thread, self.method.mild, Some(self.method.steps_a_cell)),
            true => self.ladder(start, thread),
            false => self.coolings(start, thread, self.method.hot, None),
        }
    }

    /// Keeps a plan at each of several temperatures. Neighbours exchange theirs by what they cost (replica exchange), so
    /// that what the hot ones find is cooled on its way down and what is stuck warms up again, for as long as there is time.
    fn ladder(&self, start: &State<'a>, thread: u64) -> State<'a> {
        let random = |stream: u32| Random::new(self.budget.seed, (u64::from(stream) << 1) | thread);
        let half = self.half();
        let uphill = half.map(|n| n - (n as f64 * DESCENT) as u64);
        let now = Instant::now();
        let until = self.end.map(|end| now + end.saturating_duration_since(now).mul_f64(1.0 - DESCENT));
        let between = uphill.map_or(self.method.between, |all| {
            self.method.between.min(all / u64::from(self.method.rungs) / LEAST_ROUNDS + 1)
        });
        let mut chance = random(0);
        let mut rungs = Vec::new();
        let mut temperature = self.method.lowest * self.problem.scale;
        for rung in 1..=self.method.rungs {
            rungs.push((temperature, Walker::new(self.problem, start.clone(), random(rung))));
            temperature *= self.method.apart;
        }
        let mut best = start.clone();
        let mut taken = 0;
        for round in 0.. {
            for (temperature, walker) in &mut rungs {
                let steps = uphill.map_or(between, |all| between.min(all - taken));
                self.walk(walker, *temperature, Leg { before: taken, steps: Some(steps), until }, best.cost);
                taken += steps;
                if walker.state.cost < best.cost {
                    best.clone_from(&walker.state);
                }
            }
            let done = uphill.is_some_and(|all| taken >= all) || until.is_some_and(|until| Instant::now() >= until);
            if done || self.over() {
                break;
            }
            for pair in rungs[round % 2..].chunks_exact_mut(2) {
                if let [(cold, below), (hot, above)] = pair {
                    let dearer = (above.state.cost - below.state.cost) as f64;
                    if dearer * (1.0 / *cold - 1.0 / *hot) <= chance.exponential() {
                        std::mem::swap(&mut below.state, &mut above.state);
                    }
                }
            }
        }
        let mut walker = Walker::new(self.problem, best, chance);
        let cost = walker.state.cost;
        self.walk(&mut walker, 0.0, Leg { before: taken, steps: half.map(|n| n - taken), until: self.end }, cost);
        walker.state
    }

    /// Cools from a temperature, once, or again and again from the best plan so far if a cooling has some steps a broker
    /// and day.
    fn coolings(&self, start: &State<'a>, thread: u64, hot: f64, steps_a_cell: Option<u64>) -> State<'a> {
        let cells = (self.problem.brokers * self.problem.days) as u64;
        let each = steps_a_cell.map(|steps| cells * steps);
        let half = self.half();
        let coolings = match (half, each) {
            (Some(half), Some(each)) => (half as f64 / each as f64).round().clamp(1.0, 1000.0) as u32,
            (None, Some(_)) => u32::MAX,
            (_, None) => 1,
        };
        let epochs = self.method.epochs;
        let mut best = start.clone();
        for cooling in 0..coolings {
            let random = Random::new(self.budget.seed, (u64::from(cooling) << 1) | thread);
            let left = self.end.map(|end| end.saturating_duration_since(Instant::now()));
            // However slow the machine is, one cooling comes to its end in time, and then another.
            let share = if cooling == 0 && coolings > 1 { 0.5 } else { 1.0 };
            let began = Instant::now();
            self.cool(&mut best, random, hot, |epoch| match half {
                Some(half) => self.part(half, cooling * epochs + epoch, coolings * epochs),
                None => Leg {
                    before: 0,
                    steps: each.map(|each| each / u64::from(epochs)),
                    until: left.map(|left| began + left.mul_f64(share * f64::from(epoch + 1) / f64::from(epochs))),
                },
            });
            if self.over() {
                break;
            }
        }
        best
    }

    /// Cools once from the best plan, which is replaced where a better one is found.
    fn cool(&self, best: &mut State<'a>, random: Random, hot: f64, leg: impl Fn(u32) -> Leg) {
        let mut walker = Walker::new(self.problem, best.clone(), random);
        for epoch in 0..self.method.epochs {
            let temperature = self.temperature(hot, epoch, self.method.epochs);
            self.walk(&mut walker, temperature, leg(epoch), best.cost);
            if walker.state.cost < best.cost {
                best.clone_from(&walker.state);
            }
            if self.over() {
                return;
            }
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

    /// The steps of each thread, where steps count.
    fn half(&self) -> Option<u64> {
        self.budget.iterations.map(|n| n.div_ceil(2))
    }

    /// Whether it is time to end, whatever is left to do.
    fn over(&self) -> bool {
        self.watch.cancelled() || self.end.is_some_and(|end| Instant::now() >= end)
    }

    /// One of `all` equal parts of the budget.
    fn leg(&self, index: u32, all: u32) -> Leg {
        if let Some(half) = self.half() {
            return self.part(half, index, all);
        }
        let whole = self.end.map(|end| end.saturating_duration_since(self.began));
        let until = whole.map(|whole| self.began + whole.mul_f64(f64::from(index + 1) / f64::from(all)));
        Leg { before: 0, steps: None, until }
    }

    /// One of `all` equal parts of some steps: they add up to the whole, and thread by thread to half of the budget.
    fn part(&self, half: u64, index: u32, all: u32) -> Leg {
        let upto = |i: u32| (u128::from(half) * u128::from(i) / u128::from(all)) as u64;
        Leg { before: upto(index), steps: Some(upto(index + 1) - upto(index)), until: self.end }
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
        let of_steps = self.half().map_or(0.0, |half| steps as f64 / half.max(1) as f64);
        let whole = self.end.map(|end| end.saturating_duration_since(self.began).as_secs_f64());
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
