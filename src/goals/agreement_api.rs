//! The API of agreements, their entries and misses, and of the links that partners at the bank have.

use actix_web::HttpResponse;
use actix_web::web::Path;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::agreements::{self, AgreementInput, NewAgreement, Written};
use super::balance::{self, AgreementView};
use super::entries::{self, Entry, EntryInput, NewEntry};
use super::misses::{self, ExplanationInput, Miss};
use super::{partner, settings};
use crate::attendance::filter::date;
use crate::attendance::now::choose;
use crate::db::{At, Conn, Id};
use crate::error::{Faults, FieldError, Result};
use crate::requests::Answer;
use crate::web::api::Problem;
use crate::web::pagination::{List, Part};
use crate::web::{Body, Here, Query, created, json};

/// Which agreements.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AgreementsQuery {
    /// The branch's code; the first in reach where it is absent.
    branch: Option<String>,
    /// Of periods that end on this day or later.
    #[param(value_type = Option<chrono::NaiveDate>)]
    from: Option<String>,
    /// Of periods that begin on this day or earlier.
    #[param(value_type = Option<chrono::NaiveDate>)]
    to: Option<String>,
    /// Only with this outlet.
    outlet_id: Option<Id>,
    /// How many at most.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<i64>,
    /// The `next_cursor` of the answer before.
    cursor: Option<String>,
}

/// `GET /api/v1/agreements`
///
/// # Errors
/// 404 for a branch out of reach; 422 by parameter.
#[utoipa::path(get, path = "/api/v1/agreements", tag = "goals", params(AgreementsQuery),
    responses(
        (status = 200, description = "Those of a branch, by the last day of their period", body = List<AgreementView>),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
pub async fn list(here: Here, query: Query<AgreementsQuery>) -> Result<HttpResponse> {
    let (user, now, query) = (here.user()?.clone(), here.app.clock.now(), query.0);
    let mut faults = Faults::new();
    let from = query.from.as_deref().and_then(|given| faults.take("from", date(given)));
    let to = query.to.as_deref().and_then(|given| faults.take("to", date(given)));
    if let (Some(from), Some(to)) = (from, to)
        && from > to
    {
        faults.push(FieldError::new("to", "from_after_to"));
    }
    faults.check()?;
    let part = Part::parse(query.limit, query.cursor.as_deref())?;
    let read = move |conn: &mut Conn| {
        let branch = choose(conn, &user, query.branch.as_deref())?.chosen;
        let rows = agreements::list(conn, branch.id, (from, to), query.outlet_id, &part)?;
        let items = balance::views(conn, &branch, rows.items, now)?;
        Ok(List { items, next_cursor: rows.next_cursor })
    };
    Ok(json(here.app.db.read(read).await?))
}

/// `POST /api/v1/agreements`
///
/// # Errors
/// 404 naming `outlet_id` or `bank`; 409 `agreement_exists`, `id_taken`; 422 by field.
#[utoipa::path(post, path = "/api/v1/agreements", tag = "goals", request_body = AgreementInput,
    responses(
        (status = 201, description = "Written down", body = Written),
        (status = 200, description = "Written down before: the first answer", body = Written),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`outlet_id` or `bank` is not there or out of reach", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`agreement_exists`, `id_taken`", body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
pub async fn create(here: Here, body: Body<AgreementInput>) -> Result<HttpResponse> {
    settings::desk(here.user()?)?;
    let new = NewAgreement::parse(&body.0)?;
    let (caller, keys) = (here.caller(), here.app.keys.clone());
    Ok(created(&here.app.db.write(move |conn| agreements::create(conn, &keys, &caller, &new)).await?))
}

/// `GET /api/v1/agreements/{id}`
///
/// # Errors
/// 404 out of reach.
#[utoipa::path(get, path = "/api/v1/agreements/{id}", tag = "goals", params(("id" = Id, Path, description = "The agreement")),
    responses(
        (status = 200, description = "With its promises against the time, and what was missed", body = AgreementView),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json")))]
pub async fn show(here: Here, id: Path<Id>) -> Result<HttpResponse> {
    let (reach, now, id) = (here.user()?.reach(), here.app.clock.now(), id.into_inner());
    Ok(json(here.app.db.read(move |conn| balance::view(conn, reach, id, now)).await?))
}

/// `POST /api/v1/agreements/{id}/end`
///
/// # Errors
/// 404 out of reach.
#[utoipa::path(post, path = "/api/v1/agreements/{id}/end", tag = "goals", params(("id" = Id, Path, description = "The agreement")),
    responses(
        (status = 204, description = "Ended before its time, now or earlier"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json")))]
pub async fn end(here: Here, id: Path<Id>) -> Result<HttpResponse> {
    let (caller, id) = (here.caller(), id.into_inner());
    here.app.db.write(move |conn| agreements::end(conn, &caller, id)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Which part of the entries.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct EntriesQuery {
    /// How many at most.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<i64>,
    /// The `next_cursor` of the answer before.
    cursor: Option<String>,
}

/// `GET /api/v1/agreements/{id}/entries`
///
/// # Errors
/// 404 out of reach; 422 by parameter.
#[utoipa::path(get, path = "/api/v1/agreements/{id}/entries", tag = "goals", params(("id" = Id, Path, description = "The agreement"), EntriesQuery),
    responses(
        (status = 200, description = "The latest written down first", body = List<Entry>),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
pub async fn list_entries(here: Here, id: Path<Id>, query: Query<EntriesQuery>) -> Result<HttpResponse> {
    let (reach, id) = (here.user()?.reach(), id.into_inner());
    let part = Part::parse(query.0.limit, query.0.cursor.as_deref())?;
    Ok(json(here.app.db.read(move |conn| entries::list(conn, reach, id, &part)).await?))
}

/// `POST /api/v1/agreements/{id}/entries`
///
/// # Errors
/// 404 out of reach, or naming `line_id` or `corrects_id`; 409 with its code; 422 by field.
#[utoipa::path(post, path = "/api/v1/agreements/{id}/entries", tag = "goals", request_body = EntryInput,
    params(("id" = Id, Path, description = "The agreement")),
    responses(
        (status = 201, description = "Written down", body = Entry),
        (status = 200, description = "Written down before: the first answer", body = Entry),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`line_is_counted`, `entry_corrected`, `entry_is_correction`, `agreement_ended`, `id_taken`", body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
pub async fn add_entry(here: Here, id: Path<Id>, body: Body<EntryInput>) -> Result<HttpResponse> {
    let new = NewEntry::parse(&body.0)?;
    let (caller, keys, id) = (here.caller(), here.app.keys.clone(), id.into_inner());
    Ok(created(&here.app.db.write(move |conn| entries::add(conn, &keys, &caller, id, &new)).await?))
}

/// `POST /api/v1/agreements/{id}/misses/{miss}/explanation`
///
/// # Errors
/// 404 out of reach; 409 `already_explained`; 422 by field.
#[utoipa::path(post, path = "/api/v1/agreements/{id}/misses/{miss}/explanation", tag = "goals", request_body = ExplanationInput,
    params(("id" = Id, Path, description = "The agreement"), ("miss" = Id, Path, description = "What was missed")),
    responses(
        (status = 200, description = "Explained; the same words again change nothing", body = Miss),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`already_explained`", body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
pub async fn explain(here: Here, ids: Path<(Id, Id)>, body: Body<ExplanationInput>) -> Result<HttpResponse> {
    let (caller, (id, miss)) = (here.caller(), ids.into_inner());
    Ok(json(here.app.db.write(move |conn| misses::explain(conn, &caller, id, miss, &body.0)).await?))
}

/// A partner's link, without its secret.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PartnerLink {
    /// Its id.
    id: Id,
    /// When it was made.
    created_at: At,
    /// Until when it works.
    expires_at: At,
    /// When somebody last read it, to the hour.
    read_at: Option<At>,
}

impl From<partner::Link> for PartnerLink {
    fn from(link: partner::Link) -> PartnerLink {
        let partner::Link { id, created_at, expires_at, read_at } = link;
        PartnerLink { id, created_at, expires_at, read_at }
    }
}

/// `GET /api/v1/outlets/{id}/partner-links`
///
/// # Errors
/// 404 out of reach; 403 for who is not the desk of its branch.
#[utoipa::path(get, path = "/api/v1/outlets/{id}/partner-links", tag = "goals", params(("id" = Id, Path, description = "The outlet")),
    responses(
        (status = 200, description = "Those that work, the newest first", body = List<PartnerLink>),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json")))]
pub async fn list_links(here: Here, id: Path<Id>) -> Result<HttpResponse> {
    let (caller, id) = (here.caller(), id.into_inner());
    let (.., links) = here.app.db.read(move |conn| partner::list(conn, &caller, id)).await?;
    let items: Vec<PartnerLink> = links.into_iter().map(PartnerLink::from).collect();
    Ok(json(List { items, next_cursor: None }))
}

/// A new link.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LinkInput {
    /// Made by the client; sent again with the same body the first answer comes back.
    #[schema(required, value_type = Id)]
    id: Option<Id>,
    /// How many days it works: 30, 90, 180 or 365.
    #[schema(required, value_type = i64)]
    days: Option<i64>,
}

/// A link that was just made.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct NewLink {
    /// Its id.
    id: Id,
    /// Its address, shown only now.
    url: String,
    /// Until when it works.
    expires_at: At,
}

/// `POST /api/v1/outlets/{id}/partner-links`
///
/// # Errors
/// 404 out of reach; 409 `too_many_links`, `id_taken`; 410 for one that ended; 422 by field.
#[utoipa::path(post, path = "/api/v1/outlets/{id}/partner-links", tag = "goals", request_body = LinkInput,
    params(("id" = Id, Path, description = "The outlet")),
    responses(
        (status = 201, description = "Made", body = NewLink),
        (status = 200, description = "Made before: the first answer", body = NewLink),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`too_many_links`, `id_taken`", body = Problem, content_type = "application/problem+json"),
        (status = 410, description = "Ended since", body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
pub async fn create_link(here: Here, outlet: Path<Id>, body: Body<LinkInput>) -> Result<HttpResponse> {
    let mut faults = Faults::new();
    let id = faults.take("id", body.0.id.ok_or("required"));
    let days = faults.take("days", body.0.days.ok_or("required"));
    let (Some(id), Some(days)) = (id, days) else { return Err(faults.into_error()) };
    let (caller, keys, outlet) = (here.caller(), here.app.keys.clone(), outlet.into_inner());
    let write = move |conn: &mut Conn| partner::create(conn, &keys, &caller, outlet, id, days);
    let (secret, link, made) = here.app.db.write(write).await?;
    let url = format!("{}/partners/{secret}", here.app.settings.base_url);
    Ok(created(&Answer { body: NewLink { id: link.id, url, expires_at: link.expires_at }, made }))
}

/// `DELETE /api/v1/outlets/{id}/partner-links/{link}`
///
/// # Errors
/// 404 out of reach, or for a link that ended before.
#[utoipa::path(delete, path = "/api/v1/outlets/{id}/partner-links/{link}", tag = "goals",
    params(("id" = Id, Path, description = "The outlet"), ("link" = Id, Path, description = "The link")),
    responses(
        (status = 204, description = "It works no more"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json")))]
pub async fn end_link(here: Here, ids: Path<(Id, Id)>) -> Result<HttpResponse> {
    let (caller, (outlet, id)) = (here.caller(), ids.into_inner());
    here.app.db.write(move |conn| partner::revoke(conn, &caller, outlet, id)).await?;
    Ok(HttpResponse::NoContent().finish())
}
