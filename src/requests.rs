//! Keyed requests: an id that the client made answers the same way however often it is sent.
//!
//! The first answer is kept sealed under the id together with a keyed digest of what was asked, in the transaction of the change itself.

use diesel::prelude::*;
use diesel::sql_types::{Binary, Nullable, Timestamp};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::db::schema::{checkins, requests};
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
    let digest = digest(keys, kind, asked)?;
    if let Before::Asked(answer) = before(kept(conn, id)?, &digest, caller)? {
        let sealed = answer.ok_or_else(|| Error::internal("a kept request without its answer"))?;
        let answer = serde_json::from_slice(&keys.open("answer", &sealed)?).map_err(Error::internal)?;
        return Ok(Answer { body: answer, made: false });
    }
    let body = make(conn)?;
    let answer = keys.seal("answer", &serde_json::to_vec(&body).map_err(Error::internal)?)?;
    let insert = diesel::insert_into(requests::table).values((
        requests::id.eq(id),
        requests::kind.eq(kind),
        requests::user_id.eq(caller.user()?.id),
        requests::digest.eq(digest),
        requests::answer.eq(answer),
        requests::created_at.eq(caller.now),
    ));
    on_either!(conn, c => insert.execute(c))?;
    Ok(Answer { body, made: true })
}

/// What is kept of a request: whose it was, the digest of what was asked, the sealed answer where one is kept, and when it was forgotten.
pub type Kept = (Id, Option<Vec<u8>>, Option<Vec<u8>>, Option<At>);

/// Whether something was asked before.
#[derive(Debug)]
pub enum Before {
    /// Never.
    Never,
    /// It was, with the same words by the same user; the sealed answer, where one is kept.
    Asked(Option<Vec<u8>>),
}

/// The digest of what is asked.
///
/// # Errors
/// Where it cannot be written as JSON.
pub fn digest<A: Serialize>(keys: &Keys, kind: &str, asked: &A) -> Result<Vec<u8>> {
    let asked = serde_json::to_vec(asked).map_err(Error::internal)?;
    Ok(keys.find(&[kind.as_bytes(), &asked].concat()))
}

/// What is kept of an id, for who holds the lock on it. A check-in's row is its own request.
fn kept(conn: &mut Conn, id: Id) -> Result<Option<Kept>> {
    let of_requests = requests::table.filter(requests::id.eq(id)).select((
        requests::user_id,
        requests::digest.nullable(),
        requests::answer,
        requests::gone_at,
    ));
    let of_checkins = checkins::table.filter(checkins::id.eq(id)).select((
        checkins::broker_id,
        checkins::digest,
        None::<Vec<u8>>.into_sql::<Nullable<Binary>>(),
        None::<At>.into_sql::<Nullable<Timestamp>>(),
    ));
    let kept = of_requests.union_all(of_checkins);
    Ok(on_either!(conn, c => kept.load(c))?.into_iter().next())
}

/// What is kept of an id, against the digest of what is asked with it now.
///
/// # Errors
/// As `once`.
pub fn before(kept: Option<Kept>, digest: &[u8], caller: &Caller) -> Result<Before> {
    match kept {
        None => Ok(Before::Never),
        Some((owner, ..)) if owner != caller.user()?.id => Err(Error::Conflict("id_taken")),
        Some((.., Some(_))) => Err(Error::Gone),
        Some((_, asked_before, answer, None)) if asked_before.as_deref() == Some(digest) => Ok(Before::Asked(answer)),
        Some(_) => Err(Error::Conflict("id_taken")),
    }
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
