//! The pages of leave and swaps: My rota on a broker's phone, Requests at the desk.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Path;
use diesel::prelude::*;
use serde::Deserialize;

use super::leave::{self, Leave, LeaveDecision, LeaveInput, LeaveKind, LeaveState, NewLeave};
use super::swaps::{self, NewSwap, SwapDecision, SwapInput};
use super::{asked, mine};
use crate::attendance::pages::no_branch;
use crate::db::schema::{outlets, users};
use crate::db::{Conn, Id};
use crate::error::{Error, Result};
use crate::people::pages::Nothing;
use crate::people::{CurrentUser, Role};
use crate::t;
use crate::templates::attendance::words;
use crate::templates::rota::{self as view, LeaveFormView, LeaveView};
use crate::text::filled;
use crate::web::flash::Message;
use crate::web::refused::{self, beside};
use crate::web::{Form, Here, Page, Query, see_other};

/// `GET /my-rota`
///
/// # Errors
/// What the database says.
pub async fn my_rota(here: Here) -> Result<HttpResponse> {
    let (user, now, lang) = (here.user()?.clone(), here.app.clock.now(), here.lang());
    let mine = here.app.db.read(move |conn| mine::load(conn, &user, now, lang)).await?;
    Ok(Page::new(t!(lang, "my-rota-title"), view::my_rota(lang, &mine, here.csrf())).answer(&here))
}

/// The form of a leave as it was typed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LeaveForm {
    id: String,
    broker_id: String,
    from: String,
    to: String,
    kind: String,
    reason: String,
}

impl LeaveForm {
    fn input(&self) -> LeaveInput {
        LeaveInput {
            id: self.id.parse().ok(),
            broker_id: self.broker_id.parse().ok(),
            from: filled(&self.from),
            to: filled(&self.to),
            kind: filled(&self.kind),
            reason: filled(&self.reason),
        }
    }
}

/// `GET /leaves/new`
///
/// # Errors
/// 403 for the head office.
pub async fn new_leave(here: Here) -> Result<HttpResponse> {
    let today = here.app.clock.now().date_in(here.user()?.zone()).to_string();
    let typed = LeaveForm {
        id: Id::new().to_string(),
        from: today,
        kind: LeaveKind::Annual.as_str().to_owned(),
        ..LeaveForm::default()
    };
    leave_form(&here, &typed, &[], StatusCode::OK).await
}

async fn leave_form(
    here: &Here,
    typed: &LeaveForm,
    problems: &[(String, String)],
    status: StatusCode,
) -> Result<HttpResponse> {
    let (user, lang) = (here.user()?.clone(), here.lang());
    let branch = user.own_branch()?.id;
    let desk = user.role != Role::Broker;
    let brokers = if desk { here.app.db.read(move |conn| brokers(conn, branch)).await? } else { Vec::new() };
    let LeaveForm { id, broker_id, from, to, kind, reason } = typed;
    let view = LeaveFormView { id, broker_id, from, to, kind, reason, desk, brokers: &brokers, problems };
    let body = view::leave_form(lang, &view, here.csrf());
    Ok(Page::new(t!(lang, "leave-new"), body).status(status).answer(here))
}

/// The brokers of a branch who work here: id and name.
pub(super) fn brokers(conn: &mut Conn, branch: Id) -> Result<Vec<(String, String)>> {
    let rows: Vec<(Id, String)> = users::table
        .filter(users::branch_id.eq(branch).and(users::role.eq(Role::Broker)))
        .filter(users::disabled_at.is_null())
        .order((users::name, users::id))
        .select((users::id, users::name))
        .load(conn)?;
    Ok(rows.into_iter().map(|(id, name)| (id.to_string(), name)).collect())
}

/// `POST /leaves`
///
/// # Errors
/// 403 for the head office; a refused form is shown again.
pub async fn post_leave(here: Here, form: Form<LeaveForm>) -> Result<HttpResponse> {
    let user = here.user()?;
    user.own_branch()?;
    let desk = user.role != Role::Broker;
    let (caller, keys, input) = (here.caller(), here.app.keys.clone(), form.fields.input());
    let asked =
        here.app.db.write(move |conn| Ok(leave::ask(conn, &keys, &caller, &NewLeave::parse(&input)?)?.body)).await;
    match asked {
        Ok(leave) if desk => Ok(see_other(&here, &format!("/leaves/{}", leave.id), None)),
        Ok(leave) => {
            let done = Message::done(t!(here.lang(), "leave-asked", days = leave.days(here.lang())));
            Ok(see_other(&here, "/my-rota", Some(done)))
        }
        Err(error) => {
            let problems = beside(here.lang(), error, "from")?;
            leave_form(&here, &form.fields, &problems, StatusCode::UNPROCESSABLE_ENTITY).await
        }
    }
}

/// `GET /leaves/{id}`
///
/// # Errors
/// 404 out of reach; 403 for the head office, which answers nothing.
pub async fn show_leave(here: Here, id: Path<Id>) -> Result<HttpResponse> {
    decision_page(&here, id.into_inner(), None, StatusCode::OK).await
}

async fn decision_page(here: &Here, id: Id, problem: Option<String>, status: StatusCode) -> Result<HttpResponse> {
    let (user, lang) = (here.user()?.clone(), here.lang());
    user.own_branch()?;
    let today = here.app.clock.now().date_in(user.zone());
    let (leave, shown) = here.app.db.read(move |conn| load_leave(conn, &user, id)).await?;
    let view = LeaveView {
        id: leave.id.to_string(),
        broker: shown.broker,
        days: leave.days(lang),
        kind: t!(lang, &format!("leave-kind-{}", leave.kind)),
        reason: leave.reason.clone(),
        state: leave.state,
        note: leave.decision_note.clone(),
        standing: shown.standing.iter().map(|(d, outlet)| (words::column_day(lang, *d), outlet.clone())).collect(),
        due: shown.due.into_iter().map(|d| (d.name, words::column_day(lang, d.due_on))).collect(),
        colleagues: shown.colleagues,
        problem,
        repair: (leave.state == LeaveState::Approved && leave.to_date >= today).then(|| repair_way(&leave)),
    };
    let body = view::leave(lang, &view, here.csrf());
    Ok(Page::new(t!(lang, "leave-title"), body).status(status).answer(here))
}

/// Where it is found who fills the days of a leave.
fn repair_way(leave: &Leave) -> String {
    format!("/rota/repair?from={}&to={}&broker={}", leave.from_date, leave.to_date, leave.broker_id)
}

struct Shown {
    broker: String,
    standing: Vec<(chrono::NaiveDate, String)>,
    due: Vec<leave::DueMeanwhile>,
    colleagues: Vec<(String, String)>,
}

fn load_leave(conn: &mut Conn, user: &CurrentUser, id: Id) -> Result<(Leave, Shown)> {
    let branch = user.own_branch()?.id;
    let found = leave::find(conn, user.reach(), id)?;
    let broker: String = users::table.find(found.broker_id).select(users::name).first(conn)?;
    let mut shown = Shown { broker, standing: Vec::new(), due: Vec::new(), colleagues: Vec::new() };
    if found.state == LeaveState::Asked {
        let standing = leave::standing(conn, &found)?;
        let names: Vec<(Id, String)> = outlets::table
            .filter(outlets::id.eq_any(standing.iter().map(|s| s.outlet_id).collect::<Vec<_>>()))
            .select((outlets::id, outlets::name))
            .load(conn)?;
        let name = |id: Id| names.iter().find(|(of, _)| *of == id).map(|(_, name)| name.clone()).unwrap_or_default();
        shown.standing = standing.iter().map(|s| (s.date, name(s.outlet_id))).collect();
        shown.due = leave::due_meanwhile(conn, found.broker_id, found.from_date, found.to_date)?;
        shown.colleagues = brokers(conn, branch)?;
        shown.colleagues.retain(|(id, _)| *id != found.broker_id.to_string());
    }
    Ok((found, shown))
}

/// The posted answer to a leave.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LeaveDecisionForm {
    decision: String,
    note: String,
    take_off: String,
    hand_to: String,
}

/// `POST /leaves/{id}/decision`
///
/// # Errors
/// 404 out of reach; what keeps it from being is shown on the page.
pub async fn decide_leave(here: Here, id: Path<Id>, form: Form<LeaveDecisionForm>) -> Result<HttpResponse> {
    let (caller, post, id, form) = (here.caller(), here.app.post(), id.into_inner(), form.fields);
    if !matches!(form.decision.as_str(), "approve" | "refuse") {
        return Err(Error::field("decision", "required"));
    }
    let hand_to = Some(form.hand_to.trim()).filter(|id| !id.is_empty()).map(str::parse).transpose();
    let decision = LeaveDecision {
        approve: form.decision == "approve",
        note: Some(form.note),
        take_off: form.take_off == "on",
        hand_to: hand_to.map_err(|_| Error::field("hand_to", "wrong_type"))?,
    };
    let took_off = decision.take_off;
    match here.app.db.write(move |conn| leave::decide(conn, &post, &caller, id, &decision)).await {
        Ok(leave) => {
            let approved = leave.state == LeaveState::Approved;
            let key = if approved { "leave-approved-done" } else { "leave-refused-done" };
            // Whose shifts were taken off leaves something open: the next page says who could fill it.
            let to = if approved && took_off { repair_way(&leave) } else { "/requests".to_owned() };
            Ok(see_other(&here, &to, Some(Message::done(t!(here.lang(), key)))))
        }
        Err(error) => {
            let status = if matches!(error, Error::Conflict(_)) {
                StatusCode::CONFLICT
            } else {
                StatusCode::UNPROCESSABLE_ENTITY
            };
            let problem = beside(here.lang(), error, "")?.pop().map(|(_, words)| words);
            decision_page(&here, id, problem, status).await
        }
    }
}

/// `POST /leaves/{id}/withdrawal`
///
/// # Errors
/// 404 out of reach.
pub async fn withdraw_leave(here: Here, id: Path<Id>, _form: Form<Nothing>) -> Result<HttpResponse> {
    let (caller, id) = (here.caller(), id.into_inner());
    let to = if here.user()?.role == Role::Broker { "/my-rota" } else { "/requests" };
    let done = here.app.db.write(move |conn| leave::withdraw(conn, &caller, id).map(drop)).await;
    said(&here, to, done, "leave-withdrawn")
}

/// Which shift.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WhichShift {
    shift: Option<Id>,
}

/// `GET /swaps/new?shift=`
///
/// # Errors
/// 404 for a shift that is not one's own.
pub async fn new_swap(here: Here, which: Query<WhichShift>) -> Result<HttpResponse> {
    let Some(shift) = which.0.shift else { return Ok(see_other(&here, "/my-rota", None)) };
    let (user, now, lang) = (here.user()?.clone(), here.app.clock.now(), here.lang());
    let offers = here.app.db.read(move |conn| mine::offers(conn, &user, now, shift, lang)).await?;
    let body = view::swap(lang, &offers, &Id::new().to_string(), here.csrf());
    Ok(Page::new(t!(lang, "swap-title"), body).answer(&here))
}

/// The posted offer: `choice` is `s:` and a colleague's shift, or `b:` and a colleague.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SwapForm {
    id: String,
    shift_id: String,
    choice: String,
    reason: String,
}

/// `POST /swaps`
///
/// # Errors
/// 404 for a shift or colleague out of reach; 422 by field.
pub async fn post_swap(here: Here, form: Form<SwapForm>) -> Result<HttpResponse> {
    let form = form.fields;
    let (kind, chosen) = form.choice.split_once(':').unwrap_or_default();
    let input = SwapInput {
        id: form.id.parse().ok(),
        shift_id: form.shift_id.parse().ok(),
        to_broker_id: chosen.parse().ok().filter(|_| kind == "b"),
        other_shift_id: chosen.parse().ok().filter(|_| kind == "s"),
        reason: Some(form.reason),
    };
    let new = NewSwap::parse(&input)?;
    let (caller, post) = (here.caller(), here.app.post());
    let done = here.app.db.write(move |conn| swaps::offer(conn, &post, &caller, &new).map(drop)).await;
    said(&here, "/my-rota", done, "swap-offered-done")
}

/// What a colleague answers.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ReplyForm {
    take: String,
}

/// `POST /swaps/{id}/answer`
///
/// # Errors
/// 404 where it was offered to somebody else; 422 for no answer.
pub async fn answer_swap(here: Here, id: Path<Id>, form: Form<ReplyForm>) -> Result<HttpResponse> {
    let take = match form.fields.take.as_str() {
        "yes" => true,
        "no" => false,
        _ => return Err(Error::field("take", "required")),
    };
    let (caller, post, id) = (here.caller(), here.app.post(), id.into_inner());
    let done = here.app.db.write(move |conn| swaps::reply(conn, &post, &caller, id, take).map(drop)).await;
    said(&here, "/my-rota", done, if take { "swap-taken-done" } else { "swap-declined-done" })
}

/// `POST /swaps/{id}/withdrawal`
///
/// # Errors
/// 404 where somebody else offered it.
pub async fn withdraw_swap(here: Here, id: Path<Id>, _form: Form<Nothing>) -> Result<HttpResponse> {
    let (caller, post, id) = (here.caller(), here.app.post(), id.into_inner());
    let done = here.app.db.write(move |conn| swaps::withdraw(conn, &post, &caller, id).map(drop)).await;
    said(&here, "/my-rota", done, "swap-withdrawn-done")
}

/// The posted answer to a swap.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SwapDecisionForm {
    decision: String,
    note: String,
}

/// `POST /swaps/{id}/decision`
///
/// # Errors
/// 404 out of reach; 422 for no answer.
pub async fn decide_swap(here: Here, id: Path<Id>, form: Form<SwapDecisionForm>) -> Result<HttpResponse> {
    let (caller, post, id, form) = (here.caller(), here.app.post(), id.into_inner(), form.fields);
    if !matches!(form.decision.as_str(), "approve" | "refuse") {
        return Err(Error::field("decision", "required"));
    }
    let approve = form.decision == "approve";
    let decision = SwapDecision { approve, note: Some(form.note) };
    let done = here.app.db.write(move |conn| swaps::decide(conn, &post, &caller, id, &decision).map(drop)).await;
    said(&here, "/requests", done, if approve { "swap-approved-done" } else { "swap-refused-done" })
}

/// Back to a page with what was done, or with what kept it from being done.
pub(super) fn said(here: &Here, to: &str, done: Result<()>, key: &str) -> Result<HttpResponse> {
    let lang = here.lang();
    match done {
        Ok(()) => Ok(see_other(here, to, Some(Message::done(t!(lang, key))))),
        Err(Error::Conflict(code)) => Ok(see_other(here, to, Some(Message::bad(refused::conflict(lang, code))))),
        Err(error) => Err(error),
    }
}

/// A message, and how many planned shifts its change left in need of a decision, with the way to them for who decides.
pub fn with_touched(here: &Here, message: Message, touched: usize) -> Message {
    if touched == 0 {
        return message;
    }
    let lang = here.lang();
    let message = message.and_look(&t!(lang, "standing-touched", n = touched));
    let desk = here.user().is_ok_and(|user| matches!(user.role, Role::Coordinator | Role::Manager));
    if desk { message.link("/rota?gaps=on", t!(lang, "board-title")) } else { message }
}

/// Which branch.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Which {
    branch: Option<String>,
}

/// `GET /requests`
///
/// # Errors
/// 404 for a branch out of reach.
pub async fn requests(here: Here, which: Query<Which>) -> Result<HttpResponse> {
    let (user, now, lang, branch) = (here.user()?.clone(), here.app.clock.now(), here.lang(), which.0.branch);
    let named = branch.is_some();
    let read = here.app.db.read(move |conn| asked::load(conn, &user, branch.as_deref(), now, lang)).await;
    let body = match read {
        Err(Error::NotFound(_)) if !named => no_branch(lang),
        read => view::requests(lang, &read?, here.csrf()),
    };
    Ok(Page::new(t!(lang, "requests-title"), body).answer(&here))
}
