//! The signs that put a check-in before a person. They are fixed at receipt, refuse nothing and accuse nobody.

use super::Fix;
use crate::place::{Point, distance_m};
use chrono::{DateTime, TimeDelta, Utc};

/// How far the phone's clock may be off.
const CLOCK_SLACK: TimeDelta = TimeDelta::minutes(5);
/// How long a check-in made without a network may wait.
const UPLOAD_SLACK: TimeDelta = TimeDelta::hours(24);
const FASTEST_KM_H: f64 = 200.0;
/// How far apart two fixes of one moment may be, in metres.
pub(super) const APART_AT_ONCE_M: f64 = 150.0;

crate::text_enum! {
    /// One sign; the order is that of the answer's `flags`.
    #[derive(PartialOrd, Ord)]
    pub enum Flag {
        ClockSkew = "clock_skew",
        LateUpload = "late_upload",
        RepeatedFix = "repeated_fix",
        ImpossibleSpeed = "impossible_speed",
        ZeroAccuracy = "zero_accuracy",
        NoShift = "no_shift",
        NoPosition = "no_position",
        NoCertificate = "no_certificate",
    }
}

impl Flag {
    /// Those that a row keeps, with spaces between. One that nobody knows is named in the log: a newer program wrote it, or the row is damaged.
    pub fn all(kept: &str) -> Vec<Flag> {
        let known = |word: &str| {
            let flag = Flag::parse(word);
            if flag.is_none() {
                tracing::error!(word, "a check-in has a sign that this program does not know");
            }
            flag
        };
        kept.split_ascii_whitespace().filter_map(known).collect()
    }
}

/// What is known of a check-in when it arrives. Points are WGS-84.
#[derive(Debug, Clone, Copy)]
pub struct Signs<'a> {
    /// When it was made, by the phone.
    pub at: DateTime<Utc>,
    /// When it arrived, by the server.
    pub received_at: DateTime<Utc>,
    /// Made without a network and sent later, so `at` may lie well back.
    pub offline: bool,
    pub fix: Option<&'a Fix>,
    /// Of the broker's check-ins with a position already received: the latest by `at` before this one, and those of its very moment. Of these one that is
    /// too far off is enough.
    pub previous: &'a [(DateTime<Utc>, Point)],
    /// The broker's latest check-ins with a position on other local dates, at most three.
    pub recent_other_days: &'a [Point],
    /// The broker has a shift that day at the outlet the check-in is for.
    pub has_shift: bool,
    /// The broker's practice certificate is valid on the local date of `at`.
    pub certificate_ok: bool,
}

/// All flags of a check-in, in the order of [`Flag`].
pub fn flags(signs: &Signs<'_>) -> Vec<Flag> {
    Flag::ALL.into_iter().filter(|flag| signs.show(*flag)).collect()
}

impl Signs<'_> {
    fn show(&self, flag: Flag) -> bool {
        match flag {
            Flag::ClockSkew => self.clock_skew(),
            Flag::LateUpload => self.offline && self.received_at - self.at > UPLOAD_SLACK,
            Flag::RepeatedFix => self.fix.is_some_and(|fix| {
                self.recent_other_days.iter().any(|earlier| earlier.same_to_six_decimals(fix.wgs84()))
            }),
            Flag::ImpossibleSpeed => self.impossible_speed(),
            Flag::ZeroAccuracy => self.fix.is_some_and(|fix| fix.accuracy_m() <= 0.0),
            Flag::NoShift => !self.has_shift,
            Flag::NoPosition => self.fix.is_none(),
            Flag::NoCertificate => !self.certificate_ok,
        }
    }

    fn clock_skew(&self) -> bool {
        let ahead = self.at - self.received_at;
        ahead > CLOCK_SLACK || (!self.offline && -ahead > CLOCK_SLACK)
    }

    fn impossible_speed(&self) -> bool {
        let too_fast = |fix: &Fix, then: DateTime<Utc>, there: Point| {
            let took = self.at - then;
            if took < TimeDelta::zero() {
                return false;
            }
            let metres = distance_m(there, fix.wgs84());
            if took.is_zero() { metres > APART_AT_ONCE_M } else { metres / took.as_seconds_f64() * 3.6 > FASTEST_KM_H }
        };
        self.fix.is_some_and(|fix| self.previous.iter().any(|(then, there)| too_fast(fix, *then, *there)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::place::Datum;
    use Flag::*;

    fn time(text: &str) -> DateTime<Utc> {
        text.parse().expect("a time")
    }

    fn noon() -> DateTime<Utc> {
        time("2026-11-20T04:00:00Z")
    }

    #[test]
    fn the_signs_of_a_row_are_read_and_an_unknown_one_hides_no_other() {
        assert_eq!(Flag::all(""), []);
        assert_eq!(Flag::all("clock_skew from_the_future repeated_fix"), [ClockSkew, RepeatedFix]);
    }

    /// So many metres along the equator, where a metre east is so many degrees exactly.
    fn east(metres: f64) -> Point {
        Point::new(0.0, 100.0 + (metres / 6_378_137.0).to_degrees())
    }

    fn fix_at(point: Point) -> Fix {
        Fix::parse(point.lat, point.lon, 20.0, Datum::Wgs84).expect("a fix")
    }

    /// A check-in that nobody needs to look at.
    fn plain(fix: &Fix) -> Signs<'_> {
        Signs {
            at: noon(),
            received_at: noon(),
            offline: false,
            fix: Some(fix),
            previous: &[],
            recent_other_days: &[],
            has_shift: true,
            certificate_ok: true,
        }
    }

    #[test]
    fn a_plain_check_in_has_none() {
        assert_eq!(flags(&plain(&fix_at(east(0.0)))), []);
    }

    #[test]
    fn clock_and_upload_go_by_strictly_more() {
        let here = fix_at(east(0.0));
        let minute = 60_000;
        let day = 24 * 60 * minute;
        // How long after `at` it was received, in milliseconds.
        let cases: [(i64, bool, &[Flag]); 14] = [
            (-5 * minute, false, &[]),
            (-5 * minute - 1, false, &[ClockSkew]),
            (-5 * minute, true, &[]),
            (-5 * minute - 1, true, &[ClockSkew]),
            (-day, true, &[ClockSkew]),
            (5 * minute, false, &[]),
            (5 * minute + 1, false, &[ClockSkew]),
            (5 * minute + 1, true, &[]),
            (day, true, &[]),
            (day + 1, true, &[LateUpload]),
            (day, false, &[ClockSkew]),
            (day + 1, false, &[ClockSkew]),
            (30 * day, true, &[LateUpload]),
            (0, true, &[]),
        ];
        for (millis, offline, want) in cases {
            let signs = Signs { received_at: noon() + TimeDelta::milliseconds(millis), offline, ..plain(&here) };
            assert_eq!(flags(&signs), want, "{millis} ms, offline {offline}");
        }
    }

    #[test]
    fn a_fix_seen_on_another_day_is_repeated() {
        let here = fix_at(Point::new(34.123_456_4, 108.987_654_4));
        let other = Point::new(34.123_457, 108.987_654);
        let same = Point::new(34.123_455_6, 108.987_654_1);
        for (recent, want) in
            [(vec![], false), (vec![other], false), (vec![same], true), (vec![other, other, same], true)]
        {
            let signs = Signs { recent_other_days: &recent, ..plain(&here) };
            assert_eq!(flags(&signs).contains(&RepeatedFix), want, "{recent:?}");
        }
        let nowhere = Signs { fix: None, recent_other_days: &[same], ..plain(&here) };
        assert_eq!(flags(&nowhere), [NoPosition]);
    }

    #[test]
    fn a_fix_is_compared_in_wgs84() {
        let wgs = Point::new(34.25, 108.95);
        let given = Datum::Gcj02.from_wgs84(wgs);
        let here = Fix::parse(given.lat, given.lon, 20.0, Datum::Gcj02).expect("a fix");
        for (recent, want) in [(wgs, vec![RepeatedFix]), (given, vec![])] {
            let signs = Signs { recent_other_days: &[recent], ..plain(&here) };
            assert_eq!(flags(&signs), want, "{recent:?}");
        }
    }

    #[test]
    fn nobody_travels_faster_than_two_hundred_kilometres_an_hour() {
        // Seconds since the earlier fix, metres from it.
        let cases = [
            (3_600, 199_999.0, false),
            (3_600, 200_001.0, true),
            (36, 1_999.9, false),
            (36, 2_000.1, true),
            (1, 55.5, false),
            (1, 55.6, true),
            (0, 149.9, false),
            (0, 150.1, true),
            (86_400, 4_700_000.0, false),
            // Not an earlier one.
            (-60, 500_000.0, false),
        ];
        for (seconds, metres, want) in cases {
            let here = fix_at(east(metres));
            let previous = [(noon() - TimeDelta::seconds(seconds), east(0.0))];
            let signs = Signs { previous: &previous, ..plain(&here) };
            assert_eq!(flags(&signs).contains(&ImpossibleSpeed), want, "{metres} m in {seconds} s");
        }
    }

    #[test]
    fn parts_of_a_second_count() {
        let here = fix_at(east(40.0));
        for (millis, want) in [(719, true), (721, false)] {
            let previous = [(noon() - TimeDelta::milliseconds(millis), east(0.0))];
            let signs = Signs { previous: &previous, ..plain(&here) };
            assert_eq!(flags(&signs).contains(&ImpossibleSpeed), want, "{millis} ms");
        }
    }

    #[test]
    fn an_accuracy_of_nothing_or_less_is_a_sign() {
        for (accuracy, want) in [(-1.0, true), (-0.0, true), (0.0, true), (0.1, false)] {
            let here = Fix::parse(34.0, 108.0, accuracy, Datum::Wgs84).expect("a fix");
            assert_eq!(flags(&plain(&here)).contains(&ZeroAccuracy), want, "{accuracy}");
        }
    }

    #[test]
    fn all_that_can_meet_come_in_order() {
        let here = Fix::parse(0.0, 100.0, 0.0, Datum::Wgs84).expect("a fix");
        let recent = [here.wgs84()];
        let signs = Signs {
            received_at: noon() + TimeDelta::days(2),
            previous: &[(noon(), east(1_000.0))],
            recent_other_days: &recent,
            has_shift: false,
            certificate_ok: false,
            ..plain(&here)
        };
        let online = [ClockSkew, RepeatedFix, ImpossibleSpeed, ZeroAccuracy, NoShift, NoCertificate];
        assert_eq!(flags(&signs), online);
        let offline = [LateUpload, RepeatedFix, ImpossibleSpeed, ZeroAccuracy, NoShift, NoCertificate];
        assert_eq!(flags(&Signs { offline: true, ..signs }), offline);
        let nowhere = [LateUpload, NoShift, NoPosition, NoCertificate];
        assert_eq!(flags(&Signs { offline: true, fix: None, ..signs }), nowhere);
    }

    #[test]
    fn names_are_stable_and_read_back() {
        assert_eq!(
            Flag::ALL.map(Flag::as_str),
            [
                "clock_skew",
                "late_upload",
                "repeated_fix",
                "impossible_speed",
                "zero_accuracy",
                "no_shift",
                "no_position",
                "no_certificate"
            ]
        );
        for flag in Flag::ALL {
            assert_eq!(Flag::parse(flag.as_str()), Some(flag));
            assert_eq!(serde_json::to_value(flag).expect("a name"), flag.as_str());
        }
        assert_eq!(Flag::parse("no-shift"), None);
        assert!(Flag::ALL.is_sorted());
    }
}
