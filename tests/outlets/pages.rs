//! The pages and forms of outlets.

use serde_json::json;

use super::{outlet, site, with};
use crate::support::id;

#[actix_web::test]
async fn the_pages_show_what_is_in_reach() {
    let s = site();
    let body = with(outlet("T-1"), "name", json!("<i>测试</i>支行"));
    s.made(&body).await;
    let path = format!("/outlets/{}", body["id"].as_str().unwrap());
    for who in [&s.broker, &s.chen, &s.root, &s.head] {
        let page = s.app.page("/outlets?q=T-1", Some(who)).await.expect(200).text;
        assert!(page.contains("&lt;i&gt;测试&lt;/i&gt;支行") && !page.contains("<i>测试"), "{page}");
        s.app.page("/outlets/map?phase=prospecting", Some(who)).await.expect(200);
        let page = s.app.page(&path, Some(who)).await.expect(200).text;
        assert!(page.contains("uri.amap.com") && page.contains("13:00 – 17:30"), "{page}");
        assert_eq!(page.contains("/edit\""), s.chen.id == who.id || s.root.id == who.id);
    }
    s.app.page(&path, Some(&s.other)).await.expect(404);
    assert!(!s.app.page("/outlets", Some(&s.other)).await.expect(200).text.contains("测试"));
    s.app.page("/outlets", None).await.expect(303);
    s.app.page("/outlets?tier=x", Some(&s.chen)).await.expect(422);
    s.app.page("/outlets?lang=zh-CN", Some(&s.chen)).await.expect(200);
}

fn filled(code: &str, more: &[(&'static str, &str)]) -> Vec<(&'static str, String)> {
    let base = [
        ("id", id()),
        ("code", code.to_owned()),
        ("name", "测试支行".into()),
        ("radius_m", "150".into()),
        ("hours_1", "9:00-12:00, 13:00–17:00".into()),
    ];
    let more = more.iter().map(|(n, v)| (*n, (*v).to_owned()));
    base.into_iter().filter(|(n, _)| more.clone().all(|(m, _)| m != *n)).chain(more.clone()).collect()
}

fn pairs<'a>(fields: &'a [(&'static str, String)]) -> Vec<(&'a str, &'a str)> {
    fields.iter().map(|(n, v)| (*n, v.as_str())).collect()
}

/// The value of a hidden field of a page.
fn hidden(page: &str, name: &str) -> String {
    let at = page.split(&format!("name=\"{name}\" value=\"")).nth(1).unwrap_or_else(|| panic!("{name} in {page}"));
    at.split('"').next().unwrap().to_owned()
}

#[actix_web::test]
async fn the_form_makes_an_outlet_once_and_keeps_what_was_typed() {
    let s = site();
    s.app.page("/outlets/new", Some(&s.chen)).await.expect(200);
    s.app.page("/outlets/new", Some(&s.broker)).await.expect(403);
    s.app.page("/outlets/new", Some(&s.head)).await.expect(403);
    let bad = filled(
        "T 1",
        &[
            ("lat", "here"),
            ("fence", "34.1,108\nx"),
            ("hours_2", "all day"),
            ("hours_3", "12:00-09:00"),
            ("parent", "zz"),
        ],
    );
    let page = s.app.form("/outlets", &s.chen, &pairs(&bad)).await.expect(422).text;
    assert!(page.contains("value=\"T 1\"") && page.contains("zz"), "{page}");
    let bad = filled("T 1", &[("lat", "here"), ("fence", "34.1,108\nx"), ("hours_2", "all day")]);
    let page = s.app.form("/outlets", &s.chen, &pairs(&bad)).await.expect(422).text;
    for part in ["请填写数字", "第 2 行不是 纬度,经度", "请写成 09:00-17:00"] {
        assert!(page.contains(part), "{part} in {page}");
    }
    // What is no number must not leave two others that look like a corner.
    let bad = filled("T-1", &[("fence", "34.2512, 108.9412\n34.2512 x 108.9420\n34.2520 108.9420")]);
    let page = s.app.form("/outlets", &s.chen, &pairs(&bad)).await.expect(422).text;
    assert!(page.contains("第 2 行不是 纬度,经度"), "{page}");
    let bad = filled("T 1", &[("hours_3", "12:00-09:00")]);
    let page = s.app.form("/outlets", &s.chen, &pairs(&bad)).await.expect(422).text;
    assert!(page.contains("不能含有空格") && page.contains("id=\"hours_3-error\""), "{page}");
    let good =
        filled("T-1", &[("fence", "34.2512, 108.9412\n34.2512\t108.9420\n34.2520 108.9420\n"), ("bank", "招行")]);
    let at = s.app.form("/outlets", &s.chen, &pairs(&good)).await.expect(303);
    assert_eq!(
        s.app.form("/outlets", &s.chen, &pairs(&good)).await.expect(303).header("location"),
        at.header("location")
    );
    let made = s.app.get("/outlets", &s.chen).await.expect(200).json();
    assert_eq!(made["items"].as_array().unwrap().len(), 1);
    assert_eq!(made["items"][0]["fence"].as_array().unwrap().len(), 3);
    assert_eq!(made["items"][0]["opening"].as_array().unwrap().len(), 2);
}

#[actix_web::test]
async fn a_stale_form_is_shown_again_as_it_was_typed() {
    let s = site();
    let made = s.made(&outlet("T-1")).await;
    let path = format!("/outlets/{}", made["id"].as_str().unwrap());
    let edit = s.app.page(&format!("{path}/edit"), Some(&s.chen)).await.expect(200).text;
    assert_eq!(hidden(&edit, "version"), "1");
    s.app.patch(&path, &s.wu, json!({"grade": "B"})).await.expect(200);
    let typed = filled(
        "T-1",
        &[
            ("version", "1"),
            ("name", "新的名字"),
            ("phase", "prospecting"),
            ("tier", "sub_branch"),
            ("bank", "测试银行"),
        ],
    );
    let page = s.app.form(&path, &s.chen, &pairs(&typed)).await.expect(412).text;
    assert!(page.contains("新的名字"), "{page}");
    assert_eq!(hidden(&page, "version"), "2");
    let typed = filled(
        "T-1",
        &[
            ("version", "2"),
            ("name", "新的名字"),
            ("phase", "launch"),
            ("phase_reason", "签了"),
            ("tier", "sub_branch"),
            ("bank", "测试银行"),
            ("grade", "B"),
        ],
    );
    s.app.form(&path, &s.chen, &pairs(&typed)).await.expect(303);
    let now = s.app.get(&path, &s.chen).await.expect(200).json();
    assert_eq!((&now["name"], &now["phase"], &now["version"]), (&json!("新的名字"), &json!("launch"), &json!(3)));
    assert!(s.app.page(&path, Some(&s.chen)).await.expect(200).text.contains("签了"));
    s.app.form(&path, &s.other, &pairs(&typed)).await.expect(404);
    s.app.form(&path, &s.broker, &pairs(&typed)).await.expect(403);
    s.app.form(&path, &s.head, &pairs(&typed)).await.expect(403);
}

#[actix_web::test]
async fn the_form_asks_why_an_outlet_rests_or_ends_and_its_history_says_it() {
    let s = site();
    let made = s.made(&outlet("T-1")).await;
    let path = format!("/outlets/{}", made["id"].as_str().unwrap());
    for (version, phase) in [("1", "ended"), ("1", "dormant")] {
        let typed = filled("T-1", &[("version", version), ("phase", phase), ("phase_reason", " ")]);
        let page = s.app.form(&format!("{path}?lang=en"), &s.chen, &pairs(&typed)).await.expect(422).text;
        assert!(page.contains("id=\"phase_reason-error\"") && page.contains("Say why it rests or ends"), "{page}");
    }
    assert_eq!(s.app.get(&path, &s.chen).await.json()["phase"], "prospecting");
    let typed = filled("T-1", &[("version", "1"), ("phase", "ended"), ("phase_reason", "网点撤并")]);
    s.app.form(&path, &s.chen, &pairs(&typed)).await.expect(303);
    assert!(s.app.page(&path, Some(&s.chen)).await.expect(200).text.contains("网点撤并"));
    // What has ended may be edited without saying so again, and programs are asked for no reason.
    let typed = filled("T-1", &[("version", "2"), ("phase", "ended"), ("note", "搬走了")]);
    s.app.form(&path, &s.chen, &pairs(&typed)).await.expect(303);
    s.app.patch(&path, &s.chen, json!({"phase": "dormant"})).await.expect(200);
}

#[actix_web::test]
async fn closed_days_and_contacts_come_and_go() {
    let s = site();
    let made = s.made(&outlet("T-1")).await;
    let path = format!("/outlets/{}", made["id"].as_str().unwrap());
    for page in ["closures/new", "contacts/new"] {
        s.app.page(&format!("{path}/{page}"), Some(&s.chen)).await.expect(200);
        s.app.page(&format!("{path}/{page}"), Some(&s.broker)).await.expect(403);
        s.app.page(&format!("{path}/{page}"), Some(&s.other)).await.expect(404);
    }
    let closures = format!("{path}/closures");
    s.app.form(&closures, &s.chen, &[("id", &id()), ("from", "2026-12-02"), ("to", "2026-12-01")]).await.expect(422);
    let key = id();
    for _ in 0..2 {
        s.app
            .form(&closures, &s.chen, &[("id", &key), ("from", "2026-12-01"), ("to", ""), ("reason", "装修")])
            .await
            .expect(303);
    }
    let page = s.app.page(&path, Some(&s.broker)).await.expect(200).text;
    assert_eq!(page.matches("装修").count(), 1);
    s.app.form(&format!("{closures}/{key}/removal"), &s.other, &[]).await.expect(404);
    s.app.form(&format!("{closures}/{key}/removal"), &s.chen, &[]).await.expect(303);
    assert!(!s.app.page(&path, Some(&s.broker)).await.expect(200).text.contains("装修"));
    let contacts = format!("{path}/contacts");
    let key = id();
    let typed = [
        ("id", key.as_str()),
        ("name", "周敏"),
        ("role", "大堂经理"),
        ("influence", "gate_keeps"),
        ("birthday", "3月5日"),
        ("is_client", "on"),
    ];
    for _ in 0..2 {
        s.app.form(&contacts, &s.chen, &typed).await.expect(303);
    }
    let page = s.app.page(&path, Some(&s.broker)).await.expect(200).text;
    assert!(page.matches("周敏").count() == 1 && page.contains("03-05"), "{page}");
    s.app.form(&contacts, &s.chen, &[("id", &id()), ("name", "周敏"), ("role", "大堂经理")]).await.expect(422);
    s.app
        .form(&contacts, &s.chen, &[("id", &id()), ("name", ""), ("birthday", "soon"), ("note", "11010519491231002X")])
        .await
        .expect(422);
    let one = format!("{contacts}/{key}");
    s.app.page(&one, Some(&s.chen)).await.expect(200);
    s.app.form(&one, &s.chen, &[("name", "周敏敏")]).await.expect(303);
    assert!(s.app.page(&path, Some(&s.chen)).await.expect(200).text.contains("周敏敏"));
    s.app.form(&format!("{one}/removal"), &s.broker, &[]).await.expect(403);
    s.app.form(&format!("{one}/removal"), &s.chen, &[]).await.expect(303);
    s.app.page(&one, Some(&s.chen)).await.expect(404);
}
