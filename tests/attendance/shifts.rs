//! Shifts: planned, refused, listed, taken back.

use bankside::people::Role;
use serde_json::{Value, json};

use super::api::{Xian, xian};
use crate::support::id;

#[actix_web::test]
async fn times_come_from_the_outlets_hours() {
    let Xian { app, branch, outlet, zhang, chen } = xian();
    // Monday with a break at noon, Saturday half a day; Sunday none, but made up on the 29th.
    app.opens(outlet.id, 1, "08:30", "12:00");
    app.opens(outlet.id, 1, "13:30", "17:30");
    app.opens(outlet.id, 6, "10:00", "15:00");
    app.calendar_day("2026-11-29", true);
    app.calendar_day("2026-11-26", false);
    app.closes(outlet.id, "2026-12-07", "2026-12-08");
    let plan = |date: &'static str, with: Value| {
        let (app, chen) = (&app, &chen);
        let mut body = json!({"id": id(), "outlet_id": outlet.id, "broker_id": zhang.id, "date": date});
        body.as_object_mut().unwrap().extend(with.as_object().cloned().unwrap());
        async move { app.post("/shifts", chen, body).await }
    };
    for (date, from, to) in [
        ("2026-11-23", "2026-11-23T00:30:00Z", "2026-11-23T09:30:00Z"),
        ("2026-11-24", "2026-11-24T01:00:00Z", "2026-11-24T09:00:00Z"),
        ("2026-11-28", "2026-11-28T02:00:00Z", "2026-11-28T07:00:00Z"),
        ("2026-11-29", "2026-11-29T01:00:00Z", "2026-11-29T09:00:00Z"),
    ] {
        let shift = plan(date, json!({})).await.expect(201).json();
        assert_eq!((shift["starts_at"].as_str(), shift["ends_at"].as_str()), (Some(from), Some(to)), "{date}");
    }
    let both = json!({"starts_at": "2026-12-07T09:00:00+08:00", "ends_at": "2026-12-07T12:00:00+08:00"});
    for date in ["2026-11-26", "2026-12-06", "2026-12-07", "2026-12-08"] {
        let code = |reply: crate::support::Reply| reply.expect(409).json()["code"].clone();
        assert_eq!(code(plan(date, json!({})).await), "outlet_closed", "{date}");
        let start = json!({"starts_at": format!("{date}T09:00:00+08:00")});
        assert_eq!(code(plan(date, start).await), "outlet_closed", "{date}");
    }
    plan("2026-12-07", both).await.expect(201);
    let cases = [
        (json!({"starts_at": "2026-11-25T23:59:00+08:00", "ends_at": "2026-11-26T00:30:00+08:00"}), None),
        (
            json!({"starts_at": "2026-11-26T09:00:00+08:00", "ends_at": "2026-11-26T12:00:00+08:00"}),
            Some("starts_at: other_date"),
        ),
        (
            json!({"starts_at": "2026-11-25T09:00:00+08:00", "ends_at": "2026-11-25T09:00:00+08:00"}),
            Some("ends_at: ends_before_start"),
        ),
        (json!({"starts_at": "2026-11-25T17:30:00+08:00"}), Some("starts_at: ends_before_start")),
        (json!({"ends_at": "2026-11-27T09:00:00+08:00"}), Some("ends_at: out_of_range")),
        (json!({"starts_at": "09:00"}), Some("starts_at: not_a_time")),
    ];
    for (with, fault) in cases.into_iter().rev() {
        let reply = plan("2026-11-25", with.clone()).await;
        match fault {
            Some(fault) => assert_eq!(reply.expect(422).faults(), [fault], "{with}"),
            None => drop(reply.expect(201)),
        }
    }
    assert_ne!(branch, outlet.id);
}

#[actix_web::test]
async fn one_shift_a_broker_and_date_however_many_ask_at_once() {
    let Xian { app, outlet, zhang, chen, .. } = xian();
    let posts = (0..50).map(|_| {
        let body = json!({"id": id(), "outlet_id": outlet.id, "broker_id": zhang.id, "date": "2026-11-23"});
        app.post("/shifts", &chen, body)
    });
    let replies = futures_util::future::join_all(posts).await;
    assert_eq!(replies.iter().filter(|r| r.status == 201).count(), 1);
    let refused: Vec<_> = replies.iter().filter(|r| r.status == 409).map(|r| r.json()["code"].clone()).collect();
    assert_eq!(refused, vec![json!("broker_busy"); 49]);
    assert_eq!(app.get("/shifts", &chen).await.json()["items"].as_array().unwrap().len(), 1);
}

#[actix_web::test]
async fn a_shift_needs_an_outlet_and_an_enabled_broker_in_reach_and_a_certificate() {
    let Xian { app, branch, outlet, zhang, chen } = xian();
    let other = app.branch("XA02");
    let (wang, theirs) = (app.broker("wang", other), app.outlet_at(other, "T-9", 34.2, 108.9));
    let plan = |outlet: String, broker: String| {
        let (app, chen) = (&app, &chen);
        let body = json!({"id": id(), "outlet_id": outlet, "broker_id": broker, "date": "2026-11-23"});
        async move { app.post("/shifts", chen, body).await }
    };
    let (here, who) = (outlet.id.to_string(), zhang.id.to_string());
    for outlet in [theirs.id.to_string(), id()] {
        assert_eq!(plan(outlet, who.clone()).await.expect(404).faults(), ["outlet_id: not_found"]);
    }
    for broker in [wang.id.to_string(), chen.id.to_string(), id()] {
        assert_eq!(plan(here.clone(), broker).await.expect(404).faults(), ["broker_id: not_found"]);
    }
    app.certificate_until(&zhang, "2026-11-22");
    assert_eq!(plan(here.clone(), who.clone()).await.expect(409).json()["code"], "no_certificate");
    app.certificate_until(&zhang, "2026-11-23");
    plan(here, who).await.expect(201);
    assert_ne!(branch, other);
}

#[actix_web::test]
async fn who_may_plan_and_who_sees_it() {
    let Xian { app, branch, outlet, zhang, chen } = xian();
    let (wu, head, admin) = (app.manager("wu", branch), app.person("zheng", Role::Manager, None), app.admin("root"));
    let li = app.broker("li", branch);
    let other = app.branch("XA02");
    let liu = app.coordinator("liu", other);
    let body = |who: &crate::support::Person, date: &str| json!({"id": id(), "outlet_id": outlet.id, "broker_id": who.id, "date": date});
    for who in [&zhang, &head, &admin] {
        app.post("/shifts", who, body(&zhang, "2026-11-23")).await.expect(403);
    }
    app.api("POST", "/shifts", None, Some(body(&zhang, "2026-11-23"))).await.expect(401);
    app.post("/shifts", &chen, body(&zhang, "2026-11-23")).await.expect(201);
    app.post("/shifts", &wu, body(&zhang, "2026-11-24")).await.expect(201);
    app.post("/shifts", &chen, body(&li, "2026-11-24")).await.expect(201);
    for (who, seen) in [(&zhang, 2), (&li, 1), (&chen, 3), (&wu, 3), (&head, 3), (&admin, 3), (&liu, 0)] {
        assert_eq!(app.get("/shifts", who).await.json()["items"].as_array().unwrap().len(), seen, "{who:?}");
    }
    let day = format!("/shifts?from=2026-11-24&to=2026-11-24&broker_id={}&outlet_id={}", li.id, outlet.id);
    assert_eq!(app.get(&day, &chen).await.json()["items"].as_array().unwrap().len(), 1);
    let first = app.get("/shifts?limit=1", &chen).await.json();
    let rest = app.get(&format!("/shifts?cursor={}", first["next_cursor"].as_str().unwrap()), &chen).await.json();
    assert_eq!((first["items"][0]["date"].as_str(), rest["items"].as_array().unwrap().len()), (Some("2026-11-23"), 2));
}

#[actix_web::test]
async fn a_shift_posted_after_somebody_came_has_a_check_in_all_the_same() {
    let Xian { app, branch, outlet, zhang, chen } = xian();
    let other = app.outlet_at(branch, "T-2", 34.3, 108.9);
    app.check_in(&zhang, (34.2, 108.9), json!({"outlet_id": outlet.id})).await.expect(201);
    let shift = app.shift(&chen, &zhang, &other, "2026-11-23").await;
    app.delete(&format!("/shifts/{shift}"), &chen).await.expect(204);
    let shift = app.shift(&chen, &zhang, &outlet, "2026-11-23").await;
    let refused = app.delete(&format!("/shifts/{shift}"), &chen).await.expect(409).json();
    assert_eq!(refused["code"], "has_checkins");
}

#[actix_web::test]
async fn who_moves_to_another_branch_has_no_shifts_ahead() {
    let Xian { app, outlet, zhang, chen, .. } = xian();
    app.branch("NY01");
    let admin = app.admin("root");
    let shift = app.shift(&chen, &zhang, &outlet, "2026-11-23").await;
    let path = format!("/users/{}", zhang.id);
    for body in [json!({"branch": "NY01"}), json!({"role": "coordinator"})] {
        let reply = app.patch(&path, &admin, body.clone()).await.expect(422).json();
        let field = body.as_object().unwrap().keys().next().unwrap();
        assert_eq!((&reply["errors"][0]["field"], &reply["errors"][0]["code"]), (&json!(field), &json!("has_shifts")));
    }
    app.patch(&path, &admin, json!({"name": "Zhang San"})).await.expect(200);
    app.delete(&format!("/shifts/{shift}"), &chen).await.expect(204);
    app.patch(&path, &admin, json!({"branch": "NY01"})).await.expect(200);
}

#[actix_web::test]
async fn the_same_shift_again_is_the_same_and_a_deleted_one_is_gone() {
    let Xian { app, branch, outlet, zhang, chen } = xian();
    let other = app.branch("XA02");
    let (liu, wu) = (app.coordinator("liu", other), app.manager("wu", branch));
    let body = json!({"id": id(), "outlet_id": outlet.id, "broker_id": zhang.id, "date": "2026-11-23"});
    let made = app.post("/shifts", &chen, body.clone()).await.expect(201).json();
    let mut same = body.clone();
    same["starts_at"] = Value::Null;
    assert_eq!(app.post("/shifts", &chen, same).await.expect(200).json(), made);
    let mut changed = body.clone();
    changed["date"] = json!("2026-11-24");
    assert_eq!(app.post("/shifts", &chen, changed).await.expect(409).json()["code"], "id_taken");
    assert_eq!(app.post("/shifts", &wu, body.clone()).await.expect(409).json()["code"], "id_taken");
    let path = format!("/shifts/{}", made["id"].as_str().unwrap());
    app.delete(&path, &liu).await.expect(404);
    app.delete(&path, &zhang).await.expect(403);
    app.delete(&format!("/shifts/{}", id()), &chen).await.expect(404);
    app.delete("/shifts/7", &chen).await.expect(404);
    app.check_in(&zhang, (34.2, 108.9), json!({})).await.expect(201);
    assert_eq!(app.delete(&path, &chen).await.expect(409).json()["code"], "has_checkins");
    let next = json!({"id": id(), "outlet_id": outlet.id, "broker_id": zhang.id, "date": "2026-11-24"});
    let path = format!("/shifts/{}", next["id"].as_str().unwrap());
    app.post("/shifts", &chen, next.clone()).await.expect(201);
    app.delete(&path, &wu).await.expect(204);
    app.delete(&path, &chen).await.expect(410);
    app.delete(&path, &liu).await.expect(404);
    app.post("/shifts", &chen, next).await.expect(410);
    app.shift(&chen, &zhang, &outlet, "2026-11-24").await;
}
