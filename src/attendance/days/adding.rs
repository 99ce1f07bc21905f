//! The job that adds days up.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types::{Binary, Date, Nullable};

use super::{Day, EVER, Mark, before, judged, marks};
use crate::app::App;
use crate::calendar::months::{last_day, months};
use crate::db::schema::{branches, roll_days, roll_marks};
use crate::db::{At, Conn, Id, serialise};
use crate::error::Result;
use crate::people::store::Branch;

/// How long one run of the job adds up.
const A_RUN: Duration = Duration::from_millis(1500);

/// A shift of a day is over, and so is its day, when so many dates have begun since.
const DATES: u64 = 2;

/// Days are added up so much later: servers whose clocks differ by less agree on which days nobody has added up yet.
const LATER: chrono::Duration = chrono::Duration::hours(1);

/// Ids or days in one statement.
const AT_ONCE: usize = 500;

/// One run.
///
/// # Errors
/// What the database says.
pub fn add_up_due(app: &App) -> Result<()> {
    add_up(app, Instant::now() + A_RUN).map(drop)
}

/// Adds up until `deadline`; answers how many months of branches it went through.
///
/// # Errors
/// What the database says.
pub fn add_up(app: &App, deadline: Instant) -> Result<usize> {
    let now = app.clock.now();
    let (changed, new) = app.db.read_now(move |conn| due(conn, now))?;
    let mut done = 0;
    for branch in changed {
        if Instant::now() >= deadline {
            return Ok(done);
        }
        // To its end: with its marks half of it is worth nothing.
        let mut kept = true;
        for span in pieces(branch.first, branch.last) {
            kept &= add_up_one(app, branch.id, span, now)?;
            done += 1;
        }
        if kept {
            app.db.write_now(move |conn| forget(conn, &branch.marks))?;
        }
    }
    for (branch, span) in new {
        if Instant::now() >= deadline {
            break;
        }
        add_up_one(app, branch, span, now)?;
        done += 1;
    }
    Ok(done)
}

/// Read in a transaction of its own, so that nobody who writes waits meanwhile. Answers whether it was kept.
fn add_up_one(app: &App, branch: Id, span: (NaiveDate, NaiveDate), now: At) -> Result<bool> {
    let read = app.db.read_now(move |conn| Read::of(conn, branch, span, now))?;
    app.db.write_now(move |conn| read.keep(conn))
}

/// A branch some of whose days have changed, and the days to be looked at anew.
struct Changed {
    id: Id,
    first: NaiveDate,
    last: NaiveDate,
    marks: Vec<Id>,
}

/// Some days of a branch that were never added up.
type New = (Id, (NaiveDate, NaiveDate));

#[derive(QueryableByName)]
struct Known {
    #[diesel(sql_type = Binary)]
    id: Id,
    #[diesel(sql_type = Nullable<Date>)]
    first_shift: Option<NaiveDate>,
    #[diesel(sql_type = Nullable<Date>)]
    first: Option<NaiveDate>,
    #[diesel(sql_type = Nullable<Date>)]
    last: Option<NaiveDate>,
}

/// What is to be added up: what has changed, then what is new, the latest months of all branches first.
fn due(conn: &mut Conn, now: At) -> Result<(Vec<Changed>, Vec<New>)> {
    let all: Vec<Branch> = branches::table.load(conn)?;
    let ids: Vec<Id> = all.iter().map(|branch| branch.id).collect();
    let known: Vec<Known> = diesel::sql_query(
        "SELECT b.id AS id, (SELECT MIN(date) FROM shifts WHERE branch_id = b.id) AS first_shift, \
         (SELECT MIN(date) FROM roll_days WHERE branch_id = b.id) AS first, \
         (SELECT MAX(date) FROM roll_days WHERE branch_id = b.id) AS last FROM branches b",
    )
    .load(conn)?;
    let mut marked: BTreeMap<Id, Vec<Mark>> = BTreeMap::new();
    for mark in marks(conn, &ids, EVER, now.utc().date_naive())? {
        marked.entry(mark.branch).or_default().push(mark);
    }
    let (mut changed, mut new) = (Vec::new(), Vec::new());
    for branch in &all {
        let Some(known) = known.iter().find(|one| one.id == branch.id) else { continue };
        let Some(start) = [known.first_shift, known.first].into_iter().flatten().min() else { continue };
        let over = |now: At| before(now.date_in(branch.zone()), DATES);
        if let Some(marks) = marked.get(&branch.id) {
            // Also days that nobody has added up yet, and somebody might be about to: of two the one that read earlier gives way.
            let first = marks.iter().map(|mark| mark.first).min().unwrap_or(start).max(start);
            let last = marks.iter().map(|mark| mark.last).max().unwrap_or(start).min(over(now));
            changed.push(Changed { id: branch.id, first, last, marks: marks.iter().map(|mark| mark.id).collect() });
        }
        let until = over(now - LATER);
        let missing = match (known.first, known.last) {
            (Some(first), Some(last)) => [(start, before(first, 1)), (last.succ_opt().unwrap_or(last), until)],
            _ => [(start, until), (until, EVER)],
        };
        new.extend(missing.into_iter().flat_map(|(first, last)| pieces(first, last)).map(|span| (branch.id, span)));
    }
    new.sort_by_key(|(branch, (_, last))| (std::cmp::Reverse(*last), *branch));
    Ok((changed, new))
}

/// From one day to another in pieces of a month at most, the latest first; none where the first day comes after the last.
fn pieces(first: NaiveDate, last: NaiveDate) -> Vec<(NaiveDate, NaiveDate)> {
    let mut all: Vec<_> = months(first, last)
        .filter(|_| first <= last)
        .map(|month| (month.max(first), last_day(month).min(last)))
        .collect();
    all.reverse();
    all
}

fn forget(conn: &mut Conn, seen: &[Id]) -> Result<()> {
    for some in seen.chunks(AT_ONCE) {
        diesel::delete(roll_marks::table.filter(roll_marks::id.eq_any(some))).execute(conn)?;
    }
    Ok(())
}

/// Some days of a branch as one snapshot shows them.
struct Read {
    branch: Id,
    span: (NaiveDate, NaiveDate),
    versions: BTreeMap<NaiveDate, i32>,
    days: Vec<(NaiveDate, Day)>,
}

fn versions(conn: &mut Conn, branch: Id, (first, last): (NaiveDate, NaiveDate)) -> Result<BTreeMap<NaiveDate, i32>> {
    let rows: Vec<(NaiveDate, i32)> = roll_days::table
        .filter(roll_days::branch_id.eq(branch).and(roll_days::date.between(first, last)))
        .select((roll_days::date, roll_days::version))
        .load(conn)?;
    Ok(rows.into_iter().collect())
}

impl Read {
    fn of(conn: &mut Conn, branch: Id, span: (NaiveDate, NaiveDate), now: At) -> Result<Read> {
        let mut judged = judged(conn, &[branch], span, now)?;
        let (first, last) = span;
        let days = first.iter_days().take_while(|date| *date <= last);
        let days = days.map(|date| (date, judged.remove(&(branch, date)).unwrap_or_default())).collect();
        Ok(Read { branch, span, versions: versions(conn, branch, span)?, days })
    }

    /// Keeps them; not where somebody else has added up one of them since they were read.
    fn keep(self, conn: &mut Conn) -> Result<bool> {
        serialise(conn, self.branch)?;
        if versions(conn, self.branch, self.span)? != self.versions {
            return Ok(false);
        }
        for (date, day) in &self.days {
            let there = roll_days::table.find((self.branch, *date));
            match self.versions.get(date) {
                // Where clocks were set forward a day and night may end a little later than two dates on.
                Some(_) if !day.is_over() => diesel::delete(there).execute(conn)?,
                None if !day.is_over() => 0,
                Some(version) => diesel::update(there)
                    .set((roll_days::packed.eq(day.pack()), roll_days::version.eq(version + 1)))
                    .execute(conn)?,
                None => diesel::insert_into(roll_days::table)
                    .values((
                        roll_days::branch_id.eq(self.branch),
                        roll_days::date.eq(date),
                        roll_days::version.eq(1),
                        roll_days::packed.eq(day.pack()),
                    ))
                    .execute(conn)?,
            };
        }
        Ok(true)
    }
}
