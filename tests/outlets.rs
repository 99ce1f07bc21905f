//! Outlets: the list and its filters, making and changing one, who may.

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

#[actix_web::test]
async fn the_pages_show_what_is_in_reach() {
    let s = site();
    let body = with(outlet("T-1"), "name", json!("<i>测试</i>支行"));
    s.made(&body).await;
    let path = format!("/outlets/{}", body["id"].as_str().unwrap());
    for who in [&s.broker, &s.chen, &s.root, &s.head] {
        let page = s.app.page("/outlets?q=T-1", Some(who)).await.expect(200).text;
        assert!(page.contains("&lt;i&gt;测试&lt;/i&gt;支行") && !page.contains("<i>测试"), "{page}");
        s.app.page("/outlets/map?phase=prospecting", Some(who)).await.expect(200);
        let page = s.app.page(&path, Some(who)).await.expect(200).text;
        assert!(page.contains("uri.amap.com") && page.contains("13:00 – 17:30"), "{page}");
        assert_eq!(page.contains("/edit\""), s.chen.id == who.id || s.root.id == who.id);
    }
    s.app.page(&path, Some(&s.other)).await.expect(404);
    assert!(!s.app.page("/outlets", Some(&s.other)).await.expect(200).text.contains("测试"));
    s.app.page("/outlets", None).await.expect(303);
    s.app.page("/outlets?tier=x", Some(&s.chen)).await.expect(422);
    s.app.page("/outlets?lang=zh-CN", Some(&s.chen)).await.expect(200);
}

fn filled(code: &str, more: &[(&'static str, &str)]) -> Vec<(&'static str, String)> {
    let base = [
        ("id", id()),
        ("code", code.to_owned()),
        ("name", "测试支行".into()),
        ("radius_m", "150".into()),
        ("hours_1", "9:00-12:00, 13:00–17:00".into()),
    ];
    let more = more.iter().map(|(n, v)| (*n, (*v).to_owned()));
    base.into_iter().filter(|(n, _)| more.clone().all(|(m, _)| m != *n)).chain(more.clone()).collect()
}

fn pairs<'a>(fields: &'a [(&'static str, String)]) -> Vec<(&'a str, &'a str)> {
    fields.iter().map(|(n, v)| (*n, v.as_str())).collect()
}

/// The value of a hidden field of a page.
fn hidden(page: &str, name: &str) -> String {
    let at = page.split(&format!("name=\"{name}\" value=\"")).nth(1).unwrap_or_else(|| panic!("{name} in {page}"));
    at.split('"').next().unwrap().to_owned()
}

#[actix_web::test]
async fn the_form_makes_an_outlet_once_and_keeps_what_was_typed() {
    let s = site();
    s.app.page("/outlets/new", Some(&s.chen)).await.expect(200);
    s.app.page("/outlets/new", Some(&s.broker)).await.expect(403);
    s.app.page("/outlets/new", Some(&s.head)).await.expect(403);
    let bad = filled(
        "T 1",
        &[
            ("lat", "here"),
            ("fence", "34.1,108\nx"),
            ("hours_2", "all day"),
            ("hours_3", "12:00-09:00"),
            ("parent", "zz"),
        ],
    );
    let page = s.app.form("/outlets", &s.chen, &pairs(&bad)).await.expect(422).text;
    assert!(page.contains("value=\"T 1\"") && page.contains("zz"), "{page}");
    let bad = filled("T 1", &[("lat", "here"), ("fence", "34.1,108\nx"), ("hours_2", "all day")]);
    let page = s.app.form("/outlets", &s.chen, &pairs(&bad)).await.expect(422).text;
    for part in ["请填写数字", "第 2 行不是 纬度,经度", "请写成 09:00-17:00"] {
        assert!(page.contains(part), "{part} in {page}");
    }
    // What is no number must not leave two others that look like a corner.
    let bad = filled("T-1", &[("fence", "34.2512, 108.9412\n34.2512 x 108.9420\n34.2520 108.9420")]);
    let page = s.app.form("/outlets", &s.chen, &pairs(&bad)).await.expect(422).text;
    assert!(page.contains("第 2 行不是 纬度,经度"), "{page}");
    let bad = filled("T 1", &[("hours_3", "12:00-09:00")]);
    let page = s.app.form("/outlets", &s.chen, &pairs(&bad)).await.expect(422).text;
    assert!(page.contains("不能含有空格") && page.contains("id=\"hours_3-error\""), "{page}");
    let good =
        filled("T-1", &[("fence", "34.2512, 108.9412\n34.2512\t108.9420\n34.2520 108.9420\n"), ("bank", "招行")]);
    let at = s.app.form("/outlets", &s.chen, &pairs(&good)).await.expect(303);
    assert_eq!(
        s.app.form("/outlets", &s.chen, &pairs(&good)).await.expect(303).header("location"),
        at.header("location")
    );
    let made = s.app.get("/outlets", &s.chen).await.expect(200).json();
    assert_eq!(made["items"].as_array().unwrap().len(), 1);
    assert_eq!(made["items"][0]["fence"].as_array().unwrap().len(), 3);
    assert_eq!(made["items"][0]["opening"].as_array().unwrap().len(), 2);
}

#[actix_web::test]
async fn a_stale_form_is_shown_again_as_it_was_typed() {
    let s = site();
    let made = s.made(&outlet("T-1")).await;
    let path = format!("/outlets/{}", made["id"].as_str().unwrap());
    let edit = s.app.page(&format!("{path}/edit"), Some(&s.chen)).await.expect(200).text;
    assert_eq!(hidden(&edit, "version"), "1");
    s.app.patch(&path, &s.wu, json!({"grade": "B"})).await.expect(200);
    let typed = filled(
        "T-1",
        &[
            ("version", "1"),
            ("name", "新的名字"),
            ("phase", "prospecting"),
            ("tier", "sub_branch"),
            ("bank", "测试银行"),
        ],
    );
    let page = s.app.form(&path, &s.chen, &pairs(&typed)).await.expect(412).text;
    assert!(page.contains("新的名字"), "{page}");
    assert_eq!(hidden(&page, "version"), "2");
    let typed = filled(
        "T-1",
        &[
            ("version", "2"),
            ("name", "新的名字"),
            ("phase", "launch"),
            ("phase_reason", "签了"),
            ("tier", "sub_branch"),
            ("bank", "测试银行"),
            ("grade", "B"),
        ],
    );
    s.app.form(&path, &s.chen, &pairs(&typed)).await.expect(303);
    let now = s.app.get(&path, &s.chen).await.expect(200).json();
    assert_eq!((&now["name"], &now["phase"], &now["version"]), (&json!("新的名字"), &json!("launch"), &json!(3)));
    assert!(s.app.page(&path, Some(&s.chen)).await.expect(200).text.contains("签了"));
    s.app.form(&path, &s.other, &pairs(&typed)).await.expect(404);
    s.app.form(&path, &s.broker, &pairs(&typed)).await.expect(403);
    s.app.form(&path, &s.head, &pairs(&typed)).await.expect(403);
}

#[actix_web::test]
async fn the_form_asks_why_an_outlet_rests_or_ends_and_its_history_says_it() {
    let s = site();
    let made = s.made(&outlet("T-1")).await;
    let path = format!("/outlets/{}", made["id"].as_str().unwrap());
    for (version, phase) in [("1", "ended"), ("1", "dormant")] {
        let typed = filled("T-1", &[("version", version), ("phase", phase), ("phase_reason", " ")]);
        let page = s.app.form(&format!("{path}?lang=en"), &s.chen, &pairs(&typed)).await.expect(422).text;
        assert!(page.contains("id=\"phase_reason-error\"") && page.contains("Say why it rests or ends"), "{page}");
    }
    assert_eq!(s.app.get(&path, &s.chen).await.json()["phase"], "prospecting");
    let typed = filled("T-1", &[("version", "1"), ("phase", "ended"), ("phase_reason", "网点撤并")]);
    s.app.form(&path, &s.chen, &pairs(&typed)).await.expect(303);
    assert!(s.app.page(&path, Some(&s.chen)).await.expect(200).text.contains("网点撤并"));
    // What has ended may be edited without saying so again, and programs are asked for no reason.
    let typed = filled("T-1", &[("version", "2"), ("phase", "ended"), ("note", "搬走了")]);
    s.app.form(&path, &s.chen, &pairs(&typed)).await.expect(303);
    s.app.patch(&path, &s.chen, json!({"phase": "dormant"})).await.expect(200);
}

#[actix_web::test]
async fn closed_days_and_contacts_come_and_go() {
    let s = site();
    let made = s.made(&outlet("T-1")).await;
    let path = format!("/outlets/{}", made["id"].as_str().unwrap());
    for page in ["closures/new", "contacts/new"] {
        s.app.page(&format!("{path}/{page}"), Some(&s.chen)).await.expect(200);
        s.app.page(&format!("{path}/{page}"), Some(&s.broker)).await.expect(403);
        s.app.page(&format!("{path}/{page}"), Some(&s.other)).await.expect(404);
    }
    let closures = format!("{path}/closures");
    s.app.form(&closures, &s.chen, &[("id", &id()), ("from", "2026-12-02"), ("to", "2026-12-01")]).await.expect(422);
    let key = id();
    for _ in 0..2 {
        s.app
            .form(&closures, &s.chen, &[("id", &key), ("from", "2026-12-01"), ("to", ""), ("reason", "装修")])
            .await
            .expect(303);
    }
    let page = s.app.page(&path, Some(&s.broker)).await.expect(200).text;
    assert_eq!(page.matches("装修").count(), 1);
    s.app.form(&format!("{closures}/{key}/removal"), &s.other, &[]).await.expect(404);
    s.app.form(&format!("{closures}/{key}/removal"), &s.chen, &[]).await.expect(303);
    assert!(!s.app.page(&path, Some(&s.broker)).await.expect(200).text.contains("装修"));
    let contacts = format!("{path}/contacts");
    let key = id();
    let typed = [
        ("id", key.as_str()),
        ("name", "周敏"),
        ("role", "大堂经理"),
        ("influence", "gate_keeps"),
        ("birthday", "3月5日"),
        ("is_client", "on"),
    ];
    for _ in 0..2 {
        s.app.form(&contacts, &s.chen, &typed).await.expect(303);
    }
    let page = s.app.page(&path, Some(&s.broker)).await.expect(200).text;
    assert!(page.matches("周敏").count() == 1 && page.contains("03-05"), "{page}");
    s.app.form(&contacts, &s.chen, &[("id", &id()), ("name", "周敏"), ("role", "大堂经理")]).await.expect(422);
    s.app
        .form(&contacts, &s.chen, &[("id", &id()), ("name", ""), ("birthday", "soon"), ("note", "11010519491231002X")])
        .await
        .expect(422);
    let one = format!("{contacts}/{key}");
    s.app.page(&one, Some(&s.chen)).await.expect(200);
    s.app.form(&one, &s.chen, &[("name", "周敏敏")]).await.expect(303);
    assert!(s.app.page(&path, Some(&s.chen)).await.expect(200).text.contains("周敏敏"));
    s.app.form(&format!("{one}/removal"), &s.broker, &[]).await.expect(403);
    s.app.form(&format!("{one}/removal"), &s.chen, &[]).await.expect(303);
    s.app.page(&one, Some(&s.chen)).await.expect(404);
}
