//! Whether the program lives, whether it is ready, and its figures for Prometheus.

use std::sync::LazyLock;
use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::header;
use prometheus::{Encoder, HistogramVec, IntCounterVec, Opts, Registry, TextEncoder};
use secrecy::ExposeSecret;

use super::Here;
use crate::db::migrate;
use crate::error::{Error, Result};

struct Figures {
    registry: Registry,
    requests: IntCounterVec,
    seconds: HistogramVec,
}

static FIGURES: LazyLock<Option<Figures>> = LazyLock::new(|| {
    let requests =
        IntCounterVec::new(Opts::new("bankside_requests_total", "Requests answered"), &["route", "method", "status"])
            .ok()?;
    let seconds = HistogramVec::new(
        prometheus::HistogramOpts::new("bankside_request_seconds", "Time to answer")
            .buckets(vec![0.002, 0.01, 0.05, 0.1, 0.25, 1.0, 5.0]),
        &["route"],
    )
    .ok()?;
    let registry = Registry::new();
    registry.register(Box::new(requests.clone())).ok()?;
    registry.register(Box::new(seconds.clone())).ok()?;
    Some(Figures { registry, requests, seconds })
});

/// Counts an answered request.
pub fn count(route: &str, method: &str, status: u16, took: Duration) {
    if let Some(figures) = FIGURES.as_ref() {
        figures.requests.with_label_values(&[route, method, &status.to_string()]).inc();
        figures.seconds.with_label_values(&[route]).observe(took.as_secs_f64());
    }
}

/// `GET /healthz`: 200 while alive.
pub async fn alive() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; charset=utf-8").body("alive\n")
}

/// `GET /readyz`: 200 when the database answers and is migrated.
///
/// # Errors
/// `Unavailable` otherwise.
pub async fn ready(here: Here) -> Result<HttpResponse> {
    if !here.app.db.read(migrate::is_current).await? {
        return Err(Error::Unavailable("not migrated".into()));
    }
    Ok(HttpResponse::Ok().content_type("text/plain; charset=utf-8").body("ready\n"))
}

/// `GET /metrics`: Prometheus text, from loopback or with the token.
///
/// # Errors
/// `NotFound` for everybody else.
pub async fn metrics(here: Here) -> Result<HttpResponse> {
    let given = here
        .req
        .headers()
        .get(header::AUTHORIZATION)
        .and_then(|v| v.to_str().ok())
        .and_then(|v| v.strip_prefix("Bearer "));
    let token = here.app.settings.metrics_token.as_ref().map(|t| t.expose_secret());
    let keys = &here.app.keys;
    let knows = matches!((given, token), (Some(g), Some(t)) if keys.signed("metrics", t, &keys.sign("metrics", g)));
    // Behind a proxy on the same machine the address is the client's, since only configured proxies are believed.
    let near = here.found.address.is_loopback() && here.req.headers().get("x-forwarded-for").is_none();
    if !near && !knows {
        return Err(Error::not_found());
    }
    let figures = FIGURES.as_ref().ok_or_else(|| Error::internal("no figures"))?;
    let mut text = Vec::new();
    TextEncoder::new().encode(&figures.registry.gather(), &mut text).map_err(Error::internal)?;
    Ok(HttpResponse::Ok().content_type("text/plain; version=0.0.4; charset=utf-8").body(text))
}
