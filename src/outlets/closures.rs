//! Days on which an outlet is closed (停业), the first and the last included.

use chrono::NaiveDate;
use diesel::prelude::*;
use serde::Deserialize;
use serde_json::json;

use super::store::writable;
use crate::attendance::filter::date;
use crate::audit::{self, Subject};
use crate::db::schema::outlet_closures;
use crate::db::{Conn, Id, serialise};
use crate::error::{Faults, Result};
use crate::people::Caller;
use crate::text::{self, TextError};

/// The form as it was typed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ClosureInput {
    /// Made by the server with the form.
    pub id: String,
    /// The first day, `YYYY-MM-DD`.
    pub from: String,
    /// The last day; empty: the first alone.
    pub to: String,
    /// Why, at most 200 characters.
    pub reason: String,
}

/// A closure, checked.
#[derive(Debug, Clone)]
pub struct NewClosure {
    id: Id,
    from: NaiveDate,
    to: NaiveDate,
    reason: String,
}

impl NewClosure {
    /// Checks a form.
    ///
    /// # Errors
    /// By field.
    pub fn parse(input: &ClosureInput) -> Result<NewClosure> {
        let mut faults = Faults::new();
        let day = |text: &str| match text.trim() {
            "" => Err("required"),
            text => date(text),
        };
        let id = faults.take("id", input.id.parse::<Id>().map_err(|_| "required"));
        let from = faults.take("from", day(&input.from));
        let to = if input.to.trim().is_empty() { from } else { faults.take("to", day(&input.to)) };
        let reason = match text::clean_name(&input.reason, 200) {
            Err(TextError::Empty) => Some(String::new()),
            other => faults.take("reason", other.map_err(TextError::code)),
        };
        if let (Some(from), Some(to)) = (from, to)
            && to < from
        {
            faults.add("to", "before_start");
        }
        match (id, from, to, reason) {
            (Some(id), Some(from), Some(to), Some(reason)) if faults.is_empty() => {
                Ok(NewClosure { id, from, to, reason })
            }
            _ => Err(faults.into_error()),
        }
    }
}

/// Lists closed days; a form sent twice lists them once.
///
/// # Errors
/// As `store::writable`.
pub fn add(conn: &mut Conn, caller: &Caller, outlet: Id, new: &NewClosure) -> Result<()> {
    let branch = writable(conn, caller.user()?, outlet)?.branch_id;
    serialise(conn, outlet)?;
    let there: i64 = outlet_closures::table.filter(outlet_closures::id.eq(new.id)).count().get_result(conn)?;
    if there > 0 {
        return Ok(());
    }
    diesel::insert_into(outlet_closures::table)
        .values((
            outlet_closures::id.eq(new.id),
            outlet_closures::outlet_id.eq(outlet),
            outlet_closures::from_date.eq(new.from),
            outlet_closures::to_date.eq(new.to),
            outlet_closures::reason.eq(&new.reason),
        ))
        .execute(conn)?;
    let detail = json!({ "from": new.from, "to": new.to });
    audit::record(conn, caller, "outlet.close", Subject::new("outlet", outlet, Some(branch)), detail)
}

/// Takes closed days off the list; it does not matter whether somebody else was quicker.
///
/// # Errors
/// As `store::writable`.
pub fn remove(conn: &mut Conn, caller: &Caller, outlet: Id, id: Id) -> Result<()> {
    let branch = writable(conn, caller.user()?, outlet)?.branch_id;
    let of_outlet =
        outlet_closures::table.filter(outlet_closures::id.eq(id).and(outlet_closures::outlet_id.eq(outlet)));
    if diesel::delete(of_outlet).execute(conn)? > 0 {
        let subject = Subject::new("outlet", outlet, Some(branch));
        audit::record(conn, caller, "outlet.reopen", subject, json!({ "closure": id }))?;
    }
    Ok(())
}
