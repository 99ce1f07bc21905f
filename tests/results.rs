//! What came of it: follow-up quality, a broker's own results, the outlets' scorecard, and to whom they are told; that they are exact is seen in `figures`.

use std::time::{Duration as Span, Instant};

use bankside::db::Id;
use bankside::funnel::packing::pack;
use diesel::prelude::*;
use serde_json::{Value, json};

use crate::prospects::{add, body, outlet, path, with, with_mobile};
use crate::support::{Person, TestApp, id};

async fn touch(app: &TestApp, who: &Person, prospect: &Value, at: &str) {
    let sent = json!({ "id": id(), "channel": "call", "outcome": "reached", "at": at });
    app.post(&format!("{}/touches", path(prospect)), who, sent).await.expect(201);
}

/// Every number of a page leads to just as many people; answers how many numbers there were.
pub(crate) async fn numbers_lead_to_people(app: &TestApp, page: &str, to: &str, who: &Person) -> usize {
    let text = app.page(page, Some(who)).await.expect(200).text;
    let links: Vec<(String, u64)> = text
        .split("href=\"")
        .skip(1)
        .filter(|rest| rest.starts_with(to))
        .filter_map(|rest| {
            let (href, rest) = rest.split_once('"')?;
            let words = rest.split_once('>')?.1.split_once('<')?.0;
            Some((href.replace("&amp;", "&"), words.replace(',', "").parse().ok()?))
        })
        .collect();
    for (href, count) in &links {
        let people = app.page(href, Some(who)).await.expect(200).text;
        let all = people.split_once("class=\"lead\"><b>").unwrap().1.split_once('<').unwrap().0;
        assert_eq!(all, count.to_string(), "{href}");
    }
    links.len()
}

#[actix_web::test]
async fn brokers_learn_their_own_figures_and_the_middle_and_no_colleagues() {
    let app = TestApp::new();
    let (branch, elsewhere) = (app.branch("XA01"), app.branch("BJ01"));
    let brokers = ["zhang", "wang", "zhao"].map(|login| app.broker(login, branch));
    let (manager, stranger) = (app.manager("li", branch), app.manager("sun", elsewhere));
    let head = app.person("head", bankside::people::Role::Manager, None);
    app.at("2026-12-10T10:00:00+08:00");
    for (broker, kept) in brokers.iter().zip([1, 3, 5]) {
        for n in 0..5 {
            let met = with(body(), json!({ "met_at": "2026-12-01T09:00:00+08:00" }));
            let one = add(&app, broker, met).await;
            if n < kept {
                touch(&app, broker, &one, "2026-12-02T09:00:00+08:00").await;
            }
        }
    }
    let quality = "/follow-up-quality?from=2026-12-01&to=2026-12-10";
    let own = app.get(quality, &brokers[0]).await.expect(200).json();
    assert_eq!((&own["total"]["share"], &own["median_share"]), (&json!(0.2), &json!(0.6)));
    assert_eq!((own["groups"].as_array().unwrap().len(), own["waiting"].as_array().unwrap().len()), (1, 1));
    let page = app.page("/follow-ups/quality?lang=zh-CN", Some(&brokers[0])).await.expect(200).text;
    assert!(page.contains("20%") && page.contains("中位数是 60%") && !page.contains("wang Name"));
    let all = app.get(quality, &manager).await.expect(200).json();
    assert_eq!((&all["groups"][0]["label"], &all["total"]["counted"]), (&json!("zhang Name"), &json!(15)));
    assert_eq!((&all["waiting"][0]["name"], &all["waiting"][0]["overdue"]), (&json!("zhang Name"), &json!(4)));
    let page = app.page("/follow-ups/quality", Some(&manager)).await.expect(200).text;
    assert!(page.contains("wang Name") && page.contains("zhao Name"));
    assert_eq!(app.get(quality, &stranger).await.json()["total"]["counted"], 0);
    app.get(&format!("{quality}&branch=XA01"), &stranger).await.expect(404);
    app.page("/follow-ups/quality/people?branch=XA01", Some(&stranger)).await.expect(404);
    let branches = app.get(&format!("{quality}&group_by=branch"), &head).await.expect(200).json();
    assert_eq!(branches["groups"][0]["key"], branch.to_string());
    assert!(app.page("/follow-ups/quality", Some(&head)).await.expect(200).text.contains("branch=XA01"));
    assert!(app.page("/follow-ups/quality?branch=XA01", Some(&head)).await.expect(200).text.contains("wang Name"));
    // The head office goes from its own numbers to the people behind them, and from a branch's to those of the branch.
    let page = format!("/follow-ups/quality?{}", &quality[quality.find("from").unwrap()..]);
    assert!(numbers_lead_to_people(&app, &page, "/follow-ups/quality/people", &head).await >= 6);
    let theirs = format!("/follow-ups?broker_id={}", brokers[0].id);
    assert!(app.page(&page, Some(&manager)).await.expect(200).text.contains(&theirs));
    let listed = app.page(&theirs, Some(&manager)).await.expect(200).text;
    assert_eq!((listed.matches("class=\"row-title\"").count(), listed.contains("zhang Name")), (4, true));
    app.page(&theirs, Some(&brokers[1])).await.expect(404);
    app.page(&theirs, Some(&stranger)).await.expect(404);
    for wrong in ["from=x", "from=2026-02-01&to=2026-01-31"] {
        app.get(&format!("/follow-up-quality?{wrong}"), &manager).await.expect(422);
        app.page(&format!("/follow-ups/quality?{wrong}"), Some(&manager)).await.expect(422);
        app.page(&format!("/my-results?{wrong}"), Some(&brokers[0])).await.expect(422);
    }
    app.get("/follow-up-quality?group_by=mood", &manager).await.expect(422);
    app.page("/follow-ups/quality/people?who=me", Some(&manager)).await.expect(422);

    let mine = app.get("/my-results?from=2026-12-01&to=2026-12-10", &brokers[2]).await.expect(200).json();
    assert_eq!((&mine["follow_ups"]["share"], &mine["follow_ups_middle"]), (&json!(1.0), &json!(0.6)));
    assert_eq!(mine["funnel"]["total"]["entered"]["contacted"], 5);
    assert_eq!(mine["middle"]["conversion"]["reachable"], 0.6);
    assert_eq!((&mine["attendance"]["shifts"], &mine["attendance_middle"]), (&json!(0), &Value::Null));
    app.get("/my-results", &manager).await.expect(403);
    let page =
        app.page("/my-results?from=2026-12-01&to=2026-12-10&lang=zh-CN", Some(&brokers[0])).await.expect(200).text;
    assert!(page.contains("我的业绩") && page.contains("20%") && page.contains("5 次里 1 次"), "{page}");
}

#[actix_web::test]
async fn a_hand_over_moves_what_is_open_and_leaves_what_was_kept() {
    let app = TestApp::new();
    let branch = app.branch("XA01");
    let (from, to) = (app.broker("zhang", branch), app.broker("wang", branch));
    let desk = app.coordinator("li", branch);
    app.at("2026-12-10T10:00:00+08:00");
    let met = |mobile: &str| with(with_mobile(mobile), json!({ "met_at": "2026-12-01T09:00:00+08:00" }));
    let kept = add(&app, &from, met("13812345678")).await;
    touch(&app, &from, &kept, "2026-12-02T09:00:00+08:00").await;
    add(&app, &from, met("13812345679")).await;
    pack(&app.app, Instant::now() + Span::from_secs(60)).unwrap();
    let sent = json!({ "id": id(), "from_broker_id": from.id, "to_broker_id": to.id, "reason": "leave" });
    app.post("/handovers", &desk, sent).await.expect(201);
    let all = app.get("/follow-up-quality?from=2026-12-01&to=2026-12-10", &desk).await.json();
    let of = |who: &Person| {
        let groups = all["groups"].as_array().unwrap().iter();
        groups.map(|g| (g["key"].clone(), g["share"].clone())).find(|(key, _)| *key == who.id.to_string()).unwrap().1
    };
    assert_eq!((of(&from), of(&to)), (json!(1.0), json!(0.0)));
}

fn set_rate(app: &TestApp, branch: Id, fen: i32) {
    use bankside::db::schema::branches;
    app.arrange(move |conn| {
        Ok(diesel::update(branches::table.find(branch)).set(branches::day_rate_fen.eq(fen)).execute(conn)?)
    });
}

#[actix_web::test]
async fn the_scorecard_counts_prospects_accounts_days_cost_attendance_and_coverage_and_says_what_to_do() {
    use bankside::db::schema::outlets;
    let app = TestApp::new();
    let branch = app.branch("XA01");
    let (broker, coordinator, manager) =
        (app.broker("zhang", branch), app.coordinator("chen", branch), app.manager("li", branch));
    let [good, idle, _third] = ["A1", "A2", "A3"].map(|code| outlet(&app, branch, code));
    set_rate(&app, branch, 35_000);
    app.at("2026-11-27T18:00:00+08:00");
    app.arrange(move |conn| {
        diesel::update(outlets::table.find(idle))
            .set((outlets::phase.eq("negotiating"), outlets::grade.eq("A"), outlets::footfall.eq(300)))
            .execute(conn)?;
        Ok(())
    });
    // Monday to Thursday at the good one; on Wednesday nobody comes. Friday is not over yet.
    for day in 23..=27 {
        let shift = json!({ "id": id(), "outlet_id": good, "broker_id": broker.id, "date": format!("2026-11-{day}") });
        app.post("/shifts", &coordinator, shift).await.expect(201);
        if day != 25 {
            let checkin = json!({ "id": id(), "outlet_id": good, "kind": "in", "at": format!("2026-11-{day}T08:55:00+08:00"), "offline": true, "reason": "no signal" });
            app.post("/checkins", &broker, checkin).await.expect(201);
        }
    }
    for n in 0..3 {
        let one = add(&app, &broker, with(with_mobile(&format!("1381234567{n}")), json!({ "outlet_id": good }))).await;
        if n == 0 {
            let sent = json!({ "stage": "funded" });
            app.post(&format!("{}/stage", path(&one)), &broker, sent).await.expect(200);
        }
    }
    let card = "/outlet-scorecard?from=2026-11-23&to=2026-11-29";
    let answer = app.get(card, &manager).await.expect(200).json();
    assert_eq!((&answer["before_from"], &answer["before_to"]), (&json!("2026-11-16"), &json!("2026-11-22")));
    let of = |outlet: Id| {
        let all = answer["outlets"].as_array().unwrap();
        all.iter().find(|line| line["outlet_id"] == outlet.to_string()).unwrap().clone()
    };
    let score = &of(good)["score"];
    let counts = ["prospects", "accounts", "funded", "wanted", "covered", "shifts", "days"]
        .map(|field| score[field].as_u64().unwrap());
    assert_eq!(counts, [3, 1, 1, 5, 5, 4, 3]);
    assert_eq!((&score["coverage"], &score["attendance"]), (&json!(1.0), &json!(0.75)));
    assert_eq!((&score["cost_fen"], &score["cost_per_account_fen"]), (&json!(105_000), &json!(105_000)));
    assert_eq!(of(good)["before"]["prospects"], 0);
    assert_eq!((&of(good)["advice"], &of(good)["reasons"]), (&json!("wait"), &json!(["few_days", "not_attended"])));
    assert_eq!((&of(idle)["advice"], &of(idle)["reasons"]), (&json!("open"), &json!(["not_open", "busy"])));
    assert_eq!(answer["total"]["prospects"], 3);

    // One too many on Monday makes up for nobody missing elsewhere, and the report of that week says the same.
    let second = app.broker("wang", branch);
    let shift = json!({ "id": id(), "outlet_id": good, "broker_id": second.id, "date": "2026-11-23" });
    app.post("/shifts", &coordinator, shift).await.expect(201);
    let (now, report) =
        (app.get(card, &manager).await.json(), app.get("/reports?period=week&date=2026-11-23", &manager).await.json());
    assert_eq!(now["total"]["covered"], 5);
    assert!(now["total"]["wanted"].as_u64() > Some(5), "{now}");
    assert_eq!(
        report["total"]["coverage"],
        json!({ "wanted": now["total"]["wanted"], "covered": 5, "share": now["total"]["coverage"] })
    );

    let page = "/outlets/scorecard?from=2026-11-23&to=2026-11-29&lang=zh-CN";
    let text = app.page(page, Some(&manager)).await.expect(200).text;
    for words in
        ["网点成绩单", "1050.00", "开拓", "还没有派人 · 客流大或 A 级", "/outlets/scorecard.csv?from=2026-11-23"]
    {
        assert!(text.contains(words), "{words}");
    }
    assert!(numbers_lead_to_people(&app, page, "/funnel/people", &manager).await >= 2);
    let file = app.page("/outlets/scorecard.csv?from=2026-11-23&to=2026-11-29", Some(&manager)).await.expect(200);
    assert!(file.header("content-type").is_some_and(|kind| kind.starts_with("text/csv")));
    assert!(file.text.contains("A1支行") && file.text.contains("1050.00"), "{}", file.text);
    assert!(app.page(&format!("/outlets/{good}"), Some(&manager)).await.expect(200).text.contains("近三个月成绩"));
    assert!(!app.page(&format!("/outlets/{good}"), Some(&broker)).await.expect(200).text.contains("近三个月成绩"));
    app.get(card, &broker).await.expect(403);
    app.get(&format!("{card}&branch=BJ01"), &manager).await.expect(404);
    app.get("/outlet-scorecard?from=x", &manager).await.expect(422);
    app.page("/outlets/scorecard?from=x", Some(&manager)).await.expect(422);
}

#[actix_web::test]
async fn footfall_and_the_day_rate_are_set_where_they_belong() {
    let app = TestApp::new();
    let branch = app.branch("XA01");
    let (coordinator, manager) = (app.coordinator("chen", branch), app.manager("li", branch));
    let bank = outlet(&app, branch, "A1");
    let path = format!("/outlets/{bank}");
    assert_eq!(app.get(&path, &manager).await.json()["footfall"], Value::Null);
    assert_eq!(app.patch(&path, &coordinator, json!({ "footfall": 240 })).await.expect(200).json()["footfall"], 240);
    for wrong in [json!(-1), json!(1.5), json!(100_001)] {
        let reply = app.patch(&path, &coordinator, json!({ "footfall": wrong })).await.expect(422);
        assert_eq!(reply.faults(), ["footfall: out_of_range"]);
    }
    assert_eq!(app.patch(&path, &coordinator, json!({ "footfall": null })).await.json()["footfall"], Value::Null);
    let broker = app.broker("zhang", branch);
    let put = json!({ "assets_fen": 320_000_000 });
    assert_eq!(app.patch(&path, &coordinator, put).await.expect(200).json()["assets_fen"], 320_000_000);
    for wrong in [json!(-1), json!(0.5), json!(100_000_000_000_001i64)] {
        let reply = app.patch(&path, &coordinator, json!({ "assets_fen": wrong })).await.expect(422);
        assert_eq!(reply.faults(), ["assets_fen: out_of_range"]);
    }
    let card = app.get("/outlet-scorecard", &manager).await.expect(200).json();
    assert_eq!((&card["assets_fen"], &card["outlets"][0]["assets_fen"]), (&json!(320_000_000), &json!(320_000_000)));
    assert_ne!(card["outlets"][0]["assets_at"], Value::Null);
    let page = app.page("/outlets/scorecard", Some(&manager)).await.expect(200).text;
    assert!(page.contains(">320<"), "{page}");
    // Of an outlet with one client it would be that client's.
    assert_eq!(app.get(&path, &broker).await.expect(200).json()["assets_fen"], Value::Null);
    let listed = app.get("/outlets", &broker).await.expect(200).json();
    assert_eq!(listed["items"][0]["assets_fen"], Value::Null);
    let rules = |rate: &'static str| {
        [
            ("branch", "XA01"),
            ("lead_minutes", "0"),
            ("grace_minutes", "0"),
            ("rotation_weeks", "12"),
            ("day_rate", rate),
        ]
    };
    app.form("/branch-settings", &manager, &rules("350.5")).await.expect(303);
    assert!(app.page("/branch-settings", Some(&manager)).await.text.contains("350.50"));
    let card = app.get("/outlet-scorecard", &manager).await.json();
    assert_eq!((&card["day_rate_fen"], &card["total"]["cost_fen"]), (&json!(35_050), &json!(0)));
    app.form("/branch-settings", &manager, &rules("much")).await.expect(422);
    app.form("/branch-settings", &manager, &rules("")).await.expect(303);
    assert_eq!(app.get("/outlet-scorecard", &manager).await.json()["total"]["cost_fen"], Value::Null);
}
