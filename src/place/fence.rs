//! The fence of an outlet, and how far outside it a fix lies.

use super::distance::{metres_per_degree, way_m};
use super::{FenceError, Point, Ring, distance_m};

/// Where a fence has no radius of its own.
pub const DEFAULT_RADIUS_M: f64 = 150.0;
/// Nearer than this to an edge is on it: decimal degrees seldom hit a slanted edge exactly.
const ON_EDGE_M: f64 = 1e-6;

/// What counts as at the outlet.
#[derive(Debug, Clone, PartialEq)]
pub enum Fence {
    Circle { centre: Point, radius_m: f64 },
    Polygon(Ring),
}

impl Fence {
    /// A circle around a WGS-84 point.
    ///
    /// # Errors
    /// A radius that is not finite, not above 0, or 10 km or more, so that no fence is wider than a polygon
    /// may be.
    pub fn circle(centre: Point, radius_m: f64) -> Result<Self, FenceError> {
        check_radius(radius_m)?;
        Ok(Self::Circle { centre, radius_m })
    }

    /// An outlet's fence: its polygon if it has one, else its point with the radius, else none.
    pub fn of_outlet(ring: Option<Ring>, point: Option<Point>, radius_m: f64) -> Option<Self> {
        ring.map(Self::Polygon).or_else(|| point.map(|centre| Self::Circle { centre, radius_m }))
    }

    /// Metres from the fix to the point of a circle, or to the nearest edge of a polygon and 0 inside it or
    /// on an edge: geodesic, unrounded.
    pub fn distance_m(&self, fix: Point) -> f64 {
        match self {
            Self::Circle { centre, .. } => distance_m(fix, *centre),
            Self::Polygon(ring) => distance_to_ring_m(ring, fix),
        }
    }

    /// The distance up to which a fix is at the outlet: the radius, 0 for a polygon.
    pub fn radius_m(&self) -> f64 {
        match self {
            Self::Circle { radius_m, .. } => *radius_m,
            Self::Polygon(_) => 0.0,
        }
    }
}

/// Whether a number can be a fence's radius in metres.
///
/// # Errors
/// As [`Fence::circle`].
pub fn check_radius(radius_m: f64) -> Result<(), FenceError> {
    if !radius_m.is_finite() {
        Err(FenceError::NotFinite)
    } else if radius_m <= 0.0 || radius_m >= super::ring::MAX_EXTENT_M / 2.0 {
        Err(FenceError::OutOfRange)
    } else {
        Ok(())
    }
}

fn distance_to_ring_m(ring: &Ring, fix: Point) -> f64 {
    let fix = ring.beside(fix);
    if ring.covers(fix) {
        return 0.0;
    }
    let edges: Vec<Edge> = ring.edges().map(|(from, to)| Edge::new(from, to, fix)).collect();
    let mut best = edges.iter().map(|edge| edge.from_m).fold(f64::INFINITY, f64::min);
    for edge in &edges {
        if edge.at_least_m() < best {
            best = best.min(edge.distance_m(fix));
        }
    }
    if best <= ON_EDGE_M { 0.0 } else { best }
}

/// An edge and how far its ends are from the fix.
struct Edge {
    from: Point,
    to: Point,
    from_m: f64,
    to_m: f64,
}

impl Edge {
    fn new(from: Point, to: Point, fix: Point) -> Self {
        Self { from, to, from_m: distance_m(fix, from), to_m: distance_m(fix, to) }
    }

    fn at(&self, share: f64) -> Point {
        Point {
            lat: self.from.lat + (self.to.lat - self.from.lat) * share,
            lon: self.from.lon + (self.to.lon - self.from.lon) * share,
        }
    }

    /// No point of the edge can be nearer: the triangle inequality, less a metre for the edge being straight
    /// in degrees and so a little longer than the geodesic between its ends.
    fn at_least_m(&self) -> f64 {
        (self.from_m + self.to_m - distance_m(self.from, self.to)) / 2.0 - 1.0
    }

    /// Geodesic metres from the fix to the nearest point of the edge.
    ///
    /// In the plane that touches the ellipsoid at a point of the edge, the foot of the perpendicular from
    /// the fix is a short step away along the edge; stepping there and looking again converges in a few
    /// rounds. The bracket keeps it safe for a fix so far away that the plane says little.
    fn distance_m(&self, fix: Point) -> f64 {
        const ENOUGH_M: f64 = 1e-5;
        const ROUNDS: usize = 60;

        let nearest_end = self.from_m.min(self.to_m);
        if self.step(0.0, fix).0 <= 0.0 || self.step(1.0, fix).0 >= 0.0 {
            return nearest_end;
        }
        let (mut low, mut high, mut share) = (0.0, 1.0, 0.5);
        for _ in 0..ROUNDS {
            let (step, length_m) = self.step(share, fix);
            if step > 0.0 {
                low = share;
            } else {
                high = share;
            }
            let foot = share + step;
            let next = if low <= foot && foot <= high { foot } else { (low + high) / 2.0 };
            let moved_m = (next - share).abs() * length_m;
            share = next;
            if moved_m <= ENOUGH_M {
                break;
            }
        }
        nearest_end.min(distance_m(fix, self.at(share)))
    }

    /// How far along from this share of the edge the foot of the perpendicular from the fix lies, in shares,
    /// and the edge's length in metres, both as they look from there.
    fn step(&self, share: f64, fix: Point) -> (f64, f64) {
        let here = self.at(share);
        let (north_m, east_m) = metres_per_degree(here.lat);
        let edge = ((self.to.lat - self.from.lat) * north_m, (self.to.lon - self.from.lon) * east_m);
        let way = way_m(here, fix);
        let squared = edge.0 * edge.0 + edge.1 * edge.1;
        let along = (edge.0 * way.0 + edge.1 * way.1) / squared;
        (along, squared.sqrt())
    }
}

#[cfg(test)]
mod tests {
    use super::super::Datum;
    use super::super::distance::SEMI_MAJOR_M;
    use super::*;
    use geo::{Destination, Geodesic};
    use proptest::prelude::*;

    fn polygon(pairs: &[[f64; 2]]) -> Fence {
        Fence::Polygon(Ring::parse(pairs, Datum::Wgs84).expect("a sound ring"))
    }

    /// About 184 m by 222 m in Xi'an.
    fn square() -> Fence {
        polygon(&[[34.25, 108.95], [34.25, 108.952], [34.252, 108.952], [34.252, 108.95]])
    }

    /// The answer by looking at very many points of every edge, then between the best one's neighbours.
    fn sampled_m(pairs: &[[f64; 2]], fix: Point) -> f64 {
        let at = |edge: usize, share: f64| {
            let ([lat1, lon1], [lat2, lon2]) = (pairs[edge], pairs[(edge + 1) % pairs.len()]);
            Point::new(lat1 + (lat2 - lat1) * share, lon1 + (lon2 - lon1) * share)
        };
        let best = |edge: usize, low: f64, high: f64| {
            (0..=50)
                .map(|i| low + (high - low) * f64::from(i) / 50.0)
                .map(|share| (distance_m(fix, at(edge, share)), share))
                .min_by(|a, b| a.0.total_cmp(&b.0))
                .expect("samples")
        };
        (0..pairs.len())
            .map(|edge| {
                let (mut low, mut high) = (0.0, 1.0);
                let mut metres = f64::INFINITY;
                for _ in 0..6 {
                    let (found, share) = best(edge, low, high);
                    let width = (high - low) / 25.0;
                    (low, high) = ((share - width).max(0.0), (share + width).min(1.0));
                    metres = metres.min(found);
                }
                metres
            })
            .fold(f64::INFINITY, f64::min)
    }

    #[test]
    fn inside_or_on_an_edge_the_distance_is_nothing() {
        let fence = square();
        for (lat, lon) in [(34.251, 108.951), (34.25, 108.95), (34.252, 108.952), (34.25, 108.951), (34.2507, 108.952)]
        {
            assert_eq!(fence.distance_m(Point::new(lat, lon)), 0.0, "{lat}, {lon}");
        }
    }

    #[test]
    fn on_a_slanted_edge_the_distance_is_nothing() {
        let fence = polygon(&[[34.25, 108.95], [34.2537, 108.9571], [34.26, 108.95]]);
        for share in [0.1, 0.25, 1.0 / 3.0, 0.5, 0.9] {
            let on = Point::new(34.25 + 0.0037 * share, 108.95 + 0.0071 * share);
            assert_eq!(fence.distance_m(on), 0.0);
        }
    }

    #[test]
    fn a_dent_is_outside() {
        let fence =
            polygon(&[[34.25, 108.95], [34.25, 108.952], [34.252, 108.952], [34.2505, 108.951], [34.252, 108.95]]);
        assert!(fence.distance_m(Point::new(34.2515, 108.951)) > 40.0);
        assert_eq!(fence.distance_m(Point::new(34.2503, 108.951)), 0.0);
    }

    #[test]
    fn east_of_an_edge_across_the_equator_the_answer_is_closed() {
        let fence = polygon(&[[-0.001, 99.998], [-0.001, 100.0], [0.001, 100.0], [0.001, 99.998]]);
        for degrees in [1e-7, 1e-5, 0.001, 0.05, 1.0, 20.0] {
            let want = SEMI_MAJOR_M * f64::to_radians(degrees);
            let got = fence.distance_m(Point::new(0.0, 100.0 + degrees));
            assert!((got - want).abs() < 1e-6, "{got} against {want}");
        }
    }

    #[test]
    fn beyond_a_corner_the_corner_is_nearest() {
        let fix = Point::new(34.254, 108.955);
        let corner = Point::new(34.252, 108.952);
        assert_eq!(square().distance_m(fix), distance_m(fix, corner));
    }

    #[test]
    fn the_date_line_is_no_border() {
        let fence = polygon(&[[-0.001, 179.999], [-0.001, -179.999], [0.001, -179.999], [0.001, 179.999]]);
        assert_eq!(fence.distance_m(Point::new(0.0, -180.0)), 0.0);
        assert_eq!(fence.distance_m(Point::new(0.0, 180.0)), 0.0);
        for lon in [179.998, -179.998] {
            let got = fence.distance_m(Point::new(0.0, lon));
            assert!((got - SEMI_MAJOR_M * 0.001_f64.to_radians()).abs() < 1e-5, "{got}");
        }
    }

    #[test]
    fn a_circle_measures_from_its_centre() {
        let centre = Point::new(0.0, 100.0);
        let fence = Fence::circle(centre, 150.0).expect("a fence");
        let got = fence.distance_m(Point::new(0.0, 100.001));
        assert!((got - SEMI_MAJOR_M * 0.001_f64.to_radians()).abs() < 1e-6);
        assert_eq!(fence.distance_m(centre), 0.0);
        assert_eq!(fence.radius_m(), 150.0);
        assert_eq!(square().radius_m(), 0.0);
    }

    #[test]
    fn a_radius_has_its_limits() {
        for (radius_m, want) in [
            (0.0, Err(FenceError::OutOfRange)),
            (-1.0, Err(FenceError::OutOfRange)),
            (10_000.0, Err(FenceError::OutOfRange)),
            (f64::NAN, Err(FenceError::NotFinite)),
            (f64::INFINITY, Err(FenceError::NotFinite)),
            (0.1, Ok(())),
            (9_999.9, Ok(())),
        ] {
            assert_eq!(check_radius(radius_m), want, "{radius_m}");
            assert_eq!(Fence::circle(Point::new(1.0, 1.0), radius_m).map(drop), want);
        }
    }

    #[test]
    fn the_polygon_comes_before_the_point_and_neither_is_no_fence() {
        let point = Point::new(34.0, 108.0);
        let Fence::Polygon(ring) = square() else { panic!("a polygon") };
        let circle = Fence::Circle { centre: point, radius_m: 80.0 };
        assert_eq!(Fence::of_outlet(Some(ring), Some(point), 80.0), Some(square()));
        assert_eq!(Fence::of_outlet(None, Some(point), 80.0), Some(circle));
        assert_eq!(Fence::of_outlet(None, None, 80.0), None);
    }

    #[test]
    fn a_fix_at_the_other_end_of_the_world_has_a_distance() {
        for fix in [Point::new(-34.25, -71.05), Point::new(90.0, 0.0), Point::new(-90.0, 0.0)] {
            let got = square().distance_m(fix);
            assert!(got.is_finite() && got > 1e6, "{got}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn the_distance_is_that_of_the_nearest_of_very_many_points(
            lat in -60.0..60.0f64, lon in 74.0..135.0f64,
            size in 0.0002..0.08f64,
            arms in proptest::collection::vec(0.2..1.0f64, 3..8),
            bearing in 0.0..360.0f64, power in 0.0..6.0f64,
        ) {
            let count = arms.len() as f64;
            let pairs: Vec<[f64; 2]> = arms.iter().enumerate().map(|(i, arm)| {
                let (sin, cos) = (i as f64 / count * std::f64::consts::TAU).sin_cos();
                [lat + size * arm * sin, lon + size * arm * cos]
            }).collect();
            // From a metre to a thousand kilometres away.
            let fix = Geodesic.destination(geo::Point::new(lon, lat), bearing, 10f64.powf(power));
            let fix = Point::new(fix.y(), fix.x());
            let got = polygon(&pairs).distance_m(fix);
            if got == 0.0 {
                let Fence::Polygon(ring) = polygon(&pairs) else { unreachable!() };
                prop_assert!(ring.covers(fix));
            } else {
                let want = sampled_m(&pairs, fix);
                prop_assert!((got - want).abs() < 1e-3, "{got} against {want}");
            }
        }

        #[test]
        fn where_a_ring_begins_and_which_way_it_runs_does_not_matter(
            dlat in -0.01..0.01f64, dlon in -0.01..0.01f64, turn in 0usize..4,
        ) {
            let mut pairs = [[34.25, 108.95], [34.25, 108.952], [34.252, 108.952], [34.252, 108.95]];
            let fix = Point::new(34.251 + dlat, 108.951 + dlon);
            let want = polygon(&pairs).distance_m(fix);
            pairs.rotate_left(turn);
            prop_assert!((polygon(&pairs).distance_m(fix) - want).abs() < 1e-6);
            pairs.reverse();
            prop_assert!((polygon(&pairs).distance_m(fix) - want).abs() < 1e-6);
        }
    }
}
