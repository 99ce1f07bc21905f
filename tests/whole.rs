//! The rota as a whole: whatever is assigned, moved on the board, taken back, drawn up, published, swapped or given up for leave, in whatever order by
//! whomever, no hard rule is broken, each shift has exactly one row of attendance, and every calendar agrees with the board.

use std::collections::{BTreeMap, BTreeSet};

use bankside::db::Id;
use bankside::db::schema::shifts;
use chrono::{DateTime, Days, NaiveDate, Utc};
use diesel::prelude::*;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

use crate::attendance::Place;
use crate::feeds::{self, Event};
use crate::requests::property::broken;
use crate::requests::{Team, team};
use crate::support::{Person, TestApp, id};

/// Something somebody does; numbers choose among what is there.
#[derive(Clone, Debug)]
enum Step {
    Assign {
        broker: usize,
        outlet: usize,
        day: u64,
        both_times: bool,
    },
    Remove {
        shift: usize,
    },
    /// On the board, by the first or the second of the desk: somebody's day to an outlet, or free.
    Move {
        by: usize,
        broker: usize,
        day: u64,
        outlet: Option<usize>,
    },
    TakeBack {
        by: usize,
    },
    Draw {
        by: usize,
        broker: usize,
        day: u64,
        outlet: Option<usize>,
    },
    Undo {
        by: usize,
    },
    Redo {
        by: usize,
    },
    Publish,
    Discard,
    Leave {
        broker: usize,
        day: u64,
        days: u64,
        take_off: bool,
    },
    WithdrawLeave {
        leave: usize,
    },
    Unwelcome {
        broker: usize,
        outlet: usize,
    },
    Offer {
        shift: usize,
        to: usize,
        other: Option<usize>,
    },
    Answer {
        swap: usize,
        take: bool,
    },
    Decide {
        swap: usize,
        approve: bool,
    },
    Later {
        minutes: i64,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let (who, place, day, by) = (0usize..3, 0usize..2, 1u64..7, 0usize..2);
    let to = proptest::option::weighted(0.8, 0usize..2);
    prop_oneof![
        4 => (who.clone(), place.clone(), day.clone(), any::<bool>())
            .prop_map(|(broker, outlet, day, both_times)| Step::Assign { broker, outlet, day, both_times }),
        1 => (0usize..20).prop_map(|shift| Step::Remove { shift }),
        4 => (by.clone(), who.clone(), day.clone(), to.clone())
            .prop_map(|(by, broker, day, outlet)| Step::Move { by, broker, day, outlet }),
        3 => by.clone().prop_map(|by| Step::TakeBack { by }),
        5 => (by.clone(), who.clone(), day.clone(), to).prop_map(|(by, broker, day, outlet)| Step::Draw { by, broker, day, outlet }),
        2 => by.clone().prop_map(|by| Step::Undo { by }),
        1 => by.prop_map(|by| Step::Redo { by }),
        2 => Just(Step::Publish),
        1 => Just(Step::Discard),
        2 => (who.clone(), day, 0u64..3, any::<bool>())
            .prop_map(|(broker, day, days, take_off)| Step::Leave { broker, day, days, take_off }),
        1 => (0usize..5).prop_map(|leave| Step::WithdrawLeave { leave }),
        1 => (who.clone(), place).prop_map(|(broker, outlet)| Step::Unwelcome { broker, outlet }),
        3 => (0usize..20, who, proptest::option::of(0usize..20)).prop_map(|(shift, to, other)| Step::Offer { shift, to, other }),
        3 => (0usize..10, any::<bool>()).prop_map(|(swap, take)| Step::Answer { swap, take }),
        3 => (0usize..10, any::<bool>()).prop_map(|(swap, approve)| Step::Decide { swap, approve }),
        1 => (1i64..90).prop_map(|minutes| Step::Later { minutes }),
    ]
}

fn date(day: u64) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 23).unwrap() + Days::new(day)
}

/// What a calendar said of a shift: its number and all that a reader sees.
type Said = BTreeMap<String, (i32, Event)>;

struct World {
    team: Team,
    desk: [Person; 2],
    brokers: Vec<Person>,
    draft: Option<String>,
    leaves: Vec<String>,
    swaps: Vec<String>,
    /// The calendars of the brokers, then of the outlets: address and what it said last.
    calendars: Vec<(String, Said)>,
}

impl World {
    async fn new() -> World {
        let team = team();
        let (wang, wu) = (team.app.broker("wang", team.branch), team.app.manager("wu", team.branch));
        team.app.certificate_until(&wang, "2026-11-26");
        let brokers = vec![team.zhang.clone(), team.li.clone(), wang];
        let mut calendars = Vec::new();
        for broker in &brokers {
            calendars.push((feeds::own_link(&team.app, broker).await, Said::new()));
        }
        for place in [&team.south, &team.north] {
            let path = format!("/outlets/{}/calendar", place.id);
            let reply = team.app.form(&path, &team.chen, &[("id", &id())]).await.expect(200);
            calendars.push((feeds::link(&reply), Said::new()));
        }
        let desk = [team.chen.clone(), wu];
        World { team, desk, brokers, draft: None, leaves: Vec::new(), swaps: Vec::new(), calendars }
    }

    fn app(&self) -> &TestApp {
        &self.team.app
    }

    fn outlet(&self, n: usize) -> &Place {
        [&self.team.south, &self.team.north][n]
    }

    /// What stands: shift, broker, date, outlet.
    fn standing(&self) -> Vec<(Id, Id, NaiveDate, Id)> {
        let columns = (shifts::id, shifts::broker_id, shifts::date, shifts::outlet_id);
        let all = shifts::table.order((shifts::date, shifts::id)).select(columns);
        self.app().app.db.read_now(|conn| Ok(all.load(conn)?)).unwrap()
    }

    fn change(&self, broker: usize, day: u64, outlet: Option<usize>, seen: Option<String>) -> Value {
        let outlet = outlet.map(|n| self.outlet(n).id);
        json!([{"broker_id": self.brokers[broker].id, "date": date(day), "outlet_id": outlet, "seen_outlet_id": seen}])
    }

    async fn act(&mut self, step: &Step) {
        let chen = self.desk[0].clone();
        match step {
            Step::Assign { broker, outlet, day, both_times } => {
                let date = date(*day);
                let mut body = json!({
                    "id": id(), "outlet_id": self.outlet(*outlet).id, "broker_id": self.brokers[*broker].id, "date": date,
                });
                if *both_times {
                    body["starts_at"] = json!(format!("{date}T10:00:00+08:00"));
                    body["ends_at"] = json!(format!("{date}T12:00:00+08:00"));
                }
                self.fine(self.app().post("/shifts", &chen, body).await, &[201, 409]);
            }
            Step::Remove { shift } => {
                if let Some((id, ..)) = self.standing().get(*shift) {
                    self.app().delete(&format!("/shifts/{id}"), &chen).await.expect(204);
                }
            }
            Step::Move { by, broker, day, outlet } => {
                let place = (self.brokers[*broker].id, date(*day));
                let seen = self.standing().into_iter().find(|s| (s.1, s.2) == place).map(|s| s.3.to_string());
                let changes = self.change(*broker, *day, *outlet, seen).to_string();
                let fields = [("changes", changes.as_str()), ("reason", "临时调整")];
                self.fine(self.app().form("/rota/cells", &self.desk[*by], &fields).await, &[200, 409]);
            }
            Step::TakeBack { by } => {
                self.fine(self.app().form("/rota/undo", &self.desk[*by], &[]).await, &[303]);
            }
            Step::Draw { by, broker, day, outlet } => self.draw(*by, *broker, *day, *outlet).await,
            Step::Undo { by } => self.turn(*by, "undo").await,
            Step::Redo { by } => self.turn(*by, "redo").await,
            Step::Publish => self.publish().await,
            Step::Discard => {
                if let Some(draft) = self.draft.take() {
                    self.app().delete(&format!("/rota-drafts/{draft}"), &chen).await.expect(204);
                }
            }
            Step::Leave { broker, day, days, take_off } => {
                let (from, to) = (date(*day).to_string(), date(day + days).to_string());
                let reply = self.team.ask_leave(&self.brokers[*broker], &from, &to).await;
                if reply.status == 201 {
                    let leave = reply.json()["id"].as_str().unwrap().to_owned();
                    let body = json!({"approve": true, "take_off": take_off});
                    self.fine(self.app().post(&format!("/leaves/{leave}/decision"), &chen, body).await, &[200, 409]);
                    self.leaves.push(leave);
                }
            }
            Step::WithdrawLeave { leave } => {
                if let Some(id) = self.leaves.get(*leave) {
                    self.app().post(&format!("/leaves/{id}/withdrawal"), &chen, json!({})).await;
                }
            }
            Step::Unwelcome { broker, outlet } => {
                self.team.unwelcome(&self.brokers[*broker], self.outlet(*outlet), true).await;
            }
            Step::Offer { shift, to, other } => self.offer(*shift, *to, *other).await,
            Step::Answer { swap, take } => {
                if let Some(id) = self.swaps.get(*swap) {
                    for who in &self.brokers {
                        self.app().post(&format!("/swaps/{id}/answer"), who, json!({"take": take})).await;
                    }
                }
            }
            Step::Decide { swap, approve } => {
                if let Some(id) = self.swaps.get(*swap) {
                    self.app().post(&format!("/swaps/{id}/decision"), &chen, json!({"approve": approve})).await;
                }
            }
            Step::Later { minutes } => self.app().later(chrono::Duration::minutes(*minutes)),
        }
    }

    #[track_caller]
    fn fine(&self, reply: crate::support::Reply, expected: &[u16]) {
        assert!(expected.contains(&reply.status.as_u16()), "{}: {}", reply.status, reply.text);
    }

    async fn draw(&mut self, by: usize, broker: usize, day: u64, outlet: Option<usize>) {
        if self.draft.is_none() {
            let body = json!({"id": id(), "from": date(1), "to": date(6)});
            let reply = self.app().post("/rota-drafts", &self.desk[0], body).await.expect(201);
            self.draft = reply.json()["id"].as_str().map(str::to_owned);
        }
        let draft = self.draft.clone().unwrap();
        let cells = self.app().get(&format!("/rota-drafts/{draft}/cells"), &self.desk[0]).await.expect(200).json();
        let (who, on) = (self.brokers[broker].id.to_string(), date(day).to_string());
        let seen = cells["items"].as_array().unwrap().iter().find(|c| c["broker_id"] == who && c["date"] == on);
        let seen = seen.map(|c| c["outlet_id"].as_str().unwrap().to_owned());
        let body = json!({"changes": self.change(broker, day, outlet, seen)});
        let path = format!("/rota-drafts/{draft}/cells");
        self.fine(self.app().api("PUT", &path, Some(&self.desk[by]), Some(body)).await, &[200, 409]);
    }

    async fn turn(&self, by: usize, way: &str) {
        if let Some(draft) = &self.draft {
            let path = format!("/rota-drafts/{draft}/steps");
            self.fine(self.app().post(&path, &self.desk[by], json!({"way": way})).await, &[200, 409]);
        }
    }

    async fn publish(&mut self) {
        let Some(draft) = self.draft.clone() else { return };
        let path = format!("/rota-drafts/{draft}");
        let version = self.app().get(&path, &self.desk[0]).await.expect(200).json()["version"].clone();
        let reply = self.app().post(&format!("{path}/publication"), &self.desk[1], json!({"version": version})).await;
        if reply.status == 200 {
            self.draft = None;
        }
        self.fine(reply, &[200, 409]);
    }

    async fn offer(&mut self, shift: usize, to: usize, other: Option<usize>) {
        let standing = self.standing();
        let Some((shift, owner, ..)) = standing.get(shift) else { return };
        let giver = self.brokers.iter().find(|b| b.id == *owner).unwrap();
        let other = other.and_then(|n| standing.get(n)).map(|(id, ..)| id.to_string());
        let reply = self.team.offer(giver, &shift.to_string(), &self.brokers[to], other.as_deref()).await;
        if reply.status == 201 {
            self.swaps.push(reply.json()["id"].as_str().unwrap().to_owned());
        }
    }

    /// Everything that is not as it must be.
    async fn wrong(&mut self) -> Vec<String> {
        let mut wrong = broken(self.app());
        let standing = self.app().get("/shifts?limit=500", &self.desk[0]).await.expect(200).json();
        let standing: Vec<Value> = standing["items"].as_array().unwrap().clone();
        let rows = self.app().get("/attendance?limit=500", &self.desk[0]).await.expect(200).json();
        let of =
            |all: &[Value], key: &str| all.iter().map(|one| one[key].as_str().unwrap().to_owned()).collect::<Vec<_>>();
        if of(&standing, "id") != of(rows["items"].as_array().unwrap(), "shift_id") {
            wrong.push(format!("shifts {standing:?} but rows {rows}"));
        }
        let people: Vec<String> = self.brokers.iter().map(|b| b.id.to_string()).collect();
        let places = [self.team.south.id.to_string(), self.team.north.id.to_string()];
        for (n, (link, before)) in self.calendars.iter_mut().enumerate() {
            let mine = |shift: &&Value| match people.get(n) {
                Some(person) => shift["broker_id"] == **person,
                None => shift["outlet_id"] == places[n - people.len()],
            };
            let shown = feeds::events(&self.team.app, link).await;
            let after = read(&shown, &mut wrong);
            agree(&standing.iter().filter(mine).collect::<Vec<_>>(), &after, &mut wrong);
            follows(before, &after, &mut wrong);
            *before = after;
        }
        wrong
    }
}

/// The events of a calendar by their UID, each of which stands there once.
fn read(shown: &[Event], wrong: &mut Vec<String>) -> Said {
    let mut said = Said::new();
    for event in shown {
        let number = event["SEQUENCE"].parse().unwrap();
        if said.insert(event["UID"].clone(), (number, event.clone())).is_some() {
            wrong.push(format!("{} twice", event["UID"]));
        }
    }
    said
}

/// What a calendar shows as taking place is what stands, with its times; all else is cancelled.
fn agree(standing: &[&Value], said: &Said, wrong: &mut Vec<String>) {
    let instant = |text: &Value| {
        let at: DateTime<Utc> = text.as_str().unwrap().parse().unwrap();
        at.format("%Y%m%dT%H%M%SZ").to_string()
    };
    let stands: BTreeMap<String, (String, String)> = standing
        .iter()
        .map(|s| {
            (format!("{}@bankside", s["id"].as_str().unwrap()), (instant(&s["starts_at"]), instant(&s["ends_at"])))
        })
        .collect();
    let takes_place: BTreeMap<String, (String, String)> = said
        .iter()
        .filter(|(_, (_, event))| event["STATUS"] == "CONFIRMED")
        .map(|(uid, (_, event))| (uid.clone(), (event["DTSTART"].clone(), event["DTEND"].clone())))
        .collect();
    if stands != takes_place {
        wrong.push(format!("{stands:?} stand but the calendar has {takes_place:?}"));
    }
    let others: BTreeSet<&str> = said.values().map(|(_, event)| event["STATUS"].as_str()).collect();
    if !others.is_subset(&BTreeSet::from(["CONFIRMED", "CANCELLED"])) {
        wrong.push(format!("{others:?}"));
    }
}

/// What was in a calendar once stays in it, and whoever sees another text sees a higher number.
fn follows(before: &Said, after: &Said, wrong: &mut Vec<String>) {
    for (uid, (number, event)) in before {
        match after.get(uid) {
            None => wrong.push(format!("{uid} is gone from its calendar")),
            Some((later, _)) if later < number => wrong.push(format!("{uid} went from {number} back to {later}")),
            Some((later, now)) if later == number && now != event => {
                wrong.push(format!("{uid} changed under the same number {number}: {event:?} {now:?}"));
            }
            Some(_) => {}
        }
    }
}

#[test]
fn whatever_is_done_no_rule_breaks_attendance_has_a_row_a_shift_and_calendars_agree_with_the_board() {
    // Each takes many seconds; a longer search is made by hand.
    let cases = std::env::var("RANDOM_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(3);
    let mut runner =
        TestRunner::new(Config { cases, failure_persistence: None, max_shrink_iters: 60, ..Config::default() });
    let outcome = runner.run(&proptest::collection::vec(step(), 20..50), |steps| {
        let wrong = actix_web::rt::System::new().block_on(async {
            let mut world = World::new().await;
            for step in &steps {
                world.act(step).await;
                let wrong = world.wrong().await;
                if !wrong.is_empty() {
                    return Some((step.clone(), wrong));
                }
            }
            None
        });
        prop_assert!(wrong.is_none(), "{wrong:?}");
        Ok(())
    });
    outcome.unwrap();
}
