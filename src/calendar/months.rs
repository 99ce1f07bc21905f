//! Months: their first and last days.

use chrono::{Datelike, Months, NaiveDate};

/// The first day of a date's month.
pub fn first_day(date: NaiveDate) -> NaiveDate {
    date.with_day(1).unwrap_or(date)
}

/// The last day of a date's month.
pub fn last_day(date: NaiveDate) -> NaiveDate {
    first_day(date).checked_add_months(Months::new(1)).and_then(|next| next.pred_opt()).unwrap_or(NaiveDate::MAX)
}

/// The first days of the months that a period touches.
pub fn months(from: NaiveDate, to: NaiveDate) -> impl Iterator<Item = NaiveDate> {
    std::iter::successors(Some(first_day(from)), |month| month.checked_add_months(Months::new(1)))
        .take_while(move |month| *month <= to)
}
