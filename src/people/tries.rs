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

/// A guess that was counted.
#[derive(Clone, Debug)]
pub struct Try {
    /// Its id.
    pub id: Id,
    /// What was guessed at.
    pub key: String,
    /// From where.
    pub address: String,
    /// When.
    pub at: At,
}

impl Try {
    /// A guess of a caller at `key`.
    pub fn new(caller: &Caller, id: Id, key: &str) -> Try {
        Try { id, key: key.to_owned(), address: caller.address.clone().unwrap_or_default(), at: caller.now }
    }
}

/// Counts a try at `key`. `known_device`: only its own failures count, so that nobody at the same address locks it out.
///
/// # Errors
/// `TooMany` with the seconds to wait; nothing is counted then.
pub fn count(conn: &mut Conn, caller: &Caller, attempt: Id, key: &str, known_device: bool) -> Result<()> {
    serialise(conn, Id(uuid::Uuid::from_u128(0x51_6e)))?;
    let guess = Try::new(caller, attempt, key);
    judge(conn, &guess, known_device, &[], &[])?;
    keep(conn, &guess)
}

/// Whether a guess may be made, after those in the database and those `held` elsewhere; `forgotten` ones turned out right.
///
/// # Errors
/// `TooMany` with the seconds to wait.
pub fn judge(conn: &mut Conn, guess: &Try, known_device: bool, held: &[Try], forgotten: &[Id]) -> Result<()> {
    let since = guess.at - WITHIN;
    let spare = 1 + forgotten.len() as i64;
    let recent = sign_in_tries::table
        .filter(sign_in_tries::at.gt(since))
        .order(sign_in_tries::at.desc())
        .select((sign_in_tries::id, sign_in_tries::at));
    let of_key = recent.filter(sign_in_tries::login_key.eq(&guess.key)).limit(A_KEY + spare).load(conn)?;
    let of_address = if known_device {
        Vec::new()
    } else {
        recent.filter(sign_in_tries::address.eq(&guess.address)).limit(AN_ADDRESS + spare).load(conn)?
    };
    let full = |kept: Vec<(Id, At)>, most: i64, like: &dyn Fn(&Try) -> bool| -> Option<At> {
        let more = held.iter().filter(|t| t.at > since && like(t)).map(|t| (t.id, t.at));
        let counts = |(id, _): &(Id, At)| *id != guess.id && !forgotten.contains(id);
        let mut all: Vec<(Id, At)> = kept.into_iter().chain(more).filter(counts).collect();
        all.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
        all.dedup();
        all.get(usize::try_from(most - 1).ok()?).map(|(_, at)| *at)
    };
    let by_key = full(of_key, A_KEY, &|t| t.key == guess.key);
    let by_address = full(of_address, AN_ADDRESS, &|t| !known_device && t.address == guess.address);
    match by_key.max(by_address) {
        Some(oldest) => Err(Error::TooMany((oldest + WITHIN - guess.at).num_seconds().max(1).unsigned_abs())),
        None => Ok(()),
    }
}

/// Writes a counted guess down.
///
/// # Errors
/// What the database says.
pub fn keep(conn: &mut Conn, guess: &Try) -> Result<()> {
    diesel::insert_into(sign_in_tries::table)
        .values((
            sign_in_tries::id.eq(guess.id),
            sign_in_tries::login_key.eq(&guess.key),
            sign_in_tries::address.eq(&guess.address),
            sign_in_tries::at.eq(guess.at),
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
