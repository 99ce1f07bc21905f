//! The pages of one's own account: password, second factor, language, sessions.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use qrcode::{Color, QrCode};
use serde::Deserialize;

use super::Nothing;
use super::users::moment;
use crate::db::Id;
use crate::error::{Error, Result};
use crate::people::account::{self, OwnSession};
use crate::people::second_factor::{self, Draft};
use crate::people::{Role, device, fields, outage};
use crate::t;
use crate::templates::people::account as templates;
use crate::templates::people::account::{AccountView, SecondFactorView, SessionLine};
use crate::web::flash::Message;
use crate::web::refused::by_field;
use crate::web::{Form, Here, Page, see_other};

/// `GET /account`
///
/// # Errors
/// What the database says.
pub async fn show(here: Here) -> Result<HttpResponse> {
    account_page(&here, &[], StatusCode::OK).await
}

async fn account_page(here: &Here, problems: &[(String, String)], status: StatusCode) -> Result<HttpResponse> {
    let caller = here.caller();
    let sessions = here.app.db.read(move |conn| account::sessions(conn, &caller)).await?;
    let (lang, user) = (here.lang(), here.user()?);
    let sessions = sessions.iter().map(|s| session_line(here, s)).collect::<Result<_>>()?;
    let view = AccountView {
        csrf: here.csrf(),
        name: &user.name,
        login: &user.login,
        role: &t!(lang, &format!("role-{}", user.role)),
        branch: user.branch.as_ref().map_or("", |b| b.name.as_str()),
        language: user.language.tag(),
        second_factor: has_second_factor(here),
        has_shifts: user.role == Role::Broker,
        sessions,
        problems,
    };
    Ok(Page::new(t!(lang, "account-title"), templates::account(lang, &view)).status(status).answer(here))
}

fn has_second_factor(here: &Here) -> bool {
    here.found.session.as_ref().is_some_and(|s| s.second_factor)
}

fn session_line(here: &Here, session: &OwnSession) -> Result<SessionLine> {
    let lang = here.lang();
    let device = device::name(&session.user_agent).unwrap_or_else(|| t!(lang, "account-device-unknown"));
    let seen = t!(lang, "account-session-seen", at = moment(here, session.last_seen_at)?);
    let mut about = vec![session.address.clone(), seen];
    if session.kept {
        about.push(t!(lang, "account-session-kept"));
    }
    Ok(SessionLine { id: session.id.to_string(), device, about: about.join(" · "), current: session.current })
}

/// Shows the page again with what is wrong, or passes another error on.
async fn again(here: &Here, error: Error) -> Result<HttpResponse> {
    match error {
        Error::Invalid(faults) => {
            account_page(here, &by_field(here.lang(), &faults), StatusCode::UNPROCESSABLE_ENTITY).await
        }
        other => Err(other),
    }
}

fn done(here: &Here, key: &str) -> HttpResponse {
    see_other(here, "/account", Some(Message::done(t!(here.lang(), key))))
}

/// The form of a new password; `username` is there for password managers only.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PasswordForm {
    #[serde(default)]
    old: String,
    #[serde(default)]
    password: String,
    #[serde(default, rename = "username")]
    _username: String,
}

/// `POST /account/password`
///
/// # Errors
/// 429; a refusal shows the form again.
pub async fn change_password(here: Here, form: Form<PasswordForm>) -> Result<HttpResponse> {
    let PasswordForm { old, password, .. } = form.fields;
    match account::change_password(&here.app, here.caller(), old, password).await {
        Ok(()) => Ok(done(&here, "account-password-changed")),
        Err(error) => again(&here, error).await,
    }
}

/// The form of the language.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LanguageForm {
    #[serde(default)]
    language: String,
}

/// `POST /account/language`
///
/// # Errors
/// A language that is none shows the form again.
pub async fn set_language(here: Here, form: Form<LanguageForm>) -> Result<HttpResponse> {
    let lang = match fields::language(&form.fields.language) {
        Ok(lang) => lang,
        Err(code) => return again(&here, Error::field("language", code)).await,
    };
    let caller = here.caller();
    here.app.db.write(move |conn| account::set_language(conn, &caller, lang)).await?;
    Ok(done(&here, "account-language-set"))
}

/// `POST /account/sessions/{id}/end`
///
/// # Errors
/// 404 for anybody else's.
pub async fn end_session(here: Here, id: web::Path<Id>, _form: Form<Nothing>) -> Result<HttpResponse> {
    let (id, caller) = (id.into_inner(), here.caller());
    outage::settled(&here.app).await?;
    here.app.db.write(move |conn| account::end_session(conn, &caller, id)).await?;
    Ok(done(&here, "account-session-ended"))
}

/// `POST /account/sessions/end`
///
/// # Errors
/// What the database says.
pub async fn end_other_sessions(here: Here, _form: Form<Nothing>) -> Result<HttpResponse> {
    let caller = here.caller();
    outage::settled(&here.app).await?;
    here.app.db.write(move |conn| account::end_other_sessions(conn, &caller)).await?;
    Ok(done(&here, "account-sessions-ended"))
}

/// `GET /account/second-factor`
///
/// # Errors
/// What the cipher says.
pub async fn show_second_factor(here: Here) -> Result<HttpResponse> {
    if has_second_factor(&here) {
        return Ok(see_other(&here, "/account", None));
    }
    let draft = second_factor::draft(&here.app.keys, here.user()?)?;
    second_factor_page(&here, &draft, &[], StatusCode::OK)
}

fn second_factor_page(
    here: &Here,
    draft: &Draft,
    problems: &[(String, String)],
    status: StatusCode,
) -> Result<HttpResponse> {
    let lang = here.lang();
    let code = QrCode::new(&draft.url).map_err(Error::internal)?;
    let width = code.width();
    let dark: Vec<bool> = code.to_colors().into_iter().map(|c| c == Color::Dark).collect();
    let view = SecondFactorView {
        csrf: here.csrf(),
        code: dark.chunks(width).map(<[bool]>::to_vec).collect(),
        secret: &draft.secret,
        draft: &draft.sealed,
        required: here.app.settings.require_second_factor.contains(&here.user()?.role),
        problems,
    };
    let body = templates::second_factor(lang, &view);
    Ok(Page::new(t!(lang, "second-factor-set-up"), body).status(status).answer(here))
}

/// The form that confirms a second factor.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecondFactorForm {
    #[serde(default)]
    draft: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    otp: String,
}

/// `POST /account/second-factor`
///
/// # Errors
/// 409 where it is on already; 429; a wrong password or code shows the same secret again.
pub async fn turn_on(here: Here, form: Form<SecondFactorForm>) -> Result<HttpResponse> {
    let form = form.fields;
    let caller = here.caller();
    let draft = second_factor::same_draft(&here.app.keys, here.user()?, &form.draft)?;
    let result = if account::is_own_password(&here.app, &caller, form.password).await? {
        let keys = here.app.keys.clone();
        here.app.db.write(move |conn| account::turn_on(conn, &keys, &caller, &form.draft, &form.otp)).await
    } else {
        Err(Error::field("password", "wrong_password"))
    };
    match result {
        Ok(()) => Ok(done(&here, "second-factor-turned-on")),
        Err(Error::Invalid(faults)) => {
            let problems = by_field(here.lang(), &faults);
            second_factor_page(&here, &draft, &problems, StatusCode::UNPROCESSABLE_ENTITY)
        }
        Err(error) => Err(error),
    }
}

/// The form that turns the second factor off.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodeForm {
    #[serde(default)]
    otp: String,
}

/// `POST /account/second-factor/removal`
///
/// # Errors
/// 429; a wrong code shows the form again.
pub async fn turn_off(here: Here, form: Form<CodeForm>) -> Result<HttpResponse> {
    match account::turn_off(&here.app, here.caller(), &form.fields.otp).await {
        Ok(()) => Ok(done(&here, "second-factor-turned-off")),
        Err(error) => again(&here, error).await,
    }
}
