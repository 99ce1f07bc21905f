//! `TestApp`: a program of its own for each test, over a fresh database (SQLite: a copy of a migrated file; PostgreSQL: from a template), with a clock that
//! stands. Tests go through HTTP; the database is touched only to arrange.

pub mod smtp;

use std::path::PathBuf;
use std::sync::{Arc, LazyLock};

use actix_web::body::MessageBody;
use actix_web::dev::{Service, ServiceResponse};
use actix_web::http::{Method, StatusCode, header};
use actix_web::{App as Site, middleware, test, web};
use bankside::app::App;
use bankside::clock::Clock;
use bankside::db::schema::{branches, sessions, users};
use bankside::db::{At, Conn, Id, Location, migrate, open};
use bankside::keys::{new_token, token_hash};
use bankside::people::Role;
use bankside::settings::Settings;
use chrono::{DateTime, Duration, Utc};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use serde_json::Value;
use tempfile::TempDir;

/// Monday 23 November 2026, 10:00 in Shanghai: where every test's clock stands at first.
pub fn monday() -> DateTime<Utc> {
    "2026-11-23T10:00:00+08:00".parse::<DateTime<Utc>>().unwrap()
}

static TEMPLATE: LazyLock<(TempDir, PathBuf)> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("template.db");
    migrate::migrate(&Location::Sqlite(file.clone())).unwrap();
    let Conn::Sqlite(mut conn) = open(&Location::Sqlite(file.clone()), false).unwrap() else { unreachable!() };
    conn.batch_execute("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    (folder, file)
});

static PG_TEMPLATE: LazyLock<String> = LazyLock::new(|| {
    let server = std::env::var("TEST_DATABASE_URL").unwrap();
    let name = format!("bankside_template_{}", std::process::id());
    admin(&server, &format!("CREATE DATABASE {name}"));
    let url = with_name(&server, &name);
    migrate::migrate(&Location::Postgres(url)).unwrap();
    name
});

fn with_name(server: &str, name: &str) -> String {
    let (base, _) = server.rsplit_once('/').unwrap();
    format!("{base}/{name}")
}

fn admin(server: &str, sql: &str) {
    let Conn::Postgres(mut conn) = open(&Location::Postgres(server.to_owned()), false).unwrap() else { unreachable!() };
    conn.batch_execute(sql).unwrap();
}

/// A fresh, migrated database; gone when dropped.
pub struct Fresh {
    pub location: Location,
    pub folder: TempDir,
    drop_on: Option<(String, String)>,
}

impl Fresh {
    pub fn new() -> Fresh {
        let folder = tempfile::tempdir().unwrap();
        match std::env::var("TEST_DATABASE_URL") {
            Ok(server) => {
                let name = format!("bankside_{}", Id::new().0.simple());
                static ONE_AT_A_TIME: std::sync::Mutex<()> = std::sync::Mutex::new(());
                let template = PG_TEMPLATE.as_str();
                {
                    // PostgreSQL copies a template only while nobody else does.
                    let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                    admin(&server, &format!("CREATE DATABASE {name} TEMPLATE {template}"));
                }
                let location = Location::Postgres(with_name(&server, &name));
                Fresh { location, folder, drop_on: Some((server, name)) }
            }
            Err(_) => {
                let file = folder.path().join("bankside.db");
                std::fs::copy(&TEMPLATE.1, &file).unwrap();
                Fresh { location: Location::Sqlite(file), folder, drop_on: None }
            }
        }
    }
}

impl Drop for Fresh {
    fn drop(&mut self) {
        if let Some((server, name)) = &self.drop_on {
            admin(server, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
        }
    }
}

/// The program under test.
pub struct TestApp {
    pub app: Arc<App>,
    pub clock: Clock,
    // Dropped last: the app must let go of the database first.
    _fresh: Fresh,
}

/// A person who is signed in.
#[derive(Clone, Debug)]
pub struct Person {
    pub id: Id,
    pub branch: Option<Id>,
    pub role: Role,
    pub token: String,
    pub csrf: String,
    pub session: Id,
}

/// An answer, read whole.
#[derive(Debug)]
pub struct Reply {
    pub status: StatusCode,
    pub headers: header::HeaderMap,
    pub text: String,
}

impl Reply {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|e| panic!("{e}: {}", self.text))
    }

    /// Fails the test unless the status is this one.
    #[track_caller]
    pub fn expect(self, status: u16) -> Reply {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        self
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|v| v.to_str().ok())
    }

    /// The `code` of each wrong field, as `field: code`.
    pub fn faults(&self) -> Vec<String> {
        let errors = self.json()["errors"].as_array().cloned().unwrap_or_default();
        errors.iter().map(|e| format!("{}: {}", e["field"].as_str().unwrap(), e["code"].as_str().unwrap())).collect()
    }
}

impl TestApp {
    pub fn new() -> TestApp {
        TestApp::with(|_| {})
    }

    /// With some settings changed.
    pub fn with(change: impl FnOnce(&mut Settings)) -> TestApp {
        let fresh = Fresh::new();
        let mut settings = Settings::for_tests(fresh.location.clone(), fresh.folder.path().join("var"));
        change(&mut settings);
        let clock = Clock::fixed(monday());
        let app = App::open(settings, clock.clone()).unwrap();
        TestApp { app: Arc::new(app), clock, _fresh: fresh }
    }

    pub fn now(&self) -> At {
        self.clock.now()
    }

    /// Sets the clock to an RFC 3339 instant.
    pub fn at(&self, instant: &str) {
        self.clock.set(instant.parse::<DateTime<Utc>>().unwrap());
    }

    /// Moves the clock on.
    pub fn later(&self, by: Duration) {
        self.clock.set(self.now().utc() + by);
    }

    /// Arranges: runs a body in a writing transaction.
    pub fn arrange<T: Send + 'static>(
        &self,
        body: impl FnOnce(&mut Conn) -> bankside::error::Result<T> + Send + 'static,
    ) -> T {
        self.app.db.write_now(body).unwrap()
    }

    /// A branch in Shanghai's zone.
    pub fn branch(&self, code: &str) -> Id {
        self.branch_in(code, "Asia/Shanghai")
    }

    pub fn branch_in(&self, code: &str, zone: &str) -> Id {
        let (id, now, code, zone) = (Id::new(), self.now(), code.to_owned(), zone.to_owned());
        self.arrange(move |conn| {
            diesel::insert_into(branches::table)
                .values((
                    branches::id.eq(id),
                    branches::code.eq(&code),
                    branches::name.eq(format!("{code} branch")),
                    branches::time_zone.eq(zone),
                    branches::created_at.eq(now),
                ))
                .execute(conn)?;
            Ok(id)
        })
    }

    /// A signed-in person of a role; `branch` none: head office or admin.
    pub fn person(&self, login: &str, role: Role, branch: Option<Id>) -> Person {
        let (id, session, token, now) = (Id::new(), Id::new(), new_token(), self.now());
        let (login, hash) = (login.to_owned(), token_hash(&token));
        self.arrange(move |conn| {
            diesel::insert_into(users::table)
                .values((
                    users::id.eq(id),
                    users::login.eq(&login),
                    users::name.eq(format!("{login} Name")),
                    users::role.eq(role),
                    users::branch_id.eq(branch),
                    users::email.eq(format!("{login}@example.com")),
                    users::created_at.eq(now),
                    users::updated_at.eq(now),
                ))
                .execute(conn)?;
            diesel::insert_into(sessions::table)
                .values((
                    sessions::id.eq(session),
                    sessions::token_hash.eq(hash),
                    sessions::user_id.eq(id),
                    // A phone's session: the test's clock may go on for days.
                    sessions::kept.eq(true),
                    sessions::user_agent.eq("test"),
                    sessions::address.eq("127.0.0.1"),
                    sessions::created_at.eq(now),
                    sessions::last_seen_at.eq(now),
                    sessions::expires_at.eq(now + Duration::days(3650)),
                ))
                .execute(conn)?;
            Ok(())
        });
        let csrf = self.app.keys.sign("csrf", &session.to_string());
        Person { id, branch, role, token, csrf, session }
    }

    pub fn broker(&self, login: &str, branch: Id) -> Person {
        self.person(login, Role::Broker, Some(branch))
    }

    pub fn coordinator(&self, login: &str, branch: Id) -> Person {
        self.person(login, Role::Coordinator, Some(branch))
    }

    pub fn manager(&self, login: &str, branch: Id) -> Person {
        self.person(login, Role::Manager, Some(branch))
    }

    pub fn admin(&self, login: &str) -> Person {
        self.person(login, Role::Admin, None)
    }

    /// One request through the whole stack.
    pub async fn send(&self, request: test::TestRequest) -> Reply {
        let service = test::init_service(
            Site::new()
                .app_data(web::Data::from(self.app.clone()))
                .app_data(web::PathConfig::default().error_handler(|_, _| bankside::error::Error::not_found().into()))
                .wrap(middleware::from_fn(bankside::web::gate::gate))
                .configure(bankside::routes::configure),
        )
        .await;
        let response = service.call(request.to_request()).await.unwrap_or_else(|e| panic!("unrendered error: {e}"));
        read(response).await
    }

    /// The bytes of an answer of 200.
    pub async fn bytes(&self, request: test::TestRequest) -> Vec<u8> {
        let service = test::init_service(
            Site::new()
                .app_data(web::Data::from(self.app.clone()))
                .wrap(middleware::from_fn(bankside::web::gate::gate))
                .configure(bankside::routes::configure),
        )
        .await;
        let response = service.call(request.to_request()).await.unwrap_or_else(|e| panic!("unrendered error: {e}"));
        assert_eq!(response.status(), StatusCode::OK);
        test::read_body(response).await.to_vec()
    }

    /// A JSON request to `/api/v1{path}`.
    pub async fn api(&self, method: &str, path: &str, who: Option<&Person>, body: Option<Value>) -> Reply {
        let mut request = test::TestRequest::with_uri(&format!("/api/v1{path}"))
            .method(Method::from_bytes(method.as_bytes()).unwrap())
            .insert_header((header::ACCEPT_LANGUAGE, "en"));
        if let Some(person) = who {
            request = request.insert_header((header::AUTHORIZATION, format!("Bearer {}", person.token)));
        }
        if let Some(body) = body {
            request = request.set_json(body);
        }
        self.send(request).await
    }

    pub async fn get(&self, path: &str, who: &Person) -> Reply {
        self.api("GET", path, Some(who), None).await
    }

    pub async fn post(&self, path: &str, who: &Person, body: Value) -> Reply {
        self.api("POST", path, Some(who), Some(body)).await
    }

    pub async fn patch(&self, path: &str, who: &Person, body: Value) -> Reply {
        self.api("PATCH", path, Some(who), Some(body)).await
    }

    pub async fn delete(&self, path: &str, who: &Person) -> Reply {
        self.api("DELETE", path, Some(who), None).await
    }

    /// A page, in the language of the person's own setting: no browser asks for another.
    pub async fn page(&self, path: &str, who: Option<&Person>) -> Reply {
        let mut request = test::TestRequest::with_uri(path);
        if let Some(person) = who {
            request = request.insert_header((header::COOKIE, format!("bankside={}", person.token)));
        }
        self.send(request).await
    }

    /// A posted form, with the session's token.
    pub async fn form(&self, path: &str, who: &Person, fields: &[(&str, &str)]) -> Reply {
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .append_pair("csrf", &who.csrf)
            .finish();
        let request = test::TestRequest::with_uri(path)
            .method(Method::POST)
            .insert_header((header::COOKIE, format!("bankside={}", who.token)))
            .insert_header((header::CONTENT_TYPE, "application/x-www-form-urlencoded"))
            .set_payload(body);
        self.send(request).await
    }
}

async fn read<B: MessageBody>(response: ServiceResponse<B>) -> Reply {
    let (status, headers) = (response.status(), response.headers().clone());
    let bytes = test::read_body(response).await;
    Reply { status, headers, text: String::from_utf8_lossy(&bytes).into_owned() }
}

/// A fresh id as a client makes it.
pub fn id() -> String {
    uuid::Uuid::new_v4().to_string()
}

impl TestApp {
    /// A posted form of several parts: texts, and a file under `file`.
    pub async fn upload(&self, path: &str, who: &Person, texts: &[(&str, &str)], file: Option<(&str, &[u8])>) -> Reply {
        let mut body = Vec::new();
        for (name, value) in texts.iter().copied().chain([("csrf", who.csrf.as_str())]) {
            body.extend(format!("--xyz\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").bytes());
        }
        if let Some((name, bytes)) = file {
            let head = format!(
                "--xyz\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{name}\"\r\ncontent-type: text/csv\r\n\r\n"
            );
            body.extend(head.bytes());
            body.extend(bytes);
            body.extend(b"\r\n");
        }
        body.extend(b"--xyz--\r\n");
        let request = test::TestRequest::with_uri(path)
            .method(Method::POST)
            .insert_header((header::COOKIE, format!("bankside={}", who.token)))
            .insert_header((header::CONTENT_TYPE, "multipart/form-data; boundary=xyz"))
            .set_payload(body);
        self.send(request).await
    }
}
