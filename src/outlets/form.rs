//! The form of an outlet: what was typed, as the same input that the API takes.

use serde::Deserialize;

use super::input::{Given, OpeningInput, OutletInput, OutletPatch};
use super::phase::Phase;
use super::view::{OpeningView, OutletView};
use crate::db::Id;
use crate::error::{Error, Faults, FieldError, Result};
use crate::text::filled;
use crate::text::money::{self, yuan};

/// The fields as they are typed.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OutletForm {
    /// Made by the server with the form, so that a form sent twice is one outlet.
    pub id: String,
    /// The version that the form was filled from.
    pub version: String,
    /// As in the API.
    pub code: String,
    /// As in the API.
    pub name: String,
    /// As in the API.
    pub bank: String,
    /// As in the API.
    pub tier: String,
    /// The code of the outlet above.
    pub parent: String,
    /// As in the API.
    pub phase: String,
    /// Why it moves to another phase.
    pub phase_reason: String,
    /// As in the API.
    pub grade: String,
    /// As in the API.
    pub lat: String,
    /// As in the API.
    pub lon: String,
    /// As in the API.
    pub datum: String,
    /// As in the API.
    pub radius_m: String,
    /// As in the API.
    pub wanted_brokers: String,
    /// As in the API.
    pub footfall: String,
    /// Typed in yuan.
    pub assets_fen: String,
    /// A line `lat,lon` a corner.
    pub fence: String,
    /// As in the API.
    pub address: String,
    /// As in the API.
    pub district: String,
    /// As in the API.
    pub phone: String,
    /// As in the API.
    pub note: String,
    /// As in the API.
    pub branch: String,
    /// `09:00-12:00, 13:00-17:00` of each weekday.
    pub hours_1: String,
    /// Tuesday.
    pub hours_2: String,
    /// Wednesday.
    pub hours_3: String,
    /// Thursday.
    pub hours_4: String,
    /// Friday.
    pub hours_5: String,
    /// Saturday.
    pub hours_6: String,
    /// Sunday.
    pub hours_7: String,
}

/// A number as people type it; a comma of other countries is no number here.
fn number(faults: &mut Faults, field: &str, text: &str) -> Option<f64> {
    let text = filled(text)?;
    faults.take(field, text.parse::<f64>().map_err(|_| "not_a_number"))
}

/// An amount typed in yuan, as fen.
fn fen(faults: &mut Faults, field: &str, text: &str) -> Option<f64> {
    let text = filled(text)?;
    faults.take(field, money::fen(&text).map(|fen| fen as f64).ok_or("not_an_amount"))
}

/// The corners of a pasted fence, a line each: `34.2612, 108.9420`, with a comma, a tab or a space between.
fn fence(faults: &mut Faults, text: &str) -> Option<Vec<[f64; 2]>> {
    filled(text)?;
    let mut corners = Vec::new();
    for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let parts = line.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '，' | '[' | ']'));
        let numbers: std::result::Result<Vec<f64>, _> = parts.filter(|part| !part.is_empty()).map(str::parse).collect();
        match numbers.as_deref() {
            Ok([lat, lon]) => corners.push([*lat, *lon]),
            _ => {
                faults.push(FieldError::new("fence", "not_a_corner").with("line", at + 1));
                return None;
            }
        }
    }
    Some(corners)
}

impl OutletForm {
    /// The form filled from an outlet; `parent` by its code.
    pub fn of(outlet: &OutletView, parent: &str) -> OutletForm {
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        let degrees = |value: Option<f64>| value.map(|v| format!("{v:.7}")).unwrap_or_default();
        let corners = outlet.fence.iter().flatten().map(|[lat, lon]| format!("{lat:.7}, {lon:.7}"));
        let mut form = OutletForm {
            id: outlet.id.to_string(),
            version: outlet.version.to_string(),
            code: outlet.code.clone(),
            name: outlet.name.clone(),
            bank: text(&outlet.bank),
            tier: outlet.tier.map(|t| t.as_str().to_owned()).unwrap_or_default(),
            parent: parent.to_owned(),
            phase: outlet.phase.as_str().to_owned(),
            grade: text(&outlet.grade),
            lat: degrees(outlet.lat),
            lon: degrees(outlet.lon),
            datum: "wgs84".to_owned(),
            radius_m: outlet.radius_m.to_string(),
            wanted_brokers: outlet.wanted_brokers.to_string(),
            footfall: outlet.footfall.map(|n| n.to_string()).unwrap_or_default(),
            assets_fen: outlet.assets_fen.map(yuan).unwrap_or_default(),
            fence: corners.collect::<Vec<_>>().join("\n"),
            address: outlet.address.clone(),
            district: outlet.district.clone(),
            phone: outlet.phone.clone(),
            note: outlet.note.clone(),
            branch: outlet.branch.clone(),
            ..OutletForm::default()
        };
        for day in 1..=7 {
            *form.hours_mut(day) = hours_text(&outlet.opening, day);
        }
        form
    }

    /// An empty form with what most new outlets have.
    pub fn new() -> OutletForm {
        let mut form = OutletForm {
            id: Id(uuid::Uuid::new_v4()).to_string(),
            phase: "prospecting".into(),
            datum: "wgs84".into(),
            radius_m: "150".into(),
            wanted_brokers: "1".into(),
            ..OutletForm::default()
        };
        (1..=5).for_each(|day| *form.hours_mut(day) = "09:00-17:00".into());
        form
    }

    /// The hours of a weekday, 1 to 7.
    pub fn hours(&self, day: i32) -> &str {
        match day {
            1 => &self.hours_1,
            2 => &self.hours_2,
            3 => &self.hours_3,
            4 => &self.hours_4,
            5 => &self.hours_5,
            6 => &self.hours_6,
            _ => &self.hours_7,
        }
    }

    fn hours_mut(&mut self, day: i32) -> &mut String {
        match day {
            1 => &mut self.hours_1,
            2 => &mut self.hours_2,
            3 => &mut self.hours_3,
            4 => &mut self.hours_4,
            5 => &mut self.hours_5,
            6 => &mut self.hours_6,
            _ => &mut self.hours_7,
        }
    }

    /// The hours of all weekdays; a weekday that cannot be read is a fault of its own field.
    fn opening(&self, faults: &mut Faults) -> Vec<OpeningInput> {
        let mut all = Vec::new();
        for day in 1..=7 {
            let text = self.hours(day).replace(['–', '—', '~', '至'], "-").replace(['，', '、', ';', '；'], ",");
            for part in text.replace('：', ":").split(',').map(str::trim).filter(|p| !p.is_empty()) {
                match part.split_once('-') {
                    Some((from, to)) => {
                        all.push(OpeningInput { weekday: i64::from(day), from: padded(from), to: padded(to) })
                    }
                    None => faults.add(format!("hours_{day}"), "not_hours"),
                }
            }
        }
        all
    }

    /// As the input of a new outlet; `parent`: the id behind the code that was typed.
    ///
    /// # Errors
    /// Numbers that are none, by field.
    pub fn input(&self, parent: Option<Id>) -> Result<OutletInput> {
        let mut faults = Faults::new();
        let input = OutletInput {
            id: self.id.parse().ok(),
            code: self.code.clone(),
            name: self.name.clone(),
            bank: filled(&self.bank),
            tier: filled(&self.tier),
            parent_id: parent,
            phase: filled(&self.phase),
            grade: filled(&self.grade),
            lat: number(&mut faults, "lat", &self.lat),
            lon: number(&mut faults, "lon", &self.lon),
            datum: filled(&self.datum),
            radius_m: number(&mut faults, "radius_m", &self.radius_m),
            wanted_brokers: number(&mut faults, "wanted_brokers", &self.wanted_brokers),
            footfall: number(&mut faults, "footfall", &self.footfall),
            assets_fen: fen(&mut faults, "assets_fen", &self.assets_fen),
            fence: fence(&mut faults, &self.fence),
            address: filled(&self.address),
            district: filled(&self.district),
            phone: filled(&self.phone),
            note: filled(&self.note),
            opening: Some(self.opening(&mut faults)),
            branch: filled(&self.branch),
        };
        faults.check()?;
        Ok(input)
    }

    /// As a change of the outlet that `before` was filled from: only what differs, so that nothing counts as set by hand that nobody touched.
    ///
    /// # Errors
    /// Numbers that are none, by field.
    pub fn patch(&self, before: &OutletForm, parent: Option<Id>) -> Result<OutletPatch> {
        let mut faults = Faults::new();
        let text = |new: &str, old: &str| match filled(new) {
            _ if new.trim() == old.trim() => Given::Absent,
            Some(new) => Given::Value(new),
            None => Given::Null,
        };
        let mut patch = OutletPatch {
            code: text(&self.code, &before.code),
            name: text(&self.name, &before.name),
            bank: text(&self.bank, &before.bank),
            tier: text(&self.tier, &before.tier),
            phase: text(&self.phase, &before.phase),
            phase_reason: text(&self.phase_reason, ""),
            grade: text(&self.grade, &before.grade),
            datum: filled(&self.datum).map_or(Given::Absent, Given::Value),
            address: text(&self.address, &before.address),
            district: text(&self.district, &before.district),
            phone: text(&self.phone, &before.phone),
            note: text(&self.note.replace("\r\n", "\n"), &before.note),
            ..OutletPatch::default()
        };
        let given = |value: Option<f64>| value.map_or(Given::Null, Given::Value);
        if self.parent.trim() != before.parent {
            patch.parent_id = parent.map_or(Given::Null, Given::Value);
        }
        if (self.lat.trim(), self.lon.trim()) != (before.lat.as_str(), before.lon.as_str()) {
            patch.lat = given(number(&mut faults, "lat", &self.lat));
            patch.lon = given(number(&mut faults, "lon", &self.lon));
        }
        if self.radius_m.trim() != before.radius_m {
            patch.radius_m = given(number(&mut faults, "radius_m", &self.radius_m));
        }
        if self.wanted_brokers.trim() != before.wanted_brokers {
            patch.wanted_brokers = given(number(&mut faults, "wanted_brokers", &self.wanted_brokers));
        }
        if self.footfall.trim() != before.footfall {
            patch.footfall = given(number(&mut faults, "footfall", &self.footfall));
        }
        if self.assets_fen.trim() != before.assets_fen {
            patch.assets_fen = given(fen(&mut faults, "assets_fen", &self.assets_fen));
        }
        if self.fence.replace("\r\n", "\n").trim() != before.fence.trim() {
            patch.fence = fence(&mut faults, &self.fence).map_or(Given::Null, Given::Value);
        }
        if (1..=7).any(|day| self.hours(day).trim() != before.hours(day)) {
            patch.opening = Given::Value(self.opening(&mut faults));
        }
        if self.wants_reason(before) {
            faults.add("phase_reason", "phase_needs_reason");
        }
        faults.check()?;
        Ok(patch)
    }

    /// Whether the outlet is laid to rest or ended without a word why: a year later nobody remembers.
    fn wants_reason(&self, before: &OutletForm) -> bool {
        let rests = Phase::parse(self.phase.trim()).is_some_and(Phase::rests);
        rests && self.phase.trim() != before.phase && self.phase_reason.trim().is_empty()
    }

    /// Names the wrong fields as the form has them: an interval of `opening` is under its weekday.
    pub fn named(&self, error: Error) -> Result<Vec<FieldError>> {
        let mut ignored = Faults::new();
        let days: Vec<i64> = self.opening(&mut ignored).iter().map(|o| o.weekday).collect();
        let own = |mut fault: FieldError| {
            let at =
                fault.field.strip_prefix("opening[").and_then(|rest| rest.split(']').next()?.parse::<usize>().ok());
            if let Some(day) = at.and_then(|at| days.get(at)) {
                fault.field = format!("hours_{day}");
            } else if fault.field == "parent_id" {
                fault.field = "parent".into();
            }
            fault
        };
        match error {
            Error::Invalid(faults) => Ok(faults.into_iter().map(own).collect()),
            Error::NotFound(Some(field)) => Ok(vec![own(FieldError::new(field, "not_found"))]),
            Error::Conflict("phase_not_allowed") => Ok(vec![FieldError::new("phase", "phase_not_allowed")]),
            other => Err(other),
        }
    }
}

/// `9:00` as `09:00`.
fn padded(time: &str) -> String {
    let time = time.trim();
    if time.len() == 4 { format!("0{time}") } else { time.to_owned() }
}

fn hours_text(opening: &[OpeningView], day: i32) -> String {
    let of_day = opening.iter().filter(|o| o.weekday == day).map(|o| format!("{}-{}", o.from, o.to));
    of_day.collect::<Vec<_>>().join(", ")
}
