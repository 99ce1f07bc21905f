//! The pages of agreements: a branch's and an outlet's, and a new one; one with its entries and misses in a file of its own.

mod one;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use chrono::NaiveDate;
use diesel::prelude::*;
use serde::Deserialize;

pub use self::one::{add_entry, correct_entry, end, explain, show};
use super::agreement_form::Typed;
use super::agreements::{self, Agreement};
use super::balance::{self, AgreementView, PromiseView};
use super::misses::Miss;
use super::period::Period;
use super::settings::desk;
use crate::attendance::now::{choose, named, offered};
use crate::attendance::pages::no_branch;
use crate::db::schema::{banks, outlets};
use crate::db::{At, Conn, Id};
use crate::error::{Error, Result};
use crate::language::Lang;
use crate::people::{CurrentUser, Role};
use crate::t;
use crate::templates::goals::agreements::{
    self as view, AgreementCard, AgreementForm, AgreementsView, OfOutlet, PromiseLine,
};
use crate::web::flash::Message;
use crate::web::pagination::Part;
use crate::web::ticked::Pairs;
use crate::web::{Form, Here, Page, Query, refused, see_other};

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

/// The agreements of an outlet and of its bank as a whole, for the outlet's own page; nothing for who has no part in them.
///
/// # Errors
/// What the database says.
pub fn of_outlet(conn: &mut Conn, user: &CurrentUser, of: (Id, Id, Option<Id>), now: At) -> Result<Option<OfOutlet>> {
    let (branch, outlet, bank) = of;
    if user.role == Role::Broker {
        return Ok(None);
    }
    let all = agreements::of_outlet(conn, branch, outlet)?;
    let branch = crate::people::store::branch(conn, branch)?;
    let since = now.date_in(branch.zone()) - LISTED_AFTER;
    let mut all: Vec<Agreement> = all.into_iter().filter(|one| one.to_date >= since).collect();
    if let Some(bank) = bank {
        all.extend(agreements::of_bank(conn, branch.id, bank, since)?);
    }
    let mut views = balance::views(conn, &branch, all, now)?;
    views.sort_by_key(rank);
    let writes = desk(user).is_ok_and(|own| own.id == branch.id);
    Ok(Some(OfOutlet {
        cards: views.iter().map(card).collect(),
        new: writes.then(|| format!("/agreements/new?outlet={outlet}")),
        links: writes.then(|| format!("/outlets/{outlet}/partner-links")),
    }))
}

/// What is wrong, by field of a form; what belongs to none stands at `conflicts`.
fn beside(lang: Lang, error: Error, conflicts: &str) -> Result<Vec<(String, String)>> {
    refused::beside(
        lang,
        match error {
            Error::NotFound(Some("outlet_id" | "bank")) => Error::NotFound(Some("partner")),
            other => other,
        },
        conflicts,
    )
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
