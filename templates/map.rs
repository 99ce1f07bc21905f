//! A map without tiles: points projected onto paper, near ones drawn together, a scale bar and north. Every point
//! and every cluster is a link, so that the keyboard and a screen reader reach what the eye sees.

use maud::{Markup, html};

use super::State;

const WIDTH: f64 = 480.0;
const HEIGHT: f64 = 420.0;
const MARGIN: f64 = 36.0;
/// Points nearer than this are drawn as one.
const CELL: f64 = 44.0;
/// Metres of one degree of latitude on the mean sphere: good enough to draw with.
const DEGREE: f64 = 111_195.0;
/// The least height of land a map shows, so that one outlet is not drawn at the scale of a doormat.
const LEAST_METRES: f64 = 600.0;

/// Something at a place.
#[derive(Debug, Clone)]
pub struct MapPoint {
    pub lat: f64,
    pub lon: f64,
    pub label: String,
    pub href: String,
    pub state: State,
    /// A circle of so many metres around it.
    pub fence_m: Option<f64>,
}

/// What a cluster covers, in degrees.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bounds {
    pub south: f64,
    pub west: f64,
    pub north: f64,
    pub east: f64,
}

/// The words around a map and how a cluster is named and opened.
pub struct MapWords<'a> {
    pub title: &'a str,
    pub caption: &'a str,
    pub north: &'a str,
    pub metre: &'a str,
    pub kilometre: &'a str,
    pub cluster: &'a dyn Fn(usize) -> String,
    pub cluster_href: &'a dyn Fn(Bounds) -> String,
}

/// One mark: a point, or several near ones.
struct Mark<'p> {
    x: f64,
    y: f64,
    points: Vec<&'p MapPoint>,
}

/// Degrees onto the paper, north up, the same scale both ways.
struct Projection {
    lat: f64,
    lon: f64,
    /// Units of the drawing for a metre.
    scale: f64,
    narrow: f64,
}

impl Projection {
    fn around(points: &[MapPoint]) -> Projection {
        let bounds = bounds(points.iter());
        let lat = f64::midpoint(bounds.south, bounds.north);
        let narrow = lat.to_radians().cos().max(0.01);
        let tall = ((bounds.north - bounds.south) * DEGREE).max(LEAST_METRES);
        let wide = ((bounds.east - bounds.west) * DEGREE * narrow).max(LEAST_METRES);
        let scale = ((WIDTH - 2.0 * MARGIN) / wide).min((HEIGHT - 2.0 * MARGIN) / tall);
        Projection { lat, lon: f64::midpoint(bounds.west, bounds.east), scale, narrow }
    }

    fn place(&self, point: &MapPoint) -> (f64, f64) {
        let east = (point.lon - self.lon) * DEGREE * self.narrow;
        let north = (point.lat - self.lat) * DEGREE;
        (WIDTH / 2.0 + east * self.scale, HEIGHT / 2.0 - north * self.scale)
    }
}

fn bounds<'p>(points: impl Iterator<Item = &'p MapPoint>) -> Bounds {
    let start = Bounds { south: 90.0, west: 180.0, north: -90.0, east: -180.0 };
    let found = points.fold(start, |b, p| Bounds {
        south: b.south.min(p.lat),
        west: b.west.min(p.lon),
        north: b.north.max(p.lat),
        east: b.east.max(p.lon),
    });
    if found.south > found.north { Bounds { south: 0.0, west: 0.0, north: 0.0, east: 0.0 } } else { found }
}

/// Points that share a cell of the grid become one mark, at their middle.
fn marks<'p>(points: &'p [MapPoint], projection: &Projection) -> Vec<Mark<'p>> {
    let mut cells: std::collections::BTreeMap<(i64, i64), Mark<'p>> = std::collections::BTreeMap::new();
    for point in points {
        let (x, y) = projection.place(point);
        let cell = ((y / CELL).floor() as i64, (x / CELL).floor() as i64);
        let mark = cells.entry(cell).or_insert_with(|| Mark { x: 0.0, y: 0.0, points: Vec::new() });
        let count = mark.points.len() as f64;
        mark.x = (mark.x * count + x) / (count + 1.0);
        mark.y = (mark.y * count + y) / (count + 1.0);
        mark.points.push(point);
    }
    cells.into_values().collect()
}

/// The longest round length that fits a fifth of the width: metres, and its units on the paper.
fn scale_bar(projection: &Projection) -> (f64, f64) {
    let most = WIDTH / 5.0 / projection.scale;
    let power = 10f64.powf(most.log10().floor());
    let metres = [5.0, 2.0, 1.0].into_iter().map(|step| step * power).find(|length| *length <= most).unwrap_or(power);
    (metres, metres * projection.scale)
}

/// The map of these points; where a cluster leads, `words` says.
pub fn svg_map(points: &[MapPoint], words: &MapWords<'_>) -> Markup {
    let projection = Projection::around(points);
    let marks = marks(points, &projection);
    html! {
        figure.map {
            svg viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } role="group" aria-label=(words.title) {
                (paper())
                @for mark in &marks { (draw(mark, &projection, words)) }
                (legend(&projection, words))
            }
            figcaption { (words.caption) }
        }
    }
}

fn paper() -> Markup {
    html! {
        g aria-hidden="true" {
            @for step in 1..6 { line.grid x1=(step * 80) x2=(step * 80) y1="0" y2=(HEIGHT) {} }
            @for step in 1..6 { line.grid x1="0" x2=(WIDTH) y1=(step * 80) y2=(step * 80) {} }
        }
    }
}

fn draw(mark: &Mark<'_>, projection: &Projection, words: &MapWords<'_>) -> Markup {
    let (x, y) = (format!("{:.1}", mark.x), format!("{:.1}", mark.y));
    html! {
        @if let [point] = mark.points.as_slice() {
            @if let Some(fence) = point.fence_m { circle.fence cx=(x) cy=(y) r=(format!("{:.1}", fence * projection.scale)) {} }
            a class=(point.state.class()) href=(point.href) aria-label=(point.label) {
                title { (point.label) }
                circle.ring cx=(x) cy=(y) r="14" {}
                circle.hit cx=(x) cy=(y) r="22" {}
                (dot(point.state, mark.x, mark.y))
            }
        } @else {
            @let label = (words.cluster)(mark.points.len());
            @let area = bounds(mark.points.iter().copied());
            a.many href=((words.cluster_href)(area)) aria-label=(label) {
                title { (label) }
                circle.ring cx=(x) cy=(y) r="24" {}
                circle.dot cx=(x) cy=(y) r=(format!("{:.0}", 11.0 + (mark.points.len() as f64).sqrt().min(9.0))) {}
                text x=(x) y=(y) dy="4" { (mark.points.len()) }
            }
        }
    }
}

/// A state's shape on the map: a disc, a diamond, a triangle, a ring.
fn dot(state: State, x: f64, y: f64) -> Markup {
    html! {
        @match state {
            State::Fine => { circle.dot cx=(format!("{x:.1}")) cy=(format!("{y:.1}")) r="6.5" {} }
            State::Soon => { path.dot d=(format!("M{x:.1} {:.1}l7.5 7.5-7.5 7.5-7.5-7.5z", y - 7.5)) {} }
            State::Late => { path.dot d=(format!("M{x:.1} {:.1}l8 14h-16z", y - 8.0)) {} }
            State::Unknown => { circle.dot cx=(format!("{x:.1}")) cy=(format!("{y:.1}")) r="5" {} }
        }
    }
}

fn legend(projection: &Projection, words: &MapWords<'_>) -> Markup {
    let (metres, units) = scale_bar(projection);
    let length = if metres >= 1000.0 {
        format!("{} {}", metres / 1000.0, words.kilometre)
    } else {
        format!("{metres} {}", words.metre)
    };
    html! {
        g aria-hidden="true" {
            path.scale d=(format!("M16 {0}v6h{units:.1}v-6", HEIGHT - 22.0)) {}
            text x="16" y=(HEIGHT - 28.0) { (length) }
            path.scale d=(format!("M{0} 40V18m-5 6 5-7 5 7", WIDTH - 22.0)) {}
            text x=(WIDTH - 22.0) y="56" text-anchor="middle" { (words.north) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(lat: f64, lon: f64) -> MapPoint {
        MapPoint { lat, lon, label: "<b>".into(), href: "/outlets/1".into(), state: State::Fine, fence_m: Some(150.0) }
    }

    fn drawn(points: &[MapPoint]) -> String {
        let words = MapWords {
            title: "Map",
            caption: "c",
            north: "N",
            metre: "m",
            kilometre: "km",
            cluster: &|count| format!("{count} outlets"),
            cluster_href: &|area| format!("/outlets?south={:.3}", area.south),
        };
        svg_map(points, &words).into_string()
    }

    #[test]
    fn every_point_is_a_link_with_a_name_that_is_never_markup() {
        let html = drawn(&[point(34.25, 108.93), point(34.35, 109.10)]);
        assert_eq!(html.matches("href=\"/outlets/1\"").count(), 2);
        assert!(html.contains("aria-label=\"&lt;b&gt;\"") && !html.contains("<b>"));
    }

    #[test]
    fn points_at_one_place_become_a_cluster_that_says_how_many() {
        let html = drawn(&[point(34.25, 108.93), point(34.25, 108.93), point(34.45, 109.20)]);
        assert!(html.contains("aria-label=\"2 outlets\"") && html.contains("/outlets?south=34.250"));
    }

    #[test]
    fn no_point_and_one_point_draw_without_a_number_that_is_none() {
        for html in [drawn(&[]), drawn(&[point(34.25, 108.93)])] {
            assert!(!html.contains("NaN") && !html.contains("inf"), "{html}");
        }
    }

    #[test]
    fn north_is_up_and_east_is_right() {
        let points = [point(34.0, 108.0), point(35.0, 109.0)];
        let projection = Projection::around(&points);
        let (west, south) = projection.place(&points[0]);
        let (east, north) = projection.place(&points[1]);
        assert!(east > west && north < south);
    }
}
