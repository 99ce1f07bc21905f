//! What stands and is changed afterwards: one's last change on the board taken back, shifts that a later change made impossible, swaps that lapsed by it.

use bankside::db::schema::users;
use diesel::prelude::*;
use serde_json::{Value, json};

use crate::requests::{made, team};
use crate::support::{Person, Reply, id};

fn edit(who: &Person, date: &str, outlet: Option<bankside::db::Id>, seen: Option<bankside::db::Id>) -> String {
    json!([{"broker_id": who.id, "date": date, "outlet_id": outlet, "seen_outlet_id": seen}]).to_string()
}

fn flash(reply: &Reply) -> String {
    reply.expect_flash()
}

impl Reply {
    /// What the next page would say first.
    pub fn expect_flash(&self) -> String {
        use base64::Engine;
        let cookie = self.headers.get_all("set-cookie").filter_map(|c| c.to_str().ok()).find(|c| c.contains("flash="));
        let value = cookie.unwrap().split("flash=").nth(1).unwrap();
        let text = value.split(['.', ';']).next().unwrap();
        let json = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(text).unwrap();
        let message: Value = serde_json::from_slice(&json).unwrap();
        message["text"].as_str().unwrap().to_owned()
    }
}

#[actix_web::test]
async fn ones_last_change_on_the_board_is_taken_back_and_told_and_no_more_than_that() {
    let team = team();
    team.published("2026-11-23", "2026-12-06");
    let (south, north) = (Some(team.south.id), Some(team.north.id));
    let put = |who: &Person, changes: String| {
        let (app, who) = (&team.app, who.clone());
        async move { app.form("/rota/cells", &who, &[("changes", &changes), ("reason", "临时")]).await.expect(200) }
    };
    put(&team.chen, edit(&team.zhang, "2026-11-25", south, None)).await;
    team.app.later(chrono::Duration::minutes(1));
    put(&team.chen, edit(&team.zhang, "2026-11-25", north, south)).await;
    team.app.later(chrono::Duration::minutes(1));
    put(&team.chen, edit(&team.li, "2026-11-26", south, None)).await;
    let page = team.app.page("/rota", Some(&team.chen)).await.expect(200).text;
    assert!(page.contains("action=\"/rota/undo\""));
    let told = team.told().len();
    let undo = || async { team.app.form("/rota/undo", &team.chen, &[("back", "/rota?view=people")]).await.expect(303) };
    let reply = undo().await;
    assert_eq!(reply.header("location"), Some("/rota?view=people"));
    assert_eq!(team.standing().await.len(), 1, "li's day is free again");
    assert_eq!(team.told().len(), told + 1, "li is told, nobody else");
    undo().await;
    let day = |who: &Person, place: &crate::attendance::Place| {
        (who.id.to_string(), "2026-11-25".to_owned(), place.id.to_string())
    };
    assert_eq!(team.standing().await, [day(&team.zhang, &team.south)]);
    undo().await;
    assert!(team.standing().await.is_empty());
    assert!(flash(&undo().await).contains("没有可以撤销"));
    // What was made in no draft and on no board, or by somebody else, is nobody's to take back here.
    team.plan(&team.zhang, &team.south, "2026-11-25").await.expect(201);
    undo().await;
    let wu = team.app.manager("wu", team.branch);
    put(&wu, edit(&team.li, "2026-11-25", north, None)).await;
    undo().await;
    assert_eq!(team.standing().await.len(), 2);
    team.app.later(chrono::Duration::hours(25));
    team.app.form("/rota/undo", &wu, &[]).await.expect(303);
    assert_eq!(team.standing().await.len(), 2, "after a day it is what people go by");
}

#[actix_web::test]
async fn a_change_that_a_colleague_or_a_rule_has_overtaken_is_not_taken_back() {
    let team = team();
    let (south, north) = (Some(team.south.id), Some(team.north.id));
    let wu = team.app.manager("wu", team.branch);
    let put = |who: &Person, changes: String| {
        let (app, who) = (&team.app, who.clone());
        async move { app.form("/rota/cells", &who, &[("changes", &changes)]).await.expect(200) }
    };
    let both: Vec<Value> = [(&team.zhang, "2026-11-25"), (&team.li, "2026-11-25")]
        .iter()
        .map(|(who, date)| json!({"broker_id": who.id, "date": date, "outlet_id": south, "seen_outlet_id": null}))
        .collect();
    put(&team.chen, json!(both).to_string()).await;
    put(&wu, edit(&team.li, "2026-11-25", north, south)).await;
    let undo = |who: Person| {
        let app = &team.app;
        async move { app.form("/rota/undo", &who, &[]).await.expect(303) }
    };
    let said = flash(&undo(team.chen.clone()).await);
    assert!(said.contains("wu Name") && said.contains("li Name"), "{said}");
    assert_eq!(team.standing().await.len(), 2, "all of it or nothing");
    undo(wu.clone()).await;
    undo(team.chen.clone()).await;
    assert!(team.standing().await.is_empty());
    // What stood there may be forbidden by now.
    let shift = made(team.plan(&team.zhang, &team.south, "2026-11-26").await);
    put(&team.chen, edit(&team.zhang, "2026-11-26", None, south)).await;
    team.app.delete(&format!("/shifts/{shift}"), &team.chen).await.expect(410);
    let leave = made(team.ask_leave(&team.zhang, "2026-11-26", "2026-11-26").await);
    team.app.post(&format!("/leaves/{leave}/decision"), &team.chen, json!({"approve": true})).await.expect(200);
    let said = flash(&undo(team.chen.clone()).await);
    assert!(said.contains("休假"), "{said}");
    assert!(team.standing().await.is_empty());
    // The head office and brokers take nothing back.
    team.app.form("/rota/undo", &team.zhang, &[]).await.expect(403);
    let head = team.app.person("head", bankside::people::Role::Manager, None);
    team.app.form("/rota/undo", &head, &[]).await.expect(403);
}

#[actix_web::test]
async fn shifts_that_a_later_change_made_impossible_are_counted_marked_and_listed_until_arranged_anew() {
    let team = team();
    let admin = team.app.admin("root");
    for date in ["2026-11-25", "2026-11-26", "2026-11-27"] {
        made(team.plan(&team.zhang, &team.south, date).await);
    }
    made(team.plan(&team.li, &team.north, "2026-11-25").await);
    // With both times given it may be, also while closed.
    let body = json!({"id": id(), "outlet_id": team.south.id, "broker_id": team.li.id, "date": "2026-11-27",
        "starts_at": "2026-11-27T10:00:00+08:00", "ends_at": "2026-11-27T12:00:00+08:00"});
    team.app.post("/shifts", &team.chen, body).await.expect(201);
    let requests = || async { team.app.page("/requests", Some(&team.chen)).await.expect(200).text };
    let board = || async { team.app.page("/rota?month=2026-11", Some(&team.chen)).await.expect(200).text };
    assert!(!requests().await.contains("需要重新安排"));
    // Closed on the 27th: one of the two shifts there.
    let (path, key) = (format!("/outlets/{}/closures", team.south.id), id());
    let fields = [("id", key.as_str()), ("from", "2026-11-27"), ("to", "2026-11-27"), ("reason", "装修")];
    let said = flash(&team.app.form(&path, &team.chen, &fields).await.expect(303));
    assert!(said.contains("1 个已排的班次"), "{said}");
    assert!(board().await.contains("zhang Name<b>停业</b>"));
    // Half a day on the 26th.
    let path = format!("/outlets/{}/special-hours", team.south.id);
    let fields = [("date", "2026-11-26"), ("opens", "09:00"), ("closes", "12:00")];
    let said = flash(&team.app.form(&path, &team.chen, &fields).await.expect(303));
    assert!(said.contains("2 个已排的班次"), "{said}");
    assert!(board().await.contains("zhang Name<b>时间变了</b>"));
    let page = requests().await;
    assert!(
        page.contains("需要重新安排的班次（2）")
            && page.contains(&format!("/rota/cell?date=2026-11-26&amp;outlet={}", team.south.id)),
        "{page}"
    );
    // Its own chooser offers the hours as they are now.
    let cell = format!("/rota/cell?date=2026-11-26&outlet={}", team.south.id);
    let cell = team.app.page(&cell, Some(&team.chen)).await.expect(200).text;
    let edit = format!("{}|{}|{}", team.zhang.id, team.south.id, team.south.id);
    assert!(cell.contains(&format!("value=\"{edit}\"")), "{cell}");
    team.app.form("/rota/cells", &team.chen, &[("date", "2026-11-26"), ("edit", &edit)]).await.expect(303);
    let shifts = team.app.get("/shifts?from=2026-11-26&to=2026-11-26", &team.chen).await.json();
    assert_eq!(shifts["items"][0]["ends_at"], "2026-11-26T04:00:00Z");
    assert!(requests().await.contains("需要重新安排的班次（1）"));
    // A certificate that is cut short, and somebody who is suspended: the admin who did it is told.
    let who = team.app.get(&format!("/users/{}", team.li.id), &admin).await.expect(200).json();
    let version = who["version"].to_string();
    let fields = [
        ("version", version.as_str()),
        ("name", "li Name"),
        ("role", "broker"),
        ("branch", "XA01"),
        ("email", ""),
        ("language", "zh-CN"),
        ("certificate_no", "C-1"),
        ("certificate_expires_on", "2026-11-26"),
    ];
    let said = flash(&team.app.form(&format!("/users/{}", team.li.id), &admin, &fields).await.expect(303));
    assert!(said.contains("1 个已排的班次"), "{said}");
    let said = flash(&team.app.form(&format!("/users/{}/suspension", team.zhang.id), &admin, &[]).await.expect(303));
    assert!(said.contains("3 个已排的班次"), "{said}");
    assert!(board().await.contains("zhang Name<b>已停用</b>") && board().await.contains("li Name<b>证书过期</b>"));
    assert!(requests().await.contains("需要重新安排的班次（4）"));
    // Days that are past want no decision any more.
    team.app.at("2026-11-28T01:00:00Z");
    assert!(!requests().await.contains("需要重新安排"));
}

#[actix_web::test]
async fn who_moved_to_another_branch_stays_visible_where_they_stand_and_can_be_taken_off() {
    let team = team();
    made(team.plan(&team.zhang, &team.south, "2026-11-25").await);
    let (who, other) = (team.zhang.id, team.app.branch("XA02"));
    team.app.arrange(move |conn| {
        diesel::update(users::table.find(who)).set(users::branch_id.eq(other)).execute(conn)?;
        Ok(())
    });
    let page = team.app.page("/rota?month=2026-11", Some(&team.chen)).await.expect(200).text;
    assert!(page.contains("zhang Name<b>已停用</b>"));
    let edit = format!("{}|-|{}", team.zhang.id, team.south.id);
    team.app.form("/rota/cells", &team.chen, &[("date", "2026-11-25"), ("edit", &edit)]).await.expect(303);
    assert!(team.standing().await.is_empty());
}

#[actix_web::test]
async fn a_swap_whose_shift_changes_lapses_and_each_of_its_people_is_told_once() {
    let team = team();
    team.published("2026-11-23", "2026-12-06");
    let shift = made(team.plan(&team.zhang, &team.south, "2026-11-25").await);
    let other = made(team.plan(&team.li, &team.north, "2026-11-26").await);
    let swap = made(team.offer(&team.zhang, &shift, &team.li, Some(&other)).await);
    let before = team.told().len();
    // The one whose shift goes reads both in one mail; the other one that the swap is over.
    team.app.delete(&format!("/shifts/{shift}"), &team.chen).await.expect(204);
    let told: Vec<(bankside::db::Id, String)> = team.told().split_off(before);
    assert_eq!(told.len(), 2, "{told:?}");
    let to = |who: &Person| told.iter().find(|(id, _)| *id == who.id).map(|(_, text)| text.clone()).unwrap();
    let (zhang, li) = (to(&team.zhang), to(&team.li));
    assert!(zhang.contains("取消的班") && zhang.contains("失效的换班申请"), "{zhang}");
    assert!(li.contains("换班申请已失效") && !li.contains("取消的班"), "{li}");
    let seen = team.app.get("/swaps?state=lapsed", &team.chen).await.json();
    assert_eq!(seen["items"][0]["id"], swap);
    // A leave that takes the shift off answers its broker and tells the other one.
    let swap = made(team.offer(&team.li, &other, &team.zhang, None).await);
    let before = team.told().len();
    let leave = made(team.ask_leave(&team.li, "2026-11-26", "2026-11-26").await);
    let body = json!({"approve": true, "take_off": true});
    team.app.post(&format!("/leaves/{leave}/decision"), &team.chen, body).await.expect(200);
    let told = team.told().split_off(before);
    let (zhang, li): (Vec<_>, Vec<_>) = told.iter().partition(|(id, _)| *id == team.zhang.id);
    assert_eq!((zhang.len(), li.len()), (1, 1), "{told:?}");
    assert!(li[0].1.contains("您的休假已批准") && li[0].1.contains("失效的换班申请"), "{}", li[0].1);
    let reply = team.app.post(&format!("/swaps/{swap}/answer"), &team.zhang, json!({"take": true})).await;
    assert_eq!(reply.expect(409).json()["code"], "already_decided");
}
