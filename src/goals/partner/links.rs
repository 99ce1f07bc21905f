//! The link under which a partner at the bank reads without a login.
//!
//! Its secret is signed from its id, so that a form sent twice shows the same one; only its hash is kept, it runs out, and it can be ended.

use chrono::Duration;
use diesel::prelude::*;

use crate::app::App;
use crate::audit::{self, Subject};
use crate::db::schema::partner_links as links;
use crate::db::{At, Conn, Id, serialise};
use crate::error::{Error, Result};
use crate::goals::settings::desk;
use crate::keys::{Keys, token_hash};
use crate::outlets::store as outlet_store;
use crate::people::Caller;

/// How many links an outlet may have at once.
const AT_MOST: usize = 10;
/// How many days a link may last, as pages offer it.
pub const LASTS: [i64; 4] = [30, 90, 180, 365];
/// That a link was read is noted again only after this.
const READ_EVERY: Duration = Duration::hours(1);

/// A link that works.
#[derive(Clone, Debug, Queryable)]
pub struct Link {
    /// Its id.
    pub id: Id,
    /// When it was made.
    pub created_at: At,
    /// Until when it works.
    pub expires_at: At,
    /// When somebody last read it, to the hour.
    pub read_at: Option<At>,
}

/// The links of an outlet that work, the newest first; for who may change the outlet. Answers its branch and name as well.
///
/// # Errors
/// `NotFound` out of reach; `Forbidden` for who may only read.
pub fn list(conn: &mut Conn, caller: &Caller, outlet: Id) -> Result<(Id, String, Vec<Link>)> {
    let user = caller.user()?;
    let place = outlet_store::writable(conn, user, outlet)?;
    desk(user)?;
    let all = links::table
        .filter(links::outlet_id.eq(outlet).and(links::revoked_at.is_null()).and(links::expires_at.gt(caller.now)))
        .order((links::created_at.desc(), links::id))
        .select((links::id, links::created_at, links::expires_at, links::read_at))
        .load(conn)?;
    Ok((place.branch_id, place.name, all))
}

/// Makes a link under the form's id for so many days and answers its secret, which is not to be had again, and whether it was made now.
///
/// # Errors
/// As `list`; `days`: `unknown_value`; `Conflict`: `id_taken`, `too_many_links`; `Gone` for one that ended.
pub fn create(
    conn: &mut Conn,
    keys: &Keys,
    caller: &Caller,
    outlet: Id,
    id: Id,
    days: i64,
) -> Result<(String, Link, bool)> {
    if !LASTS.contains(&days) {
        return Err(Error::field("days", "unknown_value"));
    }
    serialise(conn, outlet)?;
    let (branch, _, all) = list(conn, caller, outlet)?;
    let user = caller.user()?.id;
    let secret = keys.sign("partner link", &id.to_string());
    type Known = (Id, Id, At, At, Option<At>);
    let known: Option<Known> = links::table
        .find(id)
        .select((links::created_by, links::outlet_id, links::created_at, links::expires_at, links::revoked_at))
        .first(conn)
        .optional()?;
    match known {
        Some((by, of, ..)) if by != user || of != outlet => return Err(Error::Conflict("id_taken")),
        Some((.., until, revoked)) if revoked.is_some() || until <= caller.now => return Err(Error::Gone),
        Some((_, _, created_at, expires_at, _)) if expires_at - created_at == Duration::days(days) => {
            return Ok((secret, Link { id, created_at, expires_at, read_at: None }, false));
        }
        Some(_) => return Err(Error::Conflict("id_taken")),
        None => {}
    }
    if all.len() >= AT_MOST {
        return Err(Error::Conflict("too_many_links"));
    }
    let link = Link { id, created_at: caller.now, expires_at: caller.now + Duration::days(days), read_at: None };
    diesel::insert_into(links::table)
        .values((
            links::id.eq(id),
            links::token_hash.eq(token_hash(&secret)),
            links::branch_id.eq(branch),
            links::outlet_id.eq(outlet),
            links::expires_at.eq(link.expires_at),
            links::created_by.eq(user),
            links::created_at.eq(link.created_at),
        ))
        .execute(conn)?;
    let detail = serde_json::json!({ "outlet": outlet, "days": days });
    audit::record(conn, caller, "partner_link.create", Subject::new("partner_link", id, Some(branch)), detail)?;
    Ok((secret, link, true))
}

/// Ends a link: from now on it is not found.
///
/// # Errors
/// As `list`; `NotFound` for a link of another outlet, or one that ended before.
pub fn revoke(conn: &mut Conn, caller: &Caller, outlet: Id, id: Id) -> Result<()> {
    serialise(conn, outlet)?;
    let (branch, _, all) = list(conn, caller, outlet)?;
    if !all.iter().any(|link| link.id == id) {
        return Err(Error::not_found());
    }
    diesel::update(links::table.find(id)).set(links::revoked_at.eq(caller.now)).execute(conn)?;
    let detail = serde_json::json!({ "outlet": outlet });
    audit::record(conn, caller, "partner_link.revoke", Subject::new("partner_link", id, Some(branch)), detail)
}

/// What a secret opens.
#[derive(Clone, Copy, Debug)]
pub struct Opened {
    id: Id,
    pub(super) branch: Id,
    pub(super) outlet: Id,
    read_at: Option<At>,
}

/// What a secret opens; nothing where it is none of ours, ran out or was ended.
///
/// # Errors
/// What the database says.
pub fn open(conn: &mut Conn, secret: &str, now: At) -> Result<Option<Opened>> {
    let row: Option<(Id, Id, Id, Option<At>)> = links::table
        .filter(links::token_hash.eq(token_hash(secret)))
        .filter(links::revoked_at.is_null().and(links::expires_at.gt(now)))
        .select((links::id, links::branch_id, links::outlet_id, links::read_at))
        .first(conn)
        .optional()?;
    Ok(row.map(|(id, branch, outlet, read_at)| Opened { id, branch, outlet, read_at }))
}

/// Notes that a link was read.
pub async fn note_read(app: &App, opened: &Opened) {
    let (id, now) = (opened.id, app.clock.now());
    if opened.read_at.is_some_and(|at| now - at < READ_EVERY) {
        return;
    }
    let read = move |conn: &mut Conn| {
        diesel::update(links::table.find(id)).set(links::read_at.eq(now)).execute(conn)?;
        Ok(())
    };
    app.db.note("that a partner's link was read", read).await;
}
