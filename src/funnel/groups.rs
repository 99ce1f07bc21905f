//! The funnel itself: groups with their names and figures.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

use super::facts::Facts;
use super::query::{FunnelQuery, GroupBy};
use super::store::{self, first_day};
use super::tally::{Figures, Tally};
use crate::db::schema::{banks, outlets, users};
use crate::db::{Conn, Id};
use crate::error::Result;
use crate::language::Lang;
use crate::people::Reach;
use crate::prospects::kinds::Source;
use crate::t;

/// What a group is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    /// No value.
    None,
    /// An outlet, a broker, a bank.
    Of(Id),
    /// A source.
    Source(Source),
    /// A month, by its first day.
    Month(NaiveDate),
}

impl Key {
    /// As the API writes it.
    pub fn text(self) -> String {
        match self {
            Key::None => "none".into(),
            Key::Of(id) => id.to_string(),
            Key::Source(source) => source.as_str().into(),
            Key::Month(first) => first.format("%Y-%m").to_string(),
        }
    }
}

/// A group and its figures.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Group {
    /// The id of the outlet, broker, event or bank; the source; the month as `YYYY-MM`; `none` without a value.
    pub key: String,
    /// Its name in the reader's language.
    pub label: String,
    /// What was counted.
    #[serde(flatten)]
    pub figures: Figures,
}

/// A funnel: of those first met in a period, as it is known now.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Funnel {
    /// The first local date of a first meeting.
    pub from: NaiveDate,
    /// The last one.
    pub to: NaiveDate,
    /// By what.
    pub group_by: GroupBy,
    /// Months in their order; else the largest first, then by name.
    pub groups: Vec<Group>,
    /// All together.
    pub total: Figures,
}

/// Counts the funnel of those in reach.
///
/// # Errors
/// What the database says.
pub fn funnel(conn: &mut Conn, reach: Reach, lang: Lang, query: &FunnelQuery) -> Result<Funnel> {
    let bank_of = if query.group_by == GroupBy::Bank { bank_of_outlet(conn)? } else { HashMap::new() };
    let mut groups: HashMap<Key, Tally> = HashMap::new();
    let mut total = Tally::default();
    store::sweep(conn, reach, query.from, query.to, |facts| {
        if query.only.holds(facts) {
            groups.entry(key(query.group_by, facts, &bank_of)).or_default().add(&facts.path);
            total.add(&facts.path);
        }
    })?;
    let names = names(conn, query.group_by, groups.keys())?;
    let mut groups: Vec<Group> = groups
        .into_iter()
        .map(|(key, tally)| Group { key: key.text(), label: label(lang, key, &names), figures: tally.figures() })
        .collect();
    groups.sort_unstable_by(|a, b| {
        let size = |group: &Group| group.figures.entered.met;
        let by_size = size(b).cmp(&size(a)).then_with(|| a.label.cmp(&b.label));
        let by_month = a.key.cmp(&b.key);
        if query.group_by == GroupBy::Month { by_month } else { by_size.then(by_month) }
    });
    Ok(Funnel { from: query.from, to: query.to, group_by: query.group_by, groups, total: total.figures() })
}

/// Counts all in reach together.
///
/// # Errors
/// What the database says.
pub fn total(conn: &mut Conn, reach: Reach, query: &FunnelQuery) -> Result<Figures> {
    let mut total = Tally::default();
    store::sweep(conn, reach, query.from, query.to, |facts| {
        if query.only.holds(facts) {
            total.add(&facts.path);
        }
    })?;
    Ok(total.figures())
}

fn key(by: GroupBy, facts: &Facts, bank_of: &HashMap<Id, Id>) -> Key {
    let of = |id: Option<Id>| id.map_or(Key::None, Key::Of);
    match by {
        GroupBy::Outlet => of(facts.outlet),
        GroupBy::Broker => Key::Of(facts.met_by),
        GroupBy::Source => Key::Source(facts.source),
        // Nobody is tied to a joint event yet.
        GroupBy::Event => Key::None,
        GroupBy::Month => Key::Month(first_day(facts.met_on)),
        GroupBy::Bank => of(facts.outlet.and_then(|outlet| bank_of.get(&outlet).copied())),
    }
}

fn bank_of_outlet(conn: &mut Conn) -> Result<HashMap<Id, Id>> {
    let all: Vec<(Id, Option<Id>)> =
        outlets::table.filter(outlets::bank_id.is_not_null()).select((outlets::id, outlets::bank_id)).load(conn)?;
    Ok(all.into_iter().filter_map(|(outlet, bank)| Some((outlet, bank?))).collect())
}

/// Ids in one question; both databases take this many.
const AT_ONCE: usize = 10_000;

fn names<'a>(conn: &mut Conn, by: GroupBy, keys: impl Iterator<Item = &'a Key>) -> Result<HashMap<Id, String>> {
    let ids: Vec<Id> = keys.filter_map(|key| if let Key::Of(id) = key { Some(*id) } else { None }).collect();
    let mut names = HashMap::new();
    for some in ids.chunks(AT_ONCE) {
        let found: Vec<(Id, String)> = match by {
            GroupBy::Broker => {
                users::table.filter(users::id.eq_any(some)).select((users::id, users::name)).load(conn)?
            }
            GroupBy::Bank => banks::table.filter(banks::id.eq_any(some)).select((banks::id, banks::name)).load(conn)?,
            _ => outlets::table.filter(outlets::id.eq_any(some)).select((outlets::id, outlets::name)).load(conn)?,
        };
        names.extend(found);
    }
    Ok(names)
}

fn label(lang: Lang, key: Key, names: &HashMap<Id, String>) -> String {
    match key {
        Key::None => t!(lang, "funnel-none"),
        Key::Of(id) => names.get(&id).cloned().unwrap_or_else(|| id.to_string()),
        Key::Source(source) => t!(lang, &format!("prospect-source-{}", source.as_str().replace('_', "-"))),
        Key::Month(_) => key.text(),
    }
}
