//! The API of outlets.

use actix_web::http::header;
use actix_web::{HttpResponse, web::Path};

use super::input::{NewOutlet, OutletChange, OutletInput, OutletPatch};
use super::list::{self, OutletQuery};
use super::record;
use super::store::{self, Seen};
use super::view::{self, OutletView};
use crate::db::Id;
use crate::error::Result;
use crate::web::api::Problem;
use crate::web::pagination::List;
use crate::web::{Body, Here, Query, created, if_match, json};

/// `GET /api/v1/outlets`
///
/// # Errors
/// 422 for a wrong filter.
#[utoipa::path(get, path = "/api/v1/outlets", tag = "outlets", params(OutletQuery),
    responses((status = 200, body = List<OutletView>), (status = 401, body = Problem), (status = 422, body = Problem)))]
pub async fn list(here: Here, query: Query<OutletQuery>) -> Result<HttpResponse> {
    let reach = here.user()?.reach();
    let (wanted, part) = query.0.parse()?;
    let found = here.app.db.read(move |conn| list::list(conn, reach, &wanted, &part)).await?;
    Ok(json(found))
}

fn tagged(mut response: HttpResponse, version: i32) -> HttpResponse {
    if let Ok(tag) = header::HeaderValue::from_str(&format!("\"{version}\"")) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

/// `GET /api/v1/outlets/{id}`
///
/// # Errors
/// 404 out of reach.
#[utoipa::path(get, path = "/api/v1/outlets/{id}", tag = "outlets", params(("id" = Id, Path, description = "The outlet")),
    responses((status = 200, body = OutletView, headers(("ETag" = String, description = "The version, for `If-Match`"))),
        (status = 401, body = Problem), (status = 404, body = Problem)))]
pub async fn show(here: Here, id: Path<Id>) -> Result<HttpResponse> {
    let (reach, id) = (here.user()?.reach(), id.into_inner());
    let read = move |conn: &mut crate::db::Conn| {
        let outlet = record::find(conn, reach, id)?;
        let mut outlet = view::of_one(conn, &outlet)?;
        outlet.keep_from(reach);
        Ok(outlet)
    };
    let found = here.app.db.read(read).await?;
    let version = found.version;
    Ok(tagged(json(found), version))
}

/// `POST /api/v1/outlets`
///
/// # Errors
/// 403 for brokers and the head office, 404 for a parent or branch out of reach, 409 `id_taken`, 410, 422.
#[utoipa::path(post, path = "/api/v1/outlets", tag = "outlets", request_body = OutletInput,
    responses((status = 201, body = OutletView), (status = 200, body = OutletView, description = "Sent again: the first answer"),
        (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem),
        (status = 410, body = Problem), (status = 422, body = Problem)))]
pub async fn create(here: Here, body: Body<OutletInput>) -> Result<HttpResponse> {
    let new = NewOutlet::parse(&body.0)?;
    let (keys, caller) = (here.app.keys.clone(), here.caller());
    let answer = here.app.db.write(move |conn| store::create(conn, &keys, &caller, &new)).await?;
    let version = answer.body.version;
    let response = created(&answer);
    Ok(if answer.made { tagged(response, version) } else { response })
}

/// `PATCH /api/v1/outlets/{id}`
///
/// # Errors
/// 403, 404, 409 `phase_not_allowed`, 412 for a stale `If-Match`, 422.
#[utoipa::path(patch, path = "/api/v1/outlets/{id}", tag = "outlets", request_body = OutletPatch,
    params(("id" = Id, Path, description = "The outlet"), ("If-Match" = Option<String>, Header, description = "The `ETag` that was seen")),
    responses((status = 200, body = OutletView, headers(("ETag" = String, description = "The new version"))),
        (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem),
        (status = 412, body = Problem), (status = 422, body = Problem)))]
pub async fn change(here: Here, id: Path<Id>, body: Body<OutletPatch>) -> Result<HttpResponse> {
    let change = OutletChange::parse(&body.0)?;
    let seen = if_match::text(&here.req)?.map(Seen::parse);
    let (caller, id) = (here.caller(), id.into_inner());
    let changed = here.app.db.write(move |conn| store::change(conn, &caller, id, seen.as_ref(), &change)).await?;
    let version = changed.version;
    Ok(tagged(json(changed), version))
}
