//! The roll as a list: what part of it is asked for, in pages by date.

use diesel::prelude::*;
use serde::Deserialize;
use utoipa::IntoParams;

use super::filter::{Filter, FilterInput, Place};
use super::roll::{Attendance, RollShift, attend};
use super::status::Status;
use crate::db::{At, Conn, Id};
use crate::error::{Error, Result};
use crate::people::Reach;
use crate::rota::shifts;
use crate::web::pagination::{List, Part};

/// How many shifts one answer looks at where only some statuses are wanted: a status is worked out, not kept.
const LOOKED_AT: i64 = 4_000;

/// The parameters of the list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct RollInput {
    /// The first local date.
    #[param(value_type = Option<chrono::NaiveDate>)]
    pub from: Option<String>,
    /// The last local date.
    #[param(value_type = Option<chrono::NaiveDate>)]
    pub to: Option<String>,
    /// Only this broker's.
    pub broker_id: Option<Id>,
    /// Only those at this outlet.
    pub outlet_id: Option<Id>,
    /// Only those that stand so, corrections counted. An answer may then hold fewer than `limit` and still have a `next_cursor`.
    #[param(value_type = Option<Status>)]
    pub status: Option<String>,
    /// How many at most.
    #[param(minimum = 1, maximum = 500)]
    pub limit: Option<i64>,
    /// The `next_cursor` of the answer before.
    pub cursor: Option<String>,
}

/// The parameters, checked.
#[derive(Debug, Clone)]
pub struct RollFilter {
    filter: Filter,
    status: Option<Status>,
}

impl RollFilter {
    /// Checks what was sent.
    ///
    /// # Errors
    /// By field: `from`, `to`, `status`, `limit`, `cursor`.
    pub fn parse(input: RollInput) -> Result<RollFilter> {
        let status = match input.status.as_deref() {
            None => None,
            Some(name) => Some(Status::parse(name).ok_or_else(|| Error::field("status", "unknown_value"))?),
        };
        let filter = Filter::parse(&FilterInput {
            from: input.from,
            to: input.to,
            broker_id: input.broker_id,
            outlet_id: input.outlet_id,
            limit: input.limit,
            cursor: input.cursor,
        })?;
        Ok(RollFilter { filter, status })
    }
}

/// The rows within reach, by date and start.
///
/// # Errors
/// What the database says.
pub fn list(conn: &mut Conn, reach: Reach, wanted: &RollFilter, now: At) -> Result<List<Attendance>> {
    let (part, place) = (&wanted.filter.part, |s: &RollShift| -> Place { (s.date, s.starts_at, s.id) });
    let Some(status) = wanted.status else {
        let shifts = shifts_of(conn, reach, &wanted.filter, part.limit + 1)?;
        let rows = attend(conn, shifts, now)?;
        return part.list(rows, |row| place(&row.shift), Attendance::from);
    };
    let looked_at = shifts_of(conn, reach, &wanted.filter, LOOKED_AT)?;
    let last = looked_at.last().map(place).filter(|_| looked_at.len() as i64 == LOOKED_AT);
    let mut rows = attend(conn, looked_at, now)?;
    rows.retain(|row| row.counts().status == status);
    let full = rows.len() as i64 > part.limit;
    let mut answer = part.list(rows, |row| place(&row.shift), Attendance::from)?;
    if let (false, Some(last)) = (full, last) {
        answer.next_cursor = Some(Part::cursor(&last)?);
    }
    Ok(answer)
}

fn shifts_of(conn: &mut Conn, reach: Reach, filter: &Filter, limit: i64) -> Result<Vec<RollShift>> {
    Ok(shifts::within(reach, filter, limit).select(RollShift::as_select()).load(conn)?)
}
