//! A fix: the position a phone or a caller gives, read once.

use crate::place::{Datum, Point, PositionFault, PositionFaults};

/// `-1` is what some phones give for "accuracy unknown".
pub(super) const ACCURACY_LOW_M: f64 = -1.0;
pub(super) const ACCURACY_HIGH_M: f64 = 100_000.0;

/// A position with how good it is said to be, as it was given and in WGS-84.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fix {
    given: Point,
    datum: Datum,
    wgs84: Point,
    accuracy_m: f64,
}

impl Fix {
    /// Reads a position given in `datum`.
    ///
    /// # Errors
    /// Every bad field by its name in the API, `lat`, `lon`, `accuracy_m`, in this order: not finite, out of
    /// range (±90, ±180, -1 to 100,000 m), or `lat` and `lon` both exactly 0.
    pub fn parse(lat: f64, lon: f64, accuracy_m: f64, datum: Datum) -> Result<Self, PositionFaults> {
        let accuracy =
            PositionFault::of(accuracy_m, ACCURACY_LOW_M, ACCURACY_HIGH_M).map(|fault| ("accuracy_m", fault));
        match (Point::parse(lat, lon), accuracy) {
            (Ok(given), None) => Ok(Self { given, datum, wgs84: datum.to_wgs84(given), accuracy_m }),
            (point, accuracy) => {
                let mut faults = point.err().unwrap_or_default();
                faults.extend(accuracy);
                Err(faults)
            }
        }
    }

    /// The point as it was given, in [`Fix::datum`].
    pub fn given(&self) -> Point {
        self.given
    }

    pub fn datum(&self) -> Datum {
        self.datum
    }

    pub fn wgs84(&self) -> Point {
        self.wgs84
    }

    /// Metres; 0 or below says that the phone did not know.
    pub fn accuracy_m(&self) -> f64 {
        self.accuracy_m
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use PositionFault::{NotFinite, NullIsland, OutOfRange};
    use proptest::prelude::*;

    type Faults = &'static [(&'static str, PositionFault)];

    #[test]
    fn a_fix_keeps_what_was_given_beside_wgs84() {
        let fix = Fix::parse(34.24, 108.94, 12.5, Datum::Bd09).expect("a fix");
        assert_eq!(fix.given(), Point::new(34.24, 108.94));
        assert_eq!(fix.datum(), Datum::Bd09);
        assert_eq!(fix.wgs84(), Datum::Bd09.to_wgs84(fix.given()));
        assert_ne!(fix.wgs84(), fix.given());
        assert_eq!(fix.accuracy_m(), 12.5);
    }

    #[test]
    fn the_limits_belong_to_the_range() {
        for accuracy in [-1.0, -0.5, 0.0, 100_000.0] {
            for (lat, lon) in [(90.0, 180.0), (-90.0, -180.0), (0.0, 1.0), (1.0, 0.0)] {
                assert!(Fix::parse(lat, lon, accuracy, Datum::Wgs84).is_ok());
            }
        }
    }

    #[test]
    fn every_bad_field_is_named() {
        let cases: [([f64; 3], Faults); 10] = [
            ([f64::NAN, 108.0, 10.0], &[("lat", NotFinite)]),
            ([34.0, f64::NEG_INFINITY, 10.0], &[("lon", NotFinite)]),
            ([34.0, 108.0, f64::NAN], &[("accuracy_m", NotFinite)]),
            ([34.0, 108.0, f64::INFINITY], &[("accuracy_m", NotFinite)]),
            ([34.0, 108.0, -1.000_001], &[("accuracy_m", OutOfRange)]),
            ([34.0, 108.0, 100_000.01], &[("accuracy_m", OutOfRange)]),
            ([-90.1, 108.0, 10.0], &[("lat", OutOfRange)]),
            ([34.0, 180.1, 10.0], &[("lon", OutOfRange)]),
            ([91.0, f64::NAN, -2.0], &[("lat", OutOfRange), ("lon", NotFinite), ("accuracy_m", OutOfRange)]),
            ([0.0, -0.0, -2.0], &[("lat", NullIsland), ("lon", NullIsland), ("accuracy_m", OutOfRange)]),
        ];
        for ([lat, lon, accuracy], faults) in cases {
            for datum in Datum::ALL {
                let got = Fix::parse(lat, lon, accuracy, datum);
                assert_eq!(got, Err(faults.to_vec()), "{lat}, {lon}, {accuracy}");
            }
        }
    }

    proptest! {
        #[test]
        fn a_fix_lies_on_the_map_or_is_refused(
            lat in prop::num::f64::ANY, lon in prop::num::f64::ANY, accuracy in prop::num::f64::ANY,
        ) {
            for datum in Datum::ALL {
                if let Err(faults) = Fix::parse(lat, lon, accuracy, datum) {
                    prop_assert!(!faults.is_empty());
                }
            }
        }

        #[test]
        fn all_over_the_world_a_fix_stays_on_the_map(lat in -90.0..=90.0f64, lon in -180.0..=180.0f64) {
            for datum in Datum::ALL {
                let wgs = Fix::parse(lat, lon, 10.0, datum).expect("in range").wgs84();
                prop_assert!(wgs.lat.abs() <= 90.0 && wgs.lon.abs() <= 180.0, "{wgs:?}");
            }
        }
    }
}
