//! Swaps: offered, taken, approved; the rules hold all the way, and everybody is told.

use serde_json::{Value, json};

use super::{Team, code, made, team};
use crate::support::Person;

async fn answer(team: &Team, who: &Person, swap: &str, take: bool) -> crate::support::Reply {
    team.app.post(&format!("/swaps/{swap}/answer"), who, json!({"take": take})).await
}

async fn decide(team: &Team, swap: &str, approve: bool) -> crate::support::Reply {
    team.app.post(&format!("/swaps/{swap}/decision"), &team.chen, json!({"approve": approve})).await
}

#[actix_web::test]
async fn an_approved_swap_moves_both_shifts_and_tells_both_people() {
    let team = team();
    let own = made(team.plan(&team.zhang, &team.south, "2026-11-25").await);
    let theirs = made(team.plan(&team.li, &team.north, "2026-11-26").await);
    let swap = made(team.offer(&team.zhang, &own, &team.li, Some(&theirs)).await);
    assert_eq!(team.told().len(), 1, "the colleague is asked");
    assert_eq!(code(decide(&team, &swap, true).await), "already_decided");
    answer(&team, &team.zhang, &swap, true).await.expect(404);
    assert_eq!(answer(&team, &team.li, &swap, true).await.expect(200).json()["state"], "taken");
    assert_eq!(decide(&team, &swap, true).await.expect(200).json()["state"], "approved");
    let stands = |who: &Person, date: &str, place: &crate::attendance::Place| {
        (who.id.to_string(), date.to_owned(), place.id.to_string())
    };
    let expected = [stands(&team.li, "2026-11-25", &team.south), stands(&team.zhang, "2026-11-26", &team.north)];
    assert_eq!(team.standing().await, expected);
    let told: Vec<_> = team.told().into_iter().map(|(who, _)| who).collect();
    assert_eq!(told, [team.li.id, team.zhang.id, team.zhang.id, team.li.id]);
    let page = team.app.page("/", Some(&team.zhang)).await.expect(200);
    assert!(page.text.contains("换班已批准"), "{}", page.text);
}

#[actix_web::test]
async fn a_shift_can_be_given_away_and_a_colleague_can_decline() {
    let team = team();
    let own = made(team.plan(&team.zhang, &team.south, "2026-11-25").await);
    let first = made(team.offer(&team.zhang, &own, &team.li, None).await);
    assert_eq!(code(team.offer(&team.zhang, &own, &team.li, None).await), "swap_open");
    assert_eq!(answer(&team, &team.li, &first, false).await.expect(200).json()["state"], "declined");
    let second = made(team.offer(&team.zhang, &own, &team.li, None).await);
    answer(&team, &team.li, &second, true).await.expect(200);
    decide(&team, &second, true).await.expect(200);
    assert_eq!(team.standing().await.into_iter().map(|s| s.0).collect::<Vec<_>>(), [team.li.id.to_string()]);
}

#[actix_web::test]
async fn a_swap_never_breaks_a_rule_and_says_nothing_of_a_colleagues_reasons() {
    let team = team();
    let own = made(team.plan(&team.zhang, &team.south, "2026-11-25").await);
    team.unwelcome(&team.li, &team.south, false).await.expect(303);
    let refused = team.offer(&team.zhang, &own, &team.li, None).await;
    assert!(!refused.text.contains("welcome"), "{}", refused.text);
    assert_eq!(code(refused), "swap_not_possible");
    let page = team.app.page(&format!("/swaps/new?shift={own}"), Some(&team.zhang)).await.expect(200);
    assert!(!page.text.contains("li Name"), "who cannot is not offered");
    // What changes after both agreed is found when it is approved.
    let wang = team.app.broker("wang", team.branch);
    let swap = made(team.offer(&team.zhang, &own, &wang, None).await);
    answer(&team, &wang, &swap, true).await.expect(200);
    made(team.plan(&wang, &team.north, "2026-11-25").await);
    assert_eq!(code(decide(&team, &swap, true).await), "broker_busy");
    assert_eq!(team.standing().await.len(), 2, "nothing moved");
    assert_eq!(decide(&team, &swap, false).await.expect(200).json()["state"], "refused");
}

#[actix_web::test]
async fn a_swap_lapses_when_its_shift_changes_or_its_day_passes() {
    let team = team();
    let own = made(team.plan(&team.zhang, &team.south, "2026-11-25").await);
    let other = made(team.plan(&team.zhang, &team.south, "2026-11-26").await);
    made(team.offer(&team.zhang, &own, &team.li, None).await);
    let second = made(team.offer(&team.zhang, &other, &team.li, None).await);
    team.app.delete(&format!("/shifts/{own}"), &team.chen).await.expect(204);
    let states = || async {
        let all = team.app.get("/swaps", &team.zhang).await.json();
        let state = |one: &Value| one["state"].as_str().unwrap().to_owned();
        all["items"].as_array().unwrap().iter().map(state).collect::<Vec<_>>()
    };
    assert_eq!(states().await, ["lapsed", "offered"]);
    team.app.at("2026-11-26T10:00:00+08:00");
    assert_eq!(code(answer(&team, &team.li, &second, true).await), "swap_past");
    team.app.at("2026-11-27T10:00:00+08:00");
    bankside::rota::swaps::lapse_past(&team.app.app).unwrap();
    assert_eq!(states().await, ["lapsed", "lapsed"]);
}

#[actix_web::test]
async fn swaps_stay_within_the_branch_and_among_the_two() {
    let team = team();
    let other = team.app.branch("XA02");
    let (wang, liu) = (team.app.broker("wang", other), team.app.coordinator("liu", other));
    let third = team.app.broker("zhao", team.branch);
    let own = made(team.plan(&team.zhang, &team.south, "2026-11-25").await);
    team.offer(&team.zhang, &own, &wang, None).await.expect(404);
    team.offer(&team.li, &own, &third, None).await.expect(404);
    team.offer(&team.zhang, &own, &team.zhang, None).await.expect(404);
    let swap = made(team.offer(&team.zhang, &own, &team.li, None).await);
    answer(&team, &third, &swap, true).await.expect(404);
    let withdraw = format!("/swaps/{swap}/withdrawal");
    team.app.post(&withdraw, &team.li, json!({})).await.expect(404);
    answer(&team, &team.li, &swap, true).await.expect(200);
    team.app.post(&format!("/swaps/{swap}/decision"), &liu, json!({"approve": true})).await.expect(404);
    assert_eq!(team.app.post(&withdraw, &team.zhang, json!({})).await.expect(200).json()["state"], "withdrawn");
}

#[actix_web::test]
async fn each_step_of_a_swap_stands_on_today_and_in_the_mail_of_whom_it_concerns() {
    let team = team();
    let last = || team.told().pop().map(|(who, text)| (who, text.lines().next().unwrap().to_owned()));
    let today = |who: &Person| {
        let (app, who) = (&team.app, who.clone());
        async move { app.page("/?lang=zh-CN", Some(&who)).await.expect(200).text }
    };
    let mail = |who: &Person, subject: &str| Some((who.id, subject.to_owned()));
    let own = made(team.plan(&team.zhang, &team.south, "2026-11-25").await);
    let theirs = made(team.plan(&team.li, &team.north, "2026-11-26").await);
    // Given away, then thought better of.
    let given = made(team.offer(&team.zhang, &own, &team.li, None).await);
    assert_eq!(last(), mail(&team.li, "有同事想把班让给您"));
    assert!(today(&team.li).await.contains("zhang Name 想把班让给您"));
    team.app.post(&format!("/swaps/{given}/withdrawal"), &team.zhang, json!({})).await.expect(200);
    assert_eq!(last(), mail(&team.li, "换班申请已撤回"));
    assert!(today(&team.li).await.contains("zhang Name 撤回了换班申请"));
    assert!(!today(&team.zhang).await.contains("撤回了换班申请"), "one knows what one did");
    // Declined, against a shift of theirs.
    let swap = made(team.offer(&team.zhang, &own, &team.li, Some(&theirs)).await);
    assert_eq!(last(), mail(&team.li, "有同事想和您换班"));
    answer(&team, &team.li, &swap, false).await.expect(200);
    assert_eq!(last(), mail(&team.zhang, "您的换班申请有答复"));
    assert!(today(&team.zhang).await.contains("li Name 这次不换班"));
    // Taken, and refused by the branch.
    let swap = made(team.offer(&team.zhang, &own, &team.li, Some(&theirs)).await);
    answer(&team, &team.li, &swap, true).await.expect(200);
    assert_eq!(last(), mail(&team.zhang, "您的换班有同事同意了"));
    assert!(today(&team.zhang).await.contains("li Name 同意换班"));
    decide(&team, &swap, false).await.expect(200);
    for who in [&team.zhang, &team.li] {
        assert!(today(who).await.contains("的换班没有批准"));
    }
    assert_eq!(team.told().iter().filter(|(_, text)| text.starts_with("换班没有批准")).count(), 2);
}
