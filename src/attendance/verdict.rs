//! The check-in rule: at the outlet, elsewhere, or not to be told; and how late or early.

use super::Fix;
use crate::place::Fence;
use chrono::{DateTime, Utc};

/// The worst accuracy, in metres, with which a fix can still show that somebody is on site.
const WORST_ACCURACY_M: f64 = 200.0;

crate::text_enum! {
    /// What a check-in's position says.
    pub enum Verdict: Text {
        OnSite = "on_site",
        OffSite = "off_site",
        Uncertain = "uncertain",
    }
}

/// A verdict with the distance it rests on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Judged {
    pub verdict: Verdict,
    /// Metres from the fix to the fence's point or nearest edge, unrounded; none without a fix or a fence.
    pub distance_m: Option<f64>,
}

/// Judges a fix by the fence of the outlet; without either nothing can be told.
pub fn verdict(fence: Option<&Fence>, fix: Option<&Fix>) -> Judged {
    let (Some(fence), Some(fix)) = (fence, fix) else {
        return Judged { verdict: Verdict::Uncertain, distance_m: None };
    };
    let distance = fence.distance_m(fix.wgs84());
    Judged { verdict: judge(distance, fix.accuracy_m(), fence.radius_m()), distance_m: Some(distance) }
}

/// The rule on its numbers, all in metres. Between the two plain answers lies what the fix is too poor for.
fn judge(distance: f64, accuracy: f64, radius: f64) -> Verdict {
    if accuracy <= 0.0 {
        Verdict::Uncertain
    } else if distance <= radius && accuracy <= WORST_ACCURACY_M {
        Verdict::OnSite
    } else if distance - accuracy > radius {
        Verdict::OffSite
    } else {
        Verdict::Uncertain
    }
}

/// A distance as it is shown and answered: metres to one decimal. Never to judge by.
pub fn one_decimal(metres: f64) -> f64 {
    (metres * 10.0).round() / 10.0
}

/// Whole minutes a broker came after the shift's start, rounded down, 0 if in time.
pub fn minutes_late(at: DateTime<Utc>, starts_at: DateTime<Utc>) -> i64 {
    (at - starts_at).num_minutes().max(0)
}

/// Whole minutes a broker left before the shift's end, rounded down, 0 if not before.
pub fn minutes_early(at: DateTime<Utc>, ends_at: DateTime<Utc>) -> i64 {
    (ends_at - at).num_minutes().max(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::place::{Datum, Point, Ring, distance_m};
    use Verdict::{OffSite, OnSite, Uncertain};
    use proptest::prelude::*;

    #[test]
    fn the_rule_on_its_numbers() {
        // distance, accuracy, radius
        let cases = [
            (0.0, 10.0, 150.0, OnSite),
            (150.0, 10.0, 150.0, OnSite),
            (150.000_001, 10.0, 150.0, Uncertain),
            (160.0, 10.0, 150.0, Uncertain),
            (160.000_001, 10.0, 150.0, OffSite),
            (100.0, 200.0, 150.0, OnSite),
            (100.0, 200.000_001, 150.0, Uncertain),
            (350.0, 200.0, 150.0, Uncertain),
            (350.5, 200.0, 150.0, OffSite),
            (5_000.0, 4_850.0, 150.0, Uncertain),
            (5_000.0, 4_849.0, 150.0, OffSite),
            (5_000.0, 100_000.0, 150.0, Uncertain),
            // A polygon: inside, at the edge, beside it.
            (0.0, 200.0, 0.0, OnSite),
            (0.0, 201.0, 0.0, Uncertain),
            (0.001, 5.0, 0.0, Uncertain),
            (5.0, 5.0, 0.0, Uncertain),
            (5.1, 5.0, 0.0, OffSite),
            // An accuracy nobody knows.
            (0.0, 0.0, 150.0, Uncertain),
            (0.0, -0.0, 150.0, Uncertain),
            (0.0, -1.0, 150.0, Uncertain),
            (9_000.0, 0.0, 150.0, Uncertain),
            (9_000.0, -1.0, 150.0, Uncertain),
            (0.0, 0.000_1, 150.0, OnSite),
        ];
        for (distance, accuracy, radius, want) in cases {
            let got = judge(distance, accuracy, radius);
            assert_eq!(got, want, "d {distance}, a {accuracy}, r {radius}");
        }
    }

    fn fix(lat: f64, lon: f64, accuracy: f64) -> Fix {
        Fix::parse(lat, lon, accuracy, Datum::Wgs84).expect("a fix")
    }

    /// So many metres along the equator, where a metre east is so many degrees exactly.
    fn east_m(metres: f64) -> f64 {
        100.0 + (metres / 6_378_137.0).to_degrees()
    }

    #[test]
    fn a_circle_is_judged_by_the_distance_on_the_ellipsoid() {
        let fence = Fence::circle(Point::new(0.0, 100.0), 150.0).expect("a fence");
        for (metres, accuracy, want) in [
            (82.0, 40.0, OnSite),
            (149.999, 200.0, OnSite),
            (150.001, 40.0, Uncertain),
            (189.999, 40.0, Uncertain),
            (190.001, 40.0, OffSite),
            (82.0, 0.0, Uncertain),
        ] {
            let judged = verdict(Some(&fence), Some(&fix(0.0, east_m(metres), accuracy)));
            assert_eq!(judged.verdict, want, "{metres} m, good to {accuracy} m");
            let distance = judged.distance_m.expect("a distance");
            assert!((distance - metres).abs() < 1e-6, "{distance}");
        }
    }

    #[test]
    fn a_fix_exactly_at_the_radius_is_on_site() {
        let (centre, there) = (Point::new(34.25, 108.95), Point::new(34.251, 108.951));
        let metres = distance_m(there, centre);
        let here = fix(there.lat, there.lon, 30.0);
        let at = |radius_m| Fence::circle(centre, radius_m).expect("a fence");
        assert_eq!(verdict(Some(&at(metres)), Some(&here)).verdict, OnSite);
        let short = at(metres.next_down());
        assert_eq!(verdict(Some(&short), Some(&here)).verdict, Uncertain);
    }

    #[test]
    fn a_polygon_has_no_radius() {
        let corners = [[-0.001, 99.999], [-0.001, 100.0], [0.001, 100.0], [0.001, 99.999]];
        let fence = Fence::Polygon(Ring::parse(&corners, Datum::Wgs84).expect("a ring"));
        for (lon, accuracy, want) in [
            (99.9995, 20.0, OnSite),
            (99.9995, 200.5, Uncertain),
            (100.0, 20.0, OnSite),
            (east_m(19.9), 20.0, Uncertain),
            (east_m(20.1), 20.0, OffSite),
        ] {
            let judged = verdict(Some(&fence), Some(&fix(0.0, lon, accuracy)));
            assert_eq!(judged.verdict, want, "{lon}, good to {accuracy} m");
        }
    }

    #[test]
    fn the_three_systems_give_one_verdict() {
        let outlet = Point::new(34.259_442, 108.947_012);
        let there = Point::new(34.260_5, 108.947_6);
        let fence = Fence::circle(outlet, 150.0).expect("a fence");
        let metres = distance_m(outlet, there);
        for datum in Datum::ALL {
            let given = datum.from_wgs84(there);
            let here = Fix::parse(given.lat, given.lon, 15.0, datum).expect("a fix");
            let judged = verdict(Some(&fence), Some(&here));
            assert_eq!(judged.verdict, OnSite);
            assert!((judged.distance_m.expect("a distance") - metres).abs() < 1e-4);
        }
    }

    #[test]
    fn without_an_outlet_or_a_fix_nothing_can_be_told() {
        let fence = Fence::circle(Point::new(34.0, 108.0), 150.0).expect("a fence");
        let here = fix(34.0, 108.0, 10.0);
        let nothing = Judged { verdict: Uncertain, distance_m: None };
        assert_eq!(verdict(None, Some(&here)), nothing);
        assert_eq!(verdict(Some(&fence), None), nothing);
        assert_eq!(verdict(None, None), nothing);
    }

    #[test]
    fn the_distance_is_kept_where_the_accuracy_is_unknown() {
        let fence = Fence::circle(Point::new(0.0, 100.0), 150.0).expect("a fence");
        let judged = verdict(Some(&fence), Some(&fix(0.0, east_m(82.0), -1.0)));
        assert_eq!(judged.verdict, Uncertain);
        assert_eq!(judged.distance_m.map(one_decimal), Some(82.0));
    }

    #[test]
    fn names_read_back() {
        for verdict in Verdict::ALL {
            assert_eq!(Verdict::parse(verdict.as_str()), Some(verdict));
            assert_eq!(serde_json::to_value(verdict).expect("a name"), verdict.as_str());
        }
        assert_eq!(Verdict::ALL.map(Verdict::as_str), ["on_site", "off_site", "uncertain"]);
        assert_eq!(Verdict::parse("on site"), None);
    }

    #[test]
    fn a_shown_distance_has_one_decimal() {
        for (metres, shown) in [(0.0, 0.0), (82.04, 82.0), (82.06, 82.1), (149.96, 150.0), (12_345.67, 12_345.7)] {
            assert_eq!(one_decimal(metres), shown);
        }
    }

    #[test]
    fn minutes_are_whole_and_never_below_nothing() {
        let nine: DateTime<Utc> = "2026-11-21T01:00:00Z".parse().expect("a time");
        for (millis, want) in
            [(0, 0), (59_999, 0), (60_000, 1), (119_999, 1), (600_000, 10), (-1, 0), (-60_000, 0), (-3_600_000, 0)]
        {
            let later = nine + chrono::TimeDelta::milliseconds(millis);
            assert_eq!(minutes_late(later, nine), want, "{millis} ms after the start");
            assert_eq!(minutes_early(nine, later), want, "{millis} ms before the end");
        }
    }

    proptest! {
        #[test]
        fn one_and_only_one_of_the_three(
            distance in 0.0..2_000.0f64, accuracy in -1.0..1_000.0f64, radius in 0.0..500.0f64,
        ) {
            let on = accuracy > 0.0 && accuracy <= 200.0 && distance <= radius;
            let off = accuracy > 0.0 && distance - accuracy > radius;
            prop_assert!(!(on && off));
            let want = if on { OnSite } else if off { OffSite } else { Uncertain };
            prop_assert_eq!(judge(distance, accuracy, radius), want);
        }

        #[test]
        fn a_better_fix_never_takes_a_plain_answer_back(
            distance in 0.0..2_000.0f64, accuracy in 0.001..1_000.0f64, radius in 0.0..500.0f64,
            better in 0.001..=1.0f64,
        ) {
            let before = judge(distance, accuracy, radius);
            if before != Uncertain {
                prop_assert_eq!(judge(distance, accuracy * better, radius), before);
            }
        }

        #[test]
        fn farther_away_is_never_more_on_site(
            distance in 0.0..2_000.0f64, more in 0.0..2_000.0f64,
            accuracy in 0.001..1_000.0f64, radius in 0.0..500.0f64,
        ) {
            let rank = |d| match judge(d, accuracy, radius) { OnSite => 0, Uncertain => 1, OffSite => 2 };
            prop_assert!(rank(distance) <= rank(distance + more));
        }
    }
}
