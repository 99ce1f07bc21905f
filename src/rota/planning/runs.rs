//! The runs of the planner as records: asked for once, one a branch at a time, held by the server that runs them, ended by a plan, by a person or by a restart.

use chrono::{Days, Duration, NaiveDate};
use diesel::prelude::*;

use super::conditions::{self, desk};
use super::run::Row;
pub use super::run::{Costs, NewPlan, PlanInput, PlanState, Run};
use crate::audit::{self, Subject};
use crate::db::schema::{rota_drafts, rota_plans};
use crate::db::{At, Conn, Id, serialise};
use crate::error::{Error, Result};
use crate::keys::Keys;
use crate::people::{Caller, CurrentUser, Reach};
use crate::requests::{self, Answer};
use crate::rota::drafts::{self, Draft};
use crate::web::pagination::{List, Part};

/// How long a server holds a run without a sign of life.
pub const LEASE_SECONDS: i64 = 30;
/// Asks for a plan once; `server` is to run it.
///
/// # Errors
/// `Conflict`: `plan_running`, `draft_overlaps`, `id_taken`; 422 naming `from`; `Forbidden`.
pub fn create(conn: &mut Conn, keys: &Keys, caller: &Caller, server: Id, new: &NewPlan) -> Result<Answer<Run>> {
    let user = caller.user()?;
    let branch = desk(user)?;
    let today = caller.now.date_in(user.zone());
    requests::once(conn, keys, caller, "rota_plan", new.id, new, |conn| {
        if new.from < today {
            return Err(Error::field("from", "in_the_past"));
        }
        // Two who ask at once: the second is told of the first.
        serialise(conn, branch)?;
        interrupt_lost(conn, caller.now)?;
        if running(conn, branch)?.is_some() {
            return Err(Error::Conflict("plan_running"));
        }
        draft_for(conn, branch, new.from, new.to)?;
        let (_, weights) = conditions::of_branch(conn, branch)?;
        let run = Run {
            id: new.id,
            branch_id: branch,
            from: new.from,
            to: new.to,
            state: PlanState::Running,
            keep: new.keep,
            weights: new.weights.with_rest_of(weights),
            change_cost: new.change_cost,
            seconds: new.seconds,
            seed: new.seed,
            best: None,
            cost: None,
            cost_before: None,
            left: 0,
            problem: None,
            draft_id: None,
            by_id: user.id,
            started_at: caller.now,
            finished_at: None,
        };
        insert(conn, &run, server)?;
        let detail = serde_json::json!({ "from": run.from, "to": run.to, "keep": run.keep, "seconds": run.seconds });
        audit::record(conn, caller, "rota_plan.create", Subject::new("rota_plan", run.id, Some(branch)), detail)?;
        Ok(run)
    })
}

fn insert(conn: &mut Conn, run: &Run, server: Id) -> Result<()> {
    use rota_plans as p;
    let small = |n: i64| i32::try_from(n).map_err(Error::internal);
    diesel::insert_into(p::table)
        .values((
            p::id.eq(run.id),
            p::branch_id.eq(run.branch_id),
            p::from_date.eq(run.from),
            p::to_date.eq(run.to),
            p::state.eq(run.state),
            p::keep.eq(run.keep),
            p::weights.eq(serde_json::to_string(&run.weights).map_err(Error::internal)?),
            p::change_cost.eq(small(run.change_cost)?),
            p::seconds.eq(small(run.seconds)?),
            p::seed.eq(run.seed),
            p::server.eq(server),
            p::lease_until.eq(run.started_at + Duration::seconds(LEASE_SECONDS)),
            p::by_user.eq(run.by_id),
            p::started_at.eq(run.started_at),
        ))
        .execute(conn)?;
    Ok(())
}

/// The open draft that a plan for some days goes into; none: one is begun for it.
///
/// # Errors
/// `Conflict("draft_overlaps")` where one has some of the days and not all.
pub fn draft_for(conn: &mut Conn, branch: Id, from: NaiveDate, to: NaiveDate) -> Result<Option<Draft>> {
    match drafts::open_within(conn, branch, from, to)? {
        Some(draft) if draft.from <= from && draft.to >= to => Ok(Some(draft)),
        Some(_) => Err(Error::Conflict("draft_overlaps")),
        None => Ok(None),
    }
}

/// The run of a branch that is under way.
///
/// # Errors
/// What the database says.
pub fn running(conn: &mut Conn, branch: Id) -> Result<Option<Run>> {
    rota_plans::table
        .filter(rota_plans::branch_id.eq(branch).and(is_running()))
        .select(Row::as_select())
        .first(conn)
        .optional()?
        .map(Row::run)
        .transpose()
}

/// The word stands in the statement itself: an index over the running ones only is not for a value that might be another.
fn is_running() -> diesel::expression::SqlLiteral<diesel::sql_types::Bool> {
    diesel::dsl::sql("rota_plans.state = 'running'")
}

/// The runs within reach, the latest first.
///
/// # Errors
/// What the database says.
pub fn list(conn: &mut Conn, reach: Reach, part: &Part<(At, Id)>) -> Result<List<Run>> {
    let mut query = rota_plans::table.select(Row::as_select()).into_boxed();
    match reach {
        Reach::All => {}
        Reach::Branch(branch) | Reach::Own { branch, .. } => query = query.filter(rota_plans::branch_id.eq(branch)),
    }
    if let Some((at, id)) = part.after {
        let same_moment = rota_plans::started_at.eq(at).and(rota_plans::id.lt(id));
        query = query.filter(rota_plans::started_at.lt(at).or(same_moment));
    }
    let rows: Vec<Row> =
        query.order((rota_plans::started_at.desc(), rota_plans::id.desc())).limit(part.limit + 1).load(conn)?;
    let runs: Vec<Run> = rows.into_iter().map(Row::run).collect::<Result<_>>()?;
    part.list(runs, |run| (run.started_at, run.id), |run| run)
}

/// A run within reach.
///
/// # Errors
/// `NotFound` out of reach.
pub fn find(conn: &mut Conn, user: &CurrentUser, id: Id) -> Result<Run> {
    let mut query = rota_plans::table.filter(rota_plans::id.eq(id)).select(Row::as_select()).into_boxed();
    match user.reach() {
        Reach::All => {}
        Reach::Branch(branch) => query = query.filter(rota_plans::branch_id.eq(branch)),
        Reach::Own { .. } => return Err(Error::not_found()),
    }
    query.first::<Row>(conn)?.run()
}

/// A run of the caller's own branch, held until the transaction ends.
///
/// # Errors
/// `NotFound` out of reach; `Forbidden`.
pub fn hold(conn: &mut Conn, caller: &Caller, id: Id) -> Result<Run> {
    let user = caller.user()?;
    let seen = find(conn, user, id)?;
    if seen.branch_id != desk(user)? {
        return Err(Error::Forbidden);
    }
    serialise(conn, id)?;
    find(conn, user, id)
}

/// Ends a run without a plan.
///
/// # Errors
/// As `hold`; `Conflict("plan_over")` for one that has ended.
pub fn cancel(conn: &mut Conn, caller: &Caller, id: Id) -> Result<Run> {
    let run = hold(conn, caller, id)?;
    if run.state != PlanState::Running {
        return Err(Error::Conflict("plan_over"));
    }
    close(conn, id, PlanState::Cancelled, "", caller.now)?;
    let subject = Subject::new("rota_plan", id, Some(run.branch_id));
    audit::record(conn, caller, "rota_plan.cancel", subject, serde_json::json!({}))?;
    find(conn, caller.user()?, id)
}

/// Asks a run to end with the best plan it has.
///
/// # Errors
/// As `cancel`.
pub fn take_now(conn: &mut Conn, caller: &Caller, id: Id) -> Result<Run> {
    let run = hold(conn, caller, id)?;
    if run.state != PlanState::Running {
        return Err(Error::Conflict("plan_over"));
    }
    diesel::update(rota_plans::table.find(id)).set(rota_plans::asked_to_stop.eq("take")).execute(conn)?;
    Ok(run)
}

/// Marks a running one as ended otherwise than by a plan; whether it was running.
///
/// # Errors
/// What the database says.
pub fn close(conn: &mut Conn, id: Id, state: PlanState, problem: &str, now: At) -> Result<bool> {
    let open = rota_plans::table.filter(rota_plans::id.eq(id).and(is_running()));
    let closed = diesel::update(open)
        .set((rota_plans::state.eq(state), rota_plans::problem.eq(problem), rota_plans::finished_at.eq(now)))
        .execute(conn)?;
    Ok(closed > 0)
}

/// What a server that runs a plan hears when it gives a sign of life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// Go on.
    GoOn,
    /// End with the best plan there is.
    Take,
    /// It is not wanted any more, or another server took it for lost.
    Gone,
}

/// A sign of life of the server that runs a plan.
///
/// # Errors
/// What the database says.
pub fn beat(conn: &mut Conn, id: Id, server: Id, best: Option<i64>, now: At) -> Result<Heard> {
    use rota_plans as p;
    let own = p::table.filter(p::id.eq(id).and(p::server.eq(server)).and(is_running()));
    let lease = now + Duration::seconds(LEASE_SECONDS);
    if diesel::update(own).set((p::best.eq(best), p::lease_until.eq(lease))).execute(conn)? == 0 {
        return Ok(Heard::Gone);
    }
    let asked: String = p::table.find(id).select(p::asked_to_stop).first(conn)?;
    Ok(if asked == "take" { Heard::Take } else { Heard::GoOn })
}

/// What a run came to, to be kept.
#[derive(Clone, Debug)]
pub struct Found {
    /// What it costs.
    pub cost: Costs,
    /// What stood before.
    pub before: Costs,
    /// The plan and its explanation, sealed.
    pub result: Vec<u8>,
}

/// Keeps what a run found; whether it was still wanted.
///
/// # Errors
/// What the database says.
pub fn keep(conn: &mut Conn, id: Id, server: Id, found: &Found, now: At) -> Result<bool> {
    use rota_plans as p;
    serialise(conn, id)?;
    let own = p::table.filter(p::id.eq(id).and(p::server.eq(server)).and(is_running()));
    let text = |costs: &Costs| serde_json::to_string(costs).map_err(Error::internal);
    let kept = diesel::update(own)
        .set((
            p::state.eq(PlanState::Done),
            p::cost.eq(text(&found.cost)?),
            p::cost_before.eq(text(&found.before)?),
            p::best.eq(found.cost.total),
            p::result.eq(&found.result),
            p::finished_at.eq(now),
        ))
        .execute(conn)?;
    Ok(kept > 0)
}

/// Notes into which draft a plan went, or why into none.
///
/// # Errors
/// What the database says.
pub fn note_draft(conn: &mut Conn, id: Id, draft: std::result::Result<(Id, usize), &str>) -> Result<()> {
    use rota_plans as p;
    let (draft, left, problem) = match draft {
        Ok((draft, left)) => (Some(draft), left, ""),
        Err(code) => (None, 0, code),
    };
    let left = i32::try_from(left).map_err(Error::internal)?;
    diesel::update(p::table.find(id))
        .set((p::draft_id.eq(draft), p::refused.eq(left), p::problem.eq(problem)))
        .execute(conn)?;
    Ok(())
}

/// The sealed result of a run.
///
/// # Errors
/// What the database says.
pub fn result(conn: &mut Conn, id: Id) -> Result<Option<Vec<u8>>> {
    Ok(rota_plans::table.find(id).select(rota_plans::result).first(conn)?)
}

/// So long what a run found is kept: by then its days are over, and it tells of homes.
const KEEP_RESULTS: Duration = Duration::days(60);
/// How many at once, so that the writer is not held up.
const FORGET_AT_ONCE: i64 = 50;

/// Drops what some runs found longer ago than it is kept; what they came to stays. Answers how many.
///
/// # Errors
/// What the database says.
pub fn drop_old_results(conn: &mut Conn, now: At) -> Result<usize> {
    let old: Vec<Id> = rota_plans::table
        .filter(rota_plans::result.is_not_null().and(rota_plans::finished_at.lt(now - KEEP_RESULTS)))
        .order(rota_plans::finished_at)
        .limit(FORGET_AT_ONCE)
        .select(rota_plans::id)
        .load(conn)?;
    if old.is_empty() {
        return Ok(0);
    }
    let dropped = diesel::update(rota_plans::table.filter(rota_plans::id.eq_any(old)));
    Ok(dropped.set(rota_plans::result.eq(None::<Vec<u8>>)).execute(conn)?)
}

/// Runs whose server gave no sign of life for too long are lost.
///
/// # Errors
/// What the database says.
pub fn interrupt_lost(conn: &mut Conn, now: At) -> Result<usize> {
    let lost = rota_plans::table.filter(rota_plans::lease_until.lt(now).and(is_running()));
    Ok(diesel::update(lost)
        .set((rota_plans::state.eq(PlanState::Interrupted), rota_plans::finished_at.eq(now)))
        .execute(conn)?)
}

/// Runs of one server, or of all, are lost: it stops, or nobody else can have been there.
///
/// # Errors
/// What the database says.
pub fn interrupt_of(conn: &mut Conn, server: Option<Id>, now: At) -> Result<usize> {
    let mut ids = rota_plans::table.filter(is_running()).select(rota_plans::id).into_boxed();
    if let Some(server) = server {
        ids = ids.filter(rota_plans::server.eq(server));
    }
    let ids: Vec<Id> = ids.load(conn)?;
    for id in &ids {
        close(conn, *id, PlanState::Interrupted, "", now)?;
    }
    Ok(ids.len())
}

/// The first and the last day that a plan is offered for: the next month that is not drawn up yet, else the rest of this one.
///
/// # Errors
/// What the database says.
pub fn usual_period(conn: &mut Conn, branch: Id, today: NaiveDate) -> Result<(NaiveDate, NaiveDate)> {
    let open: Option<(NaiveDate, NaiveDate)> = rota_drafts::table
        .filter(rota_drafts::branch_id.eq(branch).and(rota_drafts::state.eq(drafts::State::Open)))
        .filter(rota_drafts::from_date.ge(today))
        .order(rota_drafts::from_date)
        .select((rota_drafts::from_date, rota_drafts::to_date))
        .first(conn)
        .optional()?;
    Ok(open.unwrap_or_else(|| next_month(today)))
}

fn next_month(today: NaiveDate) -> (NaiveDate, NaiveDate) {
    use chrono::{Datelike, Months};
    let first = today.with_day(1).and_then(|d| d.checked_add_months(Months::new(1))).unwrap_or(today);
    let next = first.checked_add_months(Months::new(1)).unwrap_or(first);
    (first, next.checked_sub_days(Days::new(1)).unwrap_or(first))
}
