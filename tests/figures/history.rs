//! A small brokerage, and whatever happens to it at random.

use bankside::db::schema::{follow_ups, prospects, shifts};
use bankside::db::{At, Id};
use bankside::people::Role;
use bankside::prospects::stage::Stage;
use chrono::Duration;
use diesel::prelude::*;
use rand::RngExt;
use rand::rngs::StdRng;
use serde_json::{Value, json};

use super::records::{STEPS, ZONE};
use crate::goals::dress;
use crate::prospects::{body, outlet, with, with_mobile};
use crate::support::{Person, TestApp, id};

/// Two branches: three brokers and two outlets of two banks in one, two and one in the other, and who looks on.
pub struct World {
    pub app: TestApp,
    pub branch: Id,
    pub elsewhere: Id,
    pub brokers: Vec<Person>,
    pub outlets: Vec<(Id, Id)>,
    pub desk: Person,
    pub manager: Person,
    pub head: Person,
    desk_elsewhere: Person,
    admin: Person,
}

impl World {
    pub fn new() -> World {
        let app = TestApp::new();
        let (branch, elsewhere) = (app.branch("XA01"), app.branch("BJ01"));
        let of =
            |logins: &[&str], branch| -> Vec<Person> { logins.iter().map(|one| app.broker(one, branch)).collect() };
        let brokers = [of(&["zhang", "wang", "zhao"], branch), of(&["qian", "sun"], elsewhere)].concat();
        let outlets = [("A1", branch), ("A2", branch), ("B1", elsewhere)];
        let outlets: Vec<(Id, Id)> = outlets.map(|(code, branch)| (outlet(&app, branch, code), branch)).into();
        dress(&app, outlets[0].0, "工商银行", "A");
        dress(&app, outlets[2].0, "工商银行", "B");
        World {
            branch,
            elsewhere,
            brokers,
            outlets,
            desk: app.coordinator("li", branch),
            manager: app.manager("boss", branch),
            head: app.person("head", Role::Manager, None),
            desk_elsewhere: app.coordinator("zhou", elsewhere),
            admin: app.admin("root"),
            app,
        }
    }

    fn desk_of(&self, broker: &Person) -> &Person {
        if broker.branch == Some(self.branch) { &self.desk } else { &self.desk_elsewhere }
    }

    /// Of one in seven nobody knows where they were met.
    fn place(&self, random: &mut StdRng, broker: &Person) -> Option<Id> {
        let own: Vec<Id> =
            self.outlets.iter().filter(|(_, of)| broker.branch == Some(*of)).map(|(id, _)| *id).collect();
        (random.random_range(0..7) > 0).then(|| own[random.random_range(0..own.len())])
    }
}

/// Something happens, or is refused: what it was, and whether it was accepted.
pub async fn something(w: &World, random: &mut StdRng) -> (&'static str, bool) {
    match random.random_range(0..10) {
        0 => plan(w, random).await,
        1..3 => attend(w, random).await,
        3..5 => meet(w, random).await,
        _ => go_on(w, random).await,
    }
}

fn earlier(random: &mut StdRng, now: At, most_days: i64) -> At {
    now - Duration::minutes(random.random_range(0..60 * 24 * most_days))
}

async fn meet(w: &World, random: &mut StdRng) -> (&'static str, bool) {
    let who = &w.brokers[random.random_range(0..w.brokers.len())];
    let source = ["on_site", "referral", "other"][random.random_range(0..3)];
    let met_at = earlier(random, w.app.now(), 70).rfc3339();
    let more = json!({ "met_at": met_at, "source": source, "outlet_id": w.place(random, who) });
    let mobile = format!("138{:08}", random.random_range(0..100_000_000));
    let base = if random.random_range(0..3) == 0 { body() } else { with_mobile(&mobile) };
    ("met", w.app.post("/prospects", who, with(base, more)).await.status == 201)
}

/// A shift within the last two weeks or the days to come, or one is taken away.
async fn plan(w: &World, random: &mut StdRng) -> (&'static str, bool) {
    let who = &w.brokers[random.random_range(0..w.brokers.len())];
    if random.random_range(0..4) == 0 {
        let all: Vec<(Id, Id)> = w
            .app
            .arrange(|conn| Ok(shifts::table.order(shifts::id).select((shifts::id, shifts::broker_id)).load(conn)?));
        if all.is_empty() {
            return ("taken off", false);
        }
        // Not one that somebody came to: the first from somewhere on that can be.
        let from = random.random_range(0..all.len());
        for (one, broker) in all.iter().cycle().skip(from).take(all.len()) {
            let who = w.brokers.iter().find(|person| person.id == *broker).unwrap();
            if w.app.delete(&format!("/shifts/{one}"), w.desk_of(who)).await.status.is_success() {
                return ("taken off", true);
            }
        }
        return ("taken off", false);
    }
    let date = w.app.now().date_in(ZONE) + Duration::days(random.random_range(-14..3));
    let Some(place) = w.place(random, who) else { return ("planned", false) };
    let sent = json!({ "id": id(), "outlet_id": place, "broker_id": who.id, "date": date,
        "starts_at": format!("{date}T09:00:00+08:00"), "ends_at": format!("{date}T17:00:00+08:00") });
    ("planned", w.app.post("/shifts", w.desk_of(who), sent).await.status == 201)
}

/// Somebody comes to a shift, or leaves it, about in time.
async fn attend(w: &World, random: &mut StdRng) -> (&'static str, bool) {
    let all: Vec<(Id, Id, At, At)> = w.app.arrange(|conn| {
        let columns = (shifts::broker_id, shifts::outlet_id, shifts::starts_at, shifts::ends_at);
        Ok(shifts::table.order(shifts::id).select(columns).load(conn)?)
    });
    if all.is_empty() {
        return ("came or left", false);
    }
    let (broker, outlet, starts_at, ends_at) = all[random.random_range(0..all.len())];
    let who = w.brokers.iter().find(|person| person.id == broker).unwrap();
    let (kind, at) = if random.random_range(0..2) == 0 { ("in", starts_at) } else { ("out", ends_at) };
    let at = at + Duration::seconds(random.random_range(-900..900));
    let sent = json!({ "id": id(), "outlet_id": outlet, "kind": kind, "at": at.rfc3339(), "offline": true, "reason": "no signal" });
    ("came or left", w.app.post("/checkins", who, sent).await.status == 201)
}

/// Somebody who was met comes along: a step on or back, a touch, a correction, another broker, a merger, a waiver, an erasure.
async fn go_on(w: &World, random: &mut StdRng) -> (&'static str, bool) {
    let app = &w.app;
    let all: Vec<(Id, Id)> = app.arrange(|conn| {
        let order = (prospects::created_at, prospects::id);
        Ok(prospects::table.select((prospects::id, prospects::broker_id)).order(order).load(conn)?)
    });
    if all.len() < 4 {
        return meet(w, random).await;
    }
    let (one, owner) = all[random.random_range(0..all.len())];
    let who = w.brokers.iter().find(|person| person.id == owner).unwrap();
    let desk = w.desk_of(who);
    let at = earlier(random, app.now(), 70).rfc3339();
    match random.random_range(0..14) {
        0..4 => {
            let to = [&STEPS[1..], &["lost", "lost"]].concat()[random.random_range(0..9)];
            let at = if random.random_range(0..2) == 0 { Value::Null } else { json!(at) };
            let reason = ["why", "资金另有安排", "Has moved away: to Beijing"][random.random_range(0..3)];
            let sent = json!({ "stage": to, "at": at, "reason": reason });
            ("moved", app.post(&format!("/prospects/{one}/stage"), who, sent).await.status == 200)
        }
        4 => {
            // Back from being lost, or a step back.
            let (now, before): (Stage, Option<Stage>) = app.arrange(move |conn| {
                let columns = (prospects::stage, prospects::stage_before_lost);
                Ok(prospects::table.find(one).select(columns).first(conn)?)
            });
            let to = before.map_or(STEPS[(now.ordinal() as usize).saturating_sub(1).min(7)], Stage::as_str);
            let sent = json!({ "stage": to, "reason": "why" });
            ("back", app.post(&format!("/prospects/{one}/stage"), who, sent).await.status == 200)
        }
        5..7 => {
            let sent = json!({ "id": id(), "channel": "call", "outcome": "reached", "at": at });
            let made = app.post(&format!("/prospects/{one}/touches"), who, sent).await;
            if made.status == 201 && random.random_range(0..3) == 0 {
                app.delete(&format!("/prospects/{one}/touches/{}", made.json()["id"].as_str().unwrap()), who).await;
            }
            ("touched", made.status == 201)
        }
        7..9 => {
            let change = match random.random_range(0..3) {
                0 => json!({ "met_at": at }),
                1 => json!({ "outlet_id": w.place(random, who) }),
                _ => {
                    let source = ["on_site", "community", "event"][random.random_range(0..3)];
                    json!({ "source": source })
                }
            };
            ("corrected", app.patch(&format!("/prospects/{one}"), who, change).await.status == 200)
        }
        9 => {
            let others: Vec<&Person> =
                w.brokers.iter().filter(|person| person.id != owner && person.branch == who.branch).collect();
            let to = others[random.random_range(0..others.len())].id;
            let sent = json!({ "id": id(), "from_broker_id": owner, "to_broker_id": to, "prospect_ids": [one], "reason": "leave" });
            ("handed over", app.post("/handovers", desk, sent).await.status == 201)
        }
        10 => {
            let sent = json!({ "other_id": all[random.random_range(0..all.len())].0 });
            ("merged", app.post(&format!("/prospects/{one}/merges"), desk, sent).await.status == 200)
        }
        11 => {
            let of: Vec<Id> = app.arrange(move |conn| {
                Ok(follow_ups::table.filter(follow_ups::prospect_id.eq(one)).select(follow_ups::id).load(conn)?)
            });
            let sent = json!({ "id": id(), "follow_up_ids": of, "reason": "no need" });
            ("waived", app.post("/follow-ups/waivers", desk, sent).await.status == 201)
        }
        12 => {
            let sent = json!({ "consent": null });
            ("withdrew", app.patch(&format!("/prospects/{one}"), who, sent).await.status == 200)
        }
        _ => ("erased", app.post("/erasures", &w.admin, json!({ "prospect_id": one })).await.status == 200),
    }
}
