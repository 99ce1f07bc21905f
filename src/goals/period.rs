//! Periods: a month, a quarter, a year, or any two dates. Pure.

use chrono::{Datelike, Months, NaiveDate};
use serde::{Deserialize, Serialize};

use crate::attendance::filter::date;

/// The longest, in days: two years and their leap days.
const LONGEST: i64 = 732;

/// Two local dates, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Period {
    /// The first.
    pub from: NaiveDate,
    /// The last.
    pub to: NaiveDate,
}

/// What a period is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Name {
    /// A whole month of a year.
    Month(i32, u32),
    /// A whole quarter of a year, 1 to 4.
    Quarter(i32, u32),
    /// A whole year.
    Year(i32),
    /// None of these.
    Dates,
}

impl Period {
    /// Checks two dates.
    ///
    /// # Errors
    /// `from_after_to`; `period_too_long` for more than two years. Both belong to the second date.
    pub fn new(from: NaiveDate, to: NaiveDate) -> Result<Period, &'static str> {
        match (to - from).num_days() {
            days if days < 0 => Err("from_after_to"),
            days if days >= LONGEST => Err("period_too_long"),
            _ => Ok(Period { from, to }),
        }
    }

    /// The month of a date.
    pub fn month_of(day: NaiveDate) -> Period {
        Period::months(first_of_month(day), 1)
    }

    /// The quarter of a date.
    pub fn quarter_of(day: NaiveDate) -> Period {
        let first = first_of_month(day);
        let back = Months::new((first.month() - 1) % 3);
        Period::months(first.checked_sub_months(back).unwrap_or(first), 3)
    }

    /// The year of a date.
    pub fn year_of(day: NaiveDate) -> Period {
        let first = first_of_month(day);
        Period::months(first.checked_sub_months(Months::new(first.month() - 1)).unwrap_or(first), 12)
    }

    fn months(from: NaiveDate, count: u32) -> Period {
        let next = from.checked_add_months(Months::new(count));
        Period { from, to: next.and_then(|day| day.pred_opt()).unwrap_or(NaiveDate::MAX) }
    }

    /// Reads `2026`, `2026-Q4`, `2026-11` or two dates with two points between them, as people write them in cells and addresses too:
    /// `2026年`, `2026年四季度`, `2026Q4`, `2026年11月`, `2026/11`, `2026-10-01..2026-11-15`, `2026-10-01至2026-11-15`.
    ///
    /// # Errors
    /// `not_a_period`, `from_after_to`, `period_too_long`.
    pub fn parse(text: &str) -> Result<Period, &'static str> {
        let text: String = crate::text::nfkc(text).chars().filter(|c| !c.is_whitespace()).collect();
        for between in ["..", "至", "~", "—", "到"] {
            if let Some((from, to)) = text.split_once(between) {
                return Period::new(day_of(from)?, day_of(to)?);
            }
        }
        let (year, rest) = text.split_at_checked(4).ok_or("not_a_period")?;
        let year = year.parse::<i32>().ok().filter(|year| (1900..3000).contains(year)).ok_or("not_a_period")?;
        let first = NaiveDate::from_ymd_opt(year, 1, 1).ok_or("not_a_period")?;
        let rest =
            rest.trim_start_matches(['年', '-', '/', '.']).trim_end_matches(['月', '度']).trim_start_matches('第');
        let quarter = rest.strip_prefix(['Q', 'q']).or_else(|| rest.strip_suffix('季'));
        match (rest, quarter) {
            ("", _) => Ok(Period::year_of(first)),
            (_, Some(quarter)) => {
                let number = quarter_number(quarter).ok_or("not_a_period")?;
                Ok(Period::quarter_of(first.checked_add_months(Months::new((number - 1) * 3)).unwrap_or(first)))
            }
            (month, None) => {
                let number = month.parse::<u32>().ok().filter(|_| month.len() <= 2).ok_or("not_a_period")?;
                NaiveDate::from_ymd_opt(year, number, 1).map(Period::month_of).ok_or("not_a_period")
            }
        }
    }

    /// What it is called.
    pub fn name(self) -> Name {
        let (year, month) = (self.from.year(), self.from.month());
        if self == Period::month_of(self.from) {
            Name::Month(year, month)
        } else if self == Period::quarter_of(self.from) {
            Name::Quarter(year, month.div_ceil(3))
        } else if self == Period::year_of(self.from) {
            Name::Year(year)
        } else {
            Name::Dates
        }
    }

    /// As addresses write it; `parse` reads it again.
    pub fn text(self) -> String {
        match self.name() {
            Name::Month(year, month) => format!("{year:04}-{month:02}"),
            Name::Quarter(year, quarter) => format!("{year:04}-Q{quarter}"),
            Name::Year(year) => format!("{year:04}"),
            Name::Dates => format!("{}..{}", self.from, self.to),
        }
    }

    /// The period just before: the month before a month, and so on; before two dates as many days.
    pub fn before(self) -> Period {
        let last = self.from.pred_opt().unwrap_or(self.from);
        match self.name() {
            Name::Month(..) => Period::month_of(last),
            Name::Quarter(..) => Period::quarter_of(last),
            Name::Year(_) => Period::year_of(last),
            Name::Dates => Period { from: last.checked_sub_signed(self.to - self.from).unwrap_or(last), to: last },
        }
    }

    /// The period just after.
    pub fn after(self) -> Period {
        let first = self.to.succ_opt().unwrap_or(self.to);
        match self.name() {
            Name::Month(..) => Period::month_of(first),
            Name::Quarter(..) => Period::quarter_of(first),
            Name::Year(_) => Period::year_of(first),
            Name::Dates => Period { from: first, to: first.checked_add_signed(self.to - self.from).unwrap_or(first) },
        }
    }

    /// Whether a day lies in it.
    pub fn holds(self, day: NaiveDate) -> bool {
        (self.from..=self.to).contains(&day)
    }

    /// Whether the two share a day.
    pub fn overlaps(self, other: Period) -> bool {
        self.from <= other.to && other.from <= self.to
    }

    /// How many days it has.
    pub fn days(self) -> i64 {
        (self.to - self.from).num_days() + 1
    }
}

fn day_of(text: &str) -> Result<NaiveDate, &'static str> {
    date(&text.replace(['/', '.'], "-")).map_err(|_| "not_a_period")
}

fn quarter_number(text: &str) -> Option<u32> {
    match text {
        "1" | "一" => Some(1),
        "2" | "二" => Some(2),
        "3" | "三" => Some(3),
        "4" | "四" => Some(4),
        _ => None,
    }
}

fn first_of_month(day: NaiveDate) -> NaiveDate {
    day.with_day(1).unwrap_or(day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(from: &str, to: &str) -> Period {
        Period { from: from.parse().expect("a date"), to: to.parse().expect("a date") }
    }

    #[test]
    fn periods_are_read_as_people_write_them() {
        for (text, from, to) in [
            ("2026", "2026-01-01", "2026-12-31"),
            ("2026年", "2026-01-01", "2026-12-31"),
            ("2026年度", "2026-01-01", "2026-12-31"),
            ("2026-Q4", "2026-10-01", "2026-12-31"),
            ("2026q1", "2026-01-01", "2026-03-31"),
            ("2026年第四季度", "2026-10-01", "2026-12-31"),
            ("2026年二季度", "2026-04-01", "2026-06-30"),
            ("2024-02", "2024-02-01", "2024-02-29"),
            ("２０２６年１１月", "2026-11-01", "2026-11-30"),
            ("2026/1", "2026-01-01", "2026-01-31"),
            ("2026-10-01..2026-11-15", "2026-10-01", "2026-11-15"),
            ("2026-10-01 至 2026-11-15", "2026-10-01", "2026-11-15"),
        ] {
            assert_eq!(Period::parse(text), Ok(of(from, to)), "{text}");
        }
        for text in ["", "26", "2026-Q5", "2026-13", "2026-011", "11月", "2026-11-01", "2026-11-31..2026-12-01"] {
            assert_eq!(Period::parse(text), Err("not_a_period"), "{text}");
        }
        assert_eq!(Period::parse("2026-02-01..2026-01-01"), Err("from_after_to"));
        assert_eq!(Period::parse("2020-02-01..2026-01-01"), Err("period_too_long"));
    }

    #[test]
    fn the_one_before_is_of_the_same_kind() {
        for (text, before, after) in [
            ("2026-03", "2026-02", "2026-04"),
            ("2026-Q1", "2025-Q4", "2026-Q2"),
            ("2026", "2025", "2027"),
            ("2026-03-11..2026-03-20", "2026-03-01..2026-03-10", "2026-03-21..2026-03-30"),
        ] {
            let period = Period::parse(text).expect("a period");
            assert_eq!((period.before().text(), period.after().text()), (before.to_owned(), after.to_owned()));
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(start in 0u64..9000, days in 0u64..700, kind in 0..4) {
            let day = NaiveDate::from_ymd_opt(2010, 1, 1).expect("a date") + chrono::Days::new(start);
            let period = match kind {
                0 => Period::month_of(day),
                1 => Period::quarter_of(day),
                2 => Period::year_of(day),
                _ => Period::new(day, day + chrono::Days::new(days)).expect("short enough"),
            };
            prop_assert_eq!(Period::parse(&period.text()), Ok(period));
            prop_assert!(period.holds(day));
            prop_assert!(!period.overlaps(period.before()) && !period.overlaps(period.after()));
            prop_assert_eq!(period.before().to.succ_opt(), Some(period.from));
        }
    }
}
