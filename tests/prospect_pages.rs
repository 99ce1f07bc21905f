//! The pages of prospects: four fields and the next one, two taps for a contact, and who may do what.

use bankside::db::schema::{checkins, prospects, touches, users};
use bankside::db::{Conn, Id};
use chrono::Duration;
use diesel::prelude::*;
use serde_json::json;

use crate::prospects::{add, body, outlet, path, with, with_mobile};
use crate::support::{Person, TestApp, id};

fn with_broker() -> (TestApp, Person) {
    let app = TestApp::new();
    let broker = app.broker("zhang", app.branch("XA01"));
    let who = broker.id;
    app.arrange(move |conn| Ok(diesel::update(users::table.find(who)).set(users::language.eq("en")).execute(conn)?));
    (app, broker)
}

fn rows(app: &TestApp) -> (i64, i64) {
    app.arrange(|conn: &mut Conn| {
        Ok((prospects::table.count().get_result(conn)?, touches::table.count().get_result(conn)?))
    })
}

fn typed<'a>(id: &'a str, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut fields = vec![
        ("id", id),
        ("name", "李秀英"),
        ("mobile", "13812345678"),
        ("preferred_channel", "sms"),
        ("consent", "on"),
        ("met_at", "2026-11-23T09:30"),
        ("outlet_id", ""),
        ("source", "on_site"),
        ("referrer", ""),
        ("experience", "unknown"),
        ("note", ""),
    ];
    for (name, value) in more {
        fields.retain(|(known, _)| known != name);
        if !value.is_empty() {
            fields.push((name, value));
        }
    }
    fields
}

#[actix_web::test]
async fn four_fields_are_enough_and_the_next_one_can_come_at_once() {
    let (app, broker) = with_broker();
    let place = outlet(&app, broker.branch.unwrap(), "N1");
    let (who, branch, now) = (broker.id, broker.branch.unwrap(), app.now());
    app.arrange(move |conn| {
        diesel::insert_into(checkins::table)
            .values((
                checkins::id.eq(Id::new()),
                checkins::branch_id.eq(branch),
                checkins::broker_id.eq(who),
                checkins::outlet_id.eq(place),
                checkins::kind.eq("in"),
                checkins::at.eq(now),
                checkins::date.eq(now.date_in(chrono_tz::Asia::Shanghai)),
                checkins::received_at.eq(now),
                checkins::offline.eq(false),
                checkins::datum.eq("wgs84"),
                checkins::verdict.eq("on_site"),
                checkins::flags.eq("[]"),
            ))
            .execute(conn)?;
        Ok(())
    });
    let page = app.page("/prospects/new", Some(&broker)).await.expect(200);
    assert!(page.text.contains("N1支行 · today 10:00"), "{}", page.text);
    assert!(page.text.contains(&format!("value=\"{place}\" selected")));
    let one = id();
    let saved = app.form("/prospects", &broker, &typed(&one, &[])).await.expect(303);
    let next = saved.header("location").unwrap().to_owned();
    assert_eq!(next, format!("/prospects/new?saved={one}"));
    app.form("/prospects", &broker, &typed(&one, &[])).await.expect(303);
    assert_eq!(rows(&app).0, 1, "a form sent twice is one prospect");
    let page = app.page(&next, Some(&broker)).await.expect(200);
    assert!(page.text.contains(&format!("href=\"/prospects/{one}\"")) && page.text.contains("3 days left"));
    assert!(!page.text.contains("value=\"李秀英\""), "ready for the next one");
}

#[actix_web::test]
async fn a_refused_form_comes_back_as_typed_with_the_words_beside_the_fields() {
    let (app, broker) = with_broker();
    let one = id();
    let back =
        app.form("/prospects", &broker, &typed(&one, &[("mobile", "1381234567"), ("consent", "")])).await.expect(422);
    for part in ["value=\"1381234567\"", "id=\"mobile-error\"", "Too few digits", "id=\"consent-error\"", &one] {
        assert!(back.text.contains(part), "{part}");
    }
    let late = app
        .form("/prospects", &broker, &typed(&one, &[("met_at", "2026-11-23T11:00"), ("note", "6222021234567890128")]))
        .await
        .expect(422);
    assert!(late.text.contains("id=\"met_at-error\"") && late.text.contains("id=\"note-error\""));
    assert!(late.text.contains("<details class=\"more\" open"));
    app.form("/prospects", &broker, &typed(&one, &[("outlet_id", "nonsense")])).await.expect(422);
    app.form("/prospects", &broker, &typed(&one, &[("surprise", "x")])).await.expect(422);
    assert_eq!(rows(&app).0, 0);
}

#[actix_web::test]
async fn a_duplicate_elsewhere_is_said_without_showing_anothers_client() {
    let (app, broker) = with_broker();
    let other = app.broker("li", app.branch("XA02"));
    add(&app, &other, with(with_mobile("13812345678"), json!({ "name": "王建国" }))).await;
    let one = id();
    let saved = app.form("/prospects", &broker, &typed(&one, &[])).await.expect(303);
    let page = app.page(saved.header("location").unwrap(), Some(&broker)).await.expect(200);
    assert!(page.text.contains("already in care at XA02 branch: ask the coordinator"));
    assert!(!page.text.contains("王建国"));
}

#[actix_web::test]
async fn a_contact_takes_two_taps_and_can_be_undone() {
    let (app, broker) = with_broker();
    let made = add(&app, &broker, with_mobile("13812345678")).await;
    let page = app.page(&path(&made), Some(&broker)).await.expect(200);
    assert!(page.text.contains("href=\"sms:+8613812345678?&amp;body=Hello%20"), "{}", page.text);
    assert!(page.text.contains("href=\"tel:+8613812345678\"") && page.text.contains("3 days left"));
    let tap = id();
    let to = format!("{}/touches", path(&made));
    for _ in 0..2 {
        app.form(&to, &broker, &[("id", &tap), ("went", "sms:sent")]).await.expect(303);
        app.later(Duration::seconds(5));
    }
    assert_eq!(rows(&app).1, 1, "a tap sent twice is one touch");
    let page = app.page(&path(&made), Some(&broker)).await.expect(200);
    assert!(page.text.contains("Contacted in time") && page.text.contains("Contacted, step 3 of 8"));
    app.form(&format!("{to}/{tap}/withdrawal"), &broker, &[]).await.expect(303);
    let page = app.page(&path(&made), Some(&broker)).await.expect(200);
    assert!(page.text.contains("SMS · sent (withdrawn)") && page.text.contains("3 days left"));
    let form = id();
    let wrong = [
        ("id", form.as_str()),
        ("channel", "sms"),
        ("outcome", "no_answer"),
        ("at", "2026-11-23T09:50"),
        ("note", "您好"),
    ];
    let back = app.form(&to, &broker, &wrong).await.expect(422);
    assert!(back.text.contains("no such outcome") && back.text.contains("您好"));
}

#[actix_web::test]
async fn a_touch_is_set_right_on_its_page_within_the_day() {
    let (app, broker) = with_broker();
    let made = add(&app, &broker, with_mobile("13812345678")).await;
    let tap = id();
    app.form(&format!("{}/touches", path(&made)), &broker, &[("id", &tap), ("went", "call:reached")]).await.expect(303);
    let one = format!("{}/touches/{tap}", path(&made));
    let page = app.page(&format!("{one}/edit"), Some(&broker)).await.expect(200);
    assert!(page.text.contains("value=\"2026-11-23T10:00\""));
    let fields = [
        ("channel", "call"),
        ("outcome", "no_answer"),
        ("at", "2026-11-23T10:00"),
        ("at_was", "2026-11-23T10:00"),
        ("note", ""),
    ];
    app.form(&one, &broker, &fields).await.expect(303);
    let page = app.page(&path(&made), Some(&broker)).await.expect(200);
    assert!(page.text.contains("Call · no answer (was Call · reached)"));
    app.later(Duration::days(1));
    app.page(&format!("{one}/edit"), Some(&broker)).await.expect(409);
    app.form(&one, &broker, &fields).await.expect(409);
}

#[actix_web::test]
async fn the_stage_is_moved_with_a_reason_and_the_prospect_changed() {
    let (app, broker) = with_broker();
    let made = add(&app, &broker, with_mobile("13812345678")).await;
    let to = format!("{}/stage", path(&made));
    let back = app.form(&to, &broker, &[("stage", "lost"), ("reason", "")]).await.expect(422);
    assert!(back.text.contains("id=\"reason-error\""));
    app.form(&to, &broker, &[("stage", "intent"), ("reason", "")]).await.expect(303);
    let edit = app.page(&format!("{}/edit", path(&made)), Some(&broker)).await.expect(200);
    assert!(edit.text.contains("value=\"13812345678\"") && !edit.text.contains("name=\"consent\""));
    let kept = [
        ("id", ""),
        ("consent", ""),
        ("version", "2"),
        ("met_at", "2026-11-23T09:00"),
        ("met_at_was", "2026-11-23T09:00"),
        ("note", "这个保本"),
    ];
    let fields = typed("", &kept);
    let saved = app.form(&path(&made), &broker, &fields).await.expect(303);
    assert_eq!(saved.header("location"), Some(path(&made).as_str()));
    app.form(&path(&made), &broker, &fields).await.expect(412);
    let now = app.get(&path(&made), &broker).await.json();
    assert_eq!((&now["note"], &now["met_at"]), (&json!("这个保本"), &made["met_at"]));
    app.form(&format!("{}/consent-withdrawal", path(&made)), &broker, &[]).await.expect(303);
    let page = app.page(&path(&made), Some(&broker)).await.expect(200);
    assert!(!page.text.contains("href=\"sms:") && page.text.contains("No follow-up"));
}

#[actix_web::test]
async fn the_desk_reads_with_numbers_masked_and_changes_nothing() {
    let (app, broker) = with_broker();
    let branch = broker.branch.unwrap();
    let made = add(&app, &broker, with_mobile("13812345678")).await;
    for reader in [app.coordinator("c1", branch), app.manager("m1", branch), app.admin("root")] {
        let page = app.page(&path(&made), Some(&reader)).await.expect(200);
        assert!(page.text.contains("138****5678") && !page.text.contains("13812345678"));
        assert!(!page.text.contains("<form method=\"post\" action=\"/prospects"), "{:?}", reader.role);
        let list = app.page("/prospects", Some(&reader)).await.expect(200);
        assert!(list.text.contains("138****5678") && list.text.contains("zhang Name"));
        app.page("/prospects/new", Some(&reader)).await.expect(403);
        app.page(&format!("{}/edit", path(&made)), Some(&reader)).await.expect(403);
        app.form(&path(&made), &reader, &typed("", &[("id", ""), ("version", "1")])).await.expect(403);
        app.form(&format!("{}/stage", path(&made)), &reader, &[("stage", "lost"), ("reason", "x")]).await.expect(403);
        app.form(&format!("{}/touches", path(&made)), &reader, &[("id", &id()), ("went", "call:reached")])
            .await
            .expect(403);
        app.form(&format!("{}/consent-withdrawal", path(&made)), &reader, &[]).await.expect(403);
    }
    for stranger in [app.broker("li", branch), app.coordinator("c2", app.branch("XA02"))] {
        app.page(&path(&made), Some(&stranger)).await.expect(404);
        app.page(&format!("{}/edit", path(&made)), Some(&stranger)).await.expect(404);
        app.form(&format!("{}/stage", path(&made)), &stranger, &[("stage", "lost"), ("reason", "x")]).await.expect(404);
    }
    app.page(&path(&made), None).await.expect(303);
}

#[actix_web::test]
async fn the_list_is_read_by_meeting_by_due_and_by_search() {
    let (app, broker) = with_broker();
    let empty = app.page("/prospects", Some(&broker)).await.expect(200);
    assert!(empty.text.contains("No prospects yet"));
    let late = with(body(), json!({ "name": "王建国", "met_at": "2026-11-18T09:00:00+08:00" }));
    add(&app, &broker, late).await;
    add(&app, &broker, with_mobile("13812345678")).await;
    let due = app.page("/prospects?view=due", Some(&broker)).await.expect(200);
    let place = |name: &str| due.text.find(name).unwrap();
    assert!(place("王建国") < place("李秀英") && due.text.contains("2 days late"));
    let met = app.page("/prospects?stage=met", Some(&broker)).await.expect(200);
    assert!(met.text.contains("王建国") && !met.text.contains("李秀英"));
    let found = app.form("/prospects/search", &broker, &[("q", "138 1234 5678")]).await.expect(200);
    assert!(found.text.contains("李秀英") && !found.text.contains("王建国"));
    let none = app.form("/prospects/search", &broker, &[("q", "赵")]).await.expect(200);
    assert!(none.text.contains("Nobody found"));
    app.form("/prospects/search", &broker, &[("q", " ")]).await.expect(422);
    app.page("/prospects/search?lang=en", Some(&broker)).await.expect(200);
}

/// The names that a list shows, in its order.
fn names(page: &str) -> Vec<String> {
    let names = page.split("class=\"row-title\"").skip(1).filter_map(|rest| rest.split_once('>')?.1.split_once('<'));
    names.map(|(name, _)| name.to_owned()).collect()
}

#[actix_web::test]
async fn the_desk_narrows_the_list_to_a_broker_or_an_outlet_and_a_broker_sorts_the_own() {
    let (app, zhang) = with_broker();
    let branch = zhang.branch.unwrap();
    let (wang, desk, elsewhere) = (app.broker("wang", branch), app.coordinator("desk", branch), app.branch("BJ01"));
    let stranger = app.broker("stranger", elsewhere);
    let (here, there) = (outlet(&app, branch, "A1"), outlet(&app, branch, "B1"));
    let met =
        |name: &str, at: &str, outlet: Id| with(body(), json!({ "name": name, "met_at": at, "outlet_id": outlet }));
    add(&app, &zhang, met("a older", "2026-11-21T09:00:00+08:00", here)).await;
    add(&app, &zhang, met("b newer", "2026-11-22T09:00:00+08:00", there)).await;
    add(&app, &wang, met("c wang", "2026-11-22T10:00:00+08:00", here)).await;
    add(&app, &stranger, with(body(), json!({ "name": "d stranger" }))).await;
    let shown = async |who: &Person, query: &str| {
        names(&app.page(&format!("/prospects?{query}"), Some(who)).await.expect(200).text)
    };
    assert_eq!(shown(&desk, "").await, ["c wang", "b newer", "a older"]);
    assert_eq!(shown(&desk, &format!("broker_id={}&outlet_id=&stage=", zhang.id)).await, ["b newer", "a older"]);
    assert_eq!(shown(&desk, &format!("outlet_id={here}")).await.len(), 2);
    assert_eq!(shown(&desk, &format!("broker_id={}&outlet_id={here}", zhang.id)).await, ["a older"]);
    assert!(shown(&desk, &format!("broker_id={}", stranger.id)).await.is_empty(), "out of reach");
    for wrong in ["broker_id=nobody", "outlet_id=7", "stage=married"] {
        app.page(&format!("/prospects?{wrong}"), Some(&desk)).await.expect(422);
    }
    let page = app.page(&format!("/prospects?outlet_id={here}"), Some(&desk)).await.expect(200).text;
    assert!(page.contains(&format!("<option value=\"{here}\" selected")) && page.contains(&wang.id.to_string()));
    assert!(!page.contains(&stranger.id.to_string()));
    let none = app.page(&format!("/prospects?broker_id={}&outlet_id={there}&lang=en", wang.id), Some(&desk)).await;
    assert!(none.expect(200).text.contains("Nobody like this"));
    for (sort, first) in [("newest", "b newer"), ("due", "a older"), ("name", "a older")] {
        assert_eq!(shown(&zhang, &format!("sort={sort}")).await[0], first, "{sort}");
    }
    assert!(shown(&zhang, "sort=name&page=2").await.is_empty());
    assert_eq!(shown(&zhang, "sort=name&stage=met").await, ["a older", "b newer"]);
    assert_eq!(shown(&desk, "sort=name").await.len(), 3, "only brokers sort");
    let mine = app.page("/prospects", Some(&zhang)).await.expect(200).text;
    assert!(mine.contains("name=\"sort\"") && !mine.contains("name=\"broker_id\""));
}
