//! Now, kept fresh: what the stream says, when it ends, and how long a page of 300 outlets takes.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bankside::db::Id;
use bankside::db::schema::{checkins, shifts};
use diesel::prelude::*;
use serde_json::json;

use super::api::{Xian, xian};
use crate::support::{Person, Reply, TestApp};

const THERE: (f64, f64) = (34.2, 108.9);

fn mark(reply: &Reply) -> String {
    let line = reply.text.lines().find(|line| line.starts_with("data: ")).unwrap();
    line.trim_start_matches("data: ").to_owned()
}

async fn events(app: &TestApp, who: &Person, query: &str) -> Reply {
    app.page(&format!("/now/events{query}"), Some(who)).await.expect(200)
}

#[actix_web::test]
async fn a_change_in_reach_gives_another_mark_and_one_elsewhere_does_not() {
    let Xian { app, branch, outlet, zhang, chen } = xian();
    let other = app.branch("XA02");
    let (theirs, wu) = (app.coordinator("theirs", other), app.broker("wu", other));
    let far = app.outlet_at(other, "F-1", 36.0, 108.9);
    let first = events(&app, &chen, "").await;
    assert_eq!(first.header("content-type"), Some("text/event-stream"));
    assert!(first.text.starts_with("retry: ") && first.text.contains("event: mark\n"));
    let look = || async {
        tokio::time::sleep(Duration::from_millis(1_050)).await;
        (mark(&events(&app, &chen, "").await), mark(&events(&app, &theirs, "").await))
    };
    let (own, others) = look().await;
    assert_eq!(own, mark(&first));
    app.shift(&theirs, &wu, &far, "2026-11-23").await;
    let (still, changed) = look().await;
    assert_eq!(still, own);
    assert_ne!(changed, others);
    app.shift(&chen, &zhang, &outlet, "2026-11-23").await;
    let planned = look().await.0;
    let checked = app.check_in(&zhang, (34.3, 108.9), json!({"outlet_id": outlet.id})).await.expect(201).json();
    let came = look().await.0;
    let review = format!("/checkins/{}/review", checked["id"].as_str().unwrap());
    app.post(&review, &chen, json!({"decision": "accepted"})).await.expect(200);
    let reviewed = look().await.0;
    let all = [own, planned, came, reviewed];
    assert_eq!(all.iter().collect::<std::collections::HashSet<_>>().len(), 4, "{all:?}");
    // The page and its part carry the mark they were drawn with.
    for path in ["/now", "/now/part"] {
        assert!(app.page(path, Some(&chen)).await.expect(200).text.contains(&all[3]), "{path}");
    }
    app.page("/now/events?branch=XA02", Some(&chen)).await.expect(404);
    app.page("/now/events", Some(&zhang)).await.expect(403);
    assert!(app.app.live.watching() == 0, "every place was given back");
    let _ = branch;
}

#[actix_web::test]
async fn a_stream_tells_of_a_change_while_it_is_open_and_ends_when_the_program_stops() {
    let world = xian();
    let app = TestApp::with(|settings| settings.live_seconds = 60);
    drop(world);
    let branch = app.branch("XA01");
    let (zhang, chen) = (app.broker("zhang", branch), app.coordinator("chen", branch));
    let outlet = app.outlet_at(branch, "T-1", THERE.0, THERE.1);
    let app = Arc::new(app);
    let (watching, who) = (app.clone(), chen.clone());
    let started = Instant::now();
    let stream = actix_web::rt::spawn(async move { watching.page("/now/events", Some(&who)).await });
    tokio::time::sleep(Duration::from_millis(500)).await;
    app.shift(&chen, &zhang, &outlet, "2026-11-23").await;
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    app.app.live.stop();
    let reply = stream.await.unwrap();
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    assert_eq!(reply.text.matches("event: mark").count(), 2, "{}", reply.text);
    assert_eq!(app.app.live.watching(), 0);
}

#[actix_web::test]
async fn three_hundred_outlets_are_shown_with_those_missing_first() {
    let Xian { app, branch, chen, .. } = xian();
    let now = app.now();
    let date = now.date_in(chrono_tz::Asia::Shanghai);
    for n in 0..300 {
        let outlet = app.outlet_at(branch, &format!("N-{n:03}"), 34.0 + f64::from(n) / 1000.0, 108.9);
        let broker = app.broker(&format!("b{n:03}"), branch);
        app.arrange(move |conn| {
            diesel::insert_into(shifts::table)
                .values((
                    shifts::id.eq(Id::new()),
                    shifts::branch_id.eq(branch),
                    shifts::outlet_id.eq(outlet.id),
                    shifts::broker_id.eq(broker.id),
                    shifts::date.eq(date),
                    shifts::starts_at.eq(now - chrono::Duration::hours(1)),
                    shifts::ends_at.eq(now + chrono::Duration::hours(7)),
                    shifts::created_at.eq(now),
                ))
                .execute(conn)?;
            if n != 299 {
                diesel::insert_into(checkins::table)
                    .values((
                        checkins::id.eq(Id::new()),
                        checkins::branch_id.eq(branch),
                        checkins::broker_id.eq(broker.id),
                        checkins::outlet_id.eq(outlet.id),
                        checkins::kind.eq("in"),
                        checkins::at.eq(now - chrono::Duration::hours(1)),
                        checkins::date.eq(date),
                        checkins::received_at.eq(now),
                        checkins::offline.eq(false),
                        checkins::datum.eq("wgs84"),
                        checkins::verdict.eq("on_site"),
                        checkins::flags.eq(""),
                    ))
                    .execute(conn)?;
            }
            Ok(())
        });
    }
    let page = app.page("/now", Some(&chen)).await.expect(200).text;
    let first = page.find("b000 Name").unwrap();
    assert!(page.find("b299 Name").unwrap() < first, "who is missing stands first");
    assert_eq!(page.matches("data-label=\"网点\"").count(), 300);
    let started = Instant::now();
    for _ in 0..5 {
        app.page("/now/part", Some(&chen)).await.expect(200);
    }
    println!("Now with 300 outlets: {:?} each in this build", started.elapsed() / 5);
}
