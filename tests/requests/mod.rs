//! What people ask of the rota and what keeps it whole: the hard rules, leave, swaps, who is not welcome, who is told.

mod leave;
mod pages;
pub mod property;
mod rules;
mod swaps;

use bankside::db::Id;
use bankside::db::schema::{branches, mails, rota_publications, shift_changes};
use bankside::mail::Kind;
use chrono::NaiveDate;
use diesel::prelude::*;
use serde_json::{Value, json};

use crate::attendance::Place;
use crate::support::{Person, Reply, TestApp, id};

/// A branch with two outlets, two brokers and their coordinator.
pub struct Team {
    pub app: TestApp,
    pub branch: Id,
    pub south: Place,
    pub north: Place,
    pub zhang: Person,
    pub li: Person,
    pub chen: Person,
}

pub fn team() -> Team {
    let app = TestApp::new();
    let branch = app.branch("XA01");
    let (south, north) = (app.outlet_at(branch, "T-1", 34.2, 108.9), app.outlet_at(branch, "T-2", 34.3, 108.9));
    let (zhang, li) = (app.broker("zhang", branch), app.broker("li", branch));
    let chen = app.coordinator("chen", branch);
    Team { app, branch, south, north, zhang, li, chen }
}

impl Team {
    /// As if a rota had been published for some days.
    pub fn published(&self, from: &str, to: &str) {
        let (branch, by, now) = (self.branch, self.chen.id, self.app.now());
        let (from, to): (NaiveDate, NaiveDate) = (from.parse().unwrap(), to.parse().unwrap());
        self.app.arrange(move |conn| {
            diesel::insert_into(rota_publications::table)
                .values((
                    rota_publications::id.eq(Id::new()),
                    rota_publications::branch_id.eq(branch),
                    rota_publications::from_date.eq(from),
                    rota_publications::to_date.eq(to),
                    rota_publications::by_user.eq(by),
                    rota_publications::at.eq(now),
                    rota_publications::added.eq(0),
                    rota_publications::moved.eq(0),
                    rota_publications::removed.eq(0),
                ))
                .execute(conn)?;
            Ok(())
        });
    }

    /// The mails about the rota: to whom, and what they say.
    pub fn told(&self) -> Vec<(Id, String)> {
        type Row = (Option<Id>, String, Vec<u8>);
        let rows: Vec<Row> = self
            .app
            .app
            .db
            .read_now(|conn| {
                Ok(mails::table
                    .filter(mails::kind.eq(Kind::Rota))
                    .order((mails::created_at, mails::id))
                    .select((mails::user_id, mails::subject, mails::body))
                    .load(conn)?)
            })
            .unwrap();
        let text = |body: &[u8]| {
            let body: Value = serde_json::from_slice(&self.app.app.keys.open("mail", body).unwrap()).unwrap();
            body["text"].as_str().unwrap().to_owned()
        };
        rows.into_iter().map(|(user, subject, body)| (user.unwrap(), format!("{subject}\n{}", text(&body)))).collect()
    }

    /// What happened to shifts, in order: kind and number of each.
    pub fn changes(&self) -> Vec<(String, i32)> {
        self.app
            .app
            .db
            .read_now(|conn| {
                Ok(shift_changes::table
                    .order((shift_changes::at, shift_changes::id))
                    .select((shift_changes::kind, shift_changes::sequence))
                    .load(conn)?)
            })
            .unwrap()
    }

    pub fn leads(&self, minutes: i32) {
        let branch = self.branch;
        self.app.arrange(move |conn| {
            diesel::update(branches::table.find(branch)).set(branches::lead_minutes.eq(minutes)).execute(conn)?;
            Ok(())
        });
    }

    pub async fn plan(&self, who: &Person, place: &Place, date: &str) -> Reply {
        let body = json!({"id": id(), "outlet_id": place.id, "broker_id": who.id, "date": date});
        self.app.post("/shifts", &self.chen, body).await
    }

    pub async fn ask_leave(&self, who: &Person, from: &str, to: &str) -> Reply {
        let body = json!({"id": id(), "from": from, "to": to, "kind": "annual", "reason": "回家"});
        self.app.post("/leaves", who, body).await
    }

    pub async fn unwelcome(&self, who: &Person, place: &Place, take_off: bool) -> Reply {
        let (path, broker, id) = (format!("/outlets/{}/unwelcome", place.id), who.id.to_string(), id());
        let mut fields = vec![("id", id.as_str()), ("broker_id", broker.as_str()), ("reason", "银行要求")];
        if take_off {
            fields.push(("take_off", "on"));
        }
        self.app.form(&path, &self.chen, &fields).await
    }

    /// Offers a shift: given away to `to`, or against a shift of theirs.
    pub async fn offer(&self, who: &Person, shift: &str, to: &Person, other: Option<&str>) -> Reply {
        let mut body = json!({"id": id(), "shift_id": shift, "to_broker_id": to.id});
        if let Some(other) = other {
            body["other_shift_id"] = json!(other);
        }
        self.app.post("/swaps", who, body).await
    }

    /// Who stands where: (broker, date, outlet).
    pub async fn standing(&self) -> Vec<(String, String, String)> {
        let reply = self.app.get("/shifts?limit=500", &self.chen).await.expect(200).json();
        let text = |one: &Value, key: &str| one[key].as_str().unwrap().to_owned();
        let all = reply["items"].as_array().unwrap().iter();
        all.map(|one| (text(one, "broker_id"), text(one, "date"), text(one, "outlet_id"))).collect()
    }
}

/// The code of a refusal.
pub fn code(reply: Reply) -> String {
    reply.expect(409).json()["code"].as_str().unwrap().to_owned()
}

/// The id of what was made.
pub fn made(reply: Reply) -> String {
    reply.expect(201).json()["id"].as_str().unwrap().to_owned()
}
