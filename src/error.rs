//! One error for every room. `web::gate` turns it into a problem document (RFC 9457) or a page, in the reader's language.

use std::fmt;
use std::ops::RangeInclusive;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError};
use diesel::result::{DatabaseErrorKind, Error as Diesel};

/// The result of everything that may fail towards a person.
pub type Result<T> = std::result::Result<T, Error>;

/// What is wrong with one field. The message is `error-{code}` of the locales, filled with `args`; where there is one for the first of them, `error-{code}-{arg}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// The field as it is named in the JSON body or the form, dotted where nested (`consent.given_at`).
    pub field: String,
    /// A stable code: `required`, `out_of_range`, …
    pub code: &'static str,
    /// Values for the message.
    pub args: Vec<(&'static str, String)>,
}

impl FieldError {
    /// A field error without values.
    pub fn new(field: impl Into<String>, code: &'static str) -> FieldError {
        FieldError { field: field.into(), code, args: Vec::new() }
    }

    /// The number where it is within a range.
    ///
    /// # Errors
    /// `out_of_range`, told with both ends.
    pub fn within<N>(field: impl Into<String>, n: N, range: RangeInclusive<N>) -> std::result::Result<N, FieldError>
    where
        N: PartialOrd + fmt::Display,
    {
        if range.contains(&n) {
            return Ok(n);
        }
        Err(FieldError::new(field, "out_of_range").with("least", range.start()).with("most", range.end()))
    }

    /// A period of more days than it may have: `out_of_range`, told with how many.
    pub fn longer_than(field: impl Into<String>, days: i64) -> FieldError {
        FieldError::new(field, "out_of_range").with("days", days)
    }

    /// Adds a value for the message.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl fmt::Display) -> FieldError {
        self.args.push((name, value.to_string()));
        self
    }
}

/// Everything that can go wrong towards whoever asked.
#[derive(Clone, Debug)]
pub enum Error {
    /// 401: nobody is signed in.
    SignedOut,
    /// 401: a sign-in that was refused, with its code.
    Unauthorized(&'static str),
    /// 403: in reach, but not allowed.
    Forbidden,
    /// 403 (a page leads to the set-up): the role must sign in with a second factor, and has none yet.
    SecondFactorRequired,
    /// 404: not there, or out of reach; the field that named it, where one did.
    NotFound(Option<&'static str>),
    /// 405
    MethodNotAllowed,
    /// 400: not what the protocol asks for (malformed JSON, a broken form); a code for the message.
    BadRequest(&'static str),
    /// 409, with its stable code.
    Conflict(&'static str),
    /// 410: deleted or erased.
    Gone,
    /// 412: somebody else changed it meanwhile.
    Stale,
    /// 413
    TooLarge,
    /// 415
    UnsupportedMedia,
    /// 422, by field.
    Invalid(Vec<FieldError>),
    /// 429: seconds to wait.
    TooMany(u64),
    /// 503 with Retry-After: the queue is full, a lock is held too long, the database does not answer.
    Unavailable(String),
    /// 507: no room on the disk.
    StorageFull,
    /// 503: an I/O error; nothing is acknowledged any more.
    Io(String),
    /// 500: unexpected; logged once, told as a request id only.
    Internal(String),
}

impl Error {
    /// An unexpected failure, with its cause for the log.
    pub fn internal(cause: impl fmt::Display) -> Error {
        Error::Internal(cause.to_string())
    }

    /// One wrong field.
    pub fn field(field: impl Into<String>, code: &'static str) -> Error {
        FieldError::new(field, code).into()
    }

    /// Out of reach or missing.
    pub fn not_found() -> Error {
        Error::NotFound(None)
    }

    /// Whether the storage itself failed.
    pub fn is_io(&self) -> bool {
        matches!(self, Error::Io(_))
    }

    /// Whether nothing can be written for now: no room, an I/O error, a lock held long, a database that does not answer.
    pub fn is_outage(&self) -> bool {
        matches!(self, Error::StorageFull | Error::Io(_) | Error::Unavailable(_))
    }

    /// The same answer for another who waited on the same transaction.
    pub fn again(&self) -> Error {
        match self {
            Error::StorageFull => Error::StorageFull,
            Error::Io(cause) => Error::Io(cause.clone()),
            other => Error::Unavailable(other.to_string()),
        }
    }

    /// The stable code of the problem document.
    pub fn code(&self) -> &'static str {
        match self {
            Error::SignedOut => "signed_out",
            Error::Unauthorized(code) => code,
            Error::Forbidden => "forbidden",
            Error::SecondFactorRequired => "second_factor_required",
            Error::NotFound(_) => "not_found",
            Error::MethodNotAllowed => "method_not_allowed",
            Error::BadRequest(code) | Error::Conflict(code) => code,
            Error::Gone => "gone",
            Error::Stale => "stale",
            Error::TooLarge => "too_large",
            Error::UnsupportedMedia => "unsupported_media",
            Error::Invalid(_) => "invalid",
            Error::TooMany(_) => "too_many",
            Error::Unavailable(_) | Error::Io(_) => "unavailable",
            Error::StorageFull => "storage_full",
            Error::Internal(_) => "internal",
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Invalid(fields) => {
                f.write_str("invalid:")?;
                fields.iter().try_for_each(|e| write!(f, " {} {}", e.field, e.code))
            }
            Error::Unavailable(cause) | Error::Io(cause) | Error::Internal(cause) => {
                write!(f, "{}: {cause}", self.code())
            }
            other => f.write_str(other.code()),
        }
    }
}

impl std::error::Error for Error {}

impl From<FieldError> for Error {
    fn from(error: FieldError) -> Error {
        Error::Invalid(vec![error])
    }
}

/// How PostgreSQL and its client say that a connection is no more.
const GONE: [&str; 4] = [
    "no connection to the server",
    "server closed the connection",
    "terminating connection",
    "connection to server was lost",
];

impl From<Diesel> for Error {
    fn from(error: Diesel) -> Error {
        match &error {
            Diesel::NotFound => Error::NotFound(None),
            Diesel::DatabaseError(kind, info) => {
                let message = info.message();
                match kind {
                    DatabaseErrorKind::UniqueViolation => Error::Conflict("already_there"),
                    DatabaseErrorKind::ClosedConnection
                    | DatabaseErrorKind::SerializationFailure
                    | DatabaseErrorKind::UnableToSendCommand => Error::Unavailable(message.into()),
                    _ if GONE.iter().any(|gone| message.contains(gone)) => Error::Unavailable(message.into()),
                    _ if message.contains("locked") || message.contains("timeout") || message.contains("deadlock") => {
                        Error::Unavailable(message.into())
                    }
                    _ if message.contains("disk is full") || message.contains("No space left") => Error::StorageFull,
                    _ if message.contains("disk I/O error") || message.contains("malformed") => {
                        Error::Io(message.into())
                    }
                    _ => Error::internal(error),
                }
            }
            Diesel::BrokenTransactionManager => Error::Unavailable("the connection broke".into()),
            _ => Error::internal(error),
        }
    }
}

impl ResponseError for Error {
    fn status_code(&self) -> StatusCode {
        match self {
            Error::SignedOut | Error::Unauthorized(_) => StatusCode::UNAUTHORIZED,
            Error::Forbidden | Error::SecondFactorRequired => StatusCode::FORBIDDEN,
            Error::NotFound(_) => StatusCode::NOT_FOUND,
            Error::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Error::BadRequest(_) => StatusCode::BAD_REQUEST,
            Error::Conflict(_) => StatusCode::CONFLICT,
            Error::Gone => StatusCode::GONE,
            Error::Stale => StatusCode::PRECONDITION_FAILED,
            Error::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Error::UnsupportedMedia => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Error::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Error::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            Error::Unavailable(_) | Error::Io(_) => StatusCode::SERVICE_UNAVAILABLE,
            Error::StorageFull => StatusCode::INSUFFICIENT_STORAGE,
            Error::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Only the bare status: the gate writes the body, since it knows the language and whether a page was asked for.
    fn error_response(&self) -> HttpResponse {
        HttpResponse::new(self.status_code())
    }
}

/// Gathers what is wrong with each field, so that a person is told everything at once.
#[derive(Debug, Default)]
pub struct Faults(Vec<FieldError>);

impl Faults {
    /// None so far.
    pub fn new() -> Faults {
        Faults::default()
    }

    /// Notes one.
    pub fn add(&mut self, field: impl Into<String>, code: &'static str) {
        self.0.push(FieldError::new(field, code));
    }

    /// Notes one with values for its message.
    pub fn push(&mut self, error: FieldError) {
        self.0.push(error);
    }

    /// Takes the value, or notes what is wrong with it.
    pub fn take<T>(&mut self, field: &str, value: std::result::Result<T, &'static str>) -> Option<T> {
        value.map_err(|code| self.add(field, code)).ok()
    }

    /// Takes a number within a range, or notes the range.
    pub fn within<N: PartialOrd + fmt::Display>(&mut self, field: &str, n: N, range: RangeInclusive<N>) -> Option<N> {
        FieldError::within(field, n, range).map_err(|fault| self.push(fault)).ok()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// # Errors
    /// `Invalid` with everything noted, if anything was.
    pub fn check(self) -> Result<()> {
        if self.0.is_empty() { Ok(()) } else { Err(Error::Invalid(self.0)) }
    }

    /// What was noted, as the error; for `let … else` after the parts have been taken.
    pub fn into_error(self) -> Error {
        Error::Invalid(self.0)
    }
}
