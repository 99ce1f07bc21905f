//! The roll: a row a shift, whenever and in whatever order its check-ins arrived.

use std::collections::HashMap;

use bankside::db::Id;
use bankside::db::schema::branches;
use bankside::people::Role;
use chrono::{DateTime, Duration, Utc};
use diesel::prelude::*;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use super::api::{Xian, xian};
use crate::support::{Person, TestApp};

pub async fn rows(app: &TestApp, who: &Person, query: &str) -> Vec<Value> {
    app.get(&format!("/attendance{query}"), who).await.expect(200).json()["items"].as_array().cloned().unwrap()
}

async fn only(app: &TestApp, who: &Person) -> Value {
    let rows = rows(app, who, "").await;
    assert_eq!(rows.len(), 1, "{rows:?}");
    rows[0].clone()
}

fn set_grace(app: &TestApp, branch: Id, minutes: i32) {
    app.arrange(move |conn| {
        diesel::update(branches::table.find(branch)).set(branches::grace_minutes.eq(minutes)).execute(conn)?;
        Ok(())
    });
}

const THERE: (f64, f64) = (34.2, 108.9);

#[actix_web::test]
async fn a_shift_goes_from_upcoming_to_what_its_check_ins_make_of_it() {
    let Xian { app, outlet, zhang, chen, .. } = xian();
    let shift = app.shift(&chen, &zhang, &outlet, "2026-11-24").await;
    let row = only(&app, &zhang).await;
    let bare = json!({"shift_id": shift, "broker_id": zhang.id, "outlet_id": outlet.id, "date": "2026-11-24",
        "starts_at": "2026-11-24T01:00:00Z", "ends_at": "2026-11-24T09:00:00Z", "in_at": null, "out_at": null,
        "status": "upcoming", "minutes_late": null, "minutes_early": null, "verdict": null, "corrected": null});
    assert_eq!(row, bare);
    app.at("2026-11-24T09:00:00+08:00");
    assert_eq!(only(&app, &zhang).await["status"], "open");
    app.at("2026-11-24T09:12:59+08:00");
    app.check_in(&zhang, (34.3, 108.9), json!({"outlet_id": outlet.id})).await.expect(201);
    let row = only(&app, &zhang).await;
    assert_eq!(
        (&row["status"], &row["minutes_late"], &row["verdict"]),
        (&json!("open"), &json!(12), &json!("off_site"))
    );
    app.at("2026-11-24T16:30:01+08:00");
    app.check_in(&zhang, THERE, json!({"kind": "out"})).await.expect(201);
    let row = only(&app, &zhang).await;
    assert_eq!(row["status"], "late_and_left_early");
    assert_eq!((&row["minutes_late"], &row["minutes_early"]), (&json!(12), &json!(29)));
    assert_eq!((&row["in_at"], &row["out_at"]), (&json!("2026-11-24T01:12:59Z"), &json!("2026-11-24T08:30:01Z")));
    // A later `out` counts, and so does an earlier `in` that arrives after it.
    app.at("2026-11-24T17:00:00+08:00");
    app.check_in(&zhang, THERE, json!({"kind": "out"})).await.expect(201);
    assert_eq!(only(&app, &zhang).await["status"], "late");
    let early = json!({"at": "2026-11-24T08:59:00+08:00", "offline": true});
    app.check_in(&zhang, THERE, early).await.expect(201);
    let row = only(&app, &zhang).await;
    assert_eq!(
        (&row["status"], &row["verdict"], &row["minutes_late"]),
        (&json!("on_time"), &json!("on_site"), &json!(0))
    );
}

#[actix_web::test]
async fn a_day_without_a_check_in_is_absent_and_one_without_a_check_out_is_not_confirmed() {
    let Xian { app, outlet, zhang, chen, branch } = xian();
    let li = app.broker("li", branch);
    app.shift(&chen, &zhang, &outlet, "2026-11-23").await;
    app.shift(&chen, &li, &outlet, "2026-11-23").await;
    app.check_in(&li, THERE, json!({})).await.expect(201);
    app.at("2026-11-23T17:00:00+08:00");
    let stand = |rows: Vec<Value>| rows.iter().map(|r| r["status"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
    let at_five = stand(rows(&app, &chen, "").await);
    assert!(at_five.contains(&"absent".into()) && at_five.contains(&"open".into()), "{at_five:?}");
    app.at("2026-11-24T00:00:00+08:00");
    let next_day = stand(rows(&app, &chen, "").await);
    assert!(next_day.contains(&"absent".into()) && next_day.contains(&"not_confirmed".into()), "{next_day:?}");
    // Both were there and had no network: what they upload the day after, in whatever order and twice, counts.
    app.at("2026-11-24T18:00:00+08:00");
    for (who, kind, at) in [
        (&zhang, "out", "2026-11-23T17:01:00+08:00"),
        (&zhang, "in", "2026-11-23T08:58:00+08:00"),
        (&zhang, "in", "2026-11-23T08:58:00+08:00"),
        (&li, "out", "2026-11-23T16:00:00+08:00"),
    ] {
        app.check_in(who, THERE, json!({"kind": kind, "at": at, "offline": true})).await.expect(201);
    }
    assert_eq!(stand(rows(&app, &zhang, "").await), ["on_time"]);
    assert_eq!(stand(rows(&app, &li, "").await), ["late_and_left_early"]);
}

#[actix_web::test]
async fn a_check_in_counts_for_a_shift_planned_after_it_and_only_at_its_outlet_and_date() {
    let Xian { app, outlet, zhang, chen, branch } = xian();
    let other = app.outlet_at(branch, "T-9", 34.5, 108.9);
    app.at("2026-11-23T08:50:00+08:00");
    app.check_in(&zhang, (34.5, 108.9), json!({"outlet_id": other.id})).await.expect(201);
    app.later(Duration::minutes(5));
    app.check_in(&zhang, THERE, json!({"outlet_id": outlet.id})).await.expect(201);
    app.shift(&chen, &zhang, &outlet, "2026-11-23").await;
    app.shift(&chen, &zhang, &outlet, "2026-11-24").await;
    let all = rows(&app, &zhang, "").await;
    assert_eq!(all[0]["in_at"], "2026-11-23T00:55:00Z");
    assert_eq!(all[1]["in_at"], Value::Null);
}

#[actix_web::test]
async fn another_grace_counts_at_once_for_the_days_past() {
    let Xian { app, outlet, zhang, chen, branch } = xian();
    app.shift(&chen, &zhang, &outlet, "2026-11-23").await;
    app.check_in(&zhang, THERE, json!({"at": "2026-11-23T09:10:59+08:00", "offline": true})).await.expect(201);
    app.at("2026-11-23T16:50:00+08:00");
    app.check_in(&zhang, THERE, json!({"kind": "out"})).await.expect(201);
    for (grace, status) in [(0, "late_and_left_early"), (9, "late_and_left_early"), (10, "on_time"), (60, "on_time")] {
        set_grace(&app, branch, grace);
        let row = only(&app, &zhang).await;
        assert_eq!((&row["status"], &row["minutes_late"]), (&json!(status), &json!(10)), "{grace}");
    }
}

#[actix_web::test]
async fn a_made_up_sunday_the_years_last_day_and_a_branch_in_another_zone_have_their_own_dates() {
    let Xian { app, outlet, zhang, chen, .. } = xian();
    app.calendar_day("2026-11-29", true);
    for date in ["2026-11-29", "2026-12-31"] {
        app.shift(&chen, &zhang, &outlet, date).await;
        app.at(&format!("{date}T08:55:00+08:00"));
        app.check_in(&zhang, THERE, json!({})).await.expect(201);
        app.at(&format!("{date}T17:30:00+08:00"));
        app.check_in(&zhang, THERE, json!({"kind": "out"})).await.expect(201);
    }
    let all = rows(&app, &zhang, "?from=2026-11-29&to=2026-12-31").await;
    assert_eq!(all.iter().map(|r| r["status"].as_str().unwrap()).collect::<Vec<_>>(), ["on_time", "on_time"]);
    assert_eq!(rows(&app, &zhang, "?from=2027-01-01").await.len(), 0);
    // New York: its last day of the year ends at 13:00 of the next in Shanghai.
    let york = app.branch_in("NY01", "America/New_York");
    let (smith, jones) = (app.broker("smith", york), app.coordinator("jones", york));
    let wall = app.outlet_at(york, "W-1", 40.7, -74.0);
    app.shift(&jones, &smith, &wall, "2026-12-31").await;
    app.at("2026-12-31T09:00:00-05:00");
    app.check_in(&smith, (40.7, -74.0), json!({})).await.expect(201);
    app.at("2026-12-31T23:59:59-05:00");
    let row = only(&app, &smith).await;
    assert_eq!((&row["date"], &row["status"]), (&json!("2026-12-31"), &json!("open")));
    app.at("2027-01-01T00:00:00-05:00");
    assert_eq!(only(&app, &smith).await["status"], "not_confirmed");
}

#[actix_web::test]
async fn each_role_reads_the_rows_of_its_reach_in_pages_by_date() {
    let Xian { app, outlet, zhang, chen, branch } = xian();
    let li = app.broker("li", branch);
    let other = app.branch("XA02");
    let (far, theirs, wu) =
        (app.outlet_at(other, "F-1", 36.0, 108.9), app.coordinator("theirs", other), app.broker("wu", other));
    for date in ["2026-11-25", "2026-11-23", "2026-11-24"] {
        app.shift(&chen, &li, &outlet, date).await;
        app.shift(&chen, &zhang, &outlet, date).await;
        app.shift(&theirs, &wu, &far, date).await;
    }
    let (head, admin) = (app.person("head", Role::Manager, None), app.admin("root"));
    for (who, count) in [(&zhang, 3), (&chen, 6), (&app.manager("m", branch), 6), (&theirs, 3), (&head, 9), (&admin, 9)]
    {
        let all = rows(&app, who, "").await;
        assert_eq!(all.len(), count);
        assert!(all.is_sorted_by_key(|r| r["date"].as_str().unwrap().to_owned()));
    }
    assert_eq!(rows(&app, &zhang, &format!("?broker_id={}", li.id)).await.len(), 0);
    assert_eq!(rows(&app, &head, &format!("?broker_id={}&from=2026-11-24", wu.id)).await.len(), 2);
    assert_eq!(rows(&app, &head, &format!("?outlet_id={}&to=2026-11-24", outlet.id)).await.len(), 4);
    for status in ["", "&status=upcoming"] {
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = app
                .get(&format!("/attendance?limit=2&from=2026-11-24{status}{cursor}"), &head)
                .await
                .expect(200)
                .json();
            seen.extend(page["items"].as_array().unwrap().iter().map(|r| r["shift_id"].as_str().unwrap().to_owned()));
            let Some(next) = page["next_cursor"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        assert_eq!(seen.len(), 6);
        let once: std::collections::HashSet<_> = seen.iter().collect();
        assert_eq!(once.len(), 6);
    }
    for (query, fault) in [
        ("?status=asleep", "status: unknown_value"),
        ("?from=yesterday", "from: not_a_date"),
        ("?limit=0", "limit: out_of_range"),
        ("?cursor=x", "cursor: not_a_cursor"),
        ("?colour=red", "colour: unknown_field"),
    ] {
        assert_eq!(app.get(&format!("/attendance{query}"), &chen).await.expect(422).faults(), [fault]);
    }
    app.api("GET", "/attendance", None, None).await.expect(401);
}

/// A check-in of a made-up history: whose, where, kind, minute of the three days, and how much later it is received.
type Sent = (usize, usize, bool, i64, i64);

/// What the rule of the contract says of a shift, counted plainly.
fn recount(
    history: &[Sent],
    broker: usize,
    outlet: usize,
    day: i64,
    grace: i64,
    now: i64,
) -> (Option<i64>, Option<i64>, &'static str) {
    let mine = |came: bool| {
        let minutes = history.iter().filter(move |(b, o, i, at, sent)| {
            *b == broker && *o == outlet && *i == came && at / 1440 == day && at + sent <= now
        });
        minutes.map(|(.., at, _)| *at)
    };
    let (came, left) = (mine(true).min(), mine(false).max());
    let (starts, ends) = (day * 1440 + 9 * 60, day * 1440 + 17 * 60);
    let late = |came: i64| came - starts > grace;
    let early = |left: i64| ends - left > grace;
    let status = match (came, left) {
        _ if now < starts => "upcoming",
        (None, _) => {
            if now < ends {
                "open"
            } else {
                "absent"
            }
        }
        (Some(_), None) => {
            if now < (day + 1) * 1440 {
                "open"
            } else {
                "not_confirmed"
            }
        }
        (Some(came), Some(left)) => match (late(came), early(left)) {
            (false, false) => "on_time",
            (true, false) => "late",
            (false, true) => "left_early",
            (true, true) => "late_and_left_early",
        },
    };
    (came, left, status)
}

#[actix_web::test]
async fn the_roll_equals_a_plain_recount_of_any_history() {
    let start: DateTime<Utc> = "2026-11-23T00:00:00+08:00".parse().unwrap();
    let history = prop::collection::vec((0..3usize, 0..2usize, any::<bool>(), 0..3 * 1440i64, 0..2000i64), 0..40);
    let case = (history, prop::collection::vec((0..3usize, 0..3i64, 0..2usize), 1..9), 0..30i64, 0..4 * 1440i64);
    let mut runner = TestRunner::deterministic();
    for _ in 0..12 {
        let (mut history, planned, grace, now) = case.new_tree(&mut runner).unwrap().current();
        let Xian { app, branch, outlet, zhang, chen } = xian();
        let brokers = [zhang, app.broker("li", branch), app.broker("wu", branch)];
        let outlets = [outlet, app.outlet_at(branch, "T-2", 34.3, 108.9)];
        set_grace(&app, branch, grace as i32);
        let planned: HashMap<(usize, i64), usize> = planned.into_iter().map(|(b, day, o)| ((b, day), o)).collect();
        for ((broker, day), outlet) in &planned {
            let date = (start + Duration::days(*day) + Duration::hours(8)).date_naive().to_string();
            app.shift(&chen, &brokers[*broker], &outlets[*outlet], &date).await;
        }
        // As received: by the moment of arrival, which is not the order of what happened.
        history.sort_by_key(|(.., at, later)| at + later);
        for (broker, outlet, came, at, later) in history.iter().filter(|(.., at, later)| at + later <= now) {
            app.clock.set(start + Duration::minutes(at + later));
            let place = &outlets[*outlet];
            let body = json!({"kind": if *came { "in" } else { "out" }, "at": start + Duration::minutes(*at),
                "outlet_id": place.id, "offline": true});
            app.check_in(&brokers[*broker], (place.lat, place.lon), body).await.expect(201);
        }
        app.clock.set(start + Duration::minutes(now));
        let all = rows(&app, &chen, "?limit=500").await;
        assert_eq!(all.len(), planned.len());
        for row in all {
            let broker = brokers.iter().position(|b| row["broker_id"] == json!(b.id)).unwrap();
            let outlet = outlets.iter().position(|o| row["outlet_id"] == json!(o.id)).unwrap();
            let date: chrono::NaiveDate = row["date"].as_str().unwrap().parse().unwrap();
            let day = (date - (start + Duration::hours(8)).date_naive()).num_days();
            assert_eq!(planned.get(&(broker, day)), Some(&outlet));
            let (came, left, status) = recount(&history, broker, outlet, day, grace, now);
            let instant =
                |minute: Option<i64>| json!(minute.map(|m| bankside::db::At::from(start + Duration::minutes(m))));
            assert_eq!((&row["in_at"], &row["out_at"]), (&instant(came), &instant(left)));
            assert_eq!(row["status"], status, "{row} at minute {now}, grace {grace}");
        }
    }
}
