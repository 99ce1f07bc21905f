//! Prospects brought in from a file.

use bankside::imports::run::{self, Kind, Terms};
use bankside::people::Caller;
use serde_json::json;

use super::{World, audited, names, prospect, world};

fn import(w: &World, file: &str, dry: bool) -> bankside::imports::report::ImportReport {
    let branch = w.li.branch.unwrap();
    let branch = w.app.app.db.read_now(|conn| bankside::people::store::branch(conn, branch)).unwrap();
    let terms = Terms {
        branch: Some(branch),
        datum: bankside::place::Datum::Wgs84,
        keys: w.app.app.keys.clone(),
        now: w.app.now(),
        emails: true,
    };
    let caller = Caller::program(w.app.now());
    run::run_now(&w.app.app.db, &caller, Kind::Prospects, file.into(), terms, dry)
        .unwrap()
        .report(bankside::language::Lang::En)
}

fn counts(report: &bankside::imports::report::ImportReport) -> (u64, u64, u64) {
    assert_eq!(report.errors, [], "no errors");
    (report.added, report.changed, report.unchanged)
}

fn codes(issues: &[bankside::imports::report::Issue]) -> Vec<String> {
    for issue in issues {
        assert!(!issue.message.starts_with("import-") && !issue.message.starts_with("error-"), "{}", issue.message);
    }
    issues.iter().map(|i| format!("{} {} {}", i.row.unwrap(), i.column.as_deref().unwrap_or("-"), i.code)).collect()
}

#[actix_web::test]
async fn prospects_are_imported_once_with_their_consents_and_follow_ups() {
    let w = world();
    let file = "姓名,手机,见面时间,来源,联系方式,经纪人,同意时间,同意用途,备注\n\
                王小明,138 1234 5678,2026-11-20 14:30,转介绍,短信,li,2026-11-20 14:30,开户服务,喜欢黄金\n\
                李四,,2026-11-21,驻点,电话,wang Name,,,\n\
                赵六,13912345678,2026/11/22 09:00,,,LI,2026-11-22,开户服务,\n";
    assert_eq!(counts(&import(&w, file, true)), (3, 0, 0));
    assert!(names(&w.app.get("/follow-ups", &w.desk).await.expect(200)).is_empty(), "a dry run writes nothing");
    assert_eq!(counts(&import(&w, file, false)), (3, 0, 0));
    assert_eq!(counts(&import(&w, file, false)), (0, 0, 3));
    let listed = w.app.get("/follow-ups?state=open", &w.desk).await.expect(200);
    assert_eq!(names(&listed), ["王小明 open", "李四 open", "赵六 open"]);
    let first = &listed.json()["items"][0];
    assert_eq!((&first["due_on"], &first["prospect"]["stage"]), (&json!("2026-11-23"), &json!("reachable")));
    let shown =
        w.app.get(&format!("/prospects/{}", first["prospect"]["id"].as_str().unwrap()), &w.li).await.expect(200);
    let shown = shown.json();
    assert_eq!(shown["mobile"], "13812345678");
    assert_eq!(shown["met_at"], "2026-11-20T06:30:00Z");
    assert_eq!((&shown["source"], &shown["note"]), (&json!("referral"), &json!("喜欢黄金")));
    assert_eq!(shown["consent"]["purpose"], "开户服务");

    let more = "姓名,手机,见面时间,经纪人,备注\n王小明,13812345678,2026-11-20,li,喜欢白银\n李四,,2026-11-21,wang,\n";
    assert_eq!(counts(&import(&w, more, false)), (0, 1, 1));
    assert_eq!(counts(&import(&w, more, false)), (0, 0, 2));
    assert_eq!(audited(&w.app, "prospect.import"), 4);
}

#[actix_web::test]
async fn a_bad_cell_refuses_the_whole_file_and_is_named() {
    let w = world();
    let file = "name,mobile,met_at,broker,consent_given_at,consent_purpose,outlet\n\
                A,13812345678,2026-11-20 10:00,li,,,\n\
                B,12,2026-11-20 10:00,li,,,\n\
                C,,2026-12-20 10:00,nobody,,,\n\
                D,,,li,,,Nowhere\n\
                E,,2026-11-20 10:00,li,,,\n\
                E,,2026-11-20 10:00,li,,,\n\
                F,,,,,,\n";
    let report = import(&w, file, false);
    assert_eq!(
        codes(&report.errors),
        [
            "2 consent_given_at consent_required",
            "3 mobile too_short",
            "4 broker unknown_broker",
            "4 met_at in_the_future",
            "5 outlet outlet_not_found",
            "7 name doubled_key",
            "8 met_at required",
            "8 broker required",
        ]
    );
    assert_eq!((report.added, report.changed, report.unchanged), (0, 0, 0));
    assert!(names(&w.app.get("/follow-ups", &w.desk).await.expect(200)).is_empty());
}

#[actix_web::test]
async fn an_import_brings_nobody_back_and_merges_nobody() {
    let w = world();
    let erased = prospect(&w.app, &w.li, "Erased", Some("13812345678"), "2026-11-18T10:00:00+08:00");
    w.app.post("/erasures", &w.admin, json!({"prospect_id": erased})).await.expect(200);
    prospect(&w.app, &w.wang, "Wangs", Some("13800000002"), "2026-11-18T10:00:00+08:00");
    prospect(&w.app, &w.elsewhere, "Far", Some("13800000003"), "2026-11-18T10:00:00+08:00");
    let file = "name,mobile,met_at,broker,consent_given_at,consent_purpose\n\
                Erased,13812345678,2026-11-18 10:00,li,2026-11-18,service\n\
                Mine,13800000002,2026-11-19 10:00,li,2026-11-19,service\n\
                Near,13800000003,2026-11-19 10:00,li,2026-11-19,service\n";
    let report = import(&w, file, false);
    assert_eq!(counts(&report), (2, 0, 0));
    assert_eq!(
        codes(&report.warnings),
        ["2 mobile erased_person", "3 mobile also_with_another", "4 mobile also_elsewhere"]
    );
    assert_eq!(counts(&import(&w, file, false)), (0, 0, 2));
    assert_eq!(names(&w.app.get("/follow-ups", &w.li).await.expect(200)), ["Mine open", "Near open"]);
}

#[actix_web::test]
async fn the_same_file_after_hand_overs_and_merges_changes_nothing() {
    let w = world();
    let file = "姓名,手机,见面时间,经纪人,同意时间,同意用途\n\
                甲一,13812345678,2026-11-20 14:30,li,2026-11-20 14:30,开户服务\n\
                甲一一,,2026-11-20 15:00,li,,\n\
                甲二,13812345679,2026-11-20 16:00,li,2026-11-20 16:00,开户服务\n\
                乙,,2026-11-21,li,,\n";
    assert_eq!(counts(&import(&w, file, false)), (4, 0, 0));
    let listed = w.app.get("/prospects", &w.desk).await.expect(200).json();
    let of = |name: &str| {
        let all = listed["items"].as_array().unwrap();
        all.iter().find(|one| one["name"] == name).unwrap()["id"].as_str().unwrap().to_owned()
    };
    let merge = async |goes: &str| {
        w.app
            .post(&format!("/prospects/{}/merges", of("甲一")), &w.desk, json!({"other_id": of(goes)}))
            .await
            .expect(200);
    };
    merge("甲一一").await;
    assert_eq!(counts(&import(&w, file, false)), (0, 0, 4));
    merge("甲二").await;
    assert_eq!(counts(&import(&w, file, false)), (0, 0, 4));
    let over = json!({"id": crate::support::id(), "from_broker_id": w.li.id, "to_broker_id": w.wang.id, "reason": "x"});
    w.app.post("/handovers", &w.desk, over).await.expect(201);
    let report = import(&w, file, false);
    assert_eq!((counts(&report), codes(&report.warnings)), ((0, 0, 4), Vec::<String>::new()));
    assert_eq!(names(&w.app.get("/follow-ups", &w.desk).await.expect(200)), ["甲一 open", "乙 open"]);
}
