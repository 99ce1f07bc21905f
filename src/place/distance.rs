//! Distances on the WGS-84 ellipsoid. The sphere of the usual haversine is up to 0.4 % off, which is two
//! metres at the edge of a 500 m fence, so nothing here uses it.

use super::Point;
use geo::{Bearing, Distance, Geodesic};

/// Half the equator's diameter in metres (WGS-84).
pub(super) const SEMI_MAJOR_M: f64 = 6_378_137.0;
/// The ellipsoid's first eccentricity squared: f (2 - f) with f = 1 / 298.257223563.
pub(super) const ECCENTRICITY_SQUARED: f64 = 0.006_694_379_990_141_317;

/// Geodesic metres between two WGS-84 points, unrounded; good to nanometres (Karney 2013).
pub fn distance_m(from: Point, to: Point) -> f64 {
    Geodesic.distance(geo::Point::from(from), geo::Point::from(to))
}

/// The way from one point to another as metres north and metres east along the geodesic's first direction.
pub(super) fn way_m(from: Point, to: Point) -> (f64, f64) {
    let (from, to) = (geo::Point::from(from), geo::Point::from(to));
    let distance = Geodesic.distance(from, to);
    let (east, north) = Geodesic.bearing(from, to).to_radians().sin_cos();
    (distance * north, distance * east)
}

/// Metres a degree of latitude and a degree of longitude have at this latitude.
pub(super) fn metres_per_degree(lat: f64) -> (f64, f64) {
    let (sin, cos) = lat.to_radians().sin_cos();
    let bend = 1.0 - ECCENTRICITY_SQUARED * sin * sin;
    let across = SEMI_MAJOR_M / bend.sqrt();
    let meridian = across * (1.0 - ECCENTRICITY_SQUARED) / bend;
    (meridian.to_radians(), (across * cos).to_radians())
}

impl From<Point> for geo::Point<f64> {
    fn from(point: Point) -> Self {
        Self::new(point.lon, point.lat)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use std::path::PathBuf;

    /// A file of the trial data, or none with a line that says so: the suite runs without it.
    pub(crate) fn trial_file(name: &str) -> Option<String> {
        let folder = std::env::var_os("BANKSIDE_TRIAL_DATA")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data"), PathBuf::from);
        let path = folder.join(name);
        if !path.exists() {
            println!("not run: {name} is not in BANKSIDE_TRIAL_DATA (default ../shared/data)");
            return None;
        }
        Some(std::fs::read_to_string(&path).expect("the trial file reads"))
    }

    #[test]
    fn along_the_equator_and_a_meridian_the_answer_is_closed() {
        let here = Point::new(0.0, 100.0);
        let east = Point::new(0.0, 101.0);
        assert!((distance_m(here, east) - SEMI_MAJOR_M.to_radians()).abs() < 1e-6);
        // The quarter meridian of WGS-84 is a published constant.
        let pole = Point::new(90.0, 0.0);
        assert!((distance_m(here, pole) - 10_001_965.729_31).abs() < 1e-4);
    }

    #[test]
    fn known_pairs_agree_to_a_micrometre() {
        // Facts by two independent programs.
        let cases = [
            (25.64394, 102.507932, 25.6439206, 102.5079286, 2.176132),
            (29.311962, 106.615049, 29.3119606, 106.6150394, 0.945413),
            (29.053586, 117.060966, 29.0535969, 117.0609911, 2.726703),
            (30.882029, 112.321812, 30.8819989, 112.3217908, 3.904582),
        ];
        for (lat1, lon1, lat2, lon2, metres) in cases {
            let got = distance_m(Point::new(lat1, lon1), Point::new(lat2, lon2));
            assert!((got - metres).abs() < 1e-6, "{got} against {metres}");
        }
    }

    #[test]
    fn the_date_line_is_no_border() {
        let got = distance_m(Point::new(0.0, 179.9995), Point::new(0.0, -179.9995));
        assert!((got - SEMI_MAJOR_M.to_radians() * 0.001).abs() < 1e-6);
    }

    #[test]
    fn a_degree_has_the_length_a_short_geodesic_measures() {
        for lat in [-70.0, -33.0, 0.0, 18.0, 34.25, 53.0, 80.0] {
            let (north, east) = metres_per_degree(lat);
            let here = Point::new(lat, 100.0);
            let up = distance_m(Point::new(lat - 5e-4, 100.0), Point::new(lat + 5e-4, 100.0));
            let aside = distance_m(here, Point::new(lat, 100.001));
            assert!((up - north * 0.001).abs() < 1e-6, "{lat}: {up}");
            assert!((aside - east * 0.001).abs() < 1e-6, "{lat}: {aside}");
        }
    }

    #[test]
    fn the_way_points_where_the_other_lies() {
        let (north, east) = way_m(Point::new(30.0, 110.0), Point::new(30.001, 110.0));
        assert!(north > 110.0 && east.abs() < 1e-9);
        let (north, east) = way_m(Point::new(0.0, 110.0), Point::new(0.0, 109.999));
        assert!(north.abs() < 1e-9 && east < -111.0);
    }

    #[test]
    fn the_trial_pairs_agree_to_a_micrometre() {
        let Some(text) = trial_file("geodesic_pairs.csv") else {
            return;
        };
        let mut seen = 0;
        for line in text.lines().skip(1) {
            let cells: Vec<f64> = line.split(',').map(|cell| cell.parse().expect("a number")).collect();
            let got = distance_m(Point::new(cells[1], cells[2]), Point::new(cells[3], cells[4]));
            assert!((got - cells[5]).abs() <= 1e-6, "{got}: {line}");
            assert!((got - cells[6]).abs() <= 1e-6, "{got}: {line}");
            seen += 1;
        }
        assert_eq!(seen, 200);
    }
}
