//! Hand-overs from one broker to another.

use bankside::db::Id;
use bankside::db::schema::{prospect_changes, prospects, users};
use diesel::prelude::*;
use serde_json::{Value, json};

use super::{World, audited, names, prospect, touch, world};
use crate::support::{Person, Reply, id};

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
async fn what_was_kept_before_a_hand_over_shows_the_person_to_nobody_else_and_opens_again_for_the_new_broker() {
    let w = world();
    let one = prospect(&w.app, &w.li, "One", None, "2026-11-20T10:00:00+08:00");
    touch(&w.app, one, &w.li, "sms", "sent", "2026-11-20T11:00:00+08:00");
    let body = json!({"id": id(), "from_broker_id": w.li.id, "to_broker_id": w.wang.id, "reason": "Li has left"});
    w.app.post("/handovers", &w.desk, body).await.expect(201);
    let listed = async |who, state: &str| names(&w.app.get(&format!("/follow-ups{state}"), who).await.expect(200));
    assert_eq!(listed(&w.li, "").await, [""; 0]);
    assert_eq!(listed(&w.wang, "").await, ["One kept"]);
    assert_eq!(listed(&w.wang, "?state=kept").await, ["One kept"]);
    // An SMS alone keeps nothing any more.
    w.app.patch(&format!("/prospects/{one}"), &w.wang, json!({"preferred_channel": "call"})).await.expect(200);
    for state in ["", "?state=open"] {
        assert_eq!(listed(&w.li, state).await, [""; 0]);
        assert_eq!(listed(&w.wang, state).await, ["One open"]);
    }
    for (who, open) in [(&w.li, 0), (&w.wang, 1)] {
        assert_eq!(w.app.get("/me", who).await.expect(200).json()["follow_ups"]["open"], open);
    }
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
