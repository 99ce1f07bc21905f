//! The funnel: counted as the contract says, within reach, and exact after whatever happened, packed or not.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration as Span, Instant};

use bankside::db::schema::{banks, outlets, prospects, stage_changes};
use bankside::db::{At, Id};
use bankside::funnel::store::pack;
use bankside::prospects::kinds::Source;
use bankside::prospects::stage::Stage;
use chrono::{Duration, NaiveDate};
use diesel::prelude::*;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
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
            let gone = u64::from(people.contains("已删除"));
            assert_eq!(shown + gone, count, "{href}");
        }
    }
    app.page("/funnel/people?stage=nowhere", Some(&manager)).await.expect(422);
    app.page("/funnel/people?group_by=outlet&key=7", Some(&manager)).await.expect(422);
}

/// By key: how many entered each stage, how many were lost, and something of the days between the stages.
type Groups<D> = BTreeMap<String, (Vec<u64>, u64, Vec<D>)>;

/// The median and the 90th percentile.
type Days = (Option<f64>, Option<f64>);

/// What somebody with paper and pencil would count.
fn recount(app: &TestApp, group_by: &'static str) -> Groups<Days> {
    type Row = (Id, Id, NaiveDate, Option<Id>, Source, Stage);
    let (people, history): (Vec<Row>, Vec<(Id, Stage, At)>) = app.arrange(|conn| {
        let people = prospects::table
            .filter(prospects::merged_into.is_null())
            .select((
                prospects::id,
                prospects::met_by,
                prospects::met_on,
                prospects::outlet_id,
                prospects::source,
                prospects::stage,
            ))
            .load(conn)?;
        let history = stage_changes::table
            .select((stage_changes::prospect_id, stage_changes::to_stage, stage_changes::at))
            .load(conn)?;
        Ok((people, history))
    });
    let mut groups: Groups<Vec<f64>> = BTreeMap::new();
    for (person, met_by, met_on, outlet, source, now) in people {
        let key = match group_by {
            "outlet" => outlet.map_or("none".into(), |id| id.to_string()),
            "broker" => met_by.to_string(),
            "source" => source.as_str().into(),
            _ => met_on.format("%Y-%m").to_string(),
        };
        let group = groups.entry(key).or_insert_with(|| (vec![0; 8], 0, vec![Vec::new(); 8]));
        group.1 += u64::from(now == Stage::Lost);
        let first = |step: usize| {
            let of = history.iter().filter(|(id, to, _)| *id == person && to.ordinal() as usize == step);
            of.map(|(.., at)| *at).min()
        };
        for step in 0..8 {
            group.0[step] += u64::from((step..8).any(|later| first(later).is_some()));
            if step > 0
                && let (Some(before), Some(at)) = (first(step - 1), first(step))
            {
                group.2[step].push((at - before).num_seconds() as f64 / 86_400.0);
            }
        }
    }
    let days = |mut all: Vec<f64>| {
        all.sort_by(f64::total_cmp);
        let n = all.len();
        let median = (n > 0).then(|| if n % 2 == 1 { all[n / 2] } else { (all[n / 2 - 1] + all[n / 2]) / 2.0 });
        let p90 = all.iter().find(|x| all.iter().filter(|y| y <= x).count() * 10 >= n * 9);
        (median, p90.copied())
    };
    groups.into_iter().map(|(key, (n, lost, of))| (key, (n, lost, of.into_iter().map(days).collect()))).collect()
}

/// How many people stand where for so many days, and how many were lost for which reason.
type Stands = (BTreeMap<(String, &'static str), u64>, BTreeMap<String, u64>);

/// Who is where, by how many days, and why the lost were lost, from the history and not from what the prospect repeats of it.
fn recount_stands(app: &TestApp) -> Stands {
    type Change = (Id, i32, Stage, At, Option<String>);
    let (people, history): (Vec<(Id, String)>, Vec<Change>) = app.arrange(|conn| {
        let people = prospects::table
            .filter(prospects::merged_into.is_null())
            .select((prospects::id, prospects::state))
            .load(conn)?;
        let history = stage_changes::table
            .select((
                stage_changes::prospect_id,
                stage_changes::number,
                stage_changes::to_stage,
                stage_changes::at,
                stage_changes::reason,
            ))
            .load(conn)?;
        Ok((people, history))
    });
    let zone = chrono_tz::Asia::Shanghai;
    let today = app.now().date_in(zone);
    let (mut stands, mut lost) = (BTreeMap::new(), BTreeMap::new());
    for (id, state) in people {
        let last = history.iter().filter(|change| change.0 == id).max_by_key(|change| change.1).unwrap();
        if last.2 == Stage::Lost {
            let reason = match last.4.as_deref() {
                Some("资金另有安排") => "no_money",
                Some("Has moved away: to Beijing") => "moved",
                // Of the erased the words are gone, and the usual reason stays.
                None => "erased",
                Some(_) => "null",
            };
            *lost.entry(reason.to_owned()).or_default() += 1;
        } else if state == "active" {
            let band = match (today - last.3.date_in(zone)).num_days() {
                ..=7 => "0-7",
                8..=30 => "8-30",
                31..=90 => "31-90",
                _ => "91-",
            };
            *stands.entry((last.2.as_str().to_owned(), band)).or_default() += 1;
        }
    }
    (stands, lost)
}

fn agree_on_stands(app: &TestApp, answer: &Value, when: &str) {
    let (stands, lost) = recount_stands(app);
    let mut said = BTreeMap::new();
    for standing in answer["standing"].as_array().unwrap() {
        for band in ["0-7", "8-30", "31-90", "91-"] {
            let n = standing["days"][band].as_u64().unwrap();
            if n > 0 {
                said.insert((standing["stage"].as_str().unwrap().to_owned(), band), n);
            }
        }
    }
    assert_eq!(said, stands, "{when}");
    let mut reasons: BTreeMap<String, u64> = BTreeMap::new();
    for reason in answer["lost_reasons"].as_array().unwrap() {
        let name = reason["reason"].as_str().unwrap_or("null").to_owned();
        reasons.insert(name, reason["people"].as_u64().unwrap());
    }
    let erased = lost.get("erased").copied().unwrap_or(0);
    assert_eq!(reasons.values().sum::<u64>(), lost.values().sum::<u64>(), "{when}");
    for (name, n) in lost.iter().filter(|(name, _)| *name != "erased") {
        let of_reason = reasons.get(name).copied().unwrap_or(0);
        assert!((*n..=n + erased).contains(&of_reason), "{when}: {name} {reasons:?} {lost:?}");
    }
}

async fn agree(app: &TestApp, head: &Person, when: &str) {
    for by in ["outlet", "broker", "source", "month"] {
        let answer = app.get(&format!("{ALL}&group_by={by}"), head).await.expect(200).json();
        let expected = recount(app, by);
        let groups = answer["groups"].as_array().unwrap();
        assert_eq!(groups.len(), expected.len(), "{when}, by {by}");
        for group in groups {
            let (entered, lost, days) = &expected[group["key"].as_str().unwrap()];
            assert_eq!((&counts(group), group["lost"].as_u64().unwrap()), (entered, *lost), "{when}, by {by}");
            for (step, days) in STEPS.iter().zip(days) {
                for (said, days) in [("median_days", days.0), ("p90_days", days.1)] {
                    let said = group[said][step].as_f64();
                    let close = said.zip(days).is_none_or(|(a, b)| (a - b).abs() < 1e-9);
                    assert!(close && said.is_some() == days.is_some(), "{when}, by {by}, {step}: {said:?} {days:?}");
                }
            }
        }
        agree_on_stands(app, &answer, when);
    }
}

/// Whatever happens to somebody at random; refusals are part of it. What it was, and whether it was accepted.
pub(crate) async fn something(
    app: &TestApp,
    random: &mut StdRng,
    people: &[Person],
    outlets: &[Id],
    admin: &Person,
    desk: &Person,
) -> (&'static str, bool) {
    let all: Vec<(Id, Id)> = app.arrange(|conn| {
        Ok(prospects::table
            .select((prospects::id, prospects::broker_id))
            .order((prospects::created_at, prospects::id))
            .load(conn)?)
    });
    let pick = |random: &mut StdRng, n: usize| random.random_range(0..n);
    let back = |random: &mut StdRng, now: At| (now - Duration::minutes(random.random_range(0..60 * 24 * 70))).rfc3339();
    let outlet = |random: &mut StdRng| outlets.get(random.random_range(0..=outlets.len()));
    if all.len() < 4 || random.random_range(0..5) == 0 {
        let who = &people[pick(random, people.len())];
        let source = ["on_site", "referral", "other"][pick(random, 3)];
        let more = json!({ "met_at": back(random, app.now()), "source": source, "outlet_id": outlet(random) });
        let mobile = format!("138{:08}", random.random_range(0..100_000_000));
        let base = if random.random_range(0..3) == 0 { body() } else { with_mobile(&mobile) };
        return ("met", app.post("/prospects", who, with(base, more)).await.status == 201);
    }
    let (one, owner) = all[pick(random, all.len())];
    let who = people.iter().find(|person| person.id == owner).unwrap();
    let at = back(random, app.now());
    match random.random_range(0..14) {
        0..4 => {
            let stage = [&STEPS[1..], &["lost", "lost"]].concat()[pick(random, 9)];
            let at = if random.random_range(0..2) == 0 { Value::Null } else { json!(at) };
            let reason = ["why", "资金另有安排", "Has moved away: to Beijing"][pick(random, 3)];
            let sent = json!({ "stage": stage, "at": at, "reason": reason });
            ("moved", app.post(&format!("/prospects/{one}/stage"), who, sent).await.status == 200)
        }
        4 => {
            // Back from being lost, or a step back.
            let now: Stage =
                app.arrange(move |conn| Ok(prospects::table.find(one).select(prospects::stage).first(conn)?));
            let before: Option<Stage> = app.arrange(move |conn| {
                Ok(prospects::table.find(one).select(prospects::stage_before_lost).first(conn)?)
            });
            let to = before.map_or(STEPS[(now.ordinal() as usize).saturating_sub(1).min(7)], Stage::as_str);
            let sent = json!({ "stage": to, "reason": "why" });
            ("back", app.post(&format!("/prospects/{one}/stage"), who, sent).await.status == 200)
        }
        5..7 => {
            let sent = json!({ "id": id(), "channel": "call", "outcome": "reached", "at": at });
            let made = app.post(&format!("/prospects/{one}/touches"), who, sent).await;
            if made.status == 201 && random.random_range(0..3) == 0 {
                app.delete(&format!("/prospects/{one}/touches/{}", made.json()["id"].as_str().unwrap()), who).await;
            }
            ("touched", made.status == 201)
        }
        7..9 => {
            let change = match random.random_range(0..3) {
                0 => json!({ "met_at": at }),
                1 => json!({ "outlet_id": outlet(random) }),
                _ => {
                    let source = ["on_site", "community", "event"][pick(random, 3)];
                    json!({ "source": source })
                }
            };
            ("changed", app.patch(&format!("/prospects/{one}"), who, change).await.status == 200)
        }
        9 => {
            let others: Vec<&Person> = people.iter().filter(|person| person.id != owner).collect();
            let to = others[pick(random, others.len())];
            let sent = json!({ "id": id(), "from_broker_id": owner, "to_broker_id": to.id, "prospect_ids": [one], "reason": "leave" });
            ("handed over", app.post("/handovers", desk, sent).await.status == 201)
        }
        10 => {
            let other = all[pick(random, all.len())].0;
            let merged = app.post(&format!("/prospects/{one}/merges"), desk, json!({ "other_id": other })).await;
            ("merged", merged.status == 200)
        }
        11 => {
            let of: Vec<Id> = app.arrange(move |conn| {
                use bankside::db::schema::follow_ups;
                Ok(follow_ups::table.filter(follow_ups::prospect_id.eq(one)).select(follow_ups::id).load(conn)?)
            });
            let sent = json!({ "id": id(), "follow_up_ids": of, "reason": "no need" });
            ("waived", app.post("/follow-ups/waivers", desk, sent).await.status == 201)
        }
        12 => {
            let sent = json!({ "consent": null });
            ("withdrew", app.patch(&format!("/prospects/{one}"), who, sent).await.status == 200)
        }
        _ => ("erased", app.post("/erasures", admin, json!({ "prospect_id": one })).await.status == 200),
    }
}

#[actix_web::test]
async fn the_figures_are_those_of_a_plain_recount_whatever_happened_packed_or_not() {
    let mut accepted: BTreeMap<&str, usize> = BTreeMap::new();
    for seed in 0..4 {
        let app = TestApp::new();
        let branch = app.branch("XA01");
        let people = [app.broker("zhang", branch), app.broker("wang", branch), app.broker("zhao", branch)];
        let (desk, admin) = (app.coordinator("li", branch), app.admin("root"));
        let outlets = [outlet(&app, branch, "A1"), outlet(&app, branch, "A2")];
        let mut random = StdRng::seed_from_u64(seed);
        for round in 0..60 {
            app.later(Duration::minutes(random.random_range(1..3000)));
            let (what, ok) = something(&app, &mut random, &people, &outlets, &admin, &desk).await;
            *accepted.entry(what).or_default() += usize::from(ok);
            if random.random_range(0..4) == 0 {
                pack_all(&app);
            }
            if round % 6 == 5 {
                agree(&app, &desk, &format!("seed {seed}, round {round}")).await;
            }
        }
    }
    assert!(accepted.len() == 10 && accepted.values().all(|n| *n > 0), "{accepted:?}");
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
        Ok(diesel::update(funnel_segments::table).set(funnel_segments::packed.eq(vec![9u8, 9])).execute(conn)?)
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
