//! What runs in the background: the schedules in one list, a thread each, stopped at a safe point.
//!
//! A job finds what is due, claims one in a short transaction, acts outside any transaction and marks it in another; it may run twice
//! without harm, and one bad item does not stop the rest.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::app::App;
use crate::audit;
use crate::error::{Error, Result};
use crate::mail::{outbox, reminders};

/// Something to do again and again.
#[derive(Clone, Copy)]
pub struct Schedule {
    /// Its name in the log.
    pub name: &'static str,
    /// How long to wait between two runs.
    pub every: Duration,
    /// One run.
    pub run: fn(&App) -> Result<()>,
}

/// All schedules.
pub const SCHEDULES: &[Schedule] = &[
    Schedule { name: "seal the audit trail", every: Duration::from_millis(500), run: seal },
    Schedule { name: "forget old uploads", every: Duration::from_secs(600), run: crate::imports::upload::forget_old },
    Schedule {
        name: "bring in what was decided",
        every: Duration::from_secs(2),
        run: crate::prospects::import::staging::go_on,
    },
    Schedule { name: "send mail", every: Duration::from_secs(2), run: send_mail },
    Schedule { name: "queue reminders", every: Duration::from_secs(30), run: queue_reminders },
    Schedule {
        name: "note who was erased",
        every: Duration::from_secs(600),
        run: crate::prospects::erasure::note_missing,
    },
    Schedule { name: "forget what has expired", every: Duration::from_secs(600), run: crate::people::forget_expired },
    Schedule { name: "drop old positions", every: Duration::from_secs(5), run: crate::attendance::positions::drop_old },
    Schedule { name: "pack the funnel", every: Duration::from_secs(20), run: crate::funnel::packing::pack_changed },
    Schedule { name: "pack new months", every: Duration::from_secs(3), run: crate::funnel::packing::pack_new },
    Schedule {
        name: "add up days that are over",
        every: Duration::from_secs(20),
        run: crate::attendance::days::add_up_due,
    },
    Schedule { name: "notice missed promises", every: Duration::from_secs(600), run: crate::goals::misses::notice_all },
    Schedule {
        name: "let lost plans go",
        every: Duration::from_secs(15),
        run: crate::rota::planning::runner::forget_lost,
    },
    Schedule {
        name: "drop what old plans found",
        every: Duration::from_secs(3600),
        run: crate::rota::planning::runner::forget_old,
    },
    Schedule { name: "let old swaps lapse", every: Duration::from_secs(600), run: crate::rota::swaps::lapse_past },
];

/// What runs also on a server that is told to run no jobs, since it is about what that server itself holds.
pub const ALWAYS: &[Schedule] = &[Schedule {
    name: "write what waits in memory",
    every: Duration::from_secs(1),
    run: crate::people::outage::settle,
}];

/// How far work steps back for which nobody waits as for a page: jobs, and long files.
const NICE: i32 = 10;

/// Lets whoever asks for a page go before what this thread does, for as long as it lives: not for a thread of a pool, where it would hold for others.
pub fn give_way() {
    if let Err(error) = rustix::process::setpriority_process(None, NICE) {
        tracing::warn!(%error, "long work could not be put behind the rest");
    }
}

/// Does `one` with each; the first failure comes out when all had their turn. Where the database does not answer nobody has one any more.
///
/// # Errors
/// The first of `one`'s.
pub fn each<T>(all: impl IntoIterator<Item = T>, mut one: impl FnMut(T) -> Result<()>) -> Result<()> {
    let mut first = Ok(());
    for item in all {
        match one(item) {
            Ok(()) => {}
            Err(error) if matches!(error, Error::Unavailable(_) | Error::Io(_)) => return first.and(Err(error)),
            Err(error) if first.is_ok() => first = Err(error),
            Err(error) => tracing::error!(%error, "another item of a job failed as well"),
        }
    }
    first
}

fn seal(app: &App) -> Result<()> {
    audit::seal(&app.db, &audit::head_file(&app.settings.var))
}

/// A few seconds' worth at a time, so that a stop never waits longer than for the mail at hand.
fn send_mail(app: &App) -> Result<()> {
    outbox::send_due(app, Duration::from_secs(3)).map(drop)
}

fn queue_reminders(app: &App) -> Result<()> {
    let now = app.clock.now();
    let reminded = reminders::pass(app, now);
    crate::reports::mails::pass(app, now)?;
    reminded.map(drop)
}

/// How long a stop waits for the jobs, besides the requests in flight.
const PATIENCE: Duration = Duration::from_secs(2);

/// The running jobs.
pub struct Jobs {
    stop: Arc<(Mutex<bool>, Condvar)>,
    threads: Vec<JoinHandle<()>>,
}

impl Jobs {
    /// Starts a thread for each schedule.
    ///
    /// # Errors
    /// When a thread cannot be started.
    pub fn start(app: Arc<App>, schedules: &[Schedule]) -> std::result::Result<Jobs, String> {
        let stop = Arc::new((Mutex::new(false), Condvar::new()));
        let mut threads = Vec::new();
        for schedule in schedules.iter().copied() {
            let (app, stop) = (app.clone(), stop.clone());
            let thread =
                std::thread::Builder::new().name(schedule.name.into()).spawn(move || go(&app, schedule, &stop));
            threads.push(thread.map_err(|e| e.to_string())?);
        }
        Ok(Jobs { stop, threads })
    }

    /// Lets each finish the item it is at, and waits for it, but not for ever: a mail server may leave one hanging, and what is cut off then is
    /// taken up again after the next start.
    pub fn stop(self) {
        *self.stop.0.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.stop.1.notify_all();
        let until = Instant::now() + PATIENCE;
        for thread in self.threads {
            while !thread.is_finished() && Instant::now() < until {
                std::thread::sleep(Duration::from_millis(10));
            }
            if !thread.is_finished() {
                tracing::warn!(job = thread.thread().name(), "a job did not stop in time and was left");
            } else if thread.join().is_err() {
                tracing::error!("a job panicked");
            }
        }
    }
}

fn go(app: &App, schedule: Schedule, stop: &(Mutex<bool>, Condvar)) {
    give_way();
    loop {
        let run = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| (schedule.run)(app)));
        match run {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(job = schedule.name, %error, "a job failed and will be tried again"),
            Err(_) => tracing::error!(job = schedule.name, "a job panicked and will be tried again"),
        }
        let stopped = stop.0.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = stop.1.wait_timeout_while(stopped, schedule.every, |stopped| !*stopped);
        if *waited.unwrap_or_else(PoisonError::into_inner).0 {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_bad_item_does_not_stop_the_rest_unless_the_database_is_gone() {
        let run = |bad: fn() -> Error| {
            let mut done = Vec::new();
            let end = each(1..=4, |n| match n {
                2 => Err(bad()),
                3 => Err(Error::Gone),
                n => {
                    done.push(n);
                    Ok(())
                }
            });
            (done, end.unwrap_err().to_string())
        };
        assert_eq!(run(|| Error::internal("odd")), (vec![1, 4], Error::internal("odd").to_string()));
        let gone = || Error::Unavailable("gone".into());
        assert_eq!(run(gone), (vec![1], gone().to_string()));
    }
}
