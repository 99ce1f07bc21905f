//! What the whole program is held against: the same server, database and writer with nothing in between. `POST /insert` is one durable insert of a small row;
//! `GET /rows` renders fifty rows of one select along an index. Built and started by `benches/run`.
#![expect(clippy::expect_used, reason = "a bench may end where it stands")]

use actix_web::{App as Site, HttpResponse, HttpServer, web};
use bankside::db::schema::{prospects, users};
use bankside::db::{At, Conn, Database, Id, Location};
use bankside::error::{Error, Result};
use chrono::Utc;
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

struct Reference {
    /// The generated data.
    data: Database,
    /// A database of its own for the inserts.
    bare: Database,
    brokers: Vec<Id>,
    turn: AtomicUsize,
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

async fn rows(state: web::Data<Reference>) -> Result<HttpResponse> {
    let broker = state.brokers[state.turn.fetch_add(1, Ordering::Relaxed) % state.brokers.len()];
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
    let state = web::Data::from(Arc::new(Reference { data, bare, brokers, turn: AtomicUsize::new(0) }));
    let site = move || {
        Site::new()
            .app_data(state.clone())
            .route("/insert", web::post().to(insert))
            .route("/rows", web::get().to(rows))
            .route("/readyz", web::get().to(HttpResponse::Ok))
    };
    HttpServer::new(site).bind(listen)?.run().await
}
