//! The page Shifts: a week by outlet, a form to add one, a button to take one back.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Path;
use chrono::NaiveTime;
use serde::Deserialize;

use super::shifts::{self, NewShift, Shift, ShiftInput};
use crate::attendance::filter::date;
use crate::attendance::pages::no_branch;
use crate::attendance::week;
use crate::calendar::local;
use crate::db::{At, Conn, Id};
use crate::error::{Error, Faults, FieldError, Result};
use crate::language::Lang;
use crate::people::pages::Nothing;
use crate::people::store::Branch;
use crate::t;
use crate::templates::attendance::{self as view, ShiftForm, words};
use crate::text::filled;
use crate::web::api::message;
use crate::web::flash::Message;
use crate::web::{Form, Here, Page, Query, refused, see_other};

/// Which week of which branch; an outlet to plan for.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Which {
    branch: Option<String>,
    week: Option<String>,
    outlet: Option<Id>,
}

/// `GET /shifts`
///
/// # Errors
/// `NotFound` for a branch out of reach; 422 for no date.
pub async fn show(here: Here, which: Query<Which>) -> Result<HttpResponse> {
    let outlet = which.0.outlet;
    let own = here.user()?.branch.as_ref().map(|b| b.id);
    let code = match (own, outlet) {
        (Some(branch), Some(outlet)) => here.app.db.read(move |conn| week::code_of(conn, branch, outlet)).await?,
        _ => None,
    };
    let typed = ShiftForm { id: Id::new().to_string(), outlet: code.unwrap_or_default(), ..ShiftForm::default() };
    render(&here, which.0, typed, StatusCode::OK).await
}

async fn render(here: &Here, which: Which, typed: ShiftForm, status: StatusCode) -> Result<HttpResponse> {
    let day = which.week.as_deref().map(date).transpose().map_err(|code| Error::field("week", code))?;
    let (user, now, asked) = (here.user()?.clone(), here.app.clock.now(), which.branch.is_some());
    let week = here.app.db.read(move |conn| week::load(conn, &user, which.branch.as_deref(), day, now)).await;
    let body = match week {
        Err(Error::NotFound(_)) if !asked => no_branch(here.lang()),
        week => view::shifts(here.lang(), &week?, &typed, here.csrf()),
    };
    Ok(Page::new(t!(here.lang(), "shifts-title"), body).wide().status(status).answer(here))
}

/// The posted form.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PostedShift {
    id: String,
    #[serde(default)]
    outlet: String,
    #[serde(default)]
    broker_id: String,
    #[serde(default)]
    date: String,
    #[serde(default)]
    starts: String,
    #[serde(default)]
    ends: String,
}

impl PostedShift {
    /// The request as the API takes it: times of the wall become instants, an end before the start the next day's.
    fn input(&self, conn: &mut Conn, branch: &Branch) -> Result<ShiftInput> {
        let mut faults = Faults::new();
        let day = faults.take("date", filled(&self.date).ok_or("required").and_then(|text| date(&text)));
        let mut time = |field: &str, text: &str| {
            filled(text).and_then(|text| {
                faults.take(field, NaiveTime::parse_from_str(&text, "%H:%M").map_err(|_| "not_a_clock_time"))
            })
        };
        let (starts, ends) = (time("starts", &self.starts), time("ends", &self.ends));
        let broker = faults.take("broker_id", self.broker_id.parse::<Id>().map_err(|_| "required"));
        let outlet = match filled(&self.outlet) {
            None => faults.take("outlet", Err("required")),
            Some(typed) => match week::outlet_typed(conn, branch.id, &typed) {
                Ok(id) => Some(id),
                Err(Error::Invalid(found)) => {
                    found.into_iter().for_each(|fault| faults.push(fault));
                    None
                }
                Err(error) => return Err(error),
            },
        };
        faults.check()?;
        let at = |time: NaiveTime| day.map(|day| At::from(local::at_local(day, time, branch.zone())).rfc3339());
        Ok(ShiftInput {
            id: self.id.parse().ok(),
            outlet_id: outlet,
            broker_id: broker,
            date: filled(&self.date),
            starts_at: starts.and_then(at),
            ends_at: ends.and_then(at),
        })
    }
}

/// `POST /shifts`
///
/// # Errors
/// `Forbidden` for who answers for no branch; a refused form is shown again.
pub async fn post(here: Here, form: Form<PostedShift>) -> Result<HttpResponse> {
    let posted = form.fields;
    let (caller, post, asked) = (here.caller(), here.app.post(), posted.clone());
    let branch = here.user()?.own_branch()?.clone();
    let made = here.app.db.write(move |conn| {
        let new = NewShift::parse(&asked.input(conn, &branch)?)?;
        Ok(shifts::create(conn, &post, &caller, &new)?.body)
    });
    match made.await {
        Ok(shift) => {
            let to = format!("/shifts?week={}", shift.date);
            Ok(see_other(&here, &to, Some(planned(&here, &shift))))
        }
        Err(error) => {
            let errors = beside(here.lang(), error)?;
            let week = date(&posted.date).ok().map(|day| day.to_string());
            let PostedShift { id, outlet, broker_id, date, starts, ends } = posted;
            let typed = ShiftForm { id, outlet, broker_id, date, starts, ends, errors };
            render(&here, Which { week, ..Which::default() }, typed, StatusCode::UNPROCESSABLE_ENTITY).await
        }
    }
}

/// What it did, and the way to take it back.
fn planned(here: &Here, shift: &Shift) -> Message {
    let zone = here.user().map_or(chrono_tz::Asia::Shanghai, |user| user.zone());
    let clock = |at: At| words::clock(at.utc().with_timezone(&zone).time());
    let lang = here.lang();
    let day = words::column_day(lang, shift.date);
    let text = t!(lang, "shifts-planned", day = day, from = clock(shift.starts_at), to = clock(shift.ends_at));
    Message::done(text).undo(format!("/shifts/{}/deletion", shift.id))
}

/// The field of the form that an error belongs to, with its message; what belongs to none stays an error.
fn beside(lang: Lang, error: Error) -> Result<Vec<(&'static str, String)>> {
    let of_form = |field: &str| match field {
        "outlet" | "outlet_id" => "outlet",
        "broker_id" => "broker_id",
        "starts" | "starts_at" => "starts",
        "ends" | "ends_at" => "ends",
        _ => "date",
    };
    match error {
        Error::Invalid(faults) => Ok(faults.iter().map(|f| (of_form(&f.field), message(lang, f))).collect()),
        Error::NotFound(Some(field)) => Ok(vec![(of_form(field), message(lang, &FieldError::new(field, "not_found")))]),
        Error::Conflict(code) => {
            let field = if code == "outlet_closed" { "date" } else { "broker_id" };
            Ok(vec![(field, refused::conflict(lang, code))])
        }
        other => Err(other),
    }
}

/// `POST /shifts/{id}/deletion`
///
/// # Errors
/// `NotFound` out of reach; `Gone`.
pub async fn delete(here: Here, id: Path<Id>, _form: Form<Nothing>) -> Result<HttpResponse> {
    let (caller, post, id) = (here.caller(), here.app.post(), id.into_inner());
    let lang = here.lang();
    let said = match here.app.db.write(move |conn| shifts::delete(conn, &post, &caller, id)).await {
        Ok(date) => (format!("/shifts?week={date}"), Message::done(t!(lang, "shifts-deleted"))),
        Err(Error::Conflict(code)) => ("/shifts".to_owned(), Message::bad(refused::conflict(lang, code))),
        Err(error) => return Err(error),
    };
    Ok(see_other(&here, &said.0, Some(said.1)))
}
