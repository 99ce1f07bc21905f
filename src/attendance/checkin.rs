//! A check-in as it is asked for: read once at the edge, into what cannot be wrong.

use chrono::{DateTime, Datelike, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Fix, Flag, Verdict};
use crate::db::{At, Id};
use crate::error::{Faults, Result};
use crate::place::{Datum, PositionFault};
use crate::text;

/// The longest remark, in characters.
const REMARK_MAX: usize = 500;

crate::text_enum! {
    /// Coming or leaving.
    #[schema(as = CheckinKind)]
    pub enum Kind: Text {
        /// 签到
        In = "in",
        /// 签退
        Out = "out",
    }
}

/// A check-in as it is sent. The three numbers of the position come together, or with a `reason` not at all.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckinInput {
    /// Made by the client; sent again with the same body the first answer comes back.
    #[schema(required, value_type = Id)]
    pub id: Option<Id>,
    /// Where; left out: the shift's outlet of that day, else the nearest of the branch within 2 km.
    pub outlet_id: Option<Id>,
    /// Coming or leaving.
    #[schema(required, value_type = Kind)]
    pub kind: Option<String>,
    /// When, by the phone: RFC 3339 with an offset.
    #[schema(required, value_type = At)]
    pub at: Option<String>,
    /// Latitude in `datum`, -90 to 90.
    #[schema(minimum = -90.0, maximum = 90.0)]
    pub lat: Option<f64>,
    /// Longitude in `datum`, -180 to 180.
    #[schema(minimum = -180.0, maximum = 180.0)]
    pub lon: Option<f64>,
    /// How good the position is said to be, in metres; -1 or 0 where the phone does not know.
    #[schema(minimum = -1.0, maximum = 100_000.0)]
    pub accuracy_m: Option<f64>,
    /// The coordinate system of the position; WGS-84 where it is left out.
    #[schema(value_type = Option<Datum>)]
    pub datum: Option<String>,
    /// Made without a network and sent later.
    pub offline: Option<bool>,
    /// Why there is no position; at most 500 characters.
    #[schema(max_length = 500)]
    pub reason: Option<String>,
}

/// A check-in, checked.
#[derive(Clone, Debug)]
pub struct NewCheckin {
    /// Its id.
    pub id: Id,
    /// At which outlet, where it was said.
    pub outlet_id: Option<Id>,
    /// Coming or leaving.
    pub kind: Kind,
    /// When, by the phone.
    pub at: At,
    /// Where; none: with a reason.
    pub fix: Option<Fix>,
    /// The coordinate system named, also where no position came with it.
    pub datum: Datum,
    /// Made without a network.
    pub offline: bool,
    /// Why there is no position, or any other remark.
    pub reason: Option<String>,
}

impl NewCheckin {
    /// Checks what was sent.
    ///
    /// # Errors
    /// By field; a position given in part names what is missing, one not given at all asks for `reason`.
    pub fn parse(input: &CheckinInput) -> Result<NewCheckin> {
        let mut faults = Faults::new();
        let id = faults.take("id", input.id.ok_or("required"));
        let kind = faults.take("kind", required(input.kind.as_deref(), Kind::parse));
        let at = faults.take("at", input.at.as_deref().ok_or("required").and_then(instant));
        let datum = match input.datum.as_deref() {
            None => Some(Datum::default()),
            Some(name) => faults.take("datum", Datum::parse(name).ok_or("unknown_value")),
        };
        let reason = input.reason.as_deref().and_then(|given| faults.take("reason", remark(given)).flatten());
        let fix = fix(input, datum.unwrap_or_default(), reason.is_some(), &mut faults);
        match (id, kind, at, datum) {
            (Some(id), Some(kind), Some(at), Some(datum)) if faults.is_empty() => Ok(NewCheckin {
                id,
                outlet_id: input.outlet_id,
                kind,
                at,
                fix,
                datum,
                offline: input.offline.unwrap_or(false),
                reason,
            }),
            _ => Err(faults.into_error()),
        }
    }

    /// What counts as the same request: everything, after parsing and with the defaults filled in.
    pub fn asked(&self) -> serde_json::Value {
        let given = self.fix.map(|fix| (fix.given(), fix.accuracy_m()));
        serde_json::json!([self.id, self.outlet_id, self.kind, self.at, given, self.datum, self.offline, self.reason])
    }
}

fn required<T>(given: Option<&str>, parse: impl Fn(&str) -> Option<T>) -> std::result::Result<T, &'static str> {
    parse(given.ok_or("required")?).ok_or("unknown_value")
}

/// A remark of several lines; an empty one is none.
///
/// # Errors
/// `too_long`, `control_character`, and numbers that no free text may hold.
pub fn remark(given: &str) -> std::result::Result<Option<String>, &'static str> {
    let text = text::clean_note(given, REMARK_MAX).map_err(text::TextError::code)?;
    match text::sensitive::find(&text) {
        Some(found) => Err(found.code()),
        None => Ok(Some(text).filter(|text| !text.is_empty())),
    }
}

/// An RFC 3339 instant that both databases can keep.
///
/// # Errors
/// `not_a_time`, `out_of_range`.
pub fn instant(given: &str) -> std::result::Result<At, &'static str> {
    let given = DateTime::parse_from_rfc3339(given).map_err(|_| "not_a_time")?;
    // A leap second becomes the second after it: no database keeps a 61st.
    let instant = DateTime::<Utc>::from_timestamp_micros(given.timestamp_micros()).ok_or("out_of_range")?;
    if (2..9999).contains(&instant.year()) { Ok(instant.into()) } else { Err("out_of_range") }
}

fn fix(input: &CheckinInput, datum: Datum, has_reason: bool, faults: &mut Faults) -> Option<Fix> {
    let numbers = [
        ("lat", input.lat, -90.0, 90.0),
        ("lon", input.lon, -180.0, 180.0),
        ("accuracy_m", input.accuracy_m, super::fix::ACCURACY_LOW_M, super::fix::ACCURACY_HIGH_M),
    ];
    if let (Some(lat), Some(lon), Some(accuracy)) = (input.lat, input.lon, input.accuracy_m) {
        let read = Fix::parse(lat, lon, accuracy, datum);
        return read.map_err(|found| found.iter().for_each(|(field, f)| faults.add(*field, f.code()))).ok();
    }
    if numbers.iter().all(|(_, given, ..)| given.is_none()) {
        if !has_reason {
            faults.add("reason", "required");
        }
        return None;
    }
    for (field, given, low, high) in numbers {
        match given {
            None => faults.add(field, "required"),
            Some(value) => {
                if let Some(fault) = PositionFault::of(value, low, high) {
                    faults.add(field, fault.code());
                }
            }
        }
    }
    None
}

/// What became of a check-in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CheckinAnswer {
    /// Its id.
    pub id: Id,
    /// The outlet it was judged by; null where none is near.
    pub outlet_id: Option<Id>,
    /// The broker's shift of that day at that outlet.
    pub shift_id: Option<Id>,
    /// What the position says.
    pub verdict: Verdict,
    /// Metres from the position to the outlet's point or polygon, one decimal; null without either.
    pub distance_m: Option<f64>,
    /// Whole minutes after the shift's start, of an `in`; null without a shift.
    pub minutes_late: Option<i32>,
    /// Whole minutes before the shift's end, of an `out`; null without a shift.
    pub minutes_early: Option<i32>,
    /// What a person may want to look at.
    pub flags: Vec<Flag>,
    /// When the server received it.
    pub received_at: At,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;

    fn input() -> CheckinInput {
        CheckinInput {
            id: Some(Id::new()),
            kind: Some("in".into()),
            at: Some("2026-11-23T09:00:00+08:00".into()),
            lat: Some(34.2),
            lon: Some(108.9),
            accuracy_m: Some(20.0),
            ..CheckinInput::default()
        }
    }

    fn faults(input: &CheckinInput) -> Vec<(String, &'static str)> {
        match NewCheckin::parse(input) {
            Err(Error::Invalid(fields)) => fields.into_iter().map(|f| (f.field, f.code)).collect(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_position_comes_whole_or_with_a_reason_not_at_all() {
        let none = CheckinInput { lat: None, lon: None, accuracy_m: None, ..input() };
        assert_eq!(faults(&none), [("reason".into(), "required")]);
        assert_eq!(faults(&CheckinInput { reason: Some(" \n".into()), ..none }), [("reason".into(), "required")]);
        let told = CheckinInput { lat: None, lon: None, accuracy_m: None, reason: Some("flat".into()), ..input() };
        assert!(NewCheckin::parse(&told).unwrap().fix.is_none());
        for reason in [None, Some("flat".to_owned())] {
            let part = CheckinInput { lon: None, reason, ..input() };
            assert_eq!(faults(&part), [("lon".into(), "required")]);
        }
        let part = CheckinInput { lat: Some(91.0), lon: None, accuracy_m: Some(-2.0), ..input() };
        let named = [("lat", "out_of_range"), ("lon", "required"), ("accuracy_m", "out_of_range")];
        assert_eq!(faults(&part), named.map(|(f, c)| (f.to_owned(), c)));
    }

    #[test]
    fn every_missing_field_is_named_at_once() {
        let named: Vec<_> = faults(&CheckinInput::default()).into_iter().map(|(f, _)| f).collect();
        assert_eq!(named, ["id", "kind", "at", "reason"]);
    }

    #[test]
    fn equal_instants_and_defaults_are_the_same_request() {
        let first = input();
        let again = CheckinInput {
            id: first.id,
            at: Some("2026-11-23T01:00:00.000Z".into()),
            datum: Some("wgs84".into()),
            offline: Some(false),
            reason: Some("  ".into()),
            ..input()
        };
        let (first, again) = (NewCheckin::parse(&first).unwrap(), NewCheckin::parse(&again).unwrap());
        assert_eq!(first.asked(), again.asked());
    }

    #[test]
    fn times_are_rfc_3339_and_within_what_is_kept() {
        for (text, want) in [
            ("2026-11-23T09:00:00", Err("not_a_time")),
            ("2026-11-23", Err("not_a_time")),
            ("", Err("not_a_time")),
            ("0001-01-01T00:00:00Z", Err("out_of_range")),
            ("9999-12-31T23:59:59-12:00", Err("out_of_range")),
            ("2016-12-31T23:59:60Z", Ok("2017-01-01T00:00:00Z")),
            ("2026-11-23T09:00:00.123456789+08:00", Ok("2026-11-23T01:00:00.123456Z")),
        ] {
            assert_eq!(instant(text).map(At::rfc3339), want.map(str::to_owned), "{text}");
        }
    }
}
