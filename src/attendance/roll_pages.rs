//! The pages of the roll: a month, a list, one shift with its corrections and spot checks, and the files to take along.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Path;
use chrono::{NaiveDate, NaiveTime};
use serde::Deserialize;

use super::corrections::{self, CorrectionInput, DecisionInput, NewCorrection, NewDecision};
use super::filter::date;
use super::month::{self, Stretch, Wanted};
use super::pages::no_branch;
use super::roll_view::{self, TypedHere};
use super::spot_checks::{self, NewSpotCheck, SpotCheckInput};
use super::{roll, roll_file};
use crate::audit::{self, Subject};
use crate::calendar::local;
use crate::db::{At, Id};
use crate::error::{Error, Faults, Result};
use crate::language::Lang;
use crate::people::pages::Nothing;
use crate::t;
use crate::templates::attendance::{self as view, CorrectionForm, SpotForm};
use crate::web::api::message;
use crate::web::flash::Message;
use crate::web::{Form, Here, Page, Query, download, refused, see_other};

/// Which part of the roll, as an address says it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Which {
    branch: Option<String>,
    month: Option<String>,
    date: Option<String>,
    by: Option<String>,
    broker_id: Option<Id>,
    outlet_id: Option<Id>,
}

impl Which {
    fn wanted(&self) -> Result<Wanted> {
        let mut faults = Faults::new();
        let month = self.month.as_deref().and_then(|given| faults.take("month", month::month(given)));
        let day = self.date.as_deref().and_then(|given| faults.take("date", date(given)));
        faults.check()?;
        Ok(Wanted { branch: self.branch.clone(), month, day, broker: self.broker_id, outlet: self.outlet_id })
    }
}

/// `GET /attendance`
///
/// # Errors
/// `NotFound` for a branch out of reach; 422 for no date.
pub async fn show(here: Here, which: Query<Which>) -> Result<HttpResponse> {
    let wanted = which.0.wanted()?;
    let by_outlet = which.0.by.as_deref() == Some("outlet");
    let list = wanted.day.is_some() || wanted.broker.is_some() || wanted.outlet.is_some();
    let (user, now, lang) = (here.user()?.clone(), here.app.clock.now(), here.lang());
    let asked = wanted.branch.is_some();
    let csrf = here.csrf().to_owned();
    let read = here.app.db.read(move |conn| {
        let stretch = month::load(conn, &user, &wanted, now)?;
        if list || stretch.choice.is_none() {
            return Ok((view::days(lang, &roll_view::days(&stretch, &wanted)), false));
        }
        Ok((view::month(lang, &roll_view::month(conn, &stretch, by_outlet)?, &csrf), true))
    });
    let (body, wide) = match read.await {
        Err(Error::NotFound(_)) if !asked => (no_branch(lang), false),
        read => read?,
    };
    let page = Page::new(t!(lang, "roll-title"), body);
    Ok(if wide { page.wide() } else { page }.answer(&here))
}

/// A stretch to take along; that it was taken is put on record.
async fn taken(here: &Here, which: Which, kind: &'static str) -> Result<Stretch> {
    let wanted = which.wanted()?;
    let (caller, user) = (here.caller(), here.user()?.clone());
    let (broker, outlet) = (wanted.broker, wanted.outlet);
    // A month of a branch is much to read: only that it was taken is written.
    let stretch = here.app.db.read(move |conn| month::load(conn, &user, &wanted, caller.now)).await?;
    let (caller, branch) = (here.caller(), stretch.choice.as_ref().map(|c| c.chosen.id));
    let detail = serde_json::json!({
        "kind": kind, "from": stretch.first, "to": stretch.last, "rows": stretch.lines.len(), "broker": broker, "outlet": outlet,
    });
    let write = here.app.db.write(move |conn| {
        let subject = Subject { branch, ..Subject::installation("attendance") };
        audit::record(conn, &caller, "attendance.export", subject, detail)
    });
    write.await?;
    Ok(stretch)
}

fn names(lang: Lang, stretch: &Stretch, ending: &str) -> (String, String) {
    let days = if stretch.first == stretch.last {
        stretch.first.to_string()
    } else {
        stretch.first.format("%Y-%m").to_string()
    };
    let branch = stretch.choice.as_ref().map(|c| c.chosen.name.as_str()).unwrap_or_default();
    let name = format!("{} {branch} {days}.{ending}", t!(lang, "roll-title"));
    (format!("attendance-{days}.{ending}"), name.replace("  ", " "))
}

/// `GET /attendance.csv`
///
/// # Errors
/// `NotFound` for a branch out of reach; 422 for no date.
pub async fn csv(here: Here, which: Query<Which>) -> Result<HttpResponse> {
    let stretch = taken(&here, which.0, "csv").await?;
    let (plain, name) = names(here.lang(), &stretch, "csv");
    Ok(download::file("text/csv; charset=utf-8", &plain, &name, roll_file::csv(here.lang(), &stretch)?))
}

/// `GET /attendance.xlsx`
///
/// # Errors
/// `NotFound` for a branch out of reach; 422 for no date.
pub async fn xlsx(here: Here, which: Query<Which>) -> Result<HttpResponse> {
    const KIND: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    let stretch = taken(&here, which.0, "xlsx").await?;
    let (plain, name) = names(here.lang(), &stretch, "xlsx");
    Ok(download::file(KIND, &plain, &name, roll_file::xlsx(here.lang(), &stretch)?))
}

/// `GET /attendance/{id}`
///
/// # Errors
/// `NotFound` out of reach.
pub async fn one(here: Here, id: Path<Id>) -> Result<HttpResponse> {
    show_one(&here, id.into_inner(), TypedHere::default(), StatusCode::OK).await
}

async fn show_one(here: &Here, id: Id, typed: TypedHere, status: StatusCode) -> Result<HttpResponse> {
    let (user, now, lang) = (here.user()?.clone(), here.app.clock.now(), here.lang());
    let read = here.app.db.read(move |conn| {
        let line = month::one(conn, &user, id, now)?;
        roll_view::one(conn, &user, line, typed, now)
    });
    let body = view::one(lang, &read.await?, here.csrf());
    Ok(Page::new(t!(lang, "roll-title"), body).status(status).answer(here))
}

/// The day and the zone of a shift within reach, to read typed times by.
async fn shift_of(here: &Here, id: Id) -> Result<roll::Attended> {
    let (user, now) = (here.user()?.clone(), here.app.clock.now());
    Ok(here.app.db.read(move |conn| month::one(conn, &user, id, now)).await?.row)
}

/// A typed time of day, `9:30` as well as `09:30`.
fn clock(typed: &str) -> Option<NaiveTime> {
    NaiveTime::parse_from_str(typed.trim(), "%H:%M").ok()
}

/// A typed time on a day of a zone, as the API takes it.
fn typed_time(
    faults: &mut Faults,
    field: &'static str,
    typed: &str,
    day: NaiveDate,
    zone: chrono_tz::Tz,
) -> Option<String> {
    let typed = Some(typed.trim()).filter(|typed| !typed.is_empty())?;
    let time = faults.take(field, clock(typed).ok_or("not_a_clock_time"))?;
    Some(At::from(local::at_local(day, time, zone)).rfc3339())
}

fn beside(lang: Lang, error: Error, of_form: fn(&str) -> &'static str) -> Result<Vec<(&'static str, String)>> {
    match error {
        Error::Invalid(faults) => Ok(faults.iter().map(|f| (of_form(&f.field), message(lang, f))).collect()),
        other => Err(other),
    }
}

/// The posted form of a correction.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PostedCorrection {
    #[serde(default)]
    id: String,
    #[serde(default)]
    in_at: String,
    #[serde(default)]
    out_at: String,
    #[serde(default)]
    reason: String,
}

/// `POST /attendance/{id}/corrections`
///
/// # Errors
/// `NotFound` out of reach; a refused form is shown again.
pub async fn ask(here: Here, id: Path<Id>, form: Form<PostedCorrection>) -> Result<HttpResponse> {
    let (id, form, lang) = (id.into_inner(), form.fields, here.lang());
    let row = shift_of(&here, id).await?;
    let mut faults = Faults::new();
    let (day, zone) = (row.shift.date, row.zone);
    let in_at = typed_time(&mut faults, "in_at", &form.in_at, day, zone);
    // A shift over midnight ends on the day after.
    let last = row.shift.ends_at.date_in(zone).max(day);
    let early = clock(&form.in_at).zip(clock(&form.out_at)).is_some_and(|(came, left)| left >= came);
    let out_at = typed_time(&mut faults, "out_at", &form.out_at, if early { day } else { last }, zone);
    let input = CorrectionInput {
        id: form.id.parse().ok(),
        shift_id: Some(id),
        in_at,
        out_at,
        reason: Some(form.reason.clone()),
    };
    let (caller, keys) = (here.caller(), here.app.keys.clone());
    let asked = match faults.check().and_then(|()| NewCorrection::parse(&input)) {
        Ok(new) => here.app.db.write(move |conn| corrections::ask(conn, &keys, &caller, &new)).await,
        Err(error) => Err(error),
    };
    let to = format!("/attendance/{id}");
    match asked {
        Ok(_) => Ok(see_other(&here, &to, Some(Message::done(t!(lang, "correction-sent"))))),
        Err(Error::Conflict(code)) => Ok(see_other(&here, &to, Some(Message::bad(refused::conflict(lang, code))))),
        Err(error) => {
            let of_form = |field: &str| match field {
                "in_at" => "in_at",
                "out_at" => "out_at",
                _ => "reason",
            };
            let errors = beside(lang, error, of_form)?;
            let PostedCorrection { id: key, in_at, out_at, reason } = form;
            let typed = CorrectionForm { id: key, came: in_at, left: out_at, reason, errors };
            let typed = TypedHere { ask: Some(typed), ..TypedHere::default() };
            show_one(&here, id, typed, StatusCode::UNPROCESSABLE_ENTITY).await
        }
    }
}

/// The posted answer to a correction.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PostedDecision {
    decision: Option<String>,
    note: Option<String>,
}

/// `POST /attendance/{id}/corrections/{correction}/decision`
///
/// # Errors
/// `NotFound` out of reach; a refused form is shown again.
pub async fn decide(here: Here, ids: Path<(Id, Id)>, form: Form<PostedDecision>) -> Result<HttpResponse> {
    let ((shift, id), lang) = (ids.into_inner(), here.lang());
    let input = DecisionInput { decision: form.fields.decision, note: form.fields.note };
    let (caller, post) = (here.caller(), here.app.post());
    let decided = match NewDecision::parse(&input) {
        Ok(new) => here.app.db.write(move |conn| corrections::decide(conn, &post, &caller, id, &new)).await,
        Err(error) => Err(error),
    };
    match decided {
        Ok(row) => {
            let key = format!("correction-done-{}", row.state);
            Ok(see_other(&here, &format!("/attendance/{}", row.shift_id), Some(Message::done(t!(lang, &key)))))
        }
        Err(Error::Conflict(code)) => {
            let said = Message::bad(refused::conflict(lang, code));
            Ok(see_other(&here, &format!("/attendance/{shift}"), Some(said)))
        }
        Err(error) => {
            let errors = beside(lang, error, |_| "note")?;
            let answer_error = errors.into_iter().next().map(|(_, message)| message);
            let typed = TypedHere { answer_error, ..TypedHere::default() };
            show_one(&here, shift, typed, StatusCode::UNPROCESSABLE_ENTITY).await
        }
    }
}

/// `POST /attendance/{id}/corrections/{correction}/withdrawal`
///
/// # Errors
/// `NotFound` out of reach.
pub async fn withdraw(here: Here, ids: Path<(Id, Id)>, _form: Form<Nothing>) -> Result<HttpResponse> {
    let ((shift, id), lang, caller) = (ids.into_inner(), here.lang(), here.caller());
    let said = match here.app.db.write(move |conn| corrections::withdraw(conn, &caller, id)).await {
        Ok(_) => Message::done(t!(lang, "correction-done-withdrawn")),
        Err(Error::Conflict(code)) => Message::bad(refused::conflict(lang, code)),
        Err(error) => return Err(error),
    };
    Ok(see_other(&here, &format!("/attendance/{shift}"), Some(said)))
}

/// The posted form of a spot check.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PostedSpot {
    #[serde(default)]
    id: String,
    #[serde(default)]
    present: String,
    #[serde(default)]
    dress: String,
    #[serde(default)]
    badge: String,
    #[serde(default)]
    at: String,
    #[serde(default)]
    spot_note: String,
}

/// `POST /attendance/{id}/spot-checks`
///
/// # Errors
/// `NotFound` out of reach; a refused form is shown again.
pub async fn spot(here: Here, id: Path<Id>, form: Form<PostedSpot>) -> Result<HttpResponse> {
    let (id, form, lang) = (id.into_inner(), form.fields, here.lang());
    here.user()?.own_branch()?;
    let row = shift_of(&here, id).await?;
    let mut faults = Faults::new();
    let at = typed_time(&mut faults, "at", &form.at, row.shift.date, row.zone);
    if at.is_none() && faults.is_empty() {
        faults.add("at", "required");
    }
    let chosen = |given: &str| match given {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    };
    let present = chosen(&form.present);
    // Whoever is not there has no dress to look at, whatever was ticked before.
    let seen = |given: &str| chosen(given).filter(|_| present == Some(true));
    let input = SpotCheckInput {
        id: form.id.parse().ok(),
        broker_id: Some(row.shift.broker_id),
        outlet_id: Some(row.shift.outlet_id),
        at,
        present,
        dress_ok: seen(&form.dress),
        badge_ok: seen(&form.badge),
        note: Some(form.spot_note.clone()),
    };
    let (caller, keys) = (here.caller(), here.app.keys.clone());
    let kept = match faults.check().and_then(|()| NewSpotCheck::parse(&input)) {
        Ok(new) => here.app.db.write(move |conn| spot_checks::record(conn, &keys, &caller, &new)).await,
        Err(error) => Err(error),
    };
    match kept {
        Ok(_) => Ok(see_other(&here, &format!("/attendance/{id}"), Some(Message::done(t!(lang, "spot-kept"))))),
        Err(error) => {
            let of_form = |field: &str| match field {
                "at" => "at",
                "note" => "spot_note",
                _ => "present",
            };
            let errors = beside(lang, error, of_form)?;
            let PostedSpot { id: key, present, dress, badge, at, spot_note: note } = form;
            let typed = SpotForm { id: key, at, present, dress, badge, note, errors };
            let typed = TypedHere { spot: Some(typed), ..TypedHere::default() };
            show_one(&here, id, typed, StatusCode::UNPROCESSABLE_ENTITY).await
        }
    }
}
