//! The OpenAPI 3.1 document, made from the handlers' own annotations. A test compares it with the table of routes.

use actix_web::HttpResponse;
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::response::ResponseBuilder;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Ref, RefOr};
use utoipa::{Modify, OpenApi};

use crate::error::Result;
use crate::web::json;
use crate::{attendance, followups, funnel, goals, outlets, people, prospects, reports, results, rota};

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
        attendance::api::answer_checkin,
        attendance::api::create_shift,
        attendance::api::list_shifts,
        attendance::api::delete_shift,
        attendance::roll_api::list_attendance,
        attendance::roll_api::create_correction,
        attendance::roll_api::list_corrections,
        attendance::roll_api::decide_correction,
        attendance::roll_api::withdraw_correction,
        attendance::roll_api::create_spot_check,
        attendance::roll_api::list_spot_checks,
        rota::draft_api::create,
        rota::draft_api::list,
        rota::draft_api::show,
        rota::draft_api::discard,
        rota::draft_api::cells,
        rota::draft_api::put,
        rota::draft_api::step,
        rota::draft_api::copy,
        rota::draft_api::changes,
        rota::draft_api::publish,
        rota::planning::api::create,
        rota::planning::api::list,
        rota::planning::api::show,
        rota::planning::api::cancel,
        rota::planning::api::finish,
        rota::planning::api::draft,
        rota::planning::api::explanation,
        rota::planning::repair_pages::create,
        rota::api::ask_leave,
        rota::api::list_leaves,
        rota::api::decide_leave,
        rota::api::withdraw_leave,
        rota::api::offer_swap,
        rota::api::list_swaps,
        rota::api::answer_swap,
        rota::api::withdraw_swap,
        rota::api::decide_swap,
        people::api::users::list,
        people::api::users::create,
        people::api::users::one,
        people::api::users::change,
        followups::api::list,
        followups::api::create_waiver,
        funnel::api::show,
        results::api::show_mine,
        results::api::show_quality,
        results::api::show_scorecard,
        reports::api::show,
        goals::api::list,
        goals::api::create,
        goals::api::copy,
        goals::api::progress,
        goals::api::change,
        goals::api::remove,
        goals::api::show_settings,
        goals::api::put_settings,
        goals::api::list_tiers,
        goals::api::put_tier,
        goals::agreement_api::list,
        goals::agreement_api::create,
        goals::agreement_api::show,
        goals::agreement_api::end,
        goals::agreement_api::list_entries,
        goals::agreement_api::add_entry,
        goals::agreement_api::explain,
        goals::agreement_api::list_links,
        goals::agreement_api::create_link,
        goals::agreement_api::end_link,
        prospects::care_api::create_handover,
        prospects::care_api::merge,
        prospects::care_api::reveal,
        prospects::care_api::export_person,
        prospects::care_api::erase,
        prospects::api::create,
        prospects::export::pages::create,
        prospects::api::index,
        prospects::api::search,
        prospects::api::show,
        prospects::api::update,
        prospects::api::add_touch,
        prospects::api::update_touch,
        prospects::api::withdraw_touch,
        prospects::api::stage,
    ),
    components(schemas(crate::web::api::Problem, crate::funnel::query::Compare)),
    modifiers(&Bearer, &Problems),
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

/// What every call may answer besides its own: a problem document, whatever went wrong.
struct Problems;

/// Statuses that the gate and the extractors give on any call, with their meaning.
const ANYWHERE: [(&str, &str); 9] = [
    ("400", "Malformed"),
    ("401", "Nobody is signed in"),
    ("403", "In reach, but not allowed"),
    ("404", "Not there, or out of reach"),
    ("405", "Method not allowed"),
    ("422", "By field"),
    ("429", "Too many tries; see Retry-After"),
    ("503", "Busy; see Retry-After"),
    ("507", "The disk is full"),
];
/// Those of calls with a body.
const OF_BODIES: [(&str, &str); 2] = [("413", "Too large"), ("415", "Not JSON")];

impl Modify for Problems {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let problem = || {
            let schema = RefOr::Ref(Ref::from_schema_name("Problem"));
            let content = ContentBuilder::new().schema(Some(schema)).build();
            [("application/problem+json".to_owned(), RefOr::T(content))].into()
        };
        for item in document.paths.paths.values_mut() {
            let operations = [&mut item.get, &mut item.post, &mut item.put, &mut item.patch, &mut item.delete];
            for operation in operations.into_iter().flatten() {
                let of_body = operation.request_body.is_some();
                let more = ANYWHERE.iter().chain(OF_BODIES.iter().filter(|_| of_body));
                let responses = &mut operation.responses.responses;
                for (status, meaning) in more {
                    let missing = || RefOr::T(ResponseBuilder::new().description(*meaning).build());
                    responses.entry((*status).to_owned()).or_insert_with(missing);
                }
                for (status, response) in responses.iter_mut().filter(|(s, _)| s.starts_with(['4', '5'])) {
                    if let RefOr::T(response) = response {
                        // A problem that says more than others keeps its own shape.
                        if !response.content.contains_key("application/problem+json") {
                            response.content = problem();
                        }
                    } else {
                        tracing::error!(status, "a response by reference keeps its own content");
                    }
                }
            }
        }
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
