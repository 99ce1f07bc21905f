//! What an admin does about somebody's way in: suspends them, lets them in again, invites them, takes a lost second factor away.

use actix_web::{HttpResponse, web};

use super::Nothing;
use super::users::{moment, update};
use crate::db::{Conn, Id};
use crate::error::{Error, Result};
use crate::people::change::UserChange;
use crate::people::users::{self, UserRecord};
use crate::people::{links, outage};
use crate::rota::pages::with_touched;
use crate::t;
use crate::templates::people::users as templates;
use crate::templates::people::users::LinkView;
use crate::web::flash::Message;
use crate::web::{Form, Here, Page, see_other};

/// `POST /users/{id}/suspension`
///
/// # Errors
/// 404; 409 for oneself.
pub async fn suspend(here: Here, id: web::Path<Id>, _form: Form<Nothing>) -> Result<HttpResponse> {
    let id = id.into_inner();
    let (user, touched) = access(&here, id, true).await?;
    let text = t!(here.lang(), "users-disabled", name = user.name);
    let message = Message::done(text).undo(format!("/users/{id}/suspension/end"));
    let message = with_touched(&here, message, touched);
    Ok(see_other(&here, &format!("/users/{id}"), Some(message)))
}

/// `POST /users/{id}/suspension/end`
///
/// # Errors
/// 404.
pub async fn let_in_again(here: Here, id: web::Path<Id>, _form: Form<Nothing>) -> Result<HttpResponse> {
    let id = id.into_inner();
    let (user, _) = access(&here, id, false).await?;
    let text = t!(here.lang(), "users-enabled", name = user.name);
    Ok(see_other(&here, &format!("/users/{id}"), Some(Message::done(text))))
}

async fn access(here: &Here, id: Id, disabled: bool) -> Result<(UserRecord, usize)> {
    let caller = here.caller();
    here.app.db.write(move |conn| update(conn, &caller, id, None, &UserChange::access(disabled))).await
}

/// `POST /users/{id}/second-factor/removal`
///
/// # Errors
/// 404; 409 for oneself, who has the account page for it.
pub async fn reset_second_factor(here: Here, id: web::Path<Id>, _form: Form<Nothing>) -> Result<HttpResponse> {
    let (id, caller) = (id.into_inner(), here.caller());
    if here.user()?.id == id {
        return Err(Error::Conflict("own_account"));
    }
    // It ends the sessions of that person, also one that waits in memory.
    outage::settled(&here.app).await?;
    let user = here.app.db.write(move |conn| users::reset_second_factor(conn, &caller, id)).await?;
    let text = t!(here.lang(), "users-second-factor-gone", name = user.name);
    Ok(see_other(&here, &format!("/users/{id}"), Some(Message::done(text))))
}

/// `POST /users/{id}/invitation`: a link that sets the password, mailed, or else shown this once.
///
/// # Errors
/// 404; 409 `user_disabled`.
pub async fn invite(here: Here, id: web::Path<Id>, _form: Form<Nothing>) -> Result<HttpResponse> {
    let (id, lang) = (id.into_inner(), here.lang());
    let (caller, keys, base) = (here.caller(), here.app.keys.clone(), here.app.settings.base_url.clone());
    let made = move |conn: &mut Conn| Ok((links::make(conn, &keys, &base, &caller, id)?, users::one(conn, id)?));
    let (link, user) = here.app.db.write(made).await?;
    if link.mailed {
        let text = t!(lang, "link-mailed", email = user.email.unwrap_or_default());
        return Ok(see_other(&here, &format!("/users/{id}"), Some(Message::done(text))));
    }
    let view = LinkView {
        user: &format!("/users/{id}"),
        name: &user.name,
        url: &link.url,
        until: &moment(&here, link.expires_at)?,
        invitation: link.kind == links::Kind::Invitation,
    };
    Ok(Page::new(t!(lang, "link-title"), templates::link(lang, &view)).answer(&here))
}
