//! Corrections as a list within reach.

use diesel::prelude::*;
use serde::Deserialize;
use utoipa::IntoParams;

use super::corrections::{Correction, CorrectionState};
use super::filter::{Filter, FilterInput, Place};
use crate::db::schema::attendance_corrections as corrections;
use crate::db::{Conn, Id};
use crate::error::{Error, Result};
use crate::people::Reach;
use crate::web::pagination::List;

/// The parameters of the list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CorrectionsInput {
    /// The first local date.
    #[param(value_type = Option<chrono::NaiveDate>)]
    pub from: Option<String>,
    /// The last local date.
    #[param(value_type = Option<chrono::NaiveDate>)]
    pub to: Option<String>,
    /// Only this broker's.
    pub broker_id: Option<Id>,
    /// Only those that stand so.
    #[param(value_type = Option<CorrectionState>)]
    pub state: Option<String>,
    /// How many at most.
    #[param(minimum = 1, maximum = 500)]
    pub limit: Option<i64>,
    /// The `next_cursor` of the answer before.
    pub cursor: Option<String>,
}

/// The parameters, checked.
#[derive(Debug, Clone)]
pub struct CorrectionsFilter {
    filter: Filter,
    state: Option<CorrectionState>,
}

impl CorrectionsFilter {
    /// Checks what was sent.
    ///
    /// # Errors
    /// By field: `from`, `to`, `state`, `limit`, `cursor`.
    pub fn parse(input: CorrectionsInput) -> Result<CorrectionsFilter> {
        let known = |name: &str| CorrectionState::parse(name).ok_or_else(|| Error::field("state", "unknown_value"));
        let state = input.state.as_deref().map(known).transpose()?;
        let filter = Filter::parse(&FilterInput {
            from: input.from,
            to: input.to,
            broker_id: input.broker_id,
            outlet_id: None,
            limit: input.limit,
            cursor: input.cursor,
        })?;
        Ok(CorrectionsFilter { filter, state })
    }
}

/// The corrections within reach, the latest date first.
///
/// # Errors
/// What the database says.
pub fn list(conn: &mut Conn, reach: Reach, wanted: &CorrectionsFilter) -> Result<List<Correction>> {
    let filter = &wanted.filter;
    let mut query = corrections::table.select(Correction::as_select()).into_boxed();
    match reach {
        Reach::All => {}
        Reach::Branch(branch) => query = query.filter(corrections::branch_id.eq(branch)),
        Reach::Own { broker, .. } => query = query.filter(corrections::broker_id.eq(broker)),
    }
    if let Some(from) = filter.from {
        query = query.filter(corrections::date.ge(from));
    }
    if let Some(to) = filter.to {
        query = query.filter(corrections::date.le(to));
    }
    if let Some(broker) = filter.broker {
        query = query.filter(corrections::broker_id.eq(broker));
    }
    if let Some(state) = wanted.state {
        query = query.filter(corrections::state.eq(state));
    }
    if let Some((date, at, id)) = filter.part.after {
        let earlier_of_it = corrections::asked_at.lt(at).or(corrections::asked_at.eq(at).and(corrections::id.lt(id)));
        query = query.filter(corrections::date.le(date)).filter(corrections::date.lt(date).or(earlier_of_it));
    }
    let rows: Vec<Correction> = query
        .order((corrections::date.desc(), corrections::asked_at.desc(), corrections::id.desc()))
        .limit(filter.part.limit + 1)
        .load(conn)?;
    filter.part.list(rows, |row| -> Place { (row.date, row.asked_at, row.id) }, |row| row)
}
