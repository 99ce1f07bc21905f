//! The shifts of a scope's days, and who stood where in the weeks before, in one statement.

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types::{Binary, Bool, Nullable, Timestamp};

use super::Scope;
use crate::db::schema::shifts;
use crate::db::{At, Conn, Id};
use crate::error::Result;
use crate::on_either;
use crate::people::store::Branch;
use crate::rota::shifts::Shift;
use crate::rota::warnings::{Stays, remembered};

/// Where, who, when; and of what stands on the days asked for also which shift, and its times.
type Row = (Id, Id, NaiveDate, Option<Id>, Option<At>, Option<At>, Option<bool>, Option<bool>);

/// The shifts by date, start and id; `past`: of whom it is asked who stood where.
///
/// # Errors
/// What the database says.
pub(super) fn read(
    conn: &mut Conn,
    branch: &Branch,
    scope: &Scope,
    past: Option<&Scope>,
) -> Result<(Vec<Shift>, Stays)> {
    let (mut standing, mut before) = (Vec::new(), Vec::new());
    for (outlet_id, broker_id, date, id, starts, ends, own_start, own_end) in rows(conn, branch, scope, past)? {
        if let (Some(id), Some((starts_at, ends_at))) = (id, starts.zip(ends)) {
            let (own_start, own_end) = (own_start == Some(true), own_end == Some(true));
            standing.push(Shift { id, outlet_id, broker_id, date, starts_at, ends_at, own_start, own_end });
        } else {
            before.push((outlet_id, broker_id, date));
        }
    }
    standing.sort_by_key(|s| (s.date, s.starts_at, s.id));
    before.sort_by_key(|(.., date)| *date);
    let mut stays = Stays::new(scope.from, &before);
    if past.is_some() {
        stays.go_on(standing.iter().map(|s| (s.outlet_id, s.broker_id, s.date)));
    }
    Ok((standing, stays))
}

fn rows(conn: &mut Conn, branch: &Branch, scope: &Scope, past: Option<&Scope>) -> Result<Vec<Row>> {
    use shifts as s;
    let (first, last) = remembered(scope.from, branch.rotation_weeks);
    Ok(on_either!(conn, conn, DB => {
        let mut standing = s::table
            .filter(s::branch_id.eq(branch.id).and(s::date.between(scope.from, scope.to)))
            .select((
                s::outlet_id,
                s::broker_id,
                s::date,
                s::id.nullable(),
                s::starts_at.nullable(),
                s::ends_at.nullable(),
                s::own_start.nullable(),
                s::own_end.nullable(),
            ))
            .into_boxed::<DB>();
        // Of some people at some outlets: wherever those people are, and whoever else is at those outlets.
        standing = match (&scope.brokers, &scope.outlets) {
            (Some(brokers), Some(outlets)) => {
                standing.filter(s::broker_id.eq_any(brokers).or(s::outlet_id.eq_any(outlets)))
            }
            (Some(brokers), None) => standing.filter(s::broker_id.eq_any(brokers)),
            (None, Some(outlets)) => standing.filter(s::outlet_id.eq_any(outlets)),
            (None, None) => standing,
        };
        let Some(past) = past else { return Ok(standing.load(conn)?) };
        let mut before = s::table
            .filter(s::branch_id.eq(branch.id).and(s::date.between(first, last)))
            .select((
                s::outlet_id,
                s::broker_id,
                s::date,
                None::<Id>.into_sql::<Nullable<Binary>>(),
                None::<At>.into_sql::<Nullable<Timestamp>>(),
                None::<At>.into_sql::<Nullable<Timestamp>>(),
                None::<bool>.into_sql::<Nullable<Bool>>(),
                None::<bool>.into_sql::<Nullable<Bool>>(),
            ))
            .into_boxed::<DB>();
        if let Some(outlets) = &past.outlets {
            before = before.filter(s::outlet_id.eq_any(outlets));
        }
        if let Some(brokers) = &past.brokers {
            before = before.filter(s::broker_id.eq_any(brokers));
        }
        standing.union_all(before).load(conn)?
    }))
}
