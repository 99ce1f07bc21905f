//! The import of calendar days. Key: the date, within the branch or within what holds for all. A day without a word on whether it is worked
//! is as good as unlisted and leaves what is there.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;

use super::cells::{self, put, put_text};
use super::run::{Findings, Plan, Terms};
use super::table::Table;
use super::values;
use crate::calendar::store::{self, Day};
use crate::db::Conn;
use crate::error::Result;

/// Plans a table of days.
///
/// # Errors
/// What the database says.
pub fn plan(conn: &mut Conn, terms: &Terms, table: &Table) -> Result<Plan> {
    let branch = terms.branch.as_ref().map(|b| b.id);
    let kept: HashMap<NaiveDate, Day> = store::days(conn, branch, None)?.into_iter().map(|d| (d.date, d)).collect();
    let mut findings = Findings::default();
    let mut seen = HashSet::new();
    let mut days = Vec::new();
    let mut counted = Vec::new();
    for row in &table.rows {
        if findings.is_faulty(row) {
            continue;
        }
        let before = findings.errors.len();
        let date = findings.take(table.value(row, "date", values::date));
        let worked = findings.take(table.value(row, "is_workday", values::yes_no));
        let name = findings.take(cells::line(table, row, "name", 60));
        let Some(date) = date else {
            if findings.errors.len() == before {
                findings.errors.push(table.at(row, "date", "required"));
            }
            continue;
        };
        if !seen.insert(date) {
            findings.errors.push(table.at(row, "date", "doubled_key"));
        }
        let there = kept.get(&date);
        let mut changes = Vec::new();
        let is_new = there.is_none() && worked.is_some();
        if let Some(is_workday) = worked.or_else(|| there.map(|d| d.is_workday)) {
            let mut day = there.cloned().unwrap_or(Day { date, is_workday, name: String::new() });
            put(&mut day.is_workday, worked, "is_workday", &mut changes, ToString::to_string);
            put_text(&mut day.name, name, "name", &mut changes);
            if is_new || !changes.is_empty() {
                days.push(day);
            }
        }
        counted.push((row.number, date.to_string(), is_new, changes));
    }
    let mut plan =
        Plan::new(findings, move |conn, _| days.iter().try_for_each(|day| store::put_day(conn, branch, day)));
    for (row, title, is_new, changes) in counted {
        plan.count(row, title, is_new, changes);
    }
    Ok(plan)
}
