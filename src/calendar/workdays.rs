//! Which days are worked. A calendar lists the exceptions; a date that no row speaks of is worked from
//! Monday to Friday. What a branch says of a day goes before what is said for all.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use chrono::{Datelike, NaiveDate, Weekday};

/// A row of a calendar. Without `is_workday` (an empty cell, as for a year not yet announced) it says nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CalendarDay {
    pub date: NaiveDate,
    pub is_workday: Option<bool>,
}

/// The days of one branch, worked or not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Workdays {
    listed: BTreeMap<NaiveDate, bool>,
}

impl Workdays {
    /// From the rows that hold for all and the branch's own. Of two rows of one list for a date the later holds.
    pub fn new(general: impl IntoIterator<Item = CalendarDay>, branch: impl IntoIterator<Item = CalendarDay>) -> Self {
        let rows = general.into_iter().chain(branch);
        let listed = rows.filter_map(|row| Some((row.date, row.is_workday?))).collect();
        Self { listed }
    }

    pub fn is_workday(&self, date: NaiveDate) -> bool {
        self.listed.get(&date).copied().unwrap_or_else(|| is_weekday(date))
    }

    /// The first workday later than `after`.
    pub fn next_workday(&self, after: NaiveDate) -> NaiveDate {
        self.nth_workday_after(after, 1)
    }

    /// The `n`th workday later than `date`; `date` itself for 0, worked or not.
    pub fn nth_workday_after(&self, date: NaiveDate, n: usize) -> NaiveDate {
        let Some(before_last) = n.checked_sub(1) else {
            return date;
        };
        date.iter_days().skip(1).filter(|day| self.is_workday(*day)).nth(before_last).unwrap_or(NaiveDate::MAX) // the end of time as chrono knows it
    }

    /// The years of `years` in which no Monday to Friday is listed as a holiday: their calendar has most likely
    /// not been brought in yet. (Weekends listed as free say nothing about that.)
    pub fn years_without_holiday(&self, years: RangeInclusive<i32>) -> Vec<i32> {
        years.filter(|year| !self.has_holiday(*year)).collect()
    }

    fn has_holiday(&self, year: i32) -> bool {
        let (Some(first), Some(last)) = (NaiveDate::from_ymd_opt(year, 1, 1), NaiveDate::from_ymd_opt(year, 12, 31))
        else {
            return false;
        };
        self.listed.range(first..=last).any(|(date, worked)| !worked && is_weekday(*date))
    }
}

fn is_weekday(date: NaiveDate) -> bool {
    !matches!(date.weekday(), Weekday::Sat | Weekday::Sun)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::Days;
    use proptest::prelude::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    fn row(date: &str, is_workday: Option<bool>) -> CalendarDay {
        CalendarDay { date: day(date), is_workday }
    }

    /// National Day 2024: 29 September and 12 October are worked, 1 to 7 October are free.
    fn national_day() -> Vec<CalendarDay> {
        let free = (1..=7).map(|d| row(&format!("2024-10-0{d}"), Some(false)));
        free.chain([row("2024-09-29", Some(true)), row("2024-10-12", Some(true))]).collect()
    }

    #[test]
    fn holidays_and_make_up_days_are_as_listed() {
        let days = Workdays::new(national_day(), []);
        for (date, worked) in [
            ("2024-09-28", false), // Saturday
            ("2024-09-29", true),  // Sunday, made up
            ("2024-09-30", true),
            ("2024-10-01", false),
            ("2024-10-07", false), // Monday
            ("2024-10-08", true),
            ("2024-10-12", true), // Saturday, made up
            ("2024-10-13", false),
        ] {
            assert_eq!(days.is_workday(day(date)), worked, "{date}");
        }
    }

    #[test]
    fn the_next_workday_leaps_over_a_holiday() {
        let days = Workdays::new(national_day(), []);
        for (from, n, then) in [
            ("2024-09-27", 1, "2024-09-29"),
            ("2024-09-30", 1, "2024-10-08"),
            ("2024-10-03", 1, "2024-10-08"),
            ("2024-09-30", 2, "2024-10-09"),
            ("2024-10-08", 4, "2024-10-12"),
            ("2024-10-08", 5, "2024-10-14"),
            ("2024-10-01", 0, "2024-10-01"),
        ] {
            assert_eq!(days.nth_workday_after(day(from), n), day(then), "{n} after {from}");
        }
        assert_eq!(days.next_workday(day("2024-10-01")), day("2024-10-08"));
        assert_eq!(Workdays::default().next_workday(day("2027-12-31")), day("2028-01-03"));
    }

    #[test]
    fn a_branchs_row_goes_before_the_general_one_and_an_empty_one_says_nothing() {
        let general = [row("2026-05-01", Some(false)), row("2026-05-04", Some(false)), row("2026-05-05", None)];
        let branch = [row("2026-05-01", Some(true)), row("2026-05-04", None), row("2026-05-06", Some(false))];
        let days = Workdays::new(general, branch);
        let worked = ["2026-05-01", "2026-05-04", "2026-05-05", "2026-05-06"].map(|d| days.is_workday(day(d)));
        assert_eq!(worked, [true, false, true, false]);
    }

    #[test]
    fn a_year_warns_until_a_weekday_in_it_is_free() {
        let rows = [
            row("2025-01-01", Some(false)), // Wednesday
            row("2026-01-03", Some(false)), // Saturday
            row("2026-01-01", Some(true)),
            row("2027-01-01", None),
        ];
        let days = Workdays::new(rows, []);
        assert_eq!(days.years_without_holiday(2024..=2027), [2024, 2026, 2027]);
    }

    #[test]
    fn the_end_of_time_is_no_panic() {
        assert_eq!(Workdays::default().next_workday(NaiveDate::MAX), NaiveDate::MAX);
    }

    fn rows() -> impl Strategy<Value = Vec<CalendarDay>> {
        let row = (0u64..60, any::<Option<bool>>());
        prop::collection::vec(row, 0..50).prop_map(|rows| {
            let place = |offset| day("2025-12-10") + Days::new(offset);
            rows.into_iter().map(|(offset, is_workday)| CalendarDay { date: place(offset), is_workday }).collect()
        })
    }

    /// Reads both lists from their ends for the first row that says something.
    fn naive_is_workday(general: &[CalendarDay], branch: &[CalendarDay], date: NaiveDate) -> bool {
        for list in [branch, general] {
            for row in list.iter().rev() {
                if let (true, Some(worked)) = (row.date == date, row.is_workday) {
                    return worked;
                }
            }
        }
        date.weekday().number_from_monday() < 6
    }

    proptest! {
        #[test]
        fn days_agree_with_reading_the_rows_one_by_one(general in rows(), branch in rows(), from in 0u64..70, n in 1usize..12) {
            let days = Workdays::new(general.clone(), branch.clone());
            let from = day("2025-12-05") + Days::new(from);
            let (mut date, mut seen) = (from, 0);
            while seen < n {
                date = date + Days::new(1);
                let worked = naive_is_workday(&general, &branch, date);
                prop_assert_eq!(days.is_workday(date), worked);
                seen += usize::from(worked);
            }
            prop_assert_eq!(days.nth_workday_after(from, n), date);
        }
    }
}
