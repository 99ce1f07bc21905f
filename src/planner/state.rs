//! A plan that can change: who is where, what is missing, what it costs. Every change is remembered until it is kept,
//! so that a step that does not pay is undone.

use super::problem::{Days, Problem};

/// A broker's days at one outlet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stint {
    /// The outlet.
    pub outlet: u16,
    /// The days there; never none.
    pub days: Days,
}

#[derive(Clone, Copy, Debug)]
struct Change {
    broker: u32,
    outlet: u16,
    on: bool,
    days: Days,
}

/// The plan under change. Always legal.
#[derive(Clone, Debug)]
pub struct State<'a> {
    problem: &'a Problem,
    /// Each broker's stints, in no particular order.
    pub stints: Vec<Vec<Stint>>,
    /// The days each broker works.
    pub work: Vec<Days>,
    /// The days on which people are missing, by outlet.
    pub gaps: Vec<Days>,
    /// Who is at each outlet at least once.
    pub team: Vec<Vec<u32>>,
    /// Outlets where somebody is missing, in no particular order.
    pub wanting: Vec<u16>,
    /// What the plan costs.
    pub cost: i64,
    place_in_wanting: Vec<u32>,
    missing: Vec<u16>,
    changes: Vec<Change>,
}

impl<'a> State<'a> {
    /// The plan in which nobody works.
    pub fn empty(problem: &'a Problem) -> State<'a> {
        let days = problem.days;
        let mut state = State {
            problem,
            stints: vec![Vec::new(); problem.brokers],
            work: vec![0; problem.brokers],
            gaps: vec![0; problem.outlets],
            team: vec![Vec::new(); problem.outlets],
            wanting: Vec::new(),
            cost: 0,
            place_in_wanting: vec![0; problem.outlets],
            missing: problem.demand.clone(),
            changes: Vec::new(),
        };
        let worked: u32 = problem.worked.iter().map(|days| days.count_ones()).sum();
        state.cost += problem.change_cost * i64::from(worked);
        for o in 0..problem.outlets {
            let wanted = &problem.demand[o * days..(o + 1) * days];
            state.cost += problem.gap_cost[o] * wanted.iter().map(|&n| i64::from(n)).sum::<i64>();
            let gaps = wanted.iter().enumerate().filter(|(_, n)| **n > 0).fold(0, |m, (d, _)| m | 1 << d);
            state.set_gaps(o, gaps);
        }
        state
    }

    /// The plan with these stints, broker by broker; the caller has seen to the rules.
    pub fn with(problem: &'a Problem, stints: impl Iterator<Item = Vec<Stint>>) -> State<'a> {
        let mut state = State::empty(problem);
        for (b, stints) in stints.enumerate() {
            for stint in stints {
                state.put(b, usize::from(stint.outlet), stint.days);
            }
        }
        state
    }

    /// What is planned.
    pub fn problem(&self) -> &'a Problem {
        self.problem
    }

    /// How many people are missing at an outlet on a day.
    pub fn missing(&self, o: usize, day: usize) -> usize {
        usize::from(self.missing[o * self.problem.days + day])
    }

    /// The days a broker is at an outlet.
    #[inline]
    pub fn at(&self, b: usize, o: usize) -> Days {
        self.stints[b].iter().find(|s| usize::from(s.outlet) == o).map_or(0, |s| s.days)
    }

    /// Sends a broker to an outlet on days that are free for both; the caller has seen to the rules.
    #[inline]
    pub fn on(&mut self, b: usize, o: usize, days: Days) {
        self.changes.push(Change { broker: b as u32, outlet: o as u16, on: true, days });
        self.put(b, o, days);
    }

    /// Takes a broker from an outlet on days they are there.
    #[inline]
    pub fn off(&mut self, b: usize, o: usize, days: Days) {
        self.changes.push(Change { broker: b as u32, outlet: o as u16, on: false, days });
        self.take(b, o, days);
    }

    /// Keeps all changes.
    #[inline]
    pub fn keep(&mut self) {
        self.changes.clear();
    }

    /// Undoes every change since they were last kept.
    pub fn undo(&mut self) {
        while let Some(change) = self.changes.pop() {
            let (b, o) = (change.broker as usize, usize::from(change.outlet));
            if change.on { self.take(b, o, change.days) } else { self.put(b, o, change.days) }
        }
    }

    fn put(&mut self, b: usize, o: usize, days: Days) {
        let problem = self.problem;
        debug_assert!(days != 0 && self.work[b] & days == 0 && days & !self.gaps[o] == 0 && problem.may(b, o));
        let n = days.count_ones();
        let worked = self.work[b].count_ones();
        self.cost += (problem.shift_cost(b, o) - problem.gap_cost[o]) * i64::from(n) + problem.load_cost(worked + n)
            - problem.load_cost(worked)
            + problem.change(b, o, days);
        self.work[b] |= days;
        match self.stints[b].iter_mut().find(|s| usize::from(s.outlet) == o) {
            Some(stint) => stint.days |= days,
            None => {
                self.stints[b].push(Stint { outlet: o as u16, days });
                self.team[o].push(b as u32);
                self.cost += problem.first_cost(b, o);
            }
        }
        let mut gaps = self.gaps[o];
        let row = o * problem.days;
        let mut rest = days;
        while rest != 0 {
            let day = rest.trailing_zeros() as usize;
            let missing = &mut self.missing[row + day];
            *missing -= 1;
            if *missing == 0 {
                gaps &= !(1 << day);
            }
            rest &= rest - 1;
        }
        self.set_gaps(o, gaps);
    }

    fn take(&mut self, b: usize, o: usize, days: Days) {
        let problem = self.problem;
        debug_assert!(days != 0 && days & !self.at(b, o) == 0);
        let n = days.count_ones();
        let worked = self.work[b].count_ones();
        self.cost += (problem.gap_cost[o] - problem.shift_cost(b, o)) * i64::from(n) + problem.load_cost(worked - n)
            - problem.load_cost(worked)
            - problem.change(b, o, days);
        self.work[b] &= !days;
        if let Some(i) = self.stints[b].iter().position(|s| usize::from(s.outlet) == o) {
            self.stints[b][i].days &= !days;
            if self.stints[b][i].days == 0 {
                self.stints[b].swap_remove(i);
                if let Some(j) = self.team[o].iter().position(|&m| m as usize == b) {
                    self.team[o].swap_remove(j);
                }
                self.cost -= problem.first_cost(b, o);
            }
        }
        let row = o * problem.days;
        let mut rest = days;
        while rest != 0 {
            self.missing[row + rest.trailing_zeros() as usize] += 1;
            rest &= rest - 1;
        }
        self.set_gaps(o, self.gaps[o] | days);
    }

    #[inline]
    fn set_gaps(&mut self, o: usize, gaps: Days) {
        let before = std::mem::replace(&mut self.gaps[o], gaps);
        if (before == 0) == (gaps == 0) {
            return;
        }
        if before == 0 {
            self.place_in_wanting[o] = self.wanting.len() as u32;
            self.wanting.push(o as u16);
        } else {
            let place = self.place_in_wanting[o] as usize;
            self.wanting.swap_remove(place);
            if let Some(&moved) = self.wanting.get(place) {
                self.place_in_wanting[usize::from(moved)] = place as u32;
            }
        }
    }
}
