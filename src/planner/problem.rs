//! The instance as the search wants it: indices for ids, a bit for a day, distances looked up.

use super::distance::{kilometres, whole};
use super::instance::{Grade, Instance, Phase};

/// Days of the horizon, one bit each.
pub type Days = u64;

/// Marks a pair that rules 3, 5 or 6 forbid; no distance on Earth is that long.
const NEVER: u16 = u16::MAX;

/// What never changes while a plan is sought.
#[derive(Debug)]
pub struct Problem {
    /// How many brokers.
    pub brokers: usize,
    /// How many outlets.
    pub outlets: usize,
    /// How many days.
    pub days: usize,
    /// The days of each ISO week.
    pub weeks: Vec<Days>,
    /// People wanted, outlet by outlet, day by day.
    pub demand: Vec<u16>,
    /// What a gap at each outlet costs.
    pub gap_cost: Vec<i64>,
    /// What a new face at each outlet costs.
    pub face_cost: Vec<i64>,
    /// The days each broker can work.
    pub available: Vec<Days>,
    /// Shifts a week, by broker.
    pub per_week: Vec<u32>,
    /// Days in a row, by broker.
    pub in_a_row: Vec<u32>,
    /// Where each broker was before.
    pub last: Vec<Option<u16>>,
    /// What a shift there costs for staying too long.
    pub stay_cost: Vec<i64>,
    /// The outlets each broker may be sent to, nearest first.
    pub reach: Vec<Vec<u16>>,
    /// The brokers who may be sent to each outlet, nearest first.
    pub near: Vec<Vec<u32>>,
    /// Those who were at each outlet before.
    pub known: Vec<Vec<u32>>,
    /// Days a broker works before it is more than a fair share.
    pub fair: u32,
    /// What a kilometre costs.
    pub km_cost: i64,
    /// What a day above the fair share costs.
    pub extra_cost: i64,
    /// Latitude and longitude of outlets.
    pub outlet_at: Vec<(f64, f64)>,
    /// Latitude and longitude of brokers.
    pub broker_at: Vec<(f64, f64)>,
    /// The days on which each broker's shift is pinned.
    pub fixed: Vec<Days>,
    /// Where each broker was in the plan that is changed, and when; nowhere if a plan is made from scratch.
    pub was: Vec<Vec<(u16, Days)>>,
    /// The days each broker worked in that plan.
    pub worked: Vec<Days>,
    /// What it costs to change a person's day in it.
    pub change_cost: i64,
    /// How dear the weights make a step, against the model's usual ones.
    pub scale: f64,
    km: Vec<u16>,
}

impl Problem {
    /// Prepares a checked instance.
    pub fn new(instance: &Instance) -> Problem {
        let days = instance.horizon.days;
        let index = instance.outlet_index();
        let at = |id: &str| index.get(id).map(|&o| o as u16);
        let weights = &instance.weights;
        let brokers = instance.brokers.len();
        let last: Vec<Option<u16>> = instance.brokers.iter().map(|b| b.last_outlet.as_deref().and_then(at)).collect();
        let overstays = |b: usize, o: u16| {
            instance.outlets[usize::from(o)].phase == Phase::Established
                && instance.brokers[b].last_outlet_weeks >= instance.rotation_weeks
        };
        let total: i64 = instance.outlets.iter().flat_map(|o| &o.demand).sum();
        let mut problem = Problem {
            brokers,
            outlets: instance.outlets.len(),
            days,
            weeks: weeks(instance),
            demand: instance.outlets.iter().flat_map(|o| o.demand.iter().map(|&n| n as u16)).collect(),
            gap_cost: instance.outlets.iter().map(|o| gap_cost(instance, o.grade)).collect(),
            face_cost: instance
                .outlets
                .iter()
                .map(|o| match o.phase {
                    Phase::Launch => weights.new_face.launch,
                    Phase::Established => weights.new_face.established,
                })
                .collect(),
            available: instance
                .brokers
                .iter()
                .map(|b| b.unavailable.iter().fold(all(days), |m, d| m & !(1 << d)))
                .collect(),
            per_week: instance.brokers.iter().map(|b| b.max_days_per_week as u32).collect(),
            in_a_row: instance.brokers.iter().map(|b| b.max_consecutive.min(days as i64) as u32).collect(),
            stay_cost: (0..brokers)
                .map(|b| match last[b] {
                    Some(o) if overstays(b, o) => weights.overstay,
                    _ => 0,
                })
                .collect(),
            last,
            reach: vec![Vec::new(); brokers],
            near: vec![Vec::new(); instance.outlets.len()],
            known: vec![Vec::new(); instance.outlets.len()],
            fair: u32::try_from(total.unsigned_abs().div_ceil((brokers as u64).max(1))).unwrap_or(u32::MAX),
            km_cost: weights.km,
            extra_cost: weights.imbalance,
            outlet_at: instance.outlets.iter().map(|o| (o.lat, o.lon)).collect(),
            broker_at: instance.brokers.iter().map(|b| (b.lat, b.lon)).collect(),
            fixed: vec![0; brokers],
            was: vec![Vec::new(); brokers],
            worked: vec![0; brokers],
            change_cost: 0,
            scale: scale(instance),
            km: vec![NEVER; brokers * instance.outlets.len()],
        };
        problem.measure(instance);
        problem
    }

    /// Fills in who may be sent where, and how far it is.
    fn measure(&mut self, instance: &Instance) {
        for (b, broker) in instance.brokers.iter().enumerate() {
            for (o, outlet) in instance.outlets.iter().enumerate() {
                if broker.level < outlet.min_level || broker.not_welcome_at.contains(&outlet.id) {
                    continue;
                }
                let km = kilometres((broker.lat, broker.lon), (outlet.lat, outlet.lon));
                if km <= broker.max_km {
                    self.km[b * self.outlets + o] = whole(km) as u16;
                    self.reach[b].push(o as u16);
                    self.near[o].push(b as u32);
                    if self.last[b] == Some(o as u16) {
                        self.known[o].push(b as u32);
                    }
                }
            }
        }
        let (km, outlets) = (&self.km, self.outlets);
        for (b, reach) in self.reach.iter_mut().enumerate() {
            reach.sort_by_key(|&o| km[b * outlets + usize::from(o)]);
        }
        for (o, near) in self.near.iter_mut().enumerate() {
            near.sort_by_key(|&b| km[b as usize * outlets + o]);
        }
    }

    /// Whether a broker may be sent to an outlet at all.
    #[inline]
    pub fn may(&self, b: usize, o: usize) -> bool {
        self.km[b * self.outlets + o] != NEVER
    }

    /// Whole kilometres from a broker to an outlet they may be sent to.
    #[inline]
    pub fn km(&self, b: usize, o: usize) -> i64 {
        i64::from(self.km[b * self.outlets + o])
    }

    /// What each shift of a broker at an outlet costs: the way, and having been there too long.
    #[inline]
    pub fn shift_cost(&self, b: usize, o: usize) -> i64 {
        let stay = if self.last[b] == Some(o as u16) { self.stay_cost[b] } else { 0 };
        self.km_cost * self.km(b, o) + stay
    }

    /// What a broker's first shift at an outlet costs.
    #[inline]
    pub fn first_cost(&self, b: usize, o: usize) -> i64 {
        if self.last[b] == Some(o as u16) { 0 } else { self.face_cost[o] }
    }

    /// What a number of days costs a broker's fairness.
    #[inline]
    pub fn load_cost(&self, days: u32) -> i64 {
        self.extra_cost * i64::from(days.saturating_sub(self.fair))
    }

    /// What it changes to send a broker to an outlet on days that are idle: back to what was, away from what was idle, or
    /// to another outlet than it was, which is no better and no worse than idle.
    #[inline]
    pub fn change(&self, b: usize, o: usize, days: Days) -> i64 {
        if self.change_cost == 0 {
            return 0;
        }
        let was = self.was[b].iter().find(|(outlet, _)| usize::from(*outlet) == o).map_or(0, |(_, was)| was & days);
        let idle = days & !self.worked[b];
        self.change_cost * (i64::from(idle.count_ones()) - i64::from(was.count_ones()))
    }

    /// Rules 7 and 8 for a broker who works these days.
    #[inline]
    pub fn keeps(&self, b: usize, work: Days) -> bool {
        self.weeks.iter().all(|week| (work & week).count_ones() <= self.per_week[b]) && self.too_long(b, work) == 0
    }

    /// The days on which a run begins that is a day longer than the broker may work in a row.
    #[inline]
    fn too_long(&self, b: usize, work: Days) -> Days {
        let row = self.in_a_row[b];
        if row >= 64 {
            return 0;
        }
        (0..row).fold(work, |starts, _| starts & (starts >> 1))
    }

    /// As many of the days in `more` as a broker who works `base` can add by rules 7 and 8; the earliest are kept if
    /// `early`, the latest otherwise.
    #[inline]
    pub fn fit(&self, b: usize, base: Days, mut more: Days, early: bool) -> Days {
        let drop = |days: Days| if early { 1 << (63 - days.leading_zeros()) } else { days & days.wrapping_neg() };
        for week in &self.weeks {
            while (((base | more) & week).count_ones() > self.per_week[b]) && more & week != 0 {
                more &= !drop(more & week);
            }
        }
        loop {
            let starts = self.too_long(b, base | more);
            if starts == 0 {
                return more;
            }
            // The bits of the first run that is too long; one of its added days must go.
            let first = starts.trailing_zeros();
            let run = (((1u128 << (self.in_a_row[b] + 1)) - 1) << first) as Days;
            match more & run {
                0 => return 0,
                added => more &= !drop(added),
            }
        }
    }
}

/// All days of a horizon.
pub fn all(days: usize) -> Days {
    if days >= 64 { Days::MAX } else { (1 << days) - 1 }
}

fn gap_cost(instance: &Instance, grade: Grade) -> i64 {
    let costs = &instance.weights.uncovered;
    match grade {
        Grade::A => costs.a,
        Grade::B => costs.b,
        Grade::C => costs.c,
    }
}

/// What the softer parts weigh together, against 120 + 30 + 80 + 15 and ten kilometres.
fn scale(instance: &Instance) -> f64 {
    let w = &instance.weights;
    let soft = w.new_face.launch + w.new_face.established + w.overstay + w.imbalance + 10 * w.km;
    let hard = w.uncovered.a.max(w.uncovered.b).max(w.uncovered.c);
    if soft > 0 { soft as f64 / 255.0 } else { hard as f64 / 1000.0 }
}

/// The days of each ISO week that the horizon touches.
fn weeks(instance: &Instance) -> Vec<Days> {
    use chrono::Datelike;
    let mut weeks: Vec<Days> = Vec::new();
    for (day, date) in instance.horizon.start.iter_days().take(instance.horizon.days).enumerate() {
        if day == 0 || date.weekday() == chrono::Weekday::Mon {
            weeks.push(0);
        }
        if let Some(week) = weeks.last_mut() {
            *week |= 1 << day;
        }
    }
    weeks
}
