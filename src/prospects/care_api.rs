//! The API of what happens to prospects beyond daily work: hand-over, merging, reveals, and people's requests about their data.

use actix_web::{HttpResponse, web};

use super::erasure::{self, ErasureView};
use super::handover::{self, HandoverInput, HandoverView};
use super::merging::{self, MergeInput, MergeView};
use super::person::PersonInput;
use super::person_export::{self, PersonExport};
use super::reveal::{self, RevealInput, RevealView};
use crate::db::Id;
use crate::error::{Error, Result};
use crate::followups::waivers::reason;
use crate::requests;
use crate::web::api::Problem;
use crate::web::{Body, Here, created, json};

/// `POST /api/v1/handovers`
///
/// # Errors
/// 403 without a branch; 404 where a broker or a prospect is out of reach; 409 `id_taken`; 422 by field.
#[utoipa::path(post, path = "/api/v1/handovers", tag = "prospects", request_body = HandoverInput,
    responses((status = 201, body = HandoverView), (status = 200, body = HandoverView, description = "Sent again: the first answer"),
        (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem),
        (status = 422, body = Problem)))]
pub async fn create_handover(here: Here, body: Body<HandoverInput>) -> Result<HttpResponse> {
    let id = body.0.id;
    let new = body.0.parse()?;
    let (caller, keys) = (here.caller(), here.app.keys.clone());
    let answer = here
        .app
        .db
        .write(move |conn| {
            requests::once(conn, &keys, &caller, "handover", id, &new, |conn| {
                handover::hand_over(conn, &caller, id, &new)
            })
        })
        .await?;
    Ok(created(&answer))
}

/// `POST /api/v1/prospects/{id}/merges`: another record of the same person goes into this one.
///
/// # Errors
/// 403; 404 where one is out of reach; 409 `merge_lost`; 422.
#[utoipa::path(post, path = "/api/v1/prospects/{id}/merges", tag = "prospects", request_body = MergeInput,
    params(("id" = Id, Path, description = "The record that stays")),
    responses((status = 200, body = MergeView), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub async fn merge(here: Here, id: web::Path<Id>, body: Body<MergeInput>) -> Result<HttpResponse> {
    let (caller, survivor, other) = (here.caller(), id.into_inner(), body.0.other_id);
    Ok(json(here.app.db.write(move |conn| merging::merge(conn, &caller, survivor, other)).await?))
}

/// `POST /api/v1/prospects/{id}/reveals`: the mobile number, with a reason on record.
///
/// # Errors
/// 403 for all but admins; 404; 410 for an erased person; 422.
#[utoipa::path(post, path = "/api/v1/prospects/{id}/reveals", tag = "prospects", request_body = RevealInput,
    params(("id" = Id, Path, description = "The prospect")),
    responses((status = 200, body = RevealView), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 410, body = Problem), (status = 422, body = Problem)))]
pub async fn reveal(here: Here, id: web::Path<Id>, body: Body<RevealInput>) -> Result<HttpResponse> {
    let reason = reason(&body.0.reason).map_err(|code| Error::field("reason", code))?;
    let (caller, keys, id) = (here.caller(), here.app.keys.clone(), id.into_inner());
    Ok(json(here.app.db.write(move |conn| reveal::reveal(conn, &keys, &caller, id, &reason)).await?))
}

/// `POST /api/v1/person-exports`: all that is held on a person.
///
/// # Errors
/// 403 for all but admins; 404 and 410 for a record that is not there any more; 422.
#[utoipa::path(post, path = "/api/v1/person-exports", tag = "prospects", request_body = PersonInput,
    responses((status = 200, body = PersonExport), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 410, body = Problem), (status = 422, body = Problem)))]
pub async fn export_person(here: Here, body: Body<PersonInput>) -> Result<HttpResponse> {
    let wanted = body.0.parse()?;
    let (caller, keys) = (here.caller(), here.app.keys.clone());
    Ok(json(here.app.db.write(move |conn| person_export::export(conn, &keys, &caller, &wanted)).await?))
}

/// `POST /api/v1/erasures`: erases a person from all branches.
///
/// # Errors
/// 403 for all but admins; 404 for a record that never was; 422.
#[utoipa::path(post, path = "/api/v1/erasures", tag = "prospects", request_body = PersonInput,
    responses((status = 200, body = ErasureView), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 422, body = Problem)))]
pub async fn erase(here: Here, body: Body<PersonInput>) -> Result<HttpResponse> {
    let wanted = body.0.parse()?;
    let (caller, keys) = (here.caller(), here.app.keys.clone());
    let erased = here.app.db.write(move |conn| erasure::erase(conn, &keys, &caller, &wanted)).await?;
    keep_outside(&here, &erased).await?;
    Ok(json(erased))
}

/// The erasure stands even where the note beside the database does not: a job makes up for it.
///
/// # Errors
/// When the thread for it is not to be had.
pub async fn keep_outside(here: &Here, erased: &ErasureView) -> Result<()> {
    let (app, ids) = (here.app.clone(), erased.prospect_ids.clone());
    let noted = web::block(move || erasure::note_outside(&app.settings.var, &ids)).await.map_err(Error::internal)?;
    if let Err(error) = noted {
        tracing::error!(%error, ids = ?erased.prospect_ids, "an erasure could not be noted outside the database yet");
    }
    Ok(())
}
