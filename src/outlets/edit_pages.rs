//! The forms of outlets, of their closed days and of the people there.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web::Path};
use diesel::prelude::*;

use super::closures::{self, ClosureInput, NewClosure};
use super::contacts::{self, ContactFacts, ContactInput};
use super::form::OutletForm;
use super::input::{NewOutlet, OutletChange};
use super::special_hours::{self, SpecialDay, SpecialInput};
use super::store::{self, Seen};
use super::{list, record, view};
use crate::db::schema::outlets;
use crate::db::{Conn, Id};
use crate::error::{Error, FieldError, Result};
use crate::people::pages::Nothing;
use crate::people::{CurrentUser, Reach, Role};
use crate::rota::pages::with_touched;
use crate::rota::standing;
use crate::t;
use crate::templates::outlets::{FormView, closure_form, contact_form, outlet_form, special_form};
use crate::web::assets;
use crate::web::flash::Message;
use crate::web::{Form, Here, Page, api, see_other};

/// Only who may change outlets of a branch gets as far as a form.
fn writer(here: &Here) -> Result<CurrentUser> {
    let user = here.user()?.clone();
    if user.role != Role::Admin {
        user.own_branch()?;
    }
    Ok(user)
}

fn messages(here: &Here, faults: &[FieldError]) -> Vec<(String, String)> {
    faults.iter().map(|f| (f.field.clone(), api::message(here.lang(), f))).collect()
}

async fn show(
    here: &Here,
    form: &OutletForm,
    id: Option<Id>,
    faults: &[FieldError],
    status: StatusCode,
) -> Result<HttpResponse> {
    let user = writer(here)?;
    let reach = user.reach();
    let banks = here.app.db.read(move |conn| list::bank_names(conn, reach)).await?;
    let problems = messages(here, faults);
    let view = FormView {
        form,
        action: &id.map_or_else(|| "/outlets".to_owned(), |id| format!("/outlets/{id}")),
        is_new: id.is_none(),
        stale: status == StatusCode::PRECONDITION_FAILED,
        banks: &banks,
        names_branch: id.is_none() && user.role == Role::Admin,
        csrf: here.csrf(),
        problems: &problems,
    };
    let title = t!(here.lang(), if id.is_none() { "outlets-new" } else { "outlet-edit" });
    Ok(Page::new(title, outlet_form(here.lang(), &view)).status(status).script(&assets::hrefs().fence_js).answer(here))
}

/// `GET /outlets/new`
///
/// # Errors
/// 403 for who may not make one.
pub async fn show_new(here: Here) -> Result<HttpResponse> {
    show(&here, &OutletForm::new(), None, &[], StatusCode::OK).await
}

/// The outlet that a code within reach names; none for an empty code.
fn named(conn: &mut Conn, reach: Reach, code: &str) -> Result<Option<Id>> {
    if code.trim().is_empty() {
        return Ok(None);
    }
    let id: Option<Id> =
        outlets::table.filter(outlets::code.eq(code.trim())).select(outlets::id).first(conn).optional()?;
    let nowhere = || Error::NotFound(Some("parent_id"));
    let id = id.ok_or_else(nowhere)?;
    match record::find(conn, reach, id) {
        Err(Error::NotFound(_)) => Err(nowhere()),
        found => found.map(|_| Some(id)),
    }
}

/// `POST /outlets`
///
/// # Errors
/// A form that is wrong is shown again.
pub async fn create(here: Here, form: Form<OutletForm>) -> Result<HttpResponse> {
    let user = writer(&here)?;
    let (typed, keys, caller, reach) = (form.fields.clone(), here.app.keys.clone(), here.caller(), user.reach());
    let write = move |conn: &mut Conn| {
        let parent = named(conn, reach, &typed.parent)?;
        let new = NewOutlet::parse(&typed.input(parent)?)?;
        store::create(conn, &keys, &caller, &new)
    };
    match here.app.db.write(write).await {
        Ok(made) => {
            let done = Message::done(t!(here.lang(), "outlet-made", name = made.body.name.as_str()));
            Ok(see_other(&here, &format!("/outlets/{}", made.body.id), Some(done)))
        }
        Err(error) => {
            let faults = form.fields.named(error)?;
            show(&here, &form.fields, None, &faults, StatusCode::UNPROCESSABLE_ENTITY).await
        }
    }
}

/// The form of an outlet as it stands.
fn filled(conn: &mut Conn, user: &CurrentUser, id: Id) -> Result<OutletForm> {
    let outlet = store::writable(conn, user, id)?;
    let parent: Option<String> = match outlet.parent_id {
        Some(parent) => Some(outlets::table.find(parent).select(outlets::code).first(conn)?),
        None => None,
    };
    Ok(OutletForm::of(&view::of_one(conn, &outlet)?, parent.as_deref().unwrap_or_default()))
}

/// `GET /outlets/{id}/edit`
///
/// # Errors
/// 404 out of reach, 403 for who may only read.
pub async fn show_edit(here: Here, id: Path<Id>) -> Result<HttpResponse> {
    let (user, id) = (here.user()?.clone(), id.into_inner());
    let form = here.app.db.read(move |conn| filled(conn, &user, id)).await?;
    show(&here, &form, Some(id), &[], StatusCode::OK).await
}

/// `POST /outlets/{id}`
///
/// # Errors
/// A form that is wrong, or was filled from an older version, is shown again as it was typed.
pub async fn change(here: Here, id: Path<Id>, form: Form<OutletForm>) -> Result<HttpResponse> {
    let (user, id, typed, caller) = (here.user()?.clone(), id.into_inner(), form.fields.clone(), here.caller());
    let write = move |conn: &mut Conn| {
        let before = filled(conn, &user, id)?;
        let parent =
            if typed.parent.trim() == before.parent { None } else { named(conn, user.reach(), &typed.parent)? };
        let change = OutletChange::parse(&typed.patch(&before, parent)?)?;
        let seen = Seen::These(typed.version.parse().into_iter().collect());
        store::change(conn, &caller, id, Some(&seen), &change)
    };
    match here.app.db.write(write).await {
        Ok(outlet) => {
            let done = Message::done(t!(here.lang(), "outlet-saved", name = outlet.name.as_str()));
            let done = touched(&here, id, done).await?;
            Ok(see_other(&here, &format!("/outlets/{id}"), Some(done)))
        }
        Err(Error::Stale) => {
            // Whoever saves again after this has been told.
            let user = here.user()?.clone();
            let version = here.app.db.read(move |conn| filled(conn, &user, id)).await?.version;
            let form = OutletForm { version, ..form.fields };
            show(&here, &form, Some(id), &[], StatusCode::PRECONDITION_FAILED).await
        }
        Err(error) => {
            let faults = form.fields.named(error)?;
            show(&here, &form.fields, Some(id), &faults, StatusCode::UNPROCESSABLE_ENTITY).await
        }
    }
}

/// The name of an outlet that the user may change.
async fn name_of(here: &Here, id: Id) -> Result<String> {
    let user = here.user()?.clone();
    here.app.db.read(move |conn| Ok(store::writable(conn, &user, id)?.name)).await
}

/// A message with how many planned shifts of the outlet want a decision now.
async fn touched(here: &Here, id: Id, message: Message) -> Result<Message> {
    let (user, now) = (here.user()?.clone(), here.app.clock.now());
    let read = move |conn: &mut Conn| {
        let branch = store::writable(conn, &user, id)?.branch_id;
        Ok(standing::of(conn, branch, &[], &[id], now)?.len())
    };
    Ok(with_touched(here, message, here.app.db.read(read).await?))
}

async fn closure_page(
    here: &Here,
    id: Id,
    input: &ClosureInput,
    faults: &[FieldError],
    status: StatusCode,
) -> Result<HttpResponse> {
    let name = name_of(here, id).await?;
    let body = closure_form(here.lang(), &id.to_string(), &name, input, &messages(here, faults), here.csrf());
    Ok(Page::new(t!(here.lang(), "closure-new"), body).status(status).answer(here))
}

/// `GET /outlets/{id}/closures/new`
///
/// # Errors
/// 404 out of reach, 403 for who may only read.
pub async fn show_closure(here: Here, id: Path<Id>) -> Result<HttpResponse> {
    let input = ClosureInput { id: Id::new().to_string(), ..ClosureInput::default() };
    closure_page(&here, id.into_inner(), &input, &[], StatusCode::OK).await
}

/// `POST /outlets/{id}/closures`
///
/// # Errors
/// A form that is wrong is shown again.
pub async fn add_closure(here: Here, id: Path<Id>, form: Form<ClosureInput>) -> Result<HttpResponse> {
    let (id, caller) = (id.into_inner(), here.caller());
    match NewClosure::parse(&form.fields) {
        Ok(new) => {
            here.app.db.write(move |conn| closures::add(conn, &caller, id, &new)).await?;
            let done = touched(&here, id, Message::done(t!(here.lang(), "closure-added"))).await?;
            Ok(see_other(&here, &format!("/outlets/{id}"), Some(done)))
        }
        Err(Error::Invalid(faults)) => {
            closure_page(&here, id, &form.fields, &faults, StatusCode::UNPROCESSABLE_ENTITY).await
        }
        Err(error) => Err(error),
    }
}

/// `POST /outlets/{id}/closures/{closure}/removal`
///
/// # Errors
/// 404 out of reach, 403 for who may only read.
pub async fn remove_closure(here: Here, ids: Path<(Id, Id)>, _form: Form<Nothing>) -> Result<HttpResponse> {
    let ((outlet, closure), caller) = (ids.into_inner(), here.caller());
    here.app.db.write(move |conn| closures::remove(conn, &caller, outlet, closure)).await?;
    Ok(see_other(&here, &format!("/outlets/{outlet}"), Some(Message::done(t!(here.lang(), "closure-removed")))))
}

async fn special_page(
    here: &Here,
    id: Id,
    input: &SpecialInput,
    faults: &[FieldError],
    status: StatusCode,
) -> Result<HttpResponse> {
    let name = name_of(here, id).await?;
    let body = special_form(here.lang(), &id.to_string(), &name, input, &messages(here, faults), here.csrf());
    Ok(Page::new(t!(here.lang(), "special-new"), body).status(status).answer(here))
}

/// `GET /outlets/{id}/special-hours/new`
///
/// # Errors
/// 404 out of reach, 403 for who may only read.
pub async fn show_special(here: Here, id: Path<Id>) -> Result<HttpResponse> {
    special_page(&here, id.into_inner(), &SpecialInput::default(), &[], StatusCode::OK).await
}

/// `POST /outlets/{id}/special-hours`
///
/// # Errors
/// A form that is wrong is shown again.
pub async fn add_special(here: Here, id: Path<Id>, form: Form<SpecialInput>) -> Result<HttpResponse> {
    let (id, caller, input) = (id.into_inner(), here.caller(), form.fields.clone());
    match here.app.db.write(move |conn| special_hours::add(conn, &caller, id, &input)).await {
        Ok(()) => {
            let done = touched(&here, id, Message::done(t!(here.lang(), "special-added"))).await?;
            Ok(see_other(&here, &format!("/outlets/{id}"), Some(done)))
        }
        Err(Error::Invalid(faults)) => {
            special_page(&here, id, &form.fields, &faults, StatusCode::UNPROCESSABLE_ENTITY).await
        }
        Err(error) => Err(error),
    }
}

/// `POST /outlets/{id}/special-hours/removal`
///
/// # Errors
/// 404 out of reach, 403 for who may only read.
pub async fn remove_special(here: Here, id: Path<Id>, form: Form<SpecialDay>) -> Result<HttpResponse> {
    let (id, caller) = (id.into_inner(), here.caller());
    here.app.db.write(move |conn| special_hours::remove(conn, &caller, id, &form.fields.date)).await?;
    Ok(see_other(&here, &format!("/outlets/{id}"), Some(Message::done(t!(here.lang(), "special-removed")))))
}

async fn contact_page(
    here: &Here,
    outlet: Id,
    contact: Option<Id>,
    input: &ContactInput,
    faults: &[FieldError],
    status: StatusCode,
) -> Result<HttpResponse> {
    let name = name_of(here, outlet).await?;
    let outlet = format!("/outlets/{outlet}");
    let action = match contact {
        Some(contact) => format!("{outlet}/contacts/{contact}"),
        None => format!("{outlet}/contacts"),
    };
    let problems = messages(here, faults);
    let body = contact_form(here.lang(), (&outlet, &name), &action, contact.is_some(), input, &problems, here.csrf());
    let title = t!(here.lang(), if contact.is_some() { "contact-edit" } else { "contact-new" });
    Ok(Page::new(title, body).status(status).answer(here))
}

/// `GET /outlets/{id}/contacts/new`
///
/// # Errors
/// 404 out of reach, 403 for who may only read.
pub async fn show_new_contact(here: Here, id: Path<Id>) -> Result<HttpResponse> {
    let input = ContactInput { id: Id::new().to_string(), ..ContactInput::default() };
    contact_page(&here, id.into_inner(), None, &input, &[], StatusCode::OK).await
}

/// `GET /outlets/{id}/contacts/{contact}`
///
/// # Errors
/// 404 out of reach, 403 for who may only read.
pub async fn show_contact(here: Here, ids: Path<(Id, Id)>) -> Result<HttpResponse> {
    let ((outlet, contact), user) = (ids.into_inner(), here.user()?.clone());
    let read = move |conn: &mut Conn| {
        store::writable(conn, &user, outlet)?;
        contacts::find(conn, outlet, contact)
    };
    let input = ContactInput::of(&here.app.db.read(read).await?);
    contact_page(&here, outlet, Some(contact), &input, &[], StatusCode::OK).await
}

/// `POST /outlets/{id}/contacts`
///
/// # Errors
/// A form that is wrong is shown again.
pub async fn add_contact(here: Here, id: Path<Id>, form: Form<ContactInput>) -> Result<HttpResponse> {
    let (outlet, typed, caller) = (id.into_inner(), form.fields.clone(), here.caller());
    let write = move |conn: &mut Conn| {
        let id: Id = typed.id.parse().map_err(|_| Error::field("id", "required"))?;
        contacts::add(conn, &caller, outlet, id, &ContactFacts::parse(&typed)?)
    };
    let written = here.app.db.write(write).await;
    contact_written(&here, outlet, None, &form.fields, written).await
}

/// `POST /outlets/{id}/contacts/{contact}`
///
/// # Errors
/// A form that is wrong is shown again.
pub async fn change_contact(here: Here, ids: Path<(Id, Id)>, form: Form<ContactInput>) -> Result<HttpResponse> {
    let ((outlet, contact), typed, caller) = (ids.into_inner(), form.fields.clone(), here.caller());
    let write = move |conn: &mut Conn| contacts::change(conn, &caller, outlet, contact, &ContactFacts::parse(&typed)?);
    let written = here.app.db.write(write).await;
    contact_written(&here, outlet, Some(contact), &form.fields, written).await
}

async fn contact_written(
    here: &Here,
    outlet: Id,
    contact: Option<Id>,
    input: &ContactInput,
    written: Result<()>,
) -> Result<HttpResponse> {
    match written {
        Ok(()) => {
            let done = Message::done(t!(here.lang(), "contact-saved"));
            Ok(see_other(here, &format!("/outlets/{outlet}"), Some(done)))
        }
        Err(Error::Invalid(faults)) => {
            contact_page(here, outlet, contact, input, &faults, StatusCode::UNPROCESSABLE_ENTITY).await
        }
        Err(error) => Err(error),
    }
}

/// `POST /outlets/{id}/contacts/{contact}/removal`
///
/// # Errors
/// 404 out of reach, 403 for who may only read.
pub async fn remove_contact(here: Here, ids: Path<(Id, Id)>, _form: Form<Nothing>) -> Result<HttpResponse> {
    let ((outlet, contact), caller) = (ids.into_inner(), here.caller());
    here.app.db.write(move |conn| contacts::remove(conn, &caller, outlet, contact)).await?;
    Ok(see_other(&here, &format!("/outlets/{outlet}"), Some(Message::done(t!(here.lang(), "contact-removed")))))
}
