//! The API of attendance: check-ins and shifts.

use actix_web::HttpResponse;
use actix_web::web::Path;

use super::checkin::{CheckinAnswer, CheckinInput, NewCheckin};
use super::filter::{Filter, FilterInput};
use super::questions::{self, AnswerInput, NewAnswer};
use super::receive;
use super::records::{self, CheckinView, NewReview, ReviewInput};
use crate::db::Id;
use crate::error::Result;
use crate::rota::shifts::{self, NewShift, Shift, ShiftInput};
use crate::web::api::Problem;
use crate::web::pagination::List;
use crate::web::{Body, Here, Query, created, json};

/// `POST /api/v1/checkins`
///
/// # Errors
/// 404 naming `outlet_id`; 409 `id_taken`; 422 by field.
#[utoipa::path(post, path = "/api/v1/checkins", tag = "attendance", request_body = CheckinInput,
    responses(
        (status = 201, description = "Received", body = CheckinAnswer),
        (status = 200, description = "Received before: the first answer", body = CheckinAnswer),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "The outlet is not there or out of reach", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`id_taken`", body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub async fn create_checkin(here: Here, body: Body<CheckinInput>) -> Result<HttpResponse> {
    let new = NewCheckin::parse(&body.0)?;
    let (caller, keys) = (here.caller(), here.app.keys.clone());
    let on = receive::on(caller.user()?, new.id);
    let answer = here.app.db.write_again(&on, move |conn| receive::check_in(conn, &keys, &caller, &new)).await?;
    Ok(created(&answer))
}

/// `GET /api/v1/checkins`
///
/// # Errors
/// 422 by parameter.
#[utoipa::path(get, path = "/api/v1/checkins", tag = "attendance", params(FilterInput),
    responses(
        (status = 200, description = "The latest first", body = List<CheckinView>),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
pub async fn list_checkins(here: Here, filter: Query<FilterInput>) -> Result<HttpResponse> {
    let filter = Filter::parse(&filter.0)?;
    let user = here.user()?.clone();
    Ok(json(here.app.db.read(move |conn| records::list(conn, &user, &filter)).await?))
}

/// `POST /api/v1/checkins/{id}/review`
///
/// # Errors
/// 403 for who answers for no branch; 404 out of reach; 422 by field.
#[utoipa::path(post, path = "/api/v1/checkins/{id}/review", tag = "attendance", request_body = ReviewInput, params(("id" = Id, Path, description = "The check-in")),
    responses(
        (status = 200, description = "The check-in with the answer", body = CheckinView),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
pub async fn review_checkin(here: Here, id: Path<Id>, body: Body<ReviewInput>) -> Result<HttpResponse> {
    here.user()?.own_branch()?;
    let new = NewReview::parse(&body.0)?;
    let (caller, id) = (here.caller(), id.into_inner());
    Ok(json(here.app.db.write(move |conn| records::review(conn, &caller, id, &new)).await?))
}

/// `POST /api/v1/checkins/{id}/answer`
///
/// # Errors
/// 404 for somebody else's; 409 `not_asked`; 422 by field.
#[utoipa::path(post, path = "/api/v1/checkins/{id}/answer", tag = "attendance", request_body = AnswerInput, params(("id" = Id, Path, description = "The check-in, one's own")),
    responses(
        (status = 200, description = "The check-in, which waits for a look again; sent again with the same words: the same", body = CheckinView),
        (status = 403, description = "No broker", body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`not_asked`", body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
pub async fn answer_checkin(here: Here, id: Path<Id>, body: Body<AnswerInput>) -> Result<HttpResponse> {
    let new = NewAnswer::parse(&body.0)?;
    let (caller, id) = (here.caller(), id.into_inner());
    Ok(json(here.app.db.write(move |conn| questions::answer(conn, &caller, id, &new)).await?))
}

/// `POST /api/v1/shifts`
///
/// # Errors
/// 404 naming `outlet_id` or `broker_id`; 409 with its code; 422 by field.
#[utoipa::path(post, path = "/api/v1/shifts", tag = "attendance", request_body = ShiftInput,
    responses(
        (status = 201, description = "Planned", body = Shift),
        (status = 200, description = "Planned before: the first answer", body = Shift),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "Outlet or broker are not there or out of reach", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`broker_busy`, `no_certificate`, `on_leave`, `not_welcome`, `outlet_closed`, `id_taken`", body = Problem, content_type = "application/problem+json"),
        (status = 410, description = "Deleted", body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
pub async fn create_shift(here: Here, body: Body<ShiftInput>) -> Result<HttpResponse> {
    here.user()?.own_branch()?;
    let new = NewShift::parse(&body.0)?;
    let (caller, post) = (here.caller(), here.app.post());
    let answer = here.app.db.write(move |conn| shifts::create(conn, &post, &caller, &new)).await?;
    Ok(created(&answer))
}

/// `GET /api/v1/shifts`
///
/// # Errors
/// 422 by parameter.
#[utoipa::path(get, path = "/api/v1/shifts", tag = "attendance", params(FilterInput),
    responses(
        (status = 200, description = "By date and start", body = List<Shift>),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
pub async fn list_shifts(here: Here, filter: Query<FilterInput>) -> Result<HttpResponse> {
    let filter = Filter::parse(&filter.0)?;
    let reach = here.user()?.reach();
    Ok(json(here.app.db.read(move |conn| shifts::list(conn, reach, &filter)).await?))
}

/// `DELETE /api/v1/shifts/{id}`
///
/// # Errors
/// 404 out of reach; 409 `has_checkins`; 410 deleted before.
#[utoipa::path(delete, path = "/api/v1/shifts/{id}", tag = "attendance", params(("id" = Id, Path, description = "The shift")),
    responses(
        (status = 204, description = "Deleted"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`has_checkins`", body = Problem, content_type = "application/problem+json"),
        (status = 410, description = "Deleted before", body = Problem, content_type = "application/problem+json")))]
pub async fn delete_shift(here: Here, id: Path<Id>) -> Result<HttpResponse> {
    let (caller, post, id) = (here.caller(), here.app.post(), id.into_inner());
    here.app.db.write(move |conn| shifts::delete(conn, &post, &caller, id)).await?;
    Ok(HttpResponse::NoContent().finish())
}
