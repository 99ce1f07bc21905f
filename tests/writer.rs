//! The one writer of an SQLite database: who shares a transaction with whom, and what is undone with whom.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use bankside::db::schema::settings;
use bankside::db::{Conn, Database};
use bankside::error::{Error, Result};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;

use crate::support::TestApp;

const PATIENCE: Duration = Duration::from_secs(10);

fn put(conn: &mut Conn, name: &str, value: &str) -> Result<()> {
    diesel::insert_into(settings::table).values((settings::name.eq(name), settings::value.eq(value))).execute(conn)?;
    Ok(())
}

fn names(app: &TestApp) -> Vec<String> {
    let of = settings::table.filter(settings::name.like("job%")).order(settings::name).select(settings::name);
    app.app.db.read_now(|conn| Ok(of.load(conn)?)).unwrap()
}

type Queued = std::thread::JoinHandle<Result<()>>;

/// Queues a job from a thread of its own; it is in the queue when this comes back.
fn queue(db: &Database, body: impl FnOnce(&mut Conn) -> Result<()> + Send + 'static) -> Queued {
    later(db, |db| db.write_now(body))
}

fn later(db: &Database, write: impl FnOnce(&Database) -> Result<()> + Send + 'static) -> Queued {
    let db = db.clone();
    let queued = std::thread::spawn(move || write(&db));
    std::thread::sleep(Duration::from_millis(60));
    queued
}

/// Queues a job that may run again.
fn queue_again(db: &Database, body: impl Fn(&mut Conn) -> Result<()> + Send + 'static) -> Queued {
    later(db, |db| actix_web::rt::System::new().block_on(db.write_again(&[], body)))
}

/// A job that waits and then fails: what was queued meanwhile follows in its batch.
fn hold(db: &Database) -> (Queued, Sender<()>) {
    let (release, held): (Sender<()>, Receiver<()>) = channel();
    let holder = queue(db, move |conn| {
        put(conn, "job-holder", "x")?;
        held.recv_timeout(PATIENCE).map_err(Error::internal)?;
        Err(Error::Conflict("as the test wants"))
    });
    (holder, release)
}

/// What is queued while one waits that then fails: the batch that follows.
fn behind_one_that_fails<const N: usize>(db: &Database, queue: impl FnOnce() -> [Queued; N]) -> [Queued; N] {
    let (holder, release) = hold(db);
    let queued = queue();
    release.send(()).unwrap();
    assert!(matches!(holder.join().unwrap(), Err(Error::Conflict(_))));
    queued
}

/// Writes until the disk is full, as SQLite sees it: it then rolls all of the transaction back by itself.
fn fill(conn: &mut Conn) -> Result<()> {
    conn.batch_execute("PRAGMA max_page_count = 1")?;
    let full = put(conn, "job-full", &"x".repeat(1 << 20));
    conn.batch_execute("PRAGMA max_page_count = 1000000000")?;
    assert!(matches!(full, Err(Error::StorageFull)), "{full:?}");
    full
}

fn is_sqlite(app: &TestApp) -> bool {
    app.app.db.location().file().is_some()
}

#[test]
fn who_comes_first_fails_or_panics_alone() {
    let app = TestApp::new();
    let db = &app.app.db;
    let [panics, kept, fails, last] = behind_one_that_fails(db, || {
        [
            queue(db, |conn| {
                put(conn, "job-a", "x")?;
                panic!("as the test wants");
            }),
            queue(db, |conn| put(conn, "job-b", "x")),
            queue(db, |conn| put(conn, "job-c", "x").and(Err(Error::Conflict("as the test wants")))),
            queue(db, |conn| put(conn, "job-d", "x")),
        ]
    });
    assert!(panics.join().is_err() || is_sqlite(&app), "on PostgreSQL it is who asks that panics");
    kept.join().unwrap().unwrap();
    assert!(matches!(fails.join().unwrap(), Err(Error::Conflict(_))));
    last.join().unwrap().unwrap();
    assert_eq!(names(&app), ["job-b", "job-d"]);
}

#[test]
fn where_the_disk_is_full_for_the_first_the_next_is_stored() {
    let app = TestApp::new();
    if !is_sqlite(&app) {
        return; // PostgreSQL has no writer.
    }
    let db = &app.app.db;
    let [full, next] = behind_one_that_fails(db, || {
        [queue(db, |conn| put(conn, "job-a", "x").and_then(|()| fill(conn))), queue(db, |conn| put(conn, "job-b", "x"))]
    });
    assert!(matches!(full.join().unwrap(), Err(Error::StorageFull)));
    next.join().unwrap().unwrap();
    assert_eq!(names(&app), ["job-b"]);
}

#[test]
fn where_the_disk_is_full_for_a_later_one_nobody_of_the_batch_is_told_it_was_stored() {
    let app = TestApp::new();
    if !is_sqlite(&app) {
        return;
    }
    let db = &app.app.db;
    let [before, full] = behind_one_that_fails(db, || {
        [queue(db, |conn| put(conn, "job-a", "x")), queue(db, |conn| put(conn, "job-b", "x").and_then(|()| fill(conn)))]
    });
    assert!(before.join().unwrap().is_err(), "it was rolled back with the other");
    assert!(full.join().unwrap().is_err());
    assert_eq!(names(&app), Vec::<String>::new());
    db.write_now(|conn| put(conn, "job-after", "x")).unwrap();
}

#[test]
fn a_job_that_takes_no_notice_of_a_full_disk_is_not_told_it_was_stored() {
    let app = TestApp::new();
    if !is_sqlite(&app) {
        return;
    }
    let db = &app.app.db;
    let careless = |conn: &mut Conn| {
        put(conn, "job-a", "x")?;
        drop(fill(conn));
        Ok(())
    };
    assert!(db.write_now(careless).is_err());
    let [first, next] = behind_one_that_fails(db, || [queue(db, careless), queue(db, |conn| put(conn, "job-b", "x"))]);
    assert!(first.join().unwrap().is_err());
    // Whatever it is told is so.
    assert_eq!(names(&app).contains(&"job-b".to_owned()), next.join().unwrap().is_ok());
    assert!(!names(&app).contains(&"job-a".to_owned()));
    db.write_now(|conn| put(conn, "job-after", "x")).unwrap();
}

#[test]
fn of_those_that_may_run_again_who_fails_or_panics_is_undone_alone() {
    let app = TestApp::new();
    let db = &app.app.db;
    let runs = Arc::new(AtomicUsize::new(0));
    let counted = runs.clone();
    let [first, second, fails, panics, last] = behind_one_that_fails(db, || {
        [
            queue_again(db, move |conn| {
                counted.fetch_add(1, Relaxed);
                put(conn, "job-a", "x")
            }),
            queue_again(db, |conn| put(conn, "job-b", "x")),
            queue_again(db, |conn| put(conn, "job-c", "x").and(Err(Error::Conflict("as the test wants")))),
            queue_again(db, |conn| {
                put(conn, "job-d", "x")?;
                panic!("as the test wants");
            }),
            queue_again(db, |conn| put(conn, "job-e", "x")),
        ]
    });
    first.join().unwrap().unwrap();
    second.join().unwrap().unwrap();
    assert!(matches!(fails.join().unwrap(), Err(Error::Conflict(_))));
    assert!(matches!(panics.join(), Err(_) | Ok(Err(_))));
    last.join().unwrap().unwrap();
    assert_eq!(names(&app), ["job-a", "job-b", "job-e"]);
    assert_eq!(
        runs.load(Relaxed),
        if is_sqlite(&app) { 2 } else { 1 },
        "once more after the first failure, and no more"
    );
}

#[test]
fn who_may_run_again_and_fails_does_not_undo_who_may_not() {
    let app = TestApp::new();
    let db = &app.app.db;
    let [plain, again, fails, last] = behind_one_that_fails(db, || {
        [
            queue(db, |conn| put(conn, "job-a", "x")),
            queue_again(db, |conn| put(conn, "job-b", "x")),
            queue_again(db, |conn| put(conn, "job-c", "x").and(Err(Error::Conflict("as the test wants")))),
            queue(db, |conn| put(conn, "job-d", "x")),
        ]
    });
    plain.join().unwrap().unwrap();
    again.join().unwrap().unwrap();
    assert!(matches!(fails.join().unwrap(), Err(Error::Conflict(_))));
    last.join().unwrap().unwrap();
    assert_eq!(names(&app), ["job-a", "job-b", "job-d"]);
}

#[test]
fn where_the_disk_is_full_for_one_that_may_run_again_nobody_of_the_batch_is_told_it_was_stored() {
    let app = TestApp::new();
    if !is_sqlite(&app) {
        return;
    }
    let db = &app.app.db;
    let [before, full] = behind_one_that_fails(db, || {
        [
            queue_again(db, |conn| put(conn, "job-a", "x")),
            queue_again(db, |conn| put(conn, "job-b", "x").and_then(|()| fill(conn))),
        ]
    });
    assert!(before.join().unwrap().is_err(), "it was rolled back with the other");
    assert!(full.join().unwrap().is_err());
    assert_eq!(names(&app), Vec::<String>::new());
    db.write_now(|conn| put(conn, "job-after", "x")).unwrap();
}

#[test]
fn a_long_job_shares_its_transaction_with_nobody() {
    let app = TestApp::new();
    if !is_sqlite(&app) {
        return;
    }
    let db = &app.app.db;
    let (release, held) = channel::<()>();
    let (first_is_told, first) = channel::<()>();
    let before = later(db, move |db| {
        db.write_now(move |conn| {
            held.recv_timeout(PATIENCE).map_err(Error::internal)?;
            put(conn, "job-a", "x")
        })?;
        first_is_told.send(()).map_err(Error::internal)
    });
    let (long_is_told, long) = channel::<()>();
    let apart = later(db, move |db| {
        db.write_apart(move |conn| {
            first.recv_timeout(PATIENCE).map_err(Error::internal)?;
            put(conn, "job-b", "x")
        })?;
        long_is_told.send(()).map_err(Error::internal)
    });
    let after = queue(db, move |conn| {
        long.recv_timeout(PATIENCE).map_err(Error::internal)?;
        put(conn, "job-c", "x")
    });
    release.send(()).unwrap();
    for one in [before, apart, after] {
        one.join().unwrap().unwrap();
    }
    assert_eq!(names(&app), ["job-a", "job-b", "job-c"]);
}

#[test]
fn the_log_begins_anew_although_somebody_always_writes() {
    let app = TestApp::new();
    if !is_sqlite(&app) {
        return;
    }
    let log = format!("{}-wal", app.app.settings.database.file().unwrap().display());
    // A hundred pages each; forty thousand in all.
    let writers = ["job-a", "job-b"].map(|name| {
        let (db, log) = (app.app.db.clone(), log.clone());
        std::thread::spawn(move || {
            db.write_now(|conn| put(conn, name, "")).unwrap();
            let longest = (0..200).map(|nth| {
                let value = char::from(b'a' + nth % 26).to_string().repeat(400_000);
                let row = settings::table.find(name);
                db.write_now(move |conn| Ok(diesel::update(row).set(settings::value.eq(value)).execute(conn)?))
                    .unwrap();
                std::fs::metadata(&log).unwrap().len() / 4_120
            });
            longest.max().unwrap()
        })
    });
    let longest = writers.map(|writer| writer.join().unwrap()).into_iter().max().unwrap();
    assert!((9_000..20_000).contains(&longest), "{longest} pages");
}
