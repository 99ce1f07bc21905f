//! A repair: one is ill, and who is free takes over.

use std::time::Duration;

use serde_json::{Value, json};

use crate::attendance::Place;
use crate::attendance::api::{Xian, xian};
use crate::support::{Person, id};

/// Somebody ill on two days, with a colleague who is free.
struct Ill {
    x: Xian,
    li: Person,
    north: Place,
}

async fn ill() -> Ill {
    let x = xian();
    let (north, li) = (x.app.outlet_at(x.branch, "T-2", 34.3, 108.9), x.app.broker("li", x.branch));
    for date in ["2026-11-24", "2026-11-25", "2026-11-26"] {
        x.app.shift(&x.chen, &x.zhang, &x.outlet, date).await;
    }
    Ill { x, li, north }
}

#[actix_web::test]
async fn who_falls_ill_is_replaced_with_as_few_changes_as_it_takes() {
    let Ill { x: Xian { app, outlet, zhang, chen, .. }, li, north } = ill().await;
    let met = json!({"id": id(), "name": "王小明", "met_at": "2026-11-22T09:30:00+08:00", "source": "on_site", "preferred_channel": "call"});
    app.post("/prospects", &zhang, met).await.expect(201);
    let leave = json!({"id": id(), "broker_id": zhang.id, "from": "2026-11-24", "to": "2026-11-25", "kind": "sick"});
    let leave = app.post("/leaves", &chen, leave).await.expect(201).json();
    let reply = app
        .form(
            &format!("/leaves/{}/decision", leave["id"].as_str().unwrap()),
            &chen,
            &[("decision", "approve"), ("take_off", "on")],
        )
        .await
        .expect(303);
    let way = reply.header("location").unwrap().to_owned();
    assert_eq!(way, format!("/rota/repair?from=2026-11-24&to=2026-11-25&broker={}", zhang.id));
    let body = json!({"from": "2026-11-24", "to": "2026-11-25", "broker_id": zhang.id});
    let began = std::time::Instant::now();
    let found = app.post("/rota-repairs", &chen, body).await.expect(200).json();
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    let fills = |date: &str| json!({"broker_id": li.id, "date": date, "outlet_id": outlet.id, "seen_outlet_id": null});
    // The other outlet was empty before, and stays so: only what fell open is filled.
    assert_eq!(found["changes"], json!([fills("2026-11-24"), fills("2026-11-25")]));
    assert_eq!(found["gaps"], json!([]));
    let page = app.page(&way, Some(&chen)).await.expect(200).text;
    assert!(page.contains("li Name") && page.contains("就这样安排"));
    assert!(page.contains("这些日子有 1 条跟进到期") && page.contains(&format!("/handovers?from={}", zhang.id)));
    app.page("/rota/repair?from=2026-11-24&broker=nobody", Some(&chen)).await.expect(422);
    let changes = found["changes"].to_string();
    let fields = [("changes", changes.as_str()), ("way", "apply"), ("back", way.as_str())];
    let reply = app.form("/rota/repair", &chen, &fields).await.expect(303);
    assert_eq!(reply.header("location"), Some("/rota?day=2026-11-24"));
    let stands = app.stands(&chen).await;
    assert_eq!(stands[&(li.id.to_string(), "2026-11-25".to_owned())], outlet.id.to_string());
    assert_eq!(stands.len(), 3);
    // Sent again it meets what stands now, and changes nothing.
    let again = app.form("/rota/repair", &chen, &fields).await.expect(303);
    assert_eq!(again.header("location"), Some(way.as_str()));
    assert_eq!(app.stands(&chen).await.len(), 3);
    let nobody = json!({"from": "2026-11-24", "to": "2026-11-25"});
    let left = app.post("/rota-repairs", &chen, nobody).await.expect(200).json();
    assert_eq!(left["gaps"][0]["outlet_id"], north.id.to_string(), "all gaps, where nobody is named");
}

#[actix_web::test]
async fn a_bank_that_closes_for_a_day_frees_its_people_for_a_draft() {
    let Ill { x: Xian { app, outlet, zhang, chen, .. }, li, north } = ill().await;
    app.shift(&chen, &li, &north, "2026-11-26").await;
    let third = app.outlet_at(chen.branch.unwrap(), "T-3", 34.25, 108.9);
    app.closes(outlet.id, "2026-11-26", "2026-11-26");
    let seen = app.page(&format!("/outlets/{}", outlet.id), Some(&chen)).await.expect(200).text;
    assert!(seen.contains("/rota/repair?from=2026-11-26&amp;to=2026-11-26"));
    let found = app.post("/rota-repairs", &chen, json!({"from": "2026-11-26"})).await.expect(200).json();
    let moved =
        json!([{"broker_id": zhang.id, "date": "2026-11-26", "outlet_id": third.id, "seen_outlet_id": outlet.id}]);
    assert_eq!(found["changes"], moved);
    let changes = found["changes"].to_string();
    let reply = app.form("/rota/repair", &chen, &[("changes", &changes), ("way", "draft")]).await.expect(303);
    let to = reply.header("location").unwrap().to_owned();
    let draft = to.strip_prefix("/rota?draft=").unwrap();
    app.publish(&chen, draft).await.expect(200);
    assert_eq!(app.stands(&chen).await[&(zhang.id.to_string(), "2026-11-26".to_owned())], third.id.to_string());
    // What was changed meanwhile is not said to be in the draft.
    let again = app.form("/rota/repair", &chen, &[("changes", &changes), ("way", "draft")]).await.expect(303);
    assert!(again.header("location").unwrap().starts_with("/rota/repair"));
    let mut more = moved.as_array().unwrap().clone();
    more.push(json!({"broker_id": zhang.id, "date": "2026-11-27", "outlet_id": third.id, "seen_outlet_id": null}));
    let more = json!(more).to_string();
    let partly = app.form("/rota/repair", &chen, &[("changes", &more), ("way", "draft")]).await.expect(303);
    assert!(partly.header("location").unwrap().starts_with("/rota?draft="));
    assert!(partly.expect_flash().contains("有 1 处"), "{}", partly.expect_flash());
    // A form that was not made here: days without end, one day twice.
    let day = |date: &str| json!({"broker_id": zhang.id, "date": date, "outlet_id": third.id, "seen_outlet_id": null});
    for wrong in [json!([day("2026-11-27"), day("2726-11-27")]), json!([day("2026-11-27"), day("2026-11-27")])] {
        app.form("/rota/repair", &chen, &[("changes", &wrong.to_string()), ("way", "draft")]).await.expect(422);
    }
    let faults = app.post("/rota-repairs", &chen, json!({"from": "2026-11-20"})).await.expect(422).faults();
    assert_eq!(faults, ["to: in_the_past"]);
    app.post("/rota-repairs", &chen, json!({"from": "2026-11-26", "broker_id": id()})).await.expect(404);
    app.post("/rota-repairs", &zhang, json!({"from": "2026-11-26"})).await.expect(403);
}

#[actix_web::test]
async fn what_falls_open_in_a_draft_is_filled_in_the_draft_and_what_stands_is_left() {
    let Ill { x: Xian { app, outlet, zhang, chen, .. }, li, .. } = ill().await;
    let stood = app.stands(&chen).await;
    let draft = app.draft(&chen, "2026-11-24", "2026-11-25").await;
    let home =
        |date: &str| json!({"broker_id": zhang.id, "date": date, "outlet_id": null, "seen_outlet_id": outlet.id});
    app.put(&chen, &draft, json!([home("2026-11-24"), home("2026-11-25")])).await.expect(200);
    let ask = |more: Value| {
        let mut body = json!({"from": "2026-11-24", "to": "2026-11-25", "broker_id": zhang.id, "draft_id": draft});
        body.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
        body
    };
    let found = app.post("/rota-repairs", &chen, ask(json!({}))).await.expect(200).json();
    let fills = |date: &str| json!({"broker_id": li.id, "date": date, "outlet_id": outlet.id, "seen_outlet_id": null});
    assert_eq!(found["changes"], json!([fills("2026-11-24"), fills("2026-11-25")]));
    let stands = app.post("/rota-repairs", &chen, ask(json!({"draft_id": null}))).await.expect(200).json();
    assert_eq!(stands["changes"], json!([]), "nothing fell open of what stands");
    let way = format!("/rota/repair?from=2026-11-24&to=2026-11-25&broker={}&draft={draft}", zhang.id);
    let page = app.page(&way, Some(&chen)).await.expect(200).text;
    assert!(page.contains("按打开的草案来找人") && !page.contains("就这样安排"));
    let changes = found["changes"].to_string();
    let fields = [("changes", changes.as_str()), ("way", "draft"), ("back", way.as_str())];
    let reply = app.form("/rota/repair", &chen, &fields).await.expect(303);
    assert_eq!(reply.header("location"), Some(format!("/rota?draft={draft}").as_str()));
    assert_eq!(app.stands(&chen).await, stood, "a draft is a draft");
    let again = app.post("/rota-repairs", &chen, ask(json!({}))).await.expect(200).json();
    assert_eq!(again["changes"], json!([]), "filled is filled");
    let faults = app.post("/rota-repairs", &chen, ask(json!({"to": "2026-11-26"}))).await.expect(422).faults();
    assert_eq!(faults, ["to: outside_draft"]);
    let page = app.page(&way.replace("to=2026-11-25", "to=2026-11-26"), Some(&chen)).await.expect(200).text;
    assert!(page.contains("不在这份草案的日期内"));
    app.post("/rota-repairs", &chen, ask(json!({"draft_id": id()}))).await.expect(404);
    app.publish(&chen, &draft).await.expect(200);
    assert_eq!(app.post("/rota-repairs", &chen, ask(json!({}))).await.expect(409).json()["code"], "draft_closed");
}
