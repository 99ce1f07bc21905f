//! The people behind a number of the funnel.

use chrono::NaiveDate;
use diesel::dsl::exists;
use diesel::prelude::*;

use super::facts::STEPS;
use super::query::{FunnelQuery, GroupBy};
use crate::db::schema::{outlets, prospects, stage_changes};
use crate::db::{Conn, Id};
use crate::error::{Error, Result};
use crate::keys::Keys;
use crate::people::{Caller, Reach};
use crate::prospects::kinds::Source;
use crate::prospects::list::Place;
use crate::prospects::stage::Stage;
use crate::prospects::store::Prospect;
use crate::prospects::view::{self, ProspectItem};
use crate::web::pagination::{List, Part};

/// A number: which group, and who of it.
#[derive(Clone, Debug)]
pub struct Number {
    /// The period, the grouping, to what it is narrowed.
    pub query: FunnelQuery,
    /// The group's key; all groups together where there is none.
    pub key: Option<String>,
    /// Who ever reached this step or a later one; for `Lost`, who is lost now.
    pub stage: Stage,
}

/// Those behind a number.
pub struct People {
    /// The latest met first, without the erased.
    pub list: List<ProspectItem>,
    /// How many there are, the erased among them.
    pub all: i64,
    /// How many of them were erased.
    pub erased: i64,
}

type Boxed<'a> = prospects::BoxedQuery<'a, <Conn as diesel::Connection>::Backend>;

/// Finds them, within reach.
///
/// # Errors
/// 422 naming `key`.
pub fn people(conn: &mut Conn, keys: &Keys, caller: &Caller, number: &Number, part: &Part<Place>) -> Result<People> {
    let user = caller.user()?;
    let all = chosen(user.reach(), number)?.count().get_result(conn)?;
    let erased = chosen(user.reach(), number)?.filter(prospects::state.eq("erased")).count().get_result(conn)?;
    let mut query = chosen(user.reach(), number)?.filter(prospects::state.eq("active"));
    if let Some((at, id)) = part.after {
        query = query.filter(prospects::met_at.lt(at).or(prospects::met_at.eq(at).and(prospects::id.lt(id))));
    }
    let rows: Vec<Prospect> = query
        .select(Prospect::as_select())
        .order((prospects::met_at.desc(), prospects::id.desc()))
        .limit(part.limit + 1)
        .load(conn)?;
    let rows = part.list(rows, |row| (row.met_at, row.id), |row| row)?;
    let items = view::items(conn, keys, user, caller.now, &rows.items)?;
    Ok(People { list: List { items, next_cursor: rows.next_cursor }, all, erased })
}

fn chosen<'a>(reach: Reach, number: &Number) -> Result<Boxed<'a>> {
    let FunnelQuery { from, to, only, group_by } = number.query;
    let mut query =
        prospects::table.filter(prospects::merged_into.is_null().and(prospects::met_on.between(from, to))).into_boxed();
    match reach {
        Reach::All => {}
        Reach::Branch(branch) => query = query.filter(prospects::branch_id.eq(branch)),
        Reach::Own { broker, .. } => query = query.filter(prospects::broker_id.eq(broker)),
    }
    if let Some(broker) = only.broker {
        query = query.filter(prospects::met_by.eq(broker));
    }
    if let Some(outlet) = only.outlet {
        query = query.filter(prospects::outlet_id.eq(outlet));
    }
    if let Some(source) = only.source {
        query = query.filter(prospects::source.eq(source));
    }
    if let Some(key) = &number.key {
        query = of_group(query, group_by, key)?;
    }
    Ok(match number.stage {
        // Everybody was met.
        Stage::Met => query,
        Stage::Lost => query.filter(prospects::stage.eq(Stage::Lost)),
        step => {
            let there: Vec<Stage> = Stage::ALL[step.ordinal() as usize..STEPS].to_vec();
            query.filter(exists(
                stage_changes::table
                    .filter(stage_changes::prospect_id.eq(prospects::id))
                    .filter(stage_changes::to_stage.eq_any(there)),
            ))
        }
    })
}

fn of_group<'a>(query: Boxed<'a>, by: GroupBy, key: &str) -> Result<Boxed<'a>> {
    let wrong = || Error::field("key", "unknown_value");
    if key == "none" {
        return Ok(match by {
            GroupBy::Outlet => query.filter(prospects::outlet_id.is_null()),
            GroupBy::Bank => {
                let known = outlets::table.filter(outlets::bank_id.is_not_null()).select(outlets::id.nullable());
                query.filter(prospects::outlet_id.is_null().or(prospects::outlet_id.ne_all(known)))
            }
            GroupBy::Event => query,
            GroupBy::Broker | GroupBy::Source | GroupBy::Month => return Err(wrong()),
        });
    }
    let id = || key.parse::<Id>().map_err(|_| wrong());
    Ok(match by {
        GroupBy::Outlet => query.filter(prospects::outlet_id.eq(id()?)),
        GroupBy::Broker => query.filter(prospects::met_by.eq(id()?)),
        GroupBy::Bank => {
            let of_bank = outlets::table.filter(outlets::bank_id.eq(id()?)).select(outlets::id.nullable());
            query.filter(prospects::outlet_id.eq_any(of_bank))
        }
        GroupBy::Source => query.filter(prospects::source.eq(Source::parse(key).ok_or_else(wrong)?)),
        GroupBy::Month => {
            let first = NaiveDate::parse_from_str(&format!("{key}-01"), "%Y-%m-%d").map_err(|_| wrong())?;
            query.filter(prospects::met_on.between(first, super::store::last_day(first)))
        }
        GroupBy::Event => return Err(wrong()),
    })
}
