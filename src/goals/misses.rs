//! A missed promise asks for its explanation: one that is behind the time by more than the branch's margin, or whose period ended short of it. Explained in
//! time, it keeps trust. A miss stays before the desk until somebody has answered it, or it came right by itself.

use std::collections::HashMap;
use std::time::{Duration as StdDuration, Instant};

use chrono::{Duration, NaiveDate};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::agreements::{self, Agreement};
use super::balance::{self, Balance, Done};
use super::progress::{Progress, Stand};
use super::words;
use crate::app::App;
use crate::audit::{self, Subject};
use crate::db::schema::{agreement_misses as rows, agreements as table, branches};
use crate::db::{At, Conn, Id, serialise};
use crate::error::{Error, Result};
use crate::jobs;
use crate::people::Caller;
use crate::people::store::{self, Branch};

/// So long an explanation of being behind holds; whoever is behind after that is asked again.
const HOLDS: Duration = Duration::days(30);
/// So long after its end an agreement is looked at for what came in late.
const LOOKED_AFTER: Duration = Duration::days(60);
/// How long one run of the job takes at most.
const A_RUN: StdDuration = StdDuration::from_secs(2);

crate::text_enum! {
    /// How it was missed.
    pub enum MissKind: Text {
        /// Behind the time by more than the margin.
        Behind = "behind",
        /// The period is over, and it was not reached.
        Short = "short",
    }
}

/// A missed promise, as it is kept and as the API shows it.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable, Serialize, Deserialize, ToSchema)]
#[diesel(table_name = rows, treat_none_as_default_value = false)]
pub struct Miss {
    /// Its id.
    pub id: Id,
    /// Of which branch.
    pub branch_id: Id,
    /// Of which agreement.
    pub agreement_id: Id,
    /// Which promise.
    pub line_id: Id,
    /// How.
    pub kind: MissKind,
    /// On which local date that was noticed.
    pub noticed_on: NaiveDate,
    /// What was done by then.
    pub done: i64,
    /// When it came right by itself.
    pub settled_at: Option<At>,
    /// The explanation; null: it is still asked for.
    pub answer: Option<String>,
    /// Who gave it.
    pub answered_by: Option<Id>,
    /// When.
    pub answered_at: Option<At>,
}

impl Miss {
    /// Whether it still asks.
    pub fn is_open(&self) -> bool {
        self.answered_at.is_none() && self.settled_at.is_none()
    }
}

/// The misses of agreements, the latest first.
///
/// # Errors
/// What the database says.
pub fn of(conn: &mut Conn, agreements: &[Id]) -> Result<Vec<Miss>> {
    Ok(rows::table
        .filter(rows::agreement_id.eq_any(agreements))
        .order((rows::noticed_on.desc(), rows::id.desc()))
        .select(Miss::as_select())
        .load(conn)?)
}

/// How many explanations a branch owes.
///
/// # Errors
/// What the database says.
pub fn waiting(conn: &mut Conn, branch: Id) -> Result<i64> {
    Ok(rows::table
        .filter(rows::branch_id.eq(branch).and(rows::answered_at.is_null()).and(rows::settled_at.is_null()))
        .count()
        .get_result(conn)?)
}

/// How a promise stands, as far as misses are concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    agreement: Id,
    line: Id,
    kind: Option<MissKind>,
    done: i64,
}

impl Found {
    /// A promise of an agreement with its progress.
    pub fn of(agreement: Id, line: Id, progress: Progress) -> Found {
        let kind = match progress.stand {
            Stand::Behind => Some(MissKind::Behind),
            Stand::Short => Some(MissKind::Short),
            _ => None,
        };
        Found { agreement, line, kind, done: progress.done }
    }
}

/// How the promises of agreements of one branch stand.
///
/// # Errors
/// What the database says.
pub fn look(conn: &mut Conn, branch: &Branch, all: Vec<Agreement>, now: At) -> Result<Vec<Found>> {
    let all = balance::balances(conn, branch, all, None, now)?;
    let found = |of: &Balance| {
        let one = |one: &Done| Found::of(of.of.id, one.line.id, of.progress(one));
        of.lines.iter().map(one).collect::<Vec<_>>()
    };
    Ok(all.iter().flat_map(found).collect())
}

/// Misses to be settled, and new ones.
type Todo = (Vec<Id>, Vec<(Found, MissKind)>);

/// What there is to do about what was found.
fn todo(conn: &mut Conn, found: &[Found], now: At) -> Result<Todo> {
    let mut ids: Vec<Id> = found.iter().map(|one| one.agreement).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut known: HashMap<Id, Vec<Miss>> = HashMap::new();
    for miss in of(conn, &ids)? {
        known.entry(miss.line_id).or_default().push(miss);
    }
    let (mut settled, mut new) = (Vec::new(), Vec::new());
    for one in found {
        let before = known.get(&one.line).map_or(&[][..], Vec::as_slice);
        settled.extend(before.iter().filter(|miss| miss.is_open() && Some(miss.kind) != one.kind).map(|miss| miss.id));
        new.extend(one.kind.filter(|kind| asks(*kind, before, now)).map(|kind| (*one, kind)));
    }
    Ok((settled, new))
}

/// Keeps what was found: new misses ask, those that came right are settled. May run as often as it likes; answers how many are new.
///
/// # Errors
/// What the database says.
pub fn keep(conn: &mut Conn, branch: &Branch, found: &[Found], now: At) -> Result<usize> {
    let (settled, new) = todo(conn, found, now)?;
    if !settled.is_empty() {
        diesel::update(rows::table.filter(rows::id.eq_any(settled))).set(rows::settled_at.eq(now)).execute(conn)?;
    }
    let noticed_on = now.date_in(branch.zone());
    for (one, kind) in &new {
        let miss = Miss {
            id: Id::new(),
            branch_id: branch.id,
            agreement_id: one.agreement,
            line_id: one.line,
            kind: *kind,
            noticed_on,
            done: one.done,
            settled_at: None,
            answer: None,
            answered_by: None,
            answered_at: None,
        };
        diesel::insert_into(rows::table).values(&miss).execute(conn)?;
    }
    Ok(new.len())
}

/// Whether a miss is to be asked about, after what was asked before: not twice at once, and not while an explanation holds. That a period ended short is
/// asked once.
fn asks(kind: MissKind, before: &[Miss], now: At) -> bool {
    let mut same = before.iter().filter(|miss| miss.kind == kind);
    let holds = |miss: &Miss| {
        let answered = |at: At| kind == MissKind::Short || now - at < HOLDS;
        miss.is_open() || miss.answered_at.is_some_and(answered)
    };
    !same.any(holds)
}

/// An ended agreement asks for nothing.
///
/// # Errors
/// What the database says.
pub fn settle(conn: &mut Conn, agreement: Id, now: At) -> Result<()> {
    let open = rows::agreement_id.eq(agreement).and(rows::answered_at.is_null()).and(rows::settled_at.is_null());
    diesel::update(rows::table.filter(open)).set(rows::settled_at.eq(now)).execute(conn)?;
    Ok(())
}

/// What somebody says to a miss.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExplanationInput {
    /// 1 to 500 characters, without numbers that no note may hold.
    #[schema(required, value_type = String, min_length = 1, max_length = 500)]
    pub text: Option<String>,
}

/// Answers a miss. Said again in the same words it is said once.
///
/// # Errors
/// As `agreements::open`; `NotFound` for no miss of this agreement; `text`: `required` and so on; `Conflict("already_explained")`.
pub fn explain(conn: &mut Conn, caller: &Caller, agreement: Id, miss: Id, input: &ExplanationInput) -> Result<Miss> {
    let of = agreements::writable(conn, caller, agreement)?;
    let text = words(input.text.as_deref()).map_err(|code| Error::field("text", code))?;
    if text.is_empty() {
        return Err(Error::field("text", "required"));
    }
    let mut row: Miss = rows::table
        .filter(rows::id.eq(miss).and(rows::agreement_id.eq(agreement)))
        .select(Miss::as_select())
        .first(conn)?;
    match &row.answer {
        Some(said) if *said == text => return Ok(row),
        Some(_) => return Err(Error::Conflict("already_explained")),
        None => {}
    }
    row.answer = Some(text);
    row.answered_by = Some(caller.user()?.id);
    row.answered_at = Some(caller.now);
    diesel::update(rows::table.find(miss))
        .set((
            rows::answer.eq(&row.answer),
            rows::answered_by.eq(row.answered_by),
            rows::answered_at.eq(row.answered_at),
        ))
        .execute(conn)?;
    let detail = serde_json::json!({ "miss": miss, "line": row.line_id, "kind": row.kind });
    audit::record(conn, caller, "agreement.explain", Subject::new("agreement", agreement, Some(of.branch_id)), detail)?;
    Ok(row)
}

/// The job: looks at every branch that has agreements. What is counted is read beside the writer, which is asked only where there is something new.
///
/// # Errors
/// What the database says.
pub fn notice_all(app: &App) -> Result<()> {
    let (now, until) = (app.clock.now(), Instant::now() + A_RUN);
    let all: Vec<Id> = app.db.read_now(|conn| Ok(branches::table.select(branches::id).load(conn)?))?;
    // Begun at another branch each time, so that a run that was cut short leaves none out for good.
    let start = if all.is_empty() { 0 } else { (now.utc().timestamp() / 600) as usize % all.len() };
    jobs::each(all.iter().cycle().skip(start).take(all.len()).copied(), |branch| {
        if Instant::now() < until { notice(app, branch, now) } else { Ok(()) }
    })
}

/// Looks at one branch.
fn notice(app: &App, branch: Id, now: At) -> Result<()> {
    let (branch, found, is_new) = app.db.read_now(|conn| {
        let branch = store::branch(conn, branch)?;
        let all = due(conn, &branch, now)?;
        let found = look(conn, &branch, all, now)?;
        let (settled, new) = todo(conn, &found, now)?;
        Ok((branch, found, !settled.is_empty() || !new.is_empty()))
    })?;
    if is_new {
        app.db.write_now(move |conn| {
            serialise(conn, branch.id)?;
            keep(conn, &branch, &found, now)
        })?;
    }
    Ok(())
}

/// The agreements of a branch that can be missed: those that run, and those just over.
fn due(conn: &mut Conn, branch: &Branch, now: At) -> Result<Vec<Agreement>> {
    let today = now.date_in(branch.zone());
    let since = today - LOOKED_AFTER;
    Ok(table::table
        .filter(table::branch_id.eq(branch.id).and(table::to_date.ge(since)))
        .filter(table::from_date.le(today).and(table::ended_at.is_null()))
        .order((table::to_date, table::id))
        .select(Agreement::as_select())
        .load(conn)?)
}
