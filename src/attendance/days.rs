//! Days of the roll that are over, added up by branch: what a report over many branches is read from.
//!
//! A day is added up once nothing in it depends on the clock any more. Whoever changes what it is judged by afterwards (a shift, a check-in that arrives
//! late, its review, a correction, the branch's grace) adds a mark in the same transaction. A reader judges a marked day, or one that was never added up,
//! from its shifts themselves, in the same snapshot; a job adds it up anew and takes away just the marks it saw. So the figures are exact at every moment.

mod adding;

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{Days, NaiveDate};
use diesel::prelude::*;
use uuid::Uuid;

pub use self::adding::{add_up, add_up_due};
use super::roll::{Attended, RollShift, attend};
use super::status::Status;
use crate::calendar::months::{last_day, months};
use crate::db::schema::{roll_days, roll_marks, shifts};
use crate::db::{At, Conn, Id};
use crate::error::Result;
use crate::people::store::Branch;

/// How a packed day begins.
const LAYOUT: u8 = 1;

/// How many ways there are for a shift to stand.
const WAYS: usize = Status::ALL.len();

/// A branch's shifts of one day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Day {
    /// How many stand how, as `Status::ALL` has them.
    stand: [u32; WAYS],
    /// Of how many it is unclear where they were.
    unclear: u32,
    /// How many brokers are posted, by outlet.
    posted: Vec<(Id, u32)>,
}

impl Day {
    fn add(&mut self, row: &Attended) {
        let status = row.counts().status;
        for (way, count) in Status::ALL.iter().zip(&mut self.stand) {
            *count += u32::from(*way == status);
        }
        self.unclear += u32::from(row.is_unclear());
        match self.posted.iter_mut().find(|(outlet, _)| *outlet == row.shift.outlet_id) {
            Some((_, count)) => *count += 1,
            None => self.posted.push((row.shift.outlet_id, 1)),
        }
    }

    /// How many shifts stand how.
    pub fn stand(&self) -> impl Iterator<Item = (Status, u64)> {
        Status::ALL.into_iter().zip(self.stand.map(u64::from))
    }

    /// Of how many it is unclear where they were.
    pub fn unclear(&self) -> u64 {
        u64::from(self.unclear)
    }

    /// How many brokers are posted, by outlet.
    pub fn posted(&self) -> impl Iterator<Item = (Id, u64)> {
        self.posted.iter().map(|(outlet, count)| (*outlet, u64::from(*count)))
    }

    /// Whether time alone changes nothing of it any more.
    fn is_over(&self) -> bool {
        self.stand().all(|(status, count)| count == 0 || !matches!(status, Status::Upcoming | Status::Open))
    }

    fn pack(&self) -> Vec<u8> {
        let mut bytes = vec![LAYOUT];
        self.stand.iter().chain([&self.unclear]).for_each(|count| bytes.extend(count.to_le_bytes()));
        for (outlet, count) in &self.posted {
            bytes.extend(outlet.0.as_bytes());
            bytes.extend(count.to_le_bytes());
        }
        bytes
    }

    /// `None` where the bytes are something else.
    fn unpack(bytes: &[u8]) -> Option<Day> {
        let number = |bytes: &[u8]| Some(u32::from_le_bytes(bytes.try_into().ok()?));
        let (layout, bytes) = bytes.split_first()?;
        let (counts, posted) = bytes.split_at_checked(4 * (WAYS + 1)).filter(|_| *layout == LAYOUT)?;
        let mut day = Day::default();
        for (bytes, count) in counts.chunks_exact(4).zip(day.stand.iter_mut().chain([&mut day.unclear])) {
            *count = number(bytes)?;
        }
        let posted = posted.chunks(20).map(|one| {
            let (outlet, count) = one.split_at_checked(16)?;
            Some((Id(Uuid::from_slice(outlet).ok()?), number(count)?))
        });
        day.posted = posted.collect::<Option<_>>()?;
        Some(day)
    }
}

/// Before the first day there is.
const EVER: NaiveDate = match NaiveDate::from_ymd_opt(1970, 1, 1) {
    Some(date) => date,
    None => NaiveDate::MIN,
};

/// Notes that something has changed by which days of a branch are judged. Of days that are not over by UTC none is added up yet, anywhere in the world, and
/// nothing is noted: a check-in of today costs nothing here.
///
/// # Errors
/// What the database says.
pub fn mark(conn: &mut Conn, branch: Id, first: NaiveDate, last: NaiveDate, now: At) -> Result<()> {
    let Some(yesterday) = now.utc().date_naive().pred_opt().filter(|yesterday| first <= *yesterday) else {
        return Ok(());
    };
    diesel::insert_into(roll_marks::table)
        .values((
            roll_marks::id.eq(Id::new()),
            roll_marks::branch_id.eq(branch),
            roll_marks::first_day.eq(first),
            roll_marks::last_day.eq(last.min(yesterday)),
        ))
        .execute(conn)?;
    Ok(())
}

/// `mark` for all days of a branch.
///
/// # Errors
/// What the database says.
pub fn mark_all(conn: &mut Conn, branch: Id, now: At) -> Result<()> {
    mark(conn, branch, EVER, now.utc().date_naive(), now)
}

/// `mark` for the day of a broker's check-ins: their shift may be another branch's than theirs is now.
///
/// # Errors
/// What the database says.
pub fn mark_of(conn: &mut Conn, broker: Id, date: NaiveDate, now: At) -> Result<()> {
    if date >= now.utc().date_naive() {
        return Ok(());
    }
    let of_day = shifts::table.filter(shifts::broker_id.eq(broker).and(shifts::date.eq(date)));
    let branches: Vec<Id> = of_day.select(shifts::branch_id).load(conn)?;
    branches.into_iter().try_for_each(|branch| mark(conn, branch, date, date, now))
}

/// Goes through the days on which somebody stands somewhere, from `first` to `last`, but not beyond today in each branch; in no order.
///
/// # Errors
/// What the database says.
pub fn sweep(
    conn: &mut Conn,
    branches: &[Branch],
    (first, last): (NaiveDate, NaiveDate),
    now: At,
    mut each: impl FnMut(Id, NaiveDate, &Day),
) -> Result<()> {
    let ids: Vec<Id> = branches.iter().map(|branch| branch.id).collect();
    let until: Vec<(Id, NaiveDate)> =
        branches.iter().map(|branch| (branch.id, last.min(now.date_in(branch.zone())))).collect();
    let Some(latest) = until.iter().map(|(_, until)| *until).max() else { return Ok(()) };
    let marks = marks(conn, &ids, first, latest)?;
    // A month at a time, so that a year of all branches is not held in memory at once.
    for month in months(first, latest) {
        let (first, last) = (month.max(first), last_day(month).min(latest));
        let mut there: HashSet<(Id, NaiveDate)> = HashSet::new();
        for (branch, date, day) in added_up(conn, &ids, first, last)? {
            if marks.iter().all(|mark| !mark.holds(branch, date)) {
                there.insert((branch, date));
                each(branch, date, &day);
            }
        }
        let mut missing: BTreeMap<NaiveDate, Vec<Id>> = BTreeMap::new();
        for (branch, until) in &until {
            let days = first.iter_days().take_while(|date| date <= until.min(&last));
            days.filter(|date| !there.contains(&(*branch, *date)))
                .for_each(|date| missing.entry(date).or_default().push(*branch));
        }
        for (first, last, of) in spans(missing) {
            judged(conn, &of, (first, last), now)?.iter().for_each(|((branch, date), day)| each(*branch, *date, day));
        }
    }
    Ok(())
}

/// Days one after the other that are missing in the same branches, from first to last.
fn spans(missing: BTreeMap<NaiveDate, Vec<Id>>) -> Vec<(NaiveDate, NaiveDate, Vec<Id>)> {
    let mut spans: Vec<(NaiveDate, NaiveDate, Vec<Id>)> = Vec::new();
    for (date, of) in missing {
        match spans.last_mut() {
            Some((_, last, same)) if *same == of && last.succ_opt() == Some(date) => *last = date,
            _ => spans.push((date, date, of)),
        }
    }
    spans
}

/// Days from the shifts themselves.
fn judged(
    conn: &mut Conn,
    of: &[Id],
    (first, last): (NaiveDate, NaiveDate),
    now: At,
) -> Result<HashMap<(Id, NaiveDate), Day>> {
    let rows: Vec<RollShift> = shifts::table
        .filter(shifts::branch_id.eq_any(of).and(shifts::date.between(first, last)))
        .select(RollShift::as_select())
        .load(conn)?;
    let mut days: HashMap<(Id, NaiveDate), Day> = HashMap::new();
    for row in attend(conn, rows, now)? {
        days.entry((row.shift.branch_id, row.shift.date)).or_default().add(&row);
    }
    Ok(days)
}

fn added_up(conn: &mut Conn, of: &[Id], first: NaiveDate, last: NaiveDate) -> Result<Vec<(Id, NaiveDate, Day)>> {
    let rows: Vec<(Id, NaiveDate, Vec<u8>)> = roll_days::table
        .filter(roll_days::branch_id.eq_any(of).and(roll_days::date.between(first, last)))
        .select((roll_days::branch_id, roll_days::date, roll_days::packed))
        .load(conn)?;
    let read = |(branch, date, packed): (Id, NaiveDate, Vec<u8>)| {
        let day = Day::unpack(&packed);
        if day.is_none() {
            tracing::warn!(%branch, %date, "a day of the roll was added up to what cannot be read; it is judged anew each time");
        }
        Some((branch, date, day?))
    };
    Ok(rows.into_iter().filter_map(read).collect())
}

/// Days that have changed since they were added up.
#[derive(Clone, Copy, Debug)]
struct Mark {
    id: Id,
    branch: Id,
    first: NaiveDate,
    last: NaiveDate,
}

impl Mark {
    fn holds(&self, branch: Id, date: NaiveDate) -> bool {
        self.branch == branch && (self.first..=self.last).contains(&date)
    }
}

fn marks(conn: &mut Conn, of: &[Id], first: NaiveDate, last: NaiveDate) -> Result<Vec<Mark>> {
    let rows: Vec<(Id, Id, NaiveDate, NaiveDate)> = roll_marks::table
        .filter(roll_marks::branch_id.eq_any(of))
        .filter(roll_marks::last_day.ge(first).and(roll_marks::first_day.le(last)))
        .select((roll_marks::id, roll_marks::branch_id, roll_marks::first_day, roll_marks::last_day))
        .load(conn)?;
    Ok(rows.into_iter().map(|(id, branch, first, last)| Mark { id, branch, first, last }).collect())
}

/// A date some days earlier.
fn before(date: NaiveDate, days: u64) -> NaiveDate {
    date.checked_sub_days(Days::new(days)).unwrap_or(date)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_packed_day_is_the_same_day(stand: [u32; WAYS], unclear: u32, posted in proptest::collection::vec((any::<u128>(), any::<u32>()), 0..9)) {
            let posted = posted.into_iter().map(|(id, count)| (Id(Uuid::from_u128(id)), count)).collect();
            let day = Day { stand, unclear, posted };
            let packed = day.pack();
            prop_assert_eq!(Day::unpack(&packed), Some(day));
            prop_assert_eq!(Day::unpack(&packed[..packed.len() - 1]), None, "cut short");
        }
    }
}
