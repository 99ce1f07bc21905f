//! Targets as they are kept: whose, for which period, of what, how many. Set by the desk of the branch.

mod listed;
mod many;

use chrono::NaiveDate;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use self::listed::{Filter, list, of_period, one, periods_around};
pub use self::many::{Cell, Copied, CopyInput, NewCopy, Put, Slot, copy, put};
use super::measure::Measure;
use super::period::Period;
use super::settings::{Tier, desk};
use crate::attendance::filter::date;
use crate::audit::{self, Subject as AuditSubject};
use crate::db::schema::{outlets, targets, users};
use crate::db::{At, Conn, Id, serialise};
use crate::error::{Error, Faults, FieldError, Result};
use crate::keys::Keys;
use crate::people::{Caller, Role};
use crate::requests::{self, Answer};
use crate::text;

/// The longest grade.
const GRADE: usize = 20;

crate::text_enum! {
    /// What a target is for.
    #[derive(PartialOrd, Ord)]
    pub enum Subject: Text {
        /// The branch as a whole.
        Branch = "branch",
        /// One outlet.
        Outlet = "outlet",
        /// One broker.
        Broker = "broker",
        /// Each outlet of a grade that has no target of its own.
        Grade = "grade",
        /// Each broker of a tier that has no target of their own.
        Tier = "tier",
    }
}

impl Subject {
    /// Reads whom it names: an id, a grade, a tier; nothing for the branch.
    ///
    /// # Errors
    /// The code of what is wrong.
    pub fn member(self, given: Option<&str>) -> std::result::Result<String, &'static str> {
        let given = given.map(str::trim).filter(|text| !text.is_empty());
        match (self, given) {
            (Subject::Branch, None) => Ok(String::new()),
            (Subject::Branch, Some(_)) => Err("not_here"),
            (_, None) => Err("required"),
            (Subject::Outlet | Subject::Broker, Some(given)) => {
                given.parse::<Id>().map(|id| id.to_string()).map_err(|_| "wrong_type")
            }
            (Subject::Grade, Some(given)) => text::clean_name(given, GRADE).map_err(text::TextError::code),
            (Subject::Tier, Some(given)) => Tier::parse(given).map(|tier| tier.to_string()).ok_or("unknown_value"),
        }
    }
}

/// A target as it is sent.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TargetInput {
    /// Made by the client; sent again with the same body the first answer comes back.
    #[schema(required, value_type = Id)]
    pub id: Option<Id>,
    /// What it is for.
    #[schema(required, value_type = Subject)]
    pub subject: Option<String>,
    /// The id of the outlet or broker, the grade as outlets have it, or the tier; left out for the branch.
    pub member: Option<String>,
    /// The first local date.
    #[schema(required, value_type = NaiveDate)]
    pub from: Option<String>,
    /// The last local date.
    #[schema(required, value_type = NaiveDate)]
    pub to: Option<String>,
    /// What is counted.
    #[schema(required, value_type = Measure)]
    pub measure: Option<String>,
    /// How many; for a share how many per cent. Above 0.
    #[schema(required, value_type = i64, minimum = 1)]
    pub value: Option<i64>,
}

/// A target, checked as far as that goes without the database.
#[derive(Clone, Debug, Serialize)]
pub struct NewTarget {
    id: Id,
    subject: Subject,
    member: String,
    period: Period,
    measure: Measure,
    value: i64,
}

/// A number that a target may have.
///
/// # Errors
/// `value`: `out_of_range`.
pub fn within(measure: Measure, value: i64) -> std::result::Result<i64, FieldError> {
    FieldError::within("value", value, 1..=measure.most())
}

/// Two dates as a period.
pub fn period_of(faults: &mut Faults, from: Option<&str>, to: Option<&str>) -> Option<Period> {
    let from = faults.take("from", from.ok_or("required").and_then(date));
    let to = faults.take("to", to.ok_or("required").and_then(date));
    faults.take("to", Period::new(from?, to?))
}

impl NewTarget {
    /// Checks what was sent.
    ///
    /// # Errors
    /// By field.
    pub fn parse(input: &TargetInput) -> Result<NewTarget> {
        let mut faults = Faults::new();
        let id = faults.take("id", input.id.ok_or("required"));
        let subject = input.subject.as_deref().ok_or("required");
        let subject = faults.take("subject", subject.and_then(|given| Subject::parse(given).ok_or("unknown_value")));
        let member = subject.and_then(|subject| faults.take("member", subject.member(input.member.as_deref())));
        let period = period_of(&mut faults, input.from.as_deref(), input.to.as_deref());
        let measure = input.measure.as_deref().ok_or("required");
        let measure = faults.take("measure", measure.and_then(|given| Measure::parse(given).ok_or("unknown_value")));
        let value = faults.take("value", input.value.ok_or("required"));
        let value = measure.and_then(|measure| within(measure, value?).map_err(|fault| faults.push(fault)).ok());
        match (id, subject, member, period, measure, value) {
            (Some(id), Some(subject), Some(member), Some(period), Some(measure), Some(value)) => {
                Ok(NewTarget { id, subject, member, period, measure, value })
            }
            _ => Err(faults.into_error()),
        }
    }
}

/// A target, as it is kept and as the API shows it.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable, Insertable, Serialize, Deserialize, ToSchema)]
#[diesel(table_name = targets)]
pub struct Target {
    /// Its id.
    pub id: Id,
    /// Of which branch.
    pub branch_id: Id,
    /// The first local date.
    #[serde(rename = "from")]
    pub from_date: NaiveDate,
    /// The last local date.
    #[serde(rename = "to")]
    pub to_date: NaiveDate,
    /// What it is for.
    pub subject: Subject,
    /// The id of the outlet or broker, the grade, the tier; empty for the branch.
    pub member: String,
    /// What is counted.
    pub measure: Measure,
    /// How many; for a share how many per cent.
    pub value: i64,
    /// Who set it last.
    pub set_by: Id,
    /// When.
    pub set_at: At,
}

impl Target {
    /// Its period.
    pub fn period(&self) -> Period {
        Period { from: self.from_date, to: self.to_date }
    }
}

/// What makes a target the only one of its kind.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    /// Of which period.
    pub period: Period,
    /// What it is for.
    pub subject: Subject,
    /// Whom.
    pub member: String,
    /// What is counted.
    pub measure: Measure,
}

/// The target of a key, if there is one.
///
/// # Errors
/// What the database says.
pub fn find(conn: &mut Conn, branch: Id, key: &Key) -> Result<Option<Target>> {
    Ok(targets::table
        .filter(targets::branch_id.eq(branch))
        .filter(targets::from_date.eq(key.period.from).and(targets::to_date.eq(key.period.to)))
        .filter(targets::subject.eq(key.subject).and(targets::member.eq(&key.member)))
        .filter(targets::measure.eq(key.measure))
        .select(Target::as_select())
        .first(conn)
        .optional()?)
}

/// Makes sure that whom a target names is of the branch.
fn known(conn: &mut Conn, branch: Id, subject: Subject, member: &str) -> Result<()> {
    let id = || member.parse::<Id>().map_err(|_| Error::field("member", "wrong_type"));
    let count: i64 = match subject {
        Subject::Branch | Subject::Grade | Subject::Tier => return Ok(()),
        Subject::Outlet => {
            outlets::table.filter(outlets::id.eq(id()?).and(outlets::branch_id.eq(branch))).count().get_result(conn)?
        }
        Subject::Broker => users::table
            .filter(users::id.eq(id()?).and(users::branch_id.eq(branch)).and(users::role.eq(Role::Broker)))
            .count()
            .get_result(conn)?,
    };
    if count > 0 { Ok(()) } else { Err(Error::NotFound(Some("member"))) }
}

/// Sets a target once.
///
/// # Errors
/// `Forbidden` for who is not the desk of a branch; `NotFound` naming `member`; `Conflict`: `target_exists`, `id_taken`.
pub fn create(conn: &mut Conn, keys: &Keys, caller: &Caller, new: &NewTarget) -> Result<Answer<Target>> {
    let branch = desk(caller.user()?)?.id;
    requests::once(conn, keys, caller, "target", new.id, new, |conn| {
        serialise(conn, branch)?;
        known(conn, branch, new.subject, &new.member)?;
        let key = Key { period: new.period, subject: new.subject, member: new.member.clone(), measure: new.measure };
        if find(conn, branch, &key)?.is_some() {
            return Err(Error::Conflict("target_exists"));
        }
        insert(conn, caller, branch, new.id, &key, new.value)
    })
}

fn insert(conn: &mut Conn, caller: &Caller, branch: Id, id: Id, key: &Key, value: i64) -> Result<Target> {
    let row = Target {
        id,
        branch_id: branch,
        from_date: key.period.from,
        to_date: key.period.to,
        subject: key.subject,
        member: key.member.clone(),
        measure: key.measure,
        value,
        set_by: caller.user()?.id,
        set_at: caller.now,
    };
    diesel::insert_into(targets::table).values(&row).execute(conn)?;
    let subject = AuditSubject::new("target", id, Some(branch));
    audit::record(conn, caller, "target.create", subject, told(&row, None))?;
    Ok(row)
}

/// What the trail says of a target.
fn told(row: &Target, before: Option<i64>) -> serde_json::Value {
    serde_json::json!({
        "subject": row.subject, "member": row.member, "period": row.period().text(), "measure": row.measure,
        "value": row.value, "before": before,
    })
}

/// A target that the desk may change.
fn writable(conn: &mut Conn, caller: &Caller, id: Id) -> Result<Target> {
    let user = caller.user()?;
    let row = one(conn, user.reach(), id)?;
    let own = desk(user)?.id;
    serialise(conn, own)?;
    if row.branch_id == own { Ok(row) } else { Err(Error::Forbidden) }
}

/// Another number for a target.
///
/// # Errors
/// `NotFound` out of reach; `Forbidden` for who is not the desk of its branch; `value`: `out_of_range`.
pub fn change(conn: &mut Conn, caller: &Caller, id: Id, value: i64) -> Result<Target> {
    let mut row = writable(conn, caller, id)?;
    within(row.measure, value)?;
    if row.value != value {
        rewrite(conn, caller, &mut row, value)?;
    }
    Ok(row)
}

fn rewrite(conn: &mut Conn, caller: &Caller, row: &mut Target, value: i64) -> Result<()> {
    let before = std::mem::replace(&mut row.value, value);
    (row.set_by, row.set_at) = (caller.user()?.id, caller.now);
    diesel::update(targets::table.find(row.id))
        .set((targets::value.eq(value), targets::set_by.eq(row.set_by), targets::set_at.eq(row.set_at)))
        .execute(conn)?;
    let subject = AuditSubject::new("target", row.id, Some(row.branch_id));
    audit::record(conn, caller, "target.change", subject, told(row, Some(before)))
}

/// Takes a target away; its id answers 410 from then on.
///
/// # Errors
/// `NotFound` out of reach; `Forbidden` for who is not the desk of its branch.
pub fn remove(conn: &mut Conn, caller: &Caller, id: Id) -> Result<()> {
    let row = writable(conn, caller, id)?;
    drop_row(conn, caller, &row)
}

fn drop_row(conn: &mut Conn, caller: &Caller, row: &Target) -> Result<()> {
    diesel::delete(targets::table.find(row.id)).execute(conn)?;
    requests::forget(conn, row.id, caller.now)?;
    let subject = AuditSubject::new("target", row.id, Some(row.branch_id));
    audit::record(conn, caller, "target.remove", subject, told(row, None))
}
