//! A packed month: the facts of all who were first met at a branch in a month, in some twenty bytes each.
//!
//! Numbers are LEB128, signed ones zigzag first. Outlets and people stand once at the head and are named by their place there.

use chrono::{Datelike, NaiveDate};
use uuid::Uuid;

use super::facts::{Contact, Facts, Now, Outcome, Path, STEPS};
use crate::db::Id;
use crate::prospects::kinds::Source;
use crate::prospects::lost::LostReason;
use crate::prospects::stage::Stage;

/// The layout; another number is another program's and is counted from history instead.
const LAYOUT: u8 = 2;

/// From when seconds are counted within a month's row: small numbers are short.
fn origin(month: NaiveDate) -> i64 {
    month.and_time(chrono::NaiveTime::MIN).and_utc().timestamp()
}

/// Packs facts of one month.
pub fn pack(facts: &[Facts], month: NaiveDate) -> Vec<u8> {
    let owner = |one: &Facts| one.contact.map(|contact| contact.owner);
    let mut ids: Vec<Id> = facts.iter().flat_map(|f| [Some(f.met_by), f.outlet, owner(f)]).flatten().collect();
    ids.sort_unstable();
    ids.dedup();
    let place = |id: Id| ids.binary_search(&id).map_or(0, |place| place as u64 + 1);
    let mut out = vec![LAYOUT];
    put(&mut out, ids.len() as u64);
    for id in &ids {
        out.extend_from_slice(id.0.as_bytes());
    }
    put(&mut out, facts.len() as u64);
    for one in facts {
        let source = Source::ALL.iter().position(|source| *source == one.source).unwrap_or_default() as u64;
        put(&mut out, u64::from(one.met_on.day()));
        put(&mut out, place(one.met_by));
        put(&mut out, one.outlet.map_or(0, place));
        put(&mut out, source << 4 | u64::from(one.path.furthest) << 1 | u64::from(one.path.lost));
        let waits = one.path.waits;
        put(&mut out, (1..STEPS).filter(|step| waits[*step].is_some()).map(|step| 1 << (step - 1)).sum());
        for wait in waits.into_iter().flatten() {
            put(&mut out, zigzag(wait));
        }
        put_now(&mut out, one.now, origin(month));
        put(&mut out, owner(one).map_or(0, place));
        put(&mut out, one.contact.map_or(0, |contact| outcome_number(contact.outcome)));
    }
    out
}

/// 0 erased, 1 to 8 at a stage, 9 lost in words of its own, 10 on lost for a usual reason.
fn put_now(out: &mut Vec<u8>, now: Now, origin: i64) {
    match now {
        Now::Erased => put(out, 0),
        Now::At(stage, since) => {
            put(out, stage.ordinal() as u64 + 1);
            put(out, zigzag(since.wrapping_sub(origin)));
        }
        Now::Lost(reason) => {
            let place = |reason| LostReason::ALL.iter().position(|one| *one == reason).unwrap_or_default() as u64;
            put(out, reason.map_or(9, |reason| 10 + place(reason)));
        }
    }
}

fn outcome_number(outcome: Outcome) -> u64 {
    match outcome {
        Outcome::Nobody => 0,
        Outcome::Waived => 1,
        Outcome::After(days) => u64::from(days) + 2,
    }
}

fn zigzag(number: i64) -> u64 {
    ((number << 1) ^ (number >> 63)) as u64
}

fn unzigzag(folded: u64) -> i64 {
    (folded >> 1) as i64 ^ -((folded & 1) as i64)
}

fn put(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// Unpacks a month into `all`, whose room is used again; `None` where the bytes are not what `pack` makes.
pub fn unpack(bytes: &[u8], month: NaiveDate, all: &mut Vec<Facts>) -> Option<()> {
    all.clear();
    let (layout, mut rest) = bytes.split_first()?;
    if *layout != LAYOUT {
        return None;
    }
    let known = usize::try_from(take(&mut rest)?).ok()?;
    let (ids, mut rest) = rest.split_at_checked(known.checked_mul(16)?)?;
    let id = |place: u64| -> Option<Id> {
        let from = usize::try_from(place.checked_sub(1)?).ok()? * 16;
        Some(Id(Uuid::from_slice(ids.get(from..from + 16)?).ok()?))
    };
    let days: Vec<NaiveDate> = month.iter_days().take_while(|day| day.month() == month.month()).collect();
    let (people, origin) = (take(&mut rest)?, origin(month));
    all.reserve(rest.len().min((people as usize).saturating_mul(5)) / 5);
    for _ in 0..people {
        let met_on = *days.get((take(&mut rest)? as usize).checked_sub(1)?)?;
        let met_by = id(take(&mut rest)?)?;
        let outlet = match take(&mut rest)? {
            0 => None,
            place => Some(id(place)?),
        };
        let state = take(&mut rest)?;
        let source = *Source::ALL.get((state >> 4) as usize)?;
        let present = take(&mut rest)?;
        let mut waits = [None; STEPS];
        for (step, wait) in waits.iter_mut().enumerate().skip(1) {
            if present >> (step - 1) & 1 == 1 {
                *wait = Some(unzigzag(take(&mut rest)?));
            }
        }
        let path = Path { furthest: (state >> 1 & 7) as u8, lost: state & 1 == 1, waits };
        let now = take_now(&mut rest, origin)?;
        let (owner, outcome) = (take(&mut rest)?, take(&mut rest)?);
        let contact = match owner {
            0 => None,
            place => Some(Contact { owner: id(place)?, outcome: outcome_of(outcome)? }),
        };
        all.push(Facts { met_on, outlet, met_by, source, path, now, contact });
    }
    rest.is_empty().then_some(())
}

fn take_now(rest: &mut &[u8], origin: i64) -> Option<Now> {
    Some(match take(rest)? {
        0 => Now::Erased,
        stage @ 1..=8 => Now::At(Stage::ALL[stage as usize - 1], origin.wrapping_add(unzigzag(take(rest)?))),
        9 => Now::Lost(None),
        reason => Now::Lost(Some(*LostReason::ALL.get(usize::try_from(reason).ok()? - 10)?)),
    })
}

fn outcome_of(number: u64) -> Option<Outcome> {
    Some(match number {
        0 => Outcome::Nobody,
        1 => Outcome::Waived,
        days => Outcome::After(u32::try_from(days - 2).ok()?),
    })
}

#[inline]
fn take(rest: &mut &[u8]) -> Option<u64> {
    let (first, after) = rest.split_first()?;
    if *first < 0x80 {
        *rest = after;
        return Some(u64::from(*first));
    }
    take_long(rest)
}

fn take_long(rest: &mut &[u8]) -> Option<u64> {
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
        unpack(bytes, month(), &mut all).map(|()| all)
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
            prop_assert_eq!(unpacked(&pack(&all, month())), Some(all));
        }

        #[test]
        fn other_bytes_are_refused_and_never_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), all in prop::collection::vec(facts(), 1..9), cut in 1usize..20) {
            let _ = unpacked(&bytes);
            let packed = pack(&all, month());
            let cut = cut.min(packed.len());
            prop_assert_eq!(unpacked(&packed[..packed.len() - cut]), None);
        }
    }
}
