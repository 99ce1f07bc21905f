//! Guessing is slowed down: failures are counted by what is guessed at and by address, before the guess is looked at, so that parallel ones count each other.

use chrono::Duration;
use diesel::prelude::*;

use super::Caller;
use crate::db::schema::sign_in_tries;
use crate::db::{At, Conn, Id, serialise};
use crate::error::{Error, Result};

/// Failures at one thing (a login on an unknown device, a code) within `WITHIN` before it must wait.
pub const A_KEY: i64 = 10;
/// Failures from one address; a branch shares one.
pub const AN_ADDRESS: i64 = 100;
/// How long a failure counts.
pub const WITHIN: Duration = Duration::minutes(15);

/// Counts a try at `key`. `known_device`: only its own failures count, so that nobody at the same address locks it out.
///
/// # Errors
/// `TooMany` with the seconds to wait; nothing is counted then.
pub fn count(conn: &mut Conn, caller: &Caller, attempt: Id, key: &str, known_device: bool) -> Result<()> {
    serialise(conn, Id(uuid::Uuid::from_u128(0x51_6e)))?;
    let since = caller.now - WITHIN;
    let address = caller.address.clone().unwrap_or_default();
    let recent = sign_in_tries::table.filter(sign_in_tries::at.gt(since));
    let of_key: Vec<At> = recent
        .filter(sign_in_tries::login_key.eq(key))
        .order(sign_in_tries::at.desc())
        .limit(A_KEY)
        .select(sign_in_tries::at)
        .load(conn)?;
    let of_address: Vec<At> = if known_device {
        Vec::new()
    } else {
        recent
            .filter(sign_in_tries::address.eq(&address))
            .order(sign_in_tries::at.desc())
            .limit(AN_ADDRESS)
            .select(sign_in_tries::at)
            .load(conn)?
    };
    let full = |tries: &[At], most: i64| tries.last().copied().filter(|_| tries.len() as i64 >= most);
    if let Some(oldest) = full(&of_key, A_KEY).max(full(&of_address, AN_ADDRESS)) {
        let wait = (oldest + WITHIN - caller.now).num_seconds().max(1);
        return Err(Error::TooMany(wait.unsigned_abs()));
    }
    diesel::insert_into(sign_in_tries::table)
        .values((
            sign_in_tries::id.eq(attempt),
            sign_in_tries::login_key.eq(key),
            sign_in_tries::address.eq(&address),
            sign_in_tries::at.eq(caller.now),
        ))
        .execute(conn)?;
    Ok(())
}

/// How often `key` was tried lately.
///
/// # Errors
/// What the database says.
pub fn recent(conn: &mut Conn, now: At, key: &str) -> Result<i64> {
    Ok(sign_in_tries::table
        .filter(sign_in_tries::login_key.eq(key).and(sign_in_tries::at.gt(now - WITHIN)))
        .count()
        .get_result(conn)?)
}

/// The try was right after all: it counts no more.
///
/// # Errors
/// What the database says.
pub fn forget(conn: &mut Conn, attempt: Id) -> Result<()> {
    diesel::delete(sign_in_tries::table.find(attempt)).execute(conn)?;
    Ok(())
}
