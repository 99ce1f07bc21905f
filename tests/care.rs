//! Care for the people met: follow-up lists, waivers, hand-overs, merging, exports, erasures, imports.

use bankside::db::schema::{
    audit_entries, branches, consents, data_requests, erased_people, follow_ups, prospect_changes, prospects,
    stage_changes, touches, users,
};
use bankside::db::{At, Id};
use bankside::followups::store::{self as follow_up_store, ProspectKeys};
use bankside::people::{Caller, Role};
use bankside::prospects::mobile::Mobile;
use bankside::prospects::store::{mobile_hash, seal_mobile};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use serde_json::{Value, json};

use crate::support::{Person, Reply, TestApp, id};

fn at(text: &str) -> At {
    At::from(text.parse::<DateTime<Utc>>().unwrap())
}

/// Arranges a prospect met by `broker` at `met_at`, with its follow-up.
fn prospect(app: &TestApp, broker: &Person, name: &str, mobile: Option<&str>, met_at: &str) -> Id {
    let (id, broker, name, met_at, keys) =
        (Id::new(), broker.clone(), name.to_owned(), at(met_at), app.app.keys.clone());
    let mobile = mobile.map(|m| Mobile::parse(m).unwrap());
    app.arrange(move |conn| {
        let branch = broker.branch.unwrap();
        let zone: String = branches::table.find(branch).select(branches::time_zone).first(conn)?;
        let zone: chrono_tz::Tz = zone.parse().unwrap();
        let stage = if mobile.is_some() { "reachable" } else { "met" };
        diesel::insert_into(prospects::table)
            .values((
                (
                    prospects::id.eq(id),
                    prospects::branch_id.eq(branch),
                    prospects::broker_id.eq(broker.id),
                    prospects::met_by.eq(broker.id),
                    prospects::name.eq(&name),
                    prospects::name_folded.eq(bankside::text::fold(&name)),
                    prospects::mobile.eq(mobile.as_ref().map(|m| seal_mobile(&keys, m)).transpose()?),
                    prospects::mobile_hash.eq(mobile.as_ref().map(|m| mobile_hash(&keys, m))),
                    prospects::met_at.eq(met_at),
                    prospects::met_on.eq(met_at.date_in(zone)),
                    prospects::source.eq("on_site"),
                    prospects::preferred_channel.eq("sms"),
                ),
                (
                    prospects::note.eq("likes gold"),
                    prospects::stage.eq(stage),
                    prospects::stage_at.eq(met_at),
                    prospects::created_at.eq(met_at),
                    prospects::updated_at.eq(met_at),
                ),
            ))
            .execute(conn)?;
        diesel::insert_into(consents::table)
            .values((
                consents::id.eq(Id::new()),
                consents::prospect_id.eq(id),
                consents::given_at.eq(met_at),
                consents::purpose.eq("account opening"),
                consents::text_version.eq("1"),
                consents::way.eq("said"),
                consents::recorded_by.eq(broker.id),
                consents::recorded_at.eq(met_at),
            ))
            .execute(conn)?;
        let keys = ProspectKeys { id, branch_id: branch, broker_id: broker.id };
        follow_up_store::begin(conn, &keys, met_at, zone, met_at)?;
        Ok(id)
    })
}

/// Arranges a touch and lets it count.
fn touch(app: &TestApp, prospect: Id, by: &Person, channel: &str, outcome: &str, when: &str) -> Id {
    let (id, by, channel, outcome, when) = (Id::new(), by.id, channel.to_owned(), outcome.to_owned(), at(when));
    app.arrange(move |conn| {
        diesel::insert_into(touches::table)
            .values((
                touches::id.eq(id),
                touches::prospect_id.eq(prospect),
                touches::by_user.eq(by),
                touches::channel.eq(channel),
                touches::outcome.eq(outcome),
                touches::at.eq(when),
                touches::note.eq("said yes to Zhang"),
                touches::created_at.eq(when),
            ))
            .execute(conn)?;
        follow_up_store::recompute(conn, &Caller::program(when), prospect)?;
        Ok(id)
    })
}

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

fn audited(app: &TestApp, action: &'static str) -> i64 {
    app.arrange(move |conn| {
        Ok(audit_entries::table.filter(audit_entries::action.eq(action)).count().get_result(conn)?)
    })
}

fn names(reply: &Reply) -> Vec<String> {
    reply.json()["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|i| format!("{} {}", i["prospect"]["name"].as_str().unwrap(), i["state"].as_str().unwrap()))
        .collect()
}

/// A branch with two brokers and a coordinator; another branch with its own.
struct World {
    app: TestApp,
    li: Person,
    wang: Person,
    desk: Person,
    elsewhere: Person,
    other_desk: Person,
    head: Person,
    admin: Person,
}

fn world() -> World {
    let app = TestApp::new();
    let (here, there) = (app.branch("XA01"), app.branch("BJ01"));
    World {
        li: app.broker("li", here),
        wang: app.broker("wang", here),
        desk: app.coordinator("desk", here),
        elsewhere: app.broker("elsewhere", there),
        other_desk: app.manager("boss", there),
        head: app.person("head", Role::Manager, None),
        admin: app.admin("root"),
        app,
    }
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
    app.at("2026-12-05T09:30:00Z"); // still the 4th and the 5th
    assert_eq!(names(&app.get("/follow-ups?state=missed", &head).await.expect(200)), Vec::<String>::new());
    assert_eq!(names(&app.get("/follow-ups?state=open", &head).await.expect(200)).len(), 2);
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
async fn a_hand_over_moves_prospects_and_open_follow_ups_and_leaves_due_dates() {
    let w = world();
    let one = prospect(&w.app, &w.li, "One", None, "2026-11-20T10:00:00+08:00");
    let two = prospect(&w.app, &w.li, "Two", None, "2026-11-20T10:00:00+08:00");
    touch(&w.app, two, &w.li, "call", "reached", "2026-11-20T11:00:00+08:00");
    let handover = id();
    let body = json!({"id": handover, "from_broker_id": w.li.id, "to_broker_id": w.wang.id, "reason": "Li has left"});
    let made = w.app.post("/handovers", &w.desk, body.clone()).await.expect(201).json();
    assert_eq!(made, json!({"id": handover, "prospects": 2, "follow_ups": 1, "left": []}));
    assert_eq!(w.app.post("/handovers", &w.desk, body).await.expect(200).json(), made);
    let listed = w.app.get("/follow-ups?state=open", &w.wang).await.expect(200).json();
    assert_eq!(listed["items"][0]["prospect"]["id"], json!(one));
    assert_eq!(listed["items"][0]["due_on"], "2026-11-23");
    assert!(names(&w.app.get("/follow-ups?state=open", &w.li).await.expect(200)).is_empty());
    let (li, wang) = (w.li.id, w.wang.id);
    w.app.arrange(move |conn| {
        let owners: Vec<(Id, Id)> = prospects::table.select((prospects::broker_id, prospects::met_by)).load(conn)?;
        assert_eq!(owners, [(wang, li), (wang, li)]);
        let history: Vec<(String, Option<String>, Option<String>, Option<String>)> = prospect_changes::table
            .filter(prospect_changes::prospect_id.eq(one))
            .select((prospect_changes::field, prospect_changes::old, prospect_changes::new, prospect_changes::reason))
            .load(conn)?;
        let row = ("broker".into(), Some(li.to_string()), Some(wang.to_string()), Some("Li has left".to_owned()));
        assert_eq!(history, [row]);
        Ok(())
    });
    assert_eq!(audited(&w.app, "prospect.hand_over"), 2);
}

#[actix_web::test]
async fn a_hand_over_of_some_reports_those_that_were_not_the_brokers() {
    let w = world();
    let one = prospect(&w.app, &w.li, "One", None, "2026-11-20T10:00:00+08:00");
    prospect(&w.app, &w.li, "Stays", None, "2026-11-20T10:00:00+08:00");
    let wangs = prospect(&w.app, &w.wang, "Wangs", None, "2026-11-20T10:00:00+08:00");
    let far = prospect(&w.app, &w.elsewhere, "Far", None, "2026-11-20T10:00:00+08:00");
    let ask = |from: &Person, to: &Person, ids: Value| json!({"id": id(), "from_broker_id": from.id, "to_broker_id": to.id, "prospect_ids": ids, "reason": "x"});
    let made = w.app.post("/handovers", &w.desk, ask(&w.li, &w.wang, json!([one, wangs]))).await.expect(201).json();
    assert_eq!((&made["prospects"], &made["left"]), (&json!(1), &json!([wangs])));
    for (who, status) in [(&w.li, 403), (&w.admin, 403), (&w.head, 403), (&w.other_desk, 404)] {
        w.app.post("/handovers", who, ask(&w.li, &w.wang, json!([one]))).await.expect(status);
    }
    for (body, status, fault) in [
        (ask(&w.wang, &w.li, json!([far])), 404, "prospect_ids: not_found"),
        (ask(&w.wang, &w.elsewhere, json!([one])), 404, "to_broker_id: not_found"),
        (ask(&w.wang, &w.desk, json!([one])), 404, "to_broker_id: not_found"),
        (ask(&w.wang, &w.wang, json!([one])), 422, "to_broker_id: same_broker"),
        (ask(&w.wang, &w.li, json!([])), 422, "prospect_ids: required"),
    ] {
        assert_eq!(w.app.post("/handovers", &w.desk, body).await.expect(status).faults(), [fault]);
    }
    let (li, now) = (w.li.id, w.app.now());
    w.app.arrange(move |conn| {
        diesel::update(users::table.find(li)).set(users::disabled_at.eq(now)).execute(conn)?;
        Ok(())
    });
    let reply = w.app.post("/handovers", &w.desk, ask(&w.wang, &w.li, json!([one]))).await.expect(422);
    assert_eq!(reply.faults(), ["to_broker_id: has_left"]);
    w.app.post("/handovers", &w.desk, ask(&w.li, &w.wang, Value::Null)).await.expect(201);
}

#[actix_web::test]
async fn two_that_are_one_are_merged_with_all_touches_and_the_further_stage() {
    let w = world();
    let stays = prospect(&w.app, &w.li, "Zhao", None, "2026-11-20T10:00:00+08:00");
    let goes = prospect(&w.app, &w.wang, "Zhao", Some("13800000001"), "2026-11-18T10:00:00+08:00");
    touch(&w.app, goes, &w.wang, "call", "reached", "2026-11-21T10:00:00+08:00");
    let path = format!("/prospects/{stays}/merges");
    let merge = |who| w.app.post(&path, who, json!({"other_id": goes}));
    merge(&w.li).await.expect(404); // the other one is Wang's
    merge(&w.other_desk).await.expect(404);
    merge(&w.admin).await.expect(403);
    merge(&w.head).await.expect(403);
    let made = merge(&w.desk).await.expect(200).json();
    assert_eq!(made, json!({"id": stays, "merged_id": goes, "stage": "contacted"}));
    assert_eq!(merge(&w.desk).await.expect(200).json(), made, "again: nothing more");
    let listed = w.app.get("/follow-ups", &w.desk).await.expect(200);
    assert_eq!(names(&listed), ["Zhao kept"], "the person once, kept by the other's call");
    w.app.arrange(move |conn| {
        let (state, into): (String, Option<Id>) =
            prospects::table.find(goes).select((prospects::state, prospects::merged_into)).first(conn)?;
        assert_eq!((state.as_str(), into), ("merged", Some(stays)));
        let hash: Option<Vec<u8>> = prospects::table.find(stays).select(prospects::mobile_hash).first(conn)?;
        assert!(hash.is_some(), "the number comes along");
        let consents: i64 = consents::table.filter(consents::prospect_id.eq(stays)).count().get_result(conn)?;
        assert_eq!(consents, 2);
        let stages: Vec<String> = stage_changes::table
            .filter(stage_changes::prospect_id.eq(stays))
            .order(stage_changes::number)
            .select(stage_changes::to_stage)
            .load(conn)?;
        assert_eq!(stages, ["contacted"]);
        Ok(())
    });
    assert_eq!(audited(&w.app, "prospect.merge"), 1);
    let own = prospect(&w.app, &w.li, "Zhao 2", None, "2026-11-20T10:00:00+08:00");
    w.app.post(&path, &w.li, json!({"other_id": own})).await.expect(200);
    assert_eq!(
        w.app.post(&path, &w.li, json!({"other_id": stays})).await.expect(422).faults(),
        ["other_id: same_prospect"]
    );
}

#[actix_web::test]
async fn a_lost_record_is_not_kept_over_a_live_one() {
    let w = world();
    let lost = prospect(&w.app, &w.li, "Lost", None, "2026-11-20T10:00:00+08:00");
    let live = prospect(&w.app, &w.li, "Live", None, "2026-11-20T10:00:00+08:00");
    w.app.arrange(move |conn| {
        diesel::update(prospects::table.find(lost))
            .set((prospects::stage.eq("lost"), prospects::stage_before_lost.eq("intent")))
            .execute(conn)?;
        Ok(())
    });
    let refused =
        w.app.post(&format!("/prospects/{lost}/merges"), &w.desk, json!({"other_id": live})).await.expect(409);
    assert_eq!(refused.json()["code"], "merge_lost");
    let made = w.app.post(&format!("/prospects/{live}/merges"), &w.desk, json!({"other_id": lost})).await.expect(200);
    assert_eq!(made.json()["stage"], "intent", "as far as the person ever came");
}

#[actix_web::test]
async fn an_export_holds_everything_in_every_branch_and_is_registered() {
    let w = world();
    let here = prospect(&w.app, &w.li, "Zhao", Some("13800000001"), "2026-11-20T10:00:00+08:00");
    touch(&w.app, here, &w.li, "call", "reached", "2026-11-21T10:00:00+08:00");
    let there = prospect(&w.app, &w.elsewhere, "Zhao Da", Some("13800000001"), "2026-11-20T10:00:00+08:00");
    prospect(&w.app, &w.li, "Another", Some("13800000002"), "2026-11-20T10:00:00+08:00");
    let by_mobile =
        w.app.post("/person-exports", &w.admin, json!({"mobile": "138 0000 0001", "reason": "asked"})).await;
    let export = by_mobile.expect(200).json();
    assert_eq!(export["found"], 2);
    let ids: Vec<&Value> = export["prospects"].as_array().unwrap().iter().map(|p| &p["id"]).collect();
    assert_eq!(ids, [&json!(here), &json!(there)]);
    assert_eq!(export["prospects"][0]["mobile"], "+8613800000001");
    assert_eq!(export["prospects"][0]["note"], "likes gold");
    assert_eq!(export["touches"][0]["note"], "said yes to Zhang");
    assert_eq!(export["consents"].as_array().unwrap().len(), 2);
    assert_eq!(export["follow_ups"].as_array().unwrap().len(), 2);
    assert_eq!(export["stages"][0]["to_stage"], "contacted");
    assert!(export["audit"].as_array().unwrap().iter().any(|a| a["action"] == "person.export"));
    let by_record = w.app.post("/person-exports", &w.admin, json!({"prospect_id": there})).await.expect(200).json();
    assert_eq!(by_record["prospects"], export["prospects"]);
    let nobody = w.app.post("/person-exports", &w.admin, json!({"mobile": "13999999999"})).await.expect(200).json();
    assert_eq!((&nobody["found"], &nobody["prospects"]), (&json!(0), &json!([])));
    w.app.post("/person-exports", &w.admin, json!({"prospect_id": id()})).await.expect(404);
    let registered: i64 = w.app.arrange(|conn| Ok(data_requests::table.count().get_result(conn)?));
    assert_eq!(registered, 3);
}

#[actix_web::test]
async fn only_an_admin_asks_for_a_persons_data_and_by_exactly_one_name() {
    let w = world();
    let one = prospect(&w.app, &w.li, "One", Some("13800000001"), "2026-11-20T10:00:00+08:00");
    for path in ["/person-exports", "/erasures"] {
        for who in [&w.li, &w.desk, &w.head, &w.other_desk] {
            w.app.post(path, who, json!({"prospect_id": one})).await.expect(403);
        }
        w.app.api("POST", path, None, Some(json!({"prospect_id": one}))).await.expect(401);
        for (body, fault) in [
            (json!({}), "mobile: required"),
            (json!({"mobile": null, "prospect_id": null}), "mobile: required"),
            (json!({"mobile": "13800000001", "prospect_id": one}), "prospect_id: one_of_two"),
            (json!({"mobile": "12"}), "mobile: too_short"),
            (json!({"prospect_id": 7}), "prospect_id: wrong_type"),
            (json!({"prospect_id": one, "name": "x"}), "name: unknown_field"),
        ] {
            assert_eq!(w.app.post(path, &w.admin, body).await.expect(422).faults(), [fault]);
        }
    }
}

#[actix_web::test]
async fn an_erased_person_is_gone_everywhere_and_still_counts() {
    let w = world();
    let here = prospect(&w.app, &w.li, "Zhao", Some("13800000001"), "2026-11-20T10:00:00+08:00");
    touch(&w.app, here, &w.li, "call", "no_answer", "2026-11-21T10:00:00+08:00");
    let there = prospect(&w.app, &w.elsewhere, "Zhao Da", Some("13800000001"), "2026-11-20T10:00:00+08:00");
    let answer = w.app.post("/erasures", &w.admin, json!({"prospect_id": here})).await.expect(200).json();
    assert_eq!(answer, json!({"erased": 2, "prospect_ids": [here, there]}));
    w.app.arrange(move |conn| {
        type Row = (String, Option<Vec<u8>>, Option<Vec<u8>>, Option<String>, String, String);
        let rows: Vec<Row> = prospects::table
            .select((
                prospects::name,
                prospects::mobile,
                prospects::mobile_hash,
                prospects::note,
                prospects::state,
                prospects::stage,
            ))
            .load(conn)?;
        let empty = (String::new(), None, None, None, "erased".to_owned(), "reachable".to_owned());
        assert_eq!(rows, [empty.clone(), empty]);
        let notes: Vec<Option<String>> = touches::table.select(touches::note).load(conn)?;
        assert_eq!(notes, [None]);
        let remembered: i64 = erased_people::table.count().get_result(conn)?;
        assert_eq!(remembered, 1);
        Ok(())
    });
    assert!(names(&w.app.get("/follow-ups", &w.head).await.expect(200)).is_empty());
    w.app.post("/person-exports", &w.admin, json!({"prospect_id": here})).await.expect(410);
    w.app.post(&format!("/prospects/{here}/reveals"), &w.admin, json!({"reason": "x"})).await.expect(410);
    let again = w.app.post("/erasures", &w.admin, json!({"mobile": "13800000001"})).await.expect(200).json();
    assert_eq!(again, json!({"erased": 0, "prospect_ids": []}));
    w.app.post("/erasures", &w.admin, json!({"prospect_id": id()})).await.expect(404);
    assert_eq!(audited(&w.app, "person.erase"), 3);
}

#[actix_web::test]
async fn a_number_is_revealed_to_an_admin_with_a_reason_on_record() {
    let w = world();
    let one = prospect(&w.app, &w.li, "One", Some("13800000001"), "2026-11-20T10:00:00+08:00");
    let path = format!("/prospects/{one}/reveals");
    for who in [&w.li, &w.desk, &w.head] {
        w.app.post(&path, who, json!({"reason": "x"})).await.expect(403);
    }
    assert_eq!(w.app.post(&path, &w.admin, json!({"reason": ""})).await.expect(422).faults(), ["reason: required"]);
    let shown = w.app.post(&path, &w.admin, json!({"reason": "complaint 7"})).await.expect(200).json();
    assert_eq!(shown, json!({"mobile": "+8613800000001"}));
    w.app.post(&format!("/prospects/{}/reveals", id()), &w.admin, json!({"reason": "x"})).await.expect(404);
    let kept: Vec<(String, String)> = w
        .app
        .arrange(|conn| Ok(data_requests::table.select((data_requests::kind, data_requests::reason)).load(conn)?));
    assert_eq!(kept, [("reveal".to_owned(), "complaint 7".to_owned())]);
    assert_eq!(audited(&w.app, "prospect.reveal"), 1);
}
