//! Answers of the API: JSON, and problem documents (RFC 9457).

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;
use utoipa::ToSchema;

use super::gate::Found;
use crate::error::{Error, FieldError};
use crate::language::Lang;
use crate::requests::Answer;

/// A problem document.
#[derive(Debug, Serialize, ToSchema)]
pub struct Problem {
    /// `urn:bankside:problem:` and the code.
    #[serde(rename = "type")]
    pub kind: String,
    /// What kind of problem, in the reader's language.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What to do about it, in the reader's language.
    pub detail: String,
    /// A stable code.
    pub code: String,
    /// On 422 (and on 404 where a field named what is missing): each wrong field.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<ProblemField>,
    /// The request's id, as the log has it.
    pub request_id: String,
}

/// A wrong field.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProblemField {
    /// Its name, dotted where nested.
    pub field: String,
    /// A stable code.
    pub code: String,
    /// What is wrong with it and how to mend it, in the reader's language.
    pub message: String,
}

/// The message of a wrong field in a language.
pub fn message(lang: Lang, error: &FieldError) -> String {
    let mut args = fluent_bundle::FluentArgs::new();
    for (name, value) in &error.args {
        args.set(*name, value.clone());
    }
    let key = format!("error-{}", error.code.replace('_', "-"));
    let own = error.args.first().map(|(name, _)| format!("{key}-{name}")).filter(|own| lang.has(own));
    lang.text(own.as_ref().unwrap_or(&key), Some(&args))
}

/// The title and the detail of an error in a language. Codes with texts of their own (`problem-{code}`) come before those of their status.
pub fn words(lang: Lang, error: &Error) -> (String, String) {
    let status = error.status_code().as_u16();
    let title = lang.text(&format!("status-{status}"), None);
    let own = format!("problem-{}", error.code().replace('_', "-"));
    let detail =
        if lang.has(&own) { lang.text(&own, None) } else { lang.text(&format!("status-{status}-detail"), None) };
    (title, detail)
}

/// The problem document of an error, not yet an answer: a room may have more to say in it.
pub fn document(found: &Found, error: &Error) -> Problem {
    let (title, detail) = words(found.lang, error);
    let errors = match error {
        Error::Invalid(fields) => fields.clone(),
        Error::NotFound(Some(field)) => vec![FieldError::new(*field, "not_found")],
        _ => Vec::new(),
    };
    let errors = errors
        .iter()
        .map(|e| ProblemField { field: e.field.clone(), code: e.code.to_owned(), message: message(found.lang, e) })
        .collect();
    let status = error.status_code();
    Problem {
        kind: format!("urn:bankside:problem:{}", error.code()),
        title,
        status: status.as_u16(),
        detail,
        code: error.code().to_owned(),
        errors,
        request_id: found.request_id.clone(),
    }
}

/// The answer of an error.
pub fn problem(found: &Found, error: &Error) -> HttpResponse {
    let status = error.status_code();
    match serde_json::to_vec(&document(found, error)) {
        Ok(body) => {
            HttpResponse::build(status).insert_header((header::CONTENT_TYPE, "application/problem+json")).body(body)
        }
        Err(error) => {
            tracing::error!(%error, "a problem could not be written");
            HttpResponse::new(StatusCode::INTERNAL_SERVER_ERROR)
        }
    }
}

/// 200 with a JSON body.
pub fn json(body: impl Serialize) -> HttpResponse {
    HttpResponse::Ok().json(body)
}

/// The answer to a keyed request: 201 when it was made now, 200 when it is the kept one.
pub fn created(answer: &Answer<impl Serialize>) -> HttpResponse {
    if answer.made { HttpResponse::Created().json(&answer.body) } else { HttpResponse::Ok().json(&answer.body) }
}
