//! Made-up data at a country's size, here as small as it gets.

use bankside::app::App;
use bankside::clock::Clock;
use bankside::db::schema::*;
use bankside::db::{At, Conn, Id, open};
use bankside::followups::store::recompute;
use bankside::generate::{self, Counts, PASSWORD, Plan};
use bankside::keys::token_hash;
use bankside::people::Caller;
use bankside::settings::Settings;
use chrono::NaiveDate;
use diesel::prelude::*;
use serde_json::json;

use crate::support::{Fresh, TestApp, monday};

fn plan(seed: u64) -> Plan {
    Plan { scale: 0.0002, seed, today: monday().date_naive(), keep_positions_days: 90 }
}

fn fill(app: &App, seed: u64) -> Option<Counts> {
    let mut conn = open(app.db.location(), false).unwrap();
    generate::fill(&mut conn, &app.keys, &plan(seed), At::from(monday()), |_| {}).unwrap()
}

fn filled(seed: u64) -> TestApp {
    let app = TestApp::new();
    fill(&app.app, seed).unwrap();
    app
}

/// Everything that does not rest on a secret or a random nonce, as one hash.
fn digest(conn: &mut Conn) -> Vec<u8> {
    type Met = (Id, String, Id, Option<Id>, At, String, At, i32, At);
    let people: Vec<Met> = prospects::table
        .select((
            prospects::id,
            prospects::name,
            prospects::broker_id,
            prospects::outlet_id,
            prospects::met_at,
            prospects::stage,
            prospects::stage_at,
            prospects::version,
            prospects::updated_at,
        ))
        .order(prospects::id)
        .load(conn)
        .unwrap();
    type Came = (Id, At, NaiveDate, Option<f64>, Option<f64>, String, Option<f64>, Option<i32>, String, Option<String>);
    let checkins: Vec<Came> = checkins::table
        .select((
            checkins::id,
            checkins::at,
            checkins::date,
            checkins::lat,
            checkins::accuracy_m,
            checkins::verdict,
            checkins::distance_m,
            checkins::minutes_late,
            checkins::flags,
            checkins::review,
        ))
        .order(checkins::id)
        .load(conn)
        .unwrap();
    let stages: Vec<(Id, i32, String, At)> = stage_changes::table
        .select((stage_changes::id, stage_changes::number, stage_changes::to_stage, stage_changes::at))
        .order(stage_changes::id)
        .load(conn)
        .unwrap();
    type Kept = (Id, NaiveDate, Option<At>, Option<Id>, Option<At>);
    let kept: Vec<Kept> = follow_ups::table
        .select((
            follow_ups::id,
            follow_ups::due_on,
            follow_ups::kept_at,
            follow_ups::kept_by_touch,
            follow_ups::waived_at,
        ))
        .order(follow_ups::id)
        .load(conn)
        .unwrap();
    let outlets: Vec<(Id, String, String, Option<f64>)> = outlets::table
        .select((outlets::id, outlets::code, outlets::search_text, outlets::lon))
        .order(outlets::id)
        .load(conn)
        .unwrap();
    token_hash(&format!("{people:?}{checkins:?}{stages:?}{kept:?}{outlets:?}"))
}

#[test]
fn as_many_of_everything_as_the_scale_says_whatever_the_database() {
    let app = TestApp::new();
    let counts = fill(&app.app, 1).unwrap();
    assert_eq!((counts.branches, counts.outlets, counts.prospects), (2, 10, 1_000));
    // An admin, the head office, three a branch, and the brokers.
    assert_eq!(counts.users, 1 + 1 + 2 * 3 + 4);
    // The same on both databases: what is made does not depend on where it goes.
    assert_eq!((counts.shifts, counts.checkins), (950, 1_751));
    assert_eq!((counts.touches, counts.stages, counts.follow_ups), (1_685, 3_051, 1_018));
}

#[test]
fn the_same_seed_makes_the_same_data() {
    let [first, again, other] = [5, 5, 6].map(|seed| filled(seed).app.db.read_now(|conn| Ok(digest(conn))).unwrap());
    assert_eq!(first, again);
    assert_ne!(first, other);
}

#[test]
fn working_the_follow_ups_out_anew_changes_nothing() {
    let app = filled(2);
    let now = app.now();
    let (before, after) = app.arrange(move |conn| {
        let before = digest(conn);
        let all: Vec<Id> = prospects::table.select(prospects::id).load(conn)?;
        for id in all {
            recompute(conn, &Caller::program(now), id)?;
        }
        Ok((before, digest(conn)))
    });
    assert_eq!(before, after);
}

#[test]
fn nothing_is_dated_after_the_history_ends_but_shifts() {
    let app = filled(3);
    let last = app
        .app
        .db
        .read_now(|conn| {
            let latest: [Option<At>; 5] = [
                checkins::table.select(diesel::dsl::max(checkins::received_at)).first(conn)?,
                touches::table.select(diesel::dsl::max(touches::created_at)).first(conn)?,
                stage_changes::table.select(diesel::dsl::max(stage_changes::recorded_at)).first(conn)?,
                prospects::table.select(diesel::dsl::max(prospects::updated_at)).first(conn)?,
                follow_ups::table.select(diesel::dsl::max(follow_ups::waived_at)).first(conn)?,
            ];
            Ok(latest)
        })
        .unwrap();
    let midnight = At::from(monday() - chrono::Duration::hours(10));
    assert!(last.iter().flatten().all(|at| *at < midnight), "{last:?}");
}

#[test]
fn old_positions_are_gone_as_they_would_be() {
    let app = filled(3);
    let kept = app.positions_kept();
    assert!((300..600).contains(&kept), "{kept} of a year's 1,750, a quarter's worth");
    bankside::attendance::positions::drop_old(&app.app).unwrap();
    // Of the first day still kept, what came before this hour of it.
    assert!(app.positions_kept() + 10 > kept);
}

#[test]
fn only_an_empty_database_is_filled_and_a_half_filled_one_is_not_opened() {
    let app = filled(4);
    assert_eq!(fill(&app.app, 4), None);
    let fresh = Fresh::new();
    let settings = Settings::for_tests(fresh.location.clone(), fresh.folder.path().join("var"));
    let mut conn = open(&fresh.location, false).unwrap();
    diesel::insert_into(settings::table)
        .values((settings::name.eq("generating"), settings::value.eq("2026-11-23T02:00:00Z")))
        .execute(&mut conn)
        .unwrap();
    let refused = App::open(settings, Clock::fixed(monday())).err().unwrap();
    assert!(refused.contains("half filled"), "{refused}");
}

#[actix_web::test]
async fn its_brokers_sign_in_and_find_their_day() {
    let app = filled(7);
    let reply = app.api("POST", "/sessions", None, Some(json!({ "login": "broker00001", "password": PASSWORD }))).await;
    let token = reply.expect(201).json()["token"].as_str().unwrap().to_owned();
    let me = actix_web::test::TestRequest::with_uri("/api/v1/me")
        .insert_header(("authorization", format!("Bearer {token}")));
    let me = app.send(me).await.expect(200).json();
    assert_eq!(me["login"], "broker00001");
    assert!(me["follow_ups"]["open"].is_number(), "{me}");
}

#[test]
fn every_index_is_there_again() {
    let indexes = |conn: &mut Conn| -> i64 {
        #[derive(QueryableByName)]
        struct N {
            #[diesel(sql_type = diesel::sql_types::BigInt)]
            n: i64,
        }
        let sql = match conn {
            Conn::Sqlite(_) => "SELECT COUNT(*) AS n FROM sqlite_master WHERE type = 'index'",
            Conn::Postgres(_) => "SELECT COUNT(*) AS n FROM pg_indexes WHERE schemaname = current_schema()",
        };
        diesel::sql_query(sql).get_result::<N>(conn).unwrap().n
    };
    let count = |app: &TestApp| app.app.db.read_now(|conn| Ok(indexes(conn))).unwrap();
    assert_eq!(count(&filled(8)), count(&TestApp::new()));
}
