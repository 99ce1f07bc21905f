//! The funnel: counted as the contract says, within reach; that it is exact after whatever happened is seen in `figures`.

use std::collections::BTreeSet;
use std::time::{Duration as Span, Instant};

use bankside::db::schema::{banks, outlets, prospects, stage_changes};
use bankside::db::{At, Id};
use bankside::funnel::packing::pack;
use diesel::prelude::*;
use serde_json::{Value, json};

use crate::prospects::{add, body, outlet, path, with, with_mobile};
use crate::support::{Person, TestApp, id};

const STEPS: [&str; 8] =
    ["met", "reachable", "contacted", "intent", "account_opened", "custody_signed", "funded", "trading"];
const ALL: &str = "/funnel?from=2000-01-01&to=2100-12-31";

fn pack_all(app: &TestApp) {
    pack(&app.app, Instant::now() + Span::from_secs(60)).unwrap();
}

async fn stage(app: &TestApp, who: &Person, prospect: &Value, stage: &str, at: &str) {
    let sent = json!({ "stage": stage, "at": at, "reason": "so it is" });
    app.post(&format!("{}/stage", path(prospect)), who, sent).await.expect(200);
}

async fn touch(app: &TestApp, who: &Person, prospect: &Value, at: &str) {
    let sent = json!({ "id": id(), "channel": "call", "outcome": "reached", "at": at });
    app.post(&format!("{}/touches", path(prospect)), who, sent).await.expect(201);
}

fn counts(figures: &Value) -> Vec<u64> {
    STEPS.iter().map(|step| figures["entered"][step].as_u64().unwrap()).collect()
}

#[actix_web::test]
async fn the_funnel_counts_people_who_ever_came_to_a_step_and_the_days_between() {
    let app = TestApp::new();
    let branch = app.branch("XA01");
    let (broker, manager) = (app.broker("zhang", branch), app.manager("li", branch));
    let bank = outlet(&app, branch, "A1");
    app.at("2026-12-31T10:00:00+08:00");
    let far = add(&app, &broker, with(with_mobile("13812345678"), json!({ "outlet_id": bank }))).await;
    touch(&app, &broker, &far, "2026-11-24T09:00:00+08:00").await;
    stage(&app, &broker, &far, "intent", "2026-11-26T21:00:00+08:00").await;
    stage(&app, &broker, &far, "contacted", "2026-11-27T09:00:00+08:00").await;
    let lost = add(&app, &broker, with_mobile("13812345679")).await;
    touch(&app, &broker, &lost, "2026-11-26T09:00:00+08:00").await;
    stage(&app, &broker, &lost, "lost", "2026-11-28T09:00:00+08:00").await;
    add(&app, &broker, with(body(), json!({ "source": "referral", "met_at": "2026-12-01T00:30:00+08:00" }))).await;

    let all = app.get("/funnel?from=2026-11-23&to=2026-12-01&group_by=source", &manager).await.expect(200).json();
    assert_eq!(counts(&all["total"]), [3, 2, 2, 1, 0, 0, 0, 0]);
    let on_site = &all["groups"][0];
    assert_eq!((&on_site["key"], &on_site["label"]), (&json!("on_site"), &json!("On site")));
    assert_eq!(counts(on_site), [2, 2, 2, 1, 0, 0, 0, 0]);
    assert_eq!(on_site["lost"], 1);
    assert_eq!(on_site["conversion"]["contacted"], 1.0);
    assert_eq!(on_site["conversion"]["intent"], 0.5);
    assert_eq!(on_site["conversion"]["custody_signed"], Value::Null);
    assert_eq!(on_site["median_days"]["contacted"], 2.0);
    assert_eq!(on_site["p90_days"]["contacted"], 3.0);
    assert_eq!(on_site["median_days"]["intent"], 2.5);
    assert_eq!(on_site["median_days"]["funded"], Value::Null);

    let months = app.get("/funnel?from=2026-11-01&to=2026-12-31&group_by=month", &manager).await.json();
    let keys: Vec<&Value> = months["groups"].as_array().unwrap().iter().map(|group| &group["key"]).collect();
    assert_eq!(keys, ["2026-11", "2026-12"], "by the branch's own date of the meeting");
    let outlets = app.get(&format!("{ALL}&group_by=outlet"), &manager).await.json();
    let keys: BTreeSet<&str> =
        outlets["groups"].as_array().unwrap().iter().map(|group| group["key"].as_str().unwrap()).collect();
    assert_eq!(keys, BTreeSet::from(["none", bank.to_string().as_str()]));
    let brokers = app.get(&format!("{ALL}&group_by=broker"), &manager).await.json();
    assert_eq!(brokers["groups"][0]["label"], "zhang Name");
    let november = app.get("/funnel?from=2026-11-23&to=2026-11-30&group_by=event", &manager).await.json();
    assert_eq!((&november["groups"][0]["key"], &november["groups"][0]["entered"]["met"]), (&json!("none"), &json!(2)));
}

#[actix_web::test]
async fn everybody_counts_what_is_in_their_reach_and_what_is_wrong_is_said() {
    let app = TestApp::new();
    let (here, there) = (app.branch("XA01"), app.branch("BJ01"));
    let (broker, colleague) = (app.broker("zhang", here), app.broker("wang", here));
    let (manager, elsewhere) = (app.manager("li", here), app.manager("zhao", there));
    let head = app.person("head", bankside::people::Role::Manager, None);
    add(&app, &broker, body()).await;
    add(&app, &colleague, body()).await;
    let met =
        async |who: &Person| app.get(ALL, who).await.expect(200).json()["total"]["entered"]["met"].as_u64().unwrap();
    assert_eq!((met(&broker).await, met(&manager).await, met(&elsewhere).await, met(&head).await), (1, 2, 0, 2));
    for (query, fault) in [
        ("from=yesterday", "from: not_a_date"),
        ("from=2026-02-01&to=2026-01-31", "to: from_after_to"),
        ("group_by=mood", "group_by: unknown_value"),
        ("source=mars", "source: unknown_value"),
    ] {
        assert_eq!(app.get(&format!("/funnel?{query}"), &manager).await.expect(422).faults(), [fault]);
        let page = app.page(&format!("/funnel?{query}"), Some(&manager)).await;
        assert_eq!(page.status, 422);
    }
    app.api("GET", "/funnel", None, None).await.expect(401);
    app.get("/funnel?colour=red", &manager).await.expect(422);
}

/// Whoever and whatever is unknown or another branch's is not there: nothing is counted of them, and nothing told.
#[actix_web::test]
async fn a_funnel_of_what_is_out_of_reach_is_404() {
    let app = TestApp::new();
    let (branch, other) = (app.branch("XA01"), app.branch("BJ01"));
    let (broker, colleague, manager) =
        (app.broker("zhang", branch), app.broker("wang", branch), app.manager("li", branch));
    let (stranger, head) = (app.broker("chen", other), app.person("head", bankside::people::Role::Manager, None));
    let (here, there) = (outlet(&app, branch, "A1"), outlet(&app, other, "B1"));
    app.at("2026-11-30T10:00:00+08:00");
    let one = add(&app, &broker, with(with_mobile("13812345678"), json!({ "outlet_id": here }))).await;
    for (who, wrong) in [
        (&manager, format!("outlet_id={there}")),
        (&manager, format!("broker_id={}", stranger.id)),
        (&manager, format!("outlet_id={}", id())),
        (&head, format!("outlet_id={}", id())),
        (&head, format!("broker_id={}", id())),
        (&broker, format!("broker_id={}", stranger.id)),
        (&broker, format!("outlet_id={there}")),
    ] {
        let told = app.get(&format!("{ALL}&{wrong}"), who).await.expect(404).json();
        assert_eq!(told["errors"][0]["field"], wrong.split_once('=').unwrap().0, "{told}");
        let page = app.page(&format!("/funnel?lang=en&group_by=broker&{wrong}"), Some(who)).await.expect(404).text;
        assert!(page.contains(&wrong) && page.contains("href=\"/funnel?lang=en&amp;group_by=broker\""), "{page}");
        app.page(&format!("/funnel/people?{wrong}"), Some(who)).await.expect(404);
    }
    for (by, key) in
        [("outlet", there), ("broker", stranger.id), ("bank", id().parse().unwrap()), ("outlet", id().parse().unwrap())]
    {
        app.page(&format!("/funnel/people?group_by={by}&key={key}"), Some(&manager)).await.expect(404);
    }
    for wrong in [format!("broker_id={}", stranger.id), format!("outlet_id={there}"), format!("outlet_id={}", id())] {
        app.page(&format!("/follow-ups/quality/people?{wrong}"), Some(&manager)).await.expect(404);
    }
    app.page(&format!("/follow-ups/quality/people?broker_id={}", colleague.id), Some(&broker)).await.expect(404);
    // Where nobody was met is a zero, and what was handed over is still told by who met them.
    let none = app.get(&format!("{ALL}&broker_id={}", colleague.id), &manager).await.expect(200).json();
    assert_eq!(none["total"]["entered"]["met"], 0);
    let sent = json!({ "id": id(), "from_broker_id": broker.id, "to_broker_id": colleague.id, "prospect_ids": [one["id"]], "reason": "leave" });
    app.post("/handovers", &manager, sent).await.expect(201);
    let met_by = app.get(&format!("{ALL}&broker_id={}", broker.id), &colleague).await.expect(200).json();
    assert_eq!(met_by["total"]["entered"]["met"], 1);
    assert!(
        app.page(&format!("/funnel?broker_id={}", broker.id), Some(&colleague))
            .await
            .expect(200)
            .text
            .contains("zhang Name")
    );
    app.page(&format!("/follow-ups/quality/people?broker_id={}", colleague.id), Some(&colleague)).await.expect(200);
    // They stay known where they met people, also after they went to another branch.
    let (moved, to) = (broker.id, other);
    app.arrange(move |conn| {
        use bankside::db::schema::users;
        diesel::update(users::table.find(moved)).set(users::branch_id.eq(to)).execute(conn)?;
        Ok(())
    });
    let groups = app.get(&format!("{ALL}&group_by=broker"), &manager).await.expect(200).json();
    assert_eq!(groups["groups"][0]["key"], broker.id.to_string());
    app.get(&format!("{ALL}&broker_id={}", broker.id), &manager).await.expect(200);
}

#[actix_web::test]
async fn every_number_of_the_page_leads_to_just_as_many_people() {
    let app = TestApp::new();
    let branch = app.branch("XA01");
    let (broker, manager, admin) = (app.broker("zhang", branch), app.manager("li", branch), app.admin("root"));
    let bank = outlet(&app, branch, "A1");
    app.at("2026-11-30T10:00:00+08:00");
    let first = add(&app, &broker, with(with_mobile("13812345678"), json!({ "outlet_id": bank }))).await;
    touch(&app, &broker, &first, "2026-11-24T09:00:00+08:00").await;
    let second = add(&app, &broker, with(with_mobile("13812345679"), json!({ "name": "王建国" }))).await;
    stage(&app, &broker, &second, "lost", "2026-11-25T09:00:00+08:00").await;
    let erased = add(&app, &broker, with_mobile("13812345670")).await;
    app.post("/erasures", &admin, json!({ "prospect_id": erased["id"] })).await.expect(200);
    for by in ["outlet", "broker", "source", "month", "bank", "event"] {
        let page = app.page(&format!("/funnel?from=2026-11-01&to=2026-11-30&group_by={by}"), Some(&manager)).await;
        let text = page.expect(200).text;
        let links: Vec<(String, u64)> = text
            .split("href=\"")
            .skip(1)
            .filter(|rest| rest.starts_with("/funnel/people"))
            .filter_map(|rest| {
                let (href, rest) = rest.split_once('"')?;
                let words = rest.split_once('>')?.1.split_once('<')?.0;
                Some((href.replace("&amp;", "&"), words.parse().ok()?))
            })
            .collect();
        assert!(links.len() >= 8, "{by}: {}", links.len());
        for (href, count) in links {
            let people = app.page(&href, Some(&manager)).await.expect(200).text;
            let shown = people.matches("class=\"row-title\"").count() as u64;
            let gone = u64::from(people.contains("信息已清除"));
            assert_eq!(shown + gone, count, "{href}");
        }
    }
    app.page("/funnel/people?stage=nowhere", Some(&manager)).await.expect(422);
    app.page("/funnel/people?group_by=outlet&key=7", Some(&manager)).await.expect(422);
}

#[actix_web::test]
async fn a_group_looked_into_can_be_looked_into_again() {
    let app = TestApp::new();
    let branch = app.branch("XA01");
    let (broker, manager) = (app.broker("zhang", branch), app.manager("li", branch));
    let bank = outlet(&app, branch, "A1");
    app.at("2026-11-30T10:00:00+08:00");
    add(&app, &broker, with(with_mobile("13812345678"), json!({ "outlet_id": bank }))).await;
    for who in [&broker, &manager] {
        let links = async |href: &str| -> Vec<String> {
            let text = app.page(href, Some(who)).await.expect(200).text;
            let links = text.split("href=\"").skip(1).filter_map(|rest| rest.split_once('"'));
            links.map(|(href, _)| href.replace("&amp;", "&")).filter(|href| href.starts_with("/funnel?")).collect()
        };
        for by in ["outlet", "broker", "source"] {
            for first in links(&format!("/funnel?from=2026-11-01&to=2026-11-30&group_by={by}")).await {
                for second in links(&first).await {
                    app.page(&second, Some(who)).await.expect(200);
                }
            }
        }
    }
}

#[actix_web::test]
async fn a_packed_month_is_read_and_a_broken_one_is_counted_anew() {
    use bankside::db::schema::funnel_segments;
    let app = TestApp::new();
    let branch = app.branch("XA01");
    let (broker, manager) = (app.broker("zhang", branch), app.manager("li", branch));
    let bank = outlet(&app, branch, "A1");
    app.arrange(move |conn| {
        let id = Id::new();
        diesel::insert_into(banks::table)
            .values((
                banks::id.eq(id),
                banks::name.eq("工行"),
                banks::name_folded.eq("工行"),
                banks::created_at.eq(At::from(chrono::Utc::now())),
            ))
            .execute(conn)?;
        diesel::update(outlets::table.find(bank)).set(outlets::bank_id.eq(id)).execute(conn)?;
        Ok(())
    });
    add(&app, &broker, with(body(), json!({ "outlet_id": bank }))).await;
    let label = async || app.get(&format!("{ALL}&group_by=bank"), &manager).await.json()["groups"][0]["label"].clone();
    assert_eq!(label().await, "工行");
    pack_all(&app);
    let marks: i64 = app.arrange(|conn| Ok(bankside::db::schema::funnel_marks::table.count().get_result(conn)?));
    assert_eq!(marks, 0);
    assert_eq!(label().await, "工行");
    app.arrange(|conn| {
        Ok(diesel::update(funnel_segments::table).set(funnel_segments::figures.eq(vec![9u8, 9])).execute(conn)?)
    });
    assert_eq!(app.get(ALL, &manager).await.json()["total"]["entered"]["met"], 1);
    assert_eq!(pack(&app.app, Instant::now()).unwrap(), 0, "no time, nothing packed");
}

#[actix_web::test]
async fn the_page_says_where_most_are_lost_why_and_where_they_stand_beside_another_period() {
    let app = TestApp::new();
    let branch = app.branch("XA01");
    let (broker, manager) = (app.broker("zhang", branch), app.manager("li", branch));
    app.at("2026-12-31T10:00:00+08:00");
    // In November ten of twelve were contacted, in December two of twelve.
    for n in 0..24 {
        let (month, contacted) = if n < 12 { (11, n < 10) } else { (12, n < 14) };
        let more = json!({ "met_at": format!("2026-{month}-05T09:00:00+08:00"), "consent": { "given_at": format!("2026-{month}-05T09:00:00+08:00"), "purpose": "开户事宜" } });
        let one = add(&app, &broker, with(with_mobile(&format!("138123456{n:02}")), more)).await;
        if contacted {
            touch(&app, &broker, &one, &format!("2026-{month}-06T09:00:00+08:00")).await;
        } else if n == 23 {
            let sent = json!({ "stage": "lost", "reason": "已在其他券商开户：两年了" });
            app.post(&format!("{}/stage", path(&one)), &broker, sent).await.expect(200);
        }
    }
    let december = "/funnel?from=2026-12-01&to=2026-12-31";
    let answer = app.get(&format!("{december}&compare=before"), &manager).await.expect(200).json();
    assert_eq!((&answer["weakest"]["step"], &answer["weakest"]["people"]), (&json!(2), &json!(8)));
    assert_eq!(answer["compared"]["from"], "2026-11-01");
    assert_eq!(answer["compared"]["total"]["entered"]["contacted"], 10);
    assert_eq!(answer["lost_reasons"], json!([{ "reason": "has_account", "people": 1 }]));
    assert_eq!(app.get(december, &manager).await.json()["compared"], Value::Null);
    let page = app.page(&format!("{december}&lang=zh-CN"), Some(&manager)).await.expect(200).text;
    for words in ["最弱的一步：可联系 → 已联系", "17%", "对比期是 83%，少走了 8 人", "已在其他券商开户", "31–90 天"]
    {
        assert!(page.contains(words), "{words}");
    }
    let year = app.get(&format!("{december}&compare=year"), &manager).await.json();
    assert_eq!(
        (&year["compared"]["from"], &year["compared"]["total"]["entered"]["met"]),
        (&json!("2025-12-01"), &json!(0))
    );
    app.get(&format!("{december}&compare=ever"), &manager).await.expect(422);
    for wrong in ["standing=lost", "standing=met&age=old", "reason=rain", "group_by=month&key=2026-3"] {
        app.page(&format!("/funnel/people?{wrong}"), Some(&manager)).await.expect(422);
    }
}

#[actix_web::test]
async fn a_group_stands_beside_the_middle_of_its_branch_and_a_part_beside_the_whole() {
    let app = TestApp::new();
    let (branch, other) = (app.branch("XA01"), app.branch("BJ01"));
    let brokers = ["zhang", "wang", "zhao"].map(|login| app.broker(login, branch));
    let head = app.person("head", bankside::people::Role::Manager, None);
    app.at("2026-12-31T10:00:00+08:00");
    add(&app, &app.broker("qian", other), body()).await;
    // Of six each, one, three and five can be reached.
    for (broker, reachable) in brokers.iter().zip([1, 3, 5]) {
        for n in 0..6 {
            let mobile = format!("1381234{reachable}{n:03}");
            add(&app, broker, if n < reachable { with_mobile(&mobile) } else { body() }).await;
        }
    }
    let all = app.get(&format!("{ALL}&group_by=broker"), &head).await.json();
    let of = |id: Id| {
        let all = all["yardsticks"].as_array().unwrap();
        all.iter().find(|one| one["branch_id"] == id.to_string()).unwrap().clone()
    };
    assert_eq!((&of(branch)["groups"], &of(branch)["conversion"]["reachable"]), (&json!(3), &json!(0.5)));
    assert_eq!(of(other)["conversion"]["reachable"], Value::Null);
    assert!(all["groups"].as_array().unwrap().iter().all(|group| group["branch_id"].is_string()));
    // A broker sees the own groups, and of the branch the middle and the sum.
    let own = app.get(&format!("{ALL}&group_by=broker"), &brokers[0]).await.json();
    assert_eq!((own["groups"].as_array().unwrap().len(), &own["total"]["entered"]["met"]), (1, &json!(6)));
    assert_eq!(own["yardsticks"][0]["conversion"]["reachable"], 0.5);
    assert_eq!((&own["whole"]["entered"]["met"], &own["whole"]["entered"]["reachable"]), (&json!(18), &json!(9)));
    let narrowed = app.get(&format!("{ALL}&group_by=month&broker_id={}", brokers[2].id), &head).await.json();
    assert_eq!((&narrowed["total"]["entered"]["met"], &narrowed["whole"]["entered"]["met"]), (&json!(6), &json!(19)));
}

#[actix_web::test]
async fn a_usual_reason_is_chosen_on_the_page_and_kept_in_words() {
    let app = TestApp::new();
    let branch = app.branch("XA01");
    let broker = app.broker("zhang", branch);
    let one = add(&app, &broker, with_mobile("13812345678")).await;
    let to = format!("{}/stage", path(&one));
    app.form(&to, &broker, &[("stage", "lost"), ("why", "no_money"), ("reason", "等年底奖金")]).await.expect(303);
    let kept: (Option<String>, Option<String>) = app.arrange(|conn| {
        let reason = prospects::table.select(prospects::lost_reason).first(conn)?;
        let words =
            stage_changes::table.order(stage_changes::number.desc()).select(stage_changes::reason).first(conn)?;
        Ok((reason, words))
    });
    assert_eq!(kept, (Some("no_money".into()), Some("资金另有安排：等年底奖金".into())));
    app.form(&to, &broker, &[("stage", "reachable")]).await.expect(303);
    let now: Option<String> = app.arrange(|conn| Ok(prospects::table.select(prospects::lost_reason).first(conn)?));
    assert_eq!(now, None, "who is back is not lost for a reason");
    app.form(&to, &broker, &[("stage", "lost")]).await.expect(422);
}
