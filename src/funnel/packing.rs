//! The jobs that pack months.
//!
//! A month is read in a snapshot of its own, packed while nobody waits, and kept in a short write that takes away just the marks that the snapshot saw.

use std::collections::{BTreeSet, HashSet};
use std::time::{Duration, Instant};

use chrono::NaiveDate;
use diesel::prelude::*;

use super::history::{Of, history};
use super::segment::{self, Packed};
use super::store::{marked, met_within};
use crate::app::App;
use crate::calendar::months::{first_day, last_day, months};
use crate::db::schema::{branches, funnel_marks, funnel_segments};
use crate::db::{At, Conn, Id, serialise};
use crate::error::Result;

/// How long one run of a job packs.
const A_RUN: Duration = Duration::from_millis(1500);

/// The job: packs what changed, some of it each time.
///
/// # Errors
/// What the database says.
pub fn pack_changed(app: &App) -> Result<()> {
    let changed = app.db.read_now(changed)?;
    pack_these(app, changed, Instant::now() + A_RUN).map(drop)
}

/// The job that comes more often: packs what was never packed, as all of it after a new layout.
///
/// # Errors
/// What the database says.
pub fn pack_new(app: &App) -> Result<()> {
    let new = app.db.read_now(never_packed)?;
    pack_these(app, new, Instant::now() + A_RUN).map(drop)
}

/// Packs until `deadline`, whatever is due; answers how many months.
///
/// # Errors
/// What the database says.
pub fn pack(app: &App, deadline: Instant) -> Result<usize> {
    // A branch's months lie side by side, so that its funnel finds them together.
    let mut due = app.db.read_now(changed)?;
    due.extend(app.db.read_now(never_packed)?);
    pack_these(app, due, deadline)
}

fn pack_these(app: &App, due: impl IntoIterator<Item = (Id, NaiveDate)>, deadline: Instant) -> Result<usize> {
    let mut packed = 0;
    for (branch, month) in due {
        if Instant::now() >= deadline {
            break;
        }
        // Read in a transaction of its own, so that nobody who writes waits meanwhile.
        let read = app.db.read_now(|conn| Read::of(conn, branch, month))?;
        let now = app.clock.now();
        app.db.write_now(move |conn| read.keep(conn, now))?;
        packed += 1;
    }
    Ok(packed)
}

/// The branches, and the first and the last day on which anybody was first met; none: nobody ever was.
fn all(conn: &mut Conn) -> Result<Option<(Vec<Id>, NaiveDate, NaiveDate)>> {
    let of: Vec<Id> = branches::table.select(branches::id).order(branches::id).load(conn)?;
    let within = met_within(conn, &of, NaiveDate::MIN, NaiveDate::MAX)?;
    Ok(within.map(|(from, to)| (of, from, to)))
}

/// The months that changed since they were packed.
fn changed(conn: &mut Conn) -> Result<BTreeSet<(Id, NaiveDate)>> {
    let Some((of, from, to)) = all(conn)? else { return Ok(BTreeSet::new()) };
    Ok(marked(conn, &of, from, to)?.into_iter().collect())
}

/// The months that never were. Nearly always there are none, and counting says so.
fn never_packed(conn: &mut Conn) -> Result<Vec<(Id, NaiveDate)>> {
    let Some((of, from, to)) = all(conn)? else { return Ok(Vec::new()) };
    let packed = funnel_segments::table.filter(funnel_segments::month.between(first_day(from), first_day(to)));
    let there: i64 = packed.count().get_result(conn)?;
    if there == (of.len() * months(from, to).count()) as i64 {
        return Ok(Vec::new());
    }
    let known: Vec<(Id, NaiveDate)> = packed.select((funnel_segments::branch_id, funnel_segments::month)).load(conn)?;
    let known: HashSet<(Id, NaiveDate)> = known.into_iter().collect();
    let all = of.into_iter().flat_map(|branch| months(from, to).map(move |month| (branch, month)));
    Ok(all.filter(|one| !known.contains(one)).collect())
}

/// A month as one snapshot shows it.
struct Read {
    branch: Id,
    month: NaiveDate,
    marks: Vec<Id>,
    version: Option<i32>,
    people: usize,
    /// Packed while nobody waits for it.
    packed: Packed,
}

impl Read {
    fn of(conn: &mut Conn, branch: Id, month: NaiveDate) -> Result<Read> {
        let marks = funnel_marks::table
            .filter(funnel_marks::branch_id.eq(branch).and(funnel_marks::met_on.between(month, last_day(month))))
            .select(funnel_marks::id)
            .load(conn)?;
        let version =
            funnel_segments::table.find((branch, month)).select(funnel_segments::version).first(conn).optional()?;
        let mut facts = Vec::new();
        history(conn, Of::Branches(&[branch]), month, last_day(month), |_, one| facts.push(one))?;
        Ok(Read { branch, month, marks, version, people: facts.len(), packed: segment::pack(&facts) })
    }

    /// Keeps it, unless somebody else has packed the month since it was read: then the marks of this one stay for the next.
    fn keep(self, conn: &mut Conn, now: At) -> Result<()> {
        serialise(conn, self.branch)?;
        let segment = (
            funnel_segments::people.eq(self.people as i32),
            funnel_segments::packed_at.eq(now),
            funnel_segments::figures.eq(self.packed.figures),
            funnel_segments::outlets.eq(self.packed.outlets.unwrap_or_default()),
            funnel_segments::brokers.eq(self.packed.brokers.unwrap_or_default()),
        );
        let there = funnel_segments::table.find((self.branch, self.month));
        let version: Option<i32> = there.select(funnel_segments::version).first(conn).optional()?;
        if version != self.version {
            return Ok(());
        }
        match version {
            Some(version) => {
                diesel::update(there).set((segment, funnel_segments::version.eq(version + 1))).execute(conn)?
            }
            None => diesel::insert_into(funnel_segments::table)
                .values((
                    funnel_segments::branch_id.eq(self.branch),
                    funnel_segments::month.eq(self.month),
                    funnel_segments::version.eq(1),
                    segment,
                ))
                .execute(conn)?,
        };
        for some in self.marks.chunks(500) {
            diesel::delete(funnel_marks::table.filter(funnel_marks::id.eq_any(some))).execute(conn)?;
        }
        Ok(())
    }
}
