//! The API of results.

use actix_web::HttpResponse;

use super::mine::{self, Mine, MineInput};
use super::quality::{self, QualityInput, QualityQuery, QualityView, Scope};
use super::scorecard::{self, Scorecard, ScorecardInput};
use crate::attendance::now::choose;
use crate::error::Result;
use crate::followups::lists::Days;
use crate::t;
use crate::web::api::Problem;
use crate::web::{Here, Query, json};

/// `GET /api/v1/follow-up-quality`: of those first met in a period, how many were contacted within three days, and how soon. A broker sees the own figures
/// and the middle of the branch's brokers.
///
/// # Errors
/// 404 for a branch out of reach; 422 for a parameter that is none.
#[utoipa::path(get, path = "/api/v1/follow-up-quality", tag = "follow-ups", params(QualityInput),
    responses((status = 200, body = QualityView), (status = 401, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub async fn show_quality(here: Here, query: Query<QualityInput>) -> Result<HttpResponse> {
    let (user, lang, now) = (here.user()?.clone(), here.lang(), here.app.clock.now());
    let query = QualityQuery::parse(&query.0, now.date_in(user.zone()))?;
    let read = here.app.db.read(move |conn| {
        let scope = Scope::of(conn, &user, query.branch.as_deref())?;
        let days = Days::load(conn, scope.reach, now)?;
        let counted = quality::count(conn, scope, &days, query.from, query.to)?;
        Ok(QualityView {
            from: query.from,
            to: query.to,
            group_by: query.group_by,
            groups: quality::groups(conn, &counted, query.group_by, &t!(lang, "funnel-none"))?,
            total: counted.total,
            median_share: counted.middle,
            waiting: quality::waiting(conn, scope, &days)?,
        })
    });
    Ok(json(read.await?))
}

/// `GET /api/v1/my-results`: a broker's own funnel, contacts in time and attendance, beside the middle of the branch's brokers.
///
/// # Errors
/// 403 for others; 422 for a date that is none.
#[utoipa::path(get, path = "/api/v1/my-results", tag = "funnel", params(MineInput),
    responses((status = 200, body = Mine), (status = 401, body = Problem), (status = 403, body = Problem), (status = 422, body = Problem)))]
pub async fn show_mine(here: Here, query: Query<MineInput>) -> Result<HttpResponse> {
    let (user, lang, now) = (here.user()?.clone(), here.lang(), here.app.clock.now());
    let (from, to) = mine::period(&query.0, now.date_in(user.zone()))?;
    Ok(json(here.app.db.read(move |conn| mine::mine(conn, &user, lang, from, to, now)).await?))
}

/// `GET /api/v1/outlet-scorecard`: a branch's outlets with their prospects, accounts, person-days, cost, attendance and coverage, the period before, and what to
/// do about each.
///
/// # Errors
/// 403 for brokers; 404 for a branch out of reach; 422 for a date that is none.
#[utoipa::path(get, path = "/api/v1/outlet-scorecard", tag = "outlets", params(ScorecardInput),
    responses((status = 200, body = Scorecard), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 422, body = Problem)))]
pub async fn show_scorecard(here: Here, query: Query<ScorecardInput>) -> Result<HttpResponse> {
    let (user, now) = (here.user()?.clone(), here.app.clock.now());
    let period = query.0.period(now.date_in(user.zone()))?;
    let read = here.app.db.read(move |conn| {
        let choice = choose(conn, &user, query.0.branch.as_deref().filter(|code| !code.is_empty()))?;
        scorecard::load(conn, &choice.chosen, period, None, now)
    });
    Ok(json(read.await?))
}
