//! The page without a network, its worker, and the answers to what a phone kept.

use actix_web::HttpResponse;
use actix_web::http::header;
use serde::Serialize;

use crate::db::Id;
use crate::error::{Error, Result};
use crate::t;
use crate::templates::phone;
use crate::web::{Here, Page, api, assets};

/// `GET /worker.js`: stands at the root, since it is for every page.
///
/// # Errors
/// None.
pub async fn worker() -> Result<HttpResponse> {
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/javascript; charset=utf-8"))
        .body(assets::WORKER_JS.as_str()))
}

/// `GET /offline`: the same for everybody; what is of somebody comes from their phone.
///
/// # Errors
/// None of its own.
pub async fn shell(here: Here) -> Result<HttpResponse> {
    let lang = here.lang();
    let body = phone::offline(lang, here.app.settings.keep_positions_days);
    let hrefs = assets::hrefs();
    Ok(Page::new(t!(lang, "offline-title"), body)
        .phone()
        .script(&hrefs.checkin_js)
        .script(&hrefs.offline_js)
        .answer(&here))
}

/// Who is signed in, and the token that their forms carry.
#[derive(Debug, Serialize)]
struct Standing<'a> {
    user: Id,
    csrf: &'a str,
}

/// `GET /kept`: asked before what is kept is sent.
///
/// # Errors
/// None of its own.
pub async fn standing(here: Here) -> Result<HttpResponse> {
    Ok(HttpResponse::Ok().json(Standing { user: here.user()?.id, csrf: here.csrf() }))
}

/// What became of a form that a phone had kept.
#[derive(Debug, Serialize)]
struct Taken<'a> {
    id: &'a str,
    received: bool,
    /// Why not.
    why: Option<String>,
}

/// The answer to a form that a phone had kept: taken in, or refused for good and why. Whatever may pass is an error, and the phone tries again.
///
/// # Errors
/// What is not about the form.
pub fn taken(here: &Here, id: &str, done: Result<()>) -> Result<HttpResponse> {
    let lang = here.lang();
    let why = match done {
        Ok(()) => None,
        Err(Error::Invalid(faults)) => {
            let words: Vec<String> = faults.iter().map(|fault| api::message(lang, fault)).collect();
            Some(words.join(&t!(lang, "offline-and")))
        }
        Err(error @ (Error::NotFound(_) | Error::Conflict(_) | Error::Forbidden | Error::Gone)) => {
            Some(api::words(lang, &error).1)
        }
        Err(error) => return Err(error),
    };
    Ok(HttpResponse::Ok().json(Taken { id, received: why.is_none(), why }))
}
