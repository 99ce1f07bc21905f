//! A packed month: the facts of all who were first met at a branch in a month, in some twenty bytes each, column by column.
//!
//! It lies in three parts, each a text of bytes for itself, since hardly anybody wants all: the figures, which everybody counts; where they were met;
//! whose they were. Outlets and people stand once at the head of their part and are named by their place there, from 1.

use chrono::{Datelike, NaiveDate};
use uuid::Uuid;

use super::columns::{Column, ROOM, put, put_column, take};
use super::facts::{Contact, Facts, Now, Outcome, Path, STEPS};
use crate::calendar::months::last_day;
use crate::db::Id;
use crate::prospects::kinds::Source;
use crate::prospects::lost::LostReason;
use crate::prospects::stage::Stage;

/// The layout; another number is another program's and is counted from history instead.
const LAYOUT: u8 = 4;

/// More people than a branch meets in a month.
const MOST: usize = 1 << 24;

/// The bytes of a month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packed {
    /// When they were met, how, how they came along, where they stand.
    pub figures: Vec<u8>,
    /// Where they were met; none where it was not read.
    pub outlets: Option<Vec<u8>>,
    /// Who met them, whose the first follow-up was and what became of it; none where it was not read.
    pub brokers: Option<Vec<u8>>,
}

/// What is read of months beside their figures.
#[derive(Clone, Copy, Debug, Default)]
pub struct Parts {
    /// Where they were met.
    pub outlets: bool,
    /// Whose they were.
    pub brokers: bool,
}

/// Packs facts of one month. Who came along alike lies side by side, so that who counts them does the same again and again, which is twice as quick.
pub fn pack(facts: &[Facts]) -> Packed {
    let mut facts: Vec<&Facts> = facts.iter().collect();
    facts.sort_by_cached_key(|one| (reached(&one.path), now_number(one.now), state_number(one)));
    let owner = |one: &Facts| one.contact.map(|contact| contact.owner);
    let mut figures = vec![LAYOUT];
    put(&mut figures, facts.len() as u64);
    let mut column =
        |number: &dyn Fn(&Facts) -> i64| put_column(&mut figures, facts.iter().map(|one| number(one)).collect());
    column(&|one| i64::from(one.met_on.day()));
    column(&|one| state_number(one));
    column(&|one| reached(&one.path));
    column(&|one| now_number(one.now));
    let since = |one: &Facts| if let Now::At(_, since) = one.now { Some(since) } else { None };
    put_column(&mut figures, facts.iter().filter_map(|one| since(one)).collect());
    for step in 1..STEPS {
        put_column(&mut figures, facts.iter().filter_map(|one| one.path.waits[step]).collect());
    }
    figures.extend_from_slice(&[0; ROOM]);
    let outlets = named(&facts, &[&|one| one.outlet], &[]);
    let outcome = |one: &Facts| one.contact.map_or(0, |contact| outcome_number(contact.outcome));
    let brokers = named(&facts, &[&|one| Some(one.met_by), &owner], &[&outcome]);
    Packed { figures, outlets: Some(outlets), brokers: Some(brokers) }
}

/// Whose somebody is: a broker's, an outlet's.
type Whose<'a> = &'a dyn Fn(&Facts) -> Option<Id>;

/// A part with ids at its head, columns of their places, and other columns.
fn named(facts: &[&Facts], of: &[Whose<'_>], others: &[&dyn Fn(&Facts) -> i64]) -> Vec<u8> {
    let mut ids: Vec<Id> = of.iter().flat_map(|of| facts.iter().filter_map(|one| of(one))).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut out = vec![LAYOUT];
    put(&mut out, ids.len() as u64);
    ids.iter().for_each(|id| out.extend_from_slice(id.0.as_bytes()));
    let place = |id: Option<Id>| id.and_then(|id| ids.binary_search(&id).ok()).map_or(0, |place| place as i64 + 1);
    for of in of {
        put_column(&mut out, facts.iter().map(|one| place(of(one))).collect());
    }
    for number in others {
        put_column(&mut out, facts.iter().map(|one| number(one)).collect());
    }
    out.extend_from_slice(&[0; ROOM]);
    out
}

fn state_number(one: &Facts) -> i64 {
    let source = Source::ALL.iter().position(|source| *source == one.source).unwrap_or_default() as i64;
    source << 4 | i64::from(one.path.furthest) << 1 | i64::from(one.path.lost)
}

/// For which steps there is a wait: a bit each.
fn reached(path: &Path) -> i64 {
    (1..STEPS).filter(|step| path.waits[*step].is_some()).map(|step| 1 << step).sum()
}

/// 0 erased, 1 to 8 at a stage, 9 lost in words of its own, 10 on lost for a usual reason.
fn now_number(now: Now) -> i64 {
    let place = |reason| LostReason::ALL.iter().position(|one| *one == reason).unwrap_or_default() as i64;
    match now {
        Now::Erased => 0,
        Now::At(stage, _) => stage.ordinal() as i64 + 1,
        Now::Lost(reason) => reason.map_or(9, |reason| 10 + place(reason)),
    }
}

fn outcome_number(outcome: Outcome) -> i64 {
    match outcome {
        Outcome::Nobody => 0,
        Outcome::Waived => 1,
        Outcome::After(days) => i64::from(days) + 2,
    }
}

fn outcome_of(number: i64) -> Outcome {
    match number {
        0 => Outcome::Nobody,
        1 => Outcome::Waived,
        days => Outcome::After((days - 2) as u32),
    }
}

/// Looks at a part; nothing where it is another program's.
fn laid_out(part: &[u8]) -> Option<&[u8]> {
    part.split_first().filter(|(layout, _)| **layout == LAYOUT).map(|(_, rest)| rest)
}

/// Ids by their places, from 1 on.
#[derive(Clone, Copy, Default)]
pub struct Names<'a>(&'a [u8]);

impl<'a> Names<'a> {
    fn take(rest: &mut &'a [u8]) -> Option<Names<'a>> {
        let ids = usize::try_from(take(rest)?).ok()?;
        let (ids, after) = rest.split_at_checked(ids.checked_mul(16)?)?;
        *rest = after;
        Some(Names(ids))
    }

    /// How many there are, which is the last place.
    pub fn last(&self) -> usize {
        self.0.len() / 16
    }

    /// The id at a place; none at 0.
    pub fn id(&self, place: usize) -> Option<Id> {
        let bytes = self.0.get(place.checked_sub(1)? * 16..place * 16)?;
        Uuid::from_slice(bytes).ok().map(Id)
    }

    /// The place of an id; none where nobody has to do with it.
    pub fn place(&self, id: Id) -> Option<usize> {
        self.0.chunks_exact(16).position(|one| one == id.0.as_bytes()).map(|place| place + 1)
    }
}

/// Where they were met: the names, and a place each.
#[derive(Clone, Copy, Default)]
struct Outlets<'a> {
    names: Names<'a>,
    met_at: Column<'a>,
}

impl<'a> Outlets<'a> {
    fn of(part: &'a [u8], people: usize) -> Option<Outlets<'a>> {
        let rest = &mut laid_out(part)?;
        let names = Names::take(rest)?;
        let met_at = Column::within(rest, people, 0..=names.last() as i64)?;
        (rest.len() == ROOM).then_some(Outlets { names, met_at })
    }
}

/// Whose they were.
#[derive(Clone, Copy, Default)]
struct Brokers<'a> {
    names: Names<'a>,
    met_by: Column<'a>,
    owner: Column<'a>,
    outcome: Column<'a>,
}

impl<'a> Brokers<'a> {
    fn of(part: &'a [u8], people: usize) -> Option<Brokers<'a>> {
        let rest = &mut laid_out(part)?;
        let names = Names::take(rest)?;
        let last = names.last() as i64;
        let met_by = Column::within(rest, people, 1..=last)?;
        let owner = Column::within(rest, people, 0..=last)?;
        let outcome = Column::within(rest, people, 0..=i64::from(u32::MAX) + 2)?;
        (rest.len() == ROOM).then_some(Brokers { names, met_by, owner, outcome })
    }
}

/// A month as it is packed, or those of it who were met on some of its days.
pub struct Month<'a> {
    /// Its first day.
    pub first: NaiveDate,
    days: (i64, i64),
    people: usize,
    met_on: Column<'a>,
    state: Column<'a>,
    reached: Column<'a>,
    now: Column<'a>,
    since: Column<'a>,
    waits: [Column<'a>; STEPS],
    outlets: Outlets<'a>,
    brokers: Brokers<'a>,
}

/// One of a month, as far as most who count want to know. Of parts that were not read all places are 0.
pub struct One<'a> {
    /// Who met them: the place of their id.
    pub met_by: usize,
    /// Where: the place of its id; 0: nowhere.
    pub outlet: usize,
    /// How they met: the place among all ways.
    pub source: usize,
    /// The furthest step ever reached.
    pub furthest: u8,
    /// Whether they are lost now.
    pub lost: bool,
    /// Where they stand.
    pub now: Now,
    month: &'a Month<'a>,
    row: usize,
    /// The steps for which there is a wait: a bit each.
    reached: u8,
    /// How many of the month before them have one.
    waited: &'a [usize; STEPS],
}

impl One<'_> {
    /// Goes through the steps for which there is a wait, with its seconds.
    #[inline]
    pub fn waits(&self, mut each: impl FnMut(usize, i64)) {
        for step in steps(self.reached) {
            each(step, self.month.waits[step].at(self.waited[step]));
        }
    }

    fn path(&self) -> Path {
        let mut path = Path { furthest: self.furthest, lost: self.lost, waits: [None; STEPS] };
        self.waits(|step, wait| path.waits[step] = Some(wait));
        path
    }
}

/// The steps whose bits are set.
#[inline]
fn steps(mut bits: u8) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let step = bits.trailing_zeros() as usize;
        bits &= bits.checked_sub(1)?;
        Some(step)
    })
}

impl<'a> Month<'a> {
    /// Looks at a packed month; `None` where the bytes are not what `pack` makes.
    pub fn of(packed: &'a Packed, first: NaiveDate) -> Option<Month<'a>> {
        let rest = &mut laid_out(&packed.figures)?;
        let people = usize::try_from(take(rest)?).ok().filter(|people| *people <= MOST)?;
        let last = last_day(first).day().into();
        let met_on = Column::within(rest, people, 1..=last)?;
        let state = Column::within(rest, people, 0..=(Source::ALL.len() as i64 * 16 - 1))?;
        let reached = Column::within(rest, people, 0..=0xff)?;
        let now = Column::within(rest, people, 0..=(9 + LostReason::ALL.len() as i64))?;
        let (since, _) = Column::take(rest)?;
        let mut waits = [Column::default(); STEPS];
        for waits in waits.iter_mut().skip(1) {
            *waits = Column::take(rest)?.0;
        }
        if rest.len() != ROOM {
            return None;
        }
        let outlets = packed.outlets.as_ref().map_or(Some(Outlets::default()), |part| Outlets::of(part, people))?;
        let brokers = packed.brokers.as_ref().map_or(Some(Brokers::default()), |part| Brokers::of(part, people))?;
        let days = (1, last);
        Some(Month { first, days, people, met_on, state, reached, now, since, waits, outlets, brokers })
    }

    /// Of them only those met on `from..=to`.
    pub fn within(mut self, from: NaiveDate, to: NaiveDate) -> Month<'a> {
        let last = last_day(self.first);
        let day = |date: NaiveDate| i64::from(date.clamp(self.first, last).day());
        self.days = if from > last || to < self.first { (1, 0) } else { (day(from), day(to)) };
        self
    }

    /// Where they were met; nobody where it was not read.
    pub fn outlets(&self) -> Names<'a> {
        self.outlets.names
    }

    /// Whose they were; nobody where it was not read.
    pub fn brokers(&self) -> Names<'a> {
        self.brokers.names
    }

    /// Goes through them.
    pub fn each(&self, mut each: impl FnMut(&One<'_>)) {
        let mut stood = 0;
        let mut waited = [0; STEPS];
        for row in 0..self.people {
            // Nobody waits for the first step.
            let reached = self.reached.at(row) as u8 & !1;
            let now = match self.now.at(row) {
                0 => Now::Erased,
                stage @ 1..=8 => {
                    stood += 1;
                    Now::At(Stage::ALL[stage as usize - 1], self.since.at(stood - 1))
                }
                9 => Now::Lost(None),
                reason => Now::Lost(LostReason::ALL.get(reason as usize - 10).copied()),
            };
            if (self.days.0..=self.days.1).contains(&self.met_on.at(row)) {
                let state = self.state.at(row);
                each(&One {
                    met_by: self.brokers.met_by.at(row) as usize,
                    outlet: self.outlets.met_at.at(row) as usize,
                    source: (state >> 4) as usize,
                    furthest: (state >> 1 & 7) as u8,
                    lost: state & 1 == 1,
                    now,
                    month: self,
                    row,
                    reached,
                    waited: &waited,
                });
            }
            steps(reached).for_each(|step| waited[step] += 1);
        }
    }

    /// Goes through all that is known of them; through nobody where a part was not read.
    pub fn facts(&self, mut each: impl FnMut(&Facts)) {
        let ids = |names: Names<'_>| -> Vec<Id> { (1..=names.last()).filter_map(|place| names.id(place)).collect() };
        let (outlets, brokers) = (ids(self.outlets()), ids(self.brokers()));
        let id = |ids: &[Id], place: usize| place.checked_sub(1).and_then(|place| ids.get(place).copied());
        self.each(|one| {
            let met_on = self.first.with_day(self.met_on.at(one.row) as u32);
            let (Some(met_on), Some(met_by)) = (met_on, id(&brokers, one.met_by)) else { return };
            let contact = id(&brokers, self.brokers.owner.at(one.row) as usize)
                .map(|owner| Contact { owner, outcome: outcome_of(self.brokers.outcome.at(one.row)) });
            let (outlet, source) = (id(&outlets, one.outlet), Source::ALL[one.source]);
            each(&Facts { met_on, outlet, met_by, source, path: one.path(), now: one.now, contact });
        });
    }
}

#[cfg(test)]
#[path = "segment_tests.rs"]
mod tests;
