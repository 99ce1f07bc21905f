//! Outlets: the list and its filters, making and changing one, who may.

mod pages;

use bankside::db::Id;
use serde_json::{Value, json};

use crate::support::{Person, TestApp, id};

struct Site {
    app: TestApp,
    broker: Person,
    chen: Person,
    wu: Person,
    root: Person,
    head: Person,
    other: Person,
}

fn site() -> Site {
    let app = TestApp::new();
    let (xa, bj) = (app.branch("XA01"), app.branch("BJ01"));
    let (broker, chen, wu) = (app.broker("zhang", xa), app.coordinator("chen", xa), app.manager("wu", xa));
    let (root, head) = (app.admin("root"), app.person("head", bankside::people::Role::Manager, None));
    let other = app.coordinator("bei", bj);
    Site { app, broker, chen, wu, root, head, other }
}

fn outlet(code: &str) -> Value {
    json!({"id": id(), "code": code, "name": format!("测试银行({code}支行)"), "bank": "测试银行", "tier": "sub_branch",
        "lat": 34.2, "lon": 108.9, "radius_m": 150, "address": "长安路1号",
        "opening": [{"weekday": 2, "from": "13:00", "to": "17:30"}, {"weekday": 1, "from": "08:30", "to": "17:30"}, {"weekday": 2, "from": "08:30", "to": "12:00"}]})
}

fn with(mut body: Value, field: &str, value: Value) -> Value {
    body[field] = value;
    body
}

impl Site {
    async fn made(&self, body: &Value) -> Value {
        self.app.post("/outlets", &self.chen, body.clone()).await.expect(201).json()
    }
}

#[actix_web::test]
async fn an_outlet_is_made_once_and_shown_in_wgs84() {
    let s = site();
    let body = outlet("T-1");
    let made = s.made(&body).await;
    assert_eq!(made["branch"], "XA01");
    assert_eq!(made["phase"], "prospecting");
    assert_eq!(made["opening"][0], json!({"weekday": 1, "from": "08:30", "to": "17:30"}));
    assert_eq!(made["opening"][2], json!({"weekday": 2, "from": "13:00", "to": "17:30"}));
    let again = s.app.post("/outlets", &s.chen, body.clone()).await.expect(200).json();
    assert_eq!(again, made);
    // The own branch named is the same request.
    s.app.post("/outlets", &s.chen, with(body.clone(), "branch", json!("XA01"))).await.expect(200);
    let reply = s.app.post("/outlets", &s.chen, with(body.clone(), "name", json!("另一个"))).await.expect(409);
    assert_eq!(reply.json()["code"], "id_taken");
    s.app.post("/outlets", &s.wu, body.clone()).await.expect(409);
    let reply = s.app.post("/outlets", &s.chen, with(body.clone(), "id", json!(id()))).await.expect(422);
    assert_eq!(reply.faults(), ["code: taken"]);
    let path = format!("/outlets/{}", body["id"].as_str().unwrap());
    let shown = s.app.get(&path, &s.broker).await.expect(200);
    assert_eq!(shown.header("etag"), Some("\"1\""));
    assert_eq!(shown.json(), made);
    // A later edit does not change the first answer.
    s.app.patch(&path, &s.chen, json!({"name": "改过"})).await.expect(200);
    assert_eq!(s.app.post("/outlets", &s.chen, body).await.expect(200).json(), made);
}

#[actix_web::test]
async fn who_may_write_and_what_is_out_of_reach() {
    let s = site();
    let body = outlet("T-1");
    s.app.post("/outlets", &s.broker, body.clone()).await.expect(403);
    s.app.post("/outlets", &s.head, body.clone()).await.expect(403);
    s.app.api("POST", "/outlets", None, Some(body.clone())).await.expect(401);
    assert_eq!(s.app.post("/outlets", &s.root, body.clone()).await.expect(422).faults(), ["branch: required"]);
    let reply = s.app.post("/outlets", &s.root, with(body.clone(), "branch", json!("XX"))).await.expect(404);
    assert_eq!(reply.faults(), ["branch: not_found"]);
    s.app.post("/outlets", &s.chen, with(body.clone(), "branch", json!("BJ01"))).await.expect(404);
    let made = s.app.post("/outlets", &s.root, with(body, "branch", json!("XA01"))).await.expect(201).json();
    let path = format!("/outlets/{}", made["id"].as_str().unwrap());
    for (who, read, write) in [
        (&s.broker, 200, 403),
        (&s.chen, 200, 200),
        (&s.wu, 200, 200),
        (&s.root, 200, 200),
        (&s.head, 200, 403),
        (&s.other, 404, 404),
    ] {
        s.app.get(&path, who).await.expect(read);
        s.app.patch(&path, who, json!({"grade": "A"})).await.expect(write);
    }
    assert_eq!(s.app.get("/outlets", &s.other).await.expect(200).json()["items"], json!([]));
    let mine = s.app.post("/outlets", &s.other, outlet("B-1")).await.expect(201).json();
    let reply = s.app.post("/outlets", &s.chen, with(outlet("T-2"), "parent_id", mine["id"].clone())).await.expect(404);
    assert_eq!(reply.faults(), ["parent_id: not_found"]);
    s.app.get(&format!("/outlets/{}", Id::new()), &s.chen).await.expect(404);
    s.app.get("/outlets/nonsense", &s.chen).await.expect(404);
}

#[actix_web::test]
async fn everything_wrong_is_named_at_once() {
    let s = site();
    let bad = json!({"id": id(), "code": " ", "name": "", "tier": "big", "phase": "begun", "lat": 91, "datum": "mars", "radius_m": 0.5,
        "fence": [[34.0, 108.0], [34.1, 108.1]],
        "opening": [{"weekday": 8, "from": "9:00", "to": "25:00"}, {"weekday": 1, "from": "10:00", "to": "09:00"}]});
    let faults = s.app.post("/outlets", &s.chen, bad).await.expect(422).faults();
    for field in [
        "code: required",
        "name: required",
        "tier: unknown_value",
        "phase: unknown_value",
        "lon: required",
        "datum: unknown_value",
        "radius_m: not_whole",
        "fence: too_few_vertices",
        "opening[0].weekday: out_of_range",
        "opening[0].from: not_a_clock_time",
        "opening[1].to: before_start",
    ] {
        assert!(faults.contains(&field.to_owned()), "{field} in {faults:?}");
    }
    let overlap =
        json!([{"weekday": 1, "from": "09:00", "to": "12:00"}, {"weekday": 1, "from": "11:00", "to": "13:00"}]);
    let reply = s.app.post("/outlets", &s.chen, with(outlet("T-1"), "opening", overlap)).await.expect(422);
    assert_eq!(reply.faults(), ["opening[1].from: overlaps"]);
    let zero = with(with(outlet("T-1"), "lat", json!(0)), "lon", json!(0));
    assert_eq!(
        s.app.post("/outlets", &s.chen, zero).await.expect(422).faults(),
        ["lat: null_island", "lon: null_island"]
    );
    let reply = s.app.post("/outlets", &s.chen, with(outlet("T-1"), "colour", json!("red"))).await.expect(422);
    assert_eq!(reply.faults(), ["colour: unknown_field"]);
}

#[actix_web::test]
async fn a_place_and_a_fence_are_turned_into_wgs84() {
    let s = site();
    let fence = json!([[34.2512, 108.9412], [34.2512, 108.9420], [34.2520, 108.9420]]);
    let body = with(
        with(with(with(outlet("T-1"), "datum", json!("bd09")), "fence", fence), "lat", json!(34.2515)),
        "lon",
        json!(108.9415),
    );
    let made = s.made(&body).await;
    let wgs = bankside::place::Datum::Bd09.to_wgs84(bankside::place::Point::new(34.2515, 108.9415));
    assert_eq!(made["lat"].as_f64(), Some(wgs.lat));
    assert_eq!(made["lon"].as_f64(), Some(wgs.lon));
    assert_eq!(made["datum"], "wgs84");
    assert_eq!(made["given"], json!({"lat": 34.2515, "lon": 108.9415, "datum": "bd09"}));
    let corner = bankside::place::Datum::Bd09.to_wgs84(bankside::place::Point::new(34.2512, 108.9412));
    assert_eq!(made["fence"][0], json!([corner.lat, corner.lon]));
    let path = format!("/outlets/{}", made["id"].as_str().unwrap());
    let changed =
        s.app.patch(&path, &s.chen, json!({"fence": null, "lat": null, "lon": null})).await.expect(200).json();
    assert_eq!((&changed["fence"], &changed["lat"], &changed["given"]), (&Value::Null, &Value::Null, &Value::Null));
    assert_eq!(s.app.patch(&path, &s.chen, json!({"lat": 34.0})).await.expect(422).faults(), ["lon: required"]);
    assert_eq!(s.app.patch(&path, &s.chen, json!({"lat": null})).await.expect(422).faults(), ["lon: required"]);
}

#[actix_web::test]
async fn a_change_tells_absent_from_null_and_stale_from_fresh() {
    let s = site();
    let made = s.made(&with(outlet("T-1"), "grade", json!("A"))).await;
    let path = format!("/outlets/{}", made["id"].as_str().unwrap());
    let reply = s.app.patch(&path, &s.chen, json!({"grade": null, "bank": "工行", "tier": null})).await.expect(200);
    assert_eq!(reply.header("etag"), Some("\"2\""));
    let now = reply.json();
    assert_eq!(
        (&now["grade"], &now["tier"], &now["bank"], &now["name"]),
        (&Value::Null, &Value::Null, &json!("工行"), &made["name"])
    );
    // Nothing new: nothing changes.
    assert_eq!(s.app.patch(&path, &s.chen, json!({"grade": null})).await.expect(200).json()["version"], 2);
    let stale = |tag: &'static str| {
        actix_web::test::TestRequest::patch()
            .uri(&format!("/api/v1{path}"))
            .insert_header(("authorization", format!("Bearer {}", s.chen.token)))
            .insert_header(("if-match", tag))
            .set_json(json!({"grade": "B"}))
    };
    s.app.send(stale("\"1\"")).await.expect(412);
    s.app.send(stale("nonsense")).await.expect(412);
    s.app.send(stale("\"2\"")).await.expect(200);
    s.app.send(stale("*")).await.expect(200);
    assert_eq!(s.app.patch(&path, &s.chen, json!({"name": null})).await.expect(422).faults(), ["name: required"]);
    assert_eq!(
        s.app.patch(&path, &s.chen, json!({"parent_id": made["id"]})).await.expect(422).faults(),
        ["parent_id: circular"]
    );
    let child = s.made(&with(outlet("T-2"), "parent_id", made["id"].clone())).await;
    assert_eq!(
        s.app.patch(&path, &s.chen, json!({"parent_id": child["id"]})).await.expect(422).faults(),
        ["parent_id: circular"]
    );
    assert_eq!(s.app.patch(&path, &s.chen, json!({"code": "T-2"})).await.expect(422).faults(), ["code: taken"]);
    assert_eq!(s.app.patch(&path, &s.chen, json!({"code": "T-9"})).await.expect(200).json()["code"], "T-9");
    assert_eq!(s.app.patch(&path, &s.chen, json!({"id": id()})).await.expect(422).faults(), ["id: unknown_field"]);
}

#[actix_web::test]
async fn phases_move_along_their_table() {
    let s = site();
    let made = s.made(&outlet("T-1")).await;
    let path = format!("/outlets/{}", made["id"].as_str().unwrap());
    for (phase, status) in [
        ("negotiating", 200),
        ("prospecting", 409),
        ("contacted", 200),
        ("dormant", 200),
        ("established", 200),
        ("established", 200),
        ("contacted", 409),
        ("ended", 200),
    ] {
        let reply = s.app.patch(&path, &s.chen, json!({"phase": phase, "phase_reason": "试"})).await.expect(status);
        if status == 409 {
            assert_eq!(reply.json()["code"], "phase_not_allowed");
        }
    }
}

#[actix_web::test]
async fn the_list_filters_and_goes_on() {
    let s = site();
    for n in 1..=5 {
        s.made(&with(
            with(outlet(&format!("T-{n}")), "bank", json!(if n < 3 { "中国工商银行" } else { "西安银行" })),
            "lat",
            json!(34.2 + f64::from(n) / 1000.0),
        ))
        .await;
    }
    let codes = |reply: Value| {
        reply["items"].as_array().unwrap().iter().map(|o| o["code"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let get = async |query: &str| s.app.get(&format!("/outlets?{query}"), &s.broker).await.expect(200).json();
    assert_eq!(codes(get("bank=%E5%B7%A5%E8%A1%8C").await), ["T-1", "T-2"]);
    assert_eq!(codes(get("bank=nobody").await), Vec::<String>::new());
    assert_eq!(codes(get("q=t-3").await), ["T-3"]);
    assert_eq!(codes(get("q=%25").await), Vec::<String>::new());
    assert_eq!(codes(get("q=%E8%A5%BF%E5%AE%89%E9%93%B6%E8%A1%8C+T-5").await), ["T-5"]);
    assert_eq!(codes(get("tier=branch").await), Vec::<String>::new());
    assert_eq!(codes(get("tier=sub_branch&phase=prospecting").await).len(), 5);
    let mut seen = Vec::new();
    let mut cursor = String::new();
    loop {
        let part = get(&format!("limit=2{cursor}")).await;
        seen.extend(codes(part.clone()));
        match part["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(seen, ["T-1", "T-2", "T-3", "T-4", "T-5"]);
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let part = get(&format!("near=34.206,108.9&within_m=400&limit=2{cursor}")).await;
        seen.extend(
            part["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|o| (o["code"].clone(), o["distance_m"].as_f64().unwrap().round() as i64)),
        );
        match part["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(seen, [(json!("T-5"), 111), (json!("T-4"), 222), (json!("T-3"), 333)]);
    for (query, fault) in [
        ("tier=x", "tier: unknown_value"),
        ("phase=x", "phase: unknown_value"),
        ("parent=x", "parent: wrong_type"),
        ("near=1", "near: not_a_point"),
        ("near=NaN,1", "near: not_finite"),
        ("near=99,1", "near: out_of_range"),
        ("near=34,108&within_m=-1", "within_m: out_of_range"),
        ("near=34,108&within_m=NaN", "within_m: out_of_range"),
        ("within_m=5", "near: required"),
        ("limit=0", "limit: out_of_range"),
        ("limit=501", "limit: out_of_range"),
        ("limit=x", "limit: wrong_type"),
        ("cursor=x", "cursor: not_a_cursor"),
        ("colour=x", "colour: unknown_field"),
    ] {
        assert_eq!(s.app.get(&format!("/outlets?{query}"), &s.broker).await.expect(422).faults(), [fault], "{query}");
    }
    let by_code = get("limit=1").await["next_cursor"].as_str().unwrap().to_owned();
    s.app.get(&format!("/outlets?near=34,108&cursor={by_code}"), &s.broker).await.expect(422);
}
