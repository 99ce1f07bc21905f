//! Imports: what comes in, what is refused and said, and that a second time changes nothing.

use bankside::db::Id;
use bankside::db::schema::{banks, contacts, outlet_hours, outlets, users};
use bankside::imports::report::ImportReport;
use bankside::imports::run::{self, Kind, Terms};
use bankside::language::Lang;
use bankside::people::{Caller, store};
use bankside::place::Datum;
use diesel::prelude::*;
use serde_json::json;

use crate::support::{Person, TestApp};

fn site() -> (TestApp, Id) {
    let app = TestApp::new();
    let branch = app.branch("XA01");
    (app, branch)
}

fn import_as(
    app: &TestApp,
    branch: Option<Id>,
    kind: Kind,
    file: impl Into<Vec<u8>>,
    datum: Datum,
    dry: bool,
) -> ImportReport {
    let branch = branch.map(|id| app.app.db.read_now(|conn| store::branch(conn, id)).unwrap());
    let caller = Caller::program(app.now());
    let plan = run::run_now(
        &app.app.db,
        &caller,
        kind,
        file.into(),
        Terms { branch, datum, keys: app.app.keys.clone(), now: app.now(), emails: true },
        dry,
    )
    .unwrap();
    plan.report(Lang::En)
}

fn import(app: &TestApp, branch: Id, kind: Kind, file: impl Into<Vec<u8>>) -> ImportReport {
    import_as(app, Some(branch), kind, file, Datum::Wgs84, false)
}

fn counts(report: &ImportReport) -> (u64, u64, u64) {
    assert_eq!(report.errors, [], "nothing was to be refused");
    (report.added, report.changed, report.unchanged)
}

fn refused(report: &ImportReport) -> Vec<String> {
    assert_eq!((report.added, report.changed, report.unchanged), (0, 0, 0));
    let place = |n: Option<u32>| n.map(|n| n.to_string()).unwrap_or_default();
    report
        .errors
        .iter()
        .map(|e| format!("{} {} {}", place(e.row), e.column.as_deref().unwrap_or("-"), e.code))
        .collect()
}

fn warnings(report: &ImportReport, code: &str) -> usize {
    report.warnings.iter().filter(|w| w.code == code).count()
}

fn count_outlets(app: &TestApp) -> i64 {
    app.app.db.read_now(|conn| Ok(outlets::table.count().get_result(conn)?)).unwrap()
}

/// A file of the trial data, or none with a line that says so.
fn trial(name: &str) -> Option<Vec<u8>> {
    let folder = std::env::var("BANKSIDE_TRIAL_DATA")
        .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data").to_owned());
    let bytes = std::fs::read(std::path::Path::new(&folder).join(name)).ok();
    if bytes.is_none() {
        println!("not run: {name} is not in BANKSIDE_TRIAL_DATA (default ../shared/data)");
    }
    bytes
}

const SMALL: &str = "编号,名称,地址,区县,电话,经度,纬度,颜色\n\
    a1,中国建设银行(户县支行),东街35号,鄠邑区,(029)84813719,108.61,34.11,红\n\
    a2,中国建设银行(户县支行营业室),东街35号,鄠邑区,(029)84813719; (029)84813720,108.61,34.11,\n\
    a3,工行(南大街24小时自助银行),,,,,,\n\
    a4,中国银行(钟楼支行营业室),,,,108.95,34.26,\n";

#[actix_web::test]
async fn bank_tier_and_parent_are_read_out_of_names() {
    let (app, branch) = site();
    let report = import(&app, branch, Kind::Outlets, SMALL);
    assert_eq!(counts(&report), (4, 0, 0));
    assert_eq!(warnings(&report, "unknown_column"), 1);
    assert_eq!(warnings(&report, "parent_not_found"), 1, "{:?}", report.warnings);
    let chen = app.coordinator("chen", branch);
    let list = app.get("/outlets", &chen).await.expect(200).json();
    let (one, two, three) = (&list["items"][0], &list["items"][1], &list["items"][2]);
    assert_eq!((&one["bank"], &one["tier"]), (&json!("中国建设银行"), &json!("sub_branch")));
    assert_eq!(two["parent_id"], one["id"]);
    assert_eq!(two["phone"], "(029)84813719; (029)84813720");
    assert_eq!((&three["bank"], &three["tier"], &three["lat"]), (&json!("中国工商银行"), &json!(null), &json!(null)));
    assert_eq!(counts(&import(&app, branch, Kind::Outlets, SMALL)), (0, 0, 4));
}

#[actix_web::test]
async fn what_was_set_by_hand_is_never_read_out_of_a_name_again() {
    let (app, branch) = site();
    import(&app, branch, Kind::Outlets, SMALL);
    let chen = app.coordinator("chen", branch);
    let list = app.get("/outlets", &chen).await.expect(200).json();
    let path = format!("/outlets/{}", list["items"][1]["id"].as_str().unwrap());
    app.patch(&path, &chen, json!({"tier": null, "bank": null, "parent_id": null})).await.expect(200);
    assert_eq!(counts(&import(&app, branch, Kind::Outlets, SMALL)), (0, 0, 4));
    let now = app.get(&path, &chen).await.expect(200).json();
    assert_eq!((&now["tier"], &now["bank"], &now["parent_id"]), (&json!(null), &json!(null), &json!(null)));
}

#[actix_web::test]
async fn a_changed_cell_changes_and_an_empty_one_leaves_what_is_there() {
    let (app, branch) = site();
    import(&app, branch, Kind::Outlets, SMALL);
    let report = import(
        &app,
        branch,
        Kind::Outlets,
        "code;name;address;phase;grade;radius;日均客流（人）;客户资产;opening hours\na1;;新地址;洽谈;A;200 m;300人;320万元;周一至周五 09:00-17:00\na4;;;;;;;;\n",
    );
    assert_eq!(counts(&report), (0, 1, 1));
    let chen = app.coordinator("chen", branch);
    let one = app.get("/outlets?q=a1", &chen).await.expect(200).json()["items"][0].clone();
    assert_eq!((&one["name"], &one["address"]), (&json!("中国建设银行(户县支行)"), &json!("新地址")));
    assert_eq!((&one["phase"], &one["grade"], &one["radius_m"]), (&json!("negotiating"), &json!("A"), &json!(200)));
    assert_eq!((one["opening"].as_array().unwrap().len(), &one["footfall"]), (5, &json!(300)));
    assert_eq!(one["assets_fen"], 320_000_000);
    assert_ne!(one["assets_at"], json!(null));
    assert_eq!(one["version"], 2);
    // Its id is taken, as if it had been made by hand.
    let same = json!({"id": one["id"], "code": "z9", "name": "别的支行"});
    assert_eq!(app.post("/outlets", &chen, same).await.expect(409).json()["code"], "id_taken");
    let bad = import(&app, branch, Kind::Outlets, "code,footfall\na1,很多\n");
    assert_eq!(refused(&bad), ["2 footfall bad_footfall"]);
    let bad = import(&app, branch, Kind::Outlets, "code,assets\na1,很多\n");
    assert_eq!(refused(&bad), ["2 assets bad_assets"]);
    let back = import(&app, branch, Kind::Outlets, "code,phase\na1,拟开发\n");
    assert_eq!(refused(&back), ["2 phase phase_not_allowed"]);
}

#[actix_web::test]
async fn one_bad_cell_and_nothing_is_written() {
    let (app, branch) = site();
    let report = import(
        &app,
        branch,
        Kind::Outlets,
        "网点名单\n\n编号,名称,经度,纬度,半径,阶段\nb1,甲支行,108.9,34.2,,\nb2,乙支行,东经,34.2,,\nb3,丙支行,108.9,,大,\nb1,丁支行,,,,\n,,108.9,34.2,,\nb5,戊支行,0,0,,开始\nb6,,,,,\n",
    );
    assert_eq!(
        refused(&report),
        [
            "5 经度 bad_coordinate",
            "6 纬度 required",
            "6 半径 bad_radius",
            "7 编号 doubled_key",
            "8 名称 required",
            "9 纬度 null_island",
            "9 经度 null_island",
            "9 阶段 unknown_phase",
            "10 名称 required"
        ]
    );
    assert_eq!(count_outlets(&app), 0);
    let banks: i64 = app.app.db.read_now(|conn| Ok(banks::table.count().get_result(conn)?)).unwrap();
    assert_eq!(banks, 0);
}

#[actix_web::test]
async fn wrong_files_are_named() {
    let (app, branch) = site();
    for (bytes, code) in [
        (&b""[..], "file_empty"),
        (b"%PDF-1.7", "file_not_a_spreadsheet"),
        (b"a,b\n1,2\n", "no_header"),
        (b"\xE5\xE5\n\0\0\0", "file_not_text"),
        (b"code,name,outlet name\n1,2,3\n", "doubled_column"),
    ] {
        let report = import(&app, branch, Kind::Outlets, bytes);
        assert_eq!(report.errors.iter().map(|e| e.code.as_str()).collect::<Vec<_>>(), [code]);
        assert!(!report.errors[0].message.starts_with("import-"), "{}", report.errors[0].message);
    }
}

#[actix_web::test]
async fn a_row_without_a_code_is_the_outlet_of_its_name_within_a_metre() {
    let (app, branch) = site();
    let file = "name,lat,lon\n陕西信合,34.2,108.9\n陕西信合,34.2001,108.9\n无处,,\n";
    assert_eq!(counts(&import(&app, branch, Kind::Outlets, file)), (3, 0, 0));
    assert_eq!(counts(&import(&app, branch, Kind::Outlets, file)), (0, 0, 3));
    let near = "name,lat,lon,address\n陕西信合,34.200005,108.9,近\n";
    assert_eq!(counts(&import(&app, branch, Kind::Outlets, near)), (0, 1, 0));
    let doubled = "name,lat,lon\n陕西信合,34.3,108.9\n陕西信合,34.3,108.9\n";
    assert_eq!(refused(&import(&app, branch, Kind::Outlets, doubled)), ["3 name doubled_key"]);
    // Two rows must not be one record either, by whatever key.
    let chen = app.coordinator("chen", branch);
    let code = app.get("/outlets?q=%E6%97%A0%E5%A4%84", &chen).await.expect(200).json()["items"][0]["code"].clone();
    let both = format!("code,name\n{},无处\n,无处\n", code.as_str().unwrap());
    assert_eq!(refused(&import(&app, branch, Kind::Outlets, both)), ["3 name doubled_key"]);
}

#[actix_web::test]
async fn a_code_of_another_branch_is_refused() {
    let (app, branch) = site();
    let other = app.branch("BJ01");
    import(&app, other, Kind::Outlets, "code,name\nz1,甲\n");
    assert_eq!(refused(&import(&app, branch, Kind::Outlets, "code,name\nz1,甲\n")), ["2 code taken"]);
}

#[actix_web::test]
async fn a_workbook_gbk_and_utf16_come_in_alike() {
    let (app, branch) = site();
    let rows = [["编号", "名称", "经度", "纬度"], ["x1", "西安银行(钟楼支行)", "108.9462", "34.2609"]];
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    for (r, row) in rows.iter().enumerate() {
        for (c, cell) in row.iter().enumerate() {
            match cell.parse::<f64>() {
                Ok(number) => sheet.write_number(r as u32, c as u16, number).unwrap(),
                Err(_) => sheet.write_string(r as u32, c as u16, *cell).unwrap(),
            };
        }
    }
    let text = rows.map(|r| r.join("\t")).join("\r\n");
    let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let gbk = encoding_rs::GB18030.encode(&text).0.into_owned();
    assert_eq!(counts(&import(&app, branch, Kind::Outlets, book.save_to_buffer().unwrap())), (1, 0, 0));
    assert_eq!(counts(&import(&app, branch, Kind::Outlets, utf16)), (0, 0, 1));
    assert_eq!(counts(&import(&app, branch, Kind::Outlets, gbk)), (0, 0, 1));
}

#[actix_web::test]
async fn a_dry_run_says_the_same_and_writes_nothing() {
    let (app, branch) = site();
    let dry = import_as(&app, Some(branch), Kind::Outlets, SMALL, Datum::Wgs84, true);
    assert_eq!(counts(&dry), (4, 0, 0));
    assert_eq!(count_outlets(&app), 0);
    assert_eq!(import(&app, branch, Kind::Outlets, SMALL), dry);
}

#[actix_web::test]
async fn the_trial_files_come_in_whole_and_once() {
    let (Some(coded), Some(nameless)) = (trial("xian_banks_bd09.csv"), trial("outlets_gb18030_crlf.csv")) else {
        return;
    };
    let (app, branch) = site();
    let bd09 = |file: &[u8]| import_as(&app, Some(branch), Kind::Outlets, file, Datum::Bd09, false);
    assert_eq!(counts(&bd09(&coded)), (1378, 0, 0));
    assert_eq!(counts(&bd09(&coded)), (0, 0, 1378));
    let report = bd09(&nameless);
    counts(&report);
    assert_eq!((report.added, count_outlets(&app)), (0, 1378));
    assert_eq!(counts(&bd09(&nameless)), (0, 0, 1378));
    let (app, branch) = site();
    let bd09 = |file: &[u8]| import_as(&app, Some(branch), Kind::Outlets, file, Datum::Bd09, false);
    assert_eq!(counts(&bd09(&nameless)), (1378, 0, 0));
    assert_eq!(counts(&bd09(&nameless)), (0, 0, 1378));
    let Some(communities) = trial("xian_communities_bd09.csv") else { return };
    let again = |file: &[u8]| import_as(&app, Some(branch), Kind::Communities, file, Datum::Bd09, false);
    assert_eq!(counts(&again(&communities)), (1545, 0, 0));
    assert_eq!(counts(&again(&communities)), (0, 0, 1545));
}

#[actix_web::test]
async fn contacts_are_found_by_outlet_name_and_role() {
    let (app, branch) = site();
    import(&app, branch, Kind::Outlets, SMALL);
    let file = "网点编号,姓名,职务,影响力,介绍人,生日,是否客户,电话,备注\n\
        a1,周敏,大堂经理,把关,李行长,03-15,是,029-8481,爱聊股市\n\
        a1,周敏,理财经理,,,1985-02-28,否,,\n\
        a2,周敏,大堂经理,,,,,,\n";
    assert_eq!(counts(&import(&app, branch, Kind::Contacts, file)), (3, 0, 0));
    assert_eq!(counts(&import(&app, branch, Kind::Contacts, file)), (0, 0, 3));
    let by_name = "网点,姓名,职务,电话\n中国建设银行(户县支行),周敏,大堂经理,029-9999\n";
    assert_eq!(counts(&import(&app, branch, Kind::Contacts, by_name)), (0, 1, 0));
    let row: (String, Option<String>, bool, String) = app
        .app
        .db
        .read_now(|conn| {
            Ok(contacts::table
                .filter(contacts::phone.eq("029-9999"))
                .select((contacts::birthday, contacts::influence, contacts::is_client, contacts::note))
                .first(conn)?)
        })
        .unwrap();
    assert_eq!(row, ("03-15".into(), Some("gate_keeps".into()), true, "爱聊股市".into()));
    let bad = "网点编号,姓名,影响力,生日,备注\nzz,甲,,,\na1,,,,\na1,乙,老板,昨天,\na1,丙,,,身份证 11010519491231002X\n";
    assert_eq!(
        refused(&import(&app, branch, Kind::Contacts, bad)),
        [
            "2 网点编号 outlet_not_found",
            "3 姓名 required",
            "4 影响力 unknown_influence",
            "4 生日 bad_date",
            "5 备注 id_card_number"
        ]
    );
}

#[actix_web::test]
async fn brokers_are_found_by_certificate_else_login() {
    let (app, branch) = site();
    let other = app.branch("BJ01");
    app.coordinator("chen", branch);
    app.broker("bei", other);
    let file =
        "登录名,姓名,邮箱,执业证书编号,证书有效期\nzhang,张三,z@example.com,S1001,2027-06-30\n,李四,,S1002,20280101\n";
    assert_eq!(counts(&import(&app, branch, Kind::Brokers, file)), (2, 0, 0));
    assert_eq!(counts(&import(&app, branch, Kind::Brokers, file)), (0, 0, 2));
    let renewed = "姓名,执业证书编号,证书有效期\n张三丰,S1001,2029-06-30\n";
    assert_eq!(counts(&import(&app, branch, Kind::Brokers, renewed)), (0, 1, 0));
    let row: (String, String, Option<String>) = app
        .app
        .db
        .read_now(|conn| {
            Ok(users::table
                .filter(users::certificate_no.eq("S1001"))
                .select((users::login, users::name, users::password_hash))
                .first(conn)?)
        })
        .unwrap();
    assert_eq!(row, ("zhang".into(), "张三丰".into(), None));
    let bad = "登录名,姓名,执业证书编号,营业部\nchen,陈,,\nbei,贝,,\nzhang,张,S1002,\nnew,,,\n,,,XA01\nw,王,,BJ01\nq,钱,S9,\nr,任,S9,\n";
    assert_eq!(
        refused(&import(&app, branch, Kind::Brokers, bad)),
        [
            "2 登录名 taken",
            "3 登录名 taken",
            "4 登录名 taken",
            "5 姓名 required",
            "6 执业证书编号 required",
            "7 营业部 other_branch",
            "9 执业证书编号 doubled_key"
        ]
    );
}

#[actix_web::test]
async fn only_an_admin_says_where_the_link_that_sets_a_password_goes() {
    let (app, branch) = site();
    let (chen, admin) = (app.coordinator("chen", branch), app.admin("root"));
    import(&app, branch, Kind::Brokers, "登录名,姓名,邮箱\nzhang,张三,z@example.com\nli,李四,\n");
    let file = "登录名,姓名,邮箱\nzhang,张三丰,evil@example.com\nli,李四,evil@example.com\nnew,新人,evil@example.com\n";
    let bring = async |by: &Person, fields: &[(&str, &str)]| {
        let reply = app.upload("/imports", by, fields, Some(("b.csv", file.as_bytes()))).await.expect(303);
        let preview = reply.header("location").unwrap().to_owned();
        let text = app.page(&preview, Some(by)).await.expect(200).text;
        app.form(&preview, by, &[]).await.expect(303);
        text
    };
    let emails = || {
        let read = |conn: &mut bankside::db::Conn| {
            let all = users::table.filter(users::login.eq_any(["zhang", "li", "new"])).order(users::login.desc());
            Ok(all.select(users::email).load::<Option<String>>(conn)?)
        };
        app.app.db.read_now(read).unwrap()
    };
    let said = bring(&chen, &[("kind", "brokers")]).await;
    assert_eq!(said.matches("邮箱只能由系统管理员设置").count(), 3, "{said}");
    assert_eq!(emails(), [Some("z@example.com".to_owned()), None, None]);
    bring(&admin, &[("kind", "brokers"), ("branch", "XA01")]).await;
    assert_eq!(emails(), [(); 3].map(|()| Some("evil@example.com".to_owned())));
}

#[actix_web::test]
async fn the_hours_of_a_new_outlet_are_those_of_its_cell() {
    let (app, branch) = site();
    import(
        &app,
        branch,
        Kind::Outlets,
        "code,name,opening\nh1,甲支行,周一至周五 09:00-12:00 13:00-17:00，周六 10:00-15:00\n",
    );
    let count: i64 = app.app.db.read_now(|conn| Ok(outlet_hours::table.count().get_result(conn)?)).unwrap();
    assert_eq!(count, 11);
}

#[actix_web::test]
async fn the_page_shows_what_will_change_and_confirms_the_same_file() {
    let (app, branch) = site();
    let chen = app.coordinator("chen", branch);
    app.page("/imports", Some(&chen)).await.expect(200);
    let kind = [("kind", "outlets"), ("datum", "bd09")];
    let reply = app.upload("/imports", &chen, &kind, Some(("网点.csv", SMALL.as_bytes()))).await.expect(303);
    let at = reply.header("location").unwrap().to_owned();
    let page = app.page(&at, Some(&chen)).await.expect(200).text;
    assert!(page.contains("网点.csv") && page.contains("中国银行(钟楼支行营业室)"), "{page}");
    assert_eq!(count_outlets(&app), 0);
    // It is the uploader's alone.
    let wu = app.manager("wu", branch);
    app.page(&at, Some(&wu)).await.expect(404);
    app.form(&at, &wu, &[]).await.expect(404);
    app.form(&at, &chen, &[]).await.expect(303);
    assert_eq!(count_outlets(&app), 4);
    app.form(&at, &chen, &[]).await.expect(404);
    let reply =
        app.upload("/imports", &chen, &kind, Some(("b.csv", b"code,address\na1,<b>new</b>\n"))).await.expect(303);
    let page = app.page(reply.header("location").unwrap(), Some(&chen)).await.expect(200).text;
    assert!(page.contains("<del>东街35号</del> → <ins>&lt;b&gt;new&lt;/b&gt;</ins>"), "{page}");
    let reply = app.upload("/imports", &chen, &kind, Some(("c.csv", b"code,lat,lon\na1,x,1\n"))).await.expect(303);
    let at = reply.header("location").unwrap().to_owned();
    app.page(&at, Some(&chen)).await.expect(200);
    app.form(&at, &chen, &[]).await.expect(422);
    app.later(chrono::Duration::minutes(61));
    app.page(&at, Some(&chen)).await.expect(404);
}

#[actix_web::test]
async fn the_upload_is_refused_where_it_must_be() {
    let (app, branch) = site();
    let chen = app.coordinator("chen", branch);
    let (broker, root, head) =
        (app.broker("zhang", branch), app.admin("root"), app.person("head", bankside::people::Role::Manager, None));
    let file = Some(("a.csv", SMALL.as_bytes()));
    app.upload("/imports", &broker, &[("kind", "outlets")], file).await.expect(403);
    app.upload("/imports", &head, &[("kind", "outlets")], file).await.expect(403);
    app.page("/imports", Some(&head)).await.expect(403);
    app.upload("/imports", &chen, &[("kind", "outlets")], None).await.expect(422);
    let empty = app.upload("/imports", &chen, &[("kind", "outlets")], Some(("a.csv", b""))).await.expect(422);
    assert!(empty.text.contains("文件是空的"));
    app.upload("/imports", &chen, &[("kind", "x")], file).await.expect(422);
    app.upload("/imports", &root, &[("kind", "outlets")], file).await.expect(422);
    app.upload("/imports", &root, &[("kind", "outlets"), ("branch", "XA01")], file).await.expect(303);
    app.upload("/imports", &root, &[("kind", "calendar")], Some(("c.csv", b"date,is_workday\n2026-10-01,0\n")))
        .await
        .expect(303);
    app.upload("/imports", &chen, &[("kind", "outlets"), ("colour", "red")], file).await.expect(422);
    let foreign = crate::support::Person { csrf: "nonsense".into(), ..chen.clone() };
    app.upload("/imports", &foreign, &[("kind", "outlets")], file).await.expect(400);
    let large = vec![b'x'; 20 * 1024 * 1024 + 1];
    let reply = app.upload("/imports", &chen, &[("kind", "outlets")], Some(("l.csv", &large))).await.expect(422);
    assert!(reply.text.contains("文件超过 20 MB"), "the form again, with what is wrong");
    let huge = vec![b'x'; 5 * large.len()];
    app.upload("/imports", &chen, &[("kind", "outlets")], Some(("l.csv", &huge))).await.expect(413);
    app.form("/imports", &chen, &[("kind", "outlets")]).await.expect(415);
}
