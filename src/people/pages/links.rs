//! Setting a password by a link, and asking for one. The token is a secret: it is in no log, and the page of a dead link says the same for every reason.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::Deserialize;

use crate::error::{Error, FieldError, Result};
use crate::people::links::{self, Holder};
use crate::people::password;
use crate::t;
use crate::templates::people::account as templates;
use crate::templates::people::account::{ForgottenView, NewPasswordView};
use crate::web::api::message;
use crate::web::flash::Message;
use crate::web::{Form, Here, Page, see_other};

/// `GET /invitation/{token}`: only looks, so that a mail program that fetches links uses nothing up.
///
/// # Errors
/// What the database says.
pub async fn show(here: Here, token: web::Path<String>) -> Result<HttpResponse> {
    let token = token.into_inner();
    match find(&here, &token).await? {
        Some(holder) => Ok(password_page(&here, &token, &holder, None, StatusCode::OK)),
        None => Ok(dead(&here)),
    }
}

async fn find(here: &Here, token: &str) -> Result<Option<Holder>> {
    let (token, now) = (token.to_owned(), here.caller().now);
    here.app.db.read(move |conn| links::holder(conn, &token, now)).await
}

fn dead(here: &Here) -> HttpResponse {
    let body = templates::dead_link(here.lang());
    Page::new(t!(here.lang(), "link-dead-title"), body).status(StatusCode::GONE).answer(here)
}

fn password_page(here: &Here, token: &str, holder: &Holder, problem: Option<&str>, status: StatusCode) -> HttpResponse {
    let action = format!("/invitation/{token}");
    let view =
        NewPasswordView { csrf: here.csrf(), action: &action, name: &holder.name, login: &holder.login, problem };
    let body = templates::new_password(here.lang(), &view);
    Page::new(t!(here.lang(), "link-password-title"), body).status(status).answer(here)
}

/// The form of a first or new password; `username` is there for password managers only.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewPasswordForm {
    #[serde(default)]
    password: String,
    #[serde(default, rename = "username")]
    _username: String,
}

/// `POST /invitation/{token}`
///
/// # Errors
/// What the database says; a password that is refused shows the form again.
pub async fn redeem(here: Here, token: web::Path<String>, form: Form<NewPasswordForm>) -> Result<HttpResponse> {
    let (token, given) = (token.into_inner(), form.fields.password);
    let Some(holder) = find(&here, &token).await? else { return Ok(dead(&here)) };
    if let Err(code) = password::check(&given, &holder.login) {
        let problem = message(here.lang(), &FieldError::new("password", code));
        return Ok(password_page(&here, &token, &holder, Some(&problem), StatusCode::UNPROCESSABLE_ENTITY));
    }
    let (hash, caller) = (password::hash(given).await?, here.caller());
    match here.app.db.write(move |conn| links::redeem(conn, &caller, &token, &hash)).await {
        Ok(()) => Ok(see_other(&here, "/sign-in", Some(Message::done(t!(here.lang(), "link-password-set"))))),
        Err(Error::Gone) => Ok(dead(&here)),
        Err(error) => Err(error),
    }
}

/// `GET /forgotten`
///
/// # Errors
/// None of its own.
pub async fn show_forgotten(here: Here) -> Result<HttpResponse> {
    Ok(forgotten_page(&here, "", None, false, StatusCode::OK))
}

fn forgotten_page(here: &Here, login: &str, problem: Option<&str>, asked: bool, status: StatusCode) -> HttpResponse {
    let view = ForgottenView { csrf: here.csrf(), login, problem, asked };
    let body = templates::forgotten(here.lang(), &view);
    Page::new(t!(here.lang(), "forgotten-title"), body).status(status).answer(here)
}

/// The form of a forgotten password.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ForgottenForm {
    #[serde(default)]
    login: String,
}

/// `POST /forgotten`: the same answer for every login.
///
/// # Errors
/// 429 for an address that asks for very many.
pub async fn forgotten(here: Here, form: Form<ForgottenForm>) -> Result<HttpResponse> {
    let login = form.fields.login;
    if login.trim().is_empty() {
        let problem = message(here.lang(), &FieldError::new("login", "required"));
        return Ok(forgotten_page(&here, "", Some(&problem), false, StatusCode::UNPROCESSABLE_ENTITY));
    }
    let (caller, keys, base) = (here.caller(), here.app.keys.clone(), here.app.settings.base_url.clone());
    here.app.db.write(move |conn| links::forgotten(conn, &keys, &base, &caller, &login)).await?;
    Ok(forgotten_page(&here, "", None, true, StatusCode::OK))
}
