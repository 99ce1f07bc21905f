//! Moves what SQLite's log holds into the database file, beside the writer instead of in it.
//!
//! After a commit the writer says so; once the log holds enough, a connection of this thread's own copies it (`PASSIVE`: it waits for nobody and
//! nobody waits for it). The log begins anew only where all of it is in the file, and while others write that never comes: so once it is long this thread
//! copies until next to nothing is left, and the writer is asked for the rest.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use diesel::prelude::*;
use diesel::sql_types::Integer;

use super::{Conn, Location, open};
use crate::error::{Error, Result};

/// How many pages of the log are worth the way to the file.
const WORTH: i32 = 3_000;
/// How many where few write: a commit that meets the sync of many pages takes longer, and few share it.
const WORTH_OF_FEW: i32 = 500;
/// Fewer jobs than these since the last look are few.
const FEW_JOBS: usize = 20;
/// From so many pages on it is to begin anew.
const LONG: i32 = 10_000;
/// So few are left for the writer: it takes about as long for them as for a commit.
const FEW: i32 = 100;
/// How often a long log is copied until then. What is written meanwhile comes to less each time.
const TRIES: i32 = 4;
/// From so many pages on the writer copies it within a commit: nobody else does.
pub const AT_MOST: i32 = 30_000;
/// The log is not looked at more often than this.
const PAUSE: Duration = Duration::from_millis(10);

#[derive(QueryableByName)]
struct Log {
    /// How many pages it holds; -1 where there is no log.
    #[diesel(sql_type = Integer)]
    log: i32,
    /// How many of them are in the file already.
    #[diesel(sql_type = Integer)]
    checkpointed: i32,
}

/// By which the writer says that it has committed. When it is dropped the thread ends.
pub struct Committed {
    say: SyncSender<()>,
    told: Arc<Told>,
}

/// What the two threads tell each other.
#[derive(Default)]
struct Told {
    /// The writer is to copy the rest of the log.
    is_asked: AtomicBool,
    /// How many jobs were committed since the last look.
    jobs: AtomicUsize,
}

impl Committed {
    /// There is something new in the log, of so many jobs.
    pub fn say(&self, jobs: usize) {
        self.told.jobs.fetch_add(jobs, Ordering::Relaxed);
        // One word that was not heard yet says it all.
        if let Err(TrySendError::Disconnected(())) = self.say.try_send(()) {
            tracing::debug!("nobody moves the log into the file; the writer does");
        }
    }

    /// The writer, between two transactions, copies what is left of a long log where it was asked to. Its next transaction begins the log anew.
    pub fn finish(&self, conn: &mut Conn) {
        if self.told.is_asked.swap(false, Ordering::Relaxed)
            && let Err(error) = copy(conn)
        {
            tracing::warn!(%error, "the rest of the log was not moved into the database file");
        }
    }
}

/// Starts the thread.
///
/// # Errors
/// When the database cannot be opened or a thread not be had.
pub fn start(location: &Location) -> Result<(Committed, JoinHandle<()>)> {
    let mut conn = open(location, false).map_err(|e| Error::Unavailable(e.to_string()))?;
    let (say, committed) = sync_channel(1);
    let told = Arc::new(Told::default());
    let tells = Arc::clone(&told);
    let thread = std::thread::Builder::new()
        .name("checkpoint".into())
        .spawn(move || run(&mut conn, &committed, &tells))
        .map_err(Error::internal)?;
    Ok((Committed { say, told }, thread))
}

fn run(conn: &mut Conn, committed: &Receiver<()>, told: &Told) {
    while committed.recv().is_ok() {
        // Nothing is lost where it fails: the log stays, and the next look or the writer tries again.
        let worth = if told.jobs.swap(0, Ordering::Relaxed) < FEW_JOBS { WORTH_OF_FEW } else { WORTH };
        match look(conn, worth) {
            Ok(is_asked) => told.is_asked.store(is_asked, Ordering::Relaxed),
            Err(error) => tracing::warn!(%error, "the log was not moved into the database file"),
        }
        std::thread::sleep(PAUSE);
    }
}

/// Copies the log where so much of it is left that it is worth it; whether it is long and what is left now short.
fn look(conn: &mut Conn, worth: i32) -> QueryResult<bool> {
    let mut tries = 0;
    loop {
        let log: Log = diesel::sql_query("PRAGMA wal_checkpoint(NOOP)").get_result(conn)?;
        let (is_long, left) = (log.log >= LONG, log.log - log.checkpointed);
        let is_enough = if is_long { left < FEW || tries == TRIES } else { left < worth || tries > 0 };
        if is_enough {
            // Where somebody reads what was there long ago, nothing after it can be copied: then the writer would have all of it.
            return Ok(is_long && left < WORTH);
        }
        copy(conn)?;
        tries += 1;
    }
}

fn copy(conn: &mut Conn) -> QueryResult<()> {
    diesel::sql_query("PRAGMA wal_checkpoint(PASSIVE)").execute(conn).map(drop)
}
