//! The export of prospects: everything, in what order and how much of it, for whom, and on what record.

use actix_web::body::{BodySize, MessageBody};
use actix_web::dev::Service;
use actix_web::http::header;
use actix_web::test::TestRequest;
use actix_web::{App as Site, middleware, test, web};
use bankside::db::Id;
use bankside::db::schema::*;
use bankside::imports::run::{self, Kind, Terms};
use bankside::people::{Caller, store};
use bankside::place::Datum;
use bankside::prospects::stage::Stage;
use diesel::prelude::*;
use serde_json::{Value, json};

use crate::support::{Person, TestApp};

struct World {
    app: TestApp,
    branch: Id,
    admin: Person,
    desk: Person,
}

fn world() -> World {
    let app = TestApp::new();
    let (branch, other) = (app.branch("XA01"), app.branch("XA02"));
    app.broker("li", branch);
    app.broker("far", other);
    let (admin, desk) = (app.admin("root"), app.coordinator("chen", branch));
    World { app, branch, admin, desk }
}

fn import(w: &World, branch: Id, file: impl Into<Vec<u8>>) -> (usize, usize, u64) {
    let branch = w.app.app.db.read_now(|conn| store::branch(conn, branch)).unwrap();
    let terms = Terms {
        branch: Some(branch),
        datum: Datum::Wgs84,
        keys: w.app.app.keys.clone(),
        now: w.app.now(),
        emails: true,
    };
    let caller = Caller::program(w.app.now());
    let plan = run::run_now(&w.app.app.db, &caller, Kind::Prospects, file.into(), terms, false).unwrap();
    assert!(plan.is_clean(), "{:?}", plan.findings.errors);
    plan.counts()
}

const FILE: &str = "name,mobile,met_at,source,channel,broker,consent_given_at,consent_purpose,experience,note\n\
    '=HYPERLINK(1),13812345678,2026-11-20 14:30:15,referral,sms,li,2026-11-20 14:30,service,new,\"a, \"\"b\"\"\nc\"\n\
    Zhao,,2026-11-21 09:00,on_site,call,li,,,unknown,+1\n\
    Qian,13912345678,2026-11-22 23:59,event,wechat,li,2026-11-22 23:59,service,experienced,\n";

async fn export(w: &World, body: Value) -> Vec<u8> {
    let request = TestRequest::post()
        .uri("/api/v1/prospect-exports")
        .insert_header((header::AUTHORIZATION, format!("Bearer {}", w.admin.token)))
        .insert_header((header::ACCEPT_LANGUAGE, "en"))
        .set_json(body);
    w.app.bytes(request).await
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// What the trail says of exports, oldest first.
fn told(w: &World) -> Vec<(String, Value)> {
    let rows: Vec<(String, String)> = w.app.arrange(|conn| {
        Ok(audit_entries::table
            .filter(audit_entries::action.like("prospect.export%"))
            .order(audit_entries::seq)
            .select((audit_entries::action, audit_entries::detail))
            .load(conn)?)
    });
    rows.into_iter().map(|(action, detail)| (action, serde_json::from_str(&detail).unwrap())).collect()
}

#[actix_web::test]
async fn what_is_exported_with_numbers_comes_back_as_it_was() {
    let w = world();
    assert_eq!(import(&w, w.branch, FILE), (3, 0, 0));
    for format in ["csv", "xlsx"] {
        let file = export(&w, json!({ "mobiles": true, "reason": "audit", "format": format })).await;
        assert_eq!(import(&w, w.branch, file), (0, 0, 3), "{format}");
    }
    let csv = text(&export(&w, json!({ "mobiles": true, "reason": "audit" })).await);
    assert!(csv.starts_with('\u{feff}'));
    assert!(csv.contains("\n'=HYPERLINK(1),13812345678,2026-11-20 14:30:15,Referral,SMS,"), "{csv}");
    assert!(csv.contains("'+1,Met"), "a note is no formula either: {csv}");
    let name: String =
        w.app.arrange(|conn| Ok(prospects::table.order(prospects::met_at).select(prospects::name).first(conn)?));
    assert_eq!(name, "=HYPERLINK(1)", "the apostrophe was the file's, not the person's");
}

#[actix_web::test]
async fn without_a_reason_numbers_are_masked_and_no_import_takes_them_for_numbers() {
    let w = world();
    import(&w, w.branch, FILE);
    let csv = export(&w, json!({ "mark": false })).await;
    let shown = text(&csv);
    assert!(!shown.starts_with('\u{feff}'));
    assert!(shown.contains("138****5678") && !shown.contains("13812345678"), "{shown}");
    assert_eq!(import(&w, w.branch, csv), (0, 0, 3));
    let refused = w.app.post("/prospect-exports", &w.admin, json!({ "mobiles": true })).await.expect(422);
    assert_eq!(refused.faults(), ["reason: required"]);
    for body in [
        json!({"from": "x"}),
        json!({"branch": "none"}),
        json!({"format": "pdf"}),
        json!({"from": "2026-02-01", "to": "2026-01-01"}),
    ] {
        w.app.post("/prospect-exports", &w.admin, body).await.expect(422);
    }
    w.app.post("/prospect-exports", &w.desk, json!({})).await.expect(403);
    let empty = w.app.post("/prospect-exports", &w.admin, json!({ "from": "", "to": " " })).await.expect(422);
    assert_eq!(empty.faults(), ["from: not_a_date", "to: not_a_date"]);
}

#[actix_web::test]
async fn a_branch_and_a_period_bound_it_and_it_is_on_record_with_its_count() {
    let w = world();
    import(&w, w.branch, FILE);
    let other: Id =
        w.app.arrange(|conn| Ok(branches::table.filter(branches::code.eq("XA02")).select(branches::id).first(conn)?));
    import(&w, other, "name,met_at,broker\nFar,2026-11-21 10:00,far\n");
    let lines = |bytes: Vec<u8>| text(&bytes).lines().filter(|l| l.contains("Asia") || l.contains("XA0")).count();
    assert_eq!(lines(export(&w, json!({})).await), 4);
    assert_eq!(lines(export(&w, json!({ "branch": "XA02" })).await), 1);
    assert_eq!(lines(export(&w, json!({ "branch": "XA01", "from": "2026-11-21", "to": "2026-11-22" })).await), 2);
    let told = told(&w);
    assert_eq!(told.len(), 6);
    assert_eq!(
        (told[5].0.as_str(), &told[5].1["rows"], &told[5].1["whole"]),
        ("prospect.export_end", &json!(2), &json!(true))
    );
    assert_eq!((&told[4].1["branch"], &told[4].1["mobiles"]), (&json!("XA01"), &json!(false)));
}

#[actix_web::test]
async fn whom_one_may_not_see_any_more_is_left_out() {
    let w = world();
    import(&w, w.branch, FILE);
    let erased: Id = w
        .app
        .arrange(|conn| Ok(prospects::table.filter(prospects::name.eq("Qian")).select(prospects::id).first(conn)?));
    w.app.post("/erasures", &w.admin, json!({ "prospect_id": erased })).await.expect(200);
    let shown = text(&export(&w, json!({})).await);
    assert!(shown.contains("Zhao") && !shown.contains("Qian") && !shown.contains(&erased.to_string()), "{shown}");
}

/// Many at the same moment, so that a page ends in the midst of them.
fn many(w: &World, rows: usize) {
    let mut file = "name,met_at,broker\n".to_owned();
    for n in 0..rows {
        file += &format!("P{n:05},2026-11-{:02} 10:00,li\n", n / 1500 + 1);
    }
    assert_eq!(import(w, w.branch, file).0, rows);
}

#[actix_web::test]
async fn every_row_is_there_once_however_many_pages_it_takes() {
    let w = world();
    many(&w, 4_500);
    let csv = text(&export(&w, json!({})).await);
    let mut names: Vec<&str> = csv.lines().skip(1).filter_map(|line| line.split(',').next()).collect();
    names.sort_unstable();
    let expected: Vec<String> = (0..4_500).map(|n| format!("P{n:05}")).collect();
    assert_eq!(names, expected);
}

#[actix_web::test]
async fn whoever_goes_away_ends_the_work() {
    let w = world();
    many(&w, 4_500);
    let service = test::init_service(
        Site::new()
            .app_data(web::Data::from(w.app.app.clone()))
            .wrap(middleware::from_fn(bankside::web::gate::gate))
            .configure(bankside::routes::configure),
    )
    .await;
    let request = TestRequest::post()
        .uri("/api/v1/prospect-exports")
        .insert_header((header::AUTHORIZATION, format!("Bearer {}", w.admin.token)))
        .set_json(json!({}));
    let answer = service.call(request.to_request()).await.unwrap();
    assert_eq!(answer.response().body().size(), BodySize::Stream, "nobody waits for the whole of it");
    let mut body = Box::pin(answer.into_body());
    let heading = std::future::poll_fn(|cx| body.as_mut().poll_next(cx)).await;
    assert!(heading.is_some_and(|part| part.is_ok_and(|bytes| bytes.ends_with(b"\r\n"))), "it leaves at once");
    let first = std::future::poll_fn(|cx| body.as_mut().poll_next(cx)).await;
    assert!(first.is_some_and(|part| part.is_ok_and(|bytes| bytes.len() > 1_000)));
    drop(body);
    let began = std::time::Instant::now();
    while told(&w).len() < 2 {
        assert!(began.elapsed().as_secs() < 10, "the end is not on record");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let end = &told(&w)[1].1;
    assert_eq!((&end["rows"], &end["whole"]), (&json!(2_000), &json!(false)));
}

#[actix_web::test]
async fn the_page_asks_for_a_reason_and_answers_a_file() {
    let w = world();
    import(&w, w.branch, FILE);
    w.app.page("/prospects/export", Some(&w.desk)).await.expect(403);
    let page = w.app.page("/prospects/export", Some(&w.admin)).await.expect(200);
    assert!(page.text.contains("XA01 branch"));
    assert!(w.app.page("/prospects", Some(&w.admin)).await.expect(200).text.contains("/prospects/export"));
    let fields = [("branch", ""), ("from", ""), ("to", ""), ("format", "csv"), ("mobiles", "yes"), ("reason", "")];
    let refused = w.app.form("/prospects/export", &w.admin, &fields).await.expect(422);
    assert!(refused.text.contains("reason-error"));
    let fields = [("format", "csv"), ("mobiles", "yes"), ("reason", "监管检查")];
    let file = w.app.form("/prospects/export", &w.admin, &fields).await.expect(200);
    assert!(file.header("content-disposition").unwrap().contains("attachment"));
    assert!(file.text.contains("13812345678") && file.text.contains(&stage_word(Stage::Met)), "{}", file.text);
    let register = w.app.page("/data-requests", Some(&w.admin)).await.expect(200);
    assert!(register.text.contains("监管检查"));
}

fn stage_word(stage: Stage) -> String {
    bankside::language::Lang::Zh.text(&format!("prospect-stage-{}", stage.as_str()), None)
}
