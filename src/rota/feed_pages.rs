//! The pages of calendar links, one's own and an outlet's, and the feed itself.

use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::Path;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::feeds::{self, Of};
use crate::db::{At, Conn, Id};
use crate::error::{Error, Result};
use crate::people::pages::Nothing;
use crate::t;
use crate::templates::rota::feeds as templates;
use crate::templates::rota::feeds::{FeedsView, LinkLine, NewLinkView};
use crate::web::flash::Message;
use crate::web::{Form, Here, Page, see_other};

/// Whose links a page shows, where it is, and where it leads back to.
struct Place {
    of: Of,
    base: String,
    back: String,
}

fn own(here: &Here) -> Result<Place> {
    Ok(Place { of: Of::Broker(here.user()?.id), base: "/account/calendar".into(), back: "/account".into() })
}

fn outlet(id: Id) -> Place {
    Place { of: Of::Outlet(id), base: format!("/outlets/{id}/calendar"), back: format!("/outlets/{id}") }
}

async fn links(here: &Here, place: Place) -> Result<HttpResponse> {
    let (caller, of, lang) = (here.caller(), place.of, here.lang());
    let read = move |conn: &mut Conn| Ok((feeds::owner(conn, &caller, of)?.1, feeds::list(conn, &caller, of)?));
    let (name, links) = here.app.db.read(read).await?;
    let moment = |at: At| at.minute_in(here_zone(here));
    let line = |link: &feeds::Link| LinkLine {
        revoke: format!("{}/{}/revocation", place.base, link.id),
        made: t!(lang, "feed-made", at = moment(link.created_at)),
        read: link.read_at.map_or_else(|| t!(lang, "feed-never-read"), |at| t!(lang, "feed-read", at = moment(at))),
    };
    let view = FeedsView {
        csrf: here.csrf(),
        id: &Id::new().to_string(),
        action: &place.base,
        back: &place.back,
        name: &name,
        is_own: matches!(place.of, Of::Broker(_)),
        links: links.iter().map(line).collect(),
    };
    Ok(Page::new(t!(lang, "feed-title"), templates::links(lang, &view)).answer(here))
}

fn here_zone(here: &Here) -> chrono_tz::Tz {
    here.user().map_or(chrono_tz::Asia::Shanghai, crate::people::CurrentUser::zone)
}

async fn make(here: &Here, place: Place, id: &str) -> Result<HttpResponse> {
    let id: Id = id.parse().map_err(|_| Error::field("id", "wrong_type"))?;
    let (keys, caller, of) = (here.app.keys.clone(), here.caller(), place.of);
    let write = move |conn: &mut Conn| {
        let secret = feeds::create(conn, &keys, &caller, of, id)?;
        Ok((feeds::owner(conn, &caller, of)?.1, secret))
    };
    let (name, secret) = here.app.db.write(write).await?;
    let url = format!("{}/calendars/feeds/{secret}.ics", here.app.settings.base_url);
    let rest = url.split_once("://").map_or(url.as_str(), |(_, rest)| rest);
    let view = NewLinkView {
        back: &place.base,
        name: &name,
        url: &url,
        subscribe: &format!("webcal://{rest}"),
        is_own: matches!(place.of, Of::Broker(_)),
    };
    Ok(Page::new(t!(here.lang(), "feed-new-title"), templates::new_link(here.lang(), &view)).answer(here))
}

async fn end(here: &Here, place: Place, id: Id) -> Result<HttpResponse> {
    let (caller, of) = (here.caller(), place.of);
    here.app.db.write(move |conn| feeds::revoke(conn, &caller, of, id)).await?;
    Ok(see_other(here, &place.base, Some(Message::done(t!(here.lang(), "feed-revoked")))))
}

/// The form of a new link: the page's own id makes a double tap one link.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewLink {
    #[serde(default)]
    id: String,
}

/// `GET /account/calendar`
///
/// # Errors
/// What the database says.
pub async fn own_links(here: Here) -> Result<HttpResponse> {
    let place = own(&here)?;
    links(&here, place).await
}

/// `POST /account/calendar`
///
/// # Errors
/// 409 for too many.
pub async fn make_own(here: Here, form: Form<NewLink>) -> Result<HttpResponse> {
    let place = own(&here)?;
    make(&here, place, &form.fields.id).await
}

/// `POST /account/calendar/{feed}/revocation`
///
/// # Errors
/// 404 for anybody else's.
pub async fn end_own(here: Here, feed: Path<Id>, _form: Form<Nothing>) -> Result<HttpResponse> {
    let place = own(&here)?;
    end(&here, place, feed.into_inner()).await
}

/// `GET /outlets/{id}/calendar`
///
/// # Errors
/// 404 out of reach, 403 for who may only read.
pub async fn outlet_links(here: Here, id: Path<Id>) -> Result<HttpResponse> {
    links(&here, outlet(id.into_inner())).await
}

/// `POST /outlets/{id}/calendar`
///
/// # Errors
/// 404 out of reach, 403 for who may only read, 409 for too many.
pub async fn make_outlets(here: Here, id: Path<Id>, form: Form<NewLink>) -> Result<HttpResponse> {
    make(&here, outlet(id.into_inner()), &form.fields.id).await
}

/// `POST /outlets/{id}/calendar/{feed}/revocation`
///
/// # Errors
/// 404 out of reach, 403 for who may only read.
pub async fn end_outlets(here: Here, ids: Path<(Id, Id)>, _form: Form<Nothing>) -> Result<HttpResponse> {
    let (id, feed) = ids.into_inner();
    end(&here, outlet(id), feed).await
}

/// `GET /calendars/feeds/{token}.ics`: for calendar programs, which sign in nowhere. The secret has 256 bits, so nobody finds one by trying; tries are not
/// counted, or the phones that still ask for a revoked link would lock a branch's address out of signing in.
///
/// # Errors
/// 404 for a secret that opens nothing.
pub async fn serve(here: Here, token: Path<String>) -> Result<HttpResponse> {
    let (token, base, now) = (token.into_inner(), here.app.settings.base_url.clone(), here.app.clock.now());
    let read = move |conn: &mut Conn| {
        let feed = feeds::open(conn, &token)?.ok_or_else(Error::not_found)?;
        let text = feeds::calendar(conn, &feed, &base, now)?.text();
        Ok((feed, text))
    };
    let (feed, text) = here.app.db.read(read).await?;
    feeds::note_read(&here.app, &feed).await;
    let tag = format!("\"{}\"", URL_SAFE_NO_PAD.encode(&Sha256::digest(text.as_bytes())[..16]));
    let mut response = if has(&here, &tag) { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response
        .insert_header((header::ETAG, tag.clone()))
        .insert_header((header::CACHE_CONTROL, "private, no-cache"))
        .insert_header((header::CONTENT_TYPE, "text/calendar; charset=utf-8"));
    Ok(if has(&here, &tag) { response.finish() } else { response.body(text) })
}

/// Whether the program says that it has this version already.
fn has(here: &Here, tag: &str) -> bool {
    let known = here.req.headers().get(header::IF_NONE_MATCH).and_then(|v| v.to_str().ok()).unwrap_or_default();
    known.split(',').any(|one| one.trim().trim_start_matches("W/") == tag)
}
