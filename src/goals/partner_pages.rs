//! The links that partners at a bank have, the page behind one, and the report of an agreement: what leaves the house.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Path;
use serde::Deserialize;

use super::partner::{self, LASTS, Link};
use crate::calendar::local;
use crate::db::{At, Conn, Id};
use crate::error::{Error, FieldError, Result};
use crate::people::CurrentUser;
use crate::people::pages::Nothing;
use crate::t;
use crate::templates::goals::report::{
    self as view, LinkRow, LinksView, NewLinkView, PartnerView, PostedDay, ReportView,
};
use crate::web::api::message;
use crate::web::flash::Message;
use crate::web::{Form, Here, Page, see_other};

fn zone(here: &Here) -> chrono_tz::Tz {
    here.user().map_or(chrono_tz::Asia::Shanghai, CurrentUser::zone)
}

/// `GET /outlets/{id}/partner-links`
///
/// # Errors
/// 404 out of reach, 403 for who is not the desk of its branch.
pub async fn links(here: Here, id: Path<Id>) -> Result<HttpResponse> {
    show(&here, id.into_inner(), None, StatusCode::OK).await
}

async fn show(here: &Here, outlet: Id, problem: Option<String>, status: StatusCode) -> Result<HttpResponse> {
    let (caller, lang, zone) = (here.caller(), here.lang(), zone(here));
    let (_, name, links) = here.app.db.read(move |conn| partner::list(conn, &caller, outlet)).await?;
    let base = format!("/outlets/{outlet}/partner-links");
    let moment = |at: At| at.minute_in(zone);
    let row = |link: &Link| LinkRow {
        revoke: format!("{base}/{}/revocation", link.id),
        made: t!(lang, "partner-link-made", at = moment(link.created_at)),
        until: t!(lang, "partner-link-until", day = link.expires_at.date_in(zone).to_string()),
        read: link
            .read_at
            .map_or_else(|| t!(lang, "partner-link-never"), |at| t!(lang, "partner-link-read", at = moment(at))),
    };
    let view = LinksView {
        csrf: here.csrf(),
        id: &Id::new().to_string(),
        base: &base,
        outlet: &format!("/outlets/{outlet}"),
        name: &name,
        lasts: &LASTS,
        problem,
        links: links.iter().map(row).collect(),
    };
    Ok(Page::new(t!(lang, "partner-links-title"), view::links(lang, &view)).status(status).answer(here))
}

/// The form of a new link: the page's own id makes a double tap one link.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NewLinkForm {
    id: String,
    days: String,
}

/// `POST /outlets/{id}/partner-links`
///
/// # Errors
/// 404 out of reach, 403 for who is not the desk of its branch, 409 for too many; a refused form is shown again.
pub async fn make(here: Here, outlet: Path<Id>, form: Form<NewLinkForm>) -> Result<HttpResponse> {
    let (outlet, caller, keys, lang) = (outlet.into_inner(), here.caller(), here.app.keys.clone(), here.lang());
    let days = form.fields.days.parse().unwrap_or(0);
    let id = form.fields.id.clone();
    let write = move |conn: &mut Conn| {
        let (_, name, _) = partner::list(conn, &caller, outlet)?;
        let id: Id = id.parse().map_err(|_| Error::field("id", "wrong_type"))?;
        Ok((name, partner::create(conn, &keys, &caller, outlet, id, days)?))
    };
    match here.app.db.write(write).await {
        Ok((name, (secret, link, _))) => {
            let view = NewLinkView {
                back: &format!("/outlets/{outlet}/partner-links"),
                name: &name,
                url: &format!("{}/partners/{secret}", here.app.settings.base_url),
                until: &link.expires_at.date_in(zone(&here)).to_string(),
            };
            Ok(Page::new(t!(lang, "partner-link-new-title"), view::new_link(lang, &view)).answer(&here))
        }
        Err(Error::Invalid(faults)) if faults.iter().any(|fault| fault.field == "days") => {
            let problem = message(lang, &FieldError::new("days", "unknown_value"));
            show(&here, outlet, Some(problem), StatusCode::UNPROCESSABLE_ENTITY).await
        }
        Err(error) => Err(error),
    }
}

/// `POST /outlets/{id}/partner-links/{link}/revocation`
///
/// # Errors
/// 404 out of reach, 403 for who is not the desk of its branch.
pub async fn revoke(here: Here, ids: Path<(Id, Id)>, _form: Form<Nothing>) -> Result<HttpResponse> {
    let (caller, (outlet, id)) = (here.caller(), ids.into_inner());
    here.app.db.write(move |conn| partner::revoke(conn, &caller, outlet, id)).await?;
    let done = Message::done(t!(here.lang(), "partner-link-revoked"));
    Ok(see_other(&here, &format!("/outlets/{outlet}/partner-links"), Some(done)))
}

/// `GET /partners/{token}`: for the bank, without a login. The secret has 256 bits, so nobody finds one by trying, and a wrong one costs one look into an
/// index; tries are not counted, as for calendars. `web::gate` sees to it that no address of it leaks and that nobody keeps or lists it.
///
/// # Errors
/// 404 for a secret that opens nothing.
pub async fn serve(here: Here, token: Path<String>) -> Result<HttpResponse> {
    let (token, lang, now) = (token.into_inner(), here.lang(), here.app.clock.now());
    let read = move |conn: &mut Conn| {
        let opened = partner::open(conn, &token, now)?.ok_or_else(Error::not_found)?;
        Ok((opened, partner::sight(conn, &opened, now)?))
    };
    let (opened, sight) = here.app.db.read(read).await?;
    partner::note_read(&here.app, &opened).await;
    let zone = sight.branch.zone();
    let mut days: Vec<PostedDay> = Vec::new();
    for one in &sight.posted {
        let clock = |at: At| local::local_time(at.utc(), zone).format("%H:%M").to_string();
        let line = (one.name.clone(), format!("{} – {}", clock(one.starts_at), clock(one.ends_at)));
        match days.last_mut().filter(|day| day.date == one.date) {
            Some(day) => day.people.push(line),
            None => days.push(PostedDay { date: one.date, people: vec![line] }),
        }
    }
    let view = PartnerView {
        outlet: &sight.outlet,
        bank: sight.bank.as_deref(),
        branch: &sight.branch.name,
        today: sight.today,
        days,
        came: sight.came,
        agreements: &sight.agreements,
        clients: &sight.clients,
        quarter: sight.quarter,
        clients_until: sight.clients_until,
    };
    Ok(Page::new(sight.outlet.clone(), view::partner(lang, &view)).answer(&here))
}

/// `GET /agreements/{id}/report`: one page for the bank, to be printed. That it was made is kept in the trail.
///
/// # Errors
/// 404 out of reach.
pub async fn report(here: Here, id: Path<Id>) -> Result<HttpResponse> {
    let (id, lang, caller) = (id.into_inner(), here.lang(), here.caller());
    let who = caller.clone();
    let report = here.app.db.read(move |conn| partner::report(conn, &who, id)).await?;
    here.app.db.write(move |conn| partner::note_report(conn, &caller, id)).await?;
    let view = ReportView {
        back: &format!("/agreements/{id}"),
        partner: &report.partner,
        branch: &report.branch.name,
        today: report.today,
        agreement: &report.agreement,
        came: report.came,
        clients_until: report.clients_until,
    };
    Ok(Page::new(t!(lang, "report-title", partner = report.partner.as_str()), view::report(lang, &view)).answer(&here))
}
