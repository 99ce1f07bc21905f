//! The API of leave and swaps.

use actix_web::HttpResponse;
use actix_web::web::Path;
use chrono::NaiveDate;
use diesel::prelude::*;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::leave::{self, Leave, LeaveDecision, LeaveInput, LeaveState, NewLeave};
use super::swaps::{self, NewSwap, Swap, SwapDecision, SwapInput, SwapState};
use crate::attendance::filter::date;
use crate::db::schema::{leaves, swaps as swap_rows};
use crate::db::{Conn, Id};
use crate::error::{Error, Faults, Result};
use crate::people::Reach;
use crate::web::api::Problem;
use crate::web::pagination::{List, Part};
use crate::web::{Body, Here, Query, created, json};

/// Which leaves or swaps: local dates, both included, and how they stand.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AskedQuery {
    /// The first local date.
    #[param(value_type = Option<NaiveDate>)]
    from: Option<String>,
    /// The last local date.
    #[param(value_type = Option<NaiveDate>)]
    to: Option<String>,
    /// Only those that stand so.
    state: Option<String>,
    /// Only this broker's.
    broker_id: Option<Id>,
    /// How many at most.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<i64>,
    /// The `next_cursor` of the answer before.
    cursor: Option<String>,
}

struct Asked<S> {
    from: Option<NaiveDate>,
    to: Option<NaiveDate>,
    state: Option<S>,
    broker: Option<Id>,
    part: Part<(NaiveDate, Id)>,
}

impl AskedQuery {
    fn parse<S>(&self, state: impl Fn(&str) -> Option<S>) -> Result<Asked<S>> {
        let mut faults = Faults::new();
        let from = self.from.as_deref().and_then(|text| faults.take("from", date(text)));
        let to = self.to.as_deref().and_then(|text| faults.take("to", date(text)));
        let known = |text: &str| state(text).ok_or("unknown_value");
        let state = self.state.as_deref().and_then(|text| faults.take("state", known(text)));
        faults.check()?;
        let part = Part::parse(self.limit, self.cursor.as_deref())?;
        Ok(Asked { from, to, state, broker: self.broker_id, part })
    }
}

/// `POST /api/v1/leaves`
///
/// # Errors
/// 404 naming `broker_id`; 409 `leave_overlaps`, `id_taken`; 422 by field.
#[utoipa::path(post, path = "/api/v1/leaves", tag = "rota", request_body = LeaveInput,
    responses(
        (status = 201, description = "Asked for", body = Leave),
        (status = 200, description = "Asked for before: the first answer", body = Leave),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`broker_id` is not there or out of reach", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`leave_overlaps`, `id_taken`", body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
pub async fn ask_leave(here: Here, body: Body<LeaveInput>) -> Result<HttpResponse> {
    here.user()?.own_branch()?;
    let new = NewLeave::parse(&body.0)?;
    let (caller, keys) = (here.caller(), here.app.keys.clone());
    Ok(created(&here.app.db.write(move |conn| leave::ask(conn, &keys, &caller, &new)).await?))
}

/// `GET /api/v1/leaves`
///
/// # Errors
/// 422 by parameter.
#[utoipa::path(get, path = "/api/v1/leaves", tag = "rota", params(AskedQuery),
    responses(
        (status = 200, description = "Leave that touches those dates, by its first day", body = List<Leave>),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
pub async fn list_leaves(here: Here, query: Query<AskedQuery>) -> Result<HttpResponse> {
    let (reach, asked) = (here.user()?.reach(), query.0.parse(LeaveState::parse)?);
    Ok(json(here.app.db.read(move |conn| leaves_of(conn, reach, &asked)).await?))
}

fn leaves_of(conn: &mut Conn, reach: Reach, asked: &Asked<LeaveState>) -> Result<List<Leave>> {
    let mut query = leaves::table.select(Leave::as_select()).into_boxed();
    match reach {
        Reach::All => {}
        Reach::Branch(branch) => query = query.filter(leaves::branch_id.eq(branch)),
        Reach::Own { broker, .. } => query = query.filter(leaves::broker_id.eq(broker)),
    }
    if let Some(from) = asked.from {
        query = query.filter(leaves::to_date.ge(from));
    }
    if let Some(to) = asked.to {
        query = query.filter(leaves::from_date.le(to));
    }
    if let Some(state) = asked.state {
        query = query.filter(leaves::state.eq(state));
    }
    if let Some(broker) = asked.broker {
        query = query.filter(leaves::broker_id.eq(broker));
    }
    if let Some((day, id)) = asked.part.after {
        query = query.filter(leaves::from_date.gt(day).or(leaves::from_date.eq(day).and(leaves::id.gt(id))));
    }
    let rows: Vec<Leave> = query.order((leaves::from_date, leaves::id)).limit(asked.part.limit + 1).load(conn)?;
    asked.part.list(rows, |one| (one.from_date, one.id), |one| one)
}

/// `POST /api/v1/leaves/{id}/decision`
///
/// # Errors
/// 404 out of reach; 409 `already_decided`, `shifts_stand`, `has_checkins`; 422 by field.
#[utoipa::path(post, path = "/api/v1/leaves/{id}/decision", tag = "rota", params(("id" = Id, Path, description = "The leave")),
    request_body = LeaveDecision,
    responses(
        (status = 200, description = "Answered", body = Leave),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`already_decided`, `shifts_stand`, `has_checkins`, `has_correction`", body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
pub async fn decide_leave(here: Here, id: Path<Id>, body: Body<LeaveDecision>) -> Result<HttpResponse> {
    let (caller, post, id) = (here.caller(), here.app.post(), id.into_inner());
    Ok(json(here.app.db.write(move |conn| leave::decide(conn, &post, &caller, id, &body.0)).await?))
}

/// `POST /api/v1/leaves/{id}/withdrawal`
///
/// # Errors
/// 404 out of reach; 409 `already_decided`.
#[utoipa::path(post, path = "/api/v1/leaves/{id}/withdrawal", tag = "rota", params(("id" = Id, Path, description = "The leave")),
    responses(
        (status = 200, description = "Taken back", body = Leave),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`already_decided`", body = Problem, content_type = "application/problem+json")))]
pub async fn withdraw_leave(here: Here, id: Path<Id>) -> Result<HttpResponse> {
    let (caller, id) = (here.caller(), id.into_inner());
    Ok(json(here.app.db.write(move |conn| leave::withdraw(conn, &caller, id)).await?))
}

/// `POST /api/v1/swaps`
///
/// # Errors
/// 404 naming `shift_id`, `to_broker_id` or `other_shift_id`; 409 with its code; 422 by field.
#[utoipa::path(post, path = "/api/v1/swaps", tag = "rota", request_body = SwapInput,
    responses(
        (status = 201, description = "Offered", body = Swap),
        (status = 200, description = "Offered before: the first answer", body = Swap),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "A shift or the colleague is not there or out of reach", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`swap_past`, `swap_open`, `swap_not_possible`, `id_taken`", body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
pub async fn offer_swap(here: Here, body: Body<SwapInput>) -> Result<HttpResponse> {
    let new = NewSwap::parse(&body.0)?;
    let (caller, post) = (here.caller(), here.app.post());
    Ok(created(&here.app.db.write(move |conn| swaps::offer(conn, &post, &caller, &new)).await?))
}

/// `GET /api/v1/swaps`
///
/// # Errors
/// 422 by parameter.
#[utoipa::path(get, path = "/api/v1/swaps", tag = "rota", params(AskedQuery),
    responses(
        (status = 200, description = "Swaps of shifts on those dates, by date", body = List<Swap>),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
pub async fn list_swaps(here: Here, query: Query<AskedQuery>) -> Result<HttpResponse> {
    let (reach, asked) = (here.user()?.reach(), query.0.parse(SwapState::parse)?);
    Ok(json(here.app.db.read(move |conn| swaps_of(conn, reach, &asked)).await?))
}

fn swaps_of(conn: &mut Conn, reach: Reach, asked: &Asked<SwapState>) -> Result<List<Swap>> {
    use swap_rows as s;
    let of = |broker: Id| s::from_broker_id.eq(broker).or(s::to_broker_id.eq(broker));
    let mut query = s::table.select(Swap::as_select()).into_boxed();
    match reach {
        Reach::All => {}
        Reach::Branch(branch) => query = query.filter(s::branch_id.eq(branch)),
        Reach::Own { broker, .. } => query = query.filter(of(broker)),
    }
    if let Some(from) = asked.from {
        query = query.filter(s::date.ge(from));
    }
    if let Some(to) = asked.to {
        query = query.filter(s::date.le(to));
    }
    if let Some(state) = asked.state {
        query = query.filter(s::state.eq(state));
    }
    if let Some(broker) = asked.broker {
        query = query.filter(of(broker));
    }
    if let Some((day, id)) = asked.part.after {
        query = query.filter(s::date.gt(day).or(s::date.eq(day).and(s::id.gt(id))));
    }
    let rows: Vec<Swap> = query.order((s::date, s::id)).limit(asked.part.limit + 1).load(conn)?;
    asked.part.list(rows, |one| (one.date, one.id), |one| one)
}

/// A colleague's answer to a swap.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SwapReply {
    /// Whether they take it.
    #[schema(required, value_type = bool)]
    take: Option<bool>,
}

/// `POST /api/v1/swaps/{id}/answer`
///
/// # Errors
/// 404 where it was offered to somebody else; 409 with its code.
#[utoipa::path(post, path = "/api/v1/swaps/{id}/answer", tag = "rota", params(("id" = Id, Path, description = "The swap")),
    request_body = SwapReply,
    responses(
        (status = 200, description = "Answered", body = Swap),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`already_decided`, `swap_lapsed`, `swap_past`, `swap_not_possible`", body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
pub async fn answer_swap(here: Here, id: Path<Id>, body: Body<SwapReply>) -> Result<HttpResponse> {
    let take = body.0.take.ok_or_else(|| Error::field("take", "required"))?;
    let (caller, post, id) = (here.caller(), here.app.post(), id.into_inner());
    Ok(json(here.app.db.write(move |conn| swaps::reply(conn, &post, &caller, id, take)).await?))
}

/// `POST /api/v1/swaps/{id}/withdrawal`
///
/// # Errors
/// 404 where somebody else offered it; 409 `already_decided`.
#[utoipa::path(post, path = "/api/v1/swaps/{id}/withdrawal", tag = "rota", params(("id" = Id, Path, description = "The swap")),
    responses(
        (status = 200, description = "Taken back", body = Swap),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`already_decided`", body = Problem, content_type = "application/problem+json")))]
pub async fn withdraw_swap(here: Here, id: Path<Id>) -> Result<HttpResponse> {
    let (caller, post, id) = (here.caller(), here.app.post(), id.into_inner());
    Ok(json(here.app.db.write(move |conn| swaps::withdraw(conn, &post, &caller, id)).await?))
}

/// `POST /api/v1/swaps/{id}/decision`
///
/// # Errors
/// 404 out of reach; 409 with its code; 422 by field.
#[utoipa::path(post, path = "/api/v1/swaps/{id}/decision", tag = "rota", params(("id" = Id, Path, description = "The swap")),
    request_body = SwapDecision,
    responses(
        (status = 200, description = "Answered", body = Swap),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`already_decided`, `swap_lapsed`, `swap_past`, or the rule it would break", body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
pub async fn decide_swap(here: Here, id: Path<Id>, body: Body<SwapDecision>) -> Result<HttpResponse> {
    let (caller, post, id) = (here.caller(), here.app.post(), id.into_inner());
    Ok(json(here.app.db.write(move |conn| swaps::decide(conn, &post, &caller, id, &body.0)).await?))
}
