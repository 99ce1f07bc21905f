//! The page and the call of the export.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use serde::Deserialize;

use super::begin;
use super::input::ExportInput;
use crate::error::{Error, FieldError, Result};
use crate::people::Reach;
use crate::people::store;
use crate::t;
use crate::templates::prospects::{ExportView, export as export_page};
use crate::web::api::Problem;
use crate::web::{Body, Form, Here, Page, refused};

/// `GET /prospects/export`
///
/// # Errors
/// What the database says.
pub async fn show(here: Here) -> Result<HttpResponse> {
    form(&here, &ExportInput::default(), &[], StatusCode::OK).await
}

async fn form(here: &Here, typed: &ExportInput, faults: &[FieldError], status: StatusCode) -> Result<HttpResponse> {
    let lang = here.lang();
    let branches = here.app.db.read(|conn| store::branches_in_reach(conn, Reach::All)).await?;
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let view = ExportView {
        csrf: here.csrf().to_owned(),
        branches: branches.into_iter().map(|branch| (branch.code, branch.name)).collect(),
        branch: text(&typed.branch),
        from: text(&typed.from),
        to: text(&typed.to),
        format: typed.format.clone().unwrap_or_else(|| "xlsx".into()),
        mobiles: typed.mobiles.unwrap_or(false),
        reason: text(&typed.reason),
        problems: refused::by_field(lang, faults),
    };
    Ok(Page::new(t!(lang, "export-title"), export_page(lang, &view)).status(status).answer(here))
}

/// The posted form.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Posted {
    branch: Option<String>,
    from: Option<String>,
    to: Option<String>,
    format: Option<String>,
    mobiles: Option<String>,
    reason: Option<String>,
}

/// `POST /prospects/export`
///
/// # Errors
/// A refused form is shown again.
pub async fn post(here: Here, form_sent: Form<Posted>) -> Result<HttpResponse> {
    let Posted { branch, from, to, format, mobiles, reason } = form_sent.fields;
    let mobiles = mobiles.is_some_and(|ticked| !ticked.is_empty());
    let input = ExportInput { branch, from, to, format, mark: None, mobiles: Some(mobiles), reason };
    match answer(&here, input.clone()).await {
        Err(Error::Invalid(faults)) => form(&here, &input, &faults, StatusCode::UNPROCESSABLE_ENTITY).await,
        answered => answered,
    }
}

async fn answer(here: &Here, input: ExportInput) -> Result<HttpResponse> {
    let wanted = here.app.db.read(move |conn| input.parse(conn)).await?;
    begin(here.app.clone().into_inner(), here.caller(), here.lang(), wanted).await
}

/// `POST /api/v1/prospect-exports`: the prospects as a file, written while they are read. It is put on record; nothing is kept.
///
/// # Errors
/// 403 for others than admins; 422 by field.
#[utoipa::path(post, path = "/api/v1/prospect-exports", tag = "prospects", request_body = ExportInput,
    responses((status = 200, description = "The file", content((Vec<u8> = "text/csv"), (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"))),
        (status = 401, body = Problem), (status = 403, body = Problem), (status = 422, body = Problem)))]
pub async fn create(here: Here, body: Body<ExportInput>) -> Result<HttpResponse> {
    body.0.as_said()?;
    answer(&here, body.0).await
}
