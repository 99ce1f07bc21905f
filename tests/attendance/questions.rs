//! A question about a check-in: asked from Now, answered on Today, seen again on Now and on the shift's page.

use bankside::db::schema::audit_entries;
use diesel::prelude::*;
use serde_json::{Value, json};

use super::api::{Xian, xian};
use crate::support::{Person, TestApp};

/// A check-in far from the outlet, and where it stands in the API.
async fn far_away(app: &TestApp, who: &Person, outlet: bankside::db::Id) -> (String, String) {
    let with = json!({"outlet_id": outlet, "reason": "手机没电"});
    let made = app.check_in(who, (34.3, 108.9), with).await.expect(201).json();
    let id = made["id"].as_str().unwrap().to_owned();
    (format!("/checkins/{id}"), id)
}

fn answers(app: &TestApp) -> i64 {
    let of = |conn: &mut bankside::db::Conn| {
        Ok(audit_entries::table.filter(audit_entries::action.eq("checkin.answer")).count().get_result(conn)?)
    };
    app.app.db.read_now(of).unwrap()
}

#[actix_web::test]
async fn a_question_stands_on_today_is_answered_once_and_comes_back_to_now() {
    let Xian { app, outlet, zhang, chen, .. } = xian();
    let shift = app.shift(&chen, &zhang, &outlet, "2026-11-23").await;
    let (path, checkin) = far_away(&app, &zhang, outlet.id).await;
    assert!(!app.page("/", Some(&zhang)).await.expect(200).text.contains("/answer"), "nobody has asked");
    let asked = json!({"decision": "questioned", "note": "为什么在别处签到？"});
    app.post(&format!("{path}/review"), &chen, asked.clone()).await.expect(200);
    // Also on a later day, in the reader's language.
    app.later(chrono::Duration::days(1));
    let today = app.page("/?lang=en", Some(&zhang)).await.expect(200).text;
    assert!(today.contains(&format!("action=\"/check-ins/{checkin}/answer\"")), "{today}");
    assert!(today.contains("A question about") && today.contains("为什么在别处签到？"));
    assert!(!app.page("/now", Some(&chen)).await.expect(200).text.contains(&checkin), "it waits for the broker");
    // Nothing, or what no note may hold, is shown again as typed.
    let form = format!("/check-ins/{checkin}/answer");
    assert!(app.form(&form, &zhang, &[("answer", " ")]).await.expect(422).text.contains("aria-invalid"));
    let typed = "卡号 6222021234567890128";
    assert!(app.form(&form, &zhang, &[("answer", typed)]).await.expect(422).text.contains(typed));
    app.form(&form, &zhang, &[("answer", "银行搬到了对面")]).await.expect(303);
    app.form(&form, &zhang, &[("answer", "银行搬到了对面")]).await.expect(303);
    assert_eq!(answers(&app), 1, "sent twice it is one answer");
    assert!(!app.page("/", Some(&zhang)).await.expect(200).text.contains("/answer"));
    let now = app.page("/now", Some(&chen)).await.expect(200).text;
    assert!(now.contains(&checkin) && now.contains("问：为什么在别处签到？") && now.contains("答：银行搬到了对面"));
    let row = app.page(&format!("/attendance/{shift}"), Some(&chen)).await.expect(200).text;
    assert!(row.contains("答：银行搬到了对面"), "{row}");
    // Asked anew, the first answer is to another question.
    app.post(&format!("{path}/review"), &chen, asked).await.expect(200);
    let seen = app.get("/checkins", &zhang).await.expect(200).json();
    assert_eq!((&seen["items"][0]["review"], &seen["items"][0]["answer"]), (&json!("questioned"), &Value::Null));
}

#[actix_web::test]
async fn an_answer_is_its_brokers_alone_and_only_to_what_is_asked() {
    let Xian { app, branch, outlet, zhang, chen } = xian();
    let li = app.broker("li", branch);
    let (path, _) = far_away(&app, &zhang, outlet.id).await;
    let answer = |who: &Person, words: &str| {
        let (app, path, who, body) = (&app, format!("{path}/answer"), who.clone(), json!({"answer": words}));
        async move { app.post(&path, &who, body).await }
    };
    assert_eq!(answer(&zhang, "在对面").await.expect(409).json()["code"], "not_asked");
    app.post(&format!("{path}/review"), &chen, json!({"decision": "questioned"})).await.expect(200);
    answer(&li, "在对面").await.expect(404);
    answer(&chen, "在对面").await.expect(403);
    assert_eq!(answer(&zhang, "").await.expect(422).faults(), ["answer: required"]);
    assert_eq!(answer(&zhang, &"长".repeat(501)).await.expect(422).faults(), ["answer: too_long"]);
    let first = answer(&zhang, "在对面").await.expect(200).json();
    assert_eq!((&first["review"], &first["answer"]), (&json!("waiting"), &json!("在对面")));
    assert_eq!(first["answered_at"], json!(app.now()));
    app.later(chrono::Duration::minutes(5));
    assert_eq!(answer(&zhang, "在对面").await.expect(200).json(), first, "sent again: the same");
    assert_eq!(answer(&zhang, "不对").await.expect(409).json()["code"], "not_asked");
    app.post(&format!("{path}/review"), &chen, json!({"decision": "accepted"})).await.expect(200);
    let kept = app.get("/checkins", &chen).await.expect(200).json();
    assert_eq!((&kept["items"][0]["review"], &kept["items"][0]["answer"]), (&json!("accepted"), &json!("在对面")));
}
