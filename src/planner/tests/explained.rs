//! What is said of a plan, against the model's text.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::json;

use super::super::plan::by_id;
use super::super::random::Random;
use super::super::{Choice, Explained, How, Instance, Rule, compare, explain, plan};
use super::{by_index, check, haphazard, instance, parse, steps};

type Shifts = Vec<(usize, usize, usize)>;

/// The shifts after a choice that leaves nothing open and moves nobody else: what it says is checked against the model.
fn after(shifts: &Shifts, gone: &[(usize, usize, usize)], come: &[(usize, usize, usize)]) -> Shifts {
    let kept = shifts.iter().filter(|s| !gone.contains(s)).copied();
    kept.chain(come.iter().copied()).collect()
}

/// A gap filled as a choice says.
fn filled(shifts: &Shifts, o: usize, day: usize, choice: &Choice) -> Shifts {
    match choice.how {
        How::Free { broker } => after(shifts, &[], &[(broker, o, day)]),
        How::Taken { broker, from } => after(shifts, &[(broker, from, day)], &[(broker, o, day)]),
        How::Instead { broker, from, day: other } => after(shifts, &[(broker, from, other)], &[(broker, o, day)]),
        How::Open | How::Exchanged { .. } => panic!("{choice:?} fills no gap"),
    }
}

fn told(instance: &Instance, shifts: &Shifts) -> Explained {
    explain(instance, &by_id(instance, shifts.clone()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn every_gap_is_told_with_who_could_come_and_what_keeps_the_others_out(seed: u64, brokers in 1..9usize, outlets in 1..7usize, days in 1..16usize) {
        let instance = parse(&instance(seed, brokers, outlets, days)).unwrap();
        let shifts = haphazard(&instance, seed, 60);
        let cost = check(&instance, &shifts).unwrap();
        let told = told(&instance, &shifts);
        prop_assert_eq!((told.cost.total, told.broken.len(), told.more_gaps), (cost, 0, 0));
        prop_assert_eq!(told.gaps.iter().map(|gap| gap.cost).sum::<i64>(), told.cost.uncovered);
        for gap in &told.gaps {
            let with = |b: usize| check(&instance, &after(&shifts, &[], &[(b, gap.outlet, gap.day)]));
            let mut seen = BTreeSet::new();
            for kept in gap.kept_out.iter().flat_map(|kept| &kept.brokers) {
                prop_assert!(seen.insert(kept.broker) && with(kept.broker).is_none());
                let there = shifts.iter().find(|s| s.0 == kept.broker && s.2 == gap.day).map(|s| s.1);
                prop_assert_eq!(kept.at, there);
            }
            prop_assert!(gap.free.iter().all(|&b| seen.insert(b) && with(b).is_some()));
            prop_assert_eq!(seen.len(), brokers);
            prop_assert!(gap.choices.is_sorted_by_key(|choice| choice.more.total));
            for choice in &gap.choices {
                let now = check(&instance, &filled(&shifts, gap.outlet, gap.day, choice));
                prop_assert_eq!(now, Some(cost + choice.more.total));
            }
            prop_assert!(gap.free.is_empty() || !gap.choices.is_empty());
        }
    }

    #[test]
    fn every_dear_stretch_is_told_with_its_next_best_choice(seed: u64, brokers in 1..9usize, outlets in 1..7usize, days in 1..16usize) {
        let instance = parse(&instance(seed, brokers, outlets, days)).unwrap();
        let shifts = haphazard(&instance, seed, 90);
        let told = told(&instance, &shifts);
        prop_assert_eq!(told.new_faces.iter().map(|s| s.cost).sum::<i64>(), told.cost.new_face);
        prop_assert_eq!(told.overstays.iter().map(|s| s.cost).sum::<i64>(), told.cost.overstay);
        for stretch in told.new_faces.iter().chain(&told.overstays).chain(&told.long_ways) {
            let theirs: Shifts = stretch.days.iter().map(|&day| (stretch.broker, stretch.outlet, day)).collect();
            prop_assert!(theirs.iter().all(|s| shifts.contains(s)));
            let open = check(&instance, &after(&shifts, &theirs, &[])).unwrap();
            let choice = &stretch.next_best;
            prop_assert!(told.cost.total + choice.more.total <= open);
            let parts = &choice.more;
            prop_assert_eq!(parts.total, parts.uncovered + parts.new_face + parts.overstay + parts.travel + parts.imbalance);
            match choice.how {
                How::Open => prop_assert_eq!(told.cost.total + choice.more.total, open),
                How::Free { broker } if choice.left_open == 0 => {
                    let come: Shifts = stretch.days.iter().map(|&day| (broker, stretch.outlet, day)).collect();
                    let now = check(&instance, &after(&shifts, &theirs, &come));
                    prop_assert_eq!(now, Some(told.cost.total + choice.more.total));
                }
                _ => {}
            }
        }
    }

    #[test]
    fn two_plans_are_compared_by_person_and_by_outlet(seed: u64, brokers in 1..9usize, outlets in 1..7usize, days in 1..16usize) {
        let instance = parse(&instance(seed, brokers, outlets, days)).unwrap();
        let (one, other) = (haphazard(&instance, seed, 60), haphazard(&instance, seed ^ 1, 60));
        let plans = (by_id(&instance, one.clone()), by_id(&instance, other.clone()));
        let compared = compare(&instance, &plans.0, &plans.1);
        prop_assert_eq!(Some(compared.current.cost.total), check(&instance, &one));
        prop_assert_eq!(Some(compared.proposed.cost.total), check(&instance, &other));
        let mut now: BTreeSet<_> = one.iter().copied().collect();
        for person in &compared.people {
            for moved in &person.days {
                prop_assert_ne!(moved.from, moved.to);
                prop_assert!(moved.from.is_none_or(|o| now.remove(&(person.broker, o, moved.day))));
                prop_assert!(moved.to.is_none_or(|o| now.insert((person.broker, o, moved.day))));
            }
        }
        prop_assert_eq!(&now, &other.iter().copied().collect::<BTreeSet<_>>());
        let mut now: BTreeSet<_> = one.into_iter().collect();
        for place in &compared.outlets {
            for day in &place.days {
                prop_assert!(day.gone.iter().all(|&b| now.remove(&(b, place.outlet, day.day))));
                prop_assert!(day.come.iter().all(|&b| now.insert((b, place.outlet, day.day))));
            }
        }
        prop_assert_eq!(now, other.into_iter().collect());
    }
}

#[test]
fn a_plan_that_breaks_rules_is_explained_without_the_shifts_that_do() {
    let mut value = instance(4, 6, 4, 14);
    let first = plan(&parse(&value).unwrap(), steps(50_000, 1)).unwrap().0;
    let ill = first.shifts[0].broker.clone();
    let b = value["brokers"].as_array().unwrap().iter().position(|b| b["id"] == ill.as_str()).unwrap();
    value["brokers"][b]["unavailable"] = json!((0..14).collect::<Vec<_>>());
    let instance = parse(&value).unwrap();
    let told = explain(&instance, &first);
    let theirs = first.shifts.iter().filter(|s| s.broker == ill).count();
    assert!(told.broken.iter().all(|broken| first.shifts[broken.shift].broker == ill));
    assert!(told.broken.iter().all(|broken| broken.rule == Rule::Unavailable));
    assert_eq!(told.broken.len(), theirs);
    let kept: Vec<_> = by_index(&instance, &first.shifts).into_iter().filter(|s| s.0 != b).collect();
    assert_eq!(check(&instance, &kept), Some(told.cost.total));
}

#[test]
fn hints_name_the_outlet_nobody_may_be_sent_to_and_who_would_help() {
    let mut value = instance(2, 6, 3, 14);
    value["outlets"][1]["min_level"] = json!(9);
    value["outlets"][1]["demand"] = json!([0, 1, 1, 1, 1, 0, 0, 0, 1, 1, 1, 1, 0, 0]);
    let instance = parse(&value).unwrap();
    let plan = plan(&instance, steps(50_000, 1)).unwrap().0;
    let hints = explain(&instance, &plan).hints;
    let lacking = hints.lacking.iter().find(|lacking| lacking.outlet == 1).unwrap();
    assert_eq!((lacking.in_reach, &lacking.days[..]), (0, &[1, 2, 3, 4, 8, 9, 10, 11][..]));
    assert_eq!(lacking.kept_out, [(Rule::Level, 6)]);
    assert!(hints.hires.iter().any(|hire| hire.level == 9 && hire.saved > 0 && hire.days > 0), "{:?}", hints.hires);
    let wanted = |day: usize| instance.outlets.iter().map(|o| o.demand[day]).sum::<i64>();
    let can = |day: usize| instance.brokers.iter().filter(|b| !b.unavailable.contains(&day)).count() as i64;
    let thin: Vec<usize> = (0..14).filter(|&day| wanted(day) > can(day)).collect();
    assert_eq!(hints.thin_days.iter().map(|thin| thin.day).collect::<Vec<_>>(), thin);
}

#[test]
fn the_worst_plan_of_a_large_instance_is_explained_soon() {
    let instance = parse(&instance(5, 80, 60, 31)).unwrap();
    for tries in [0, 4_000] {
        let mut random = Random::new(6, 1);
        let shifts: Shifts = (0..tries).map(|_| (random.below(80), random.below(60), random.below(31))).collect();
        let began = std::time::Instant::now();
        let told = told(&instance, &shifts);
        assert!(!told.gaps.is_empty() && told.broken.len() <= tries);
        // Well under a second where it is built to be fast; this is a build for tests on a busy machine.
        assert!(began.elapsed().as_secs() < 20, "{:?}", began.elapsed());
    }
}
