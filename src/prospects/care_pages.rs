//! The pages of hand-over, merging, and people's requests about their data.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use diesel::prelude::*;
use serde::Deserialize;

use super::handover::{self, HandoverInput};
use super::merging;
use super::person::PersonInput;
use super::{data_register, erasure, held_view, likely_pairs, person_export, reveal};
use crate::db::schema::{prospects, users};
use crate::db::{Conn, Id};
use crate::error::{Error, Faults, FieldError, Result};
use crate::followups::waivers::reason;
use crate::people::Role;
use crate::requests;
use crate::t;
use crate::templates::care::{self as template, DataRequestsView, HandoverView, Person, Tickable};
use crate::templates::held::HeldView;
use crate::text::filled;
use crate::web::api::message;
use crate::web::flash::Message;
use crate::web::pagination::Part;
use crate::web::ticked::{Pairs, Ticked};
use crate::web::{Form, Here, Page, Query, see_other};

/// The most prospects listed to tick.
const LISTED: i64 = 500;

/// Who hands over.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FromQuery {
    from: Option<Id>,
}

/// `GET /handovers`
///
/// # Errors
/// 403 for the head office; 404 for a broker out of reach.
pub async fn show_handover(here: Here, query: Query<FromQuery>) -> Result<HttpResponse> {
    handover_page(&here, query.0.from, HandoverView::default(), Vec::new(), StatusCode::OK).await
}

async fn handover_page(
    here: &Here,
    from: Option<Id>,
    typed: HandoverView,
    ticked: Vec<Id>,
    status: StatusCode,
) -> Result<HttpResponse> {
    let branch = here.user()?.own_branch()?.id;
    let lang = here.lang();
    let (brokers, listed) = here
        .app
        .db
        .read(move |conn| {
            let brokers = brokers(conn, branch)?;
            let listed = match from {
                Some(from) if brokers.iter().all(|(id, ..)| *id != from) => return Err(Error::not_found()),
                Some(from) => of_broker(conn, branch, from)?,
                None => Vec::new(),
            };
            Ok((brokers, listed))
        })
        .await?;
    let person =
        |(id, name, _, n): &(Id, String, bool, i64)| Person { id: id.to_string(), name: name.clone(), prospects: *n };
    let mut prospects: Vec<Tickable> = listed
        .into_iter()
        .map(|(id, name, stage)| Tickable {
            id: id.to_string(),
            name,
            about: lang.text(&format!("prospect-stage-{}", stage.replace('_', "-")), None),
            ticked: ticked.contains(&id),
        })
        .collect();
    let more = prospects.len() as i64 > LISTED;
    prospects.truncate(LISTED as usize);
    let view = HandoverView {
        csrf: here.csrf().to_owned(),
        id: Id::new().to_string(),
        from_choices: brokers.iter().filter(|(.., n)| *n > 0).map(person).collect(),
        from: brokers.iter().find(|(id, ..)| Some(*id) == from).map(person),
        to_choices: brokers.iter().filter(|(id, _, here, _)| *here && Some(*id) != from).map(person).collect(),
        prospects,
        more,
        ..typed
    };
    Ok(Page::new(t!(lang, "handover-title"), template::handover(lang, &view)).status(status).answer(here))
}

/// The brokers of a branch: whether they still work here, and how many prospects they have.
fn brokers(conn: &mut Conn, branch: Id) -> Result<Vec<(Id, String, bool, i64)>> {
    let rows: Vec<(Id, String, Option<crate::db::At>)> = users::table
        .filter(users::branch_id.eq(branch).and(users::role.eq(Role::Broker)))
        .order((users::name, users::id))
        .select((users::id, users::name, users::disabled_at))
        .load(conn)?;
    let counts: Vec<(Id, i64)> = prospects::table
        .filter(prospects::branch_id.eq(branch).and(prospects::state.eq("active")))
        .group_by(prospects::broker_id)
        .select((prospects::broker_id, diesel::dsl::count_star()))
        .load(conn)?;
    let of = |id: Id| counts.iter().find(|(broker, _)| *broker == id).map_or(0, |(_, n)| *n);
    Ok(rows.into_iter().map(|(id, name, left)| (id, name, left.is_none(), of(id))).collect())
}

fn of_broker(conn: &mut Conn, branch: Id, broker: Id) -> Result<Vec<(Id, String, String)>> {
    Ok(prospects::table
        .filter(prospects::broker_id.eq(broker).and(prospects::branch_id.eq(branch)))
        .filter(prospects::state.eq("active"))
        .order((prospects::met_at.desc(), prospects::id))
        .limit(LISTED + 1)
        .select((prospects::id, prospects::name, prospects::stage))
        .load(conn)?)
}

/// `POST /handovers`
///
/// # Errors
/// As the API; a refused form is shown again.
pub async fn post_handover(here: Here, form: Form<Pairs>) -> Result<HttpResponse> {
    let form = Ticked::read(form.fields, &["id", "from", "to", "which", "reason"], "prospect")?;
    let (id, from) = (form.id("id")?, form.id("from")?);
    let only_ticked = form.text("which") == "ticked";
    let input = form.id("to").map(|to| HandoverInput {
        id,
        from_broker_id: from,
        to_broker_id: to,
        prospect_ids: only_ticked.then(|| form.ids.clone()),
        reason: form.text("reason").to_owned(),
    });
    let (caller, keys) = (here.caller(), here.app.keys.clone());
    let done = match input.and_then(HandoverInput::parse) {
        Ok(new) => {
            here.app
                .db
                .write(move |conn| {
                    requests::once(conn, &keys, &caller, "handover", id, &new, |conn| {
                        handover::hand_over(conn, &caller, id, &new)
                    })
                })
                .await
        }
        Err(error) => Err(error),
    };
    match done {
        Ok(answer) => {
            let text = t!(here.lang(), "handover-done", n = answer.body.prospects, m = answer.body.follow_ups);
            Ok(see_other(&here, "/handovers", Some(Message::done(text))))
        }
        Err(Error::Invalid(faults)) => {
            let of = |names: &[&str]| {
                faults.iter().find(|f| names.contains(&f.field.as_str())).map(|f| message(here.lang(), f))
            };
            let typed = HandoverView {
                to: form.text("to").to_owned(),
                only_ticked,
                reason: form.text("reason").to_owned(),
                reason_error: of(&["reason"]),
                to_error: of(&["to", "to_broker_id"]),
                tick_error: of(&["prospect_ids"]).map(|_| t!(here.lang(), "handover-none-ticked")),
                ..HandoverView::default()
            };
            handover_page(&here, Some(from), typed, form.ids, StatusCode::UNPROCESSABLE_ENTITY).await
        }
        Err(error) => Err(error),
    }
}

/// `GET /merges`: records within reach that may be one person.
///
/// # Errors
/// 403 without a branch.
pub async fn show_merges(here: Here) -> Result<HttpResponse> {
    here.user()?.own_branch()?;
    let (user, keys, lang) = (here.user()?.clone(), here.app.keys.clone(), here.lang());
    let pairs = here.app.db.read(move |conn| likely_pairs::find(conn, &keys, &user, lang)).await?;
    Ok(Page::new(t!(lang, "merge-title"), template::merges(lang, &pairs)).answer(&here))
}

/// Which two, and which of them is to stay.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MergeAsked {
    keep: Option<Id>,
    other: Option<Id>,
}

/// `GET /merges/confirmation`: what becomes of the two, before it does. Two that are not there to merge lead back to the list.
///
/// # Errors
/// 403 without a branch.
pub async fn ask_merge(here: Here, asked: Query<MergeAsked>) -> Result<HttpResponse> {
    here.user()?.own_branch()?;
    let (user, keys, lang) = (here.user()?.clone(), here.app.keys.clone(), here.lang());
    let two = match asked.0.keep.zip(asked.0.other) {
        Some((keep, other)) => {
            here.app.db.read(move |conn| likely_pairs::two(conn, &keys, &user, lang, [keep, other])).await?
        }
        None => None,
    };
    let Some(two) = two else { return Ok(see_other(&here, "/merges", None)) };
    Ok(Page::new(t!(lang, "merge-ask"), template::merge(lang, here.csrf(), &two)).answer(&here))
}

/// Which record stays.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MergeForm {
    keep: Id,
    other: Id,
}

/// `POST /merges`
///
/// # Errors
/// As the API.
pub async fn post_merge(here: Here, form: Form<MergeForm>) -> Result<HttpResponse> {
    let (caller, keep, other) = (here.caller(), form.fields.keep, form.fields.other);
    here.app.db.write(move |conn| merging::merge(conn, &caller, keep, other)).await?;
    Ok(see_other(&here, &format!("/prospects/{keep}"), Some(Message::done(t!(here.lang(), "merge-done")))))
}

/// What part of the register.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegisterQuery {
    cursor: Option<String>,
}

/// `GET /data-requests`
///
/// # Errors
/// 422 for a wrong cursor.
pub async fn show_data_requests(here: Here, query: Query<RegisterQuery>) -> Result<HttpResponse> {
    let part = Part::parse(None, query.0.cursor.as_deref())?;
    data_page(&here, DataRequestsView::default(), part, StatusCode::OK).await
}

async fn data_page(
    here: &Here,
    view: DataRequestsView,
    part: Part<data_register::Place>,
    status: StatusCode,
) -> Result<HttpResponse> {
    let zone = here.user()?.zone();
    let list = here.app.db.read(move |conn| data_register::list(conn, &part, zone)).await?;
    let next = list.next_cursor.map(|cursor| format!("/data-requests?cursor={cursor}"));
    let view = DataRequestsView { csrf: here.csrf().to_owned(), register: list.items, next, ..view };
    let lang = here.lang();
    Ok(Page::new(t!(lang, "data-title"), template::data_requests(lang, &view)).status(status).answer(here))
}

/// A request about a person's data, as typed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataForm {
    #[serde(default)]
    kind: String,
    #[serde(default)]
    mobile: String,
    #[serde(default)]
    prospect_id: String,
    #[serde(default)]
    reason: String,
    sure: Option<String>,
}

/// What a request brought.
enum Done {
    Export(Box<HeldView>),
    Number(Option<String>),
    Erased(usize),
}

/// `POST /data-requests`
///
/// # Errors
/// As the API; a refused form is shown again.
pub async fn post_data_request(here: Here, form: Form<DataForm>) -> Result<HttpResponse> {
    let form = form.fields;
    let typed = |form: &DataForm| DataRequestsView {
        kind: form.kind.clone(),
        mobile: form.mobile.clone(),
        prospect_id: form.prospect_id.clone(),
        reason: form.reason.clone(),
        ..DataRequestsView::default()
    };
    let (view, status) = match carry_out(&here, &form).await {
        Ok(Done::Erased(n)) => {
            return Ok(see_other(&here, "/data-requests", Some(Message::done(t!(here.lang(), "data-erased", n = n)))));
        }
        Ok(Done::Export(held)) => (DataRequestsView { held: Some(*held), ..typed(&form) }, StatusCode::OK),
        Ok(Done::Number(number)) => {
            let revealed = number.unwrap_or_else(|| t!(here.lang(), "data-no-number"));
            (DataRequestsView { revealed: Some(revealed), ..typed(&form) }, StatusCode::OK)
        }
        Err(Error::Invalid(faults)) => {
            let errors = faults.iter().map(|f| (f.field.clone(), message(here.lang(), f))).collect();
            (DataRequestsView { errors, ..typed(&form) }, StatusCode::UNPROCESSABLE_ENTITY)
        }
        Err(Error::NotFound(Some(field))) => {
            let fault = FieldError::new(field, "not_found");
            let errors = vec![(field.to_owned(), message(here.lang(), &fault))];
            (DataRequestsView { errors, ..typed(&form) }, StatusCode::UNPROCESSABLE_ENTITY)
        }
        Err(error) => return Err(error),
    };
    data_page(&here, view, Part::first(), status).await
}

async fn carry_out(here: &Here, form: &DataForm) -> Result<Done> {
    let mut faults = Faults::new();
    let prospect_id =
        filled(&form.prospect_id).and_then(|id| faults.take("prospect_id", id.parse().map_err(|_| "not_found")));
    let why = faults.take("reason", reason(&form.reason));
    if form.kind == "erasure" && form.sure.is_none() {
        faults.add("sure", "must_be_sure");
    }
    faults.check()?;
    let (caller, keys) = (here.caller(), here.app.keys.clone());
    let input = PersonInput { mobile: filled(&form.mobile), prospect_id, reason: why.clone() };
    match form.kind.as_str() {
        "export" => {
            let wanted = input.parse()?;
            let (lang, zone) = (here.lang(), here.user()?.zone());
            let export = move |conn: &mut Conn| {
                let held = person_export::export(conn, &keys, &caller, &wanted)?;
                held_view::view(conn, lang, zone, &held)
            };
            Ok(Done::Export(Box::new(here.app.db.write(export).await?)))
        }
        "erasure" => {
            let wanted = input.parse()?;
            let erased = here.app.db.write(move |conn| erasure::erase(conn, &keys, &caller, &wanted)).await?;
            super::care_api::keep_outside(here, &erased).await?;
            Ok(Done::Erased(erased.erased))
        }
        "reveal" => {
            let id = prospect_id.ok_or_else(|| Error::field("prospect_id", "required"))?;
            let why = why.unwrap_or_default();
            let shown = here.app.db.write(move |conn| reveal::reveal(conn, &keys, &caller, id, &why)).await;
            match shown {
                Err(Error::NotFound(_)) => Err(Error::NotFound(Some("prospect_id"))),
                shown => Ok(Done::Number(shown?.mobile)),
            }
        }
        _ => Err(Error::field("kind", "unknown_value")),
    }
}
