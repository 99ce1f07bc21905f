//! Signing in, and how it is throttled.

use bankside::db::Id;
use bankside::people::Caller;
use chrono::Duration;
use serde_json::json;

use super::{PASSWORD, cookies, person_of, post_from, sign_in_as, with_zhang};
use crate::support::Reply;

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
