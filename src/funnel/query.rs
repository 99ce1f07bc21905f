//! What is asked of the funnel.

use chrono::{Datelike, Months, NaiveDate};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::attendance::filter::date;
use crate::calendar::months::first_day;
use crate::db::Id;
use crate::error::{Faults, FieldError, Result};
use crate::prospects::kinds::Source;

crate::text_enum! {
    /// By what the people are put together.
    pub enum GroupBy {
        /// Where they met.
        Outlet = "outlet",
        /// Who met them.
        Broker = "broker",
        /// How they met.
        Source = "source",
        /// At which joint event.
        Event = "event",
        /// In which month.
        Month = "month",
        /// At an outlet of which bank.
        Bank = "bank",
        /// In which community.
        Community = "community",
    }
}

impl GroupBy {
    /// Those that the page offers: nobody is tied to an event or a community yet.
    pub const OFFERED: [Self; 5] = [Self::Outlet, Self::Broker, Self::Source, Self::Month, Self::Bank];
}

crate::text_enum! {
    /// With which other period a funnel is put side by side.
    #[derive(Default)]
    pub enum Compare {
        /// With none.
        #[default]
        None = "none",
        /// With the one just before, of the same length.
        Before = "before",
        /// With the same dates a year earlier.
        Year = "year",
    }
}

impl Compare {
    /// In the order in which the page offers them.
    pub const OFFERED: [Self; 3] = [Self::Before, Self::Year, Self::None];
}

/// The parameters of the funnel.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct FunnelInput {
    /// First met on this local date or later; the first of the month eleven months back where it is absent.
    #[param(value_type = Option<NaiveDate>)]
    pub from: Option<String>,
    /// First met on this local date or earlier; today where it is absent.
    #[param(value_type = Option<NaiveDate>)]
    pub to: Option<String>,
    /// By what; by outlet where it is absent.
    #[param(value_type = Option<GroupBy>)]
    pub group_by: Option<String>,
    /// Only those met by this broker.
    pub broker_id: Option<Id>,
    /// Only those met at this outlet.
    pub outlet_id: Option<Id>,
    /// Only those met this way.
    #[param(value_type = Option<Source>)]
    pub source: Option<String>,
    /// With which other period; with none where it is absent.
    #[param(value_type = Option<Compare>)]
    pub compare: Option<String>,
}

/// The parameters, checked.
#[derive(Clone, Copy, Debug)]
pub struct FunnelQuery {
    /// The first local date of a first meeting.
    pub from: NaiveDate,
    /// The last one.
    pub to: NaiveDate,
    /// By what.
    pub group_by: GroupBy,
    /// To what it is narrowed.
    pub only: Only,
    /// With which other period.
    pub compare: Compare,
}

/// To what a funnel is narrowed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Only {
    /// Met by this broker.
    pub broker: Option<Id>,
    /// Met at this outlet.
    pub outlet: Option<Id>,
    /// Met this way.
    pub source: Option<Source>,
}

impl Only {
    /// Whether it is narrowed at all.
    pub fn narrows(&self) -> bool {
        self.broker.is_some() || self.outlet.is_some() || self.source.is_some()
    }
}

impl FunnelQuery {
    /// Checks what was sent.
    ///
    /// # Errors
    /// By field: `from`, `to`, `group_by`, `source`, `compare`.
    pub fn parse(input: &FunnelInput, today: NaiveDate) -> Result<FunnelQuery> {
        let mut faults = Faults::new();
        let mut day = |field: &str, given: Option<&str>| given.and_then(|given| faults.take(field, date(given)));
        let (from, to) = (day("from", input.from.as_deref()), day("to", input.to.as_deref()));
        let to = to.unwrap_or(today);
        let from = from.unwrap_or_else(|| first_day(to).checked_sub_months(Months::new(11)).unwrap_or(to));
        if from > to {
            faults.push(FieldError::new("to", "from_after_to"));
        }
        let group_by = input.group_by.as_deref().map_or(Some(GroupBy::Outlet), |given| {
            faults.take("group_by", GroupBy::parse(given).ok_or("unknown_value"))
        });
        let source = input
            .source
            .as_deref()
            .and_then(|given| faults.take("source", Source::parse(given).ok_or("unknown_value")));
        let compare = input
            .compare
            .as_deref()
            .and_then(|given| faults.take("compare", Compare::parse(given).ok_or("unknown_value")));
        faults.check()?;
        let only = Only { broker: input.broker_id, outlet: input.outlet_id, source };
        Ok(FunnelQuery {
            from,
            to,
            group_by: group_by.unwrap_or(GroupBy::Outlet),
            only,
            compare: compare.unwrap_or_default(),
        })
    }

    /// The other period, where one is asked for.
    pub fn compared(&self) -> Option<FunnelQuery> {
        let year = |date: NaiveDate| date.checked_sub_months(Months::new(12)).unwrap_or(date);
        match self.compare {
            Compare::None => None,
            Compare::Before => Some(self.before()),
            Compare::Year => Some(FunnelQuery { from: year(self.from), to: year(self.to), ..*self }),
        }
    }

    /// The period just before, of the same length: whole months before whole months, else as many days.
    pub fn before(&self) -> FunnelQuery {
        let next = self.to.succ_opt().unwrap_or(self.to);
        let whole = self.from.day() == 1 && next.day() == 1;
        let months = (next.year() - self.from.year()) * 12 + next.month() as i32 - self.from.month() as i32;
        let to = self.from.pred_opt().unwrap_or(self.from);
        let from = match whole {
            true => self.from.checked_sub_months(Months::new(months.unsigned_abs())),
            false => self.from.checked_sub_signed(next - self.from),
        };
        FunnelQuery { from: from.unwrap_or(to), to, ..*self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    #[test]
    fn the_period_before_is_as_long() {
        let of = |from: &str, to: &str| {
            let input = FunnelInput { from: Some(from.into()), to: Some(to.into()), ..FunnelInput::default() };
            let before = FunnelQuery::parse(&input, day("2026-11-22")).expect("a query").before();
            (before.from.to_string(), before.to.to_string())
        };
        for (from, to, expected) in [
            ("2026-03-01", "2026-03-31", ("2026-02-01", "2026-02-28")),
            ("2026-01-01", "2026-12-31", ("2025-01-01", "2025-12-31")),
            ("2026-03-02", "2026-03-08", ("2026-02-23", "2026-03-01")),
            ("2026-03-05", "2026-03-05", ("2026-03-04", "2026-03-04")),
        ] {
            assert_eq!(of(from, to), (expected.0.to_owned(), expected.1.to_owned()));
        }
    }

    #[test]
    fn without_a_period_it_is_the_last_twelve_months() {
        let query = FunnelQuery::parse(&FunnelInput::default(), day("2026-11-22")).expect("a query");
        assert_eq!((query.from, query.to), (day("2025-12-01"), day("2026-11-22")));
    }
}
