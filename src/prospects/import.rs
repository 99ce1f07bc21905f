//! The import of prospects. Key: the mobile number at its broker; without one, folded name, time met and broker.
//!
//! A number that another broker has is another record with a warning: nothing is merged and nobody changes hands by a file. Who was erased stays
//! erased: their row is left out with a warning. A date without a time stands for the meeting of that day, whatever its hour.
//!
//! A short file is taken in by one transaction. A long one would keep everybody else from writing for as long as it takes: it is looked at first, put
//! aside in parts, decided in a moment, and then brought in part after part (`staging.rs`).

mod draft;
mod known;
mod row;
mod rows;
mod seen;
pub mod staging;
mod statistics;
mod write;

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Instant;

use chrono::NaiveDate;

use crate::db::{At, Conn, Database, Id};
use crate::error::{Error, Result};
use crate::imports::run::{self, Findings, Kind, Plan, Terms};
use crate::imports::table::{self, Table};
use crate::jobs;
use crate::keys::Keys;
use crate::people::Caller;

use draft::{Draft, Item};
use known::Known;
use row::Given;
use rows::Of;
use seen::Seen;
use write::Ready;

/// How many rows are looked at together.
const LOOKED_AT: usize = 500;
/// How many rows are written together to SQLite: for as long as they take everybody else waits, so about as long as one's own write takes.
const PART: usize = 12;
/// And to PostgreSQL, where nobody waits for their end: many rows a statement cost less, but others share its machine, and go on in the pauses between.
const PART_OF_POSTGRES: usize = 100;
/// Up to how many rows a file is written by one transaction.
const SHORT: usize = 200;
/// How often a long file is looked at anew because others changed what it is about meanwhile.
const TRIES: usize = 5;

/// A plan, what it would write, and what it rests on.
struct Looked {
    plan: Plan,
    parts: Parts,
    seen: Seen,
}

/// What is to be written, part after part. A part is sealed when its turn comes: all of them at once would double what a long file takes of the memory.
struct Parts {
    keys: Arc<Keys>,
    /// How many rows a part has.
    size: usize,
    rest: std::vec::IntoIter<(Place, Box<[u8]>)>,
}

impl Iterator for Parts {
    type Item = Result<Vec<u8>>;

    fn next(&mut self) -> Option<Result<Vec<u8>>> {
        let items: Vec<Box<[u8]>> = self.rest.by_ref().take(self.size).map(|(_, item)| item).collect();
        (!items.is_empty()).then(|| self.keys.seal(SEALED, &[b"[", items.join(&b',').as_slice(), b"]"].concat()))
    }
}

impl run::Found for Looked {
    fn findings(&mut self) -> &mut Findings {
        &mut self.plan.findings
    }
}

/// Plans a table of prospects. A long one is only looked at, with pauses: it is not applied by one transaction but brought in by `take_in`.
///
/// # Errors
/// What the database says.
pub fn plan(conn: &mut Conn, terms: &Terms, table: Table) -> Result<Plan> {
    let (keys, branch) = (terms.keys.clone(), terms.branch()?.clone());
    if table.rows.len() > SHORT {
        let plan = look_slowly(conn, terms, table, false)?.plan;
        return Ok(plan.applying(|_, _| Err(Error::internal("a long file is brought in part after part"))));
    }
    let Looked { plan, parts, .. } = look(conn, terms, table, true, || ())?;
    let parts: Vec<Vec<u8>> = parts.collect::<Result<_>>()?;
    Ok(plan.applying(move |conn, caller| {
        let of = Of { keys: &keys, caller, branch: branch.id, zone: branch.zone() };
        parts.iter().try_for_each(|part| Ready::of(&of, opened(&keys, part)?)?.write(conn, &of))
    }))
}

/// What the file means for what is there. Rows are let go of once they are looked at, so that a long file does not stand in memory twice; what is to be
/// written of them is kept only where it is `to_write`.
fn look(conn: &mut Conn, terms: &Terms, mut table: Table, to_write: bool, breathe: impl Fn()) -> Result<Looked> {
    let branch = terms.branch()?.clone();
    let (keys, zone) = (&terms.keys, branch.zone());
    let brokers = known::brokers(conn, branch.id)?;
    let outlets = known::outlets(conn, branch.id)?;
    let part = if matches!(conn, Conn::Postgres(_)) { PART_OF_POSTGRES } else { PART };
    let mut work = Work::new(keys.clone(), terms.now, Seen::begin(conn, branch.id)?, to_write);
    let mut rows = std::mem::take(&mut table.rows).into_iter();
    loop {
        let mut some = Vec::with_capacity(LOOKED_AT);
        for row in rows.by_ref().take(LOOKED_AT) {
            if !work.findings.is_faulty(&row) {
                let given = Given::read(&table, &row, &brokers, &outlets, &branch, terms.now, &mut work.findings);
                some.extend(given.map(|given| (row, given)));
            }
        }
        if some.is_empty() && rows.as_slice().is_empty() {
            break;
        }
        let known = Known::load(conn, keys, branch.id, zone, some.iter().map(|(_, given)| given))?;
        work.seen.note(keys, zone, &known, some.iter().map(|(_, given)| given));
        for (row, given) in some {
            if let Some(draft) = Draft::of((&table, &row), given, &known, keys, zone, &mut work.findings)? {
                if !work.is_first(&draft) {
                    let field = if draft.item.given.mobile.is_some() { "mobile" } else { "name" };
                    work.findings.errors.push(table.at(&row, field, "doubled_key"));
                }
                work.keep(draft)?;
            }
        }
        breathe();
    }
    Ok(work.end(part))
}

/// What gathers while the rows go by.
struct Work {
    keys: Arc<Keys>,
    now: At,
    findings: Findings,
    seen: Seen,
    /// The new ones of the file, and the records it changes.
    first: HashSet<u128>,
    there: HashSet<Id>,
    counted: Plan,
    to_write: bool,
    waiting: Vec<(Place, Box<[u8]>)>,
}

/// Where a row stands among those that are written: the day of the meeting, and the broker in short.
type Place = (NaiveDate, u32);

impl Work {
    fn new(keys: Arc<Keys>, now: At, seen: Seen, to_write: bool) -> Work {
        Work {
            keys,
            now,
            findings: Findings::default(),
            seen,
            first: HashSet::new(),
            there: HashSet::new(),
            counted: Plan::new(Findings::default(), |_, _| Ok(())),
            to_write,
            waiting: Vec::new(),
        }
    }

    fn is_first(&mut self, draft: &Draft) -> bool {
        match draft.item.there {
            Some(there) => self.there.insert(there),
            None => self.first.insert(seen::long(&draft.key())),
        }
    }

    fn keep(&mut self, draft: Draft) -> Result<()> {
        let is_empty = draft.is_empty();
        let Draft { item, title, changes } = draft;
        self.counted.count(item.given.row, title, item.there.is_none(), changes);
        if self.to_write && !is_empty {
            let day = item.given.met_at.map_or(self.now, |when| when.at).utc().date_naive();
            let place = (day, item.given.broker.map_or(0, |broker| broker.0.as_u128() as u32));
            self.waiting.push((place, serde_json::to_vec(&item).map_err(Error::internal)?.into()));
        }
        Ok(())
    }

    /// The rows day by day and of each day broker by broker, so that those written together stand together in most indexes.
    fn end(mut self, size: usize) -> Looked {
        self.waiting.sort_by_key(|(place, _)| *place);
        let mut plan = self.counted;
        plan.findings = self.findings;
        Looked { plan, parts: Parts { keys: self.keys, size, rest: self.waiting.into_iter() }, seen: self.seen }
    }
}

const SEALED: &str = "import part";

fn opened(keys: &Keys, part: &[u8]) -> Result<Vec<Item>> {
    serde_json::from_slice(&keys.open(SEALED, part)?).map_err(Error::internal)
}

/// Takes a file in, all of it or nothing, on a thread of its own: it gives way to whoever asks for a page meanwhile.
///
/// # Errors
/// What the database says; `Unavailable` where others never stop changing what the file is about.
pub fn take_in(db: &Database, caller: &Caller, bytes: Vec<u8>, terms: Terms) -> Result<Plan> {
    let span = tracing::Span::current();
    let work = || {
        jobs::give_way();
        span.in_scope(|| take(db, caller, bytes, terms))
    };
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().name("import".into()).spawn_scoped(scope, work);
        thread.map_err(Error::internal)?.join().unwrap_or_else(|_| Err(Error::internal("an import panicked")))
    })
}

fn take(db: &Database, caller: &Caller, bytes: Vec<u8>, terms: Terms) -> Result<Plan> {
    let branch = terms.branch()?.clone();
    for _ in 0..TRIES {
        staging::settle(db, &terms.keys, branch.id)?;
        let table = match table::read(&bytes, Kind::Prospects.columns()) {
            Ok(table) => table,
            Err(error) => return Ok(Plan::refused(error.located())),
        };
        if table.rows.len() <= SHORT {
            let caller = caller.clone();
            return db.write_now(move |conn| run::run_table(conn, &caller, Kind::Prospects, table, &terms));
        }
        let Looked { plan, parts, seen } = {
            let terms = terms.clone();
            db.read_now(|conn| run::with_warnings(table, |table| look_slowly(conn, &terms, table, true)))?
        };
        if !plan.is_clean() {
            return Ok(plan);
        }
        let staged = staging::stage(db, caller, branch.id, parts)?;
        let decided = db.write_now({
            let (caller, terms, counts) = (caller.clone(), terms.clone(), plan.counts());
            move |conn| {
                let is_stale = staging::another(conn, staged, branch.id)? || seen.is_stale(conn)?;
                if !is_stale {
                    staging::decide(conn, staged)?;
                    run::record(conn, &caller, Kind::Prospects, &terms, counts)?;
                }
                Ok(!is_stale)
            }
        })?;
        if decided {
            let of = Of { keys: &terms.keys, caller, branch: branch.id, zone: branch.zone() };
            staging::bring_in(db, &of, staged, staging::Pace::Gentle)?;
            return Ok(plan);
        }
        staging::discard(db, staged)?;
    }
    Err(Error::Unavailable("others go on changing what the file is about".into()))
}

/// Looks with pauses, so that others get their share of the machine.
fn look_slowly(conn: &mut Conn, terms: &Terms, table: Table, to_write: bool) -> Result<Looked> {
    let last = std::cell::Cell::new(Instant::now());
    look(conn, terms, table, to_write, || {
        staging::breathe(last.get());
        last.set(Instant::now());
    })
}
