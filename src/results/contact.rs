//! How soon people are contacted after the first meeting. Pure.

use chrono::{Days, NaiveDate};
use serde::Serialize;
use utoipa::ToSchema;

use crate::followups::due::DAYS_TO_CONTACT;
use crate::funnel::facts::Outcome;

crate::text_enum! {
    /// Days from the first meeting to the first contact.
    pub enum Band {
        /// On the same day.
        Day0 = "0",
        /// On the day after.
        Day1 = "1",
        /// Two days later.
        Day2 = "2",
        /// On the last day in time.
        Day3 = "3",
        /// Within a week.
        Week = "4-7",
        /// Within thirty days.
        Month = "8-30",
        /// Later still.
        Later = "31-",
        /// Not at all until now.
        Never = "never",
    }
}

impl Band {
    /// From how many days to how many; `None` for never.
    pub fn days(self) -> Option<(i32, i32)> {
        match self {
            Self::Day0 => Some((0, 0)),
            Self::Day1 => Some((1, 1)),
            Self::Day2 => Some((2, 2)),
            Self::Day3 => Some((3, 3)),
            Self::Week => Some((4, 7)),
            Self::Month => Some((8, 30)),
            Self::Later => Some((31, i32::MAX)),
            Self::Never => None,
        }
    }

    /// Whether that keeps the three-day rule.
    pub fn in_time(self) -> bool {
        self.days().is_some_and(|(_, last)| last <= DAYS_TO_CONTACT as i32)
    }

    fn of(days: u32) -> Band {
        let within = |band: &Band| band.days().is_some_and(|(_, last)| i64::from(days) <= i64::from(last));
        Band::ALL.into_iter().find(within).unwrap_or(Band::Later)
    }
}

/// The last day of first meetings whose three days are over on `today`.
pub fn last_counted(today: NaiveDate) -> NaiveDate {
    today.checked_sub_days(Days::new(DAYS_TO_CONTACT + 1)).unwrap_or(today)
}

/// How many, by days to the first contact.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct ByDays {
    /// On the same day.
    #[serde(rename = "0")]
    pub day0: u64,
    /// A day later.
    #[serde(rename = "1")]
    pub day1: u64,
    /// Two days later.
    #[serde(rename = "2")]
    pub day2: u64,
    /// Three days later.
    #[serde(rename = "3")]
    pub day3: u64,
    /// Four to seven days later.
    #[serde(rename = "4-7")]
    pub week: u64,
    /// Eight to thirty days later.
    #[serde(rename = "8-30")]
    pub month: u64,
    /// Later still.
    #[serde(rename = "31-")]
    pub later: u64,
    /// Not at all until now.
    pub never: u64,
}

impl ByDays {
    /// The soonest first.
    pub fn in_order(&self) -> [u64; 8] {
        let ByDays { day0, day1, day2, day3, week, month, later, never } = *self;
        [day0, day1, day2, day3, week, month, later, never]
    }

    fn add(&mut self, band: Band) {
        let count = match band {
            Band::Day0 => &mut self.day0,
            Band::Day1 => &mut self.day1,
            Band::Day2 => &mut self.day2,
            Band::Day3 => &mut self.day3,
            Band::Week => &mut self.week,
            Band::Month => &mut self.month,
            Band::Later => &mut self.later,
            Band::Never => &mut self.never,
        };
        *count += 1;
    }
}

/// How well some people were followed up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct Quality {
    /// Whose three days are over and whose follow-up was not waived.
    pub counted: u64,
    /// Of those, contacted within three days.
    pub kept: u64,
    /// `kept` by `counted`; null over nobody.
    pub share: Option<f64>,
    /// Whose follow-up was waived.
    pub waived: u64,
    /// Who still has time, today included; in no other number.
    pub pending: u64,
    /// The counted, by days from the first meeting to the first contact.
    pub days: ByDays,
}

impl Quality {
    /// Counts one more, met on a day, as of the local date `today`.
    pub fn add(&mut self, met_on: NaiveDate, outcome: Outcome, today: NaiveDate) {
        if met_on > last_counted(today) {
            self.pending += 1;
            return;
        }
        let band = match outcome {
            Outcome::Waived => {
                self.waived += 1;
                return;
            }
            Outcome::Nobody => Band::Never,
            Outcome::After(days) => Band::of(days),
        };
        self.counted += 1;
        self.kept += u64::from(band.in_time());
        self.days.add(band);
        self.share = Some(self.kept as f64 / self.counted as f64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_fall_into_their_bands() {
        let named = [0, 1, 2, 3, 4, 7, 8, 30, 31, 4_000_000_000].map(|days| Band::of(days).as_str());
        assert_eq!(named, ["0", "1", "2", "3", "4-7", "4-7", "8-30", "8-30", "31-", "31-"]);
        assert!(Band::ALL.into_iter().all(|band| Band::parse(band.as_str()) == Some(band)));
        assert_eq!(Band::ALL.map(Band::in_time), [true, true, true, true, false, false, false, false]);
    }

    #[test]
    fn only_those_whose_time_is_over_are_counted() {
        let day = |n| NaiveDate::from_ymd_opt(2026, 3, n).expect("a date");
        let mut quality = Quality::default();
        for (met, outcome) in [
            (10, Outcome::After(3)),
            (10, Outcome::After(4)),
            (10, Outcome::Nobody),
            (9, Outcome::Waived),
            (11, Outcome::After(0)),
            (12, Outcome::Nobody),
        ] {
            quality.add(day(met), outcome, day(14));
        }
        assert_eq!((quality.counted, quality.kept, quality.waived, quality.pending), (3, 1, 1, 2));
        assert_eq!(quality.share, Some(1.0 / 3.0));
        assert_eq!(quality.days.in_order(), [0, 0, 0, 1, 1, 0, 0, 1]);
    }
}
