//! The one writer of an SQLite database.
//!
//! Jobs wait in a bounded queue. The thread takes what is there, up to `BATCH` jobs or `SLICE` of work, into one
//! `BEGIN IMMEDIATE` transaction, commits once, and only then answers each. A job that fails or panics is undone alone: the first by a rollback, since
//! nothing else is there yet, the others by a savepoint each, for which SQLite keeps what every page was before. Jobs that may be run again need no
//! savepoint while there are only such: where one fails all is rolled back and run once more, with savepoints. A long job has a transaction to itself.
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
    /// Whether it may be run again after a rollback.
    fn is_repeatable(&self) -> bool;
    /// Whether it has run and what it wrote is to be kept.
    fn is_kept(&self) -> bool;
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

/// What a job does.
pub trait Body<T>: Send {
    /// Whether it does the same when it is run again after a rollback.
    const IS_REPEATABLE: bool;
    /// Does it.
    fn run(&mut self, conn: &mut Conn) -> Result<T>;
}

/// Runs once.
pub struct Once<F>(Option<F>);

impl<F> Once<F> {
    /// This one.
    pub fn new(body: F) -> Once<F> {
        Once(Some(body))
    }
}

impl<T, F: FnOnce(&mut Conn) -> Result<T> + Send> Body<T> for Once<F> {
    const IS_REPEATABLE: bool = false;

    fn run(&mut self, conn: &mut Conn) -> Result<T> {
        self.0.take().ok_or_else(|| Error::internal("a write job ran before"))?(conn)
    }
}

/// May run again. It passes on what the database says: what fails in it may have undone all of the transaction.
pub struct Again<F>(pub F);

impl<T, F: Fn(&mut Conn) -> Result<T> + Send> Body<T> for Again<F> {
    const IS_REPEATABLE: bool = true;

    fn run(&mut self, conn: &mut Conn) -> Result<T> {
        (self.0)(conn)
    }
}

struct Asked<T, B, R> {
    company: Company,
    body: B,
    result: Result<T>,
    reply: R,
}

impl<T, B, R> Job for Asked<T, B, R>
where
    T: Send,
    B: Body<T>,
    R: FnOnce(Result<T>) + Send,
{
    fn run(&mut self, conn: &mut Conn) -> bool {
        self.result = std::panic::catch_unwind(AssertUnwindSafe(|| self.body.run(conn)))
            .unwrap_or_else(|_| Err(Error::internal("a write job panicked")));
        self.result.is_ok()
    }

    fn is_repeatable(&self) -> bool {
        B::IS_REPEATABLE
    }

    fn is_kept(&self) -> bool {
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
    pub fn queue<T, B, R>(&self, company: Company, body: B, reply: R) -> Result<()>
    where
        T: Send + 'static,
        B: Body<T> + 'static,
        R: FnOnce(Result<T>) + Send + 'static,
    {
        let job = Asked { company, body, result: Err(Error::Unavailable("not run".into())), reply };
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
            let jobs = done.len();
            for job in done {
                job.answer(failed.as_ref());
            }
            self.committed.finish(&mut self.conn);
            self.committed.say(jobs);
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
        let (mut next, mut savepoints, mut result) = (Some(first), false, Ok(()));
        while let Some(job) = next.take() {
            let is_apart = job.is_apart();
            done.push(job);
            result = self.add(done, &mut savepoints);
            if result.is_err() || is_apart || done.len() == BATCH || started.elapsed() > SLICE {
                break;
            }
            next = jobs.try_recv().ok();
            self.held = next.take_if(|job| job.is_apart());
        }
        let result = result.and_then(|()| self.conn.batch_execute("COMMIT").map_err(Error::from));
        if result.is_err() {
            self.roll_back();
        }
        result
    }

    /// Runs the last one of the batch; `savepoints`: whether those of the transaction have begun to have one each. An error means that there is no
    /// transaction any more.
    fn add(&mut self, batch: &mut [Box<dyn Job>], savepoints: &mut bool) -> Result<()> {
        let Some((job, before)) = batch.split_last_mut() else { return Ok(()) };
        if !*savepoints {
            let mut kept = before.iter().filter(|job| job.is_kept()).peekable();
            let is_first = kept.peek().is_none();
            if is_first || job.is_repeatable() && kept.all(|job| job.is_repeatable()) {
                if job.run(&mut self.conn) {
                    return Ok(());
                }
                self.roll_back();
                // Had it not been rolled back, there were one already, and this would say so.
                self.begin()?;
                if is_first {
                    return Ok(());
                }
                for job in before.iter_mut().filter(|job| job.is_kept()) {
                    self.further(job.as_mut())?;
                }
            } else {
                self.still_open()?;
            }
            *savepoints = true;
        }
        self.further(job.as_mut())
    }

    fn begin(&mut self) -> Result<()> {
        Ok(self.conn.batch_execute("BEGIN IMMEDIATE")?)
    }

    /// SQLite may have rolled back by itself (disk full, I/O); then this one says so and does no harm.
    fn roll_back(&mut self) {
        drop(self.conn.batch_execute("ROLLBACK"));
    }

    /// Runs a job in a savepoint.
    fn further(&mut self, job: &mut dyn Job) -> Result<()> {
        self.conn.batch_execute("SAVEPOINT job")?;
        let end = if job.run(&mut self.conn) { "RELEASE job" } else { "ROLLBACK TO job; RELEASE job" };
        Ok(self.conn.batch_execute(end)?)
    }

    /// That no job, none of which had a savepoint to tell of it, went on after SQLite had rolled back by itself: a savepoint would begin anew then, and what
    /// follows be stored behind what was not.
    fn still_open(&mut self) -> Result<()> {
        match self.conn.batch_execute("BEGIN") {
            Err(_) => Ok(()),
            Ok(()) => Err(Error::internal("the transaction ended before its time")),
        }
    }
}
