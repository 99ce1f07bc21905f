//! Where people are short, whatever the plan, and where one more would help it most.

use serde::{Deserialize, Serialize};

use super::distance::{kilometres, whole};
use super::instance::Instance;
use super::problem::{Days, Problem, all};
use super::rules::{Rule, forbids};
use super::state::State;

/// The most hires that are advised.
const MOST_HIRES: usize = 3;
/// The most places that are looked at for a hire: those of the outlets whose gaps cost most.
const MOST_PLACES: usize = 120;

/// What would help.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hints {
    /// Outlets that want more people on some days than there are who may be sent there and can work.
    pub lacking: Vec<Lacking>,
    /// Days with more posts than people who can work.
    pub thin_days: Vec<ThinDay>,
    /// Weeks with more posts than all people together may work.
    pub thin_weeks: Vec<ThinWeek>,
    /// Where one more broker would help most; each on top of those before it.
    pub hires: Vec<Hire>,
}

/// An outlet with too few people in reach.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lacking {
    /// The outlet.
    pub outlet: usize,
    /// How many may be sent there at all.
    pub in_reach: usize,
    /// How many may not, by the rule that keeps them out.
    pub kept_out: Vec<(Rule, usize)>,
    /// The days on which fewer of those in reach can work than are wanted.
    pub days: Vec<usize>,
}

/// A day with too few people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ThinDay {
    /// The day.
    pub day: usize,
    /// People wanted.
    pub posts: i64,
    /// People who can work.
    pub people: i64,
}

/// A week with too few people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ThinWeek {
    /// Its first day in the horizon.
    pub first: usize,
    /// Person-days wanted.
    pub posts: i64,
    /// Person-days that can be worked by the limit on days a week.
    pub person_days: i64,
}

/// A broker who is not there yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hire {
    /// The outlet they would live next to.
    pub outlet: usize,
    /// The least level that brings this.
    pub level: i64,
    /// The gaps they would fill, in person-days.
    pub days: u32,
    /// What the plan would cost less, if all they did was to fill gaps.
    pub saved: i64,
}

/// What would help a plan.
pub fn hints(instance: &Instance, state: &State<'_>) -> Hints {
    let problem = state.problem();
    Hints {
        lacking: (0..problem.outlets).filter_map(|o| lacking(instance, problem, o)).collect(),
        thin_days: (0..problem.days).filter_map(|day| thin_day(problem, day)).collect(),
        thin_weeks: problem.weeks.iter().filter_map(|&week| thin_week(problem, week)).collect(),
        hires: hires(instance, state),
    }
}

fn lacking(instance: &Instance, problem: &Problem, o: usize) -> Option<Lacking> {
    let can = |day: usize| problem.near[o].iter().filter(|&&b| problem.available[b as usize] >> day & 1 == 1).count();
    let wanted = |day: usize| usize::from(problem.demand[o * problem.days + day]);
    let days: Vec<usize> = (0..problem.days).filter(|&day| wanted(day) > 0 && can(day) < wanted(day)).collect();
    if days.is_empty() {
        return None;
    }
    let mut rules: Vec<Rule> = (0..problem.brokers).filter_map(|b| forbids(instance, problem, b, o)).collect();
    rules.sort_unstable();
    let kept_out = rules.chunk_by(|one, next| one == next).map(|rules| (rules[0], rules.len())).collect();
    Some(Lacking { outlet: o, in_reach: problem.near[o].len(), kept_out, days })
}

fn thin_day(problem: &Problem, day: usize) -> Option<ThinDay> {
    let people = problem.available.iter().filter(|days| **days >> day & 1 == 1).count() as i64;
    let posts = posts(problem, 1 << day);
    (posts > people).then_some(ThinDay { day, posts, people })
}

fn thin_week(problem: &Problem, week: Days) -> Option<ThinWeek> {
    let works = |b: usize| i64::from((problem.available[b] & week).count_ones().min(problem.per_week[b]));
    let person_days = (0..problem.brokers).map(works).sum();
    let posts = posts(problem, week);
    (posts > person_days).then_some(ThinWeek { first: week.trailing_zeros() as usize, posts, person_days })
}

/// People wanted on some days.
fn posts(problem: &Problem, days: Days) -> i64 {
    let wanted = problem.demand.iter().enumerate().filter(|(i, _)| days >> (i % problem.days) & 1 == 1);
    wanted.map(|(_, &n)| i64::from(n)).sum()
}

/// The gaps of a plan, and a broker like the others to fill them.
struct Vacancies<'a> {
    problem: &'a Problem,
    missing: Vec<u16>,
    gaps: Vec<Days>,
    /// Whose days a week and in a row are taken as usual.
    like: usize,
    max_km: f64,
}

/// Where one more broker would help most.
fn hires(instance: &Instance, state: &State<'_>) -> Vec<Hire> {
    let problem = state.problem();
    let mut usual: Vec<usize> = (0..problem.brokers).collect();
    usual.sort_by(|&p, &q| instance.brokers[p].max_km.total_cmp(&instance.brokers[q].max_km));
    let Some(&middle) = usual.get(usual.len() / 2) else { return Vec::new() };
    usual.sort_by_key(|&b| (problem.per_week[b], problem.in_a_row[b]));
    let mut vacancies = Vacancies {
        problem,
        missing: (0..problem.outlets * problem.days)
            .map(|i| state.missing(i / problem.days, i % problem.days) as u16)
            .collect(),
        gaps: state.gaps.clone(),
        like: usual[usual.len() / 2],
        max_km: instance.brokers[middle].max_km,
    };
    (0..MOST_HIRES).map_while(|_| vacancies.best(instance)).collect()
}

impl Vacancies<'_> {
    /// The hire that saves most; their work is taken off the gaps.
    fn best(&mut self, instance: &Instance) -> Option<Hire> {
        let cost = |o: usize| self.problem.gap_cost[o] * i64::from(self.gaps[o].count_ones());
        let mut places: Vec<usize> = (0..self.problem.outlets).filter(|&o| cost(o) > 0).collect();
        places.sort_by_key(|&o| std::cmp::Reverse(cost(o)));
        places.truncate(MOST_PLACES);
        let mut levels: Vec<i64> = instance.outlets.iter().map(|o| o.min_level).collect();
        levels.sort_unstable();
        levels.dedup();
        let mut best: Option<(Hire, Vec<(usize, Days)>)> = None;
        for &at in &places {
            for &level in &levels {
                let (saved, work) = self.work(instance, at, level);
                if saved > best.as_ref().map_or(0, |(hire, _)| hire.saved) {
                    let days = work.iter().map(|(_, days)| days.count_ones()).sum();
                    best = Some((Hire { outlet: at, level, days, saved }, work));
                }
            }
        }
        let (hire, work) = best?;
        for (o, days) in work {
            for day in super::explain::days(days) {
                let missing = &mut self.missing[o * self.problem.days + day];
                *missing -= 1;
                if *missing == 0 {
                    self.gaps[o] &= !(1 << day);
                }
            }
        }
        Some(hire)
    }

    /// What somebody of a level who lives next to an outlet would do, the best outlet first, and what it saves.
    fn work(&self, instance: &Instance, at: usize, level: i64) -> (i64, Vec<(usize, Days)>) {
        let problem = self.problem;
        let away = |o: usize| kilometres(problem.outlet_at[at], problem.outlet_at[o]);
        let mut reach: Vec<(usize, i64)> = (0..problem.outlets)
            .filter(|&o| self.gaps[o] != 0 && instance.outlets[o].min_level <= level)
            .map(|o| (o, away(o)))
            .filter(|(_, km)| *km <= self.max_km)
            .map(|(o, km)| (o, problem.gap_cost[o] - problem.km_cost * whole(km)))
            .collect();
        let (mut saved, mut busy, mut work) = (0, 0, Vec::new());
        loop {
            let gain = |&(o, each): &(usize, i64)| {
                let open = self.gaps[o] & all(problem.days) & !busy;
                let days = if open == 0 { 0 } else { problem.fit(self.like, busy, open, true) };
                (each * i64::from(days.count_ones()) - problem.face_cost[o], o, days)
            };
            let best = reach.iter().map(gain).max_by_key(|&(gain, o, _)| (gain, std::cmp::Reverse(o)));
            match best {
                Some((gain, o, days)) if gain > 0 => {
                    (saved, busy) = (saved + gain, busy | days);
                    work.push((o, days));
                    reach.retain(|&(other, _)| other != o);
                }
                _ => return (saved, work),
            }
        }
    }
}
