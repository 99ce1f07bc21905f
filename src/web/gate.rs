//! Before and after every handler: request id and span, session, access by the table of `routes.rs`, the origin of a change,
//! the error in the reader's language, and the headers that every answer carries.

use std::net::IpAddr;
use std::panic::AssertUnwindSafe;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::{Method, header};
use actix_web::middleware::Next;
use actix_web::{HttpMessage, HttpRequest, HttpResponse, web};
use futures_util::FutureExt;
use tracing::Instrument;

use super::session::{self, Session};
use super::{api, page};
use crate::app::App;
use crate::error::Error;
use crate::language::Lang;
use crate::people::{Caller, outage};
use crate::routes::{self, Access, Pattern};
use crate::{audit, db::Id};

/// What the gate found out about a request; handlers get it through the `Here` extractor.
#[derive(Clone, Debug)]
pub struct Found {
    /// The request's id, in the log, the audit trail and an error's page.
    pub request_id: String,
    /// Where it came from, as far as the configured proxies are believed.
    pub address: IpAddr,
    /// The language to answer in.
    pub lang: Lang,
    /// Who is signed in.
    pub session: Option<Session>,
    /// Whether a JSON answer is wanted (the API) or a page.
    pub api: bool,
}

/// The gate, as an actix middleware.
///
/// # Errors
/// Never: every failure becomes an answer.
pub async fn gate(
    req: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let request_id = Id::new().0.simple().to_string();
    let pattern = routes::find(req.match_info().as_str()).map(|found| found.value);
    let span = tracing::info_span!("request", id = %request_id, method = %req.method(), route = path_of(pattern));
    pass(req, next, request_id, pattern).instrument(span).await
}

async fn pass(
    req: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
    request_id: String,
    pattern: Option<&'static Pattern>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let started = std::time::Instant::now();
    let app = app(req.request());
    let api = req.path().starts_with("/api/") || matches!(req.path(), "/healthz" | "/readyz" | "/metrics");
    let address = address_of(&req, &app);
    let mut found = Found { request_id, address, lang: page::language(req.request(), None, api), session: None, api };
    let judged = judge(&req, &app, pattern, &mut found).await;
    req.extensions_mut().insert(found.clone());
    let mut response = match judged {
        Ok(()) => match AssertUnwindSafe(next.call(req)).catch_unwind().await {
            Ok(Ok(response)) => render(response.map_into_boxed_body(), &found),
            Ok(Err(error)) => return Err(error),
            Err(_) => return Err(Error::internal("a handler panicked").into()),
        },
        Err(error) => {
            let (request, _) = req.into_parts();
            let response = answer(&request, &found, &error, pattern).await;
            ServiceResponse::new(request, response)
        }
    };
    finish(&mut response, &app, &found, path_of(pattern));
    health_count(&response, path_of(pattern), started.elapsed());
    Ok(response)
}

/// What a request's route is called in the log and in metrics.
fn path_of(pattern: Option<&'static Pattern>) -> &'static str {
    pattern.map_or("-", |pattern| pattern.path)
}

fn health_count(response: &ServiceResponse<BoxBody>, path: &str, took: std::time::Duration) {
    let method = response.request().method().as_str().to_owned();
    super::health::count(path, &method, response.status().as_u16(), took);
    tracing::info!(status = response.status().as_u16(), ms = took.as_millis() as u64, "answered");
}

/// Session, access and origin. On an error the handler is not reached.
async fn judge(
    req: &ServiceRequest,
    app: &App,
    pattern: Option<&'static Pattern>,
    found: &mut Found,
) -> Result<(), Error> {
    let Some(pattern) = pattern else {
        found.session = session::find(req.request(), app, found.api).await?;
        return Err(Error::not_found());
    };
    let Some((_, entry)) = pattern.entry(req.method()) else { return Err(Error::MethodNotAllowed) };
    if pattern.path.starts_with("/assets/") || pattern.path.ends_with('z') {
        return Ok(());
    }
    found.session = session::find(req.request(), app, found.api).await?;
    if let Some(session) = &found.session {
        found.lang = page::language(req.request(), Some(session.user.language), found.api);
    }
    if !found.api && !matches!(*req.method(), Method::GET | Method::HEAD) && !same_origin(req.request(), app) {
        return Err(Error::BadRequest("foreign_origin"));
    }
    match (&found.session, entry.access) {
        (_, Access::Public) => Ok(()),
        (None, _) => Err(Error::SignedOut),
        (Some(session), access) if !access.allows(session.user.role) => Err(Error::Forbidden),
        (Some(session), _) if lacks_second_factor(session, app) && !routes::sets_up(pattern.path) => {
            Err(Error::SecondFactorRequired)
        }
        (Some(_), _) => Ok(()),
    }
}

fn lacks_second_factor(session: &Session, app: &App) -> bool {
    !session.second_factor && app.settings.require_second_factor.contains(&session.user.role)
}

/// A change may only come from our own pages: the browser's word on where it comes from is checked besides the form's token.
fn same_origin(req: &HttpRequest, app: &App) -> bool {
    // What cannot be read is there all the same, and is not ours.
    let text = |name: &str| req.headers().get(name).map(|v| v.to_str().unwrap_or("?"));
    if text("sec-fetch-site").is_some_and(|site| !matches!(site, "same-origin" | "none")) {
        return false;
    }
    let Some(origin) = text("origin") else { return true };
    let ours = app.settings.base_url.as_str();
    let host = text("host").unwrap_or_default();
    let of_base = url::Url::parse(ours).map(|u| u.origin().ascii_serialization());
    of_base.is_ok_and(|o| o == origin)
        || origin.split_once("://").is_some_and(|(_, authority)| authority == host && !host.is_empty())
}

fn address_of(req: &ServiceRequest, app: &App) -> IpAddr {
    let peer = req.peer_addr().map_or(IpAddr::from([127, 0, 0, 1]), |a| a.ip());
    if !app.settings.trusted_proxies.contains(&peer) {
        return peer;
    }
    // The last that no proxy of ours added is the client's. Where it is no address, those before it are whatever the client made up.
    req.headers()
        .get_all("x-forwarded-for")
        .flat_map(|v| v.as_bytes().split(|byte| *byte == b','))
        .map(|part| std::str::from_utf8(part).ok()?.trim().parse::<IpAddr>().ok())
        .rfind(|address| !address.is_some_and(|address| app.settings.trusted_proxies.contains(&address)))
        .flatten()
        .unwrap_or(peer)
}

/// Gives an error that a handler returned its body.
fn render(response: ServiceResponse<BoxBody>, found: &Found) -> ServiceResponse<BoxBody> {
    let status = response.status();
    let ours = response.response().error().and_then(|e| e.as_error::<Error>()).cloned();
    let error = match ours {
        Some(error) => error,
        None if response.response().error().is_some() => match status.as_u16() {
            404 => Error::not_found(),
            405 => Error::MethodNotAllowed,
            413 => Error::TooLarge,
            415 => Error::UnsupportedMedia,
            400..=499 => Error::BadRequest("malformed"),
            _ => Error::internal(response.response().error().map(ToString::to_string).unwrap_or_default()),
        },
        None => return response,
    };
    let (request, _) = response.into_parts();
    let body = body(&request, found, &error);
    ServiceResponse::new(request, body)
}

/// The answer to a request that did not pass; a denial is audited.
async fn answer(req: &HttpRequest, found: &Found, error: &Error, pattern: Option<&'static Pattern>) -> HttpResponse {
    if matches!(error, Error::Forbidden) {
        let caller = caller(req, found);
        let detail = serde_json::json!({ "route": path_of(pattern) });
        let subject = audit::Subject::installation("route");
        let written = outage::record(&app(req), caller, "access.denied", subject, detail).await;
        if let Err(error) = written {
            tracing::error!(%error, "a denial could not be audited");
        }
    }
    let mut response = body(req, found, error);
    if let Some(pattern) = pattern.filter(|_| matches!(error, Error::MethodNotAllowed)) {
        let allow: Vec<_> = pattern.methods().map(Method::as_str).collect();
        if let Ok(value) = header::HeaderValue::from_str(&allow.join(", ")) {
            response.headers_mut().insert(header::ALLOW, value);
        }
    }
    response
}

fn body(req: &HttpRequest, found: &Found, error: &Error) -> HttpResponse {
    if let Error::Internal(cause) | Error::Io(cause) | Error::Unavailable(cause) = error {
        tracing::error!(cause, code = error.code(), "failed");
    }
    let mut response = if found.api { api::problem(found, error) } else { page::error(req, found, error) };
    let wait = match error {
        Error::TooMany(seconds) => Some(*seconds),
        Error::Unavailable(_) | Error::Io(_) | Error::StorageFull => Some(5),
        _ => None,
    };
    if let Some(seconds) = wait {
        response.headers_mut().insert(header::RETRY_AFTER, header::HeaderValue::from(seconds));
    }
    if matches!(error, Error::SignedOut) && found.api {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, header::HeaderValue::from_static("Bearer"));
    }
    response
}

/// Headers of every answer (ASVS 3.3 to 3.5).
fn finish(response: &mut ServiceResponse<BoxBody>, app: &App, found: &Found, path: &str) {
    const CSP: &str = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'";
    let status = response.status();
    let kept = path.starts_with("/assets/") && status.is_success();
    let revalidated = path == routes::FEED && (status.is_success() || status.is_redirection());
    let id = header::HeaderValue::from_str(&found.request_id);
    let headers = response.headers_mut();
    let mut set = |name: &'static str, value: &'static str| {
        headers.insert(header::HeaderName::from_static(name), header::HeaderValue::from_static(value));
    };
    set("content-security-policy", CSP);
    set("x-content-type-options", "nosniff");
    set("x-frame-options", "DENY");
    // Not `no-referrer`: browsers would then send `Origin: null` with our own forms.
    set("referrer-policy", "same-origin");
    if path == routes::PARTNER {
        set("referrer-policy", "no-referrer");
        set("x-robots-tag", "noindex, nofollow, noarchive");
    }
    set("permissions-policy", "geolocation=(self), camera=(), microphone=()");
    set("cross-origin-opener-policy", "same-origin");
    set("cross-origin-resource-policy", "same-origin");
    if app.settings.https() {
        set("strict-transport-security", "max-age=31536000; includeSubDomains");
    }
    if !kept && !revalidated {
        set("cache-control", "no-store");
    }
    if let Ok(id) = id {
        headers.insert(header::HeaderName::from_static("x-request-id"), id);
    }
}

/// The program behind a request.
pub fn app(req: &HttpRequest) -> web::Data<App> {
    #[expect(
        clippy::expect_used,
        reason = "every server and every test registers it; without it nothing could be served"
    )]
    req.app_data::<web::Data<App>>().cloned().expect("the app is registered")
}

/// The caller of a request.
pub fn caller(req: &HttpRequest, found: &Found) -> Caller {
    Caller {
        user: found.session.as_ref().map(|s| s.user.clone()),
        signs_in: None,
        now: app(req).clock.now(),
        address: Some(found.address.to_string()),
        request_id: Some(found.request_id.clone()),
    }
}
