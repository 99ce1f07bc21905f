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
    let mut wrong = instance();
    wrong["brokers"][0]["last_outlet"] = json!("O7");
    for (text, told) in [
        (wrong.to_string(), "instance.json: brokers[0].last_outlet: no outlet \"O7\""),
        ("x".repeat(10 << 20), "instance.json: expected value at line 1 column 1"),
    ] {
        let output = plan(home.path(), "plan.json", &text);
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains(told) && said.lines().count() == 1, "{said}");
        assert!(!home.path().join("plan.json").exists());
    }
}
