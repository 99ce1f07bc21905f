//! The threads that plan: one a run, at the lowest priority, so that whoever works meanwhile does not notice; the planner's own threads inherit it.
//!
//! A run is held in the database by the server that plans it, with a sign of life every two seconds. A restart finds the runs of a server that is gone: at
//! once on SQLite, where there is one server, and after the lease on PostgreSQL.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::time::{Duration, Instant};

use super::instance::{self, Ask, Prepared};
use super::outcome;
use super::reported::Report;
use super::runs::{self, Costs, Found, Heard, PlanState, Run};
use super::situation::Situation;
use crate::app::App;
use crate::audit::{self, Subject};
use crate::db::{At, Conn, Id, Location};
use crate::error::{Error, Result};
use crate::keys::Keys;
use crate::people::Caller;
use crate::planner::{self, Budget, Planned, Progress, Refused, Watch};
use crate::rota::drafts::{self, NewDraft};
use crate::rota::draw;
use crate::rota::edits::Edit;

/// How many a server plans at once.
const AT_ONCE: usize = 8;
/// Between two signs of life.
const BEAT: Duration = Duration::from_secs(2);
/// The lowest priority there is.
const NICE: i32 = 19;

/// The runs that this server plans.
#[derive(Debug, Default)]
pub struct Plans {
    /// Tells this run of the program from another.
    server: Id,
    running: Mutex<HashMap<Id, Arc<Hand>>>,
}

/// What one holds of a run from outside.
#[derive(Debug)]
struct Hand {
    /// The search is to end.
    end: AtomicBool,
    /// It is to end as soon as there is a plan to take.
    take: AtomicBool,
    /// And what it found is not wanted.
    drop: AtomicBool,
    best: AtomicI64,
}

impl Plans {
    /// Which server this is.
    pub fn server(&self) -> Id {
        self.server
    }

    fn running(&self) -> MutexGuard<'_, HashMap<Id, Arc<Hand>>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn enter(&self, id: Id) -> Result<Arc<Hand>> {
        let mut running = self.running();
        if running.len() >= AT_ONCE {
            return Err(Error::Unavailable("as many plans as this server makes at once".into()));
        }
        let hand = Hand {
            end: AtomicBool::new(false),
            take: AtomicBool::new(false),
            drop: AtomicBool::new(false),
            best: AtomicI64::new(i64::MAX),
        };
        Ok(running.entry(id).or_insert_with(|| Arc::new(hand)).clone())
    }

    /// Ends a run, if this server plans it: with what it has, or with nothing.
    pub fn end(&self, id: Id, drop: bool) {
        if let Some(hand) = self.running().get(&id) {
            hand.drop.fetch_or(drop, Ordering::Relaxed);
            let flag = if drop { &hand.end } else { &hand.take };
            flag.store(true, Ordering::Relaxed);
        }
    }

    /// Whether there is room for another.
    ///
    /// # Errors
    /// `Unavailable` where as many are planned as this server plans at once.
    pub fn room(&self) -> Result<()> {
        let full = self.running().len() >= AT_ONCE;
        if full { Err(Error::Unavailable("as many plans as this server makes at once".into())) } else { Ok(()) }
    }

    /// Ends all of them: the program stops.
    fn end_all(&self) -> usize {
        let running = self.running();
        for hand in running.values() {
            hand.drop.store(true, Ordering::Relaxed);
            hand.end.store(true, Ordering::Relaxed);
        }
        running.len()
    }
}

/// Plans a run that was asked for, in the background.
///
/// # Errors
/// When no thread can be had.
pub fn start(app: Arc<App>, caller: Caller, run: Run) -> Result<()> {
    let hand = app.plans.enter(run.id)?;
    let id = run.id;
    let spawned = std::thread::Builder::new().name("plan a rota".into()).spawn({
        let app = app.clone();
        move || {
            yield_to_others();
            let worked = catch_unwind(AssertUnwindSafe(|| work(&app, &caller, &run, &hand)));
            let problem = match worked {
                Ok(Ok(())) => None,
                Ok(Err(Error::Conflict(code))) => Some(code),
                Ok(Err(error)) => {
                    tracing::error!(plan = %id, %error, "a plan failed");
                    Some("plan_failed")
                }
                Err(_) => {
                    tracing::error!(plan = %id, "a plan panicked");
                    Some("plan_failed")
                }
            };
            if let Some(problem) = problem {
                fail(&app, id, problem);
            }
            app.plans.running().remove(&id);
        }
    });
    spawned.map(drop).map_err(|error| {
        app.plans.running().remove(&id);
        Error::internal(error)
    })
}

/// Lets everybody else on this machine go first.
pub fn yield_to_others() {
    if let Err(error) = rustix::process::setpriority_process(None, NICE) {
        tracing::warn!(%error, "the planner could not be put last");
    }
}

fn fail(app: &App, id: Id, problem: &'static str) {
    let now = app.clock.now();
    let noted = app.db.write_now(move |conn| runs::close(conn, id, PlanState::Failed, problem, now));
    if let Err(error) = noted {
        tracing::error!(plan = %id, %error, "a failed plan could not be noted");
    }
}

fn work(app: &App, caller: &Caller, run: &Run, hand: &Hand) -> Result<()> {
    let today = run.started_at.date_in(caller.user()?.zone());
    let (keys, branch, days) = (app.keys.clone(), run.branch_id, (run.from, run.to));
    let situation = app.db.read_now(|conn| Situation::load(conn, &keys, branch, days, true, today))?;
    let ask =
        Ask { from: run.from, to: run.to, keep: run.keep, change_cost: run.change_cost, weights: run.weights, today };
    let mut prepared = instance::prepare(situation.seen(), &ask).map_err(|why| Error::Conflict(why.code()))?;
    let deadline = Instant::now() + Duration::from_secs(run.seconds.unsigned_abs());
    let budget = Budget { deadline: Some(deadline), iterations: None, seed: run.seed.unsigned_abs() };
    let planned = watched(app, run.id, hand, |watch| solve(&mut prepared, budget, watch))?;
    if hand.drop.load(Ordering::Relaxed) {
        return Ok(());
    }
    let (edits, refused) = outcome::legal(&situation.book, outcome::edits(&prepared, &planned.plan));
    if refused > 0 {
        tracing::error!(plan = %run.id, refused, "the planner broke rules of the branch");
    }
    finish(app, caller, run, &prepared, &planned, edits)
}

/// Plans; what is to stay and cannot by the planner's rules is set aside.
///
/// # Errors
/// A fault of the planner.
pub fn solve(prepared: &mut Prepared, budget: Budget, watch: Watch<'_>) -> Result<Planned> {
    loop {
        match planner::plan_with(&prepared.instance, &prepared.wish, budget, watch) {
            Ok(planned) => return Ok(planned),
            // Each round has fewer pins.
            Err(Refused::Pins(wrong)) => prepared.set_aside(&wrong.iter().map(|(at, _)| *at).collect()),
            Err(Refused::Fault(fault)) => return Err(Error::Internal(fault)),
        }
    }
}

/// Runs a search, giving signs of life meanwhile and passing on what was asked for elsewhere.
fn watched<T>(app: &App, id: Id, hand: &Hand, search: impl FnOnce(Watch<'_>) -> Result<T>) -> Result<T> {
    let progress = |progress: Progress| {
        hand.best.fetch_min(progress.cost, Ordering::Relaxed);
        // Before its first report a search may have nothing to take.
        if hand.take.load(Ordering::Relaxed) {
            hand.end.store(true, Ordering::Relaxed);
        }
    };
    std::thread::scope(|scope| {
        let (over, wait) = mpsc::channel::<()>();
        scope.spawn(move || {
            while let Err(mpsc::RecvTimeoutError::Timeout) = wait.recv_timeout(BEAT) {
                beat(app, id, hand);
            }
        });
        let found = search(Watch { cancel: Some(&hand.end), progress: Some(&progress) });
        drop(over);
        found
    })
}

fn beat(app: &App, id: Id, hand: &Hand) {
    let best = Some(hand.best.load(Ordering::Relaxed)).filter(|best| *best < i64::MAX);
    let (server, now) = (app.plans.server, app.clock.now());
    match app.db.write_now(move |conn| runs::beat(conn, id, server, best, now)) {
        Ok(Heard::GoOn) => {}
        Ok(Heard::Take) => hand.take.store(true, Ordering::Relaxed),
        Ok(Heard::Gone) => {
            hand.drop.store(true, Ordering::Relaxed);
            hand.end.store(true, Ordering::Relaxed);
        }
        // The lease is longer than a moment.
        Err(error) => tracing::warn!(plan = %id, %error, "a plan gave no sign of life"),
    }
}

fn finish(
    app: &App,
    caller: &Caller,
    run: &Run,
    prepared: &Prepared,
    planned: &Planned,
    edits: Vec<Edit>,
) -> Result<()> {
    let report = Report::new(prepared, &planned.plan, &edits);
    let found = Found {
        cost: Costs::from(planned.cost),
        before: Costs::from(report.compared.current.cost),
        result: report.seal(&app.keys)?,
    };
    let (id, server, now) = (run.id, app.plans.server, app.clock.now());
    let caller = Caller { now, ..caller.clone() };
    if !app.db.write_now(move |conn| runs::keep(conn, id, server, &found, now))? {
        return Ok(());
    }
    let (keys, run) = (app.keys.clone(), run.clone());
    // The plan is kept whatever becomes of the draft.
    app.db.write_now(move |conn| into_draft(conn, &keys, &caller, &run, &edits).map(drop)).or_else(|error| {
        let code = match error {
            Error::Conflict(code) => code,
            error => {
                tracing::error!(plan = %id, %error, "a plan came into no draft");
                "plan_failed"
            }
        };
        app.db.write_now(move |conn| runs::note_draft(conn, id, Err(code)))
    })
}

/// Puts a plan into the draft of its days, begun for it where there is none. Answers the draft.
///
/// # Errors
/// `Conflict("draft_overlaps")`; what the verbs of a draft say.
pub fn into_draft(conn: &mut Conn, keys: &Keys, caller: &Caller, run: &Run, edits: &[Edit]) -> Result<Id> {
    crate::db::serialise(conn, run.branch_id)?;
    let draft = match runs::draft_for(conn, run.branch_id, run.from, run.to)? {
        Some(draft) => draft.id,
        None => drafts::create(conn, keys, caller, &NewDraft::of(Id::new(), run.from, run.to))?.body.id,
    };
    let (drawn, left) = draw::put_possible(conn, caller, draft, edits)?;
    runs::note_draft(conn, run.id, Ok((draft, left)))?;
    let detail = serde_json::json!({ "draft": draft, "changed": drawn.changed, "left": left });
    audit::record(conn, caller, "rota_plan.draft", Subject::new("rota_plan", run.id, Some(run.branch_id)), detail)?;
    Ok(draft)
}

/// At the start of a server: runs that nobody plans any more. On SQLite there is no other server that could.
///
/// # Errors
/// What the database says.
pub fn recover(app: &App) -> Result<()> {
    let alone = matches!(app.db.location(), Location::Sqlite(_));
    let now = app.clock.now();
    let lost = app.db.write_now(move |conn| lost(conn, alone, now))?;
    if lost > 0 {
        tracing::warn!(lost, "plans were interrupted by a restart");
    }
    Ok(())
}

fn lost(conn: &mut Conn, alone: bool, now: At) -> Result<usize> {
    if alone { runs::interrupt_of(conn, None, now) } else { runs::interrupt_lost(conn, now) }
}

/// A job: runs whose server is gone.
///
/// # Errors
/// What the database says.
pub fn forget_lost(app: &App) -> Result<()> {
    let now = app.clock.now();
    app.db.write_now(move |conn| runs::interrupt_lost(conn, now).map(drop))
}

/// A job: what plans found long ago. A few at a time; there are never many.
///
/// # Errors
/// What the database says.
pub fn forget_old(app: &App) -> Result<()> {
    let now = app.clock.now();
    app.db.write_now(move |conn| runs::drop_old_results(conn, now).map(drop))
}

/// At the stop of a server: its runs end without a plan.
pub fn stop(app: &App) {
    if app.plans.end_all() == 0 {
        return;
    }
    let (server, now) = (app.plans.server, app.clock.now());
    if let Err(error) = app.db.write_now(move |conn| runs::interrupt_of(conn, Some(server), now)) {
        tracing::error!(%error, "plans that were interrupted could not be noted");
    }
}
