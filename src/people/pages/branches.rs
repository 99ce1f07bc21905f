//! The page of branches, for admins: those there are, and a form for another.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use serde::Deserialize;

use crate::error::{Error, Result};
use crate::people::Reach;
use crate::people::store::{self, NewBranch};
use crate::t;
use crate::templates::people::users as templates;
use crate::templates::people::users::BranchesView;
use crate::web::flash::Message;
use crate::web::refused::by_field;
use crate::web::{Form, Here, Page, see_other};

/// `GET /branches`
///
/// # Errors
/// What the database says.
pub async fn list(here: Here) -> Result<HttpResponse> {
    let typed = BranchForm { time_zone: "Asia/Shanghai".into(), ..BranchForm::default() };
    page(&here, &typed, Vec::new(), StatusCode::OK).await
}

async fn page(
    here: &Here,
    typed: &BranchForm,
    problems: Vec<(String, String)>,
    status: StatusCode,
) -> Result<HttpResponse> {
    let all = here.app.db.read(|conn| store::branches_in_reach(conn, Reach::All)).await?;
    let view = BranchesView {
        csrf: here.csrf(),
        branches: all.into_iter().map(|b| (b.code, b.name, b.time_zone)).collect(),
        code: &typed.code,
        name: &typed.name,
        time_zone: &typed.time_zone,
        problems,
    };
    let body = templates::branches(here.lang(), &view);
    Ok(Page::new(t!(here.lang(), "branches-title"), body).status(status).answer(here))
}

/// The form of a new branch.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BranchForm {
    #[serde(default)]
    code: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    time_zone: String,
}

/// `POST /branches`
///
/// # Errors
/// What the database says; a refusal shows the form again.
pub async fn create(here: Here, form: Form<BranchForm>) -> Result<HttpResponse> {
    let (form, caller) = (form.fields, here.caller());
    let added = match NewBranch::parse(&form.code, &form.name, &form.time_zone) {
        Ok(new) => here.app.db.write(move |conn| store::add_branch(conn, &caller, &new)).await,
        Err(error) => Err(error),
    };
    match added {
        Ok(branch) => {
            let text = t!(here.lang(), "branches-added", name = branch.name);
            Ok(see_other(&here, "/branches", Some(Message::done(text))))
        }
        Err(Error::Invalid(faults)) => {
            let problems = by_field(here.lang(), &faults);
            page(&here, &form, problems, StatusCode::UNPROCESSABLE_ENTITY).await
        }
        Err(error) => Err(error),
    }
}
