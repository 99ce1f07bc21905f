//! Agreements (互惠指标): what a branch and an outlet, or a bank, promised each other for a period. Made and ended by the desk of the branch.

mod input;
mod listed;

use chrono::NaiveDate;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use self::input::{AgreementInput, NewAgreement, Partner, Promise, PromiseInput};
pub use self::listed::{list, names, of_bank, of_outlet, standing_since};
use super::measure::{Promised, Side, Way};
use super::period::Period;
use super::settings::desk;
use crate::audit::{self, Subject};
use crate::db::schema::{agreement_lines, agreements, outlets};
use crate::db::{At, Conn, Id, serialise};
use crate::error::{Error, Result};
use crate::keys::Keys;
use crate::outlets::bank_store;
use crate::people::{Caller, Reach};
use crate::requests::{self, Answer};

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
