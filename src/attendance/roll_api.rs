//! The API of the roll: a row a shift, corrections, spot checks.

use actix_web::HttpResponse;
use actix_web::web::Path;

use super::correction_list::{self, CorrectionsFilter, CorrectionsInput};
use super::corrections::{self, Correction, CorrectionInput, DecisionInput, NewCorrection, NewDecision};
use super::filter::{Filter, FilterInput};
use super::roll::Attendance;
use super::roll_list::{self, RollFilter, RollInput};
use super::spot_checks::{self, NewSpotCheck, SpotCheck, SpotCheckInput};
use crate::db::Id;
use crate::error::Result;
use crate::web::api::Problem;
use crate::web::pagination::List;
use crate::web::{Body, Here, Query, created, json};

/// `GET /api/v1/attendance`
///
/// # Errors
/// 422 by parameter.
#[utoipa::path(get, path = "/api/v1/attendance", tag = "attendance", params(RollInput),
    responses(
        (status = 200, description = "A row a shift, by date and start", body = List<Attendance>),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
pub async fn list_attendance(here: Here, input: Query<RollInput>) -> Result<HttpResponse> {
    let filter = RollFilter::parse(input.0)?;
    let (reach, now) = (here.user()?.reach(), here.app.clock.now());
    Ok(json(here.app.db.read(move |conn| roll_list::list(conn, reach, &filter, now)).await?))
}

/// `POST /api/v1/attendance-corrections`
///
/// # Errors
/// 404 naming `shift_id`; 409 with its code; 422 by field.
#[utoipa::path(post, path = "/api/v1/attendance-corrections", tag = "attendance", request_body = CorrectionInput,
    responses(
        (status = 201, description = "Asked for", body = Correction),
        (status = 200, description = "Asked for before: the first answer", body = Correction),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such shift of one's own", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`shift_upcoming`, `correction_waiting`, `id_taken`", body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
pub async fn create_correction(here: Here, body: Body<CorrectionInput>) -> Result<HttpResponse> {
    let new = NewCorrection::parse(&body.0)?;
    let (caller, keys) = (here.caller(), here.app.keys.clone());
    let answer = here.app.db.write(move |conn| corrections::ask(conn, &keys, &caller, &new)).await?;
    Ok(created(&answer))
}

/// `GET /api/v1/attendance-corrections`
///
/// # Errors
/// 422 by parameter.
#[utoipa::path(get, path = "/api/v1/attendance-corrections", tag = "attendance", params(CorrectionsInput),
    responses(
        (status = 200, description = "The latest date first", body = List<Correction>),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
pub async fn list_corrections(here: Here, input: Query<CorrectionsInput>) -> Result<HttpResponse> {
    let filter = CorrectionsFilter::parse(input.0)?;
    let reach = here.user()?.reach();
    Ok(json(here.app.db.read(move |conn| correction_list::list(conn, reach, &filter)).await?))
}

/// `POST /api/v1/attendance-corrections/{id}/decision`
///
/// # Errors
/// 403 for who answers for no branch; 404 out of reach; 409 `correction_decided`; 422 by field.
#[utoipa::path(post, path = "/api/v1/attendance-corrections/{id}/decision", tag = "attendance", request_body = DecisionInput,
    params(("id" = Id, Path, description = "The correction")),
    responses(
        (status = 200, description = "Answered", body = Correction),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`correction_decided`", body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
pub async fn decide_correction(here: Here, id: Path<Id>, body: Body<DecisionInput>) -> Result<HttpResponse> {
    here.user()?.own_branch()?;
    let new = NewDecision::parse(&body.0)?;
    let (caller, post, id) = (here.caller(), here.app.post(), id.into_inner());
    Ok(json(here.app.db.write(move |conn| corrections::decide(conn, &post, &caller, id, &new)).await?))
}

/// `POST /api/v1/attendance-corrections/{id}/withdrawal`
///
/// # Errors
/// 404 out of reach; 409 `correction_decided`.
#[utoipa::path(post, path = "/api/v1/attendance-corrections/{id}/withdrawal", tag = "attendance",
    params(("id" = Id, Path, description = "The correction")),
    responses(
        (status = 200, description = "Taken back", body = Correction),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`correction_decided`", body = Problem, content_type = "application/problem+json")))]
pub async fn withdraw_correction(here: Here, id: Path<Id>) -> Result<HttpResponse> {
    let (caller, id) = (here.caller(), id.into_inner());
    Ok(json(here.app.db.write(move |conn| corrections::withdraw(conn, &caller, id)).await?))
}

/// `POST /api/v1/spot-checks`
///
/// # Errors
/// 403 for who answers for no branch; 404 naming `broker_id` or `outlet_id`; 422 by field.
#[utoipa::path(post, path = "/api/v1/spot-checks", tag = "attendance", request_body = SpotCheckInput,
    responses(
        (status = 201, description = "Kept", body = SpotCheck),
        (status = 200, description = "Kept before: the first answer", body = SpotCheck),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "Broker or outlet are not there or out of reach", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`id_taken`", body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
pub async fn create_spot_check(here: Here, body: Body<SpotCheckInput>) -> Result<HttpResponse> {
    here.user()?.own_branch()?;
    let new = NewSpotCheck::parse(&body.0)?;
    let (caller, keys) = (here.caller(), here.app.keys.clone());
    let answer = here.app.db.write(move |conn| spot_checks::record(conn, &keys, &caller, &new)).await?;
    Ok(created(&answer))
}

/// `GET /api/v1/spot-checks`
///
/// # Errors
/// 422 by parameter.
#[utoipa::path(get, path = "/api/v1/spot-checks", tag = "attendance", params(FilterInput),
    responses(
        (status = 200, description = "The latest first", body = List<SpotCheck>),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
pub async fn list_spot_checks(here: Here, input: Query<FilterInput>) -> Result<HttpResponse> {
    let filter = Filter::parse(&input.0)?;
    let reach = here.user()?.reach();
    Ok(json(here.app.db.read(move |conn| spot_checks::list(conn, reach, &filter)).await?))
}
