//! The page of the audit trail: the own branch's for coordinators and managers, everything for admins and the head office.

use std::collections::HashMap;

use actix_web::HttpResponse;
use diesel::prelude::*;
use serde::Deserialize;

use crate::audit::Entry;
use crate::db::schema::{audit_entries, users};
use crate::db::{Conn, Id};
use crate::error::Result;
use crate::people::{CurrentUser, Reach};
use crate::t;
use crate::templates::audit::{AuditRow, AuditView, audit};
use crate::web::pagination::{List, Part};
use crate::web::{Here, Page, Query};

/// What part of the trail is asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    cursor: Option<String>,
    action: Option<String>,
    subject: Option<Id>,
}

/// `GET /audit`
///
/// # Errors
/// 422 for a cursor that is none.
pub async fn list(here: Here, wanted: Query<Wanted>) -> Result<HttpResponse> {
    let part = Part::parse(Some(100), wanted.0.cursor.as_deref())?;
    let user = here.user()?.clone();
    let (zone, lang) = (user.zone(), here.lang());
    let (entries, names) = here.app.db.read(move |conn| load(conn, &user, &part, &wanted.0)).await?;
    let rows = entries.items.iter().map(|entry| AuditRow {
        at: entry.at,
        who: entry.actor_id.and_then(|id| names.get(&id).cloned()),
        action: entry.action.clone(),
        subject_kind: entry.subject_kind.clone(),
        subject_id: entry.subject_id,
        address: entry.address.clone().unwrap_or_default(),
        detail: entry.detail.clone(),
    });
    let view = AuditView { rows: rows.collect(), zone, next: entries.next_cursor };
    Ok(Page::new(t!(lang, "audit-title"), audit(lang, &view)).wide().answer(&here))
}

fn load(
    conn: &mut Conn,
    user: &CurrentUser,
    part: &Part<i64>,
    wanted: &Wanted,
) -> Result<(List<Entry>, HashMap<Id, String>)> {
    let mut query = audit_entries::table.order(audit_entries::seq.desc()).limit(part.limit + 1).into_boxed();
    match user.reach() {
        Reach::All => {}
        Reach::Branch(branch) | Reach::Own { branch, .. } => query = query.filter(audit_entries::branch_id.eq(branch)),
    }
    if let Some(after) = part.after {
        query = query.filter(audit_entries::seq.lt(after));
    }
    if let Some(action) = &wanted.action {
        query = query.filter(audit_entries::action.eq(action.clone()));
    }
    if let Some(subject) = wanted.subject {
        query = query.filter(audit_entries::subject_id.eq(subject));
    }
    let list = part.list(query.load::<Entry>(conn)?, |e| e.seq, |e| e)?;
    let actors: Vec<Id> = list.items.iter().filter_map(|e| e.actor_id).collect();
    let names: Vec<(Id, String)> =
        users::table.filter(users::id.eq_any(actors)).select((users::id, users::name)).load(conn)?;
    Ok((list, names.into_iter().collect()))
}
