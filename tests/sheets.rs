//! A rota from the spreadsheets people have: looked at, its words explained once, taken into drafts, refused by its cells.

use actix_web::http::Method;
use bankside::db::Id;
use bankside::db::schema::{draft_changes, leaves, outlets, rota_drafts, rota_sheet_codes, shifts};
use bankside::people::Role;
use chrono::NaiveDate;
use diesel::prelude::*;
use rust_xlsxwriter::{Format, Workbook};

use crate::attendance::Place;
use crate::support::{Person, Reply, TestApp};

struct Desk {
    app: TestApp,
    branch: Id,
    desk: Person,
    zhang: Person,
    li: Person,
    south: Place,
    tower: Place,
}

fn desk() -> Desk {
    let app = TestApp::new();
    let branch = app.branch("XA01");
    let (desk, zhang, li) = (app.coordinator("desk", branch), app.broker("zhang", branch), app.broker("li", branch));
    let (south, tower) = (app.outlet_at(branch, "XA-1", 34.25, 108.94), app.outlet_at(branch, "XA-2", 34.26, 108.95));
    Desk { app, branch, desk, zhang, li, south, tower }
}

/// Uploads a file and answers where it waits.
async fn send(app: &TestApp, who: &Person, name: &str, file: &[u8]) -> String {
    let reply = app.upload("/rota/import", who, &[], Some((name, file))).await.expect(303);
    reply.header("location").unwrap().to_owned()
}

async fn look(app: &TestApp, who: &Person, name: &str, file: &[u8]) -> (String, Reply) {
    let at = send(app, who, name, file).await;
    let page = app.page(&format!("{at}?lang=en"), Some(who)).await.expect(200);
    (at, page)
}

type Step = (Id, NaiveDate, Option<Id>, Option<Id>);

fn drafted(app: &TestApp) -> Vec<Step> {
    use draft_changes as c;
    app.arrange(|conn| {
        Ok(c::table
            .order((c::date, c::number))
            .select((c::broker_id, c::date, c::old_outlet_id, c::new_outlet_id))
            .load(conn)?)
    })
}

fn drafts(app: &TestApp) -> Vec<(NaiveDate, NaiveDate)> {
    use rota_drafts as d;
    app.arrange(|conn| Ok(d::table.order(d::from_date).select((d::from_date, d::to_date)).load(conn)?))
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

const CODES: &str = "姓名,12/1,12/2,12/3\nzhang Name,南,休,塔\nli Name,塔,XA-1,\n";

/// What the form of words sends for `CODES`: 南 is XA-1, 休 nothing, 塔 is XA-2.
fn explained() -> Vec<(&'static str, &'static str)> {
    vec![
        ("kind-0", "outlet"),
        ("word-0", "南"),
        ("to-0", "XA-1 支行 (XA-1)"),
        ("kind-1", "outlet"),
        ("word-1", "休"),
        ("to-1", ""),
        ("nothing-1", "on"),
        ("kind-2", "outlet"),
        ("word-2", "塔"),
        ("to-2", "xa-2"),
    ]
}

#[actix_web::test]
async fn words_are_explained_once_the_file_becomes_a_draft_and_a_second_time_changes_nothing() {
    let Desk { app, desk, zhang, li, south, tower, .. } = desk();
    let (at, asked) = look(&app, &desk, "12月.csv", CODES.as_bytes()).await;
    assert!(asked.text.contains("3 words are not known yet") && asked.text.contains("value=\"南\""), "{}", asked.text);
    // Confirmed too early nothing is written.
    app.form(&at, &desk, &[]).await.expect(422);
    app.form(&format!("{at}/codes"), &desk, &explained()).await.expect(303);
    let preview = app.page(&format!("{at}?lang=en"), Some(&desk)).await.expect(200);
    assert!(preview.text.contains("Take into a draft") && preview.text.contains("B2"), "{}", preview.text);
    assert_eq!(drafted(&app), [], "looking changes nothing");
    let done = app.form(&at, &desk, &[]).await.expect(303);
    assert!(done.header("location").unwrap().starts_with("/rota"));
    let expected = [
        (li.id, day("2026-12-01"), None, Some(tower.id)),
        (zhang.id, day("2026-12-01"), None, Some(south.id)),
        (li.id, day("2026-12-02"), None, Some(south.id)),
        (zhang.id, day("2026-12-03"), None, Some(tower.id)),
    ];
    let mut made = drafted(&app);
    made.sort();
    let mut wanted = expected.to_vec();
    wanted.sort();
    assert_eq!(made, wanted);
    assert_eq!(drafts(&app), [(day("2026-12-01"), day("2026-12-31"))]);
    // Nothing stands before it is published.
    let stand: i64 = app.arrange(|conn| Ok(shifts::table.count().get_result(conn)?));
    assert_eq!(stand, 0);
    let (at, again) = look(&app, &desk, "12月.csv", CODES.as_bytes()).await;
    assert!(
        again.text.contains("there is nothing to write") && !again.text.contains("Take into a draft"),
        "{}",
        again.text
    );
    app.form(&at, &desk, &[]).await.expect(303);
    assert_eq!(drafted(&app).len(), 4);
}

#[actix_web::test]
async fn what_a_rule_forbids_is_named_by_sheet_and_cell_and_nothing_is_written() {
    let Desk { app, branch, desk, zhang, li, south, .. } = desk();
    app.certificate_until(&li, "2026-12-01");
    app.closes(south.id, "2026-12-03", "2026-12-03");
    let (who, now) = (zhang.id, app.now());
    app.arrange(move |conn| {
        diesel::insert_into(leaves::table)
            .values((
                leaves::id.eq(Id::new()),
                leaves::branch_id.eq(branch),
                leaves::broker_id.eq(who),
                leaves::from_date.eq(day("2026-12-02")),
                leaves::to_date.eq(day("2026-12-02")),
                leaves::kind.eq("annual"),
                leaves::state.eq("approved"),
                leaves::asked_by.eq(who),
                leaves::asked_at.eq(now),
            ))
            .execute(conn)?;
        Ok(())
    });
    let mut book = Workbook::new();
    let sheet = book.add_worksheet().set_name("12月 表").unwrap();
    sheet.merge_range(0, 1, 0, 3, "2026年12月", &Format::new()).unwrap();
    for (at, n) in [1, 2, 3].into_iter().enumerate() {
        sheet.write(1, at as u16 + 1, n).unwrap();
    }
    for (row, cells) in [["zhang Name", "XA-1", "XA-1", "XA-1"], ["li Name", "XA-2", "XA-2", ""]].iter().enumerate() {
        for (at, cell) in cells.iter().enumerate() {
            sheet.write(row as u32 + 2, at as u16, *cell).unwrap();
        }
    }
    let (at, page) = look(&app, &desk, "x.xlsx", &book.save_to_buffer().unwrap()).await;
    for told in ["12月 表 C3", "is on leave", "12月 表 D3", "is closed", "12月 表 C4", "certificate"] {
        assert!(page.text.contains(told), "{told}: {}", page.text);
    }
    assert!(!page.text.contains("Take into a draft"));
    app.form(&at, &desk, &[]).await.expect(422);
    assert_eq!((drafted(&app), drafts(&app)), (vec![], vec![]));
}

#[actix_web::test]
async fn somebody_who_stands_elsewhere_is_moved_and_one_who_is_off_in_the_file_stays() {
    let Desk { app, desk, zhang, li, south, tower, .. } = desk();
    app.shift(&desk, &zhang, &south, "2026-12-01").await;
    app.shift(&desk, &li, &south, "2026-12-01").await;
    app.shift(&desk, &li, &tower, "2026-12-02").await;
    let file = "姓名,12/1,12/2\nzhang Name,XA-2,\nli Name,XA-1,休\n";
    let (at, _) = look(&app, &desk, "x.csv", file.as_bytes()).await;
    let words = [("kind-0", "outlet"), ("word-0", "休"), ("nothing-0", "on")];
    app.form(&format!("{at}/codes"), &desk, &words).await.expect(303);
    let page = app.page(&format!("{at}?lang=en"), Some(&desk)).await.expect(200);
    assert!(page.text.contains("Off in the file, but planned already") && page.text.contains("C3"), "{}", page.text);
    app.form(&at, &desk, &[]).await.expect(303);
    assert_eq!(drafted(&app), [(zhang.id, day("2026-12-01"), Some(south.id), Some(tower.id))]);
}

#[actix_web::test]
async fn days_of_a_draft_that_is_open_go_there_and_what_is_past_stays() {
    let Desk { app, desk, zhang, .. } = desk();
    let body = serde_json::json!({"id": crate::support::id(), "from": "2026-11-23", "to": "2026-12-02"});
    app.post("/rota-drafts", &desk, body).await.expect(201);
    let file = "姓名,11/20,11/23,12/1,12/4\nzhang Name,XA-1,XA-1,XA-1,XA-1\n";
    let (at, page) = look(&app, &desk, "x.csv", file.as_bytes()).await;
    assert!(page.text.contains("1 cells before today"), "{}", page.text);
    app.form(&at, &desk, &[]).await.expect(303);
    let dates: Vec<NaiveDate> = drafted(&app).iter().map(|step| step.1).collect();
    assert_eq!(dates, ["2026-11-23", "2026-12-01", "2026-12-04"].map(day));
    assert!(drafted(&app).iter().all(|step| step.0 == zhang.id));
    // The rest of December has a draft of its own, beside the one that has its first days.
    assert_eq!(drafts(&app), [(day("2026-11-23"), day("2026-12-02")), (day("2026-12-04"), day("2026-12-04"))]);
}

#[actix_web::test]
async fn wrong_words_are_shown_again_as_typed_and_a_word_can_be_explained_anew() {
    let Desk { app, branch, desk, south, tower, .. } = desk();
    let (at, _) = look(&app, &desk, "x.csv", "姓名,12/1,12/2\nzhang Name,南,\n".as_bytes()).await;
    let say = |to: &'static str| vec![("kind-0", "outlet"), ("word-0", "南"), ("to-0", to)];
    let wrong = app.form(&format!("{at}/codes"), &desk, &say("Nowhere")).await.expect(422);
    assert!(wrong.text.contains("value=\"Nowhere\"") && wrong.text.contains("to-0-error"), "{}", wrong.text);
    let both = [say("XA-1"), vec![("nothing-0", "on")]].concat();
    app.form(&format!("{at}/codes"), &desk, &both).await.expect(422);
    let kept = |app: &TestApp| -> Vec<(String, String, Option<Id>)> {
        use rota_sheet_codes as c;
        app.arrange(move |conn| {
            Ok(c::table.filter(c::branch_id.eq(branch)).select((c::kind, c::code_folded, c::target_id)).load(conn)?)
        })
    };
    assert_eq!(kept(&app), []);
    for (to, id) in [("XA-1", south.id), ("XA-2", tower.id)] {
        app.form(&format!("{at}/codes"), &desk, &say(to)).await.expect(303);
        assert_eq!(kept(&app), [("outlet".to_owned(), "南".to_owned(), Some(id))]);
    }
    let nothing = [say(""), vec![("nothing-0", "on")]].concat();
    app.form(&format!("{at}/codes"), &desk, &nothing).await.expect(303);
    assert_eq!(kept(&app), [("none".to_owned(), "南".to_owned(), None)]);
}

#[actix_web::test]
async fn a_branch_reads_by_its_own_people_outlets_and_words() {
    let Desk { app, desk, .. } = desk();
    let (at, _) = look(&app, &desk, "x.csv", CODES.as_bytes()).await;
    app.form(&format!("{at}/codes"), &desk, &explained()).await.expect(303);
    let other = app.branch("XA02");
    let stranger = app.coordinator("stranger", other);
    app.page(&at, Some(&stranger)).await.expect(404);
    let (_, page) = look(&app, &stranger, "x.csv", CODES.as_bytes()).await;
    assert!(page.text.contains("words are not known yet") && !page.text.contains("XA-1 支行"), "{}", page.text);
    // Not an outlet of another branch, whatever is sent.
    let (at, _) = look(&app, &stranger, "x.csv", CODES.as_bytes()).await;
    app.form(&format!("{at}/codes"), &stranger, &explained()).await.expect(422);
}

#[actix_web::test]
async fn only_the_desk_of_a_branch_takes_in_a_rota_and_files_stay_apart() {
    let Desk { app, branch, desk, zhang, .. } = desk();
    let head_office = app.person("head", Role::Manager, None);
    for who in [&zhang, &head_office, &app.admin("admin")] {
        app.page("/rota/import", Some(who)).await.expect(403);
        app.upload("/rota/import", who, &[], Some(("x.csv", CODES.as_bytes()))).await.expect(403);
    }
    app.upload("/rota/import", &desk, &[], None).await.expect(422);
    let at = send(&app, &desk, "x.csv", CODES.as_bytes()).await;
    app.page(&at, Some(&app.manager("colleague", branch))).await.expect(404);
    app.page(&at.replace("/rota/import", "/imports"), Some(&desk)).await.expect(404);
    app.later(chrono::Duration::minutes(61));
    app.page(&at, Some(&desk)).await.expect(404);
    assert_eq!(app.api(Method::GET.as_str(), "/rota/import", Some(&desk), None).await.status, 404);
}

#[actix_web::test]
async fn a_file_that_cannot_be_read_says_why() {
    let Desk { app, desk, .. } = desk();
    for (file, told) in [
        (b"%PDF-1.7".as_slice(), "PDF"),
        ("姓名,1,2,3\nzhang Name,A,B,A\n".as_bytes(), "B1"),
        ("a,b\nc,d\n".as_bytes(), "No row of dates"),
    ] {
        let (_, page) = look(&app, &desk, "x.csv", file).await;
        assert!(page.text.contains(told) && !page.text.contains("Take into a draft"), "{told}: {}", page.text);
    }
    let names: i64 = app.arrange(|conn| Ok(outlets::table.count().get_result(conn)?));
    assert_eq!(names, 2);
}
