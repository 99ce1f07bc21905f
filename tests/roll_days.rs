//! Days of the roll that are added up: whatever is changed afterwards, a report over all branches says what each branch's own says, which judges every
//! shift as it is read.

use std::time::{Duration, Instant};

use bankside::attendance::days::add_up;
use bankside::db::Id;
use bankside::db::schema::{attendance_corrections, checkins, roll_days, roll_marks, shifts};
use bankside::people::Role;
use chrono::{Days, NaiveDate};
use diesel::prelude::*;
use serde_json::{Value, json};

use crate::attendance::Place;
use crate::support::{Person, TestApp, id};

struct Branch {
    code: &'static str,
    desk: Person,
    brokers: Vec<Person>,
    outlets: Vec<Place>,
    /// Behind UTC.
    zone: &'static str,
}

struct World {
    app: TestApp,
    head: Person,
    branches: Vec<Branch>,
}

const CODES: [(&str, &str, &str); 2] = [("XA01", "Asia/Shanghai", "+08:00"), ("NY01", "America/New_York", "-05:00")];

/// Two branches on opposite sides of the earth, two weeks of shifts planned, and then they are over.
async fn world() -> World {
    let app = TestApp::new();
    app.at("2026-11-02T06:00:00+08:00");
    let head = app.person("head2", Role::Manager, None);
    let mut branches = Vec::new();
    for (code, zone, offset) in CODES {
        let branch = app.branch_in(code, zone);
        let desk = app.coordinator(&format!("desk-{code}"), branch);
        let brokers: Vec<Person> = (0..3).map(|n| app.broker(&format!("broker{n}-{code}"), branch)).collect();
        let outlets: Vec<Place> =
            (0..2).map(|n| app.outlet_at(branch, &format!("{code}-{n}"), 34.2 + f64::from(n), 108.9)).collect();
        for day in 3..=14 {
            for (n, broker) in brokers.iter().enumerate() {
                let body = json!({
                    "id": id(), "outlet_id": outlets[n % 2].id, "broker_id": broker.id,
                    "date": format!("2026-11-{day:02}"), "starts_at": format!("2026-11-{day:02}T09:00:00{offset}"),
                    "ends_at": format!("2026-11-{day:02}T17:00:00{offset}"),
                });
                app.post("/shifts", &desk, body).await.expect(201);
            }
        }
        branches.push(Branch { code, desk, brokers, outlets, zone: offset });
    }
    app.at("2026-11-16T12:00:00+08:00");
    World { app, head, branches }
}

async fn report(w: &World, query: &str) -> Value {
    w.app.get(&format!("/reports?{query}"), &w.head).await.expect(200).json()
}

/// The report of all is that of each branch, put together.
async fn agrees(w: &World, what: &str) {
    for period in ["period=month&date=2026-11-16", "period=week&date=2026-11-12", "period=day&date=2026-11-15"] {
        let all = report(w, period).await;
        let mut pieces = vec![0; all["over_time"].as_array().unwrap().len()];
        let mut before = 0;
        for branch in &w.branches {
            let one = report(w, &format!("{period}&branch={}", branch.code)).await;
            let found = all["branches"].as_array().unwrap().iter().find(|one| one["key"] == branch.code).unwrap();
            for of in ["attendance", "coverage", "funnel", "follow_ups"] {
                assert_eq!(found[of], one["total"][of], "{what}: {of} of {} {period}", branch.code);
            }
            for (sum, piece) in pieces.iter_mut().zip(one["over_time"].as_array().unwrap()) {
                *sum +=
                    piece["attendance"]["on_time"].as_u64().unwrap() + piece["coverage"]["covered"].as_u64().unwrap();
            }
            before += one["before"]["attendance"]["shifts"].as_u64().unwrap();
        }
        for (sum, piece) in pieces.into_iter().zip(all["over_time"].as_array().unwrap()) {
            let there =
                piece["attendance"]["on_time"].as_u64().unwrap() + piece["coverage"]["covered"].as_u64().unwrap();
            assert_eq!(sum, there, "{what}: {period} {}", piece["from"]);
        }
        assert_eq!(all["before"]["attendance"]["shifts"], before, "{what}: {period}");
    }
}

fn add_all(w: &World) {
    add_up(&w.app.app, Instant::now() + Duration::from_secs(60)).unwrap();
}

/// Rows and marks.
fn kept(w: &World) -> (i64, i64) {
    w.app.arrange(|conn| Ok((roll_days::table.count().get_result(conn)?, roll_marks::table.count().get_result(conn)?)))
}

/// Numbers that look drawn.
struct Draw(u64);

impl Draw {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end
    }

    fn of<'a, T>(&mut self, all: &'a [T]) -> Option<&'a T> {
        (!all.is_empty()).then(|| &all[self.below(all.len())])
    }
}

async fn check_in(w: &World, draw: &mut Draw) {
    let branch = &w.branches[draw.below(2)];
    let (n, day) = (draw.below(3), 3 + draw.below(14));
    let (kind, hour) = [("in", 8), ("in", 9), ("out", 16), ("out", 17)][draw.below(4)];
    let at = format!("2026-11-{day:02}T{hour:02}:{:02}:00{}", draw.below(60), branch.zone);
    let place = &branch.outlets[n % 2];
    let far = if draw.below(4) == 0 { 0.1 } else { 0.0 };
    let with = json!({ "kind": kind, "at": at, "outlet_id": place.id });
    w.app.check_in(&branch.brokers[n], (place.lat + far, place.lon), with).await;
}

async fn review(w: &World, draw: &mut Draw) {
    let all: Vec<Id> = w.app.arrange(|conn| Ok(checkins::table.order(checkins::at).select(checkins::id).load(conn)?));
    let Some(checkin) = draw.of(&all) else { return };
    let decision = ["accepted", "rejected"][draw.below(2)];
    for branch in &w.branches {
        w.app
            .post(&format!("/checkins/{checkin}/review"), &branch.desk, json!({ "decision": decision, "note": "x" }))
            .await;
    }
}

async fn correct(w: &World, draw: &mut Draw) {
    let branch = &w.branches[draw.below(2)];
    let broker = &branch.brokers[draw.below(3)];
    let (own, day) = (broker.id, 3 + draw.below(12));
    let date: NaiveDate = format!("2026-11-{day:02}").parse().unwrap();
    let found: Vec<Id> = w.app.arrange(move |conn| {
        Ok(shifts::table.filter(shifts::broker_id.eq(own).and(shifts::date.eq(date))).select(shifts::id).load(conn)?)
    });
    let Some(shift) = found.first() else { return };
    let asked = json!({
        "id": id(), "shift_id": shift, "reason": "no battery",
        "in_at": format!("{date}T{:02}:30:00{}", 8 + draw.below(2), branch.zone), "out_at": format!("{date}T17:05:00{}", branch.zone),
    });
    let asked = w.app.post("/attendance-corrections", broker, asked).await;
    if asked.status == 201 {
        let path = format!("/attendance-corrections/{}/decision", asked.json()["id"].as_str().unwrap());
        w.app.post(&path, &branch.desk, json!({ "decision": "accepted" })).await.expect(200);
    }
}

async fn change_shift(w: &World, draw: &mut Draw) {
    let branch = &w.branches[draw.below(2)];
    let (n, day) = (draw.below(3), 1 + draw.below(16));
    let (own, date) = (branch.brokers[n].id, format!("2026-11-{day:02}").parse::<NaiveDate>().unwrap());
    let found: Vec<Id> = w.app.arrange(move |conn| {
        let of_day = shifts::table.filter(shifts::broker_id.eq(own).and(shifts::date.eq(date)));
        Ok(of_day.select(shifts::id).load(conn)?)
    });
    match found.first() {
        Some(shift) => {
            w.app.delete(&format!("/shifts/{shift}"), &branch.desk).await;
        }
        None => {
            let outlet = branch.outlets[draw.below(2)].id;
            let body = json!({ "id": id(), "outlet_id": outlet, "broker_id": own, "date": date });
            w.app.post("/shifts", &branch.desk, body).await;
        }
    }
}

async fn change_rules(w: &World, draw: &mut Draw) {
    let branch = &w.branches[draw.below(2)];
    let grace = draw.below(40).to_string();
    let fields = [("lead_minutes", "0"), ("grace_minutes", &*grace), ("rotation_weeks", "12"), ("day_rate", "")];
    w.app.form("/branch-settings", &branch.desk, &fields).await.expect(303);
}

async fn change_outlet(w: &World, draw: &mut Draw) {
    let branch = &w.branches[draw.below(2)];
    let outlet = &branch.outlets[draw.below(2)];
    let path = format!("/outlets/{}", outlet.id);
    match draw.below(3) {
        0 => {
            let version = w.app.get(&path, &branch.desk).await.expect(200).json()["version"].clone();
            let wanted = draw.below(4);
            w.app.patch(&path, &branch.desk, json!({ "version": version, "wanted_brokers": wanted })).await;
        }
        1 => {
            let day = 3 + draw.below(10);
            let (from, to) = (format!("2026-11-{day:02}"), format!("2026-11-{:02}", day + 2));
            let fields =
                [("id", &*id()), ("from", &*from), ("to", &*to), ("reason", "works")].map(|(a, b)| (a, b.to_owned()));
            let fields: Vec<(&str, &str)> = fields.iter().map(|(a, b)| (*a, b.as_str())).collect();
            w.app.form(&format!("{path}/closures"), &branch.desk, &fields).await;
        }
        _ => {
            let date = format!("2026-11-{:02}", 7 + draw.below(2));
            let fields = [("date", &*date), ("opens", "10:00"), ("closes", "15:00"), ("reason", "")];
            w.app.form(&format!("{path}/special-hours"), &branch.desk, &fields).await;
        }
    }
}

async fn one_change(w: &World, draw: &mut Draw) -> &'static str {
    match draw.below(9) {
        0..=2 => {
            check_in(w, draw).await;
            "a check-in that arrives late"
        }
        3 => {
            review(w, draw).await;
            "a review"
        }
        4 => {
            correct(w, draw).await;
            "a correction"
        }
        5 => {
            change_shift(w, draw).await;
            "a shift"
        }
        6 => {
            change_rules(w, draw).await;
            "the grace"
        }
        7 => {
            change_outlet(w, draw).await;
            "an outlet"
        }
        _ => {
            w.app.later(chrono::Duration::hours(7));
            "time"
        }
    }
}

#[actix_web::test]
async fn whatever_is_changed_afterwards_the_report_of_all_is_that_of_each_put_together() {
    let w = world().await;
    agrees(&w, "before anything was added up").await;
    assert_eq!(kept(&w).0, 0);
    add_all(&w);
    assert_eq!(kept(&w), (23, 0), "twelve days of one branch, and of the other those that are over there");
    agrees(&w, "added up").await;
    let mut draw = Draw(20_261_122);
    let mut marked = 0;
    for step in 0..90 {
        let what = one_change(&w, &mut draw).await;
        marked += usize::from(kept(&w).1 > 0);
        if step % 3 == 0 {
            agrees(&w, &format!("step {step}, {what}")).await;
        }
        if step % 10 == 9 {
            add_all(&w);
            assert_eq!(kept(&w).1, 0, "step {step}: what was marked was added up anew");
            agrees(&w, &format!("step {step}, added up anew")).await;
        }
    }
    assert!(marked > 20, "only {marked}");
    let said: (i64, i64) = w.app.arrange(|conn| {
        Ok((
            checkins::table.count().get_result(conn)?,
            attendance_corrections::table
                .filter(attendance_corrections::state.eq("accepted"))
                .count()
                .get_result(conn)?,
        ))
    });
    assert!(said.0 > 10 && said.1 > 2, "{said:?}");
}

#[actix_web::test]
async fn a_day_is_added_up_when_it_is_over_everywhere_and_what_happens_today_leaves_no_mark() {
    let w = world().await;
    w.app.at("2026-11-05T08:55:00+08:00");
    let (branch, li) = (&w.branches[0], &w.branches[0].brokers[0]);
    let place = (branch.outlets[0].lat, branch.outlets[0].lon);
    w.app.check_in(li, place, json!({})).await.expect(201);
    assert_eq!(kept(&w).1, 0, "an arrival of today");
    add_all(&w);
    let last: Vec<(Id, NaiveDate)> = w.app.arrange(|conn| {
        Ok(roll_days::table.order(roll_days::date).select((roll_days::branch_id, roll_days::date)).load(conn)?)
    });
    let days: Vec<String> = last.iter().map(|(_, date)| date.to_string()).collect();
    assert_eq!(days, ["2026-11-03"], "in New York it is still the fourth");
    w.app.check_in(li, place, json!({ "at": "2026-11-03T09:00:00+08:00", "offline": true })).await.expect(201);
    assert_eq!(kept(&w).1, 1, "one that arrives two days late");
    add_all(&w);
    assert_eq!(kept(&w), (1, 0));
}

#[actix_web::test]
async fn of_two_who_add_up_the_one_that_read_earlier_gives_way_and_broken_bytes_are_judged_anew() {
    let w = world().await;
    add_all(&w);
    let both: Vec<_> = (0..2)
        .map(|_| {
            let app = w.app.app.clone();
            std::thread::spawn(move || add_up(&app, Instant::now() + Duration::from_secs(60)).unwrap())
        })
        .collect();
    for one in both {
        one.join().unwrap();
    }
    assert_eq!(kept(&w), (23, 0));
    agrees(&w, "by two").await;
    w.app.arrange(|conn| Ok(diesel::update(roll_days::table).set(roll_days::packed.eq(vec![9u8, 9])).execute(conn)?));
    agrees(&w, "broken").await;
    // Shifts planned into days before the first are added up as well.
    let early: NaiveDate = "2026-11-02".parse::<NaiveDate>().unwrap().checked_sub_days(Days::new(3)).unwrap();
    let branch = &w.branches[0];
    let body = json!({
        "id": id(), "outlet_id": branch.outlets[0].id, "broker_id": branch.brokers[0].id, "date": early,
        "starts_at": format!("{early}T09:00:00+08:00"), "ends_at": format!("{early}T17:00:00+08:00"),
    });
    let planned = w.app.post("/shifts", &branch.desk, body).await;
    add_all(&w);
    assert_eq!((planned.status.as_u16(), kept(&w)), (201, (27, 0)));
    agrees(&w, "earlier").await;
}
