//! The second factor: setting it up, signing in with it, who must have one.

use bankside::people::{Role, second_factor};
use chrono::Duration;
use serde_json::json;

use super::{PASSWORD, give_password, post_from, sign_in_as};
use crate::support::{Person, Reply, TestApp};

fn code_of(secret: &str, app: &TestApp) -> String {
    let secret = totp_rs::Secret::try_from_base32(secret).unwrap();
    let generator = second_factor::generator(secret.as_ref().to_vec(), "x").unwrap();
    generator.generate(app.now().utc().timestamp() as u64).to_string()
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
