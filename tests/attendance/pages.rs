//! The pages Today, Now and Shifts, with and without a script.

use bankside::people::Role;
use chrono::Duration;
use serde_json::json;

use super::api::{Xian, xian};
use crate::support::{Person, TestApp, id};

async fn post_form(app: &TestApp, who: &Person, fields: &[(&str, &str)]) -> crate::support::Reply {
    app.form("/check-ins?lang=en", who, fields).await
}

#[actix_web::test]
async fn home_is_today_for_a_broker_and_elsewhere_for_others() {
    let Xian { app, branch, zhang, chen, .. } = xian();
    let (wu, admin) = (app.manager("wu", branch), app.admin("root"));
    app.page("/?lang=en", Some(&zhang)).await.expect(200);
    for (who, to) in [(&chen, "/now"), (&wu, "/now"), (&admin, "/users")] {
        assert_eq!(app.page("/?lang=en", Some(who)).await.expect(303).header("location"), Some(to));
    }
    assert_eq!(app.page("/", None).await.expect(303).header("location"), Some("/sign-in"));
}

#[actix_web::test]
async fn today_shows_the_shift_the_way_and_who_else_is_there() {
    let Xian { app, branch, outlet, zhang, chen } = xian();
    let li = app.broker("li", branch);
    let off = app.page("/?lang=en", Some(&zhang)).await.expect(200).text;
    assert!(off.contains("No shift today") && off.contains("Met someone?") && off.contains("/prospects/new"), "{off}");
    app.shift(&chen, &zhang, &outlet, "2026-11-23").await;
    app.shift(&chen, &li, &outlet, "2026-11-23").await;
    let page = app.page("/?lang=en", Some(&zhang)).await.expect(200).text;
    for part in [
        "T-1 支行",
        "09:00",
        "17:00",
        "li Name",
        "南大街 30 号",
        "https://uri.amap.com/marker?position=108.90", // GCJ-02 lies some 470 m east
        "coord_type=bd09ll",
        "https://maps.apple.com/?ll=34.19",
        "geo:34.200000,108.900000",
        "data-checkin",
        "name=\"agree\"",
        "data-no-position",
        "checkin.js",
        "Monday 23 November",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(!page.contains("position=108.900000"));
    let zh = app.page("/?lang=zh-CN", Some(&zhang)).await.expect(200).text;
    for part in ["11 月 23 日 星期一", "今天的班", "签到", "同班", "没有位置也可以签到", "读取一次我的位置"]
    {
        assert!(zh.contains(part), "{part}");
    }
    app.at("2026-11-22T10:00:00+08:00");
    assert!(app.page("/?lang=en", Some(&zhang)).await.text.contains("Next: Monday 23 November 09:00, T-1 支行"));
}

#[actix_web::test]
async fn the_button_checks_in_and_out_and_says_the_verdict_with_its_numbers() {
    let Xian { app, outlet, zhang, chen, .. } = xian();
    app.shift(&chen, &zhang, &outlet, "2026-11-23").await;
    let form_id = id();
    let fields = [
        ("id", form_id.as_str()),
        ("kind", "in"),
        ("lat", "34.2007"),
        ("lon", "108.9"),
        ("accuracy_m", "40"),
        ("at", "2026-11-23T01:59:00.000Z"),
        ("reason", ""),
    ];
    let unasked = post_form(&app, &zhang, &fields).await.expect(422);
    assert!(unasked.text.contains("Agree first") && app.agreed_at(&zhang).is_none());
    let mut agreed = fields.to_vec();
    agreed.push(("agree", "on"));
    let reply = post_form(&app, &zhang, &agreed).await.expect(303);
    assert_eq!(reply.header("location"), Some("/"));
    assert!(app.agreed_at(&zhang).is_some());
    // A double tap is one check-in.
    post_form(&app, &zhang, &agreed).await.expect(303);
    let kept = app.get("/checkins", &zhang).await.json();
    assert_eq!(kept["items"].as_array().unwrap().len(), 1);
    assert_eq!((&kept["items"][0]["verdict"], &kept["items"][0]["minutes_late"]), (&json!("on_site"), &json!(59)));
    let page = app.page("/?lang=en", Some(&zhang)).await.expect(200).text;
    for part in
        ["On site", "59 min late", "78 m away, accurate to 40 m, fence 150 m", "Check out", "value=\"out\"", "7 h left"]
    {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(!page.contains("name=\"agree\""));
    app.at("2026-11-23T16:30:00+08:00");
    let out = id();
    let fields = [("id", out.as_str()), ("kind", "out"), ("reason", "the bank closed early")];
    post_form(&app, &zhang, &fields).await.expect(303);
    let page = app.page("/?lang=en", Some(&zhang)).await.expect(200).text;
    assert!(page.contains("30 min early") && page.contains("without a position"), "{page}");
    assert!(page.contains("Your coordinator will look at it"));
    // The day is done and says so; the way back in stays behind a line.
    for part in ["day-done", "Checked out at 16:30", "Until 17:00, 30 min left", "Back at the outlet?", "value=\"in\""]
    {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(page.find("Back at the outlet?") < page.find("data-checkin"), "{page}");
    app.at("2026-11-23T17:30:00+08:00");
    app.shift(&chen, &zhang, &outlet, "2026-11-25").await;
    let page = app.page("/?lang=en", Some(&zhang)).await.expect(200).text;
    for part in ["Done for today", "Checked in 09:59, out 16:30", "Next: Wednesday 25 November 09:00, T-1 支行"] {
        assert!(page.contains(part), "{part}: {page}");
    }
    // A check-in for having come back that was refused is shown open, with what was wrong.
    let back = id();
    let reply = post_form(&app, &zhang, &[("id", back.as_str()), ("kind", "in"), ("reason", "")]).await.expect(422);
    assert!(reply.text.contains("<details class=\"more\" open><summary>Back at"), "{}", reply.text);
}

#[actix_web::test]
async fn without_a_script_the_reason_is_asked_for_and_what_was_typed_stays() {
    let Xian { app, zhang, .. } = xian();
    let form_id = id();
    let empty = [
        ("id", form_id.as_str()),
        ("kind", "in"),
        ("lat", ""),
        ("lon", ""),
        ("accuracy_m", ""),
        ("at", ""),
        ("agree", "on"),
    ];
    let reply = post_form(&app, &zhang, &empty).await.expect(422);
    assert!(
        reply.text.contains("open data-no-position") && reply.text.contains("id=\"reason-error\""),
        "{}",
        reply.text
    );
    let long = "x".repeat(501);
    let reply =
        post_form(&app, &zhang, &[("id", form_id.as_str()), ("kind", "in"), ("reason", &long)]).await.expect(422);
    assert!(reply.text.contains(&long));
    let told = [("id", form_id.as_str()), ("kind", "in"), ("reason", "no signal in the hall")];
    post_form(&app, &zhang, &told).await.expect(303);
    app.later(Duration::seconds(3));
    post_form(&app, &zhang, &told).await.expect(303);
    assert_eq!(app.get("/checkins", &zhang).await.json()["items"].as_array().unwrap().len(), 1);
    let bad = [
        ("id", form_id.as_str()),
        ("kind", "in"),
        ("lat", "north"),
        ("lon", "1"),
        ("accuracy_m", "1"),
        ("agree", "on"),
    ];
    let refused = post_form(&app, &zhang, &bad).await.expect(422);
    assert!(refused.text.contains("This position cannot be used"), "{}", refused.text);
}

#[actix_web::test]
async fn now_puts_the_missing_first_and_takes_answers() {
    let Xian { app, branch, outlet, zhang, chen } = xian();
    let (li, sun) = (app.broker("li", branch), app.broker("sun", branch));
    for who in [&zhang, &li, &sun] {
        app.shift(&chen, who, &outlet, "2026-11-23").await;
    }
    app.check_in(&zhang, (34.2, 108.9), json!({})).await.expect(201);
    let far = app.check_in(&sun, (34.22, 108.9), json!({"reason": "meeting <b>upstairs</b>"})).await.expect(201).json();
    let page = app.page("/now?lang=en", Some(&chen)).await.expect(200).text;
    for part in [
        "Missing for 1 h",
        "On site",
        "Off site",
        "2.2 km away",
        "meeting &lt;b&gt;upstairs",
        "1 h late",
        "<svg",
        "value=\"questioned\"",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let place = |text: &str| page.find(text).unwrap();
    assert!(place("li Name") < place("sun Name") && place("sun Name") < place("zhang Name"));
    let path = format!("/check-ins/{}/review", far["id"].as_str().unwrap());
    app.form(&path, &zhang, &[("decision", "accepted")]).await.expect(403);
    app.form(&path, &chen, &[("decision", "maybe")]).await.expect(422);
    let reply = app.form(&path, &chen, &[("decision", "questioned"), ("note", "Which door?")]).await.expect(303);
    assert_eq!(reply.header("location"), Some("/now"));
    assert!(!app.page("/now?lang=en", Some(&chen)).await.text.contains("meeting"));
    let told = app.page("/?lang=en", Some(&sun)).await.text;
    assert!(told.contains("Your coordinator has a question") && told.contains("Which door?"), "{told}");
    let zh = app.page("/now?lang=zh-CN", Some(&chen)).await.expect(200).text;
    for part in ["未到，已过 1 小时", "在岗", "应到的人", "今天的班"].iter().take(3) {
        assert!(zh.contains(part), "{part}");
    }
    assert!(
        app.page("/now?date=2026-11-24&lang=en", Some(&chen)).await.expect(200).text.contains("No shifts on this day")
    );
    app.page("/now?date=tomorrow&lang=en", Some(&chen)).await.expect(422);
}

#[actix_web::test]
async fn now_is_for_the_desk_and_the_head_office_chooses_a_branch() {
    let Xian { app, branch, outlet, zhang, chen } = xian();
    let other = app.branch("XA02");
    let head = app.person("zheng", Role::Manager, None);
    app.shift(&chen, &zhang, &outlet, "2026-11-23").await;
    app.check_in(&zhang, (34.5, 108.9), json!({})).await.expect(201);
    app.page("/now?lang=en", Some(&zhang)).await.expect(403);
    app.page("/now?lang=en", Some(&app.admin("root"))).await.expect(403);
    app.page("/now?branch=XA02&lang=en", Some(&chen)).await.expect(404);
    app.page("/now?branch=XX&lang=en", Some(&head)).await.expect(404);
    let page = app.page("/now?branch=XA01&lang=en", Some(&head)).await.expect(200).text;
    assert!(page.contains("zhang Name") && page.contains("XA02 branch") && !page.contains("value=\"accepted\""));
    assert!(!app.page("/now?branch=XA02&lang=en", Some(&head)).await.expect(200).text.contains("zhang Name"));
    assert_ne!(branch, other);
    let bare = TestApp::new();
    let head = bare.person("zheng", Role::Manager, None);
    assert!(bare.page("/now?lang=en", Some(&head)).await.expect(200).text.contains("No branch yet"));
    assert!(bare.page("/shifts?lang=en", Some(&head)).await.expect(200).text.contains("No branch yet"));
}

#[actix_web::test]
async fn a_shift_is_planned_on_the_page_with_its_conflicts_beside_the_field() {
    let Xian { app, branch, outlet, zhang, chen } = xian();
    let head = app.person("zheng", Role::Manager, None);
    let broker = zhang.id.to_string();
    let page = app.page("/shifts?lang=en", Some(&chen)).await.expect(200).text;
    assert!(
        page.contains("zhang Name") && page.contains("No shifts this week") && page.contains("value=\"T-1\""),
        "{page}"
    );
    let from_outlet = app.page(&format!("/shifts?outlet={}", outlet.id), Some(&chen)).await.expect(200).text;
    assert!(from_outlet.contains("name=\"outlet\" value=\"T-1\""), "{from_outlet}");
    app.page("/shifts?lang=en", Some(&zhang)).await.expect(403);
    let form_id = id();
    let plan = |fields: Vec<(&'static str, String)>, who: Person| {
        let app = &app;
        async move {
            let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (*n, v.as_str())).collect();
            app.form("/shifts?lang=en", &who, &fields).await
        }
    };
    let fields = |outlet: &str, date: &str, starts: &str| {
        vec![
            ("id", form_id.clone()),
            ("outlet", outlet.to_owned()),
            ("broker_id", broker.clone()),
            ("date", date.to_owned()),
            ("starts", starts.to_owned()),
            ("ends", String::new()),
        ]
    };
    plan(fields("T-1", "2026-11-24", ""), head.clone()).await.expect(403);
    let wrong = plan(fields("nowhere", "2026-11-31", "late"), chen.clone()).await.expect(422).text;
    for part in
        ["id=\"outlet-error\"", "id=\"date-error\"", "id=\"starts-error\"", "value=\"nowhere\"", "value=\"late\""]
    {
        assert!(wrong.contains(part), "{part}: {wrong}");
    }
    let closed = plan(fields("T-1", "2026-11-29", ""), chen.clone()).await.expect(422).text;
    assert!(closed.contains("The outlet is closed on that date") && closed.contains("id=\"date-error\""));
    // By its name, from a time of the wall.
    let made = plan(fields("t-1 支行", "2026-11-24", "10:30"), chen.clone()).await.expect(303);
    assert_eq!(made.header("location"), Some("/shifts?week=2026-11-24"));
    plan(fields("t-1 支行", "2026-11-24", "10:30"), chen.clone()).await.expect(303);
    let kept = app.get("/shifts", &chen).await.json()["items"].clone();
    assert_eq!(kept.as_array().unwrap().len(), 1);
    assert_eq!(kept[0]["starts_at"], "2026-11-24T02:30:00Z");
    let mut busy = fields("T-1", "2026-11-24", "");
    busy[0].1 = id();
    let busy = plan(busy, chen.clone()).await.expect(422).text;
    assert!(busy.contains("id=\"broker_id-error\"") && busy.contains("already has a shift"));
    let week = app.page("/shifts?week=2026-11-24&lang=en", Some(&chen)).await.expect(200).text;
    assert!(week.contains("Tue 24 Nov") && week.contains("10:30 – 17:00"), "{week}");
    let readers = app.page("/shifts?week=2026-11-24&lang=en", Some(&head)).await.expect(200).text;
    assert!(readers.contains("10:30 – 17:00") && !readers.contains("/deletion"));
    let path = format!("/shifts/{}/deletion", kept[0]["id"].as_str().unwrap());
    let liu = app.coordinator("liu", app.branch("XA02"));
    app.form(&path, &liu, &[]).await.expect(404);
    app.form(&path, &chen, &[]).await.expect(303);
    assert_eq!(app.get("/shifts", &chen).await.json()["items"], json!([]));
    app.form(&path, &chen, &[]).await.expect(410);
    assert_ne!(branch, outlet.id);
    assert!(app.page("/shifts?lang=zh-CN", Some(&chen)).await.expect(200).text.contains("排一个班"));
}

#[actix_web::test]
async fn a_form_without_the_sessions_token_does_nothing() {
    let Xian { app, zhang, .. } = xian();
    let stranger = Person { csrf: "other".into(), ..zhang.clone() };
    let form_id = id();
    post_form(&app, &stranger, &[("id", form_id.as_str()), ("kind", "in"), ("reason", "x")]).await.expect(400);
    assert_eq!(app.get("/checkins", &zhang).await.json()["items"], json!([]));
}

#[actix_web::test]
async fn outlets_that_lie_together_on_the_map_of_now_lead_to_a_page_of_them() {
    let Xian { app, branch, outlet, zhang, chen } = xian();
    let beside = app.outlet_at(branch, "XA-near", outlet.lat + 0.002, outlet.lon);
    let far = app.outlet_at(branch, "XA-far", outlet.lat + 0.6, outlet.lon + 0.6);
    for (who, place) in [(&zhang, &outlet), (&app.broker("li", branch), &beside), (&app.broker("sun", branch), &far)] {
        app.shift(&chen, who, place, "2026-11-23").await;
    }
    let page = app.page("/now?lang=en", Some(&chen)).await.expect(200).text;
    let link = page.split("class=\"many\" href=\"").nth(1).expect("a cluster").split('"').next().unwrap();
    let shown = app.page(&link.replace("&amp;", "&"), Some(&chen)).await.expect(200).text;
    assert!(shown.contains("XA-near") && !shown.contains("XA-far"), "{link}: {shown}");
}
