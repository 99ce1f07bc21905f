//! The pages of a user, for admins: a new one, and one to change. The list, access and branches have files of their own.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::Deserialize;

use crate::db::{At, Conn, Id};
use crate::error::{Error, Result};
use crate::language::Lang;
use crate::people::certificate::Certificate;
use crate::people::change::{ChangeInput, UserChange};
use crate::people::store::{self, NewUser, UserInput};
use crate::people::users::{self, UserRecord};
use crate::people::{Caller, Reach, Role};
use crate::requests;
use crate::rota::pages::with_touched;
use crate::rota::standing;
use crate::t;
use crate::templates::State;
use crate::templates::people::users as templates;
use crate::templates::people::users::{UserFields, UserFormView, UserLine, UserView};
use crate::web::flash::Message;
use crate::web::refused::by_field;
use crate::web::{Form, Here, Page, see_other};

pub(super) fn branch_names(conn: &mut Conn) -> Result<Vec<(String, String)>> {
    Ok(store::branches_in_reach(conn, Reach::All)?.into_iter().map(|b| (b.code, b.name)).collect())
}

pub(super) fn today(here: &Here) -> Result<chrono::NaiveDate> {
    Ok(here.caller().now.date_in(here.user()?.zone()))
}

pub(super) fn line(lang: Lang, user: &UserRecord, today: chrono::NaiveDate) -> UserLine {
    let state = match (user.disabled_at, user.has_password) {
        (Some(_), _) => (State::Unknown, t!(lang, "users-standing-disabled")),
        (None, false) => (State::Soon, t!(lang, "users-standing-invited")),
        (None, true) => (State::Fine, t!(lang, "users-standing-active")),
    };
    let certificate = (user.role == Role::Broker).then(|| certificate_word(lang, user, today));
    UserLine {
        href: format!("/users/{}", user.id),
        name: user.name.clone(),
        login: user.login.clone(),
        role: t!(lang, &format!("role-{}", user.role)),
        branch: user.branch.clone().unwrap_or_else(|| t!(lang, "users-head-office")),
        certificate,
        state,
    }
}

fn certificate_word(lang: Lang, user: &UserRecord, today: chrono::NaiveDate) -> (State, String) {
    match Certificate::on(today, user.certificate_no.as_deref(), user.certificate_expires_on) {
        Certificate::Missing => (State::Late, t!(lang, "certificate-missing")),
        Certificate::Expired(n) => (State::Late, t!(lang, "certificate-expired", n = n)),
        Certificate::Within7(n) => (State::Late, t!(lang, "certificate-left", n = n)),
        Certificate::Within30(n) | Certificate::Within60(n) => (State::Soon, t!(lang, "certificate-left", n = n)),
        Certificate::Valid(last) => (State::Fine, t!(lang, "certificate-until", date = last.to_string())),
    }
}

/// `GET /users/new`
///
/// # Errors
/// What the database says.
pub async fn show_new(here: Here) -> Result<HttpResponse> {
    // Most of those who come are brokers of the branch there is, who read what the admin reads.
    let branches = here.app.db.read(branch_names).await?;
    let branch = if let [(code, _)] = branches.as_slice() { code.clone() } else { String::new() };
    let language = here.lang().as_str().to_owned();
    let fields = UserFields { role: "broker".into(), branch, language, ..UserFields::default() };
    new_page(&here, &fields, &[], Id::new().to_string(), StatusCode::OK).await
}

async fn new_page(
    here: &Here,
    fields: &UserFields,
    problems: &[(String, String)],
    mark: String,
    status: StatusCode,
) -> Result<HttpResponse> {
    let branches = here.app.db.read(branch_names).await?;
    let view = UserFormView { csrf: here.csrf(), fields, branches: &branches, problems, mark };
    let body = templates::new_user(here.lang(), &view);
    Ok(Page::new(t!(here.lang(), "users-new"), body).status(status).answer(here))
}

/// The form of a new user.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewUserForm {
    id: Id,
    #[serde(default)]
    login: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    role: String,
    #[serde(default)]
    branch: String,
    #[serde(default)]
    email: String,
    #[serde(default)]
    language: String,
    #[serde(default)]
    certificate_no: String,
    #[serde(default)]
    certificate_expires_on: String,
    compliance: Option<String>,
}

impl NewUserForm {
    fn typed(&self) -> UserFields {
        UserFields {
            login: self.login.clone(),
            name: self.name.clone(),
            role: self.role.clone(),
            branch: self.branch.clone(),
            email: self.email.clone(),
            language: self.language.clone(),
            certificate_no: self.certificate_no.clone(),
            certificate_expires_on: self.certificate_expires_on.clone(),
            compliance: self.compliance.is_some(),
        }
    }

    fn parse(&self) -> Result<(NewUser, Lang)> {
        let new = NewUser::parse(&UserInput {
            login: self.login.clone(),
            name: self.name.clone(),
            role: self.role.clone(),
            branch: Some(self.branch.clone()),
            email: Some(self.email.clone()),
            certificate_no: Some(self.certificate_no.clone()),
            certificate_expires_on: Some(self.certificate_expires_on.clone()),
            compliance: self.compliance.is_some(),
        })?;
        let lang = match self.language.as_str() {
            "" => Lang::Zh,
            typed => Lang::parse(typed).ok_or_else(|| Error::field("language", "unknown_value"))?,
        };
        Ok((new, lang))
    }
}

/// `POST /users`
///
/// # Errors
/// What the database says; a refusal shows the form again.
pub async fn create(here: Here, form: Form<NewUserForm>) -> Result<HttpResponse> {
    let form = form.fields;
    match add(&here, &form).await {
        Ok(user) => {
            let text = t!(
                here.lang(),
                if user.email.is_some() { "users-added" } else { "users-added-link" },
                name = user.name
            );
            Ok(see_other(&here, &format!("/users/{}", user.id), Some(Message::done(text))))
        }
        Err(Error::Invalid(faults)) => {
            let problems = by_field(here.lang(), &faults);
            new_page(&here, &form.typed(), &problems, form.id.to_string(), StatusCode::UNPROCESSABLE_ENTITY).await
        }
        Err(error) => Err(error),
    }
}

async fn add(here: &Here, form: &NewUserForm) -> Result<UserRecord> {
    let (new, lang) = form.parse()?;
    let (caller, keys, id, typed) = (here.caller(), here.app.keys.clone(), form.id, form.typed());
    let asked = serde_json::json!([typed.login, typed.name, typed.role, typed.branch, typed.email]);
    let answer = here
        .app
        .db
        .write(move |conn| {
            requests::once(conn, &keys, &caller, "user", id, &asked, |conn| {
                users::create(conn, &caller, id, &new, lang)
            })
        })
        .await?;
    Ok(answer.body)
}

/// `GET /users/{id}`
///
/// # Errors
/// 404.
pub async fn show(here: Here, id: web::Path<Id>) -> Result<HttpResponse> {
    user_page(&here, id.into_inner(), None, &[], StatusCode::OK).await
}

async fn user_page(
    here: &Here,
    id: Id,
    typed: Option<&UserFields>,
    problems: &[(String, String)],
    status: StatusCode,
) -> Result<HttpResponse> {
    let (user, branches) = here.app.db.read(move |conn| Ok((users::one(conn, id)?, branch_names(conn)?))).await?;
    let lang = here.lang();
    let known = known_fields(&user);
    let body = templates::user(
        lang,
        &UserView {
            form: UserFormView {
                csrf: here.csrf(),
                fields: typed.unwrap_or(&known),
                branches: &branches,
                problems,
                mark: user.version.to_string(),
            },
            path: &format!("/users/{id}"),
            line: &line(lang, &user, today(here)?),
            since: &moment(here, user.created_at)?,
            disabled: user.disabled_at.is_some(),
            has_password: user.has_password,
            second_factor: user.second_factor,
            own: here.user()?.id == id,
            stale: status == StatusCode::PRECONDITION_FAILED,
        },
    );
    Ok(Page::new(user.name, body).status(status).answer(here))
}

/// A moment on the clock of whoever looks.
pub(super) fn moment(here: &Here, at: At) -> Result<String> {
    Ok(at.minute_in(here.user()?.zone()))
}

fn known_fields(user: &UserRecord) -> UserFields {
    UserFields {
        login: user.login.clone(),
        name: user.name.clone(),
        role: user.role.to_string(),
        branch: user.branch.clone().unwrap_or_default(),
        email: user.email.clone().unwrap_or_default(),
        language: user.language.clone(),
        certificate_no: user.certificate_no.clone().unwrap_or_default(),
        certificate_expires_on: user.certificate_expires_on.map(|d| d.to_string()).unwrap_or_default(),
        compliance: user.compliance,
    }
}

/// The form of a known user.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UserForm {
    version: i32,
    #[serde(default)]
    name: String,
    #[serde(default)]
    role: String,
    #[serde(default)]
    branch: String,
    #[serde(default)]
    email: String,
    #[serde(default)]
    language: String,
    #[serde(default)]
    certificate_no: String,
    #[serde(default)]
    certificate_expires_on: String,
    compliance: Option<String>,
}

impl UserForm {
    fn typed(&self) -> UserFields {
        UserFields {
            login: String::new(),
            name: self.name.clone(),
            role: self.role.clone(),
            branch: self.branch.clone(),
            email: self.email.clone(),
            language: self.language.clone(),
            certificate_no: self.certificate_no.clone(),
            certificate_expires_on: self.certificate_expires_on.clone(),
            compliance: self.compliance.is_some(),
        }
    }

    fn parse(&self) -> Result<UserChange> {
        UserChange::parse(&ChangeInput {
            name: Some(self.name.clone()),
            role: Some(self.role.clone()),
            branch: Some(Some(self.branch.clone())),
            email: Some(Some(self.email.clone())),
            language: Some(self.language.clone()),
            compliance: Some(self.compliance.is_some()),
            certificate_no: Some(Some(self.certificate_no.clone())),
            certificate_expires_on: Some(Some(self.certificate_expires_on.clone())),
            disabled: None,
        })
    }
}

/// `POST /users/{id}`
///
/// # Errors
/// 404; 409; a refusal and a stale form show what was typed again.
pub async fn change(here: Here, id: web::Path<Id>, form: Form<UserForm>) -> Result<HttpResponse> {
    let (id, form, caller) = (id.into_inner(), form.fields, here.caller());
    let version = form.version;
    let changed = match form.parse() {
        Ok(change) => here.app.db.write(move |conn| update(conn, &caller, id, Some(version), &change)).await,
        Err(error) => Err(error),
    };
    match changed {
        Ok((user, touched)) => {
            let done = Message::done(t!(here.lang(), "users-changed", name = user.name));
            Ok(see_other(&here, &format!("/users/{id}"), Some(with_touched(&here, done, touched))))
        }
        Err(Error::Invalid(faults)) => {
            let problems = by_field(here.lang(), &faults);
            user_page(&here, id, Some(&form.typed()), &problems, StatusCode::UNPROCESSABLE_ENTITY).await
        }
        Err(Error::Stale) => user_page(&here, id, Some(&form.typed()), &[], StatusCode::PRECONDITION_FAILED).await,
        Err(error) => Err(error),
    }
}

/// Changes somebody; with how many of their planned shifts want a decision now, in the branch they were of.
pub(super) fn update(
    conn: &mut Conn,
    caller: &Caller,
    id: Id,
    version: Option<i32>,
    change: &UserChange,
) -> Result<(UserRecord, usize)> {
    let branch = users::one(conn, id)?.branch_id;
    let user = users::update(conn, caller, id, version, change)?;
    let touched = match branch {
        Some(branch) => standing::of(conn, branch, &[id], &[], caller.now)?.len(),
        None => 0,
    };
    Ok((user, touched))
}
