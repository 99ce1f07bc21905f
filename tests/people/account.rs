//! One's own account.

use bankside::db::schema::users;
use diesel::prelude::*;

use super::{OTHER, PASSWORD, give_password, person_of, sign_in_as, with_zhang};
use crate::support::TestApp;

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
