//! Keyed requests: an id that the client made answers the same way however often it is sent.
//!
//! The first answer is kept sealed under the id together with a keyed digest of what was asked, in the transaction of the change itself.

use diesel::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::db::schema::requests;
use crate::db::{At, Conn, Id, serialise};
use crate::error::{Error, Result};
use crate::keys::Keys;
use crate::on_either;
use crate::people::Caller;

/// An answer, and whether it was made now (201) or kept from the first time (200).
#[derive(Debug)]
pub struct Answer<T> {
    /// The answer.
    pub body: T,
    /// Whether this request made it.
    pub made: bool,
}

/// Runs `make` once for `id`. `asked` is the request as parsed, defaults filled in: sent again with an equal one by the same user, the first answer
/// comes back.
///
/// # Errors
/// `Conflict("id_taken")` for another body or another user's id; `Gone` after deletion or erasure; what `make` returns, and then nothing is remembered.
pub fn once<A, T>(
    conn: &mut Conn,
    keys: &Keys,
    caller: &Caller,
    kind: &str,
    id: Id,
    asked: &A,
    make: impl FnOnce(&mut Conn) -> Result<T>,
) -> Result<Answer<T>>
where
    A: Serialize,
    T: Serialize + DeserializeOwned,
{
    serialise(conn, id)?;
    once_held(conn, keys, caller, kind, id, asked, make)
}

/// `once` for who holds the lock on `id` already.
///
/// # Errors
/// As `once`.
pub fn once_held<A, T>(
    conn: &mut Conn,
    keys: &Keys,
    caller: &Caller,
    kind: &str,
    id: Id,
    asked: &A,
    make: impl FnOnce(&mut Conn) -> Result<T>,
) -> Result<Answer<T>>
where
    A: Serialize,
    T: Serialize + DeserializeOwned,
{
    let user = caller.user()?.id;
    let asked = serde_json::to_vec(asked).map_err(Error::internal)?;
    let digest = keys.find(&[kind.as_bytes(), &asked].concat());
    type Row = (Id, Vec<u8>, Option<Vec<u8>>, Option<At>);
    let kept =
        requests::table.find(id).select((requests::user_id, requests::digest, requests::answer, requests::gone_at));
    let known: Option<Row> = on_either!(conn, c => kept.first(c)).optional()?;
    if let Some((owner, asked_before, answer, gone_at)) = known {
        if owner != user {
            return Err(Error::Conflict("id_taken"));
        }
        if gone_at.is_some() {
            return Err(Error::Gone);
        }
        if asked_before != digest {
            return Err(Error::Conflict("id_taken"));
        }
        let answer =
            keys.open("answer", &answer.ok_or_else(|| Error::internal("a kept request without its answer"))?)?;
        return Ok(Answer { body: serde_json::from_slice(&answer).map_err(Error::internal)?, made: false });
    }
    let body = make(conn)?;
    let answer = keys.seal("answer", &serde_json::to_vec(&body).map_err(Error::internal)?)?;
    let insert = diesel::insert_into(requests::table).values((
        requests::id.eq(id),
        requests::kind.eq(kind),
        requests::user_id.eq(user),
        requests::digest.eq(digest),
        requests::answer.eq(answer),
        requests::created_at.eq(caller.now),
    ));
    on_either!(conn, c => insert.execute(c))?;
    Ok(Answer { body, made: true })
}

/// After deletion or erasure: the answer is dropped and the id answers 410.
///
/// # Errors
/// What the database says.
pub fn forget(conn: &mut Conn, id: Id, now: At) -> Result<()> {
    forget_all(conn, &[id], now)
}

/// The same of several.
///
/// # Errors
/// What the database says.
pub fn forget_all(conn: &mut Conn, ids: &[Id], now: At) -> Result<()> {
    diesel::update(requests::table.filter(requests::id.eq_any(ids)))
        .set((requests::gone_at.eq(now), requests::answer.eq(None::<Vec<u8>>), requests::digest.eq(Vec::<u8>::new())))
        .execute(conn)?;
    Ok(())
}
