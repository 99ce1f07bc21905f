//! Check-ins by the API: the rule, its edges, and who sees what.

use bankside::db::schema::checkins;
use bankside::place::{Datum, Point};
use chrono::Duration;
use diesel::prelude::*;
use serde_json::{Value, json};

use crate::support::{Person, TestApp, id};

use super::Place;

/// A branch with an outlet, a broker and a coordinator.
pub struct Xian {
    pub app: TestApp,
    pub branch: bankside::db::Id,
    pub outlet: Place,
    pub zhang: Person,
    pub chen: Person,
}

pub fn xian() -> Xian {
    let app = TestApp::new();
    let branch = app.branch("XA01");
    let outlet = app.outlet_at(branch, "T-1", 34.2, 108.9);
    let (zhang, chen) = (app.broker("zhang", branch), app.coordinator("chen", branch));
    Xian { app, branch, outlet, zhang, chen }
}

/// So many metres north of the outlet (a degree of latitude has some 110,922 m there).
fn north(metres: f64) -> (f64, f64) {
    (34.2 + metres / 110_922.0, 108.9)
}

#[actix_web::test]
async fn verdicts_follow_distance_and_accuracy_in_every_coordinate_system() {
    let Xian { app, outlet, zhang, .. } = xian();
    let cases = [
        (0.0, 30.0, "on_site"),
        (149.0, 30.0, "on_site"),
        (149.0, 200.0, "on_site"),
        (149.0, 200.1, "uncertain"),
        (151.0, 30.0, "uncertain"),
        (179.0, 30.0, "uncertain"),
        (181.0, 30.0, "off_site"),
        (400.0, 260.0, "uncertain"),
        (5_000.0, 260.0, "off_site"),
        (5_000.0, 100_000.0, "uncertain"),
        (10.0, 0.0, "uncertain"),
        (5_000.0, -1.0, "uncertain"),
    ];
    for (metres, accuracy, verdict) in cases {
        for datum in Datum::ALL {
            let (lat, lon) = north(metres);
            let given = datum.from_wgs84(Point::new(lat, lon));
            let body = json!({"id": id(), "outlet_id": outlet.id, "kind": "in", "at": app.now(),
                "lat": given.lat, "lon": given.lon, "accuracy_m": accuracy, "datum": datum});
            let answer = app.post("/checkins", &zhang, body).await.expect(201).json();
            assert_eq!(answer["verdict"], verdict, "{metres} m, {accuracy} m, {datum:?}: {answer}");
            let distance = answer["distance_m"].as_f64().unwrap();
            assert!((distance - metres).abs() < 0.6, "{distance} for {metres}");
            assert_eq!((distance * 10.0).fract(), 0.0);
            assert_eq!(answer["outlet_id"], outlet.id.to_string());
            app.later(Duration::minutes(1));
        }
    }
}

#[actix_web::test]
async fn a_polygon_has_no_radius_and_inside_it_the_distance_is_nothing() {
    let Xian { app, branch, zhang, .. } = xian();
    let ring = "[[34.3,108.9],[34.3,108.902],[34.302,108.902],[34.302,108.9]]";
    let outlet = app.outlet_with(branch, "T-2", None, Some(ring), "established");
    for (lat, accuracy, verdict, distance) in [
        (34.301, 30.0, "on_site", 0.0),
        (34.301, 300.0, "uncertain", 0.0),
        (34.2999, 30.0, "uncertain", 11.1),
        (34.2999, 5.0, "off_site", 11.1),
    ] {
        let body = json!({"outlet_id": outlet.id, "accuracy_m": accuracy});
        let answer = app.check_in(&zhang, (lat, 108.901), body).await.expect(201).json();
        assert_eq!((answer["verdict"].as_str(), answer["distance_m"].as_f64()), (Some(verdict), Some(distance)));
    }
}

#[actix_web::test]
async fn the_same_request_again_gets_the_first_answer_and_another_is_told_that_the_id_is_taken() {
    let Xian { app, branch, outlet, zhang, chen } = xian();
    let li = app.broker("li", branch);
    let at = app.now();
    let body = json!({"id": id(), "outlet_id": outlet.id, "kind": "in", "at": at, "lat": 34.2, "lon": 108.9, "accuracy_m": 20});
    let first = app.post("/checkins", &zhang, body.clone()).await.expect(201).json();
    app.shift(&chen, &zhang, &outlet, "2026-11-23").await;
    app.later(Duration::hours(2));
    let mut same = body.clone();
    let more = json!({"at": "2026-11-23T10:00:00+08:00", "datum": "wgs84", "offline": false, "reason": null});
    same.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
    assert_eq!(app.post("/checkins", &zhang, same).await.expect(200).json(), first);
    for (field, other) in
        [("kind", json!("out")), ("lat", json!(34.3)), ("offline", json!(true)), ("reason", json!("x"))]
    {
        let mut changed = body.clone();
        changed[field] = other;
        assert_eq!(app.post("/checkins", &zhang, changed).await.expect(409).json()["code"], "id_taken", "{field}");
    }
    let reply = app.post("/checkins", &li, body).await.expect(409);
    assert_eq!(reply.json()["code"], "id_taken");
    assert!(!reply.text.contains(&outlet.id.to_string()));
}

#[actix_web::test]
async fn the_first_answer_stays_after_a_look_and_after_the_position_is_dropped() {
    let Xian { app, zhang, chen, .. } = xian();
    let body = json!({"id": id(), "kind": "in", "at": app.now(), "lat": 34.21, "lon": 108.9, "accuracy_m": 20.5});
    let first = app.post("/checkins", &zhang, body.clone()).await.expect(201).json();
    assert_eq!((&first["verdict"], &first["flags"]), (&json!("off_site"), &json!(["no_shift"])));
    let review = format!("/checkins/{}/review", first["id"].as_str().unwrap());
    app.post(&review, &chen, json!({"decision": "questioned", "note": "Which door?"})).await.expect(200);
    app.arrange(|conn| {
        let none = (checkins::lat.eq(None::<f64>), checkins::lon.eq(None::<f64>));
        Ok(diesel::update(checkins::table).set(none).execute(conn)?)
    });
    assert_eq!(app.post("/checkins", &zhang, body.clone()).await.expect(200).json(), first);
    // An id is one thing's, whatever the kind.
    let met = |id: &Value| json!({"id": id, "name": "王芳", "met_at": app.now(), "source": "on_site", "preferred_channel": "sms"});
    assert_eq!(app.post("/prospects", &zhang, met(&body["id"])).await.expect(409).json()["code"], "id_taken");
    let prospect = met(&json!(id()));
    app.post("/prospects", &zhang, prospect.clone()).await.expect(201);
    let mut taken = body.clone();
    taken["id"] = prospect["id"].clone();
    assert_eq!(app.post("/checkins", &zhang, taken).await.expect(409).json()["code"], "id_taken");
    // One that came in without a request, as made-up ones do.
    app.arrange(|conn| Ok(diesel::update(checkins::table).set(checkins::digest.eq(None::<Vec<u8>>)).execute(conn)?));
    assert_eq!(app.post("/checkins", &zhang, body).await.expect(409).json()["code"], "id_taken");
}

#[actix_web::test]
async fn two_at_once_are_one_check_in() {
    let Xian { app, zhang, .. } = xian();
    let body = json!({"id": id(), "kind": "in", "at": app.now(), "lat": 34.2, "lon": 108.9, "accuracy_m": 20});
    let replies = futures_util::future::join_all((0..6).map(|_| app.post("/checkins", &zhang, body.clone()))).await;
    let mut statuses: Vec<u16> = replies.iter().map(|r| r.status.as_u16()).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 200, 200, 200, 200, 201]);
    assert!(replies.iter().all(|r| r.json() == replies[0].json()));
    assert_eq!(app.get("/checkins", &zhang).await.json()["items"].as_array().unwrap().len(), 1);
}

#[actix_web::test]
async fn wrong_fields_are_named_and_nothing_is_kept() {
    let Xian { app, zhang, .. } = xian();
    let cases = [
        (json!({"lat": 123}), vec!["lat: out_of_range"]),
        (
            json!({"lat": 91, "lon": -181, "accuracy_m": -2}),
            vec!["lat: out_of_range", "lon: out_of_range", "accuracy_m: out_of_range"],
        ),
        (json!({"lat": 0, "lon": 0}), vec!["lat: null_island", "lon: null_island"]),
        (json!({"lat": null}), vec!["lat: required"]),
        (json!({"lat": null, "lon": null, "reason": "no signal"}), vec!["lat: required", "lon: required"]),
        (json!({"lat": null, "lon": null, "accuracy_m": null}), vec!["reason: required"]),
        (json!({"lat": "34.2"}), vec!["lat: wrong_type"]),
        (json!({"kind": "here"}), vec!["kind: unknown_value"]),
        (json!({"kind": null}), vec!["kind: required"]),
        (json!({"at": "2026-11-23 10:00"}), vec!["at: not_a_time"]),
        (json!({"datum": "mars"}), vec!["datum: unknown_value"]),
        (json!({"id": "7"}), vec!["id: wrong_type"]),
        (json!({"colour": "red"}), vec!["colour: unknown_field"]),
        (
            json!({"kind": "x", "at": "y", "accuracy_m": 100_001}),
            vec!["kind: unknown_value", "at: not_a_time", "accuracy_m: out_of_range"],
        ),
        (json!({"reason": "x".repeat(501)}), vec!["reason: too_long"]),
        (json!({"reason": "client 11010519491231002X"}), vec!["reason: id_card_number"]),
    ];
    for (with, faults) in cases {
        let reply = app.check_in(&zhang, (34.2, 108.9), with.clone()).await.expect(422);
        assert_eq!(reply.faults(), faults, "{with}");
    }
    assert_eq!(app.get("/checkins", &zhang).await.json()["items"], json!([]));
}

#[actix_web::test]
async fn a_reason_stands_in_for_a_position() {
    let Xian { app, outlet, zhang, .. } = xian();
    let body = json!({"id": id(), "outlet_id": outlet.id, "kind": "in", "at": app.now(), "reason": " battery flat "});
    let answer = app.post("/checkins", &zhang, body).await.expect(201).json();
    assert_eq!(answer["verdict"], "uncertain");
    assert_eq!(answer["distance_m"], Value::Null);
    assert_eq!(answer["flags"], json!(["no_shift", "no_position"]));
    assert_eq!(app.agreed_at(&zhang), None);
    let kept = &app.get("/checkins", &zhang).await.json()["items"][0];
    assert_eq!(kept["reason"], "battery flat");
    // Without an outlet, too.
    let body = json!({"id": id(), "kind": "out", "at": app.now(), "reason": "no signal"});
    let answer = app.post("/checkins", &zhang, body).await.expect(201).json();
    assert_eq!((&answer["outlet_id"], &answer["minutes_early"]), (&Value::Null, &Value::Null));
}

#[actix_web::test]
async fn the_first_position_counts_as_agreement() {
    let Xian { app, zhang, .. } = xian();
    app.check_in(&zhang, (34.2, 108.9), json!({})).await.expect(201);
    let agreed = app.agreed_at(&zhang);
    assert_eq!(agreed, Some(app.now()));
    app.later(Duration::hours(1));
    app.check_in(&zhang, (34.2, 108.9), json!({})).await.expect(201);
    assert_eq!(app.agreed_at(&zhang), agreed);
}

#[actix_web::test]
async fn without_an_outlet_it_is_the_shifts_else_the_nearest_else_none() {
    let Xian { app, branch, outlet, zhang, chen } = xian();
    let near = app.outlet_at(branch, "B-near", 34.25, 108.9);
    // At the same point: the first by code.
    let twin = app.outlet_at(branch, "A-near", 34.25, 108.9);
    app.outlet_with(branch, "A-ended", Some((34.2505, 108.9)), None, "ended");
    let other_branch = app.branch("XA02");
    app.outlet_at(other_branch, "A-other", 34.2505, 108.9);
    let meant = |lat: f64| {
        let (app, zhang) = (&app, &zhang);
        async move { app.check_in(zhang, (lat, 108.9), json!({})).await.expect(201).json()["outlet_id"].clone() }
    };
    assert_eq!(meant(34.2505).await, json!(twin.id));
    assert_ne!(near.id, twin.id);
    assert_eq!(meant(34.2004).await, json!(outlet.id));
    assert_eq!(meant(34.2680).await, json!(twin.id)); // 1,997 m
    assert_eq!(meant(34.2681).await, Value::Null); // 2,008 m
    // A polygon that comes nearer than any point, though its own point is far away.
    let ring = "[[34.31,108.89],[34.31,108.91],[34.4,108.91],[34.4,108.89]]";
    let wide = app.outlet_with(branch, "Z-wide", Some((34.39, 108.9)), Some(ring), "established");
    assert_eq!(meant(34.3).await, json!(wide.id));
    app.shift(&chen, &zhang, &outlet, "2026-11-23").await;
    assert_eq!(meant(34.2505).await, json!(outlet.id));
}

#[actix_web::test]
async fn an_outlet_out_of_reach_is_not_found_and_named() {
    let Xian { app, zhang, .. } = xian();
    let other = app.branch("XA02");
    let theirs = app.outlet_at(other, "T-9", 34.2, 108.9);
    for outlet in [theirs.id.to_string(), id()] {
        let reply = app.check_in(&zhang, (34.2, 108.9), json!({"outlet_id": outlet})).await.expect(404);
        assert_eq!(reply.faults(), ["outlet_id: not_found"]);
    }
    assert_eq!(app.get("/checkins", &zhang).await.json()["items"], json!([]));
}

#[actix_web::test]
async fn minutes_and_the_shift_go_by_the_local_date() {
    let Xian { app, branch, outlet, zhang, chen } = xian();
    let shift = app.shift(&chen, &zhang, &outlet, "2026-11-23").await; // 09:00 to 17:00
    let elsewhere = app.outlet_at(branch, "T-2", 34.25, 108.9);
    let cases = [
        ("in", "2026-11-23T09:05:59+08:00", Some(5), None),
        ("in", "2026-11-23T09:00:59+08:00", Some(0), None),
        ("in", "2026-11-23T00:00:00+08:00", Some(0), None),
        ("out", "2026-11-23T16:47:01+08:00", None, Some(12)),
        ("out", "2026-11-23T23:59:59+08:00", None, Some(0)),
    ];
    for (kind, at, late, early) in cases {
        let body = json!({"outlet_id": outlet.id, "kind": kind, "at": at});
        let answer = app.check_in(&zhang, (34.2, 108.9), body).await.expect(201).json();
        assert_eq!(answer["shift_id"], json!(shift), "{at}");
        assert_eq!((&answer["minutes_late"], &answer["minutes_early"]), (&json!(late), &json!(early)), "{at}");
        assert!(!answer["flags"].as_array().unwrap().contains(&json!("no_shift")));
    }
    for (at, place) in [
        ("2026-11-22T23:59:59+08:00", &outlet),
        ("2026-11-24T00:00:00+08:00", &outlet),
        ("2026-11-23T10:00:00+08:00", &elsewhere),
    ] {
        let body = json!({"outlet_id": place.id, "at": at});
        let answer = app.check_in(&zhang, (place.lat, place.lon), body).await.expect(201).json();
        assert_eq!((&answer["shift_id"], &answer["minutes_late"]), (&Value::Null, &Value::Null), "{at}");
        assert!(answer["flags"].as_array().unwrap().contains(&json!("no_shift")), "{at}");
    }
}

#[actix_web::test]
async fn a_second_check_in_at_the_same_moment_hides_neither_the_one_before_nor_the_first() {
    let Xian { app, zhang, .. } = xian();
    let speeds = async |place: (f64, f64), at: &str| {
        let answer = app.check_in(&zhang, place, json!({"at": at, "offline": true})).await.expect(201).json();
        answer["flags"].as_array().unwrap().contains(&json!("impossible_speed"))
    };
    let (first, then) = ("2026-11-23T09:00:00+08:00", "2026-11-23T09:01:00+08:00");
    assert!(!speeds((34.2, 108.9), first).await);
    assert!(speeds((39.9, 116.4), then).await);
    assert!(speeds((39.9, 116.4), then).await, "the one before is still 900 km away");
    assert!(speeds((34.2, 108.9), then).await, "and this one from what was said of the moment");
    assert!(speeds((34.2, 108.9), then).await, "whichever of them came last");
}

#[actix_web::test]
async fn every_flag_says_what_it_saw() {
    let Xian { app, outlet, zhang, chen, .. } = xian();
    app.shift(&chen, &zhang, &outlet, "2026-11-23").await;
    let flags = |place: (f64, f64), with: Value| {
        let (app, zhang) = (&app, &zhang);
        async move { app.check_in(zhang, place, with).await.expect(201).json()["flags"].clone() }
    };
    assert_eq!(flags((34.2, 108.9), json!({})).await, json!([]));
    assert_eq!(flags((34.2, 108.9), json!({"at": "2026-11-23T10:05:00+08:00"})).await, json!([]));
    assert_eq!(flags((34.2, 108.9), json!({"at": "2026-11-23T10:05:01+08:00"})).await, json!(["clock_skew"]));
    assert_eq!(flags((34.2, 108.9), json!({"at": "2026-11-23T09:54:59+08:00"})).await, json!(["clock_skew"]));
    let offline = json!({"at": "2026-11-23T09:00:00+08:00", "offline": true});
    assert_eq!(flags((34.2, 108.9), offline).await, json!([]));
    assert_eq!(flags((34.2, 108.9), json!({"accuracy_m": 0})).await, json!(["zero_accuracy"]));
    // 100 km in a minute, and 200 m at one moment; a place is compared with the latest earlier one.
    assert_eq!(
        flags((35.1, 108.9), json!({"at": "2026-11-23T10:06:00+08:00"})).await,
        json!(["clock_skew", "impossible_speed"])
    );
    assert_eq!(flags(north(200.0), json!({})).await, json!(["impossible_speed"]));
    app.at("2026-11-24T12:00:00+08:00");
    let late = json!({"at": "2026-11-23T11:59:59+08:00", "offline": true});
    assert_eq!(flags((34.21, 108.9), late).await, json!(["late_upload"]));
    // The next day: the very fix of the day before.
    app.shift(&chen, &zhang, &outlet, "2026-11-24").await;
    assert_eq!(flags((34.21, 108.9), json!({})).await, json!(["repeated_fix"]));
    app.certificate_until(&zhang, "2026-11-23");
    assert_eq!(flags((34.2003, 108.9), json!({"at": "2026-11-24T12:04:00+08:00"})).await, json!(["no_certificate"]));
}

#[actix_web::test]
async fn a_fix_is_compared_with_the_three_latest_of_other_days() {
    let Xian { app, outlet, zhang, .. } = xian();
    let at = |day: u32, lat: f64| {
        let (app, zhang, outlet) = (&app, &zhang, outlet.id);
        app.at(&format!("2026-11-{day:02}T10:00:00+08:00"));
        async move {
            let answer = app.check_in(zhang, (lat, 108.9), json!({"outlet_id": outlet})).await.expect(201).json();
            answer["flags"].as_array().unwrap().contains(&json!("repeated_fix"))
        }
    };
    for (day, lat, repeated) in [
        (2, 34.2, false),
        (3, 34.2001, false),
        (4, 34.2002, false),
        (5, 34.2, true),
        (6, 34.2001, true),
        (7, 34.2002, true),
        (8, 34.2003, false),
        (9, 34.2, false),
    ] {
        assert_eq!(at(day, lat).await, repeated, "{day}");
    }
}

#[actix_web::test]
async fn lists_keep_to_reach_dates_and_parts() {
    let Xian { app, branch, outlet, zhang, chen } = xian();
    let (li, other) = (app.broker("li", branch), app.branch("XA02"));
    let (liu, wu, head, admin) = (
        app.coordinator("liu", other),
        app.manager("wu", branch),
        app.person("zheng", bankside::people::Role::Manager, None),
        app.admin("root"),
    );
    for day in 20..=23 {
        app.at(&format!("2026-11-{day}T10:00:00+08:00"));
        app.check_in(&zhang, (34.2, 108.9), json!({"outlet_id": outlet.id})).await.expect(201);
    }
    app.check_in(&li, (34.2, 108.9), json!({})).await.expect(201);
    let count = |path: &'static str, who: &Person| {
        let (app, who) = (&app, who.clone());
        async move { app.get(path, &who).await.expect(200).json()["items"].as_array().unwrap().len() }
    };
    for (who, seen) in [(&zhang, 4), (&li, 1), (&chen, 5), (&wu, 5), (&liu, 0), (&head, 5), (&admin, 5)] {
        assert_eq!(count("/checkins", who).await, seen, "{who:?}");
        assert_eq!(count("/checkins?from=2026-11-21&to=2026-11-22", who).await, if seen > 1 { 2 } else { 0 });
    }
    let by_broker = format!("/checkins?broker_id={}&outlet_id={}", zhang.id, outlet.id);
    assert_eq!(app.get(&by_broker, &chen).await.json()["items"].as_array().unwrap().len(), 4);
    let (at_outlet, nowhere) =
        (format!("/checkins?outlet_id={}", outlet.id), format!("/checkins?outlet_id={}", zhang.id));
    for (path, who, seen) in
        [(&at_outlet, &head, 5), (&at_outlet, &zhang, 4), (&at_outlet, &liu, 0), (&nowhere, &head, 0)]
    {
        assert_eq!(app.get(path, who).await.json()["items"].as_array().unwrap().len(), seen, "{who:?} {path}");
    }
    // The position is for the broker and who answers for them.
    for (who, open) in [(&zhang, true), (&chen, true), (&wu, true), (&head, false), (&admin, false)] {
        assert_eq!(!app.get("/checkins", who).await.json()["items"][0]["lat"].is_null(), open, "{who:?}");
    }
    // In parts, without losing or doubling one.
    let mut seen = Vec::new();
    let mut cursor = String::new();
    loop {
        let part = app.get(&format!("/checkins?limit=2{cursor}"), &chen).await.expect(200).json();
        seen.extend(part["items"].as_array().unwrap().iter().map(|i| i["id"].as_str().unwrap().to_owned()));
        let Some(next) = part["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    let whole = app.get("/checkins", &chen).await.json();
    assert_eq!(
        json!(seen),
        json!(whole["items"].as_array().unwrap().iter().map(|i| i["id"].clone()).collect::<Vec<_>>())
    );
    for (query, fault) in [
        ("from=2026-11-31", "from: not_a_date"),
        ("from=2026-11-23&to=2026-11-22", "to: from_after_to"),
        ("limit=0", "limit: out_of_range"),
        ("limit=501", "limit: out_of_range"),
        ("cursor=x", "cursor: not_a_cursor"),
        ("broker_id=x", "broker_id: wrong_type"),
        ("colour=red", "colour: unknown_field"),
    ] {
        assert_eq!(app.get(&format!("/checkins?{query}"), &chen).await.expect(422).faults(), [fault], "{query}");
    }
}

#[actix_web::test]
async fn only_brokers_check_in() {
    let Xian { app, branch, chen, .. } = xian();
    let (wu, admin) = (app.manager("wu", branch), app.admin("root"));
    for who in [&chen, &wu, &admin] {
        app.check_in(who, (34.2, 108.9), json!({})).await.expect(403);
    }
    app.api("POST", "/checkins", None, Some(json!({}))).await.expect(401);
    app.api("GET", "/checkins", None, None).await.expect(401);
}

#[actix_web::test]
async fn what_wants_a_look_is_answered_and_the_answer_kept() {
    let Xian { app, branch, outlet, zhang, chen } = xian();
    let (wu, head, admin) =
        (app.manager("wu", branch), app.person("zheng", bankside::people::Role::Manager, None), app.admin("root"));
    let other = app.branch("XA02");
    let liu = app.coordinator("liu", other);
    let on_site = app.check_in(&zhang, (34.2, 108.9), json!({"outlet_id": outlet.id})).await.expect(201).json();
    app.later(Duration::hours(1));
    let far = app.check_in(&zhang, (34.3, 108.9), json!({"outlet_id": outlet.id})).await.expect(201).json();
    let of =
        |items: &Value, one: &Value| items.as_array().unwrap().iter().find(|i| i["id"] == one["id"]).unwrap().clone();
    let items = app.get("/checkins", &zhang).await.json()["items"].clone();
    assert_eq!((&of(&items, &on_site)["review"], &of(&items, &far)["review"]), (&Value::Null, &json!("waiting")));
    let path = format!("/checkins/{}/review", far["id"].as_str().unwrap());
    let asked = json!({"decision": "questioned", "note": "Which door?"});
    for (who, status) in [(&zhang, 403), (&head, 403), (&admin, 403), (&liu, 404)] {
        app.post(&path, who, asked.clone()).await.expect(status);
    }
    app.api("POST", &path, None, Some(asked.clone())).await.expect(401);
    assert_eq!(
        app.post(&path, &chen, json!({"decision": "waiting"})).await.expect(422).faults(),
        ["decision: unknown_value"]
    );
    app.post(&format!("/checkins/{}/review", id()), &chen, asked.clone()).await.expect(404);
    let answered = app.post(&path, &chen, asked).await.expect(200).json();
    assert_eq!((&answered["review"], &answered["reviewed_by"]), (&json!("questioned"), &json!(chen.id)));
    app.later(Duration::hours(1));
    app.post(&path, &wu, json!({"decision": "accepted"})).await.expect(200);
    let kept = of(&app.get("/checkins", &zhang).await.json()["items"], &far);
    assert_eq!(
        (&kept["review"], &kept["reviewed_by"], &kept["review_note"]),
        (&json!("accepted"), &json!(wu.id), &Value::Null)
    );
    assert_eq!(kept["reviewed_at"], json!(app.now()));
}

#[actix_web::test]
async fn me_tells_todays_shift_and_what_waits() {
    let Xian { app, outlet, zhang, chen, .. } = xian();
    let none = app.get("/me", &zhang).await.expect(200).json();
    assert_eq!((&none["shift"], &none["follow_ups"]), (&Value::Null, &json!({"open": 0, "overdue": 0})));
    let shift = app.shift(&chen, &zhang, &outlet, "2026-11-23").await;
    let me = app.get("/me", &zhang).await.expect(200).json();
    assert_eq!((&me["shift"]["id"], &me["shift"]["outlet_id"]), (&json!(shift), &json!(outlet.id)));
    assert_eq!(me["login"], "zhang");
    // The branch's date, not the server's: 00:30 in Shanghai is still the day before in UTC.
    app.at("2026-11-24T00:30:00+08:00");
    assert_eq!(app.get("/me", &zhang).await.json()["shift"], Value::Null);
    assert_eq!(app.get("/me", &chen).await.json()["shift"], Value::Null);
}

#[actix_web::test]
async fn raw_positions_go_after_their_time_and_verdicts_stay() {
    let Xian { app, zhang, chen, .. } = xian();
    app.check_in(&zhang, (34.2, 108.9), json!({"datum": "gcj02"})).await.expect(201);
    app.later(Duration::days(80));
    app.check_in(&zhang, (34.2, 108.9), json!({})).await.expect(201);
    let verdicts = |items: &Value| items.as_array().unwrap().iter().map(|i| i["verdict"].clone()).collect::<Vec<_>>();
    let before = app.get("/checkins", &chen).await.json()["items"].clone();
    app.later(Duration::days(11));
    bankside::attendance::positions::drop_old(&app.app).unwrap();
    assert_eq!(app.positions_kept(), 1);
    let after = app.get("/checkins", &chen).await.json()["items"].clone();
    assert_eq!(after[1]["lat"], Value::Null);
    assert_eq!(verdicts(&before), verdicts(&after));
}
