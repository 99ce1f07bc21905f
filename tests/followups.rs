//! The three-day rule through the API: touches in any order of arrival, set right and withdrawn, and a naive oracle.

use chrono::Duration;
use serde_json::{Value, json};

use crate::prospects::{add, body, path, with, with_mobile};
use crate::support::{Person, TestApp, id};

async fn touch(app: &TestApp, who: &Person, prospect: &Value, channel: &str, outcome: &str, at: &str) -> Value {
    let sent = json!({ "id": id(), "channel": channel, "at": at, "outcome": outcome });
    app.post(&format!("{}/touches", path(prospect)), who, sent).await.expect(201).json()
}

fn stand(answer: &Value) -> (&str, &str) {
    (answer["stage"].as_str().unwrap(), answer["follow_up"]["state"].as_str().unwrap())
}

fn with_broker() -> (TestApp, Person) {
    let app = TestApp::new();
    let broker = app.broker("zhang", app.branch("XA01"));
    (app, broker)
}

#[actix_web::test]
async fn a_touch_that_reaches_keeps_the_follow_up_and_moves_the_stage_at_its_moment() {
    let (app, broker) = with_broker();
    let made = add(&app, &broker, with_mobile("13812345678")).await;
    app.later(Duration::days(1));
    let no = touch(&app, &broker, &made, "call", "no_answer", "2026-11-23T12:00:00+08:00").await;
    assert_eq!(stand(&no), ("reachable", "open"));
    let sent = touch(&app, &broker, &made, "sms", "sent", "2026-11-24T09:00:00+08:00").await;
    assert_eq!(stand(&sent), ("contacted", "kept"));
    // One that took place earlier arrives later: the moment of the stage follows it.
    touch(&app, &broker, &made, "call", "reached", "2026-11-23T18:00:00+08:00").await;
    let file = app.get(&path(&made), &broker).await.json();
    let last = file["history"]["stages"].as_array().unwrap().last().unwrap().clone();
    assert_eq!((&last["to"], &last["at"]), (&json!("contacted"), &json!("2026-11-23T10:00:00Z")));
    assert_eq!(file["stage_at"], "2026-11-23T10:00:00Z");
}

#[actix_web::test]
async fn an_sms_counts_only_for_who_prefers_sms_today() {
    let (app, broker) = with_broker();
    let made = add(&app, &broker, with(with_mobile("13812345678"), json!({ "preferred_channel": "call" }))).await;
    let sent = touch(&app, &broker, &made, "sms", "sent", "2026-11-23T09:30:00+08:00").await;
    assert_eq!(stand(&sent), ("reachable", "open"));
    let now = app.patch(&path(&made), &broker, json!({ "preferred_channel": "sms" })).await.expect(200).json();
    assert_eq!(stand(&now), ("contacted", "kept"));
    let back = app.patch(&path(&made), &broker, json!({ "preferred_channel": "wechat" })).await.expect(200).json();
    assert_eq!(stand(&back), ("reachable", "open"));
}

#[actix_web::test]
async fn the_due_date_is_the_branchs_and_a_late_touch_keeps_it_late() {
    let app = TestApp::new();
    let broker = app.broker("zhang", app.branch_in("NY01", "America/New_York"));
    let made = add(&app, &broker, body()).await; // 20:00 on the 22nd in New York
    assert_eq!(made["follow_up"]["due_on"], "2026-11-25");
    app.at("2026-11-26T05:30:00Z");
    let late = touch(&app, &broker, &made, "call", "reached", "2026-11-26T05:00:00Z").await;
    assert_eq!(stand(&late), ("contacted", "kept_late"));
    let kept = touch(&app, &broker, &made, "wechat", "reached", "2026-11-26T04:59:59Z").await;
    assert_eq!(stand(&kept), ("contacted", "kept"));
}

#[actix_web::test]
async fn thirty_days_after_it_was_due_it_is_missed_and_can_still_be_kept_late() {
    let (app, broker) = with_broker();
    let made = add(&app, &broker, body()).await;
    let state = async || app.get(&path(&made), &broker).await.json()["follow_up"]["state"].as_str().unwrap().to_owned();
    app.at("2026-12-26T23:59:00+08:00");
    assert_eq!(state().await, "open");
    app.at("2026-12-27T00:01:00+08:00");
    assert_eq!(state().await, "missed");
    let late = touch(&app, &broker, &made, "meeting", "reached", "2026-12-27T00:00:00+08:00").await;
    assert_eq!(stand(&late), ("contacted", "kept_late"));
}

#[actix_web::test]
async fn a_touch_at_or_before_the_meeting_does_not_count_until_the_meeting_is_set_right() {
    let (app, broker) = with_broker();
    let made = add(&app, &broker, body()).await;
    let at = touch(&app, &broker, &made, "call", "reached", "2026-11-23T09:00:00+08:00").await;
    assert_eq!(stand(&at), ("met", "open"));
    let moved = json!({ "met_at": "2026-11-20T09:00:00+08:00" });
    let now = app.patch(&path(&made), &broker, moved).await.expect(200).json();
    assert_eq!(stand(&now), ("contacted", "kept"));
    assert_eq!(now["follow_up"]["due_on"], "2026-11-23");
    let file = app.get(&path(&made), &broker).await.json();
    let change = &file["history"]["changes"][0];
    assert_eq!(
        (&change["field"], &change["old"], &change["new"]),
        (&json!("met_at"), &json!("2026-11-23T01:00:00Z"), &json!("2026-11-20T01:00:00Z"))
    );
    assert_eq!(file["history"]["stages"][0]["at"], "2026-11-20T01:00:00Z");
}

#[actix_web::test]
async fn a_touch_before_the_loss_arriving_later_keeps_it() {
    let (app, broker) = with_broker();
    let made = add(&app, &broker, body()).await;
    let lost = json!({ "stage": "lost", "reason": "x", "at": "2026-11-23T09:40:00+08:00" });
    let now = app.post(&format!("{}/stage", path(&made)), &broker, lost).await.expect(200).json();
    assert_eq!(stand(&now), ("lost", "waived"));
    let after = touch(&app, &broker, &made, "call", "reached", "2026-11-23T09:50:00+08:00").await;
    assert_eq!(stand(&after), ("lost", "waived"));
    let before = touch(&app, &broker, &made, "call", "reached", "2026-11-23T09:30:00+08:00").await;
    assert_eq!(stand(&before), ("lost", "kept"));
}

#[actix_web::test]
async fn a_touch_is_set_right_and_withdrawn_within_its_day_by_its_author() {
    let (app, broker) = with_broker();
    let made = add(&app, &broker, body()).await;
    let first = touch(&app, &broker, &made, "call", "reached", "2026-11-23T09:30:00+08:00").await;
    let one = format!("{}/touches/{}", path(&made), first["id"].as_str().unwrap());
    let wrong = app.patch(&one, &broker, json!({ "outcome": "sent" })).await.expect(422);
    assert_eq!(wrong.faults(), ["outcome: wrong_outcome"]);
    let ahead = app.patch(&one, &broker, json!({ "at": "2026-11-23T10:06:00+08:00" })).await.expect(422);
    assert_eq!(ahead.faults(), ["at: in_the_future"]);
    let now = app.patch(&one, &broker, json!({ "outcome": "no_answer", "note": "忙" })).await.expect(200).json();
    assert_eq!(stand(&now), ("met", "open"));
    let again = app.patch(&one, &broker, json!({ "outcome": "reached" })).await.expect(200).json();
    assert_eq!(stand(&again), ("contacted", "kept"));
    let gone = app.delete(&one, &broker).await.expect(200).json();
    assert_eq!(stand(&gone), ("met", "open"));
    app.delete(&one, &broker).await.expect(410);
    app.patch(&one, &broker, json!({ "note": "x" })).await.expect(410);
    let resent =
        json!({ "id": first["id"], "channel": "call", "at": "2026-11-23T09:30:00+08:00", "outcome": "reached" });
    app.post(&format!("{}/touches", path(&made)), &broker, resent).await.expect(410);
    let file = app.get(&path(&made), &broker).await.json();
    assert_eq!(file["history"]["touches"][0]["before"].as_array().unwrap().len(), 3);
    let moves: Vec<_> =
        file["history"]["stages"].as_array().unwrap().iter().map(|s| s["to"].as_str().unwrap()).collect();
    assert_eq!(moves, ["met", "contacted", "met", "contacted", "met"]);
    let second = touch(&app, &broker, &made, "call", "no_answer", "2026-11-23T09:30:00+08:00").await;
    app.later(Duration::hours(15));
    let one = format!("{}/touches/{}", path(&made), second["id"].as_str().unwrap());
    assert_eq!(app.delete(&one, &broker).await.expect(409).json()["code"], "day_over");
    let coordinator = app.coordinator("c", broker.branch.unwrap());
    app.delete(&one, &coordinator).await.expect(403);
}

#[actix_web::test]
async fn touches_are_keyed_and_judged_by_field() {
    let (app, broker) = with_broker();
    let made = add(&app, &broker, body()).await;
    let other = add(&app, &broker, body()).await;
    let to = |prospect: &Value| format!("{}/touches", path(prospect));
    let sent = json!({ "id": id(), "channel": "sms", "at": "2026-11-23T09:30:00+08:00", "outcome": "sent" });
    let first = app.post(&to(&made), &broker, sent.clone()).await.expect(201).json();
    assert_eq!(app.post(&to(&made), &broker, sent.clone()).await.expect(200).json(), first);
    assert_eq!(app.post(&to(&other), &broker, sent.clone()).await.expect(409).json()["code"], "id_taken");
    for (more, fault) in [
        (json!({ "outcome": "no_answer" }), "outcome: wrong_outcome"),
        (json!({ "channel": "call" }), "outcome: wrong_outcome"),
        (json!({ "channel": "fax" }), "channel: unknown_value"),
        (json!({ "at": "2026-11-23T10:05:01+08:00" }), "at: in_the_future"),
        (json!({ "at": null }), "at: required"),
        (json!({ "note": "6222021234567890128" }), "note: bank_card"),
    ] {
        let reply =
            app.post(&to(&made), &broker, with(with(sent.clone(), json!({ "id": id() })), more)).await.expect(422);
        assert_eq!(reply.faults(), [fault]);
    }
}
