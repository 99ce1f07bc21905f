//! My prospects, or the branch's.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use serde::Deserialize;

use super::{problems, say};
use crate::error::Result;
use crate::language::Lang;
use crate::people::{Caller, Role};
use crate::prospects::history;
use crate::prospects::list::{self, Filter, Place, Search, SearchInput};
use crate::prospects::stage::Stage;
use crate::prospects::view::ProspectItem;
use crate::t;
use crate::templates::prospects::{ListView, Person, list as list_page};
use crate::web::pagination::Part;
use crate::web::{Form, Here, Page, Query};

/// The list's own parameters.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListPage {
    stage: Option<String>,
    view: Option<String>,
    cursor: Option<String>,
}

const AT_ONCE: i64 = 50;

/// `GET /prospects`
///
/// # Errors
/// What the database says; 422 for a cursor that is none.
pub async fn show(here: Here, query: Query<ListPage>) -> Result<HttpResponse> {
    let (caller, keys, lang) = (here.caller(), here.app.keys.clone(), here.lang());
    let by_due = query.0.view.as_deref() == Some("due");
    let stage = query.0.stage.as_deref().and_then(Stage::parse);
    let part: Part<Place> = Part::parse(Some(AT_ONCE), query.0.cursor.as_deref())?;
    let mut view = here
        .app
        .db
        .read(move |conn| {
            let (items, cursor) = if by_due {
                (list::by_due(conn, &keys, &caller, 200)?, None)
            } else {
                let filter = Filter { stage, ..Filter::default() };
                let found = list::list(conn, &keys, &caller, &filter, &part)?;
                (found.items, found.next_cursor)
            };
            let next = cursor.map(|cursor| next_href(stage, &cursor));
            Ok(ListView { people: people(conn, &caller, lang, &items)?, next, ..ListView::default() })
        })
        .await?;
    (view.by_due, view.stage) = (by_due, stage.map_or("", Stage::as_str).to_owned());
    answer(&here, view, StatusCode::OK)
}

/// What is searched for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SearchForm {
    #[serde(default)]
    q: String,
}

/// `POST /prospects/search`
///
/// # Errors
/// What the database says; 429 after too many hits out of reach.
pub async fn search(here: Here, form: Form<SearchForm>) -> Result<HttpResponse> {
    let (caller, keys, lang) = (here.caller(), here.app.keys.clone(), here.lang());
    let q = form.fields.q;
    let sought = match Search::parse(&SearchInput { q: Some(q.clone()), ..SearchInput::default() }) {
        Ok(sought) => sought,
        Err(error) => {
            let problems = problems(lang, error)?;
            let view = ListView { sought: Some(q), problems, ..ListView::default() };
            return answer(&here, view, StatusCode::UNPROCESSABLE_ENTITY);
        }
    };
    let mut view = here
        .app
        .db
        .write(move |conn| {
            let found = list::search(conn, &keys, &caller, &sought)?;
            let people = people(conn, &caller, lang, &found.items)?;
            Ok(ListView { people, elsewhere: found.duplicate_elsewhere, ..ListView::default() })
        })
        .await?;
    view.sought = Some(q);
    answer(&here, view, StatusCode::OK)
}

fn answer(here: &Here, mut view: ListView, status: StatusCode) -> Result<HttpResponse> {
    view.csrf = here.csrf().to_owned();
    view.own = here.user()?.role == Role::Broker;
    view.may_export = here.user()?.role == Role::Admin;
    let title = t!(here.lang(), if view.own { "prospect-mine" } else { "prospect-all" });
    Ok(Page::new(title, list_page(here.lang(), &view)).status(status).answer(here))
}

fn next_href(stage: Option<Stage>, cursor: &str) -> String {
    let stage = stage.map(|stage| format!("stage={}&", stage.as_str())).unwrap_or_default();
    format!("/prospects?{stage}cursor={cursor}")
}

/// The lines of a list.
///
/// # Errors
/// What the database says.
pub fn people(conn: &mut crate::db::Conn, caller: &Caller, lang: Lang, items: &[ProspectItem]) -> Result<Vec<Person>> {
    let user = caller.user()?;
    let today = caller.now.date_in(user.zone());
    let brokers = history::names(conn, items.iter().map(|item| item.broker_id).collect())?;
    Ok(items
        .iter()
        .map(|item| {
            let (state, word) = say::due(lang, &item.follow_up, today);
            let mut meta = vec![say::stage(lang, item.stage)];
            meta.extend(item.mobile.clone().map(|m| if item.broker_id == user.id { short(&m) } else { m }));
            meta.extend(brokers.get(&item.broker_id).filter(|_| item.broker_id != user.id).cloned());
            Person {
                href: format!("/prospects/{}", item.id),
                initial: item.name.chars().next().map(String::from).unwrap_or_default(),
                name: item.name.clone(),
                meta: meta.join(" · "),
                state,
                word,
            }
        })
        .collect())
}

/// In a list that others may look over a shoulder at, the middle of a number is not needed.
fn short(mobile: &str) -> String {
    crate::prospects::mobile::Mobile::parse(mobile).map_or_else(|_| String::new(), |mobile| mobile.masked())
}
