//! The API of targets, of tiers, and of how a branch judges progress.

use actix_web::HttpResponse;
use actix_web::web::Path;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::board::{self, Board};
use super::period::Period;
use super::settings::{self, GoalSettings, GoalSettingsInput, Tier};
use super::targets::{self, Copied, CopyInput, Filter, NewCopy, NewTarget, Subject, Target, TargetInput};
use crate::attendance::filter::date;
use crate::attendance::now::choose;
use crate::db::{Conn, Id};
use crate::error::{Error, Faults, FieldError, Result};
use crate::web::api::Problem;
use crate::web::pagination::{List, Part};
use crate::web::{Body, Here, Query, created, json};

/// Which targets.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct TargetsQuery {
    /// Of periods that end on this day or later.
    #[param(value_type = Option<NaiveDate>)]
    from: Option<String>,
    /// Of periods that begin on this day or earlier.
    #[param(value_type = Option<NaiveDate>)]
    to: Option<String>,
    /// Only of this kind.
    #[param(value_type = Option<Subject>)]
    subject: Option<String>,
    /// Only of this outlet, broker, grade or tier; with `subject`.
    member: Option<String>,
    /// How many at most.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<i64>,
    /// The `next_cursor` of the answer before.
    cursor: Option<String>,
}

impl TargetsQuery {
    fn parse(&self) -> Result<(Filter, Part<(NaiveDate, Id)>)> {
        let mut faults = Faults::new();
        let from = self.from.as_deref().and_then(|given| faults.take("from", date(given)));
        let to = self.to.as_deref().and_then(|given| faults.take("to", date(given)));
        if let (Some(from), Some(to)) = (from, to)
            && from > to
        {
            faults.push(FieldError::new("to", "from_after_to"));
        }
        let known = |given: &str| Subject::parse(given).ok_or("unknown_value");
        let subject = self.subject.as_deref().and_then(|given| faults.take("subject", known(given)));
        if self.member.is_some() && self.subject.is_none() {
            faults.add("subject", "required");
        }
        faults.check()?;
        let part = Part::parse(self.limit, self.cursor.as_deref())?;
        Ok((Filter { from, to, subject, member: self.member.clone() }, part))
    }
}

/// `GET /api/v1/targets`
///
/// # Errors
/// 422 by parameter.
#[utoipa::path(get, path = "/api/v1/targets", tag = "goals", params(TargetsQuery),
    responses(
        (status = 200, description = "Targets in reach by the first day of their period; a broker's own", body = List<Target>),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
pub async fn list(here: Here, query: Query<TargetsQuery>) -> Result<HttpResponse> {
    let (reach, (filter, part)) = (here.user()?.reach(), query.0.parse()?);
    Ok(json(here.app.db.read(move |conn| targets::list(conn, reach, &filter, &part)).await?))
}

/// `POST /api/v1/targets`
///
/// # Errors
/// 404 naming `member`; 409 `target_exists`, `id_taken`; 422 by field.
#[utoipa::path(post, path = "/api/v1/targets", tag = "goals", request_body = TargetInput,
    responses(
        (status = 201, description = "Set", body = Target),
        (status = 200, description = "Set before: the first answer", body = Target),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`member` is not there or out of reach", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`target_exists`, `id_taken`", body = Problem, content_type = "application/problem+json"),
        (status = 410, description = "Taken away since", body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
pub async fn create(here: Here, body: Body<TargetInput>) -> Result<HttpResponse> {
    settings::desk(here.user()?)?;
    let new = NewTarget::parse(&body.0)?;
    let (caller, keys) = (here.caller(), here.app.keys.clone());
    Ok(created(&here.app.db.write(move |conn| targets::create(conn, &keys, &caller, &new)).await?))
}

/// Another number.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TargetPatch {
    /// How many; for a share how many per cent.
    #[schema(minimum = 1)]
    value: i64,
}

/// `PATCH /api/v1/targets/{id}`
///
/// # Errors
/// 404 out of reach; 422 by field.
#[utoipa::path(patch, path = "/api/v1/targets/{id}", tag = "goals", request_body = TargetPatch,
    params(("id" = Id, Path, description = "The target")),
    responses(
        (status = 200, description = "As it is now", body = Target),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
pub async fn change(here: Here, id: Path<Id>, body: Body<TargetPatch>) -> Result<HttpResponse> {
    let (caller, id, value) = (here.caller(), id.into_inner(), body.0.value);
    Ok(json(here.app.db.write(move |conn| targets::change(conn, &caller, id, value)).await?))
}

/// `DELETE /api/v1/targets/{id}`
///
/// # Errors
/// 404 out of reach.
#[utoipa::path(delete, path = "/api/v1/targets/{id}", tag = "goals", params(("id" = Id, Path, description = "The target")),
    responses(
        (status = 204, description = "Taken away"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json")))]
pub async fn remove(here: Here, id: Path<Id>) -> Result<HttpResponse> {
    let (caller, id) = (here.caller(), id.into_inner());
    here.app.db.write(move |conn| targets::remove(conn, &caller, id)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// `POST /api/v1/targets/copies`
///
/// # Errors
/// 409 `id_taken`; 422 by field.
#[utoipa::path(post, path = "/api/v1/targets/copies", tag = "goals", request_body = CopyInput,
    responses(
        (status = 201, description = "Copied; what stood there stays", body = Copied),
        (status = 200, description = "Copied before: the first answer", body = Copied),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`id_taken`", body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
pub async fn copy(here: Here, body: Body<CopyInput>) -> Result<HttpResponse> {
    settings::desk(here.user()?)?;
    let new = NewCopy::parse(&body.0)?;
    let (caller, keys) = (here.caller(), here.app.keys.clone());
    Ok(created(&here.app.db.write(move |conn| targets::copy(conn, &keys, &caller, &new)).await?))
}

/// Which board.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct BoardQuery {
    /// `2026-11`, `2026-Q4`, `2026` or two dates with two points between them; this month where it is absent.
    period: Option<String>,
    /// The branch's code; the first in reach where it is absent.
    branch: Option<String>,
}

/// `GET /api/v1/targets/progress`
///
/// # Errors
/// 404 for a branch out of reach; 422 by parameter.
#[utoipa::path(get, path = "/api/v1/targets/progress", tag = "goals", params(BoardQuery),
    responses(
        (status = 200, description = "What was set for exactly that period beside what was done, with the defaults of grades and tiers; a broker's own", body = Board),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
pub async fn progress(here: Here, query: Query<BoardQuery>) -> Result<HttpResponse> {
    let (user, now) = (here.user()?.clone(), here.app.clock.now());
    let period = match query.0.period.as_deref() {
        Some(text) => Period::parse(text).map_err(|code| Error::field("period", code))?,
        None => Period::month_of(now.date_in(user.zone())),
    };
    let read = move |conn: &mut Conn| {
        let branch = choose(conn, &user, query.0.branch.as_deref())?.chosen;
        board::load(conn, user.reach(), &branch, period, now)
    };
    Ok(json(here.app.db.read(read).await?))
}

/// Which branch.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct BranchQuery {
    /// The branch's code; the first in reach where it is absent.
    branch: Option<String>,
}

/// `GET /api/v1/goal-settings`
///
/// # Errors
/// 404 for a branch out of reach.
#[utoipa::path(get, path = "/api/v1/goal-settings", tag = "goals", params(BranchQuery),
    responses(
        (status = 200, description = "How the branch judges progress", body = GoalSettings),
        (status = 404, body = Problem, content_type = "application/problem+json")))]
pub async fn show_settings(here: Here, query: Query<BranchQuery>) -> Result<HttpResponse> {
    let user = here.user()?.clone();
    let read = move |conn: &mut Conn| {
        let branch = choose(conn, &user, query.0.branch.as_deref())?.chosen.id;
        settings::of_branch(conn, branch)
    };
    Ok(json(here.app.db.read(read).await?))
}

/// `PUT /api/v1/goal-settings`
///
/// # Errors
/// 422 by field.
#[utoipa::path(put, path = "/api/v1/goal-settings", tag = "goals", request_body = GoalSettingsInput,
    responses(
        (status = 200, description = "Kept, for one's own branch", body = GoalSettings),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
pub async fn put_settings(here: Here, body: Body<GoalSettingsInput>) -> Result<HttpResponse> {
    settings::desk(here.user()?)?;
    let (caller, new) = (here.caller(), GoalSettings::parse(&body.0)?);
    Ok(json(here.app.db.write(move |conn| settings::change(conn, &caller, new)).await?))
}

/// A broker and their tier.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BrokerTier {
    /// Who.
    broker_id: Id,
    /// Their name.
    name: String,
    /// In which tier; null: in none.
    #[schema(value_type = Option<Tier>)]
    tier: Option<String>,
}

/// `GET /api/v1/broker-tiers`
///
/// # Errors
/// 404 for a branch out of reach.
#[utoipa::path(get, path = "/api/v1/broker-tiers", tag = "goals", params(BranchQuery),
    responses(
        (status = 200, description = "The brokers of a branch who work here, by name", body = List<BrokerTier>),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json")))]
pub async fn list_tiers(here: Here, query: Query<BranchQuery>) -> Result<HttpResponse> {
    let user = here.user()?.clone();
    let read = move |conn: &mut Conn| {
        let branch = choose(conn, &user, query.0.branch.as_deref())?.chosen.id;
        board::brokers(conn, branch, None)
    };
    let people = here.app.db.read(read).await?.into_iter().filter(|one| one.is_active);
    let items = people.map(|one| BrokerTier { broker_id: one.id, name: one.name, tier: one.class }).collect();
    Ok(json(List::<BrokerTier> { items, next_cursor: None }))
}

/// A broker's tier.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TierInput {
    /// Into which tier; null: out of any.
    tier: Option<Tier>,
}

/// `PUT /api/v1/broker-tiers/{id}`
///
/// # Errors
/// 404 out of reach; 422 by field.
#[utoipa::path(put, path = "/api/v1/broker-tiers/{id}", tag = "goals", request_body = TierInput,
    params(("id" = Id, Path, description = "The broker")),
    responses(
        (status = 204, description = "Kept"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
pub async fn put_tier(here: Here, id: Path<Id>, body: Body<TierInput>) -> Result<HttpResponse> {
    let (caller, id, tier) = (here.caller(), id.into_inner(), body.0.tier);
    here.app.db.write(move |conn| settings::set_tier(conn, &caller, id, tier)).await?;
    Ok(HttpResponse::NoContent().finish())
}
