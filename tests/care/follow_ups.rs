//! Follow-up lists and waivers.

use bankside::db::Id;
use bankside::db::schema::follow_ups;
use bankside::people::Role;
use diesel::prelude::*;
use serde_json::{Value, json};

use super::{audited, names, prospect, touch, world};
use crate::support::{Person, TestApp, id};

fn follow_up_of(app: &TestApp, prospect: Id) -> String {
    app.arrange(move |conn| {
        let id: Id = follow_ups::table
            .filter(follow_ups::prospect_id.eq(prospect))
            .order(follow_ups::number.desc())
            .select(follow_ups::id)
            .first(conn)?;
        Ok(id.to_string())
    })
}

#[actix_web::test]
async fn follow_ups_are_listed_by_due_date_within_reach() {
    let w = world();
    // Monday 23 November 2026.
    prospect(&w.app, &w.li, "Overdue", Some("13800000001"), "2026-11-18T10:00:00+08:00");
    prospect(&w.app, &w.li, "Today", None, "2026-11-20T23:59:00+08:00");
    prospect(&w.app, &w.wang, "Missed", None, "2026-10-01T10:00:00+08:00");
    let kept = prospect(&w.app, &w.wang, "Kept", None, "2026-11-19T10:00:00+08:00");
    touch(&w.app, kept, &w.wang, "sms", "sent", "2026-11-20T10:00:00+08:00");
    let late = prospect(&w.app, &w.wang, "Late", None, "2026-11-10T10:00:00+08:00");
    touch(&w.app, late, &w.wang, "call", "reached", "2026-11-20T10:00:00+08:00");
    prospect(&w.app, &w.elsewhere, "Elsewhere", None, "2026-11-22T10:00:00+08:00");

    let all = w.app.get("/follow-ups", &w.head).await.expect(200);
    assert_eq!(
        names(&all),
        ["Missed missed", "Late kept_late", "Overdue open", "Kept kept", "Today open", "Elsewhere open"]
    );
    assert_eq!(names(&w.app.get("/follow-ups", &w.li).await.expect(200)), ["Overdue open", "Today open"]);
    assert_eq!(names(&w.app.get("/follow-ups", &w.desk).await.expect(200)).len(), 5);
    for (state, expected) in [
        ("open", vec!["Overdue open", "Today open"]),
        ("missed", vec!["Missed missed"]),
        ("kept", vec!["Kept kept"]),
        ("kept_late", vec!["Late kept_late"]),
        ("waived", vec![]),
    ] {
        assert_eq!(names(&w.app.get(&format!("/follow-ups?state={state}"), &w.desk).await.expect(200)), expected);
    }
    let before = w.app.get("/follow-ups?state=open&due_before=2026-11-23", &w.desk).await.expect(200);
    assert_eq!(names(&before), ["Overdue open"]);
    let item = &before.json()["items"][0];
    assert_eq!(item["due_on"], "2026-11-21");
    assert_eq!(item["days_left"], -2);
    assert_eq!(item["prospect"]["stage"], "reachable");
    assert_eq!(item["prospect"]["preferred_channel"], "sms");
    assert_eq!(item["prospect"]["outlet"], Value::Null);
    assert_eq!(item["broker"]["name"], "li Name");
    assert!(!before.text.contains("1380000"), "no number in a list");

    let of_wang = w.app.get(&format!("/follow-ups?broker_id={}&state=kept", w.wang.id), &w.desk).await.expect(200);
    assert_eq!(names(&of_wang), ["Kept kept"]);
    assert!(names(&w.app.get(&format!("/follow-ups?broker_id={}", w.wang.id), &w.li).await.expect(200)).is_empty());
}

#[actix_web::test]
async fn a_long_list_goes_on_by_cursor_and_wrong_questions_are_named() {
    let w = world();
    for n in 0..5 {
        prospect(&w.app, &w.li, &format!("P{n}"), None, "2026-11-22T10:00:00+08:00");
    }
    let mut seen = Vec::new();
    let mut cursor = String::new();
    loop {
        let reply = w.app.get(&format!("/follow-ups?limit=2{cursor}"), &w.li).await.expect(200);
        seen.extend(names(&reply));
        match reply.json()["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    seen.sort();
    assert_eq!(seen, ["P0 open", "P1 open", "P2 open", "P3 open", "P4 open"]);
    for (query, fault) in [
        ("state=done", "state: unknown_value"),
        ("state=", "state: unknown_value"),
        ("due_before=2026-13-01", "due_before: not_a_date"),
        ("limit=0", "limit: out_of_range"),
        ("limit=501", "limit: out_of_range"),
        ("cursor=x", "cursor: not_a_cursor"),
        ("broker_id=7", "broker_id: wrong_type"),
        ("colour=red", "colour: unknown_field"),
    ] {
        assert_eq!(w.app.get(&format!("/follow-ups?{query}"), &w.li).await.expect(422).faults(), [fault], "{query}");
    }
    w.app.api("GET", "/follow-ups", None, None).await.expect(401);
}

#[actix_web::test]
async fn each_branch_judges_by_its_own_date() {
    let app = TestApp::new();
    let (honolulu, kiritimati) = (app.branch_in("HN", "Pacific/Honolulu"), app.branch_in("KI", "Pacific/Kiritimati"));
    let (west, east) = (app.broker("west", honolulu), app.broker("east", kiritimati));
    let head = app.person("head", Role::Manager, None);
    // 2026-12-04T09:30Z is 3 December, 23:30 in Honolulu and 4 December, 23:30 in Kiritimati; 10:30Z: two dates apart.
    app.at("2026-12-04T10:30:00Z");
    prospect(&app, &west, "West", None, "2026-11-01T12:00:00-10:00"); // due 4 Nov: open through 4 Dec
    prospect(&app, &east, "East", None, "2026-11-02T12:00:00+14:00"); // due 5 Nov: open through 5 Dec
    assert_eq!(names(&app.get("/follow-ups?state=open", &head).await.expect(200)), ["West open", "East open"]);
    app.at("2026-12-05T10:30:00Z"); // 5 December 00:30 in Honolulu, 6 December 00:30 in Kiritimati
    assert_eq!(names(&app.get("/follow-ups?state=missed", &head).await.expect(200)), ["West missed", "East missed"]);
    assert_eq!(standing(&app, &head).await, ([0, 2], json!({"open": 0, "overdue": 0})));
    app.at("2026-12-05T09:30:00Z"); // still the 4th and the 5th
    assert_eq!(names(&app.get("/follow-ups?state=missed", &head).await.expect(200)), Vec::<String>::new());
    assert_eq!(names(&app.get("/follow-ups?state=open", &head).await.expect(200)).len(), 2);
    assert_eq!(standing(&app, &head).await, ([2, 0], json!({"open": 2, "overdue": 2})));
}

/// How many the list of people says have an open and a missed follow-up, and what `/me` counts.
async fn standing(app: &TestApp, who: &Person) -> ([usize; 2], Value) {
    let listed = async |state: &str| {
        let list = app.get(&format!("/prospects?follow_up={state}"), who).await.expect(200).json();
        list["items"].as_array().unwrap().len()
    };
    ([listed("open").await, listed("missed").await], app.get("/me", who).await.expect(200).json()["follow_ups"].clone())
}

#[actix_web::test]
async fn a_bulk_waiver_closes_what_is_open_and_reports_the_rest() {
    let w = world();
    let open = prospect(&w.app, &w.li, "Open", None, "2026-11-20T10:00:00+08:00");
    let kept = prospect(&w.app, &w.li, "Kept", None, "2026-11-20T10:00:00+08:00");
    touch(&w.app, kept, &w.li, "call", "reached", "2026-11-20T11:00:00+08:00");
    let (open, kept) = (follow_up_of(&w.app, open), follow_up_of(&w.app, kept));
    let waiver = id();
    let body = json!({"id": waiver, "follow_up_ids": [open, kept], "reason": "Li is ill"});
    let made = w.app.post("/follow-ups/waivers", &w.desk, body.clone()).await.expect(201).json();
    assert_eq!(made, json!({"id": waiver, "waived": [open], "left": [kept]}));
    assert_eq!(w.app.post("/follow-ups/waivers", &w.desk, body).await.expect(200).json(), made);
    let listed = w.app.get("/follow-ups?state=waived", &w.li).await.expect(200).json();
    assert_eq!(listed["items"][0]["waived_reason"], "Li is ill");
    assert_eq!(audited(&w.app, "follow_up.waive"), 1);
}

#[actix_web::test]
async fn a_waiver_needs_the_desk_of_the_branch_and_a_reason() {
    let w = world();
    let one = prospect(&w.app, &w.li, "One", None, "2026-11-20T10:00:00+08:00");
    let far = prospect(&w.app, &w.elsewhere, "Far", None, "2026-11-20T10:00:00+08:00");
    let (one, far) = (follow_up_of(&w.app, one), follow_up_of(&w.app, far));
    let ask = |ids: Value, reason: &str| json!({"id": id(), "follow_up_ids": ids, "reason": reason});
    for who in [&w.li, &w.admin, &w.head] {
        w.app.post("/follow-ups/waivers", who, ask(json!([one]), "ill")).await.expect(403);
    }
    let reply = w.app.post("/follow-ups/waivers", &w.desk, ask(json!([one, far]), "ill")).await.expect(404);
    assert_eq!(reply.faults(), ["follow_up_ids: not_found"]);
    w.app.post("/follow-ups/waivers", &w.other_desk, ask(json!([one]), "ill")).await.expect(404);
    let reply = w.app.post("/follow-ups/waivers", &w.desk, ask(json!([]), " ")).await.expect(422);
    assert_eq!(reply.faults(), ["follow_up_ids: required", "reason: required"]);
    assert_eq!(names(&w.app.get("/follow-ups?state=waived", &w.head).await.expect(200)), Vec::<String>::new());
}

#[actix_web::test]
async fn a_broker_sees_own_follow_ups_by_urgency_with_links_of_the_phone() {
    let w = world();
    prospect(&w.app, &w.li, "王建国", Some("13800000001"), "2026-11-18T10:00:00+08:00");
    prospect(&w.app, &w.li, "李秀英", None, "2026-11-20T10:00:00+08:00");
    let waits = prospect(&w.app, &w.li, "刘洋", Some("13800000003"), "2026-11-22T10:00:00+08:00");
    prospect(&w.app, &w.wang, "Wangs", None, "2026-11-22T10:00:00+08:00");
    let page = w.app.page("/follow-ups", Some(&w.li)).await.expect(200);
    let place = |text: &str| page.text.find(text).unwrap_or_else(|| panic!("{text} is not on the page"));
    assert!(place("王建国") < place("今天到期") && place("今天到期") < place("李秀英"));
    assert!(place("李秀英") < place("刘洋"));
    place("sms:+8613800000001?");
    place("tel:+8613800000003");
    place(&format!("/prospects/{waits}"));
    assert!(!page.text.contains("Wangs") && !page.text.contains("name=\"follow_up\""), "nothing to waive");
    assert_eq!(page.header("cache-control").map(|v| v.contains("no-store")), Some(true));
    w.app.page("/follow-ups?state=nonsense", Some(&w.li)).await.expect(422);
    w.app.page("/follow-ups", None).await.expect(303);
}

#[actix_web::test]
async fn the_desk_waives_what_it_ticks_and_a_refused_form_keeps_the_ticks() {
    let w = world();
    let one = prospect(&w.app, &w.li, "One", Some("13800000001"), "2026-11-18T10:00:00+08:00");
    prospect(&w.app, &w.wang, "Two", None, "2026-11-18T10:00:00+08:00");
    let one = follow_up_of(&w.app, one);
    let page = w.app.page("/follow-ups", Some(&w.desk)).await.expect(200);
    for part in ["li Name", "wang Name", "One", "Two", "138****0001", "name=\"follow_up\""] {
        assert!(page.text.contains(part), "{part}");
    }
    assert!(!page.text.contains("13800000001"));
    let waiver = id();
    let refused =
        w.app.form("/follow-ups/waivers", &w.desk, &[("id", &waiver), ("follow_up", &one), ("reason", "")]).await;
    let refused = refused.expect(422);
    assert!(refused.text.contains(&format!("value=\"{one}\" checked")), "{}", refused.text);
    let none = w.app.form("/follow-ups/waivers", &w.desk, &[("id", &waiver), ("reason", "ill")]).await.expect(422);
    assert!(none.text.contains("请至少选一条") && none.text.contains("value=\"ill\""));
    let fields = [("id", waiver.as_str()), ("follow_up", &one), ("reason", "ill")];
    for _ in 0..2 {
        let done = w.app.form("/follow-ups/waivers", &w.desk, &fields).await.expect(303);
        assert_eq!(done.header("location"), Some("/follow-ups"));
    }
    assert_eq!(names(&w.app.get("/follow-ups?state=waived", &w.desk).await.expect(200)), ["One waived"]);
    w.app.form("/follow-ups/waivers", &w.li, &fields).await.expect(403);
}

#[actix_web::test]
async fn the_head_office_sees_branches_and_waives_nothing() {
    let w = world();
    prospect(&w.app, &w.li, "One", None, "2026-11-18T10:00:00+08:00");
    let kept = prospect(&w.app, &w.elsewhere, "Kept", None, "2026-11-15T10:00:00+08:00");
    touch(&w.app, kept, &w.elsewhere, "call", "reached", "2026-11-15T11:00:00+08:00");
    let page = w.app.page("/follow-ups", Some(&w.head)).await.expect(200);
    for part in ["XA01 branch", "BJ01 branch", "100%", "0%"] {
        assert!(page.text.contains(part), "{part}");
    }
    assert!(!page.text.contains("name=\"follow_up\""));
    w.app.page("/handovers", Some(&w.head)).await.expect(403);
    w.app.page("/merges", Some(&w.head)).await.expect(403);
    w.app.page("/data-requests", Some(&w.head)).await.expect(403);
}
