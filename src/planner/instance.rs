//! The instance as it stands in a file, read strictly: the first thing wrong is told with its place.

use std::collections::HashMap;

use chrono::NaiveDate;
use serde::{Deserialize, Deserializer, de};

/// The largest file that is read at all; the largest real instances are under two megabytes.
pub const LARGEST_FILE: u64 = 16 * 1024 * 1024;
/// The longest horizon: a day is a bit of one machine word.
pub const LONGEST: usize = 64;
/// The most pairs of broker and outlet: what keeps memory bounded (two bytes a pair, and the lists of who is in reach).
pub const MOST_PAIRS: usize = 20_000_000;
const MOST_OUTLETS: usize = 65_000;
/// The most that any weight may be.
pub const HEAVIEST: i64 = 1_000_000_000;
const MOST_DEMAND: i64 = 10_000;
/// The most that the worst plan may cost, so that no sum overflows.
const DEAREST: i128 = 1_000_000_000_000_000_000;
/// Half way around the Earth.
const FARTHEST_KM: i64 = 20_016;

/// The days that are planned.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Horizon {
    /// The first day.
    #[serde(deserialize_with = "date")]
    pub start: NaiveDate,
    /// How many.
    pub days: usize,
}

/// What a missing person-day costs, by the outlet's grade.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ByGrade {
    /// Grade A.
    #[serde(rename = "A")]
    pub a: i64,
    /// Grade B.
    #[serde(rename = "B")]
    pub b: i64,
    /// Grade C.
    #[serde(rename = "C")]
    pub c: i64,
}

/// What a face new to the outlet costs, by the outlet's phase.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ByPhase {
    /// While people still build trust.
    pub launch: i64,
    /// Later.
    pub established: i64,
}

/// What each part of the cost weighs.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Weights {
    /// A missing person-day.
    pub uncovered: ByGrade,
    /// A broker new to an outlet.
    pub new_face: ByPhase,
    /// A shift at an established outlet where the broker has been long enough.
    pub overstay: i64,
    /// A kilometre to a shift.
    pub km: i64,
    /// A day above the fair share.
    pub imbalance: i64,
}

/// How much an outlet matters.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
pub enum Grade {
    /// Most.
    A,
    /// Middling.
    B,
    /// Least.
    C,
}

/// How long the channel has been at an outlet.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// New.
    Launch,
    /// Not new any more.
    Established,
}

/// An outlet and how many people it wants each day.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outlet {
    /// Its id.
    pub id: String,
    /// Its name; for people, the planner does not look at it.
    pub name: String,
    /// Latitude, WGS-84.
    pub lat: f64,
    /// Longitude, WGS-84.
    pub lon: f64,
    /// What a gap there costs.
    pub grade: Grade,
    /// What a new face there costs.
    pub phase: Phase,
    /// The level a broker needs.
    pub min_level: i64,
    /// People wanted, one number a day.
    pub demand: Vec<i64>,
}

/// A broker and what they may do.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Broker {
    /// Their id.
    pub id: String,
    /// Latitude of their home, WGS-84.
    pub lat: f64,
    /// Longitude of their home, WGS-84.
    pub lon: f64,
    /// Their level.
    pub level: i64,
    /// The farthest they may be sent.
    pub max_km: f64,
    /// Shifts in an ISO week.
    pub max_days_per_week: i64,
    /// Days in a row.
    pub max_consecutive: i64,
    /// Days they cannot work.
    pub unavailable: Vec<usize>,
    /// Outlets where the bank does not want them.
    pub not_welcome_at: Vec<String>,
    /// Where they were before the horizon.
    #[serde(deserialize_with = "Option::deserialize")]
    pub last_outlet: Option<String>,
    /// For how long.
    pub last_outlet_weeks: i64,
}

/// Everything the planner is given.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Instance {
    /// The days.
    pub horizon: Horizon,
    /// After how many weeks a broker should leave an established outlet.
    pub rotation_weeks: i64,
    /// What matters how much.
    pub weights: Weights,
    /// The outlets.
    pub outlets: Vec<Outlet>,
    /// The brokers.
    pub brokers: Vec<Broker>,
}

/// A date as `2026-12-07` and in no other form.
fn date<'de, D: Deserializer<'de>>(from: D) -> Result<NaiveDate, D::Error> {
    let text = String::deserialize(from)?;
    NaiveDate::parse_from_str(&text, "%Y-%m-%d")
        .ok()
        .filter(|_| text.len() == 10)
        .ok_or_else(|| de::Error::invalid_value(de::Unexpected::Str(&text), &"a date as 2026-12-07"))
}

impl Instance {
    /// Reads and checks an instance.
    ///
    /// # Errors
    /// One line: the place and what is wrong there.
    pub fn parse(json: &[u8]) -> Result<Instance, String> {
        let mut reader = serde_json::Deserializer::from_slice(json);
        let instance: Instance = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
            let place = error.path().to_string();
            let cause = brief(&error.inner().to_string());
            if place == "." { cause } else { format!("{place}: {cause}") }
        })?;
        reader.end().map_err(|error| brief(&error.to_string()))?;
        instance.check()?;
        Ok(instance)
    }

    /// What the types cannot say.
    fn check(&self) -> Result<(), String> {
        let days = self.horizon.days;
        within("horizon.days", days as i64, 1, LONGEST as i64)?;
        if self.horizon.start.checked_add_days(chrono::Days::new(days as u64)).is_none() {
            return Err("horizon.start: the horizon ends beyond the calendar".into());
        }
        within("rotation_weeks", self.rotation_weeks, 0, HEAVIEST)?;
        self.check_weights()?;
        if self.outlets.len() > MOST_OUTLETS {
            return Err(format!("outlets: {} are more than {MOST_OUTLETS}", self.outlets.len()));
        }
        if self.brokers.len().saturating_mul(self.outlets.len().max(days)) > MOST_PAIRS {
            return Err(format!(
                "{} brokers and {} outlets are more than can be planned at once",
                self.brokers.len(),
                self.outlets.len()
            ));
        }
        let mut outlets = HashMap::with_capacity(self.outlets.len());
        for (i, outlet) in self.outlets.iter().enumerate() {
            once(&mut outlets, "outlets", i, &outlet.id)?;
            outlet.check(days).map_err(|e| format!("outlets[{i}].{e}"))?;
        }
        self.check_sums()?;
        let mut brokers = HashMap::with_capacity(self.brokers.len());
        for (i, broker) in self.brokers.iter().enumerate() {
            once(&mut brokers, "brokers", i, &broker.id)?;
            broker.check(days, &outlets).map_err(|e| format!("brokers[{i}].{e}"))?;
        }
        Ok(())
    }

    fn check_weights(&self) -> Result<(), String> {
        let w = &self.weights;
        for (place, weight) in [
            ("uncovered.A", w.uncovered.a),
            ("uncovered.B", w.uncovered.b),
            ("uncovered.C", w.uncovered.c),
            ("new_face.launch", w.new_face.launch),
            ("new_face.established", w.new_face.established),
            ("overstay", w.overstay),
            ("km", w.km),
            ("imbalance", w.imbalance),
        ] {
            within(&format!("weights.{place}"), weight, 0, HEAVIEST)?;
        }
        Ok(())
    }

    /// Whether the worst plan's cost is a number that can be added up.
    fn check_sums(&self) -> Result<(), String> {
        let w = &self.weights;
        let posts: i64 = self.outlets.iter().flat_map(|o| &o.demand).sum();
        let gap = w.uncovered.a.max(w.uncovered.b).max(w.uncovered.c);
        let shift = FARTHEST_KM * w.km + w.overstay + w.imbalance + w.new_face.launch.max(w.new_face.established);
        let shifts = (self.brokers.len() * self.horizon.days) as i128;
        if i128::from(posts) * i128::from(gap) + shifts * i128::from(shift) > DEAREST {
            return Err(format!("weights: a plan of {posts} posts could cost more than {DEAREST}"));
        }
        Ok(())
    }

    /// Where each outlet stands in the list.
    pub fn outlet_index(&self) -> HashMap<&str, usize> {
        self.outlets.iter().enumerate().map(|(i, o)| (o.id.as_str(), i)).collect()
    }
}

impl Outlet {
    fn check(&self, days: usize) -> Result<(), String> {
        position(self.lat, self.lon)?;
        if self.demand.len() != days {
            return Err(format!("demand: {} numbers for {days} days", self.demand.len()));
        }
        for (day, &people) in self.demand.iter().enumerate() {
            within(&format!("demand[{day}]"), people, 0, MOST_DEMAND)?;
        }
        Ok(())
    }
}

impl Broker {
    fn check(&self, days: usize, outlets: &HashMap<&str, usize>) -> Result<(), String> {
        position(self.lat, self.lon)?;
        if !self.max_km.is_finite() || self.max_km < 0.0 {
            return Err(format!("max_km: {} is not a distance", self.max_km));
        }
        within("max_days_per_week", self.max_days_per_week, 0, 7)?;
        within("max_consecutive", self.max_consecutive, 0, HEAVIEST)?;
        within("last_outlet_weeks", self.last_outlet_weeks, 0, HEAVIEST)?;
        for (i, &day) in self.unavailable.iter().enumerate() {
            if day >= days {
                return Err(format!("unavailable[{i}]: day {day} is outside the horizon of {days} days"));
            }
        }
        for (i, id) in self.not_welcome_at.iter().enumerate() {
            known(outlets, &format!("not_welcome_at[{i}]"), id)?;
        }
        self.last_outlet.as_ref().map_or(Ok(()), |id| known(outlets, "last_outlet", id))
    }
}

fn within(place: &str, value: i64, least: i64, most: i64) -> Result<(), String> {
    if (least..=most).contains(&value) {
        Ok(())
    } else {
        Err(format!("{place}: {value} is not within {least} to {most}"))
    }
}

fn position(lat: f64, lon: f64) -> Result<(), String> {
    // NaN is in no range.
    if !(-90.0..=90.0).contains(&lat) {
        return Err(format!("lat: {lat} is not a latitude"));
    }
    if (-180.0..=180.0).contains(&lon) { Ok(()) } else { Err(format!("lon: {lon} is not a longitude")) }
}

fn once<'a>(seen: &mut HashMap<&'a str, usize>, list: &str, i: usize, id: &'a str) -> Result<(), String> {
    match seen.insert(id, i) {
        None => Ok(()),
        Some(first) => Err(format!("{list}[{i}].id: {} stands at {list}[{first}] already", brief(&format!("{id:?}")))),
    }
}

fn known(outlets: &HashMap<&str, usize>, place: &str, id: &str) -> Result<(), String> {
    if outlets.contains_key(id) { Ok(()) } else { Err(format!("{place}: no outlet {}", brief(&format!("{id:?}")))) }
}

/// One line of bearable length: what is quoted from a file may be megabytes long.
fn brief(text: &str) -> String {
    const LONGEST_LINE: usize = 300;
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if line.chars().count() <= LONGEST_LINE {
        return line;
    }
    let head: String = line.chars().take(LONGEST_LINE / 2).collect();
    let tail: Vec<char> = line.chars().rev().take(LONGEST_LINE / 2).collect();
    format!("{head} … {}", tail.into_iter().rev().collect::<String>())
}
