//! Days, weeks, months, quarters and years: pure. Weeks begin on Monday and are numbered by ISO 8601: the first has the year's first Thursday.

use chrono::{Datelike, Days, Months, NaiveDate};
use serde::Serialize;
use utoipa::ToSchema;

use crate::language::Lang;
use crate::t;

crate::text_enum! {
    /// How long a period is.
    #[derive(PartialOrd, Ord)]
    pub enum Unit: Text {
        /// One day.
        Day = "day",
        /// Monday to Sunday.
        Week = "week",
        /// A month of the calendar.
        Month = "month",
        /// Three of them.
        Quarter = "quarter",
        /// January to December.
        Year = "year",
    }
}

impl Unit {
    /// The one that a date is in.
    pub fn of(self, date: NaiveDate) -> Period {
        let first = match self {
            Unit::Day => date,
            Unit::Week => {
                date.checked_sub_days(Days::new(date.weekday().num_days_from_monday().into())).unwrap_or(date)
            }
            Unit::Month => date.with_day(1).unwrap_or(date),
            Unit::Quarter => NaiveDate::from_ymd_opt(date.year(), date.month0() / 3 * 3 + 1, 1).unwrap_or(date),
            Unit::Year => NaiveDate::from_ymd_opt(date.year(), 1, 1).unwrap_or(date),
        };
        self.from(first)
    }

    fn from(self, first: NaiveDate) -> Period {
        let next = match self {
            Unit::Day => first.succ_opt(),
            Unit::Week => first.checked_add_days(Days::new(7)),
            Unit::Month => first.checked_add_months(Months::new(1)),
            Unit::Quarter => first.checked_add_months(Months::new(3)),
            Unit::Year => first.checked_add_months(Months::new(12)),
        };
        Period { unit: self, first, last: next.and_then(|next| next.pred_opt()).unwrap_or(first) }
    }
}

/// A period: both days are in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Period {
    /// How long it is.
    #[serde(rename = "period")]
    pub unit: Unit,
    /// Its first day.
    #[serde(rename = "from")]
    pub first: NaiveDate,
    /// Its last day.
    #[serde(rename = "to")]
    pub last: NaiveDate,
}

impl Period {
    /// The one before.
    pub fn before(self) -> Period {
        self.unit.of(self.first.pred_opt().unwrap_or(self.first))
    }

    /// The one after.
    pub fn after(self) -> Period {
        self.unit.of(self.last.succ_opt().unwrap_or(self.last))
    }

    /// What it is drawn by: a week in days, a month in weeks, a quarter or a year in months; none for a day. What reaches beyond it is cut off.
    pub fn pieces(self) -> Vec<Period> {
        let unit = match self.unit {
            Unit::Day => return Vec::new(),
            Unit::Week => Unit::Day,
            Unit::Month => Unit::Week,
            Unit::Quarter | Unit::Year => Unit::Month,
        };
        std::iter::successors(Some(unit.of(self.first)), |piece| Some(piece.after()))
            .take_while(|piece| piece.first <= self.last && piece.last >= self.first)
            .map(|piece| Period { first: piece.first.max(self.first), last: piece.last.min(self.last), ..piece })
            .collect()
    }

    /// What people call it.
    pub fn name(self, lang: Lang) -> String {
        let (year, days) = (self.first.year().to_string(), span(lang, self.first, self.last));
        match self.unit {
            Unit::Day => t!(lang, "report-name-day", year = year, day = day(lang, self.first)),
            Unit::Week => {
                let week = self.first.iso_week();
                t!(lang, "report-name-week", year = week.year().to_string(), week = week.week(), days = days)
            }
            Unit::Month => t!(lang, "report-name-month", year = year, month = month(lang, self.first)),
            Unit::Quarter => t!(lang, "report-name-quarter", year = year, quarter = self.first.month0() / 3 + 1),
            Unit::Year => t!(lang, "report-name-year", year = year),
        }
    }

    /// What one of the pieces of a longer period is called.
    pub fn short_name(self, lang: Lang) -> String {
        match self.unit {
            Unit::Month => month(lang, self.first),
            _ => span(lang, self.first, self.last),
        }
    }
}

fn day(lang: Lang, date: NaiveDate) -> String {
    date.format(if lang == Lang::Zh { "%-m月%-d日" } else { "%-d %b" }).to_string()
}

fn month(lang: Lang, date: NaiveDate) -> String {
    date.format(if lang == Lang::Zh { "%-m月" } else { "%b" }).to_string()
}

fn span(lang: Lang, first: NaiveDate, last: NaiveDate) -> String {
    let is_short = (first.year(), first.month()) == (last.year(), last.month());
    match lang {
        _ if first == last => day(lang, first),
        Lang::Zh if is_short => format!("{}–{}日", day(lang, first).trim_end_matches('日'), last.day()),
        Lang::En if is_short => format!("{}–{}", first.day(), day(lang, last)),
        _ => format!("{}–{}", day(lang, first), day(lang, last)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    fn days(unit: Unit, day: &str) -> (String, String) {
        let period = unit.of(date(day));
        (period.first.to_string(), period.last.to_string())
    }

    #[test]
    fn a_date_is_in_the_period_that_the_calendar_says() {
        for (unit, day, first, last) in [
            (Unit::Day, "2026-02-28", "2026-02-28", "2026-02-28"),
            (Unit::Week, "2026-11-22", "2026-11-16", "2026-11-22"),
            (Unit::Week, "2027-01-03", "2026-12-28", "2027-01-03"),
            (Unit::Month, "2028-02-10", "2028-02-01", "2028-02-29"),
            (Unit::Month, "2026-12-31", "2026-12-01", "2026-12-31"),
            (Unit::Quarter, "2026-05-01", "2026-04-01", "2026-06-30"),
            (Unit::Quarter, "2026-12-31", "2026-10-01", "2026-12-31"),
            (Unit::Year, "2026-07-01", "2026-01-01", "2026-12-31"),
        ] {
            assert_eq!(days(unit, day), (first.to_owned(), last.to_owned()), "{unit:?} {day}");
        }
    }

    #[test]
    fn the_fifty_third_week_has_the_name_of_its_year() {
        let week = Unit::Week.of(date("2027-01-01"));
        assert_eq!(week.name(Lang::En), "Week 53 of 2026, 28 Dec–3 Jan");
        assert_eq!(week.after().name(Lang::En), "Week 1 of 2027, 4–10 Jan");
        assert_eq!(Unit::Week.of(date("2024-12-31")).name(Lang::En), "Week 1 of 2025, 30 Dec–5 Jan");
        assert_eq!(Unit::Quarter.of(date("2026-11-22")).name(Lang::Zh), "2026年第4季度");
    }

    #[test]
    fn days_of_one_month_are_named_once() {
        let of = |lang, day: &str| Unit::Week.of(date(day)).short_name(lang);
        assert_eq!(
            (of(Lang::Zh, "2026-11-18"), of(Lang::En, "2026-11-18")),
            ("11月16–22日".into(), "16–22 Nov".into())
        );
        assert_eq!(of(Lang::Zh, "2026-12-01"), "11月30日–12月6日");
    }

    #[test]
    fn pieces_lie_within_their_period() {
        let names: Vec<String> =
            Unit::Month.of(date("2026-11-22")).pieces().into_iter().map(|piece| piece.short_name(Lang::En)).collect();
        assert_eq!(names, ["1 Nov", "2–8 Nov", "9–15 Nov", "16–22 Nov", "23–29 Nov", "30 Nov"]);
        assert_eq!(Unit::Year.of(date("2026-01-01")).pieces().len(), 12);
        assert_eq!(Unit::Day.of(date("2026-01-01")).pieces(), []);
    }

    proptest! {
        #[test]
        fn periods_of_a_length_follow_each_other_and_pieces_fill_them(days in 0u64..40_000, unit in 0usize..5) {
            let (unit, day) = (Unit::ALL[unit], date("1970-01-01") + Days::new(days));
            let period = unit.of(day);
            prop_assert!(period.first <= day && day <= period.last);
            prop_assert_eq!(period.after().first, period.last.succ_opt().expect("a day"));
            prop_assert_eq!(period.before().last, period.first.pred_opt().expect("a day"));
            prop_assert_eq!(unit.of(period.last), period);
            let pieces = period.pieces();
            let whole: i64 = pieces.iter().map(|piece| (piece.last - piece.first).num_days() + 1).sum();
            prop_assert!(pieces.is_empty() || whole == (period.last - period.first).num_days() + 1);
            prop_assert_eq!(Unit::parse(unit.as_str()), Some(unit));
        }
    }
}
