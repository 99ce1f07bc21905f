//! The planner's command: what it writes, what it prints and how it refuses.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};

fn instance() -> Value {
    json!({"horizon": {"start": "2026-12-07", "days": 7}, "rotation_weeks": 12,
        "weights": {"uncovered": {"A": 1000, "B": 600, "C": 300}, "new_face": {"launch": 120, "established": 30},
            "overstay": 80, "km": 1, "imbalance": 15},
        "outlets": [{"id": "O1", "name": "x", "lat": 30.0, "lon": 104.0, "grade": "A", "phase": "launch", "min_level": 2,
            "demand": [1, 1, 1, 1, 1, 0, 0]}],
        "brokers": [{"id": "B1", "lat": 30.1, "lon": 104.0, "level": 3, "max_km": 30, "max_days_per_week": 4,
            "max_consecutive": 6, "unavailable": [], "not_welcome_at": [], "last_outlet": null, "last_outlet_weeks": 0}]})
}

fn plan(home: &Path, out: &str, instance: &str) -> Output {
    std::fs::write(home.join("instance.json"), instance).expect("a file of the test");
    Command::new(env!("CARGO_BIN_EXE_bankside"))
        .args(["rota", "plan", "--instance", "instance.json", "--iterations", "2000", "--seed", "3", "--out", out])
        .current_dir(home)
        .output()
        .expect("the program starts")
}

#[test]
fn the_command_writes_the_plan_and_prints_its_cost_last() {
    let home = tempfile::tempdir().unwrap();
    let first = plan(home.path(), "one.json", &instance().to_string());
    assert_eq!(first.status.code(), Some(0), "{first:?}");
    let printed = String::from_utf8(first.stdout).unwrap();
    let cost: Value = serde_json::from_str(printed.lines().last().unwrap()).unwrap();
    // Four of the five days at eleven kilometres; the fifth stays open, since four are the most.
    let wanted =
        json!({"uncovered": 1000, "new_face": 120, "overstay": 0, "travel": 44, "imbalance": 0, "total": 1164});
    assert_eq!(cost, wanted);
    plan(home.path(), "two.json", &instance().to_string());
    let read = |name: &str| std::fs::read_to_string(home.path().join(name)).unwrap();
    assert_eq!(read("one.json"), read("two.json"));
    let written: Value = serde_json::from_str(&read("one.json")).unwrap();
    assert_eq!(written["shifts"].as_array().unwrap().len(), 4);
    assert_eq!(written["shifts"][0]["broker"], "B1");
}

#[test]
fn a_wrong_instance_ends_it_with_one_line_that_names_the_place() {
    let home = tempfile::tempdir().unwrap();
    let put = |path: &str, wrong: Value| {
        let mut value = instance();
        *value.pointer_mut(path).unwrap() = wrong;
        value.to_string()
    };
    let whole = instance().to_string();
    let sums = whole.replace("\"imbalance\":15", "\"imbalance\":1e3");
    for (text, told) in [
        (put("/brokers/0/last_outlet", json!("O7")), "brokers[0].last_outlet: no outlet \"O7\""),
        (put("/brokers/0/not_welcome_at", json!(["O1", "O8"])), "brokers[0].not_welcome_at[1]: no outlet \"O8\""),
        (put("/brokers/0/unavailable", json!([7])), "brokers[0].unavailable[0]: day 7 is outside"),
        (put("/outlets/0/demand/5", json!(-1)), "outlets[0].demand[5]: -1 is not within"),
        (put("/outlets/0/demand/5", json!(u64::MAX)), "outlets[0].demand[5]: invalid value"),
        (put("/outlets/0/demand/5", json!(10_001)), "outlets[0].demand[5]: 10001 is not within"),
        (put("/outlets/0/demand", json!(vec![1; 8])), "outlets[0].demand: 8 numbers for 7 days"),
        (put("/horizon/days", json!(65)), "horizon.days: 65 is not within 1 to 64"),
        (put("/horizon/days", json!(0)), "horizon.days: 0 is not within 1 to 64"),
        (put("/weights/km", json!(2_000_000_000)), "weights.km: 2000000000 is not within"),
        (whole.replace("\"max_km\":30", "\"max_km\":Infinity"), "brokers[0].max_km: expected value"),
        (whole.replace("\"max_km\":30", "\"max_km\":1e999"), "brokers[0].max_km: number out of range"),
        (whole.replace("\"lat\":30.1", "\"lat\":NaN"), "brokers[0].lat: expected"),
        (sums, "weights.imbalance: invalid type: floating point"),
        (whole.replace("\"level\":3,", ""), "brokers[0]: missing field `level`"),
        (whole.replace("\"level\":3", "\"level\":3,\"age\":40"), "brokers[0].age: unknown field `age`"),
        (whole.replace("\"level\":3", "\"level\":3,\"level\":3"), "brokers[0]: duplicate field `level`"),
        ("x".repeat(10 << 20), "expected value at line 1 column 1"),
        ("[".repeat(10 << 20), "[0][0]: invalid type: sequence"),
        ("{\"outlets\":".to_string() + &"[".repeat(1 << 20), "outlets[0]"),
        (String::new(), "EOF while parsing"),
        (" ".repeat(17 << 20), "larger than 16 MB"),
    ] {
        let output = plan(home.path(), "plan.json", &text);
        assert_eq!(output.status.code(), Some(1), "{told}: {output:?}");
        let said = String::from_utf8(output.stderr).unwrap();
        let place = said.split_once("instance.json: ").map_or("", |(_, place)| place);
        assert!(place.starts_with(told) && said.lines().count() == 1 && said.len() < 1_000, "{told}: {said}");
        assert!(output.stdout.is_empty() && !home.path().join("plan.json").exists());
    }
    std::fs::write(home.path().join("bytes.json"), [0xff, 0xfe, b'{']).unwrap();
    for (from, out) in
        [("bytes.json", "plan.json"), ("none.json", "plan.json"), (".", "plan.json"), ("instance.json", "no/plan.json")]
    {
        std::fs::write(home.path().join("instance.json"), instance().to_string()).unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_bankside"))
            .args(["rota", "plan", "--instance", from, "--seconds", "9", "--out", out])
            .current_dir(home.path())
            .output()
            .unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        let named = if out == "no/plan.json" { out } else { from };
        assert!(output.status.code() == Some(1) && said.contains(named) && said.lines().count() == 1, "{said}");
    }
}
