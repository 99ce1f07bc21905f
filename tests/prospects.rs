//! Prospects: taken in, found, changed, touched and moved, by whom and within what reach.

use bankside::db::Id;
use bankside::db::schema::{audit_entries, outlets, prospects};
use chrono::Duration;
use diesel::prelude::*;
use serde_json::{Value, json};

use crate::support::{Person, Reply, TestApp, id};

/// A prospect met at nine on the Monday where the clock stands at ten.
pub fn body() -> Value {
    json!({ "id": id(), "name": "李秀英", "met_at": "2026-11-23T09:00:00+08:00", "source": "on_site", "preferred_channel": "sms" })
}

pub fn with(mut body: Value, more: Value) -> Value {
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

pub fn with_mobile(mobile: &str) -> Value {
    with(
        body(),
        json!({ "mobile": mobile, "consent": { "given_at": "2026-11-23T09:00:00+08:00", "purpose": "开户事宜" } }),
    )
}

pub async fn add(app: &TestApp, who: &Person, body: Value) -> Value {
    app.post("/prospects", who, body).await.expect(201).json()
}

pub fn path(prospect: &Value) -> String {
    format!("/prospects/{}", prospect["id"].as_str().unwrap())
}

pub fn outlet(app: &TestApp, branch: Id, code: &str) -> Id {
    let (id, now, code) = (Id::new(), app.now(), code.to_owned());
    app.arrange(move |conn| {
        diesel::insert_into(outlets::table)
            .values((
                outlets::id.eq(id),
                outlets::code.eq(&code),
                outlets::name.eq(format!("{code}支行")),
                outlets::name_folded.eq(&code),
                outlets::search_text.eq(&code),
                outlets::branch_id.eq(branch),
                outlets::phase.eq("established"),
                outlets::created_at.eq(now),
                outlets::updated_at.eq(now),
            ))
            .execute(conn)?;
        Ok(id)
    })
}

fn audited(app: &TestApp, action: &'static str) -> i64 {
    app.arrange(move |conn| {
        Ok(audit_entries::table.filter(audit_entries::action.eq(action)).count().get_result(conn)?)
    })
}

#[actix_web::test]
async fn a_prospect_is_taken_in_with_its_stage_and_a_follow_up_in_three_days() {
    let app = TestApp::new();
    let branch = app.branch("XA01");
    let broker = app.broker("zhang", branch);
    let place = outlet(&app, branch, "N1");
    let sent =
        with(with_mobile("138 1234-5678"), json!({ "outlet_id": place, "experience": "new", "note": "指数基金" }));
    let made = add(&app, &broker, sent.clone()).await;
    for (field, value) in [
        ("id", sent["id"].clone()),
        ("name", json!("李秀英")),
        ("met_at", json!("2026-11-23T01:00:00Z")),
        ("source", json!("on_site")),
        ("preferred_channel", json!("sms")),
        ("mobile", json!("13812345678")),
        ("outlet_id", json!(place)),
        ("referrer", json!(null)),
        ("experience", json!("new")),
        ("note", json!("指数基金")),
        ("broker_id", json!(broker.id)),
        ("branch_id", json!(branch)),
        ("stage", json!("reachable")),
        ("possible_duplicates", json!([])),
        ("duplicate_elsewhere", json!(false)),
    ] {
        assert_eq!(made[field], value, "{field}");
    }
    assert_eq!(made["follow_up"]["due_on"], "2026-11-26");
    assert_eq!(made["follow_up"]["state"], "open");
    assert_eq!(made["consent"]["purpose"], "开户事宜");
    let met = add(&app, &broker, body()).await;
    assert_eq!((met["stage"].clone(), met["mobile"].clone()), (json!("met"), json!(null)));
    let read = app.get(&path(&made), &broker).await.expect(200);
    assert_eq!(read.header("etag"), Some("\"1\""));
    assert_eq!(read.json()["history"]["stages"].as_array().unwrap().len(), 1);
    assert_eq!(audited(&app, "prospect.create"), 2);
}

#[actix_web::test]
async fn the_same_id_answers_the_same_and_belongs_to_one_user() {
    let app = TestApp::new();
    let branch = app.branch("XA01");
    let (broker, other) = (app.broker("zhang", branch), app.broker("li", branch));
    let sent = with_mobile("13812345678");
    let first = add(&app, &broker, sent.clone()).await;
    app.patch(&path(&first), &broker, json!({ "name": "李秀" })).await.expect(200);
    app.later(Duration::days(1));
    let equal = with(
        sent.clone(),
        json!({ "mobile": "+86 138 1234 5678", "experience": "unknown", "met_at": "2026-11-23T01:00:00Z", "note": null }),
    );
    assert_eq!(app.post("/prospects", &broker, equal).await.expect(200).json(), first);
    let different = app.post("/prospects", &broker, with(sent.clone(), json!({ "name": "王" }))).await.expect(409);
    assert_eq!(different.json()["code"], "id_taken");
    let foreign = app.post("/prospects", &other, sent).await.expect(409);
    assert!(!foreign.text.contains("李秀"));
}

#[actix_web::test]
async fn what_is_wrong_is_said_by_field_and_all_at_once() {
    let app = TestApp::new();
    let broker = app.broker("zhang", app.branch("XA01"));
    let faults = |body: Value| {
        let app = &app;
        let broker = &broker;
        async move { app.post("/prospects", broker, body).await.expect(422).faults() }
    };
    assert_eq!(
        faults(json!({ "id": id(), "source": "x", "met_at": "yesterday", "mobile": "1381234567" })).await,
        [
            "name: required",
            "met_at: not_a_time",
            "source: unknown_value",
            "preferred_channel: required",
            "mobile: too_short",
            "consent: consent_required"
        ]
    );
    assert_eq!(faults(with(body(), json!({ "mobile": "13812345678" }))).await, ["consent: consent_required"]);
    assert_eq!(faults(with(body(), json!({ "met_at": "2026-11-23T10:05:01+08:00" }))).await, ["met_at: in_the_future"]);
    assert_eq!(faults(with(body(), json!({ "event_id": id() }))).await, ["event_id: unknown_field"]);
    assert_eq!(faults(with(body(), json!({ "note": "卡号 6222021234567890128" }))).await, ["note: bank_card"]);
    assert_eq!(faults(with(body(), json!({ "note": "身份证 11010519491231002X" }))).await, ["note: id_card"]);
    assert_eq!(faults(with(body(), json!({ "name": " " }))).await, ["name: required"]);
    assert_eq!(faults(with(body(), json!({ "consent": { "purpose": "x" } }))).await, ["consent.given_at: required"]);
    add(&app, &broker, with(body(), json!({ "met_at": "2026-11-23T10:05:00+08:00" }))).await;
}

#[actix_web::test]
async fn an_outlet_of_another_branch_is_not_found() {
    let app = TestApp::new();
    let broker = app.broker("zhang", app.branch("XA01"));
    let foreign = outlet(&app, app.branch("XA02"), "N2");
    let reply = app.post("/prospects", &broker, with(body(), json!({ "outlet_id": foreign }))).await.expect(404);
    assert_eq!(reply.faults(), ["outlet_id: not_found"]);
}

#[actix_web::test]
async fn who_reads_and_who_writes() {
    let app = TestApp::new();
    let (branch, elsewhere) = (app.branch("XA01"), app.branch("XA02"));
    let broker = app.broker("zhang", branch);
    let made = add(&app, &broker, with_mobile("13812345678")).await;
    let head = app.person("head", bankside::people::Role::Manager, None);
    let readers = [app.coordinator("c1", branch), app.manager("m1", branch), head, app.admin("root")];
    let touch = || json!({ "id": id(), "channel": "call", "at": "2026-11-23T09:30:00+08:00", "outcome": "reached" });
    for reader in &readers {
        let read = app.get(&path(&made), reader).await.expect(200).json();
        assert_eq!(read["mobile"], "138****5678", "{:?}", reader.role);
        app.patch(&path(&made), reader, json!({ "name": "x" })).await.expect(403);
        app.post(&format!("{}/touches", path(&made)), reader, touch()).await.expect(403);
        app.post(&format!("{}/stage", path(&made)), reader, json!({ "stage": "lost", "reason": "x" }))
            .await
            .expect(403);
        app.post("/prospects", reader, body()).await.expect(403);
        assert_eq!(app.get("/prospects", reader).await.expect(200).json()["items"][0]["mobile"], "138****5678");
    }
    for stranger in [app.broker("li", branch), app.coordinator("c2", elsewhere), app.broker("wu", elsewhere)] {
        app.get(&path(&made), &stranger).await.expect(404);
        app.patch(&path(&made), &stranger, json!({ "name": "x" })).await.expect(404);
        app.post(&format!("{}/touches", path(&made)), &stranger, touch()).await.expect(404);
        app.post(&format!("{}/stage", path(&made)), &stranger, json!({ "stage": "intent" })).await.expect(404);
        assert_eq!(app.get("/prospects", &stranger).await.expect(200).json()["items"], json!([]));
    }
    app.api("GET", &path(&made), None, None).await.expect(401);
    app.api("POST", "/prospects", None, Some(body())).await.expect(401);
}

#[actix_web::test]
async fn an_absent_field_stays_and_null_empties_it() {
    let app = TestApp::new();
    let branch = app.branch("XA01");
    let broker = app.broker("zhang", branch);
    let place = outlet(&app, branch, "N1");
    let made = add(
        &app,
        &broker,
        with(body(), json!({ "outlet_id": place, "referrer": "小周", "note": "a\nb", "experience": "new" })),
    )
    .await;
    let same = app.patch(&path(&made), &broker, json!({})).await.expect(200);
    assert_eq!((same.header("etag"), same.json()["note"].clone()), (Some("\"1\""), json!("a\nb")));
    let emptied = app
        .patch(&path(&made), &broker, json!({ "outlet_id": null, "referrer": null, "note": null, "experience": null }))
        .await
        .expect(200)
        .json();
    assert_eq!(
        [&emptied["outlet_id"], &emptied["referrer"], &emptied["note"], &emptied["experience"]],
        [&json!(null), &json!(null), &json!(null), &json!("unknown")]
    );
    for field in ["name", "met_at", "source", "preferred_channel"] {
        let reply = app.patch(&path(&made), &broker, json!({ field: null })).await.expect(422);
        assert_eq!(reply.faults(), [format!("{field}: required")]);
    }
    app.patch(&path(&made), &broker, json!({ "stage": "lost" })).await.expect(422);
}

#[actix_web::test]
async fn a_stale_version_is_refused() {
    let app = TestApp::new();
    let broker = app.broker("zhang", app.branch("XA01"));
    let made = add(&app, &broker, body()).await;
    let patch = |tag: &'static str, name: &'static str| {
        app.send(
            actix_web::test::TestRequest::patch()
                .uri(&format!("/api/v1{}", path(&made)))
                .insert_header(("authorization", format!("Bearer {}", broker.token)))
                .insert_header(("if-match", tag))
                .set_json(json!({ "name": name })),
        )
    };
    assert_eq!(patch("\"1\"", "甲").await.expect(200).header("etag"), Some("\"2\""));
    patch("\"1\"", "乙").await.expect(412);
    patch("nonsense", "乙").await.expect(412);
    patch("*", "丙").await.expect(200);
    assert_eq!(app.get(&path(&made), &broker).await.json()["name"], "丙");
}

#[actix_web::test]
async fn a_mobile_given_later_makes_reachable_and_needs_consent() {
    let app = TestApp::new();
    let broker = app.broker("zhang", app.branch("XA01"));
    let made = add(&app, &broker, body()).await;
    let refused = app.patch(&path(&made), &broker, json!({ "mobile": "13812345678" })).await.expect(422);
    assert_eq!(refused.faults(), ["consent: consent_required"]);
    let consent = json!({ "given_at": "2026-11-23T09:30:00+08:00", "purpose": "开户" });
    let now = app
        .patch(&path(&made), &broker, json!({ "mobile": "13812345678", "consent": consent }))
        .await
        .expect(200)
        .json();
    assert_eq!((now["stage"].clone(), now["mobile"].clone()), (json!("reachable"), json!("13812345678")));
    let gone = app.patch(&path(&made), &broker, json!({ "mobile": null })).await.expect(200).json();
    assert_eq!((gone["mobile"].clone(), gone["follow_up"]["state"].clone()), (json!(null), json!("open")));
}

#[actix_web::test]
async fn a_consent_withdrawn_takes_the_mobile_and_waives_the_follow_up() {
    let app = TestApp::new();
    let broker = app.broker("zhang", app.branch("XA01"));
    let made = add(&app, &broker, with_mobile("13812345678")).await;
    let now = app.patch(&path(&made), &broker, json!({ "consent": null })).await.expect(200).json();
    assert_eq!(
        (&now["mobile"], &now["consent"], &now["follow_up"]["state"]),
        (&json!(null), &json!(null), &json!("waived"))
    );
    let refused = app.patch(&path(&made), &broker, json!({ "mobile": "13812345678" })).await.expect(422);
    assert_eq!(refused.faults(), ["consent: consent_required"]);
    let both = app.patch(&path(&made), &broker, json!({ "mobile": "13812345678", "consent": null })).await.expect(422);
    assert_eq!(both.faults(), ["consent: consent_required"]);
    let left: i64 =
        app.arrange(|conn| Ok(prospects::table.filter(prospects::mobile.is_not_null()).count().get_result(conn)?));
    assert_eq!(left, 0);
}

#[actix_web::test]
async fn a_mobile_met_twice_is_named_in_reach_and_only_hinted_at_beyond() {
    let app = TestApp::new();
    let (branch, elsewhere) = (app.branch("XA01"), app.branch("XA02"));
    let (zhang, li) = (app.broker("zhang", branch), app.broker("li", branch));
    let first = add(&app, &zhang, with_mobile("13812345678")).await;
    let second = add(&app, &zhang, with_mobile("+86 138-1234-5678")).await;
    assert_eq!(
        (&second["possible_duplicates"], &second["duplicate_elsewhere"]),
        (&json!([first["id"]]), &json!(false))
    );
    let third = add(&app, &li, with_mobile("13812345678")).await;
    assert_eq!((&third["possible_duplicates"], &third["duplicate_elsewhere"]), (&json!([]), &json!(true)));
    let seen = app.get(&path(&third), &app.coordinator("c1", branch)).await.expect(200).json();
    assert_eq!(
        (seen["possible_duplicates"].as_array().unwrap().len(), &seen["duplicate_elsewhere"]),
        (2, &json!(false))
    );
    let search = app
        .post("/prospects/search", &app.coordinator("c2", elsewhere), json!({ "mobile": "13812345678" }))
        .await
        .expect(200);
    assert_eq!(search.json(), json!({ "items": [], "next_cursor": null, "duplicate_elsewhere": true }));
    assert_eq!(audited(&app, "prospect.duplicate_elsewhere"), 2);
}

#[actix_web::test]
async fn fishing_for_other_peoples_clients_is_stopped_after_a_hundred_hits() {
    let app = TestApp::new();
    let branch = app.branch("XA01");
    let (zhang, li) = (app.broker("zhang", branch), app.broker("li", branch));
    add(&app, &zhang, with_mobile("13812345678")).await;
    let ask = || app.post("/prospects/search", &li, json!({ "q": "138 1234 5678" }));
    for _ in 0..100 {
        assert_eq!(ask().await.expect(200).json()["duplicate_elsewhere"], true);
    }
    let stopped = ask().await.expect(429);
    assert!(stopped.header("retry-after").is_some());
    app.post("/prospects/search", &li, json!({ "mobile": "13900000000" })).await.expect(429);
    app.post("/prospects/search", &li, json!({ "name": "李" })).await.expect(200);
    app.later(Duration::minutes(61));
    ask().await.expect(200);
}

fn names(reply: &Reply) -> Vec<String> {
    reply.json()["items"].as_array().unwrap().iter().map(|i| i["name"].as_str().unwrap().to_owned()).collect()
}

#[actix_web::test]
async fn lists_are_filtered_searched_and_read_in_parts() {
    let app = TestApp::new();
    let branch = app.branch("XA01");
    let broker = app.broker("zhang", branch);
    let place = outlet(&app, branch, "N1");
    for (n, more) in [
        json!({ "source": "event" }),
        json!({ "outlet_id": place }),
        json!({ "met_at": "2026-10-01T09:00:00+08:00" }),
        json!({ "preferred_channel": "call" }),
    ]
    .into_iter()
    .enumerate()
    {
        let at = format!("2026-11-2{n}T09:00:00+08:00");
        let base = with(body(), json!({ "name": format!("人{n} 100%_A"), "met_at": at }));
        add(&app, &broker, with(base, more)).await;
    }
    let get = |query: &str| {
        let (app, broker, query) = (&app, &broker, format!("/prospects{query}"));
        async move { names(&app.get(&query, broker).await.expect(200)) }
    };
    assert_eq!(get("").await, ["人3 100%_A", "人1 100%_A", "人0 100%_A", "人2 100%_A"]);
    assert_eq!(get("?source=event").await, ["人0 100%_A"]);
    assert_eq!(get(&format!("?outlet_id={place}")).await, ["人1 100%_A"]);
    assert_eq!(get("?follow_up=missed").await, ["人2 100%_A"]);
    assert_eq!(get("?follow_up=open&preferred_channel=call").await, ["人3 100%_A"]);
    assert_eq!(get("?follow_up=kept").await, Vec::<String>::new());
    assert_eq!(get("?follow_up=kept_late").await, Vec::<String>::new());
    assert_eq!(get("?follow_up=waived").await, Vec::<String>::new());
    assert_eq!(get("?stage=met&from=2026-11-21&to=2026-11-22").await, ["人1 100%_A"]);
    let part = app.get("/prospects?limit=3", &broker).await.expect(200);
    assert_eq!(names(&part).len(), 3);
    let cursor = part.json()["next_cursor"].as_str().unwrap().to_owned();
    let rest = app.get(&format!("/prospects?limit=3&cursor={cursor}"), &broker).await.expect(200);
    assert_eq!((names(&rest), rest.json()["next_cursor"].clone()), (vec!["人2 100%_A".to_owned()], json!(null)));
    for wrong in ["?stage=x", "?follow_up=late", "?limit=0", "?limit=501", "?cursor=x", "?name=x", "?from=today"] {
        app.get(&format!("/prospects{wrong}"), &broker).await.expect(422);
    }
    let search = |body: Value| app.post("/prospects/search", &broker, body);
    assert_eq!(names(&search(json!({ "q": "人１" })).await.expect(200)), ["人1 100%_A"]);
    assert_eq!(names(&search(json!({ "name": "%_a", "limit": 2 })).await.expect(200)).len(), 2);
    assert_eq!(names(&search(json!({ "name": "0_", "stage": "met" })).await.expect(200)), Vec::<String>::new());
    search(json!({})).await.expect(422);
    search(json!({ "mobile": "1" })).await.expect(422);
}

#[actix_web::test]
async fn stages_move_along_their_table_and_every_move_is_kept() {
    let app = TestApp::new();
    let broker = app.broker("zhang", app.branch("XA01"));
    let made = add(&app, &broker, with_mobile("13812345678")).await;
    let to = format!("{}/stage", path(&made));
    let go = |body: Value| app.post(&to, &broker, body);
    assert_eq!(go(json!({ "stage": "contacted" })).await.expect(409).json()["code"], "stage_not_allowed");
    assert_eq!(go(json!({ "stage": "intent" })).await.expect(200).json()["stage"], "intent");
    go(json!({ "stage": "intent" })).await.expect(200);
    assert_eq!(go(json!({ "stage": "met" })).await.expect(409).json()["code"], "stage_not_allowed");
    assert_eq!(go(json!({ "stage": "contacted" })).await.expect(422).faults(), ["reason: required"]);
    assert_eq!(go(json!({ "stage": "lost", "reason": " " })).await.expect(422).faults(), ["reason: required"]);
    let early = json!({ "stage": "funded", "at": "2026-11-23T09:59:00+08:00" });
    assert_eq!(go(early).await.expect(422).faults(), ["at: before_last_change"]);
    let ahead = json!({ "stage": "funded", "at": "2026-11-23T10:05:01+08:00" });
    assert_eq!(go(ahead).await.expect(422).faults(), ["at: in_the_future"]);
    assert_eq!(go(json!({ "stage": "x" })).await.expect(422).faults(), ["stage: unknown_value"]);
    go(json!({ "stage": "contacted", "reason": "看错了" })).await.expect(200);
    app.later(Duration::hours(1));
    let lost = go(json!({ "stage": "lost", "reason": "不炒股" })).await.expect(200).json();
    assert_eq!((&lost["stage"], &lost["follow_up"]["state"]), (&json!("lost"), &json!("waived")));
    assert_eq!(go(json!({ "stage": "intent" })).await.expect(409).json()["code"], "stage_not_allowed");
    app.later(Duration::days(10));
    let back = go(json!({ "stage": "contacted" })).await.expect(200).json();
    assert_eq!((&back["stage"], &back["follow_up"]["state"]), (&json!("contacted"), &json!("open")));
    assert_eq!(back["follow_up"]["due_on"], "2026-12-06");
    assert_ne!(back["follow_up"]["id"], made["follow_up"]["id"]);
    let file = app.get(&path(&made), &broker).await.json();
    let moves: Vec<_> =
        file["history"]["stages"].as_array().unwrap().iter().map(|s| s["to"].as_str().unwrap()).collect();
    assert_eq!(moves, ["reachable", "intent", "contacted", "lost", "contacted"]);
    assert_eq!(audited(&app, "prospect.stage"), 4);
}

#[actix_web::test]
async fn words_a_broker_may_not_use_warn_and_go_before_compliance() {
    let app = TestApp::new();
    let broker = app.broker("zhang", app.branch("XA01"));
    let made = add(&app, &broker, with(body(), json!({ "note": "这个保本,稳赚" }))).await;
    app.patch(&path(&made), &broker, json!({ "note": "不保本" })).await.expect(200);
    assert_eq!(audited(&app, "conduct.finding"), 1);
}
