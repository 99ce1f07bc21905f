//! The planner over the database: plans in the background, one a branch, kept around what is fixed, into a draft; repairs; what plans go by and who sees it.

mod conditions;
mod repairs;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use bankside::db::schema::rota_plans;
use bankside::db::{At, Id};
use bankside::people::Role;
use bankside::rota::planning::runner;
use bankside::rota::planning::weights::Weights;
use diesel::prelude::*;
use serde_json::{Value, json};

use crate::attendance::api::{Xian, xian};
use crate::board::{cell, spots};
use crate::support::{Person, Reply, TestApp, id};

/// A week from the Monday after the test's own.
const FROM: &str = "2026-11-30";
const TO: &str = "2026-12-06";

impl TestApp {
    async fn plan(&self, who: &Person, more: Value) -> Reply {
        let mut body = json!({"id": id(), "from": FROM, "to": TO, "seconds": 10});
        body.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
        self.post("/rota-plans", who, body).await
    }

    /// Has a plan made, takes the best after a moment, and waits until there is one.
    async fn planned(&self, who: &Person, more: Value) -> Value {
        let run = self.plan(who, more).await.expect(201).json();
        assert_eq!(run["state"], "running");
        let path = format!("/rota-plans/{}", run["id"].as_str().unwrap());
        actix_web::rt::time::sleep(Duration::from_millis(300)).await;
        // One that comes to nothing is over by now.
        let reply = self.post(&format!("{path}/finish"), who, json!({})).await;
        assert!(matches!(reply.status.as_u16(), 200 | 409), "{}", reply.text);
        self.ended(who, &path).await
    }

    async fn ended(&self, who: &Person, path: &str) -> Value {
        for _ in 0..400 {
            let run = self.get(path, who).await.expect(200).json();
            let drafted = run["state"] != "done" || !run["draft_id"].is_null() || !run["problem"].is_null();
            if run["state"] != "running" && drafted {
                return run;
            }
            actix_web::rt::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the plan does not end");
    }

    async fn cells(&self, who: &Person, draft: &Value) -> BTreeMap<(String, String), String> {
        let path = format!("/rota-drafts/{}/cells", draft.as_str().unwrap());
        spots(&self.get(&path, who).await.expect(200).json()["items"])
    }

    /// A row of a run that some other server holds, or held.
    fn held_elsewhere(&self, branch: Id, by: Id, lease: At) -> Id {
        let (run, now) = (Id::new(), self.now());
        let day: chrono::NaiveDate = FROM.parse().unwrap();
        self.arrange(move |conn| {
            diesel::insert_into(rota_plans::table)
                .values((
                    rota_plans::id.eq(run),
                    rota_plans::branch_id.eq(branch),
                    rota_plans::from_date.eq(day),
                    rota_plans::to_date.eq(day),
                    rota_plans::state.eq("running"),
                    rota_plans::keep.eq("all"),
                    rota_plans::weights.eq(serde_json::to_string(&Weights::default()).unwrap()),
                    rota_plans::change_cost.eq(0),
                    rota_plans::seconds.eq(60),
                    rota_plans::seed.eq(1),
                    rota_plans::server.eq(Id::new()),
                    rota_plans::lease_until.eq(lease),
                    rota_plans::by_user.eq(by),
                    rota_plans::started_at.eq(now),
                ))
                .execute(conn)?;
            Ok(run)
        })
    }
}

/// Of one date: who is where.
fn on<'a>(all: &'a BTreeMap<(String, String), String>, date: &str) -> BTreeMap<&'a str, &'a str> {
    all.iter().filter(|((_, d), _)| d == date).map(|((b, _), o)| (b.as_str(), o.as_str())).collect()
}

#[actix_web::test]
async fn a_plan_covers_what_it_can_keeps_every_rule_and_publishes_without_a_clash() {
    let Xian { app, branch, outlet, zhang, chen } = xian();
    let (north, south) = (app.outlet_at(branch, "T-2", 34.3, 108.9), app.outlet_at(branch, "T-3", 34.1, 108.9));
    let li = app.broker("li", branch);
    let wang = app.broker("wang", branch);
    app.on_leave(branch, zhang.id, "2026-12-01", "2026-12-02");
    app.certificate_until(&wang, "2026-12-03");
    app.closes(north.id, "2026-12-03", "2026-12-03");
    // What somebody fixed by hand stays, and so does everything outside the days.
    app.shift(&chen, &li, &south, "2026-11-30").await;
    app.shift(&chen, &li, &outlet, "2026-12-07").await;
    let run = app.planned(&chen, json!({})).await;
    assert_eq!(run["state"], "done", "{run}");
    assert!(run["cost"]["total"].as_i64().unwrap() < run["cost_before"]["total"].as_i64().unwrap(), "{run}");
    let cells = app.cells(&chen, &run["draft_id"]).await;
    assert_eq!(cells[&(li.id.to_string(), "2026-11-30".to_owned())], south.id.to_string());
    assert!(cells.keys().all(|(_, date)| (FROM..=TO).contains(&date.as_str())));
    let people = |date: &str| on(&cells, date).len();
    // Three people for three outlets; two while one is away; two outlets while one is closed; one without a certificate.
    assert_eq!(["2026-11-30", "2026-12-01", "2026-12-03", "2026-12-04"].map(people), [3, 2, 2, 2]);
    assert_eq!(["2026-12-05", "2026-12-06"].map(people), [0, 0], "nobody is wanted at the weekend");
    for date in ["2026-11-30", "2026-12-03", "2026-12-04"] {
        let at = on(&cells, date);
        assert_eq!(at.values().collect::<BTreeSet<_>>().len(), at.len(), "one each");
    }
    let done = app.publish(&chen, run["draft_id"].as_str().unwrap()).await.expect(200).json();
    assert_eq!((done["removed"].as_i64(), done["moved"].as_i64()), (Some(0), Some(0)));
    let stands = app.stands(&chen).await;
    assert!(cells.iter().all(|(place, at)| stands.get(place) == Some(at)));
    let page = app.page(&format!("/rota/plans/{}", run["id"].as_str().unwrap()), Some(&chen)).await.expect(200).text;
    for part in ["已排好", "缺人", "休假或证书到期", "zhang Name"] {
        assert!(page.contains(part), "{part}");
    }
    let why = app.get(&format!("/rota-plans/{}/explanation", run["id"].as_str().unwrap()), &chen).await.json();
    let gap = why["gaps"].as_array().unwrap().iter().find(|gap| gap["date"] == "2026-12-01").unwrap().clone();
    let kept = gap["kept_out"].as_array().unwrap().iter().find(|kept| kept["rule"] == "unavailable").unwrap();
    assert_eq!(kept["broker_ids"], json!([zhang.id]));
}

#[actix_web::test]
async fn what_stands_is_kept_as_asked_and_what_was_used_always() {
    let Xian { app, branch, outlet, zhang, chen } = xian();
    let far = app.outlet_at(branch, "T-2", 34.3, 108.9);
    let li = app.broker("li", branch);
    // Two at one outlet that wants one, nobody at the other.
    for who in [&zhang, &li] {
        app.shift(&chen, who, &outlet, "2026-12-01").await;
    }
    let at = |cells: &BTreeMap<(String, String), String>| -> BTreeSet<String> {
        on(cells, "2026-12-01").values().map(|o| (*o).to_owned()).collect()
    };
    let kept = app.planned(&chen, json!({"keep": "all", "to": "2026-12-01"})).await;
    assert_eq!(at(&app.cells(&chen, &kept["draft_id"]).await), BTreeSet::from([outlet.id.to_string()]));
    app.delete(&format!("/rota-drafts/{}", kept["draft_id"].as_str().unwrap()), &chen).await.expect(204);
    let anew = app.planned(&chen, json!({"keep": "nothing", "to": "2026-12-01"})).await;
    let both = BTreeSet::from([outlet.id.to_string(), far.id.to_string()]);
    assert_eq!(at(&app.cells(&chen, &anew["draft_id"]).await), both);
    app.publish(&chen, anew["draft_id"].as_str().unwrap()).await.expect(200);
    let before = app.stands(&chen).await;
    let published = app.planned(&chen, json!({"keep": "published", "to": "2026-12-04"})).await;
    let cells = app.cells(&chen, &published["draft_id"]).await;
    assert!(before.iter().filter(|((_, d), _)| d == "2026-12-01").all(|(place, o)| cells.get(place) == Some(o)));
    assert_eq!(on(&cells, "2026-12-03").len(), 2);
}

#[actix_web::test]
async fn a_plan_goes_into_the_draft_of_its_days_as_one_step_and_not_across_another() {
    let Xian { app, branch, outlet, zhang, chen } = xian();
    let li = app.broker("li", branch);
    let draft = app.draft(&chen, FROM, "2026-12-13").await;
    app.put(&chen, &draft, json!([cell(&li, "2026-12-01", Some(outlet.id), None)])).await.expect(200);
    let run = app.planned(&chen, json!({})).await;
    assert_eq!(run["draft_id"], draft.as_str());
    let cells = app.cells(&chen, &run["draft_id"]).await;
    assert_eq!(on(&cells, "2026-12-01").get(li.id.to_string().as_str()), Some(&outlet.id.to_string().as_str()));
    assert!(cells.len() > 1 && cells.keys().all(|(b, _)| [zhang.id, li.id].map(|id| id.to_string()).contains(b)));
    app.post(&format!("/rota-drafts/{draft}/steps"), &chen, json!({"way": "undo"})).await.expect(200);
    assert_eq!(app.cells(&chen, &run["draft_id"]).await.len(), 1, "the whole plan is one step");
    let reply = app.plan(&chen, json!({"from": "2026-12-10", "to": "2026-12-20"})).await.expect(409);
    assert_eq!(reply.json()["code"], "draft_overlaps");
}

#[actix_web::test]
async fn one_plan_a_branch_at_a_time_and_a_cancelled_one_leaves_nothing() {
    let Xian { app, branch, chen, .. } = xian();
    let (wu, other) = (app.manager("wu", branch), app.branch("XA02"));
    let abroad = app.coordinator("abroad", other);
    app.outlet_at(other, "U-1", 34.2, 108.9);
    app.broker("ma", other);
    let body = json!({"id": id(), "from": FROM, "to": TO, "seconds": 300});
    let first = app.post("/rota-plans", &chen, body.clone()).await.expect(201).json();
    assert_eq!(app.post("/rota-plans", &chen, body).await.expect(200).json(), first);
    assert_eq!(app.plan(&wu, json!({})).await.expect(409).json()["code"], "plan_running");
    let there = app.plan(&abroad, json!({"seconds": 300})).await.expect(201).json();
    let path = format!("/rota-plans/{}", first["id"].as_str().unwrap());
    app.get(&path, &abroad).await.expect(404);
    app.delete(&path, &abroad).await.expect(404);
    app.delete(&path, &wu).await.expect(204);
    assert_eq!(app.get(&path, &chen).await.json()["state"], "cancelled");
    assert_eq!(app.delete(&path, &wu).await.expect(409).json()["code"], "plan_over");
    actix_web::rt::time::sleep(Duration::from_millis(400)).await;
    assert_eq!(app.get(&path, &chen).await.json()["state"], "cancelled");
    assert_eq!(app.get("/rota-drafts", &chen).await.json()["items"], json!([]));
    let again = app.plan(&chen, json!({"seconds": 300})).await.expect(201).json();
    for (who, run) in [(&chen, again), (&abroad, there)] {
        app.delete(&format!("/rota-plans/{}", run["id"].as_str().unwrap()), who).await.expect(204);
    }
}

#[actix_web::test]
async fn a_plan_of_a_server_that_is_gone_is_interrupted_and_the_branch_can_plan_again() {
    let Xian { app, branch, zhang, chen, .. } = xian();
    let run = app.held_elsewhere(branch, zhang.id, app.now() - chrono::Duration::seconds(1));
    runner::recover(&app.app).unwrap();
    let path = format!("/rota-plans/{run}");
    assert_eq!(app.get(&path, &chen).await.json()["state"], "interrupted");
    let page = app.page(&format!("/rota/plans/{run}"), Some(&chen)).await.expect(200).text;
    assert!(page.contains("已中断"));
    // One whose server is only slow is let be until its lease is over.
    let held = app.held_elsewhere(branch, zhang.id, app.now() + chrono::Duration::seconds(20));
    runner::forget_lost(&app.app).unwrap();
    assert_eq!(app.plan(&chen, json!({})).await.expect(409).json()["code"], "plan_running");
    app.later(chrono::Duration::seconds(40));
    assert_eq!(app.planned(&chen, json!({})).await["state"], "done");
    assert_eq!(app.get(&format!("/rota-plans/{held}"), &chen).await.json()["state"], "interrupted");
}

#[actix_web::test]
async fn what_a_plan_found_is_dropped_after_two_months_and_what_it_came_to_stays() {
    let Xian { app, branch, chen, .. } = xian();
    let run = app.planned(&chen, json!({})).await;
    let path = format!("/rota/plans/{}", run["id"].as_str().unwrap());
    runner::forget_old(&app.app).unwrap();
    let fresh = app.page(&path, Some(&chen)).await.expect(200).text;
    assert!(!fresh.contains("不再保存"));
    app.at("2027-01-30T01:00:00Z");
    let chen = app.coordinator("later", branch);
    runner::forget_old(&app.app).unwrap();
    let old = app.page(&path, Some(&chen)).await.expect(200).text;
    assert!(old.contains("不再保存") && old.contains("合计"), "{old}");
    let why = app.get(&format!("/rota-plans/{}/explanation", run["id"].as_str().unwrap()), &chen).await.expect(200);
    assert_eq!(why.json()["gaps"], json!([]));
    app.form(&format!("{path}/draft"), &chen, &[]).await.expect(303);
}

#[actix_web::test]
async fn who_asks_for_what_is_not_theirs_or_makes_no_sense_is_told() {
    let Xian { app, branch, outlet, zhang, chen } = xian();
    app.plan(&zhang, json!({})).await.expect(403);
    app.get("/rota-plans", &zhang).await.expect(403);
    let head = app.person("head", Role::Manager, None);
    app.plan(&head, json!({})).await.expect(403);
    for (more, fault) in [
        (json!({"from": "2026-11-22"}), "from: in_the_past"),
        (json!({"to": "2026-11-29"}), "to: from_after_to"),
        (json!({"to": "2027-02-01"}), "to: out_of_range"),
        (json!({"seconds": 9}), "seconds: out_of_range"),
        (json!({"keep": "some"}), "keep: unknown_value"),
        (json!({"weights": {"km": -1}}), "weights.km: out_of_range"),
        (json!({"change_cost": 10_001}), "change_cost: out_of_range"),
    ] {
        assert_eq!(app.plan(&chen, more).await.expect(422).faults(), [fault]);
    }
    app.plan(&chen, json!({"weights": {"luck": 1}})).await.expect(422);
    let page = app.form("/rota/plans", &chen, &[("id", &id()), ("from", "2026-11-01"), ("to", TO), ("km", "x")]).await;
    assert!(page.expect(422).text.contains("value=\"2026-11-01\""));
    // An outlet that is closed all week, and no other: nothing to plan.
    app.closes(outlet.id, FROM, TO);
    let run = app.planned(&chen, json!({})).await;
    assert_eq!((run["state"].as_str(), run["problem"].as_str()), (Some("failed"), Some("nobody_wanted")));
    let seen = app.page(&format!("/rota/plans?branch={}", "XA01"), Some(&head)).await.expect(200).text;
    assert!(seen.contains("没有排成") && !seen.contains("/rota/plans/new"));
    app.page("/rota/plans/new", Some(&head)).await.expect(403);
    let other = app.coordinator("other", app.branch("XA02"));
    app.page("/rota/plans?branch=XA01", Some(&other)).await.expect(404);
    app.get(&format!("/rota-plans/{}", run["id"].as_str().unwrap()), &other).await.expect(404);
    assert_eq!(branch, chen.branch.unwrap());
}

#[actix_web::test]
async fn the_page_shows_how_far_it_is_and_ends_it_without_a_script() {
    let Xian { app, outlet, chen, .. } = xian();
    assert!(app.page("/rota", Some(&chen)).await.expect(200).text.contains("/rota/plans/new?from="));
    let form = app.page("/rota/plans/new", Some(&chen)).await.expect(200).text;
    assert!(form.contains("value=\"2026-12-01\"") && form.contains("value=\"2026-12-31\""), "the next month");
    let run = id();
    let fields = [("id", run.as_str()), ("from", FROM), ("to", TO), ("keep", "all"), ("seconds", "300"), ("km", "5")];
    let reply = app.form("/rota/plans", &chen, &fields).await.expect(303);
    let path = format!("/rota/plans/{run}");
    assert_eq!(reply.header("location"), Some(path.as_str()));
    app.form("/rota/plans", &chen, &fields).await.expect(303);
    let page = app.page(&path, Some(&chen)).await.expect(200).text;
    assert!(page.contains("data-running") && page.contains("秒后排好") && page.contains(&format!("{path}/part")));
    let part = app.page(&format!("{path}/part"), Some(&chen)).await.expect(200).text;
    assert!(part.contains("data-running") && !part.contains("<html"));
    app.form(&format!("{path}/finish"), &chen, &[]).await.expect(303);
    let done = app.ended(&chen, &format!("/rota-plans/{run}")).await;
    assert_eq!((done["state"].as_str(), done["weights"]["km"].as_i64()), (Some("done"), Some(5)));
    let part = app.page(&format!("{path}/part"), Some(&chen)).await.expect(200).text;
    assert!(!part.contains("data-running") && part.contains("/rota?draft=") && part.contains("与现有安排逐项相比"));
    assert!(part.contains(&format!("/rota/drafts/{}/changes", done["draft_id"].as_str().unwrap())));
    assert_eq!(app.cells(&chen, &done["draft_id"]).await.values().next(), Some(&outlet.id.to_string()));
}
