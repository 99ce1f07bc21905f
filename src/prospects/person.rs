//! One person and all records of them: those with the same mobile number, in whatever branch, and those merged into one another.

use diesel::prelude::*;
use serde::Deserialize;
use utoipa::ToSchema;

use super::store::mobile_hash;
use crate::db::schema::{data_requests, prospects};
use crate::db::{Conn, Id};
use crate::error::{Error, Faults, Result};
use crate::followups::waivers::reason;
use crate::keys::Keys;
use crate::people::Caller;
use crate::text::mobile::Mobile;

/// How a person is named in a request about their data: by exactly one of the two.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PersonInput {
    /// The mobile number, as typed.
    pub mobile: Option<String>,
    /// One of the person's records.
    pub prospect_id: Option<Id>,
    /// Why, for the register; at most 500 characters.
    #[schema(max_length = 500)]
    pub reason: Option<String>,
}

/// Who is meant.
#[derive(Debug, Clone)]
pub enum Named {
    /// Whoever has this number.
    Mobile(Mobile),
    /// The person of this record.
    Prospect(Id),
}

/// A request about a person's data, checked.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// Who.
    pub who: Named,
    /// Why; may be empty.
    pub reason: String,
}

impl PersonInput {
    /// Checks it.
    ///
    /// # Errors
    /// By field: `mobile`, `prospect_id`, `reason`.
    pub fn parse(&self) -> Result<Wanted> {
        let mut faults = Faults::new();
        let who = match (self.mobile.as_deref(), self.prospect_id) {
            (Some(mobile), None) => {
                faults.take("mobile", Mobile::parse(mobile).map_err(|e| e.code())).map(Named::Mobile)
            }
            (None, Some(id)) => Some(Named::Prospect(id)),
            (None, None) => faults.take("mobile", Err("required")),
            (Some(_), Some(_)) => faults.take("prospect_id", Err("one_of_two")),
        };
        let given = self.reason.as_deref().filter(|r| !r.trim().is_empty());
        let reason = given.and_then(|r| faults.take("reason", reason(r))).unwrap_or_default();
        match who {
            Some(who) if faults.is_empty() => Ok(Wanted { who, reason }),
            _ => Err(faults.into_error()),
        }
    }
}

/// All records of a person that still hold something of them, in every branch, oldest id first. Erased records hold nothing.
///
/// # Errors
/// `NotFound("prospect_id")` where there is no such record; `Gone` where it was erased.
pub fn records(conn: &mut Conn, keys: &Keys, who: &Named) -> Result<Vec<Id>> {
    let mut known: Vec<Id> = match who {
        Named::Mobile(mobile) => prospects::table
            .filter(prospects::mobile_hash.eq(mobile_hash(keys, mobile)).and(prospects::state.ne("erased")))
            .select(prospects::id)
            .load(conn)?,
        Named::Prospect(id) => {
            let state: Option<String> = prospects::table.find(id).select(prospects::state).first(conn).optional()?;
            match state.as_deref() {
                None => return Err(Error::NotFound(Some("prospect_id"))),
                Some("erased") => return Err(Error::Gone),
                Some(_) => vec![*id],
            }
        }
    };
    // A record leads to others by its number and by merging, and those to more; a person has a handful at most.
    loop {
        let before = known.len();
        known = related(conn, &known)?;
        if known.len() == before {
            return Ok(known);
        }
    }
}

fn related(conn: &mut Conn, known: &[Id]) -> Result<Vec<Id>> {
    let rows: Vec<(Option<Vec<u8>>, Option<Id>)> = prospects::table
        .filter(prospects::id.eq_any(known))
        .select((prospects::mobile_hash, prospects::merged_into))
        .load(conn)?;
    let hashes: Vec<Vec<u8>> = rows.iter().filter_map(|(hash, _)| hash.clone()).collect();
    let survivors: Vec<Id> = rows.iter().filter_map(|(_, into)| *into).collect();
    Ok(prospects::table
        .filter(prospects::state.ne("erased"))
        .filter(
            prospects::id
                .eq_any(known)
                .or(prospects::mobile_hash.eq_any(hashes))
                .or(prospects::id.eq_any(survivors))
                .or(prospects::merged_into.eq_any(known)),
        )
        .order(prospects::id)
        .select(prospects::id)
        .load(conn)?)
}

/// Enters a request in the register. `kind`: `export`, `erasure` or `reveal`.
///
/// # Errors
/// What the database says.
pub fn register(
    conn: &mut Conn,
    caller: &Caller,
    kind: &str,
    prospect: Option<Id>,
    found: usize,
    reason: &str,
) -> Result<Id> {
    let id = Id::new();
    diesel::insert_into(data_requests::table)
        .values((
            data_requests::id.eq(id),
            data_requests::kind.eq(kind),
            data_requests::prospect_id.eq(prospect),
            data_requests::found.eq(i32::try_from(found).unwrap_or(i32::MAX)),
            data_requests::reason.eq(reason),
            data_requests::by_user.eq(caller.user()?.id),
            data_requests::at.eq(caller.now),
        ))
        .execute(conn)?;
    Ok(id)
}
