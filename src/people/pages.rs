//! The pages of people: signing in and out; users, branches, one's account and links in files of their own.

pub mod access;
pub mod account;
pub mod branches;
pub mod links;
pub mod user_list;
pub mod users;

use actix_web::HttpResponse;
use actix_web::http::{StatusCode, header};
use serde::Deserialize;

use super::halfway;
use super::sign_in::{self, Credentials, Refused};
use crate::error::{Error, Result};
use crate::t;
use crate::templates::people::{SignInView, sign_in as sign_in_page};
use crate::web::{Form, Here, Page, Query, assets, see_other, session};

/// Where to go after signing in.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    to: Option<String>,
    /// A form was sent after its session had ended.
    lost: Option<String>,
}

/// Only a path of our own: `/…`, never `//host` or `/\host`.
fn own_path(to: Option<&str>) -> &str {
    match to {
        Some(to) if to.starts_with('/') && !to[1..].starts_with(['/', '\\']) && !to.contains(['\r', '\n', '\t']) => to,
        _ => "/",
    }
}

/// `GET /sign-in`
///
/// # Errors
/// None of its own.
pub async fn show_sign_in(here: Here, target: Query<Target>) -> Result<HttpResponse> {
    let to = own_path(target.0.to.as_deref()).to_owned();
    if here.found.session.is_some() {
        return Ok(see_other(&here, &to, None));
    }
    let view = SignInView { to: &to, lost: target.0.lost.is_some(), ..SignInView::default() };
    Ok(sign_in_form(&here, view, StatusCode::OK))
}

/// The posted form.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignInForm {
    #[serde(default)]
    login: String,
    #[serde(default)]
    password: String,
    otp: Option<String>,
    /// The token of a sign-in of which only the code is missing.
    halfway: Option<String>,
    keep: Option<String>,
    #[serde(default)]
    to: Option<String>,
}

/// `POST /sign-in`
///
/// # Errors
/// What the database says; a refusal shows the form again.
pub async fn post_sign_in(here: Here, form: Form<SignInForm>) -> Result<HttpResponse> {
    let form = form.fields;
    let to = own_path(form.to.as_deref()).to_owned();
    let keep = form.keep.is_some();
    let given = Credentials {
        login: form.login.clone(),
        password: form.password,
        otp: form.otp,
        halfway: form.halfway.clone(),
        keep,
        device: here.req.cookie("device").map(|c| c.value().to_owned()),
        user_agent: sign_in::user_agent(&here.req),
    };
    let mut view = SignInView { login: &form.login, to: &to, keep, ..SignInView::default() };
    let halfway;
    let (message, status) = match sign_in::sign_in(&here.app, here.caller(), given).await {
        Ok(Ok(session)) => {
            let mut response = HttpResponse::SeeOther();
            response.insert_header((header::LOCATION, to));
            response.cookie(session::cookie_for(&here.app, session.token, session.kept));
            let mut device = session::safe(&here.app, "device", session.device);
            device.set_max_age(actix_web::cookie::time::Duration::days(365));
            response.cookie(device);
            return Ok(response.finish());
        }
        Ok(Err(Refused::Wrong)) => (t!(here.lang(), "sign-in-wrong"), StatusCode::UNPROCESSABLE_ENTITY),
        Ok(Err(Refused::Late)) => (t!(here.lang(), "sign-in-late"), StatusCode::UNPROCESSABLE_ENTITY),
        Ok(Err(Refused::SecondFactor { given, known })) => {
            halfway = match form.halfway {
                None => halfway::begin(&here.app, known, keep, here.caller().now).await?,
                same => same,
            };
            view.otp = true;
            view.halfway = halfway.as_deref();
            view.asked = !given;
            let key = if given { "sign-in-otp-wrong" } else { "sign-in-otp-asked" };
            (t!(here.lang(), key), StatusCode::UNPROCESSABLE_ENTITY)
        }
        Err(Error::TooMany(seconds)) => {
            let text = t!(here.lang(), "sign-in-wait", minutes = seconds.div_ceil(60));
            view.message = Some(&text);
            let mut response = sign_in_form(&here, view, StatusCode::TOO_MANY_REQUESTS);
            response.headers_mut().insert(header::RETRY_AFTER, header::HeaderValue::from(seconds));
            return Ok(response);
        }
        Err(error) => return Err(error),
    };
    view.message = Some(&message);
    Ok(sign_in_form(&here, view, status))
}

fn sign_in_form(here: &Here, view: SignInView<'_>, status: StatusCode) -> HttpResponse {
    let view = SignInView { mark: &assets::hrefs().icon, csrf: here.csrf(), ..view };
    Page::new(t!(here.lang(), "sign-in-title"), sign_in_page(here.lang(), &view)).status(status).answer(here)
}

/// A form with nothing but its token.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

/// Signing out.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignOutForm {
    /// `on`: the phone still keeps forms of other people, which must not go with this session.
    keep: Option<String>,
}

/// `POST /sign-out`
///
/// # Errors
/// What the database says.
pub async fn sign_out(here: Here, form: Form<SignOutForm>) -> Result<HttpResponse> {
    sign_in::sign_out(&here.app, here.caller()).await?;
    let mut response = HttpResponse::SeeOther();
    response.insert_header((header::LOCATION, "/sign-in"));
    // What the browser kept of this session goes with it; what the phone keeps for somebody else stays.
    let others = form.fields.keep.as_deref() == Some("on");
    let gone = if others { "\"cache\"" } else { "\"cache\", \"storage\"" };
    response.insert_header(("clear-site-data", gone));
    response.cookie(session::no_cookie(&here.app));
    Ok(response.finish())
}
