//! What a bank sees: a link without a login, that runs out and can be ended, and a report; of clients only totals, none below five.

use bankside::people::Role;
use chrono::Duration;
use serde_json::json;

use super::agreements::{agreement, line};
use super::{audited, dress, signed};
use crate::attendance::Place;
use crate::prospects::outlet;
use crate::support::{Person, Reply, TestApp, id};

struct Desk {
    app: TestApp,
    desk: Person,
    zhang: Person,
    place: Place,
}

fn desk() -> Desk {
    let app = TestApp::new();
    let branch = app.branch("XA01");
    let (desk, zhang) = (app.coordinator("desk", branch), app.broker("zhang", branch));
    let place = app.outlet_at(branch, "A1", 34.2583, 108.9466);
    Desk { app, desk, zhang, place }
}

/// What stands on a page as the link: its address from the root on.
#[track_caller]
fn link(reply: &Reply) -> String {
    let at = reply.text.find("/partners/").unwrap_or_else(|| panic!("no link: {}", reply.text));
    let rest = &reply.text[at..];
    rest[..rest.find(['<', '"']).unwrap()].to_owned()
}

#[actix_web::test]
async fn a_link_is_read_without_a_login_and_leaves_no_trace_of_its_address() {
    let Desk { app, desk, zhang, place } = desk();
    app.shift(&desk, &zhang, &place, "2026-11-24").await;
    app.shift(&desk, &zhang, &place, "2026-12-02").await;
    app.shift(&desk, &zhang, &place, "2026-12-08").await;
    let (links, key) = (format!("/outlets/{}/partner-links", place.id), id());
    let made = app.form(&links, &desk, &[("id", &key), ("days", "30")]).await.expect(200);
    let at = link(&made);
    assert_eq!(
        link(&app.form(&links, &desk, &[("id", &key), ("days", "30")]).await.expect(200)),
        at,
        "a double tap is one"
    );
    let refused = app.form(&links, &desk, &[("id", &id()), ("days", "7")]).await.expect(422).text;
    assert!(refused.contains("不是可选的值"));
    assert_eq!(audited(&app, "partner_link.create"), 1);
    let read = app.page(&at, None).await.expect(200);
    assert_eq!(read.header("referrer-policy"), Some("no-referrer"));
    assert_eq!(read.header("cache-control"), Some("no-store"));
    assert!(read.header("x-robots-tag").unwrap().contains("noindex"));
    assert!(read.text.contains("zhang Name") && read.text.contains("09:00 – 17:00"));
    assert!(read.text.contains("周二 11-24") && read.text.contains("周三 12-02") && !read.text.contains("12-08"));
    assert!(!read.text.contains("<nav") && !read.text.contains("/agreements"));
    assert!(app.page(&format!("{at}?lang=en"), None).await.expect(200).text.contains("Posted this week"));
    // The list tells of it without its secret.
    let list = app.page(&links, Some(&desk)).await.expect(200).text;
    assert!(list.contains("最近打开 2026-11-23 10:00") && list.contains("到 2026-12-23 失效"));
    assert!(!list.contains(at.trim_start_matches("/partners/")));
    // Anybody else's guess, an ended one, and one that ran out, open nothing.
    app.page("/partners/guess", None).await.expect(404);
    let second = app.post(&links, &desk, json!({ "id": id(), "days": 90 })).await.expect(201).json();
    let second_at = second["url"].as_str().unwrap();
    let second_at = &second_at[second_at.find("/partners/").unwrap()..];
    app.page(second_at, None).await.expect(200);
    let path = format!("{links}/{}", second["id"].as_str().unwrap());
    app.delete(&path, &desk).await.expect(204);
    app.delete(&path, &desk).await.expect(404);
    app.page(second_at, None).await.expect(404);
    app.post(&links, &desk, json!({ "id": second["id"], "days": 90 })).await.expect(410);
    app.later(Duration::days(30));
    app.page(&at, None).await.expect(404);
    assert_eq!(app.get(&links, &desk).await.expect(200).json()["items"], json!([]));
    assert_eq!(audited(&app, "partner_link.revoke"), 1);
}

#[actix_web::test]
async fn links_are_made_by_the_desk_of_the_outlets_branch() {
    let Desk { app, desk, zhang, place } = desk();
    let other = app.branch("BJ01");
    let (elsewhere, head, admin) =
        (app.manager("zhao", other), app.person("head", Role::Manager, None), app.admin("root"));
    let links = format!("/outlets/{}/partner-links", place.id);
    for (who, status) in [(&zhang, 403), (&head, 403), (&admin, 403), (&elsewhere, 404)] {
        app.post(&links, who, json!({ "id": id(), "days": 30 })).await.expect(status);
        app.get(&links, who).await.expect(status);
        app.page(&links, Some(who)).await.expect(status);
    }
    let key = id();
    let sent = json!({ "id": key, "days": 30 });
    let first = app.post(&links, &desk, sent.clone()).await.expect(201).json();
    assert_eq!(app.post(&links, &desk, sent).await.expect(200).json(), first);
    app.post(&links, &desk, json!({ "id": key, "days": 90 })).await.expect(409);
    let faults = app.post(&links, &desk, json!({ "id": id(), "days": 31 })).await.expect(422).faults();
    assert_eq!(faults, ["days: unknown_value"]);
    for _ in 1..10 {
        app.post(&links, &desk, json!({ "id": id(), "days": 30 })).await.expect(201);
    }
    let full = app.post(&links, &desk, json!({ "id": id(), "days": 30 })).await.expect(409).json();
    assert_eq!(full["code"], "too_many_links");
}

#[actix_web::test]
async fn of_clients_the_bank_sees_totals_of_five_and_more_until_last_sunday() {
    let Desk { app, desk, zhang, place } = desk();
    let lines = json!([line("ours", "custody_signed", 20), line("ours", "cards", 8), line("theirs", "referrals", 6)]);
    app.post("/agreements", &desk, agreement(place.id, lines)).await.expect(201);
    for day in 2..6 {
        let at = format!("2026-11-0{day}T10:00:00+08:00");
        signed(&app, &zhang, place.id, "2026-11-01T09:00:00+08:00", &at).await;
    }
    let links = format!("/outlets/{}/partner-links", place.id);
    let at = link(&app.form(&links, &desk, &[("id", &id()), ("days", "30")]).await.expect(200));
    let four = app.page(&at, None).await.expect(200).text;
    assert!(four.contains("三方存管") && four.contains("人数少，不显示") && !four.contains("4 / 20"), "{four}");
    assert!(!four.contains("李秀英"), "nobody by name");
    assert!(four.contains("0 / 8"), "cards are no clients of ours");
    // A fifth, today: shown from next week on, and not before.
    signed(&app, &zhang, place.id, "2026-11-01T09:00:00+08:00", "2026-11-23T09:30:00+08:00").await;
    assert!(!app.page(&at, None).await.expect(200).text.contains("5 / 20"));
    app.at("2026-11-30T10:00:00+08:00");
    let five = app.page(&at, None).await.expect(200).text;
    assert!(five.contains("5 / 20") && five.contains("11 月 29 日"), "{five}");
    // An agreement for November alone would tell what came before and after by the difference: only the longer one shows.
    let november = json!({
        "id": id(), "outlet_id": place.id, "from": "2026-11-01", "to": "2026-11-30",
        "lines": [line("ours", "custody_signed", 7)],
    });
    let november = app.post("/agreements", &desk, november).await.expect(201).json();
    let both = app.page(&at, None).await.expect(200).text;
    assert!(both.contains("5 / 20") && !both.contains("5 / 7") && both.contains("目标 7"), "{both}");
    // The report of that agreement tells no more than the link.
    let page = format!("/agreements/{}/report", november["id"].as_str().unwrap());
    let report = app.page(&page, Some(&desk)).await.expect(200).text;
    assert!(report.contains("目标 7") && !report.contains("5 / 7"));
    assert!(
        app.page(&format!("{page}?lang=en"), Some(&desk)).await.expect(200).text.contains("What we did for the bank")
    );
    assert_eq!(audited(&app, "agreement.report"), 2);
    app.page(&page, Some(&zhang)).await.expect(403);
}

#[actix_web::test]
async fn a_banks_report_hides_small_outlets_and_what_would_tell_of_them() {
    let Desk { app, desk, zhang, place } = desk();
    let branch = zhang.branch.unwrap();
    let (second, third) = (outlet(&app, branch, "B1"), outlet(&app, branch, "C1"));
    for one in [place.id, second, third] {
        dress(&app, one, "中国工商银行", "A");
    }
    for (outlet, n) in [(place.id, 9), (second, 6), (third, 2)] {
        for _ in 0..n {
            signed(&app, &zhang, outlet, "2026-11-01T09:00:00+08:00", "2026-11-10T10:00:00+08:00").await;
        }
    }
    let sent = json!({
        "id": id(), "bank": "中国工商银行", "from": "2026-10-01", "to": "2026-12-31", "lines": [line("ours", "custody_signed", 20)],
    });
    let made = app.post("/agreements", &desk, sent).await.expect(201).json();
    let page = format!("/agreements/{}/report", made["id"].as_str().unwrap());
    let report = app.page(&page, Some(&desk)).await.expect(200).text;
    assert!(report.contains("17 / 20"), "{report}");
    // C1 has two; with the total beside it, B1 is hidden as well.
    let of = |name: &str| {
        let at = report.find(&format!("<li>{name} ")).unwrap_or_else(|| panic!("{name}: {report}"));
        report[at..].split("</li>").next().unwrap().to_owned()
    };
    assert!(of("A1 支行").contains('9'));
    assert!(of("B1支行").contains("不显示") && of("C1支行").contains("不显示"));
}
