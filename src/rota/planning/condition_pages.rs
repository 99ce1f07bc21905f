//! The pages of what plans go by; for the desk of the branch alone.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Path;
use diesel::prelude::*;
use serde::Deserialize;

use super::conditions::{self, BranchTyped, Conditions};
use super::facts::Facts;
use super::weights::{NAMES, Weights};
use super::{homes, level};
use crate::db::schema::outlets;
use crate::db::{Conn, Id};
use crate::error::{Error, Faults, Result};
use crate::people::CurrentUser;
use crate::place::{Datum, Point};
use crate::planner::Grade;
use crate::rota::pages::{beside, brokers};
use crate::t;
use crate::templates::rota::plan_conditions::{
    self as view, BrokerForm, BrokerLine, ConditionsView, OutletForm, OutletLine,
};
use crate::web::flash::Message;
use crate::web::{Form, Here, Page, see_other};

/// The branch's form as it was typed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Typed {
    max_days_per_week: String,
    max_consecutive: String,
    uncovered_a: String,
    uncovered_b: String,
    uncovered_c: String,
    face_launch: String,
    face_established: String,
    overstay: String,
    km: String,
    imbalance: String,
}

impl Typed {
    fn typed(&self) -> BranchTyped {
        let all = [
            &self.uncovered_a,
            &self.uncovered_b,
            &self.uncovered_c,
            &self.face_launch,
            &self.face_established,
            &self.overstay,
            &self.km,
            &self.imbalance,
        ];
        BranchTyped {
            max_days_per_week: self.max_days_per_week.clone(),
            max_consecutive: self.max_consecutive.clone(),
            weights: NAMES.into_iter().zip(all).map(|(name, text)| (name, text.clone())).collect(),
        }
    }
}

/// `GET /rota/conditions`
///
/// # Errors
/// `Forbidden` for the head office.
pub async fn show(here: Here) -> Result<HttpResponse> {
    let branch = conditions::desk(here.user()?)?;
    let (limits, weights) = here.app.db.read(move |conn| conditions::of_branch(conn, branch)).await?;
    page(&here, &BranchTyped::of(limits, &weights), &[], StatusCode::OK).await
}

async fn page(
    here: &Here,
    typed: &BranchTyped,
    problems: &[(String, String)],
    status: StatusCode,
) -> Result<HttpResponse> {
    let (user, keys) = (here.user()?.clone(), here.app.keys.clone());
    let (branch, today) = (conditions::desk(&user)?, here.app.clock.now().date_in(user.zone()));
    let (facts, people, places) = here
        .app
        .db
        .read(move |conn| {
            Ok((Facts::load(conn, &keys, branch, today)?, brokers(conn, branch)?, posted_at(conn, branch)?))
        })
        .await?;
    let person = |(id, name): (String, String)| {
        let known = id.parse::<Id>().ok().and_then(|id| facts.brokers.get(&id));
        BrokerLine {
            href: format!("/rota/brokers/{id}"),
            name,
            level: known.map_or(1, |f| f.level),
            set: known.is_some_and(|f| f.level_set),
            home: known.is_some_and(|f| f.home.is_some()),
        }
    };
    let place = |(id, name, grade): (Id, String, Option<String>)| OutletLine {
        href: format!("/rota/outlets/{id}"),
        name,
        grade: grade.unwrap_or_default(),
        level: facts.outlets.get(&id).map_or(1, |f| f.min_level),
        set: facts.outlets.get(&id).is_some_and(|f| f.level_set),
    };
    let problems: Vec<(String, String)> = problems
        .iter()
        .map(|(field, words)| (field.strip_prefix("weights.").unwrap_or(field).to_owned(), words.clone()))
        .collect();
    let usual = Weights::default().numbers();
    let view = ConditionsView {
        branch: here.user()?.own_branch()?.name.clone(),
        max_days_per_week: &typed.max_days_per_week,
        max_consecutive: &typed.max_consecutive,
        weights: typed.weights.iter().zip(usual).map(|((name, text), (_, n))| (*name, text.as_str(), n)).collect(),
        problems: &problems,
        people: people.into_iter().map(person).collect(),
        outlets: places.into_iter().map(place).collect(),
    };
    let body = view::conditions(here.lang(), &view, here.csrf());
    Ok(Page::new(t!(here.lang(), "conditions-title"), body).status(status).answer(here))
}

/// The outlets where brokers are posted.
fn posted_at(conn: &mut Conn, branch: Id) -> Result<Vec<(Id, String, Option<String>)>> {
    Ok(outlets::table
        .filter(outlets::branch_id.eq(branch).and(outlets::phase.eq_any(["launch", "established"])))
        .order(outlets::code)
        .select((outlets::id, outlets::name, outlets::grade))
        .load(conn)?)
}

/// `POST /rota/conditions`
///
/// # Errors
/// `Forbidden` for the head office; a refused form is shown again.
pub async fn post(here: Here, form: Form<Typed>) -> Result<HttpResponse> {
    conditions::desk(here.user()?)?;
    let (typed, caller) = (form.fields.typed(), here.caller());
    let kept = match typed.parse() {
        Ok(new) => here.app.db.write(move |conn| conditions::set_branch(conn, &caller, new)).await,
        Err(error) => Err(error),
    };
    match kept {
        Ok(()) => Ok(see_other(&here, "/rota/conditions", Some(Message::done(t!(here.lang(), "conditions-kept"))))),
        Err(error) => {
            let problems = beside(&here, error, "max_days_per_week")?;
            page(&here, &typed, &problems, StatusCode::UNPROCESSABLE_ENTITY).await
        }
    }
}

/// A broker's form as it was typed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BrokerTyped {
    level: String,
    near: String,
    lat: String,
    lon: String,
    datum: String,
    max_km: String,
}

impl BrokerTyped {
    fn of(kept: &Conditions) -> BrokerTyped {
        let text = |n: Option<i64>| n.map(|n| n.to_string()).unwrap_or_default();
        BrokerTyped {
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
            text => faults.take("max_km", text.parse::<i64>().map_err(|_| "not_a_number")).and_then(|n| {
                faults.take("max_km", if (1..=500).contains(&n) { Ok(Some(n)) } else { Err("out_of_range") })
            }),
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
pub async fn show_broker(here: Here, id: Path<Id>) -> Result<HttpResponse> {
    let (user, keys, broker) = (here.user()?.clone(), here.app.keys.clone(), id.into_inner());
    let (_, kept) = here.app.db.read(move |conn| conditions::of_broker(conn, &keys, &user, broker)).await?;
    broker_page(&here, broker, &BrokerTyped::of(&kept), &[], StatusCode::OK).await
}

async fn broker_page(
    here: &Here,
    broker: Id,
    typed: &BrokerTyped,
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
    let places: Vec<(String, String)> = places.into_iter().map(|(id, name, ..)| (id.to_string(), name)).collect();
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
fn located(conn: &mut Conn, branch: Id) -> Result<Vec<(Id, String, Option<f64>, Option<f64>)>> {
    Ok(outlets::table
        .filter(outlets::branch_id.eq(branch).and(outlets::lat.is_not_null()))
        .order(outlets::code)
        .select((outlets::id, outlets::name, outlets::lat, outlets::lon))
        .load(conn)?)
}

/// `POST /rota/brokers/{id}`
///
/// # Errors
/// 404 out of reach; `Forbidden` for the head office; a refused form is shown again.
pub async fn post_broker(here: Here, id: Path<Id>, form: Form<BrokerTyped>) -> Result<HttpResponse> {
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
            let problems = beside(&here, error, "level")?;
            broker_page(&here, broker, &form.fields, &problems, StatusCode::UNPROCESSABLE_ENTITY).await
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

/// An outlet's form as it was typed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OutletTyped {
    level: String,
}

/// `GET /rota/outlets/{id}`
///
/// # Errors
/// 404 out of reach; `Forbidden` for the head office.
pub async fn show_outlet(here: Here, id: Path<Id>) -> Result<HttpResponse> {
    outlet_page(&here, id.into_inner(), None, &[], StatusCode::OK).await
}

async fn outlet_page(
    here: &Here,
    outlet: Id,
    typed: Option<&str>,
    problems: &[(String, String)],
    status: StatusCode,
) -> Result<HttpResponse> {
    let user = here.user()?.clone();
    let (name, grade, set) = here.app.db.read(move |conn| conditions::of_outlet(conn, &user, outlet)).await?;
    let kept = set.map(|n| n.to_string()).unwrap_or_default();
    let grade: Grade = level::grade(grade.as_deref());
    let view = OutletForm {
        action: format!("/rota/outlets/{outlet}"),
        name,
        level: typed.unwrap_or(&kept),
        by_grade: level::asked_by(grade),
        problems,
    };
    let body = view::outlet(here.lang(), &view, here.csrf());
    Ok(Page::new(t!(here.lang(), "conditions-title"), body).status(status).answer(here))
}

/// `POST /rota/outlets/{id}`
///
/// # Errors
/// 404 out of reach; `Forbidden` for the head office; a refused form is shown again.
pub async fn post_outlet(here: Here, id: Path<Id>, form: Form<OutletTyped>) -> Result<HttpResponse> {
    let (caller, outlet, typed) = (here.caller(), id.into_inner(), form.fields.level.clone());
    let write = move |conn: &mut Conn| {
        conditions::of_outlet(conn, caller.user()?, outlet)?;
        conditions::set_outlet(conn, &caller, outlet, conditions::level_typed("level", &typed)?)
    };
    match here.app.db.write(write).await {
        Ok(()) => Ok(see_other(&here, "/rota/conditions", Some(Message::done(t!(here.lang(), "conditions-kept"))))),
        Err(error @ Error::Invalid(_)) => {
            let problems = beside(&here, error, "level")?;
            outlet_page(&here, outlet, Some(&form.fields.level), &problems, StatusCode::UNPROCESSABLE_ENTITY).await
        }
        Err(error) => Err(error),
    }
}
