//! Pins, changes to a plan there is, and whoever looks on.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::plan::by_id;
use super::super::random::Random;
use super::super::{Budget, Instance, Pin, Progress, Refused, Rule, Watch, Wish, plan, plan_with};
use super::{by_index, check, haphazard, instance, least, parse, steps};

fn pins(shifts: &[(usize, usize, usize)]) -> Vec<Pin> {
    shifts.iter().map(|&(broker, outlet, day)| Pin { broker, outlet, day }).collect()
}

/// The days of people on which two plans differ.
fn differing(instance: &Instance, one: &[(usize, usize, usize)], other: &[(usize, usize, usize)]) -> usize {
    let at = |plan: &[(usize, usize, usize)], b, day| plan.iter().find(|s| s.0 == b && s.2 == day).map(|s| s.1);
    let days = (0..instance.brokers.len()).flat_map(|b| (0..instance.horizon.days).map(move |day| (b, day)));
    days.filter(|&(b, day)| at(one, b, day) != at(other, b, day)).count()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn around_pins_and_a_plan_there_is_the_best_is_found_as_well(seed: u64, shape in 0..4usize, change in 0..80i64, pinned in 0..3usize) {
        the_best_is_found(seed, shape, change, pinned)?;
    }

    #[test]
    fn pins_stay_in_every_plan(seed: u64, brokers in 1..60usize, outlets in 1..20usize, days in 1..=64usize, n in 0..4000u64) {
        let instance = parse(&instance(seed, brokers, outlets, days)).unwrap();
        let fixed = haphazard(&instance, seed, 40);
        let current = (seed.is_multiple_of(3)).then(|| by_id(&instance, haphazard(&instance, seed ^ 1, 200)));
        let wish = Wish { pins: pins(&fixed), current, change_cost: (seed % 50) as i64 };
        let planned = plan_with(&instance, &wish, steps(n, seed), Watch::default()).unwrap();
        let found = by_index(&instance, &planned.plan.shifts);
        prop_assert!(fixed.iter().all(|pin| found.contains(pin)));
        prop_assert_eq!(check(&instance, &found), Some(planned.cost.total));
        prop_assert_eq!(planned, plan_with(&instance, &wish, steps(n, seed), Watch::default()).unwrap());
    }
}

/// Plans around pins and from a plan there is, and compares with every plan there could be.
fn the_best_is_found(seed: u64, shape: usize, change: i64, pinned: usize) -> Result<(), TestCaseError> {
    let (brokers, outlets, days) = [(2, 2, 4), (3, 2, 3), (2, 3, 3), (4, 1, 3)][shape];
    let instance = parse(&instance(seed, brokers, outlets, days)).unwrap();
    let fixed = haphazard(&instance, seed, pinned * 4);
    // A plan that the rules do not allow any more, as after somebody fell ill.
    let mut random = Random::new(seed, 11);
    let mut was = haphazard(&instance, seed ^ 1, 20);
    was.retain(|s| s.2 != 0 || s.0 != 0);
    was.push((0, random.below(outlets), 0));
    let current = Some(by_id(&instance, was.clone()));
    let wish = Wish { pins: pins(&fixed), current, change_cost: change };
    let planned = plan_with(&instance, &wish, steps(30_000, seed), Watch::default()).unwrap();
    let found = by_index(&instance, &planned.plan.shifts);
    prop_assert!(fixed.iter().all(|pin| found.contains(pin)));
    prop_assert_eq!(check(&instance, &found), Some(planned.cost.total));
    prop_assert_eq!(planned.changes, differing(&instance, &was, &found));
    let wished = |shifts: &[(usize, usize, usize)]| {
        let kept = fixed.iter().all(|pin| shifts.contains(pin));
        kept.then(|| change * differing(&instance, &was, shifts) as i64)
    };
    prop_assert_eq!(planned.cost.total + change * planned.changes as i64, least(&instance, wished));
    Ok(())
}

#[test]
fn a_plan_that_mild_steps_do_not_lead_away_from_is_left_all_the_same() {
    the_best_is_found(2_294_322_021_049_168_339, 2, 16, 0).unwrap();
}

/// A week of one outlet that wants one person, and two people who may each break one rule.
fn two_at_one_outlet() -> Value {
    let broker = |id: &str| {
        json!({"id": id, "lat": 30.0, "lon": 120.0, "level": 2, "max_km": 30, "max_days_per_week": 2, "max_consecutive": 1,
            "unavailable": [3], "not_welcome_at": ["O3"], "last_outlet": null, "last_outlet_weeks": 0})
    };
    let outlet = |id: &str, lat: f64, level: i64| {
        json!({"id": id, "name": "x", "lat": lat, "lon": 120.0, "grade": "A", "phase": "launch", "min_level": level,
            "demand": [1, 1, 1, 1, 1, 1, 0]})
    };
    let mut value = instance(1, 1, 1, 7);
    value["horizon"]["start"] = json!("2026-12-07");
    value["outlets"] =
        json!([outlet("O0", 30.0, 1), outlet("O1", 30.0, 3), outlet("O2", 31.0, 1), outlet("O3", 30.0, 1)]);
    value["brokers"] = json!([broker("B0"), broker("B1")]);
    value
}

#[test]
fn a_pin_that_breaks_a_rule_is_named_with_the_rule_and_so_are_all_others() {
    let instance = parse(&two_at_one_outlet()).unwrap();
    let asked = [
        ((0, 0, 0), None),
        ((0, 0, 0), Some(Rule::NoPost)),
        ((1, 0, 0), Some(Rule::NoPost)),
        ((0, 1, 2), Some(Rule::Level)),
        ((0, 2, 2), Some(Rule::TooFar)),
        ((0, 3, 2), Some(Rule::NotWelcome)),
        ((0, 0, 3), Some(Rule::Unavailable)),
        ((0, 0, 6), Some(Rule::NoPost)),
        ((0, 0, 1), Some(Rule::InARow)),
        ((0, 0, 2), None),
        ((0, 0, 4), Some(Rule::WeekFull)),
        ((0, 0, 7), Some(Rule::Unknown)),
        ((2, 0, 0), Some(Rule::Unknown)),
        ((0, 4, 0), Some(Rule::Unknown)),
    ];
    let shifts: Vec<_> = asked.iter().map(|(shift, _)| *shift).collect();
    let wish = Wish { pins: pins(&shifts), ..Wish::default() };
    let wrong = asked.iter().enumerate().filter_map(|(i, (_, rule))| rule.map(|rule| (i, rule))).collect();
    assert_eq!(plan_with(&instance, &wish, steps(10, 1), Watch::default()), Err(Refused::Pins(wrong)));
}

#[test]
fn a_search_tells_how_far_it_is_and_ends_at_once_when_told_to() {
    let instance = parse(&instance(3, 80, 55, 28)).unwrap();
    let (cancel, told) = (AtomicBool::new(false), Mutex::new(Vec::new()));
    let progress = |at: Progress| told.lock().unwrap().push(at);
    let watch = Watch { cancel: Some(&cancel), progress: Some(&progress) };
    let ended = std::thread::scope(|scope| {
        let run = scope.spawn(|| {
            let planned =
                plan_with(&instance, &Wish::default(), Budget { seed: 1, ..Budget::default() }, watch).unwrap();
            (planned, Instant::now())
        });
        std::thread::sleep(Duration::from_millis(1_500));
        cancel.store(true, Ordering::Relaxed);
        let asked = Instant::now();
        let (planned, ended) = run.join().unwrap();
        assert!(planned.steps > 0);
        assert_eq!(check(&instance, &by_index(&instance, &planned.plan.shifts)), Some(planned.cost.total));
        ended.saturating_duration_since(asked)
    });
    // A tenth of a second is promised; a test may wait for the processor.
    assert!(ended < Duration::from_millis(900), "{ended:?}");
    let told = told.lock().unwrap();
    assert!(told.len() >= 2 && told.iter().all(|at| at.done > 0.0 && at.done < 0.2), "{told:?}");
    assert!(told.is_sorted_by(|one, next| one.cost >= next.cost), "{told:?}");
}

#[test]
fn when_somebody_falls_ill_little_changes() {
    let mut value = instance(8, 40, 25, 28);
    let first = plan(&parse(&value).unwrap(), steps(300_000, 1)).unwrap().0;
    value["brokers"][0]["unavailable"] = json!((7..14).collect::<Vec<_>>());
    let ill = first.shifts.iter().filter(|s| s.broker == "B0" && (7..14).contains(&s.day)).count();
    let instance = parse(&value).unwrap();
    let wish = Wish { current: Some(first), change_cost: 30, ..Wish::default() };
    let again = plan_with(&instance, &wish, steps(300_000, 1), Watch::default()).unwrap();
    let anew = plan_with(&instance, &Wish { change_cost: 0, ..wish }, steps(300_000, 1), Watch::default()).unwrap();
    assert!(ill > 0 && again.changes >= ill && again.changes < anew.changes, "{ill} {again:?} {}", anew.changes);
}
