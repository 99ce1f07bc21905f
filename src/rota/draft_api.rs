//! The API of drafts: begin, list, show, put people's days, undo, copy a week, compare, publish, give up.

use actix_web::HttpResponse;
use actix_web::http::{StatusCode, header};
use actix_web::web::Path;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::drafts::{self, Draft, DraftInput, NewDraft};
use super::draw::{self, Copied, Drawn, Way};
use super::edits::{self, Edit, EditInput, LARGEST, Outcome, Trouble};
use super::posts::{self, Difference, Place};
use super::publish::{self, Comparison, Publication};
use super::rules::{Book, Scope};
use crate::attendance::filter::date;
use crate::db::{At, Id};
use crate::error::{Error, Faults, Result};
use crate::web::api::{Problem, document};
use crate::web::pagination::{List, Part};
use crate::web::{Body, Here, Query, created, json};

/// A problem document that says of which days.
#[derive(Debug, Serialize, ToSchema)]
pub struct Refusal {
    /// The problem: the code is that of the first day.
    #[serde(flatten)]
    pub problem: Problem,
    /// Each day that is in the way, at most 50; absent where it is about the whole.
    #[schema(required = false)]
    pub cells: Vec<Trouble>,
}

/// 409 with what is in the way.
fn refused(here: &Here, cells: Vec<Trouble>) -> Result<HttpResponse> {
    let error = cells.first().map_or(Error::Conflict("cell_changed"), Trouble::error);
    let refusal = Refusal { problem: document(&here.found, &error), cells };
    let body = serde_json::to_vec(&refusal).map_err(Error::internal)?;
    Ok(HttpResponse::build(StatusCode::CONFLICT)
        .insert_header((header::CONTENT_TYPE, "application/problem+json"))
        .body(body))
}

fn answer<T: Serialize>(here: &Here, outcome: Outcome<T>) -> Result<HttpResponse> {
    match outcome {
        Outcome::Done(done) => Ok(json(done)),
        Outcome::Refused(cells) => refused(here, cells),
    }
}

/// `POST /api/v1/rota-drafts`
///
/// # Errors
/// 409 `draft_overlaps`, `id_taken`; 422 by field.
#[utoipa::path(post, path = "/api/v1/rota-drafts", tag = "rota", request_body = DraftInput,
    responses(
        (status = 201, description = "Begun: it holds what stands until it is changed", body = Draft),
        (status = 200, description = "Begun before: the first answer", body = Draft),
        (status = 403, description = "The caller answers for no branch", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`draft_overlaps`, `id_taken`", body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
pub async fn create(here: Here, body: Body<DraftInput>) -> Result<HttpResponse> {
    here.user()?.own_branch()?;
    let new = NewDraft::parse(&body.0)?;
    let (caller, keys) = (here.caller(), here.app.keys.clone());
    let answer = here.app.db.write(move |conn| drafts::create(conn, &keys, &caller, &new)).await?;
    Ok(created(&answer))
}

/// Which part of the list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PartInput {
    /// How many at most.
    #[param(minimum = 1, maximum = 500)]
    pub limit: Option<i64>,
    /// The `next_cursor` of the answer before.
    pub cursor: Option<String>,
}

/// `GET /api/v1/rota-drafts`
///
/// # Errors
/// 422 by parameter.
#[utoipa::path(get, path = "/api/v1/rota-drafts", tag = "rota", params(PartInput),
    responses(
        (status = 200, description = "The latest first", body = List<Draft>),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
pub async fn list(here: Here, part: Query<PartInput>) -> Result<HttpResponse> {
    let part = Part::parse(part.0.limit, part.0.cursor.as_deref())?;
    let reach = here.user()?.reach();
    Ok(json(here.app.db.read(move |conn| drafts::list(conn, reach, &part)).await?))
}

/// `GET /api/v1/rota-drafts/{id}`
///
/// # Errors
/// 404 out of reach.
#[utoipa::path(get, path = "/api/v1/rota-drafts/{id}", tag = "rota", params(("id" = Id, Path, description = "The draft")),
    responses(
        (status = 200, description = "The draft", body = Draft),
        (status = 404, body = Problem, content_type = "application/problem+json")))]
pub async fn show(here: Here, id: Path<Id>) -> Result<HttpResponse> {
    let (user, id) = (here.user()?.clone(), id.into_inner());
    Ok(json(here.app.db.read(move |conn| drafts::find(conn, &user, id)).await?))
}

/// Somebody's day in a draft.
#[derive(Debug, Serialize, ToSchema)]
pub struct DraftCell {
    /// Whose day.
    pub broker_id: Id,
    /// Which local date.
    pub date: NaiveDate,
    /// Where.
    pub outlet_id: Id,
    /// From when; null: by the outlet's hours.
    pub starts_at: Option<At>,
    /// Until when; null: by the outlet's hours.
    pub ends_at: Option<At>,
}

/// What a draft comes to.
#[derive(Debug, Serialize, ToSchema)]
pub struct DraftCells {
    /// The draft's version that this is.
    pub version: i32,
    /// Everybody's days, by person and date: what stands, with the draft laid over it.
    pub items: Vec<DraftCell>,
}

/// `GET /api/v1/rota-drafts/{id}/cells`
///
/// # Errors
/// 404 out of reach.
#[utoipa::path(get, path = "/api/v1/rota-drafts/{id}/cells", tag = "rota", params(("id" = Id, Path, description = "The draft")),
    responses(
        (status = 200, description = "What the draft comes to", body = DraftCells),
        (status = 404, body = Problem, content_type = "application/problem+json")))]
pub async fn cells(here: Here, id: Path<Id>) -> Result<HttpResponse> {
    let (user, id) = (here.user()?.clone(), id.into_inner());
    let read = here.app.db.read(move |conn| {
        let draft = drafts::find(conn, &user, id)?;
        let scope = Scope { history: false, ..Scope::all(draft.from, draft.to) };
        let book = Book::of(conn, draft.branch_id, &scope)?;
        let all = posts::laid_over(&edits::standing(&book), &posts::wanted(&drafts::steps(conn, id)?));
        let cell = |((broker_id, date), post): (Place, posts::Post)| DraftCell {
            broker_id,
            date,
            outlet_id: post.outlet_id,
            starts_at: post.starts_at,
            ends_at: post.ends_at,
        };
        Ok(DraftCells { version: draft.version, items: all.into_iter().map(cell).collect() })
    });
    Ok(json(read.await?))
}

/// People's days to be put into a draft.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EditsInput {
    /// At most 5,000, each day of a person once; all of them are made, or none.
    #[serde(default)]
    #[schema(required)]
    pub changes: Vec<EditInput>,
}

/// `PUT /api/v1/rota-drafts/{id}/cells`
///
/// # Errors
/// 404 out of reach; 409 with the days in the way; 422 by field.
#[utoipa::path(put, path = "/api/v1/rota-drafts/{id}/cells", tag = "rota", request_body = EditsInput, params(("id" = Id, Path, description = "The draft")),
    responses(
        (status = 200, description = "Put", body = Drawn),
        (status = 404, description = "The draft, or the `broker_id` or `outlet_id` of a day", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`cell_changed`, `draft_closed`, `has_checkins`, `no_certificate`, `on_leave`, `not_welcome`, `outlet_closed`; `cells` says where, and who changed what", body = Refusal, content_type = "application/problem+json"),
        (status = 413, description = "A body of more than 2,560,000 bytes", body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
pub async fn put(here: Here, id: Path<Id>, body: Body<EditsInput, LARGEST>) -> Result<HttpResponse> {
    here.user()?.own_branch()?;
    let edits = Edit::parse_all(&body.0.changes)?;
    let (caller, id) = (here.caller(), id.into_inner());
    let outcome = here.app.db.write(move |conn| draw::put(conn, &caller, id, &edits)).await?;
    answer(&here, outcome)
}

/// Which way.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StepInput {
    /// `undo` or `redo`.
    pub way: Way,
}

/// `POST /api/v1/rota-drafts/{id}/steps`
///
/// # Errors
/// 404 out of reach; 409 `nothing_to_undo`, `cell_changed`, `draft_closed`.
#[utoipa::path(post, path = "/api/v1/rota-drafts/{id}/steps", tag = "rota", request_body = StepInput, params(("id" = Id, Path, description = "The draft")),
    responses(
        (status = 200, description = "One's own last change is taken back, or put back", body = Drawn),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`nothing_to_undo`, `cell_changed` where a colleague changed the same day since, `draft_closed`", body = Refusal, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
pub async fn step(here: Here, id: Path<Id>, body: Body<StepInput>) -> Result<HttpResponse> {
    let (caller, id, way) = (here.caller(), id.into_inner(), body.0.way);
    let outcome = here.app.db.write(move |conn| draw::step(conn, &caller, id, way)).await?;
    answer(&here, outcome)
}

/// A week to be copied.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CopyInput {
    /// The first of the seven days to copy.
    #[schema(required, value_type = NaiveDate)]
    pub from: Option<String>,
    /// The first of the seven days to fill.
    #[schema(required, value_type = NaiveDate)]
    pub to: Option<String>,
}

/// What copying did.
#[derive(Debug, Serialize, ToSchema)]
pub struct CopyAnswer {
    /// The draft after it.
    pub draft: Draft,
    /// What it filled and left.
    #[serde(flatten)]
    pub copied: Copied,
}

/// `POST /api/v1/rota-drafts/{id}/copies`
///
/// # Errors
/// 404 out of reach; 409 `draft_closed`; 422 by field.
#[utoipa::path(post, path = "/api/v1/rota-drafts/{id}/copies", tag = "rota", request_body = CopyInput, params(("id" = Id, Path, description = "The draft")),
    responses(
        (status = 200, description = "Filled where people had nothing and no rule forbids it", body = CopyAnswer),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`draft_closed`", body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
pub async fn copy(here: Here, id: Path<Id>, body: Body<CopyInput>) -> Result<HttpResponse> {
    let mut faults = Faults::new();
    let mut day =
        |field: &str, given: &Option<String>| faults.take(field, given.as_deref().ok_or("required").and_then(date));
    let (from, to) = (day("from", &body.0.from), day("to", &body.0.to));
    let (Some(from), Some(to)) = (from, to) else { return Err(faults.into_error()) };
    draw::copyable(from, to)?;
    let (caller, id) = (here.caller(), id.into_inner());
    let (drawn, copied) = here.app.db.write(move |conn| draw::copy(conn, &caller, id, from, to)).await?;
    Ok(json(CopyAnswer { draft: drawn.draft, copied }))
}

/// What publishing would do to somebody's day.
#[derive(Debug, Serialize, ToSchema)]
pub struct DayDifference {
    /// Whose day.
    pub broker_id: Id,
    /// Which local date.
    pub date: NaiveDate,
    /// Where they stand; null: nowhere.
    pub old: Option<posts::Post>,
    /// Where they would stand; null: nowhere.
    pub new: Option<posts::Post>,
    /// What to know about it: `new_face`, `overstay`, `over_wanted`, `certificate_soon`.
    pub warnings: Vec<String>,
}

/// A draft beside what stands.
#[derive(Debug, Serialize, ToSchema)]
pub struct DraftChanges {
    /// The draft; publishing asks for its version.
    pub draft: Draft,
    /// What publishing would do.
    pub changes: Vec<DayDifference>,
    /// What it would leave as it stands, since somebody checked in for it.
    pub left_alone: Vec<DayDifference>,
    /// What a hard rule forbids: publishing is refused while there is any.
    pub blocking: Vec<Trouble>,
}

fn difference(comparison: &Comparison, (place, difference): &(Place, Difference)) -> DayDifference {
    let (old, new) = match difference {
        Difference::Added(new) => (None, Some(*new)),
        Difference::Moved(old, new) => (Some(*old), Some(*new)),
        Difference::Removed(old) => (Some(*old), None),
    };
    let warnings = comparison.warnings.iter().find(|(other, _)| other == place);
    let warnings = warnings.map(|(_, all)| all.iter().map(|w| w.as_str().to_owned()).collect()).unwrap_or_default();
    DayDifference { broker_id: place.0, date: place.1, old, new, warnings }
}

/// `GET /api/v1/rota-drafts/{id}/changes`
///
/// # Errors
/// 404 out of reach.
#[utoipa::path(get, path = "/api/v1/rota-drafts/{id}/changes", tag = "rota", params(("id" = Id, Path, description = "The draft")),
    responses(
        (status = 200, description = "What publishing would do", body = DraftChanges),
        (status = 404, body = Problem, content_type = "application/problem+json")))]
pub async fn changes(here: Here, id: Path<Id>) -> Result<HttpResponse> {
    let (user, id) = (here.user()?.clone(), id.into_inner());
    let (draft, _, found) = here.app.db.read(move |conn| publish::load(conn, &user, id)).await?;
    let all = |of: &[(Place, Difference)]| of.iter().map(|d| difference(&found, d)).collect();
    let (changes, left_alone) = (all(&found.differences), all(&found.left_alone));
    Ok(json(DraftChanges { draft, changes, left_alone, blocking: found.blocking }))
}

/// What is published.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PublicationInput {
    /// The draft's version as its publisher saw it.
    pub version: i32,
}

/// `POST /api/v1/rota-drafts/{id}/publication`
///
/// # Errors
/// 404 out of reach; 409 `draft_changed`, `draft_closed`, or the first blocking rule.
#[utoipa::path(post, path = "/api/v1/rota-drafts/{id}/publication", tag = "rota", request_body = PublicationInput, params(("id" = Id, Path, description = "The draft")),
    responses(
        (status = 200, description = "It stands, and whom it concerns goes one mail each", body = Publication),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`draft_changed` since that version, `draft_closed`; or a hard rule, with `cells`", body = Refusal, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
pub async fn publish(here: Here, id: Path<Id>, body: Body<PublicationInput>) -> Result<HttpResponse> {
    let (caller, post, id, version) = (here.caller(), here.app.post(), id.into_inner(), body.0.version);
    let outcome = here.app.db.write(move |conn| publish::publish(conn, &post, &caller, id, version)).await?;
    answer(&here, outcome)
}

/// `DELETE /api/v1/rota-drafts/{id}`
///
/// # Errors
/// 404 out of reach; 409 `draft_closed`.
#[utoipa::path(delete, path = "/api/v1/rota-drafts/{id}", tag = "rota", params(("id" = Id, Path, description = "The draft")),
    responses(
        (status = 204, description = "Given up; what stands stays"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`draft_closed`", body = Problem, content_type = "application/problem+json")))]
pub async fn discard(here: Here, id: Path<Id>) -> Result<HttpResponse> {
    let (caller, id) = (here.caller(), id.into_inner());
    here.app.db.write(move |conn| drafts::discard(conn, &caller, id)).await?;
    Ok(HttpResponse::NoContent().finish())
}
