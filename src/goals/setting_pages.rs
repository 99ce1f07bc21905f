//! The page on which a branch says how it judges progress, and in which tier its people are.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use serde::Deserialize;

use super::settings::{self, GoalSettings, GoalSettingsInput, desk};
use super::{board, table_form};
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::t;
use crate::templates::goals::table::{self as view, SettingsView, TierRow};
use crate::web::api::message;
use crate::web::flash::Message;
use crate::web::ticked::Pairs;
use crate::web::{Form, Here, Page, see_other};

/// The settings as they were typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SettingsForm {
    time_by: String,
    margin_points: String,
}

/// `GET /targets/settings`
///
/// # Errors
/// 403 for who is not the desk of a branch.
pub async fn show(here: Here) -> Result<HttpResponse> {
    let branch = desk(here.user()?)?.id;
    let kept = here.app.db.read(move |conn| settings::of_branch(conn, branch)).await?;
    let typed = SettingsForm { time_by: kept.time_by.to_string(), margin_points: kept.margin_points.to_string() };
    render(&here, &typed, &[], StatusCode::OK).await
}

async fn render(
    here: &Here,
    typed: &SettingsForm,
    problems: &[(String, String)],
    status: StatusCode,
) -> Result<HttpResponse> {
    let (lang, branch) = (here.lang(), desk(here.user()?)?.clone());
    let id = branch.id;
    let people = here.app.db.read(move |conn| board::brokers(conn, id, None)).await?;
    let row =
        |one: board::Member| TierRow { id: one.id.to_string(), name: one.name, tier: one.class.unwrap_or_default() };
    let view = SettingsView {
        csrf: here.csrf(),
        branch: &branch.name,
        time_by: &typed.time_by,
        margin_points: &typed.margin_points,
        problems,
        people: people.into_iter().filter(|one| one.is_active).map(row).collect(),
    };
    Ok(Page::new(t!(lang, "goal-settings-title"), view::settings(lang, &view)).status(status).answer(here))
}

/// `POST /targets/settings`
///
/// # Errors
/// 403 for who is not the desk of a branch; a refused form is shown again.
pub async fn post(here: Here, form: Form<SettingsForm>) -> Result<HttpResponse> {
    desk(here.user()?)?;
    let points = form.fields.margin_points.trim();
    let input = GoalSettingsInput {
        time_by: Some(form.fields.time_by.clone()),
        // What is no number is out of any range.
        margin_points: if points.is_empty() { None } else { Some(points.parse().unwrap_or(-1)) },
    };
    match GoalSettings::parse(&input) {
        Ok(new) => {
            let caller = here.caller();
            here.app.db.write(move |conn| settings::change(conn, &caller, new)).await?;
            let done = Message::done(t!(here.lang(), "goal-settings-kept"));
            Ok(see_other(&here, "/targets/settings", Some(done)))
        }
        Err(Error::Invalid(faults)) => {
            let problems: Vec<_> = faults.iter().map(|f| (f.field.clone(), message(here.lang(), f))).collect();
            render(&here, &form.fields, &problems, StatusCode::UNPROCESSABLE_ENTITY).await
        }
        Err(error) => Err(error),
    }
}

/// `POST /targets/tiers`
///
/// # Errors
/// 403 for who is not the desk of a branch; 404 for somebody out of reach.
pub async fn post_tiers(here: Here, form: Form<Pairs>) -> Result<HttpResponse> {
    let branch = desk(here.user()?)?.id;
    let chosen = table_form::tiers(form.fields)?;
    let caller = here.caller();
    let write = move |conn: &mut Conn| {
        let known = settings::tiers(conn, branch)?;
        // Few change at once; the rest is left alone.
        let changed = chosen.iter().filter(|(broker, tier)| known.get(broker).copied() != *tier);
        changed.map(|(broker, tier)| settings::set_tier(conn, &caller, *broker, *tier)).collect::<Result<Vec<()>>>()
    };
    let n = here.app.db.write(write).await?.len();
    let done = Message::done(t!(here.lang(), "goal-tiers-kept", n = n));
    Ok(see_other(&here, "/targets/settings", Some(done)))
}
