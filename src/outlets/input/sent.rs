//! An outlet, and a change of one, as they are sent.

use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use crate::db::Id;
use crate::outlets::naming::Tier;
use crate::outlets::phase::Phase;
use crate::place::Datum;

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
    /// What the clients won there keep with the brokerage, in fen: 0 to 100,000,000,000,000, or null.
    #[schema(minimum = 0, maximum = 100000000000000i64)]
    pub assets_fen: Option<f64>,
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
    /// What the clients won there keep with the brokerage, in fen: 0 to 100,000,000,000,000, or null.
    #[serde(default)]
    #[schema(value_type = Option<f64>)]
    pub assets_fen: Given<f64>,
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
