//! My prospects, or the branch's.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use diesel::prelude::*;
use serde::Deserialize;

use super::{problems, say};
use crate::db::schema::{outlets, users};
use crate::db::{Conn, Id};
use crate::error::{Faults, Result};
use crate::keys::Keys;
use crate::language::Lang;
use crate::people::{Caller, CurrentUser, Reach, Role};
use crate::prospects::history;
use crate::prospects::list::{self, Filter, Place, Search, SearchInput};
use crate::prospects::sorted::{self, Sort};
use crate::prospects::stage::Stage;
use crate::prospects::view::ProspectItem;
use crate::t;
use crate::templates::prospects::{ListView, Person, list as list_page};
use crate::text::filled;
use crate::web::pagination::Part;
use crate::web::{Form, Here, Page, Query};

/// The list's own parameters; a form sends those that are not chosen as empty.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListPage {
    #[serde(default)]
    stage: String,
    #[serde(default)]
    view: String,
    #[serde(default)]
    broker_id: String,
    #[serde(default)]
    outlet_id: String,
    #[serde(default)]
    sort: String,
    /// Of a list that is sorted: which page, from 1.
    page: Option<i64>,
    cursor: Option<String>,
}

const AT_ONCE: i64 = 50;
/// Nobody turns so many pages.
const MOST_PAGES: i64 = 10_000;

/// What is shown of the list.
struct Shown {
    filter: Filter,
    by_due: bool,
    sort: Sort,
    page: i64,
    part: Part<Place>,
}

impl Shown {
    fn parse(query: &ListPage, role: Role) -> Result<Shown> {
        // A broker who is none must not become everybody.
        let mut faults = Faults::new();
        let stage =
            filled(&query.stage).and_then(|text| faults.take("stage", Stage::parse(&text).ok_or("unknown_value")));
        let mut id = |field: &str, text: &str| {
            filled(text).and_then(|text| faults.take(field, text.parse::<Id>().map_err(|_| "wrong_type")))
        };
        let (broker_id, outlet_id) = (id("broker_id", &query.broker_id), id("outlet_id", &query.outlet_id));
        faults.check()?;
        let filter = Filter { stage, broker_id, outlet_id, ..Filter::default() };
        let own = role == Role::Broker;
        let sort = Some(Sort::parse(&query.sort).unwrap_or_default()).filter(|_| own).unwrap_or_default();
        let (by_due, page) = (query.view == "due", query.page.unwrap_or(1).clamp(1, MOST_PAGES));
        Ok(Shown { filter, by_due, sort, page, part: Part::parse(Some(AT_ONCE), query.cursor.as_deref())? })
    }

    /// A part of the list, and how its next one is asked for.
    fn list(&self, conn: &mut Conn, keys: &Keys, caller: &Caller) -> Result<(Vec<ProspectItem>, Option<String>)> {
        if self.by_due {
            return Ok((list::by_due(conn, keys, caller, 200)?, None));
        }
        if self.sort == Sort::Newest {
            let found = list::list(conn, keys, caller, &self.filter, &self.part)?;
            return Ok((found.items, found.next_cursor.map(|cursor| format!("cursor={cursor}"))));
        }
        let (items, more) = sorted::own(conn, keys, caller, self.filter.stage, self.sort, (self.page - 1, AT_ONCE))?;
        Ok((items, more.then(|| format!("page={}", self.page + 1))))
    }

    fn next_href(&self, next: &str) -> String {
        let sort = Some(self.sort).filter(|sort| *sort != Sort::Newest);
        let chosen = [
            ("stage", self.filter.stage.map(|stage| stage.to_string())),
            ("broker_id", self.filter.broker_id.map(|id| id.to_string())),
            ("outlet_id", self.filter.outlet_id.map(|id| id.to_string())),
            ("sort", sort.map(|sort| sort.as_str().to_owned())),
        ];
        let chosen = chosen.into_iter().filter_map(|(name, value)| Some(format!("{name}={}&", value?)));
        format!("/prospects?{}{next}", chosen.collect::<String>())
    }
}

/// `GET /prospects`
///
/// # Errors
/// What the database says; 422 for a cursor that is none.
pub async fn show(here: Here, query: Query<ListPage>) -> Result<HttpResponse> {
    let (caller, keys, lang) = (here.caller(), here.app.keys.clone(), here.lang());
    let shown = Shown::parse(&query.0, here.user()?.role)?;
    let read = move |conn: &mut Conn| {
        let (items, next) = shown.list(conn, &keys, &caller)?;
        let (brokers, outlets) = choices(conn, caller.user()?)?;
        let chosen = |id: Option<Id>| id.map(|id| id.to_string()).unwrap_or_default();
        Ok(ListView {
            people: people(conn, &caller, lang, &items)?,
            next: next.map(|next| shown.next_href(&next)),
            by_due: shown.by_due,
            stage: shown.filter.stage.map_or("", Stage::as_str).to_owned(),
            broker: chosen(shown.filter.broker_id),
            outlet: chosen(shown.filter.outlet_id),
            sort: shown.sort.as_str().to_owned(),
            brokers,
            outlets,
            ..ListView::default()
        })
    };
    let view = here.app.db.read(read).await?;
    answer(&here, view, StatusCode::OK)
}

/// Ids with their names.
type Choices = Vec<(String, String)>;

/// Of whom and where those who see a whole branch may choose: its brokers and its outlets, by name.
fn choices(conn: &mut Conn, user: &CurrentUser) -> Result<(Choices, Choices)> {
    let Reach::Branch(branch) = user.reach() else { return Ok((Vec::new(), Vec::new())) };
    let brokers: Vec<(Id, String)> = users::table
        .filter(users::branch_id.eq(branch).and(users::role.eq(Role::Broker)))
        .order((users::name, users::id))
        .select((users::id, users::name))
        .load(conn)?;
    let outlets: Vec<(Id, String)> = outlets::table
        .filter(outlets::branch_id.eq(branch))
        .order((outlets::name, outlets::id))
        .select((outlets::id, outlets::name))
        .load(conn)?;
    let words = |all: Vec<(Id, String)>| all.into_iter().map(|(id, name)| (id.to_string(), name)).collect();
    Ok((words(brokers), words(outlets)))
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

/// The lines of a list.
///
/// # Errors
/// What the database says.
pub fn people(conn: &mut Conn, caller: &Caller, lang: Lang, items: &[ProspectItem]) -> Result<Vec<Person>> {
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
    crate::text::mobile::Mobile::parse(mobile).map_or_else(|_| String::new(), |mobile| mobile.masked())
}
