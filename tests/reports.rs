//! Reports: the figures of the other pages, whose they are, the files, and the mails.

use std::collections::BTreeMap;

use bankside::attendance::month::{self, Line, Totals};
use bankside::db::schema::*;
use bankside::db::{At, Id, open};
use bankside::generate::{self, Plan};
use bankside::imports::workbook;
use bankside::mail::outbox;
use bankside::people::{CurrentUser, Role};
use bankside::reports::{Unit, mails};
use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use serde_json::{Value, json};

use crate::support::{Person, TestApp, monday};

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// A year of made-up data at two branches.
fn filled() -> (TestApp, Vec<(Id, String)>) {
    let app = TestApp::new();
    let plan = Plan { scale: 0.001, seed: 5, today: monday().date_naive(), keep_positions_days: 90 };
    let mut conn = open(app.app.db.location(), false).unwrap();
    generate::fill(&mut conn, &app.app.keys, &plan, At::from(monday()), |_| {}).unwrap().unwrap();
    let all = branches::table.order(branches::code).select((branches::id, branches::code)).load(&mut conn).unwrap();
    (app, all)
}

async fn report(app: &TestApp, who: &Person, query: &str) -> Value {
    app.get(&format!("/reports?{query}"), who).await.expect(200).json()
}

/// What the funnel says.
async fn funnel(app: &TestApp, who: &Person, from: &str, to: &str) -> Value {
    let path = format!("/funnel?from={from}&to={to}&group_by=broker");
    app.get(&path, who).await.expect(200).json()
}

/// What the roll says, by broker and together.
fn roll(app: &TestApp, who: &Person, code: &str, first: &str, last: &str) -> (BTreeMap<String, Totals>, Totals) {
    let (id, name, code) = (who.id, String::new(), code.to_owned());
    let user = CurrentUser {
        id,
        login: name.clone(),
        name,
        role: Role::Admin,
        branch: None,
        compliance: false,
        language: bankside::language::Lang::En,
        position_agreed_at: None,
        session: id,
    };
    let (first, last, now) = (date(first), date(last), app.now());
    let months: Vec<NaiveDate> = bankside::calendar::months::months(first, last).collect();
    let lines: Vec<Line> = app.arrange(move |conn| {
        let mut all = Vec::new();
        for month in months {
            let wanted = month::Wanted { branch: Some(code.clone()), month: Some(month), ..month::Wanted::default() };
            all.extend(month::load(conn, &user, &wanted, now)?.lines);
        }
        all.retain(|line| first <= line.row.shift.date && line.row.shift.date <= last);
        Ok(all)
    });
    let mut people: BTreeMap<String, Vec<&Line>> = BTreeMap::new();
    for line in &lines {
        people.entry(line.row.shift.broker_id.to_string()).or_default().push(line);
    }
    (people.into_iter().map(|(id, lines)| (id, Totals::of(lines))).collect(), Totals::of(&lines))
}

fn as_roll(totals: &Totals) -> Value {
    json!({
        "shifts": totals.shifts, "on_time": totals.on_time, "late": totals.late, "left_early": totals.left_early,
        "absent": totals.absent, "not_confirmed": totals.not_confirmed, "off_site": totals.unclear,
    })
}

fn without_share(mut attendance: Value) -> Value {
    attendance.as_object_mut().unwrap().remove("share");
    attendance
}

/// Follow-ups counted anew and naively: counted, kept, waived, pending.
fn follow_ups(app: &TestApp, branches: &[Id], first: &str, last: &str) -> [u64; 4] {
    type Row = (Id, NaiveDate, Option<Id>, Option<At>, Option<NaiveDate>, Option<At>, i32);
    let (first, last) = (date(first), date(last));
    let rows: Vec<Row> = app.arrange(|conn| {
        Ok(follow_ups::table
            .inner_join(prospects::table.on(prospects::id.eq(follow_ups::prospect_id)))
            .select((
                prospects::branch_id,
                prospects::met_on,
                prospects::merged_into,
                follow_ups::kept_at,
                follow_ups::kept_on,
                follow_ups::waived_at,
                follow_ups::number,
            ))
            .load(conn)?)
    });
    let today = app.now().date_in(chrono_tz::Asia::Shanghai);
    let mut counts = [0; 4];
    for (branch, met_on, merged, kept_at, kept_on, waived_at, number) in rows {
        if number != 1 || merged.is_some() || !branches.contains(&branch) || met_on < first || met_on > last {
            continue;
        }
        if (today - met_on).num_days() <= 3 {
            counts[3] += 1;
        } else if waived_at.is_some_and(|waived| kept_at.is_none_or(|kept| waived <= kept)) {
            counts[2] += 1;
        } else {
            counts[0] += 1;
            counts[1] += u64::from(kept_on.is_some_and(|kept| (kept - met_on).num_days() <= 3));
        }
    }
    counts
}

fn told(report: &Value) -> [u64; 4] {
    ["counted", "kept", "waived", "pending"].map(|key| report["total"]["follow_ups"][key].as_u64().unwrap())
}

#[actix_web::test]
async fn every_figure_is_the_one_of_its_own_page() {
    let (app, branches) = filled();
    let (branch, code) = branches[0].clone();
    let boss = app.manager("boss", branch);
    for (unit, day, first, last) in [
        ("week", "2026-11-18", "2026-11-16", "2026-11-22"),
        ("month", "2026-11-05", "2026-11-01", "2026-11-30"),
        ("quarter", "2026-09-30", "2026-07-01", "2026-09-30"),
    ] {
        let report = report(&app, &boss, &format!("period={unit}&date={day}")).await;
        assert_eq!((&report["from"], &report["to"]), (&json!(first), &json!(last)));
        let funnel = funnel(&app, &boss, first, last).await;
        for (step, count) in funnel["total"]["entered"].as_object().unwrap() {
            assert_eq!(&report["total"]["funnel"][step], count, "{unit} {step}");
        }
        assert_eq!(report["total"]["funnel"]["lost"], funnel["total"]["lost"], "{unit}");
        assert!(report["total"]["funnel"]["met"].as_u64().unwrap() > 0);
        for group in funnel["groups"].as_array().unwrap() {
            let people = report["people"].as_array().unwrap();
            let person = people.iter().find(|one| one["key"] == group["key"]).unwrap();
            assert_eq!(person["funnel"]["met"], group["entered"]["met"], "{unit} {}", group["label"]);
            assert_eq!(person["funnel"]["funded"], group["entered"]["funded"], "{unit} {}", group["label"]);
        }
        let (people, totals) = roll(&app, &boss, &code, first, last);
        assert_eq!(without_share(report["total"]["attendance"].clone()), as_roll(&totals), "{unit}");
        assert!(totals.shifts > 0);
        for (id, totals) in people {
            let person = report["people"].as_array().unwrap().iter().find(|one| one["key"] == json!(id)).unwrap();
            assert_eq!(without_share(person["attendance"].clone()), as_roll(&totals), "{unit} {id}");
        }
        assert_eq!(told(&report), follow_ups(&app, &[branch], first, last), "{unit}");
        add_up(&report);
    }
}

/// Pieces, people and outlets come to the total.
fn add_up(report: &Value) {
    let sum = |list: &str, of: &str, key: &str| -> u64 {
        report[list].as_array().unwrap().iter().map(|one| one[of][key].as_u64().unwrap()).sum()
    };
    let lists: &[&str] = if report["branch"].is_null() { &["branches"] } else { &["over_time", "people", "outlets"] };
    for list in lists {
        for (of, key) in [("funnel", "met"), ("funnel", "lost"), ("follow_ups", "counted"), ("attendance", "late")] {
            assert_eq!(report["total"][of][key], sum(list, of, key), "{list} {of} {key}");
        }
    }
}

#[actix_web::test]
async fn the_head_offices_report_is_the_sum_of_the_branches() {
    let (app, branches) = filled();
    let head = app.person("head2", Role::Manager, None);
    let all = report(&app, &head, "period=month&date=2026-10-05").await;
    add_up(&all);
    assert_eq!(all["branches"].as_array().unwrap().len(), branches.len());
    assert_eq!((all["people"].as_array().unwrap().len(), &all["branch"]), (0, &json!(null)));
    let ids: Vec<Id> = branches.iter().map(|(id, _)| *id).collect();
    assert_eq!(told(&all), follow_ups(&app, &ids, "2026-10-01", "2026-10-31"));
    let (_, code) = &branches[0];
    let one = report(&app, &head, &format!("period=month&date=2026-10-05&branch={code}")).await;
    assert_eq!(one["total"]["funnel"], all["branches"][0]["funnel"]);
    assert_eq!((&one["branch"]["code"], one["people"].as_array().unwrap().is_empty()), (&json!(code), false));
    // The period before is what its own report says.
    let before = report(&app, &head, &format!("period=month&date=2026-09-30&branch={code}")).await;
    assert_eq!(one["before"], before["total"]);
    if let Some((_, other)) = branches.get(1) {
        let boss = app.manager("boss", branches[0].0);
        app.get(&format!("/reports?branch={other}"), &boss).await.expect(404);
        app.get(&format!("/reports?branch={code}"), &boss).await.expect(200);
    }
    let page = app.page("/reports?period=quarter&date=2026-10-05", Some(&head)).await.expect(200);
    assert!(page.text.contains("第4季度") && page.text.contains(&format!("branch={code}")), "{}", page.text);
}

struct World {
    app: TestApp,
    branch: Id,
    boss: Person,
    li: Person,
}

fn world() -> World {
    let app = TestApp::new();
    let branch = app.branch("XA01");
    let (boss, li) = (app.manager("boss", branch), app.broker("li", branch));
    World { app, branch, boss, li }
}

async fn meet(w: &World, who: &Person, name: &str, at: &str) {
    let body = json!({ "id": Id::new(), "name": name, "met_at": at, "source": "on_site", "preferred_channel": "call" });
    w.app.post("/prospects", who, body).await.expect(201);
}

#[actix_web::test]
async fn who_was_met_at_the_edge_counts_on_the_branchs_own_day() {
    let w = world();
    for (name, at) in [
        ("before", "2026-01-04T23:59:59+08:00"),
        ("first", "2026-01-05T00:00:00+08:00"),
        ("last", "2026-01-11T23:59:59+08:00"),
        ("after", "2026-01-12T00:00:00+08:00"),
    ] {
        meet(&w, &w.li, name, at).await;
    }
    let met = |report: &Value| report["total"]["funnel"]["met"].clone();
    let week = report(&w.app, &w.boss, "period=week&date=2026-01-07").await;
    assert_eq!((met(&week), &week["over_time"][0]["funnel"]["met"]), (json!(2), &json!(1)));
    assert_eq!(week["over_time"][6]["funnel"]["met"], 1);
    // The week of New Year lies in two years.
    let before = report(&w.app, &w.boss, "period=week&date=2025-12-31").await;
    assert_eq!((&before["from"], &before["to"], met(&before)), (&json!("2025-12-29"), &json!("2026-01-04"), json!(1)));
    assert_eq!(met(&report(&w.app, &w.boss, "period=year&date=2026-06-01").await), 4);
    assert_eq!(met(&report(&w.app, &w.boss, "period=quarter&date=2026-03-31").await), 4);
    assert_eq!(met(&report(&w.app, &w.boss, "period=day&date=2026-01-12").await), 1);
    // Where the sun rises later, the same moments lie on other days.
    let far = w.app.branch_in("NY01", "America/New_York");
    let (boss, broker) = (w.app.manager("nyboss", far), w.app.broker("nybroker", far));
    meet(&w, &broker, "x", "2026-01-05T00:00:00+08:00").await;
    assert_eq!(met(&report(&w.app, &boss, "period=week&date=2026-01-07").await), 0);
    assert_eq!(met(&report(&w.app, &boss, "period=day&date=2026-01-04").await), 1);
    let today = report(&w.app, &boss, "period=day").await;
    assert_eq!(today["from"], "2026-11-22", "it is still Sunday there");
}

#[actix_web::test]
async fn only_managers_and_admins_read_reports() {
    let w = world();
    let (desk, admin) = (w.app.coordinator("chen", w.branch), w.app.admin("root"));
    for who in [&w.li, &desk] {
        w.app.get("/reports", who).await.expect(403);
        w.app.page("/reports", Some(who)).await.expect(403);
        w.app.page("/reports.csv", Some(who)).await.expect(403);
    }
    assert!(!w.app.page("/outlets", Some(&desk)).await.expect(200).text.contains("href=\"/reports\""));
    assert!(w.app.page("/outlets", Some(&w.boss)).await.expect(200).text.contains("href=\"/reports\""));
    w.app.get("/reports", &admin).await.expect(200);
    w.app.form("/reports/schedule", &admin, &[("week", "yes")]).await.expect(403);
    assert_eq!(
        w.app.get("/reports?period=decade&date=x", &w.boss).await.expect(422).faults(),
        ["period: unknown_value", "date: not_a_date"]
    );
    let empty = w.app.get("/reports?period=&date=", &w.boss).await.expect(422).faults();
    assert_eq!(empty, ["period: unknown_value", "date: not_a_date"], "left out, not left empty");
    w.app.page("/reports?period=&date=", Some(&w.boss)).await.expect(200);
    let shown = w.app.page("/reports?date=x&period=week", Some(&w.boss)).await.expect(422).text;
    assert!(shown.contains("date-error") && shown.contains("value=\"x\""), "{shown}");
    assert!(shown.contains("<option value=\"week\" selected"), "what was right stays as well: {shown}");
}

#[actix_web::test]
async fn an_empty_period_says_so_and_its_files_open() {
    let w = world();
    let page = w.app.page("/reports?period=month&date=2020-02-02", Some(&w.boss)).await.expect(200);
    assert!(page.text.contains("这段时间没有记录"));
    let csv = w.app.page("/reports.csv?period=month&date=2020-02-02", Some(&w.boss)).await.expect(200);
    assert!(csv.text.lines().count() >= 3, "{}", csv.text);
    let request = actix_web::test::TestRequest::with_uri("/reports.xlsx?period=day&date=2020-02-02")
        .insert_header(("cookie", format!("bankside={}", w.boss.token)));
    assert_eq!(workbook::read_all(&w.app.bytes(request).await, 9).unwrap().len(), 1);
}

#[actix_web::test]
async fn files_hold_numbers_and_days_and_no_formula_and_are_on_record() {
    let w = world();
    let name = "=HYPERLINK(\"http://x\")";
    let li = w.li.id;
    w.app.arrange(move |conn| Ok(diesel::update(users::table.find(li)).set(users::name.eq(name)).execute(conn)?));
    for n in 1..=3 {
        meet(&w, &w.li, "王小明", &format!("2026-11-0{n}T10:00:00+08:00")).await;
    }
    let csv = w.app.page("/reports.csv?period=month&date=2026-11-01&lang=en", Some(&w.boss)).await.expect(200);
    assert!(csv.header("content-disposition").unwrap().contains("report-month-2026-11-01.csv"));
    assert!(csv.text.starts_with('\u{feff}') && csv.text.contains(",\"'=HYPERLINK"), "{}", csv.text);
    assert!(!csv.text.contains("王小明"), "nobody's client");
    let request = actix_web::test::TestRequest::with_uri("/reports.xlsx?period=month&date=2026-11-01&lang=en")
        .insert_header(("cookie", format!("bankside={}", w.boss.token)));
    let bytes = w.app.bytes(request).await;
    let sheets = workbook::read_all(&bytes, 9).unwrap();
    let names: Vec<&str> = sheets.iter().map(|sheet| sheet.name.as_str()).collect();
    assert_eq!(names, ["Total", "Time", "Broker", "Outlet"]);
    let cell =
        |sheet: usize, row: usize, column: usize| format!("{:?}", sheets[sheet].grid.rows[row].cells.cell(column));
    assert_eq!((cell(2, 1, 0), cell(2, 1, 1)), (format!("Text({name:?})"), "Text(\"2026-11-01\")".to_owned()));
    // Numbers are numbers, as another reader sees them.
    let mut book: calamine::Xlsx<_> = calamine::Reader::new(std::io::Cursor::new(&bytes)).unwrap();
    let range = calamine::Reader::worksheet_range(&mut book, "Broker").unwrap();
    let met = range.headers().unwrap().iter().position(|name| name == "New prospects").unwrap();
    assert_eq!(range.get((1, met)), Some(&calamine::Data::Float(3.0)));
    let on_record: i64 = w.app.arrange(|conn| {
        Ok(audit_entries::table.filter(audit_entries::action.eq("report.export")).count().get_result(conn)?)
    });
    assert_eq!(on_record, 2);
}

#[actix_web::test]
async fn the_page_shows_bars_and_the_same_numbers_in_a_table() {
    let w = world();
    for n in 1..=4 {
        meet(&w, &w.li, "王小明", &format!("2026-11-{:02}T10:00:00+08:00", n * 5)).await;
    }
    let page = w.app.page("/reports?period=month&date=2026-11-01", Some(&w.boss)).await.expect(200).text;
    assert!(
        page.contains("2026年11月") && page.contains("<figure class=\"chart\"") && page.contains("<table"),
        "{page}"
    );
    assert!(page.contains("/reports?period=month&amp;date=2026-10-01") && page.contains("/reports.xlsx?period=month"));
    assert!(page.contains("li Name") && !page.contains("王小明"));
    assert!(!page.contains("style="), "the content policy would refuse it");
}

/// Passes at a moment in Shanghai; the mails there are by then.
fn pass(w: &World, at: &str) -> usize {
    let at: DateTime<Utc> = format!("{at}:00+08:00").parse().unwrap();
    mails::pass(&w.app.app, At::from(at)).unwrap()
}

fn wish(w: &World, who: &Person, units: &[Unit], at: &str) {
    let (user, units) = (who.id, units.to_vec());
    let at = At::from(format!("{at}:00+08:00").parse::<DateTime<Utc>>().unwrap());
    w.app.arrange(move |conn| {
        for unit in units {
            diesel::insert_into(report_schedules::table)
                .values((
                    report_schedules::user_id.eq(user),
                    report_schedules::period.eq(unit),
                    report_schedules::set_at.eq(at),
                ))
                .execute(conn)?;
        }
        Ok(())
    });
}

#[actix_web::test]
async fn nobody_gets_a_report_who_asked_for_none() {
    let w = world();
    w.app.person("head", Role::Manager, None);
    for at in ["2026-11-23T09:00", "2026-12-01T09:00", "2027-01-04T09:00"] {
        assert_eq!(pass(&w, at), 0);
    }
}

#[actix_web::test]
async fn a_report_goes_out_once_a_person_and_period_whoever_passes_when() {
    let w = world();
    let head = w.app.person("head", Role::Manager, None);
    wish(&w, &w.boss, &[Unit::Week, Unit::Month, Unit::Day], "2026-11-20T15:00");
    wish(&w, &head, &[Unit::Week], "2026-11-20T15:00");
    assert_eq!(pass(&w, "2026-11-21T09:00"), 0, "a Saturday");
    assert_eq!(pass(&w, "2026-11-23T08:29"), 0, "before the window");
    assert_eq!(pass(&w, "2026-11-23T08:30"), 3, "the week of both, and Friday");
    assert_eq!(pass(&w, "2026-11-23T19:59"), 0);
    // Another instance, or this one started again: what is decided is in the database.
    let again = bankside::app::App::open(w.app.app.settings.clone(), w.app.clock.clone()).unwrap();
    let at: DateTime<Utc> = "2026-11-23T12:00:00+08:00".parse().unwrap();
    assert_eq!(mails::pass(&again, At::from(at)).unwrap(), 0);
    let both: Vec<_> = (0..2)
        .map(|_| {
            let app = w.app.app.clone();
            let at: DateTime<Utc> = "2026-11-24T09:00:00+08:00".parse().unwrap();
            std::thread::spawn(move || mails::pass(&app, At::from(at)).unwrap())
        })
        .collect();
    assert_eq!(both.into_iter().map(|one| one.join().unwrap()).sum::<usize>(), 1, "Monday's, once");
    assert_eq!(pass(&w, "2026-12-01T09:00"), 4, "November, the day before, and the week of both a day late");
    assert_eq!(pass(&w, "2026-12-07T09:00"), 3, "nobody passed on the days between");
    let days: Vec<(String, NaiveDate)> = w.app.arrange(|conn| {
        Ok(report_mails::table
            .filter(report_mails::period.eq("day"))
            .order(report_mails::first_day)
            .select((report_mails::period, report_mails::first_day))
            .load(conn)?)
    });
    let days: Vec<String> = days.into_iter().map(|(_, day)| day.to_string()).collect();
    assert_eq!(days, ["2026-11-20", "2026-11-23", "2026-11-30", "2026-12-04"]);
}

#[actix_web::test]
async fn a_holiday_moves_it_and_who_asks_within_a_period_waits_for_its_end() {
    let w = world();
    w.app.arrange(|conn| {
        let day =
            bankside::calendar::store::Day { date: "2026-11-23".parse().unwrap(), is_workday: false, name: "x".into() };
        bankside::calendar::store::put_day(conn, None, &day)
    });
    wish(&w, &w.boss, &[Unit::Week], "2026-11-18T10:00");
    wish(&w, &w.boss, &[Unit::Month], "2026-11-24T10:00");
    assert_eq!(pass(&w, "2026-11-20T10:00"), 0, "the week is not over");
    assert_eq!(pass(&w, "2026-11-23T10:00"), 0, "nobody works");
    assert_eq!(pass(&w, "2026-11-25T10:00"), 1, "nobody passed on Tuesday");
    assert_eq!(pass(&w, "2026-12-01T10:00"), 2, "November, and its last week a day late");
    let late = w.app.manager("late", w.branch);
    wish(&w, &late, &[Unit::Month], "2026-12-01T08:31");
    assert_eq!(pass(&w, "2026-12-01T12:00"), 0);
    assert_eq!(pass(&w, "2027-01-01T12:00"), 3, "December for both, and a week");
}

#[actix_web::test]
async fn the_mail_holds_totals_and_a_link_and_nothing_of_any_client() {
    let w = world();
    meet(&w, &w.li, "王小明", "2026-11-18T10:00:00+08:00").await;
    w.app.form("/reports/schedule", &w.boss, &[("week", "yes"), ("year", "yes")]).await.expect(303);
    let page = w.app.page("/reports", Some(&w.boss)).await.expect(200);
    assert_eq!(page.text.matches("checked").count(), 2, "{}", page.text);
    assert_eq!(pass(&w, "2026-11-30T09:00"), 1);
    w.app.form("/reports/schedule", &w.boss, &[]).await.expect(303);
    assert_eq!(pass(&w, "2026-12-07T09:00"), 0, "it was taken back");
    assert_eq!(outbox::try_each(&w.app.app).unwrap().sent, 1);
    let folder = w.app.app.settings.var.join("mail");
    let file = std::fs::read_dir(folder).unwrap().next().unwrap().unwrap().path();
    let text = std::fs::read_to_string(file).unwrap();
    assert!(text.contains("X-Bankside-Mail: report") && text.contains("X-Bankside-Date: 2026-11-30"), "{text}");
    assert!(text.contains("/reports?period=week&date=2026-11-23"), "{text}");
    for personal in ["王小明", "li Name", "boss Name"] {
        assert!(!text.contains(personal), "{personal}: {text}");
    }
}

#[actix_web::test]
async fn who_has_left_or_has_no_address_gets_none() {
    let w = world();
    let (gone, silent) = (w.app.manager("gone", w.branch), w.app.manager("silent", w.branch));
    for who in [&gone, &silent] {
        wish(&w, who, &[Unit::Day], "2026-11-20T15:00");
    }
    let (gone, quiet, now) = (gone.id, silent.id, w.app.now());
    w.app.arrange(move |conn| {
        diesel::update(users::table.find(gone)).set(users::disabled_at.eq(now)).execute(conn)?;
        diesel::update(users::table.find(quiet)).set(users::email.eq(None::<String>)).execute(conn)?;
        Ok(())
    });
    assert_eq!(pass(&w, "2026-11-23T09:00"), 0);
    let said = w.app.form("/reports/schedule", &silent, &[("day", "yes")]).await.expect(303);
    assert!(said.header("set-cookie").is_some(), "they are told that they have no address");
}
