//! The pages of agreements: a branch's, one with its entries and misses, a new one, and its report for the bank.

use std::collections::HashMap;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Path;
use chrono::NaiveDate;
use diesel::prelude::*;
use serde::Deserialize;

use super::agreement_form::{self, Typed};
use super::agreements::{self, Agreement};
use super::balance::{self, AgreementView, PromiseView};
use super::entries::{self, Entry, EntryInput, NewEntry};
use super::measure::{Promised, Way};
use super::misses::{self, ExplanationInput, Miss, MissKind};
use super::period::Period;
use super::settings::desk;
use crate::attendance::now::{choose, named, offered};
use crate::attendance::pages::no_branch;
use crate::db::schema::{banks, outlets, users};
use crate::db::{At, Conn, Id};
use crate::error::{Error, FieldError, Result};
use crate::language::Lang;
use crate::people::pages::Nothing;
use crate::people::{CurrentUser, Role};
use crate::t;
use crate::templates::goals::agreements::{
    self as view, AgreementCard, AgreementForm, AgreementPage, AgreementsView, EntryLine, MissLine, OfOutlet,
    PromiseLine, TypedEntry,
};
use crate::templates::goals::{amount, promised};
use crate::web::api::{message, words as problem_words};
use crate::web::flash::Message;
use crate::web::pagination::Part;
use crate::web::ticked::Pairs;
use crate::web::{Form, Here, Page, Query, see_other};

/// Entries shown on a page.
const ENTRIES: i64 = 100;
/// So many days after its end an agreement is still listed with those that run.
const LISTED_AFTER: chrono::Days = chrono::Days::new(60);

/// Which agreements.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Which {
    branch: Option<String>,
    cursor: Option<String>,
}

/// `GET /agreements`
///
/// # Errors
/// 404 for a branch out of reach.
pub async fn list(here: Here, which: Query<Which>) -> Result<HttpResponse> {
    let (user, lang, now) = (here.user()?.clone(), here.lang(), here.app.clock.now());
    let part = Part::parse(None, which.0.cursor.as_deref())?;
    let (asked, is_named) = (which.0.branch.clone(), which.0.branch.is_some());
    let read = move |conn: &mut Conn| {
        let choice = choose(conn, &user, asked.as_deref())?;
        let since = now.date_in(choice.chosen.zone()) - LISTED_AFTER;
        let rows = agreements::list(conn, choice.chosen.id, (Some(since), None), None, &part)?;
        let views = balance::views(conn, &choice.chosen, rows.items, now)?;
        Ok((choice, views, rows.next_cursor))
    };
    let body = match here.app.db.read(read).await {
        Err(Error::NotFound(_)) if !is_named => no_branch(lang),
        read => {
            let (choice, mut views, next) = read?;
            views.sort_by_key(rank);
            let (branches, branch) = (offered(&choice.all), named(&choice.chosen));
            let next = next.map(|cursor| format!("/agreements?branch={}&cursor={cursor}", branch.code));
            let all = views.iter().map(card).collect();
            view::list(lang, &AgreementsView { branches: &branches, branch: &branch, writes: choice.writes, all, next })
        }
    };
    Ok(Page::new(t!(lang, "agreements-title"), body).answer(&here))
}

/// What needs doing first: explanations owed, then the furthest behind, then what ends first; what was ended last.
fn rank(one: &AgreementView) -> (bool, bool, u8, NaiveDate) {
    let owed = one.misses.iter().any(Miss::is_open);
    let worst = one.lines.iter().map(|line| line.progress.stand.rank()).min().unwrap_or(u8::MAX);
    (one.ended_at.is_some(), !owed, worst, one.to)
}

fn card(one: &AgreementView) -> AgreementCard {
    let line = |line: &PromiseView| PromiseLine {
        side: line.side,
        measure: line.measure,
        way: line.way,
        progress: line.progress,
    };
    AgreementCard {
        href: format!("/agreements/{}", one.id),
        partner: one.partner.clone(),
        period: Period { from: one.from, to: one.to },
        time: one.time,
        lines: one.lines.iter().map(line).collect(),
        owed: one.misses.iter().filter(|miss| miss.is_open()).count(),
        is_ended: one.ended_at.is_some(),
    }
}

/// The agreements of an outlet, for its own page; nothing for who has no part in them.
///
/// # Errors
/// What the database says.
pub fn of_outlet(conn: &mut Conn, user: &CurrentUser, branch: Id, outlet: Id, now: At) -> Result<Option<OfOutlet>> {
    if user.role == Role::Broker {
        return Ok(None);
    }
    let all = agreements::of_outlet(conn, branch, outlet)?;
    let branch = crate::people::store::branch(conn, branch)?;
    let since = now.date_in(branch.zone()) - LISTED_AFTER;
    let all: Vec<Agreement> = all.into_iter().filter(|one| one.to_date >= since).collect();
    let mut views = balance::views(conn, &branch, all, now)?;
    views.sort_by_key(rank);
    let writes = desk(user).is_ok_and(|own| own.id == branch.id);
    Ok(Some(OfOutlet {
        cards: views.iter().map(card).collect(),
        new: writes.then(|| format!("/agreements/new?outlet={outlet}")),
        links: writes.then(|| format!("/outlets/{outlet}/partner-links")),
    }))
}

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
        at.utc().with_timezone(&self.user.zone()).format("%Y-%m-%d %H:%M").to_string()
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

/// What is wrong, by field of a form; what belongs to none stands at `conflicts`.
fn beside(lang: Lang, error: Error, conflicts: &str) -> Result<Vec<(String, String)>> {
    match error {
        Error::Invalid(faults) => Ok(faults.iter().map(|f| (f.field.clone(), message(lang, f))).collect()),
        Error::NotFound(Some(field)) => {
            let field = if matches!(field, "outlet_id" | "bank") { "partner" } else { field };
            Ok(vec![(field.to_owned(), message(lang, &FieldError::new(field, "not_found")))])
        }
        Error::Conflict(code) => Ok(vec![(conflicts.to_owned(), problem_words(lang, &Error::Conflict(code)).1)]),
        other => Err(other),
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
        Err(Error::Conflict(code)) => Message::bad(problem_words(lang, &Error::Conflict(code)).1),
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
        Err(Error::Conflict(code)) => {
            Ok(see_other(&here, &to, Some(Message::bad(problem_words(lang, &Error::Conflict(code)).1))))
        }
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

/// With whom a new one is.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct New {
    outlet: Option<Id>,
}

/// `GET /agreements/new`
///
/// # Errors
/// 403 for who is not the desk of a branch.
pub async fn show_new(here: Here, with: Query<New>) -> Result<HttpResponse> {
    let user = here.user()?;
    let today = here.app.clock.now().date_in(user.zone());
    let quarter = Period::quarter_of(today);
    let typed = Typed {
        id: Id::new().to_string(),
        partner: with.0.outlet.map(|id| format!("outlet:{id}")).unwrap_or_default(),
        from: quarter.from.to_string(),
        to: quarter.to.to_string(),
        ..Typed::default()
    };
    new_page(&here, &typed, &[], StatusCode::OK).await
}

async fn new_page(
    here: &Here,
    typed: &Typed,
    problems: &[(String, String)],
    status: StatusCode,
) -> Result<HttpResponse> {
    let (lang, branch) = (here.lang(), desk(here.user()?)?.id);
    let partners = here.app.db.read(move |conn| partners(conn, branch, lang)).await?;
    let lines = |side, measure| typed.line(side, measure);
    let view = AgreementForm {
        csrf: here.csrf(),
        id: &typed.id,
        partner: &typed.partner,
        partners: &partners,
        from: &typed.from,
        to: &typed.to,
        note: &typed.note,
        lines: &lines,
        problems,
    };
    Ok(Page::new(t!(lang, "agreement-new"), view::form_page(lang, &view)).status(status).answer(here))
}

/// With whom a branch can agree: its banks as a whole, then its outlets.
fn partners(conn: &mut Conn, branch: Id, lang: Lang) -> Result<Vec<(String, String)>> {
    let of_banks: Vec<String> = outlets::table
        .inner_join(banks::table)
        .filter(outlets::branch_id.eq(branch))
        .select(banks::name)
        .distinct()
        .order(banks::name)
        .load(conn)?;
    let places: Vec<(Id, String)> = outlets::table
        .filter(outlets::branch_id.eq(branch).and(outlets::phase.ne("ended")))
        .order((outlets::name_folded, outlets::id))
        .select((outlets::id, outlets::name))
        .load(conn)?;
    let whole =
        of_banks.into_iter().map(|name| (format!("bank:{name}"), t!(lang, "agreement-whole-bank", name = name)));
    Ok(whole.chain(places.into_iter().map(|(id, name)| (format!("outlet:{id}"), name))).collect())
}

/// `POST /agreements`
///
/// # Errors
/// 403 for who is not the desk of a branch; a refused form is shown again.
pub async fn create(here: Here, form: Form<Pairs>) -> Result<HttpResponse> {
    desk(here.user()?)?;
    let (typed, lang) = (Typed::read(form.fields)?, here.lang());
    let written = match typed.parse() {
        Ok(new) => {
            let (caller, keys) = (here.caller(), here.app.keys.clone());
            here.app.db.write(move |conn| agreements::create(conn, &keys, &caller, &new)).await
        }
        Err(error) => Err(error),
    };
    match written {
        Ok(answer) => {
            let done = Message::done(t!(lang, "agreement-made"));
            Ok(see_other(&here, &format!("/agreements/{}", answer.body.id), Some(done)))
        }
        Err(error) => {
            let problems = beside(lang, error, "partner")?;
            new_page(&here, &typed, &problems, StatusCode::UNPROCESSABLE_ENTITY).await
        }
    }
}
