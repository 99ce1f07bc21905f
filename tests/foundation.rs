//! The foundation: the writer, migrations, health, headers, errors.

use std::time::Duration;

use actix_web::test::TestRequest;
use bankside::db::schema::settings;
use bankside::db::{Conn, Location, migrate, open};
use bankside::error::Error;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use serde_json::json;

use crate::support::{Fresh, TestApp};

fn put(conn: &mut Conn, name: &str) -> bankside::error::Result<()> {
    diesel::insert_into(settings::table).values((settings::name.eq(name), settings::value.eq("x"))).execute(conn)?;
    Ok(())
}

fn names(app: &TestApp) -> Vec<String> {
    app.app
        .db
        .read_now(|conn| {
            Ok(settings::table
                .filter(settings::name.like("job%"))
                .order(settings::name)
                .select(settings::name)
                .load(conn)?)
        })
        .unwrap()
}

#[actix_web::test]
async fn a_failing_job_in_a_batch_is_undone_alone() {
    let app = TestApp::new();
    let jobs = (0..50).map(|n| {
        let db = app.app.db.clone();
        async move {
            db.write(move |conn| {
                put(conn, &format!("job{n:02}"))?;
                if n % 5 == 0 { Err(Error::Conflict("no")) } else { Ok(n) }
            })
            .await
        }
    });
    let results = futures_util::future::join_all(jobs).await;
    let kept: Vec<_> = results.into_iter().filter_map(Result::ok).collect();
    assert_eq!(kept.len(), 40);
    assert_eq!(names(&app), kept.iter().map(|n| format!("job{n:02}")).collect::<Vec<_>>());
}

#[actix_web::test]
async fn a_panicking_job_ends_itself_and_not_the_writer() {
    let app = TestApp::new();
    let panicked = app.app.db.write(|conn| -> bankside::error::Result<()> {
        put(conn, "job-a")?;
        panic!("as the test wants");
    });
    assert!(panicked.await.is_err());
    app.app.db.write(|conn| put(conn, "job-b")).await.unwrap();
    assert_eq!(names(&app), ["job-b"]);
}

#[actix_web::test]
async fn a_reader_cannot_write() {
    let app = TestApp::new();
    assert!(app.app.db.read(|conn| put(conn, "job-r")).await.is_err());
    assert_eq!(names(&app), Vec::<String>::new());
}

#[actix_web::test]
async fn a_full_queue_answers_503_at_once_and_recovers() {
    let app = TestApp::new();
    if app.app.db.location().file().is_none() {
        return; // PostgreSQL has no queue: its pool makes writers wait instead.
    }
    let db = app.app.db.clone();
    let slow = actix_web::rt::spawn(async move {
        db.write(|_| {
            std::thread::sleep(Duration::from_millis(300));
            Ok(())
        })
        .await
    });
    actix_web::rt::time::sleep(Duration::from_millis(50)).await;
    let queued: Vec<_> = (0..4000).map(|n| app.app.db.write(move |conn| put(conn, &format!("job{n}")))).collect();
    let results = futures_util::future::join_all(queued).await;
    let refused = results.iter().filter(|r| matches!(r, Err(Error::Unavailable(_)))).count();
    assert!(refused > 0 && refused < 4000, "{refused} refused");
    slow.await.unwrap().unwrap();
    assert_eq!(names(&app).len(), 4000 - refused);
    app.app.db.write(|conn| put(conn, "job-after")).await.unwrap();
}

#[test]
fn migrations_go_up_down_and_up_again() {
    let fresh = Fresh::new();
    let mut conn = open(&fresh.location, false).unwrap();
    migrate::revert_all(&mut conn).unwrap();
    drop(conn);
    migrate::migrate(&fresh.location).unwrap();
    let mut conn = open(&fresh.location, false).unwrap();
    assert!(migrate::is_current(&mut conn).unwrap());
}

#[test]
fn a_database_that_is_damaged_newer_lost_or_somebody_elses_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("x.db");
    let location = Location::Sqlite(file.clone());
    std::fs::write(&file, "not a database at all, whatever its name says".repeat(9)).unwrap();
    assert!(migrate::migrate(&location).unwrap_err().contains("damaged"));
    std::fs::remove_file(&file).unwrap();
    migrate::migrate(&location).unwrap();
    {
        let mut conn = open(&location, false).unwrap();
        conn.batch_execute("INSERT INTO __diesel_schema_migrations (version) VALUES ('29991231000000')").unwrap();
    }
    assert!(migrate::migrate(&location).unwrap_err().contains("newer"));
    for name in ["x.db", "x.db-wal", "x.db-shm"] {
        drop(std::fs::remove_file(folder.path().join(name)));
    }
    assert!(migrate::migrate(&location).unwrap_err().contains("gone"));
    std::fs::remove_file(folder.path().join("x.db.installed")).unwrap();
    migrate::migrate(&location).unwrap();
}

#[test]
fn several_may_migrate_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let location = Location::Sqlite(folder.path().join("x.db"));
    let threads: Vec<_> = (0..6)
        .map(|_| {
            let location = location.clone();
            std::thread::spawn(move || migrate::migrate(&location))
        })
        .collect();
    for thread in threads {
        thread.join().unwrap().unwrap();
    }
}

#[test]
fn an_unknown_database_scheme_is_refused() {
    for url in ["mysql://x", "bankside.db", "sqlite:", "sqlite://", "sqlite://:memory:", "postgres", "postgresql://x/y"]
    {
        assert!(Location::parse(url).is_err(), "{url}");
    }
}

#[actix_web::test]
async fn a_lost_connection_is_no_fault_of_ours_and_is_made_anew() {
    let app = TestApp::new();
    let chen = app.coordinator("chen", app.branch("XA01"));
    let mut conn = open(app.app.db.location(), false).unwrap();
    let Conn::Postgres(conn) = &mut conn else { return println!("not run: SQLite has no connection to lose") };
    let mut lost = 0;
    for _ in 0..5 {
        app.get("/outlets", &chen).await.expect(200);
        let all = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
        conn.batch_execute(all).unwrap();
        let mut statuses = Vec::new();
        for _ in 0..20 {
            let reply = app.get("/outlets", &chen).await;
            assert!(reply.status != 503 || reply.header("retry-after").is_some());
            statuses.push(reply.status.as_u16());
        }
        assert!(statuses.iter().all(|status| [200, 503].contains(status)) && statuses[19] == 200, "{statuses:?}");
        lost += statuses.iter().filter(|status| **status == 503).count();
    }
    assert!(lost > 0, "connections were to be lost");
}

#[actix_web::test]
async fn health_readiness_and_headers() {
    let app = TestApp::new();
    for path in ["/healthz", "/readyz", "/metrics"] {
        let reply = app.send(TestRequest::with_uri(path)).await.expect(200);
        assert_eq!(reply.header("x-content-type-options"), Some("nosniff"));
        assert!(!reply.header("content-security-policy").unwrap().contains("unsafe"));
        assert_eq!(reply.header("cache-control"), Some("no-store"));
    }
}

#[actix_web::test]
async fn an_unknown_path_and_a_wrong_method_are_problems() {
    let app = TestApp::new();
    let reply = app.api("GET", "/nothing", None, None).await.expect(404);
    assert_eq!(reply.header("content-type"), Some("application/problem+json"));
    assert_eq!(reply.json()["code"], "not_found");
    let reply = app.api("PUT", "/me", None, None).await.expect(405);
    assert_eq!(reply.header("allow"), Some("GET"));
}

#[actix_web::test]
async fn strict_bodies() {
    let app = TestApp::new();
    let post = |body: &'static str| {
        app.send(
            TestRequest::post()
                .uri("/api/v1/sessions")
                .insert_header(("content-type", "application/json"))
                .insert_header(("accept-language", "en"))
                .set_payload(body),
        )
    };
    assert_eq!(post("{").await.expect(400).json()["code"], "malformed_json");
    assert_eq!(post(r#"{"login":"a","password":"b","x":1}"#).await.expect(422).faults(), ["x: unknown_field"]);
    assert_eq!(
        post(r#"{"login":"a","login":"a","password":"b"}"#).await.expect(422).faults(),
        ["login: doubled_field"]
    );
    assert_eq!(post(r#"{"login":1,"password":"b"}"#).await.expect(422).faults(), ["login: wrong_type"]);
    assert_eq!(post(r#"{"login":"a"}"#).await.expect(422).faults(), ["password: required"]);
    let big = format!(r#"{{"login":"{}","password":"b"}}"#, "a".repeat(300_000));
    let reply = app
        .send(
            TestRequest::post()
                .uri("/api/v1/sessions")
                .insert_header(("content-type", "application/json"))
                .set_payload(big),
        )
        .await;
    reply.expect(413);
    let reply = app.send(TestRequest::post().uri("/api/v1/sessions").set_payload("{}")).await;
    reply.expect(415);
    let none = app.api("GET", "/me", None, Some(json!({}))).await.expect(401);
    assert_eq!(none.header("www-authenticate"), Some("Bearer"));
}

#[actix_web::test]
async fn reading_goes_on_while_the_writer_is_held() {
    let app = TestApp::new();
    let zhang = app.broker("zhang", app.branch("XA01"));
    let (release, held) = std::sync::mpsc::channel::<()>();
    let db = app.app.db.clone();
    let writing = actix_web::rt::spawn(async move {
        db.write(move |_| {
            held.recv().map_err(Error::internal)?;
            Ok(())
        })
        .await
    });
    // By now the session's last use would be noted anew, for which there is no writer to be had.
    app.later(chrono::Duration::minutes(5));
    app.get("/me", &zhang).await.expect(200);
    release.send(()).unwrap();
    writing.await.unwrap().unwrap();
}

/// Wherever an address is wrong the page says which part of it is, in the reader's language, and leads to the page without that.
#[actix_web::test]
async fn a_wrong_address_is_told_in_words_and_leads_to_the_page() {
    let app = TestApp::new();
    let branch = app.branch("XA01");
    let (broker, manager, admin) = (app.broker("zhang", branch), app.manager("li", branch), app.admin("root"));
    let mut seen = 0;
    for entry in bankside::routes::all().filter(|entry| entry.method == "GET") {
        let path = entry.path;
        if ["/api/", "/assets/", "/metrics"].iter().any(|one| path.starts_with(one)) || path.contains('{') {
            continue;
        }
        for who in [&broker, &manager, &admin] {
            let asked = format!("{path}?lang=en&no_such=%3Cb%3E");
            let answer = app.page(&asked, Some(who)).await;
            assert!(answer.status.as_u16() < 500, "{path}: {}", answer.status);
            if answer.status.as_u16() != 422 {
                continue;
            }
            seen += 1;
            let page = path.trim_end_matches(".csv").trim_end_matches(".xlsx");
            let leads = format!("href=\"{page}?lang=en\"");
            for part in ["Something in this address is wrong", "no_such=&lt;b&gt;", "There is no such field", &leads] {
                assert!(answer.text.contains(part), "{path} without {part}: {}", answer.text);
            }
        }
    }
    assert!(seen >= 60, "{seen}");
    for (wrong, part, leads) in [
        ("/targets/edit?period=zzz", "period=zzz", "/targets/edit"),
        ("/funnel?outlet_id=abc&group_by=month", "outlet_id=abc", "/funnel?group_by=month"),
        ("/funnel/people?stage=zzz", "stage=zzz", "/funnel/people"),
        ("/attendance.csv?month=zzz", "month=zzz", "/attendance"),
        ("/reports.xlsx?date=zzz&branch=XA01", "date=zzz", "/reports?branch=XA01"),
        ("/outlets/scorecard.csv?from=zzz", "from=zzz", "/outlets/scorecard"),
    ] {
        let page = app.page(wrong, Some(&manager)).await.expect(422).text;
        assert!(page.contains(part) && page.contains("地址里有内容不对"), "{wrong}: {page}");
        assert!(page.contains(&format!("href=\"{leads}\"")), "{wrong}: {page}");
    }
    // A refused form is none of that.
    let posted = app.form("/targets/copies", &manager, &[("no_such", "1")]).await;
    assert!(!posted.text.contains("地址里有内容不对"), "{}", posted.text);
}
