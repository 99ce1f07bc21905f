//! What is packed comes out again, and other bytes are refused.

use super::*;
use proptest::prelude::*;

fn month() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 3, 1).expect("a date")
}

fn unpacked(packed: &Packed) -> Option<Vec<Facts>> {
    let mut all = Vec::new();
    Month::of(packed, month()).map(|month| month.facts(|one| all.push(one.clone())))?;
    Some(all)
}

/// In some order that does not hang on the order in which they came.
fn in_order<T: std::fmt::Debug>(mut all: Vec<T>) -> Vec<T> {
    all.sort_by_cached_key(|one| format!("{one:?}"));
    all
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
        prop_assert_eq!(unpacked(&pack(&all)).map(in_order), Some(in_order(all)));
    }

    #[test]
    fn some_days_are_those_met_on_them(all in prop::collection::vec(facts(), 0..40), from in -9i64..45, days in 0i64..45) {
        let from = month() + chrono::Duration::days(from);
        let to = from + chrono::Duration::days(days);
        let mut found = Vec::new();
        Month::of(&pack(&all), month()).expect("packed").within(from, to).facts(|one| found.push(one.clone()));
        let expected: Vec<Facts> = all.into_iter().filter(|one| from <= one.met_on && one.met_on <= to).collect();
        prop_assert_eq!(in_order(found), in_order(expected));
    }

    #[test]
    fn the_figures_alone_are_those_of_the_whole(all in prop::collection::vec(facts(), 0..40)) {
        let whole = pack(&all);
        let alone = Packed { figures: whole.figures.clone(), outlets: None, brokers: None };
        let month = Month::of(&alone, month()).expect("packed");
        let mut found = Vec::new();
        month.each(|one| found.push((one.source, one.path(), one.now, one.outlet, one.met_by)));
        let source = |one: &Facts| Source::ALL.iter().position(|source| *source == one.source).expect("a source");
        let expected: Vec<_> = all.iter().map(|one| (source(one), one.path, one.now, 0, 0)).collect();
        prop_assert_eq!(in_order(found), in_order(expected));
        prop_assert_eq!((month.outlets().last(), month.brokers().last()), (0, 0));
    }

    #[test]
    fn other_bytes_are_refused_and_never_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), all in prop::collection::vec(facts(), 1..9), which in 0usize..3, cut in 1usize..20, flip in 1u8..=255) {
        let with = |bytes: &[u8]| {
            let mut packed = pack(&all);
            match which {
                0 => packed.figures = bytes.to_vec(),
                1 => packed.outlets = Some(bytes.to_vec()),
                _ => packed.brokers = Some(bytes.to_vec()),
            }
            unpacked(&packed)
        };
        let _ = with(&bytes);
        let packed = pack(&all);
        let part = [Some(packed.figures), packed.outlets, packed.brokers][which].clone().expect("packed");
        let cut = cut.min(part.len());
        prop_assert_eq!(with(&part[..part.len() - cut]), None);
        // A byte that is another says something else or nothing.
        let mut other = part;
        let at = cut * 37 % other.len();
        other[at] = other[at].wrapping_add(flip);
        let _ = with(&other);
    }
}
