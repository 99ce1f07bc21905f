//! How far something has come against how much of its time is gone (时间进度). Pure, and in whole numbers until the last step.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::period::Period;
use crate::calendar::workdays::Workdays;

crate::text_enum! {
    /// By which days the time of a period is measured: a setting of the branch.
    pub enum TimeBy: Text {
        /// By working days of the branch's calendar, make-up days among them.
        Workdays = "workdays",
        /// By all days.
        Calendar = "calendar",
    }
}

/// How much of a period is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Time {
    /// Days gone, today among them.
    pub gone: u32,
    /// Days in all; at least one.
    pub total: u32,
    /// Which days these are: calendar days where the period has no workday.
    pub by: TimeBy,
    /// Whether its last day is past.
    pub over: bool,
}

impl Time {
    /// Of a period on a day.
    pub fn of(by: TimeBy, period: Period, today: NaiveDate, workdays: &Workdays) -> Time {
        let days = period.from.iter_days().take_while(|day| *day <= period.to);
        let over = today > period.to;
        let count = |counts: &dyn Fn(NaiveDate) -> bool| {
            days.clone()
                .filter(|day| counts(*day))
                .fold((0, 0), |(gone, total), day| (gone + u32::from(day <= today), total + 1))
        };
        if by == TimeBy::Workdays {
            let (gone, total) = count(&|day| workdays.is_workday(day));
            if total > 0 {
                return Time { gone, total, by, over };
            }
        }
        let (gone, total) = count(&|_| true);
        Time { gone, total, by: TimeBy::Calendar, over }
    }

    /// The share that is gone, in per cent with one decimal.
    pub fn percent(self) -> f64 {
        tenths(i128::from(self.gone) * 100, i128::from(self.total))
    }

    /// Whether it has begun to count.
    pub fn has_begun(self) -> bool {
        self.gone > 0 || self.over
    }
}

crate::text_enum! {
    /// How something stands.
    pub enum Stand {
        /// Its time has not begun, or nothing can be said yet.
        Waiting = "waiting",
        /// It was reached.
        Reached = "reached",
        /// At least as far as the time.
        OnTime = "on_time",
        /// Less far than the time, within the margin.
        Close = "close",
        /// Further behind the time than the margin.
        Behind = "behind",
        /// Its time is over and it was not reached.
        Short = "short",
    }
}

impl Stand {
    /// What needs doing first comes first.
    pub fn rank(self) -> u8 {
        match self {
            Stand::Short => 0,
            Stand::Behind => 1,
            Stand::Close => 2,
            Stand::OnTime => 3,
            Stand::Waiting => 4,
            Stand::Reached => 5,
        }
    }
}

/// How far, against the time.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Progress {
    /// What was done; of a share the per cent, rounded down. May be below 0 by counter-entries.
    pub done: i64,
    /// What was to be done.
    pub target: i64,
    /// The share of the target that is done, in per cent with one decimal; of a share the share itself; null where there is nothing to take it of.
    pub percent: Option<f64>,
    /// The share of the period that is gone, in per cent with one decimal; null for a share, which is not a matter of time.
    pub time_percent: Option<f64>,
    /// `percent` less `time_percent` (of a share: less the target), in points with one decimal.
    pub points: Option<f64>,
    /// What that makes of it.
    pub stand: Stand,
}

/// Judges a number that grows with the period: 58 % done when 66 % of the time is gone is 8 points behind.
pub fn judge(done: i64, target: i64, time: Time, margin_points: i32) -> Progress {
    let target = target.max(1);
    let (whole, part) = (i128::from(target) * i128::from(time.total), i128::from(done) * i128::from(time.total));
    // Points times `whole`, exactly.
    let ahead = (part - i128::from(time.gone) * i128::from(target)) * 100;
    let stand = if done >= target {
        Stand::Reached
    } else if time.over {
        Stand::Short
    } else if !time.has_begun() {
        Stand::Waiting
    } else {
        against(ahead, whole, margin_points)
    };
    Progress {
        done,
        target,
        percent: Some(tenths(i128::from(done) * 100, i128::from(target))),
        time_percent: Some(time.percent()),
        points: Some(tenths(ahead, whole)),
        stand,
    }
}

/// Judges a share: `part` of `whole` against so many per cent, whatever the time.
pub fn judge_share(part: i64, whole: i64, target: i64, over: bool, margin_points: i32) -> Progress {
    if whole <= 0 {
        let nothing =
            Progress { done: 0, target, percent: None, time_percent: None, points: None, stand: Stand::Waiting };
        return nothing;
    }
    let (part, whole) = (i128::from(part), i128::from(whole));
    let ahead = part * 100 - i128::from(target) * whole;
    let stand = match ahead {
        ahead if ahead >= 0 => Stand::Reached,
        _ if over => Stand::Short,
        ahead => against(ahead, whole, margin_points),
    };
    Progress {
        done: i64::try_from((part * 200 + whole) / (whole * 2)).unwrap_or(0),
        target,
        percent: Some(tenths(part * 100, whole)),
        time_percent: None,
        points: Some(tenths(ahead, whole)),
        stand,
    }
}

fn against(ahead: i128, whole: i128, margin_points: i32) -> Stand {
    if ahead >= 0 {
        Stand::OnTime
    } else if ahead < -i128::from(margin_points) * whole {
        Stand::Behind
    } else {
        Stand::Close
    }
}

/// `part / whole` with one decimal, a half away from nothing.
fn tenths(part: i128, whole: i128) -> f64 {
    let (part, whole) = (part * 20, whole.max(1) * 2);
    let rounded = (part.abs() + whole / 2) / whole;
    (if part < 0 { -rounded } else { rounded }) as f64 / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::workdays::CalendarDay;
    use proptest::prelude::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    fn time(gone: u32, total: u32) -> Time {
        Time { gone, total, by: TimeBy::Calendar, over: false }
    }

    /// National Day 2026: 1 to 7 October are free, Sunday 27 September and Saturday 10 October are made up.
    fn national_day() -> Workdays {
        let free = (1..=7).map(|d| (format!("2026-10-0{d}"), false));
        let made_up = ["2026-09-27", "2026-10-10"].map(|d| (d.to_owned(), true));
        let rows = free.chain(made_up).map(|(date, worked)| CalendarDay { date: day(&date), is_workday: Some(worked) });
        Workdays::new(rows, [])
    }

    #[test]
    fn time_goes_by_working_days_with_those_made_up() {
        let october = Period::month_of(day("2026-10-01"));
        for (today, by, gone, total) in [
            ("2026-09-30", TimeBy::Workdays, 0, 18),
            ("2026-10-07", TimeBy::Workdays, 0, 18), // all holiday so far
            ("2026-10-08", TimeBy::Workdays, 1, 18),
            ("2026-10-10", TimeBy::Workdays, 3, 18), // a Saturday made up
            ("2026-10-11", TimeBy::Workdays, 3, 18),
            ("2026-10-31", TimeBy::Workdays, 18, 18),
            ("2026-10-07", TimeBy::Calendar, 7, 31),
            ("2026-12-01", TimeBy::Calendar, 31, 31),
        ] {
            let time = Time::of(by, october, day(today), &national_day());
            assert_eq!((time.gone, time.total, time.by), (gone, total, by), "{today} by {by}");
            assert_eq!(time.over, today > "2026-10-31");
        }
        // A period without a workday goes by its days.
        let holiday = Period::new(day("2026-10-01"), day("2026-10-04")).expect("a period");
        let time = Time::of(TimeBy::Workdays, holiday, day("2026-10-02"), &national_day());
        assert_eq!((time.gone, time.total, time.by), (2, 4, TimeBy::Calendar));
    }

    #[test]
    fn progress_is_told_in_points_against_the_time() {
        use Stand::*;
        for (done, target, gone, total, points, stand) in [
            (58, 100, 66, 100, -8.0, Close), // the domain's own example, within ten points
            (55, 100, 66, 100, -11.0, Behind),
            (56, 100, 66, 100, -10.0, Close), // the margin itself is not beyond it
            (66, 100, 66, 100, 0.0, OnTime),
            (1, 3, 1, 3, 0.0, OnTime),
            (1, 3, 10, 30, 0.0, OnTime),
            (7, 20, 14, 21, -31.7, Behind),
            (20, 20, 1, 21, 95.2, Reached),
            (25, 20, 21, 21, 25.0, Reached),
            (0, 5, 0, 20, 0.0, Waiting),
            (-3, 10, 1, 10, -40.0, Behind), // taken back by a counter-entry
        ] {
            let progress = judge(done, target, time(gone, total), 10);
            assert_eq!(
                (progress.points, progress.stand),
                (Some(points), stand),
                "{done} of {target}, {gone} of {total}"
            );
        }
        let over = Time { over: true, ..time(30, 30) };
        assert_eq!(judge(9, 10, over, 10).stand, Short);
        assert_eq!(judge(10, 10, over, 10).stand, Reached);
    }

    #[test]
    fn a_share_is_no_matter_of_time() {
        use Stand::*;
        for (part, whole, over, percent, points, stand) in [
            (9, 10, false, Some(90.0), Some(0.0), Reached),
            (8, 10, false, Some(80.0), Some(-10.0), Close),
            (7, 10, false, Some(70.0), Some(-20.0), Behind),
            (7, 10, true, Some(70.0), Some(-20.0), Short),
            (0, 0, true, None, None, Waiting),
        ] {
            let progress = judge_share(part, whole, 90, over, 10);
            assert_eq!(
                (progress.percent, progress.points, progress.stand),
                (percent, points, stand),
                "{part} of {whole}"
            );
            assert_eq!(progress.time_percent, None);
        }
    }

    proptest! {
        #[test]
        fn points_are_the_share_done_less_the_share_gone(
            done in 0i64..2_000_000, target in 1i64..1_000_000, total in 1u32..800, gone in 0u32..800, margin in 0i32..50,
        ) {
            let gone = gone.min(total);
            let progress = judge(done, target, time(gone, total), margin);
            let exact = done as f64 * 100.0 / target as f64 - f64::from(gone) * 100.0 / f64::from(total);
            prop_assert!((progress.points.expect("points") - exact).abs() <= 0.050_001);
            let more = judge(done + 1, target, time(gone, total), margin);
            prop_assert!(more.points >= progress.points && more.stand.rank() >= progress.stand.rank());
            if gone < total {
                let later = judge(done, target, time(gone + 1, total), margin);
                prop_assert!(later.points < progress.points);
            }
            prop_assert_eq!(progress.stand == Stand::Reached, done >= target);
            if progress.stand == Stand::Behind {
                prop_assert!(exact < -f64::from(margin) + 1e-6);
            }
        }

        #[test]
        fn no_day_is_counted_twice_and_none_is_left_out(
            start in 0u64..600, days in 0u64..200, today in 0u64..900, free in prop::collection::vec(0u64..900, 0..60),
        ) {
            let epoch = day("2026-01-01");
            let date = |n: u64| epoch + chrono::Days::new(n);
            let rows = free.iter().map(|n| CalendarDay { date: date(*n), is_workday: Some(n % 3 == 0) });
            let workdays = Workdays::new(rows, []);
            let period = Period::new(date(start), date(start + days)).expect("a period");
            let time = Time::of(TimeBy::Workdays, period, date(today), &workdays);
            let worked = |n: &u64| time.by == TimeBy::Calendar || workdays.is_workday(date(*n));
            let all = (start..=start + days).filter(worked).count();
            let gone = (start..=start + days).filter(|n| *n <= today).filter(worked).count();
            prop_assert_eq!((time.gone as usize, time.total as usize), (gone, all));
            prop_assert!(time.total > 0 && (0.0..=100.0).contains(&time.percent()));
        }
    }
}
