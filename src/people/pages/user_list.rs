//! The list of users, for admins: narrowed by what stands in the address, and searched by what does not.

use actix_web::HttpResponse;
use serde::Deserialize;

use super::users::{branch_names, line, today};
use crate::db::{Conn, Id};
use crate::error::{Error, Result};
use crate::people::users::{self, Filter, Standing, UserRecord};
use crate::people::{fields, store};
use crate::t;
use crate::templates::people::users as templates;
use crate::templates::people::users::UsersView;
use crate::web::pagination::{List, Part};
use crate::web::{Form, Here, Page, Query};

/// What narrows the list.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UsersQuery {
    branch: Option<String>,
    role: Option<String>,
    standing: Option<String>,
    cursor: Option<String>,
}

/// Everything the list page shows.
struct Shown {
    list: List<UserRecord>,
    branches: Vec<(String, String)>,
    certificates: (i64, i64),
}

fn look(conn: &mut Conn, filter: &Filter, part: &Part<Id>, today: chrono::NaiveDate) -> Result<Shown> {
    Ok(Shown {
        list: users::list(conn, filter, part, today)?,
        branches: branch_names(conn)?,
        certificates: users::certificates_due(conn, today)?,
    })
}

/// `GET /users`
///
/// # Errors
/// 422 for a filter that is none.
pub async fn list(here: Here, query: Query<UsersQuery>) -> Result<HttpResponse> {
    let (asked, today) = (query.0, today(&here)?);
    let part = Part::<Id>::parse(None, asked.cursor.as_deref())?;
    let role = asked.role.as_deref().map(fields::role).transpose().map_err(|code| Error::field("role", code))?;
    let standing = match asked.standing.as_deref() {
        Some(text) => Some(Standing::parse(text).ok_or_else(|| Error::field("standing", "unknown_value"))?),
        None => None,
    };
    let code = asked.branch.clone();
    let shown = here
        .app
        .db
        .read(move |conn| {
            let branch = match code {
                Some(code) => {
                    Some(store::branch_by_code(conn, &code)?.ok_or_else(|| Error::field("branch", "not_found"))?.id)
                }
                None => None,
            };
            look(conn, &Filter { branch, role, standing, text: None }, &part, today)
        })
        .await?;
    let next = shown.list.next_cursor.as_deref().map(|cursor| next_address(&asked, cursor));
    let view = UsersView {
        branch: asked.branch.as_deref().unwrap_or_default(),
        role: asked.role.as_deref().unwrap_or_default(),
        standing: asked.standing.as_deref().unwrap_or_default(),
        next,
        ..UsersView::default()
    };
    Ok(list_page(&here, shown, view, today))
}

fn next_address(asked: &UsersQuery, cursor: &str) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    let filters = [("branch", &asked.branch), ("role", &asked.role), ("standing", &asked.standing)];
    for (name, value) in filters {
        if let Some(value) = value {
            query.append_pair(name, value);
        }
    }
    format!("/users?{}", query.append_pair("cursor", cursor).finish())
}

fn list_page(here: &Here, shown: Shown, view: UsersView<'_>, today: chrono::NaiveDate) -> HttpResponse {
    let lang = here.lang();
    let lines = shown.list.items.iter().map(|user| line(lang, user, today)).collect();
    let view =
        UsersView { csrf: here.csrf(), lines, branches: shown.branches, certificates: shown.certificates, ..view };
    Page::new(t!(lang, "users-title"), templates::users(lang, &view)).wide().answer(here)
}

/// A search by name or login, posted so that no name stands in an address.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SearchForm {
    #[serde(default)]
    q: String,
}

/// `POST /users/search`
///
/// # Errors
/// What the database says.
pub async fn search(here: Here, form: Form<SearchForm>) -> Result<HttpResponse> {
    let today = today(&here)?;
    let typed: String = form.fields.q.chars().take(100).collect();
    let filter = Filter { text: Some(typed.clone()).filter(|t| !t.trim().is_empty()), ..Filter::default() };
    let part = Part { limit: 200, after: None };
    let shown = here.app.db.read(move |conn| look(conn, &filter, &part, today)).await?;
    Ok(list_page(&here, shown, UsersView { search: &typed, ..UsersView::default() }, today))
}
