//! The hard rules of a shift, and who is told when one changes.

use serde_json::json;

use super::{code, made, team};

#[actix_web::test]
async fn nobody_is_posted_on_approved_leave_or_where_they_are_not_welcome() {
    let team = team();
    let leave = made(team.ask_leave(&team.zhang, "2026-11-25", "2026-11-26").await);
    made(team.plan(&team.zhang, &team.south, "2026-11-24").await);
    // Asked for is not yet approved.
    let early = made(team.plan(&team.zhang, &team.south, "2026-11-25").await);
    team.app.delete(&format!("/shifts/{early}"), &team.chen).await.expect(204);
    let answer = json!({"approve": true});
    team.app.post(&format!("/leaves/{leave}/decision"), &team.chen, answer).await.expect(200);
    for date in ["2026-11-25", "2026-11-26"] {
        assert_eq!(code(team.plan(&team.zhang, &team.south, date).await), "on_leave");
    }
    made(team.plan(&team.zhang, &team.south, "2026-11-27").await);
    team.unwelcome(&team.li, &team.south, false).await.expect(303);
    assert_eq!(code(team.plan(&team.li, &team.south, "2026-11-25").await), "not_welcome");
    made(team.plan(&team.li, &team.north, "2026-11-25").await);
    // Whom the bank does not want is told to no broker.
    let page = team.app.page(&format!("/outlets/{}", team.south.id), Some(&team.li)).await.expect(200);
    assert!(!page.text.contains("/unwelcome"));
    team.app.page(&format!("/outlets/{}/unwelcome", team.south.id), Some(&team.li)).await.expect(403);
}

#[actix_web::test]
async fn special_hours_and_the_lead_time_set_a_shifts_times() {
    let team = team();
    team.leads(15);
    let path = format!("/outlets/{}/special-hours", team.south.id);
    let half_day = [("date", "2026-11-28"), ("opens", "10:00"), ("closes", "14:00"), ("reason", "补班")];
    team.app.form(&path, &team.chen, &half_day).await.expect(303);
    team.app.form(&path, &team.chen, &half_day).await.expect(303);
    let wrong = [("date", "2026-11-28"), ("opens", "14:00"), ("closes", "10:00")];
    team.app.form(&path, &team.chen, &wrong).await.expect(422);
    let times = |reply: crate::support::Reply| {
        let shift = reply.expect(201).json();
        (shift["starts_at"].as_str().unwrap().to_owned(), shift["ends_at"].as_str().unwrap().to_owned())
    };
    let of = |from: &str, to: &str| (from.to_owned(), to.to_owned());
    // A Saturday: closed but for its own hours.
    let saturday = times(team.plan(&team.zhang, &team.south, "2026-11-28").await);
    assert_eq!(saturday, of("2026-11-28T01:45:00Z", "2026-11-28T06:00:00Z"));
    assert_eq!(code(team.plan(&team.zhang, &team.north, "2026-11-29").await), "outlet_closed");
    let usual = times(team.plan(&team.zhang, &team.south, "2026-11-24").await);
    assert_eq!(usual, of("2026-11-24T00:45:00Z", "2026-11-24T09:00:00Z"));
    let page = team.app.page(&format!("/outlets/{}", team.south.id), Some(&team.chen)).await.expect(200);
    assert!(page.text.contains("2026-11-28") && page.text.contains("补班"), "{}", page.text);
    team.app.form(&format!("{path}/removal"), &team.chen, &[("date", "2026-11-28")]).await.expect(303);
    assert_eq!(code(team.plan(&team.li, &team.south, "2026-11-28").await), "outlet_closed");
}

#[actix_web::test]
async fn a_change_is_a_fact_and_is_told_only_where_the_day_was_published() {
    let team = team();
    made(team.plan(&team.zhang, &team.south, "2026-11-24").await);
    assert_eq!(team.told(), []);
    team.published("2026-11-23", "2026-11-29");
    let second = made(team.plan(&team.zhang, &team.south, "2026-11-25").await);
    let told = team.told();
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].0, team.zhang.id);
    assert!(told[0].1.contains("T-1 支行") && told[0].1.contains("/my-rota"), "{}", told[0].1);
    assert!(!told[0].1.lines().next().unwrap().contains("T-1"), "a subject names nobody and no place");
    team.app.delete(&format!("/shifts/{second}"), &team.chen).await.expect(204);
    assert_eq!(team.told().len(), 2);
    let kinds = [("assigned", 0), ("assigned", 0), ("removed", 1)].map(|(kind, n)| (kind.to_owned(), n));
    assert_eq!(team.changes(), kinds);
    made(team.plan(&team.zhang, &team.south, "2026-11-30").await);
    assert_eq!(team.told().len(), 2, "beyond what was published");
}

#[actix_web::test]
async fn an_outlet_wants_up_to_twenty_brokers() {
    let team = team();
    let path = format!("/outlets/{}", team.south.id);
    assert_eq!(team.app.get(&path, &team.chen).await.json()["wanted_brokers"], 1);
    let patched = team.app.patch(&path, &team.chen, json!({"wanted_brokers": 3})).await.expect(200).json();
    assert_eq!(patched["wanted_brokers"], 3);
    let outside = "Between 0 and 20, please";
    for (wrong, code, told) in
        [(21.0, "out_of_range", outside), (-1.0, "out_of_range", outside), (1.5, "not_whole", "Give a whole number")]
    {
        let reply = team.app.patch(&path, &team.chen, json!({"wanted_brokers": wrong})).await.expect(422);
        assert_eq!(reply.faults(), [format!("wanted_brokers: {code}")]);
        assert_eq!(reply.json()["errors"][0]["message"], told);
    }
    let page = team.app.page(&path, Some(&team.zhang)).await.expect(200);
    assert!(page.text.contains("每天 3 位"), "{}", page.text);
}
