//! People: sign-in, sessions.

use bankside::people::Caller;
use bankside::people::password;
use bankside::people::store::{self, NewUser, UserInput};
use serde_json::json;

use crate::support::TestApp;

const PASSWORD: &str = "correct horse battery staple 9";

fn with_zhang() -> TestApp {
    let app = TestApp::new();
    app.branch("XA01");
    let caller = Caller::program(app.now());
    let hash = password::hash_now(PASSWORD).unwrap();
    let input = UserInput {
        login: "Zhang".into(),
        name: "张三".into(),
        role: "broker".into(),
        branch: Some("XA01".into()),
        ..UserInput::default()
    };
    app.arrange(move |conn| store::add_user(conn, &caller, &NewUser::parse(&input)?, Some(&hash)));
    app
}

#[actix_web::test]
async fn a_session_begins_with_the_right_password_and_ends_when_told() {
    let app = with_zhang();
    let reply =
        app.api("POST", "/sessions", None, Some(json!({"login": "zhang", "password": PASSWORD}))).await.expect(201);
    let body = reply.json();
    assert_eq!(body["user"]["name"], "张三");
    assert_eq!(body["user"]["role"], "broker");
    let who = crate::support::Person {
        id: body["user"]["id"].as_str().unwrap().parse().unwrap(),
        branch: None,
        role: bankside::people::Role::Broker,
        token: body["token"].as_str().unwrap().to_owned(),
        csrf: String::new(),
        session: bankside::db::Id::new(),
    };
    assert_eq!(app.get("/me", &who).await.expect(200).json()["id"], body["user"]["id"]);
    app.delete("/sessions/current", &who).await.expect(204);
    app.get("/me", &who).await.expect(401);
}

#[actix_web::test]
async fn the_eleventh_wrong_password_has_to_wait() {
    let app = with_zhang();
    let wrong = || app.api("POST", "/sessions", None, Some(json!({"login": "zhang", "password": "not the password"})));
    for _ in 0..10 {
        assert_eq!(wrong().await.expect(401).json()["code"], "wrong_credentials");
    }
    let reply = wrong().await.expect(429);
    assert!(reply.header("retry-after").unwrap().parse::<u64>().unwrap() <= 900);
    app.api("POST", "/sessions", None, Some(json!({"login": "zhang", "password": PASSWORD}))).await.expect(429);
    app.later(chrono::Duration::minutes(16));
    app.api("POST", "/sessions", None, Some(json!({"login": "zhang", "password": PASSWORD}))).await.expect(201);
}

#[actix_web::test]
async fn a_page_without_a_session_leads_to_sign_in_and_back() {
    let app = with_zhang();
    app.page("/sign-in", None).await.expect(200);
}
