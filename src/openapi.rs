//! The OpenAPI 3.1 document, made from the handlers' own annotations. A test compares it with the table of routes.

use actix_web::HttpResponse;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

use crate::error::Result;
use crate::web::json;
use crate::{attendance, followups, outlets, people, prospects};

#[derive(OpenApi)]
#[openapi(
    info(title = "Bankside", description = "The bank channel of a securities brokerage. Errors are problem documents (RFC 9457)."),
    paths(
        serve,
        people::api::create_session,
        people::api::end_session,
        people::api::me,
        outlets::api::list,
        outlets::api::create,
        outlets::api::show,
        outlets::api::change,
        attendance::api::create_checkin,
        attendance::api::list_checkins,
        attendance::api::review_checkin,
        attendance::api::create_shift,
        attendance::api::list_shifts,
        attendance::api::delete_shift,
        people::api::users::list,
        people::api::users::create,
        people::api::users::one,
        people::api::users::change,
        followups::api::list,
        followups::api::create_waiver,
        prospects::care_api::create_handover,
        prospects::care_api::merge,
        prospects::care_api::reveal,
        prospects::care_api::export_person,
        prospects::care_api::erase,
        prospects::api::create,
        prospects::api::index,
        prospects::api::search,
        prospects::api::show,
        prospects::api::update,
        prospects::api::add_touch,
        prospects::api::update_touch,
        prospects::api::withdraw_touch,
        prospects::api::stage,
    ),
    components(schemas(crate::web::api::Problem)),
    modifiers(&Bearer),
    security(("bearer" = []))
)]
struct Document;

/// How a caller shows who they are.
struct Bearer;

impl Modify for Bearer {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let scheme = SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build());
        document.components.get_or_insert_with(Default::default).add_security_scheme("bearer", scheme);
    }
}

/// The document.
pub fn document() -> utoipa::openapi::OpenApi {
    Document::openapi()
}

/// `GET /api/v1/openapi.json`
///
/// # Errors
/// None of its own.
#[utoipa::path(get, path = "/api/v1/openapi.json", tag = "program", security(()), responses((status = 200, description = "This document", body = serde_json::Value)))]
pub async fn serve() -> Result<HttpResponse> {
    Ok(json(document()))
}
