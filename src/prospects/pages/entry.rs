//! The form for a prospect, new or changed.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web::Path};
use chrono::NaiveDate;
use chrono_tz::Tz;
use diesel::prelude::*;
use serde::Deserialize;

use super::{Nothing, filled, instant_of, problems, say, typed};
use crate::calendar::local;
use crate::db::schema::{checkins, outlets, shifts};
use crate::db::{At, Conn, Id};
use crate::error::{Error, Result};
use crate::keys::Keys;
use crate::language::Lang;
use crate::people::Caller;
use crate::phone;
use crate::prospects::input::{Changes, ConsentInput, NewProspect, ProspectInput, ProspectPatch};
use crate::prospects::view::{self, ProspectFile};
use crate::prospects::{change, create, duplicates, store};
use crate::t;
use crate::templates::prospects::{EntryView, Kind, Problems, Saved, entry};
use crate::text::conduct;
use crate::web::flash::Message;
use crate::web::{Form, Here, Page, Query, see_other};

/// Who was saved a moment ago.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedQuery {
    saved: Option<Id>,
}

/// The posted form.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EntryForm {
    id: Option<Id>,
    version: Option<i32>,
    #[serde(default)]
    met_at_was: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    mobile: String,
    #[serde(default)]
    preferred_channel: String,
    consent: Option<String>,
    #[serde(default)]
    met_at: String,
    #[serde(default)]
    outlet_id: String,
    #[serde(default)]
    source: String,
    #[serde(default)]
    referrer: String,
    #[serde(default)]
    experience: String,
    #[serde(default)]
    note: String,
}

impl EntryForm {
    fn consent(&self, lang: Lang, zone: Tz) -> Option<ConsentInput> {
        // Agreed to at the meeting, so that a form sent twice says the same.
        self.consent.as_ref().map(|_| ConsentInput {
            given_at: Some(instant_of(&self.met_at, zone)),
            purpose: Some(t!(lang, "prospect-consent-purpose")),
        })
    }

    /// An id that cannot be one is as little found as one that is not there.
    fn outlet(&self) -> Result<Option<Id>> {
        let given = filled(&self.outlet_id);
        given.map(|id| id.parse().map_err(|_| Error::NotFound(Some("outlet_id")))).transpose()
    }

    fn new_prospect(&self, lang: Lang, zone: Tz, now: At) -> Result<NewProspect> {
        let input = ProspectInput {
            id: self.id.ok_or_else(|| Error::field("id", "required"))?,
            name: Some(self.name.clone()),
            met_at: Some(instant_of(&self.met_at, zone)),
            source: Some(self.source.clone()),
            preferred_channel: filled(&self.preferred_channel),
            mobile: filled(&self.mobile),
            outlet_id: self.outlet()?,
            referrer: filled(&self.referrer),
            experience: filled(&self.experience),
            consent: self.consent(lang, zone),
            note: filled(&self.note),
        };
        NewProspect::parse(&input, now)
    }

    fn changes(&self, lang: Lang, zone: Tz, now: At) -> Result<Changes> {
        // The field shows minutes: left as it was, it says nothing about the seconds.
        let met_at = (self.met_at != self.met_at_was).then(|| Some(instant_of(&self.met_at, zone)));
        let patch = ProspectPatch {
            name: Some(Some(self.name.clone())),
            met_at,
            source: Some(filled(&self.source)),
            preferred_channel: Some(filled(&self.preferred_channel)),
            mobile: Some(filled(&self.mobile)),
            outlet_id: Some(self.outlet()?),
            referrer: Some(filled(&self.referrer)),
            experience: Some(filled(&self.experience)),
            consent: self.consent(lang, zone).map(Some),
            note: Some(filled(&self.note)),
        };
        Changes::parse(&patch, now)
    }

    fn typed(&self, problems: Problems) -> EntryView {
        EntryView {
            name: self.name.clone(),
            mobile: self.mobile.clone(),
            preferred_channel: self.preferred_channel.clone(),
            consent: self.consent.is_some(),
            met_at: self.met_at.clone(),
            outlet_id: self.outlet_id.clone(),
            source: self.source.clone(),
            referrer: self.referrer.clone(),
            experience: self.experience.clone(),
            note: self.note.clone(),
            problems,
            ..EntryView::default()
        }
    }
}

/// `GET /prospects/new`
///
/// # Errors
/// What the database says.
pub async fn new(here: Here, query: Query<SavedQuery>) -> Result<HttpResponse> {
    let (caller, lang, saved) = (here.caller(), here.lang(), query.0.saved);
    let view = here.app.db.read(move |conn| empty(conn, &caller, lang, saved)).await?;
    Ok(show(&here, view, StatusCode::OK))
}

/// `POST /prospects`
///
/// # Errors
/// As the API's; a wrong field shows the form again.
pub async fn create(here: Here, form: Form<EntryForm>) -> Result<HttpResponse> {
    let (caller, keys, lang, form) = (here.caller(), here.app.keys.clone(), here.lang(), form.fields);
    let zone = caller.user()?.zone();
    let made = match form.new_prospect(lang, zone, caller.now) {
        Ok(new) => here.app.db.write(move |conn| create::create(conn, &keys, &caller, &new)).await,
        Err(error) => Err(error),
    };
    match made {
        Ok(answer) => Ok(see_other(&here, &format!("/prospects/new?saved={}", answer.body.item.id), None)),
        Err(error) => {
            let mut view = form.typed(problems(lang, error)?);
            view.id = form.id.unwrap_or_default().to_string();
            again(&here, view).await
        }
    }
}

/// `POST /kept/prospects`: one that a phone kept while there was no network.
///
/// # Errors
/// What is not about the form; the phone sends it again.
pub async fn create_kept(here: Here, form: Form<EntryForm>) -> Result<HttpResponse> {
    let (caller, keys, lang, form) = (here.caller(), here.app.keys.clone(), here.lang(), form.fields);
    let zone = caller.user()?.zone();
    let done = match form.new_prospect(lang, zone, caller.now) {
        Ok(new) => here.app.db.write(move |conn| create::create(conn, &keys, &caller, &new)).await.map(|_| ()),
        Err(error) => Err(error),
    };
    phone::pages::taken(&here, &form.id.unwrap_or_default().to_string(), done)
}

/// `GET /prospects/{id}/edit`
///
/// # Errors
/// 403 for who may read it only, 404, 410.
pub async fn edit(here: Here, id: Path<Id>) -> Result<HttpResponse> {
    let (caller, keys, id) = (here.caller(), here.app.keys.clone(), id.into_inner());
    let view = here.app.db.read(move |conn| filled_in(conn, &keys, &caller, id)).await?;
    Ok(show(&here, view, StatusCode::OK))
}

/// `POST /prospects/{id}`
///
/// # Errors
/// As the API's; a wrong field shows the form again.
pub async fn update(here: Here, id: Path<Id>, form: Form<EntryForm>) -> Result<HttpResponse> {
    let (caller, keys, lang, form, id) =
        (here.caller(), here.app.keys.clone(), here.lang(), form.fields, id.into_inner());
    let zone = caller.user()?.zone();
    let version = form.version;
    let changed = match form.changes(lang, zone, caller.now) {
        Ok(changes) => {
            let (caller, keys) = (caller.clone(), keys.clone());
            here.app.db.write(move |conn| change::change(conn, &keys, &caller, id, &changes, version)).await
        }
        Err(error) => Err(error),
    };
    match changed {
        Ok(view) => {
            Ok(see_other(&here, &format!("/prospects/{id}"), Some(saved_message(lang, view.item.note.as_deref()))))
        }
        Err(error) => {
            let before = here.app.db.read(move |conn| filled_in(conn, &keys, &caller, id)).await?;
            let mut view = form.typed(problems(lang, error)?);
            (view.id, view.kind) = (before.id, before.kind);
            if let Kind::Change { version, met_at_was, .. } = &mut view.kind {
                *version = form.version.unwrap_or(*version);
                met_at_was.clone_from(&form.met_at_was);
            }
            again(&here, view).await
        }
    }
}

/// `POST /prospects/{id}/consent-withdrawal`
///
/// # Errors
/// As the API's.
pub async fn withdraw_consent(here: Here, id: Path<Id>, _form: Form<Nothing>) -> Result<HttpResponse> {
    let (caller, keys, id) = (here.caller(), here.app.keys.clone(), id.into_inner());
    let changes = Changes { consent: Some(None), ..Changes::default() };
    here.app.db.write(move |conn| change::change(conn, &keys, &caller, id, &changes, None)).await?;
    let message = Message::done(t!(here.lang(), "prospect-withdrawal-done"));
    Ok(see_other(&here, &format!("/prospects/{id}"), Some(message)))
}

/// Saved; with a warning where the note holds words that a broker may not use.
pub(super) fn saved_message(lang: Lang, note: Option<&str>) -> Message {
    if note.is_some_and(|note| !conduct::hits(note).is_empty()) {
        Message::warn(t!(lang, "prospect-conduct"))
    } else {
        Message::done(t!(lang, "prospect-saved"))
    }
}

fn show(here: &Here, mut view: EntryView, status: StatusCode) -> HttpResponse {
    view.csrf = here.csrf().to_owned();
    let title = match view.kind {
        Kind::New => t!(here.lang(), "prospect-new"),
        Kind::Change { .. } => t!(here.lang(), "prospect-edit"),
    };
    Page::new(title, entry(here.lang(), &view)).status(status).answer(here)
}

/// The form as it was typed, with what is wrong.
async fn again(here: &Here, mut view: EntryView) -> Result<HttpResponse> {
    let branch = here.user()?.own_branch()?.id;
    view.outlets = here.app.db.read(move |conn| choices(conn, branch)).await?;
    Ok(show(here, view, StatusCode::UNPROCESSABLE_ENTITY))
}

/// An empty form, with outlet and time from where the broker is today.
fn empty(conn: &mut Conn, caller: &Caller, lang: Lang, saved: Option<Id>) -> Result<EntryView> {
    let user = caller.user()?;
    let branch = user.own_branch()?;
    let place = place_today(conn, user.id, caller.now.date_in(branch.zone()))?;
    let moment = say::moment(lang, caller.now, caller.now, branch.zone());
    Ok(EntryView {
        id: Id::new().to_string(),
        given: Some(match &place {
            Some((_, name)) => format!("{name} · {moment}"),
            None => moment,
        }),
        met_at: typed(caller.now, branch.zone()),
        outlet_id: place.map(|(id, _)| id.to_string()).unwrap_or_default(),
        outlets: choices(conn, branch.id)?,
        preferred_channel: "sms".into(),
        source: "on_site".into(),
        experience: "unknown".into(),
        saved: saved.map(|id| saved_one(conn, caller, lang, id)).transpose()?,
        ..EntryView::default()
    })
}

/// Where the broker checked in last today, else where the shift is.
fn place_today(conn: &mut Conn, broker: Id, today: NaiveDate) -> Result<Option<(Id, String)>> {
    let named = (outlets::id, outlets::name);
    let (earliest, latest) = local::anywhere(today, today);
    let checked_in = checkins::table
        .inner_join(outlets::table)
        .filter(checkins::broker_id.eq(broker))
        .filter(checkins::date.eq(today).and(checkins::at.between(At::from(earliest), At::from(latest))))
        .order(checkins::at.desc())
        .select(named)
        .first(conn)
        .optional()?;
    if checked_in.is_some() {
        return Ok(checked_in);
    }
    let shift = shifts::table.inner_join(outlets::table).filter(shifts::broker_id.eq(broker));
    Ok(shift.filter(shifts::date.eq(today)).select(named).first(conn).optional()?)
}

/// The branch's outlets to choose from.
fn choices(conn: &mut Conn, branch: Id) -> Result<Vec<(String, String)>> {
    let rows: Vec<(Id, String)> = outlets::table
        .filter(outlets::branch_id.eq(branch))
        .filter(outlets::phase.ne("ended"))
        .order(outlets::code)
        .limit(500)
        .select((outlets::id, outlets::name))
        .load(conn)?;
    Ok(rows.into_iter().map(|(id, name)| (id.to_string(), name)).collect())
}

/// Who was saved a moment ago, and who else has the mobile, without showing another's client.
fn saved_one(conn: &mut Conn, caller: &Caller, lang: Lang, id: Id) -> Result<Saved> {
    let reach = caller.user()?.reach();
    let row = store::find(conn, reach, id)?;
    let found = duplicates::find(conn, reach, row.mobile_hash.as_deref(), Some(id))?;
    let zone = store::zone(conn, &row)?;
    let follow_up = view::standing(conn, caller.now, zone, id)?;
    Ok(Saved {
        href: format!("/prospects/{id}"),
        name: row.name,
        due: say::due(lang, &follow_up, caller.now.date_in(zone)).1,
        same: same_mobile(conn, reach, &found.in_reach)?,
        elsewhere: duplicates::branch_names(conn, &found.elsewhere)?,
        warned: row.note.is_some_and(|note| !conduct::hits(&note).is_empty()),
    })
}

/// Addresses and names of prospects in reach.
pub(super) fn same_mobile(conn: &mut Conn, reach: crate::people::Reach, ids: &[Id]) -> Result<Vec<(String, String)>> {
    let few = ids.iter().take(5);
    few.map(|id| store::find(conn, reach, *id).map(|one| (format!("/prospects/{id}"), one.name))).collect()
}

/// The form with what is kept.
fn filled_in(conn: &mut Conn, keys: &Keys, caller: &Caller, id: Id) -> Result<EntryView> {
    let ProspectFile { view, .. } = view::file(conn, keys, caller, id)?;
    let row = store::find(conn, caller.user()?.reach(), id)?;
    row.must_be_of(caller.user()?)?;
    let zone = store::zone(conn, &row)?;
    let met_at = typed(row.met_at, zone);
    let item = view.item;
    Ok(EntryView {
        kind: Kind::Change { version: item.version, met_at_was: met_at.clone(), agreed: item.consent.is_some() },
        id: id.to_string(),
        name: item.name,
        mobile: item.mobile.unwrap_or_default(),
        preferred_channel: item.preferred_channel.as_str().into(),
        met_at,
        outlet_id: item.outlet_id.map(|id| id.to_string()).unwrap_or_default(),
        outlets: choices(conn, row.branch_id)?,
        source: item.source.as_str().into(),
        referrer: item.referrer.unwrap_or_default(),
        experience: item.experience.as_str().into(),
        note: item.note.unwrap_or_default(),
        ..EntryView::default()
    })
}
