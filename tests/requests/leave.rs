//! Leave: asked for, answered, and what it does to shifts and follow-ups.

use serde_json::json;

use super::{code, made, team};
use crate::support::id;

#[actix_web::test]
async fn approving_needs_the_shifts_taken_off_and_tells_the_broker_once() {
    let team = team();
    team.published("2026-11-23", "2026-12-06");
    for date in ["2026-11-24", "2026-11-25", "2026-11-27"] {
        made(team.plan(&team.zhang, &team.south, date).await);
    }
    let before = team.told().len();
    let leave = made(team.ask_leave(&team.zhang, "2026-11-25", "2026-11-27").await);
    let path = format!("/leaves/{leave}/decision");
    assert_eq!(code(team.app.post(&path, &team.chen, json!({"approve": true})).await), "shifts_stand");
    let answer = json!({"approve": true, "take_off": true, "note": "注意休息"});
    let approved = team.app.post(&path, &team.chen, answer.clone()).await.expect(200).json();
    assert_eq!((approved["state"].as_str(), approved["decision_note"].as_str()), (Some("approved"), Some("注意休息")));
    let left: Vec<String> = team.standing().await.into_iter().map(|(_, date, _)| date).collect();
    assert_eq!(left, ["2026-11-24"]);
    let told = team.told();
    assert_eq!(told.len(), before + 1, "one mail for the answer and what it took off");
    let (who, text) = told.last().unwrap();
    assert_eq!(*who, team.zhang.id);
    assert!(text.contains("注意休息") && text.contains("11-25") && text.contains("11-27"), "{text}");
    assert_eq!(code(team.app.post(&path, &team.chen, answer).await), "already_decided");
}

#[actix_web::test]
async fn a_refused_leave_changes_nothing_and_is_answered_on_today() {
    let team = team();
    made(team.plan(&team.zhang, &team.south, "2026-11-25").await);
    let leave = made(team.ask_leave(&team.zhang, "2026-11-25", "2026-11-25").await);
    let answer = json!({"approve": false, "note": "那天人手不够"});
    team.app.post(&format!("/leaves/{leave}/decision"), &team.chen, answer).await.expect(200);
    assert_eq!(team.standing().await.len(), 1);
    let today = team.app.page("/", Some(&team.zhang)).await.expect(200);
    assert!(today.text.contains("没有批准") && today.text.contains("那天人手不够"), "{}", today.text);
    team.app.later(chrono::Duration::days(4));
    assert!(!team.app.page("/", Some(&team.zhang)).await.text.contains("那天人手不够"));
}

#[actix_web::test]
async fn what_falls_due_meanwhile_is_shown_and_can_be_handed_over() {
    let team = team();
    let prospect = id();
    let body = json!({
        "id": prospect, "name": "王小明", "met_at": "2026-11-23T09:30:00+08:00",
        "source": "on_site", "preferred_channel": "call",
    });
    team.app.post("/prospects", &team.zhang, body).await.expect(201);
    let leave = made(team.ask_leave(&team.zhang, "2026-11-25", "2026-11-27").await);
    let page = team.app.page(&format!("/leaves/{leave}"), Some(&team.chen)).await.expect(200);
    assert!(page.text.contains("王小明") && page.text.contains("li Name"), "{}", page.text);
    assert!(!page.text.contains("zhang Name</option>"), "not to oneself");
    let li = team.li.id.to_string();
    // Nobody's id must not leave the follow-ups where they are.
    let nobody = [("decision", "approve"), ("hand_to", "nobody")];
    team.app.form(&format!("/leaves/{leave}/decision"), &team.chen, &nobody).await.expect(422);
    let answer = [("decision", "approve"), ("hand_to", li.as_str())];
    team.app.form(&format!("/leaves/{leave}/decision"), &team.chen, &answer).await.expect(303);
    team.app.get(&format!("/prospects/{prospect}"), &team.li).await.expect(200);
    team.app.get(&format!("/prospects/{prospect}"), &team.zhang).await.expect(404);
}

#[actix_web::test]
async fn whoever_is_moved_or_taken_off_keeps_the_follow_ups_of_that_day_and_the_chooser_says_so() {
    let team = team();
    let body = json!({
        "id": id(), "name": "王小明", "met_at": "2026-11-23T09:30:00+08:00",
        "source": "on_site", "preferred_channel": "call",
    });
    team.app.post("/prospects", &team.zhang, body).await.expect(201);
    made(team.plan(&team.zhang, &team.south, "2026-11-26").await);
    made(team.plan(&team.zhang, &team.south, "2026-11-27").await);
    let cell = |query: String| {
        let (app, chen) = (&team.app, &team.chen);
        async move { app.page(&format!("/rota/cell?{query}"), Some(chen)).await.expect(200).text }
    };
    let hand_over = format!("href=\"/handovers?from={}\"", team.zhang.id);
    for query in [format!("outlet={}", team.south.id), format!("broker={}", team.zhang.id)] {
        let due = cell(format!("date=2026-11-26&{query}")).await;
        assert!(due.contains("当天有 1 条跟进到期") && due.contains(&hand_over), "{due}");
        assert!(!cell(format!("date=2026-11-27&{query}")).await.contains("条跟进到期"));
    }
    // Whom one would move from elsewhere.
    assert!(cell(format!("date=2026-11-26&outlet={}", team.north.id)).await.contains("<small>1 条跟进到期</small>"));
}

#[actix_web::test]
async fn leave_is_asked_once_for_a_day_and_can_be_taken_back() {
    let team = team();
    let body = json!({"id": id(), "from": "2026-11-25", "to": "2026-11-26", "kind": "sick"});
    let first = team.app.post("/leaves", &team.zhang, body.clone()).await.expect(201).json();
    assert_eq!(team.app.post("/leaves", &team.zhang, body).await.expect(200).json(), first);
    assert_eq!(code(team.ask_leave(&team.zhang, "2026-11-26", "2026-11-27").await), "leave_overlaps");
    let path = format!("/leaves/{}/withdrawal", first["id"].as_str().unwrap());
    team.app.post(&path, &team.li, json!({})).await.expect(404);
    assert_eq!(team.app.post(&path, &team.zhang, json!({})).await.expect(200).json()["state"], "withdrawn");
    assert_eq!(code(team.app.post(&path, &team.zhang, json!({})).await), "already_decided");
    made(team.ask_leave(&team.zhang, "2026-11-26", "2026-11-27").await);
    for (from, to, fault) in [
        ("2026-11-28", "2026-11-27", "to: from_after_to"),
        ("2026-10-01", "2026-11-27", "from: too_long_ago"),
        ("2026-11-28", "2028-11-27", "to: out_of_range"),
    ] {
        assert_eq!(team.ask_leave(&team.zhang, from, to).await.expect(422).faults(), [fault]);
    }
    let seen = |who| {
        let app = &team.app;
        async move { app.get("/leaves", who).await.json()["items"].as_array().unwrap().len() }
    };
    assert_eq!((seen(&team.zhang).await, seen(&team.li).await, seen(&team.chen).await), (2, 0, 2));
}

#[actix_web::test]
async fn a_coordinator_enters_leave_for_a_broker_of_the_branch() {
    let team = team();
    let other = team.app.branch("XA02");
    let wang = team.app.broker("wang", other);
    let body = |who: &crate::support::Person| json!({"id": id(), "broker_id": who.id, "from": "2026-11-25"});
    made(team.app.post("/leaves", &team.chen, body(&team.zhang)).await);
    team.app.post("/leaves", &team.chen, body(&wang)).await.expect(404);
    team.app.post("/leaves", &team.zhang, body(&team.li)).await.expect(404);
    let page = team.app.page("/leaves/new", Some(&team.chen)).await.expect(200);
    assert!(page.text.contains("li Name") && !page.text.contains("wang Name"));
}
