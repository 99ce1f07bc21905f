//! Facts from history itself: of months that changed since they were packed or never were, of a broker's own people, and for who packs.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use diesel::prelude::*;

use super::facts::{Contact, Facts, Now, Outcome, Path};
use super::segment::{self, Month};
use crate::calendar::months::first_day;
use crate::db::schema::{follow_ups, prospects, stage_changes};
use crate::db::{At, Conn, Id};
use crate::error::Result;
use crate::prospects::kinds::Source;
use crate::prospects::lost::LostReason;
use crate::prospects::stage::Stage;

/// Whose prospects are counted.
#[derive(Clone, Copy)]
pub enum Of<'a> {
    /// All of branches.
    Branches(&'a [Id]),
    /// A broker's own.
    Broker(Id),
}

/// A prospect's own columns.
type Person = (Id, Id, NaiveDate, Option<Id>, Id, Source);

/// Where it stands: the stage, since when, why it was lost, whether the record is still used.
type Stands = (Stage, At, Option<LostReason>, String);

/// Its first follow-up.
type First = (Id, Option<At>, Option<NaiveDate>, Option<At>);

/// All of that, with one of its changes.
type Row = (Person, Stands, (Stage, At), Option<First>);

/// Counts from history, a month of a branch at a time, as if it were packed.
///
/// # Errors
/// What the database says.
pub fn count(
    conn: &mut Conn,
    of: Of<'_>,
    from: NaiveDate,
    to: NaiveDate,
    mut each: impl FnMut(Id, &Month<'_>),
) -> Result<()> {
    let mut all: BTreeMap<(Id, NaiveDate), Vec<Facts>> = BTreeMap::new();
    history(conn, of, from, to, |branch, one| all.entry((branch, first_day(one.met_on))).or_default().push(one))?;
    for ((branch, first), facts) in all {
        if let Some(month) = Month::of(&segment::pack(&facts), first) {
            each(branch, &month);
        }
    }
    Ok(())
}

/// Reads history: each prospect's branch and facts.
///
/// # Errors
/// What the database says.
pub fn history(
    conn: &mut Conn,
    of: Of<'_>,
    from: NaiveDate,
    to: NaiveDate,
    mut each: impl FnMut(Id, Facts),
) -> Result<()> {
    let first = follow_ups::prospect_id.eq(prospects::id).and(follow_ups::number.eq(1));
    let mut query = prospects::table
        .inner_join(stage_changes::table)
        .left_join(follow_ups::table.on(first))
        .filter(prospects::met_on.between(from, to).and(prospects::merged_into.is_null()))
        .order((prospects::id, stage_changes::number))
        .select((
            (
                prospects::id,
                prospects::branch_id,
                prospects::met_on,
                prospects::outlet_id,
                prospects::met_by,
                prospects::source,
            ),
            (prospects::stage, prospects::stage_at, prospects::lost_reason, prospects::state),
            (stage_changes::to_stage, stage_changes::at),
            (follow_ups::broker_id, follow_ups::kept_at, follow_ups::kept_on, follow_ups::waived_at).nullable(),
        ))
        .into_boxed();
    query = match of {
        Of::Branches(branches) => query.filter(prospects::branch_id.eq_any(branches)),
        Of::Broker(broker) => query.filter(prospects::broker_id.eq(broker)),
    };
    let rows: Vec<Row> = query.load(conn)?;
    for one in rows.chunk_by(|a, b| a.0.0 == b.0.0) {
        let (branch, facts) = facts(one);
        each(branch, facts);
    }
    Ok(())
}

/// Of one prospect, whose rows differ in their changes alone.
fn facts(rows: &[Row]) -> (Id, Facts) {
    let ((_, branch, met_on, outlet, met_by, source), (stage, since, lost, state), _, first) = &rows[0];
    let path = Path::of(rows.iter().map(|(_, _, (stage, at), _)| (*stage, *at)));
    let now = match stage {
        Stage::Lost => Now::Lost(*lost),
        _ if state == "erased" => Now::Erased,
        stage => Now::At(*stage, since.utc().timestamp()),
    };
    let contact = first.as_ref().map(|(owner, kept_at, kept_on, waived_at)| Contact {
        owner: *owner,
        outcome: Outcome::of(*met_on, kept_at.zip(*kept_on), *waived_at),
    });
    (*branch, Facts { met_on: *met_on, outlet: *outlet, met_by: *met_by, source: *source, path, now, contact })
}
