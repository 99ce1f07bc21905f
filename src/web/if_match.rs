//! `If-Match`: on which version a change was made.

use actix_web::HttpRequest;
use actix_web::http::header;

use crate::error::{Error, Result};

/// The header's text; none where it was not sent. Which tags are ours, and whether one is of the version kept, is for the caller.
///
/// # Errors
/// 400 for one that names nothing, so that a client whose `ETag` got lost hears of that and not of a change by somebody else.
pub fn text(req: &HttpRequest) -> Result<Option<&str>> {
    let Some(value) = req.headers().get(header::IF_MATCH) else { return Ok(None) };
    match value.to_str().map(str::trim) {
        Ok(text) if !text.is_empty() => Ok(Some(text)),
        _ => Err(Error::BadRequest("malformed_if_match")),
    }
}
