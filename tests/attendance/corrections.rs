//! Corrections: asked for with a reason, answered once, both values kept. Spot checks. A branch's settings.

use bankside::db::schema::mails;
use bankside::people::Role;
use diesel::prelude::*;
use serde_json::{Value, json};

use super::api::{Xian, xian};
use super::roll::rows;
use crate::support::{Person, Reply, TestApp, id};

const THERE: (f64, f64) = (34.2, 108.9);

async fn ask(app: &TestApp, who: &Person, shift: &str, with: Value) -> Reply {
    let mut body =
        json!({"id": id(), "shift_id": shift, "in_at": "2026-11-23T08:58:00+08:00", "reason": "flat battery"});
    body.as_object_mut().unwrap().extend(with.as_object().cloned().unwrap());
    app.post("/attendance-corrections", who, body).await
}

fn answer_path(asked: &Reply) -> String {
    format!("/attendance-corrections/{}/decision", asked.json()["id"].as_str().unwrap())
}

#[actix_web::test]
async fn an_accepted_correction_counts_and_what_was_recorded_stays_beside_it() {
    let Xian { app, outlet, zhang, chen, .. } = xian();
    let shift = app.shift(&chen, &zhang, &outlet, "2026-11-23").await;
    app.check_in(&zhang, THERE, json!({})).await.expect(201);
    app.at("2026-11-23T17:01:00+08:00");
    app.check_in(&zhang, THERE, json!({"kind": "out"})).await.expect(201);
    let before = rows(&app, &zhang, "").await.remove(0);
    assert_eq!((&before["status"], &before["corrected"]), (&json!("late"), &Value::Null));
    let asked = ask(&app, &zhang, &shift, json!({})).await.expect(201);
    assert_eq!((asked.json()["state"].as_str(), asked.json()["date"].as_str()), (Some("asked"), Some("2026-11-23")));
    assert_eq!(rows(&app, &zhang, "").await[0], before, "asked for is not yet given");
    assert_eq!(ask(&app, &zhang, &shift, json!({})).await.expect(409).json()["code"], "correction_waiting");
    let body = json!({"decision": "accepted", "note": "I saw you"});
    let decided = app.post(&answer_path(&asked), &chen, body.clone()).await.expect(200).json();
    assert_eq!((&decided["state"], &decided["decided_by"]), (&json!("accepted"), &json!(chen.id)));
    assert_eq!(app.post(&answer_path(&asked), &chen, body).await.expect(409).json()["code"], "correction_decided");
    let after = rows(&app, &chen, "").await.remove(0);
    for field in ["in_at", "out_at", "status", "minutes_late", "minutes_early", "verdict"] {
        assert_eq!(after[field], before[field], "{field}");
    }
    let corrected = json!({"in_at": "2026-11-23T00:58:00Z", "out_at": before["out_at"], "status": "on_time",
        "minutes_late": 0, "minutes_early": 0});
    assert_eq!(after["corrected"], corrected);
    assert_eq!(rows(&app, &chen, "?status=on_time").await.len(), 1);
    assert_eq!(rows(&app, &chen, "?status=late").await.len(), 0);
    // Told on Today, in the trail, and listed to whom it concerns.
    assert!(app.page("/", Some(&zhang)).await.expect(200).text.contains("I saw you"));
    let listed = app.get("/attendance-corrections?state=accepted", &zhang).await.expect(200).json();
    assert_eq!(listed["items"], json!([decided]));
    assert!(app.page("/audit", Some(&chen)).await.text.contains("correction.decide"));
    let mails: i64 =
        app.app.db.read_now(|conn| Ok(mails::table.filter(mails::kind.eq("rota")).count().get_result(conn)?)).unwrap();
    assert_eq!(mails, 1, "one mail with the answer");
}

#[actix_web::test]
async fn a_correction_is_of_an_own_shift_that_has_begun_with_times_of_its_day() {
    let Xian { app, branch, outlet, zhang, chen } = xian();
    let li = app.broker("li", branch);
    let shift = app.shift(&chen, &zhang, &outlet, "2026-11-23").await;
    let tomorrow = app.shift(&chen, &zhang, &outlet, "2026-11-24").await;
    for (with, faults) in [
        (json!({"reason": null}), vec!["reason: required"]),
        (json!({"reason": "  "}), vec!["reason: required"]),
        (json!({"in_at": null}), vec!["in_at: required"]),
        (json!({"in_at": "2026-11-23T10:00:01+08:00"}), vec!["in_at: in_the_future"]),
        (json!({"in_at": "2026-11-22T23:59:00+08:00"}), vec!["in_at: other_date"]),
        (json!({"out_at": "2026-11-23T08:58:00+08:00"}), vec!["out_at: ends_before_start"]),
        (json!({"colour": "red"}), vec!["colour: unknown_field"]),
    ] {
        assert_eq!(ask(&app, &zhang, &shift, with.clone()).await.expect(422).faults(), faults, "{with}");
    }
    assert_eq!(ask(&app, &zhang, &tomorrow, json!({})).await.expect(409).json()["code"], "shift_upcoming");
    ask(&app, &li, &shift, json!({})).await.expect(404);
    ask(&app, &chen, &shift, json!({})).await.expect(403);
    let body = json!({"id": id(), "shift_id": shift, "in_at": "2026-11-23T09:00:00+08:00", "reason": "no signal"});
    let first = app.post("/attendance-corrections", &zhang, body.clone()).await.expect(201).json();
    assert_eq!(app.post("/attendance-corrections", &zhang, body).await.expect(200).json(), first);
    let withdrawal = format!("/attendance-corrections/{}/withdrawal", first["id"].as_str().unwrap());
    app.post(&withdrawal, &li, json!({})).await.expect(404);
    assert_eq!(app.post(&withdrawal, &zhang, json!({})).await.expect(200).json()["state"], "withdrawn");
    app.post(&withdrawal, &zhang, json!({})).await.expect(409);
}

#[actix_web::test]
async fn only_the_branch_answers_and_a_refusal_says_why() {
    let Xian { app, branch, outlet, zhang, chen } = xian();
    let shift = app.shift(&chen, &zhang, &outlet, "2026-11-23").await;
    let asked = ask(&app, &zhang, &shift, json!({})).await.expect(201);
    let other = app.branch("XA02");
    let accept = json!({"decision": "accepted"});
    for (who, status) in [
        (app.coordinator("theirs", other), 404),
        (app.person("head", Role::Manager, None), 403),
        (app.admin("root"), 403),
        (zhang.clone(), 403),
    ] {
        app.post(&answer_path(&asked), &who, accept.clone()).await.expect(status);
    }
    let bare = app.post(&answer_path(&asked), &chen, json!({"decision": "refused"})).await.expect(422);
    assert_eq!(bare.faults(), ["note: required"]);
    let refused = json!({"decision": "refused", "note": "the lobby manager says ten"});
    app.post(&answer_path(&asked), &app.manager("m", branch), refused).await.expect(200);
    assert_eq!(rows(&app, &chen, "").await[0]["corrected"], Value::Null);
    ask(&app, &zhang, &shift, json!({"reason": "asked again"})).await.expect(201);
}

#[actix_web::test]
async fn the_forms_ask_answer_and_take_back() {
    let Xian { app, outlet, zhang, chen, .. } = xian();
    let shift = app.shift(&chen, &zhang, &outlet, "2026-11-23").await;
    let page = format!("/attendance/{shift}");
    let (first, post) = (id(), format!("{page}/corrections"));
    let wrong =
        app.form(&post, &zhang, &[("id", &first), ("in_at", "25:00"), ("reason", "电池没电")]).await.expect(422);
    assert!(wrong.text.contains("电池没电") && wrong.text.contains("in_at-error"));
    let fields = [("id", first.as_str()), ("in_at", "08:55"), ("out_at", ""), ("reason", "电池没电")];
    app.form(&post, &zhang, &fields).await.expect(303);
    app.form(&post, &zhang, &fields).await.expect(303);
    let kept = app.get("/attendance-corrections", &chen).await.json();
    assert_eq!(kept["items"].as_array().unwrap().len(), 1, "a double tap is one");
    assert_eq!(kept["items"][0]["in_at"], "2026-11-23T00:55:00Z");
    let month = app.page("/attendance", Some(&chen)).await.expect(200);
    assert!(month.text.contains("电池没电"), "it waits on the month's page");
    assert!(app.page("/requests", Some(&chen)).await.expect(200).text.contains("电池没电"));
    let answer = format!("{page}/corrections/{first}/decision");
    let bare = app.form(&answer, &chen, &[("decision", "refused"), ("note", "")]).await.expect(422);
    assert!(bare.text.contains("note-error"));
    app.form(&answer, &chen, &[("decision", "accepted"), ("note", "")]).await.expect(303);
    let shown = app.page(&page, Some(&zhang)).await.expect(200).text;
    assert!(shown.contains("签到记录") && shown.contains("已更正") && shown.contains("08:55"));
    app.form(&format!("{page}/corrections/{first}/withdrawal"), &zhang, &[]).await.expect(303);
    assert_eq!(app.get("/attendance-corrections", &chen).await.json()["items"][0]["state"], "accepted");
}

#[actix_web::test]
async fn a_spot_check_is_kept_once_by_the_desk_and_shown_in_the_month() {
    let Xian { app, outlet, zhang, chen, branch } = xian();
    let shift = app.shift(&chen, &zhang, &outlet, "2026-11-23").await;
    let body = |with: Value| {
        let mut body =
            json!({"id": id(), "broker_id": zhang.id, "outlet_id": outlet.id, "present": true, "dress_ok": true});
        body.as_object_mut().unwrap().extend(with.as_object().cloned().unwrap());
        body
    };
    for (with, faults) in [
        (json!({"present": null}), vec!["present: required"]),
        (json!({"present": false}), vec!["dress_ok: unknown_value"]),
        (json!({"at": "2026-11-23T10:06:00+08:00"}), vec!["at: in_the_future"]),
        (json!({"note": "x".repeat(501)}), vec!["note: too_long"]),
    ] {
        assert_eq!(app.post("/spot-checks", &chen, body(with)).await.expect(422).faults(), faults);
    }
    for (who, status) in [(&zhang, 403), (&app.person("head", Role::Manager, None), 403), (&app.admin("root"), 403)] {
        app.post("/spot-checks", who, body(json!({}))).await.expect(status);
    }
    let far = app.outlet_at(app.branch("XA02"), "F-1", 36.0, 108.9);
    app.post("/spot-checks", &chen, body(json!({"outlet_id": far.id}))).await.expect(404);
    let one = body(json!({"badge_ok": false, "note": "工牌没戴"}));
    let kept = app.post("/spot-checks", &chen, one.clone()).await.expect(201).json();
    assert_eq!((&kept["date"], &kept["by_user"]), (&json!("2026-11-23"), &json!(chen.id)));
    assert_eq!(app.post("/spot-checks", &chen, one).await.expect(200).json(), kept);
    let li = app.broker("li", branch);
    for (who, count) in [(&zhang, 1), (&li, 0), (&chen, 1)] {
        let listed = app.get("/spot-checks", who).await.expect(200).json();
        assert_eq!(listed["items"].as_array().unwrap().len(), count);
    }
    let (key, post) = (id(), format!("/attendance/{shift}/spot-checks"));
    let fields =
        [("id", key.as_str()), ("present", "no"), ("dress", "yes"), ("at", "09:40"), ("spot_note", "去了厕所?")];
    app.form(&post, &chen, &fields).await.expect(303);
    app.form(&post, &chen, &[("id", &id()), ("present", "yes"), ("at", "23:00")]).await.expect(422);
    let page = app.page(&format!("/attendance/{shift}"), Some(&zhang)).await.expect(200).text;
    assert!(page.contains("工牌没戴") && page.contains("去了厕所?"));
    assert!(app.page("/attendance", Some(&zhang)).await.text.contains("抽查有问题"));
}

#[actix_web::test]
async fn a_branch_sets_its_own_times_and_the_grace_counts_for_days_past() {
    let Xian { app, outlet, zhang, chen, .. } = xian();
    app.shift(&chen, &zhang, &outlet, "2026-11-23").await;
    app.check_in(&zhang, THERE, json!({"at": "2026-11-23T09:10:00+08:00", "offline": true})).await.expect(201);
    app.at("2026-11-23T17:00:00+08:00");
    app.check_in(&zhang, THERE, json!({"kind": "out"})).await.expect(201);
    let status = || async { rows(&app, &chen, "").await[0]["status"].clone() };
    assert_eq!(status().await, "late");
    let form = |lead: &'static str, grace: &'static str, weeks: &'static str| {
        [("branch", "XA01"), ("lead_minutes", lead), ("grace_minutes", grace), ("rotation_weeks", weeks)]
    };
    for (lead, grace, weeks) in
        [("121", "0", "12"), ("0", "61", "12"), ("0", "0", "0"), ("", "-1", "105"), ("x", "1.5", "1")]
    {
        let shown = app.form("/branch-settings", &chen, &form(lead, grace, weeks)).await.expect(422).text;
        assert!(shown.contains("aria-invalid"), "{lead} {grace} {weeks}");
    }
    assert_eq!(status().await, "late");
    app.form("/branch-settings", &chen, &form("10", "10", "8")).await.expect(303);
    assert_eq!(status().await, "on_time");
    assert!(app.page("/branch-settings", Some(&chen)).await.expect(200).text.contains("value=\"8\""));
    assert!(app.page("/audit", Some(&chen)).await.text.contains("branch.settings"));
    let (other, head) = (app.branch("XA02"), app.person("head", Role::Manager, None));
    app.form("/branch-settings", &app.coordinator("theirs", other), &form("0", "0", "1")).await.expect(404);
    app.form("/branch-settings", &head, &form("0", "0", "1")).await.expect(403);
    app.form("/branch-settings", &zhang, &form("0", "0", "1")).await.expect(403);
    app.form("/branch-settings", &app.admin("root"), &form("0", "9", "1")).await.expect(303);
    assert_eq!(status().await, "late");
}
