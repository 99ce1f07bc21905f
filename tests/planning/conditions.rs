//! What plans go by, and who sees it.

use std::collections::BTreeSet;

use bankside::db::schema::{audit_entries, broker_planning, outlets};
use bankside::people::Role;
use diesel::prelude::*;
use serde_json::json;

use super::on;
use crate::attendance::api::{Xian, xian};
use crate::support::Reply;

#[actix_web::test]
async fn levels_limits_and_outlets_are_set_and_plans_go_by_them() {
    let Xian { app, branch, outlet, zhang, chen } = xian();
    let li = app.broker("li", branch);
    app.form(&format!("/rota/outlets/{}", outlet.id), &chen, &[("level", "3")]).await.expect(303);
    app.form(&format!("/rota/brokers/{}", li.id), &chen, &[("level", "3")]).await.expect(303);
    let weights: Vec<(&str, &str)> = vec![("max_days_per_week", "4"), ("max_consecutive", "2"), ("imbalance", "0")];
    app.form("/rota/conditions", &chen, &weights).await.expect(303);
    let page = app.page("/rota/conditions", Some(&chen)).await.expect(200).text;
    assert!(page.contains("能力 3 级（手工设定）") && page.contains("能力 1 级"));
    let run = app.planned(&chen, json!({})).await;
    assert_eq!(run["weights"]["imbalance"], 0);
    let cells = app.cells(&chen, &run["draft_id"]).await;
    assert!(cells.keys().all(|(broker, _)| *broker == li.id.to_string()), "only who is good enough");
    assert_eq!(cells.len(), 4, "four days a week, no three in a row");
    for window in ["2026-11-30", "2026-12-01", "2026-12-02"] {
        let first: chrono::NaiveDate = window.parse().unwrap();
        let worked = (0..3).filter(|n| on(&cells, &(first + chrono::Days::new(*n)).to_string()).len() == 1).count();
        assert!(worked < 3);
    }
    let why = app.get(&format!("/rota-plans/{}/explanation", run["id"].as_str().unwrap()), &chen).await.json();
    let rules: BTreeSet<&str> =
        why["gaps"][0]["kept_out"].as_array().unwrap().iter().map(|kept| kept["rule"].as_str().unwrap()).collect();
    assert!(rules.contains("level"), "{why}");
    for (path, fields) in [
        ("/rota/conditions", vec![("max_days_per_week", "8"), ("max_consecutive", "2")]),
        ("/rota/conditions", vec![("max_days_per_week", "5"), ("max_consecutive", "2"), ("km", "-1")]),
    ] {
        app.form(path, &chen, &fields).await.expect(422);
    }
    app.form(&format!("/rota/brokers/{}", zhang.id), &chen, &[("level", "4")]).await.expect(422);
    app.form(&format!("/rota/brokers/{}", zhang.id), &chen, &[("max_km", "0")]).await.expect(422);
}

#[actix_web::test]
async fn a_home_is_coarse_sealed_and_seen_by_the_desk_of_the_branch_alone() {
    let Xian { app, branch, outlet, zhang, chen } = xian();
    let far = app.outlet_at(branch, "T-2", 35.5, 108.9);
    let (own, page) = (format!("/rota/brokers/{}", zhang.id), |text: &Reply| text.text.clone());
    let fields = [("lat", "34.20456"), ("lon", "108.90123"), ("datum", "wgs84"), ("max_km", "20")];
    app.form(&own, &chen, &fields).await.expect(303);
    let form = page(&app.page(&own, Some(&chen)).await.expect(200));
    assert!(form.contains("value=\"34.20\"") && form.contains("value=\"108.90\"") && !form.contains("34.2045"));
    let list = page(&app.page("/rota/conditions", Some(&chen)).await.expect(200));
    assert!(list.contains("已登记住处") && !list.contains("34.20") && !list.contains("108.90"));
    let kept: Vec<u8> = app.arrange(|conn| {
        let home: Option<Vec<u8>> = broker_planning::table.select(broker_planning::home).first(conn)?;
        Ok(home.unwrap())
    });
    assert!(!String::from_utf8_lossy(&kept).contains("34.20"));
    let trail: Vec<String> = app.arrange(|conn| Ok(audit_entries::table.select(audit_entries::detail).load(conn)?));
    assert!(trail.iter().all(|detail| !detail.contains("34.2") && !detail.contains("108.9")));
    // The far outlet is out of reach for who has a home and a limit, and only the branch itself is told how far anybody goes.
    let head = app.person("head", Role::Manager, None);
    let run = app.planned(&chen, json!({})).await;
    let cells = app.cells(&chen, &run["draft_id"]).await;
    assert!(cells.values().all(|at| *at == outlet.id.to_string()), "{far:?}");
    let path = format!("/rota-plans/{}/explanation", run["id"].as_str().unwrap());
    let (ours, theirs) = (app.get(&path, &chen).await.json(), app.get(&path, &head).await.expect(200).json());
    assert_eq!(ours["gaps"][0]["kept_out"][0], json!({"rule": "too_far", "broker_ids": [zhang.id]}));
    assert_eq!(theirs["gaps"][0]["kept_out"][0], json!({"rule": "too_far", "broker_ids": []}));
    assert!(theirs["new_faces"].as_array().unwrap().iter().all(|face| face["km"].is_null()));
    let other = app.coordinator("other", app.branch("XA02"));
    app.page(&own, Some(&other)).await.expect(404);
    app.form(&own, &other, &fields).await.expect(404);
    app.page(&own, Some(&zhang)).await.expect(403);
    app.page(&own, Some(&head)).await.expect(403);
    // Near an outlet is enough, and both numbers emptied are none.
    app.form(&own, &chen, &[("near", &far.id.to_string()), ("lat", "34.20"), ("lon", "108.90")]).await.expect(303);
    assert!(page(&app.page(&own, Some(&chen)).await).contains("value=\"35.50\""));
    app.form(&own, &chen, &[("lat", ""), ("lon", "")]).await.expect(303);
    assert!(page(&app.page("/rota/conditions", Some(&chen)).await).contains("未登记住处"));
}

#[actix_web::test]
async fn an_outlet_of_grade_a_wants_somebody_practised() {
    let Xian { app, outlet, chen, .. } = xian();
    let place = outlet.id;
    app.arrange(move |conn| {
        diesel::update(outlets::table.find(place)).set(outlets::grade.eq(Some("A"))).execute(conn)?;
        Ok(())
    });
    let page = app.page("/rota/conditions", Some(&chen)).await.expect(200).text;
    assert!(page.contains("能力 2 级"));
    // Nobody has a certificate on record, so everybody is at level 1: nobody can go.
    let run = app.planned(&chen, json!({})).await;
    assert_eq!(run["cost"]["uncovered"], 5_000);
    let why = app.get(&format!("/rota-plans/{}/explanation", run["id"].as_str().unwrap()), &chen).await.json();
    assert_eq!(why["lacking"][0]["in_reach"], 0);
    assert_eq!(why["hires"][0]["level"], 2);
}
