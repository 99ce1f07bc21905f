//! The packed months, kept true.
//!
//! Who changes a prospect adds a mark for the month of its first meeting, in the same transaction. A reader counts a marked month, or one never packed,
//! from history itself, in the same snapshot; a job packs it anew and takes away just the marks it saw. So the figures are exact at every moment, and
//! writers add one row and wait for nobody.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;

use chrono::NaiveDate;
use diesel::dsl::case_when;
use diesel::prelude::*;
use diesel::sql_types::{Binary, Bool, Date, Nullable};

use super::facts::Facts;
use super::history::{Of, count};
use super::segment::{Month, Packed, Parts};
use crate::calendar::months::{first_day, last_day, months};
use crate::db::schema::{branches, funnel_marks};
use crate::db::{Conn, Id};
use crate::error::Result;
use crate::on_either;
use crate::people::Reach;

/// Packed months of branches read at a time: a head office's five years are not held in memory at once.
const AT_ONCE: usize = 300;

/// Above so many packed months they are unpacked by more than one thread, but by no more than this.
const FOR_ONE: usize = 1200;
const HANDS: usize = 4;

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
    let all = Parts { outlets: true, brokers: true };
    let mut anew = period.read(conn, all, |rows| period.unpack(rows, &mut broken, &mut told))?;
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
    parts: Parts,
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
        period.read(conn, parts, |rows| hand.unpack(rows, &period, &each))?
    } else {
        thread::scope(|scope| {
            // Whoever is free takes what is read next; no more waits than one for each.
            let (give, take) = mpsc::sync_channel::<Vec<OfMonth>>(several);
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
            period.read(conn, parts, |rows| drop(give.send(rows)))
        })?
    };
    hands.iter_mut().for_each(|hand| anew.append(&mut hand.broken));
    period.count(conn, anew, |of, month| each(&mut rest, of, month))?;
    Ok(hands.into_iter().map(|hand| hand.sum).chain([rest]).collect())
}

/// What is read next; none when all is read.
fn next(take: &Mutex<mpsc::Receiver<Vec<OfMonth>>>) -> Option<Vec<OfMonth>> {
    take.lock().ok()?.recv().ok()
}

/// A packed month of a branch.
type OfMonth = (Id, NaiveDate, Packed);

/// The same as a row has it, without the parts that nobody asked for.
type Row = (Id, NaiveDate, Vec<u8>, Option<Vec<u8>>, Option<Vec<u8>>);

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
    fn read(&self, conn: &mut Conn, parts: Parts, mut give: impl FnMut(Vec<OfMonth>)) -> Result<Vec<(Id, NaiveDate)>> {
        let stale = marked(conn, &self.branches, self.from, self.to)?;
        let mut anew = Vec::new();
        let all: Vec<NaiveDate> = months(self.from, self.to).collect();
        // A branch's months lie side by side.
        for some in self.branches.chunks((AT_ONCE / all.len()).max(1)) {
            let mut missing: HashSet<(Id, NaiveDate)> =
                some.iter().flat_map(|of| all.iter().map(move |month| (*of, *month))).collect();
            let mut months = read(conn, some, (first_day(self.from), first_day(self.to)), parts)?;
            months
                .retain(|(branch, month, _)| !stale.contains(&(*branch, *month)) && missing.remove(&(*branch, *month)));
            give(months);
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
    fn unpack(&self, rows: Vec<OfMonth>, broken: &mut Vec<(Id, NaiveDate)>, mut each: impl FnMut(Id, &Month<'_>)) {
        for (branch, first, packed) in rows {
            match Month::of(&packed, first) {
                Some(month) => each(branch, &month.within(self.from, self.to)),
                None => {
                    tracing::warn!(%branch, month = %first, "a packed month cannot be read; it is counted anew each time");
                    broken.push((branch, first));
                }
            }
        }
    }
}

/// The packed months of some branches from one month to another, with those parts of them that are asked for.
fn read(conn: &mut Conn, of: &[Id], (from, to): (NaiveDate, NaiveDate), parts: Parts) -> Result<Vec<OfMonth>> {
    use crate::db::schema::funnel_segments as s;
    let rows: Vec<Row> = s::table
        .filter(s::branch_id.eq_any(of).and(s::month.between(from, to)))
        .select((
            s::branch_id,
            s::month,
            s::figures,
            case_when(parts.outlets.into_sql::<Bool>(), s::outlets),
            case_when(parts.brokers.into_sql::<Bool>(), s::brokers),
        ))
        .load(conn)?;
    let of = |(branch, month, figures, outlets, brokers)| (branch, month, Packed { figures, outlets, brokers });
    Ok(rows.into_iter().map(of).collect())
}

/// Who unpacks.
struct Hand<S> {
    sum: S,
    /// Months whose bytes are not those of a packed month.
    broken: Vec<(Id, NaiveDate)>,
}

impl<S> Hand<S> {
    fn unpack(&mut self, rows: Vec<OfMonth>, period: &Wanted, each: impl Fn(&mut S, Id, &Month<'_>)) {
        period.unpack(rows, &mut self.broken, |branch, month| each(&mut self.sum, branch, month));
    }
}

/// The period, no longer than there are meetings in it; `None` without any.
///
/// # Errors
/// What the database says.
pub fn met_within(
    conn: &mut Conn,
    of: &[Id],
    from: NaiveDate,
    to: NaiveDate,
) -> Result<Option<(NaiveDate, NaiveDate)>> {
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
///
/// # Errors
/// What the database says.
pub fn marked(conn: &mut Conn, of: &[Id], from: NaiveDate, to: NaiveDate) -> Result<HashSet<(Id, NaiveDate)>> {
    let marks: Vec<(Id, NaiveDate)> = funnel_marks::table
        .filter(funnel_marks::branch_id.eq_any(of))
        .filter(funnel_marks::met_on.between(first_day(from), last_day(to)))
        .select((funnel_marks::branch_id, funnel_marks::met_on))
        .distinct()
        .load(conn)?;
    Ok(marks.into_iter().map(|(branch, met_on)| (branch, first_day(met_on))).collect())
}
