//! Signing in and out while nothing can be written (a full disk, an I/O error, a lock held long): kept in memory, judged together with what the
//! database holds, and moved there as soon as it can be written again.
//!
//! Never weaker than the database's way: guesses in memory and in the database count together, a code is used up once, a session in memory ends as any
//! other and with the password it was opened by. Everything is bounded; what would go beyond is refused. A restart forgets it: people sign in again.
//!
//! Two orders keep the ways from missing each other. In memory: first note, then read the database. Moving: first commit, then forget. So whoever
//! looks at the memory first and at the database after it sees everything once at least; what is seen twice is told apart by its id.

mod settle;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use actix_web::web;

use super::tries::{self, Try};
use super::{Caller, sign_in::NewSession};
use crate::app::App;
use crate::audit::{self, Subject};
use crate::db::{At, Conn, Id};
use crate::error::{Error, Result};
pub use settle::settle;

/// How many of each kind are kept.
const MOST: usize = 5_000;
/// How many sessions of one user; a new one ends the oldest.
const SESSIONS_A_USER: usize = 5;

/// What could not be written; clones share it.
#[derive(Clone, Default)]
pub struct Outage(Arc<Shared>);

#[derive(Default)]
struct Shared {
    /// Whether anything is held, so that a request in good times takes no lock.
    on: AtomicBool,
    held: Mutex<Held>,
    counting: Mutex<()>,
    moving: Mutex<()>,
}

#[derive(Clone, Default)]
struct Held {
    tries: Vec<Try>,
    /// Tries that turned out right and may be in the database.
    forgotten: Vec<Id>,
    /// By the token's hash.
    sessions: HashMap<Vec<u8>, NewSession>,
    ended: Vec<Id>,
    /// The last step of a second factor that was used up.
    steps: HashMap<Id, i64>,
    entries: Vec<Entry>,
    /// Entries for which there was no room.
    lost: usize,
}

/// An audit entry to write.
#[derive(Clone)]
struct Entry {
    caller: Caller,
    action: &'static str,
    subject: Subject,
    detail: serde_json::Value,
}

impl Outage {
    /// Whether anything waits to be written.
    pub fn is_on(&self) -> bool {
        self.0.on.load(Ordering::SeqCst)
    }

    /// Goes on in memory after an error that says that nothing can be written.
    ///
    /// # Errors
    /// Any other error.
    pub fn begins(&self, error: Error) -> Result<()> {
        if !error.is_outage() {
            return Err(error);
        }
        if !self.is_on() {
            tracing::warn!(%error, "nothing can be written: signing in goes on in memory");
        }
        drop(self.held());
        Ok(())
    }

    /// What is held, to change it.
    fn held(&self) -> MutexGuard<'_, Held> {
        let held = self.0.held.lock().unwrap_or_else(PoisonError::into_inner);
        self.0.on.store(true, Ordering::SeqCst);
        held
    }

    /// What is held, to look at it.
    fn look(&self) -> Option<MutexGuard<'_, Held>> {
        self.is_on().then(|| self.0.held.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Counts a try in memory, after those there and in the database.
    ///
    /// # Errors
    /// `TooMany`; nothing is counted then.
    pub fn count(&self, conn: &mut Conn, guess: &Try, known_device: bool) -> Result<()> {
        // One after the other: parallel guesses count each other. `held` is not locked while the database is read, which may take long.
        let _turn = self.0.counting.lock().unwrap_or_else(PoisonError::into_inner);
        let (others, forgotten) = self.note(guess)?;
        let judged = tries::judge(conn, guess, known_device, &others, &forgotten);
        if judged.is_err() {
            self.held().tries.retain(|other| other.id != guess.id);
        }
        judged
    }

    /// Notes a try; answers those that may count against it, and the forgotten ones.
    fn note(&self, guess: &Try) -> Result<(Vec<Try>, Vec<Id>)> {
        let mut held = self.held();
        if held.tries.len() >= MOST {
            held.tries.retain(|old| old.at > guess.at - tries::WITHIN);
        }
        has_room(held.tries.len())?;
        let like = |other: &&Try| other.key == guess.key || other.address == guess.address;
        let others = held.tries.iter().filter(like).cloned().collect();
        held.tries.push(guess.clone());
        Ok((others, held.forgotten.clone()))
    }

    /// The try was right after all.
    pub fn forget(&self, attempt: Id) {
        let mut held = self.held();
        held.tries.retain(|guess| guess.id != attempt);
        if held.forgotten.len() < MOST {
            held.forgotten.push(attempt);
        }
    }

    /// The last step of a user's second factor used up in memory.
    pub fn used(&self, user: Id) -> Option<i64> {
        self.look().and_then(|held| held.steps.get(&user).copied())
    }

    /// Uses up a step of a user's second factor, unless it or a later one was used up here before.
    ///
    /// # Errors
    /// `Unavailable` when there is no room.
    pub fn use_up(&self, user: Id, step: i64) -> Result<bool> {
        let mut held = self.held();
        has_room(held.steps.len())?;
        let fresh = held.steps.get(&user) < Some(&step);
        if fresh {
            held.steps.insert(user, step);
        }
        Ok(fresh)
    }

    /// Keeps a new session.
    ///
    /// # Errors
    /// `Unavailable` when there is no room.
    pub fn open(&self, session: NewSession) -> Result<()> {
        let mut held = self.held();
        if held.sessions.len() >= MOST {
            held.sessions.retain(|_, old| old.expires_at > session.created_at);
        }
        has_room(held.sessions.len())?;
        let of_user = held.sessions.iter().filter(|(_, old)| old.user_id == session.user_id);
        let oldest = of_user.clone().min_by_key(|(_, old)| old.created_at).map(|(hash, _)| hash.clone());
        if of_user.count() >= SESSIONS_A_USER
            && let Some(oldest) = oldest
        {
            held.sessions.remove(&oldest);
        }
        held.sessions.insert(session.token_hash.clone(), session);
        Ok(())
    }

    /// The session of a token, if it is held here.
    pub fn session(&self, hash: &[u8]) -> Option<NewSession> {
        self.look()?.sessions.get(hash).cloned()
    }

    /// The sessions that ended and may still stand in the database.
    pub fn ended(&self) -> Vec<Id> {
        self.look().map(|held| held.ended.clone()).unwrap_or_default()
    }

    /// Notes that a session held here was used.
    pub fn seen(&self, session: Id, now: At) {
        if let Some(mut held) = self.look()
            && let Some(session) = held.sessions.values_mut().find(|held| held.id == session)
        {
            session.last_seen_at = now;
        }
    }

    /// Ends a session, wherever it is kept.
    ///
    /// # Errors
    /// `Unavailable` when there is no room.
    pub fn end(&self, session: Id) -> Result<()> {
        let mut held = self.held();
        has_room(held.ended.len())?;
        held.sessions.retain(|_, held| held.id != session);
        // Also one held here: it may be on its way into the database.
        held.ended.push(session);
        Ok(())
    }

    /// Keeps an audit entry; one for which there is no room is counted.
    pub fn record(&self, caller: Caller, action: &'static str, subject: Subject, detail: serde_json::Value) {
        let mut held = self.held();
        if held.entries.len() < MOST {
            held.entries.push(Entry { caller, action, subject, detail });
        } else {
            held.lost += 1;
            tracing::error!(action, "an audit entry could not be kept");
        }
    }
}

/// Before sessions are ended: those in memory must stand beside the others, or the ending would miss them.
///
/// # Errors
/// What the database says.
pub async fn settled(app: &web::Data<App>) -> Result<()> {
    if !app.outage.is_on() {
        return Ok(());
    }
    let app = app.clone();
    web::block(move || settle(&app)).await.map_err(Error::internal)?
}

fn has_room(count: usize) -> Result<()> {
    if count < MOST { Ok(()) } else { Err(Error::Unavailable("too much waits to be written".into())) }
}

/// Writes an audit entry of its own, in memory while nothing can be written.
///
/// # Errors
/// What the database says, other than that it cannot be written.
pub async fn record(
    app: &App,
    caller: Caller,
    action: &'static str,
    subject: Subject,
    detail: serde_json::Value,
) -> Result<()> {
    if !app.outage.is_on() {
        let (who, what) = (caller.clone(), detail.clone());
        match app.db.write(move |conn| audit::record(conn, &who, action, subject, what)).await {
            Ok(()) => return Ok(()),
            Err(error) => app.outage.begins(error)?,
        }
    }
    app.outage.record(caller, action, subject, detail);
    Ok(())
}
