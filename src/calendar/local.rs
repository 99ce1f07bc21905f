//! Between instants and a branch's wall clock, also where daylight saving repeats or skips an hour.

use chrono::{DateTime, Days, Duration, NaiveDate, NaiveTime, TimeZone, Utc};
use chrono_tz::Tz;

/// A zone by its name; Shanghai's where this program does not know the name, which is told: whatever is reckoned by it may be wrong by hours.
pub fn zone_named(name: &str) -> Tz {
    name.parse().unwrap_or_else(|_| {
        tracing::error!(name, "no zone of this name is known; Shanghai's is taken");
        Tz::Asia__Shanghai
    })
}

/// The date on the wall in `tz` at `instant`.
pub fn local_date(instant: DateTime<Utc>, tz: Tz) -> NaiveDate {
    instant.with_timezone(&tz).date_naive()
}

/// The time on the wall in `tz` at `instant`.
pub fn local_time(instant: DateTime<Utc>, tz: Tz) -> NaiveTime {
    instant.with_timezone(&tz).time()
}

/// The instant at which the wall in `tz` shows `date` and `time`: the first of two where the clock is
/// set back, and the first minute that exists after it where the clock is set forward over it.
pub fn at_local(date: NaiveDate, time: NaiveTime, tz: Tz) -> DateTime<Utc> {
    let wall = date.and_time(time);
    // The longest gap there ever was is the day that Samoa left out in 2011.
    (0..=2 * 24 * 60)
        .filter_map(|minutes| wall.checked_add_signed(Duration::minutes(minutes)))
        .find_map(|wall| tz.from_local_datetime(&wall).earliest())
        .map_or_else(|| wall.and_utc(), |found| found.with_timezone(&Utc))
}

/// The instants that some zone of the world dates from `first` to `last`: an index by instant narrows a question about dates by them.
pub fn anywhere(first: NaiveDate, last: NaiveDate) -> (DateTime<Utc>, DateTime<Utc>) {
    let midnight = |date: NaiveDate| date.and_time(NaiveTime::MIN).and_utc();
    (midnight(first) - Duration::hours(14), midnight(last) + Duration::hours(24 + 12))
}

/// The first instant of `date` in `tz`.
pub fn day_start(date: NaiveDate, tz: Tz) -> DateTime<Utc> {
    at_local(date, NaiveTime::MIN, tz)
}

/// The first instant after `date` in `tz`: a local day is `day_start..day_end`.
pub fn day_end(date: NaiveDate, tz: Tz) -> DateTime<Utc> {
    day_start(date.checked_add_days(Days::new(1)).unwrap_or(date), tz)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn utc(text: &str) -> DateTime<Utc> {
        text.parse().expect("an instant")
    }

    fn at(text: &str, tz: Tz) -> DateTime<Utc> {
        let wall: chrono::NaiveDateTime = text.parse().expect("a date and time");
        at_local(wall.date(), wall.time(), tz)
    }

    #[test]
    fn the_local_date_is_the_branchs_not_the_servers() {
        let instant = utc("2026-11-20T16:01:00Z");
        assert_eq!(local_date(instant, Tz::Asia__Shanghai).to_string(), "2026-11-21");
        assert_eq!(local_date(instant, Tz::America__New_York).to_string(), "2026-11-20");
        assert_eq!(local_date(utc("2026-11-20T15:59:59Z"), Tz::Asia__Shanghai).to_string(), "2026-11-20");
    }

    #[test]
    fn wall_times_become_instants_also_around_a_clock_change() {
        let cases = [
            ("2026-11-21T08:30:00", Tz::Asia__Shanghai, "2026-11-21T00:30:00Z"),
            ("2026-03-08T01:59:00", Tz::America__New_York, "2026-03-08T06:59:00Z"),
            ("2026-03-08T02:30:00", Tz::America__New_York, "2026-03-08T07:00:00Z"), // set forward over it
            ("2026-11-01T01:30:00", Tz::America__New_York, "2026-11-01T05:30:00Z"), // twice: the first
            ("2024-09-08T00:00:00", Tz::America__Santiago, "2024-09-08T04:00:00Z"), // the day begins at 01:00
            ("2011-12-30T12:00:00", Tz::Pacific__Apia, "2011-12-30T10:00:00Z"),     // the day left out
        ];
        for (wall, tz, instant) in cases {
            assert_eq!(at(wall, tz), utc(instant), "{wall} in {tz}");
        }
    }

    #[test]
    fn a_day_may_have_23_or_25_hours() {
        let hours = |date: &str| {
            let date = date.parse().expect("a date");
            (day_end(date, Tz::Europe__Berlin) - day_start(date, Tz::Europe__Berlin)).num_hours()
        };
        assert_eq!([hours("2026-03-29"), hours("2026-10-25"), hours("2026-07-01")], [23, 25, 24]);
    }

    proptest! {
        #[test]
        fn every_instant_lies_within_its_local_day(
            seconds in 0i64..4_000_000_000,
            tz in prop::sample::select(vec![Tz::Asia__Shanghai, Tz::America__Santiago, Tz::Europe__Berlin, Tz::Pacific__Apia, Tz::UTC]),
        ) {
            let instant = DateTime::from_timestamp(seconds, 0).expect("in range");
            let date = local_date(instant, tz);
            prop_assert!(day_start(date, tz) <= instant && instant < day_end(date, tz));
        }
    }
}
