//! The outline of an outlet as a polygon somebody drew or pasted: read once, and sound from then on.
//!
//! An edge is the straight line in degrees between two vertices, as GeoJSON has it (RFC 7946, 3.1.1) and as
//! a map draws it; at the size of a building it is the geodesic to far less than a millimetre.

use super::distance::metres_per_degree;
use super::{Datum, Point, PositionFault};
use geo::{Coord, Intersects, Line};
use serde::{Deserialize, Serialize};

pub const MIN_VERTICES: usize = 3;
pub const MAX_VERTICES: usize = 200;
/// No two vertices may be this far apart, in metres.
pub const MAX_EXTENT_M: f64 = 20_000.0;
/// A ring that lies within this of one line, in metres, has no area.
const MIN_WIDTH_M: f64 = 0.01;

/// Why a fence is refused; `code` is stable and stands in the API's `errors` under `fence` or `radius_m`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FenceError {
    #[error("the fence needs at least {MIN_VERTICES} different points")]
    TooFewVertices,
    #[error("the fence has more than {MAX_VERTICES} points")]
    TooManyVertices,
    #[error("a number of the fence is not finite")]
    NotFinite,
    #[error("a number of the fence is out of range")]
    OutOfRange,
    #[error("the fence holds the point 0, 0, which is not a place")]
    NullIsland,
    #[error("the fence is 20 km wide or wider")]
    TooLarge,
    #[error("the points of the fence lie on one line")]
    NoArea,
    #[error("the outline of the fence crosses or touches itself")]
    SelfIntersection,
}

impl FenceError {
    pub fn code(self) -> &'static str {
        match self {
            Self::TooFewVertices => "too_few_vertices",
            Self::TooManyVertices => "too_many_vertices",
            Self::NotFinite => "not_finite",
            Self::OutOfRange => "out_of_range",
            Self::NullIsland => "null_island",
            Self::TooLarge => "too_large",
            Self::NoArea => "no_area",
            Self::SelfIntersection => "self_intersection",
        }
    }
}

impl From<PositionFault> for FenceError {
    fn from(fault: PositionFault) -> Self {
        match fault {
            PositionFault::NotFinite => Self::NotFinite,
            PositionFault::OutOfRange => Self::OutOfRange,
            PositionFault::NullIsland => Self::NullIsland,
        }
    }
}

/// A simple polygon in WGS-84: 3 to 200 different vertices, not closed, in the order they were given.
/// As JSON `[[lat, lon], …]`, checked again when it is read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Vec<[f64; 2]>", into = "Vec<[f64; 2]>")]
pub struct Ring {
    /// Neighbours in longitude even over the date line: there some lie beyond ±180, relative to the first.
    vertices: Vec<Point>,
}

impl Ring {
    /// Reads `[lat, lon]` pairs, closed (the first again at the end) or not, and turns them into WGS-84.
    /// A vertex given twice in a row counts once: a double tap while drawing makes such.
    ///
    /// # Errors
    /// The first thing wrong, in the order of [`FenceError`].
    pub fn parse(pairs: &[[f64; 2]], datum: Datum) -> Result<Self, FenceError> {
        let mut given = pairs
            .iter()
            .map(|&[lat, lon]| Point::parse(lat, lon))
            .collect::<Result<Vec<_>, _>>()
            .map_err(|faults| faults.first().map_or(FenceError::OutOfRange, |f| f.1.into()))?;
        given.dedup();
        while given.len() > 1 && given.first() == given.last() {
            given.pop();
        }
        if given.len() < MIN_VERTICES {
            return Err(FenceError::TooFewVertices);
        }
        if given.len() > MAX_VERTICES {
            return Err(FenceError::TooManyVertices);
        }
        let first_lon = datum.to_wgs84(given[0]).lon;
        let ring =
            Self { vertices: given.into_iter().map(|vertex| beside(datum.to_wgs84(vertex), first_lon)).collect() };
        ring.check_shape()?;
        Ok(ring)
    }

    fn check_shape(&self) -> Result<(), FenceError> {
        let plan = self.plan_m();
        if plan.iter().enumerate().any(|(i, a)| plan[..i].iter().any(|b| span(*a, *b) >= MAX_EXTENT_M)) {
            return Err(FenceError::TooLarge);
        }
        if is_flat(&plan) {
            return Err(FenceError::NoArea);
        }
        if self.crosses_itself() {
            return Err(FenceError::SelfIntersection);
        }
        Ok(())
    }

    /// The vertices as metres east and north of the first, true enough to judge size and width by.
    fn plan_m(&self) -> Vec<Coord<f64>> {
        let origin = self.vertices[0];
        let (north_m, east_m) = metres_per_degree(origin.lat);
        self.vertices
            .iter()
            .map(|v| Coord { x: (v.lon - origin.lon) * east_m, y: (v.lat - origin.lat) * north_m })
            .collect()
    }

    fn crosses_itself(&self) -> bool {
        let lines: Vec<Line<f64>> =
            self.edges().map(|(from, to)| Line::new(geo::Point::from(from), geo::Point::from(to))).collect();
        let last = lines.len() - 1;
        lines.iter().enumerate().any(|(j, b)| {
            lines[..j].iter().enumerate().any(|(i, a)| {
                // Neighbours share a vertex; more than that only where one runs back along the other.
                if i + 1 == j {
                    runs_back(a, b)
                } else if i == 0 && j == last {
                    runs_back(b, a)
                } else {
                    a.intersects(b)
                }
            })
        })
    }

    /// The vertices in their order, not closed, with longitudes in -180..=180.
    pub fn vertices(&self) -> impl Iterator<Item = Point> + '_ {
        self.vertices.iter().map(|vertex| beside(*vertex, 0.0))
    }

    /// The edges in their order, the closing one last.
    pub(super) fn edges(&self) -> impl Iterator<Item = (Point, Point)> + '_ {
        let next = self.vertices.iter().cycle().skip(1);
        self.vertices.iter().copied().zip(next.copied())
    }

    /// The same point, its longitude on the side of the date line the ring is on.
    pub(super) fn beside(&self, point: Point) -> Point {
        beside(point, self.vertices[0].lon)
    }

    /// Inside or exactly on an edge. `point` is one from [`Ring::beside`].
    pub(super) fn covers(&self, point: Point) -> bool {
        let outline = self.vertices.iter().map(|v| geo::Point::from(*v)).collect();
        geo::Polygon::new(outline, Vec::new()).intersects(&geo::Point::from(point))
    }
}

impl TryFrom<Vec<[f64; 2]>> for Ring {
    type Error = FenceError;

    fn try_from(pairs: Vec<[f64; 2]>) -> Result<Self, FenceError> {
        Self::parse(&pairs, Datum::Wgs84)
    }
}

impl From<Ring> for Vec<[f64; 2]> {
    fn from(ring: Ring) -> Self {
        ring.vertices().map(|v| [v.lat, v.lon]).collect()
    }
}

/// The point with a longitude at most half a turn from `lon`.
fn beside(point: Point, lon: f64) -> Point {
    let lon = match point.lon - lon {
        off if off > 180.0 => point.lon - 360.0,
        off if off < -180.0 => point.lon + 360.0,
        _ => point.lon,
    };
    Point { lon, ..point }
}

fn span(a: Coord<f64>, b: Coord<f64>) -> f64 {
    (a.x - b.x).hypot(a.y - b.y)
}

/// All within a hair of the line from the first vertex to the one farthest from it.
fn is_flat(plan: &[Coord<f64>]) -> bool {
    let far = plan.iter().fold(
        plan[0],
        |far, vertex| {
            if span(plan[0], *vertex) > span(plan[0], far) { *vertex } else { far }
        },
    );
    let length = span(plan[0], far);
    plan.iter().all(|vertex| {
        let across = far.x * vertex.y - far.y * vertex.x;
        across.abs() <= MIN_WIDTH_M * length
    })
}

/// `b`, which begins where `a` ends, comes back along it.
fn runs_back(a: &Line<f64>, b: &Line<f64>) -> bool {
    let (ahead, back) = (a.delta(), b.delta());
    let on_one_line = a.intersects(&b.end) || b.intersects(&a.start);
    on_one_line && ahead.x * back.x + ahead.y * back.y < 0.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use FenceError::*;
    use proptest::prelude::*;

    const SQUARE: [[f64; 2]; 4] = [[34.25, 108.95], [34.25, 108.952], [34.252, 108.952], [34.252, 108.95]];

    fn parse(pairs: &[[f64; 2]]) -> Result<Ring, FenceError> {
        Ring::parse(pairs, Datum::Wgs84)
    }

    fn circle(vertices: usize, radius_deg: f64) -> Vec<[f64; 2]> {
        (0..vertices)
            .map(|i| {
                let (sin, cos) = (i as f64 / vertices as f64 * std::f64::consts::TAU).sin_cos();
                [34.0 + radius_deg * sin, 108.0 + radius_deg * cos]
            })
            .collect()
    }

    #[test]
    fn a_ring_is_kept_as_given_without_its_closing_vertex() {
        let open = parse(&SQUARE).expect("a square");
        let closed = parse(&[&SQUARE[..], &SQUARE[..1]].concat()).expect("a closed square");
        assert_eq!(open, closed);
        assert_eq!(Vec::from(open), SQUARE.to_vec());
    }

    #[test]
    fn a_vertex_tapped_twice_counts_once() {
        let [a, b, c, d] = SQUARE;
        assert_eq!(parse(&[a, a, b, c, c, c, d, a, a]), parse(&SQUARE));
        assert_eq!(parse(&[a, a, b, b, a]), Err(TooFewVertices));
    }

    #[test]
    fn the_number_of_vertices_has_its_limits() {
        for few in [&SQUARE[..0], &SQUARE[..1], &SQUARE[..2]] {
            assert_eq!(parse(few), Err(TooFewVertices));
        }
        assert!(parse(&SQUARE[..3]).is_ok());
        assert!(parse(&circle(200, 0.01)).is_ok());
        assert_eq!(parse(&circle(201, 0.01)), Err(TooManyVertices));
        // 200 and the closing one again are 200.
        let mut closed = circle(200, 0.01);
        closed.push(closed[0]);
        assert!(parse(&closed).is_ok());
    }

    #[test]
    fn numbers_must_be_places() {
        let cases = [
            ([f64::NAN, 108.95], NotFinite),
            ([34.25, f64::INFINITY], NotFinite),
            ([91.0, 108.95], OutOfRange),
            ([34.25, 180.5], OutOfRange),
            ([108.95, 34.25], OutOfRange),
            ([0.0, 0.0], NullIsland),
        ];
        for (bad, error) in cases {
            for place in 0..4 {
                let mut pairs = SQUARE;
                pairs[place] = bad;
                assert_eq!(parse(&pairs), Err(error), "{bad:?} at {place}");
            }
        }
    }

    #[test]
    fn the_extent_stays_under_twenty_kilometres() {
        // About 19.8 and 20.2 km from corner to corner.
        assert!(parse(&circle(8, 0.0893)).is_ok());
        assert_eq!(parse(&circle(8, 0.0912)), Err(TooLarge));
        assert_eq!(parse(&[[34.0, 108.0], [34.3, 108.0], [34.0, 108.1]]), Err(TooLarge));
        assert_eq!(parse(&[[-80.0, -170.0], [80.0, 0.0], [0.0, 170.0]]), Err(TooLarge));
    }

    #[test]
    fn a_line_has_no_area() {
        let cases: [&[[f64; 2]]; 4] = [
            &[[34.0, 108.0], [34.0, 108.001], [34.0, 108.002]],
            &[[34.0, 108.0], [34.001, 108.001], [34.002, 108.002]],
            &[[34.1, 108.1], [34.2, 108.2], [34.1, 108.1], [34.15, 108.15]],
            &[[34.0, 108.0], [34.000_000_01, 108.0], [34.0, 108.000_000_01]],
        ];
        for pairs in cases {
            assert_eq!(parse(pairs), Err(NoArea), "{pairs:?}");
        }
    }

    #[test]
    fn an_outline_that_meets_itself_is_refused() {
        let [a, b, c, d] = SQUARE;
        let middle = [34.251, 108.951];
        let cases: [(&str, &[[f64; 2]]); 7] = [
            ("a bow tie", &[a, c, b, d]),
            ("a vertex visited twice", &[a, b, middle, c, d, middle]),
            ("a vertex on another edge", &[a, b, c, d, [34.251, 108.952]]),
            ("a spike out and back", &[a, b, [34.25, 108.953], b, c, d]),
            ("a spike in the middle of an edge", &[a, [34.25, 108.953], b, c, d]),
            ("a spike at the first vertex", &[[34.25, 108.949], b, c, d, a, [34.25, 108.948]]),
            ("a spike where the ring closes", &[a, b, c, d, [34.249, 108.95]]),
        ];
        for (what, pairs) in cases {
            assert_eq!(parse(pairs), Err(SelfIntersection), "{what}");
        }
    }

    #[test]
    fn a_straight_vertex_and_a_dent_are_fine() {
        let [a, b, c, d] = SQUARE;
        assert!(parse(&[a, [34.25, 108.951], b, c, d]).is_ok());
        assert!(parse(&[a, b, c, [34.2501, 108.951], d]).is_ok());
    }

    #[test]
    fn a_ring_over_the_date_line_is_small() {
        let pairs = [[10.0, 179.999], [10.0, -179.999], [10.001, -179.999], [10.001, 179.999]];
        let ring = parse(&pairs).expect("a ring over the date line");
        assert_eq!(ring.vertices().count(), 4);
        assert!(ring.covers(ring.beside(Point::new(10.0005, -179.9995))));
        assert!(ring.covers(ring.beside(Point::new(10.0005, 179.9995))));
        assert!(!ring.covers(ring.beside(Point::new(10.0005, 0.5))));
        for (got, [lat, lon]) in ring.vertices().zip(pairs) {
            assert!((got.lat - lat).abs() < 1e-12 && (got.lon - lon).abs() < 1e-12);
        }
    }

    #[test]
    fn another_coordinate_system_is_turned_into_wgs84() {
        let baidu = SQUARE.map(|[lat, lon]| {
            let there = Datum::Bd09.from_wgs84(Point { lat, lon });
            [there.lat, there.lon]
        });
        let ring = Ring::parse(&baidu, Datum::Bd09).expect("a square");
        for (got, [lat, lon]) in ring.vertices().zip(SQUARE) {
            assert!((got.lat - lat).abs() < 1e-10 && (got.lon - lon).abs() < 1e-10);
        }
    }

    #[test]
    fn json_reads_back_and_is_checked() {
        let ring = parse(&SQUARE).expect("a square");
        let json = serde_json::to_string(&ring).expect("it writes");
        assert_eq!(json, "[[34.25,108.95],[34.25,108.952],[34.252,108.952],[34.252,108.95]]");
        assert_eq!(serde_json::from_str::<Ring>(&json).expect("it reads"), ring);
        for bad in ["[]", "[[1,2],[3,4]]", "[[1,2,3],[4,5,6],[7,8,9]]", "null", "{}"] {
            assert!(serde_json::from_str::<Ring>(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn codes_are_stable() {
        let all =
            [TooFewVertices, TooManyVertices, NotFinite, OutOfRange, NullIsland, TooLarge, NoArea, SelfIntersection];
        assert_eq!(
            all.map(FenceError::code),
            [
                "too_few_vertices",
                "too_many_vertices",
                "not_finite",
                "out_of_range",
                "null_island",
                "too_large",
                "no_area",
                "self_intersection"
            ]
        );
    }

    proptest! {
        #[test]
        fn anything_at_all_is_read_or_refused(
            pairs in proptest::collection::vec(prop::array::uniform2(prop::num::f64::ANY), 0..8),
        ) {
            let _ = parse(&pairs);
        }

        #[test]
        fn a_star_around_a_point_is_always_sound(
            lat in -60.0..60.0f64, lon in -180.0..180.0f64,
            arms in proptest::collection::vec(0.0001..0.05f64, 3..40),
        ) {
            let count = arms.len() as f64;
            let pairs: Vec<[f64; 2]> = arms.iter().enumerate().map(|(i, arm)| {
                let (sin, cos) = (i as f64 / count * std::f64::consts::TAU).sin_cos();
                let star = beside(Point::new(lat + arm * sin, lon + arm * cos), 0.0);
                [star.lat, star.lon]
            }).collect();
            let ring = parse(&pairs);
            prop_assert!(ring.is_ok(), "{ring:?}");
            let ring = ring.expect("checked");
            let middle = ring.beside(Point { lat, lon });
            prop_assert!(ring.covers(middle));
        }
    }
}
