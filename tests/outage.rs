//! Signing in and out while nothing can be written, and what becomes of it when it can be again.

use actix_web::http::{Method, header};
use actix_web::test::TestRequest;
use bankside::db::schema::{audit_entries, sessions, sign_in_tries, users};
use bankside::db::{Conn, Id};
use bankside::people::store::{self, NewUser, UserInput};
use bankside::people::{Caller, Role, outage, password, second_factor};
use chrono::Duration;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use serde_json::json;

use crate::support::{Person, Reply, TestApp, id};

const PASSWORD: &str = "six geese a-laying eggs";

fn with_zhang() -> (TestApp, Id) {
    let app = TestApp::new();
    app.branch("XA01");
    let caller = Caller::program(app.now());
    let hash = password::hash_now(PASSWORD).unwrap();
    let input = UserInput {
        login: "zhang".into(),
        name: "张三".into(),
        role: "broker".into(),
        branch: Some("XA01".into()),
        ..UserInput::default()
    };
    let zhang = app.arrange(move |conn| store::add_user(conn, &caller, &NewUser::parse(&input)?, Some(&hash)));
    (app, zhang)
}

/// The tables that signing in writes to take nothing more, as on a full disk.
const TABLES: [&str; 3] = ["sign_in_tries", "sessions", "audit_entries"];

fn fill_the_disk(app: &TestApp) {
    app.arrange(|conn| {
        for table in TABLES {
            conn.batch_execute(&match conn {
                Conn::Sqlite(_) => format!(
                    "CREATE TRIGGER full_{table} BEFORE INSERT ON {table} BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END"
                ),
                Conn::Postgres(_) => format!(
                    "CREATE OR REPLACE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS
                         'BEGIN RAISE EXCEPTION USING MESSAGE = ''No space left on device''; END';
                     CREATE TRIGGER full_{table} BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION full_disk()"
                ),
            })?;
        }
        Ok(())
    });
}

fn free_the_disk(app: &TestApp) {
    app.arrange(|conn| {
        for table in TABLES {
            conn.batch_execute(&match conn {
                Conn::Sqlite(_) => format!("DROP TRIGGER full_{table}"),
                Conn::Postgres(_) => format!("DROP TRIGGER full_{table} ON {table}"),
            })?;
        }
        Ok(())
    });
}

async fn sign_in(app: &TestApp, password: &str) -> Reply {
    app.api("POST", "/sessions", None, Some(json!({"login": "zhang", "password": password}))).await
}

fn who(reply: &Reply) -> Person {
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

fn counted(app: &TestApp) -> (i64, i64) {
    app.app
        .db
        .read_now(|conn| {
            Ok((sessions::table.count().get_result(conn)?, sign_in_tries::table.count().get_result(conn)?))
        })
        .unwrap()
}

fn actions(app: &TestApp) -> Vec<String> {
    let read = |conn: &mut Conn| {
        Ok(audit_entries::table
            .filter(audit_entries::subject_kind.eq("session"))
            .order(audit_entries::seq)
            .select(audit_entries::action)
            .load(conn)?)
    };
    app.app.db.read_now(read).unwrap()
}

#[actix_web::test]
async fn on_a_full_disk_one_signs_in_reads_and_signs_out() {
    let (app, _) = with_zhang();
    let before = who(&sign_in(&app, PASSWORD).await.expect(201));
    fill_the_disk(&app);
    let during = who(&sign_in(&app, PASSWORD).await.expect(201));
    app.get("/me", &during).await.expect(200);
    app.get("/outlets", &during).await.expect(200);
    app.page("/", Some(&during)).await.expect(200);
    let prospect = json!({"id": id(), "name": "李四", "met_at": app.now().rfc3339(), "source": "on_site", "preferred_channel": "call"});
    app.post("/prospects", &during, prospect).await.expect(507);
    let gone = who(&sign_in(&app, PASSWORD).await.expect(201));
    app.delete("/sessions/current", &gone).await.expect(204);
    app.get("/me", &gone).await.expect(401);
    app.delete("/sessions/current", &before).await.expect(204);
    app.get("/me", &before).await.expect(401);
    assert!(outage::settle(&app.app).is_err(), "nothing can be written yet");
    app.get("/me", &during).await.expect(200);
    free_the_disk(&app);
    outage::settle(&app.app).unwrap();
    assert!(!app.app.outage.is_on());
    assert_eq!(counted(&app), (1, 0));
    app.get("/me", &during).await.expect(200);
    for ended in [&before, &gone] {
        app.get("/me", ended).await.expect(401);
    }
    let wanted = ["create", "create", "create", "end", "end"].map(|what| format!("session.{what}"));
    assert_eq!(actions(&app), wanted);
}

#[actix_web::test]
async fn the_sign_in_page_works_on_a_full_disk() {
    let (app, _) = with_zhang();
    fill_the_disk(&app);
    let request = TestRequest::with_uri("/sign-in")
        .method(Method::POST)
        .insert_header((header::CONTENT_TYPE, "application/x-www-form-urlencoded"))
        .set_payload(
            form_urlencoded::Serializer::new(String::new())
                .extend_pairs([("login", "zhang"), ("password", PASSWORD)])
                .finish(),
        );
    let reply = app.send(request).await.expect(303);
    let cookies: Vec<_> = reply.headers.get_all(header::SET_COOKIE).map(|v| v.to_str().unwrap().to_owned()).collect();
    let token = cookies.iter().find_map(|c| c.strip_prefix("bankside=")?.split(';').next()).unwrap().to_owned();
    let zhang =
        Person { id: Id::new(), branch: None, role: Role::Broker, token, csrf: String::new(), session: Id::new() };
    app.page("/", Some(&zhang)).await.expect(200);
}

#[actix_web::test]
async fn guesses_before_during_and_after_an_outage_count_together() {
    let (app, _) = with_zhang();
    for _ in 0..4 {
        sign_in(&app, "not it").await.expect(401);
    }
    fill_the_disk(&app);
    for _ in 0..4 {
        sign_in(&app, "not it").await.expect(401);
    }
    free_the_disk(&app);
    outage::settle(&app.app).unwrap();
    assert_eq!(counted(&app), (0, 8));
    for _ in 0..2 {
        sign_in(&app, "not it").await.expect(401);
    }
    sign_in(&app, PASSWORD).await.expect(429);
    fill_the_disk(&app);
    sign_in(&app, PASSWORD).await.expect(429);
    app.later(Duration::minutes(16));
    sign_in(&app, PASSWORD).await.expect(201);
}

#[actix_web::test]
async fn of_fifty_guesses_at_once_on_a_full_disk_ten_are_looked_at() {
    let (app, _) = with_zhang();
    fill_the_disk(&app);
    let guesses = (0..50).map(|_| sign_in(&app, "not it"));
    let answers = futures_util::future::join_all(guesses).await;
    let looked_at = answers.iter().filter(|a| a.status == 401).count();
    let waits = answers.iter().filter(|a| a.status == 429).count();
    assert_eq!((looked_at, waits), (10, 40));
}

#[actix_web::test]
async fn a_session_in_memory_ends_with_its_password_and_with_its_user() {
    let (app, zhang) = with_zhang();
    fill_the_disk(&app);
    let during = who(&sign_in(&app, PASSWORD).await.expect(201));
    let old: Option<String> =
        app.arrange(move |conn| Ok(users::table.find(zhang).select(users::password_hash).first(conn)?));
    let set = move |app: &TestApp, hash: Option<String>| {
        app.arrange(move |conn| {
            diesel::update(users::table.find(zhang)).set(users::password_hash.eq(hash)).execute(conn)?;
            Ok(())
        });
    };
    set(&app, Some(password::hash_now("seven swans a-swimming").unwrap()));
    app.get("/me", &during).await.expect(401);
    set(&app, old);
    app.get("/me", &during).await.expect(200);
    let disabled = app.now();
    app.arrange(move |conn| {
        diesel::update(users::table.find(zhang)).set(users::disabled_at.eq(disabled)).execute(conn)?;
        Ok(())
    });
    app.get("/me", &during).await.expect(401);
    free_the_disk(&app);
    outage::settle(&app.app).unwrap();
    assert_eq!(counted(&app).0, 0, "the session of a disabled user does not move");
}

#[actix_web::test]
async fn a_session_in_memory_rests_and_ends_like_any_other() {
    let (app, _) = with_zhang();
    fill_the_disk(&app);
    let during = who(&sign_in(&app, PASSWORD).await.expect(201));
    for _ in 0..3 {
        app.later(Duration::minutes(20));
        app.get("/me", &during).await.expect(200);
    }
    app.later(Duration::minutes(31));
    app.get("/me", &during).await.expect(401);
}

#[actix_web::test]
async fn nobody_fills_the_memory_by_signing_in_again_and_again() {
    let (app, _) = with_zhang();
    fill_the_disk(&app);
    let first = who(&sign_in(&app, PASSWORD).await.expect(201));
    for _ in 0..5 {
        app.later(Duration::seconds(1));
        sign_in(&app, PASSWORD).await.expect(201);
    }
    app.get("/me", &first).await.expect(401);
}

#[actix_web::test]
async fn a_code_used_in_an_outage_is_used_up_after_it() {
    let (app, zhang) = with_zhang();
    let secret = vec![7u8; 20];
    let sealed = app.app.keys.seal("totp", &secret).unwrap();
    app.arrange(move |conn| {
        diesel::update(users::table.find(zhang)).set(users::totp_secret.eq(sealed)).execute(conn)?;
        // On a full disk no row is written again either.
        Ok(())
    });
    let code =
        second_factor::generator(secret, "zhang").unwrap().generate(app.now().utc().timestamp() as u64).to_string();
    let with_code =
        || app.api("POST", "/sessions", None, Some(json!({"login": "zhang", "password": PASSWORD, "otp": code})));
    fill_the_disk(&app);
    with_code().await.expect(201);
    assert_eq!(with_code().await.expect(401).json()["code"], "second_factor");
    free_the_disk(&app);
    assert_eq!(with_code().await.expect(401).json()["code"], "second_factor");
    outage::settle(&app.app).unwrap();
    assert_eq!(with_code().await.expect(401).json()["code"], "second_factor");
}

#[actix_web::test]
async fn an_if_match_that_names_nothing_is_told_so() {
    let app = TestApp::new();
    let (branch, admin) = (app.branch("XA01"), app.admin("root"));
    let broker = app.broker("zhang", branch);
    for (sent, status) in [("", 400), (" ", 400), ("\"99\"", 412), ("of old", 412), ("*", 200)] {
        let request = TestRequest::with_uri(&format!("/api/v1/users/{}", broker.id))
            .method(Method::PATCH)
            .insert_header((header::AUTHORIZATION, format!("Bearer {}", admin.token)))
            .insert_header((header::IF_MATCH, sent))
            .set_json(json!({"name": "张三"}));
        let reply = app.send(request).await;
        assert_eq!(reply.status, status, "{sent:?}: {}", reply.text);
    }
}
