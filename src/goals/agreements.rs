//! Agreements (互惠指标): what a branch and an outlet, or a bank, promised each other for a period. Made and ended by the desk of the branch.

use chrono::NaiveDate;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::measure::{Promised, Side, Way};
use super::period::Period;
use super::settings::desk;
use super::targets::period_of;
use super::words;
use crate::audit::{self, Subject};
use crate::db::schema::{agreement_lines, agreements, banks, outlets};
use crate::db::{At, Conn, Id, serialise};
use crate::error::{Error, Faults, FieldError, Result};
use crate::keys::Keys;
use crate::outlets::bank_store;
use crate::people::{Caller, Reach};
use crate::requests::{self, Answer};
use crate::web::pagination::{List, Part};

/// The most promises of one agreement.
const LINES: usize = 14;

/// A promise as it is sent.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PromiseInput {
    /// Whose.
    #[schema(required, value_type = Side)]
    pub side: Option<String>,
    /// What.
    #[schema(required, value_type = Promised)]
    pub measure: Option<String>,
    /// Counted from our own records, or entered; left out: counted where we can.
    #[schema(value_type = Option<Way>)]
    pub way: Option<String>,
    /// How many; of deposits how many fen. Above 0.
    #[schema(required, value_type = i64, minimum = 1)]
    pub target: Option<i64>,
}

/// An agreement as it is sent: with an outlet or with a bank.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AgreementInput {
    /// Made by the client; sent again with the same body the first answer comes back.
    #[schema(required, value_type = Id)]
    pub id: Option<Id>,
    /// With which outlet.
    pub outlet_id: Option<Id>,
    /// Or with which bank as a whole, by name.
    pub bank: Option<String>,
    /// The first local date.
    #[schema(required, value_type = NaiveDate)]
    pub from: Option<String>,
    /// The last local date.
    #[schema(required, value_type = NaiveDate)]
    pub to: Option<String>,
    /// At most 500 characters.
    pub note: Option<String>,
    /// What was promised; each thing once a side.
    #[schema(required, value_type = Vec<PromiseInput>, min_items = 1, max_items = 14)]
    pub lines: Option<Vec<PromiseInput>>,
}

/// With whom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum Partner {
    /// One outlet.
    Outlet(Id),
    /// A bank, by its name.
    Bank(String),
}

/// A promise, checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Promise {
    /// Whose.
    pub side: Side,
    /// What.
    pub measure: Promised,
    /// How it is known what was done.
    pub way: Way,
    /// How many, or how many fen.
    pub target: i64,
}

/// An agreement, checked as far as that goes without the database.
#[derive(Clone, Debug, Serialize)]
pub struct NewAgreement {
    id: Id,
    partner: Partner,
    period: Period,
    note: String,
    lines: Vec<Promise>,
}

impl NewAgreement {
    /// Checks what was sent.
    ///
    /// # Errors
    /// By field; of a promise as `lines[2].target`.
    pub fn parse(input: &AgreementInput) -> Result<NewAgreement> {
        let mut faults = Faults::new();
        let id = faults.take("id", input.id.ok_or("required"));
        let bank = input.bank.as_deref().map(str::trim).filter(|name| !name.is_empty());
        let partner = match (input.outlet_id, bank) {
            (Some(outlet), None) => Ok(Partner::Outlet(outlet)),
            (None, Some(bank)) => Ok(Partner::Bank(bank.to_owned())),
            (None, None) => Err("required"),
            (Some(_), Some(_)) => Err("outlet_or_bank"),
        };
        let partner = faults.take("outlet_id", partner);
        let period = period_of(&mut faults, input.from.as_deref(), input.to.as_deref());
        let note = faults.take("note", words(input.note.as_deref()));
        let lines = promises(&mut faults, input.lines.as_deref().unwrap_or_default());
        match (id, partner, period, note) {
            (Some(id), Some(partner), Some(period), Some(note)) if faults.is_empty() => {
                Ok(NewAgreement { id, partner, period, note, lines })
            }
            _ => Err(faults.into_error()),
        }
    }
}

/// A word that must be there.
fn named(given: &Option<String>) -> std::result::Result<&str, &'static str> {
    given.as_deref().filter(|text| !text.is_empty()).ok_or("required")
}

fn promises(faults: &mut Faults, given: &[PromiseInput]) -> Vec<Promise> {
    match given.len() {
        0 => faults.add("lines", "required"),
        n if n > LINES => faults.add("lines", "too_many"),
        _ => {}
    }
    let mut all: Vec<Promise> = Vec::new();
    for (at, line) in given.iter().enumerate().take(LINES) {
        let field = |name: &str| format!("lines[{at}].{name}");
        let side = named(&line.side).and_then(|given| Side::parse(given).ok_or("unknown_value"));
        let side = faults.take(&field("side"), side);
        let measure = named(&line.measure).and_then(|given| Promised::parse(given).ok_or("unknown_value"));
        let measure = faults.take(&field("measure"), measure);
        let way = line.way.as_deref().filter(|text| !text.is_empty());
        let way = way.map(|given| Way::parse(given).ok_or("unknown_value")).transpose();
        let (Some(side), Some(measure), Some(way)) = (side, measure, faults.take(&field("way"), way)) else { continue };
        let can = measure.counted_as().is_some();
        let way = way.unwrap_or(if can { Way::Counted } else { Way::Entered });
        if way == Way::Counted && !can {
            faults.add(field("way"), "cannot_be_counted");
        }
        let within = |n: i64| if (1..=measure.most()).contains(&n) { Ok(n) } else { Err("out_of_range") };
        let target = faults.take(&field("target"), line.target.ok_or("required").and_then(within));
        if all.iter().any(|other| (other.side, other.measure) == (side, measure)) {
            faults.push(FieldError::new(field("measure"), "doubled_promise"));
        }
        all.extend(target.map(|target| Promise { side, measure, way, target }));
    }
    all
}

/// An agreement as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = agreements)]
pub struct Agreement {
    /// Its id.
    pub id: Id,
    /// Of which branch.
    pub branch_id: Id,
    /// With which outlet.
    pub outlet_id: Option<Id>,
    /// Or with which bank.
    pub bank_id: Option<Id>,
    /// The first local date.
    pub from_date: NaiveDate,
    /// The last local date.
    pub to_date: NaiveDate,
    /// Anything else.
    pub note: String,
    /// Who wrote it down.
    pub created_by: Id,
    /// When.
    pub created_at: At,
    /// Who ended it before its time.
    pub ended_by: Option<Id>,
    /// When.
    pub ended_at: Option<At>,
}

impl Agreement {
    /// Its period.
    pub fn period(&self) -> Period {
        Period { from: self.from_date, to: self.to_date }
    }
}

/// A promise as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = agreement_lines)]
pub struct Line {
    /// Its id.
    pub id: Id,
    /// Of which agreement.
    pub agreement_id: Id,
    /// Its place in it.
    pub number: i32,
    /// Whose.
    pub side: Side,
    /// What.
    pub measure: Promised,
    /// How it is known what was done.
    pub way: Way,
    /// How many, or how many fen.
    pub target: i64,
}

/// A promise that was written down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WrittenPromise {
    /// Its id.
    pub id: Id,
    /// Whose.
    pub side: Side,
    /// What.
    pub measure: Promised,
    /// How it is known what was done.
    pub way: Way,
    /// How many, or how many fen.
    pub target: i64,
}

/// An agreement that was written down, before anything was done for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Written {
    /// Its id.
    pub id: Id,
    /// Of which branch.
    pub branch_id: Id,
    /// With which outlet; null: with a bank as a whole.
    pub outlet_id: Option<Id>,
    /// The first local date.
    pub from: NaiveDate,
    /// The last local date.
    pub to: NaiveDate,
    /// Anything else.
    pub note: String,
    /// When it was written down.
    pub created_at: At,
    /// The promises, as they were sent.
    pub lines: Vec<WrittenPromise>,
}

/// Writes an agreement down once.
///
/// # Errors
/// `Forbidden` for who is not the desk of a branch; `NotFound` naming `outlet_id` or `bank`; `Conflict`: `agreement_exists` for one with the same partner and
/// period, `id_taken`.
pub fn create(conn: &mut Conn, keys: &Keys, caller: &Caller, new: &NewAgreement) -> Result<Answer<Written>> {
    let user = caller.user()?;
    let branch = desk(user)?.id;
    requests::once(conn, keys, caller, "agreement", new.id, new, |conn| {
        serialise(conn, branch)?;
        let (outlet_id, bank_id) = partner(conn, branch, &new.partner)?;
        let row = Agreement {
            id: new.id,
            branch_id: branch,
            outlet_id,
            bank_id,
            from_date: new.period.from,
            to_date: new.period.to,
            note: new.note.clone(),
            created_by: user.id,
            created_at: caller.now,
            ended_by: None,
            ended_at: None,
        };
        if standing(conn, &row)? {
            return Err(Error::Conflict("agreement_exists"));
        }
        diesel::insert_into(agreements::table).values(&row).execute(conn)?;
        let mut lines = Vec::new();
        for (number, promise) in (1..).zip(&new.lines) {
            let (id, Promise { side, measure, way, target }) = (Id::new(), *promise);
            let line = Line { id, agreement_id: row.id, number, side, measure, way, target };
            diesel::insert_into(agreement_lines::table).values(&line).execute(conn)?;
            lines.push(WrittenPromise { id, side, measure, way, target });
        }
        let detail = serde_json::json!({
            "outlet": row.outlet_id, "bank": row.bank_id, "period": new.period.text(), "promises": new.lines,
        });
        audit::record(conn, caller, "agreement.create", Subject::new("agreement", row.id, Some(branch)), detail)?;
        Ok(Written {
            id: row.id,
            branch_id: branch,
            outlet_id: row.outlet_id,
            from: row.from_date,
            to: row.to_date,
            note: row.note,
            created_at: row.created_at,
            lines,
        })
    })
}

fn partner(conn: &mut Conn, branch: Id, partner: &Partner) -> Result<(Option<Id>, Option<Id>)> {
    match partner {
        Partner::Outlet(id) => {
            let there = outlets::table.filter(outlets::id.eq(id).and(outlets::branch_id.eq(branch)));
            let there: i64 = there.count().get_result(conn)?;
            if there > 0 { Ok((Some(*id), None)) } else { Err(Error::NotFound(Some("outlet_id"))) }
        }
        Partner::Bank(name) => {
            let bank = bank_store::find(conn, name)?.ok_or(Error::NotFound(Some("bank")))?;
            // A bank with which the branch has no outlet promises it nothing.
            let there = outlets::table.filter(outlets::bank_id.eq(bank).and(outlets::branch_id.eq(branch)));
            let there: i64 = there.count().get_result(conn)?;
            if there > 0 { Ok((None, Some(bank))) } else { Err(Error::NotFound(Some("bank"))) }
        }
    }
}

/// Whether there is another that stands with the same partner for the same period.
fn standing(conn: &mut Conn, row: &Agreement) -> Result<bool> {
    let mut query = agreements::table
        .filter(agreements::branch_id.eq(row.branch_id).and(agreements::ended_at.is_null()))
        .filter(agreements::to_date.eq(row.to_date).and(agreements::from_date.eq(row.from_date)))
        .into_boxed();
    query = match (row.outlet_id, row.bank_id) {
        (Some(outlet), _) => query.filter(agreements::outlet_id.eq(outlet)),
        (None, bank) => query.filter(agreements::bank_id.eq(bank)),
    };
    let count: i64 = query.count().get_result(conn)?;
    Ok(count > 0)
}

/// An agreement in reach. Brokers have no part in them.
///
/// # Errors
/// `NotFound` out of reach.
pub fn find(conn: &mut Conn, reach: Reach, id: Id) -> Result<Agreement> {
    let mut query = agreements::table.filter(agreements::id.eq(id)).select(Agreement::as_select()).into_boxed();
    match reach {
        Reach::All => {}
        Reach::Branch(branch) => query = query.filter(agreements::branch_id.eq(branch)),
        Reach::Own { .. } => return Err(Error::not_found()),
    }
    Ok(query.first(conn)?)
}

/// An agreement of the desk's own branch, held until the transaction ends.
///
/// # Errors
/// `NotFound` out of reach; `Forbidden` for who only reads.
pub fn writable(conn: &mut Conn, caller: &Caller, id: Id) -> Result<Agreement> {
    let user = caller.user()?;
    find(conn, user.reach(), id)?;
    desk(user)?;
    serialise(conn, id)?;
    // Again, now that nobody else can end it.
    find(conn, user.reach(), id)
}

/// `writable`, and not ended.
///
/// # Errors
/// As `writable`; `Conflict("agreement_ended")`.
pub fn open(conn: &mut Conn, caller: &Caller, id: Id) -> Result<Agreement> {
    let row = writable(conn, caller, id)?;
    if row.ended_at.is_some() { Err(Error::Conflict("agreement_ended")) } else { Ok(row) }
}

/// Ends an agreement before its time: it is kept, and asks for nothing any more. Ended twice it is ended once.
///
/// # Errors
/// As `writable`.
pub fn end(conn: &mut Conn, caller: &Caller, id: Id) -> Result<()> {
    let row = writable(conn, caller, id)?;
    if row.ended_at.is_some() {
        return Ok(());
    }
    let by = caller.user()?.id;
    diesel::update(agreements::table.find(id))
        .set((agreements::ended_at.eq(caller.now), agreements::ended_by.eq(by)))
        .execute(conn)?;
    super::misses::settle(conn, id, caller.now)?;
    let subject = Subject::new("agreement", id, Some(row.branch_id));
    audit::record(conn, caller, "agreement.end", subject, serde_json::json!({}))
}

/// The promises of agreements, in their order.
///
/// # Errors
/// What the database says.
pub fn lines(conn: &mut Conn, of: &[Id]) -> Result<Vec<Line>> {
    Ok(agreement_lines::table
        .filter(agreement_lines::agreement_id.eq_any(of))
        .order((agreement_lines::agreement_id, agreement_lines::side, agreement_lines::number))
        .select(Line::as_select())
        .load(conn)?)
}

/// The standing agreements with an outlet, the latest first.
///
/// # Errors
/// What the database says.
pub fn of_outlet(conn: &mut Conn, branch: Id, outlet: Id) -> Result<Vec<Agreement>> {
    Ok(agreements::table
        .filter(agreements::outlet_id.eq(outlet).and(agreements::branch_id.eq(branch)))
        .filter(agreements::ended_at.is_null())
        .order((agreements::to_date.desc(), agreements::id.desc()))
        .limit(50)
        .select(Agreement::as_select())
        .load(conn)?)
}

/// The agreements of a branch that stand and end on `since` or later, those that end first coming first.
///
/// # Errors
/// What the database says.
pub fn standing_since(conn: &mut Conn, branch: Id, since: NaiveDate) -> Result<Vec<Agreement>> {
    Ok(agreements::table
        .filter(agreements::branch_id.eq(branch).and(agreements::to_date.ge(since)))
        .filter(agreements::ended_at.is_null())
        .order((agreements::to_date, agreements::id))
        .select(Agreement::as_select())
        .load(conn)?)
}

/// The names of outlets and of banks.
///
/// # Errors
/// What the database says.
pub fn names(conn: &mut Conn, all: &[Agreement]) -> Result<std::collections::HashMap<Id, String>> {
    let places: Vec<Id> = all.iter().filter_map(|one| one.outlet_id).collect();
    let of_banks: Vec<Id> = all.iter().filter_map(|one| one.bank_id).collect();
    let mut names: Vec<(Id, String)> =
        outlets::table.filter(outlets::id.eq_any(places)).select((outlets::id, outlets::name)).load(conn)?;
    let found: Vec<(Id, String)> =
        banks::table.filter(banks::id.eq_any(of_banks)).select((banks::id, banks::name)).load(conn)?;
    names.extend(found);
    Ok(names.into_iter().collect())
}

/// Agreements of a branch, ended ones too, by the last day of their period.
///
/// # Errors
/// What the database says.
pub fn list(
    conn: &mut Conn,
    branch: Id,
    (from, to): (Option<NaiveDate>, Option<NaiveDate>),
    outlet: Option<Id>,
    part: &Part<(NaiveDate, Id)>,
) -> Result<List<Agreement>> {
    let mut query =
        agreements::table.filter(agreements::branch_id.eq(branch)).select(Agreement::as_select()).into_boxed();
    if let Some(from) = from {
        query = query.filter(agreements::to_date.ge(from));
    }
    if let Some(to) = to {
        query = query.filter(agreements::from_date.le(to));
    }
    if let Some(outlet) = outlet {
        query = query.filter(agreements::outlet_id.eq(outlet));
    }
    if let Some((day, id)) = part.after {
        query = query.filter(agreements::to_date.gt(day).or(agreements::to_date.eq(day).and(agreements::id.gt(id))));
    }
    let rows: Vec<Agreement> = query.order((agreements::to_date, agreements::id)).limit(part.limit + 1).load(conn)?;
    part.list(rows, |row| (row.to_date, row.id), |row| row)
}
