//! Attendance: check-ins, shifts, what a coordinator makes of them, and their pages.

pub mod api;
mod corrections;
mod live;
mod month;
mod pages;
mod questions;
mod roll;
mod shifts;

use bankside::db::schema::{calendar_days, checkins, outlet_closures, outlet_hours, outlets, users};
use bankside::db::{At, Id};
use chrono::NaiveDate;
use diesel::prelude::*;
use serde_json::{Value, json};

use crate::support::{Person, Reply, TestApp, id};

/// A made outlet, for the rest of a test to refer to.
#[derive(Clone, Debug)]
pub struct Place {
    pub id: Id,
    pub lat: f64,
    pub lon: f64,
}

impl TestApp {
    /// An outlet with a circle of 150 m around its point.
    pub fn outlet_at(&self, branch: Id, code: &str, lat: f64, lon: f64) -> Place {
        self.outlet_with(branch, code, Some((lat, lon)), None, "established")
    }

    pub fn outlet_with(
        &self,
        branch: Id,
        code: &str,
        point: Option<(f64, f64)>,
        fence: Option<&str>,
        phase: &str,
    ) -> Place {
        let (id, now) = (Id::new(), self.now());
        let (code, phase, fence) = (code.to_owned(), phase.to_owned(), fence.map(str::to_owned));
        self.arrange(move |conn| {
            let name = format!("{code} 支行");
            diesel::insert_into(outlets::table)
                .values((
                    outlets::id.eq(id),
                    outlets::code.eq(&code),
                    outlets::name.eq(&name),
                    outlets::name_folded.eq(bankside::text::fold(&name)),
                    outlets::search_text.eq(&name),
                    outlets::branch_id.eq(branch),
                    outlets::phase.eq(phase),
                    outlets::lat.eq(point.map(|p| p.0)),
                    outlets::lon.eq(point.map(|p| p.1)),
                    outlets::fence.eq(fence),
                    outlets::address.eq("南大街 30 号"),
                    outlets::created_at.eq(now),
                    outlets::updated_at.eq(now),
                ))
                .execute(conn)?;
            Ok(())
        });
        let (lat, lon) = point.unwrap_or_default();
        Place { id, lat, lon }
    }

    pub fn opens(&self, outlet: Id, weekday: i32, from: &str, to: &str) {
        let (from, to) = (from.to_owned(), to.to_owned());
        self.arrange(move |conn| {
            diesel::insert_into(outlet_hours::table)
                .values((
                    outlet_hours::outlet_id.eq(outlet),
                    outlet_hours::weekday.eq(weekday),
                    outlet_hours::opens.eq(from),
                    outlet_hours::closes.eq(to),
                ))
                .execute(conn)?;
            Ok(())
        });
    }

    pub fn closes(&self, outlet: Id, from: &str, to: &str) {
        let (from, to): (NaiveDate, NaiveDate) = (from.parse().unwrap(), to.parse().unwrap());
        self.arrange(move |conn| {
            diesel::insert_into(outlet_closures::table)
                .values((
                    outlet_closures::id.eq(Id::new()),
                    outlet_closures::outlet_id.eq(outlet),
                    outlet_closures::from_date.eq(from),
                    outlet_closures::to_date.eq(to),
                ))
                .execute(conn)?;
            Ok(())
        });
    }

    pub fn calendar_day(&self, date: &str, is_workday: bool) {
        let date: NaiveDate = date.parse().unwrap();
        self.arrange(move |conn| {
            diesel::insert_into(calendar_days::table)
                .values((
                    calendar_days::id.eq(Id::new()),
                    calendar_days::date.eq(date),
                    calendar_days::is_workday.eq(is_workday),
                ))
                .execute(conn)?;
            Ok(())
        });
    }

    pub fn certificate_until(&self, who: &Person, date: &str) {
        let (id, date): (Id, NaiveDate) = (who.id, date.parse().unwrap());
        self.arrange(move |conn| {
            diesel::update(users::table.find(id)).set(users::certificate_expires_on.eq(date)).execute(conn)?;
            Ok(())
        });
    }

    pub fn agreed_at(&self, who: &Person) -> Option<At> {
        let id = who.id;
        self.app
            .db
            .read_now(move |conn| Ok(users::table.find(id).select(users::position_agreed_at).first(conn)?))
            .unwrap()
    }

    pub fn positions_kept(&self) -> i64 {
        self.app
            .db
            .read_now(|conn| {
                let kept = checkins::lat.is_not_null().or(checkins::given_lat.is_not_null());
                Ok(checkins::table.filter(kept).count().get_result(conn)?)
            })
            .unwrap()
    }

    /// A shift planned through the API.
    pub async fn shift(&self, by: &Person, broker: &Person, outlet: &Place, date: &str) -> String {
        let body = json!({"id": id(), "outlet_id": outlet.id, "broker_id": broker.id, "date": date});
        let reply = self.post("/shifts", by, body).await.expect(201);
        reply.json()["id"].as_str().unwrap().to_owned()
    }

    /// A check-in right where the point is, with what is to differ.
    pub async fn check_in(&self, who: &Person, place: (f64, f64), with: Value) -> Reply {
        let mut body =
            json!({"id": id(), "kind": "in", "at": self.now(), "lat": place.0, "lon": place.1, "accuracy_m": 20});
        let with = with.as_object().cloned().unwrap_or_default();
        body.as_object_mut().unwrap().extend(with);
        self.post("/checkins", who, body).await
    }
}
