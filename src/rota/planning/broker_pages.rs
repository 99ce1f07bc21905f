//! The page of what plans go by of one broker: level, home, farthest way; for the desk of the branch alone.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Path;
use diesel::prelude::*;
use serde::Deserialize;

use super::conditions::{self, Conditions};
use super::facts::Facts;
use super::homes;
use crate::db::schema::outlets;
use crate::db::{Conn, Id};
use crate::error::{Error, Faults, Result};
use crate::people::CurrentUser;
use crate::place::{Datum, Point};
use crate::t;
use crate::templates::rota::plan_conditions::{self as view, BrokerForm};
use crate::web::flash::Message;
use crate::web::refused::beside;
use crate::web::{Form, Here, Page, see_other};

/// A broker's form as it was typed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Typed {
    level: String,
    near: String,
    lat: String,
    lon: String,
    datum: String,
    max_km: String,
}

impl Typed {
    fn of(kept: &Conditions) -> Typed {
        let text = |n: Option<i64>| n.map(|n| n.to_string()).unwrap_or_default();
        Typed {
            level: text(kept.level),
            near: String::new(),
            lat: kept.home.map(|(lat, _)| format!("{lat:.2}")).unwrap_or_default(),
            lon: kept.home.map(|(_, lon)| format!("{lon:.2}")).unwrap_or_default(),
            datum: Datum::Wgs84.as_str().to_owned(),
            max_km: text(kept.max_km),
        }
    }

    /// The home by the outlet it is near, else as typed.
    fn parse(&self, near: Option<(f64, f64)>) -> Result<Conditions> {
        let mut faults = Faults::new();
        let datum = faults.take(
            "datum",
            match self.datum.as_str() {
                "" => Ok(Datum::Wgs84),
                name => Datum::parse(name).ok_or("unknown_value"),
            },
        );
        let km = match self.max_km.trim() {
            "" => Some(None),
            text => faults
                .take("max_km", text.parse::<i64>().map_err(|_| "not_whole"))
                .and_then(|n| faults.within("max_km", n, 1..=500))
                .map(Some),
        };
        let level = conditions::level_typed("level", &self.level)?;
        let (Some(datum), Some(max_km)) = (datum, km) else { return Err(faults.into_error()) };
        let home = match near {
            Some((lat, lon)) => Some(homes::coarse(Point::new(lat, lon))),
            None => homes::parse(&self.lat, &self.lon, datum)?,
        };
        Ok(Conditions { level, home, max_km })
    }
}

/// `GET /rota/brokers/{id}`
///
/// # Errors
/// 404 out of reach; `Forbidden` for the head office.
pub async fn show(here: Here, id: Path<Id>) -> Result<HttpResponse> {
    let (user, keys, broker) = (here.user()?.clone(), here.app.keys.clone(), id.into_inner());
    let (_, kept) = here.app.db.read(move |conn| conditions::of_broker(conn, &keys, &user, broker)).await?;
    page(&here, broker, &Typed::of(&kept), &[], StatusCode::OK).await
}

async fn page(
    here: &Here,
    broker: Id,
    typed: &Typed,
    problems: &[(String, String)],
    status: StatusCode,
) -> Result<HttpResponse> {
    let (user, keys) = (here.user()?.clone(), here.app.keys.clone());
    let today = here.app.clock.now().date_in(user.zone());
    let read = move |conn: &mut Conn| {
        let (name, _) = conditions::of_broker(conn, &keys, &user, broker)?;
        let branch = conditions::desk(&user)?;
        let by_record = Facts::by_record(conn, branch, broker, today)?;
        Ok((name, by_record, located(conn, branch)?))
    };
    let (name, by_record, places) = here.app.db.read(read).await?;
    let places: Vec<(String, String)> = places.into_iter().map(|(id, name)| (id.to_string(), name)).collect();
    let view = BrokerForm {
        action: format!("/rota/brokers/{broker}"),
        name,
        level: &typed.level,
        by_record,
        max_km: &typed.max_km,
        lat: &typed.lat,
        lon: &typed.lon,
        datum: &typed.datum,
        near: &typed.near,
        outlets: &places,
        problems,
    };
    let body = view::broker(here.lang(), &view, here.csrf());
    Ok(Page::new(t!(here.lang(), "conditions-title"), body).status(status).answer(here))
}

/// The outlets whose place is known.
fn located(conn: &mut Conn, branch: Id) -> Result<Vec<(Id, String)>> {
    Ok(outlets::table
        .filter(outlets::branch_id.eq(branch).and(outlets::lat.is_not_null()))
        .order(outlets::code)
        .select((outlets::id, outlets::name))
        .load(conn)?)
}

/// `POST /rota/brokers/{id}`
///
/// # Errors
/// 404 out of reach; `Forbidden` for the head office; a refused form is shown again.
pub async fn post(here: Here, id: Path<Id>, form: Form<Typed>) -> Result<HttpResponse> {
    let (caller, keys, broker, typed) = (here.caller(), here.app.keys.clone(), id.into_inner(), form.fields.clone());
    let write = move |conn: &mut Conn| {
        let user = caller.user()?;
        conditions::of_broker(conn, &keys, user, broker)?;
        let near = near(conn, user, &typed.near)?;
        conditions::set_broker(conn, &keys, &caller, broker, &typed.parse(near)?)
    };
    match here.app.db.write(write).await {
        Ok(()) => Ok(see_other(&here, "/rota/conditions", Some(Message::done(t!(here.lang(), "conditions-kept"))))),
        Err(error @ Error::NotFound(None)) => Err(error),
        Err(error) => {
            let problems = beside(here.lang(), error, "level")?;
            page(&here, broker, &form.fields, &problems, StatusCode::UNPROCESSABLE_ENTITY).await
        }
    }
}

fn near(conn: &mut Conn, user: &CurrentUser, typed: &str) -> Result<Option<(f64, f64)>> {
    if typed.is_empty() {
        return Ok(None);
    }
    let outlet: Id = typed.parse().map_err(|_| Error::field("near", "not_an_id"))?;
    let branch = conditions::desk(user)?;
    let point: Option<(Option<f64>, Option<f64>)> = outlets::table
        .filter(outlets::id.eq(outlet).and(outlets::branch_id.eq(branch)))
        .select((outlets::lat, outlets::lon))
        .first(conn)
        .optional()?;
    point.and_then(|(lat, lon)| lat.zip(lon)).map(Some).ok_or(Error::NotFound(Some("near")))
}
