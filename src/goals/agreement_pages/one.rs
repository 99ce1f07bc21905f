//! The page of one agreement: its promises, what was entered for them, and where one was missed and why.

use std::collections::HashMap;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Path;
use diesel::prelude::*;
use serde::Deserialize;

use super::{beside, card};
use crate::db::schema::users;
use crate::db::{At, Conn, Id};
use crate::error::{Error, Result};
use crate::goals::balance::{self, AgreementView, PromiseView};
use crate::goals::entries::{self, Entry, EntryInput, NewEntry};
use crate::goals::measure::{Promised, Way};
use crate::goals::misses::{self, ExplanationInput, Miss, MissKind};
use crate::goals::settings::desk;
use crate::goals::{agreement_form, agreements};
use crate::language::Lang;
use crate::people::CurrentUser;
use crate::people::pages::Nothing;
use crate::t;
use crate::templates::goals::agreements::{self as view, AgreementPage, EntryLine, MissLine, TypedEntry};
use crate::templates::goals::{amount, promised};
use crate::web::flash::Message;
use crate::web::{Form, Here, Page, refused, see_other};

/// Entries shown on a page.
const ENTRIES: i64 = 100;

/// What was typed on the page of one, and what is wrong with it.
#[derive(Default)]
struct Refused {
    entry: Option<TypedEntry>,
    /// The miss, what was typed, what is wrong.
    answer: Option<(Id, String, String)>,
    problems: Vec<(String, String)>,
}

/// `GET /agreements/{id}`
///
/// # Errors
/// 404 out of reach.
pub async fn show(here: Here, id: Path<Id>) -> Result<HttpResponse> {
    page(&here, id.into_inner(), Refused::default(), StatusCode::OK).await
}

struct Seen {
    view: AgreementView,
    entries: Vec<(Entry, Option<String>)>,
    names: HashMap<Id, String>,
}

async fn page(here: &Here, id: Id, refused: Refused, status: StatusCode) -> Result<HttpResponse> {
    let (user, lang, now) = (here.user()?.clone(), here.lang(), here.app.clock.now());
    let reach = user.reach();
    let read = move |conn: &mut Conn| {
        let view = balance::view(conn, reach, id, now)?;
        let by: Vec<Id> = view.misses.iter().filter_map(|miss| miss.answered_by).collect();
        let names: Vec<(Id, String)> =
            users::table.filter(users::id.eq_any(by)).select((users::id, users::name)).load(conn)?;
        Ok(Seen { entries: entries::latest(conn, id, ENTRIES)?, names: names.into_iter().collect(), view })
    };
    let seen = here.app.db.read(read).await?;
    let shown = one(here, &user, &seen, &refused, now);
    Ok(Page::new(seen.view.partner.clone(), view::one(lang, &shown)).status(status).answer(here))
}

fn one<'a>(here: &'a Here, user: &CurrentUser, seen: &Seen, refused: &'a Refused, now: At) -> AgreementPage<'a> {
    let (of, lang) = (&seen.view, here.lang());
    let base = format!("/agreements/{}", of.id);
    let today = now.date_in(user.zone());
    let writes = desk(user).is_ok_and(|own| own.id == of.branch_id);
    let open = writes && of.ended_at.is_none();
    let blank = TypedEntry {
        id: Id::new().to_string(),
        on_date: today.min(of.to).max(of.from).to_string(),
        ..TypedEntry::default()
    };
    let said = Said { lang, base: &base, of, names: &seen.names, user };
    AgreementPage {
        csrf: here.csrf(),
        card: card(of),
        outlet: of.outlet_id.map(|outlet| format!("/outlets/{outlet}")),
        note: of.note.clone(),
        writes,
        misses: of.misses.iter().map(|miss| said.miss(miss, refused.answer.as_ref())).collect(),
        entries: seen.entries.iter().map(|(entry, by)| said.entry(entry, by.as_deref(), &seen.entries, open)).collect(),
        entered: of
            .lines
            .iter()
            .filter(|line| line.way == Way::Entered)
            .map(|line| (line.id.to_string(), line.measure, line.side))
            .collect(),
        typed: refused.entry.clone().unwrap_or(blank),
        problems: &refused.problems,
        base,
    }
}

/// Puts the rows of one agreement into words.
struct Said<'a> {
    lang: Lang,
    base: &'a str,
    of: &'a AgreementView,
    names: &'a HashMap<Id, String>,
    user: &'a CurrentUser,
}

impl Said<'_> {
    fn measure(&self, line: Id) -> Option<&PromiseView> {
        self.of.lines.iter().find(|one| one.id == line)
    }

    fn when(&self, at: At) -> String {
        at.minute_in(self.user.zone())
    }

    fn miss(&self, miss: &Miss, refused: Option<&(Id, String, String)>) -> MissLine {
        let (lang, refused) = (self.lang, refused.filter(|(id, ..)| *id == miss.id));
        let what = self.measure(miss.line_id).map_or_else(String::new, |line| {
            let key = if miss.kind == MissKind::Short { "miss-short" } else { "miss-behind" };
            let side = t!(lang, &format!("agreement-{}", line.side));
            let (done, target) =
                (amount(lang, line.measure, miss.done), amount(lang, line.measure, line.progress.target));
            t!(lang, key, side = side, what = promised(lang, line.measure), done = done, target = target)
        });
        let by = miss.answered_by.and_then(|by| self.names.get(&by)).cloned().unwrap_or_default();
        MissLine {
            action: format!("{}/misses/{}/explanation", self.base, miss.id),
            what,
            noticed_on: miss.noticed_on,
            answer: miss.answer.clone().zip(miss.answered_at).map(|(text, at)| (text, by, self.when(at))),
            is_settled: miss.settled_at.is_some(),
            typed: refused.map(|(_, typed, _)| typed.clone()).unwrap_or_default(),
            error: refused.map(|(.., error)| error.clone()),
        }
    }

    fn entry(&self, one: &Entry, by: Option<&str>, all: &[(Entry, Option<String>)], open: bool) -> EntryLine {
        let measure = self.measure(one.line_id).map_or(Promised::Cards, |line| line.measure);
        let is_corrected = all.iter().any(|(other, _)| other.corrects_id == Some(one.id));
        let is_correction = one.corrects_id.is_some();
        let may = open && !is_corrected && !is_correction;
        let by = by.map_or_else(|| t!(self.lang, "entry-by-command"), str::to_owned);
        EntryLine {
            correction: may.then(|| (format!("{}/entries/{}/correction", self.base, one.id), Id::new().to_string())),
            on_date: one.on_date,
            what: promised(self.lang, measure),
            value: amount(self.lang, measure, one.value),
            note: one.note.clone(),
            by: format!("{by} · {}", self.when(one.at)),
            is_correction,
            is_corrected,
        }
    }
}

/// The posted entry.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EntryForm {
    id: String,
    line_id: String,
    on_date: String,
    value: String,
    note: String,
}

/// `POST /agreements/{id}/entries`
///
/// # Errors
/// 404 out of reach; a refused form is shown again.
pub async fn add_entry(here: Here, id: Path<Id>, form: Form<EntryForm>) -> Result<HttpResponse> {
    let (id, form, lang) = (id.into_inner(), form.fields, here.lang());
    let (caller, keys, typed) = (here.caller(), here.app.keys.clone(), form.clone());
    let write = move |conn: &mut Conn| {
        agreements::writable(conn, &caller, id)?;
        let lines = agreements::lines(conn, &[id])?;
        let measure = lines.iter().find(|line| line.id.to_string() == typed.line_id).map(|line| line.measure);
        let value = measure.map(|measure| agreement_form::quantity(measure, &typed.value)).transpose();
        let input = EntryInput {
            id: typed.id.parse().ok(),
            line_id: typed.line_id.parse().ok(),
            on_date: Some(typed.on_date.clone()),
            value: value.map_err(|code| Error::field("value", code))?,
            note: Some(typed.note.clone()),
            corrects_id: None,
        };
        entries::add(conn, &keys, &caller, id, &NewEntry::parse(&input)?)
    };
    match here.app.db.write(write).await {
        Ok(_) => Ok(see_other(&here, &format!("/agreements/{id}"), Some(Message::done(t!(lang, "entry-added"))))),
        Err(error) => {
            let problems = beside(lang, error, "line_id")?;
            let EntryForm { id: key, line_id, on_date, value, note } = form;
            let entry = Some(TypedEntry { id: key, line_id, on_date, value, note });
            page(&here, id, Refused { entry, problems, ..Refused::default() }, StatusCode::UNPROCESSABLE_ENTITY).await
        }
    }
}

/// The posted counter-entry: the page's own id makes a double tap one.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CorrectionForm {
    id: String,
}

/// `POST /agreements/{id}/entries/{entry}/correction`
///
/// # Errors
/// 404 out of reach.
pub async fn correct_entry(here: Here, ids: Path<(Id, Id)>, form: Form<CorrectionForm>) -> Result<HttpResponse> {
    let ((id, entry), lang) = (ids.into_inner(), here.lang());
    let input = EntryInput { id: form.fields.id.parse().ok(), corrects_id: Some(entry), ..EntryInput::default() };
    let (caller, keys) = (here.caller(), here.app.keys.clone());
    let write = move |conn: &mut Conn| {
        agreements::writable(conn, &caller, id)?;
        entries::add(conn, &keys, &caller, id, &NewEntry::parse(&input)?)
    };
    let said = match here.app.db.write(write).await {
        Ok(_) => Message::done(t!(lang, "entry-taken-back")),
        Err(Error::NotFound(Some(_))) => return Err(Error::not_found()),
        Err(Error::Conflict(code)) => Message::bad(refused::conflict(lang, code)),
        Err(error) => return Err(error),
    };
    Ok(see_other(&here, &format!("/agreements/{id}"), Some(said)))
}

/// The posted explanation.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ExplanationForm {
    text: String,
}

/// `POST /agreements/{id}/misses/{miss}/explanation`
///
/// # Errors
/// 404 out of reach; a refused form is shown again.
pub async fn explain(here: Here, ids: Path<(Id, Id)>, form: Form<ExplanationForm>) -> Result<HttpResponse> {
    let ((id, miss), lang, text) = (ids.into_inner(), here.lang(), form.fields.text);
    let (caller, input) = (here.caller(), ExplanationInput { text: Some(text.clone()) });
    let to = format!("/agreements/{id}");
    match here.app.db.write(move |conn| misses::explain(conn, &caller, id, miss, &input)).await {
        Ok(_) => Ok(see_other(&here, &to, Some(Message::done(t!(lang, "miss-answered"))))),
        Err(Error::Conflict(code)) => Ok(see_other(&here, &to, Some(Message::bad(refused::conflict(lang, code))))),
        Err(error) => {
            let said = beside(lang, error, "text")?.into_iter().next().map(|(_, said)| said).unwrap_or_default();
            let answer = Some((miss, text, said));
            page(&here, id, Refused { answer, ..Refused::default() }, StatusCode::UNPROCESSABLE_ENTITY).await
        }
    }
}

/// `POST /agreements/{id}/end`
///
/// # Errors
/// 404 out of reach.
pub async fn end(here: Here, id: Path<Id>, _form: Form<Nothing>) -> Result<HttpResponse> {
    let (caller, id) = (here.caller(), id.into_inner());
    here.app.db.write(move |conn| agreements::end(conn, &caller, id)).await?;
    let done = Message::done(t!(here.lang(), "agreement-ended-done"));
    Ok(see_other(&here, &format!("/agreements/{id}"), Some(done)))
}
