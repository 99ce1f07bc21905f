//! When a shift begins and ends: with the bank's own staff, by the outlet's opening hours on that day.

use chrono::{Datelike, NaiveDate, NaiveTime, Weekday};

/// A branch's hours at an outlet whose own are not known: 09:00 to 17:00.
pub const DEFAULT_HOURS: Hours = Hours { from: at(9), to: at(17) };

const fn at(hour: u32) -> NaiveTime {
    match NaiveTime::from_hms_opt(hour, 0, 0) {
        Some(time) => time,
        None => NaiveTime::MIN,
    }
}

/// From and to on the branch's clock, on one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hours {
    pub from: NaiveTime,
    pub to: NaiveTime,
}

/// One interval in which an outlet is open each week; a weekday may have several (closed over noon).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opening {
    pub weekday: Weekday,
    pub hours: Hours,
}

/// Hours on one date, whatever the weekday says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Special {
    pub date: NaiveDate,
    pub hours: Hours,
}

/// Days on which an outlet is closed, the first and the last included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Closure {
    pub first: NaiveDate,
    pub last: NaiveDate,
}

/// The hours of a shift at an outlet on `date`; `None` where it is closed. Several intervals make one shift from
/// the first start to the last end. Special hours of the date go before those of its weekday, a closure before both.
/// On a workday without hours of its own, as a made-up Saturday mostly is, the branch's default holds.
pub fn hours_on(
    date: NaiveDate,
    openings: &[Opening],
    closures: &[Closure],
    specials: &[Special],
    is_workday: bool,
) -> Option<Hours> {
    if closures.iter().any(|closure| closure.first <= date && date <= closure.last) {
        return None;
    }
    if let Some(special) = specials.iter().find(|special| special.date == date) {
        return Some(special.hours);
    }
    let of_the_day = openings.iter().filter(|opening| opening.weekday == date.weekday());
    let joined = of_the_day
        .map(|opening| opening.hours)
        .reduce(|day, interval| Hours { from: day.from.min(interval.from), to: day.to.max(interval.to) });
    joined.or(is_workday.then_some(DEFAULT_HOURS))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(from: &str, to: &str) -> Hours {
        let time = |text: &str| text.parse().expect("a time");
        Hours { from: time(from), to: time(to) }
    }

    fn opening(weekday: Weekday, from: &str, to: &str) -> Opening {
        Opening { weekday, hours: hours(from, to) }
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    #[test]
    fn the_hours_of_a_shift_are_the_outlets_of_that_day() {
        let known = [
            opening(Weekday::Mon, "13:30:00", "17:30:00"),
            opening(Weekday::Mon, "08:30:00", "12:00:00"),
            opening(Weekday::Sat, "09:30:00", "15:00:00"),
        ];
        let monday = Some(hours("08:30:00", "17:30:00"));
        let saturday = Some(hours("09:30:00", "15:00:00"));
        let default = Some(hours("09:00:00", "17:00:00"));
        for (what, date, openings, is_workday, expected) in [
            ("none known, workday", "2026-03-09", &known[..0], true, default),
            ("none known, day off", "2026-03-14", &known[..0], false, None),
            ("two intervals", "2026-03-09", &known, true, monday),
            ("a holiday on which it opens", "2026-03-09", &known, false, monday),
            ("a Saturday on which it opens", "2026-03-14", &known, false, saturday),
            ("a workday without hours", "2026-03-10", &known, true, default),
            ("a Sunday, made up", "2026-03-15", &known, true, default),
            ("a Sunday", "2026-03-15", &known, false, None),
        ] {
            assert_eq!(hours_on(day(date), openings, &[], &[], is_workday), expected, "{what}");
        }
    }

    #[test]
    fn a_closure_closes_its_first_and_last_day_too() {
        let closures = [Closure { first: day("2026-03-09"), last: day("2026-03-10") }];
        let open = |date| hours_on(day(date), &[], &closures, &[], true).is_some();
        let open = ["2026-03-08", "2026-03-09", "2026-03-10", "2026-03-11"].map(open);
        assert_eq!(open, [true, false, false, true]);
    }

    #[test]
    fn special_hours_go_before_the_weekdays_but_not_before_a_closure() {
        let known = [opening(Weekday::Mon, "08:30:00", "17:30:00")];
        let specials =
            ["2026-03-09", "2026-03-15"].map(|date| Special { date: day(date), hours: hours("10:00:00", "15:00:00") });
        let closures = [Closure { first: day("2026-03-15"), last: day("2026-03-15") }];
        let on = |date, closures: &[Closure]| hours_on(day(date), &known, closures, &specials, false);
        assert_eq!(on("2026-03-09", &closures), Some(hours("10:00:00", "15:00:00")));
        assert_eq!(on("2026-03-16", &closures), Some(hours("08:30:00", "17:30:00")));
        assert_eq!(on("2026-03-15", &[]), Some(hours("10:00:00", "15:00:00")));
        assert_eq!(on("2026-03-15", &closures), None);
    }
}
