//! An outlet as it is typed, in the API and in forms (`input/sent.rs`), and the checked types that come of it.

mod parts;
mod sent;

use chrono::NaiveTime;
use serde::Serialize;

pub use self::parts::{assets, footfall, radius};
use self::parts::{bank_name, datum, note, opening, optional, outlet_name, phase, place, plain, tier, wanted};
pub use self::sent::{Given, OpeningInput, OutletInput, OutletPatch};
use super::naming::Tier;
use super::phase::Phase;
use crate::db::Id;
use crate::error::{Faults, Result};
use crate::people::fields;
use crate::place::{DEFAULT_RADIUS_M, Datum, Point, Ring};

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
    /// What the clients won there keep with the brokerage, in fen. (Left out where nobody has said, for the same reason.)
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assets_fen: Option<i64>,
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
    /// Another sum that its clients keep here.
    pub assets_fen: Option<Option<i64>>,
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

fn is_usual(wanted: &i32) -> bool {
    *wanted == 1
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
        let wanted = input.wanted_brokers.map_or(Some(1), |n| wanted(&mut faults, n));
        let footfall = input.footfall.and_then(|n| faults.take("footfall", footfall(n)));
        let assets_fen = input.assets_fen.and_then(|n| faults.take("assets_fen", assets(n)));
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
                assets_fen,
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
            other => other.flatten().and_then(|n| wanted(faults, *n)),
        };
        self.footfall = patch.footfall.as_change().map(|n| n.and_then(|n| faults.take("footfall", footfall(*n))));
        self.assets_fen = patch.assets_fen.as_change().map(|n| n.and_then(|n| faults.take("assets_fen", assets(*n))));
        self.fence = patch
            .fence
            .as_change()
            .map(|fence| fence.and_then(|f| faults.take("fence", Ring::parse(f, datum).map_err(|e| e.code()))));
    }
}
