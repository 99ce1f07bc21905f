//! The API of reports.

use actix_web::HttpResponse;

use super::Unit;
use super::load::{self, Report, ReportInput, Wanted, Whose};
use crate::attendance::filter::date;
use crate::error::{Faults, Result};
use crate::web::api::Problem;
use crate::web::{Here, Query, json};

/// `GET /api/v1/reports`: the figures of a day, a week, a month, a quarter or a year, for managers.
///
/// # Errors
/// 404 for a branch out of reach; 422 for a parameter that is none.
#[utoipa::path(get, path = "/api/v1/reports", tag = "reports", params(ReportInput),
    responses((status = 200, body = Report), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 422, body = Problem)))]
pub async fn show(here: Here, query: Query<ReportInput>) -> Result<HttpResponse> {
    as_said(&query.0)?;
    Ok(json(read(&here, &query.0).await?))
}

/// A form may leave a field empty; here it is left out.
fn as_said(input: &ReportInput) -> Result<()> {
    let mut faults = Faults::new();
    input.period.as_deref().map(|name| faults.take("period", Unit::parse(name).ok_or("unknown_value")));
    input.date.as_deref().map(|text| faults.take("date", date(text)));
    faults.check()
}

/// A report as somebody may see it.
///
/// # Errors
/// `NotFound` for a branch out of reach; by field.
pub async fn read(here: &Here, input: &ReportInput) -> Result<Report> {
    let (user, now) = (here.user()?.clone(), here.app.clock.now());
    let wanted = Wanted::parse(input, now.date_in(user.zone()))?;
    let read = here.app.db.read(move |conn| {
        let whose = Whose::of(conn, &user, wanted.branch.as_deref())?;
        load::report(conn, &whose, wanted.period, now)
    });
    read.await
}
