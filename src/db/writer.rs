//! The one writer of an SQLite database.
//!
//! Jobs wait in a bounded queue. The thread takes what is there, up to `BATCH` jobs or `SLICE` of work, into one
//! `BEGIN IMMEDIATE` transaction, commits once, and only then answers each. A job that fails or panics is undone alone: the first by a rollback, since
//! nothing else is there yet, the others by a savepoint each, for which SQLite keeps what every page was before. A long job has a transaction to itself.
//! When a COMMIT fails nobody is told that anything was stored; after an I/O error the writer stops for good, since SQLite would go on acknowledging.

use std::panic::AssertUnwindSafe;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;

use super::checkpoint::{self, Committed};
use super::{Conn, Location, open};
use crate::error::{Error, Result};

const QUEUE: usize = 2048;
const BATCH: usize = 256;
const SLICE: Duration = Duration::from_millis(25);

/// Something to do inside the transaction, and to answer after it.
trait Job: Send {
    /// Runs the body; true when what it wrote is to be kept.
    fn run(&mut self, conn: &mut Conn) -> bool;
    /// Whether it has a transaction to itself.
    fn is_apart(&self) -> bool;
    /// Answers: `failed` is why nothing of the batch was stored.
    fn answer(self: Box<Self>, failed: Option<&Error>);
}

/// Who else may be in the transaction of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Company {
    /// Whoever waits at the same time: one sync of the disk for all.
    Others,
    /// Nobody: it takes long, and nobody is to wait for its end before being answered.
    Nobody,
}

struct Asked<T, F, R> {
    company: Company,
    body: Option<F>,
    result: Result<T>,
    reply: R,
}

impl<T, F, R> Job for Asked<T, F, R>
where
    T: Send,
    F: FnOnce(&mut Conn) -> Result<T> + Send,
    R: FnOnce(Result<T>) + Send,
{
    fn run(&mut self, conn: &mut Conn) -> bool {
        if let Some(body) = self.body.take() {
            self.result = std::panic::catch_unwind(AssertUnwindSafe(|| body(conn)))
                .unwrap_or_else(|_| Err(Error::internal("a write job panicked")));
        }
        self.result.is_ok()
    }

    fn is_apart(&self) -> bool {
        self.company == Company::Nobody
    }

    fn answer(self: Box<Self>, failed: Option<&Error>) {
        let result = match (self.result, failed) {
            (Ok(_), Some(error)) => Err(error.again()),
            (result, _) => result,
        };
        (self.reply)(result);
    }
}

/// The queue to the writer thread. Dropping the last handle lets the thread finish what is queued and end.
pub struct Writer {
    queue: Option<SyncSender<Box<dyn Job>>>,
    /// The writer, and what ends after it.
    threads: Vec<std::thread::JoinHandle<()>>,
}

impl Writer {
    /// Opens the writing connection and starts the thread.
    pub fn start(location: &Location) -> Result<Writer> {
        let mut conn = open(location, false).map_err(|e| Error::Unavailable(e.to_string()))?;
        // The one connection that writes touches many more pages than one that reads. What a job of thousands of rows may have to undo goes to a file: in memory
        // each of its statements walks all of it.
        conn.batch_execute(&format!(
            "PRAGMA cache_size = -16000; PRAGMA temp_store = FILE; PRAGMA wal_autocheckpoint = {}",
            checkpoint::AT_MOST
        ))?;
        let (committed, checkpoints) = checkpoint::start(location)?;
        let (queue, jobs) = sync_channel(QUEUE);
        let thread = std::thread::Builder::new()
            .name("writer".into())
            .spawn(move || Loop { conn, committed, held: None, stopped: None }.run(&jobs))
            .map_err(Error::internal)?;
        Ok(Writer { queue: Some(queue), threads: vec![thread, checkpoints] })
    }

    /// Queues a job; `reply` gets its result after COMMIT, on the writer's thread.
    ///
    /// # Errors
    /// `Unavailable` when the queue is full.
    pub fn queue<T, F, R>(&self, company: Company, body: F, reply: R) -> Result<()>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn) -> Result<T> + Send + 'static,
        R: FnOnce(Result<T>) + Send + 'static,
    {
        let job = Asked { company, body: Some(body), result: Err(Error::Unavailable("not run".into())), reply };
        let queue = self.queue.as_ref().ok_or_else(|| Error::Unavailable("the writer stopped".into()))?;
        match queue.try_send(Box::new(job)) {
            Ok(()) => Ok(()),
            Err(TrySendError::Full(_)) => Err(Error::Unavailable("the write queue is full".into())),
            Err(TrySendError::Disconnected(_)) => Err(Error::Unavailable("the writer stopped".into())),
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.queue = None;
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                tracing::error!("a thread of the writer panicked");
            }
        }
    }
}

struct Loop {
    conn: Conn,
    committed: Committed,
    /// Its turn is next: it was taken from the queue and is for a transaction of its own.
    held: Option<Box<dyn Job>>,
    /// Set after an I/O error: from then on nothing is acknowledged any more.
    stopped: Option<Error>,
}

impl Loop {
    fn run(mut self, jobs: &Receiver<Box<dyn Job>>) {
        while let Some(first) = self.held.take().or_else(|| jobs.recv().ok()) {
            if let Some(error) = &self.stopped {
                first.answer(Some(error));
                continue;
            }
            let mut done = Vec::new();
            let failed = self.batch(first, jobs, &mut done).err();
            if let Some(error) = &failed {
                tracing::error!(%error, jobs = done.len(), "a batch of writes was not stored");
                if error.is_io() {
                    tracing::error!("an I/O error at the database: writing stops until the server is started again");
                    self.stopped = Some(error.again());
                }
            }
            for job in done {
                job.answer(failed.as_ref());
            }
            self.committed.say();
        }
    }

    /// One transaction over what is queued. On an error nothing of it is stored.
    fn batch(
        &mut self,
        first: Box<dyn Job>,
        jobs: &Receiver<Box<dyn Job>>,
        done: &mut Vec<Box<dyn Job>>,
    ) -> Result<()> {
        let started = Instant::now();
        if let Err(error) = self.begin() {
            done.push(first);
            done.extend(std::iter::from_fn(|| jobs.try_recv().ok()));
            return Err(error);
        }
        let (mut next, mut kept, mut result) = (Some(first), 0, Ok(()));
        while let Some(mut job) = next.take() {
            let ran = if kept == 0 { self.first(job.as_mut()) } else { self.further(job.as_mut(), kept) };
            let is_last = job.is_apart() || done.len() + 1 == BATCH || started.elapsed() > SLICE;
            done.push(job);
            match ran {
                Ok(is_kept) => kept += usize::from(is_kept),
                Err(error) => {
                    result = Err(error);
                    break;
                }
            }
            if !is_last {
                next = jobs.try_recv().ok();
                self.held = next.take_if(|job| job.is_apart());
            }
        }
        let result = result.and_then(|()| self.conn.batch_execute("COMMIT").map_err(Error::from));
        if result.is_err() {
            self.roll_back();
        }
        result
    }

    fn begin(&mut self) -> Result<()> {
        Ok(self.conn.batch_execute("BEGIN IMMEDIATE")?)
    }

    /// SQLite may have rolled back by itself (disk full, I/O); then this one says so and does no harm.
    fn roll_back(&mut self) {
        drop(self.conn.batch_execute("ROLLBACK"));
    }

    /// A job with which the transaction begins: where it fails all of it is undone, and another begun. Whether it is kept; an error means that there is no
    /// transaction any more.
    fn first(&mut self, job: &mut dyn Job) -> Result<bool> {
        if job.run(&mut self.conn) {
            return Ok(true);
        }
        self.roll_back();
        // Had it not been rolled back, there were one already, and this would say so.
        self.begin().map(|()| false)
    }

    /// One more job, in a savepoint; as `first`.
    fn further(&mut self, job: &mut dyn Job, kept: usize) -> Result<bool> {
        if kept == 1 {
            self.still_open()?;
        }
        self.conn.batch_execute("SAVEPOINT job")?;
        let is_kept = job.run(&mut self.conn);
        let end = if is_kept { "RELEASE job" } else { "ROLLBACK TO job; RELEASE job" };
        self.conn.batch_execute(end)?;
        Ok(is_kept)
    }

    /// That the first job, which has no savepoint to tell of it, did not go on after SQLite had rolled back by itself: a savepoint would begin anew then,
    /// and what follows be stored behind what was not.
    fn still_open(&mut self) -> Result<()> {
        match self.conn.batch_execute("BEGIN") {
            Err(_) => Ok(()),
            Ok(()) => Err(Error::internal("the transaction ended before its time")),
        }
    }
}
