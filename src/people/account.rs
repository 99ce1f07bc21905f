//! What everybody does with their own account: password, language, second factor, sessions.

use diesel::prelude::*;

use super::{Caller, password, second_factor, tries};
use crate::app::App;
use crate::audit::{self, Subject};
use crate::db::schema::{sessions, users};
use crate::db::{At, Conn, Id};
use crate::error::{Error, Result};
use crate::language::Lang;
use crate::web::session::IDLE;

/// A living session of somebody.
#[derive(Clone, Debug)]
pub struct OwnSession {
    /// Its id.
    pub id: Id,
    /// Whether it is a phone that stays signed in.
    pub kept: bool,
    /// What the browser calls itself.
    pub user_agent: String,
    /// From which address it began.
    pub address: String,
    /// When it was used last.
    pub last_seen_at: At,
    /// Whether it is the one that asks.
    pub current: bool,
}

/// One's living sessions, the latest used first.
///
/// # Errors
/// What the database says.
pub fn sessions(conn: &mut Conn, caller: &Caller) -> Result<Vec<OwnSession>> {
    let user = caller.user()?;
    type Row = (Id, bool, String, String, At);
    let rows: Vec<Row> = sessions::table
        .filter(sessions::user_id.eq(user.id).and(sessions::expires_at.gt(caller.now)))
        .filter(sessions::kept.eq(true).or(sessions::last_seen_at.ge(caller.now - IDLE)))
        .order(sessions::last_seen_at.desc())
        .select((sessions::id, sessions::kept, sessions::user_agent, sessions::address, sessions::last_seen_at))
        .load(conn)?;
    let own = |(id, kept, user_agent, address, last_seen_at): Row| OwnSession {
        id,
        kept,
        user_agent,
        address,
        last_seen_at,
        current: id == user.session,
    };
    Ok(rows.into_iter().map(own).collect())
}

/// Ends one of one's own sessions.
///
/// # Errors
/// `NotFound` for anybody else's.
pub fn end_session(conn: &mut Conn, caller: &Caller, id: Id) -> Result<()> {
    let user = caller.user()?;
    let ended =
        diesel::delete(sessions::table.filter(sessions::id.eq(id).and(sessions::user_id.eq(user.id)))).execute(conn)?;
    if ended == 0 {
        return Err(Error::not_found());
    }
    let branch = user.branch.as_ref().map(|b| b.id);
    audit::record(conn, caller, "session.end", Subject::new("session", id, branch), serde_json::json!({}))
}

/// Ends all of one's sessions but this one; answers how many.
///
/// # Errors
/// What the database says.
pub fn end_other_sessions(conn: &mut Conn, caller: &Caller) -> Result<usize> {
    let ended = end_others(conn, caller)?;
    record(conn, caller, "session.end_others")?;
    Ok(ended)
}

fn end_others(conn: &mut Conn, caller: &Caller) -> Result<usize> {
    let user = caller.user()?;
    let others = sessions::table.filter(sessions::user_id.eq(user.id).and(sessions::id.ne(user.session)));
    Ok(diesel::delete(others).execute(conn)?)
}

fn record(conn: &mut Conn, caller: &Caller, action: &str) -> Result<()> {
    let user = caller.user()?;
    let branch = user.branch.as_ref().map(|b| b.id);
    audit::record(conn, caller, action, Subject::new("user", user.id, branch), serde_json::json!({}))
}

/// Whether a password is one's own; guesses in a stolen session are counted like those at sign-in.
///
/// # Errors
/// `TooMany`.
pub async fn is_own_password(app: &App, caller: &Caller, given: String) -> Result<bool> {
    let (attempt, who) = (Id::new(), caller.clone());
    let user = caller.user()?.id;
    let key = format!("account\n{user}");
    let hash: Option<String> = app
        .db
        .write(move |conn| {
            tries::count(conn, &who, attempt, &key, true)?;
            Ok(users::table.find(user).select(users::password_hash).first(conn)?)
        })
        .await?;
    let right = password::verify(given, hash).await?;
    if right {
        app.db.write(move |conn| tries::forget(conn, attempt)).await?;
    }
    Ok(right)
}

/// Changes one's password; all other sessions end.
///
/// # Errors
/// `old`: `wrong_password`; `password`: see `password::check`; `TooMany`.
pub async fn change_password(app: &App, caller: Caller, old: String, new: String) -> Result<()> {
    let user = caller.user()?.clone();
    if !is_own_password(app, &caller, old.clone()).await? {
        return Err(Error::field("old", "wrong_password"));
    }
    password::check(&new, &user.login).map_err(|code| Error::field("password", code))?;
    if new == old {
        return Err(Error::field("password", "password_same"));
    }
    let hash = password::hash(new).await?;
    app.db
        .write(move |conn| {
            diesel::update(users::table.find(user.id))
                .set((users::password_hash.eq(hash), users::updated_at.eq(caller.now)))
                .execute(conn)?;
            end_others(conn, &caller)?;
            record(conn, &caller, "password.change")
        })
        .await
}

/// Sets the language of one's mails and pages.
///
/// # Errors
/// What the database says.
pub fn set_language(conn: &mut Conn, caller: &Caller, lang: Lang) -> Result<()> {
    diesel::update(users::table.find(caller.user()?.id)).set(users::language.eq(lang)).execute(conn)?;
    record(conn, caller, "user.language")
}

/// Turns the second factor on, once a code shows that the authenticator has the secret.
///
/// # Errors
/// `Conflict("second_factor_on")`; `otp`: `wrong_code`.
pub fn turn_on(conn: &mut Conn, app_keys: &crate::keys::Keys, caller: &Caller, draft: &str, code: &str) -> Result<()> {
    let user = caller.user()?;
    let secret = second_factor::open_draft(app_keys, user.id, draft)?;
    second_factor::keep(conn, app_keys, user, secret, code, caller.now)?;
    record(conn, caller, "second_factor.on")
}

/// Turns the second factor off by one of its codes; guesses are counted.
///
/// # Errors
/// `otp`: `wrong_code`; `TooMany`.
pub async fn turn_off(app: &App, caller: Caller, code: &str) -> Result<()> {
    let user = caller.user()?.id;
    let (attempt, who) = (Id::new(), caller.clone());
    app.db.write(move |conn| tries::count(conn, &who, attempt, &format!("account\n{user}"), true)).await?;
    if !second_factor::accept(app, user, Some(code), caller.now).await? {
        return Err(Error::field("otp", "wrong_code"));
    }
    app.db
        .write(move |conn| {
            tries::forget(conn, attempt)?;
            diesel::update(users::table.find(user))
                .set((users::totp_secret.eq(None::<Vec<u8>>), users::totp_last_step.eq(None::<i64>)))
                .execute(conn)?;
            record(conn, &caller, "second_factor.off")
        })
        .await
}
