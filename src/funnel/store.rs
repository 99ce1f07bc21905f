//! The packed months, kept true.
//!
//! Who changes a prospect adds a mark for the month of its first meeting, in the same transaction. A reader counts a marked month, or one never packed,
//! from history itself, in the same snapshot; a job packs it anew and takes away just the marks it saw. So the figures are exact at every moment, and
//! writers add one row and wait for nobody.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use chrono::{Months, NaiveDate};
use diesel::prelude::*;
use diesel::sql_types::{Binary, Date, Nullable};

use super::facts::{Contact, Facts, Now, Outcome, Path};
use super::segment::{self, Month};
use crate::app::App;
use crate::calendar::months::{first_day, last_day, months};
use crate::db::schema::{branches, follow_ups, funnel_marks, funnel_segments, prospects, stage_changes};
use crate::db::{At, Conn, Id, serialise};
use crate::error::Result;
use crate::on_either;
use crate::people::Reach;
use crate::prospects::kinds::Source;
use crate::prospects::lost::LostReason;
use crate::prospects::stage::Stage;

/// Packed months of branches read at a time: a head office's five years are not held in memory at once.
const AT_ONCE: usize = 300;

/// Above so many packed months they are unpacked by more than one thread, but by no more than this.
const FOR_ONE: usize = 1200;
const HANDS: usize = 4;

/// How long one run of the job packs.
const A_RUN: Duration = Duration::from_millis(1500);

/// Notes that the funnel of a prospect's month has changed: after every change of its history, its meeting, its outlet, its source, its state or its first
/// follow-up; where the meeting itself moves, before the change as well.
///
/// # Errors
/// What the database says.
pub fn mark(conn: &mut Conn, prospect: Id) -> Result<()> {
    diesel::sql_query(
        "INSERT INTO funnel_marks (id, branch_id, met_on) SELECT $1, branch_id, met_on FROM prospects WHERE id = $2",
    )
    .bind::<Binary, _>(Id::new())
    .bind::<Binary, _>(prospect)
    .execute(conn)?;
    Ok(())
}

/// `mark` for somebody just taken in, whose branch and day are known.
///
/// # Errors
/// What the database says.
pub fn mark_in(conn: &mut Conn, branch: Id, met_on: NaiveDate) -> Result<()> {
    let insert = diesel::insert_into(funnel_marks::table).values((
        funnel_marks::id.eq(Id::new()),
        funnel_marks::branch_id.eq(branch),
        funnel_marks::met_on.eq(met_on),
    ));
    on_either!(conn, c => insert.execute(c))?;
    Ok(())
}

/// Whose prospects are counted.
#[derive(Clone, Copy)]
enum Of<'a> {
    Branches(&'a [Id]),
    Broker(Id),
}

/// Goes through the facts of all in reach who were first met on `from..=to`, with the branch of each.
///
/// # Errors
/// What the database says.
pub fn sweep(
    conn: &mut Conn,
    reach: Reach,
    from: NaiveDate,
    to: NaiveDate,
    mut each: impl FnMut(Id, &Facts),
) -> Result<()> {
    let mut told = |branch, month: &Month<'_>| month.facts(|facts| each(branch, facts));
    let Some(period) = Wanted::of(conn, reach, from, to, &mut told)? else { return Ok(()) };
    let mut broken = Vec::new();
    let mut anew = period.read(conn, |rows| period.unpack(rows, &mut broken, &mut told))?;
    anew.append(&mut broken);
    period.count(conn, anew, told)
}

/// As `sweep` a month of a branch at a time, for those who count very many: `each` counts into one of several sums, each made by `new`, which whoever
/// asks adds up.
///
/// # Errors
/// What the database says.
pub fn sweep_apart<S: Send>(
    conn: &mut Conn,
    reach: Reach,
    from: NaiveDate,
    to: NaiveDate,
    new: impl Fn() -> S,
    each: impl Fn(&mut S, Id, &Month<'_>) + Sync,
) -> Result<Vec<S>> {
    let mut rest = new();
    let Some(period) = Wanted::of(conn, reach, from, to, |of, month| each(&mut rest, of, month))? else {
        return Ok(vec![rest]);
    };
    let months = period.branches.len() * months(period.from, period.to).count();
    let several = thread::available_parallelism().map_or(1, usize::from).min(HANDS);
    let mut hands: Vec<Hand<S>> =
        (0..if months > FOR_ONE { several } else { 1 }).map(|_| Hand { sum: new(), broken: Vec::new() }).collect();
    let mut anew = if let [hand] = hands.as_mut_slice() {
        period.read(conn, |rows| hand.unpack(rows, &period, &each))?
    } else {
        thread::scope(|scope| {
            // Whoever is free takes what is read next; no more waits than one for each.
            let (give, take) = mpsc::sync_channel::<Vec<Packed>>(several);
            let take = Arc::new(Mutex::new(take));
            for hand in &mut hands {
                let (period, each, take) = (&period, &each, Arc::clone(&take));
                scope.spawn(move || {
                    while let Some(rows) = next(&take) {
                        hand.unpack(rows, period, each);
                    }
                });
            }
            drop(take);
            // Where nobody takes any more all have panicked, and then the scope does.
            period.read(conn, |rows| drop(give.send(rows)))
        })?
    };
    hands.iter_mut().for_each(|hand| anew.append(&mut hand.broken));
    period.count(conn, anew, |of, month| each(&mut rest, of, month))?;
    Ok(hands.into_iter().map(|hand| hand.sum).chain([rest]).collect())
}

/// What is read next; none when all is read.
fn next(take: &Mutex<mpsc::Receiver<Vec<Packed>>>) -> Option<Vec<Packed>> {
    take.lock().ok()?.recv().ok()
}

/// A packed month of a branch.
type Packed = (Id, NaiveDate, Vec<u8>);

/// The months of branches that are counted.
struct Wanted {
    branches: Vec<Id>,
    from: NaiveDate,
    to: NaiveDate,
}

impl Wanted {
    /// `None` where that is all: of a broker's own prospects, which are few and not packed, `each` is told at once; of nobody there is nothing to tell.
    fn of(
        conn: &mut Conn,
        reach: Reach,
        from: NaiveDate,
        to: NaiveDate,
        each: impl FnMut(Id, &Month<'_>),
    ) -> Result<Option<Wanted>> {
        let mut query = branches::table.select(branches::id).into_boxed();
        match reach {
            Reach::All => {}
            Reach::Branch(branch) => query = query.filter(branches::id.eq(branch)),
            Reach::Own { broker, .. } => {
                count(conn, Of::Broker(broker), from, to, each)?;
                return Ok(None);
            }
        }
        let branches: Vec<Id> = query.load(conn)?;
        let within = met_within(conn, &branches, from, to)?;
        Ok(within.map(|(from, to)| Wanted { branches, from, to }))
    }

    /// Reads what is packed and not changed since; answers what is to be counted anew.
    fn read(&self, conn: &mut Conn, mut give: impl FnMut(Vec<Packed>)) -> Result<Vec<(Id, NaiveDate)>> {
        let stale = marked(conn, &self.branches, self.from, self.to)?;
        let mut anew = Vec::new();
        let at_once = (AT_ONCE / self.branches.len().max(1)).max(1);
        for (first, last) in windows(self.from, self.to, at_once) {
            let mut missing: HashSet<(Id, NaiveDate)> =
                months(first, last).flat_map(|month| self.branches.iter().map(move |of| (*of, month))).collect();
            let its = funnel_segments::branch_id.eq_any(&self.branches);
            let mut packed: Vec<Packed> = funnel_segments::table
                .filter(its.and(funnel_segments::month.between(first, last)))
                .select((funnel_segments::branch_id, funnel_segments::month, funnel_segments::packed))
                .load(conn)?;
            packed
                .retain(|(branch, month, _)| !stale.contains(&(*branch, *month)) && missing.remove(&(*branch, *month)));
            give(packed);
            anew.extend(missing);
        }
        Ok(anew)
    }

    /// Counts months from history: one query a month that changed since it was packed, most often this one alone.
    fn count(&self, conn: &mut Conn, anew: Vec<(Id, NaiveDate)>, mut each: impl FnMut(Id, &Month<'_>)) -> Result<()> {
        let mut by_month: BTreeMap<NaiveDate, Vec<Id>> = BTreeMap::new();
        for (branch, month) in anew {
            by_month.entry(month).or_default().push(branch);
        }
        for (month, of) in by_month {
            let (first, last) = (month.max(self.from), last_day(month).min(self.to));
            count(conn, Of::Branches(&of), first, last, &mut each)?;
        }
        Ok(())
    }

    /// Shows packed months; those whose bytes are something else are `broken`.
    fn unpack(&self, rows: Vec<Packed>, broken: &mut Vec<(Id, NaiveDate)>, mut each: impl FnMut(Id, &Month<'_>)) {
        for (branch, first, packed) in rows {
            match Month::of(&packed, first) {
                Some(month) => each(branch, &month.within(self.from, self.to)),
                None => broken.push((branch, first)),
            }
        }
    }
}

/// Who unpacks.
struct Hand<S> {
    sum: S,
    /// Months whose bytes are not those of a packed month.
    broken: Vec<(Id, NaiveDate)>,
}

impl<S> Hand<S> {
    fn unpack(&mut self, rows: Vec<Packed>, period: &Wanted, each: impl Fn(&mut S, Id, &Month<'_>)) {
        period.unpack(rows, &mut self.broken, |branch, month| each(&mut self.sum, branch, month));
    }
}

/// The period, no longer than there are meetings in it; `None` without any.
fn met_within(conn: &mut Conn, of: &[Id], from: NaiveDate, to: NaiveDate) -> Result<Option<(NaiveDate, NaiveDate)>> {
    #[derive(QueryableByName)]
    struct Span {
        #[diesel(sql_type = Binary)]
        id: Id,
        #[diesel(sql_type = Nullable<Date>)]
        first: Option<NaiveDate>,
        #[diesel(sql_type = Nullable<Date>)]
        last: Option<NaiveDate>,
    }
    let spans = "SELECT b.id AS id, (SELECT MIN(met_on) FROM prospects WHERE branch_id = b.id) AS first, \
                 (SELECT MAX(met_on) FROM prospects WHERE branch_id = b.id) AS last FROM branches b";
    let spans: Vec<Span> = match of {
        // A branch's funnel does not look at the others.
        [one] => diesel::sql_query(format!("{spans} WHERE b.id = $1")).bind::<Binary, _>(*one).load(conn)?,
        _ => diesel::sql_query(spans).load(conn)?,
    };
    let of: HashSet<Id> = of.iter().copied().collect();
    let spans = spans.into_iter().filter(|span| of.contains(&span.id));
    let span = spans
        .filter_map(|span| span.first.zip(span.last))
        .reduce(|all, one| (all.0.min(one.0), all.1.max(one.1)))
        .map(|(first, last)| (from.max(first), to.min(last)));
    Ok(span.filter(|(from, to)| from <= to))
}

/// The months that changed since they were packed.
fn marked(conn: &mut Conn, of: &[Id], from: NaiveDate, to: NaiveDate) -> Result<HashSet<(Id, NaiveDate)>> {
    let marks: Vec<(Id, NaiveDate)> = funnel_marks::table
        .filter(funnel_marks::branch_id.eq_any(of))
        .filter(funnel_marks::met_on.between(first_day(from), last_day(to)))
        .select((funnel_marks::branch_id, funnel_marks::met_on))
        .distinct()
        .load(conn)?;
    Ok(marks.into_iter().map(|(branch, met_on)| (branch, first_day(met_on))).collect())
}

/// A prospect's own columns.
type Person = (Id, Id, NaiveDate, Option<Id>, Id, Source);

/// Where it stands: the stage, since when, why it was lost, whether the record is still used.
type Stands = (Stage, At, Option<LostReason>, String);

/// Its first follow-up.
type First = (Id, Option<At>, Option<NaiveDate>, Option<At>);

/// All of that, with one of its changes.
type Row = (Person, Stands, (Stage, At), Option<First>);

/// Counts from history, a month of a branch at a time, as if it were packed.
fn count(
    conn: &mut Conn,
    of: Of<'_>,
    from: NaiveDate,
    to: NaiveDate,
    mut each: impl FnMut(Id, &Month<'_>),
) -> Result<()> {
    let mut all: BTreeMap<(Id, NaiveDate), Vec<Facts>> = BTreeMap::new();
    history(conn, of, from, to, |branch, one| all.entry((branch, first_day(one.met_on))).or_default().push(one))?;
    for ((branch, first), facts) in all {
        if let Some(month) = Month::of(&segment::pack(&facts), first) {
            each(branch, &month);
        }
    }
    Ok(())
}

/// Reads history: each prospect's branch and facts.
fn history(conn: &mut Conn, of: Of<'_>, from: NaiveDate, to: NaiveDate, mut each: impl FnMut(Id, Facts)) -> Result<()> {
    let first = follow_ups::prospect_id.eq(prospects::id).and(follow_ups::number.eq(1));
    let mut query = prospects::table
        .inner_join(stage_changes::table)
        .left_join(follow_ups::table.on(first))
        .filter(prospects::met_on.between(from, to).and(prospects::merged_into.is_null()))
        .order((prospects::id, stage_changes::number))
        .select((
            (
                prospects::id,
                prospects::branch_id,
                prospects::met_on,
                prospects::outlet_id,
                prospects::met_by,
                prospects::source,
            ),
            (prospects::stage, prospects::stage_at, prospects::lost_reason, prospects::state),
            (stage_changes::to_stage, stage_changes::at),
            (follow_ups::broker_id, follow_ups::kept_at, follow_ups::kept_on, follow_ups::waived_at).nullable(),
        ))
        .into_boxed();
    query = match of {
        Of::Branches(branches) => query.filter(prospects::branch_id.eq_any(branches)),
        Of::Broker(broker) => query.filter(prospects::broker_id.eq(broker)),
    };
    let rows: Vec<Row> = query.load(conn)?;
    for one in rows.chunk_by(|a, b| a.0.0 == b.0.0) {
        let (branch, facts) = facts(one);
        each(branch, facts);
    }
    Ok(())
}

/// Of one prospect, whose rows differ in their changes alone.
fn facts(rows: &[Row]) -> (Id, Facts) {
    let ((_, branch, met_on, outlet, met_by, source), (stage, since, lost, state), _, first) = &rows[0];
    let path = Path::of(rows.iter().map(|(_, _, (stage, at), _)| (*stage, *at)));
    let now = match stage {
        Stage::Lost => Now::Lost(*lost),
        _ if state == "erased" => Now::Erased,
        stage => Now::At(*stage, since.utc().timestamp()),
    };
    let contact = first.as_ref().map(|(owner, kept_at, kept_on, waived_at)| Contact {
        owner: *owner,
        outcome: Outcome::of(*met_on, kept_at.zip(*kept_on), *waived_at),
    });
    (*branch, Facts { met_on: *met_on, outlet: *outlet, met_by: *met_by, source: *source, path, now, contact })
}

/// The job: packs what changed or was never packed, some of it each time.
///
/// # Errors
/// What the database says.
pub fn pack_due(app: &App) -> Result<()> {
    pack(app, Instant::now() + A_RUN).map(drop)
}

/// Packs until `deadline`; answers how many months.
///
/// # Errors
/// What the database says.
pub fn pack(app: &App, deadline: Instant) -> Result<usize> {
    let due = app.db.read_now(due)?;
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
fn due(conn: &mut Conn) -> Result<Vec<(Id, NaiveDate)>> {
    let of: Vec<Id> = branches::table.select(branches::id).load(conn)?;
    let known: HashSet<(Id, NaiveDate)> = funnel_segments::table
        .select((funnel_segments::branch_id, funnel_segments::month))
        .load(conn)?
        .into_iter()
        .collect();
    let Some((from, to)) = met_within(conn, &of, NaiveDate::MIN, NaiveDate::MAX)? else { return Ok(Vec::new()) };
    let mut due = marked(conn, &of, from, to)?;
    for branch in of {
        due.extend(months(from, to).map(|month| (branch, month)).filter(|one| !known.contains(one)));
    }
    // A branch's months lie side by side, so that its funnel finds them together.
    let mut due: Vec<(Id, NaiveDate)> = due.into_iter().collect();
    due.sort_unstable();
    Ok(due)
}

/// A month as one snapshot shows it.
struct Read {
    branch: Id,
    month: NaiveDate,
    marks: Vec<Id>,
    version: Option<i32>,
    people: usize,
    /// Packed while nobody waits for it.
    packed: Vec<u8>,
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
            funnel_segments::packed.eq(self.packed),
            funnel_segments::packed_at.eq(now),
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

/// The period in pieces of some months, by the first day of the first month and of the last.
fn windows(from: NaiveDate, to: NaiveDate, at_once: usize) -> impl Iterator<Item = (NaiveDate, NaiveDate)> {
    months(from, to).step_by(at_once).map(move |first| {
        let last = first.checked_add_months(Months::new(at_once as u32 - 1)).unwrap_or(first);
        (first, last.min(first_day(to)))
    })
}
