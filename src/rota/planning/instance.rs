//! From a branch's book of rules to an instance for the planner: who is wanted where, who can be sent, and what stays as it is. Pure.
//!
//! The planner's weeks are whole: a period that begins or ends within one is widened to it, and what stands on the days outside the period stays. What is to
//! stay but breaks a rule of the planner (somebody sent farther than they may be, say) is left out of what it sees: that broker is taken for away on that day,
//! and one fewer is wanted there.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{Datelike, Days, NaiveDate};

use super::facts::Facts;
use super::weights::Weights;
use crate::db::Id;
use crate::planner::{self, Horizon, Instance, Phase, Pin, Plan, Shift, Wish};
use crate::rota::posts::{Place, Post, Posts};
use crate::rota::rules::{Book, Published, days};

/// The most days of a horizon.
const LONGEST: i64 = 64;
/// No two places on Earth are farther apart, in kilometres: for who has no home on record.
const ANYWHERE: f64 = 25_000.0;
/// More pairs of broker and outlet than this are not planned at once.
const MOST_PAIRS: usize = 20_000_000;

crate::text_enum! {
    /// What of a rota stays as it is while the planner draws up the rest.
    pub enum Keep: Text {
        /// Everything that stands: only gaps are filled.
        All = "all",
        /// What was published.
        Published = "published",
        /// Nothing but what somebody checked in for.
        Nothing = "nothing",
    }
}

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Ask {
    /// The first date.
    pub from: NaiveDate,
    /// The last date.
    pub to: NaiveDate,
    /// What stays.
    pub keep: Keep,
    /// What a changed day costs; where nothing stays it says nothing.
    pub change_cost: i64,
    /// What matters how much.
    pub weights: Weights,
    /// The branch's date.
    pub today: NaiveDate,
}

/// The days that the planner looks at for a period: whole weeks, as far as they fit.
pub fn widened(from: NaiveDate, to: NaiveDate) -> (NaiveDate, NaiveDate) {
    let monday = from - Days::new(u64::from(from.weekday().num_days_from_monday()));
    let sunday = to + Days::new(6 - u64::from(to.weekday().num_days_from_monday()));
    let start = if (to - monday).num_days() < LONGEST { monday } else { from };
    let end = if (sunday - start).num_days() < LONGEST { sunday } else { to };
    (start, end)
}

/// How things are.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// The rules, of all days that the planner looks at, with the weeks before.
    pub book: &'a Book,
    /// Levels, homes, grades.
    pub facts: &'a Facts,
    /// What stands, with a draft laid over it where there is one.
    pub base: &'a Posts,
    /// What stands.
    pub live: &'a Posts,
    /// The days that somebody checked in for.
    pub used: &'a BTreeSet<Place>,
    /// Which dates were published.
    pub published: &'a Published,
}

/// An instance and what its places mean.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// For the planner.
    pub instance: Instance,
    /// What is asked besides.
    pub wish: Wish,
    /// What there is now, as a plan.
    pub now: Plan,
    /// The first date asked for.
    pub from: NaiveDate,
    /// The last date asked for.
    pub to: NaiveDate,
    /// Where everybody is now.
    pub base: Posts,
    /// What stays, whatever the planner says.
    pub fixed: BTreeSet<Place>,
    /// The post behind each pin.
    pub pinned: Vec<Place>,
}

/// Why there is nothing to plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nothing {
    /// No broker can be sent.
    Brokers,
    /// No outlet wants anybody on these days.
    Outlets,
    /// More than can be planned at once.
    TooMuch,
}

impl Nothing {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Nothing::Brokers => "no_brokers",
            Nothing::Outlets => "nobody_wanted",
            Nothing::TooMuch => "too_much",
        }
    }
}

/// Makes the instance.
///
/// # Errors
/// Where there is nothing to plan.
pub fn prepare(seen: Seen<'_>, ask: &Ask) -> Result<Prepared, Nothing> {
    let making = Making::new(seen, ask);
    let prepared = making.finish();
    let instance = &prepared.instance;
    match () {
        () if instance.brokers.is_empty() => Err(Nothing::Brokers),
        () if instance.outlets.iter().all(|o| o.demand.iter().all(|n| *n == 0)) => Err(Nothing::Outlets),
        () if instance.brokers.len() * instance.outlets.len() > MOST_PAIRS => Err(Nothing::TooMuch),
        () => Ok(prepared),
    }
}

struct Making<'a> {
    seen: Seen<'a>,
    ask: &'a Ask,
    brokers: Vec<Id>,
    outlets: Vec<Id>,
    broker_at: HashMap<Id, usize>,
    outlet_at: HashMap<Id, usize>,
    fixed: BTreeMap<Place, Post>,
}

impl<'a> Making<'a> {
    fn new(seen: Seen<'a>, ask: &'a Ask) -> Making<'a> {
        let known =
            |id: &Id| seen.book.brokers.get(id).is_some_and(|b| b.enabled) && seen.facts.brokers.contains_key(id);
        let brokers: Vec<Id> = seen.book.brokers.keys().copied().filter(known).collect();
        let fixed: BTreeMap<Place, Post> =
            seen.base.iter().filter(|(place, post)| stays(seen, ask, **place, post)).map(|(k, v)| (*k, *v)).collect();
        let mut used: BTreeSet<Id> = fixed.values().map(|post| post.outlet_id).collect();
        used.extend(brokers.iter().filter_map(|b| seen.book.stays.usual(*b)).map(|(outlet, _)| outlet));
        let wanted = |id: &Id| days(ask.from, ask.to).any(|date| seen.book.wanted(*id, date) > 0);
        let outlets: Vec<Id> = seen.book.outlets.keys().copied().filter(|id| used.contains(id) || wanted(id)).collect();
        let places = |all: &[Id]| all.iter().enumerate().map(|(at, id)| (*id, at)).collect();
        let (broker_at, outlet_at) = (places(&brokers), places(&outlets));
        Making { seen, ask, brokers, outlets, broker_at, outlet_at, fixed }
    }

    fn day(&self, date: NaiveDate) -> usize {
        usize::try_from((date - self.seen.book.from).num_days()).unwrap_or_default()
    }

    fn finish(self) -> Prepared {
        let book = self.seen.book;
        let centre = centre(book);
        let somebody_has_a_home = self.brokers.iter().any(|b| self.seen.facts.brokers[b].home.is_some());
        let mut weights = self.ask.weights.planner();
        if !somebody_has_a_home {
            weights.km = 0;
        }
        let instance = Instance {
            horizon: Horizon { start: book.from, days: self.day(book.to) + 1 },
            rotation_weeks: i64::from(book.rotation_weeks),
            weights,
            outlets: self.outlets.iter().map(|id| self.outlet(*id, centre)).collect(),
            brokers: self.brokers.iter().map(|id| self.broker(*id, centre)).collect(),
        };
        let known = |(place, post): &(&Place, &Post)| {
            self.broker_at.contains_key(&place.0) && self.outlet_at.contains_key(&post.outlet_id)
        };
        let pinned: Vec<Place> = self.fixed.iter().filter(known).map(|(place, _)| *place).collect();
        let pin = |place: &Place| Pin {
            broker: self.broker_at[&place.0],
            outlet: self.outlet_at[&self.fixed[place].outlet_id],
            day: self.day(place.1),
        };
        let pins = pinned.iter().map(pin).collect();
        let now = self.now();
        let current = (self.ask.keep != Keep::Nothing).then(|| now.clone());
        Prepared {
            wish: Wish { pins, current, change_cost: self.ask.change_cost },
            instance,
            now,
            from: self.ask.from,
            to: self.ask.to,
            base: self.seen.base.clone(),
            fixed: self.fixed.keys().copied().collect(),
            pinned,
        }
    }

    /// What there is, as far as the planner knows who and where.
    fn now(&self) -> Plan {
        let known = |(place, post): &(&Place, &Post)| {
            self.broker_at.contains_key(&place.0) && self.outlet_at.contains_key(&post.outlet_id)
        };
        let shift = |(place, post): (&Place, &Post)| Shift {
            broker: place.0.to_string(),
            outlet: post.outlet_id.to_string(),
            day: self.day(place.1),
        };
        Plan { shifts: self.seen.base.iter().filter(known).map(shift).collect() }
    }

    fn outlet(&self, id: Id, centre: (f64, f64)) -> planner::Outlet {
        let (book, facts) = (self.seen.book, self.seen.facts.outlets.get(&id));
        let found = &book.outlets[&id];
        let (lat, lon) = found.point.unwrap_or(centre);
        // Who stays there and is among those who are planned, and who stays and is not (suspended since).
        let (mut staying, mut others) = (vec![0i64; self.day(book.to) + 1], vec![0i64; self.day(book.to) + 1]);
        for ((broker, date), _) in self.fixed.iter().filter(|(_, post)| post.outlet_id == id) {
            let count = if self.broker_at.contains_key(broker) { &mut staying } else { &mut others };
            count[self.day(*date)] += 1;
        }
        let demand = days(book.from, book.to).map(|date| {
            let (day, open) = (self.day(date), (self.ask.from.max(self.ask.today)..=self.ask.to).contains(&date));
            let wanted = if open { book.wanted(id, date) as i64 } else { 0 };
            (wanted - others[day]).max(staying[day])
        });
        planner::Outlet {
            id: id.to_string(),
            name: found.name.clone(),
            lat,
            lon,
            grade: facts.map_or(planner::Grade::B, |f| f.grade),
            phase: if found.phase == "launch" { Phase::Launch } else { Phase::Established },
            min_level: facts.map_or(1, |f| f.min_level),
            demand: demand.collect(),
        }
    }

    fn broker(&self, id: Id, centre: (f64, f64)) -> planner::Broker {
        let (book, facts) = (self.seen.book, &self.seen.facts.brokers[&id]);
        let expires = book.brokers[&id].certificate_expires_on;
        let (lat, lon) = facts.home.unwrap_or(centre);
        let away = |date: &NaiveDate| book.on_leave(id, *date) || expires.is_some_and(|last| last < *date);
        let unavailable = days(book.from, book.to)
            .filter(|date| away(date) && !self.fixed.contains_key(&(id, *date)))
            .map(|date| self.day(date));
        let unwanted = |outlet: &&Id| days(book.from, book.to).any(|date| book.not_welcome(id, **outlet, date));
        let last = book.stays.usual(id).filter(|(outlet, _)| self.outlet_at.contains_key(outlet));
        planner::Broker {
            id: id.to_string(),
            lat,
            lon,
            level: facts.level,
            max_km: facts.home.and(facts.max_km).map_or(ANYWHERE, |km| km as f64),
            max_days_per_week: self.seen.facts.limits.max_days_per_week,
            max_consecutive: self.seen.facts.limits.max_consecutive,
            unavailable: unavailable.collect(),
            not_welcome_at: self.outlets.iter().filter(unwanted).map(ToString::to_string).collect(),
            last_outlet: last.map(|(outlet, _)| outlet.to_string()),
            last_outlet_weeks: last.map_or(0, |(_, since)| (book.from - since).num_days() / 7),
        }
    }
}

/// Whether a post stays as it is: what was used and what is past always, what a rule forbids by now never, and the rest as asked.
fn stays(seen: Seen<'_>, ask: &Ask, place: Place, post: &Post) -> bool {
    let (broker, date) = place;
    if seen.used.contains(&place) || date < ask.today {
        return true;
    }
    if seen.book.judge(broker, post.outlet_id, date, post.starts_at, post.ends_at).is_err() {
        return false;
    }
    let published = || seen.published.holds(date) && seen.live.get(&place).is_some_and(|live| live == post);
    let outside = !(ask.from..=ask.to).contains(&date);
    outside || date == ask.today || ask.keep == Keep::All || (ask.keep == Keep::Published && published())
}

/// The middle of the branch's outlets: where those are taken to be of whom no place is known.
fn centre(book: &Book) -> (f64, f64) {
    let points: Vec<(f64, f64)> = book.outlets.values().filter_map(|o| o.point).collect();
    let n = (points.len() as f64).max(1.0);
    let sum = points.iter().fold((0.0, 0.0), |(lat, lon), p| (lat + p.0, lon + p.1));
    (sum.0 / n, sum.1 / n)
}

impl Prepared {
    /// Leaves some pins to themselves: the planner takes their brokers for away on those days, and wants one fewer there.
    pub fn set_aside(&mut self, wrong: &BTreeSet<usize>) {
        let mut gone: BTreeSet<(String, usize)> = BTreeSet::new();
        for at in wrong.iter().copied().filter(|at| *at < self.wish.pins.len()) {
            let Pin { broker, outlet, day } = self.wish.pins[at];
            self.instance.outlets[outlet].demand[day] -= 1;
            self.instance.brokers[broker].unavailable.push(day);
            gone.insert((self.instance.brokers[broker].id.clone(), day));
        }
        let stays = |shift: &Shift| !gone.contains(&(shift.broker.clone(), shift.day));
        self.now.shifts.retain(&stays);
        if let Some(current) = &mut self.wish.current {
            current.shifts.retain(&stays);
        }
        let keep = |at: &usize| !wrong.contains(at);
        let left = |n: usize| (0..n).filter(keep);
        self.wish.pins = left(self.wish.pins.len()).map(|at| self.wish.pins[at]).collect();
        self.pinned = left(self.pinned.len()).map(|at| self.pinned[at]).collect();
    }

    /// Leaves gaps open that were there before, but for those of some outlets and days.
    pub fn fill_only(&mut self, these: &BTreeSet<(Id, NaiveDate)>) {
        let mut standing: HashMap<(&str, usize), i64> = HashMap::new();
        for shift in &self.now.shifts {
            *standing.entry((&shift.outlet, shift.day)).or_default() += 1;
        }
        let wanted: BTreeSet<(String, NaiveDate)> = these.iter().map(|(id, date)| (id.to_string(), *date)).collect();
        let start = self.instance.horizon.start;
        for outlet in &mut self.instance.outlets {
            for (day, demand) in outlet.demand.iter_mut().enumerate() {
                let date = start + Days::new(day as u64);
                if !wanted.contains(&(outlet.id.clone(), date)) {
                    *demand = (*demand).min(standing.get(&(outlet.id.as_str(), day)).copied().unwrap_or_default());
                }
            }
        }
    }

    /// Whoever left a post is not sent back to it: on days on which they are nowhere now they cannot come.
    pub fn spare(&mut self, broker: Id, left: &BTreeSet<(Id, NaiveDate)>) {
        let (who, start) = (broker.to_string(), self.instance.horizon.start);
        let posted: BTreeSet<usize> = self.now.shifts.iter().filter(|s| s.broker == who).map(|s| s.day).collect();
        let days = left.iter().filter_map(|(_, date)| usize::try_from((*date - start).num_days()).ok());
        let free: BTreeSet<usize> = days.filter(|day| !posted.contains(day)).collect();
        if let Some(broker) = self.instance.brokers.iter_mut().find(|b| b.id == who) {
            let known: BTreeSet<usize> = broker.unavailable.iter().copied().collect();
            broker.unavailable.extend(free.difference(&known));
        }
    }

    /// The date of a day of the horizon.
    pub fn date(&self, day: usize) -> NaiveDate {
        self.instance.horizon.start + Days::new(day as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    #[test]
    fn a_period_is_widened_to_whole_weeks_as_far_as_they_fit() {
        let wide = |from, to| widened(day(from), day(to));
        assert_eq!(wide("2026-12-01", "2026-12-31"), (day("2026-11-30"), day("2027-01-03")));
        assert_eq!(wide("2026-11-23", "2026-11-29"), (day("2026-11-23"), day("2026-11-29")));
        for to in ["2027-01-30", "2027-01-31"] {
            let (start, end) = wide("2026-12-01", to);
            assert!((end - start).num_days() < LONGEST && start <= day("2026-12-01") && end >= day(to));
        }
    }
}
