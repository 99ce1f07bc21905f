//! What a person may ask for about their data: an export, the number revealed, an erasure.

use bankside::db::schema::{data_requests, erased_people, prospects, touches};
use bankside::prospects::erasure;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use diesel::prelude::*;
use serde_json::{Value, json};

use super::{audited, names, prospect, touch, world};
use crate::support::id;

#[actix_web::test]
async fn an_export_holds_everything_in_every_branch_and_is_registered() {
    let w = world();
    let here = prospect(&w.app, &w.li, "Zhao", Some("13800000001"), "2026-11-20T10:00:00+08:00");
    touch(&w.app, here, &w.li, "call", "reached", "2026-11-21T10:00:00+08:00");
    let there = prospect(&w.app, &w.elsewhere, "Zhao Da", Some("13800000001"), "2026-11-20T10:00:00+08:00");
    prospect(&w.app, &w.li, "Another", Some("13800000002"), "2026-11-20T10:00:00+08:00");
    let by_mobile =
        w.app.post("/person-exports", &w.admin, json!({"mobile": "138 0000 0001", "reason": "asked"})).await;
    let export = by_mobile.expect(200).json();
    assert_eq!(export["found"], 2);
    let ids: Vec<&Value> = export["prospects"].as_array().unwrap().iter().map(|p| &p["id"]).collect();
    assert_eq!(ids, [&json!(here), &json!(there)]);
    assert_eq!(export["prospects"][0]["mobile"], "+8613800000001");
    assert_eq!(export["prospects"][0]["note"], "likes gold");
    assert_eq!(export["touches"][0]["note"], "said yes to Zhang");
    assert_eq!(export["consents"].as_array().unwrap().len(), 2);
    assert_eq!(export["follow_ups"].as_array().unwrap().len(), 2);
    assert_eq!(export["stages"][0]["to_stage"], "contacted");
    assert!(export["audit"].as_array().unwrap().iter().any(|a| a["action"] == "person.export"));
    let by_record = w.app.post("/person-exports", &w.admin, json!({"prospect_id": there})).await.expect(200).json();
    assert_eq!(by_record["prospects"], export["prospects"]);
    let nobody = w.app.post("/person-exports", &w.admin, json!({"mobile": "13999999999"})).await.expect(200).json();
    assert_eq!((&nobody["found"], &nobody["prospects"]), (&json!(0), &json!([])));
    w.app.post("/person-exports", &w.admin, json!({"prospect_id": id()})).await.expect(404);
    let registered: i64 = w.app.arrange(|conn| Ok(data_requests::table.count().get_result(conn)?));
    assert_eq!(registered, 3);
}

#[actix_web::test]
async fn an_erasure_whose_note_was_lost_is_noted_later() {
    let w = world();
    let one = prospect(&w.app, &w.li, "One", Some("13800000001"), "2026-11-20T10:00:00+08:00");
    prospect(&w.app, &w.li, "Two", Some("13800000002"), "2026-11-20T10:00:00+08:00");
    let list = w.app.app.settings.var.join("erased.list");
    // What stands in its place cannot be written to; the erasure stands.
    std::fs::create_dir(&list).unwrap();
    w.app.post("/erasures", &w.admin, json!({"prospect_id": one})).await.expect(200);
    assert!(erasure::note_missing(&w.app.app).is_err());
    std::fs::remove_dir(&list).unwrap();
    for _ in 0..2 {
        erasure::note_missing(&w.app.app).unwrap();
        assert_eq!(std::fs::read_to_string(&list).unwrap(), format!("{one}\n"), "once");
    }
}

#[actix_web::test]
async fn only_an_admin_asks_for_a_persons_data_and_by_exactly_one_name() {
    let w = world();
    let one = prospect(&w.app, &w.li, "One", Some("13800000001"), "2026-11-20T10:00:00+08:00");
    for path in ["/person-exports", "/erasures"] {
        for who in [&w.li, &w.desk, &w.head, &w.other_desk] {
            w.app.post(path, who, json!({"prospect_id": one})).await.expect(403);
        }
        w.app.api("POST", path, None, Some(json!({"prospect_id": one}))).await.expect(401);
        for (body, fault) in [
            (json!({}), "mobile: required"),
            (json!({"mobile": null, "prospect_id": null}), "mobile: required"),
            (json!({"mobile": "13800000001", "prospect_id": one}), "prospect_id: one_of_two"),
            (json!({"mobile": "12"}), "mobile: too_short"),
            (json!({"prospect_id": 7}), "prospect_id: wrong_type"),
            (json!({"prospect_id": one, "name": "x"}), "name: unknown_field"),
        ] {
            assert_eq!(w.app.post(path, &w.admin, body).await.expect(422).faults(), [fault]);
        }
    }
}

#[actix_web::test]
async fn an_erased_person_is_gone_everywhere_and_still_counts() {
    let w = world();
    let here = prospect(&w.app, &w.li, "Zhao", Some("13800000001"), "2026-11-20T10:00:00+08:00");
    touch(&w.app, here, &w.li, "call", "no_answer", "2026-11-21T10:00:00+08:00");
    let there = prospect(&w.app, &w.elsewhere, "Zhao Da", Some("13800000001"), "2026-11-20T10:00:00+08:00");
    let answer = w.app.post("/erasures", &w.admin, json!({"prospect_id": here})).await.expect(200).json();
    assert_eq!(answer, json!({"erased": 2, "prospect_ids": [here, there]}));
    w.app.arrange(move |conn| {
        type Row = (String, Option<Vec<u8>>, Option<Vec<u8>>, Option<String>, String, String);
        let rows: Vec<Row> = prospects::table
            .select((
                prospects::name,
                prospects::mobile,
                prospects::mobile_hash,
                prospects::note,
                prospects::state,
                prospects::stage,
            ))
            .load(conn)?;
        let empty = (String::new(), None, None, None, "erased".to_owned(), "reachable".to_owned());
        assert_eq!(rows, [empty.clone(), empty]);
        let notes: Vec<Option<String>> = touches::table.select(touches::note).load(conn)?;
        assert_eq!(notes, [None]);
        let remembered: i64 = erased_people::table.count().get_result(conn)?;
        assert_eq!(remembered, 1);
        Ok(())
    });
    assert!(names(&w.app.get("/follow-ups", &w.head).await.expect(200)).is_empty());
    w.app.post("/person-exports", &w.admin, json!({"prospect_id": here})).await.expect(410);
    w.app.post(&format!("/prospects/{here}/reveals"), &w.admin, json!({"reason": "x"})).await.expect(410);
    let again = w.app.post("/erasures", &w.admin, json!({"mobile": "13800000001"})).await.expect(200).json();
    assert_eq!(again, json!({"erased": 0, "prospect_ids": []}));
    w.app.post("/erasures", &w.admin, json!({"prospect_id": id()})).await.expect(404);
    assert_eq!(audited(&w.app, "person.erase"), 3);
}

#[actix_web::test]
async fn a_number_is_revealed_to_an_admin_with_a_reason_on_record() {
    let w = world();
    let one = prospect(&w.app, &w.li, "One", Some("13800000001"), "2026-11-20T10:00:00+08:00");
    let path = format!("/prospects/{one}/reveals");
    for who in [&w.li, &w.desk, &w.head] {
        w.app.post(&path, who, json!({"reason": "x"})).await.expect(403);
    }
    assert_eq!(w.app.post(&path, &w.admin, json!({"reason": ""})).await.expect(422).faults(), ["reason: required"]);
    let shown = w.app.post(&path, &w.admin, json!({"reason": "complaint 7"})).await.expect(200).json();
    assert_eq!(shown, json!({"mobile": "+8613800000001"}));
    w.app.post(&format!("/prospects/{}/reveals", id()), &w.admin, json!({"reason": "x"})).await.expect(404);
    let kept: Vec<(String, String)> = w
        .app
        .arrange(|conn| Ok(data_requests::table.select((data_requests::kind, data_requests::reason)).load(conn)?));
    assert_eq!(kept, [("reveal".to_owned(), "complaint 7".to_owned())]);
    assert_eq!(audited(&w.app, "prospect.reveal"), 1);
}

#[actix_web::test]
async fn the_data_requests_page_exports_reveals_and_erases() {
    let w = world();
    let one = prospect(&w.app, &w.li, "王建国", Some("13800000001"), "2026-11-18T10:00:00+08:00").to_string();
    let ask = |fields: Vec<(&'static str, String)>| {
        let app = &w.app;
        let admin = &w.admin;
        async move {
            let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (*n, v.as_str())).collect();
            app.form("/data-requests", admin, &fields).await
        }
    };
    let of = |kind: &str, mobile: &str, prospect: &str, reason: &str| {
        vec![
            ("kind", kind.to_owned()),
            ("mobile", mobile.to_owned()),
            ("prospect_id", prospect.to_owned()),
            ("reason", reason.to_owned()),
        ]
    };
    let export = ask(of("export", "13800000001", "", "letter of 1 Nov")).await.expect(200);
    assert!(export.text.contains("王建国") && export.text.contains("letter of 1 Nov"));
    assert!(export.text.contains("<dt>手机号</dt><dd>+8613800000001</dd>"), "{}", export.text);
    for part in ["跟进", "谁看过、改过"] {
        assert!(export.text.contains(&format!("<h3>{part}</h3>")), "{part}");
    }
    let (_, file) = export.text.split_once("data:application/json;base64,").expect("a file to take along");
    let file = STANDARD.decode(file.split_once('"').unwrap().0).unwrap();
    let file: Value = serde_json::from_slice(&file).unwrap();
    assert_eq!((&file["found"], &file["prospects"][0]["mobile"]), (&json!(1), &json!("+8613800000001")));
    assert!(!export.text.contains("<pre"));
    let nobody = ask(of("export", "13999999999", "", "x")).await.expect(200).text;
    assert!(nobody.contains("没有此人的信息") && !nobody.contains("base64,"));
    let number = ask(of("reveal", "", &one, "complaint")).await.expect(200);
    assert!(number.text.contains("+8613800000001"));
    assert!(ask(of("reveal", "", &one, "")).await.expect(422).text.contains("reason-error"));
    assert!(ask(of("export", "", &id(), "x")).await.expect(422).text.contains("prospect_id-error"));
    assert!(ask(of("erasure", "13800000001", "", "asked")).await.expect(422).text.contains("sure-error"));
    let mut sure = of("erasure", "13800000001", "", "asked");
    sure.push(("sure", "on".into()));
    ask(sure).await.expect(303);
    let page = w.app.page("/data-requests", Some(&w.admin)).await.expect(200);
    assert!(!page.text.contains("王建国") && page.text.contains("complaint") && page.text.contains("root Name"));
    w.app.page("/data-requests", Some(&w.desk)).await.expect(403);
}
