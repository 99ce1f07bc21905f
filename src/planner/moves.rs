//! The steps of the search. A first shift at an outlet costs at once and pays only when a whole week or month follows,
//! so days move in blocks, and whoever is pushed out moves on: a vacancy is filled, the one who fills it leaves
//! another vacancy, and so on until the chain pays or is undone.

use super::problem::{Days, Problem, all};
use super::random::Random;
use super::state::State;

/// How many brokers a chain may move.
const LONGEST_CHAIN: usize = 4;

/// The search at one place in its course: a plan, and the part of it that may change.
pub struct Walker<'a> {
    problem: &'a Problem,
    /// The plan.
    pub state: State<'a>,
    random: Random,
    /// The days on which each broker may be moved.
    free: Vec<Days>,
    /// The brokers who may be moved at all.
    movable: Vec<u32>,
    /// Whether each outlet may be changed.
    open: Vec<bool>,
}

impl<'a> Walker<'a> {
    /// A walker that may change everything.
    pub fn new(problem: &'a Problem, state: State<'a>, random: Random) -> Walker<'a> {
        let movable = (0..problem.brokers as u32).collect();
        let free = problem.available.iter().zip(&problem.fixed).map(|(days, fixed)| days & !fixed).collect();
        Walker { problem, free, movable, open: vec![true; problem.outlets], state, random }
    }

    /// A walker that may change only the shifts of one side's brokers at that side's outlets; all others stand.
    pub fn within(
        problem: &'a Problem,
        state: State<'a>,
        random: Random,
        brokers: &[bool],
        outlets: &[bool],
        side: bool,
    ) -> Walker<'a> {
        let mut walker = Walker::new(problem, state, random);
        walker.movable.retain(|&b| brokers[b as usize] == side);
        for (b, free) in walker.free.iter_mut().enumerate() {
            let stands = walker.state.stints[b].iter().filter(|s| outlets[usize::from(s.outlet)] != side);
            let kept = stands.fold(0, |days, s| days | s.days);
            *free = if brokers[b] == side { *free & !kept } else { 0 };
        }
        walker.open = outlets.iter().map(|&on| on == side).collect();
        walker
    }

    /// Tries one step; it stands if it makes the plan cheaper, or dearer by no more than chance allows at this
    /// temperature.
    #[inline]
    pub fn step(&mut self, temperature: f64) {
        if self.movable.is_empty() {
            return;
        }
        let bound = self.state.cost + (temperature * self.random.exponential()) as i64;
        let stands = if self.random.chance(8) { self.exchange(bound) } else { self.chain(bound) };
        if stands { self.state.keep() } else { self.state.undo() }
    }

    /// The days a step is about: a week, some days in a row, or everything.
    fn window(&mut self) -> Days {
        let days = self.problem.days;
        match self.random.below(100) {
            0..25 => self.problem.weeks[self.random.below(self.problem.weeks.len())],
            25..60 => {
                let from = self.random.below(days);
                all(1 + self.random.below(days - from)) << from
            }
            60..68 => 1 << self.random.below(days),
            _ => all(days),
        }
    }

    fn mover(&mut self) -> usize {
        self.movable[self.random.below(self.movable.len())] as usize
    }

    /// Finds a gap or takes somebody off: the outlet, the days, and who was taken off.
    fn vacancy(&mut self, window: Days) -> Option<(usize, Days, Option<usize>)> {
        if self.random.chance(25) && !self.state.wanting.is_empty() {
            let o = usize::from(self.state.wanting[self.random.below(self.state.wanting.len())]);
            let vacant = self.state.gaps[o] & window;
            return (vacant != 0 && self.open[o]).then_some((o, vacant, None));
        }
        let a = self.mover();
        if self.state.stints[a].is_empty() {
            return None;
        }
        let stint = self.state.stints[a][self.random.below(self.state.stints[a].len())];
        let (o, vacant) = (usize::from(stint.outlet), stint.days & window & self.free[a]);
        if vacant == 0 {
            return None;
        }
        self.state.off(a, o, vacant);
        Some((o, vacant, Some(a)))
    }

    /// Makes or finds a vacancy and fills it along a chain.
    fn chain(&mut self, bound: i64) -> bool {
        let window = self.window();
        let Some((mut o, mut vacant, mut loose)) = self.vacancy(window) else { return false };
        let first = loose;
        for link in 0..LONGEST_CHAIN {
            let swap = link > 0 && loose.is_some() && self.random.chance(85);
            let c = match loose {
                Some(a) if swap => a,
                _ => match self.somebody_for(o) {
                    Some(c) => c,
                    None => break,
                },
            };
            let Some(next) = self.fill(c, o, vacant, window, link == 0 && first == Some(c)) else { break };
            if swap {
                loose = None;
            }
            if self.state.cost <= bound {
                return true;
            }
            match next {
                Some((left, days)) => (o, vacant) = (left, days),
                None => break,
            }
        }
        if let Some(a) = loose {
            self.place(a, window);
        }
        self.state.cost <= bound
    }

    /// Sends a broker to fill a vacancy. `None` if they cannot; otherwise the largest vacancy they leave, if any.
    fn fill(&mut self, c: usize, o: usize, vacant: Days, window: Days, same: bool) -> Option<Option<(usize, Days)>> {
        if same || !self.problem.may(c, o) {
            return None;
        }
        let here = self.state.at(c, o);
        let mut days = vacant & self.state.gaps[o] & self.free[c] & !here;
        let work = self.state.work[c];
        // Only idle days; or the same days elsewhere are given up; or everything elsewhere in the window is.
        let mut given = match self.random.below(10) {
            0..2 => 0,
            2..8 => days & work,
            _ => window & self.free[c] & work & !here,
        };
        days &= !work | given;
        if days == 0 {
            return None;
        }
        days = self.problem.fit(c, work & !given, days, self.random.chance(50));
        if days == 0 {
            return None;
        }
        if given & !days != 0 {
            // Nothing is given up that need not be.
            given &= !self.problem.fit(c, (work & !given) | days, given & !days, true);
        }
        let left = self.vacate(c, given);
        self.state.on(c, o, days);
        Some(left)
    }

    /// Takes a broker off everything on some days; the largest vacancy that leaves, if any.
    fn vacate(&mut self, c: usize, mut given: Days) -> Option<(usize, Days)> {
        let mut left: Option<(usize, Days)> = None;
        let mut i = 0;
        while given != 0 && i < self.state.stints[c].len() {
            let stint = self.state.stints[c][i];
            let (o, gone) = (usize::from(stint.outlet), stint.days & given);
            if gone != 0 {
                given &= !gone;
                self.state.off(c, o, gone);
                if left.is_none_or(|(_, days)| days.count_ones() < gone.count_ones()) {
                    left = Some((o, gone));
                }
            }
            // A stint that ended made room for another in its place.
            if gone != stint.days {
                i += 1;
            }
        }
        left
    }

    /// Finds idle days of a broker something to do.
    fn place(&mut self, a: usize, window: Days) -> bool {
        let Some(o) = self.somewhere_for(a) else { return false };
        let idle = self.state.gaps[o] & window & self.free[a] & !self.state.work[a];
        let days = if idle == 0 { 0 } else { self.problem.fit(a, self.state.work[a], idle, self.random.chance(50)) };
        if days != 0 {
            self.state.on(a, o, days);
        }
        days != 0
    }

    /// Two brokers exchange all they do in a window.
    fn exchange(&mut self, bound: i64) -> bool {
        let window = self.window();
        let a = self.mover();
        let Some(o) = self.somewhere_for(a) else { return false };
        let Some(b) = self.somebody_for(o) else { return false };
        let (wa, wb) = (window & self.free[a], window & self.free[b]);
        let (ours, theirs) = (self.state.work[a] & wa, self.state.work[b] & wb);
        if a == b || ours | theirs == 0 || theirs & !wa != 0 || ours & !wb != 0 {
            return false;
        }
        let fits = |from: usize, to: usize, days: Days| {
            self.state.stints[from].iter().all(|s| s.days & days == 0 || self.problem.may(to, usize::from(s.outlet)))
        };
        if !fits(a, b, ours)
            || !fits(b, a, theirs)
            || !self.problem.keeps(a, self.state.work[a] & !ours | theirs)
            || !self.problem.keeps(b, self.state.work[b] & !theirs | ours)
        {
            return false;
        }
        let from_a = self.lift(a, ours);
        let from_b = self.lift(b, theirs);
        for (o, days) in from_a {
            self.state.on(b, o, days);
        }
        for (o, days) in from_b {
            self.state.on(a, o, days);
        }
        self.state.cost <= bound
    }

    /// Takes a broker off everything on some days.
    fn lift(&mut self, b: usize, days: Days) -> Vec<(usize, Days)> {
        let lifted: Vec<(usize, Days)> = self.state.stints[b]
            .iter()
            .filter(|s| s.days & days != 0)
            .map(|s| (usize::from(s.outlet), s.days & days))
            .collect();
        for &(o, days) in &lifted {
            self.state.off(b, o, days);
        }
        lifted
    }

    /// Somebody who might fill a vacancy: one of the team, one who knows the outlet, or one from near by.
    fn somebody_for(&mut self, o: usize) -> Option<usize> {
        let team = &self.state.team[o];
        let draw = self.random.below(100);
        if draw < 45 && !team.is_empty() {
            return Some(team[self.random.below(team.len())] as usize);
        }
        let known = &self.problem.known[o];
        if draw < 55 && !known.is_empty() {
            return Some(known[self.random.below(known.len())] as usize);
        }
        let near = &self.problem.near[o];
        if near.is_empty() {
            return None;
        }
        let n = if draw < 85 { near.len().min(24) } else { near.len() };
        Some(near[self.random.low(n, 2)] as usize)
    }

    /// An outlet where a broker is, was, or could be, and that may be changed.
    fn somewhere_for(&mut self, b: usize) -> Option<usize> {
        let draw = self.random.below(100);
        let stints = &self.state.stints[b];
        let o = if draw < 45 && !stints.is_empty() {
            usize::from(stints[self.random.below(stints.len())].outlet)
        } else {
            let reach = &self.problem.reach[b];
            if reach.is_empty() {
                return None;
            }
            let n = if draw < 80 { reach.len().min(16) } else { reach.len() };
            usize::from(reach[self.random.low(n, 2)])
        };
        self.open[o].then_some(o)
    }
}
