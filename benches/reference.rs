//! What the whole program is held against: the same server, database and writer with nothing in between. `POST /insert` is one durable insert of a small row;
//! `POST /checkin` is what a check-in writes, with its indexes and its entry of the trail, and nothing of what it asks and judges; `GET /rows` renders fifty rows
//! of one select along an index. Built and started by `benches/run`.
#![expect(clippy::expect_used, reason = "a bench may end where it stands")]

use actix_web::{App as Site, HttpResponse, HttpServer, web};
use bankside::db::schema::{audit_entries, checkins, prospects, shifts, users};
use bankside::db::{At, Conn, Database, Id, Location};
use bankside::error::{Error, Result};
use chrono::{NaiveDate, Utc};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use maud::{DOCTYPE, html};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

diesel::table! {
    bare (id) {
        id -> Binary,
        at -> Timestamp,
        body -> Text,
    }
}

/// Broker, branch, outlet, shift, date.
type Place = (Id, Id, Id, Id, NaiveDate);

struct Reference {
    /// The generated data.
    data: Database,
    /// A database of its own for the inserts.
    bare: Database,
    brokers: Vec<Id>,
    /// Where the first brokers were posted last.
    places: Vec<Place>,
    turn: AtomicUsize,
}

impl Reference {
    fn next(&self) -> usize {
        self.turn.fetch_add(1, Ordering::Relaxed)
    }
}

#[derive(Clone, Insertable)]
#[diesel(table_name = checkins, treat_none_as_default_value = false)]
struct Row {
    id: Id,
    branch_id: Id,
    broker_id: Id,
    outlet_id: Id,
    shift_id: Id,
    kind: &'static str,
    at: At,
    date: NaiveDate,
    received_at: At,
    offline: bool,
    lat: f64,
    lon: f64,
    accuracy_m: f64,
    datum: &'static str,
    given_lat: f64,
    given_lon: f64,
    reason: Option<&'static str>,
    verdict: &'static str,
    distance_m: f64,
    minutes_late: i32,
    minutes_early: Option<i32>,
    flags: &'static str,
    review: &'static str,
    digest: [u8; 32],
}

#[derive(Clone, Insertable)]
#[diesel(table_name = audit_entries, treat_none_as_default_value = false)]
struct Entry {
    at: At,
    actor_id: Id,
    actor_role: &'static str,
    action: &'static str,
    subject_kind: &'static str,
    subject_id: Id,
    branch_id: Id,
    address: &'static str,
    request_id: &'static str,
    detail: &'static str,
}

async fn insert(state: web::Data<Reference>, body: String) -> Result<HttpResponse> {
    let (id, at) = (Id::new(), At::from(Utc::now()));
    let done = state.bare.write(move |conn| {
        diesel::insert_into(bare::table)
            .values((bare::id.eq(id), bare::at.eq(at), bare::body.eq(body)))
            .execute(conn)?;
        Ok(id)
    });
    Ok(HttpResponse::Created().json(done.await?))
}

async fn checkin(state: web::Data<Reference>) -> Result<HttpResponse> {
    let (broker_id, branch_id, outlet_id, shift_id, date) = state.places[state.next() % state.places.len()];
    let (id, at) = (Id::new(), At::from(Utc::now()));
    let row = Row {
        id,
        branch_id,
        broker_id,
        outlet_id,
        shift_id,
        kind: "in",
        at,
        date,
        received_at: at,
        offline: false,
        lat: 39.9,
        lon: 116.4,
        accuracy_m: 20.0,
        datum: "wgs84",
        given_lat: 39.9,
        given_lon: 116.4,
        reason: None,
        verdict: "off_site",
        distance_m: 2500.0,
        minutes_late: 10,
        minutes_early: None,
        flags: "speed",
        review: "waiting",
        digest: [7; 32],
    };
    let entry = Entry {
        at,
        actor_id: broker_id,
        actor_role: "broker",
        action: "checkin.create",
        subject_kind: "checkin",
        subject_id: id,
        branch_id,
        address: "127.0.0.1",
        request_id: "01998c5e00007000800000000000000a",
        detail: r#"{"kind":"in","verdict":"off_site","flags":["speed"]}"#,
    };
    let done = state.data.write_again(&[], move |conn| {
        let (row, entry) = (row.clone().insert_into(checkins::table), entry.clone().insert_into(audit_entries::table));
        bankside::insert_both!(conn, row, entry)?;
        Ok(id)
    });
    Ok(HttpResponse::Created().json(done.await?))
}

async fn rows(state: web::Data<Reference>) -> Result<HttpResponse> {
    let broker = state.brokers[state.next() % state.brokers.len()];
    let load = move |conn: &mut Conn| -> Result<Vec<(Id, String, At, String)>> {
        Ok(prospects::table
            .filter(prospects::broker_id.eq(broker))
            .order(prospects::met_at.desc())
            .limit(50)
            .select((prospects::id, prospects::name, prospects::met_at, prospects::stage))
            .load(conn)?)
    };
    let rows = state.data.read(load).await?;
    let page = html! {
        (DOCTYPE)
        html lang="zh-CN" {
            head { meta charset="utf-8"; title { "Rows" } }
            body {
                table {
                    @for (id, name, met_at, stage) in &rows {
                        tr { td { a href=(format!("/prospects/{id}")) { (name) } } td { (met_at.rfc3339()) } td { (stage) } }
                    }
                }
            }
        }
    };
    Ok(HttpResponse::Ok().content_type("text/html; charset=utf-8").body(page.into_string()))
}

fn database(url: &str) -> Database {
    Database::open(&Location::parse(url).expect("a database URL")).expect("the database opens")
}

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [data, bare, listen] = arguments.as_slice() else { panic!("reference DATA_URL BARE_URL ADDRESS:PORT") };
    let (data, bare) = (database(data), database(bare));
    bare.write_now(|conn| {
        let (id, at) = if matches!(conn, Conn::Sqlite(_)) { ("BLOB", "TEXT") } else { ("BYTEA", "TIMESTAMP") };
        let table = format!(
            "CREATE TABLE IF NOT EXISTS bare (id {id} PRIMARY KEY NOT NULL, at {at} NOT NULL, body TEXT NOT NULL)"
        );
        conn.batch_execute(&table).map_err(Error::from)
    })
    .expect("the table of the reference");
    let brokers = data
        .read_now(|conn| Ok(users::table.filter(users::role.eq("broker")).limit(128).select(users::id).load(conn)?))
        .expect("the brokers");
    let places = data
        .read_now(|conn| {
            let posted = users::table.inner_join(shifts::table.on(shifts::broker_id.eq(users::id)));
            let place = (users::id, shifts::branch_id, shifts::outlet_id, shifts::id, shifts::date);
            let brokers = users::table.filter(users::role.eq("broker")).order(users::login).limit(64).select(users::id);
            let mut places = Vec::new();
            for broker in brokers.load::<Id>(conn)? {
                let last = posted.filter(users::id.eq(broker)).order(shifts::date.desc()).select(place);
                places.extend(last.first::<Place>(conn).optional()?);
            }
            Ok(places)
        })
        .expect("where the brokers are posted");
    let state = web::Data::from(Arc::new(Reference { data, bare, brokers, places, turn: AtomicUsize::new(0) }));
    let site = move || {
        Site::new()
            .app_data(state.clone())
            .route("/insert", web::post().to(insert))
            .route("/checkin", web::post().to(checkin))
            .route("/rows", web::get().to(rows))
            .route("/readyz", web::get().to(HttpResponse::Ok))
    };
    HttpServer::new(site).bind(listen)?.run().await
}
