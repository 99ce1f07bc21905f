//! How well people are followed up: the share contacted within three days, by person, outlet and week, and how soon; read from the packed months.
//!
//! Everybody first met in a period is counted by the follow-up that began with that meeting, for the broker whose it is. What a revival begins anew is
//! not asked here.

use std::collections::{BTreeMap, HashMap};

use chrono::{Datelike, Days as ChronoDays, NaiveDate};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::contact::Quality;
use crate::attendance::filter::date;
use crate::db::schema::{branches, outlets, users};
use crate::db::{Conn, Id};
use crate::error::{Error, Faults, FieldError, Result};
use crate::followups::lists::{self, Days};
use crate::funnel::store::sweep;
use crate::funnel::yardstick::{FEWEST_PEOPLE, middle};
use crate::people::{CurrentUser, Reach};

/// How many weeks a period without a beginning has.
const WEEKS: u64 = 12;

crate::text_enum! {
    /// By what the people are put together.
    pub enum QualityBy {
        /// Whose the follow-up is.
        Broker = "broker",
        /// Where they met.
        Outlet = "outlet",
        /// In which week they met, by its Monday.
        Week = "week",
        /// In which branch.
        Branch = "branch",
    }
}

/// The parameters.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct QualityInput {
    /// First met on this local date or later; the Monday twelve weeks back where it is absent.
    #[param(value_type = Option<NaiveDate>)]
    pub from: Option<String>,
    /// First met on this local date or earlier; today where it is absent.
    #[param(value_type = Option<NaiveDate>)]
    pub to: Option<String>,
    /// By what; by broker where it is absent.
    #[param(value_type = Option<QualityBy>)]
    pub group_by: Option<String>,
    /// Only this branch, by its code.
    pub branch: Option<String>,
}

/// The parameters, checked.
#[derive(Clone, Debug)]
pub struct QualityQuery {
    /// The first local date of a first meeting.
    pub from: NaiveDate,
    /// The last one.
    pub to: NaiveDate,
    /// By what.
    pub group_by: QualityBy,
    /// Only this branch.
    pub branch: Option<String>,
}

/// The Monday of a date's week.
pub fn monday(date: NaiveDate) -> NaiveDate {
    date.checked_sub_days(ChronoDays::new(u64::from(date.weekday().num_days_from_monday()))).unwrap_or(date)
}

impl QualityQuery {
    /// Checks what was sent.
    ///
    /// # Errors
    /// By field: `from`, `to`, `group_by`.
    pub fn parse(input: &QualityInput, today: NaiveDate) -> Result<QualityQuery> {
        let mut faults = Faults::new();
        let mut day = |field: &str, given: Option<&str>| given.and_then(|given| faults.take(field, date(given)));
        let (from, to) = (day("from", input.from.as_deref()), day("to", input.to.as_deref()));
        let to = to.unwrap_or(today);
        let weeks_ago = monday(to).checked_sub_days(ChronoDays::new(7 * WEEKS)).unwrap_or(to);
        let from = from.unwrap_or(weeks_ago);
        if from > to {
            faults.push(FieldError::new("to", "from_after_to"));
        }
        let by = |given: &str| QualityBy::parse(given).ok_or("unknown_value");
        let group_by =
            input.group_by.as_deref().map_or(Some(QualityBy::Broker), |given| faults.take("group_by", by(given)));
        faults.check()?;
        let group_by = group_by.unwrap_or(QualityBy::Broker);
        Ok(QualityQuery { from, to, group_by, branch: input.branch.clone().filter(|code| !code.is_empty()) })
    }
}

/// Everything that is counted in one go.
#[derive(Clone, Debug, Default)]
pub struct Counted {
    /// All together.
    pub total: Quality,
    /// By broker.
    pub brokers: HashMap<Id, Quality>,
    /// By outlet; `None` without one.
    pub outlets: HashMap<Option<Id>, Quality>,
    /// By the Monday of the week.
    pub weeks: BTreeMap<NaiveDate, Quality>,
    /// By branch.
    pub branches: HashMap<Id, Quality>,
    /// The middle of the brokers' shares.
    pub middle: Option<f64>,
}

/// Whose follow-ups somebody may see counted: all of a branch, or the own ones beside the branch's middle.
#[derive(Clone, Copy, Debug)]
pub struct Scope {
    /// Whose prospects.
    pub reach: Reach,
    /// Only those follow-ups that are this broker's.
    pub only: Option<Id>,
}

impl Scope {
    /// What somebody may see; `branch` is the code of one within reach.
    ///
    /// # Errors
    /// `NotFound` for a branch out of reach.
    pub fn of(conn: &mut Conn, user: &CurrentUser, branch: Option<&str>) -> Result<Scope> {
        let reach = match branch {
            None => user.reach(),
            Some(code) => {
                let all = crate::people::store::branches_in_reach(conn, user.reach())?;
                let found = all.into_iter().find(|one| one.code == code).ok_or_else(Error::not_found)?;
                Reach::Branch(found.id)
            }
        };
        Ok(match user.reach() {
            // Of colleagues a broker learns the middle and nothing else.
            own @ Reach::Own { broker, .. } => Scope { reach: own, only: Some(broker) },
            _ => Scope { reach, only: None },
        })
    }
}

/// Counts, as of today in each branch.
///
/// # Errors
/// What the database says.
pub fn count(conn: &mut Conn, scope: Scope, days: &Days, from: NaiveDate, to: NaiveDate) -> Result<Counted> {
    let mut counted = Counted::default();
    sweep(conn, scope.reach, from, to, |branch, facts| {
        let Some(contact) = facts.contact.filter(|one| scope.only.is_none_or(|only| only == one.owner)) else { return };
        let (today, _) = days.of(branch);
        let add = |quality: &mut Quality| quality.add(facts.met_on, contact.outcome, today);
        add(&mut counted.total);
        add(counted.brokers.entry(contact.owner).or_default());
        add(counted.outlets.entry(facts.outlet).or_default());
        add(counted.weeks.entry(monday(facts.met_on)).or_default());
        // A broker's own are not the branch's.
        if scope.only.is_none() {
            add(counted.branches.entry(branch).or_default());
        }
    })?;
    counted.middle = match scope.reach {
        Reach::Own { branch, .. } => middle_of(&by_broker(conn, branch, days, from, to)?),
        Reach::All | Reach::Branch(_) => middle_of(&counted.brokers),
    };
    Ok(counted)
}

fn by_broker(conn: &mut Conn, branch: Id, days: &Days, from: NaiveDate, to: NaiveDate) -> Result<HashMap<Id, Quality>> {
    let mut all: HashMap<Id, Quality> = HashMap::new();
    sweep(conn, Reach::Branch(branch), from, to, |branch, facts| {
        if let Some(contact) = facts.contact {
            all.entry(contact.owner).or_default().add(facts.met_on, contact.outcome, days.of(branch).0);
        }
    })?;
    Ok(all)
}

fn middle_of(brokers: &HashMap<Id, Quality>) -> Option<f64> {
    let enough = brokers.values().filter(|one| one.counted >= FEWEST_PEOPLE);
    middle(enough.filter_map(|one| one.share))
}

/// A group and how well it did.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct QualityGroup {
    /// The id of the broker, outlet or branch; the week's Monday; `none` without a value.
    pub key: String,
    /// Its name; of a week its Monday.
    pub label: String,
    /// What was counted.
    #[serde(flatten)]
    pub quality: Quality,
}

/// What waits at a broker now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Waiting {
    /// Whose.
    pub broker_id: Id,
    /// Their name.
    pub name: String,
    /// Open and past the due date.
    pub overdue: i64,
    /// Open, due today or later.
    pub coming: i64,
}

/// How well people met in a period were followed up.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct QualityView {
    /// The first local date of a first meeting.
    pub from: NaiveDate,
    /// The last one.
    pub to: NaiveDate,
    /// By what.
    pub group_by: QualityBy,
    /// Weeks in their order; else the lowest share first.
    pub groups: Vec<QualityGroup>,
    /// All together.
    pub total: Quality,
    /// The middle of the shares of the branch's brokers with at least 5 counted; null over fewer than 3.
    pub median_share: Option<f64>,
    /// What waits now, by whom; a broker sees the own.
    pub waiting: Vec<Waiting>,
}

/// The groups of one grouping, named.
///
/// # Errors
/// What the database says.
pub fn groups(conn: &mut Conn, counted: &Counted, by: QualityBy, none: &str) -> Result<Vec<QualityGroup>> {
    let line = |key: String, label: String, quality: &Quality| QualityGroup { key, label, quality: *quality };
    let named = |names: &HashMap<Id, String>, id: &Id| names.get(id).cloned().unwrap_or_else(|| id.to_string());
    let mut groups: Vec<QualityGroup> = match by {
        QualityBy::Week => {
            return Ok(counted
                .weeks
                .iter()
                .map(|(monday, q)| line(monday.to_string(), monday.to_string(), q))
                .collect());
        }
        QualityBy::Broker => {
            let names = people(conn, counted.brokers.keys())?;
            counted.brokers.iter().map(|(id, q)| line(id.to_string(), named(&names, id), q)).collect()
        }
        QualityBy::Branch => {
            let names = branches::table.select((branches::id, branches::name)).load(conn)?.into_iter().collect();
            counted.branches.iter().map(|(id, q)| line(id.to_string(), named(&names, id), q)).collect()
        }
        QualityBy::Outlet => {
            let ids: Vec<Id> = counted.outlets.keys().flatten().copied().collect();
            let names = outlet_names(conn, &ids)?;
            let of = |(id, q): (&Option<Id>, &Quality)| match id {
                Some(id) => line(id.to_string(), named(&names, id), q),
                None => line("none".into(), none.to_owned(), q),
            };
            counted.outlets.iter().map(of).collect()
        }
    };
    let share = |group: &QualityGroup| group.quality.share.unwrap_or(2.0);
    groups.sort_by(|a, b| {
        share(a).total_cmp(&share(b)).then_with(|| a.label.cmp(&b.label)).then_with(|| a.key.cmp(&b.key))
    });
    Ok(groups)
}

/// Ids in one question; both databases take this many.
const AT_ONCE: usize = 10_000;

fn people<'a>(conn: &mut Conn, ids: impl Iterator<Item = &'a Id>) -> Result<HashMap<Id, String>> {
    let ids: Vec<Id> = ids.copied().collect();
    let mut names = HashMap::new();
    for some in ids.chunks(AT_ONCE) {
        let found: Vec<(Id, String)> =
            users::table.filter(users::id.eq_any(some)).select((users::id, users::name)).load(conn)?;
        names.extend(found);
    }
    Ok(names)
}

fn outlet_names(conn: &mut Conn, ids: &[Id]) -> Result<HashMap<Id, String>> {
    let mut names = HashMap::new();
    for some in ids.chunks(AT_ONCE) {
        let found: Vec<(Id, String)> =
            outlets::table.filter(outlets::id.eq_any(some)).select((outlets::id, outlets::name)).load(conn)?;
        names.extend(found);
    }
    Ok(names)
}

/// What is open now, by whom: the most overdue first. Of the head office's all branches nothing, since that is a page of its own.
///
/// # Errors
/// What the database says.
pub fn waiting(conn: &mut Conn, scope: Scope, days: &Days) -> Result<Vec<Waiting>> {
    if matches!(scope.reach, Reach::All) {
        return Ok(Vec::new());
    }
    let mut tallies = lists::tally_by_broker(conn, days)?;
    tallies.retain(|broker, tally| {
        (tally.overdue > 0 || tally.coming > 0) && scope.only.is_none_or(|only| only == *broker)
    });
    let names = people(conn, tallies.keys())?;
    let line = |(broker_id, tally): (Id, lists::Tally)| Waiting {
        broker_id,
        name: names.get(&broker_id).cloned().unwrap_or_default(),
        overdue: tally.overdue,
        coming: tally.coming,
    };
    let mut all: Vec<Waiting> = tallies.into_iter().map(line).collect();
    all.sort_by(|a, b| {
        b.overdue.cmp(&a.overdue).then_with(|| a.name.cmp(&b.name)).then_with(|| a.broker_id.cmp(&b.broker_id))
    });
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_without_a_beginning_has_whole_weeks() {
        let today = NaiveDate::from_ymd_opt(2026, 11, 22).expect("a date");
        let query = QualityQuery::parse(&QualityInput::default(), today).expect("a query");
        assert_eq!((query.from.to_string(), query.to), ("2026-08-24".to_owned(), today));
        assert_eq!(monday(query.from), query.from);
    }
}
