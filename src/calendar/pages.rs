//! The calendar page: the holidays and made-up workdays of a year, for all branches or for one.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use chrono::{Datelike, NaiveDate};
use serde::Deserialize;
use serde_json::json;

use super::store::{self, Day};
use crate::audit::{self, Subject};
use crate::db::{Conn, Id};
use crate::error::{Error, Faults, FieldError, Result};
use crate::people::Role;
use crate::people::store::{Branch, branches_in_reach};
use crate::t;
use crate::templates::calendar::{CalendarView, DayLine, RemovalView, calendar, removal};
use crate::text::{self, TextError};
use crate::web::flash::Message;
use crate::web::{Form, Here, Page, Query, api, see_other};

/// Which calendar and year.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    year: Option<i32>,
    branch: Option<String>,
}

/// A day as it is typed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DayInput {
    branch: String,
    date: String,
    is_workday: String,
    name: String,
}

/// Which calendar a page is about.
struct Scope {
    /// None: what holds for all.
    branch: Option<Branch>,
    /// What an admin may choose from; none for others.
    all: Vec<Branch>,
}

/// The calendar that a branch's code means: an admin's choice, for others the own branch.
async fn scope(here: &Here, code: Option<&str>) -> Result<Scope> {
    let user = here.user()?.clone();
    let own = if user.role == Role::Admin { None } else { Some(user.own_branch()?.id) };
    let reach = user.reach();
    let all = here.app.db.read(move |conn| branches_in_reach(conn, reach)).await?;
    let code = code.filter(|c| !c.is_empty());
    let branch = match (own, code) {
        (None, None) => None,
        (own, code) => {
            let is_it = |b: &&Branch| own.is_none_or(|own| b.id == own) && code.is_none_or(|code| b.code == code);
            Some(all.iter().find(is_it).cloned().ok_or(Error::NotFound(Some("branch")))?)
        }
    };
    Ok(Scope { branch, all: if own.is_none() { all } else { Vec::new() } })
}

/// `GET /calendars`
///
/// # Errors
/// 403 for the head office, 404 for a branch out of reach.
pub async fn show(here: Here, asked: Query<Asked>) -> Result<HttpResponse> {
    let scope = scope(&here, asked.0.branch.as_deref()).await?;
    let year = asked.0.year.filter(|y| (1900..=2200).contains(y)).unwrap_or_else(|| this_year(&here));
    page(&here, &scope, year, &DayInput::default(), &[], StatusCode::OK).await
}

fn this_year(here: &Here) -> i32 {
    let zone = here.user().map_or(chrono_tz::Asia::Shanghai, |u| u.zone());
    here.app.clock.now().date_in(zone).year()
}

async fn page(
    here: &Here,
    scope: &Scope,
    year: i32,
    typed: &DayInput,
    faults: &[FieldError],
    status: StatusCode,
) -> Result<HttpResponse> {
    let branch = scope.branch.as_ref().map(|b| b.id);
    let now = this_year(here);
    let read = move |conn: &mut Conn| {
        let general = store::days(conn, None, Some(year))?;
        let own = if branch.is_some() { store::days(conn, branch, Some(year))? } else { Vec::new() };
        let bounds = store::bounds(now).zip(store::bounds(now + 1));
        let bare = match bounds {
            Some(((first, _), (_, last))) => {
                store::workdays(conn, branch, first, last)?.years_without_holiday(now..=now + 1)
            }
            None => Vec::new(),
        };
        Ok((general, own, bare))
    };
    let (general, own, bare) = here.app.db.read(read).await?;
    let days = lines(&general, &own, branch.is_some());
    let problems: Vec<(String, String)> =
        faults.iter().map(|f| (f.field.clone(), api::message(here.lang(), f))).collect();
    let branches: Vec<(String, String)> = scope.all.iter().map(|b| (b.code.clone(), b.name.clone())).collect();
    let view = CalendarView {
        year,
        branch: scope.branch.as_ref().map(|b| (b.code.as_str(), b.name.as_str())),
        branches: &branches,
        days: &days,
        bare: &bare,
        date: &typed.date,
        is_workday: &typed.is_workday,
        name: &typed.name,
        csrf: here.csrf(),
        problems: &problems,
    };
    Ok(Page::new(t!(here.lang(), "calendar-title"), calendar(here.lang(), &view)).status(status).answer(here))
}

/// The days that are other than their weekday says, or are a branch's own word: an own one in the place of a general one.
fn lines(general: &[Day], own: &[Day], for_branch: bool) -> Vec<DayLine> {
    let line = |day: &Day, removable: bool| DayLine {
        date: day.date,
        is_workday: day.is_workday,
        name: day.name.clone(),
        removable,
    };
    let is_usual = |day: &Day| day.is_workday == (day.date.weekday().number_from_monday() < 6) && day.name.is_empty();
    let mut lines: Vec<DayLine> = general
        .iter()
        .filter(|day| !is_usual(day) && own.iter().all(|o| o.date != day.date))
        .map(|day| line(day, !for_branch))
        .chain(own.iter().map(|day| line(day, true)))
        .collect();
    lines.sort_by_key(|line| line.date);
    lines
}

fn parse(input: &DayInput) -> Result<Day> {
    let mut faults = Faults::new();
    let in_range = |day: &NaiveDate| (1900..=2200).contains(&day.year());
    let date = NaiveDate::parse_from_str(input.date.trim(), "%Y-%m-%d").ok().filter(in_range);
    let date = faults.take("date", date.ok_or(if input.date.trim().is_empty() { "required" } else { "not_a_date" }));
    let is_workday = faults.take(
        "is_workday",
        match input.is_workday.as_str() {
            "1" => Ok(true),
            "0" => Ok(false),
            "" => Err("required"),
            _ => Err("unknown_value"),
        },
    );
    let name = match text::clean_name(&input.name, 60) {
        Err(TextError::Empty) => Some(String::new()),
        other => faults.take("name", other.map_err(TextError::code)),
    };
    match (date, is_workday, name) {
        (Some(date), Some(is_workday), Some(name)) if faults.is_empty() => Ok(Day { date, is_workday, name }),
        _ => Err(faults.into_error()),
    }
}

fn address(branch: Option<&Branch>, year: i32) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("year", &year.to_string());
    if let Some(branch) = branch {
        query.append_pair("branch", &branch.code);
    }
    format!("/calendars?{}", query.finish())
}

fn noted(
    conn: &mut Conn,
    caller: &crate::people::Caller,
    action: &str,
    branch: Option<Id>,
    date: NaiveDate,
) -> Result<()> {
    audit::record(conn, caller, action, Subject { kind: "calendar", id: None, branch }, json!({ "date": date }))
}

/// `POST /calendars`: lists a day, anew or otherwise.
///
/// # Errors
/// A form that is wrong is shown again.
pub async fn put(here: Here, form: Form<DayInput>) -> Result<HttpResponse> {
    let scope = scope(&here, Some(&form.fields.branch)).await?;
    let day = match parse(&form.fields) {
        Ok(day) => day,
        Err(Error::Invalid(faults)) => {
            let year = this_year(&here);
            return page(&here, &scope, year, &form.fields, &faults, StatusCode::UNPROCESSABLE_ENTITY).await;
        }
        Err(error) => return Err(error),
    };
    let (to, branch, caller) =
        (address(scope.branch.as_ref(), day.date.year()), scope.branch.map(|b| b.id), here.caller());
    let date = day.date.to_string();
    here.app
        .db
        .write(move |conn| {
            store::put_day(conn, branch, &day)?;
            noted(conn, &caller, "calendar.put", branch, day.date)
        })
        .await?;
    Ok(see_other(&here, &to, Some(Message::done(t!(here.lang(), "calendar-saved", date = date)))))
}

/// The day to take off the list.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Removal {
    #[serde(default)]
    branch: String,
    date: NaiveDate,
}

/// Which day somebody thinks of taking off the list.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RemovalAsked {
    branch: Option<String>,
    date: Option<NaiveDate>,
}

/// `GET /calendars/removal`: what is lost with the day, before it is. A day that is not listed leads back to the list.
///
/// # Errors
/// 404 for a branch out of reach.
pub async fn ask_removal(here: Here, asked: Query<RemovalAsked>) -> Result<HttpResponse> {
    let scope = scope(&here, asked.0.branch.as_deref()).await?;
    let date = asked.0.date.unwrap_or_default();
    let (branch, year) = (scope.branch.as_ref().map(|b| b.id), date.year());
    let read = move |conn: &mut Conn| {
        let listed = store::days(conn, branch, Some(year))?.into_iter().find(|day| day.date == date);
        let general = if branch.is_some() { store::days(conn, None, Some(year))? } else { Vec::new() };
        Ok((listed, general.into_iter().find(|day| day.date == date)))
    };
    let (listed, general) = here.app.db.read(read).await?;
    let Some(day) = listed else { return Ok(see_other(&here, &address(scope.branch.as_ref(), year), None)) };
    let view = RemovalView {
        branch: scope.branch.as_ref().map(|b| (b.code.as_str(), b.name.as_str())),
        back: &address(scope.branch.as_ref(), year),
        date,
        name: &day.name,
        is_workday: day.is_workday,
        after: general.as_ref().map_or(date.weekday().number_from_monday() < 6, |day| day.is_workday),
        listed_for_all: general.is_some(),
        csrf: here.csrf(),
    };
    Ok(Page::new(t!(here.lang(), "calendar-remove-title"), removal(here.lang(), &view)).answer(&here))
}

/// `POST /calendars/removal`
///
/// # Errors
/// 404 for a branch out of reach.
pub async fn remove(here: Here, form: Form<Removal>) -> Result<HttpResponse> {
    let scope = scope(&here, Some(&form.fields.branch)).await?;
    let date = form.fields.date;
    let (to, branch, caller) = (address(scope.branch.as_ref(), date.year()), scope.branch.map(|b| b.id), here.caller());
    here.app
        .db
        .write(move |conn| {
            if store::remove_day(conn, branch, date)? {
                noted(conn, &caller, "calendar.remove", branch, date)
            } else {
                Ok(())
            }
        })
        .await?;
    Ok(see_other(&here, &to, Some(Message::done(t!(here.lang(), "calendar-removed", date = date.to_string())))))
}
