//! The coordinate systems in use in China, and the way between them.
//!
//! GCJ-02 is WGS-84 shifted by a smooth, fixed field (maps of Amap and Tencent, and what most phones' apps
//! give); BD-09 is GCJ-02 turned and shifted once more (Baidu). The forward formulas are the ones every map
//! library uses; no closed inverse exists, so the inverse is found by iteration: the shift changes by less
//! than 4 % of the way moved, so each round gains at least a digit and a half.

use super::Point;
use std::f64::consts::PI;

crate::text_enum! {
    /// What the numbers of a position mean.
    #[derive(Default)]
    pub enum Datum: Text {
        #[default]
        Wgs84 = "wgs84",
        Gcj02 = "gcj02",
        Bd09 = "bd09",
    }
}

impl Datum {
    /// The WGS-84 point of one given in this system: the exact inverse of [`Datum::from_wgs84`].
    pub fn to_wgs84(self, given: Point) -> Point {
        match self {
            Self::Wgs84 => given,
            Self::Gcj02 => normal(gcj_to_wgs(given)),
            Self::Bd09 => normal(gcj_to_wgs(bd_to_gcj(given))),
        }
    }

    /// A WGS-84 point in this system, for links to a map: GCJ-02 for Amap, BD-09 for Baidu.
    pub fn from_wgs84(self, wgs: Point) -> Point {
        match self {
            Self::Wgs84 => wgs,
            Self::Gcj02 => normal(wgs_to_gcj(wgs)),
            Self::Bd09 => normal(gcj_to_bd(wgs_to_gcj(wgs))),
        }
    }
}

/// The formula's box around China. Outside it GCJ-02 is WGS-84; it holds a good deal of other countries too,
/// whose points the map makers shift all the same.
fn in_box(point: Point) -> bool {
    (72.004..=137.8347).contains(&point.lon) && (0.8293..=55.8271).contains(&point.lat)
}

fn wgs_to_gcj(wgs: Point) -> Point {
    if in_box(wgs) { gcj_shift(wgs) } else { wgs }
}

/// A point in the box is always taken for a shifted one. Within one shift (some 600 m) of the box's border,
/// all of it at sea or far abroad, the formula gives some points twice and others never.
fn gcj_to_wgs(gcj: Point) -> Point {
    if in_box(gcj) { invert(gcj_shift, gcj) } else { gcj }
}

/// The GCJ-02 field on its own ellipsoid, Krasovsky 1940, in its usual closed form.
fn gcj_shift(wgs: Point) -> Point {
    const SEMI_MAJOR_M: f64 = 6_378_245.0;
    const ECCENTRICITY_SQUARED: f64 = 0.006_693_421_622_965_943;

    let (x, y) = (wgs.lon - 105.0, wgs.lat - 35.0);
    let root = x.abs().sqrt();
    let ripple = 20.0 * (6.0 * x * PI).sin() + 20.0 * (2.0 * x * PI).sin();
    let north_m = -100.0
        + 2.0 * x
        + 3.0 * y
        + 0.2 * y * y
        + 0.1 * x * y
        + 0.2 * root
        + (ripple
            + 20.0 * (y * PI).sin()
            + 40.0 * (y / 3.0 * PI).sin()
            + 160.0 * (y / 12.0 * PI).sin()
            + 320.0 * (y * PI / 30.0).sin())
            * 2.0
            / 3.0;
    let east_m = 300.0
        + x
        + 2.0 * y
        + 0.1 * x * x
        + 0.1 * x * y
        + 0.1 * root
        + (ripple
            + 20.0 * (x * PI).sin()
            + 40.0 * (x / 3.0 * PI).sin()
            + 150.0 * (x / 12.0 * PI).sin()
            + 300.0 * (x / 30.0 * PI).sin())
            * 2.0
            / 3.0;

    let lat = wgs.lat.to_radians();
    let bend = 1.0 - ECCENTRICITY_SQUARED * lat.sin().powi(2);
    let meridian_radius = SEMI_MAJOR_M * (1.0 - ECCENTRICITY_SQUARED) / (bend * bend.sqrt());
    let parallel_radius = SEMI_MAJOR_M / bend.sqrt() * lat.cos();
    Point {
        lat: wgs.lat + (north_m / meridian_radius).to_degrees(),
        lon: wgs.lon + (east_m / parallel_radius).to_degrees(),
    }
}

/// Baidu's second shift, which has no box: it holds all over the world.
fn gcj_to_bd(gcj: Point) -> Point {
    const RIPPLE: f64 = PI * 3000.0 / 180.0;

    let radius = gcj.lon.hypot(gcj.lat) + 0.000_02 * (gcj.lat * RIPPLE).sin();
    let angle = gcj.lat.atan2(gcj.lon) + 0.000_003 * (gcj.lon * RIPPLE).cos();
    Point { lat: radius * angle.sin() + 0.006, lon: radius * angle.cos() + 0.0065 }
}

fn bd_to_gcj(bd: Point) -> Point {
    invert(gcj_to_bd, bd)
}

/// The point that `forward` takes to `target`: start there, take away what is left over, again and again.
fn invert(forward: impl Fn(Point) -> Point, target: Point) -> Point {
    /// About a hundredth of a micrometre; some five rounds get there.
    const ENOUGH_DEG: f64 = 1e-13;
    const ROUNDS: usize = 20;

    let mut guess = target;
    for _ in 0..ROUNDS {
        let image = forward(guess);
        let (lat_off, lon_off) = (image.lat - target.lat, image.lon - target.lon);
        guess = Point { lat: guess.lat - lat_off, lon: guess.lon - lon_off };
        if lat_off.abs() <= ENOUGH_DEG && lon_off.abs() <= ENOUGH_DEG {
            break;
        }
    }
    guess
}

/// Back into the usual ranges: a shift may lead over the date line or past a pole.
fn normal(point: Point) -> Point {
    let lon = match point.lon {
        lon if lon > 180.0 => lon - 360.0,
        lon if lon < -180.0 => lon + 360.0,
        lon => lon,
    };
    Point { lat: point.lat.clamp(-90.0, 90.0), lon }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::place::{distance::tests::trial_file, distance_m};
    use proptest::prelude::*;

    type Pair = [f64; 2];

    /// Facts by two independent programs: WGS-84, then the same place in GCJ-02 and in BD-09.
    const VECTORS: [(&str, Pair, Pair, Pair); 7] = [
        ("Xincheng", [24.092779, 108.626464], [24.089821107, 108.630275643], [24.095812074, 108.636757162]),
        ("Liuhe", [30.850161, 113.368288], [30.847973278, 113.374409211], [30.854053234, 113.380895859]),
        ("Shaxi", [24.615942, 113.696183], [24.613009391, 113.701461590], [24.618671949, 113.708047521]),
        ("Qu", [30.852129, 106.965542], [30.849587411, 106.969668012], [30.855314994, 106.976256591]),
        ("Macau", [22.198745, 113.543873], [22.195805890, 113.548976380], [22.201823303, 113.555468537]),
        ("Tokyo, outside the box", [35.689487, 139.691711], [35.689487, 139.691711], [35.695832317, 139.698133573]),
        ("London, west of Greenwich", [51.507351, -0.127758], [51.507351, -0.127758], [51.513370456, -0.121399997]),
    ];

    fn point([lat, lon]: [f64; 2]) -> Point {
        Point { lat, lon }
    }

    #[track_caller]
    fn assert_within_m(got: Point, want: Point, metres: f64, what: &str) {
        let off = distance_m(got, want);
        assert!(off <= metres, "{what}: {got:?} is {off} m from {want:?}");
    }

    #[test]
    fn names_read_back_and_nothing_else_does() {
        for datum in Datum::ALL {
            assert_eq!(Datum::parse(datum.as_str()), Some(datum));
            assert_eq!(
                serde_json::to_value(datum).expect("a name"),
                datum.as_str(),
                "the API and the database use one name"
            );
        }
        for other in ["", "WGS84", "gcj-02", " bd09", "gps"] {
            assert_eq!(Datum::parse(other), None);
        }
    }

    #[test]
    fn known_places_come_out_to_the_millimetre_in_every_direction() {
        for (place, wgs, gcj, bd) in VECTORS {
            let (wgs, gcj, bd) = (point(wgs), point(gcj), point(bd));
            assert_within_m(Datum::Gcj02.from_wgs84(wgs), gcj, 0.001, place);
            assert_within_m(Datum::Bd09.from_wgs84(wgs), bd, 0.001, place);
            assert_within_m(Datum::Gcj02.to_wgs84(gcj), wgs, 0.001, place);
            assert_within_m(Datum::Bd09.to_wgs84(bd), wgs, 0.001, place);
        }
    }

    #[test]
    fn wgs84_is_left_as_it_is() {
        let here = Point::new(34.25, 108.95);
        assert_eq!(Datum::Wgs84.to_wgs84(here), here);
        assert_eq!(Datum::Wgs84.from_wgs84(here), here);
    }

    #[test]
    fn a_shift_over_the_date_line_stays_on_the_map() {
        for point in [Point::new(10.0, -179.999), Point::new(-89.999, 30.0), Point::new(89.999, 179.999)] {
            for got in [Datum::Bd09.to_wgs84(point), Datum::Bd09.from_wgs84(point)] {
                assert_eq!(Point::parse(got.lat, got.lon), Ok(got));
            }
        }
    }

    #[test]
    fn the_inverse_holds_where_the_field_has_its_crease() {
        // sqrt|lon - 105| has no slope at 105 degrees east.
        for off in [0.0, 1e-14, 1e-12, 1e-10, 1e-8, 1e-6, -1e-12, -1e-9] {
            let wgs = Point::new(35.2, 105.0 + off);
            let back = Datum::Gcj02.to_wgs84(Datum::Gcj02.from_wgs84(wgs));
            assert!((back.lat - wgs.lat).abs() < 1e-10 && (back.lon - wgs.lon).abs() < 1e-10);
        }
    }

    #[test]
    fn the_trial_vectors_hold_within_a_quarter_metre_in_every_direction() {
        let Some(text) = trial_file("datum_vectors.csv") else {
            return;
        };
        let mut lines = text.lines();
        let head: Vec<&str> = lines.next().expect("a header").split(',').collect();
        let mut seen = 0;
        for line in lines {
            let cells: Vec<&str> = line.split(',').collect();
            let cell = |name: &str| -> f64 {
                let column = head.iter().position(|h| *h == name).expect("a column");
                cells[column].parse().expect("a number")
            };
            let given = Point::new(cell("lat"), cell("lon"));
            let ways: [(&str, Point); 6] = [
                ("w2g", Datum::Gcj02.from_wgs84(given)),
                ("w2b", Datum::Bd09.from_wgs84(given)),
                ("g2b", gcj_to_bd(given)),
                ("g2w", Datum::Gcj02.to_wgs84(given)),
                ("b2w", Datum::Bd09.to_wgs84(given)),
                ("b2g", bd_to_gcj(given)),
            ];
            for (way, got) in ways {
                for program in ["gcoord", "prcoords"] {
                    let want = Point::new(cell(&format!("{way}_lat_{program}")), cell(&format!("{way}_lon_{program}")));
                    assert_within_m(got, want, 0.25, &format!("{way} {program}: {line}"));
                }
            }
            seen += 1;
        }
        assert_eq!(seen, 110);
    }

    proptest! {
        #[test]
        fn there_and_back_is_the_same_place(lat in 3.0..54.0f64, lon in 73.0..136.0f64) {
            let wgs = Point { lat, lon };
            for datum in Datum::ALL {
                let back = datum.to_wgs84(datum.from_wgs84(wgs));
                prop_assert!((back.lat - lat).abs() < 1e-10, "{datum:?} {back:?}");
                prop_assert!((back.lon - lon).abs() < 1e-10, "{datum:?} {back:?}");
                let forth = datum.from_wgs84(datum.to_wgs84(wgs));
                prop_assert!((forth.lat - lat).abs() < 1e-10, "{datum:?} {forth:?}");
                prop_assert!((forth.lon - lon).abs() < 1e-10, "{datum:?} {forth:?}");
            }
        }

        #[test]
        fn baidus_shift_inverts_all_over_the_world(lat in -89.9..89.9f64, lon in -179.9..179.9f64) {
            let back = bd_to_gcj(gcj_to_bd(Point { lat, lon }));
            prop_assert!((back.lat - lat).abs() < 1e-10 && (back.lon - lon).abs() < 1e-10, "{back:?}");
        }

        #[test]
        fn in_china_the_shift_is_some_hundred_metres(lat in 18.0..53.0f64, lon in 74.0..135.0f64) {
            let wgs = Point { lat, lon };
            prop_assert!((20.0..1200.0).contains(&distance_m(wgs, Datum::Gcj02.from_wgs84(wgs))));
            prop_assert!((100.0..2500.0).contains(&distance_m(wgs, Datum::Bd09.from_wgs84(wgs))));
        }
    }
}
