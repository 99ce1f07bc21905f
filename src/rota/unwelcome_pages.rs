//! The page of whom an outlet does not want; for the desk of its branch alone.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Path;

use super::pages::brokers;
use super::unwelcome::{self, UnwelcomeInput};
use crate::db::Id;
use crate::error::Result;
use crate::outlets::record;
use crate::people::Reach;
use crate::people::pages::Nothing;
use crate::t;
use crate::templates::rota::{self as view, UnwelcomeLine, UnwelcomeView};
use crate::web::flash::Message;
use crate::web::refused::beside;
use crate::web::{Form, Here, Page, see_other};

/// `GET /outlets/{id}/unwelcome`
///
/// # Errors
/// 404 out of reach, 403 for who is not of the branch's desk.
pub async fn show(here: Here, id: Path<Id>) -> Result<HttpResponse> {
    let typed = UnwelcomeInput { id: Id::new().to_string(), ..UnwelcomeInput::default() };
    page(&here, id.into_inner(), &typed, &[], StatusCode::OK).await
}

async fn page(
    here: &Here,
    outlet: Id,
    typed: &UnwelcomeInput,
    problems: &[(String, String)],
    status: StatusCode,
) -> Result<HttpResponse> {
    let (user, lang) = (here.user()?.clone(), here.lang());
    let (name, all, people) = here
        .app
        .db
        .read(move |conn| {
            let branch = unwelcome::may_see(conn, &user, outlet)?;
            let name = record::find(conn, Reach::Branch(branch), outlet)?.name;
            Ok((name, unwelcome::of_outlet(conn, outlet)?, brokers(conn, branch)?))
        })
        .await?;
    let line = |one: unwelcome::Unwelcome| UnwelcomeLine {
        action: format!("/outlets/{outlet}/unwelcome/{}/removal", one.id),
        name: one.name,
        from: one.from,
        to: one.to,
        reason: one.reason,
    };
    let view = UnwelcomeView {
        outlet: &format!("/outlets/{outlet}"),
        name: &name,
        all: all.into_iter().map(line).collect(),
        brokers: &people,
        typed,
        problems,
    };
    let body = view::unwelcome(lang, &view, here.csrf());
    Ok(Page::new(t!(lang, "unwelcome-title"), body).status(status).answer(here))
}

/// `POST /outlets/{id}/unwelcome`
///
/// # Errors
/// As the page; a refused form is shown again.
pub async fn add(here: Here, id: Path<Id>, form: Form<UnwelcomeInput>) -> Result<HttpResponse> {
    let (outlet, caller, post, input) = (id.into_inner(), here.caller(), here.app.post(), form.fields.clone());
    match here.app.db.write(move |conn| unwelcome::add(conn, &post, &caller, outlet, &input)).await {
        Ok(()) => {
            let done = Message::done(t!(here.lang(), "unwelcome-added"));
            Ok(see_other(&here, &format!("/outlets/{outlet}/unwelcome"), Some(done)))
        }
        Err(error) => {
            let problems = beside(here.lang(), error, "take_off")?;
            page(&here, outlet, &form.fields, &problems, StatusCode::UNPROCESSABLE_ENTITY).await
        }
    }
}

/// `POST /outlets/{id}/unwelcome/{unwelcome}/removal`
///
/// # Errors
/// As the page.
pub async fn remove(here: Here, ids: Path<(Id, Id)>, _form: Form<Nothing>) -> Result<HttpResponse> {
    let ((outlet, id), caller) = (ids.into_inner(), here.caller());
    here.app.db.write(move |conn| unwelcome::remove(conn, &caller, outlet, id)).await?;
    let done = Message::done(t!(here.lang(), "unwelcome-removed"));
    Ok(see_other(&here, &format!("/outlets/{outlet}/unwelcome"), Some(done)))
}
