//! The register of requests by people about their data, the latest first.

use chrono_tz::Tz;
use diesel::prelude::*;

use crate::db::schema::{data_requests, users};
use crate::db::{At, Conn, Id};
use crate::error::Result;
use crate::templates::care::RequestLine;
use crate::web::pagination::{List, Part};

/// A place in the register.
pub type Place = (At, Id);

/// A part of the register; times in `zone`.
///
/// # Errors
/// What the database says.
pub fn list(conn: &mut Conn, part: &Part<Place>, zone: Tz) -> Result<List<RequestLine>> {
    let mut query = data_requests::table
        .inner_join(users::table.on(users::id.eq(data_requests::by_user)))
        .order((data_requests::at.desc(), data_requests::id.desc()))
        .limit(part.limit + 1)
        .select((
            (data_requests::at, data_requests::id),
            data_requests::kind,
            users::name,
            data_requests::found,
            data_requests::reason,
        ))
        .into_boxed();
    if let Some((at, id)) = part.after {
        query = query.filter(data_requests::at.lt(at).or(data_requests::at.eq(at).and(data_requests::id.lt(id))));
    }
    let rows: Vec<(Place, String, String, i32, String)> = query.load(conn)?;
    part.list(
        rows,
        |row| row.0,
        |((at, _), kind, by, found, reason)| RequestLine { at: at.minute_in(zone), kind, by, found, reason },
    )
}
