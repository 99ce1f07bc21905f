//! The API of users, for admins: list, add, look, change.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::db::Id;
use crate::error::{Error, Faults, Result};
use crate::language::Lang;
use crate::people::change::{ChangeInput, UserChange};
use crate::people::fields;
use crate::people::store::{self, NewUser, UserInput};
use crate::people::users::{self, Filter, Standing, UserRecord};
use crate::requests;
use crate::web::api::Problem;
use crate::web::pagination::{List, Part};
use crate::web::{Body, Here, Query, created, if_match, json};

/// What narrows the list. Names are not here: they would be personal data in an address.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct UsersQuery {
    /// A branch's code.
    branch: Option<String>,
    /// `broker`, `coordinator`, `manager` or `admin`.
    role: Option<String>,
    /// `invited`: without a password yet; `disabled`; `certificate`: brokers whose certificate is missing, expired or ends within 60 days.
    standing: Option<String>,
    /// How many, 1 to 500; 50 when absent.
    limit: Option<i64>,
    /// Where to go on.
    cursor: Option<String>,
}

/// `GET /api/v1/users`
///
/// # Errors
/// 422 by parameter.
#[utoipa::path(get, path = "/api/v1/users", tag = "people", params(UsersQuery), responses(
    (status = 200, body = List<UserRecord>), (status = 401, body = Problem), (status = 403, body = Problem),
    (status = 422, body = Problem)))]
pub async fn list(here: Here, query: Query<UsersQuery>) -> Result<HttpResponse> {
    let asked = query.0;
    let part = Part::<Id>::parse(asked.limit, asked.cursor.as_deref())?;
    let today = here.caller().now.date_in(here.user()?.zone());
    let list = here
        .app
        .db
        .read(move |conn| {
            let mut faults = Faults::new();
            let role = asked.role.as_deref().and_then(|r| faults.take("role", fields::role(r)));
            let standing = asked
                .standing
                .as_deref()
                .and_then(|s| faults.take("standing", Standing::parse(s).ok_or("unknown_value")));
            let branch = match asked.branch.as_deref() {
                Some(code) => {
                    let found = store::branch_by_code(conn, code)?;
                    faults.take("branch", found.ok_or("not_found")).map(|b| b.id)
                }
                None => None,
            };
            faults.check()?;
            users::list(conn, &Filter { branch, role, standing, text: None }, &part, today)
        })
        .await?;
    Ok(json(list))
}

/// A new user. They set their password by a link that an admin makes on the user's page.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewUserInput {
    /// The user's id, made by the client.
    pub id: Id,
    /// Their login, 1 to 64 characters without spaces, whatever its case.
    #[schema(min_length = 1, max_length = 64)]
    pub login: String,
    /// Their name, 1 to 100 characters.
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
    /// `broker`, `coordinator`, `manager` or `admin`.
    pub role: String,
    /// Their branch's code; only an admin or a head-office manager may lack one.
    pub branch: Option<String>,
    /// Where their mails go.
    pub email: Option<String>,
    /// The language of their mails: `zh-CN` (default) or `en`.
    pub language: Option<String>,
    /// The practice certificate's number.
    pub certificate_no: Option<String>,
    /// The practice certificate's last day, `YYYY-MM-DD`.
    pub certificate_expires_on: Option<String>,
    /// Sees compliance matters besides.
    #[serde(default)]
    pub compliance: bool,
}

impl NewUserInput {
    fn parse(&self) -> Result<(NewUser, Lang)> {
        let input = UserInput {
            login: self.login.clone(),
            name: self.name.clone(),
            role: self.role.clone(),
            branch: self.branch.clone(),
            email: self.email.clone(),
            certificate_no: self.certificate_no.clone(),
            certificate_expires_on: self.certificate_expires_on.clone(),
            compliance: self.compliance,
        };
        let lang = self.language.as_deref().map_or(Ok(Lang::Zh), fields::language);
        match (NewUser::parse(&input), lang) {
            (Ok(new), Ok(lang)) => Ok((new, lang)),
            (Ok(_), Err(code)) => Err(Error::field("language", code)),
            (Err(Error::Invalid(mut faults)), Err(code)) => {
                faults.push(crate::error::FieldError::new("language", code));
                Err(Error::Invalid(faults))
            }
            (Err(error), _) => Err(error),
        }
    }
}

/// `POST /api/v1/users`
///
/// # Errors
/// 409 `id_taken`; 422 by field.
#[utoipa::path(post, path = "/api/v1/users", tag = "people", request_body = NewUserInput, responses(
    (status = 201, body = UserRecord), (status = 200, description = "Sent again: the first answer", body = UserRecord),
    (status = 401, body = Problem), (status = 403, body = Problem), (status = 409, body = Problem),
    (status = 410, body = Problem), (status = 422, body = Problem)))]
pub async fn create(here: Here, body: Body<NewUserInput>) -> Result<HttpResponse> {
    let asked = body.0;
    let (new, lang) = asked.parse()?;
    let (caller, keys) = (here.caller(), here.app.keys.clone());
    let answer = here
        .app
        .db
        .write(move |conn| {
            requests::once(conn, &keys, &caller, "user", asked.id, &asked, |conn| {
                users::create(conn, &caller, asked.id, &new, lang)
            })
        })
        .await?;
    Ok(created(&answer))
}

/// `GET /api/v1/users/{id}`
///
/// # Errors
/// 404.
#[utoipa::path(get, path = "/api/v1/users/{id}", tag = "people", params(("id" = Id, Path)), responses(
    (status = 200, body = UserRecord, headers(("etag" = String, description = "For `If-Match`"))),
    (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub async fn one(here: Here, id: web::Path<Id>) -> Result<HttpResponse> {
    let id = id.into_inner();
    let user = here.app.db.read(move |conn| users::one(conn, id)).await?;
    Ok(tagged(&user))
}

/// `PATCH /api/v1/users/{id}`
///
/// # Errors
/// 404; 409 `own_account`; 412 where `If-Match` names another version; 422 by field.
#[utoipa::path(patch, path = "/api/v1/users/{id}", tag = "people", request_body = ChangeInput,
    params(("id" = Id, Path), ("if-match" = Option<String>, Header, description = "The `ETag` that the change is made on")),
    responses((status = 200, body = UserRecord, headers(("etag" = String, description = "For `If-Match`"))),
    (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem),
    (status = 409, body = Problem), (status = 412, body = Problem), (status = 422, body = Problem)))]
pub async fn change(here: Here, id: web::Path<Id>, body: Body<ChangeInput>) -> Result<HttpResponse> {
    let (id, caller) = (id.into_inner(), here.caller());
    let change = UserChange::parse(&body.0)?;
    let version = wanted_version(&here.req)?;
    let user = here.app.db.write(move |conn| users::update(conn, &caller, id, version, &change)).await?;
    Ok(tagged(&user))
}

fn tagged(user: &UserRecord) -> HttpResponse {
    HttpResponse::Ok().insert_header((header::ETAG, format!("\"{}\"", user.version))).json(user)
}

/// The version that `If-Match` names; a tag that is none of ours matches nothing.
fn wanted_version(req: &HttpRequest) -> Result<Option<i32>> {
    let Some(tag) = if_match::text(req)? else { return Ok(None) };
    if tag == "*" {
        return Ok(None);
    }
    tag.trim_matches('"').parse().map(Some).map_err(|_| Error::Stale)
}
