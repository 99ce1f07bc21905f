//! Links by mail: the invitation, and the way back for who has forgotten the password.

use bankside::db::Id;
use bankside::db::schema::mails;
use chrono::Duration;
use diesel::prelude::*;
use serde_json::json;

use super::{OTHER, PASSWORD, person_of, post_from, sign_in_as, with_zhang};
use crate::support::{Person, TestApp};

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
