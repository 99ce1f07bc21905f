//! People: sign-in, throttling, sessions, cookies, users, links, one's own account.

use actix_web::http::{Method, header};
use actix_web::test::TestRequest;
use bankside::db::Id;
use bankside::db::schema::{audit_entries, mails, users};
use bankside::people::store::{self, NewUser, UserInput};
use bankside::people::{Caller, Role, password, second_factor};
use chrono::Duration;
use diesel::prelude::*;
use serde_json::json;

use crate::support::{Person, Reply, TestApp, id};

const PASSWORD: &str = "correct horse battery staple 9";
const OTHER: &str = "another good sentence 42";

fn give_password(app: &TestApp, person: Id, password: &str) {
    let hash = password::hash_now(password).unwrap();
    app.arrange(move |conn| {
        diesel::update(users::table.find(person)).set(users::password_hash.eq(hash)).execute(conn)?;
        Ok(())
    });
}

fn with_zhang_by(change: impl FnOnce(&mut bankside::settings::Settings)) -> TestApp {
    let app = TestApp::with(change);
    app.branch("XA01");
    let caller = Caller::program(app.now());
    let hash = password::hash_now(PASSWORD).unwrap();
    let input = UserInput {
        login: "Zhang".into(),
        name: "张三".into(),
        role: "broker".into(),
        branch: Some("XA01".into()),
        email: Some("zhang@example.com".into()),
        ..UserInput::default()
    };
    app.arrange(move |conn| store::add_user(conn, &caller, &NewUser::parse(&input)?, Some(&hash)));
    app
}

fn with_zhang() -> TestApp {
    with_zhang_by(|_| {})
}

/// A form posted by somebody who is not signed in, from an address, with more headers.
async fn post_from(app: &TestApp, address: &str, path: &str, fields: &[(&str, &str)], more: &[(&str, &str)]) -> Reply {
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let mut request = TestRequest::with_uri(path)
        .method(Method::POST)
        .peer_addr(format!("{address}:4000").parse().unwrap())
        .insert_header((header::ACCEPT_LANGUAGE, "en"))
        .insert_header((header::CONTENT_TYPE, "application/x-www-form-urlencoded"))
        .set_payload(body);
    for (name, value) in more {
        request = request.insert_header((*name, *value));
    }
    app.send(request).await
}

async fn sign_in_as(app: &TestApp, login: &str, password: &str) -> Reply {
    app.api("POST", "/sessions", None, Some(json!({"login": login, "password": password}))).await
}

fn person_of(reply: &Reply) -> Person {
    let body = reply.json();
    Person {
        id: body["user"]["id"].as_str().unwrap().parse().unwrap(),
        branch: None,
        role: Role::Broker,
        token: body["token"].as_str().unwrap().to_owned(),
        csrf: String::new(),
        session: Id::new(),
    }
}

fn cookies(reply: &Reply) -> Vec<String> {
    reply.headers.get_all(header::SET_COOKIE).map(|v| v.to_str().unwrap().to_owned()).collect()
}

fn code_of(secret: &str, app: &TestApp) -> String {
    let secret = totp_rs::Secret::try_from_base32(secret).unwrap();
    let generator = second_factor::generator(secret.as_ref().to_vec(), "x").unwrap();
    generator.generate(app.now().utc().timestamp() as u64).to_string()
}

// ---------------------------------------------------------------- sign-in and its throttle

#[actix_web::test]
async fn a_session_begins_with_the_right_password_and_ends_when_told() {
    let app = with_zhang();
    let reply = sign_in_as(&app, "ZHANG", PASSWORD).await.expect(201);
    let body = reply.json();
    assert_eq!((body["user"]["name"].as_str(), body["user"]["role"].as_str()), (Some("张三"), Some("broker")));
    let who = person_of(&reply);
    assert_eq!(app.get("/me", &who).await.expect(200).json()["id"], body["user"]["id"]);
    app.delete("/sessions/current", &who).await.expect(204);
    app.get("/me", &who).await.expect(401);
}

#[actix_web::test]
async fn the_eleventh_wrong_password_has_to_wait() {
    let app = with_zhang();
    for _ in 0..10 {
        assert_eq!(sign_in_as(&app, "zhang", "not it").await.expect(401).json()["code"], "wrong_credentials");
    }
    let reply = sign_in_as(&app, "zhang", "not it").await.expect(429);
    assert!(reply.header("retry-after").unwrap().parse::<u64>().unwrap() <= 900);
    sign_in_as(&app, "zhang", PASSWORD).await.expect(429);
    app.later(Duration::minutes(16));
    sign_in_as(&app, "zhang", PASSWORD).await.expect(201);
}

#[actix_web::test]
async fn an_unknown_login_gets_the_same_answers_as_a_known_one() {
    let app = with_zhang();
    let (known, unknown) = (sign_in_as(&app, "zhang", "not it").await, sign_in_as(&app, "nobody", "not it").await);
    assert_eq!(known.status, unknown.status);
    let strip = |reply: &Reply| {
        let mut body = reply.json();
        body["request_id"] = json!("");
        body
    };
    assert_eq!(strip(&known), strip(&unknown));
    for _ in 0..9 {
        sign_in_as(&app, "nobody", "not it").await.expect(401);
    }
    sign_in_as(&app, "nobody", "not it").await.expect(429);
}

#[actix_web::test]
async fn parallel_guesses_count_each_other() {
    let app = with_zhang();
    let guesses = (0..30).map(|_| sign_in_as(&app, "zhang", "not it"));
    let replies = futures_util::future::join_all(guesses).await;
    assert_eq!(replies.iter().filter(|r| r.status == 401).count(), 10);
    assert_eq!(replies.iter().filter(|r| r.status == 429).count(), 20);
}

#[actix_web::test]
async fn a_hundred_failures_of_an_address_stop_it_but_not_a_known_device_or_another_address() {
    let app = with_zhang();
    let right = [("login", "zhang"), ("password", PASSWORD)];
    let first = post_from(&app, "10.0.0.1", "/sign-in", &right, &[]).await.expect(303);
    let device = cookies(&first).into_iter().find(|c| c.starts_with("device=")).unwrap();
    let device = device.split(';').next().unwrap().to_owned();
    let caller = Caller { address: Some("10.0.0.1".into()), ..Caller::program(app.now()) };
    app.arrange(move |conn| {
        for n in 0..100 {
            bankside::people::tries::count(conn, &caller, Id::new(), &format!("login{n}"), false)?;
        }
        Ok(())
    });
    post_from(&app, "10.0.0.1", "/sign-in", &right, &[]).await.expect(429);
    post_from(&app, "10.0.0.1", "/sign-in", &right, &[("cookie", "device=forged.mark")]).await.expect(429);
    post_from(&app, "10.0.0.1", "/sign-in", &right, &[("cookie", &device)]).await.expect(303);
    post_from(&app, "10.0.0.2", "/sign-in", &right, &[]).await.expect(303);
}

#[actix_web::test]
async fn somebody_elses_guesses_do_not_lock_a_known_device_out() {
    let app = with_zhang();
    let right = [("login", "zhang"), ("password", PASSWORD)];
    let first = post_from(&app, "10.0.0.1", "/sign-in", &right, &[]).await.expect(303);
    let device = cookies(&first).into_iter().find(|c| c.starts_with("device=")).unwrap();
    let device = device.split(';').next().unwrap().to_owned();
    for _ in 0..10 {
        sign_in_as(&app, "zhang", "not it").await.expect(401);
    }
    post_from(&app, "10.0.0.9", "/sign-in", &right, &[]).await.expect(429);
    post_from(&app, "10.0.0.9", "/sign-in", &right, &[("cookie", &device)]).await.expect(303);
}

#[actix_web::test]
async fn a_refused_sign_in_is_shown_again_with_the_login_and_never_the_password() {
    let app = with_zhang();
    let wrong = [("login", "zhang"), ("password", "not the password"), ("to", "/account")];
    let reply = post_from(&app, "10.0.0.1", "/sign-in", &wrong, &[]).await.expect(422);
    assert!(reply.text.contains("value=\"zhang\"") && reply.text.contains("Login or password is wrong"));
    assert!(!reply.text.contains("not the password") && reply.text.contains("value=\"/account\""));
}

#[actix_web::test]
async fn signing_in_leads_back_to_a_page_of_ours_and_nowhere_else() {
    let app = with_zhang();
    for (to, wanted) in [
        ("/account?x=1", "/account?x=1"),
        ("", "/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("/\t/evil.example", "/"),
        ("/a\r\nset-cookie: x=1", "/"),
    ] {
        let fields = [("login", "zhang"), ("password", PASSWORD), ("to", to)];
        let reply = post_from(&app, "10.0.0.1", "/sign-in", &fields, &[]).await.expect(303);
        assert_eq!(reply.header("location"), Some(wanted), "{to:?}");
    }
    let reply = app.page("/account", None).await.expect(303);
    assert_eq!(reply.header("location"), Some("/sign-in?to=%2Faccount"));
}

// ---------------------------------------------------------------- sessions, cookies, browser

#[actix_web::test]
async fn cookies_are_bound_to_the_host_and_hidden_from_scripts() {
    for (base, name, secure) in
        [("http://bank.test", "bankside=", false), ("https://bank.test", "__Host-bankside=", true)]
    {
        let app = with_zhang_by(|settings| settings.base_url = base.into());
        let fields = [("login", "zhang"), ("password", PASSWORD), ("keep", "on")];
        let reply = post_from(&app, "10.0.0.1", "/sign-in", &fields, &[]).await.expect(303);
        let all = cookies(&reply);
        let session = all.iter().find(|c| c.starts_with(name)).unwrap();
        assert!(session.contains("Max-Age=2592000"), "{session}");
        for cookie in &all {
            assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax") && cookie.contains("Path=/"));
            assert!(!cookie.contains("Domain"));
            assert_eq!(cookie.contains("Secure"), secure, "{cookie}");
        }
        assert_eq!(reply.header("strict-transport-security").is_some(), secure);
        let token = session.split(['=', ';']).nth(1).unwrap();
        assert!(token.len() >= 43, "256 bits in base64");
    }
}

#[actix_web::test]
async fn a_session_at_a_desk_rests_thirty_minutes_and_lasts_twelve_hours() {
    let app = with_zhang();
    let who = person_of(&sign_in_as(&app, "zhang", PASSWORD).await.expect(201));
    for _ in 0..23 {
        app.later(Duration::minutes(30));
        app.get("/me", &who).await.expect(200);
    }
    app.later(Duration::minutes(29));
    app.get("/me", &who).await.expect(200);
    app.later(Duration::minutes(1));
    app.get("/me", &who).await.expect(401);
    let who = person_of(&sign_in_as(&app, "zhang", PASSWORD).await.expect(201));
    app.later(Duration::minutes(31));
    app.get("/me", &who).await.expect(401);
}

#[actix_web::test]
async fn a_kept_phone_stays_signed_in_for_thirty_days() {
    let app = with_zhang();
    let fields = [("login", "zhang"), ("password", PASSWORD), ("keep", "on")];
    let reply = post_from(&app, "10.0.0.1", "/sign-in", &fields, &[]).await.expect(303);
    let all = cookies(&reply);
    let cookie = all.iter().find(|c| c.starts_with("bankside=")).unwrap().split(';').next().unwrap();
    let look = || app.send(TestRequest::with_uri("/account").insert_header((header::COOKIE, cookie)));
    app.later(Duration::days(29));
    look().await.expect(200);
    app.later(Duration::days(2));
    look().await.expect(303);
}

#[actix_web::test]
async fn the_database_keeps_only_a_hash_of_a_token() {
    let app = with_zhang();
    let reply = sign_in_as(&app, "zhang", PASSWORD).await.expect(201);
    let token = reply.json()["token"].as_str().unwrap().to_owned();
    let kept: Vec<Vec<u8>> = app
        .app
        .db
        .read_now(|conn| {
            use bankside::db::schema::sessions;
            Ok(sessions::table.select(sessions::token_hash).load(conn)?)
        })
        .unwrap();
    assert_eq!(kept, [bankside::keys::token_hash(&token)]);
}

#[actix_web::test]
async fn a_clients_address_is_what_the_last_proxy_saw_and_never_what_the_client_made_up() {
    let app = with_zhang_by(|settings| settings.trusted_proxies = vec!["10.0.0.1".parse().unwrap()]);
    let fields = [("login", "zhang"), ("password", PASSWORD)];
    for (from, forwarded, seen) in [
        ("10.0.0.1", "198.51.100.7", "198.51.100.7"),
        ("10.0.0.1", "198.51.100.7, 203.0.113.9, 10.0.0.1", "203.0.113.9"),
        ("10.0.0.1", "198.51.100.7, unknown", "10.0.0.1"),
        ("192.0.2.5", "198.51.100.7", "192.0.2.5"),
    ] {
        post_from(&app, from, "/sign-in", &fields, &[("x-forwarded-for", forwarded)]).await.expect(303);
        let address: String = app.arrange(|conn| {
            use bankside::db::schema::sessions;
            Ok(sessions::table.order(sessions::id.desc()).select(sessions::address).first(conn)?)
        });
        assert_eq!(address, seen, "{forwarded}");
    }
}

#[actix_web::test]
async fn a_change_needs_the_sessions_token_and_our_own_origin() {
    let app = TestApp::new();
    let admin = app.admin("root");
    let cookie = format!("bankside={}", admin.token);
    let good = [("language", "en"), ("csrf", admin.csrf.as_str())];
    let post = |fields: Vec<(&'static str, String)>, more: Vec<(&'static str, &'static str)>| {
        let (app, cookie) = (&app, cookie.clone());
        async move {
            let fields: Vec<_> = fields.iter().map(|(n, v)| (*n, v.as_str())).collect();
            let mut all = vec![("cookie", cookie.as_str())];
            all.extend(more);
            post_from(app, "10.0.0.1", "/account/language", &fields, &all).await
        }
    };
    let good: Vec<_> = good.iter().map(|(n, v)| (*n, (*v).to_owned())).collect();
    post(good.clone(), vec![]).await.expect(303);
    post(vec![("language", "en".into())], vec![]).await.expect(400);
    post(vec![("language", "en".into()), ("csrf", "x".into())], vec![]).await.expect(400);
    post(good.clone(), vec![("origin", "https://evil.example")]).await.expect(400);
    post(good.clone(), vec![("origin", "null")]).await.expect(400);
    post(good.clone(), vec![("sec-fetch-site", "cross-site")]).await.expect(400);
    post(good.clone(), vec![("sec-fetch-site", "same-site")]).await.expect(400);
    post(good, vec![("origin", "http://127.0.0.1:8080"), ("sec-fetch-site", "same-origin")]).await.expect(303);
    let login = [("login", "root"), ("password", PASSWORD)];
    post_from(&app, "10.0.0.1", "/sign-in", &login, &[("origin", "https://evil.example")]).await.expect(400);
    // The API knows no cookies, so another site cannot use one.
    let request = TestRequest::with_uri("/api/v1/users").insert_header((header::COOKIE, cookie));
    app.send(request).await.expect(401);
}

#[actix_web::test]
async fn a_language_asked_for_is_kept() {
    let app = TestApp::new();
    let zh = app.send(TestRequest::with_uri("/sign-in").insert_header((header::ACCEPT_LANGUAGE, "zh-CN"))).await;
    assert!(zh.expect(200).text.contains("lang=\"zh-CN\""));
    let reply = app.page("/sign-in?lang=zh-CN", None).await.expect(200);
    assert!(reply.text.contains("<html lang=\"zh-CN\""));
    assert!(cookies(&reply).iter().any(|c| c.starts_with("lang=zh-CN") && c.contains("Max-Age=31536000")));
    let request = TestRequest::with_uri("/sign-in")
        .insert_header((header::ACCEPT_LANGUAGE, "en"))
        .insert_header((header::COOKIE, "lang=zh-CN"));
    assert!(app.send(request).await.expect(200).text.contains("<html lang=\"zh-CN\""));
}

#[actix_web::test]
async fn signing_out_ends_the_session_and_clears_the_browser() {
    let app = TestApp::new();
    let admin = app.admin("root");
    let reply = app.form("/sign-out", &admin, &[]).await.expect(303);
    assert_eq!(reply.header("location"), Some("/sign-in"));
    assert!(reply.header("clear-site-data").is_some());
    app.page("/account", Some(&admin)).await.expect(303);
}

// ---------------------------------------------------------------- users

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

// ---------------------------------------------------------------- links

/// Asks for a link as the admin, and reads it in the mail that goes out.
async fn link_of(app: &TestApp, admin: &Person, user: Id) -> String {
    let reply = app.form(&format!("/users/{user}/invitation"), admin, &[]).await.expect(303);
    assert!(!reply.text.contains("/invitation/"), "who is mailed the link need not be shown it");
    last_link(app)
}

fn last_link(app: &TestApp) -> String {
    let keys = app.app.keys.clone();
    let read = move |conn: &mut bankside::db::Conn| {
        let sealed: Vec<u8> = mails::table.order(mails::id.desc()).select(mails::body).first(conn)?;
        keys.open_text("mail", &sealed)
    };
    link_in(&app.app.db.read_now(read).unwrap())
}

fn link_in(text: &str) -> String {
    let at = text.find("/invitation/").unwrap();
    text[at..].split(['<', '"', ' ', '\\']).next().unwrap().to_owned()
}

#[actix_web::test]
async fn a_link_for_somebody_without_a_mailbox_is_shown_once_to_the_admin() {
    let app = TestApp::new();
    let branch = app.branch("XA01");
    let (admin, li) = (app.admin("root"), app.broker("li", branch));
    app.patch(&format!("/users/{}", li.id), &admin, json!({"email": null})).await.expect(200);
    let page = app.form(&format!("/users/{}/invitation", li.id), &admin, &[]).await.expect(200);
    app.page(&link_in(&page.text), None).await.expect(200);
    let mails: i64 = app.app.db.read_now(|conn| Ok(mails::table.count().get_result(conn)?)).unwrap();
    assert_eq!(mails, 0);
}

#[actix_web::test]
async fn an_invitation_sets_the_password_once() {
    let app = TestApp::new();
    let branch = app.branch("XA01");
    let (admin, li) = (app.admin("root"), app.broker("li", branch));
    let link = link_of(&app, &admin, li.id).await;
    assert!(app.page(&link, None).await.expect(200).text.contains("li"));
    let short = post_from(&app, "10.0.0.1", &link, &[("password", "short")], &[]).await.expect(422);
    assert!(short.text.contains("At least 12 characters") && short.text.contains("password-error"));
    let set = post_from(&app, "10.0.0.1", &link, &[("password", PASSWORD), ("username", "li")], &[]).await.expect(303);
    assert_eq!(set.header("location"), Some("/sign-in"));
    sign_in_as(&app, "li", PASSWORD).await.expect(201);
    app.page(&link, None).await.expect(410);
    post_from(&app, "10.0.0.1", &link, &[("password", OTHER)], &[]).await.expect(410);
    app.page("/invitation/unknown", None).await.expect(410);
}

#[actix_web::test]
async fn a_reset_ends_every_session_and_a_newer_link_replaces_the_older() {
    let app = with_zhang();
    let admin = app.admin("root");
    let who = person_of(&sign_in_as(&app, "zhang", PASSWORD).await.expect(201));
    let (old, new) = (link_of(&app, &admin, who.id).await, link_of(&app, &admin, who.id).await);
    app.page(&old, None).await.expect(410);
    app.get("/me", &who).await.expect(200);
    post_from(&app, "10.0.0.1", &new, &[("password", OTHER)], &[]).await.expect(303);
    app.get("/me", &who).await.expect(401);
    sign_in_as(&app, "zhang", PASSWORD).await.expect(401);
    sign_in_as(&app, "zhang", OTHER).await.expect(201);
}

#[actix_web::test]
async fn a_link_works_for_a_day_and_not_for_the_disabled() {
    let app = with_zhang();
    let admin = app.admin("root");
    let who = person_of(&sign_in_as(&app, "zhang", PASSWORD).await.expect(201));
    let link = link_of(&app, &admin, who.id).await;
    app.later(Duration::hours(23));
    app.page(&link, None).await.expect(200);
    app.later(Duration::hours(1));
    app.page(&link, None).await.expect(410);
    let link = link_of(&app, &admin, who.id).await;
    app.form(&format!("/users/{}/suspension", who.id), &admin, &[]).await.expect(303);
    app.page(&link, None).await.expect(410);
    app.form(&format!("/users/{}/invitation", who.id), &admin, &[]).await.expect(409);
}

#[actix_web::test]
async fn of_two_who_use_a_link_at_once_one_wins() {
    let app = with_zhang();
    let admin = app.admin("root");
    let who = person_of(&sign_in_as(&app, "zhang", PASSWORD).await.expect(201));
    let link = link_of(&app, &admin, who.id).await;
    let tries = (0..4).map(|n| {
        let (app, link) = (&app, link.clone());
        async move {
            let password = format!("a rather good sentence {n}");
            post_from(app, "10.0.0.1", &link, &[("password", &password)], &[]).await.status.as_u16()
        }
    });
    let mut answers = futures_util::future::join_all(tries).await;
    answers.sort_unstable();
    assert_eq!(answers, [303, 410, 410, 410]);
}

#[actix_web::test]
async fn a_forgotten_password_gets_the_same_answer_for_every_login() {
    let app = with_zhang();
    let ask = |login: &'static str| {
        let app = &app;
        async move {
            let reply = post_from(app, "10.0.0.1", "/forgotten", &[("login", login)], &[]).await;
            reply.expect(200).text
        }
    };
    let known = ask("zhang").await;
    assert_eq!(known, ask("nobody").await);
    for _ in 0..5 {
        assert_eq!(known, ask("zhang").await, "asking often changes nothing");
    }
    let links: i64 =
        app.app.db.read_now(|conn| Ok(bankside::db::schema::invitations::table.count().get_result(conn)?)).unwrap();
    assert_eq!(links, 3, "and fills nobody's mailbox");
    app.page(&last_link(&app), None).await.expect(200);
    post_from(&app, "10.0.0.1", "/forgotten", &[("login", " ")], &[]).await.expect(422);
}

// ---------------------------------------------------------------- one's own account

#[actix_web::test]
async fn changing_the_password_asks_for_the_old_one_and_ends_the_other_sessions() {
    let app = TestApp::new();
    let admin = app.admin("root");
    give_password(&app, admin.id, PASSWORD);
    let elsewhere = person_of(&sign_in_as(&app, "root", PASSWORD).await.expect(201));
    let change = |old: &'static str, new: &'static str| {
        let (app, admin) = (&app, &admin);
        async move { app.form("/account/password", admin, &[("old", old), ("password", new)]).await }
    };
    assert!(change("not it", OTHER).await.expect(422).text.contains("old-error"));
    assert!(change(PASSWORD, "password1234").await.expect(422).text.contains("password-error"));
    assert!(change(PASSWORD, PASSWORD).await.expect(422).text.contains("password-error"));
    app.get("/me", &elsewhere).await.expect(200);
    change(PASSWORD, OTHER).await.expect(303);
    app.get("/me", &elsewhere).await.expect(401);
    app.page("/account", Some(&admin)).await.expect(200);
    sign_in_as(&app, "root", OTHER).await.expect(201);
}

#[actix_web::test]
async fn guessing_the_old_password_in_a_stolen_session_has_to_wait() {
    let app = TestApp::new();
    let admin = app.admin("root");
    give_password(&app, admin.id, PASSWORD);
    for _ in 0..10 {
        app.form("/account/password", &admin, &[("old", "guess"), ("password", OTHER)]).await.expect(422);
    }
    app.form("/account/password", &admin, &[("old", PASSWORD), ("password", OTHER)]).await.expect(429);
    // Signing in is another count: the thief cannot lock the owner out.
    sign_in_as(&app, "root", PASSWORD).await.expect(201);
}

#[actix_web::test]
async fn one_lists_and_ends_ones_own_sessions_only() {
    let app = with_zhang();
    let admin = app.admin("root");
    give_password(&app, admin.id, PASSWORD);
    let phone = person_of(&sign_in_as(&app, "root", PASSWORD).await.expect(201));
    let tablet = person_of(&sign_in_as(&app, "root", PASSWORD).await.expect(201));
    let zhang = person_of(&sign_in_as(&app, "zhang", PASSWORD).await.expect(201));
    let page = app.page("/account", Some(&admin)).await.expect(200);
    assert_eq!(page.text.matches("/account/sessions/").count(), 3, "two others, and all others");
    let at = page.text.find("/account/sessions/").unwrap();
    let end = page.text[at..].split('"').next().unwrap().to_owned();
    app.form(&end, &admin, &[]).await.expect(303);
    let left = [&phone, &tablet].map(|p| app.get("/me", p));
    let alive = futures_util::future::join_all(left).await.iter().filter(|r| r.status == 200).count();
    assert_eq!(alive, 1);
    app.form(&end, &admin, &[]).await.expect(404);
    app.form("/account/sessions/end", &admin, &[]).await.expect(303);
    app.get("/me", &phone).await.expect(401);
    app.get("/me", &tablet).await.expect(401);
    app.get("/me", &zhang).await.expect(200);
}

/// Sets up the second factor of somebody whose password is `PASSWORD`; answers the secret.
async fn set_up(app: &TestApp, who: &Person) -> String {
    let page = app.page("/account/second-factor", Some(who)).await.expect(200);
    let value = |mark: &str, end: char| {
        let at = page.text.find(mark).unwrap() + mark.len();
        page.text[at..].split(end).next().unwrap().to_owned()
    };
    let (draft, secret) = (value("name=\"draft\" value=\"", '"'), value("<code>", '<').replace(' ', ""));
    assert!(page.text.contains("<svg role=\"img\""), "a QR code");
    let wrong = [("draft", draft.as_str()), ("password", PASSWORD), ("otp", "000000")];
    let refused = app.form("/account/second-factor", who, &wrong).await.expect(422);
    assert!(refused.text.contains(&draft), "the same secret again");
    let code = code_of(&secret, app);
    let nobody = [("draft", draft.as_str()), ("password", "not it"), ("otp", code.as_str())];
    app.form("/account/second-factor", who, &nobody).await.expect(422);
    let right = [("draft", draft.as_str()), ("password", PASSWORD), ("otp", code.as_str())];
    app.form("/account/second-factor", who, &right).await.expect(303);
    secret
}

#[actix_web::test]
async fn a_second_factor_is_asked_for_and_each_code_works_once() {
    let app = TestApp::new();
    let admin = app.admin("root");
    give_password(&app, admin.id, PASSWORD);
    let secret = set_up(&app, &admin).await;
    let with = |otp: String| {
        let app = &app;
        async move {
            app.api("POST", "/sessions", None, Some(json!({"login": "root", "password": PASSWORD, "otp": otp}))).await
        }
    };
    assert_eq!(sign_in_as(&app, "root", PASSWORD).await.expect(401).json()["code"], "second_factor");
    // The code that set it up is used up.
    with(code_of(&secret, &app)).await.expect(401);
    app.later(Duration::seconds(31));
    let code = code_of(&secret, &app);
    let spaced = format!("{} {}", &code[..3], &code[3..]);
    with(spaced).await.expect(201);
    with(code).await.expect(401);
    let asked = post_from(&app, "10.0.0.1", "/sign-in", &[("login", "root"), ("password", PASSWORD)], &[]).await;
    assert!(asked.expect(422).text.contains("name=\"otp\""));
    app.later(Duration::seconds(31));
    assert!(
        app.form("/account/second-factor/removal", &admin, &[("otp", "123")])
            .await
            .expect(422)
            .text
            .contains("otp-error")
    );
    let code = code_of(&secret, &app);
    app.form("/account/second-factor/removal", &admin, &[("otp", &code)]).await.expect(303);
    sign_in_as(&app, "root", PASSWORD).await.expect(201);
}

/// The token of a sign-in of which only the code is missing.
fn halfway(reply: &Reply) -> String {
    let mark = "name=\"halfway\" value=\"";
    let at = reply.text.find(mark).unwrap_or_else(|| panic!("no token: {}", reply.text)) + mark.len();
    reply.text[at..].split('"').next().unwrap().to_owned()
}

#[actix_web::test]
async fn after_the_password_only_the_code_is_asked_for() {
    let app = TestApp::new();
    let admin = app.admin("root");
    give_password(&app, admin.id, PASSWORD);
    let secret = set_up(&app, &admin).await;
    app.later(Duration::seconds(31));
    let first = [("login", "root"), ("password", PASSWORD), ("keep", "on"), ("to", "/mail")];
    let post = |fields: Vec<(&'static str, String)>| {
        let app = &app;
        async move {
            let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
            post_from(app, "10.0.0.1", "/sign-in", &fields, &[]).await
        }
    };
    let asked = post_from(&app, "10.0.0.1", "/sign-in", &first, &[]).await.expect(422);
    let token = halfway(&asked);
    assert!(!asked.text.contains("name=\"password\"") && !asked.text.contains("aria-invalid"), "{}", asked.text);
    assert!(asked.text.contains("name=\"to\" value=\"/mail\""));
    let with = |token: &str, otp: &str| {
        vec![("halfway", token.to_owned()), ("otp", otp.to_owned()), ("to", "/mail".to_owned())]
    };
    // A wrong code is said beside its field, and the next one may be right.
    let wrong = post(with(&token, "000000")).await.expect(422);
    assert!(wrong.text.contains("aria-invalid") && halfway(&wrong) == token, "{}", wrong.text);
    let code = code_of(&secret, &app);
    let signed_in = post(with(&token, &code)).await.expect(303);
    assert_eq!(signed_in.header("location"), Some("/mail"));
    let cookies = signed_in.headers.get_all("set-cookie").map(|c| c.to_str().unwrap()).collect::<Vec<_>>().join("|");
    assert!(cookies.contains("Max-Age"), "the tick of the first step is kept: {cookies}");
    // It is good for one session, whatever the next code is.
    app.later(Duration::seconds(31));
    let again = post(with(&token, &code_of(&secret, &app))).await.expect(422);
    assert!(again.text.contains("name=\"password\"") && !again.text.contains("name=\"otp\""), "{}", again.text);
    // Nor does it last, nor outlive the password, nor was one made up.
    let late = halfway(&post_from(&app, "10.0.0.1", "/sign-in", &first, &[]).await);
    app.later(Duration::minutes(6));
    post(with(&late, &code_of(&secret, &app))).await.expect(422);
    let old = halfway(&post_from(&app, "10.0.0.1", "/sign-in", &first, &[]).await);
    give_password(&app, admin.id, "another good password");
    post(with(&old, &code_of(&secret, &app))).await.expect(422);
    post(with("made-up", &code_of(&secret, &app))).await.expect(422);
    // The password and the code at once still work.
    app.later(Duration::seconds(31));
    let code = code_of(&secret, &app);
    let whole = [("login", "root"), ("password", "another good password"), ("otp", code.as_str())];
    post_from(&app, "10.0.0.1", "/sign-in", &whole, &[]).await.expect(303);
}

#[actix_web::test]
async fn codes_are_guessed_no_faster_after_a_right_password() {
    let app = TestApp::new();
    let admin = app.admin("root");
    give_password(&app, admin.id, PASSWORD);
    set_up(&app, &admin).await;
    let first = [("login", "root"), ("password", PASSWORD)];
    let token = halfway(&post_from(&app, "10.0.0.1", "/sign-in", &first, &[]).await);
    for _ in 0..10 {
        let fields = [("halfway", token.as_str()), ("otp", "000000")];
        post_from(&app, "10.0.0.1", "/sign-in", &fields, &[]).await.expect(422);
    }
    let fields = [("halfway", token.as_str()), ("otp", "000000")];
    post_from(&app, "10.0.0.1", "/sign-in", &fields, &[]).await.expect(429);
    post_from(&app, "10.0.0.1", "/sign-in", &first, &[]).await.expect(429);
}

#[actix_web::test]
async fn asking_for_the_code_is_no_failure_but_a_wrong_code_is() {
    let app = TestApp::new();
    let admin = app.admin("root");
    give_password(&app, admin.id, PASSWORD);
    set_up(&app, &admin).await;
    for _ in 0..12 {
        sign_in_as(&app, "root", PASSWORD).await.expect(401);
    }
    for _ in 0..10 {
        let body = json!({"login": "root", "password": PASSWORD, "otp": "000000"});
        app.api("POST", "/sessions", None, Some(body)).await.expect(401);
    }
    sign_in_as(&app, "root", PASSWORD).await.expect(429);
}

#[actix_web::test]
async fn an_admin_takes_a_lost_second_factor_away() {
    let app = TestApp::new();
    let branch = app.branch("XA01");
    let (admin, li) = (app.admin("root"), app.broker("li", branch));
    give_password(&app, li.id, PASSWORD);
    set_up(&app, &li).await;
    sign_in_as(&app, "li", PASSWORD).await.expect(401);
    app.form(&format!("/users/{}/second-factor/removal", li.id), &admin, &[]).await.expect(303);
    sign_in_as(&app, "li", PASSWORD).await.expect(201);
}

#[actix_web::test]
async fn a_role_that_must_have_a_second_factor_is_led_to_set_it_up_before_anything_else() {
    let app = TestApp::with(|settings| settings.require_second_factor = vec![Role::Admin]);
    let admin = app.admin("root");
    give_password(&app, admin.id, PASSWORD);
    let reply = app.page("/users", Some(&admin)).await.expect(303);
    assert_eq!(reply.header("location"), Some("/account/second-factor"));
    assert_eq!(app.get("/users", &admin).await.expect(403).json()["code"], "second_factor_required");
    app.form("/account/language", &admin, &[("language", "en")]).await.expect(303);
    set_up(&app, &admin).await;
    app.page("/users", Some(&admin)).await.expect(200);
    app.get("/users", &admin).await.expect(200);
    let branch = app.branch("XA01");
    app.get("/me", &app.broker("li", branch)).await.expect(200);
}

#[actix_web::test]
async fn the_language_of_ones_mails_is_ones_own_choice() {
    let app = TestApp::new();
    let admin = app.admin("root");
    app.form("/account/language", &admin, &[("language", "fr")]).await.expect(422);
    app.form("/account/language", &admin, &[("language", "en")]).await.expect(303);
    let id = admin.id;
    let kept: String =
        app.app.db.read_now(move |conn| Ok(users::table.find(id).select(users::language).first(conn)?)).unwrap();
    assert_eq!(kept, "en");
}
