//! The import pages: choose a file, see what it would change, confirm.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use chrono_tz::Tz;

use super::run::{self, Kind, Plan, Terms};
use super::said;
use super::upload::{self, Sent, Upload};
use crate::db::{At, Conn, Id};
use crate::error::{Error, Faults, FieldError, Result};
use crate::keys::Keys;
use crate::language::Lang;
use crate::people::pages::Nothing;
use crate::people::store::{self, Branch};
use crate::people::{CurrentUser, Role};
use crate::place::Datum;
use crate::t;
use crate::templates::imports as templates;
use crate::templates::imports::{ChooseView, PreviewView};
use crate::web::flash::Message;
use crate::web::{Form, Here, Page, refused, see_other};

/// What a user may import: the head office reads only, and a calendar for all is the admin's.
fn may(user: &CurrentUser) -> Result<()> {
    if user.role != Role::Admin {
        user.own_branch()?;
    }
    Ok(())
}

/// `GET /imports`
///
/// # Errors
/// 403 for the head office.
pub async fn choose(here: Here) -> Result<HttpResponse> {
    may(here.user()?)?;
    let branches = branches(&here).await?;
    Ok(form(&here, &branches, &Sent::default(), &[], StatusCode::OK))
}

/// The branches to choose from; none where the own one is meant.
async fn branches(here: &Here) -> Result<Vec<Branch>> {
    let user = here.user()?;
    if user.role != Role::Admin {
        return Ok(Vec::new());
    }
    let reach = user.reach();
    here.app.db.read(move |conn| store::branches_in_reach(conn, reach)).await
}

fn form(here: &Here, branches: &[Branch], sent: &Sent, faults: &[FieldError], status: StatusCode) -> HttpResponse {
    let lang = here.lang();
    let problems = refused::by_field(lang, faults);
    let branches: Vec<(String, String)> = branches.iter().map(|b| (b.code.clone(), b.name.clone())).collect();
    let view = ChooseView {
        csrf: here.csrf(),
        branches: &branches,
        kind: &sent.kind,
        datum: &sent.datum,
        branch: &sent.branch,
        problems: &problems,
        plans: here.user().is_ok_and(|user| user.role != Role::Admin),
    };
    Page::new(t!(lang, "place-imports"), templates::choose(lang, &view)).status(status).answer(here)
}

/// `POST /imports`
///
/// # Errors
/// 413 for a file far over 20 MB; a form that is wrong is shown again.
pub async fn post_file(here: Here, payload: web::Payload) -> Result<HttpResponse> {
    let user = here.user()?.clone();
    may(&user)?;
    let sent = upload::read(&here.req, payload).await?;
    if sent.csrf != here.csrf() {
        return Err(Error::BadRequest("csrf"));
    }
    let branches = branches(&here).await?;
    let (kind, datum, branch) = match check(&user, &branches, &sent) {
        Ok(checked) => checked,
        Err(Error::Invalid(faults)) => {
            return Ok(form(&here, &branches, &sent, &faults, StatusCode::UNPROCESSABLE_ENTITY));
        }
        Err(error) => return Err(error),
    };
    let until = Upload::until(here.app.clock.now());
    let upload = Upload { user: user.id, kind, datum, branch, file_name: sent.file_name, until };
    let (app, content) = (here.app.clone(), sent.file);
    let kept =
        web::block(move || upload.keep(&app.settings.var, &app.keys, &content)).await.map_err(Error::internal)??;
    Ok(see_other(&here, &format!("/imports/{kept}"), None))
}

fn check(user: &CurrentUser, branches: &[Branch], sent: &Sent) -> Result<(Kind, Datum, Option<Id>)> {
    let mut faults = Faults::new();
    let kind = faults
        .take("kind", Kind::parse(&sent.kind).ok_or(if sent.kind.is_empty() { "required" } else { "unknown_value" }));
    let datum = if sent.datum.is_empty() {
        Some(Datum::Wgs84)
    } else {
        faults.take("datum", Datum::parse(&sent.datum).ok_or("unknown_value"))
    };
    if let Some(fault) = sent.file_fault() {
        faults.push(fault);
    }
    let branch = match (&user.branch, sent.branch.as_str()) {
        (Some(own), "") => Some(own.id),
        (Some(own), code) if code == own.code => Some(own.id),
        (None, "") if kind == Some(Kind::Calendar) => None,
        (None, "") => faults.take("branch", Err("required")),
        (_, code) => faults.take("branch", branches.iter().find(|b| b.code == code).map(|b| b.id).ok_or("not_found")),
    };
    match (kind, datum) {
        (Some(kind), Some(datum)) if faults.is_empty() => Ok((kind, datum, branch)),
        _ => Err(faults.into_error()),
    }
}

/// The user's upload under an id, and what it says.
async fn find(here: &Here, id: Id) -> Result<(Upload, Vec<u8>)> {
    let (app, user, now) = (here.app.clone(), here.user()?.id, here.app.clock.now());
    web::block(move || Upload::find(&app.settings.var, &app.keys, id, user, now)).await.map_err(Error::internal)?
}

fn terms(conn: &mut Conn, here: &Stand, upload: &Upload) -> Result<Terms> {
    let branch = upload.branch.map(|id| store::branch(conn, id)).transpose()?;
    Ok(Terms { branch, datum: upload.datum, keys: here.0.clone(), now: here.1, emails: here.2 })
}

/// The keys and the moment of a request, and whether an admin makes it.
type Stand = (Arc<Keys>, At, bool);

fn stand(here: &Here) -> Stand {
    (here.app.keys.clone(), here.app.clock.now(), here.user().is_ok_and(|user| user.role == Role::Admin))
}

/// `GET /imports/{id}`
///
/// # Errors
/// 404 where it is another's or has waited too long.
pub async fn preview(here: Here, id: web::Path<Id>) -> Result<HttpResponse> {
    may(here.user()?)?;
    let id = id.into_inner();
    let (upload, content) = find(&here, id).await?;
    let (planned, stand) = (upload.clone(), stand(&here));
    let (lang, own) = (here.lang(), here.user()?.zone());
    let read = move |conn: &mut Conn| {
        let terms = terms(conn, &stand, &planned)?;
        let mut plan = run::plan(conn, planned.kind, &content, &terms)?;
        in_words(conn, lang, own, terms.branch.as_ref(), &mut plan)?;
        Ok(plan)
    };
    let plan = here.app.db.read(read).await?;
    Ok(show(&here, id, &upload, &plan, StatusCode::OK))
}

/// Puts what would change into words, in the zone of the branch it is for, or else in the reader's own.
fn in_words(conn: &mut Conn, lang: Lang, own: Tz, branch: Option<&Branch>, plan: &mut Plan) -> Result<()> {
    let zone = branch.map_or(own, Branch::zone);
    said::in_words(conn, lang, zone, &mut plan.changed, templates::SHOWN)
}

fn show(here: &Here, id: Id, upload: &Upload, plan: &Plan, status: StatusCode) -> HttpResponse {
    let lang = here.lang();
    let report = plan.report(lang);
    let view = PreviewView {
        csrf: here.csrf(),
        action: &format!("/imports/{id}"),
        file_name: &upload.file_name,
        added: &plan.added,
        changed: &plan.changed,
        unchanged: plan.unchanged,
        warnings: &report.warnings,
        errors: &report.errors,
    };
    let title = t!(lang, "imports-preview");
    Page::new(title, templates::preview(lang, &view)).wide().status(status).answer(here)
}

/// `POST /imports/{id}`: takes in the very file that was looked at, against what is there now.
///
/// # Errors
/// 404 where it is another's or has waited too long.
pub async fn confirm(here: Here, id: web::Path<Id>, _form: Form<Nothing>) -> Result<HttpResponse> {
    may(here.user()?)?;
    let id = id.into_inner();
    let (upload, content) = find(&here, id).await?;
    let (app, planned, caller, stand) = (here.app.clone(), upload.clone(), here.caller(), stand(&here));
    let (lang, own) = (here.lang(), here.user()?.zone());
    let take_in = move || {
        let terms = app.db.read_now(|conn| terms(conn, &stand, &planned))?;
        let branch = terms.branch.clone();
        let mut plan = run::run_now(&app.db, &caller, planned.kind, content, terms, false)?;
        if !plan.is_clean() {
            app.db.read_now(|conn| in_words(conn, lang, own, branch.as_ref(), &mut plan))?;
        }
        Ok::<Plan, Error>(plan)
    };
    let plan = web::block(take_in).await.map_err(Error::internal)??;
    if !plan.is_clean() {
        return Ok(show(&here, id, &upload, &plan, StatusCode::UNPROCESSABLE_ENTITY));
    }
    Upload::drop(&here.app.settings.var, id);
    let done =
        t!(lang, "imports-done", added = plan.added.len(), changed = plan.changed.len(), unchanged = plan.unchanged);
    let to = if upload.kind == Kind::Outlets { "/outlets" } else { "/imports" };
    Ok(see_other(&here, to, Some(Message::done(done))))
}
