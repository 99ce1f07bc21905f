//! The pages of the board: the grid, the chooser of a cell, edits and copies, drafts, comparing and publishing.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Path;
use chrono::NaiveTime;
use serde::Deserialize;

use super::board::{self, Which};
use super::chooser;
use super::compared;
use super::drafts::{self, DraftInput, NewDraft};
use super::draw::{self, Way};
use super::edits::{Edit, EditInput, Outcome, Trouble};
use super::fragments::{self, Redrawn, Where};
use super::{live, publish, take_back};
use crate::attendance::filter::date;
use crate::attendance::pages::no_branch;
use crate::calendar::local;
use crate::db::{At, Id};
use crate::error::{Error, Result};
use crate::language::Lang;
use crate::people::pages::Nothing;
use crate::t;
use crate::templates::attendance::words as said;
use crate::templates::rota as view;
use crate::web::api::{message, words};
use crate::web::flash::Message;
use crate::web::{Form, Here, Page, Query, assets, see_other};

/// `GET /rota`
///
/// # Errors
/// `NotFound` for a branch or a draft out of reach; 422 for no date.
pub async fn show(here: Here, which: Query<Which>) -> Result<HttpResponse> {
    let (user, now, which) = (here.user()?.clone(), here.app.clock.now(), which.0);
    let asked = which.branch.is_some() || which.draft.is_some();
    let body = match here.app.db.read(move |conn| board::load(conn, &user, &which, now)).await {
        Err(Error::NotFound(_)) if !asked => no_branch(here.lang()),
        board => view::board(here.lang(), &board?, here.csrf(), &Id::new().to_string()),
    };
    let page = Page::new(t!(here.lang(), "board-title"), body).wide();
    Ok(page.style(&assets::hrefs().board_css).script(&assets::hrefs().board_js).answer(&here))
}

/// `GET /rota/cell`
///
/// # Errors
/// `NotFound` out of reach; `Forbidden` for the head office; 422 by field.
pub async fn choose(here: Here, which: Query<chooser::Which>) -> Result<HttpResponse> {
    let (user, now, which) = (here.user()?.clone(), here.app.clock.now(), which.0);
    let part = which.part.is_some();
    let offered = here.app.db.read(move |conn| chooser::load(conn, &user, &which, now)).await?;
    let body = view::chooser(here.lang(), &offered, here.csrf(), part);
    if part {
        return Ok(HttpResponse::Ok().content_type("text/html; charset=utf-8").body(body.into_string()));
    }
    let page = Page::new(t!(here.lang(), "board-choose"), body).style(&assets::hrefs().board_css);
    Ok(page.answer(&here))
}

/// Edits, from a form of buttons (`edit`) or from the script (`changes`, JSON; the answer is JSON too).
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PostedEdits {
    draft: Option<String>,
    #[serde(default)]
    date: String,
    #[serde(default)]
    edit: String,
    there: Option<String>,
    #[serde(default)]
    starts: String,
    #[serde(default)]
    ends: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    changes: String,
    #[serde(default)]
    view: String,
}

impl PostedEdits {
    fn draft(&self) -> Result<Option<Id>> {
        let given = self.draft.as_deref().filter(|id| !id.is_empty());
        given.map(|id| id.parse().map_err(|_| Error::field("draft", "not_an_id"))).transpose()
    }

    fn edits(&self, zone: chrono_tz::Tz) -> Result<Vec<Edit>> {
        if !self.changes.is_empty() {
            let inputs: Vec<EditInput> = crate::web::extract::parse_json(self.changes.as_bytes())?;
            return Edit::parse_all(&inputs);
        }
        let mut input = chooser::edit_of(&self.edit, &self.date)?;
        let day = date(&self.date).map_err(|code| Error::field("date", code))?;
        let time = |field: &'static str, text: &str| match text.trim() {
            "" => Ok::<_, Error>(None),
            text => {
                let time =
                    NaiveTime::parse_from_str(text, "%H:%M").map_err(|_| Error::field(field, "not_a_clock_time"))?;
                Ok(Some(At::from(local::at_local(day, time, zone)).rfc3339()))
            }
        };
        if input.outlet_id.is_some() {
            (input.starts_at, input.ends_at) = (time("starts", &self.starts)?, time("ends", &self.ends)?);
        }
        let ids = self.there.as_deref().map(|all| all.split(',').filter_map(|id| id.parse().ok()).collect());
        input.seen_there = ids.filter(|_| input.outlet_id.is_some());
        Edit::parse_all(&[input])
    }
}

/// `POST /rota/cells`
///
/// # Errors
/// `NotFound` out of reach; `Forbidden`; what the script sends is answered in JSON whatever comes of it.
pub async fn edit(here: Here, form: Form<PostedEdits>) -> Result<HttpResponse> {
    let posted = form.fields;
    let scripted = !posted.changes.is_empty();
    let day = posted.date.clone();
    match make(&here, &posted).await {
        Ok((status, redrawn)) if scripted => Ok(HttpResponse::build(status).json(redrawn)),
        Err(error) if scripted && !matches!(error, Error::SignedOut) => {
            let said = sentence(here.lang(), &error);
            let status = actix_web::ResponseError::status_code(&error);
            Ok(HttpResponse::build(status).json(Redrawn { said, ..Redrawn::default() }))
        }
        Err(error @ (Error::Conflict(_) | Error::Invalid(_))) => {
            Ok(see_other(&here, &way(posted.draft.as_deref(), &day), Some(Message::bad(sentence(here.lang(), &error)))))
        }
        Err(error) => Err(error),
        Ok((status, redrawn)) => {
            let message =
                if status == StatusCode::OK { Message::done(redrawn.said) } else { Message::bad(redrawn.said) };
            Ok(see_other(&here, &way(posted.draft.as_deref(), &day), Some(message)))
        }
    }
}

/// The board on a day.
fn way(draft: Option<&str>, day: &str) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("day", day);
    if let Some(draft) = draft.filter(|d| d.parse::<Id>().is_ok()) {
        query.append_pair("draft", draft);
    }
    format!("/rota?{}", query.finish())
}

/// What is wrong, in a sentence or two.
fn sentence(lang: Lang, error: &Error) -> String {
    match error {
        Error::Invalid(fields) => fields.iter().map(|f| message(lang, f)).collect::<Vec<_>>().join(" "),
        other => words(lang, other).1,
    }
}

async fn make(here: &Here, posted: &PostedEdits) -> Result<(StatusCode, Redrawn)> {
    let (user, lang) = (here.user()?.clone(), here.lang());
    let (draft, edits) = (posted.draft()?, posted.edits(user.zone())?);
    let reason = live::reason(&posted.reason)?;
    let (caller, post, asked) = (here.caller(), here.app.post(), edits.clone());
    let outcome = here.app.db.write(move |conn| match draft {
        Some(id) => Ok(match draw::put(conn, &caller, id, &asked)? {
            Outcome::Done(_) => Outcome::Done(()),
            Outcome::Refused(troubles) => Outcome::Refused(troubles),
        }),
        None => Ok(match live::put(conn, &post, &caller, &asked, &reason)? {
            Outcome::Done(_) => Outcome::Done(()),
            Outcome::Refused(troubles) => Outcome::Refused(troubles),
        }),
    });
    let (status, troubles) = match outcome.await? {
        Outcome::Done(()) => (StatusCode::OK, Vec::new()),
        Outcome::Refused(troubles) => (StatusCode::CONFLICT, troubles),
    };
    let (at, made, now) =
        (Where { draft, people: posted.view == "people", lang }, troubles.is_empty(), here.app.clock.now());
    let names = here.app.db.read(move |conn| {
        let named = compared::names(conn, &user, troubles)?;
        Ok((fragments::redraw(conn, &user, at, &edits, made, now)?, named, user.zone()))
    });
    let (mut redrawn, named, zone) = names.await?;
    redrawn.said = match named.is_empty() {
        true => t!(lang, "board-done"),
        false => named.iter().take(3).map(|n| trouble(lang, n, zone)).collect::<Vec<_>>().join(" "),
    };
    Ok((status, redrawn))
}

/// A trouble in a sentence: who, when, and what is in the way.
fn trouble(lang: Lang, (trouble, who, place): &(Trouble, String, Option<String>), zone: chrono_tz::Tz) -> String {
    let day = said::column_day(lang, trouble.date);
    if trouble.code != "cell_changed" {
        let why = words(lang, &trouble.error()).1;
        return t!(lang, "board-refused", who = who.as_str(), day = day, why = why);
    }
    let place = place.clone().unwrap_or_else(|| t!(lang, "board-nowhere"));
    match (&trouble.by, trouble.at) {
        (Some(by), Some(at)) => {
            let at = said::clock(at.utc().with_timezone(&zone).time());
            t!(lang, "board-changed-by", who = who.as_str(), day = day, place = place, by = by.as_str(), at = at)
        }
        _ => t!(lang, "board-changed", who = who.as_str(), day = day, place = place),
    }
}

/// A week to copy.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PostedCopy {
    draft: Option<Id>,
    from: String,
    to: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    back: String,
}

/// `POST /rota/copies`
///
/// # Errors
/// `NotFound` out of reach; `Forbidden`; 422 for no date.
pub async fn copy(here: Here, form: Form<PostedCopy>) -> Result<HttpResponse> {
    let PostedCopy { draft, from, to, reason, back } = form.fields;
    let from = date(&from).map_err(|code| Error::field("from", code))?;
    let to = date(&to).map_err(|code| Error::field("to", code))?;
    draw::copyable(from, to)?;
    let reason = live::reason(&reason)?;
    let (caller, post) = (here.caller(), here.app.post());
    let copied = here.app.db.write(move |conn| match draft {
        Some(id) => draw::copy(conn, &caller, id, from, to).map(|(_, counts)| counts),
        None => live::copy(conn, &post, &caller, (from, to), &reason),
    });
    let lang = here.lang();
    let message = match copied.await {
        Ok(n) => Message::done(t!(lang, "board-copied", n = n.filled, busy = n.busy, refused = n.refused)),
        Err(error @ (Error::Conflict(_) | Error::Invalid(_))) => Message::bad(sentence(lang, &error)),
        Err(error) => return Err(error),
    };
    Ok(see_other(&here, local_way(&back), Some(message)))
}

/// Only ways within the board are gone back to.
fn local_way(back: &str) -> &str {
    if back == "/rota" || back.starts_with("/rota?") { back } else { "/rota" }
}

/// A draft's beginning.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PostedDraft {
    id: Option<Id>,
    from: Option<String>,
    to: Option<String>,
}

/// `POST /rota/drafts`
///
/// # Errors
/// `Forbidden`; a refusal is said on the board.
pub async fn begin(here: Here, form: Form<PostedDraft>) -> Result<HttpResponse> {
    let PostedDraft { id, from, to } = form.fields;
    let new = NewDraft::parse(&DraftInput { id, from, to });
    let (caller, keys) = (here.caller(), here.app.keys.clone());
    let made = match new {
        Ok(new) => here.app.db.write(move |conn| drafts::create(conn, &keys, &caller, &new)).await,
        Err(error) => Err(error),
    };
    match made {
        Ok(answer) => {
            let said = Message::done(t!(here.lang(), "board-draft-begun"));
            Ok(see_other(&here, &format!("/rota?draft={}", answer.body.id), Some(said)))
        }
        Err(error @ (Error::Conflict(_) | Error::Invalid(_))) => {
            Ok(see_other(&here, "/rota", Some(Message::bad(sentence(here.lang(), &error)))))
        }
        Err(error) => Err(error),
    }
}

/// Back to where a step was taken.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PostedStep {
    #[serde(default)]
    back: String,
}

/// `POST /rota/drafts/{id}/undo`
///
/// # Errors
/// `NotFound` out of reach; `Forbidden`.
pub async fn undo(here: Here, id: Path<Id>, form: Form<PostedStep>) -> Result<HttpResponse> {
    step(here, id.into_inner(), form.fields, Way::Undo).await
}

/// `POST /rota/undo`
///
/// # Errors
/// `Forbidden`.
pub async fn take_back(here: Here, form: Form<PostedStep>) -> Result<HttpResponse> {
    let (caller, user, post) = (here.caller(), here.user()?.clone(), here.app.post());
    let outcome = here.app.db.write(move |conn| match take_back::take_back(conn, &post, &caller)? {
        Outcome::Done(places) => Ok((places.len(), Vec::new())),
        Outcome::Refused(troubles) => Ok((0, compared::names(conn, &user, troubles)?)),
    });
    stepped(&here, outcome.await, &form.fields.back, Way::Undo)
}

/// `POST /rota/drafts/{id}/redo`
///
/// # Errors
/// `NotFound` out of reach; `Forbidden`.
pub async fn redo(here: Here, id: Path<Id>, form: Form<PostedStep>) -> Result<HttpResponse> {
    step(here, id.into_inner(), form.fields, Way::Redo).await
}

async fn step(here: Here, id: Id, posted: PostedStep, way: Way) -> Result<HttpResponse> {
    let (caller, user) = (here.caller(), here.user()?.clone());
    let outcome = here.app.db.write(move |conn| match draw::step(conn, &caller, id, way)? {
        Outcome::Done(drawn) => Ok((drawn.changed, Vec::new())),
        Outcome::Refused(troubles) => Ok((0, compared::names(conn, &user, troubles)?)),
    });
    stepped(&here, outcome.await, &posted.back, way)
}

type Stepped = Result<(usize, Vec<(Trouble, String, Option<String>)>)>;

/// Back to the board with what a step did, or what is in its way.
fn stepped(here: &Here, stepped: Stepped, back: &str, way: Way) -> Result<HttpResponse> {
    let (lang, zone) = (here.lang(), here.user()?.zone());
    let message = match stepped {
        Ok((changed, met)) if met.is_empty() => Message::done(match way {
            Way::Undo => t!(lang, "board-undone", n = changed),
            Way::Redo => t!(lang, "board-redone", n = changed),
        }),
        Ok((_, named)) => {
            Message::bad(named.iter().take(3).map(|n| trouble(lang, n, zone)).collect::<Vec<_>>().join(" "))
        }
        Err(error @ Error::Conflict(_)) => Message::warn(sentence(lang, &error)),
        Err(error) => return Err(error),
    };
    Ok(see_other(here, local_way(back), Some(message)))
}

/// `GET /rota/drafts/{id}/changes`
///
/// # Errors
/// `NotFound` out of reach.
pub async fn changes(here: Here, id: Path<Id>) -> Result<HttpResponse> {
    let (user, id) = (here.user()?.clone(), id.into_inner());
    let seen = here.app.db.read(move |conn| compared::load(conn, &user, id)).await?;
    let body = view::changes(here.lang(), &seen, here.csrf());
    let page = Page::new(t!(here.lang(), "board-changes-title"), body).style(&assets::hrefs().board_css);
    Ok(page.answer(&here))
}

/// The draft as its publisher saw it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PostedPublication {
    version: i32,
}

/// `POST /rota/drafts/{id}/publication`
///
/// # Errors
/// `NotFound` out of reach; `Forbidden`.
pub async fn publish(here: Here, id: Path<Id>, form: Form<PostedPublication>) -> Result<HttpResponse> {
    let (caller, post, id, version) = (here.caller(), here.app.post(), id.into_inner(), form.fields.version);
    let lang = here.lang();
    let changes = format!("/rota/drafts/{id}/changes");
    let done = here.app.db.write(move |conn| publish::publish(conn, &post, &caller, id, version)).await;
    let (to, message) = match done {
        Ok(Outcome::Done(p)) => {
            let text =
                t!(lang, "board-published", added = p.added, moved = p.moved, removed = p.removed, told = p.told);
            let left = if p.left_alone > 0 { t!(lang, "board-left-alone", n = p.left_alone) } else { String::new() };
            (format!("/rota?month={}", p.draft.from.format("%Y-%m")), Message::done(format!("{text} {left}").trim()))
        }
        Ok(Outcome::Refused(blocking)) => (changes, Message::bad(t!(lang, "board-blocked", n = blocking.len()))),
        Err(error @ Error::Conflict(_)) => (changes, Message::bad(sentence(lang, &error))),
        Err(error) => return Err(error),
    };
    Ok(see_other(&here, &to, Some(message)))
}

/// `POST /rota/drafts/{id}/withdrawal`
///
/// # Errors
/// `NotFound` out of reach; `Forbidden`.
pub async fn discard(here: Here, id: Path<Id>, _form: Form<Nothing>) -> Result<HttpResponse> {
    let (caller, id) = (here.caller(), id.into_inner());
    let message = match here.app.db.write(move |conn| drafts::discard(conn, &caller, id)).await {
        Ok(_) => Message::done(t!(here.lang(), "board-discarded")),
        Err(error @ Error::Conflict(_)) => Message::warn(sentence(here.lang(), &error)),
        Err(error) => return Err(error),
    };
    Ok(see_other(&here, "/rota", Some(message)))
}
