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
use crate::calendar::months::{last_day, months};
use crate::db::schema::{branches, funnel_marks, funnel_segments};
use crate::db::{At, Conn, Id, serialise};
use crate::error::Result;

/// How long one run of a job packs.
const A_RUN: Duration = Duration::from_millis(1500);

/// The job: packs what changed or was never packed, some of it each time.
///
/// # Errors
/// What the database says.
pub fn pack_due(app: &App) -> Result<()> {
    pack(app, Instant::now() + A_RUN).map(drop)
}

/// The job that comes more often: packs only what was never packed, as all of it after a new layout.
///
/// # Errors
/// What the database says.
pub fn pack_new(app: &App) -> Result<()> {
    let new = app.db.read_now(|conn| Ok(due(conn)?.new))?;
    pack_these(app, new, Instant::now() + A_RUN).map(drop)
}

/// Packs until `deadline`; answers how many months.
///
/// # Errors
/// What the database says.
pub fn pack(app: &App, deadline: Instant) -> Result<usize> {
    let Due { new, changed } = app.db.read_now(due)?;
    // A branch's months lie side by side, so that its funnel finds them together.
    let all: BTreeSet<(Id, NaiveDate)> = new.into_iter().chain(changed).collect();
    pack_these(app, all, deadline)
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

/// The months to be packed.
#[derive(Default)]
struct Due {
    /// Those that never were.
    new: Vec<(Id, NaiveDate)>,
    /// Those that changed since.
    changed: HashSet<(Id, NaiveDate)>,
}

fn due(conn: &mut Conn) -> Result<Due> {
    let of: Vec<Id> = branches::table.select(branches::id).order(branches::id).load(conn)?;
    let known: HashSet<(Id, NaiveDate)> = funnel_segments::table
        .select((funnel_segments::branch_id, funnel_segments::month))
        .load(conn)?
        .into_iter()
        .collect();
    let Some((from, to)) = met_within(conn, &of, NaiveDate::MIN, NaiveDate::MAX)? else { return Ok(Due::default()) };
    let changed = marked(conn, &of, from, to)?;
    let all = of.into_iter().flat_map(|branch| months(from, to).map(move |month| (branch, month)));
    Ok(Due { new: all.filter(|one| !known.contains(one)).collect(), changed })
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
