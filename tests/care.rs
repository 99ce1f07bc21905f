//! Care for the people met: follow-up lists, waivers, hand-overs, merging, exports, erasures, imports.

use bankside::db::schema::{
    audit_entries, branches, consents, data_requests, erased_people, follow_ups, prospect_changes, prospects,
    stage_changes, touches, users,
};
use bankside::db::{At, Id};
use bankside::followups::store::{self as follow_up_store, ProspectKeys};
use bankside::imports::run::{self, Kind, Terms};
use bankside::people::{Caller, Role};
use bankside::prospects::store::{mobile_hash, seal_mobile};
use bankside::text::mobile::Mobile;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
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
        type Change = (String, Option<String>, Option<String>, Option<String>);
        let history: Vec<Change> = prospect_changes::table
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

#[actix_web::test]
async fn the_hand_over_page_moves_what_is_ticked() {
    let w = world();
    let one = prospect(&w.app, &w.li, "One", None, "2026-11-18T10:00:00+08:00").to_string();
    prospect(&w.app, &w.li, "Two", None, "2026-11-18T10:00:00+08:00");
    let (li, wang) = (w.li.id.to_string(), w.wang.id.to_string());
    assert!(w.app.page("/handovers", Some(&w.desk)).await.expect(200).text.contains("2 位准客户"));
    let page = w.app.page(&format!("/handovers?from={li}"), Some(&w.desk)).await.expect(200);
    assert!(page.text.contains("One") && page.text.contains("Two") && page.text.contains("wang Name"));
    w.app.page(&format!("/handovers?from={}", w.elsewhere.id), Some(&w.desk)).await.expect(404);
    let handover = id();
    let fields = |reason: &'static str, to: &str| {
        vec![
            ("id", handover.clone()),
            ("from", li.clone()),
            ("to", to.to_owned()),
            ("which", "ticked".into()),
            ("prospect", one.clone()),
            ("reason", reason.into()),
        ]
    };
    async fn send(w: &World, fields: Vec<(&str, String)>) -> Reply {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (*n, v.as_str())).collect();
        w.app.form("/handovers", &w.desk, &fields).await
    }
    let refused = send(&w, fields("", &wang)).await.expect(422);
    assert!(refused.text.contains(&format!("value=\"{one}\" checked")));
    send(&w, fields("left", "")).await.expect(422);
    send(&w, fields("left", &wang)).await.expect(303);
    let page = w.app.page(&format!("/handovers?from={li}"), Some(&w.desk)).await.expect(200);
    assert!(!page.text.contains("One") && page.text.contains("Two"));
    w.app.page("/handovers", Some(&w.li)).await.expect(403);
}

#[actix_web::test]
async fn records_of_one_number_are_offered_for_merging() {
    let w = world();
    let a = prospect(&w.app, &w.li, "Zhao", Some("13800000001"), "2026-11-18T10:00:00+08:00").to_string();
    let b = prospect(&w.app, &w.li, "Zhao Da", Some("13800000001"), "2026-11-19T10:00:00+08:00").to_string();
    prospect(&w.app, &w.wang, "zhao", None, "2026-11-19T10:00:00+08:00");
    let own = w.app.page("/merges", Some(&w.li)).await.expect(200);
    assert_eq!(own.text.matches("class=\"panel\"").count(), 1, "Wang's is not Li's to see");
    let desk = w.app.page("/merges", Some(&w.desk)).await.expect(200);
    assert_eq!(desk.text.matches("class=\"panel\"").count(), 2);
    // Each pair once: two without a number are one, and each of them is one with whoever has one.
    let last = prospect(&w.app, &w.wang, "ZHAO", None, "2026-11-20T10:00:00+08:00").to_string();
    let more = w.app.page("/merges", Some(&w.desk)).await.expect(200).text;
    assert_eq!(more.matches("class=\"panel\"").count(), 4);
    assert!(
        more.contains(&format!("keep={a}&amp;other={last}")) && !more.contains(&format!("keep={b}&amp;other={last}"))
    );
    assert!(desk.text.contains("138****0001") && !desk.text.contains("13800000001"));
    let ask = format!("/merges/confirmation?lang=en&keep={a}&other={b}");
    assert!(own.text.contains(&format!("/merges/confirmation?keep={a}&amp;other={b}")), "{}", own.text);
    let asked = w.app.page(&ask, Some(&w.li)).await.expect(200).text;
    let (stays, ends) = (asked.find("<td>Zhao</td>"), asked.find("<td>Zhao Da</td>"));
    assert!(stays.is_some() && stays < ends && asked.contains("cannot be taken apart"), "{asked}");
    assert_eq!(
        w.app.page("/merges", Some(&w.li)).await.text.matches("class=\"panel\"").count(),
        1,
        "asking merges nothing"
    );
    for (who, none) in [(&w.wang, ask.clone()), (&w.li, format!("/merges/confirmation?keep={a}&other={a}"))] {
        assert_eq!(w.app.page(&none, Some(who)).await.expect(303).header("location"), Some("/merges"));
    }
    w.app.form("/merges", &w.li, &[("keep", &a), ("other", &b)]).await.expect(303);
    assert_eq!(w.app.page(&ask, Some(&w.li)).await.expect(303).header("location"), Some("/merges"));
    assert_eq!(w.app.page("/merges", Some(&w.li)).await.expect(200).text.matches("class=\"panel\"").count(), 0);
}

#[actix_web::test]
async fn the_data_requests_page_exports_reveals_and_erases() {
    let w = world();
    let one = prospect(&w.app, &w.li, "王建国", Some("13800000001"), "2026-11-18T10:00:00+08:00").to_string();
    let ask = |fields: Vec<(&'static str, String)>| {
        let app = &w.app;
        let admin = &w.admin;
        async move {
            let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (*n, v.as_str())).collect();
            app.form("/data-requests", admin, &fields).await
        }
    };
    let of = |kind: &str, mobile: &str, prospect: &str, reason: &str| {
        vec![
            ("kind", kind.to_owned()),
            ("mobile", mobile.to_owned()),
            ("prospect_id", prospect.to_owned()),
            ("reason", reason.to_owned()),
        ]
    };
    let export = ask(of("export", "13800000001", "", "letter of 1 Nov")).await.expect(200);
    assert!(export.text.contains("王建国") && export.text.contains("letter of 1 Nov"));
    assert!(export.text.contains("<dt>手机号</dt><dd>+8613800000001</dd>"), "{}", export.text);
    for part in ["跟进", "谁看过、改过"] {
        assert!(export.text.contains(&format!("<h3>{part}</h3>")), "{part}");
    }
    let (_, file) = export.text.split_once("data:application/json;base64,").expect("a file to take along");
    let file = STANDARD.decode(file.split_once('"').unwrap().0).unwrap();
    let file: Value = serde_json::from_slice(&file).unwrap();
    assert_eq!((&file["found"], &file["prospects"][0]["mobile"]), (&json!(1), &json!("+8613800000001")));
    assert!(!export.text.contains("<pre"));
    let nobody = ask(of("export", "13999999999", "", "x")).await.expect(200).text;
    assert!(nobody.contains("没有此人的信息") && !nobody.contains("base64,"));
    let number = ask(of("reveal", "", &one, "complaint")).await.expect(200);
    assert!(number.text.contains("+8613800000001"));
    assert!(ask(of("reveal", "", &one, "")).await.expect(422).text.contains("reason-error"));
    assert!(ask(of("export", "", &id(), "x")).await.expect(422).text.contains("prospect_id-error"));
    assert!(ask(of("erasure", "13800000001", "", "asked")).await.expect(422).text.contains("sure-error"));
    let mut sure = of("erasure", "13800000001", "", "asked");
    sure.push(("sure", "on".into()));
    ask(sure).await.expect(303);
    let page = w.app.page("/data-requests", Some(&w.admin)).await.expect(200);
    assert!(!page.text.contains("王建国") && page.text.contains("complaint") && page.text.contains("root Name"));
    w.app.page("/data-requests", Some(&w.desk)).await.expect(403);
}

fn import(w: &World, file: &str, dry: bool) -> bankside::imports::report::ImportReport {
    let branch = w.li.branch.unwrap();
    let branch = w.app.app.db.read_now(|conn| bankside::people::store::branch(conn, branch)).unwrap();
    let terms = Terms {
        branch: Some(branch),
        datum: bankside::place::Datum::Wgs84,
        keys: w.app.app.keys.clone(),
        now: w.app.now(),
    };
    let caller = Caller::program(w.app.now());
    run::run_now(&w.app.app.db, &caller, Kind::Prospects, file.into(), terms, dry)
        .unwrap()
        .report(bankside::language::Lang::En)
}

fn counts(report: &bankside::imports::report::ImportReport) -> (u64, u64, u64) {
    assert_eq!(report.errors, [], "no errors");
    (report.added, report.changed, report.unchanged)
}

fn codes(issues: &[bankside::imports::report::Issue]) -> Vec<String> {
    for issue in issues {
        assert!(!issue.message.starts_with("import-") && !issue.message.starts_with("error-"), "{}", issue.message);
    }
    issues.iter().map(|i| format!("{} {} {}", i.row.unwrap(), i.column.as_deref().unwrap_or("-"), i.code)).collect()
}

#[actix_web::test]
async fn prospects_are_imported_once_with_their_consents_and_follow_ups() {
    let w = world();
    let file = "姓名,手机,见面时间,来源,联系方式,经纪人,同意时间,同意用途,备注\n\
                王小明,138 1234 5678,2026-11-20 14:30,转介绍,短信,li,2026-11-20 14:30,开户服务,喜欢黄金\n\
                李四,,2026-11-21,驻点,电话,wang Name,,,\n\
                赵六,13912345678,2026/11/22 09:00,,,LI,2026-11-22,开户服务,\n";
    assert_eq!(counts(&import(&w, file, true)), (3, 0, 0));
    assert!(names(&w.app.get("/follow-ups", &w.desk).await.expect(200)).is_empty(), "a dry run writes nothing");
    assert_eq!(counts(&import(&w, file, false)), (3, 0, 0));
    assert_eq!(counts(&import(&w, file, false)), (0, 0, 3));
    let listed = w.app.get("/follow-ups?state=open", &w.desk).await.expect(200);
    assert_eq!(names(&listed), ["王小明 open", "李四 open", "赵六 open"]);
    let first = &listed.json()["items"][0];
    assert_eq!((&first["due_on"], &first["prospect"]["stage"]), (&json!("2026-11-23"), &json!("reachable")));
    let shown =
        w.app.get(&format!("/prospects/{}", first["prospect"]["id"].as_str().unwrap()), &w.li).await.expect(200);
    let shown = shown.json();
    assert_eq!(shown["mobile"], "13812345678");
    assert_eq!(shown["met_at"], "2026-11-20T06:30:00Z");
    assert_eq!((&shown["source"], &shown["note"]), (&json!("referral"), &json!("喜欢黄金")));
    assert_eq!(shown["consent"]["purpose"], "开户服务");

    let more = "姓名,手机,见面时间,经纪人,备注\n王小明,13812345678,2026-11-20,li,喜欢白银\n李四,,2026-11-21,wang,\n";
    assert_eq!(counts(&import(&w, more, false)), (0, 1, 1));
    assert_eq!(counts(&import(&w, more, false)), (0, 0, 2));
    assert_eq!(audited(&w.app, "prospect.import"), 4);
}

#[actix_web::test]
async fn a_bad_cell_refuses_the_whole_file_and_is_named() {
    let w = world();
    let file = "name,mobile,met_at,broker,consent_given_at,consent_purpose,outlet\n\
                A,13812345678,2026-11-20 10:00,li,,,\n\
                B,12,2026-11-20 10:00,li,,,\n\
                C,,2026-12-20 10:00,nobody,,,\n\
                D,,,li,,,Nowhere\n\
                E,,2026-11-20 10:00,li,,,\n\
                E,,2026-11-20 10:00,li,,,\n\
                F,,,,,,\n";
    let report = import(&w, file, false);
    assert_eq!(
        codes(&report.errors),
        [
            "2 consent_given_at consent_required",
            "3 mobile too_short",
            "4 broker unknown_broker",
            "4 met_at in_the_future",
            "5 outlet outlet_not_found",
            "7 name doubled_key",
            "8 met_at required",
            "8 broker required",
        ]
    );
    assert_eq!((report.added, report.changed, report.unchanged), (0, 0, 0));
    assert!(names(&w.app.get("/follow-ups", &w.desk).await.expect(200)).is_empty());
}

#[actix_web::test]
async fn an_import_brings_nobody_back_and_merges_nobody() {
    let w = world();
    let erased = prospect(&w.app, &w.li, "Erased", Some("13812345678"), "2026-11-18T10:00:00+08:00");
    w.app.post("/erasures", &w.admin, json!({"prospect_id": erased})).await.expect(200);
    prospect(&w.app, &w.wang, "Wangs", Some("13800000002"), "2026-11-18T10:00:00+08:00");
    prospect(&w.app, &w.elsewhere, "Far", Some("13800000003"), "2026-11-18T10:00:00+08:00");
    let file = "name,mobile,met_at,broker,consent_given_at,consent_purpose\n\
                Erased,13812345678,2026-11-18 10:00,li,2026-11-18,service\n\
                Mine,13800000002,2026-11-19 10:00,li,2026-11-19,service\n\
                Near,13800000003,2026-11-19 10:00,li,2026-11-19,service\n";
    let report = import(&w, file, false);
    assert_eq!(counts(&report), (2, 0, 0));
    assert_eq!(
        codes(&report.warnings),
        ["2 mobile erased_person", "3 mobile also_with_another", "4 mobile also_elsewhere"]
    );
    assert_eq!(counts(&import(&w, file, false)), (0, 0, 2));
    assert_eq!(names(&w.app.get("/follow-ups", &w.li).await.expect(200)), ["Mine open", "Near open"]);
}
