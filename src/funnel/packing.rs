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
    let changed = app.db.read_now(|conn| due(conn, changed))?;
    pack_these(app, changed, Instant::now() + A_RUN).map(drop)
}

/// The job that comes more often: packs what was never packed, as all of it after a new layout.
///
/// # Errors
/// What the database says.
pub fn pack_new(app: &App) -> Result<()> {
    let new = app.db.read_now(|conn| due(conn, never_packed))?;
    pack_these(app, new, Instant::now() + A_RUN).map(drop)
}

/// Packs until `deadline`, whatever is due; answers how many months.
///
/// # Errors
/// What the database says.
pub fn pack(app: &App, deadline: Instant) -> Result<usize> {
    let either = |conn: &mut Conn, there: &There| Ok([changed(conn, there)?, never_packed(conn, there)?].concat());
    // A branch's months lie side by side, so that its funnel finds them together.
    let due: BTreeSet<_> = app.db.read_now(move |conn| due(conn, either))?.into_iter().collect();
    pack_these(app, due, deadline)
}

fn pack_these(app: &App, due: impl IntoIterator<Item = BranchMonth>, deadline: Instant) -> Result<usize> {
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

/// A branch's month, by its first day.
type BranchMonth = (Id, NaiveDate);

/// The branches, and the first and the last day on which anybody was first met.
struct There {
    of: Vec<Id>,
    from: NaiveDate,
    to: NaiveDate,
}

/// The months for which that holds, by branch; none where nobody ever was met.
fn due(conn: &mut Conn, which: impl Fn(&mut Conn, &There) -> Result<Vec<BranchMonth>>) -> Result<Vec<BranchMonth>> {
    let of: Vec<Id> = branches::table.select(branches::id).order(branches::id).load(conn)?;
    match met_within(conn, &of, NaiveDate::MIN, NaiveDate::MAX)? {
        Some((from, to)) => which(conn, &There { of, from, to }),
        None => Ok(Vec::new()),
    }
}

/// The months that changed since they were packed.
fn changed(conn: &mut Conn, there: &There) -> Result<Vec<BranchMonth>> {
    let months: BTreeSet<BranchMonth> = marked(conn, &there.of, there.from, there.to)?.into_iter().collect();
    Ok(months.into_iter().collect())
}

/// The months that never were. Nearly always there are none, and counting says so.
fn never_packed(conn: &mut Conn, there: &There) -> Result<Vec<BranchMonth>> {
    let There { of, from, to } = there;
    let (from, to) = (*from, *to);
    let packed = funnel_segments::table.filter(funnel_segments::month.between(first_day(from), first_day(to)));
    let so_many: i64 = packed.count().get_result(conn)?;
    if so_many == (of.len() * months(from, to).count()) as i64 {
        return Ok(Vec::new());
    }
    let known: Vec<BranchMonth> = packed.select((funnel_segments::branch_id, funnel_segments::month)).load(conn)?;
    let known: HashSet<BranchMonth> = known.into_iter().collect();
    let all = of.iter().flat_map(|branch| months(from, to).map(move |month| (*branch, month)));
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
