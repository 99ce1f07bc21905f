//! Calendar links: made, read by programs that sign in nowhere, ended; and what stands in a feed.

use std::collections::BTreeMap;

use actix_web::http::header;
use actix_web::test::TestRequest;
use bankside::db::schema::{calendar_feeds, outlets, shift_changes, shifts, users};
use bankside::db::{At, Id};
use bankside::people::Role;
use chrono::{DateTime, Duration, NaiveDate, Utc};
use diesel::prelude::*;

use crate::attendance::Place;
use crate::support::{Person, Reply, TestApp, id};

pub type Event = BTreeMap<String, String>;

/// What stands on a page as the link: its address from the calendar's root on.
#[track_caller]
pub fn link(reply: &Reply) -> String {
    let at = reply.text.find("/calendars/feeds/").unwrap_or_else(|| panic!("no link: {}", reply.text));
    let rest = &reply.text[at..];
    rest[..rest.find(".ics").unwrap() + 4].to_owned()
}

/// Lines unfolded, names without their parameters, text as it was before it was escaped.
pub fn read(text: &str) -> (Event, Vec<Event>) {
    assert!(text.starts_with("BEGIN:VCALENDAR\r\n") && text.ends_with("END:VCALENDAR\r\n"));
    assert!(text.split("\r\n").all(|line| line.len() <= 75 && !line.contains('\n')));
    let (mut head, mut events, mut inside) = (Event::new(), Vec::new(), false);
    for line in text.replace("\r\n ", "").lines() {
        let (name, value) = line.split_once(':').unwrap();
        let name = name.split(';').next().unwrap();
        match (name, value) {
            ("BEGIN", "VEVENT") => {
                inside = true;
                events.push(Event::new());
            }
            ("END", "VEVENT") => inside = false,
            _ => {
                let value = value.replace("\\,", ",").replace("\\;", ";").replace("\\n", "\n").replace("\\\\", "\\");
                let into = if inside { events.last_mut().unwrap() } else { &mut head };
                let twice = into.insert(name.to_owned(), value);
                assert!(twice.is_none() || name == "BEGIN" || name == "END", "{name} twice");
            }
        }
    }
    (head, events)
}

pub async fn own_link(app: &TestApp, broker: &Person) -> String {
    link(&app.form("/account/calendar", broker, &[("id", &id())]).await.expect(200))
}

pub async fn events(app: &TestApp, link: &str) -> Vec<Event> {
    read(&app.page(link, None).await.expect(200).text).1
}

/// Moves a shift to another outlet, or takes it away, as the verbs do: a change beside it, and one more in its sequence.
fn change(app: &TestApp, by: &Person, shift: &str, to: Option<&Place>) {
    let (shift, by, branch, now) = (shift.parse::<Id>().unwrap(), by.id, by.branch.unwrap(), app.now());
    let to = to.map(|place| place.id);
    app.arrange(move |conn| {
        type Row = (Id, Id, NaiveDate, At, At, i32);
        let (broker, outlet, date, starts, ends, sequence): Row = shifts::table
            .find(shift)
            .select((
                shifts::broker_id,
                shifts::outlet_id,
                shifts::date,
                shifts::starts_at,
                shifts::ends_at,
                shifts::sequence,
            ))
            .first(conn)?;
        match to {
            Some(to) => diesel::update(shifts::table.find(shift))
                .set((shifts::outlet_id.eq(to), shifts::sequence.eq(sequence + 1)))
                .execute(conn)?,
            None => diesel::delete(shifts::table.find(shift)).execute(conn)?,
        };
        diesel::insert_into(shift_changes::table)
            .values((
                shift_changes::id.eq(Id::new()),
                shift_changes::branch_id.eq(branch),
                shift_changes::shift_id.eq(shift),
                shift_changes::sequence.eq(sequence + 1),
                shift_changes::kind.eq(if to.is_some() { "moved" } else { "removed" }),
                shift_changes::broker_id.eq(broker),
                shift_changes::date.eq(date),
                shift_changes::old_outlet_id.eq(outlet),
                shift_changes::old_starts_at.eq(starts),
                shift_changes::old_ends_at.eq(ends),
                shift_changes::new_outlet_id.eq(to),
                shift_changes::new_starts_at.eq(to.map(|_| starts)),
                shift_changes::new_ends_at.eq(to.map(|_| ends)),
                shift_changes::by_user.eq(by),
                shift_changes::at.eq(now),
            ))
            .execute(conn)?;
        Ok(())
    });
}

struct Desk {
    app: TestApp,
    branch: Id,
    desk: Person,
    broker: Person,
    place: Place,
}

fn desk() -> Desk {
    let app = TestApp::new();
    let branch = app.branch("XA01");
    let (desk, broker) = (app.coordinator("desk", branch), app.broker("zhang", branch));
    let place = app.outlet_at(branch, "XA-1", 34.2583, 108.9466);
    Desk { app, branch, desk, broker, place }
}

#[actix_web::test]
async fn a_broker_reads_their_shifts_in_a_calendar() {
    let Desk { app, desk, broker, place, .. } = desk();
    let shift = app.shift(&desk, &broker, &place, "2026-11-24").await;
    let link = own_link(&app, &broker).await;
    let reply = app.page(&link, None).await.expect(200);
    assert_eq!(reply.header("content-type"), Some("text/calendar; charset=utf-8"));
    assert_eq!(reply.header("cache-control"), Some("private, no-cache"));
    let (head, events) = read(&reply.text);
    assert_eq!(head["X-WR-CALNAME"], "Bankside · zhang Name");
    assert_eq!((head["X-WR-TIMEZONE"].as_str(), head["REFRESH-INTERVAL"].as_str()), ("Asia/Shanghai", "PT1H"));
    let [event] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!(event["UID"], format!("{shift}@bankside"));
    assert_eq!((event["DTSTART"].as_str(), event["DTEND"].as_str()), ("20261124T010000Z", "20261124T090000Z"));
    assert_eq!((event["STATUS"].as_str(), event["SEQUENCE"].as_str()), ("CONFIRMED", "0"));
    assert_eq!((event["SUMMARY"].as_str(), event["LOCATION"].as_str()), ("XA-1 支行", "南大街 30 号"));
    assert_eq!(event["GEO"], "34.258300;108.946600");
    assert!(event["URL"].ends_with(&format!("/outlets/{}", place.id)), "{}", event["URL"]);
}

#[actix_web::test]
async fn a_feed_is_the_same_to_the_byte_while_nothing_changes() {
    let Desk { app, desk, broker, place, .. } = desk();
    let shift = app.shift(&desk, &broker, &place, "2026-11-24").await;
    let link = own_link(&app, &broker).await;
    let first = app.page(&link, None).await.expect(200);
    app.later(Duration::minutes(40));
    let again = app.page(&link, None).await.expect(200);
    assert_eq!(first.text, again.text);
    let tag = first.header("etag").unwrap().to_owned();
    let asked = TestRequest::with_uri(&link).insert_header((header::IF_NONE_MATCH, format!("\"other\", W/{tag}")));
    let unchanged = app.send(asked).await.expect(304);
    assert!(unchanged.text.is_empty());
    assert_eq!(unchanged.header("etag"), Some(tag.as_str()));
    change(&app, &desk, &shift, None);
    let asked = TestRequest::with_uri(&link).insert_header((header::IF_NONE_MATCH, tag));
    app.send(asked).await.expect(200);
}

#[actix_web::test]
async fn what_was_taken_away_stays_as_cancelled_under_its_uid_with_a_higher_sequence() {
    let Desk { app, desk, broker, place, .. } = desk();
    let shift = app.shift(&desk, &broker, &place, "2026-11-24").await;
    let link = own_link(&app, &broker).await;
    let before = events(&app, &link).await.remove(0);
    app.later(Duration::hours(1));
    change(&app, &desk, &shift, None);
    let after = events(&app, &link).await.remove(0);
    assert_eq!((after["STATUS"].as_str(), after["SEQUENCE"].as_str()), ("CANCELLED", "1"));
    for same in ["UID", "DTSTART", "DTEND", "LOCATION"] {
        assert_eq!(before[same], after[same]);
    }
    assert_eq!(after["SUMMARY"], format!("已取消：{}", before["SUMMARY"]));
    assert!(after["LAST-MODIFIED"] > before["LAST-MODIFIED"] && after["DTSTAMP"] == after["LAST-MODIFIED"]);
}

#[actix_web::test]
async fn a_move_is_one_event_for_the_broker_and_a_cancellation_for_the_outlet_left() {
    let Desk { app, branch, desk, broker, place } = desk();
    let elsewhere = app.outlet_at(branch, "XA-2", 34.3, 108.9);
    let shift = app.shift(&desk, &broker, &place, "2026-11-24").await;
    let own = own_link(&app, &broker).await;
    let path = |place: &Place| format!("/outlets/{}/calendar", place.id);
    let here = link(&app.form(&path(&place), &desk, &[("id", &id())]).await.expect(200));
    let there = link(&app.form(&path(&elsewhere), &desk, &[("id", &id())]).await.expect(200));
    change(&app, &desk, &shift, Some(&elsewhere));
    let told = |all: &[Event]| {
        let told = |e: &Event| (e["SUMMARY"].clone(), e["STATUS"].clone(), e["SEQUENCE"].clone());
        all.iter().map(told).collect::<Vec<_>>()
    };
    let row = |summary: &str, status: &str, n: &str| vec![(summary.to_owned(), status.to_owned(), n.to_owned())];
    assert_eq!(told(&events(&app, &own).await), row("XA-2 支行", "CONFIRMED", "1"));
    assert_eq!(told(&events(&app, &here).await), row("已取消：zhang Name", "CANCELLED", "1"));
    assert_eq!(told(&events(&app, &there).await), row("zhang Name", "CONFIRMED", "1"));
    // And back again: the latest counts everywhere.
    change(&app, &desk, &shift, Some(&place));
    assert_eq!(told(&events(&app, &own).await), row("XA-1 支行", "CONFIRMED", "2"));
    assert_eq!(told(&events(&app, &here).await), row("zhang Name", "CONFIRMED", "2"));
    assert_eq!(told(&events(&app, &there).await), row("已取消：zhang Name", "CANCELLED", "2"));
    change(&app, &desk, &shift, None);
    assert_eq!(told(&events(&app, &here).await), row("已取消：zhang Name", "CANCELLED", "3"));
    assert_eq!(told(&events(&app, &there).await), row("已取消：zhang Name", "CANCELLED", "2"));
}

#[actix_web::test]
async fn a_feed_reaches_sixty_days_back_and_all_that_comes() {
    let Desk { app, desk, broker, place, .. } = desk();
    for date in ["2026-09-23", "2026-09-24", "2027-12-31"] {
        app.shift(&desk, &broker, &place, date).await;
    }
    let link = own_link(&app, &broker).await;
    let starts: Vec<String> = events(&app, &link).await.iter().map(|e| e["DTSTART"][..8].to_owned()).collect();
    assert_eq!(starts, ["20260924", "20271231"]);
}

#[actix_web::test]
async fn times_are_right_in_a_branch_of_another_zone_also_over_its_change_of_clocks() {
    let app = TestApp::new();
    let branch = app.branch_in("LON", "Europe/London");
    let (desk, broker) = (app.coordinator("desk", branch), app.broker("smith", branch));
    let place = app.outlet_at(branch, "LON-1", 51.5, -0.1);
    app.shift(&desk, &broker, &place, "2027-03-26").await;
    app.shift(&desk, &broker, &place, "2027-03-29").await;
    let link = own_link(&app, &broker).await;
    let (head, events) = read(&app.page(&link, None).await.expect(200).text);
    assert_eq!(head["X-WR-TIMEZONE"], "Europe/London");
    let starts: Vec<&str> = events.iter().map(|e| e["DTSTART"].as_str()).collect();
    assert_eq!(starts, ["20270326T090000Z", "20270329T080000Z"]);
}

#[actix_web::test]
async fn names_with_commas_and_long_addresses_come_back_whole() {
    let Desk { app, desk, broker, place, .. } = desk();
    let address = "西安市碑林区南大街 30 号; 东门旁\\二层, 请走侧门".repeat(4);
    let (given, at) = (address.clone(), place.id);
    app.arrange(move |conn| {
        let named = (outlets::name.eq("中国工商银行, 南大街; 支行"), outlets::address.eq(given));
        diesel::update(outlets::table.find(at)).set(named).execute(conn)?;
        Ok(())
    });
    app.shift(&desk, &broker, &place, "2026-11-24").await;
    let link = own_link(&app, &broker).await;
    let event = events(&app, &link).await.remove(0);
    assert_eq!((&event["LOCATION"], event["SUMMARY"].as_str()), (&address, "中国工商银行, 南大街; 支行"));
}

#[actix_web::test]
async fn a_link_is_shown_once_kept_as_a_hash_and_a_form_sent_twice_is_one_link() {
    let Desk { app, branch, broker, .. } = desk();
    let mark = id();
    let first = app.form("/account/calendar", &broker, &[("id", &mark)]).await.expect(200);
    let second = app.form("/account/calendar", &broker, &[("id", &mark)]).await.expect(200);
    assert_eq!(link(&first), link(&second));
    assert!(first.text.contains("webcal://"));
    let page = app.page("/account/calendar", Some(&broker)).await.expect(200);
    assert!(!page.text.contains("/calendars/feeds/") && page.text.matches("/revocation").count() == 1);
    let secret = link(&first).trim_start_matches("/calendars/feeds/").trim_end_matches(".ics").to_owned();
    let kept: Vec<Vec<u8>> =
        app.arrange(|conn| Ok(calendar_feeds::table.select(calendar_feeds::token_hash).load(conn)?));
    assert!(kept.len() == 1 && kept[0] != secret.as_bytes() && secret.len() >= 43);
    // Somebody else who sends the same id learns nothing.
    let colleague = app.broker("li", branch);
    let stolen = app.form("/account/calendar", &colleague, &[("id", &mark)]).await.expect(409);
    assert!(!stolen.text.contains(&secret));
}

#[actix_web::test]
async fn a_link_that_was_ended_is_not_found_any_more() {
    let Desk { app, broker, .. } = desk();
    let mark = id();
    let link = link(&app.form("/account/calendar", &broker, &[("id", &mark)]).await.expect(200));
    app.page(&link, None).await.expect(200);
    app.form(&format!("/account/calendar/{mark}/revocation"), &broker, &[]).await.expect(303);
    let gone = app.page(&link, None).await.expect(404);
    assert_eq!(gone.header("cache-control"), Some("no-store"));
    app.form("/account/calendar", &broker, &[("id", &mark)]).await.expect(410);
    app.form(&format!("/account/calendar/{mark}/revocation"), &broker, &[]).await.expect(404);
    app.page("/calendars/feeds/none.ics", None).await.expect(404);
}

#[actix_web::test]
async fn suspending_somebody_ends_their_feeds_and_lets_them_go_on_afterwards() {
    let Desk { app, broker, .. } = desk();
    let link = own_link(&app, &broker).await;
    let set = |at: Option<At>| {
        let who = broker.id;
        app.arrange(move |conn| {
            diesel::update(users::table.find(who)).set(users::disabled_at.eq(at)).execute(conn)?;
            Ok(())
        });
    };
    set(Some(app.now()));
    app.page(&link, None).await.expect(404);
    set(None);
    app.page(&link, None).await.expect(200);
}

#[actix_web::test]
async fn an_outlets_links_are_the_desks_of_its_branch() {
    let Desk { app, branch, desk, broker, place } = desk();
    let path = format!("/outlets/{}/calendar", place.id);
    let stranger = app.coordinator("stranger", app.branch("XA02"));
    let head_office = app.person("head", Role::Manager, None);
    app.form(&path, &broker, &[("id", &id())]).await.expect(403);
    app.form(&path, &head_office, &[("id", &id())]).await.expect(403);
    app.form(&path, &stranger, &[("id", &id())]).await.expect(404);
    app.page(&path, Some(&broker)).await.expect(403);
    app.page(&path, Some(&stranger)).await.expect(404);
    let mark = id();
    let link = link(&app.form(&path, &desk, &[("id", &mark)]).await.expect(200));
    app.shift(&desk, &broker, &place, "2026-11-24").await;
    let text = app.page(&link, None).await.expect(200).text;
    assert!(
        text.contains("zhang Name") && !text.contains("example.com"),
        "a name and nothing else of a broker: {text}"
    );
    // A colleague at the desk ends it; under another outlet's address it is not found.
    let manager = app.manager("manager", branch);
    let other = app.outlet_at(branch, "XA-9", 34.3, 108.9);
    app.form(&format!("/outlets/{}/calendar/{mark}/revocation", other.id), &manager, &[]).await.expect(404);
    app.form(&format!("{path}/{mark}/revocation"), &manager, &[]).await.expect(303);
    app.page(&link, None).await.expect(404);
}

#[actix_web::test]
async fn ten_links_are_enough_and_when_one_was_read_is_noted() {
    let Desk { app, broker, .. } = desk();
    let link = own_link(&app, &broker).await;
    for _ in 0..9 {
        own_link(&app, &broker).await;
    }
    app.form("/account/calendar", &broker, &[("id", &id())]).await.expect(409);
    app.page(&link, None).await.expect(200);
    let read: Vec<Option<At>> =
        app.arrange(|conn| Ok(calendar_feeds::table.select(calendar_feeds::read_at).load(conn)?));
    let moment: DateTime<Utc> = app.now().utc();
    assert_eq!(read.into_iter().flatten().map(At::utc).collect::<Vec<_>>(), [moment]);
}

#[actix_web::test]
async fn what_the_desk_takes_back_by_the_api_is_cancelled_in_the_feed() {
    let Desk { app, desk, broker, place, .. } = desk();
    let shift = app.shift(&desk, &broker, &place, "2026-11-24").await;
    let link = own_link(&app, &broker).await;
    app.delete(&format!("/shifts/{shift}"), &desk).await.expect(204);
    app.shift(&desk, &broker, &place, "2026-11-24").await;
    let all = events(&app, &link).await;
    let told: Vec<(&str, &str)> = all.iter().map(|e| (e["STATUS"].as_str(), e["SEQUENCE"].as_str())).collect();
    assert!(told.len() == 2 && told.contains(&("CANCELLED", "1")) && told.contains(&("CONFIRMED", "0")), "{told:?}");
    assert!(all.iter().any(|e| e["UID"] == format!("{shift}@bankside") && e["STATUS"] == "CANCELLED"));
}
