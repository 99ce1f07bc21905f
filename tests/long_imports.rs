//! Files of prospects too long for one transaction: all of them or nothing, once, whoever is stopped meanwhile.

use bankside::db::schema::*;
use bankside::db::{Conn, Id};
use bankside::imports::run::{self, Kind, Plan, Terms};
use bankside::people::{Caller, store};
use bankside::place::Datum;
use bankside::prospects::import::staging;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;

use crate::support::{Person, TestApp};

const ROWS: usize = 450;

struct World {
    app: TestApp,
    branch: Id,
    desk: Person,
}

fn world() -> World {
    let app = TestApp::new();
    let branch = app.branch("XA01");
    for login in ["li", "wang"] {
        app.broker(login, branch);
    }
    let desk = app.coordinator("chen", branch);
    World { app, branch, desk }
}

fn file(rows: usize) -> String {
    let mut file = "姓名,手机,见面时间,来源,联系方式,经纪人,同意时间,同意用途,备注\n".to_owned();
    for n in 0..rows {
        let (broker, day) = (if n % 2 == 0 { "li" } else { "wang" }, n % 19 + 1);
        let (mobile, agreed) = match n % 3 {
            0 => (String::new(), ",".to_owned()),
            _ => (format!("1380{n:07}"), format!("2026-11-{day:02} 10:00,开户服务")),
        };
        file += &format!(
            "客户{n},{mobile},2026-{:02}-{day:02} 10:{:02},驻点,电话,{broker},{agreed},记 {n}\n",
            n % 10 + 1,
            n % 60
        );
    }
    file
}

fn take_in(app: &bankside::app::App, branch: Id, caller: Caller, file: String) -> bankside::error::Result<Plan> {
    let branch = app.db.read_now(|conn| store::branch(conn, branch)).unwrap();
    let terms =
        Terms { branch: Some(branch), datum: Datum::Wgs84, keys: app.keys.clone(), now: caller.now, emails: true };
    run::run_now(&app.db, &caller, Kind::Prospects, file.into_bytes(), terms, false)
}

impl World {
    fn import(&self, file: String) -> bankside::error::Result<Plan> {
        take_in(&self.app.app, self.branch, Caller::program(self.app.now()), file)
    }

    /// Prospects, stages, follow-ups, consents, entries of the trail, and what is still put aside.
    fn counts(&self) -> [i64; 6] {
        self.app
            .app
            .db
            .read_now(|conn| {
                let told = audit_entries::table.filter(audit_entries::action.eq("prospect.import"));
                Ok([
                    prospects::table.count().get_result(conn)?,
                    stage_changes::table.count().get_result(conn)?,
                    follow_ups::table.count().get_result(conn)?,
                    consents::table.count().get_result(conn)?,
                    told.count().get_result(conn)?,
                    prospect_import_parts::table.count().get_result(conn)?,
                ])
            })
            .unwrap()
    }

    fn sql(&self, sqlite: &'static str, postgres: &'static str) {
        self.app.arrange(move |conn| {
            match conn {
                Conn::Sqlite(conn) => conn.batch_execute(sqlite)?,
                Conn::Postgres(conn) => conn.batch_execute(postgres)?,
            }
            Ok(())
        });
    }

    /// Whoever brings the row of this name in is stopped there.
    fn stop_at_a_row(&self) {
        self.sql(
            "CREATE TRIGGER stop BEFORE INSERT ON prospects WHEN NEW.name = '客户305' BEGIN SELECT RAISE(ABORT, 'stop'); END",
            "ALTER TABLE prospects ADD CONSTRAINT stop CHECK (name <> '客户305')",
        );
    }

    fn let_it_pass(&self) {
        self.sql("DROP TRIGGER stop", "ALTER TABLE prospects DROP CONSTRAINT stop");
    }
}

fn all() -> [i64; 6] {
    let rows = ROWS as i64;
    [rows, rows, rows, rows - rows / 3, rows, 0]
}

#[actix_web::test]
async fn a_long_file_comes_in_whole_and_a_second_time_changes_nothing() {
    let w = world();
    let plan = w.import(file(ROWS)).unwrap();
    assert_eq!(plan.counts(), (ROWS, 0, 0), "{:?}", plan.findings);
    assert_eq!(w.counts(), all());
    assert_eq!(w.import(file(ROWS)).unwrap().counts(), (0, 0, ROWS as u64));
    let more = file(ROWS).replace(",记 ", ",改 ");
    assert_eq!(w.import(more).unwrap().counts(), (0, ROWS, 0));
    let told: Vec<Option<String>> =
        w.app.arrange(|conn| Ok(prospects::table.select(prospects::note).distinct().load(conn)?));
    assert!(told.iter().all(|note| note.as_deref().is_some_and(|note| note.starts_with("改 "))));
    // The funnel was told of every month.
    let funnel = w.app.get("/funnel?from=2026-01-01&to=2026-11-23&group_by=month", &w.desk).await.expect(200).json();
    assert_eq!(funnel["total"]["entered"]["met"], ROWS);
}

#[actix_web::test]
async fn postgresql_knows_of_those_who_come_in_before_it_would_look_by_itself() {
    let w = world();
    w.import(file(ROWS)).unwrap();
    w.app.arrange(|conn| {
        if let Conn::Postgres(conn) = conn {
            for table in ["prospects", "stage_changes", "follow_ups", "consents", "audit_entries"] {
                let known = format!("SELECT reltuples FROM pg_class WHERE oid = '{table}'::regclass");
                let known: f32 = diesel::dsl::sql::<diesel::sql_types::Float>(&known).get_result(conn)?;
                assert!(known >= ROWS as f32 / 2.0, "{table}: {known}");
            }
        }
        Ok(())
    });
}

#[actix_web::test]
async fn one_bad_cell_in_a_long_file_and_nothing_is_there() {
    let w = world();
    let plan = w.import(file(ROWS) + "赵六,,昨天,,,li,,,\n").unwrap();
    assert_eq!(
        plan.findings.errors.iter().map(|e| (e.row, e.problem.code)).collect::<Vec<_>>(),
        [(Some(452), "bad_date_time")]
    );
    assert_eq!(w.counts(), [0; 6]);
}

#[actix_web::test]
async fn what_was_decided_comes_in_though_whoever_brought_it_was_stopped() {
    let w = world();
    w.stop_at_a_row();
    assert!(w.import(file(ROWS)).is_err());
    let [there, .., told, left] = w.counts();
    assert!(there > 0 && there < ROWS as i64 && told == there && left > 0, "{there} there, {left} parts left");
    // A server that is started then serves nobody before it is in.
    w.let_it_pass();
    staging::finish(&w.app.app).unwrap();
    assert_eq!(w.counts(), all());
    staging::finish(&w.app.app).unwrap();
    assert_eq!(w.counts(), all());
    assert_eq!(w.import(file(ROWS)).unwrap().counts(), (0, 0, ROWS as u64));
}

#[actix_web::test]
async fn what_others_change_while_a_file_comes_in_stays() {
    let w = world();
    w.import(file(ROWS)).unwrap();
    w.sql(
        "CREATE TRIGGER stop BEFORE UPDATE ON prospects WHEN OLD.name = '客户305' BEGIN SELECT RAISE(ABORT, 'stop'); END",
        "ALTER TABLE prospects ADD CONSTRAINT stop CHECK (name <> '客户305' OR note NOT LIKE '新%')",
    );
    assert!(w.import(file(ROWS).replace(",记 ", ",新 ")).is_err());
    // Meanwhile one of those still to come gets another source.
    w.let_it_pass();
    w.app.arrange(|conn| {
        let one = prospects::table.filter(prospects::name.eq("客户449"));
        diesel::update(one).set((prospects::source.eq("event"), prospects::version.eq(7))).execute(conn)?;
        Ok(())
    });
    staging::finish(&w.app.app).unwrap();
    let (source, note, version): (String, Option<String>, i32) = w.app.arrange(|conn| {
        let one = prospects::table.filter(prospects::name.eq("客户449"));
        Ok(one.select((prospects::source, prospects::note, prospects::version)).first(conn)?)
    });
    // The file says where they met, so that counts; it is worked out on what is there.
    assert_eq!((source.as_str(), note.as_deref()), ("on_site", Some("新 449")));
    assert!(version > 7);
}

#[actix_web::test]
async fn what_was_not_decided_is_nothing_and_goes() {
    let w = world();
    w.sql(
        "CREATE TRIGGER stop BEFORE INSERT ON prospect_import_parts WHEN NEW.number = 9 BEGIN SELECT RAISE(ABORT, 'stop'); END",
        "ALTER TABLE prospect_import_parts ADD CONSTRAINT stop CHECK (number <> 9)",
    );
    // On PostgreSQL a part has 200 rows.
    assert!(w.import(file(9 * 200)).is_err());
    assert_eq!(w.counts()[..5], [0; 5]);
    staging::finish(&w.app.app).unwrap();
    staging::go_on(&w.app.app).unwrap();
    assert_eq!(w.counts()[..5], [0; 5]);
    assert!(w.counts()[5] > 0, "it may still be on its way");
    w.app.arrange(|conn| {
        let old = bankside::db::At::from(chrono::Utc::now() - chrono::Duration::hours(2));
        diesel::update(prospect_imports::table).set(prospect_imports::moved_at.eq(old)).execute(conn)?;
        Ok(())
    });
    staging::go_on(&w.app.app).unwrap();
    let left: i64 = w.app.arrange(|conn| Ok(prospect_imports::table.count().get_result(conn)?));
    assert_eq!((w.counts(), left), ([0; 6], 0));
}

#[actix_web::test]
async fn two_who_bring_the_same_file_at_once_bring_it_once() {
    let w = world();
    let (branch, now) = (w.branch, w.app.now());
    let both: Vec<_> = (0..2)
        .map(|_| {
            let app = w.app.app.clone();
            std::thread::spawn(move || take_in(&app, branch, Caller::program(now), file(ROWS)).unwrap().counts())
        })
        .collect();
    let mut counts: Vec<_> = both.into_iter().map(|one| one.join().unwrap()).collect();
    counts.sort_unstable();
    assert_eq!(counts, [(0, 0, ROWS as u64), (ROWS, 0, 0)]);
    assert_eq!(w.counts(), all());
}

#[actix_web::test]
async fn a_long_file_is_confirmed_on_the_page_and_names_who_brought_it() {
    let w = world();
    let kept =
        w.app.upload("/imports", &w.desk, &[("kind", "prospects")], Some(("a.csv", file(ROWS).as_bytes()))).await;
    let preview = kept.expect(303).header("location").unwrap().to_owned();
    w.app.page(&preview, Some(&w.desk)).await.expect(200);
    w.app.form(&preview, &w.desk, &[]).await.expect(303);
    assert_eq!(w.counts(), all());
    let (actors, runs): (Vec<Option<Id>>, i64) = w.app.arrange(|conn| {
        let told = audit_entries::table.filter(audit_entries::action.eq("prospect.import"));
        let runs = audit_entries::table.filter(audit_entries::action.eq("import.run")).count().get_result(conn)?;
        Ok((told.select(audit_entries::actor_id).distinct().load(conn)?, runs))
    });
    assert_eq!((actors, runs), (vec![Some(w.desk.id)], 1));
}

#[actix_web::test]
async fn the_preview_says_what_changes_as_people_say_it() {
    let w = world();
    let row = |met: &str, words: &str, agreed: &str| {
        format!(
            "姓名,手机,见面时间,来源,联系方式,经纪人,同意时间,同意用途\n王小明,13800000001,{met},{words},li,{agreed},开户服务\n"
        )
    };
    w.import(row("2026-11-01 10:00", "驻点,电话", "2026-11-01 10:00")).unwrap();
    let other = row("2026-11-03 10:00", "活动,微信", "2026-11-02 09:00");
    let kept = w.app.upload("/imports", &w.desk, &[("kind", "prospects")], Some(("a.csv", other.as_bytes()))).await;
    let preview = kept.expect(303).header("location").unwrap().to_owned();
    let page = w.app.page(&preview, Some(&w.desk)).await.expect(200).text;
    for words in ["见面时间", "2026-11-01 10:00", "2026-11-03 10:00", "微信", "同意"] {
        assert!(page.contains(words), "{words} is not on the page");
    }
    for raw in ["field-", "prospect-", "T02:00", "wechat"] {
        assert!(!page.contains(raw), "{raw} is on the page");
    }
}
