//! A packed month: the facts of all who were first met at a branch in a month, in some twenty bytes each, column by column.
//!
//! Whoever counts one thing of very many people reads the columns that say it and skips the rest. A column is how many numbers
//! it has, the least of them (LEB128, zigzag), a width in bytes, and each number above the least in so many bytes. Outlets and people stand once at the head and are named by their place there, from 1.

use chrono::{Datelike, NaiveDate};
use uuid::Uuid;

use super::facts::{Contact, Facts, Now, Outcome, Path, STEPS};
use crate::calendar::months::last_day;
use crate::db::Id;
use crate::prospects::kinds::Source;
use crate::prospects::lost::LostReason;
use crate::prospects::stage::Stage;

/// The layout; another number is another program's and is counted from history instead.
const LAYOUT: u8 = 3;

/// Each number is read with the eight bytes from its first on, so that many follow the last.
const ROOM: usize = 8;

/// More people than a branch meets in a month.
const MOST: usize = 1 << 24;

/// Packs facts of one month.
pub fn pack(facts: &[Facts]) -> Vec<u8> {
    let owner = |one: &Facts| one.contact.map(|contact| contact.owner);
    let mut ids: Vec<Id> = facts.iter().flat_map(|f| [Some(f.met_by), f.outlet, owner(f)]).flatten().collect();
    ids.sort_unstable();
    ids.dedup();
    let place = |id: Option<Id>| id.and_then(|id| ids.binary_search(&id).ok()).map_or(0, |place| place as i64 + 1);
    let mut out = vec![LAYOUT];
    put(&mut out, ids.len() as u64);
    for id in &ids {
        out.extend_from_slice(id.0.as_bytes());
    }
    put(&mut out, facts.len() as u64);
    let mut column = |number: &dyn Fn(&Facts) -> i64| put_column(&mut out, facts.iter().map(number).collect());
    column(&|one| i64::from(one.met_on.day()));
    column(&|one| place(Some(one.met_by)));
    column(&|one| place(one.outlet));
    column(&|one| state_number(one));
    column(&|one| reached(&one.path));
    column(&|one| now_number(one.now));
    column(&|one| place(owner(one)));
    column(&|one| one.contact.map_or(0, |contact| outcome_number(contact.outcome)));
    let since = |one: &Facts| if let Now::At(_, since) = one.now { Some(since) } else { None };
    put_column(&mut out, facts.iter().filter_map(since).collect());
    for step in 1..STEPS {
        put_column(&mut out, facts.iter().filter_map(|one| one.path.waits[step]).collect());
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

fn put_column(out: &mut Vec<u8>, numbers: Vec<i64>) {
    let least = numbers.iter().copied().min().unwrap_or_default();
    let above = |number: i64| number.wrapping_sub(least) as u64;
    let most = numbers.iter().map(|number| above(*number)).max().unwrap_or_default();
    let width = (u64::BITS - most.leading_zeros()).div_ceil(8) as usize;
    put(out, numbers.len() as u64);
    put(out, ((least << 1) ^ (least >> 63)) as u64);
    out.push(width as u8);
    for number in numbers {
        out.extend_from_slice(&above(number).to_le_bytes()[..width]);
    }
}

fn put(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// Numbers of one width.
#[derive(Clone, Copy, Default)]
struct Column<'a> {
    least: i64,
    width: usize,
    mask: u64,
    /// From the first number on, to the end of all columns.
    bytes: &'a [u8],
}

impl<'a> Column<'a> {
    /// The next one, and how many numbers it has.
    fn take(rest: &mut &'a [u8]) -> Option<(Column<'a>, usize)> {
        let (numbers, folded) = (usize::try_from(take(rest)?).ok()?, take(rest)?);
        let (width, bytes) = rest.split_first()?;
        let width = usize::from(*width);
        let mask = if width == 0 { 0 } else { u64::MAX >> 64usize.checked_sub(8 * width)? };
        let long = numbers.checked_mul(width)?;
        *rest = bytes.get(long..).filter(|after| after.len() >= ROOM)?;
        Some((Column { least: (folded >> 1) as i64 ^ -((folded & 1) as i64), width, mask, bytes }, numbers))
    }

    /// The next one, of so many numbers, each within a range.
    fn within(rest: &mut &'a [u8], people: usize, range: std::ops::RangeInclusive<i64>) -> Option<Column<'a>> {
        let (column, numbers) = Column::take(rest)?;
        if numbers != people {
            return None;
        }
        let most = match column.width {
            // What nearly all columns are is looked through many at a time.
            0 => 0,
            1 => column.bytes[..numbers].iter().copied().max().map_or(0, u64::from),
            _ => (0..numbers).map(|at| column.above(at)).max().unwrap_or_default(),
        };
        let most = column.least.checked_add_unsigned(most)?;
        (numbers == 0 || range.contains(&column.least) && range.contains(&most)).then_some(column)
    }

    /// Past the last it is some number, and never a panic.
    #[inline]
    fn above(&self, at: usize) -> u64 {
        let from = at * self.width;
        let eight = self.bytes.get(from..from + 8).and_then(|eight| eight.try_into().ok());
        u64::from_le_bytes(eight.unwrap_or_default()) & self.mask
    }

    #[inline]
    fn at(&self, at: usize) -> i64 {
        self.least.wrapping_add(self.above(at) as i64)
    }
}

/// A month as it is packed, or those of it who were met on some of its days.
pub struct Month<'a> {
    /// Its first day.
    pub first: NaiveDate,
    days: (i64, i64),
    ids: &'a [u8],
    people: usize,
    met_on: Column<'a>,
    met_by: Column<'a>,
    outlet: Column<'a>,
    state: Column<'a>,
    reached: Column<'a>,
    now: Column<'a>,
    owner: Column<'a>,
    outcome: Column<'a>,
    since: Column<'a>,
    waits: [Column<'a>; STEPS],
}

/// One of a month, as far as most who count want to know.
pub struct One {
    /// Who met them: the place of their id.
    pub met_by: usize,
    /// Where: the place of its id; 0: nowhere.
    pub outlet: usize,
    /// How they met: the place among all ways.
    pub source: usize,
    /// How they came along.
    pub path: Path,
    /// Where they stand.
    pub now: Now,
    row: usize,
}

impl<'a> Month<'a> {
    /// Looks at a packed month; `None` where the bytes are not what `pack` makes.
    pub fn of(bytes: &'a [u8], first: NaiveDate) -> Option<Month<'a>> {
        let (layout, mut rest) = bytes.split_first()?;
        if *layout != LAYOUT {
            return None;
        }
        let known = usize::try_from(take(&mut rest)?).ok()?;
        let (ids, mut rest) = rest.split_at_checked(known.checked_mul(16)?)?;
        let rest = &mut rest;
        let (people, known) = (usize::try_from(take(rest)?).ok().filter(|people| *people <= MOST)?, known as i64);
        let last = last_day(first).day().into();
        let met_on = Column::within(rest, people, 1..=last)?;
        let met_by = Column::within(rest, people, 1..=known)?;
        let outlet = Column::within(rest, people, 0..=known)?;
        let state = Column::within(rest, people, 0..=(Source::ALL.len() as i64 * 16 - 1))?;
        let reached = Column::within(rest, people, 0..=0xff)?;
        let now = Column::within(rest, people, 0..=(9 + LostReason::ALL.len() as i64))?;
        let owner = Column::within(rest, people, 0..=known)?;
        let outcome = Column::within(rest, people, 0..=i64::from(u32::MAX) + 2)?;
        let (since, _) = Column::take(rest)?;
        let mut waits = [Column::default(); STEPS];
        for waits in waits.iter_mut().skip(1) {
            *waits = Column::take(rest)?.0;
        }
        let whole = (1, last);
        let all = Month {
            first,
            days: whole,
            ids,
            people,
            met_on,
            met_by,
            outlet,
            state,
            reached,
            now,
            owner,
            outcome,
            since,
            waits,
        };
        (rest.len() == ROOM).then_some(all)
    }

    /// Of them only those met on `from..=to`.
    pub fn within(mut self, from: NaiveDate, to: NaiveDate) -> Month<'a> {
        let last = last_day(self.first);
        let day = |date: NaiveDate| i64::from(date.clamp(self.first, last).day());
        self.days = if from > last || to < self.first { (1, 0) } else { (day(from), day(to)) };
        self
    }

    /// How many ids are named, from place 1 on.
    pub fn known(&self) -> usize {
        self.ids.len() / 16
    }

    /// The id at a place; none at 0.
    pub fn id(&self, place: usize) -> Option<Id> {
        let bytes = self.ids.get(place.checked_sub(1)? * 16..place * 16)?;
        Uuid::from_slice(bytes).ok().map(Id)
    }

    /// The place of an id; none where nobody has to do with it.
    pub fn place(&self, id: Id) -> Option<usize> {
        self.ids.chunks_exact(16).position(|one| one == id.0.as_bytes()).map(|place| place + 1)
    }

    /// Goes through them.
    pub fn each(&self, mut each: impl FnMut(&One)) {
        let mut stood = 0;
        let mut waited = [0; STEPS];
        for row in 0..self.people {
            let reached = self.reached.at(row);
            let mut waits = [None; STEPS];
            for step in 1..STEPS {
                if reached >> step & 1 == 1 {
                    waits[step] = Some(self.waits[step].at(waited[step]));
                    waited[step] += 1;
                }
            }
            let now = match self.now.at(row) {
                0 => Now::Erased,
                stage @ 1..=8 => {
                    stood += 1;
                    Now::At(Stage::ALL[stage as usize - 1], self.since.at(stood - 1))
                }
                9 => Now::Lost(None),
                reason => Now::Lost(LostReason::ALL.get(reason as usize - 10).copied()),
            };
            if !(self.days.0..=self.days.1).contains(&self.met_on.at(row)) {
                continue;
            }
            let state = self.state.at(row);
            let path = Path { furthest: (state >> 1 & 7) as u8, lost: state & 1 == 1, waits };
            let (met_by, outlet) = (self.met_by.at(row) as usize, self.outlet.at(row) as usize);
            each(&One { met_by, outlet, source: (state >> 4) as usize, path, now, row });
        }
    }

    /// Goes through all that is known of them.
    pub fn facts(&self, mut each: impl FnMut(&Facts)) {
        let ids: Vec<Id> = (1..=self.known()).filter_map(|place| self.id(place)).collect();
        let id = |place: usize| place.checked_sub(1).and_then(|place| ids.get(place).copied());
        self.each(|one| {
            let met_on = self.first.with_day(self.met_on.at(one.row) as u32);
            let (Some(met_on), Some(met_by)) = (met_on, id(one.met_by)) else { return };
            let contact = id(self.owner.at(one.row) as usize)
                .map(|owner| Contact { owner, outcome: outcome_of(self.outcome.at(one.row)) });
            let (outlet, source) = (id(one.outlet), Source::ALL[one.source]);
            each(&Facts { met_on, outlet, met_by, source, path: one.path, now: one.now, contact });
        });
    }
}

fn take(rest: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let (byte, after) = rest.split_first()?;
        *rest = after;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn month() -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 3, 1).expect("a date")
    }

    fn unpacked(bytes: &[u8]) -> Option<Vec<Facts>> {
        let mut all = Vec::new();
        Month::of(bytes, month()).map(|month| month.facts(|one| all.push(one.clone())))?;
        Some(all)
    }

    fn facts() -> impl Strategy<Value = Facts> {
        let wait = prop::option::of(prop_oneof![-100i64..100, 0i64..40_000_000_000, Just(i64::MIN), Just(i64::MAX)]);
        let now = prop_oneof![
            Just(Now::Erased),
            (0usize..8, any::<i64>()).prop_map(|(stage, since)| Now::At(Stage::ALL[stage], since)),
            prop::option::of(0usize..9).prop_map(|reason| Now::Lost(reason.map(|n| LostReason::ALL[n]))),
        ];
        let outcome = prop_oneof![Just(Outcome::Nobody), Just(Outcome::Waived), any::<u32>().prop_map(Outcome::After)];
        let contact = prop::option::of(
            (0u128..9, outcome).prop_map(|(owner, outcome)| Contact { owner: Id(Uuid::from_u128(owner)), outcome }),
        );
        let meeting = (1u32..=31, prop::option::of(0u128..5), 0u128..5, 0usize..5);
        (meeting, 0u8..8, any::<bool>(), prop::array::uniform7(wait), now, contact).prop_map(
            |((day, outlet, met_by, source), furthest, lost, later, now, contact)| {
                let mut waits = [None; STEPS];
                waits[1..].copy_from_slice(&later);
                Facts {
                    met_on: month().with_day(day).expect("March has 31"),
                    outlet: outlet.map(|n| Id(Uuid::from_u128(n))),
                    met_by: Id(Uuid::from_u128(met_by)),
                    source: Source::ALL[source],
                    path: Path { furthest, lost, waits },
                    now,
                    contact,
                }
            },
        )
    }

    proptest! {
        #[test]
        fn what_is_packed_comes_out_again(all in prop::collection::vec(facts(), 0..40)) {
            prop_assert_eq!(unpacked(&pack(&all)), Some(all));
        }

        #[test]
        fn some_days_are_those_met_on_them(all in prop::collection::vec(facts(), 0..40), from in -9i64..45, days in 0i64..45) {
            let from = month() + chrono::Duration::days(from);
            let to = from + chrono::Duration::days(days);
            let mut found = Vec::new();
            Month::of(&pack(&all), month()).expect("packed").within(from, to).facts(|one| found.push(one.clone()));
            let expected: Vec<Facts> = all.into_iter().filter(|one| from <= one.met_on && one.met_on <= to).collect();
            prop_assert_eq!(found, expected);
        }

        #[test]
        fn other_bytes_are_refused_and_never_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), all in prop::collection::vec(facts(), 1..9), cut in 1usize..20, flip in 1u8..=255) {
            let _ = unpacked(&bytes);
            let packed = pack(&all);
            let cut = cut.min(packed.len());
            prop_assert_eq!(unpacked(&packed[..packed.len() - cut]), None);
            // A byte that is another says something else or nothing.
            let mut other = packed;
            let at = cut * 37 % other.len();
            other[at] = other[at].wrapping_add(flip);
            let _ = unpacked(&other);
        }
    }
}
