//! Where things are: points, the coordinate systems they come in, distances on the ellipsoid and fences.
//!
//! Everything inside the program is WGS-84 in decimal degrees, latitude first; another system exists only
//! at the edges, in what a person or a map hands in and in the links to a map.

pub mod datum;
pub mod distance;
pub mod fence;
pub mod reach;
pub mod ring;

pub use datum::Datum;
pub use distance::distance_m;
pub use fence::{DEFAULT_RADIUS_M, Fence, check_radius};
pub use reach::{BoundingBox, nearest};
pub use ring::{FenceError, Ring};

use serde::{Deserialize, Serialize};

/// A point in decimal degrees. WGS-84 unless the name of the value says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Point {
    /// Latitude, -90 to 90, north positive.
    pub lat: f64,
    /// Longitude, -180 to 180, east positive.
    pub lon: f64,
}

/// Why a number of a position is refused; `code` is stable and stands in the API's `errors`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PositionFault {
    #[error("not a number")]
    NotFinite,
    #[error("out of range")]
    OutOfRange,
    /// 0, 0 is what a phone or a spreadsheet gives that knows nothing.
    #[error("0, 0 is not a place")]
    NullIsland,
}

impl PositionFault {
    pub fn code(self) -> &'static str {
        match self {
            Self::NotFinite => "not_finite",
            Self::OutOfRange => "out_of_range",
            Self::NullIsland => "null_island",
        }
    }

    /// The fault of one number that must lie in `low..=high`, if it has one.
    pub fn of(value: f64, low: f64, high: f64) -> Option<Self> {
        if !value.is_finite() {
            Some(Self::NotFinite)
        } else if !(low..=high).contains(&value) {
            Some(Self::OutOfRange)
        } else {
            None
        }
    }
}

/// The faults of an input by field name, in the order of the fields.
pub type PositionFaults = Vec<(&'static str, PositionFault)>;

impl Point {
    pub const fn new(lat: f64, lon: f64) -> Self {
        Self { lat, lon }
    }

    /// A point as somebody gives it, in whatever coordinate system.
    ///
    /// # Errors
    /// Names `lat` and `lon`: not finite, latitude beyond ±90, longitude beyond ±180, or both exactly 0.
    pub fn parse(lat: f64, lon: f64) -> Result<Self, PositionFaults> {
        let faults: PositionFaults =
            [("lat", PositionFault::of(lat, -90.0, 90.0)), ("lon", PositionFault::of(lon, -180.0, 180.0))]
                .into_iter()
                .filter_map(|(field, fault)| fault.map(|fault| (field, fault)))
                .collect();
        if !faults.is_empty() {
            return Err(faults);
        }
        if lat == 0.0 && lon == 0.0 {
            return Err(vec![("lat", PositionFault::NullIsland), ("lon", PositionFault::NullIsland)]);
        }
        Ok(Self { lat, lon })
    }

    /// Equal when both numbers are written with six decimals (about 0.1 m).
    pub fn same_to_six_decimals(self, other: Self) -> bool {
        six_decimals(self.lat) == six_decimals(other.lat) && six_decimals(self.lon) == six_decimals(other.lon)
    }
}

/// Written and read back: the only rounding that is exact in decimal, and -0 equals 0.
fn six_decimals(value: f64) -> Result<f64, std::num::ParseFloatError> {
    format!("{value:.6}").parse()
}

#[cfg(test)]
mod tests {
    use super::*;
    use PositionFault::{NotFinite, NullIsland, OutOfRange};

    type Faults = &'static [(&'static str, PositionFault)];

    #[test]
    fn a_point_on_the_map_is_taken_as_given() {
        for (lat, lon) in [(34.25, 108.95), (90.0, 180.0), (-90.0, -180.0), (0.0, 1e-9), (-1e-9, 0.0)] {
            assert_eq!(Point::parse(lat, lon), Ok(Point { lat, lon }));
        }
    }

    #[test]
    fn each_bad_number_is_named() {
        let cases: [(f64, f64, Faults); 9] = [
            (f64::NAN, 1.0, &[("lat", NotFinite)]),
            (1.0, f64::INFINITY, &[("lon", NotFinite)]),
            (90.000_001, 1.0, &[("lat", OutOfRange)]),
            (-90.000_001, 1.0, &[("lat", OutOfRange)]),
            (1.0, 180.000_001, &[("lon", OutOfRange)]),
            (1.0, -180.000_001, &[("lon", OutOfRange)]),
            (f64::NEG_INFINITY, 200.0, &[("lat", NotFinite), ("lon", OutOfRange)]),
            (0.0, 0.0, &[("lat", NullIsland), ("lon", NullIsland)]),
            (-0.0, 0.0, &[("lat", NullIsland), ("lon", NullIsland)]),
        ];
        for (lat, lon, faults) in cases {
            assert_eq!(Point::parse(lat, lon), Err(faults.to_vec()), "{lat}, {lon}");
        }
    }

    #[test]
    fn codes_are_stable() {
        let codes = [NotFinite, OutOfRange, NullIsland].map(PositionFault::code);
        assert_eq!(codes, ["not_finite", "out_of_range", "null_island"]);
    }

    #[test]
    fn six_decimals_decide_whether_two_points_are_one() {
        let here = Point::new(34.123_456_4, 108.9);
        assert!(here.same_to_six_decimals(Point::new(34.123_455_6, 108.9)));
        assert!(!here.same_to_six_decimals(Point::new(34.123_456_6, 108.9)));
        assert!(!here.same_to_six_decimals(Point::new(34.123_456_4, 108.900_001)));
        assert!(Point::new(-1e-9, 5.0).same_to_six_decimals(Point::new(1e-9, 5.0)));
    }
}
