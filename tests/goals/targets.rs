//! Targets: set, copied, typed in a table, and held against the time.

use bankside::people::Role;
use serde_json::{Value, json};

use super::{audited, dress, signed, target};
use crate::prospects::{add, body, outlet, path, with};
use crate::support::{Person, TestApp, id};

const NOVEMBER: &str = "/targets/progress?period=2026-11";

/// The lines of a board as `name measure done/target points stand`.
async fn board(app: &TestApp, who: &Person, query: &str) -> Vec<String> {
    let board = app.get(query, who).await.expect(200).json();
    let line = |one: &Value| {
        let progress = &one["progress"];
        format!(
            "{} {} {}/{} {} {}",
            one["name"].as_str().unwrap(),
            one["measure"].as_str().unwrap(),
            progress["done"],
            progress["target"],
            progress["points"],
            progress["stand"].as_str().unwrap()
        )
    };
    board["items"].as_array().unwrap().iter().map(line).collect()
}

async fn set(app: &TestApp, who: &Person, sent: Value) -> Value {
    app.post("/targets", who, sent).await.expect(201).json()
}

#[actix_web::test]
async fn a_target_is_held_against_the_working_days_gone() {
    let app = TestApp::new();
    let branch = app.branch("XA01");
    let (zhang, desk) = (app.broker("zhang", branch), app.coordinator("desk", branch));
    let bank = outlet(&app, branch, "A1");
    // Saturday 28 November is made up for Monday the 30th: 21 working days, 16 of them gone on Monday the 23rd.
    app.calendar_day("2026-11-28", true);
    app.calendar_day("2026-11-30", false);
    set(&app, &desk, target("branch", None, "custody_signed", 4)).await;
    set(&app, &desk, target("broker", Some(zhang.id.to_string()), "prospects_met", 2)).await;
    set(&app, &desk, target("outlet", Some(bank.to_string()), "accounts_opened", 1)).await;
    // Met in October, signed in November: it counts in November. Signed in October: it does not.
    signed(&app, &zhang, bank, "2026-10-20T09:00:00+08:00", "2026-11-02T09:00:00+08:00").await;
    signed(&app, &zhang, bank, "2026-10-20T09:00:00+08:00", "2026-10-31T23:59:00+08:00").await;
    let lost = signed(&app, &zhang, bank, "2026-11-01T00:00:00+08:00", "2026-11-03T09:00:00+08:00").await;
    let gone = json!({ "stage": "lost", "at": "2026-11-04T09:00:00+08:00", "reason": "moved away" });
    app.post(&format!("{}/stage", path(&lost)), &zhang, gone).await.expect(200);

    let reply = app.get(NOVEMBER, &desk).await.expect(200).json();
    assert_eq!(reply["time"], json!({ "gone": 16, "total": 21, "by": "workdays", "over": false }));
    assert_eq!(reply["time_percent"], 76.2);
    let lines = board(&app, &desk, NOVEMBER).await;
    assert_eq!(
        lines,
        [
            "XA01 branch custody_signed 2/4 -26.2 behind", // who is lost now had signed all the same
            "zhang Name prospects_met 1/2 -26.2 behind",
            "A1支行 accounts_opened 2/1 123.8 reached",
        ]
    );
    // By all days 23 of 30 are gone.
    let settings = json!({ "time_by": "calendar", "margin_points": 30 });
    app.api("PUT", "/goal-settings", Some(&desk), Some(settings)).await.expect(200);
    assert_eq!(board(&app, &desk, NOVEMBER).await[0], "XA01 branch custody_signed 2/4 -26.7 close");
    app.at("2026-12-01T00:00:00+08:00");
    assert_eq!(board(&app, &desk, NOVEMBER).await[0], "XA01 branch custody_signed 2/4 -50.0 short");
    assert_eq!(audited(&app, "target.create"), 3);
    assert_eq!(audited(&app, "goals.settings"), 1);
}

#[actix_web::test]
async fn a_tiers_target_is_the_default_of_its_members() {
    let app = TestApp::new();
    let branch = app.branch("XA01");
    let (zhang, wang, li) = (app.broker("zhang", branch), app.broker("wang", branch), app.broker("li", branch));
    let desk = app.coordinator("desk", branch);
    let (first, second) = (outlet(&app, branch, "A1"), outlet(&app, branch, "B1"));
    dress(&app, first, "中国工商银行", "A");
    dress(&app, second, "中国工商银行", "B");
    for (who, tier) in [(&zhang, "new"), (&wang, "new"), (&li, "senior")] {
        let path = format!("/broker-tiers/{}", who.id);
        app.api("PUT", &path, Some(&desk), Some(json!({ "tier": tier }))).await.expect(204);
    }
    set(&app, &desk, target("tier", Some("new".into()), "prospects_met", 5)).await;
    set(&app, &desk, target("broker", Some(wang.id.to_string()), "prospects_met", 8)).await;
    set(&app, &desk, target("grade", Some("Ａ".into()), "accounts_opened", 3)).await;
    let mut lines = board(&app, &desk, NOVEMBER).await;
    lines.sort();
    let short: Vec<&str> = lines.iter().map(|line| line.rsplitn(3, ' ').last().unwrap()).collect();
    assert_eq!(
        short,
        ["A1支行 accounts_opened 0/3", "wang Name prospects_met 0/8", "zhang Name prospects_met 0/5"],
        "an own one goes before, and who is in no tier has none"
    );
    let page = app.page("/targets?period=2026-11", Some(&desk)).await.expect(200).text;
    for part in ["zhang Name", "wang Name", "A1支行", "0 / 5", "*"] {
        assert!(page.contains(part), "{part}: {page}");
    }
    // A broker sees their own line alone, on the page and in the API.
    assert_eq!(board(&app, &zhang, NOVEMBER).await.len(), 1);
    let own = app.page("/targets?period=2026-11", Some(&zhang)).await.expect(200).text;
    assert!(own.contains("0 / 5") && own.contains("按“新人”的标准") && !own.contains("wang Name"));
    let listed = app.get("/targets", &wang).await.expect(200).json();
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
    assert_eq!(listed["items"][0]["value"], 8);
    let settings = app.page("/targets/settings", Some(&desk)).await.expect(200).text;
    assert!(settings.contains("资深"));
    // The tier by the page's form.
    let id = zhang.id.to_string();
    app.form("/targets/tiers", &desk, &[(&id, "senior")]).await.expect(303);
    assert_eq!(board(&app, &desk, NOVEMBER).await.len(), 2);
    app.form("/targets/tiers", &desk, &[(&id, "king")]).await.expect(422);
}

#[actix_web::test]
async fn shares_shifts_and_referrals_are_counted_from_the_records() {
    let app = TestApp::new();
    let branch = app.branch("XA01");
    let (zhang, desk) = (app.broker("zhang", branch), app.coordinator("desk", branch));
    let place = app.outlet_at(branch, "A1", 34.2583, 108.9466);
    app.shift(&desk, &zhang, &place, "2026-11-23").await;
    app.shift(&desk, &zhang, &place, "2026-11-24").await;
    app.check_in(&zhang, (place.lat, place.lon), json!({})).await.expect(201);
    for measure in ["contacted_share", "contacted_in_time", "shifts_attended", "referrals"] {
        set(&app, &desk, target("broker", Some(zhang.id.to_string()), measure, 2)).await;
    }
    let kept = add(&app, &zhang, with(body(), json!({ "met_at": "2026-11-02T09:00:00+08:00" }))).await;
    let touch = json!({ "id": id(), "channel": "call", "outcome": "reached", "at": "2026-11-05T23:00:00+08:00" });
    app.post(&format!("{}/touches", path(&kept)), &zhang, touch).await.expect(201);
    // Due on the 9th and not kept; due on the 26th and not late yet; begun in October.
    for met_at in ["2026-11-06T09:00:00+08:00", "2026-11-23T09:00:00+08:00", "2026-10-31T23:00:00+08:00"] {
        let sent = with(body(), json!({ "met_at": met_at, "source": "referral" }));
        add(&app, &zhang, sent).await;
    }
    let mut lines = board(&app, &desk, NOVEMBER).await;
    lines.sort();
    let short: Vec<&str> = lines.iter().map(|line| line.rsplitn(3, ' ').last().unwrap()).collect();
    assert_eq!(
        short,
        [
            "zhang Name contacted_in_time 1/2",
            "zhang Name contacted_share 50/2",
            "zhang Name referrals 2/2",
            "zhang Name shifts_attended 1/2",
        ]
    );
    // A contact made early is one more at once; the share waits for the end of its three days, as the follow-up quality does.
    let share =
        async || app.get("/follow-up-quality?from=2026-11-01&to=2026-11-30", &desk).await.json()["total"].clone();
    let early = add(&app, &zhang, with(body(), json!({ "met_at": "2026-11-23T09:10:00+08:00" }))).await;
    let touch = json!({ "id": id(), "channel": "call", "outcome": "reached", "at": "2026-11-23T09:20:00+08:00" });
    app.at("2026-11-23T09:30:00+08:00");
    app.post(&format!("{}/touches", path(&early)), &zhang, touch).await.expect(201);
    let lines = board(&app, &desk, NOVEMBER).await;
    let shows = |lines: &[String], wanted: &str| lines.iter().any(|line| line.contains(wanted));
    assert!(shows(&lines, "contacted_in_time 2/2") && shows(&lines, "contacted_share 50/2"), "{lines:?}");
    assert_eq!(share().await["share"], json!(0.5));
    app.at("2026-11-27T09:30:00+08:00");
    let lines = board(&app, &desk, NOVEMBER).await;
    assert!(shows(&lines, "contacted_share 50/2"), "2 of 4: {lines:?}");
    assert_eq!(share().await["share"], json!(0.5));
}

#[actix_web::test]
async fn a_target_is_set_once_changed_and_taken_away_by_the_desk_alone() {
    let app = TestApp::new();
    let (here, there) = (app.branch("XA01"), app.branch("BJ01"));
    let (zhang, desk) = (app.broker("zhang", here), app.manager("li", here));
    let (elsewhere, head, admin) =
        (app.manager("zhao", there), app.person("head", Role::Manager, None), app.admin("root"));
    let sent = target("broker", Some(zhang.id.to_string()), "prospects_met", 20);
    let made = set(&app, &desk, sent.clone()).await;
    let path = format!("/targets/{}", made["id"].as_str().unwrap());
    app.patch(&path, &desk, json!({ "value": 25 })).await.expect(200);
    let again = app.post("/targets", &desk, sent.clone()).await.expect(200).json();
    assert_eq!((&again, again["value"].as_i64()), (&made, Some(20)), "the first answer, also after a change");
    let other = with(sent.clone(), json!({ "id": id() }));
    assert_eq!(app.post("/targets", &desk, other).await.expect(409).json()["code"], "target_exists");
    let changed = with(sent.clone(), json!({ "value": 9 }));
    assert_eq!(app.post("/targets", &desk, changed).await.expect(409).json()["code"], "id_taken");
    assert_eq!(app.post("/targets", &elsewhere, sent.clone()).await.expect(409).json()["code"], "id_taken");

    for (who, status) in [(&zhang, 403), (&head, 403), (&admin, 403)] {
        app.post("/targets", who, target("branch", None, "trading", 3)).await.expect(status);
        app.patch(&path, who, json!({ "value": 1 })).await.expect(status);
        app.delete(&path, who).await.expect(status);
    }
    app.patch(&path, &elsewhere, json!({ "value": 1 })).await.expect(404);
    let stranger = target("broker", Some(zhang.id.to_string()), "funded", 1);
    assert_eq!(app.post("/targets", &elsewhere, stranger).await.expect(404).faults(), ["member: not_found"]);
    assert_eq!(app.get("/targets", &head).await.expect(200).json()["items"][0]["value"], 25);
    assert_eq!(app.get("/targets", &elsewhere).await.expect(200).json()["items"], json!([]));
    app.get("/targets/progress?branch=XA01&period=2026-11", &elsewhere).await.expect(404);
    app.get("/targets/progress?branch=XA01&period=2026-11", &head).await.expect(200);

    app.delete(&path, &desk).await.expect(204);
    app.delete(&path, &desk).await.expect(404);
    app.post("/targets", &desk, sent).await.expect(410);
    assert_eq!((audited(&app, "target.change"), audited(&app, "target.remove")), (1, 1));

    for (body, fault) in [
        (json!({ "subject": "moon" }), "subject: unknown_value"),
        (json!({ "member": "x" }), "member: wrong_type"),
        (json!({ "subject": "branch" }), "member: not_here"),
        (json!({ "subject": "tier", "member": "king" }), "member: unknown_value"),
        (json!({ "to": "2026-10-31" }), "to: from_after_to"),
        (json!({ "to": "2029-10-31" }), "to: period_too_long"),
        (json!({ "measure": "mood" }), "measure: unknown_value"),
        (json!({ "value": 0 }), "value: out_of_range"),
        (json!({ "measure": "contacted_share", "value": 101 }), "value: out_of_range"),
        (json!({ "colour": "red" }), "colour: unknown_field"),
    ] {
        let sent = with(target("broker", Some(zhang.id.to_string()), "prospects_met", 20), body);
        assert_eq!(app.post("/targets", &desk, sent).await.expect(422).faults(), [fault]);
    }
    let bad = json!({ "time_by": "moons", "margin_points": 51 });
    let faults = app.api("PUT", "/goal-settings", Some(&desk), Some(bad)).await.expect(422).faults();
    assert_eq!(faults, ["time_by: unknown_value", "margin_points: out_of_range"]);
}

#[actix_web::test]
async fn last_months_targets_are_copied_and_what_stands_there_stays() {
    let app = TestApp::new();
    let branch = app.branch("XA01");
    let (zhang, desk) = (app.broker("zhang", branch), app.coordinator("desk", branch));
    set(&app, &desk, target("branch", None, "prospects_met", 40)).await;
    set(&app, &desk, target("broker", Some(zhang.id.to_string()), "prospects_met", 20)).await;
    let standing = json!({ "from": "2026-12-01", "to": "2026-12-31", "value": 50 });
    set(&app, &desk, with(target("branch", None, "prospects_met", 1), standing)).await;
    let december = app.page("/targets?period=2026-12", Some(&desk)).await.expect(200).text;
    assert!(december.contains("沿用 2026 年 11 月 的指标"), "{december}");
    let sent = json!({ "id": id(), "from_period": "2026-11", "into_period": "2026-12" });
    let copied = app.post("/targets/copies", &desk, sent.clone()).await.expect(201).json();
    assert_eq!(copied, json!({ "copied": 1, "left": 1 }));
    assert_eq!(app.post("/targets/copies", &desk, sent).await.expect(200).json(), copied);
    let all = app.get("/targets?from=2026-12-01", &desk).await.json();
    let values: Vec<&Value> = all["items"].as_array().unwrap().iter().map(|one| &one["value"]).collect();
    assert_eq!((values.contains(&&json!(50)), values.contains(&&json!(20)), values.len()), (true, true, 2));
    // By the page's form, into January.
    app.form("/targets/copies", &desk, &[("id", &id()), ("into_period", "2027-01")]).await.expect(303);
    assert_eq!(app.get("/targets?from=2027-01-01", &desk).await.json()["items"].as_array().unwrap().len(), 2);
    let same = json!({ "id": id(), "from_period": "2026-11", "into_period": "2026年11月" });
    assert_eq!(app.post("/targets/copies", &desk, same).await.expect(422).faults(), ["into_period: same_period"]);
}

#[actix_web::test]
async fn many_targets_are_typed_in_one_table_and_nobody_undoes_anothers() {
    let app = TestApp::new();
    let branch = app.branch("XA01");
    let (zhang, wang, desk) =
        (app.broker("zhang", branch), app.broker("wang", branch), app.coordinator("desk", branch));
    let (zhang, wang) = (zhang.id.to_string(), wang.id.to_string());
    let cell = |who: &str, measure: &str, seen: &str| format!("broker|{who}|{measure}|{seen}");
    let page = app.page("/targets/edit?period=2026-11&of=broker", Some(&desk)).await.expect(200).text;
    assert!(page.contains(&format!("name=\"{}\"", cell(&zhang, "accounts_opened", ""))), "{page}");
    let table = [("period", "2026-11"), ("of", "broker"), ("skip", "0")];
    let (a, b, c) =
        (cell(&zhang, "accounts_opened", ""), cell(&wang, "accounts_opened", ""), cell(&wang, "contacted_share", ""));
    let typed = [(a.as_str(), "１２"), (b.as_str(), "1,000"), (c.as_str(), "90%")];
    app.form("/targets", &desk, &[&table[..], &typed[..]].concat()).await.expect(303);
    let values = async || {
        let all = app.get("/targets", &desk).await.json();
        let mut all: Vec<i64> =
            all["items"].as_array().unwrap().iter().map(|one| one["value"].as_i64().unwrap()).collect();
        all.sort_unstable();
        all
    };
    assert_eq!(values().await, [12, 90, 1000]);
    // Sent twice it is set once.
    app.form("/targets", &desk, &[&table[..], &typed[..]].concat()).await.expect(303);
    assert_eq!((values().await.len(), audited(&app, "target.create")), (3, 3));
    // Wrong input: nothing is written, everything stays as typed, the message stands at its cell.
    let (a, b) = (cell(&zhang, "accounts_opened", "12"), cell(&wang, "accounts_opened", "1000"));
    let wrong = [(a.as_str(), "fünf"), (b.as_str(), "900")];
    let page = app.form("/targets", &desk, &[&table[..], &wrong[..]].concat()).await.expect(422).text;
    assert!(page.contains("value=\"fünf\"") && page.contains("value=\"900\"") && page.contains("请填写整数"));
    assert_eq!(values().await, [12, 90, 1000]);
    // Somebody else was quicker: told, and not undone.
    let quick = [(a.as_str(), "13")];
    app.form("/targets", &desk, &[&table[..], &quick[..]].concat()).await.expect(303);
    let slow = [(a.as_str(), "14"), (b.as_str(), "900")];
    let page = app.form("/targets", &desk, &[&table[..], &slow[..]].concat()).await.expect(422).text;
    assert!(page.contains("有人改成了 13") && page.contains("value=\"14\""));
    assert_eq!(values().await, [13, 90, 1000]);
    // An emptied cell takes its target away; one left as it was is left.
    let (a, b) = (cell(&zhang, "accounts_opened", "13"), cell(&wang, "accounts_opened", "1000"));
    app.form("/targets", &desk, &[&table[..], &[(a.as_str(), ""), (b.as_str(), "1000")]].concat()).await.expect(303);
    assert_eq!(values().await, [90, 1000]);
    app.form("/targets", &desk, &[&table[..], &[("broker|x|y|z", "1")]].concat()).await.expect(422);
    for of in ["branch", "tier", "grade", "outlet"] {
        app.page(&format!("/targets/edit?period=2026-Q4&of={of}"), Some(&desk)).await.expect(200);
    }
    app.page("/targets/edit?period=soon", Some(&desk)).await.expect(422);
}

#[actix_web::test]
async fn a_wrong_period_is_told_at_its_field() {
    let app = TestApp::new();
    let branch = app.branch("XA01");
    let desk = app.coordinator("desk", branch);
    let page = app.page("/targets?from=2026-12-01&to=2026-11-01", Some(&desk)).await.expect(422).text;
    assert!(page.contains("不能早于起始日期"));
    app.get("/targets/progress?period=soon", &desk).await.expect(422);
    app.get("/targets?from=2026-12-01&to=2026-11-01", &desk).await.expect(422);
    let empty = app.page("/targets", Some(&desk)).await.expect(200).text;
    assert!(empty.contains("2026 年 11 月 还没有指标"));
    let head = app.person("head", Role::Manager, None);
    app.page("/targets?branch=XA01", Some(&head)).await.expect(200);
    app.page("/targets?branch=NONE", Some(&head)).await.expect(404);
}
