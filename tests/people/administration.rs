//! Users and branches, as the admin sees to them.

use actix_web::http::header;
use actix_web::test::TestRequest;
use bankside::db::schema::audit_entries;
use diesel::prelude::*;
use serde_json::json;

use super::{PASSWORD, person_of, sign_in_as, with_zhang};
use crate::support::{TestApp, id};

#[actix_web::test]
async fn users_are_for_admins_alone() {
    let app = TestApp::new();
    let branch = app.branch("XA01");
    for who in [app.broker("b", branch), app.coordinator("c", branch), app.manager("m", branch)] {
        app.page("/users", Some(&who)).await.expect(403);
        app.get("/users", &who).await.expect(403);
        app.post("/users", &who, json!({})).await.expect(403);
    }
    let denied: i64 = app
        .app
        .db
        .read_now(|conn| {
            Ok(audit_entries::table.filter(audit_entries::action.eq("access.denied")).count().get_result(conn)?)
        })
        .unwrap();
    assert_eq!(denied, 9);
}

#[actix_web::test]
async fn an_admin_adds_finds_and_changes_a_user() {
    let app = TestApp::new();
    app.branch("XA01");
    let admin = app.admin("root");
    let fields = [
        ("id", id()),
        ("login", "LiSi".into()),
        ("name", "李四".into()),
        ("role", "broker".into()),
        ("branch", "XA01".into()),
        ("email", "li@example.com".into()),
        ("language", "en".into()),
        ("certificate_no", "S0123".into()),
        ("certificate_expires_on", "2026-12-01".into()),
    ];
    let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v): &(&str, String)| (*n, v.as_str())).collect();
    let reply = app.form("/users", &admin, &fields).await.expect(303);
    let path = reply.header("location").unwrap().to_owned();
    // Sent twice, there is one.
    assert_eq!(app.form("/users", &admin, &fields).await.expect(303).header("location"), Some(path.as_str()));
    let list = app.page("/users?branch=XA01&role=broker&standing=certificate", Some(&admin)).await.expect(200);
    assert!(list.text.contains("李四") && list.text.contains("还剩 8 天"));
    let found = app.form("/users/search", &admin, &[("q", "LISI")]).await.expect(200);
    assert!(found.text.contains("李四"));
    assert!(!app.form("/users/search", &admin, &[("q", "100%")]).await.expect(200).text.contains("李四"));
    let page = app.page(&path, Some(&admin)).await.expect(200);
    assert!(page.text.contains("name=\"version\" value=\"1\""));
    let change =
        [("version", "1"), ("name", "李小四"), ("role", "coordinator"), ("branch", "XA01"), ("language", "en")];
    app.form(&path, &admin, &change).await.expect(303);
    let stale = app.form(&path, &admin, &change).await.expect(412);
    assert!(stale.text.contains("李小四") && stale.text.contains("name=\"version\" value=\"2\""));
    let bad =
        [("version", "2"), ("name", ""), ("role", "broker"), ("branch", ""), ("email", "none"), ("language", "en")];
    let refused = app.form(&path, &admin, &bad).await.expect(422);
    assert!(refused.text.contains("name-error") && refused.text.contains("value=\"none\""));
}

#[actix_web::test]
async fn what_is_wrong_with_a_new_user_is_said_by_field() {
    let app = TestApp::new();
    app.branch("XA01");
    let admin = app.admin("root");
    let body = json!({"id": id(), "login": "a b", "name": " ", "role": "boss", "email": "x", "language": "fr",
        "certificate_expires_on": "tomorrow"});
    let mut faults = app.post("/users", &admin, body).await.expect(422).faults();
    faults.sort();
    assert_eq!(
        faults,
        [
            "certificate_expires_on: not_a_date",
            "email: not_an_email",
            "language: unknown_value",
            "login: has_space",
            "name: required",
            "role: unknown_value"
        ]
    );
    let reply =
        app.post("/users", &admin, json!({"id": id(), "login": "a", "name": "A", "role": "broker"})).await.expect(422);
    assert_eq!(reply.faults(), ["branch: required"]);
    let body = json!({"id": id(), "login": "ROOT", "name": "A", "role": "admin"});
    assert_eq!(app.post("/users", &admin, body).await.expect(422).faults(), ["login: taken"]);
}

#[actix_web::test]
async fn the_api_answers_a_keyed_user_once_and_patches_by_version() {
    let app = TestApp::new();
    app.branch("XA01");
    let admin = app.admin("root");
    let key = id();
    let body = json!({"id": key, "login": "wang", "name": "王五", "role": "broker", "branch": "XA01"});
    let first = app.post("/users", &admin, body.clone()).await.expect(201).json();
    let path = format!("/users/{key}");
    let patched = app.patch(&path, &admin, json!({"email": "w@example.com", "disabled": true})).await.expect(200);
    assert_eq!(patched.header("etag"), Some("\"2\""));
    assert!(patched.json()["disabled_at"].is_string());
    assert_eq!(app.post("/users", &admin, body.clone()).await.expect(200).json(), first);
    let mut other = body;
    other["name"] = json!("赵六");
    assert_eq!(app.post("/users", &admin, other).await.expect(409).json()["code"], "id_taken");
    let patch = |tag: &'static str| {
        let request = TestRequest::patch()
            .uri(&format!("/api/v1{path}"))
            .insert_header((header::AUTHORIZATION, format!("Bearer {}", admin.token)))
            .insert_header((header::IF_MATCH, tag))
            .set_json(json!({"email": null}));
        app.send(request)
    };
    patch("\"1\"").await.expect(412);
    assert_eq!(patch("\"2\"").await.expect(200).json()["email"], json!(null));
    app.get(&format!("/users/{}", id()), &admin).await.expect(404);
    assert_eq!(app.patch(&path, &admin, json!({"login": "x"})).await.expect(422).faults(), ["login: unknown_field"]);
}

#[actix_web::test]
async fn the_list_goes_on_by_a_cursor_that_holds_no_name() {
    let app = TestApp::new();
    let branch = app.branch("XA01");
    let admin = app.admin("root");
    for n in 0..5 {
        app.broker(&format!("broker{n}"), branch);
    }
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = app.get(&format!("/users?limit=2{cursor}"), &admin).await.expect(200).json();
        seen.extend(page["items"].as_array().unwrap().iter().map(|u| u["login"].as_str().unwrap().to_owned()));
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(seen, ["broker0", "broker1", "broker2", "broker3", "broker4", "root"]);
    assert_eq!(app.get("/users?limit=0", &admin).await.expect(422).faults(), ["limit: out_of_range"]);
    assert_eq!(app.get("/users?q=zhang", &admin).await.expect(422).faults(), ["q: unknown_field"]);
}

#[actix_web::test]
async fn disabling_ends_every_session_and_an_admin_cannot_shut_themselves_out() {
    let app = with_zhang();
    let admin = app.admin("root");
    let who = person_of(&sign_in_as(&app, "zhang", PASSWORD).await.expect(201));
    app.form(&format!("/users/{}/suspension", who.id), &admin, &[]).await.expect(303);
    app.get("/me", &who).await.expect(401);
    sign_in_as(&app, "zhang", PASSWORD).await.expect(401);
    app.form(&format!("/users/{}/suspension/end", who.id), &admin, &[]).await.expect(303);
    app.get("/me", &who).await.expect(401);
    sign_in_as(&app, "zhang", PASSWORD).await.expect(201);
    app.form(&format!("/users/{}/suspension", admin.id), &admin, &[]).await.expect(409);
    let own = format!("/users/{}", admin.id);
    assert_eq!(app.patch(&own, &admin, json!({"role": "manager"})).await.expect(409).json()["code"], "own_account");
}

#[actix_web::test]
async fn branches_are_listed_and_added() {
    let app = TestApp::new();
    let admin = app.admin("root");
    let fields = [("code", "XA02"), ("name", "西安二部"), ("time_zone", "Asia/Shanghai")];
    app.form("/branches", &admin, &fields).await.expect(303);
    assert!(app.page("/branches", Some(&admin)).await.expect(200).text.contains("西安二部"));
    let again = app.form("/branches", &admin, &fields).await.expect(422);
    assert!(again.text.contains("code-error") && again.text.contains("value=\"XA02\""));
    app.form("/branches", &admin, &[("code", "X"), ("name", "Y"), ("time_zone", "Mars")]).await.expect(422);
}
