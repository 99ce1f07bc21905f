//! The page on which a branch sets its lead time, its grace and its rotation.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use serde::Deserialize;

use super::branch_rules::{self, BranchRules};
use crate::error::{Error, Result};
use crate::people::Role;
use crate::people::store::Branch;
use crate::t;
use crate::templates::attendance::{self as view, RulesView};
use crate::text::money::yuan;
use crate::web::api::message;
use crate::web::flash::Message;
use crate::web::{Form, Here, Page, Query, see_other};

/// Which branch, for an admin.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Which {
    branch: Option<String>,
}

/// `GET /branch-settings`
///
/// # Errors
/// `Forbidden` for the head office; `NotFound` out of reach.
pub async fn show(here: Here, which: Query<Which>) -> Result<HttpResponse> {
    let user = here.user()?.clone();
    let branch = here.app.db.read(move |conn| branch_rules::branch(conn, &user, which.0.branch.as_deref())).await?;
    let Branch { code, name, lead_minutes, grace_minutes, rotation_weeks, day_rate_fen, .. } = branch;
    let typed = RulesView {
        code,
        name,
        lead: lead_minutes.to_string(),
        grace: grace_minutes.to_string(),
        rotation: rotation_weeks.to_string(),
        day_rate: day_rate_fen.map(|fen| yuan(i64::from(fen))).unwrap_or_default(),
        ..RulesView::default()
    };
    render(&here, typed, StatusCode::OK)
}

fn render(here: &Here, mut typed: RulesView, status: StatusCode) -> Result<HttpResponse> {
    typed.back = if here.user()?.role == Role::Admin { "/branches" } else { "/attendance" };
    let body = view::rules(here.lang(), &typed, here.csrf());
    Ok(Page::new(t!(here.lang(), "rules-title"), body).status(status).answer(here))
}

/// The posted form.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PostedRules {
    #[serde(default)]
    branch: String,
    #[serde(default)]
    lead_minutes: String,
    #[serde(default)]
    grace_minutes: String,
    #[serde(default)]
    rotation_weeks: String,
    #[serde(default)]
    day_rate: String,
}

/// `POST /branch-settings`
///
/// # Errors
/// `Forbidden` for the head office; `NotFound` out of reach; a refused form is shown again.
pub async fn post(here: Here, form: Form<PostedRules>) -> Result<HttpResponse> {
    let form = form.fields;
    let (caller, user) = (here.caller(), here.user()?.clone());
    let code = Some(form.branch.clone()).filter(|code| !code.is_empty());
    match BranchRules::parse(&form.lead_minutes, &form.grace_minutes, &form.rotation_weeks, &form.day_rate) {
        Ok(new) => {
            let kept = here.app.db.write(move |conn| branch_rules::change(conn, &caller, code.as_deref(), new)).await?;
            let to = format!("/branch-settings?branch={}", kept.code);
            Ok(see_other(&here, &to, Some(Message::done(t!(here.lang(), "rules-kept")))))
        }
        Err(Error::Invalid(faults)) => {
            let branch = here.app.db.read(move |conn| branch_rules::branch(conn, &user, code.as_deref())).await?;
            let typed = RulesView {
                code: branch.code,
                name: branch.name,
                lead: form.lead_minutes,
                grace: form.grace_minutes,
                rotation: form.rotation_weeks,
                day_rate: form.day_rate,
                errors: faults.iter().map(|f| (f.field.clone(), message(here.lang(), f))).collect(),
                ..RulesView::default()
            };
            render(&here, typed, StatusCode::UNPROCESSABLE_ENTITY)
        }
        Err(error) => Err(error),
    }
}
