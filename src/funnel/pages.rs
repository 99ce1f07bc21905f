//! The funnel's pages: the funnel, and the people behind one of its numbers.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use chrono::NaiveDate;
use serde::Deserialize;

use super::facts::STEPS;
use super::groups::{self, Funnel};
use super::people::{self, Number};
use super::query::{FunnelInput, FunnelQuery, GroupBy};
use super::tally::Figures;
use crate::db::Id;
use crate::error::{Error, Result};
use crate::language::Lang;
use crate::prospects::pages::list as prospect_lines;
use crate::prospects::stage::Stage;
use crate::t;
use crate::templates::funnel::{self as template, FunnelView, GroupRow, Link, PeopleView, StepRow};
use crate::web::api::message;
use crate::web::pagination::Part;
use crate::web::{Here, Page, Query};

/// Groups shown; the rest is for the API.
const GROUPS: usize = 60;
const PEOPLE: i64 = 50;

/// `GET /funnel`
///
/// # Errors
/// What the database says; a wrong parameter is shown at its field.
pub async fn show(here: Here, query: Query<FunnelInput>) -> Result<HttpResponse> {
    let user = here.user()?;
    let (reach, lang, today) = (user.reach(), here.lang(), here.app.clock.now().date_in(user.zone()));
    let (asked, problems) = match FunnelQuery::parse(&query.0, today) {
        Ok(asked) => (asked, Vec::new()),
        Err(Error::Invalid(faults)) => {
            let problems = faults.iter().map(|fault| (fault.field.clone(), message(lang, fault))).collect();
            (FunnelQuery::parse(&FunnelInput::default(), today)?, problems)
        }
        Err(other) => return Err(other),
    };
    let status = if problems.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let (funnel, before) = here
        .app
        .db
        .read(move |conn| {
            let funnel = groups::funnel(conn, reach, lang, &asked)?;
            Ok((funnel, groups::total(conn, reach, &asked.before())?))
        })
        .await?;
    let mut view = view(lang, &asked, &funnel, &before);
    view.problems = problems;
    if status != StatusCode::OK {
        (view.from, view.to) = (query.0.from.unwrap_or_default(), query.0.to.unwrap_or_default());
    }
    Ok(Page::new(t!(lang, "funnel-title"), template::page(lang, &view)).status(status).answer(&here))
}

fn view(lang: Lang, asked: &FunnelQuery, funnel: &Funnel, before: &Figures) -> FunnelView {
    let past = asked.before();
    let link = |key: Option<&str>, stage: Stage, count: u64| Link { count, href: href(asked, key, stage) };
    let entered = funnel.total.entered.in_order();
    let earlier = before.entered.in_order();
    let steps = (0..STEPS)
        .map(|step| StepRow {
            name: stage_name(lang, Stage::ALL[step]),
            people: link(None, Stage::ALL[step], entered[step]),
            before: earlier[step],
            conversion: funnel.total.conversion.in_order()[step],
            conversion_before: before.conversion.in_order()[step],
            median: funnel.total.median_days.in_order()[step],
            p90: funnel.total.p90_days.in_order()[step],
        })
        .collect();
    let groups = funnel
        .groups
        .iter()
        .take(GROUPS)
        .map(|group| GroupRow {
            label: group.label.clone(),
            href: group_href(asked, &group.key),
            steps: (0..STEPS)
                .map(|step| link(Some(&group.key), Stage::ALL[step], group.figures.entered.in_order()[step]))
                .collect(),
            lost: link(Some(&group.key), Stage::Lost, group.figures.lost),
        })
        .collect();
    FunnelView {
        from: asked.from.to_string(),
        to: asked.to.to_string(),
        group_by: asked.group_by.as_str().into(),
        groupings: GroupBy::ALL
            .map(|by| (by.as_str().to_owned(), t!(lang, &format!("funnel-by-{}", by.as_str()))))
            .into(),
        narrowed: asked.only.broker.is_some() || asked.only.outlet.is_some() || asked.only.source.is_some(),
        before_from: past.from.to_string(),
        before_to: past.to.to_string(),
        step_names: Stage::ALL[..STEPS].iter().map(|stage| stage_name(lang, *stage)).collect(),
        steps,
        lost: link(None, Stage::Lost, funnel.total.lost),
        groups,
        hidden: funnel.groups.len().saturating_sub(GROUPS),
        problems: Vec::new(),
    }
}

fn stage_name(lang: Lang, stage: Stage) -> String {
    t!(lang, &format!("prospect-stage-{}", stage.as_str().replace('_', "-")))
}

fn period(asked: &FunnelQuery) -> String {
    let only = [
        asked.only.broker.map(|id| format!("&broker_id={id}")),
        asked.only.outlet.map(|id| format!("&outlet_id={id}")),
        asked.only.source.map(|source| format!("&source={source}")),
    ];
    format!("from={}&to={}{}", asked.from, asked.to, only.into_iter().flatten().collect::<String>())
}

fn href(asked: &FunnelQuery, key: Option<&str>, stage: Stage) -> String {
    let key = key.map(|key| format!("&key={key}")).unwrap_or_default();
    format!("/funnel/people?{}&group_by={}{key}&stage={}", period(asked), asked.group_by.as_str(), stage.as_str())
}

/// A group looked into: the same period, by what tells most of it.
fn group_href(asked: &FunnelQuery, key: &str) -> Option<String> {
    let (field, by) = match asked.group_by {
        GroupBy::Outlet if key != "none" => ("outlet_id", "broker"),
        GroupBy::Broker => ("broker_id", "month"),
        GroupBy::Source => ("source", "outlet"),
        _ => return None,
    };
    Some(format!("/funnel?{}&{field}={key}&group_by={by}", period(asked)))
}

/// The parameters of the page of people.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PeopleInput {
    from: Option<String>,
    to: Option<String>,
    group_by: Option<String>,
    broker_id: Option<Id>,
    outlet_id: Option<Id>,
    source: Option<String>,
    key: Option<String>,
    stage: Option<String>,
    cursor: Option<String>,
}

/// `GET /funnel/people`: who is behind a number.
///
/// # Errors
/// 422 for a parameter that is none.
pub async fn people(here: Here, query: Query<PeopleInput>) -> Result<HttpResponse> {
    let PeopleInput { from, to, group_by, broker_id, outlet_id, source, key, stage, cursor } = query.0;
    let (caller, keys, lang) = (here.caller(), here.app.keys.clone(), here.lang());
    let today: NaiveDate = caller.now.date_in(here.user()?.zone());
    let asked = FunnelQuery::parse(&FunnelInput { from, to, group_by, broker_id, outlet_id, source }, today)?;
    let stage = Stage::parse(stage.as_deref().unwrap_or("met")).ok_or(Error::field("stage", "unknown_value"))?;
    let part = Part::parse(Some(PEOPLE), cursor.as_deref())?;
    let number = Number { query: asked, key, stage };
    let (next, of) = (href(&asked, number.key.as_deref(), stage), stage_name(lang, stage));
    let (people, lines) = here
        .app
        .db
        .read(move |conn| {
            let people = people::people(conn, &keys, &caller, &number, &part)?;
            let lines = prospect_lines::people(conn, &caller, lang, &people.list.items)?;
            Ok((people, lines))
        })
        .await?;
    let view = PeopleView {
        back: format!("/funnel?{}&group_by={}", period(&asked), asked.group_by.as_str()),
        from: asked.from.to_string(),
        to: asked.to.to_string(),
        stage: of,
        all: people.all,
        erased: people.erased,
        people: lines,
        next: people.list.next_cursor.map(|cursor| format!("{next}&cursor={cursor}")),
    };
    Ok(Page::new(t!(lang, "funnel-people-title"), template::people(lang, &view)).answer(&here))
}
