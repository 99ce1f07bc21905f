//! Promises between a branch and a bank: written down, counted or entered, missed and explained.

use bankside::goals::misses::notice_all;
use bankside::people::Role;
use serde_json::{Value, json};

use super::{audited, dress, signed};
use crate::prospects::{add, body, outlet, with};
use crate::support::{Person, TestApp, id};

/// An agreement of the last quarter as it is sent.
pub fn agreement(outlet: bankside::db::Id, lines: Value) -> Value {
    json!({ "id": id(), "outlet_id": outlet, "from": "2026-10-01", "to": "2026-12-31", "lines": lines })
}

pub fn line(side: &str, measure: &str, target: i64) -> Value {
    json!({ "side": side, "measure": measure, "target": target })
}

async fn write(app: &TestApp, who: &Person, sent: Value) -> Value {
    app.post("/agreements", who, sent).await.expect(201).json()
}

async fn show(app: &TestApp, who: &Person, made: &Value) -> Value {
    app.get(&path(made), who).await.expect(200).json()
}

fn path(made: &Value) -> String {
    format!("/agreements/{}", made["id"].as_str().unwrap())
}

fn line_id(made: &Value, measure: &str) -> String {
    let lines = made["lines"].as_array().unwrap();
    lines.iter().find(|one| one["measure"] == measure).unwrap()["id"].as_str().unwrap().to_owned()
}

fn done(view: &Value, measure: &str) -> i64 {
    let lines = view["lines"].as_array().unwrap();
    lines.iter().find(|one| one["measure"] == measure).unwrap()["progress"]["done"].as_i64().unwrap()
}

#[actix_web::test]
async fn what_both_sides_promised_is_counted_from_the_records_or_entered() {
    let app = TestApp::new();
    let branch = app.branch("XA01");
    let (zhang, desk) = (app.broker("zhang", branch), app.coordinator("desk", branch));
    let place = app.outlet_at(branch, "A1", 34.2583, 108.9466);
    let (here, elsewhere) = (place.id, outlet(&app, branch, "B1"));
    app.shift(&desk, &zhang, &place, "2026-11-23").await;
    app.check_in(&zhang, (place.lat, place.lon), json!({})).await.expect(201);
    signed(&app, &zhang, here, "2026-09-20T09:00:00+08:00", "2026-10-02T09:00:00+08:00").await;
    signed(&app, &zhang, here, "2026-09-20T09:00:00+08:00", "2026-09-30T09:00:00+08:00").await;
    signed(&app, &zhang, elsewhere, "2026-10-20T09:00:00+08:00", "2026-10-22T09:00:00+08:00").await;
    add(&app, &zhang, with(body(), json!({ "outlet_id": here, "source": "referral" }))).await;
    let lines = json!([
        line("ours", "custody_signed", 10),
        line("ours", "deposits", 100_000_000),
        line("theirs", "referrals", 4),
        line("theirs", "desk_days", 60),
        with(line("theirs", "accounts_opened", 5), json!({ "way": "entered" })),
    ]);
    let sent = agreement(here, lines);
    let made = write(&app, &desk, sent.clone()).await;
    let ways: Vec<&Value> = made["lines"].as_array().unwrap().iter().map(|one| &one["way"]).collect();
    assert_eq!(ways, ["counted", "entered", "counted", "counted", "entered"]);
    let view = show(&app, &desk, &made).await;
    assert_eq!(view["partner"], "A1 支行");
    let all = ["custody_signed", "deposits", "referrals", "desk_days", "accounts_opened"].map(|of| done(&view, of));
    assert_eq!(all, [1, 0, 1, 1, 0]);
    assert_eq!(app.post("/agreements", &desk, sent.clone()).await.expect(200).json(), made);

    let entries = format!("{}/entries", path(&made));
    let entry =
        json!({ "id": id(), "line_id": line_id(&made, "deposits"), "on_date": "2026-11-20", "value": 25_000_000 });
    let kept = app.post(&entries, &desk, entry.clone()).await.expect(201).json();
    assert_eq!(app.post(&entries, &desk, entry.clone()).await.expect(200).json(), kept);
    assert_eq!(done(&show(&app, &desk, &made).await, "deposits"), 25_000_000);
    // A wrong one is undone by a counter-entry, once.
    let counter = json!({ "id": id(), "corrects_id": kept["id"] });
    assert_eq!(app.post(&entries, &desk, counter.clone()).await.expect(201).json()["value"], -25_000_000);
    app.post(&entries, &desk, counter.clone()).await.expect(200);
    let again = json!({ "id": id(), "corrects_id": kept["id"] });
    assert_eq!(app.post(&entries, &desk, again).await.expect(409).json()["code"], "entry_corrected");
    let of_counter = json!({ "id": id(), "corrects_id": counter["id"] });
    assert_eq!(app.post(&entries, &desk, of_counter).await.expect(409).json()["code"], "entry_is_correction");
    assert_eq!(done(&show(&app, &desk, &made).await, "deposits"), 0);
    let listed = app.get(&format!("{entries}?limit=1"), &desk).await.expect(200).json();
    assert_eq!((listed["items"].as_array().unwrap().len(), listed["next_cursor"].is_string()), (1, true));
    for (body, fault) in [
        (json!({ "on_date": "2026-09-30" }), "on_date: out_of_period"),
        (json!({ "on_date": "2026-11-24" }), "on_date: in_the_future"),
        (json!({ "value": 0 }), "value: out_of_range"),
        (json!({ "value": -1 }), "value: below_zero"),
        (json!({ "corrects_id": id() }), "line_id: not_here"),
    ] {
        let sent = with(with(entry.clone(), json!({ "id": id() })), body);
        assert_eq!(app.post(&entries, &desk, sent).await.expect(422).faults()[0], fault);
    }
    let counted = json!({ "id": id(), "line_id": line_id(&made, "referrals"), "value": 1 });
    assert_eq!(app.post(&entries, &desk, counted).await.expect(409).json()["code"], "line_is_counted");
    assert_eq!((audited(&app, "agreement.create"), audited(&app, "agreement.entry")), (1, 2));
    // What was taken away has to be given back before what it was taken from is undone.
    let put = async |value: i64| {
        let sent = with(entry.clone(), json!({ "id": id(), "value": value }));
        app.post(&entries, &desk, sent).await.expect(201).json()
    };
    let (more, _less) = (put(10).await, put(-4).await);
    let undo = json!({ "id": id(), "corrects_id": more["id"] });
    assert_eq!(app.post(&entries, &desk, undo).await.expect(409).json()["code"], "below_zero");
    assert_eq!(done(&show(&app, &desk, &made).await, "deposits"), 6);
    let faults = app.post("/agreements", &desk, agreement(here, json!([{}]))).await.expect(422).faults();
    assert_eq!(faults, ["lines[0].side: required", "lines[0].measure: required", "lines[0].target: required"]);

    // A bank as a whole counts all its outlets.
    dress(&app, here, "中国工商银行", "A");
    dress(&app, elsewhere, "中国工商银行", "B");
    let whole = json!({
        "id": id(), "bank": "工行", "from": "2026-10-01", "to": "2026-12-31", "lines": [line("ours", "custody_signed", 10)],
    });
    let whole = write(&app, &desk, whole).await;
    assert_eq!(done(&show(&app, &desk, &whole).await, "custody_signed"), 2);
    assert_eq!(show(&app, &desk, &whole).await["partner"], "中国工商银行");
    let listed = app.get("/agreements", &desk).await.expect(200).json();
    assert_eq!(listed["items"].as_array().unwrap().len(), 2);
    let of_outlet = app.page(&format!("/outlets/{elsewhere}"), Some(&desk)).await.expect(200).text;
    assert!(of_outlet.contains(&path(&whole)), "the bank's own stands on each outlet's page");
    assert!(!app.page(&format!("/outlets/{elsewhere}"), Some(&zhang)).await.expect(200).text.contains(&path(&whole)));
}

#[actix_web::test]
async fn agreements_are_the_desks_and_brokers_have_no_part_in_them() {
    let app = TestApp::new();
    let (here, there) = (app.branch("XA01"), app.branch("BJ01"));
    let (zhang, desk) = (app.broker("zhang", here), app.manager("li", here));
    let (elsewhere, head, admin) =
        (app.manager("zhao", there), app.person("head", Role::Manager, None), app.admin("root"));
    let place = outlet(&app, here, "A1");
    let sent = agreement(place, json!([line("ours", "cards", 20)]));
    let made = write(&app, &desk, sent.clone()).await;
    let (path, entries) = (path(&made), format!("{}/entries", path(&made)));
    let entry = json!({ "id": id(), "line_id": line_id(&made, "cards"), "value": 3 });
    for (who, read, write) in [(&zhang, 403, 403), (&head, 200, 403), (&admin, 200, 403), (&elsewhere, 404, 404)] {
        app.get(&path, who).await.expect(read);
        app.get(&entries, who).await.expect(read);
        app.post(&entries, who, entry.clone()).await.expect(write);
        app.post(&format!("{path}/end"), who, json!({})).await.expect(write);
        app.page(&path, Some(who)).await.expect(read);
    }
    app.post("/agreements", &head, with(sent.clone(), json!({ "id": id() }))).await.expect(403);
    let stranger = with(sent.clone(), json!({ "id": id() }));
    assert_eq!(app.post("/agreements", &elsewhere, stranger).await.expect(404).faults(), ["outlet_id: not_found"]);
    let twice = with(sent.clone(), json!({ "id": id() }));
    assert_eq!(app.post("/agreements", &desk, twice).await.expect(409).json()["code"], "agreement_exists");
    for (body, fault) in [
        (json!({ "bank": "工行" }), "outlet_id: outlet_or_bank"),
        (json!({ "lines": [] }), "lines: required"),
        (json!({ "lines": [line("ours", "moons", 1)] }), "lines[0].measure: unknown_value"),
        (json!({ "lines": [line("ours", "cards", 0)] }), "lines[0].target: out_of_range"),
        (json!({ "lines": [line("ours", "cards", 1), line("ours", "cards", 2)] }), "lines[1].measure: doubled_promise"),
        (
            json!({ "lines": [with(line("ours", "cards", 1), json!({ "way": "counted" }))] }),
            "lines[0].way: cannot_be_counted",
        ),
        (json!({ "note": "卡号 4111111111111111" }), "note: card"),
    ] {
        let sent = with(with(sent.clone(), json!({ "id": id() })), body);
        let faults = app.post("/agreements", &desk, sent).await.expect(422).faults();
        assert_eq!(faults[0].split(": ").next(), fault.split(": ").next(), "{faults:?}");
    }
    app.post(&entries, &desk, entry.clone()).await.expect(201);
    app.post(&format!("{path}/end"), &desk, json!({})).await.expect(204);
    app.post(&format!("{path}/end"), &desk, json!({})).await.expect(204);
    let more = with(entry.clone(), json!({ "id": id() }));
    assert_eq!(app.post(&entries, &desk, more).await.expect(409).json()["code"], "agreement_ended");
    app.post(&entries, &desk, entry).await.expect(200);
    assert_eq!(audited(&app, "agreement.end"), 1);
    // Once ended, the same can be written down anew.
    write(&app, &desk, with(sent, json!({ "id": id() }))).await;
}

#[actix_web::test]
async fn a_missed_promise_asks_until_somebody_explains_it() {
    let app = TestApp::new();
    let branch = app.branch("XA01");
    let desk = app.coordinator("desk", branch);
    let place = outlet(&app, branch, "A1");
    let made =
        write(&app, &desk, agreement(place, json!([line("ours", "cards", 100), line("theirs", "events", 1)]))).await;
    let (path, page) = (path(&made), format!("/agreements/{}", made["id"].as_str().unwrap()));
    let misses = async || show(&app, &desk, &made).await["misses"].as_array().unwrap().clone();
    assert!(misses().await.is_empty());
    assert!(!app.page("/now", Some(&desk)).await.expect(200).text.contains("等您说明原因"));
    notice_all(&app.app).unwrap();
    notice_all(&app.app).unwrap();
    assert_eq!(misses().await.len(), 2, "each is asked once");
    let now = app.page("/now", Some(&desk)).await.expect(200).text;
    assert!(now.contains("2 项没跟上") && now.contains("href=\"/agreements\""), "{now}");
    let of_outlet = app.page(&format!("/outlets/{place}"), Some(&desk)).await.expect(200).text;
    assert!(of_outlet.contains("2 项待说明") && of_outlet.contains(&page));
    assert!(app.page(&page, Some(&desk)).await.expect(200).text.contains("办卡没跟上进度"));

    // What catches up settles by itself, at once.
    let events = json!({ "id": id(), "line_id": line_id(&made, "events"), "value": 1 });
    app.post(&format!("{path}/entries"), &desk, events).await.expect(201);
    let open: Vec<Value> =
        misses().await.into_iter().filter(|m| m["answered_at"].is_null() && m["settled_at"].is_null()).collect();
    let [miss] = open.as_slice() else { panic!("{open:?}") };
    assert_eq!((&miss["kind"], &miss["done"]), (&json!("behind"), &json!(0)));
    let explanation = format!("{path}/misses/{}/explanation", miss["id"].as_str().unwrap());
    let form = explanation.clone();
    let empty = app.form(&form, &desk, &[("text", "  ")]).await.expect(422).text;
    assert!(empty.contains("请填写"));
    let named = app.form(&form, &desk, &[("text", "客户 138 1234 5678 没来")]).await.expect(422).text;
    assert!(named.contains("请不要写手机号") && named.contains("客户 138 1234 5678 没来"));
    app.form(&form, &desk, &[("text", "十月网点装修，十一月补上")]).await.expect(303);
    let said = app.page(&page, Some(&desk)).await.expect(200).text;
    assert!(said.contains("十月网点装修，十一月补上") && said.contains("desk Name"));
    assert!(!app.page("/now", Some(&desk)).await.expect(200).text.contains("等您说明原因"));
    let words = json!({ "text": "十月网点装修，十一月补上" });
    app.post(&explanation, &desk, words).await.expect(200);
    let other = json!({ "text": "因为下雨" });
    assert_eq!(app.post(&explanation, &desk, other).await.expect(409).json()["code"], "already_explained");

    // It holds for a month; whoever is behind after that is asked again, and once more when the period ends short.
    app.at("2026-12-10T10:00:00+08:00");
    notice_all(&app.app).unwrap();
    assert_eq!(misses().await.len(), 2);
    app.at("2026-12-30T10:00:00+08:00");
    notice_all(&app.app).unwrap();
    assert_eq!(misses().await.len(), 3);
    app.at("2027-01-04T10:00:00+08:00");
    notice_all(&app.app).unwrap();
    let all = misses().await;
    assert_eq!((all.len(), &all[0]["kind"]), (4, &json!("short")));
    assert!(all[1]["settled_at"].is_string(), "of one promise one thing is asked");
    // The bank's list comes late: the period was not short after all.
    let late = json!({ "id": id(), "line_id": line_id(&made, "cards"), "value": 100 });
    app.post(&format!("{path}/entries"), &desk, late).await.expect(201);
    assert!(misses().await.iter().all(|m| m["answered_at"].is_string() || m["settled_at"].is_string()));
    assert_eq!(audited(&app, "agreement.explain"), 1);
}

#[actix_web::test]
async fn the_pages_keep_what_was_typed_and_a_double_tap_is_one() {
    let app = TestApp::new();
    let branch = app.branch("XA01");
    let desk = app.coordinator("desk", branch);
    let place = outlet(&app, branch, "A1");
    dress(&app, place, "中国工商银行", "A");
    let page = app.page(&format!("/agreements/new?outlet={place}"), Some(&desk)).await.expect(200).text;
    assert!(page.contains(&format!("value=\"outlet:{place}\" selected")) && page.contains("中国工商银行（全部网点）"));
    assert!(page.contains("value=\"2026-10-01\"") && page.contains("value=\"2026-12-31\""));
    let (key, partner) = (id(), format!("outlet:{place}"));
    let fields = |cards: &'static str, deposits: &'static str| {
        vec![
            ("id", key.clone()),
            ("partner", partner.clone()),
            ("from", "2026-10-01".to_owned()),
            ("to", "2026-12-31".to_owned()),
            ("ours_cards", cards.to_owned()),
            ("ours_deposits", deposits.to_owned()),
            ("theirs_referrals", "6".to_owned()),
            ("theirs_referrals_by_hand", "on".to_owned()),
        ]
    };
    let post = async |fields: Vec<(&str, String)>| {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        app.form("/agreements", &desk, &fields).await
    };
    let refused = post(fields("lots", "12.345")).await.expect(422).text;
    assert!(refused.contains("value=\"lots\"") && refused.contains("value=\"12.345\""));
    assert!(refused.contains("请填写整数") && refused.contains("最多两位小数") && refused.contains("value=\"6\""));
    let made = post(fields("20", "1,000,000.50")).await.expect(303);
    let at = made.header("location").unwrap().to_owned();
    assert_eq!(post(fields("20", "1,000,000.50")).await.expect(303).header("location"), Some(at.as_str()));
    let none = post(vec![("id", id()), ("partner", partner.clone())]).await.expect(422).text;
    assert!(none.contains("至少填写一项承诺") && none.contains("请填写"));
    let view = app.get(&at, &desk).await.expect(200).json();
    assert_eq!(view["lines"].as_array().unwrap().len(), 3);
    let deposits = view["lines"].as_array().unwrap().iter().find(|one| one["measure"] == "deposits").unwrap();
    assert_eq!(deposits["progress"]["target"], 100_000_050);
    assert!(view["lines"].as_array().unwrap().iter().all(|one| one["way"] == "entered"));

    let line = deposits["id"].as_str().unwrap();
    let entry = |value: &'static str, key: &str| {
        [
            ("id", key.to_owned()),
            ("line_id", line.to_owned()),
            ("on_date", "2026-11-20".to_owned()),
            ("value", value.to_owned()),
        ]
    };
    let add = async |value: &'static str, key: &str| {
        let fields = entry(value, key);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        app.form(&format!("{at}/entries"), &desk, &fields).await
    };
    let refused = add("a lot", &id()).await.expect(422).text;
    assert!(refused.contains("value=\"a lot\"") && refused.contains("最多两位小数"));
    let key = id();
    add("250000", &key).await.expect(303);
    add("250000", &key).await.expect(303);
    let page = app.page(&at, Some(&desk)).await.expect(200).text;
    assert!(page.contains("250,000 元 / 1,000,000.50 元"), "{page}");
    let entries = app.get(&format!("{at}/entries"), &desk).await.json();
    let kept = entries["items"][0]["id"].as_str().unwrap();
    let correction = format!("{at}/entries/{kept}/correction");
    app.form(&correction, &desk, &[("id", &id())]).await.expect(303);
    app.form(&correction, &desk, &[("id", &id())]).await.expect(303);
    let entries = app.get(&format!("{at}/entries"), &desk).await.json();
    assert_eq!(entries["items"].as_array().unwrap().len(), 2, "reversed once");
    app.form(&format!("{at}/end"), &desk, &[]).await.expect(303);
    assert!(app.page("/agreements", Some(&desk)).await.expect(200).text.contains("已提前终止"));
}
