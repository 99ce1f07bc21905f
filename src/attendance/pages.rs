//! The pages Today, Now and Shifts, and the forms on them.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Path;
use diesel::prelude::*;
use maud::{Markup, html};
use serde::Deserialize;

use super::checkin::{CheckinAnswer, CheckinInput, NewCheckin};
use super::filter::date;
use super::questions::{self, AnswerInput, NewAnswer};
use super::records::{self, NewReview, Review, ReviewInput};
use super::{now, receive, today};
use crate::db::schema::checkins;
use crate::db::{At, Conn, Id};
use crate::error::{Error, Result};
use crate::goals::misses;
use crate::language::Lang;
use crate::people::Role;
use crate::phone;
use crate::t;
use crate::templates::attendance::{self as view, Typed, words};
use crate::templates::goals::agreements;
use crate::templates::icons::Icon;
use crate::templates::parts;
use crate::web::api::message;
use crate::web::flash::Message;
use crate::web::{Form, Here, Page, Query, assets, see_other};

/// `GET /`: Today for a broker, the role's home otherwise.
///
/// # Errors
/// What the database says.
pub async fn home(here: Here) -> Result<HttpResponse> {
    match here.user()?.role {
        Role::Broker => show_today(&here, Typed::default(), StatusCode::OK).await,
        Role::Coordinator | Role::Manager => Ok(see_other(&here, "/now", None)),
        Role::Admin => Ok(see_other(&here, "/users", None)),
    }
}

async fn show_today(here: &Here, mut typed: Typed, status: StatusCode) -> Result<HttpResponse> {
    let (user, now, kept) = (here.user()?.clone(), here.app.clock.now(), here.app.settings.keep_positions_days);
    let lang = here.lang();
    let day = here.app.db.read(move |conn| today::load(conn, &user, now, lang, kept)).await?;
    if typed.ids.0.is_empty() {
        typed.ids = (Id::new().to_string(), Id::new().to_string());
    }
    let body = view::today(here.lang(), &day, &typed, here.csrf());
    Ok(Page::new(t!(here.lang(), "place-today"), body)
        .status(status)
        .wide()
        .script(&assets::hrefs().checkin_js)
        .answer(here))
}

/// The posted check-in: the button with a position, or the form with a reason. A browser without a script posts the
/// position empty.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckinForm {
    id: String,
    kind: String,
    outlet_id: Option<Id>,
    #[serde(default)]
    lat: String,
    #[serde(default)]
    lon: String,
    #[serde(default)]
    accuracy_m: String,
    #[serde(default)]
    at: String,
    agree: Option<String>,
    #[serde(default)]
    reason: String,
}

impl CheckinForm {
    /// The request as the API takes it; `at` is that of the first time the form was sent, else of now.
    fn input(&self, at: &str, kept: bool) -> Result<CheckinInput> {
        let number = |field: &str, given: &str| match given.trim() {
            "" => Ok(None),
            given => given.parse().map(Some).map_err(|_| Error::field(field, "wrong_type")),
        };
        Ok(CheckinInput {
            id: self.id.parse().ok(),
            outlet_id: self.outlet_id,
            kind: Some(self.kind.clone()),
            at: Some(if self.at.is_empty() { at.to_owned() } else { self.at.clone() }),
            lat: number("lat", &self.lat)?,
            lon: number("lon", &self.lon)?,
            accuracy_m: number("accuracy_m", &self.accuracy_m)?,
            datum: None,
            offline: kept.then_some(true),
            reason: Some(self.reason.clone()),
        })
    }
}

/// `POST /check-ins`
///
/// # Errors
/// What the database says; a refused form is shown again.
pub async fn post_check_in(here: Here, form: Form<CheckinForm>) -> Result<HttpResponse> {
    let form = form.fields;
    match receive_form(&here, &form, false).await {
        Ok((answer, radius)) => Ok(see_other(&here, "/", Some(told(&here, &form, &answer, radius)))),
        Err(Error::Conflict("id_taken")) => {
            Ok(see_other(&here, "/", Some(Message::warn(t!(here.lang(), "checkin-received-before")))))
        }
        Err(Error::Invalid(faults)) => {
            let lang = here.lang();
            let of = |field: &str| faults.iter().find(|f| f.field == field).map(|f| message(lang, f));
            let other = faults.iter().find(|f| f.field != "reason");
            let typed = Typed {
                reason: form.reason.clone(),
                error: of("reason")
                    .map(|_| t!(lang, "checkin-reason-asked"))
                    .or_else(|| other.map(|_| t!(lang, "checkin-reason-asked"))),
                problem: other.map(|f| {
                    if f.field == "agree" {
                        t!(lang, "checkin-agree-asked")
                    } else {
                        t!(lang, "checkin-position-bad", what = message(lang, f))
                    }
                }),
                ids: (form.id.clone(), Id::new().to_string()),
                answer: None,
            };
            show_today(&here, typed, StatusCode::UNPROCESSABLE_ENTITY).await
        }
        Err(error) => Err(error),
    }
}

/// `POST /kept/check-ins`: one that a phone kept while there was no network. One that came through after all is not taken twice, whatever it says now.
///
/// # Errors
/// What is not about the form; the phone sends it again.
pub async fn post_kept(here: Here, form: Form<CheckinForm>) -> Result<HttpResponse> {
    let (form, broker) = (form.fields, here.user()?.id);
    let id = form.id.clone();
    let known = here.app.db.read(move |conn| first_at(conn, broker, &id)).await?.is_some();
    let done = if known { Ok(()) } else { receive_form(&here, &form, true).await.map(|_| ()) };
    phone::pages::taken(&here, &form.id, done)
}

/// The answer, and the radius of the fence it was judged by (none: a polygon).
async fn receive_form(here: &Here, form: &CheckinForm, kept: bool) -> Result<(CheckinAnswer, Option<i32>)> {
    let (caller, keys, form) = (here.caller(), here.app.keys.clone(), form.clone());
    let user = here.user()?;
    if user.position_agreed_at.is_none() && form.agree.is_none() && !form.lat.is_empty() {
        return Err(Error::field("agree", "required"));
    }
    let broker = user.id;
    let on = form.id.parse().map_or_else(|_| Vec::new(), |id| receive::on(user, id).to_vec());
    here.app
        .db
        .write_again(&on, move |conn| {
            let at = first_at(conn, broker, &form.id)?.unwrap_or(caller.now);
            let new = NewCheckin::parse(&form.input(&at.rfc3339(), kept)?)?;
            let answer = receive::check_in(conn, &keys, &caller, &new)?.body;
            let radius = receive::radius(conn, answer.outlet_id)?;
            Ok((answer, radius))
        })
        .await
}

/// A form sent twice without a script has no time of its own: it is the time of the first.
fn first_at(conn: &mut Conn, broker: Id, id: &str) -> Result<Option<At>> {
    let Ok(id) = id.parse::<Id>() else { return Ok(None) };
    let first = checkins::table.filter(checkins::id.eq(id).and(checkins::broker_id.eq(broker)));
    Ok(first.select(checkins::at).first(conn).optional()?)
}

/// The verdict with its numbers, at the top of the next page.
fn told(here: &Here, form: &CheckinForm, answer: &CheckinAnswer, radius: Option<i32>) -> Message {
    let lang = here.lang();
    let did = t!(lang, if form.kind == "in" { "today-checked-in" } else { "today-checked-out" });
    let zone = here.user().map_or(chrono_tz::Asia::Shanghai, |user| user.zone());
    let time = words::clock(answer.received_at.utc().with_timezone(&zone).time());
    let accuracy = form.accuracy_m.trim().parse::<f64>().ok();
    let numbers = words::numbers(lang, answer.distance_m, accuracy, radius);
    let text = t!(
        lang,
        "checkin-told",
        time = time,
        did = did,
        numbers = numbers,
        verdict = words::verdict(lang, answer.verdict)
    );
    if answer.verdict == super::Verdict::OnSite { Message::done(text) } else { Message::warn(text) }
}

/// The posted answer to a question.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnswerForm {
    #[serde(default)]
    answer: String,
}

/// `POST /check-ins/{id}/answer`
///
/// # Errors
/// 404 for somebody else's; 409 where nobody asks; a refused form is shown again.
pub async fn post_answer(here: Here, id: Path<Id>, form: Form<AnswerForm>) -> Result<HttpResponse> {
    let (caller, id, text) = (here.caller(), id.into_inner(), form.fields.answer);
    match NewAnswer::parse(&AnswerInput { answer: Some(text.clone()) }) {
        Ok(new) => {
            here.app.db.write(move |conn| questions::answer(conn, &caller, id, &new)).await?;
            Ok(see_other(&here, "/", Some(Message::done(t!(here.lang(), "question-sent")))))
        }
        Err(Error::Invalid(faults)) => {
            let wrong = faults.first().map(|fault| message(here.lang(), fault)).unwrap_or_default();
            let typed = Typed { answer: Some((id.to_string(), text, wrong)), ..Typed::default() };
            show_today(&here, typed, StatusCode::UNPROCESSABLE_ENTITY).await
        }
        Err(error) => Err(error),
    }
}

/// Which day of which branch.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Which {
    branch: Option<String>,
    date: Option<String>,
}

/// The branch and the day that an address asks for.
///
/// # Errors
/// 422 for no date.
pub fn asked_day(which: Which) -> Result<(Option<String>, Option<chrono::NaiveDate>)> {
    let day = which.date.as_deref().map(date).transpose().map_err(|code| Error::field("date", code))?;
    Ok((which.branch, day))
}

/// `GET /now`
///
/// # Errors
/// `NotFound` for a branch out of reach; 422 for no date.
pub async fn show_now(here: Here, which: Query<Which>) -> Result<HttpResponse> {
    let (branch, day) = asked_day(which.0)?;
    let (user, moment, asked) = (here.user()?.clone(), here.app.clock.now(), branch.is_some());
    let marks = here.app.live.marks();
    let read = move |conn: &mut Conn| {
        let day = now::load(conn, &user, branch.as_deref(), day, moment)?;
        let owed = misses::waiting(conn, day.0)?;
        Ok((day, owed))
    };
    let read = here.app.db.read(read).await;
    let lang = here.lang();
    let body = match read {
        Err(Error::NotFound(_)) if !asked => no_branch(lang),
        read => {
            let ((branch, read), owed) = read?;
            html! { (agreements::owed(lang, owed)) (view::now(lang, &read, here.csrf(), &marks.of(branch))) }
        }
    };
    Ok(Page::new(t!(lang, "now-title"), body).wide().script(&assets::hrefs().now_js).answer(&here))
}

/// What a head office sees before its first branch.
pub fn no_branch(lang: Lang) -> Markup {
    let (title, hint) = (t!(lang, "now-no-branch"), t!(lang, "now-no-branch-hint"));
    parts::empty(Icon::Bank, &title, &hint, None)
}

/// The posted answer to a check-in.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReviewForm {
    decision: Option<String>,
    note: Option<String>,
}

/// `POST /check-ins/{id}/review`
///
/// # Errors
/// `NotFound` out of reach; 422 for no answer.
pub async fn post_review(here: Here, id: Path<Id>, form: Form<ReviewForm>) -> Result<HttpResponse> {
    let input = ReviewInput { decision: form.fields.decision, note: form.fields.note };
    let new = NewReview::parse(&input)?;
    let (caller, id) = (here.caller(), id.into_inner());
    let kept = here.app.db.write(move |conn| records::review(conn, &caller, id, &new)).await?;
    let key = if kept.review == Some(Review::Accepted) { "now-accepted" } else { "now-questioned" };
    Ok(see_other(&here, "/now", Some(Message::done(t!(here.lang(), key)))))
}
