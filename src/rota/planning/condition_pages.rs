//! The pages of what plans go by; for the desk of the branch alone.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Path;
use diesel::prelude::*;
use serde::Deserialize;

use super::conditions::{self, BranchTyped};
use super::facts::Facts;
use super::level;
use super::weights::{NAMES, Weights};
use crate::db::schema::outlets;
use crate::db::{Conn, Id};
use crate::error::{Error, Result};
use crate::planner::Grade;
use crate::rota::pages::brokers;
use crate::t;
use crate::templates::rota::plan_conditions::{self as view, BrokerLine, ConditionsView, OutletForm, OutletLine};
use crate::web::flash::Message;
use crate::web::refused::beside;
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
            let problems = beside(here.lang(), error, "max_days_per_week")?;
            page(&here, &typed, &problems, StatusCode::UNPROCESSABLE_ENTITY).await
        }
    }
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
            let problems = beside(here.lang(), error, "level")?;
            outlet_page(&here, outlet, Some(&form.fields.level), &problems, StatusCode::UNPROCESSABLE_ENTITY).await
        }
        Err(error) => Err(error),
    }
}
