//! Makes what the writer of an SQLite database has committed durable, beside the writer instead of in it.
//!
//! A commit puts its pages into the log; this thread syncs the log and only then lets the answers go, those of all commits that came meanwhile at once.
//! So the writer works on while the disk does. When a sync fails, nothing that waited for it is acknowledged, and nothing after it either.

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SendError, SyncSender, sync_channel};
use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;

use diesel::prelude::*;
use diesel::sql_types::Text;

use super::Conn;
use super::writer::Jobs;
use crate::error::{Error, Result};

/// So many commits may wait for the disk before the writer does.
const WAITING: usize = 8;

/// Why nothing is acknowledged any more, once that is so.
pub type Stopped = Arc<OnceLock<Error>>;

/// By which the writer hands on what is committed. When it is dropped the thread ends.
pub struct Committed(SyncSender<Jobs>);

impl Committed {
    /// These are in the log: they are answered once it is synced.
    pub fn hand_on(&self, jobs: Jobs) {
        if let Err(SendError(jobs)) = self.0.send(jobs) {
            answer(jobs, Some(&Error::Unavailable("what syncs the log has stopped".into())));
        }
    }
}

#[derive(QueryableByName)]
struct Main {
    #[diesel(sql_type = Text)]
    file: String,
}

/// Starts the thread for the database of `conn`.
///
/// # Errors
/// When the name of its file or a thread are not to be had.
pub fn start(conn: &mut Conn, stopped: Stopped) -> Result<(Committed, JoinHandle<()>)> {
    let main: Main = diesel::sql_query("SELECT file FROM pragma_database_list WHERE name = 'main'").get_result(conn)?;
    let log = Log { path: format!("{}-wal", main.file).into(), open: None };
    let (hand_on, committed) = sync_channel(WAITING);
    let thread = std::thread::Builder::new()
        .name("sync".into())
        .spawn(move || run(log, &committed, &stopped))
        .map_err(Error::internal)?;
    Ok((Committed(hand_on), thread))
}

fn run(mut log: Log, committed: &Receiver<Jobs>, stopped: &Stopped) {
    while let Ok(mut jobs) = committed.recv() {
        committed.try_iter().for_each(|mut more| jobs.append(&mut more));
        if stopped.get().is_none()
            && let Err(error) = log.sync()
        {
            tracing::error!(%error, jobs = jobs.len(), "the log could not be synced: writing stops until the server is started again");
            let error = Error::Io(format!("{}: {error}", log.path.display()));
            drop(stopped.set(error));
        }
        answer(jobs, stopped.get());
    }
}

fn answer(jobs: Jobs, failed: Option<&Error>) {
    for job in jobs {
        job.answer(failed);
    }
}

/// SQLite's log: it is there as long as the writer has the database open.
struct Log {
    path: PathBuf,
    open: Option<File>,
}

impl Log {
    fn sync(&mut self) -> std::io::Result<()> {
        let file = match self.open.take() {
            Some(file) => file,
            None => Log::open(&self.path)?,
        };
        self.open.insert(file).sync_data()
    }

    fn open(path: &Path) -> std::io::Result<File> {
        OpenOptions::new().write(true).open(path)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Sender, channel};

    use super::*;
    use crate::db::writer::Job;

    struct Told(Sender<bool>);

    impl Job for Told {
        fn run(&mut self, _: &mut Conn) -> bool {
            true
        }

        fn answer(self: Box<Self>, failed: Option<&Error>) {
            self.0.send(failed.is_none()).expect("the test listens");
        }
    }

    /// Hands on one commit after another; whether each was acknowledged, and why nothing is any more.
    fn hand_on(log: PathBuf, commits: usize) -> (Vec<bool>, Option<Error>) {
        let (stopped, (tell, told)) = (Stopped::default(), channel());
        let (hand_on, committed) = sync_channel(commits);
        for _ in 0..commits {
            hand_on.send(vec![Box::new(Told(tell.clone())) as Box<dyn Job>]).expect("there is room");
        }
        drop((hand_on, tell));
        run(Log { path: log, open: None }, &committed, &stopped);
        (told.iter().collect(), stopped.get().map(Error::again))
    }

    #[test]
    fn what_is_synced_is_acknowledged() {
        let log = tempfile::NamedTempFile::new().expect("a file");
        let (acknowledged, stopped) = hand_on(log.path().to_owned(), 3);
        assert_eq!(acknowledged, [true; 3]);
        assert!(stopped.is_none());
    }

    #[test]
    fn where_a_sync_fails_nothing_is_acknowledged_and_writing_stops() {
        let nowhere = tempfile::tempdir().expect("a folder").path().join("data.db-wal");
        let (acknowledged, stopped) = hand_on(nowhere, 3);
        assert_eq!(acknowledged, [false; 3]);
        assert!(stopped.is_some_and(|error| error.is_io()));
    }
}
