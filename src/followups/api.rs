//! The API of follow-ups: the list by urgency, and waivers.

use actix_web::HttpResponse;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::due::State;
use super::lists::{self, Days, Filter, FollowUpItem, Place};
use super::waivers::{self, NewWaiver, WaiverView};
use crate::attendance::filter::date;
use crate::db::Id;
use crate::error::{Faults, Result};
use crate::requests;
use crate::web::api::Problem;
use crate::web::pagination::{List, Part};
use crate::web::{Body, Here, Query, created, json};

/// Which follow-ups.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct FollowUpQuery {
    /// `open`, `kept`, `kept_late`, `missed` or `waived`.
    #[param(value_type = Option<State>)]
    pub state: Option<String>,
    /// Due before this date.
    #[param(value_type = Option<NaiveDate>)]
    pub due_before: Option<String>,
    /// Of this broker.
    pub broker_id: Option<Id>,
    /// Of prospects met at this outlet.
    pub outlet_id: Option<Id>,
    /// How many, 1 to 500; 50 if left out.
    #[param(minimum = 1, maximum = 500)]
    pub limit: Option<i64>,
    /// Where the last part ended.
    pub cursor: Option<String>,
}

impl FollowUpQuery {
    /// Checks it.
    ///
    /// # Errors
    /// By field.
    pub fn parse(&self) -> Result<(Filter, Part<Place>)> {
        let mut faults = Faults::new();
        let state = self.state.as_deref().and_then(|s| faults.take("state", State::parse(s).ok_or("unknown_value")));
        let due_before = self.due_before.as_deref().and_then(|d| faults.take("due_before", date(d)));
        faults.check()?;
        let part = Part::parse(self.limit, self.cursor.as_deref())?;
        Ok((Filter { state, due_before, broker: self.broker_id, outlet: self.outlet_id }, part))
    }
}

/// `GET /api/v1/follow-ups`: the follow-ups in reach, the earliest due first.
///
/// # Errors
/// 422 for an unknown state, a wrong date, limit or cursor.
#[utoipa::path(get, path = "/api/v1/follow-ups", tag = "follow-ups", params(FollowUpQuery),
    responses((status = 200, body = List<FollowUpItem>), (status = 401, body = Problem), (status = 422, body = Problem)))]
pub async fn list(here: Here, query: Query<FollowUpQuery>) -> Result<HttpResponse> {
    let (filter, part) = query.0.parse()?;
    let (reach, now) = (here.user()?.reach(), here.app.clock.now());
    let found = here
        .app
        .db
        .read(move |conn| {
            let days = Days::load(conn, reach, now)?;
            lists::list(conn, reach, &days, &filter, &part)
        })
        .await?;
    let items: Vec<FollowUpItem> = found.items.into_iter().map(|one| one.view).collect();
    Ok(json(List { items, next_cursor: found.next_cursor }))
}

/// Follow-ups to waive.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WaiverInput {
    /// Made by the client.
    pub id: Id,
    /// 1 to 500 follow-ups of the own branch.
    #[schema(min_items = 1, max_items = 500)]
    pub follow_up_ids: Vec<Id>,
    /// Why; at most 500 characters.
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
}

/// `POST /api/v1/follow-ups/waivers`: waives what is still open of the follow-ups named.
///
/// # Errors
/// 403 without a branch; 404 where one is out of reach; 409 `id_taken`; 422 by field.
#[utoipa::path(post, path = "/api/v1/follow-ups/waivers", tag = "follow-ups", request_body = WaiverInput,
    responses((status = 201, body = WaiverView), (status = 200, body = WaiverView, description = "Sent again: the first answer"),
        (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem),
        (status = 422, body = Problem)))]
pub async fn create_waiver(here: Here, body: Body<WaiverInput>) -> Result<HttpResponse> {
    let id = body.0.id;
    let new = NewWaiver::parse(body.0.follow_up_ids, &body.0.reason)?;
    let (caller, keys) = (here.caller(), here.app.keys.clone());
    let answer = here
        .app
        .db
        .write(move |conn| {
            requests::once(conn, &keys, &caller, "waiver", id, &new, |conn| waivers::waive(conn, &caller, id, &new))
        })
        .await?;
    Ok(created(&answer))
}
