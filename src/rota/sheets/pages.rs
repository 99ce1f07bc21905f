//! The pages of a rota from a spreadsheet: choose a file, explain its words, look at what it would do, take it in.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::codes::{self, Asked};
use super::layout::Hints;
use super::meaning::{self, Directory, Kind};
use super::plan::{self, Plan};
use super::reading::{self, Reading};
use super::{Fault, Spot, apply, memory};
use crate::audit::{self, Subject};
use crate::db::{At, Conn, Id};
use crate::error::{Error, FieldError, Result};
use crate::imports::run::words;
use crate::imports::upload::{self, Sent, Waiting};
use crate::people::pages::Nothing;
use crate::t;
use crate::templates::rota::sheets as templates;
use crate::templates::rota::sheets::{Issue, PreviewView};
use crate::web::flash::Message;
use crate::web::ticked::Pairs;
use crate::web::{Form, Here, Page, api, refused, see_other};

/// A rota file on its way in.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct RotaFile {
    user: Id,
    branch: Id,
    rota_file: String,
    until: At,
}

impl Waiting for RotaFile {
    fn owner(&self) -> Id {
        self.user
    }

    fn until(&self) -> At {
        self.until
    }
}

/// `GET /rota/import`
///
/// # Errors
/// 403 for the head office.
pub async fn choose(here: Here) -> Result<HttpResponse> {
    here.user()?.own_branch()?;
    Ok(chooser(&here, &[], StatusCode::OK))
}

fn chooser(here: &Here, faults: &[FieldError], status: StatusCode) -> HttpResponse {
    let lang = here.lang();
    let problem = faults.first().map(|fault| api::message(lang, fault));
    let body = templates::choose(lang, here.csrf(), problem.as_deref());
    Page::new(t!(lang, "sheet-title"), body).status(status).answer(here)
}

/// `POST /rota/import`
///
/// # Errors
/// 403 for the head office; 413 for a file far over 20 MB; without a file, or with one that is too large, the form is shown again.
pub async fn post_file(here: Here, payload: web::Payload) -> Result<HttpResponse> {
    let user = here.user()?.clone();
    let branch = user.own_branch()?.id;
    let sent = upload::read(&here.req, payload).await?;
    if sent.csrf != here.csrf() {
        return Err(Error::BadRequest("csrf"));
    }
    if let Some(fault) = sent.file_fault() {
        return Ok(chooser(&here, &[fault], StatusCode::UNPROCESSABLE_ENTITY));
    }
    let Sent { file_name, file, .. } = sent;
    let until = upload::Upload::until(here.app.clock.now());
    let head = RotaFile { user: user.id, branch, rota_file: file_name, until };
    let app = here.app.clone();
    let kept = web::block(move || upload::keep(&app.settings.var, &app.keys, &head, &file)).await;
    let id = kept.map_err(Error::internal)??;
    Ok(see_other(&here, &format!("/rota/import/{id}"), None))
}

/// The user's file under an id, as long as it is of their branch.
async fn find(here: &Here, id: Id) -> Result<(RotaFile, Vec<u8>)> {
    let (app, user, now) = (here.app.clone(), here.user()?.id, here.app.clock.now());
    let branch = here.user()?.own_branch()?.id;
    let found = web::block(move || upload::find::<RotaFile>(&app.settings.var, &app.keys, id, user, now)).await;
    let (head, content) = found.map_err(Error::internal)??;
    if head.branch != branch {
        return Err(Error::not_found());
    }
    Ok((head, content))
}

/// A file, read and judged.
struct Looked {
    name: String,
    reading: Reading,
    plan: Plan,
    asked: Vec<Asked>,
    directory: Directory,
}

fn look(conn: &mut Conn, head: &RotaFile, content: &[u8], today: NaiveDate) -> Result<Looked> {
    let directory = memory::directory(conn, head.branch)?;
    let reading = reading::read(content, Hints { file: &head.rota_file, today }, &directory);
    let reading = reading.unwrap_or_else(|error| {
        let fault = Fault::new(Spot(String::new()), error.problem());
        Reading { faults: vec![fault], ..Reading::default() }
    });
    let plan = plan::plan(conn, head.branch, today, &reading)?;
    let asked = codes::asked(&reading, &directory);
    Ok(Looked { name: head.rota_file.clone(), reading, plan, asked, directory })
}

fn today(here: &Here) -> Result<NaiveDate> {
    Ok(here.app.clock.now().date_in(here.user()?.zone()))
}

/// `GET /rota/import/{id}`
///
/// # Errors
/// 404 where it is another's or has waited too long.
pub async fn preview(here: Here, id: web::Path<Id>) -> Result<HttpResponse> {
    let id = id.into_inner();
    let (head, content) = find(&here, id).await?;
    let today = today(&here)?;
    let looked = here.app.db.read(move |conn| look(conn, &head, &content, today)).await?;
    Ok(show(&here, id, &looked, &[], StatusCode::OK))
}

fn show(here: &Here, id: Id, looked: &Looked, problems: &[FieldError], status: StatusCode) -> HttpResponse {
    let lang = here.lang();
    let issue = |fault: &Fault| Issue { spot: fault.spot.to_string(), words: words(lang, &fault.problem) };
    let problems = refused::by_field(lang, problems);
    let refused: Vec<Issue> = looked.plan.refused.iter().map(issue).collect();
    let notes: Vec<Issue> = looked.reading.notes.iter().map(issue).collect();
    let labels = |kind: Kind| looked.directory.all(kind).iter().map(meaning::Target::label).collect::<Vec<_>>();
    let view = PreviewView {
        csrf: here.csrf(),
        action: &format!("/rota/import/{id}"),
        file_name: &looked.name,
        asked: &looked.asked,
        outlets: &labels(Kind::Outlet),
        brokers: &labels(Kind::Broker),
        plan: &looked.plan,
        refused: &refused,
        notes: &notes,
        problems: &problems,
        waits: looked.reading.unknown().count(),
    };
    let body = templates::preview(lang, &view);
    Page::new(t!(lang, "sheet-title"), body).wide().status(status).answer(here)
}

/// `POST /rota/import/{id}/codes`: what its words mean, remembered for the next file as well.
///
/// # Errors
/// 404 where it is another's or has waited too long; a form that is wrong is shown again.
pub async fn explain(here: Here, id: web::Path<Id>, form: Form<Pairs>) -> Result<HttpResponse> {
    let id = id.into_inner();
    let (head, content) = find(&here, id).await?;
    let (today, caller, pairs) = (today(&here)?, here.caller(), form.fields.clone());
    let branch = head.branch;
    let write = move |conn: &mut Conn| {
        let directory = memory::directory(conn, branch)?;
        let explained = codes::parse(pairs, &directory)?;
        memory::keep(conn, &caller, branch, &explained)?;
        let subject = Subject { kind: "rota_sheet", id: None, branch: Some(branch) };
        audit::record(conn, &caller, "rota_sheet.codes", subject, serde_json::json!({ "codes": explained.len() }))
    };
    match here.app.db.write(write).await {
        Ok(()) => Ok(see_other(&here, &format!("/rota/import/{id}"), None)),
        Err(Error::Invalid(faults)) => {
            let mut looked = here.app.db.read(move |conn| look(conn, &head, &content, today)).await?;
            looked.asked = codes::as_typed(looked.asked, &form.fields);
            Ok(show(&here, id, &looked, &faults, StatusCode::UNPROCESSABLE_ENTITY))
        }
        Err(error) => Err(error),
    }
}

/// `POST /rota/import/{id}`: takes in the very file that was looked at, against how things are now.
///
/// # Errors
/// 404 where it is another's or has waited too long; 409 where somebody is drawing up the same days.
pub async fn confirm(here: Here, id: web::Path<Id>, _form: Form<Nothing>) -> Result<HttpResponse> {
    let id = id.into_inner();
    let (head, content) = find(&here, id).await?;
    let (today, caller, keys) = (today(&here)?, here.caller(), here.app.keys.clone());
    let branch = head.branch;
    // The file is read beside the writer, which only judges again what it says and writes.
    let mut looked = here.app.db.read(move |conn| look(conn, &head, &content, today)).await?;
    if looked.reading.unknown().next().is_some() {
        return Ok(show(&here, id, &looked, &[], StatusCode::UNPROCESSABLE_ENTITY));
    }
    let write = move |conn: &mut Conn| {
        looked.plan = plan::plan(conn, branch, today, &looked.reading)?;
        let drafts =
            if looked.plan.is_clean() { Some(apply::apply(conn, &keys, &caller, &looked.plan)?) } else { None };
        Ok((looked, drafts))
    };
    let (looked, drafts) = here.app.db.write(write).await?;
    let Some(drafts) = drafts else {
        return Ok(show(&here, id, &looked, &[], StatusCode::UNPROCESSABLE_ENTITY));
    };
    upload::Upload::drop(&here.app.settings.var, id);
    let (added, moved) = (looked.plan.added.len(), looked.plan.moved.len());
    let done = t!(here.lang(), "sheet-done", added = added, moved = moved, drafts = drafts.len());
    let to = drafts.first().map_or_else(|| "/rota".to_owned(), |draft| format!("/rota?draft={}", draft.id));
    Ok(see_other(&here, &to, Some(Message::done(done))))
}
