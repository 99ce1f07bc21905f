//! Sessions: cookies, what a browser sends along, how they end.

use actix_web::http::header;
use actix_web::test::TestRequest;
use chrono::Duration;
use diesel::prelude::*;

use super::{PASSWORD, cookies, person_of, post_from, sign_in_as, with_zhang, with_zhang_by};
use crate::support::TestApp;

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
        ("10.0.0.1", "\u{e9}, 203.0.113.9", "203.0.113.9"),
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
