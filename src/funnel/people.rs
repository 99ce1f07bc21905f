//! The people behind a number of the funnel.

use chrono::NaiveDate;
use diesel::dsl::{exists, not, sql};
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::behind;
use super::facts::STEPS;
use super::known;
use super::query::{FunnelQuery, GroupBy};
use super::stands::{Age, Ages};
use crate::attendance::month::month;
use crate::calendar::local;
use crate::calendar::months::last_day;
use crate::db::schema::{outlets, prospects, stage_changes};
use crate::db::{At, Conn, Id, plan_for_each};
use crate::error::{Error, Result};
use crate::keys::Keys;
use crate::people::{Caller, Reach};
use crate::prospects::kinds::Source;
use crate::prospects::list::Place;
use crate::prospects::lost::LostReason;
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
    /// Who of it.
    pub who: Who,
}

/// Who of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// Who ever reached this step or a later one.
    Reached(Stage),
    /// Who is lost now.
    Lost,
    /// Who is lost for a usual reason; `None`: in words of their own.
    LostFor(Option<LostReason>),
    /// Who is at a stage now, and for how long.
    At(Stage, Option<Age>),
}

/// In the address: lost in words of their own.
pub const OWN_WORDS: &str = "own_words";

impl Who {
    /// Reads it from an address: `stage`; `reason`; `standing` with `age`.
    ///
    /// # Errors
    /// By field.
    pub fn parse(stage: Option<&str>, reason: Option<&str>, standing: Option<&str>, age: Option<&str>) -> Result<Who> {
        let wrong = |field: &'static str| Error::field(field, "unknown_value");
        let age = age.map(|age| Age::parse(age).ok_or(wrong("age"))).transpose()?;
        match (reason, standing) {
            (Some(OWN_WORDS), _) => Ok(Who::LostFor(None)),
            (Some(reason), _) => Ok(Who::LostFor(Some(LostReason::parse(reason).ok_or(wrong("reason"))?))),
            (None, Some(standing)) => {
                let stage = Stage::parse(standing).filter(|stage| *stage != Stage::Lost).ok_or(wrong("standing"))?;
                Ok(Who::At(stage, age))
            }
            (None, None) => match Stage::parse(stage.unwrap_or("met")).ok_or(wrong("stage"))? {
                Stage::Lost => Ok(Who::Lost),
                stage => Ok(Who::Reached(stage)),
            },
        }
    }

    /// As an address has it.
    pub fn query(self) -> String {
        match self {
            Who::Reached(stage) => format!("stage={}", stage.as_str()),
            Who::Lost => "stage=lost".into(),
            Who::LostFor(reason) => format!("reason={}", reason.map_or(OWN_WORDS, LostReason::as_str)),
            Who::At(stage, None) => format!("standing={}", stage.as_str()),
            Who::At(stage, Some(age)) => format!("standing={}&age={}", stage.as_str(), age.as_str()),
        }
    }
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

/// People to be filtered.
pub type Boxed<'a> = prospects::BoxedQuery<'a, <Conn as diesel::Connection>::Backend>;

/// Finds those behind a number, within reach.
///
/// # Errors
/// `NotFound` naming `broker_id`, `outlet_id` or `key` out of reach; 422 naming `key`.
pub fn people(conn: &mut Conn, keys: &Keys, caller: &Caller, number: &Number, part: &Part<Place>) -> Result<People> {
    let user = caller.user()?;
    let reach = user.reach();
    known::check(conn, reach, &number.query.only)?;
    if let Some(key) = &number.key {
        known::check_key(conn, reach, number.query.group_by, key)?;
    }
    let ages = Ages::of(caller.now.date_in(user.zone()), user.zone());
    let chosen = || chosen(reach, number, ages);
    match reach {
        // Few, and not packed.
        Reach::Own { .. } => list(conn, keys, caller, part, chosen),
        _ => listed(conn, keys, caller, part, |conn| behind::count(conn, reach, number, ages), chosen),
    }
}

/// Lists those whom a query chooses, and counts them.
///
/// # Errors
/// As the query's.
pub fn list<'a>(
    conn: &mut Conn,
    keys: &Keys,
    caller: &Caller,
    part: &Part<Place>,
    chosen: impl Fn() -> Result<Boxed<'a>>,
) -> Result<People> {
    listed(conn, keys, caller, part, |conn| Ok(chosen()?.count().get_result(conn)?), &chosen)
}

/// Lists those whom a query chooses; how many there are is counted in another way.
///
/// # Errors
/// As both.
fn listed<'a>(
    conn: &mut Conn,
    keys: &Keys,
    caller: &Caller,
    part: &Part<Place>,
    count: impl FnOnce(&mut Conn) -> Result<i64>,
    chosen: impl Fn() -> Result<Boxed<'a>>,
) -> Result<People> {
    plan_for_each(conn)?;
    let all = count(conn)?;
    // In the words of the index over those who are not here any more.
    let gone = sql::<Bool>("prospects.state <> 'active'");
    let erased = chosen()?.filter(gone).filter(prospects::state.eq("erased")).count().get_result(conn)?;
    let mut query = chosen()?.filter(prospects::state.eq("active"));
    if let Some((at, id)) = part.after {
        query = query.filter(prospects::met_at.lt(at).or(prospects::met_at.eq(at).and(prospects::id.lt(id))));
    }
    let rows: Vec<Prospect> = query
        .select(Prospect::as_select())
        .order((prospects::met_at.desc(), prospects::id.desc()))
        .limit(part.limit + 1)
        .load(conn)?;
    let rows = part.list(rows, |row| (row.met_at, row.id), |row| row)?;
    let items = view::items(conn, keys, caller.user()?, caller.now, &rows.items)?;
    Ok(People { list: List { items, next_cursor: rows.next_cursor }, all, erased })
}

fn chosen<'a>(reach: Reach, number: &Number, ages: Ages) -> Result<Boxed<'a>> {
    let FunnelQuery { from, to, only, group_by, .. } = number.query;
    let mut query = met(reach, from, to);
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
    Ok(narrowed(query, number.who, ages))
}

/// All in reach who were first met in a period: an index that has them by the moment finds the latest of them first.
pub fn met<'a>(reach: Reach, from: NaiveDate, to: NaiveDate) -> Boxed<'a> {
    let (earliest, latest) = local::anywhere(from, to);
    let query = prospects::table
        .filter(prospects::merged_into.is_null().and(prospects::met_on.between(from, to)))
        .filter(prospects::met_at.between(At::from(earliest), At::from(latest)))
        .into_boxed();
    match reach {
        Reach::All => query,
        Reach::Branch(branch) => query.filter(prospects::branch_id.eq(branch)),
        Reach::Own { broker, .. } => query.filter(prospects::broker_id.eq(broker)),
    }
}

fn narrowed<'a>(query: Boxed<'a>, who: Who, ages: Ages) -> Boxed<'a> {
    match who {
        // Everybody was met.
        Who::Reached(Stage::Met) => query,
        Who::Reached(step) => {
            let there: Vec<Stage> = Stage::ALL[(step.ordinal() as usize).min(STEPS)..STEPS].to_vec();
            query.filter(exists(
                stage_changes::table
                    .filter(stage_changes::prospect_id.eq(prospects::id))
                    .filter(stage_changes::to_stage.eq_any(there)),
            ))
        }
        Who::Lost => query.filter(prospects::stage.eq(Stage::Lost)),
        Who::LostFor(None) => query.filter(prospects::stage.eq(Stage::Lost).and(prospects::lost_reason.is_null())),
        Who::LostFor(Some(reason)) => {
            query.filter(prospects::stage.eq(Stage::Lost).and(prospects::lost_reason.eq(reason)))
        }
        Who::At(stage, age) => {
            let mut query = query.filter(prospects::stage.eq(stage).and(prospects::state.eq("active")));
            let (from, before) = age.map_or((None, None), |age| ages.bounds(age));
            if let Some(from) = from {
                query = query.filter(prospects::stage_at.ge(from));
            }
            if let Some(before) = before {
                query = query.filter(prospects::stage_at.lt(before));
            }
            query
        }
    }
}

fn of_group<'a>(query: Boxed<'a>, by: GroupBy, key: &str) -> Result<Boxed<'a>> {
    let wrong = || Error::field("key", "unknown_value");
    if key == "none" {
        return Ok(match by {
            GroupBy::Outlet => query.filter(prospects::outlet_id.is_null()),
            GroupBy::Bank => query.filter(not(exists(
                outlets::table
                    .filter(outlets::id.nullable().eq(prospects::outlet_id).and(outlets::bank_id.is_not_null())),
            ))),
            GroupBy::Event | GroupBy::Community => query,
            GroupBy::Broker | GroupBy::Source | GroupBy::Month => return Err(wrong()),
        });
    }
    let id = || key.parse::<Id>().map_err(|_| wrong());
    Ok(match by {
        GroupBy::Outlet => query.filter(prospects::outlet_id.eq(id()?)),
        GroupBy::Broker => query.filter(prospects::met_by.eq(id()?)),
        GroupBy::Bank => {
            let its = outlets::id.nullable().eq(prospects::outlet_id).and(outlets::bank_id.eq(id()?));
            query.filter(exists(outlets::table.filter(its)))
        }
        GroupBy::Source => query.filter(prospects::source.eq(Source::parse(key).ok_or_else(wrong)?)),
        GroupBy::Month => {
            let first = month(key).map_err(|_| wrong())?;
            query.filter(prospects::met_on.between(first, last_day(first)))
        }
        GroupBy::Event | GroupBy::Community => return Err(wrong()),
    })
}
