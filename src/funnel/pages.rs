//! The funnel's pages: the funnel, and the people behind one of its numbers.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use chrono::NaiveDate;
use serde::Deserialize;

use super::people::{self, Number, Who};
use super::query::{FunnelInput, FunnelQuery};
use super::stands::Ages;
use super::view::{self, stage_name};
use super::{address, groups};
use crate::db::Id;
use crate::error::Result;
use crate::language::Lang;
use crate::prospects::pages::list as prospect_lines;
use crate::t;
use crate::templates::funnel::{self as template, PeopleView};
use crate::web::pagination::Part;
use crate::web::{Here, Page, Query, refused};

const PEOPLE: i64 = 50;

/// `GET /funnel`
///
/// # Errors
/// 404 for a broker or an outlet out of reach; a wrong parameter is shown at its field.
pub async fn show(here: Here, query: Query<FunnelInput>) -> Result<HttpResponse> {
    let user = here.user()?;
    let (reach, lang, today) = (user.reach(), here.lang(), here.app.clock.now().date_in(user.zone()));
    let ages = Ages::of(today, user.zone());
    let input = with_defaults(query.0);
    let usual = || FunnelQuery::parse(&with_defaults(FunnelInput::default()), today);
    let (asked, problems) = refused::or_usual(lang, FunnelQuery::parse(&input, today), usual)?;
    let status = if problems.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let read = here.app.db.read(move |conn| {
        let funnel = groups::funnel(conn, reach, lang, &asked, ages)?;
        Ok((funnel, groups::narrowed_to(conn, lang, &asked.only)?))
    });
    let (funnel, narrowed_to) = read.await?;
    let mut view = view::view(lang, &asked, &funnel, narrowed_to);
    view.problems = problems;
    if status != StatusCode::OK {
        (view.from, view.to) = (input.from.unwrap_or_default(), input.to.unwrap_or_default());
    }
    Ok(Page::new(t!(lang, "funnel-title"), template::page(lang, &view)).wide().status(status).answer(&here))
}

/// The page puts two periods side by side unless it is told not to.
fn with_defaults(mut input: FunnelInput) -> FunnelInput {
    input.compare.get_or_insert_with(|| "before".into());
    input
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
    reason: Option<String>,
    standing: Option<String>,
    age: Option<String>,
    cursor: Option<String>,
}

/// `GET /funnel/people`: who is behind a number.
///
/// # Errors
/// 404 for a broker, an outlet or a bank out of reach; 422 for a parameter that is none.
pub async fn people(here: Here, query: Query<PeopleInput>) -> Result<HttpResponse> {
    let PeopleInput { from, to, group_by, broker_id, outlet_id, source, key, stage, reason, standing, age, cursor } =
        query.0;
    let (caller, keys, lang) = (here.caller(), here.app.keys.clone(), here.lang());
    let today: NaiveDate = caller.now.date_in(here.user()?.zone());
    let asked = FunnelInput { from, to, group_by, broker_id, outlet_id, source, compare: Some("before".into()) };
    let asked = FunnelQuery::parse(&asked, today)?;
    let who = Who::parse(stage.as_deref(), reason.as_deref(), standing.as_deref(), age.as_deref())?;
    let part = Part::parse(Some(PEOPLE), cursor.as_deref())?;
    let number = Number { query: asked, key, who };
    let next = address::people(&asked, number.key.as_deref(), who);
    let read = here.app.db.read(move |conn| {
        let people = people::people(conn, &keys, &caller, &number, &part)?;
        let lines = prospect_lines::people(conn, &caller, lang, &people.list.items)?;
        Ok((people, lines))
    });
    let (people, lines) = read.await?;
    let view = PeopleView {
        back: address::funnel(&asked),
        back_words: t!(lang, "funnel-title"),
        title: title(lang, who),
        about: about(lang, who, &asked),
        all: people.all,
        erased: people.erased,
        people: lines,
        next: people.list.next_cursor.map(|cursor| format!("{next}&cursor={cursor}")),
    };
    Ok(Page::new(t!(lang, "funnel-people-title"), template::people(lang, &view)).answer(&here))
}

fn title(lang: Lang, who: Who) -> String {
    use crate::prospects::stage::Stage;
    match who {
        Who::Reached(stage) => stage_name(lang, stage),
        Who::Lost => stage_name(lang, Stage::Lost),
        Who::LostFor(None) => format!("{} · {}", stage_name(lang, Stage::Lost), t!(lang, "lost-own-words")),
        Who::LostFor(Some(reason)) => {
            let reason = t!(lang, &format!("lost-{}", reason.as_str().replace('_', "-")));
            format!("{} · {reason}", stage_name(lang, Stage::Lost))
        }
        Who::At(stage, age) => {
            let age = age.map(|age| t!(lang, &format!("funnel-age-{}", age.as_str().trim_end_matches('-'))));
            let words = [Some(t!(lang, "funnel-now-at", stage = stage_name(lang, stage))), age];
            words.into_iter().flatten().collect::<Vec<_>>().join(" · ")
        }
    }
}

fn about(lang: Lang, who: Who, asked: &FunnelQuery) -> String {
    let key = match who {
        Who::Reached(_) => "funnel-people-about",
        Who::Lost | Who::LostFor(_) | Who::At(..) => "funnel-people-now",
    };
    t!(lang, key, from = asked.from.to_string(), to = asked.to.to_string())
}
