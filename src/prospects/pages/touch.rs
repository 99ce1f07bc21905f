//! A contact written down by one tap or by a form, set right, withdrawn.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web::Path};
use chrono_tz::Tz;
use serde::Deserialize;

use super::one::{self, Refused};
use super::{Nothing, filled, instant_of, problems, typed};
use crate::db::{At, Conn, Id};
use crate::error::{Error, Result};
use crate::language::Lang;
use crate::people::Caller;
use crate::prospects::touch_input::{NewTouch, TouchChanges, TouchInput, TouchPatch};
use crate::prospects::{store, touches};
use crate::t;
use crate::templates::prospects::{Problems, TouchEntryView, touch_entry};
use crate::text::conduct;
use crate::web::flash::Message;
use crate::web::{Form, Here, Page, see_other};

/// The posted contact: `went` by one tap (`call:reached`), or the fields of the form.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TouchForm {
    id: Option<Id>,
    went: Option<String>,
    #[serde(default)]
    channel: String,
    #[serde(default)]
    outcome: String,
    #[serde(default)]
    at: String,
    #[serde(default)]
    at_was: String,
    #[serde(default)]
    note: String,
}

impl TouchForm {
    fn new_touch(&self, prospect: Id, zone: Tz, now: At) -> Result<NewTouch> {
        let id = self.id.ok_or_else(|| Error::field("id", "required"))?;
        if let Some((channel, outcome)) = self.went.as_deref().and_then(|went| went.split_once(':')) {
            return NewTouch::at_the_tap(id, prospect, channel, outcome);
        }
        let input = TouchInput {
            id,
            channel: filled(&self.channel),
            at: Some(instant_of(&self.at, zone)),
            outcome: filled(&self.outcome),
            note: filled(&self.note),
        };
        NewTouch::parse(prospect, &input, now)
    }

    fn changes(&self, zone: Tz, now: At) -> Result<TouchChanges> {
        let patch = TouchPatch {
            channel: filled(&self.channel),
            at: (self.at != self.at_was).then(|| instant_of(&self.at, zone)),
            outcome: filled(&self.outcome),
            note: Some(filled(&self.note)),
        };
        TouchChanges::parse(&patch, now)
    }

    fn typed(self, problems: Problems) -> TouchEntryView {
        TouchEntryView {
            channel: self.channel,
            outcome: self.outcome,
            at: self.at,
            at_was: self.at_was,
            note: self.note,
            problems,
            ..TouchEntryView::default()
        }
    }
}

/// `POST /prospects/{id}/touches`
///
/// # Errors
/// As the API's; a wrong field shows the page again.
pub async fn create(here: Here, id: Path<Id>, form: Form<TouchForm>) -> Result<HttpResponse> {
    let (caller, keys, lang, form, id) =
        (here.caller(), here.app.keys.clone(), here.lang(), form.fields, id.into_inner());
    let zone = caller.user()?.zone();
    let made = match form.new_touch(id, zone, caller.now) {
        Ok(new) => here.app.db.write(move |conn| touches::add(conn, &keys, &caller, &new)).await,
        Err(error) => Err(error),
    };
    match made {
        Ok(answer) => {
            let undo = format!("/prospects/{id}/touches/{}/withdrawal", answer.body.id);
            let message = noted(lang, &form.note, "prospect-touch-noted").undo(undo);
            Ok(see_other(&here, &format!("/prospects/{id}"), Some(message)))
        }
        Err(error) => {
            let touch = Some(form.typed(problems(lang, error)?));
            one::answer(&here, id, Refused { touch, ..Refused::default() }).await
        }
    }
}

/// `GET /prospects/{id}/touches/{touch_id}/edit`
///
/// # Errors
/// 403, 404, 409 `day_over`, 410.
pub async fn edit(here: Here, path: Path<(Id, Id)>) -> Result<HttpResponse> {
    let ((id, touch), caller) = (path.into_inner(), here.caller());
    let view = here.app.db.read(move |conn| filled_in(conn, &caller, id, touch)).await?;
    Ok(show(&here, id, touch, view, StatusCode::OK))
}

/// `POST /prospects/{id}/touches/{touch_id}`
///
/// # Errors
/// As the API's; a wrong field shows the form again.
pub async fn update(here: Here, path: Path<(Id, Id)>, form: Form<TouchForm>) -> Result<HttpResponse> {
    let ((id, touch), caller, lang, form) = (path.into_inner(), here.caller(), here.lang(), form.fields);
    let zone = caller.user()?.zone();
    let changed = match form.changes(zone, caller.now) {
        Ok(changes) => here.app.db.write(move |conn| touches::change(conn, &caller, id, touch, &changes)).await,
        Err(error) => Err(error),
    };
    match changed {
        Ok(_) => {
            let message = noted(lang, &form.note, "prospect-saved");
            Ok(see_other(&here, &format!("/prospects/{id}"), Some(message)))
        }
        Err(error) => {
            let view = form.typed(problems(lang, error)?);
            Ok(show(&here, id, touch, view, StatusCode::UNPROCESSABLE_ENTITY))
        }
    }
}

/// `POST /prospects/{id}/touches/{touch_id}/withdrawal`
///
/// # Errors
/// As the API's.
pub async fn withdraw(here: Here, path: Path<(Id, Id)>, _form: Form<Nothing>) -> Result<HttpResponse> {
    let ((id, touch), caller) = (path.into_inner(), here.caller());
    here.app.db.write(move |conn| touches::withdraw(conn, &caller, id, touch)).await?;
    let message = Message::done(t!(here.lang(), "prospect-touch-gone"));
    Ok(see_other(&here, &format!("/prospects/{id}"), Some(message)))
}

fn noted(lang: Lang, note: &str, key: &str) -> Message {
    if conduct::hits(note).is_empty() {
        Message::done(t!(lang, key))
    } else {
        Message::warn(t!(lang, "prospect-conduct"))
    }
}

fn show(here: &Here, id: Id, touch: Id, mut view: TouchEntryView, status: StatusCode) -> HttpResponse {
    view.csrf = here.csrf().to_owned();
    view.back = format!("/prospects/{id}");
    view.action = format!("/prospects/{id}/touches/{touch}");
    let title = t!(here.lang(), "prospect-touch-change");
    Page::new(title, touch_entry(here.lang(), &view)).status(status).answer(here)
}

fn filled_in(conn: &mut Conn, caller: &Caller, id: Id, touch: Id) -> Result<TouchEntryView> {
    let user = caller.user()?;
    let prospect = store::find(conn, user.reach(), id)?;
    prospect.must_be_of(user)?;
    let touch = touches::find(conn, id, touch)?;
    let zone = store::zone(conn, &prospect)?;
    if !touch.is_open_to(user, caller.now, zone) {
        return Err(Error::Conflict("day_over"));
    }
    let at = typed(touch.at, zone);
    Ok(TouchEntryView {
        channel: touch.channel.as_str().into(),
        outcome: touch.outcome.as_str().into(),
        at_was: at.clone(),
        at,
        note: touch.note.unwrap_or_default(),
        ..TouchEntryView::default()
    })
}
