//! The pages of follow-up quality, and of the people behind its numbers.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use chrono::{Datelike, NaiveDate};
use serde::Deserialize;

use super::contact::{Band, Quality};
use super::quality::{self, Counted, QualityBy, QualityGroup, QualityInput, QualityQuery, Scope, Waiting};
use super::quality_people::{self, Number, Who};
use crate::attendance::filter::date;
use crate::db::{Conn, Id};
use crate::error::{Error, Result};
use crate::followups::lists::Days;
use crate::funnel::known;
use crate::funnel::yardstick::FEWEST_PEOPLE;
use crate::language::Lang;
use crate::people::store::{Branch, branches_in_reach};
use crate::people::{CurrentUser, Reach};
use crate::prospects::pages::list as prospect_lines;
use crate::t;
use crate::templates::funnel::{self as people_template, Link, PeopleView};
use crate::templates::results::quality::{self as template, BandRow, QualityPage, ShareRow, WaitingRow};
use crate::web::pagination::Part;
use crate::web::{Here, Page, Query, refused};

/// So much below the middle is shown as such.
const CLEARLY: f64 = 0.05;
const PEOPLE: i64 = 50;

/// What the page is made from: one read.
struct Found {
    branches: Vec<Branch>,
    whole: bool,
    counted: Counted,
    brokers: Vec<QualityGroup>,
    outlets: Vec<QualityGroup>,
    by_branch: Vec<QualityGroup>,
    waiting: Vec<Waiting>,
}

fn find(conn: &mut Conn, user: &CurrentUser, query: &QualityQuery, lang: Lang, now: crate::db::At) -> Result<Found> {
    let branches = branches_in_reach(conn, user.reach())?;
    let scope = Scope::of(conn, user, query.branch.as_deref())?;
    let days = Days::load(conn, scope.reach, now)?;
    let counted = quality::count(conn, scope, &days, query.from, query.to)?;
    let none = t!(lang, "funnel-none");
    let whole = matches!(scope.reach, Reach::All);
    let mut of = |by, wanted: bool| if wanted { quality::groups(conn, &counted, by, &none) } else { Ok(Vec::new()) };
    let brokers = of(QualityBy::Broker, !whole)?;
    let outlets = of(QualityBy::Outlet, !whole)?;
    let by_branch = of(QualityBy::Branch, whole)?;
    let waiting = quality::waiting(conn, scope, &days)?;
    Ok(Found { branches, whole, counted, brokers, outlets, by_branch, waiting })
}

/// `GET /follow-ups/quality`
///
/// # Errors
/// 404 for a branch out of reach; a wrong date is shown at its field.
pub async fn show(here: Here, query: Query<QualityInput>) -> Result<HttpResponse> {
    let (user, lang, now) = (here.user()?.clone(), here.lang(), here.app.clock.now());
    let today = now.date_in(user.zone());
    let usual = || QualityQuery::parse(&QualityInput::default(), today);
    let (asked, problems) = refused::or_usual(lang, QualityQuery::parse(&query.0, today), usual)?;
    let status = if problems.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let (reader, wanted) = (user.clone(), asked.clone());
    let found = here.app.db.read(move |conn| find(conn, &reader, &wanted, lang, now)).await?;
    let mut view = view(lang, &user, &asked, &found, today);
    if !problems.is_empty() {
        (view.from, view.to) = (query.0.from.unwrap_or_default(), query.0.to.unwrap_or_default());
        view.problems = problems;
    }
    Ok(Page::new(t!(lang, "quality-title"), template::page(lang, &view)).wide().status(status).answer(&here))
}

/// Addresses of the people behind the numbers.
struct Links<'a> {
    asked: &'a QualityQuery,
}

impl Links<'_> {
    fn to(&self, count: u64, narrow: &str, who: Who) -> Link {
        let QualityQuery { from, to, branch, .. } = self.asked;
        let branch = branch.as_ref().map(|code| format!("&branch={code}")).unwrap_or_default();
        let href = format!("/follow-ups/quality/people?from={from}&to={to}{branch}{narrow}&who={}", who.as_str());
        Link { count, href }
    }

    fn row(&self, label: String, narrow: &str, quality: &Quality, middle: Option<f64>) -> ShareRow {
        let low = |(share, middle): (f64, f64)| share <= middle - CLEARLY && quality.counted >= FEWEST_PEOPLE;
        ShareRow {
            label,
            href: None,
            counted: self.to(quality.counted, narrow, Who::Counted),
            kept: self.to(quality.kept, narrow, Who::Kept),
            share: quality.share,
            below: quality.share.zip(middle).is_some_and(low),
        }
    }
}

fn view(lang: Lang, user: &CurrentUser, asked: &QualityQuery, found: &Found, today: NaiveDate) -> QualityPage {
    let links = Links { asked };
    let (total, middle) = (&found.counted.total, found.counted.middle);
    let own = matches!(user.reach(), Reach::Own { .. });
    let several = user.branch.is_none();
    let rows = |groups: &[QualityGroup], field: &str| -> Vec<ShareRow> {
        let row = |group: &QualityGroup| {
            links.row(group.label.clone(), &format!("&{field}={}", group.key), &group.quality, middle)
        };
        groups.iter().map(row).collect()
    };
    let branch_row = |group: &QualityGroup| {
        let code = found.branches.iter().find(|one| one.id.to_string() == group.key).map(|one| one.code.as_str());
        let href = code.map(|code| format!("/follow-ups/quality?from={}&to={}&branch={code}", asked.from, asked.to));
        let narrow = code.map(|code| format!("&branch={code}")).unwrap_or_default();
        ShareRow { href, ..links.row(group.label.clone(), &narrow, &group.quality, middle) }
    };
    QualityPage {
        from: asked.from.to_string(),
        to: asked.to.to_string(),
        branches: found.branches.iter().filter(|_| several).map(|one| (one.code.clone(), one.name.clone())).collect(),
        branch: asked.branch.clone().unwrap_or_default(),
        own,
        share: total.share,
        counted: links.to(total.counted, "", Who::Counted),
        middle,
        overdue: (!found.whole).then(|| found.waiting.iter().map(|one| one.overdue).sum()),
        // The list of follow-ups holds all that its reader may see.
        overdue_href: (!several).then(|| "/follow-ups".to_owned()),
        waived: Some(links.to(total.waived, "", Who::Waived)),
        pending: Some(links.to(total.pending, "", Who::Pending)),
        bands: Band::ALL.iter().zip(total.days.in_order()).map(|(band, n)| band_row(lang, &links, *band, n)).collect(),
        weeks: weeks(&links, &found.counted, asked, today),
        brokers: rows(&found.brokers, "broker_id"),
        outlets: rows(&found.outlets, "outlet_id"),
        by_branch: found.by_branch.iter().map(branch_row).collect(),
        waiting: if own { Vec::new() } else { found.waiting.iter().map(waiting_row).collect() },
        problems: Vec::new(),
    }
}

fn waiting_row(one: &Waiting) -> WaitingRow {
    let href = format!("/follow-ups?broker_id={}", one.broker_id);
    WaitingRow { name: one.name.clone(), href, overdue: one.overdue, coming: one.coming }
}

fn band_label(lang: Lang, band: Band) -> String {
    t!(lang, &format!("quality-band-{}", band.as_str().trim_end_matches('-')))
}

fn band_row(lang: Lang, links: &Links<'_>, band: Band, count: u64) -> BandRow {
    BandRow { label: band_label(lang, band), people: links.to(count, "", Who::After(band)), in_time: band.in_time() }
}

/// Every week of the period that has somebody to count; by its Monday.
fn weeks(links: &Links<'_>, counted: &Counted, asked: &QualityQuery, today: NaiveDate) -> Vec<ShareRow> {
    let shown = counted.weeks.iter().rev().filter(|(monday, quality)| **monday <= today && quality.counted > 0);
    let day = |date: NaiveDate| match date.year() == asked.to.year() {
        true => date.format("%m-%d").to_string(),
        false => date.to_string(),
    };
    let row = |(monday, quality): (&NaiveDate, &Quality)| {
        let first = (*monday).max(asked.from);
        links.row(day(first), &format!("&week={monday}"), quality, counted.middle)
    };
    shown.map(row).collect()
}

/// The parameters of the page of people.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PeopleInput {
    from: Option<String>,
    to: Option<String>,
    branch: Option<String>,
    broker_id: Option<Id>,
    outlet_id: Option<String>,
    week: Option<String>,
    who: Option<String>,
    cursor: Option<String>,
}

/// `GET /follow-ups/quality/people`
///
/// # Errors
/// 404 for a branch, a broker or an outlet out of reach; 422 for a parameter that is none.
pub async fn people(here: Here, query: Query<PeopleInput>) -> Result<HttpResponse> {
    let PeopleInput { from, to, branch, broker_id, outlet_id, week, who, cursor } = query.0;
    let (caller, keys, lang) = (here.caller(), here.app.keys.clone(), here.lang());
    let user = here.user()?.clone();
    let asked =
        QualityQuery::parse(&QualityInput { from, to, branch, group_by: None }, caller.now.date_in(user.zone()))?;
    let outlet = match outlet_id.as_deref() {
        None => None,
        Some("none") => Some(None),
        Some(id) => Some(Some(id.parse().map_err(|_| Error::field("outlet_id", "unknown_value"))?)),
    };
    let week = week.as_deref().map(|week| date(week).map_err(|code| Error::field("week", code))).transpose()?;
    let who = Who::parse(who.as_deref())?;
    let part = Part::parse(Some(PEOPLE), cursor.as_deref())?;
    let number = Number { from: asked.from, to: asked.to, broker: broker_id, outlet, week, who };
    let next = next(&asked, &number);
    let chosen = asked.branch.clone();
    let read = here.app.db.read(move |conn| {
        let scope = Scope::of(conn, &user, chosen.as_deref())?;
        may_ask(conn, scope, &number)?;
        let days = Days::load(conn, scope.reach, caller.now)?;
        let people = quality_people::people(conn, &keys, &caller, scope, &number, &days, &part)?;
        let lines = prospect_lines::people(conn, &caller, lang, &people.list.items)?;
        Ok((people, lines))
    });
    let (people, lines) = read.await?;
    let branch = asked.branch.as_ref().map(|code| format!("&branch={code}")).unwrap_or_default();
    let view = PeopleView {
        back: format!("/follow-ups/quality?from={}&to={}{branch}", asked.from, asked.to),
        back_words: t!(lang, "quality-title"),
        title: match who {
            Who::After(band) => t!(lang, "quality-after", days = band_label(lang, band)),
            other => t!(lang, &format!("quality-{}", other.as_str())),
        },
        about: t!(lang, "funnel-people-now", from = asked.from.to_string(), to = asked.to.to_string()),
        all: people.all,
        erased: people.erased,
        people: lines,
        next: people.list.next_cursor.map(|cursor| format!("{next}&cursor={cursor}")),
    };
    Ok(Page::new(t!(lang, "funnel-people-title"), people_template::people(lang, &view)).answer(&here))
}

/// A broker sees the own follow-ups alone.
fn may_ask(conn: &mut Conn, scope: Scope, number: &Number) -> Result<()> {
    match (number.broker, scope.only) {
        (Some(broker), Some(own)) if broker != own => return Err(Error::NotFound(Some("broker_id"))),
        (Some(broker), None) => known::broker(conn, scope.reach, broker, "broker_id")?,
        _ => {}
    }
    number.outlet.flatten().map_or(Ok(()), |outlet| known::outlet(conn, scope.reach, outlet, "outlet_id"))
}

fn next(asked: &QualityQuery, number: &Number) -> String {
    let more = [
        asked.branch.as_ref().map(|code| format!("&branch={code}")),
        number.broker.map(|id| format!("&broker_id={id}")),
        number.outlet.map(|id| format!("&outlet_id={}", id.map_or("none".to_owned(), |id| id.to_string()))),
        number.week.map(|monday| format!("&week={monday}")),
    ];
    let more: String = more.into_iter().flatten().collect();
    format!("/follow-ups/quality/people?from={}&to={}{more}&who={}", asked.from, asked.to, number.who.as_str())
}
