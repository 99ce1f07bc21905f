//! What part of the shifts or check-ins is asked for: local dates, both included, a broker, an outlet.

use chrono::{Datelike, NaiveDate};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::db::{At, Id};
use crate::error::{Faults, FieldError, Result};
use crate::people::{CurrentUser, Reach, Role};
use crate::web::pagination::Part;

/// The parameters of both lists.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct FilterInput {
    /// The first local date.
    #[param(value_type = Option<NaiveDate>)]
    pub from: Option<String>,
    /// The last local date.
    #[param(value_type = Option<NaiveDate>)]
    pub to: Option<String>,
    /// Only this broker's.
    pub broker_id: Option<Id>,
    /// Only those at this outlet.
    pub outlet_id: Option<Id>,
    /// How many at most.
    #[param(minimum = 1, maximum = 500)]
    pub limit: Option<i64>,
    /// The `next_cursor` of the answer before.
    pub cursor: Option<String>,
}

/// A place in either list: the date, the moment, the id.
pub type Place = (NaiveDate, At, Id);

/// The parameters, checked.
#[derive(Debug, Clone)]
pub struct Filter {
    /// The first local date.
    pub from: Option<NaiveDate>,
    /// The last local date.
    pub to: Option<NaiveDate>,
    /// Only this broker's.
    pub broker: Option<Id>,
    /// Only those at this outlet.
    pub outlet: Option<Id>,
    /// Which part.
    pub part: Part<Place>,
}

impl Filter {
    /// Checks what was sent.
    ///
    /// # Errors
    /// By field: `from`, `to`, `limit`, `cursor`.
    pub fn parse(input: &FilterInput) -> Result<Filter> {
        let mut faults = Faults::new();
        let mut day = |field: &str, given: Option<&str>| given.and_then(|given| faults.take(field, date(given)));
        let (from, to) = (day("from", input.from.as_deref()), day("to", input.to.as_deref()));
        if let (Some(from), Some(to)) = (from, to)
            && from > to
        {
            faults.push(FieldError::new("to", "from_after_to"));
        }
        faults.check()?;
        let part = Part::parse(input.limit, input.cursor.as_deref())?;
        Ok(Filter { from, to, broker: input.broker_id, outlet: input.outlet_id, part })
    }
}

/// A date as the API and the forms write it.
///
/// # Errors
/// `not_a_date`, `out_of_range`.
pub fn date(given: &str) -> std::result::Result<NaiveDate, &'static str> {
    let date = NaiveDate::parse_from_str(given, "%Y-%m-%d").map_err(|_| "not_a_date")?;
    if date.to_string() != given {
        return Err("not_a_date"); // 2026-1-5 and the like
    }
    if (1900..3000).contains(&date.year()) { Ok(date) } else { Err("out_of_range") }
}

/// Notes a last day before the first, or more days than there may be.
pub fn at_most(faults: &mut Faults, from: NaiveDate, to: NaiveDate, most: i64) {
    match (to - from).num_days() {
        days if days < 0 => faults.add("to", "from_after_to"),
        days if days >= most => faults.push(FieldError::longer_than("to", most)),
        _ => {}
    }
}

/// Whether a user may see where exactly somebody was: that broker, and who answers for them at the branch.
pub fn sees_position(user: &CurrentUser, broker: Id, branch: Id) -> bool {
    match (user.reach(), user.role) {
        (Reach::Own { broker: own, .. }, _) => own == broker,
        (Reach::Branch(own), Role::Coordinator | Role::Manager) => own == branch,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_written_in_one_way() {
        for (text, want) in [
            ("2026-11-23", None),
            ("2026-1-5", Some("not_a_date")),
            ("+2026-11-23", Some("not_a_date")),
            ("2026-02-30", Some("not_a_date")),
            ("2026-11-23T00:00:00Z", Some("not_a_date")),
            ("0001-01-01", Some("out_of_range")),
        ] {
            assert_eq!(date(text).err(), want, "{text}");
        }
    }
}
