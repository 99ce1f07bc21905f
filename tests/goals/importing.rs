//! Progress from a file: by outlet, measure and period, the difference entered, all or nothing.

use serde_json::{Value, json};

use super::agreements::{agreement, line};
use super::audited;
use crate::prospects::outlet;
use crate::support::{Person, Reply, TestApp};

async fn import(app: &TestApp, who: &Person, file: &str) -> Reply {
    let sent = app.upload("/imports", who, &[("kind", "agreements")], Some(("progress.csv", file.as_bytes()))).await;
    let preview = sent.expect(303).header("location").unwrap().to_owned();
    app.page(&preview, Some(who)).await.expect(200);
    app.form(&preview, who, &[]).await
}

#[actix_web::test]
async fn a_file_says_how_much_was_done_so_far_and_the_same_again_changes_nothing() {
    let app = TestApp::new();
    let branch = app.branch("XA01");
    let desk = app.coordinator("desk", branch);
    let place = outlet(&app, branch, "A1");
    let lines = json!([
        line("ours", "cards", 20),
        line("ours", "deposits", 100_000_000),
        line("ours", "custody_signed", 5),
        line("ours", "events", 3),
        line("theirs", "events", 3),
    ]);
    let made = app.post("/agreements", &desk, agreement(place, lines)).await.expect(201).json();
    let path = format!("/agreements/{}", made["id"].as_str().unwrap());
    let done = async |measure: &str, side: &str| {
        let view = app.get(&path, &desk).await.json();
        let lines = view["lines"].as_array().unwrap().clone();
        let of = |one: &&Value| one["measure"] == measure && one["side"] == side;
        lines.iter().find(of).unwrap()["progress"]["done"].as_i64().unwrap()
    };
    let first = "互惠进度表,,,\n网点编号,指标,季度,累计完成\nA1,办卡,2026年四季度,7\nA1,存款,2026-Q4,\"125,000.50\"\n";
    import(&app, &desk, first).await.expect(303);
    assert_eq!((done("cards", "ours").await, done("deposits", "ours").await), (7, 12_500_050));
    import(&app, &desk, first).await.expect(303);
    assert_eq!(audited(&app, "agreement.entry"), 2, "the same again changes nothing");
    let second = "网点,指标,期间,完成,哪一方\nA1,办卡,2026-10-01至2026-12-31,5,\nA1,活动,2026Q4,2,行方\n";
    import(&app, &desk, second).await.expect(303);
    assert_eq!((done("cards", "ours").await, done("events", "theirs").await, done("events", "ours").await), (5, 2, 0));
    let entries = app.get(&format!("{path}/entries"), &desk).await.json();
    let values: Vec<i64> =
        entries["items"].as_array().unwrap().iter().map(|one| one["value"].as_i64().unwrap()).collect();
    assert!(values.contains(&-2) && entries["items"][0]["source"] == "import", "{values:?}");
    // All or nothing; each bad cell is named.
    for (row, said) in [
        ("A1,办卡,2026Q3,9,", "没有这段时间的互惠指标"),
        ("A1,三方存管,2026Q4,9,", "由系统统计"),
        ("A1,活动,2026Q4,9,", "双方都答应了"),
        ("A1,月亮,2026Q4,9,", "不认识的互惠项目"),
        ("A1,办卡,明年,9,", "请写成 2026-11"),
        ("A1,办卡,2026Q4,many,", "请填写整数"),
        ("A1,转介绍,2026Q4,9,", "没有这一项"),
        ("Z9,办卡,2026Q4,9,", "网点"),
    ] {
        let file = format!("网点编号,指标,期间,完成,哪一方\nA1,存款,2026Q4,1,\n{row}\n");
        let refused = import(&app, &desk, &file).await.expect(422).text;
        assert!(refused.contains(said), "{row}: {refused}");
    }
    assert_eq!(done("deposits", "ours").await, 12_500_050);
}
