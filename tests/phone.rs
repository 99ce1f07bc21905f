//! What a phone kept without a network: taken in once, however often it is sent, or refused with the reason.

use serde_json::json;

use crate::attendance::api::{Xian, xian};
use crate::support::id;

#[actix_web::test]
async fn a_kept_check_in_is_taken_in_once_and_is_no_late_clock() {
    let Xian { app, outlet, zhang, chen, .. } = xian();
    app.shift(&chen, &zhang, &outlet, "2026-11-23").await;
    let standing = app.page("/kept", Some(&zhang)).await.expect(200).json();
    assert_eq!((&standing["user"], &standing["csrf"]), (&json!(zhang.id), &json!(zhang.csrf)));
    app.at("2026-11-23T11:00:00+08:00");
    let one = id();
    let tapped = [
        ("id", one.as_str()),
        ("kind", "in"),
        ("lat", "34.2"),
        ("lon", "108.9"),
        ("accuracy_m", "20"),
        ("agree", "on"),
        ("at", "2026-11-23T00:58:00.000Z"),
    ];
    for _ in 0..2 {
        let said = app.form("/kept/check-ins", &zhang, &tapped).await.expect(200).json();
        assert_eq!(said, json!({ "id": one, "received": true, "why": null }));
    }
    let kept = app.get("/checkins", &zhang).await.json()["items"].clone();
    assert_eq!(kept.as_array().unwrap().len(), 1);
    assert_eq!(
        (&kept[0]["verdict"], &kept[0]["flags"], &kept[0]["minutes_late"]),
        (&json!("on_site"), &json!([]), &json!(0))
    );
    // One that had come through before the phone knew is not taken in again, though it was sent without a network's mark.
    let other = id();
    let plain = [("id", other.as_str()), ("kind", "out"), ("reason", "no signal")];
    app.form("/check-ins", &zhang, &plain).await.expect(303);
    let again = [plain[0], plain[1], plain[2], ("at", "2026-11-23T02:00:00.000Z")];
    assert_eq!(app.form("/kept/check-ins", &zhang, &again).await.expect(200).json()["received"], true);
    assert_eq!(app.get("/checkins", &zhang).await.json()["items"].as_array().unwrap().len(), 2);
}

#[actix_web::test]
async fn a_kept_prospect_is_taken_in_once_and_a_wrong_one_is_told_why() {
    let Xian { app, zhang, .. } = xian();
    let (one, wrong) = (id(), id());
    let fields = |id: &str, mobile: &str| {
        [
            ("id", id.to_owned()),
            ("name", "王建国".to_owned()),
            ("mobile", mobile.to_owned()),
            ("preferred_channel", "sms".to_owned()),
            ("consent", "on".to_owned()),
            ("met_at", "2026-11-23T01:50:00.123Z".to_owned()),
            ("outlet_id", String::new()),
            ("source", "on_site".to_owned()),
            ("experience", "unknown".to_owned()),
            ("note", String::new()),
        ]
    };
    let send = |fields: [(&'static str, String); 10]| {
        let (app, zhang) = (&app, &zhang);
        async move {
            let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
            app.form("/kept/prospects?lang=en", zhang, &fields).await.expect(200).json()
        }
    };
    for _ in 0..2 {
        assert_eq!(send(fields(&one, "13800000001")).await["received"], true);
    }
    let said = send(fields(&wrong, "12345")).await;
    assert_eq!((&said["id"], &said["received"]), (&json!(wrong), &json!(false)));
    assert_eq!(said["why"], "Too few digits");
    let all = app.get("/prospects", &zhang).await.json()["items"].clone();
    assert_eq!((all.as_array().unwrap().len(), &all[0]["id"]), (1, &json!(one)));
}

#[actix_web::test]
async fn what_is_kept_is_sent_by_its_broker_alone() {
    let Xian { app, chen, .. } = xian();
    for path in ["/kept", "/kept/check-ins"] {
        let reply = if path == "/kept" { app.page(path, Some(&chen)).await } else { app.form(path, &chen, &[]).await };
        reply.expect(403);
    }
    assert_eq!(app.page("/kept", None).await.expect(303).header("location"), Some("/sign-in?to=%2Fkept"));
}

#[actix_web::test]
async fn the_page_without_a_network_is_nobodys_and_the_worker_keeps_all_it_needs() {
    let Xian { app, zhang, .. } = xian();
    let page = app.page("/offline?lang=en", None).await.expect(200).text;
    for part in [
        "data-who=\"\"",
        "data-offline",
        "action=\"/check-ins\"",
        "action=\"/prospects\"",
        "data-list",
        "Without a network",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let worker = app.page("/worker.js", None).await.expect(200);
    assert!(worker.header("content-type").is_some_and(|kind| kind.starts_with("text/javascript")));
    let shell = worker.text.lines().next().unwrap().trim_start_matches("var shell = ").trim_end_matches(';').to_owned();
    let shell: serde_json::Value = serde_json::from_str(&shell).unwrap();
    let files: Vec<&str> = shell["files"].as_array().unwrap().iter().filter_map(|file| file.as_str()).collect();
    for file in &files {
        app.page(file, None).await.expect(200);
    }
    // Whatever the page loads is among them.
    for part in page.split('"').filter(|part| part.starts_with("/assets/")) {
        assert!(files.contains(&part), "{part} is not kept: {files:?}");
    }
    // A broker's pages say whose phone it is; a coordinator's keep nothing.
    let today = app.page("/", Some(&zhang)).await.expect(200).text;
    assert!(today.contains(&format!("data-who=\"{}\"", zhang.id)) && today.contains("data-discard="), "{today}");
}

#[actix_web::test]
async fn signing_out_leaves_what_the_phone_keeps_for_others() {
    let Xian { app, branch, zhang, .. } = xian();
    let gone = app.form("/sign-out", &zhang, &[("keep", "")]).await.expect(303);
    assert_eq!(gone.header("clear-site-data"), Some("\"cache\", \"storage\""));
    let li = app.broker("li", branch);
    let left = app.form("/sign-out", &li, &[("keep", "on")]).await.expect(303);
    assert_eq!(left.header("clear-site-data"), Some("\"cache\""));
}
