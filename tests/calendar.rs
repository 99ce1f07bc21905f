//! Calendars: what is listed, for all and for one branch, by file and by hand.

use bankside::db::Id;
use bankside::imports::run::{self, Kind, Terms};
use bankside::people::{Caller, store};
use bankside::place::Datum;
use chrono::NaiveDate;

use crate::support::TestApp;

fn import(app: &TestApp, branch: Option<Id>, file: &str) -> bankside::imports::report::ImportReport {
    let branch = branch.map(|id| app.app.db.read_now(|conn| store::branch(conn, id)).unwrap());
    let terms = Terms { branch, datum: Datum::Wgs84, keys: app.app.keys.clone(), now: app.now(), emails: true };
    let plan = run::run_now(&app.app.db, &Caller::program(app.now()), Kind::Calendar, file.into(), terms, false);
    plan.unwrap().report(bankside::language::Lang::En)
}

fn is_workday(app: &TestApp, branch: Id, date: &str) -> bool {
    let date: NaiveDate = date.parse().unwrap();
    app.app
        .db
        .read_now(|conn| bankside::calendar::store::workdays(conn, Some(branch), date, date))
        .unwrap()
        .is_workday(date)
}

const DAYS: &str = "date,is_workday,name\n2026-10-01,0,国庆节\n2026-10-10,1,\n2027-01-01,,元旦\n";

#[actix_web::test]
async fn a_file_lists_days_and_a_second_time_changes_nothing() {
    let app = TestApp::new();
    let branch = app.branch("XA01");
    let report = import(&app, None, DAYS);
    assert_eq!((report.added, report.changed, report.unchanged), (2, 0, 1));
    let report = import(&app, None, DAYS);
    assert_eq!((report.added, report.changed, report.unchanged), (0, 0, 3));
    for (date, worked) in [("2026-10-01", false), ("2026-10-10", true), ("2027-01-01", true), ("2026-10-03", false)] {
        assert_eq!(is_workday(&app, branch, date), worked, "{date}");
    }
    let report = import(&app, None, "日期,是否工作日\n2026-10-01,是\n2026-10-01,否\n");
    assert_eq!(report.errors.iter().map(|e| e.code.as_str()).collect::<Vec<_>>(), ["doubled_key"]);
    let report = import(&app, None, "日期,是否工作日\n2026年10月1日,也许\n明天,否\n,否\n");
    assert_eq!(
        report.errors.iter().map(|e| (e.row, e.code.as_str())).collect::<Vec<_>>(),
        [(Some(2), "bad_yes_no"), (Some(3), "bad_date"), (Some(4), "required")]
    );
}

#[actix_web::test]
async fn a_branchs_row_goes_before_the_general_one() {
    let app = TestApp::new();
    let (xa, bj) = (app.branch("XA01"), app.branch("BJ01"));
    import(&app, None, DAYS);
    import(&app, Some(xa), "date,is_workday\n2026-10-01,1\n");
    assert!(is_workday(&app, xa, "2026-10-01"));
    assert!(!is_workday(&app, bj, "2026-10-01"));
}

#[actix_web::test]
async fn the_page_lists_adds_and_removes_days_and_warns_of_a_bare_year() {
    let app = TestApp::new();
    let (xa, bj) = (app.branch("XA01"), app.branch("BJ01"));
    let (root, chen, bei) = (app.admin("root"), app.coordinator("chen", xa), app.coordinator("bei", bj));
    import(&app, None, DAYS);
    let page = app.page("/calendars", Some(&root)).await.expect(200).text;
    assert!(page.contains("国庆节") && page.contains("2027 年还没有") && !page.contains("2026 年还没有"), "{page}");
    let day = [("branch", ""), ("date", "2026-12-25"), ("is_workday", "0"), ("name", "歇一天")];
    app.form("/calendars", &chen, &day).await.expect(303);
    assert!(!is_workday(&app, xa, "2026-12-25"));
    assert!(is_workday(&app, bj, "2026-12-25"));
    assert!(app.page("/calendars?year=2026", Some(&chen)).await.expect(200).text.contains("歇一天"));
    assert!(!app.page("/calendars?year=2026", Some(&bei)).await.expect(200).text.contains("歇一天"));
    app.form("/calendars", &bei, &[("branch", "XA01"), day[1], day[2]]).await.expect(404);
    // A branch cannot take away what holds for all.
    app.form("/calendars/removal", &chen, &[("date", "2026-10-01")]).await.expect(303);
    assert!(!is_workday(&app, xa, "2026-10-01"));
    // Before it goes the page says what goes: the branch's own word, the day's name, and what the day is then.
    let ask = "/calendars/removal?lang=en&date=2026-12-25";
    let asked = app.page(ask, Some(&chen)).await.expect(200).text;
    for part in [
        "歇一天",
        "2026-12-25 Fri",
        "as its weekday says",
        "Reminders",
        "action=\"/calendars/removal\"",
        "value=\"2026-12-25\"",
    ] {
        assert!(asked.contains(part), "{part}: {asked}");
    }
    assert!(!is_workday(&app, xa, "2026-12-25"), "looking removes nothing");
    // What is not on the own list leads back to it.
    for none in ["/calendars/removal?date=2026-10-01", "/calendars/removal"] {
        let back = app.page(none, Some(&chen)).await.expect(303);
        assert!(back.header("location").is_some_and(|to| to.starts_with("/calendars?year=")), "{back:?}");
    }
    app.page("/calendars/removal?branch=XA01&date=2026-12-25", Some(&bei)).await.expect(404);
    app.form("/calendars/removal", &chen, &[("date", "2026-12-25")]).await.expect(303);
    assert!(is_workday(&app, xa, "2026-12-25"));
    app.form("/calendars/removal", &root, &[("date", "2026-10-01")]).await.expect(303);
    assert!(is_workday(&app, xa, "2026-10-01"));
    app.form("/calendars", &root, &[("date", "x"), ("is_workday", "")]).await.expect(422);
    let (broker, head) = (app.broker("zhang", xa), app.person("head", bankside::people::Role::Manager, None));
    app.page("/calendars", Some(&broker)).await.expect(403);
    app.page("/calendars", Some(&head)).await.expect(403);
}

#[actix_web::test]
async fn the_fixture_comes_in_and_has_the_holidays_of_three_years() {
    let app = TestApp::new();
    let branch = app.branch("XA01");
    let report = import(&app, None, include_str!("../fixtures/calendar-cn-2024-2026.csv"));
    assert!(report.is_clean() && report.added > 80, "{report:?}");
    for (date, worked) in [("2024-02-12", false), ("2024-02-18", true), ("2025-10-08", false), ("2026-02-17", false)] {
        assert_eq!(is_workday(&app, branch, date), worked, "{date}");
    }
}
