//! My rota on the phone and Requests at the desk.

use super::{made, team};

#[actix_web::test]
async fn my_rota_shows_two_weeks_and_what_changed_since_they_were_published() {
    let team = team();
    let first = made(team.plan(&team.zhang, &team.south, "2026-11-25").await);
    made(team.plan(&team.zhang, &team.north, "2026-12-02").await);
    team.published("2026-11-23", "2026-12-06");
    let page = team.app.page("/my-rota", Some(&team.zhang)).await.expect(200);
    assert!(page.text.contains("T-1 支行") && page.text.contains("T-2 支行"), "{}", page.text);
    assert!(page.text.contains(&format!("/swaps/new?shift={first}")) && !page.text.contains("有变动"));
    team.app.later(chrono::Duration::minutes(5));
    team.app.delete(&format!("/shifts/{first}"), &team.chen).await.expect(204);
    let page = team.app.page("/my-rota", Some(&team.zhang)).await.expect(200);
    assert!(page.text.contains("有变动") && page.text.contains("chen Name"), "{}", page.text);
    team.app.page("/my-rota", Some(&team.chen)).await.expect(403);
}

#[actix_web::test]
async fn three_taps_ask_for_a_swap_and_two_people_answer_it() {
    let team = team();
    let shift = made(team.plan(&team.zhang, &team.south, "2026-11-25").await);
    let page = team.app.page(&format!("/swaps/new?shift={shift}"), Some(&team.zhang)).await.expect(200);
    let choice = format!("b:{}", team.li.id);
    assert!(page.text.contains(&choice), "{}", page.text);
    team.app.page(&format!("/swaps/new?shift={shift}"), Some(&team.li)).await.expect(404);
    let id = crate::support::id();
    let fields = [("id", id.as_str()), ("shift_id", &shift), ("choice", &choice), ("reason", "")];
    for _ in 0..2 {
        team.app.form("/swaps", &team.zhang, &fields).await.expect(303);
    }
    assert!(team.app.page("/", Some(&team.li)).await.text.contains("想把班让给您"));
    team.app.form(&format!("/swaps/{id}/answer"), &team.li, &[("take", "yes")]).await.expect(303);
    let page = team.app.page("/requests", Some(&team.chen)).await.expect(200);
    assert!(page.text.contains("zhang Name") && page.text.contains("T-1 支行"), "{}", page.text);
    assert!(page.text.contains("<span class=\"count\">1</span>"), "the number in the navigation: {}", page.text);
    let done = team.app.form(&format!("/swaps/{id}/decision"), &team.chen, &[("decision", "approve")]).await;
    done.expect(303);
    assert_eq!(team.standing().await[0].0, team.li.id.to_string());
}

#[actix_web::test]
async fn leave_is_asked_for_and_answered_on_pages() {
    let team = team();
    made(team.plan(&team.zhang, &team.south, "2026-11-25").await);
    let id = crate::support::id();
    let fields = [("id", id.as_str()), ("from", "2026-11-25"), ("to", ""), ("kind", "annual"), ("reason", "")];
    team.app.form("/leaves", &team.zhang, &fields).await.expect(303);
    let wrong = [("id", id.as_str()), ("from", "25.11.")];
    let reply = team.app.form("/leaves", &team.zhang, &wrong).await.expect(422);
    assert!(reply.text.contains("25.11."), "as it was typed");
    let path = format!("/leaves/{id}/decision");
    let page = team.app.form(&path, &team.chen, &[("decision", "approve")]).await.expect(409);
    assert!(page.text.contains("T-1 支行") && page.text.contains("take_off"), "{}", page.text);
    team.app.form(&path, &team.chen, &[("decision", "approve"), ("take_off", "on")]).await.expect(303);
    assert!(team.app.page("/my-rota", Some(&team.zhang)).await.text.contains("已批准"));
    let head = team.app.person("head", bankside::people::Role::Manager, None);
    team.app.page("/requests", Some(&head)).await.expect(200);
    team.app.page(&format!("/leaves/{id}"), Some(&head)).await.expect(403);
}

#[actix_web::test]
async fn who_stands_where_they_are_not_welcome_is_taken_off_first() {
    let team = team();
    made(team.plan(&team.zhang, &team.south, "2026-11-25").await);
    let reply = team.unwelcome(&team.zhang, &team.south, false).await.expect(422);
    assert!(reply.text.contains("这几天还排着班"), "{}", reply.text);
    team.unwelcome(&team.zhang, &team.south, true).await.expect(303);
    assert_eq!(team.standing().await, []);
    let page = team.app.page(&format!("/outlets/{}/unwelcome", team.south.id), Some(&team.chen)).await.expect(200);
    assert!(page.text.contains("zhang Name") && page.text.contains("银行要求"), "{}", page.text);
}
