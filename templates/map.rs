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
    /// What is written beside it where there is room: a name, short.
    pub short: String,
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

impl Bounds {
    /// Its outlets, as their pages are narrowed: which page, `near` and `within_m`. Those so close together that a map tells them apart no more, their list
    /// does.
    pub fn outlets(&self) -> (&'static str, String, String) {
        let (lat, lon) = (f64::midpoint(self.south, self.north), f64::midpoint(self.west, self.east));
        let half = ((self.north - self.south) * 111_195.0)
            .hypot((self.east - self.west) * 111_195.0 * lat.to_radians().cos())
            / 2.0;
        let path = if half < 60.0 { "/outlets" } else { "/outlets/map" };
        (path, format!("{lat:.6},{lon:.6}"), format!("{:.0}", (half + 50.0).ceil()))
    }
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
    let names = names(&marks);
    html! {
        figure.map {
            svg viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } role="group" aria-label=(words.title) {
                title { (words.title) }
                desc { (words.caption) }
                (paper())
                @for mark in &marks { (draw(mark, &projection, words)) }
                @for name in names.iter().flatten() { (written(name)) }
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

/// The most characters written beside a mark; a Chinese one counts for two.
const LONGEST: usize = 18;

/// A name in its place: what is written, where its line begins, and the room it takes.
#[derive(Debug, Clone, PartialEq)]
struct Name {
    text: String,
    x: f64,
    baseline: f64,
    room: Room,
}

/// A part of the paper.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Room {
    left: f64,
    top: f64,
    right: f64,
    bottom: f64,
}

impl Room {
    fn around(x: f64, y: f64, reach: f64) -> Room {
        Room { left: x - reach, top: y - reach, right: x + reach, bottom: y + reach }
    }

    fn meets(&self, other: &Room) -> bool {
        self.left < other.right && other.left < self.right && self.top < other.bottom && other.top < self.bottom
    }

    fn is_on_paper(&self) -> bool {
        self.left >= 2.0 && self.top >= 2.0 && self.right <= WIDTH - 2.0 && self.bottom <= HEIGHT - 2.0
    }
}

/// Where the scale bar and north are drawn.
const TAKEN: [Room; 2] = [
    Room { left: 0.0, top: HEIGHT - 44.0, right: 124.0, bottom: HEIGHT },
    Room { left: WIDTH - 40.0, top: 0.0, right: WIDTH, bottom: 62.0 },
];

/// The names that fit beside their marks without touching a mark or one another: to the right, the left, below, above. What presses is named first.
fn names(marks: &[Mark<'_>]) -> Vec<Option<Name>> {
    let mut taken: Vec<Room> = TAKEN.to_vec();
    taken.extend(marks.iter().map(|mark| Room::around(mark.x, mark.y, if mark.points.len() > 1 { 19.0 } else { 9.0 })));
    let mut found: Vec<Option<Name>> = marks.iter().map(|_| None).collect();
    for state in [State::Late, State::Soon, State::Fine, State::Unknown] {
        for (at, mark) in marks.iter().enumerate() {
            let [point] = mark.points.as_slice() else { continue };
            if point.state != state || point.short.is_empty() {
                continue;
            }
            found[at] = beside(mark, &shortened(&point.short))
                .into_iter()
                .find(|name| name.room.is_on_paper() && taken.iter().all(|room| !room.meets(&name.room)));
            taken.extend(found[at].iter().map(|name| name.room));
        }
    }
    found
}

/// Units a character takes in the map's type of 13: a Chinese one is as wide as it is high.
fn wide(c: char) -> usize {
    if c.is_ascii() { 1 } else { 2 }
}

fn shortened(name: &str) -> String {
    let mut room = LONGEST;
    let fits = |c: &char| room.checked_sub(wide(*c)).map(|left| room = left).is_some();
    let short: String = name.chars().take_while(fits).collect();
    if short.len() < name.len() { format!("{}…", short.trim_end()) } else { short }
}

/// The places tried for a name, the best first.
fn beside(mark: &Mark<'_>, text: &str) -> [Name; 4] {
    let width = text.chars().map(wide).sum::<usize>() as f64 * 6.8;
    let name = |x: f64, baseline: f64| Name {
        text: text.to_owned(),
        x,
        baseline,
        room: Room { left: x, top: baseline - 12.0, right: x + width, bottom: baseline + 4.0 },
    };
    [
        name(mark.x + 12.0, mark.y + 4.5),
        name(mark.x - 12.0 - width, mark.y + 4.5),
        name(mark.x - width / 2.0, mark.y + 23.0),
        name(mark.x - width / 2.0, mark.y - 14.0),
    ]
}

/// Hidden from a screen reader, which hears the whole name of the mark's link.
fn written(name: &Name) -> Markup {
    html! { text.name aria-hidden="true" x=(format!("{:.1}", name.x)) y=(format!("{:.1}", name.baseline)) { (name.text) } }
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
        MapPoint {
            lat,
            lon,
            label: "<b>".into(),
            short: "<i>".into(),
            href: "/outlets/1".into(),
            state: State::Fine,
            fence_m: Some(150.0),
        }
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
    fn names_stand_beside_their_marks_and_touch_neither_marks_nor_one_another() {
        let html = drawn(&[point(34.25, 108.93), point(34.35, 109.10)]);
        assert_eq!(html.matches(">&lt;i&gt;</text>").count(), 2, "{html}");
        assert!(html.contains("<title>Map</title>") && html.contains("<desc>c</desc>"));
        // Many marks near each other: some stay without a name, none is written over.
        let points: Vec<MapPoint> = (0..60)
            .map(|n| MapPoint {
                short: format!("某某银行第{n}支行"),
                ..point(34.20 + 0.013 * f64::from(n / 8), 108.90 + 0.017 * f64::from(n % 8))
            })
            .collect();
        let projection = Projection::around(&points);
        let marks = marks(&points, &projection);
        let names: Vec<Name> = names(&marks).into_iter().flatten().collect();
        assert!(!names.is_empty() && names.len() < marks.len());
        for (at, name) in names.iter().enumerate() {
            assert!(name.room.is_on_paper());
            assert!(names[at + 1..].iter().all(|other| !other.room.meets(&name.room)));
            assert!(marks.iter().all(|mark| !Room::around(mark.x, mark.y, 8.9).meets(&name.room)));
        }
    }

    #[test]
    fn a_long_name_is_cut_where_it_still_says_something() {
        assert_eq!(shortened("高新一路支行"), "高新一路支行");
        assert_eq!(shortened("西安市雁塔区电子二路东段支行"), "西安市雁塔区电子二…");
        assert_eq!(shortened("Xi'an Gaoxin Road sub-branch"), "Xi'an Gaoxin Road…");
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
