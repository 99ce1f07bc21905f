//! The board at its size: 300 outlets, 31 days, somebody everywhere and every one of them marked. How heavy the page is, how many statements it takes, and
//! that the work of one edit does not grow with the branch.

use std::cell::RefCell;
use std::time::Instant;

use bankside::db::schema::{outlet_hours, outlets, shifts, users};
use bankside::db::{At, Id};
use bankside::language::Lang;
use bankside::on_either;
use bankside::people::store::branch as branch_of;
use bankside::people::{CurrentUser, Role};
use bankside::rota::{board, chooser};
use chrono::{Days, NaiveDate, TimeZone, Utc};
use diesel::connection::InstrumentationEvent;
use diesel::prelude::*;
use serde_json::json;

use crate::support::{Person, TestApp};

/// So many statements a reading of the board or of a cell may take, whatever the branch: the drafts, the shifts, the people, the outlets and what is said
/// of their days. (Which branch it is has come with the session.)
const BOARD: usize = 5;
const OUTLETS: usize = 300;
const PLACES: [&str; 6] = ["南大街", "钟楼", "高新路", "长安路", "小寨", "北关正街"];

struct Big {
    app: TestApp,
    chen: Person,
    brokers: Vec<Id>,
    outlets: Vec<Id>,
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// A branch in which everybody has been at their outlet for longer than they should, with December full.
fn big() -> Big {
    branch(31)
}

/// The same, with only the first days of December planned.
fn branch(planned: usize) -> Big {
    let app = TestApp::new();
    app.at("2026-12-01T01:00:00Z");
    let branch = app.branch("XA01");
    let chen = app.coordinator("chen", branch);
    let now = app.now();
    let (brokers, places): (Vec<Id>, Vec<Id>) = (0..OUTLETS).map(|_| (Id::new(), Id::new())).unzip();
    let (b, o) = (brokers.clone(), places.clone());
    app.arrange(move |conn| {
        let people: Vec<_> = b
            .iter()
            .enumerate()
            .map(|(n, id)| {
                let name = format!(
                    "王{}{}",
                    ["小", "大", "建", "秀", "志"][n % 5],
                    char::from_u32(0x4E00 + n as u32).unwrap()
                );
                (
                    users::id.eq(*id),
                    users::login.eq(format!("broker{n}")),
                    users::name.eq(name),
                    users::role.eq(Role::Broker),
                    users::branch_id.eq(branch),
                    users::created_at.eq(now),
                    users::updated_at.eq(now),
                )
            })
            .collect();
        on_either!(conn, conn => diesel::insert_into(users::table).values(&people).execute(conn)?);
        let all: Vec<_> = o
            .iter()
            .enumerate()
            .map(|(n, id)| {
                let name = format!("中国工商银行股份有限公司西安{}第{n}支行", PLACES[n % 6]);
                (
                    outlets::id.eq(*id),
                    outlets::code.eq(format!("XA-{n:03}")),
                    outlets::name.eq(name.clone()),
                    outlets::name_folded.eq(bankside::text::fold(&name)),
                    outlets::search_text.eq(name),
                    outlets::branch_id.eq(branch),
                    outlets::phase.eq("established"),
                    outlets::created_at.eq(now),
                    outlets::updated_at.eq(now),
                )
            })
            .collect();
        on_either!(conn, conn => diesel::insert_into(outlets::table).values(&all).execute(conn)?);
        let hours = |id: &Id, weekday: i32| {
            (
                outlet_hours::outlet_id.eq(*id),
                outlet_hours::weekday.eq(weekday),
                outlet_hours::opens.eq("09:00"),
                outlet_hours::closes.eq("17:00"),
            )
        };
        let rows: Vec<_> = o.iter().flat_map(|id| (1..=7).map(move |weekday| hours(id, weekday))).collect();
        on_either!(conn, conn => diesel::insert_into(outlet_hours::table).values(&rows).execute(conn)?);
        let december = day("2026-12-01").iter_days().take(planned);
        // Since August, without a long break.
        let before = (1..=12).filter_map(|week| day("2026-12-01").checked_sub_days(Days::new(week * 7 + 1)));
        for date in december.chain(before) {
            let at = |hour: u32| At::from(Utc.from_utc_datetime(&date.and_hms_opt(hour, 0, 0).unwrap()));
            let row = |(broker, outlet): (&Id, &Id)| {
                (
                    shifts::id.eq(Id::new()),
                    shifts::branch_id.eq(branch),
                    shifts::outlet_id.eq(*outlet),
                    shifts::broker_id.eq(*broker),
                    shifts::date.eq(date),
                    shifts::starts_at.eq(at(1)),
                    shifts::ends_at.eq(at(9)),
                    shifts::created_at.eq(now),
                )
            };
            let rows: Vec<_> = b.iter().zip(&o).map(row).collect();
            on_either!(conn, conn => diesel::insert_into(shifts::table).values(&rows).execute(conn)?);
        }
        Ok(())
    });
    Big { app, chen, brokers, outlets: places }
}

thread_local! {
    static HEARD: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// The statements that a reading of the database runs.
fn statements<T: Send + 'static>(
    app: &TestApp,
    body: impl FnOnce(&mut bankside::db::Conn) -> bankside::error::Result<T> + Send + 'static,
) -> (T, Vec<String>) {
    HEARD.with(|heard| heard.borrow_mut().clear());
    let result = app.app.db.read_now(|conn| {
        conn.set_instrumentation(|event: InstrumentationEvent<'_>| {
            if let InstrumentationEvent::StartQuery { query, .. } = event {
                HEARD.with(|heard| heard.borrow_mut().push(query.to_string()));
            }
        });
        let result = body(conn);
        conn.set_instrumentation(None::<Box<dyn diesel::connection::Instrumentation>>);
        result
    });
    let heard = HEARD.with(|heard| std::mem::take(&mut *heard.borrow_mut()));
    // The end of the transaction is none of the body's.
    (result.unwrap(), heard.into_iter().filter(|sql| !sql.starts_with("COMMIT")).collect())
}

/// Somebody signed in, as the verbs take them.
pub fn current(app: &TestApp, who: &Person) -> CurrentUser {
    let id = who.branch.unwrap();
    let branch = app.arrange(move |conn| branch_of(conn, id));
    CurrentUser {
        id: who.id,
        login: "chen".into(),
        name: "chen Name".into(),
        role: who.role,
        branch: Some(branch),
        compliance: false,
        language: Lang::Zh,
        position_agreed_at: None,
        session: who.session,
    }
}

#[actix_web::test]
async fn three_hundred_outlets_and_a_month_stay_under_300_kilobytes_with_everybody_marked() {
    let big = big();
    let began = Instant::now();
    let page = big.app.page("/rota?month=2026-12", Some(&big.chen)).await.expect(200).text;
    println!("opened in {:?}, {} bytes", began.elapsed(), page.len());
    assert_eq!(page.matches("<td class=o>").count(), OUTLETS * 31, "everybody is there for too long");
    assert!(page.len() <= 300_000, "{} bytes", page.len());
}

#[actix_web::test]
async fn the_statements_of_the_board_and_of_a_cell_are_few_and_do_not_grow_with_the_branch() {
    let big = big();
    let (user, now) = (current(&big.app, &big.chen), big.app.now());
    let which = board::Which { month: Some("2026-12".into()), ..board::Which::default() };
    let (_, heard) = statements(&big.app, move |conn| board::load(conn, &user, &which, now));
    println!("the board: {} statements", heard.len());
    assert!(heard.len() <= BOARD, "{} statements:\n{}", heard.len(), heard.join("\n"));
    let user = current(&big.app, &big.chen);
    let which = chooser::Which {
        date: "2026-12-10".into(),
        outlet: Some(big.outlets[7]),
        broker: None,
        draft: None,
        part: None,
    };
    let (offered, heard) = statements(&big.app, move |conn| chooser::load(conn, &user, &which, now));
    assert_eq!(offered.now.len(), 1);
    println!("a cell: {} statements", heard.len());
    assert!(heard.len() <= BOARD, "{} statements:\n{}", heard.len(), heard.join("\n"));
}

#[actix_web::test]
async fn an_assignment_is_made_and_drawn_anew_for_its_cells_alone() {
    let big = big();
    let (here, there) = (big.outlets[3], big.outlets[4]);
    let mut took = Vec::new();
    for (n, date) in ["2026-12-07", "2026-12-08", "2026-12-09"].iter().enumerate() {
        let change = json!([{"broker_id": big.brokers[3], "date": date, "outlet_id": there, "seen_outlet_id": here, "seen_there": [big.brokers[4]]}]);
        let began = Instant::now();
        let reply =
            big.app.form("/rota/cells", &big.chen, &[("changes", &change.to_string())]).await.expect(200).json();
        took.push(began.elapsed());
        assert_eq!(reply["cells"].as_array().unwrap().len(), 2);
        assert_eq!(reply["gaps"], 1, "{n}");
    }
    println!("an assignment: {took:?}");
}

#[actix_web::test]
async fn five_thousand_days_are_put_into_a_draft_by_one_request_with_every_field_and_one_more_is_too_many() {
    let big = branch(0);
    let draft = big.app.draft(&big.chen, "2026-12-01", "2026-12-31").await;
    let days = day("2026-12-01").iter_days().take(31);
    let all = days.flat_map(|date| big.brokers.iter().zip(&big.outlets).map(move |(who, place)| (date, who, place)));
    let change = |(date, who, place): (NaiveDate, &Id, &Id)| {
        json!({"broker_id": who, "date": date, "outlet_id": place, "starts_at": format!("{date}T09:00:00+08:00"),
            "ends_at": format!("{date}T17:00:00+08:00"), "seen_outlet_id": null, "seen_there": []})
    };
    let changes: Vec<serde_json::Value> = all.take(5_001).map(change).collect();
    let reply = big.app.put(&big.chen, &draft, json!(changes)).await.expect(422);
    assert_eq!(reply.faults(), ["changes: out_of_range"]);
    let reply = big.app.put(&big.chen, &draft, json!(changes[..5_000])).await.expect(200).json();
    assert_eq!(reply["changed"], 5_000);
    big.app.put(&big.chen, &draft, json!([{"broker_id": "x".repeat(3_000_000)}])).await.expect(413);
}

#[actix_web::test]
async fn a_sheet_of_three_hundred_people_and_a_month_becomes_a_draft_and_the_draft_is_published() {
    let big = branch(0);
    let names: Vec<String> = big.app.arrange(|conn| {
        let all = users::table.filter(users::role.eq(Role::Broker)).order(users::login).select(users::name);
        Ok(all.load(conn)?)
    });
    let dates: Vec<String> = day("2026-12-01").iter_days().take(31).map(|date| date.to_string()).collect();
    let mut sheet = format!("姓名,{}\n", dates.join(","));
    for (n, name) in names.iter().enumerate() {
        sheet.push_str(&format!("{name}{}\n", format!(",XA-{n:03}").repeat(31)));
    }
    let took = |what: &str, began: Instant| println!("{what}: {:?}", began.elapsed());
    let began = Instant::now();
    let reply = big.app.upload("/rota/import", &big.chen, &[], Some(("12月.csv", sheet.as_bytes()))).await.expect(303);
    took("the file is sent", began);
    let at = reply.header("location").unwrap().to_owned();
    let began = Instant::now();
    let preview = big.app.page(&format!("{at}?lang=en"), Some(&big.chen)).await.expect(200).text;
    took("the file is looked at", began);
    assert!(preview.contains("Take into a draft"), "{preview}");
    let began = Instant::now();
    big.app.form(&at, &big.chen, &[]).await.expect(303);
    took("the file is taken in", began);
    let drafts = big.app.get("/rota-drafts", &big.chen).await.expect(200).json();
    let draft = &drafts["items"][0];
    let path = format!("/rota-drafts/{}/publication", draft["id"].as_str().unwrap());
    let began = Instant::now();
    let done = big.app.post(&path, &big.chen, json!({"version": draft["version"]})).await.expect(200).json();
    took("the month is published", began);
    assert_eq!(done["added"], OUTLETS * 31);
    let began = Instant::now();
    let page = big.app.page("/rota?month=2026-12", Some(&big.chen)).await.expect(200).text;
    took("the board is opened", began);
    assert!(page.contains("id=\"n-gaps\">0<"));
}
