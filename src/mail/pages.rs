//! The admin's pages of the outbox.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::Deserialize;

use super::message::file_name;
use super::transport::{self, Way};
use super::view::{self, MailRow, Overview};
use crate::db::Id;
use crate::error::{Error, Result};
use crate::people::fields;
use crate::people::pages::Nothing;
use crate::t;
use crate::templates::mail_page::{self, MailPage, MailView, OneMail};
use crate::web::flash::Message;
use crate::web::{Form, Here, Page, api, see_other};

/// `GET /mail`
///
/// # Errors
/// What the database says.
pub async fn show(here: Here) -> Result<HttpResponse> {
    outbox_page(&here, "", None, StatusCode::OK).await
}

async fn outbox_page(here: &Here, to: &str, error: Option<String>, status: StatusCode) -> Result<HttpResponse> {
    let (zone, now, lang) = (here.user()?.zone(), here.caller().now, here.lang());
    let seen = here.app.db.read(move |conn| view::overview(conn, zone, now)).await?;
    let way = match here.app.mailer.way() {
        Way::Files(folder) => t!(lang, "mail-way-files", folder = folder.display().to_string()),
        Way::Smtp(_) => t!(lang, "mail-way-smtp"),
    };
    let Overview { suspended, waiting, sent_today, failed_count, failed, latest, without_count, without } = seen;
    let rows = |all: Vec<MailRow>| all.iter().map(|row| mail_view(here, row)).collect::<Result<Vec<_>>>();
    let page = MailPage {
        csrf: here.csrf(),
        way: &way,
        suspended,
        waiting,
        sent_today,
        failed_count,
        failed: rows(failed)?,
        latest: rows(latest)?,
        without_count,
        without: without.into_iter().map(|w| (w.name, t!(lang, &format!("role-{}", w.role)), w.branch)).collect(),
        test_to: to,
        test_error: error.as_deref(),
    };
    Ok(Page::new(t!(lang, "mail-title"), mail_page::outbox(lang, &page)).status(status).answer(here))
}

fn mail_view(here: &Here, row: &MailRow) -> Result<MailView> {
    let zone = here.user()?.zone();
    let time = |at: crate::db::At| at.minute_in(zone);
    Ok(MailView {
        id: row.id.to_string(),
        kind: row.kind.as_str(),
        state: row.state.as_str(),
        to: row.to_address.clone(),
        day: row.day.to_string(),
        subject: row.subject.clone(),
        message_id: row.message_id.clone(),
        tries: row.tries,
        queued: time(row.created_at),
        next_try: time(row.next_try_at),
        sent: row.sent_at.map(time),
        error: row.last_error.clone(),
    })
}

/// `GET /mail/{id}`: one mail, and what it says where it became a file. Reading it is noted.
///
/// # Errors
/// `NotFound`; what the file system says.
pub async fn show_one(here: Here, id: web::Path<Id>) -> Result<HttpResponse> {
    let (id, lang) = (*id, here.lang());
    let row = here.app.db.read(move |conn| view::find(conn, id)).await?;
    let text = match here.app.mailer.way() {
        Way::Files(folder) => {
            transport::read_text(folder, &file_name(row.created_at, row.kind, id)).map_err(Error::internal)?
        }
        Way::Smtp(_) => None,
    };
    if text.is_some() {
        let (caller, kind) = (here.caller(), row.kind);
        here.app.db.write(move |conn| view::record_reading(conn, &caller, id, kind)).await?;
    }
    let one = OneMail { csrf: here.csrf(), mail: mail_view(&here, &row)?, text };
    Ok(Page::new(t!(lang, "mail-title"), mail_page::one(lang, &one)).answer(&here))
}

/// `POST /mail/{id}/tries`
///
/// # Errors
/// `NotFound`; 409 `not_waiting`.
pub async fn try_again(here: Here, id: web::Path<Id>, _form: Form<Nothing>) -> Result<HttpResponse> {
    let (id, caller) = (*id, here.caller());
    here.app.db.write(move |conn| view::try_again(conn, &caller, id)).await?;
    Ok(see_other(&here, "/mail", Some(Message::done(t!(here.lang(), "mail-again-done")))))
}

/// `POST /mail/{id}/withdrawal`
///
/// # Errors
/// `NotFound`; 409 `not_waiting`.
pub async fn give_up(here: Here, id: web::Path<Id>, _form: Form<Nothing>) -> Result<HttpResponse> {
    let (id, caller) = (*id, here.caller());
    here.app.db.write(move |conn| view::give_up(conn, &caller, id)).await?;
    Ok(see_other(&here, "/mail", Some(Message::done(t!(here.lang(), "mail-given-up-done")))))
}

/// Where a test mail goes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TestMail {
    #[serde(default)]
    to: String,
}

/// `POST /mail/tests`
///
/// # Errors
/// What the database says; a wrong address shows the page again.
pub async fn send_test(here: Here, form: Form<TestMail>) -> Result<HttpResponse> {
    let (typed, lang) = (form.fields.to, here.lang());
    match fields::email(&typed) {
        Ok(to) => {
            let (caller, keys) = (here.caller(), here.app.keys.clone());
            here.app.db.write(move |conn| view::send_test(conn, &keys, &caller, lang, &to)).await?;
            Ok(see_other(&here, "/mail", Some(Message::done(t!(lang, "mail-test-done")))))
        }
        Err(code) => {
            let message = api::message(lang, &crate::error::FieldError::new("to", code));
            outbox_page(&here, &typed, Some(message), StatusCode::UNPROCESSABLE_ENTITY).await
        }
    }
}
