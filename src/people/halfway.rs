//! Between the password and the second factor's code: for five minutes the server remembers that the password was right, so that only the code is asked
//! for. Of its token only the hash is kept; it is good for one session, and a new password ends it.

use chrono::Duration;
use diesel::prelude::*;

use crate::app::App;
use crate::db::schema::{half_sign_ins, users};
use crate::db::{At, Conn, Id};
use crate::error::Result;
use crate::keys::{Keys, new_token, token_hash};

/// How long there is to find the code.
pub const LASTS: Duration = Duration::minutes(5);

/// Somebody whose password was right.
#[derive(Clone, Debug)]
pub struct Known {
    /// Who.
    pub user: Id,
    /// Marks the password they gave.
    pub mark: Vec<u8>,
}

impl Known {
    /// A user by the hash of the password they gave.
    pub fn new(keys: &Keys, user: Id, password_hash: Option<&str>) -> Known {
        Known { user, mark: keys.find(password_hash.unwrap_or_default().as_bytes()) }
    }
}

/// A sign-in that waits for its code.
#[derive(Clone, Debug, Queryable)]
pub struct Halfway {
    /// Whose.
    pub login: String,
    /// Marks the password they gave.
    pub mark: Vec<u8>,
    /// Whether the session is to outlive the browser.
    pub kept: bool,
}

/// Remembers that the password was right; answers the token by which the code comes. None while nothing can be written: then the password is asked for again.
///
/// # Errors
/// What the database says.
pub async fn begin(app: &App, known: Known, kept: bool, now: At) -> Result<Option<String>> {
    if app.outage.is_on() {
        return Ok(None);
    }
    let token = new_token();
    let hash = token_hash(&token);
    let written = app.db.write(move |conn| {
        diesel::insert_into(half_sign_ins::table)
            .values((
                half_sign_ins::token_hash.eq(hash),
                half_sign_ins::user_id.eq(known.user),
                half_sign_ins::password_mark.eq(known.mark),
                half_sign_ins::kept.eq(kept),
                half_sign_ins::expires_at.eq(now + LASTS),
            ))
            .execute(conn)?;
        Ok(())
    });
    match written.await {
        Ok(()) => Ok(Some(token)),
        Err(error) => app.outage.begins(error).map(|()| None),
    }
}

/// The sign-in that a token is of, if it still waits.
///
/// # Errors
/// What the database says.
pub fn find(conn: &mut Conn, token: &str, now: At) -> Result<Option<Halfway>> {
    Ok(half_sign_ins::table
        .inner_join(users::table)
        .filter(half_sign_ins::token_hash.eq(token_hash(token)).and(half_sign_ins::expires_at.gt(now)))
        .select((users::login, half_sign_ins::password_mark, half_sign_ins::kept))
        .first(conn)
        .optional()?)
}

/// Ends one, in the transaction in which its session begins; false where another request was first.
///
/// # Errors
/// What the database says.
pub fn end(conn: &mut Conn, token: &str) -> Result<bool> {
    Ok(diesel::delete(half_sign_ins::table.find(token_hash(token))).execute(conn)? == 1)
}

/// Takes away those that count no more.
///
/// # Errors
/// What the database says.
pub fn forget_expired(conn: &mut Conn, now: At) -> Result<()> {
    diesel::delete(half_sign_ins::table.filter(half_sign_ins::expires_at.lt(now))).execute(conn)?;
    Ok(())
}
