//! Moving what an outage left in memory into the database.

use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use diesel::prelude::*;

use super::{Held, Outage};
use crate::app::App;
use crate::audit::{self, Subject};
use crate::db::schema::{sessions, sign_in_tries, users};
use crate::db::{At, Conn};
use crate::error::Result;
use crate::people::{Caller, sign_in::NewSession, tries};

/// Moves what is held into the database, if it can be written.
///
/// # Errors
/// What the database says; everything stays in memory then.
pub fn settle(app: &App) -> Result<()> {
    let outage = &app.outage;
    if !outage.is_on() {
        return Ok(());
    }
    let _alone = outage.0.moving.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(held) = outage.look().map(|held| held.clone()) else { return Ok(()) };
    let (moved, now) = (held.clone(), app.clock.now());
    app.db.write_now(move |conn| held.write(conn, now))?;
    outage.moved(&moved);
    if !outage.is_on() {
        tracing::info!("the database can be written again: what was kept in memory is there now");
    }
    Ok(())
}

impl Outage {
    /// Forgets what stands in the database now.
    fn moved(&self, moved: &Held) {
        let mut held = self.0.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.tries.retain(|guess| !moved.tries.iter().any(|m| m.id == guess.id));
        held.forgotten.drain(..moved.forgotten.len());
        held.sessions.retain(|hash, _| !moved.sessions.contains_key(hash));
        held.ended.drain(..moved.ended.len());
        held.steps.retain(|user, step| moved.steps.get(user) != Some(step));
        held.entries.drain(..moved.entries.len());
        held.lost -= moved.lost;
        self.0.on.store(!held.is_empty(), Ordering::SeqCst);
    }
}

impl Held {
    fn is_empty(&self) -> bool {
        self.tries.is_empty()
            && self.forgotten.is_empty()
            && self.sessions.is_empty()
            && self.ended.is_empty()
            && self.steps.is_empty()
            && self.entries.is_empty()
            && self.lost == 0
    }

    /// Writes all of it. What a COMMIT of unknown end has stored already is left as it is.
    fn write(&self, conn: &mut Conn, now: At) -> Result<()> {
        for guess in &self.tries {
            let there: i64 = sign_in_tries::table.find(guess.id).count().get_result(conn)?;
            if there == 0 {
                tries::keep(conn, guess)?;
            }
        }
        for attempt in &self.forgotten {
            tries::forget(conn, *attempt)?;
        }
        for session in self.sessions.values().filter(|session| session.expires_at > now) {
            write_session(conn, session)?;
        }
        diesel::delete(sessions::table.filter(sessions::id.eq_any(&self.ended))).execute(conn)?;
        for (user, step) in &self.steps {
            let older = users::totp_last_step.is_null().or(users::totp_last_step.lt(step));
            diesel::update(users::table.find(user).filter(users::totp_secret.is_not_null()).filter(older))
                .set(users::totp_last_step.eq(step))
                .execute(conn)?;
        }
        for entry in &self.entries {
            audit::record(conn, &entry.caller, entry.action, entry.subject, entry.detail.clone())?;
        }
        if self.lost > 0 {
            let detail = serde_json::json!({ "entries": self.lost });
            audit::record(conn, &Caller::program(now), "audit.lost", Subject::installation("audit"), detail)?;
        }
        Ok(())
    }
}

/// A session moves only as long as its user may sign in, by the password it was opened with.
fn write_session(conn: &mut Conn, session: &NewSession) -> Result<()> {
    let there: i64 = sessions::table.find(session.id).count().get_result(conn)?;
    let password: Option<Option<String>> = users::table
        .find(session.user_id)
        .filter(users::disabled_at.is_null())
        .select(users::password_hash)
        .first(conn)
        .optional()?;
    if there == 0 && password.as_ref() == Some(&session.password_hash) {
        session.write(conn)?;
    }
    Ok(())
}
