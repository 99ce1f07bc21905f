//! An outlet as it is typed, in the API and in forms, and the checked types that come of it.

use chrono::NaiveTime;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use super::naming::Tier;
use super::phase::Phase;
use crate::db::Id;
use crate::error::{Faults, Result};
use crate::people::fields;
use crate::place::{DEFAULT_RADIUS_M, Datum, Point, Ring, check_radius};
use crate::text::{self, TextError};

/// When an outlet is open on a weekday, on its branch's clock.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OpeningInput {
    /// 1 Monday to 7 Sunday.
    #[schema(minimum = 1, maximum = 7)]
    pub weekday: i64,
    /// `HH:MM`
    #[schema(example = "09:00")]
    pub from: String,
    /// `HH:MM`, later than `from`.
    #[schema(example = "17:00")]
    pub to: String,
}

/// A new outlet.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OutletInput {
    /// Made by the client.
    pub id: Option<Id>,
    /// Unique in the installation; at most 64 characters without spaces.
    pub code: String,
    /// At most 200 characters.
    pub name: String,
    /// The bank by name; a new one is created.
    pub bank: Option<String>,
    /// `head_office`, `branch`, `central_sub_branch`, `sub_branch`, `sub_office` or null.
    #[schema(value_type = Option<Tier>)]
    pub tier: Option<String>,
    /// The outlet above it.
    pub parent_id: Option<Id>,
    /// Default `prospecting`.
    #[schema(value_type = Option<Phase>)]
    pub phase: Option<String>,
    /// At most 20 characters.
    pub grade: Option<String>,
    /// With `lon`, in `datum`; both null: not known.
    pub lat: Option<f64>,
    /// With `lat`.
    pub lon: Option<f64>,
    /// The system of `lat`, `lon` and `fence`: `wgs84` (default), `gcj02` or `bd09`.
    #[schema(value_type = Option<Datum>)]
    pub datum: Option<String>,
    /// Whole metres, 1 to 9,999; default 150.
    pub radius_m: Option<f64>,
    /// How many brokers it wants on a day on which it is open: 0 to 20; default 1.
    #[schema(minimum = 0, maximum = 20)]
    pub wanted_brokers: Option<f64>,
    /// How many people come on a usual day: 0 to 100,000, or null.
    #[schema(minimum = 0, maximum = 100000)]
    pub footfall: Option<f64>,
    /// A polygon `[[lat, lon], …]` in `datum`, or null for the circle.
    pub fence: Option<Vec<[f64; 2]>>,
    /// At most 300 characters.
    pub address: Option<String>,
    /// At most 100 characters.
    pub district: Option<String>,
    /// At most 200 characters.
    pub phone: Option<String>,
    /// At most 2,000 characters.
    pub note: Option<String>,
    /// When it is open; none: the branch's default on workdays.
    pub opening: Option<Vec<OpeningInput>>,
    /// The branch by code; an admin must name it.
    pub branch: Option<String>,
}

/// A change of an outlet: what is absent stays, null empties.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OutletPatch {
    /// A new code.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub code: Given<String>,
    /// A new name.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub name: Given<String>,
    /// The bank by name, or null.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub bank: Given<String>,
    /// The tier, or null.
    #[serde(default)]
    #[schema(value_type = Option<Tier>)]
    pub tier: Given<String>,
    /// The outlet above it, or null.
    #[serde(default)]
    #[schema(value_type = Option<Id>)]
    pub parent_id: Given<Id>,
    /// The phase it moves to.
    #[serde(default)]
    #[schema(value_type = Option<Phase>)]
    pub phase: Given<String>,
    /// Why it moves; kept in the history.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub phase_reason: Given<String>,
    /// The grade, or null.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub grade: Given<String>,
    /// With `lon`; both null: not known.
    #[serde(default)]
    #[schema(value_type = Option<f64>)]
    pub lat: Given<f64>,
    /// With `lat`.
    #[serde(default)]
    #[schema(value_type = Option<f64>)]
    pub lon: Given<f64>,
    /// The system of `lat`, `lon` and `fence` in this body; default `wgs84`.
    #[serde(default)]
    #[schema(value_type = Option<Datum>)]
    pub datum: Given<String>,
    /// Whole metres; null: 150.
    #[serde(default)]
    #[schema(value_type = Option<f64>)]
    pub radius_m: Given<f64>,
    /// How many brokers it wants on a day on which it is open: 0 to 20; null: 1.
    #[serde(default)]
    #[schema(value_type = Option<f64>)]
    pub wanted_brokers: Given<f64>,
    /// How many people come on a usual day: 0 to 100,000, or null.
    #[serde(default)]
    #[schema(value_type = Option<f64>)]
    pub footfall: Given<f64>,
    /// The polygon, or null for the circle.
    #[serde(default)]
    #[schema(value_type = Option<Vec<[f64; 2]>>)]
    pub fence: Given<Vec<[f64; 2]>>,
    /// The address, or null.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub address: Given<String>,
    /// The district, or null.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub district: Given<String>,
    /// Telephone numbers, or null.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub phone: Given<String>,
    /// A note, or null.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub note: Given<String>,
    /// All opening hours anew; null: none known.
    #[serde(default)]
    #[schema(value_type = Option<Vec<OpeningInput>>)]
    pub opening: Given<Vec<OpeningInput>>,
    /// Must be the outlet's own branch.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub branch: Given<String>,
}

/// A field of a change: absent, null, or a value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Given<T> {
    /// Not in the body: stays as it is.
    #[default]
    Absent,
    /// Null: emptied.
    Null,
    /// A new value.
    Value(T),
}

impl<T> Given<T> {
    /// `None` where absent, `Some(None)` where null.
    pub fn as_change(&self) -> Option<Option<&T>> {
        match self {
            Given::Absent => None,
            Given::Null => Some(None),
            Given::Value(value) => Some(Some(value)),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Given<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        Ok(Option::<T>::deserialize(deserializer)?.map_or(Given::Null, Given::Value))
    }
}

/// Where an outlet is: as given, and in WGS-84.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Place {
    /// In WGS-84.
    pub point: Point,
    /// As given, in `datum`.
    pub given: Point,
    /// The system it was given in.
    pub datum: Datum,
}

impl Place {
    /// A place as given in a system.
    pub fn new(given: Point, datum: Datum) -> Place {
        Place { point: datum.to_wgs84(given), given, datum }
    }
}

/// From one time to another on a weekday, checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct OpenHours {
    /// 1 to 7.
    pub weekday: u8,
    /// The start.
    pub from: NaiveTime,
    /// The end, later.
    pub to: NaiveTime,
}

/// A new outlet, checked as far as that goes without the database.
#[derive(Debug, Clone, Serialize)]
pub struct NewOutlet {
    /// Made by the client.
    pub id: Id,
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Its bank's name.
    pub bank: Option<String>,
    /// Its tier.
    pub tier: Option<Tier>,
    /// The outlet above it.
    pub parent_id: Option<Id>,
    /// How far the co-operation has come.
    pub phase: Phase,
    /// Its grade.
    pub grade: Option<String>,
    /// Where it is.
    pub place: Option<Place>,
    /// The circle's radius.
    pub radius_m: i32,
    /// How many brokers it wants. (The usual number is left out, so that a request from before there was one is still the same.)
    #[serde(skip_serializing_if = "is_usual")]
    pub wanted_brokers: i32,
    /// How many people come on a usual day. (Left out where nobody has said, for the same reason.)
    #[serde(skip_serializing_if = "Option::is_none")]
    pub footfall: Option<i32>,
    /// The polygon.
    pub fence: Option<Ring>,
    /// Its address.
    pub address: String,
    /// Its district.
    pub district: String,
    /// Telephone numbers.
    pub phone: String,
    /// Anything else.
    pub note: String,
    /// When it is open, in order.
    pub opening: Vec<OpenHours>,
    /// The branch's code, where named.
    pub branch: Option<String>,
}

/// A change of an outlet, checked; `None`: stays.
#[derive(Debug, Clone, Default)]
pub struct OutletChange {
    /// A new code.
    pub code: Option<String>,
    /// A new name.
    pub name: Option<String>,
    /// Another bank.
    pub bank: Option<Option<String>>,
    /// Another tier.
    pub tier: Option<Option<Tier>>,
    /// Another parent.
    pub parent_id: Option<Option<Id>>,
    /// Another phase.
    pub phase: Option<Phase>,
    /// Why.
    pub phase_reason: String,
    /// Another grade.
    pub grade: Option<Option<String>>,
    /// Another place.
    pub place: Option<Option<Place>>,
    /// Another radius.
    pub radius_m: Option<i32>,
    /// Another number of brokers.
    pub wanted_brokers: Option<i32>,
    /// Another number of people who come.
    pub footfall: Option<Option<i32>>,
    /// Another polygon.
    pub fence: Option<Option<Ring>>,
    /// Another address.
    pub address: Option<String>,
    /// Another district.
    pub district: Option<String>,
    /// Other telephone numbers.
    pub phone: Option<String>,
    /// Another note.
    pub note: Option<String>,
    /// Other hours.
    pub opening: Option<Vec<OpenHours>>,
    /// The branch it must be of.
    pub branch: Option<String>,
}

/// A text that may be left out: empty counts as left out.
fn optional(text: Option<&String>, max: usize) -> std::result::Result<Option<String>, &'static str> {
    match text.map(|t| text::clean_name(&text::one_line(t), max)) {
        None | Some(Err(TextError::Empty)) => Ok(None),
        Some(Ok(text)) => Ok(Some(text)),
        Some(Err(error)) => Err(error.code()),
    }
}

fn plain(text: Option<&String>, max: usize) -> std::result::Result<String, &'static str> {
    Ok(optional(text, max)?.unwrap_or_default())
}

fn note(text: Option<&String>) -> std::result::Result<String, &'static str> {
    let note = text::clean_note(text.map_or("", String::as_str), 2000).map_err(TextError::code)?;
    match text::sensitive::find(&note) {
        Some(found) => Err(found.code()),
        None => Ok(note),
    }
}

/// The most brokers that an outlet wants on a day.
const MOST_WANTED: f64 = 20.0;

fn is_usual(wanted: &i32) -> bool {
    *wanted == 1
}

fn wanted(n: f64) -> std::result::Result<i32, &'static str> {
    let whole = n.fract() == 0.0 && (0.0..=MOST_WANTED).contains(&n);
    if whole { Ok(n as i32) } else { Err("out_of_range") }
}

/// The most people who come to an outlet on a day.
const MOST_FOOTFALL: f64 = 100_000.0;

/// How many people come to an outlet on a usual day: a whole number.
///
/// # Errors
/// `out_of_range`.
pub fn footfall(n: f64) -> std::result::Result<i32, &'static str> {
    let whole = n.fract() == 0.0 && (0.0..=MOST_FOOTFALL).contains(&n);
    if whole { Ok(n as i32) } else { Err("out_of_range") }
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

fn tier(text: &str) -> std::result::Result<Tier, &'static str> {
    Tier::parse(text).ok_or("unknown_value")
}

fn phase(text: &str) -> std::result::Result<Phase, &'static str> {
    Phase::parse(text).ok_or("unknown_value")
}

fn datum(text: Option<&String>) -> std::result::Result<Datum, &'static str> {
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
fn place(faults: &mut Faults, lat: Option<f64>, lon: Option<f64>, datum: Datum) -> Option<Place> {
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
fn opening(faults: &mut Faults, given: &[OpeningInput]) -> Vec<OpenHours> {
    let mut hours: Vec<(OpenHours, usize)> = Vec::new();
    for (at, one) in given.iter().enumerate() {
        if at >= 50 {
            faults.add("opening", "too_many");
            break;
        }
        let field = |name: &str| format!("opening[{at}].{name}");
        let weekday = faults.take(
            &field("weekday"),
            u8::try_from(one.weekday).ok().filter(|d| (1..=7).contains(d)).ok_or("out_of_range"),
        );
        let from = faults.take(&field("from"), clock(&one.from));
        let to = faults.take(&field("to"), clock(&one.to));
        let (Some(weekday), Some(from), Some(to)) = (weekday, from, to) else { continue };
        if from >= to {
            faults.add(field("to"), "before_start");
        } else {
            hours.push((OpenHours { weekday, from, to }, at));
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

impl NewOutlet {
    /// Checks what was sent.
    ///
    /// # Errors
    /// Everything wrong, by field.
    pub fn parse(input: &OutletInput) -> Result<NewOutlet> {
        let mut faults = Faults::new();
        let id = faults.take("id", input.id.ok_or("required"));
        let code = faults.take("code", fields::code(&input.code));
        let name = faults.take("name", outlet_name(&input.name));
        let bank = input.bank.as_ref().and_then(|b| faults.take("bank", bank_name(b)));
        let tier = input.tier.as_ref().and_then(|t| faults.take("tier", tier(t)));
        let phase = input.phase.as_ref().map_or(Some(Phase::Prospecting), |p| faults.take("phase", phase(p)));
        let grade = faults.take("grade", optional(input.grade.as_ref(), 20)).flatten();
        let datum = faults.take("datum", datum(input.datum.as_ref())).unwrap_or_default();
        let place = place(&mut faults, input.lat, input.lon, datum);
        let radius_m = input.radius_m.map_or(Some(DEFAULT_RADIUS_M as i32), |r| faults.take("radius_m", radius(r)));
        let wanted = input.wanted_brokers.map_or(Some(1), |n| faults.take("wanted_brokers", wanted(n)));
        let footfall = input.footfall.and_then(|n| faults.take("footfall", footfall(n)));
        let fence =
            input.fence.as_ref().and_then(|f| faults.take("fence", Ring::parse(f, datum).map_err(|e| e.code())));
        let address = faults.take("address", plain(input.address.as_ref(), 300));
        let district = faults.take("district", plain(input.district.as_ref(), 100));
        let phone = faults.take("phone", plain(input.phone.as_ref(), 200));
        let note = faults.take("note", note(input.note.as_ref()));
        let opening = opening(&mut faults, input.opening.as_deref().unwrap_or_default());
        match (id, code, name, phase, radius_m) {
            (Some(id), Some(code), Some(name), Some(phase), Some(radius_m)) if faults.is_empty() => Ok(NewOutlet {
                id,
                code,
                name,
                bank,
                tier,
                parent_id: input.parent_id,
                phase,
                grade,
                place,
                radius_m,
                wanted_brokers: wanted.unwrap_or(1),
                footfall,
                fence,
                address: address.unwrap_or_default(),
                district: district.unwrap_or_default(),
                phone: phone.unwrap_or_default(),
                note: note.unwrap_or_default(),
                opening,
                branch: input.branch.clone(),
            }),
            _ => Err(faults.into_error()),
        }
    }
}

impl OutletChange {
    /// Checks what was sent.
    ///
    /// # Errors
    /// Everything wrong, by field.
    pub fn parse(patch: &OutletPatch) -> Result<OutletChange> {
        let mut faults = Faults::new();
        let mut change = OutletChange::default();
        // A value that must be there: null is as good as left blank.
        let must = |given: &Given<String>| given.as_change().map(|v| v.cloned().unwrap_or_default());
        change.code = must(&patch.code).and_then(|c| faults.take("code", fields::code(&c)));
        change.name = must(&patch.name).and_then(|n| faults.take("name", outlet_name(&n)));
        change.phase = match patch.phase.as_change() {
            None => None,
            Some(None) => faults.take("phase", Err("required")),
            Some(Some(text)) => faults.take("phase", phase(text)),
        };
        change.phase_reason = match patch.phase_reason.as_change().flatten() {
            Some(text) => faults.take("phase_reason", plain(Some(text), 300)).unwrap_or_default(),
            None => String::new(),
        };
        change.bank = patch.bank.as_change().map(|b| b.and_then(|b| faults.take("bank", bank_name(b))));
        change.tier = patch.tier.as_change().map(|t| t.and_then(|t| faults.take("tier", tier(t))));
        change.parent_id = patch.parent_id.as_change().map(|p| p.copied());
        change.grade = patch.grade.as_change().map(|g| faults.take("grade", optional(g, 20)).flatten());
        change.parse_place(patch, &mut faults);
        change.address = patch.address.as_change().and_then(|a| faults.take("address", plain(a, 300)));
        change.district = patch.district.as_change().and_then(|d| faults.take("district", plain(d, 100)));
        change.phone = patch.phone.as_change().and_then(|p| faults.take("phone", plain(p, 200)));
        change.note = patch.note.as_change().and_then(|n| faults.take("note", note(n)));
        change.opening = patch.opening.as_change().map(|o| opening(&mut faults, o.map_or(&[][..], Vec::as_slice)));
        change.branch = match patch.branch.as_change() {
            Some(None) => faults.take("branch", Err("required")),
            other => other.flatten().cloned(),
        };
        faults.check()?;
        Ok(change)
    }

    fn parse_place(&mut self, patch: &OutletPatch, faults: &mut Faults) {
        let datum = match patch.datum.as_change() {
            Some(None) => faults.take("datum", Err("required")),
            other => faults.take("datum", datum(other.flatten())),
        };
        let datum = datum.unwrap_or_default();
        self.place = match (patch.lat.as_change(), patch.lon.as_change()) {
            (None, None) => None,
            (lat, lon) => Some(place(faults, lat.flatten().copied(), lon.flatten().copied(), datum)),
        };
        // One null beside an absent one would say "not known" of half a place.
        match (&patch.lat, &patch.lon) {
            (Given::Null, Given::Absent) => faults.add("lon", "required"),
            (Given::Absent, Given::Null) => faults.add("lat", "required"),
            _ => {}
        }
        self.radius_m = match patch.radius_m.as_change() {
            Some(None) => Some(DEFAULT_RADIUS_M as i32),
            other => other.flatten().and_then(|r| faults.take("radius_m", radius(*r))),
        };
        self.wanted_brokers = match patch.wanted_brokers.as_change() {
            Some(None) => Some(1),
            other => other.flatten().and_then(|n| faults.take("wanted_brokers", wanted(*n))),
        };
        self.footfall = patch.footfall.as_change().map(|n| n.and_then(|n| faults.take("footfall", footfall(*n))));
        self.fence = patch
            .fence
            .as_change()
            .map(|fence| fence.and_then(|f| faults.take("fence", Ring::parse(f, datum).map_err(|e| e.code()))));
    }
}
