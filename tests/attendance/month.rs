//! The month on its pages and in its files.

use std::io::Cursor;

use actix_web::test::TestRequest;
use bankside::people::Role;
use calamine::{Data, Reader, Xlsx};
use serde_json::json;

use super::api::{Xian, xian};
use crate::support::{Person, TestApp};

const THERE: (f64, f64) = (34.2, 108.9);

async fn a_month(app: &TestApp, world: (&super::Place, &Person, &Person, &Person)) {
    let (outlet, zhang, li, chen) = world;
    for date in ["2026-11-23", "2026-11-24", "2026-11-25"] {
        app.shift(chen, zhang, outlet, date).await;
        app.shift(chen, li, outlet, date).await;
        app.at(&format!("{date}T09:12:00+08:00"));
        app.check_in(zhang, THERE, json!({})).await.expect(201);
        app.at(&format!("{date}T17:30:00+08:00"));
        app.check_in(zhang, THERE, json!({"kind": "out"})).await.expect(201);
    }
}

#[actix_web::test]
async fn a_broker_reads_the_own_month_and_the_desk_everybodys_by_person_and_by_outlet() {
    let Xian { app, outlet, zhang, chen, branch } = xian();
    let li = app.broker("li", branch);
    a_month(&app, (&outlet, &zhang, &li, &chen)).await;
    let own = app.page("/attendance", Some(&zhang)).await.expect(200).text;
    assert_eq!(own.matches("迟到 12 分钟").count(), 3);
    assert!(!own.contains("li Name") && !own.contains("class=\"matrix\""));
    for path in ["/attendance", "/attendance?by=outlet", "/attendance?month=2026-11&branch=XA01"] {
        let page = app.page(path, Some(&chen)).await.expect(200).text;
        // Three late and three absent, each said in words too.
        assert_eq!(page.matches("<span class=\"vh\">迟到</span>").count(), 3, "{path}");
        assert_eq!(page.matches("<span class=\"vh\">缺勤</span>").count(), 3, "{path}");
    }
    let person = app.page(&format!("/attendance?broker_id={}", li.id), Some(&chen)).await.expect(200).text;
    assert!(person.contains("li Name") && !person.contains("zhang Name"));
    let day = app.page("/attendance?date=2026-11-24", Some(&chen)).await.expect(200).text;
    assert!(day.contains("li Name") && day.contains("zhang Name") && day.contains("date=2026-11-25"));
    let none = app.page("/attendance?month=2027-02", Some(&chen)).await.expect(200).text;
    assert!(none.contains("这段时间没有班次"));
    for path in ["/attendance?month=2026-13", "/attendance?date=x", "/attendance?colour=red"] {
        app.page(path, Some(&chen)).await.expect(422);
    }
    app.branch("XA02");
    app.page("/attendance?branch=XA02", Some(&chen)).await.expect(404);
    let head =
        app.page("/attendance?branch=XA01", Some(&app.person("head", Role::Manager, None))).await.expect(200).text;
    assert!(head.contains("li Name") && !head.contains("/branch-settings"));
}

#[actix_web::test]
async fn the_files_have_real_dates_and_numbers_no_formula_and_leave_a_trace() {
    let Xian { app, outlet, zhang, chen, branch } = xian();
    let li = app.broker("=HYPERLINK(\"http://evil\")", branch);
    a_month(&app, (&outlet, &zhang, &li, &chen)).await;
    let csv = app.page("/attendance.csv?month=2026-11", Some(&chen)).await.expect(200);
    let told = csv.header("content-disposition").unwrap().to_owned();
    assert!(told.starts_with("attachment; filename=\"attendance-2026-11.csv\"; filename*=UTF-8''%E8%80%83%E5%8B%A4"));
    assert!(csv.text.starts_with('\u{feff}'));
    let mut reader = csv::Reader::from_reader(csv.text.trim_start_matches('\u{feff}').as_bytes());
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 6);
    assert!(rows.iter().all(|row| row.iter().all(|cell| !cell.starts_with(['=', '+', '-', '@']))));
    assert!(rows.iter().any(|row| row[1].starts_with("'=HYPERLINK")));
    let late = rows.iter().find(|row| row[1].starts_with("zhang")).unwrap();
    assert_eq!((&late[0], &late[6], &late[8], &late[9]), ("2026-11-23", "09:12:00", "迟到", "12"));
    let bytes = bytes(&app, "/attendance.xlsx?month=2026-11", &chen).await;
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).unwrap();
    let names = book.sheet_names();
    let rows = book.worksheet_range(&names[0]).unwrap();
    assert_eq!(rows.height(), 7);
    assert!(book.worksheet_formula(&names[0]).unwrap().is_empty());
    let late = rows.rows().find(|row| row[1].to_string().starts_with("zhang")).unwrap();
    assert!(matches!(late[0], Data::DateTime(_)) && matches!(late[6], Data::DateTime(_)), "{late:?}");
    assert_eq!(late[9], Data::Float(12.0));
    let totals = book.worksheet_range(&names[1]).unwrap();
    assert_eq!(totals.height(), 3);
    // By outlet it is the same, added up another way.
    let outlets = book.worksheet_range(&names[2]).unwrap();
    let sum = |of: &calamine::Range<Data>, column: u32| -> f64 {
        let number = |row: u32| of.get_value((row, column)).and_then(calamine::DataType::get_float);
        (1..of.height() as u32).filter_map(number).sum()
    };
    for column in 1..=8 {
        assert_eq!(sum(&outlets, column), sum(&totals, column), "column {column}");
    }
    assert_eq!(outlets.height(), 2);
    let trail = app.page("/audit", Some(&chen)).await.text;
    assert_eq!(trail.matches("attendance.export").count(), 2);
    // A broker takes along what is their own.
    let own = app.page("/attendance.csv", Some(&zhang)).await.expect(200).text;
    assert_eq!(own.lines().count(), 4);
}

async fn bytes(app: &TestApp, path: &str, who: &Person) -> Vec<u8> {
    use actix_web::http::header;
    let request = TestRequest::with_uri(path).insert_header((header::COOKIE, format!("bankside={}", who.token)));
    app.bytes(request).await
}
