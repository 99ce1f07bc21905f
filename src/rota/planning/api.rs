//! The API of plans: ask for one, list, show, end, put into a draft, read why it is as it is.

use actix_web::HttpResponse;
use actix_web::web::Path;

use super::explained::{self, Explanation};
use super::runner;
use super::runs::{self, NewPlan, PlanInput, PlanState, Run};
use crate::db::{Conn, Id};
use crate::error::{Error, Result};
use crate::people::Caller;
use crate::requests::Answer;
use crate::rota::draft_api::PartInput;
use crate::web::api::Problem;
use crate::web::pagination::{List, Part};
use crate::web::{Body, Here, Query, created, json};

/// Asks for a plan and starts it.
///
/// # Errors
/// As `runs::create`; `Unavailable` where this server plans as many as it may.
pub(super) async fn ask(here: &Here, new: NewPlan) -> Result<Answer<Run>> {
    here.app.plans.room()?;
    let (caller, keys, server) = (here.caller(), here.app.keys.clone(), here.app.plans.server());
    let asking = caller.clone();
    let answer = here.app.db.write(move |conn| runs::create(conn, &keys, &asking, server, &new)).await?;
    if answer.made {
        runner::start(here.app.clone().into_inner(), caller, answer.body.clone())?;
    }
    Ok(answer)
}

/// `POST /api/v1/rota-plans`
///
/// # Errors
/// 409 `plan_running`, `draft_overlaps`, `id_taken`; 422 by field.
#[utoipa::path(post, path = "/api/v1/rota-plans", tag = "rota", request_body = PlanInput,
    responses(
        (status = 201, description = "It is being planned; ask for it again to see how far it is", body = Run),
        (status = 200, description = "Asked for before: the first answer", body = Run),
        (status = 403, description = "The caller answers for no branch", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`plan_running`: one a branch at a time; `draft_overlaps`: an open draft has some of the days and not all; `id_taken`", body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "This server makes as many plans as it can", body = Problem, content_type = "application/problem+json")))]
pub async fn create(here: Here, body: Body<PlanInput>) -> Result<HttpResponse> {
    here.user()?.own_branch()?;
    Ok(created(&ask(&here, NewPlan::parse(&body.0)?).await?))
}

/// `GET /api/v1/rota-plans`
///
/// # Errors
/// 422 by parameter.
#[utoipa::path(get, path = "/api/v1/rota-plans", tag = "rota", params(PartInput),
    responses(
        (status = 200, description = "The latest first", body = List<Run>),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
pub async fn list(here: Here, part: Query<PartInput>) -> Result<HttpResponse> {
    let part = Part::parse(part.0.limit, part.0.cursor.as_deref())?;
    let reach = here.user()?.reach();
    Ok(json(here.app.db.read(move |conn| runs::list(conn, reach, &part)).await?))
}

/// `GET /api/v1/rota-plans/{id}`
///
/// # Errors
/// 404 out of reach.
#[utoipa::path(get, path = "/api/v1/rota-plans/{id}", tag = "rota", params(("id" = Id, Path, description = "The plan")),
    responses(
        (status = 200, description = "How it stands", body = Run),
        (status = 404, body = Problem, content_type = "application/problem+json")))]
pub async fn show(here: Here, id: Path<Id>) -> Result<HttpResponse> {
    let (user, id) = (here.user()?.clone(), id.into_inner());
    Ok(json(here.app.db.read(move |conn| runs::find(conn, &user, id)).await?))
}

/// `DELETE /api/v1/rota-plans/{id}`
///
/// # Errors
/// 404 out of reach; 409 `plan_over`.
#[utoipa::path(delete, path = "/api/v1/rota-plans/{id}", tag = "rota", params(("id" = Id, Path, description = "The plan")),
    responses(
        (status = 204, description = "Ended without a plan"),
        (status = 403, description = "Not of the caller's branch", body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`plan_over`: it has ended", body = Problem, content_type = "application/problem+json")))]
pub async fn cancel(here: Here, id: Path<Id>) -> Result<HttpResponse> {
    end(&here, id.into_inner(), true).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Ends a run: without a plan, or with the best there is.
///
/// # Errors
/// As `runs::cancel`.
pub(super) async fn end(here: &Here, id: Id, drop: bool) -> Result<Run> {
    let caller = here.caller();
    let write = move |conn: &mut Conn| {
        if drop { runs::cancel(conn, &caller, id) } else { runs::take_now(conn, &caller, id) }
    };
    let run = here.app.db.write(write).await?;
    here.app.plans.end(id, drop);
    Ok(run)
}

/// `POST /api/v1/rota-plans/{id}/finish`
///
/// # Errors
/// 404 out of reach; 409 `plan_over`.
#[utoipa::path(post, path = "/api/v1/rota-plans/{id}/finish", tag = "rota", params(("id" = Id, Path, description = "The plan")),
    responses(
        (status = 200, description = "It ends within seconds, with the best plan it has", body = Run),
        (status = 403, description = "Not of the caller's branch", body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`plan_over`: it has ended", body = Problem, content_type = "application/problem+json")))]
pub async fn finish(here: Here, id: Path<Id>) -> Result<HttpResponse> {
    Ok(json(end(&here, id.into_inner(), false).await?))
}

/// Puts the plan of a run that came into no draft into one.
///
/// # Errors
/// `NotFound` out of reach; `Conflict`: `plan_over` for one without a plan, `draft_overlaps`.
pub(super) fn redraft(conn: &mut Conn, keys: &crate::keys::Keys, caller: &Caller, id: Id) -> Result<Run> {
    let run = runs::hold(conn, caller, id)?;
    let report = explained::report(conn, keys, &run)?.ok_or(Error::Conflict("plan_over"))?;
    if run.state != PlanState::Done {
        return Err(Error::Conflict("plan_over"));
    }
    runner::into_draft(conn, keys, caller, &run, &report.edits())?;
    runs::find(conn, caller.user()?, id)
}

/// `POST /api/v1/rota-plans/{id}/draft`
///
/// # Errors
/// 404 out of reach; 409 `draft_overlaps`, `plan_over`.
#[utoipa::path(post, path = "/api/v1/rota-plans/{id}/draft", tag = "rota", params(("id" = Id, Path, description = "The plan")),
    responses(
        (status = 200, description = "The plan is in the draft of its days, as far as nobody changed them meanwhile", body = Run),
        (status = 403, description = "Not of the caller's branch", body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`plan_over`: there is no plan; `draft_overlaps`", body = Problem, content_type = "application/problem+json")))]
pub async fn draft(here: Here, id: Path<Id>) -> Result<HttpResponse> {
    let (caller, keys, id) = (here.caller(), here.app.keys.clone(), id.into_inner());
    Ok(json(here.app.db.write(move |conn| redraft(conn, &keys, &caller, id)).await?))
}

/// `GET /api/v1/rota-plans/{id}/explanation`
///
/// # Errors
/// 404 out of reach.
#[utoipa::path(get, path = "/api/v1/rota-plans/{id}/explanation", tag = "rota", params(("id" = Id, Path, description = "The plan")),
    responses(
        (status = 200, description = "Why the plan is as it is; empty while there is none", body = Explanation),
        (status = 404, body = Problem, content_type = "application/problem+json")))]
pub async fn explanation(here: Here, id: Path<Id>) -> Result<HttpResponse> {
    let (user, keys, id) = (here.user()?.clone(), here.app.keys.clone(), id.into_inner());
    let read = here.app.db.read(move |conn| {
        let run = runs::find(conn, &user, id)?;
        // The ways tell of homes: they are for the desk of the branch.
        let own = user.branch.as_ref().is_some_and(|own| own.id == run.branch_id);
        let report = explained::report(conn, &keys, &run)?;
        Ok(report.map_or_else(Explanation::default, |report| Explanation::of(&report, own)))
    });
    Ok(json(read.await?))
}
