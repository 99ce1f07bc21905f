//! The API of the funnel.

use actix_web::HttpResponse;

use super::groups::{self, Funnel};
use super::query::{FunnelInput, FunnelQuery};
use super::stands::Ages;
use crate::error::Result;
use crate::web::api::Problem;
use crate::web::{Here, Query, json};

/// `GET /api/v1/funnel`: of those first met in a period, within reach, how many came how far.
///
/// # Errors
/// 404 for a broker or an outlet out of reach; 422 for a parameter that is none.
#[utoipa::path(get, path = "/api/v1/funnel", tag = "funnel", params(FunnelInput),
    responses((status = 200, body = Funnel), (status = 401, body = Problem), (status = 404, body = Problem),
        (status = 422, body = Problem)))]
pub async fn show(here: Here, query: Query<FunnelInput>) -> Result<HttpResponse> {
    let user = here.user()?;
    let today = here.app.clock.now().date_in(user.zone());
    let query = FunnelQuery::parse(&query.0, today)?;
    let (reach, lang, ages) = (user.reach(), here.lang(), Ages::of(today, user.zone()));
    Ok(json(here.app.db.read(move |conn| groups::funnel(conn, reach, lang, &query, ages)).await?))
}
