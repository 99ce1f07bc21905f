//! Moves what SQLite's log holds into the database file, beside the writer instead of in it.
//!
//! After a commit the writer says so; once the log holds enough, a connection of this thread's own copies it (`PASSIVE`: it waits for nobody and
//! nobody waits for it). The writer itself only does so when the log has grown long all the same, and that also lets the log begin anew.

use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use diesel::prelude::*;
use diesel::sql_types::Integer;

use super::{Conn, Location, open};
use crate::error::{Error, Result};

/// How many pages of the log are worth the way to the file.
const WORTH: i32 = 3_000;
/// From so many pages on the writer helps.
pub const AT_MOST: i32 = 12_000;
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
pub struct Committed(SyncSender<()>);

impl Committed {
    /// There is something new in the log.
    pub fn say(&self) {
        // One word that was not heard yet says it all.
        if let Err(TrySendError::Disconnected(())) = self.0.try_send(()) {
            tracing::debug!("nobody moves the log into the file; the writer does");
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
    let thread = std::thread::Builder::new()
        .name("checkpoint".into())
        .spawn(move || run(&mut conn, &committed))
        .map_err(Error::internal)?;
    Ok((Committed(say), thread))
}

fn run(conn: &mut Conn, committed: &Receiver<()>) {
    while committed.recv().is_ok() {
        // Nothing is lost where it fails: the log stays, and the next look or the writer tries again.
        if let Err(error) = look(conn) {
            tracing::warn!(%error, "the log was not moved into the database file");
        }
        std::thread::sleep(PAUSE);
    }
}

fn look(conn: &mut Conn) -> QueryResult<()> {
    let log: Log = diesel::sql_query("PRAGMA wal_checkpoint(NOOP)").get_result(conn)?;
    if log.log - log.checkpointed >= WORTH {
        diesel::sql_query("PRAGMA wal_checkpoint(PASSIVE)").execute(conn)?;
    }
    Ok(())
}
