//! What lies near a point: the box a query can look in first, and the nearest of some places.

use super::distance::{ECCENTRICITY_SQUARED, SEMI_MAJOR_M};
use super::{Point, distance_m};

/// Latitudes and longitudes that hold every point within a distance, and some beyond it: for a query over
/// plain columns (`lat BETWEEN south AND north AND lon BETWEEN west AND east`) before the exact distance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BoundingBox {
    pub south: f64,
    pub north: f64,
    /// Never above `east`: a box over the date line, or over a pole, spans all longitudes instead.
    pub west: f64,
    pub east: f64,
}

impl BoundingBox {
    /// The box around all that is at most `radius_m` geodesic metres from `centre`.
    pub fn around(centre: Point, radius_m: f64) -> Self {
        /// A tenth of a millimetre, far above what rounding can lose here.
        const MARGIN_DEG: f64 = 1e-9;

        // A metre spans the most latitude where the meridian is bent the most, at the equator, and the most
        // longitude at the latitude of the box farthest from it, on the ellipsoid less than on a sphere of
        // the equator's radius. So both are upper bounds.
        let sharpest_m = SEMI_MAJOR_M * (1.0 - ECCENTRICITY_SQUARED);
        let up = (radius_m / sharpest_m).to_degrees() + MARGIN_DEG;
        let farthest = centre.lat.abs() + up;
        let aside = if farthest < 90.0 {
            let parallel_m = SEMI_MAJOR_M * farthest.to_radians().cos();
            (radius_m / parallel_m).to_degrees() + MARGIN_DEG
        } else {
            360.0
        };
        let (mut west, mut east) = (centre.lon - aside, centre.lon + aside);
        if west < -180.0 || east > 180.0 {
            (west, east) = (-180.0, 180.0);
        }
        Self { south: (centre.lat - up).max(-90.0), north: (centre.lat + up).min(90.0), west, east }
    }

    pub fn contains(&self, point: Point) -> bool {
        (self.south..=self.north).contains(&point.lat) && (self.west..=self.east).contains(&point.lon)
    }
}

/// The nearest of some places at most `within_m` metres away, with its distance in metres; of several at
/// the same distance the one whose `key` (an outlet's code) comes first.
pub fn nearest<T, K: Ord>(
    from: Point,
    within_m: f64,
    places: impl IntoIterator<Item = T>,
    at: impl Fn(&T) -> Point,
    key: impl Fn(&T) -> K,
) -> Option<(T, f64)> {
    places
        .into_iter()
        .map(|place| {
            let metres = distance_m(from, at(&place));
            (place, metres)
        })
        .filter(|(_, metres)| *metres <= within_m)
        .min_by(|(a, a_m), (b, b_m)| a_m.total_cmp(b_m).then_with(|| key(a).cmp(&key(b))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo::{Destination, Geodesic};
    use proptest::prelude::*;

    #[test]
    fn a_box_is_hardly_larger_than_needed() {
        let centre = Point::new(34.25, 108.95);
        let area = BoundingBox::around(centre, 2000.0);
        let half_height = distance_m(centre, Point::new(area.north, centre.lon));
        let half_width = distance_m(centre, Point::new(centre.lat, area.east));
        assert!((2000.0..2020.0).contains(&half_height), "{half_height}");
        assert!((2000.0..2020.0).contains(&half_width), "{half_width}");
    }

    #[test]
    fn a_box_over_the_date_line_or_a_pole_spans_all_longitudes() {
        for centre in [Point::new(10.0, 179.999), Point::new(10.0, -179.999), Point::new(89.999, 20.0)] {
            let area = BoundingBox::around(centre, 1000.0);
            assert_eq!((area.west, area.east), (-180.0, 180.0));
        }
        let world = BoundingBox::around(Point::new(10.0, 20.0), 3e7);
        assert_eq!((world.south, world.north), (-90.0, 90.0));
        assert_eq!((world.west, world.east), (-180.0, 180.0));
    }

    fn pick(from: Point, within_m: f64, places: &[(&'static str, Point)]) -> Option<&'static str> {
        nearest(from, within_m, places, |place| place.1, |place| place.0).map(|(place, _)| place.0)
    }

    #[test]
    fn the_nearest_is_found_and_ties_go_by_code() {
        let here = Point::new(34.0, 108.0);
        let near = Point::new(34.001, 108.0);
        let far = Point::new(34.01, 108.0);
        let places = [("C", near), ("A", far), ("B", near)];
        assert_eq!(pick(here, 2000.0, &places), Some("B"));
        assert_eq!(pick(here, 50.0, &places), None);
        assert_eq!(pick(here, 2000.0, &[]), None);
    }

    #[test]
    fn a_place_exactly_at_the_limit_is_within_it() {
        let (here, there) = (Point::new(34.0, 108.0), Point::new(34.01, 108.01));
        let metres = distance_m(here, there);
        assert_eq!(pick(here, metres, &[("A", there)]), Some("A"));
        assert_eq!(pick(here, metres.next_down(), &[("A", there)]), None);
    }

    proptest! {
        #[test]
        fn a_box_misses_nothing(
            lat in -89.9..89.9f64, lon in -180.0..180.0f64,
            bearing in 0.0..360.0f64, radius in 1.0..200_000.0f64, share in 0.9..=1.0f64,
        ) {
            let centre = Point { lat, lon };
            let there = Geodesic.destination(centre.into(), bearing, radius * share);
            prop_assert!(BoundingBox::around(centre, radius).contains(Point::new(there.y(), there.x())));
        }
    }
}
