//! The API of prospects.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web::Path};

use super::input::{Changes, NewProspect, ProspectInput, ProspectPatch};
use super::list::{self, Found, ListQuery, Search, SearchInput};
use super::move_stage::{self, StageInput, StageMove};
use super::touch_input::{NewTouch, TouchChanges, TouchInput, TouchPatch};
use super::touches::{self, TouchAnswer};
use super::view::{self, ProspectFile, ProspectItem, ProspectView};
use super::{change, create as verbs};
use crate::db::Id;
use crate::error::Result;
use crate::web::api::Problem;
use crate::web::pagination::List;
use crate::web::{Body, Here, Query, created, if_match, json};

/// The answer with the version as its `ETag`.
fn with_version(version: i32, body: impl serde::Serialize) -> HttpResponse {
    HttpResponse::Ok().insert_header((header::ETAG, format!("\"{version}\""))).json(body)
}

/// The version that a change is meant for.
fn asked_version(req: &HttpRequest) -> Result<Option<i32>> {
    list::if_match(if_match::text(req)?)
}

/// `POST /api/v1/prospects`: takes a prospect in. Keyed: the client makes the id.
///
/// # Errors
/// 403, 404 (`outlet_id`), 409 `id_taken`, 410, 422, 429.
#[utoipa::path(post, path = "/api/v1/prospects", tag = "prospects", request_body = ProspectInput,
    responses((status = 201, body = ProspectView), (status = 200, body = ProspectView, description = "Sent before with the same body: the first answer"),
        (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem),
        (status = 410, body = Problem), (status = 422, body = Problem), (status = 429, body = Problem)))]
pub async fn create(here: Here, body: Body<ProspectInput>) -> Result<HttpResponse> {
    let caller = here.caller();
    let new = NewProspect::parse(&body.0, caller.now)?;
    let keys = here.app.keys.clone();
    let answer = here.app.db.write_again(&[], move |conn| verbs::create(conn, &keys, &caller, &new)).await?;
    Ok(created(&answer))
}

/// `GET /api/v1/prospects`: those in reach, the latest met first.
///
/// # Errors
/// 422 for a filter that is none.
#[utoipa::path(get, path = "/api/v1/prospects", tag = "prospects", params(ListQuery),
    responses((status = 200, body = List<ProspectItem>), (status = 401, body = Problem), (status = 422, body = Problem)))]
pub async fn index(here: Here, query: Query<ListQuery>) -> Result<HttpResponse> {
    let (filter, part) = query.0.parse()?;
    let (caller, keys) = (here.caller(), here.app.keys.clone());
    Ok(json(here.app.db.read(move |conn| list::list(conn, &keys, &caller, &filter, &part)).await?))
}

/// `GET /api/v1/prospects/{id}`: one in reach with its history.
///
/// # Errors
/// 404, 410.
#[utoipa::path(get, path = "/api/v1/prospects/{id}", tag = "prospects", params(("id" = Id, Path)),
    responses((status = 200, body = ProspectFile), (status = 401, body = Problem), (status = 404, body = Problem), (status = 410, body = Problem)))]
pub async fn show(here: Here, id: Path<Id>) -> Result<HttpResponse> {
    let (caller, keys, id) = (here.caller(), here.app.keys.clone(), id.into_inner());
    let file = here.app.db.read(move |conn| view::file(conn, &keys, &caller, id)).await?;
    Ok(with_version(file.view.item.version, file))
}

/// `PATCH /api/v1/prospects/{id}`: an absent field stays, null empties it; `consent: null` withdraws it.
///
/// # Errors
/// 400, 403, 404, 410, 412, 422, 429.
#[utoipa::path(patch, path = "/api/v1/prospects/{id}", tag = "prospects", request_body = ProspectPatch,
    params(("id" = Id, Path), ("If-Match" = Option<String>, Header, description = "The ETag of the version that is meant")),
    responses((status = 200, body = ProspectView), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 410, body = Problem), (status = 412, body = Problem), (status = 422, body = Problem), (status = 429, body = Problem)))]
pub async fn update(here: Here, id: Path<Id>, body: Body<ProspectPatch>) -> Result<HttpResponse> {
    let (caller, keys, id) = (here.caller(), here.app.keys.clone(), id.into_inner());
    let changes = Changes::parse(&body.0, caller.now)?;
    let version = asked_version(&here.req)?;
    let view = here.app.db.write(move |conn| change::change(conn, &keys, &caller, id, &changes, version)).await?;
    Ok(with_version(view.item.version, view))
}

/// `POST /api/v1/prospects/search`: within reach, by name or mobile; names and numbers never stand in an address.
///
/// # Errors
/// 422, 429.
#[utoipa::path(post, path = "/api/v1/prospects/search", tag = "prospects", request_body = SearchInput,
    responses((status = 200, body = Found), (status = 401, body = Problem), (status = 422, body = Problem), (status = 429, body = Problem)))]
pub async fn search(here: Here, body: Body<SearchInput>) -> Result<HttpResponse> {
    let search = Search::parse(&body.0)?;
    let (caller, keys) = (here.caller(), here.app.keys.clone());
    Ok(json(here.app.db.write(move |conn| list::search(conn, &keys, &caller, &search)).await?))
}

/// `POST /api/v1/prospects/{id}/touches`: writes a touch down. Keyed: the client makes the id.
///
/// # Errors
/// 403, 404, 409 `id_taken`, 410, 422.
#[utoipa::path(post, path = "/api/v1/prospects/{id}/touches", tag = "prospects", request_body = TouchInput, params(("id" = Id, Path)),
    responses((status = 201, body = TouchAnswer), (status = 200, body = TouchAnswer, description = "Sent before with the same body: the first answer"),
        (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem),
        (status = 410, body = Problem), (status = 422, body = Problem)))]
pub async fn add_touch(here: Here, id: Path<Id>, body: Body<TouchInput>) -> Result<HttpResponse> {
    let caller = here.caller();
    let new = NewTouch::parse(id.into_inner(), &body.0, caller.now)?;
    let keys = here.app.keys.clone();
    let answer = here.app.db.write(move |conn| touches::add(conn, &keys, &caller, &new)).await?;
    Ok(created(&answer))
}

/// `PATCH /api/v1/prospects/{id}/touches/{touch_id}`: by its author, on the local day it was written down.
///
/// # Errors
/// 403, 404, 409 `day_over`, 410, 422.
#[utoipa::path(patch, path = "/api/v1/prospects/{id}/touches/{touch_id}", tag = "prospects", request_body = TouchPatch,
    params(("id" = Id, Path), ("touch_id" = Id, Path)),
    responses((status = 200, body = TouchAnswer), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 410, body = Problem), (status = 422, body = Problem)))]
pub async fn update_touch(here: Here, path: Path<(Id, Id)>, body: Body<TouchPatch>) -> Result<HttpResponse> {
    let ((id, touch), caller) = (path.into_inner(), here.caller());
    let changes = TouchChanges::parse(&body.0, caller.now)?;
    Ok(json(here.app.db.write(move |conn| touches::change(conn, &caller, id, touch, &changes)).await?))
}

/// `DELETE /api/v1/prospects/{id}/touches/{touch_id}`: withdraws it, by its author, on the local day it was written down.
///
/// # Errors
/// 403, 404, 409 `day_over`, 410.
#[utoipa::path(delete, path = "/api/v1/prospects/{id}/touches/{touch_id}", tag = "prospects", params(("id" = Id, Path), ("touch_id" = Id, Path)),
    responses((status = 200, body = TouchAnswer), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 410, body = Problem)))]
pub async fn withdraw_touch(here: Here, path: Path<(Id, Id)>) -> Result<HttpResponse> {
    let ((id, touch), caller) = (path.into_inner(), here.caller());
    Ok(json(here.app.db.write(move |conn| touches::withdraw(conn, &caller, id, touch)).await?))
}

/// `POST /api/v1/prospects/{id}/stage`: moves the stage; the same again changes nothing.
///
/// # Errors
/// 403, 404, 409 `stage_not_allowed`, 410, 422.
#[utoipa::path(post, path = "/api/v1/prospects/{id}/stage", tag = "prospects", request_body = StageInput, params(("id" = Id, Path)),
    responses((status = 200, body = ProspectView), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 410, body = Problem), (status = 422, body = Problem)))]
pub async fn stage(here: Here, id: Path<Id>, body: Body<StageInput>) -> Result<HttpResponse> {
    let wanted = StageMove::parse(&body.0)?;
    let (caller, keys, id) = (here.caller(), here.app.keys.clone(), id.into_inner());
    let view = here.app.db.write(move |conn| move_stage::move_stage(conn, &keys, &caller, id, &wanted)).await?;
    Ok(with_version(view.item.version, view))
}
