//! What each part of an outlet may be, by itself.

use chrono::NaiveTime;

use super::{OpenHours, OpeningInput, Place};
use crate::error::Faults;
use crate::outlets::naming::Tier;
use crate::outlets::phase::Phase;
use crate::place::{Datum, Point, check_radius};
use crate::text::{self, TextError};

/// A text that may be left out: empty counts as left out.
pub(super) fn optional(text: Option<&String>, max: usize) -> std::result::Result<Option<String>, &'static str> {
    match text.map(|t| text::clean_name(&text::one_line(t), max)) {
        None | Some(Err(TextError::Empty)) => Ok(None),
        Some(Ok(text)) => Ok(Some(text)),
        Some(Err(error)) => Err(error.code()),
    }
}

pub(super) fn plain(text: Option<&String>, max: usize) -> std::result::Result<String, &'static str> {
    Ok(optional(text, max)?.unwrap_or_default())
}

pub(super) fn note(text: Option<&String>) -> std::result::Result<String, &'static str> {
    let note = text::clean_note(text.map_or("", String::as_str), 2000).map_err(TextError::code)?;
    match text::sensitive::find(&note) {
        Some(found) => Err(found.code()),
        None => Ok(note),
    }
}

/// The most brokers that an outlet wants on a day.
const MOST_WANTED: f64 = 20.0;

pub(super) fn wanted(faults: &mut Faults, n: f64) -> Option<i32> {
    let whole = faults.take("wanted_brokers", if n.fract() == 0.0 { Ok(n) } else { Err("not_whole") })?;
    Some(faults.within("wanted_brokers", whole, 0.0..=MOST_WANTED)? as i32)
}

/// The most people who come to an outlet on a day.
const MOST_FOOTFALL: f64 = 100_000.0;
const MOST_ASSETS: f64 = 1e14;

/// How many people come to an outlet on a usual day: a whole number.
///
/// # Errors
/// `out_of_range`.
pub fn footfall(n: f64) -> std::result::Result<i32, &'static str> {
    let whole = n.fract() == 0.0 && (0.0..=MOST_FOOTFALL).contains(&n);
    if whole { Ok(n as i32) } else { Err("out_of_range") }
}

/// What the clients of an outlet keep here: fen, up to a trillion yuan.
///
/// # Errors
/// `out_of_range`.
pub fn assets(n: f64) -> std::result::Result<i64, &'static str> {
    let whole = n.fract() == 0.0 && (0.0..=MOST_ASSETS).contains(&n);
    if whole { Ok(n as i64) } else { Err("out_of_range") }
}

/// The name of an outlet: one line, at most 200 characters.
///
/// # Errors
/// `required`, `too_long`, `control_character`.
pub fn outlet_name(text: &str) -> std::result::Result<String, &'static str> {
    text::clean_name(text, 200).map_err(TextError::code)
}

/// The name of a bank: one line, at most 100 characters.
///
/// # Errors
/// `required`, `too_long`, `control_character`.
pub fn bank_name(text: &str) -> std::result::Result<String, &'static str> {
    text::clean_name(text, 100).map_err(TextError::code)
}

pub(super) fn tier(text: &str) -> std::result::Result<Tier, &'static str> {
    Tier::parse(text).ok_or("unknown_value")
}

pub(super) fn phase(text: &str) -> std::result::Result<Phase, &'static str> {
    Phase::parse(text).ok_or("unknown_value")
}

pub(super) fn datum(text: Option<&String>) -> std::result::Result<Datum, &'static str> {
    text.map_or(Ok(Datum::Wgs84), |t| Datum::parse(t).ok_or("unknown_value"))
}

/// Whole metres of a fence's radius.
///
/// # Errors
/// `not_finite`, `out_of_range`, `not_whole`.
pub fn radius(metres: f64) -> std::result::Result<i32, &'static str> {
    check_radius(metres).map_err(|e| e.code())?;
    // Below 10,000, so that the cast loses nothing.
    if metres.fract() == 0.0 { Ok(metres as i32) } else { Err("not_whole") }
}

/// Reads the two numbers of a place: together or not at all.
pub(super) fn place(faults: &mut Faults, lat: Option<f64>, lon: Option<f64>, datum: Datum) -> Option<Place> {
    match (lat, lon) {
        (None, None) => None,
        (Some(_), None) => {
            faults.add("lon", "required");
            None
        }
        (None, Some(_)) => {
            faults.add("lat", "required");
            None
        }
        (Some(lat), Some(lon)) => match Point::parse(lat, lon) {
            Ok(given) => Some(Place::new(given, datum)),
            Err(wrong) => {
                wrong.iter().for_each(|(field, fault)| faults.add(*field, fault.code()));
                None
            }
        },
    }
}

fn clock(text: &str) -> std::result::Result<NaiveTime, &'static str> {
    let is_clock = text.len() == 5 && text.as_bytes()[2] == b':';
    NaiveTime::parse_from_str(text, "%H:%M").ok().filter(|_| is_clock).ok_or("not_a_clock_time")
}

/// Checks opening hours and puts them in order.
pub(super) fn opening(faults: &mut Faults, given: &[OpeningInput]) -> Vec<OpenHours> {
    let mut hours: Vec<(OpenHours, usize)> = Vec::new();
    for (at, one) in given.iter().enumerate() {
        if at >= 50 {
            faults.add("opening", "too_many");
            break;
        }
        let field = |name: &str| format!("opening[{at}].{name}");
        let weekday = faults.within(&field("weekday"), one.weekday, 1..=7);
        let from = faults.take(&field("from"), clock(&one.from));
        let to = faults.take(&field("to"), clock(&one.to));
        let (Some(weekday), Some(from), Some(to)) = (weekday, from, to) else { continue };
        if from >= to {
            faults.add(field("to"), "before_start");
        } else {
            hours.push((OpenHours { weekday: weekday as u8, from, to }, at));
        }
    }
    hours.sort();
    for pair in hours.windows(2) {
        if pair[0].0.weekday == pair[1].0.weekday && pair[1].0.from < pair[0].0.to {
            faults.add(format!("opening[{}].from", pair[1].1), "overlaps");
        }
    }
    hours.into_iter().map(|(hours, _)| hours).collect()
}
