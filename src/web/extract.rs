//! Extractors: strict input at the edge. Unknown and doubled fields are refused, and a wrong type names its field.

use std::future::{Ready, ready};
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};
use futures_util::StreamExt;
use serde::de::DeserializeOwned;

use super::gate::{self, Found};
use crate::app::App;
use crate::error::{Error, FieldError, Result};
use crate::language::Lang;
use crate::people::{Caller, CurrentUser};

/// The largest JSON body or form.
pub const BODY_LIMIT: usize = 256 * 1024;

type Pending<T> = Pin<Box<dyn Future<Output = Result<T>>>>;

/// Where the handler is: the program, the request, the language, and who is signed in.
pub struct Here {
    /// The program.
    pub app: web::Data<App>,
    /// What the gate found out.
    pub found: Found,
    /// The request.
    pub req: HttpRequest,
}

impl Here {
    /// The language to answer in.
    pub fn lang(&self) -> Lang {
        self.found.lang
    }

    /// Who is signed in.
    ///
    /// # Errors
    /// `SignedOut` on a public route without a session.
    pub fn user(&self) -> Result<&CurrentUser> {
        self.found.session.as_ref().map(|s| &s.user).ok_or(Error::SignedOut)
    }

    /// Who asks, for a verb.
    pub fn caller(&self) -> Caller {
        gate::caller(&self.req, &self.found)
    }

    /// The firm and the reader's branch, as a broker names them to a prospect; empty for who has no branch.
    pub fn house(&self) -> String {
        let branch = self.found.session.as_ref().and_then(|s| s.user.branch.as_ref());
        branch.map(|branch| self.app.settings.house(&branch.name)).unwrap_or_default()
    }

    /// The token that a form must carry; empty outside a session.
    pub fn csrf(&self) -> &str {
        self.found.session.as_ref().map_or("", |s| s.csrf.as_str())
    }
}

impl FromRequest for Here {
    type Error = Error;
    type Future = Ready<Result<Here>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let found = req.extensions().get::<Found>().cloned();
        ready(
            found
                .map(|found| Here { app: gate::app(req), found, req: req.clone() })
                .ok_or_else(|| Error::internal("no gate before the handler")),
        )
    }
}

/// A JSON body of at most `LIMIT` bytes.
#[derive(Debug)]
pub struct Body<T, const LIMIT: usize = BODY_LIMIT>(pub T);

impl<T: DeserializeOwned + 'static, const LIMIT: usize> FromRequest for Body<T, LIMIT> {
    type Error = Error;
    type Future = Pending<Body<T, LIMIT>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let json = is_json(req);
        let bytes = whole(req, payload, LIMIT);
        Box::pin(async move {
            let bytes = bytes.await?;
            if !json {
                return Err(Error::UnsupportedMedia);
            }
            parse_json(&bytes).map(Body)
        })
    }
}

fn is_json(req: &HttpRequest) -> bool {
    let content_type = req.content_type();
    content_type == "application/json" || (content_type.starts_with("application/") && content_type.ends_with("+json"))
}

/// The whole body, up to `limit` bytes.
pub fn whole(req: &HttpRequest, payload: &mut Payload, limit: usize) -> Pending<Vec<u8>> {
    let told =
        req.headers().get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()).and_then(|v| v.parse::<usize>().ok());
    let mut payload = payload.take();
    Box::pin(async move {
        if told.is_some_and(|n| n > limit) {
            return Err(Error::TooLarge);
        }
        let mut bytes = Vec::with_capacity(told.unwrap_or(0));
        while let Some(chunk) = payload.next().await {
            let chunk = chunk.map_err(|_| Error::BadRequest("malformed"))?;
            if bytes.len() + chunk.len() > limit {
                return Err(Error::TooLarge);
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    })
}

/// Parses JSON strictly; a wrong field is 422 and named, malformed text 400.
///
/// # Errors
/// `Invalid` or `BadRequest`.
pub fn parse_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().to_string();
        let cause = error.into_inner();
        let message = cause.to_string();
        if message.starts_with("number out of range") || names_no_number(bytes, &cause) {
            return Error::field(path, "not_finite");
        }
        if cause.is_data() { shape(&path, &message).into() } else { Error::BadRequest("malformed_json") }
    })?;
    reader.end().map_err(|_| Error::BadRequest("malformed_json"))?;
    Ok(value)
}

/// Some writers put `NaN` and `Infinity` where JSON has no such thing; that is a wrong number rather than a broken body.
fn names_no_number(bytes: &[u8], error: &serde_json::Error) -> bool {
    let line = bytes.split(|b| *b == b'\n').nth(error.line().saturating_sub(1)).unwrap_or_default();
    let rest = &line[error.column().saturating_sub(2).min(line.len())..];
    let rest = rest.iter().skip_while(|b| matches!(b, b' ' | b':' | b'-' | b',' | b'[')).copied().collect::<Vec<_>>();
    rest.starts_with(b"NaN") || rest.starts_with(b"Infinity") || rest.starts_with(b"aN") || rest.starts_with(b"nfinity")
}

/// What serde says of a value's shape, as a field error.
fn shape(path: &str, message: &str) -> FieldError {
    let quoted = || message.split('`').nth(1).unwrap_or_default().to_owned();
    let inside = |name: String| if path == "." || path.is_empty() { name } else { format!("{path}.{name}") };
    let last_is = |name: &str| path == name || path.ends_with(&format!(".{name}"));
    if message.starts_with("missing field") {
        FieldError::new(inside(quoted()), "required")
    } else if message.starts_with("unknown field") {
        let name = quoted();
        FieldError::new(if last_is(&name) { path.to_owned() } else { inside(name) }, "unknown_field")
    } else if message.starts_with("duplicate field") {
        let name = quoted();
        FieldError::new(if last_is(&name) { path.to_owned() } else { inside(name) }, "doubled_field")
    } else if message.starts_with("unknown variant") {
        FieldError::new(path, "unknown_value")
    } else if message.starts_with("invalid type: null") {
        FieldError::new(path, "required")
    } else {
        FieldError::new(path, "wrong_type")
    }
}

/// The query string, strictly; `lang`, which every page takes, is left out.
#[derive(Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned> FromRequest for Query<T> {
    type Error = Error;
    type Future = Ready<Result<Query<T>>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let page = !req.path().starts_with("/api/");
        let pairs = form_urlencoded::parse(req.query_string().as_bytes())
            .filter(|(name, value)| !page || (name != "lang" && !value.is_empty()))
            .map(|(name, value)| (name.into_owned(), value.into_owned()))
            .collect::<Vec<_>>();
        ready(parse_pairs(&pairs).map(Query))
    }
}

/// Parses name-value pairs strictly.
///
/// # Errors
/// `Invalid`, by field.
pub fn parse_pairs<T: DeserializeOwned>(pairs: &[(String, String)]) -> Result<T> {
    if let Some((name, _)) = pairs.iter().find(|(_, value)| value.contains('\0')) {
        return Err(Error::field(name, "control_character"));
    }
    let encoded: String = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    let reader = serde_urlencoded::Deserializer::new(form_urlencoded::parse(encoded.as_bytes()));
    serde_path_to_error::deserialize(reader).map_err(|error| {
        let path = error.path().to_string();
        shape(&path, &error.into_inner().to_string()).into()
    })
}

/// A posted form (`application/x-www-form-urlencoded`) whose `csrf` field is the session's. Pairs stay readable, so that a refused form can be shown
/// again as it was typed.
#[derive(Debug)]
pub struct Form<T> {
    /// The fields.
    pub fields: T,
}

impl<T: DeserializeOwned + 'static> FromRequest for Form<T> {
    type Error = Error;
    type Future = Pending<Form<T>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let typed = req.content_type() == "application/x-www-form-urlencoded";
        let session = req.extensions().get::<Found>().and_then(|f| f.session.clone());
        let bytes = whole(req, payload, BODY_LIMIT);
        Box::pin(async move {
            let bytes = bytes.await?;
            if !typed && !bytes.is_empty() {
                return Err(Error::UnsupportedMedia);
            }
            let mut pairs: Vec<(String, String)> =
                form_urlencoded::parse(&bytes).map(|(n, v)| (n.into_owned(), v.into_owned())).collect();
            let at = pairs.iter().position(|(name, _)| name == "csrf");
            let given = at.map(|at| pairs.remove(at).1);
            if let Some(session) = session
                && given.as_deref() != Some(session.csrf.as_str())
            {
                return Err(Error::BadRequest("csrf"));
            }
            Ok(Form { fields: parse_pairs(&pairs)? })
        })
    }
}
