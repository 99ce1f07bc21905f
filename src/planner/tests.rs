//! The planner against exhaustive search, against a checker of its own, and against what is no instance.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use chrono::Datelike;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::random::Random;
use super::{Budget, Instance, Phase, Shift, Watch, plan};

mod explained;
mod wishes;

/// A random instance; small ones have every rule bite now and then.
fn instance(seed: u64, brokers: usize, outlets: usize, days: usize) -> Value {
    let mut random = Random::new(seed, 9);
    let mut below = |n: usize| random.below(n);
    let place = |r: usize| 30.0 + r as f64 / 1000.0;
    let (grades, phases) = (["A", "B", "C"], ["launch", "established"]);
    let ids: Vec<String> = (0..outlets).map(|o| format!("O{o}")).collect();
    let outlets: Vec<Value> = ids
        .iter()
        .map(|id| {
            let demand: Vec<usize> = (0..days).map(|_| [0, 1, 1, 2][below(4)]).collect();
            json!({"id": id, "name": "x", "lat": place(below(200)), "lon": place(below(200)), "grade": grades[below(3)],
                "phase": phases[below(2)], "min_level": 1 + below(2), "demand": demand})
        })
        .collect();
    let brokers: Vec<Value> = (0..brokers)
        .map(|b| {
            let unavailable: Vec<usize> = (0..days).filter(|_| below(6) == 0).collect();
            let unwanted: Vec<&String> = ids.iter().filter(|_| below(6) == 0).collect();
            let last = ids.get(below(2 * ids.len()));
            json!({"id": format!("B{b}"), "lat": place(below(200)), "lon": place(below(200)), "level": 1 + below(3),
                "max_km": 10 + below(20), "max_days_per_week": 2 + below(4), "max_consecutive": 1 + below(4),
                "unavailable": unavailable, "not_welcome_at": unwanted, "last_outlet": last, "last_outlet_weeks": below(20)})
        })
        .collect();
    json!({"horizon": {"start": format!("2026-12-{:02}", 7 + below(14)), "days": days}, "rotation_weeks": 12,
        "weights": {"uncovered": {"A": 1000, "B": 600, "C": 300}, "new_face": {"launch": 120, "established": 30},
            "overstay": 80, "km": 1, "imbalance": 15},
        "outlets": outlets, "brokers": brokers})
}

fn parse(value: &Value) -> Result<Instance, String> {
    Instance::parse(value.to_string().as_bytes())
}

/// The model once more, from its text alone: the cost of some shifts, or `None` where a rule is broken.
fn check(instance: &Instance, shifts: &[(usize, usize, usize)]) -> Option<i64> {
    let (mut cost, mut covered, mut works) = (0, BTreeMap::new(), BTreeMap::<usize, BTreeSet<usize>>::new());
    let mut pairs = BTreeSet::new();
    for &(b, o, day) in shifts {
        let (broker, outlet) = (&instance.brokers[b], &instance.outlets[o]);
        let (p, q) = (broker.lat.to_radians(), outlet.lat.to_radians());
        let half = |x: f64| (x / 2.0).sin() * (x / 2.0).sin();
        let a = half(q - p) + p.cos() * q.cos() * half((outlet.lon - broker.lon).to_radians());
        let km = 2.0 * 6371.0088 * a.sqrt().asin();
        let wrong = broker.level < outlet.min_level
            || broker.unavailable.contains(&day)
            || broker.not_welcome_at.contains(&outlet.id)
            || km > broker.max_km
            || !works.entry(b).or_default().insert(day);
        *covered.entry((o, day)).or_insert(0) += 1;
        if wrong {
            return None;
        }
        let here = broker.last_outlet.as_ref() == Some(&outlet.id);
        if here && outlet.phase == Phase::Established && broker.last_outlet_weeks >= instance.rotation_weeks {
            cost += instance.weights.overstay;
        }
        if !here && pairs.insert((b, o)) {
            let faces = &instance.weights.new_face;
            cost += if outlet.phase == Phase::Launch { faces.launch } else { faces.established };
        }
        cost += instance.weights.km * (km + 0.5).floor() as i64;
    }
    let mut wanted = 0;
    for (o, outlet) in instance.outlets.iter().enumerate() {
        for (day, &demand) in outlet.demand.iter().enumerate() {
            let missing = demand - covered.get(&(o, day)).copied().unwrap_or(0);
            let each = &instance.weights.uncovered;
            cost += missing * [each.a, each.b, each.c][outlet.grade as usize];
            wanted += demand;
            if missing < 0 {
                return None;
            }
        }
    }
    let fair = (wanted as usize).div_ceil(instance.brokers.len());
    for (b, days) in works {
        let broker = &instance.brokers[b];
        let week = |day: &usize| (instance.horizon.start + chrono::Days::new(*day as u64)).iso_week();
        let weekly = |w| days.iter().filter(|day| week(day) == w).count() as i64;
        let row = broker.max_consecutive as usize;
        let tired = |day: &usize| (*day..=day + row).all(|d| days.contains(&d));
        if days.iter().any(|day| weekly(week(day)) > broker.max_days_per_week || tired(day)) {
            return None;
        }
        cost += instance.weights.imbalance * days.len().saturating_sub(fair) as i64;
    }
    Some(cost)
}

fn by_index(instance: &Instance, shifts: &[Shift]) -> Vec<(usize, usize, usize)> {
    let at = |shift: &Shift| {
        let b = instance.brokers.iter().position(|b| b.id == shift.broker).unwrap();
        (b, instance.outlets.iter().position(|o| o.id == shift.outlet).unwrap(), shift.day)
    };
    shifts.iter().map(at).collect()
}

/// The least cost of any legal plan, by trying every plan; `extra` adds what is wished for, `None` forbids the plan.
fn least(instance: &Instance, extra: impl Fn(&[(usize, usize, usize)]) -> Option<i64>) -> i64 {
    let (outlets, days) = (instance.outlets.len(), instance.horizon.days);
    let mut best = i64::MAX;
    let mut digits = vec![0; instance.brokers.len() * days];
    loop {
        let shifts: Vec<_> =
            digits.iter().enumerate().filter(|(_, d)| **d > 0).map(|(i, d)| (i / days, d - 1, i % days)).collect();
        let wished = extra(&shifts).zip(check(instance, &shifts)).map(|(extra, cost)| extra + cost);
        best = best.min(wished.unwrap_or(i64::MAX));
        let Some(place) = digits.iter().position(|d| *d < outlets) else { return best };
        digits[..place].fill(0);
        digits[place] += 1;
    }
}

fn steps(iterations: u64, seed: u64) -> Budget {
    Budget { deadline: None, iterations: Some(iterations), seed }
}

/// Half of the cases are planned as the largest instances are, cut in two.
fn search(instance: &Instance, iterations: u64, seed: u64) -> (Vec<(usize, usize, usize)>, i64) {
    let problem = super::problem::Problem::new(instance);
    let cut_from = if seed.is_multiple_of(2) { 1 } else { usize::MAX };
    let method = super::search::Method { cut_from, ..Default::default() };
    let start = super::state::State::empty(&problem);
    let state = super::search::search(start, false, steps(iterations, seed), method, Watch::default()).state;
    (super::plan::shifts(&state), state.cost)
}

/// A legal plan of random shifts.
fn haphazard(instance: &Instance, seed: u64, tries: usize) -> Vec<(usize, usize, usize)> {
    let mut random = Random::new(seed, 10);
    let mut shifts = Vec::new();
    for _ in 0..tries {
        let (b, o) = (random.below(instance.brokers.len()), random.below(instance.outlets.len()));
        shifts.push((b, o, random.below(instance.horizon.days)));
        if check(instance, &shifts).is_none() {
            shifts.pop();
        }
    }
    shifts
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn the_plan_of_a_tiny_instance_is_the_best_there_is(seed: u64, shape in 0..4usize) {
        let (brokers, outlets, days) = [(2, 2, 4), (3, 2, 3), (2, 3, 3), (4, 1, 3)][shape];
        let instance = parse(&instance(seed, brokers, outlets, days)).unwrap();
        let (plan, cost) = plan(&instance, steps(20_000, seed)).unwrap();
        prop_assert_eq!(check(&instance, &by_index(&instance, &plan.shifts)), Some(cost.total));
        prop_assert_eq!(cost.total, least(&instance, |_| Some(0)));
    }

    #[test]
    fn every_plan_is_legal_and_costs_what_it_says(seed: u64, brokers in 1..90usize, outlets in 1..30usize, days in 1..=64usize, n in 0..4000u64) {
        let instance = parse(&instance(seed, brokers, outlets, days)).unwrap();
        let (shifts, found) = search(&instance, n, seed);
        prop_assert_eq!(check(&instance, &shifts), Some(found));
        let (plan, cost) = plan(&instance, steps(n, seed)).unwrap();
        prop_assert_eq!(check(&instance, &by_index(&instance, &plan.shifts)), Some(cost.total));
        prop_assert_eq!(cost.total, cost.uncovered + cost.new_face + cost.overstay + cost.travel + cost.imbalance);
    }

    #[test]
    fn the_same_seed_and_iterations_give_the_same_plan(seed: u64, brokers in 2..80usize) {
        let instance = parse(&instance(seed, brokers, 9, 28)).unwrap();
        prop_assert_eq!(plan(&instance, steps(8_000, seed)).unwrap(), plan(&instance, steps(8_000, seed)).unwrap());
        prop_assert_eq!(search(&instance, 8_000, seed), search(&instance, 8_000, seed));
    }
}

#[test]
fn a_gap_stays_where_filling_it_costs_more() {
    for seed in 0..40 {
        let mut value = instance(seed, 4, 3, 7);
        value["weights"]["uncovered"] = json!({"A": seed * 5, "B": seed, "C": 0});
        value["weights"]["new_face"] = json!({"launch": 1_000, "established": 30});
        let instance = parse(&value).unwrap();
        let (shifts, cost) = search(&instance, 2_000, seed);
        assert_eq!(check(&instance, &shifts), Some(cost));
        assert!(cost <= check(&instance, &[]).unwrap(), "seed {seed}: dearer than nobody anywhere");
        for off in 0..shifts.len() {
            let mut fewer = shifts.clone();
            fewer.remove(off);
            assert!(cost <= check(&instance, &fewer).unwrap(), "seed {seed}: without {:?} it is cheaper", shifts[off]);
        }
    }
}

#[test]
fn random_numbers_are_the_same_on_every_machine() {
    let mut random = Random::new(1, 0);
    let drawn: Vec<u64> = (0..3).map(|_| random.bits()).collect();
    assert_eq!(drawn, [0xcfc5_d07f_6f03_c29b, 0xbf42_4132_963f_e08d, 0x19a3_7d57_57aa_f520]);
    let mean = (0..100_000).map(|_| random.exponential()).sum::<f64>() / 100_000.0;
    assert!((0.98..1.02).contains(&mean), "{mean}");
    assert!((0..1000).all(|_| random.below(7) < 7 && random.exponential() >= 0.0));
}

#[test]
fn a_deadline_is_kept_and_an_empty_instance_is_planned() {
    let end = Instant::now() + Duration::from_millis(300);
    let instance_of_many = parse(&instance(3, 40, 20, 28)).unwrap();
    plan(&instance_of_many, Budget { deadline: Some(end), iterations: Some(u64::MAX), seed: 1 }).unwrap();
    assert!(end.elapsed().as_millis() < 2000);
    for (brokers, outlets) in [("brokers", "outlets"), ("outlets", "brokers")] {
        let mut value = instance(3, 2, 2, 5);
        value[brokers] = json!([]);
        if brokers == "outlets" {
            value[outlets][0]["not_welcome_at"] = json!([]);
            value[outlets].as_array_mut().unwrap().truncate(1);
            value[outlets][0]["last_outlet"] = Value::Null;
        }
        let (found, cost) = plan(&parse(&value).unwrap(), steps(100, 1)).unwrap();
        assert!(found.shifts.is_empty());
        assert_eq!(cost.total, cost.uncovered);
    }
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    let put = |path: &str, wrong: Value| {
        let mut value = instance(5, 3, 3, 7);
        *value.pointer_mut(path).unwrap() = wrong;
        parse(&value).unwrap_err()
    };
    for (path, wrong, told) in [
        ("/horizon/days", json!(0), "horizon.days: 0 is not within 1 to 64"),
        ("/horizon/days", json!(6), "outlets[0].demand: 7 numbers for 6 days"),
        ("/horizon/start", json!("2026-02-30"), "horizon.start: invalid value: string \"2026-02-30\""),
        ("/weights/uncovered/B", json!(-1), "weights.uncovered.B: -1 is not within"),
        ("/weights/km", json!(0.5), "weights.km: invalid type: floating point"),
        ("/outlets/1/demand/2", json!(-1), "outlets[1].demand[2]: -1 is not within"),
        ("/outlets/1/demand/2", json!(null), "outlets[1].demand[2]: invalid type: null"),
        ("/outlets/2/id", json!("O0"), "outlets[2].id: \"O0\" stands at outlets[0] already"),
        ("/outlets/2/grade", json!("D"), "outlets[2].grade: unknown variant `D`"),
        ("/outlets/0/lat", json!(91), "outlets[0].lat: 91 is not a latitude"),
        ("/outlets/0/lon", json!("NaN"), "outlets[0].lon: invalid type: string"),
        ("/brokers/1/last_outlet", json!("O9"), "brokers[1].last_outlet: no outlet \"O9\""),
        ("/brokers/1/not_welcome_at", json!(["O1", "Q"]), "brokers[1].not_welcome_at[1]: no outlet \"Q\""),
        ("/brokers/0/unavailable", json!([0, 7]), "brokers[0].unavailable[1]: day 7 is outside the horizon of 7 days"),
        ("/brokers/0/unavailable", json!([-1]), "brokers[0].unavailable[0]: invalid value: integer `-1`"),
        ("/brokers/0/max_km", json!(-3), "brokers[0].max_km: -3 is not a distance"),
        ("/brokers/2/id", json!("B1"), "brokers[2].id: \"B1\" stands at brokers[1] already"),
        ("/brokers/2/max_days_per_week", json!(8), "brokers[2].max_days_per_week: 8 is not within"),
    ] {
        let said = put(path, wrong);
        assert!(said.starts_with(told), "{path}: {said}");
    }
}

#[test]
fn what_is_missing_unknown_doubled_or_nonsense_is_refused() {
    let whole = instance(5, 3, 3, 7);
    for pointer in ["", "/horizon", "/weights", "/weights/uncovered", "/weights/new_face", "/outlets/1", "/brokers/2"] {
        let fields: Vec<String> = whole.pointer(pointer).unwrap().as_object().unwrap().keys().cloned().collect();
        for field in fields {
            let mut value = whole.clone();
            value.pointer_mut(pointer).unwrap().as_object_mut().unwrap().remove(&field);
            let said = parse(&value).unwrap_err();
            assert!(said.contains(&format!("missing field `{field}`")), "{said}");
        }
        let mut value = whole.clone();
        value.pointer_mut(pointer).unwrap()["extra"] = json!(1);
        assert!(parse(&value).unwrap_err().contains("unknown field `extra`"));
    }
    let text = whole.to_string();
    let doubled = text.replacen("\"rotation_weeks\"", "\"rotation_weeks\":1,\"rotation_weeks\"", 1);
    assert!(Instance::parse(doubled.as_bytes()).unwrap_err().contains("duplicate field `rotation_weeks`"));
    let nan = text.replacen("\"km\":1", "\"km\":NaN", 1);
    assert!(Instance::parse(nan.as_bytes()).unwrap_err().starts_with("weights.km: expected value at line 1"));
    assert!(Instance::parse(format!("{text}x").as_bytes()).unwrap_err().contains("trailing"));
    let nonsense = "{\"outlets\":\"".to_string() + &"x".repeat(10 << 20);
    for bad in [nonsense.as_bytes(), &b"[".repeat(10 << 20), &[0xff; 9], b"", b"null", "[1]".as_bytes()] {
        let said = Instance::parse(bad).unwrap_err();
        assert!(said.chars().count() < 400 && !said.contains('\n'), "{said}");
    }
}
