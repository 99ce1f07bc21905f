//! Whether those that somebody asks for by an id are within reach.
//!
//! People and places come and go between branches: whom a branch's prospects were met by, or where, it may ask for, also where they are another's now.

use diesel::dsl::exists;
use diesel::prelude::*;
use diesel::select;

use super::query::{GroupBy, Only};
use crate::db::schema::{banks, follow_ups, outlets, prospects, users};
use crate::db::{Conn, Id};
use crate::error::{Error, Result};
use crate::people::Reach;

/// Refuses what is unknown or out of reach.
///
/// # Errors
/// `NotFound` naming `broker_id` or `outlet_id`.
pub fn check(conn: &mut Conn, reach: Reach, only: &Only) -> Result<()> {
    if let Some(id) = only.broker {
        broker(conn, reach, id, "broker_id")?;
    }
    only.outlet.map_or(Ok(()), |id| outlet(conn, reach, id, "outlet_id"))
}

/// Refuses the key of a group that is unknown or out of reach. Whether it is a key at all is judged elsewhere.
///
/// # Errors
/// `NotFound` naming `key`.
pub fn check_key(conn: &mut Conn, reach: Reach, by: GroupBy, key: &str) -> Result<()> {
    let Ok(id) = key.parse::<Id>() else { return Ok(()) };
    match by {
        GroupBy::Broker => broker(conn, reach, id, "key"),
        GroupBy::Outlet => outlet(conn, reach, id, "key"),
        GroupBy::Bank => found(select(exists(banks::table.find(id))).get_result(conn)?, "key"),
        GroupBy::Source | GroupBy::Event | GroupBy::Month | GroupBy::Community => Ok(()),
    }
}

/// Refuses somebody who neither belongs to the branch nor met anybody in reach, nor has their follow-ups.
///
/// # Errors
/// `NotFound` naming `field`.
pub fn broker(conn: &mut Conn, reach: Reach, id: Id, field: &'static str) -> Result<()> {
    let there = users::table.find(id);
    let met = prospects::table.filter(prospects::met_by.eq(id));
    let is_known = match reach {
        Reach::All => select(exists(there)).get_result(conn)?,
        Reach::Branch(branch) => {
            let theirs = follow_ups::table.filter(follow_ups::broker_id.eq(id).and(follow_ups::branch_id.eq(branch)));
            select(exists(there.filter(users::branch_id.eq(branch)))).get_result(conn)?
                || select(exists(met.filter(prospects::branch_id.eq(branch)))).get_result(conn)?
                || select(exists(theirs)).get_result(conn)?
        }
        Reach::Own { broker, branch } => {
            select(exists(there.filter(users::branch_id.eq(branch)))).get_result(conn)?
                || select(exists(met.filter(prospects::broker_id.eq(broker)))).get_result(conn)?
        }
    };
    found(is_known, field)
}

/// Refuses an outlet that neither is the branch's nor had anybody in reach met at it.
///
/// # Errors
/// `NotFound` naming `field`.
pub fn outlet(conn: &mut Conn, reach: Reach, id: Id, field: &'static str) -> Result<()> {
    let there = outlets::table.find(id);
    let met = prospects::table.filter(prospects::outlet_id.eq(id));
    let is_known = match reach {
        Reach::All => select(exists(there)).get_result(conn)?,
        Reach::Branch(branch) => {
            select(exists(there.filter(outlets::branch_id.eq(branch)))).get_result(conn)?
                || select(exists(met.filter(prospects::branch_id.eq(branch)))).get_result(conn)?
        }
        Reach::Own { broker, branch } => {
            select(exists(there.filter(outlets::branch_id.eq(branch)))).get_result(conn)?
                || select(exists(met.filter(prospects::broker_id.eq(broker)))).get_result(conn)?
        }
    };
    found(is_known, field)
}

fn found(is_known: bool, field: &'static str) -> Result<()> {
    if is_known { Ok(()) } else { Err(Error::NotFound(Some(field))) }
}
