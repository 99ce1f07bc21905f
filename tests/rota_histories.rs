//! Random histories of a rota, made from a seed and told through the front door: shifts, drafts, publishing, undoing, swaps, leave, check-ins. After every
//! step no hard rule is broken; what stands is a row of the roll each, and the same on the board and in the calendars.

use std::collections::{BTreeMap, BTreeSet};

use bankside::db::Id;
use chrono::{Days, NaiveDate};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};

use crate::attendance::Place;
use crate::board::cell;
use crate::feeds::{events, link, own_link};
use crate::requests::property::broken;
use crate::requests::{Team, team};
use crate::support::{Person, Reply, id};

/// Somebody's day, and at which outlet.
type Spots = BTreeMap<(String, String), String>;

struct World {
    team: Team,
    random: StdRng,
    brokers: Vec<Person>,
    outlets: Vec<Place>,
    /// Two at the desk, who work at once.
    desk: [Person; 2],
    draft: Option<String>,
    feeds: Vec<(String, String)>,
    of_outlets: Vec<(String, String)>,
    done: BTreeMap<&'static str, usize>,
}

const STEPS: usize = 60;

impl World {
    async fn new(seed: u64) -> World {
        let team = team();
        let (wang, wu) = (team.app.broker("wang", team.branch), team.app.manager("wu", team.branch));
        team.app.certificate_until(&wang, "2026-11-27");
        let east = team.app.outlet_at(team.branch, "T-3", 34.4, 108.9);
        let brokers = vec![team.zhang.clone(), team.li.clone(), wang];
        let outlets = vec![team.south.clone(), team.north.clone(), east];
        let (mut feeds, mut of_outlets) = (Vec::new(), Vec::new());
        for broker in &brokers {
            feeds.push((broker.id.to_string(), own_link(&team.app, broker).await));
        }
        for place in &outlets {
            let path = format!("/outlets/{}/calendar", place.id);
            let reply = team.app.form(&path, &team.chen, &[("id", &id())]).await.expect(200);
            of_outlets.push((place.id.to_string(), link(&reply)));
        }
        let (desk, random) = ([team.chen.clone(), wu], StdRng::seed_from_u64(seed));
        World { team, random, brokers, outlets, desk, draft: None, feeds, of_outlets, done: BTreeMap::new() }
    }

    fn broker(&mut self) -> Person {
        self.brokers.choose(&mut self.random).unwrap().clone()
    }

    fn outlet(&mut self) -> Place {
        self.outlets.choose(&mut self.random).unwrap().clone()
    }

    fn desk(&mut self) -> Person {
        self.desk.choose(&mut self.random).unwrap().clone()
    }

    /// A day of this week, with its weekend.
    fn day(&mut self) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 11, 23).unwrap() + Days::new(self.random.random_range(0..7))
    }

    async fn items(&self, path: &str) -> Vec<Value> {
        let reply = self.team.app.get(path, &self.team.chen).await.expect(200).json();
        reply["items"].as_array().unwrap().clone()
    }

    async fn one_of(&mut self, path: &str) -> Option<Value> {
        self.items(path).await.choose(&mut self.random).cloned()
    }

    fn person(&self, id: &Value) -> Person {
        self.brokers.iter().find(|broker| json!(broker.id) == *id).unwrap().clone()
    }

    /// Whatever is answered, it is no failure of the program; what was done is counted.
    fn note(&mut self, what: &'static str, reply: &Reply) {
        let status = reply.status.as_u16();
        assert!(matches!(status, 200 | 201 | 204 | 303 | 404 | 409 | 410 | 422), "{what}: {status} {}", reply.text);
        *self.done.entry(what).or_default() += usize::from(status < 400);
    }

    async fn step(&mut self) {
        match self.random.random_range(0..20) {
            0..4 => self.assign().await,
            4 => self.remove().await,
            5..8 => self.edit_the_board().await,
            8 => self.undo_on_the_board().await,
            9..12 => self.draw().await,
            12 => self.publish().await,
            13..15 => self.leave().await,
            15..18 => self.swap().await,
            18 => self.check_in().await,
            _ => self.team.app.later(chrono::Duration::hours(9)),
        }
    }

    async fn assign(&mut self) {
        let (broker, outlet, date, by) = (self.broker(), self.outlet(), self.day(), self.desk());
        let body = json!({"id": id(), "outlet_id": outlet.id, "broker_id": broker.id, "date": date});
        let reply = self.team.app.post("/shifts", &by, body).await;
        self.note("assign", &reply);
    }

    async fn remove(&mut self) {
        let Some(shift) = self.one_of("/shifts?limit=500").await else { return };
        let path = format!("/shifts/{}", shift["id"].as_str().unwrap());
        let reply = self.team.app.delete(&path, &self.team.chen).await;
        self.note("remove", &reply);
    }

    async fn stands(&self) -> Spots {
        crate::board::spots(&json!(self.items("/shifts?limit=500").await))
    }

    /// An edit of somebody's day, as its author saw it or, one time in four, as they only believe it to be.
    async fn edit(&mut self, seen: Spots) -> Value {
        let (broker, date) = (self.broker(), self.day().to_string());
        let stood = seen.get(&(broker.id.to_string(), date.clone())).map(|at| at.parse::<Id>().unwrap());
        let believed = if self.random.random_ratio(1, 4) { None } else { stood };
        let to = if self.random.random_ratio(1, 5) { None } else { Some(self.outlet().id) };
        json!([cell(&broker, &date, to, believed)])
    }

    async fn edit_the_board(&mut self) {
        let seen = self.stands().await;
        let (changes, by) = (self.edit(seen).await.to_string(), self.desk());
        let reply = self.team.app.form("/rota/cells", &by, &[("changes", &changes), ("reason", "临时")]).await;
        self.note("edit", &reply);
    }

    async fn undo_on_the_board(&mut self) {
        let by = self.desk();
        let reply = self.team.app.form("/rota/undo", &by, &[]).await;
        self.note("undo", &reply);
    }

    async fn draw(&mut self) {
        let by = self.desk();
        let Some(draft) = self.draft.clone() else {
            let draft = id();
            let body = json!({"id": draft, "from": "2026-11-23", "to": "2026-11-29"});
            let reply = self.team.app.post("/rota-drafts", &by, body).await;
            self.note("begin", &reply);
            self.draft = (reply.status == 201).then_some(draft);
            return;
        };
        let reply = if self.random.random_ratio(1, 4) {
            let way = if self.random.random_ratio(2, 3) { "undo" } else { "redo" };
            self.team.app.post(&format!("/rota-drafts/{draft}/steps"), &by, json!({"way": way})).await
        } else {
            let cells = self.items(&format!("/rota-drafts/{draft}/cells")).await;
            let changes = self.edit(crate::board::spots(&json!(cells))).await;
            self.team.app.put(&by, &draft, changes).await
        };
        self.note("draw", &reply);
    }

    async fn publish(&mut self) {
        let Some(draft) = self.draft.clone() else { return };
        let by = self.desk();
        let reply = self.team.app.publish(&by, &draft).await;
        self.note("publish", &reply);
        if reply.status == 200 {
            self.draft = None;
        }
    }

    async fn leave(&mut self) {
        if let Some(asked) = self.one_of("/leaves?state=asked").await
            && self.random.random_bool(0.6)
        {
            let body = json!({"approve": self.random.random_bool(0.7), "take_off": self.random.random_bool(0.5)});
            let path = format!("/leaves/{}/decision", asked["id"].as_str().unwrap());
            let reply = self.team.app.post(&path, &self.team.chen, body).await;
            return self.note("leave", &reply);
        }
        let (who, from) = (self.broker(), self.day());
        let to = from + Days::new(self.random.random_range(0..3));
        let reply = self.team.ask_leave(&who, &from.to_string(), &to.to_string()).await;
        self.note("ask leave", &reply);
    }

    async fn swap(&mut self) {
        if let Some(taken) = self.one_of("/swaps?state=taken").await {
            let path = format!("/swaps/{}/decision", taken["id"].as_str().unwrap());
            let reply = self.team.app.post(&path, &self.team.chen, json!({"approve": true})).await;
            return self.note("swap", &reply);
        }
        if let Some(offered) = self.one_of("/swaps?state=offered").await {
            let (path, to) =
                (format!("/swaps/{}/answer", offered["id"].as_str().unwrap()), self.person(&offered["to_broker_id"]));
            let reply = self.team.app.post(&path, &to, json!({"take": self.random.random_bool(0.8)})).await;
            return self.note("answer a swap", &reply);
        }
        let shifts = self.items("/shifts?limit=500").await;
        let Some(own) = shifts.choose(&mut self.random).cloned() else { return };
        let (giver, to) = (self.person(&own["broker_id"]), self.broker());
        let theirs = shifts.iter().filter(|s| s["broker_id"] == json!(to.id) && self.random.random_bool(0.3)).last();
        let other = theirs.map(|s| s["id"].as_str().unwrap().to_owned());
        let reply = self.team.offer(&giver, own["id"].as_str().unwrap(), &to, other.as_deref()).await;
        self.note("offer", &reply);
    }

    async fn check_in(&mut self) {
        let today = self.team.app.now().date_in(chrono_tz::Asia::Shanghai);
        let Some(shift) = self.one_of(&format!("/shifts?from={today}&to={today}")).await else { return };
        let (who, place) = (self.person(&shift["broker_id"]), self.outlet());
        let reply = self.team.app.check_in(&who, (place.lat, place.lon), json!({})).await;
        self.note("check in", &reply);
    }

    /// The roll has each shift once, and nothing else.
    async fn roll_has_each_shift_once(&self) {
        let of = |items: Vec<Value>, key: &str| -> Vec<String> {
            let mut ids: Vec<String> = items.iter().map(|item| item[key].as_str().unwrap().to_owned()).collect();
            ids.sort();
            ids
        };
        let shifts = of(self.items("/shifts?limit=500").await, "id");
        assert_eq!(of(self.items("/attendance?limit=500").await, "shift_id"), shifts, "one row of the roll a shift");
    }

    /// What the board shows by person: the id of a row, and by date what its cell says.
    async fn board(&self, view: &str) -> BTreeMap<(String, String), BTreeSet<String>> {
        let (user, now) = (crate::board_size::current(&self.team.app, &self.team.chen), self.team.app.now());
        let mut all = BTreeMap::new();
        for month in ["2026-11", "2026-12"] {
            let (user, view) = (user.clone(), Some(view.to_owned()));
            let which = bankside::rota::board::Which { month: Some(month.into()), view, ..Default::default() };
            let board = self.team.app.app.db.read_now(|conn| bankside::rota::board::load(conn, &user, &which, now));
            let board = board.unwrap();
            for row in &board.rows {
                for (day, cell) in board.days.iter().zip(&row.cells) {
                    let who: BTreeSet<String> = cell.people.iter().map(|who| who.label.to_string()).collect();
                    if !who.is_empty() {
                        all.insert((row.id.clone(), day.date.to_string()), who);
                    }
                }
            }
        }
        all
    }

    /// The board by outlet and by person, and the feeds of outlets and of people, all say what `GET /shifts` says.
    async fn board_and_feeds_agree(&self) {
        let shifts = self.items("/shifts?limit=500").await;
        let text = |shift: &Value, key: &str| shift[key].as_str().unwrap().to_owned();
        for (of, other, view, feeds) in
            [("broker_id", "outlet_id", "people", &self.feeds), ("outlet_id", "broker_id", "outlets", &self.of_outlets)]
        {
            let mut expected: BTreeMap<(String, String), usize> = BTreeMap::new();
            shifts.iter().for_each(|shift| *expected.entry((text(shift, of), text(shift, "date"))).or_default() += 1);
            let board = self.board(view).await;
            let shown: BTreeMap<_, _> = board.iter().map(|(at, who)| (at.clone(), who.len())).collect();
            assert_eq!(shown, expected, "the board by {of}");
            let mut labels: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
            for (whose, link) in feeds {
                let mine: BTreeMap<String, &Value> = shifts
                    .iter()
                    .filter(|shift| shift[of] == json!(whose))
                    .map(|shift| (format!("{}@bankside", text(shift, "id")), shift))
                    .collect();
                let standing: Vec<_> = events(&self.team.app, link).await;
                let standing: Vec<_> = standing.iter().filter(|event| event["STATUS"] == "CONFIRMED").collect();
                assert_eq!(
                    standing.iter().map(|event| event["UID"].clone()).collect::<BTreeSet<_>>(),
                    mine.keys().cloned().collect(),
                    "the feed of {of} {whose}"
                );
                for event in standing {
                    let shift = mine[&event["UID"]];
                    let starts = text(shift, "starts_at").replace(['-', ':'], "");
                    assert_eq!(event["DTSTART"], starts, "of {shift}");
                    assert!(event["URL"].ends_with(&text(shift, "outlet_id")), "{event:?} of {shift}");
                    // A name in the feed is always beside the same label on the board.
                    let cell = &board[&(whose.clone(), text(shift, "date"))];
                    if cell.len() == 1 {
                        labels.entry(text(shift, other)).or_default().extend(cell.iter().cloned());
                    }
                }
            }
            assert!(labels.values().all(|names| names.len() == 1), "{labels:?}");
        }
    }
}

async fn live_through(seed: u64) -> BTreeMap<&'static str, usize> {
    let mut world = World::new(seed).await;
    for n in 0..STEPS {
        world.step().await;
        let broken = broken(&world.team.app);
        assert!(broken.is_empty(), "seed {seed}, step {n}: {broken:?}");
        if n % 15 == 14 {
            world.roll_has_each_shift_once().await;
            world.board_and_feeds_agree().await;
        }
    }
    world.done
}

#[actix_web::test]
async fn after_any_history_no_rule_is_broken_each_shift_has_one_row_and_board_roll_and_feeds_agree() {
    let seeds = if std::env::var("TEST_DATABASE_URL").is_ok() { 0..3 } else { 0..6 };
    let mut done: BTreeMap<&str, usize> = BTreeMap::new();
    for seed in seeds {
        for (what, n) in live_through(seed).await {
            *done.entry(what).or_default() += n;
        }
    }
    println!("{done:?}");
    for what in ["assign", "remove", "edit", "undo", "draw", "publish", "leave", "swap", "check in"] {
        assert!(done.get(what).is_some_and(|n| *n > 0), "no {what} ever came about: {done:?}");
    }
}
