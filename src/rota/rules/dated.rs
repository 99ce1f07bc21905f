//! Everything dated that bears on a rota, in one statement: which days are worked and which were published, when outlets are closed or open at other hours,
//! who is away and who is not welcome where.

use chrono::NaiveDate;
use diesel::dsl::case_when;
use diesel::prelude::*;
use diesel::sql_types::{Binary, Nullable, Text};

use super::{Leaves, Published, Scope, Unwelcome};
use crate::attendance::hours::{Closure, Special};
use crate::calendar::workdays::{CalendarDay, Workdays};
use crate::db::schema::{
    calendar_days, leaves, outlet_closures, outlet_special_hours, outlets, rota_publications, unwelcome,
};
use crate::db::{Conn, Id, word};
use crate::error::{Error, Result};
use crate::on_either;
use crate::outlets::record::hours_of;

/// What is said of the days of a scope.
#[derive(Default)]
pub(super) struct Dated {
    pub workdays: Workdays,
    pub published: Published,
    pub closures: Vec<(Id, Closure)>,
    pub specials: Vec<(Id, Special)>,
    pub leaves: Leaves,
    pub unwelcome: Unwelcome,
}

/// What is said, of which branch or outlet, of which broker, from when, until when if that is known, and between which hours.
type Row = (String, Option<Id>, Option<Id>, NaiveDate, Option<NaiveDate>, Option<String>, Option<String>);

impl Dated {
    /// Reads it.
    ///
    /// # Errors
    /// What the database says.
    pub fn read(conn: &mut Conn, branch: Id, scope: &Scope) -> Result<Dated> {
        let mut dated = Dated::default();
        let (mut general, mut own, mut published) = (Vec::new(), Vec::new(), Vec::new());
        for (what, about, broker, from, to, opens, closes) in rows(conn, branch, scope)? {
            let last = to.unwrap_or(from);
            match (what.as_str(), about, broker, opens.zip(closes)) {
                ("work" | "rest", of, ..) => {
                    let day = CalendarDay { date: from, is_workday: Some(what == "work") };
                    if of.is_some() { own.push(day) } else { general.push(day) }
                }
                ("published", ..) => published.push((from, last)),
                ("closed", Some(outlet), ..) => dated.closures.push((outlet, Closure { first: from, last })),
                ("hours", Some(outlet), _, Some((opens, closes))) => {
                    dated.specials.push((outlet, Special { date: from, hours: hours_of(&opens, &closes)? }));
                }
                ("leave", _, Some(broker), _) => dated.leaves.entry(broker).or_default().push((from, last)),
                ("unwelcome", Some(outlet), Some(broker), _) => {
                    dated.unwelcome.entry((outlet, broker)).or_default().push((from, to));
                }
                _ => return Err(Error::internal(format!("nothing known says {what} of a day"))),
            }
        }
        dated.workdays = Workdays::new(general, own);
        dated.published = published.into_iter().collect();
        Ok(dated)
    }
}

fn rows(conn: &mut Conn, branch: Id, scope: &Scope) -> Result<Vec<Row>> {
    let Scope { from, to, brokers, outlets: places, .. } = scope;
    let nobody = || None::<Id>.into_sql::<Nullable<Binary>>();
    let always = || None::<String>.into_sql::<Nullable<Text>>();
    Ok(on_either!(conn, conn, DB => {
        let calendar = {
            use calendar_days as c;
            let worked = case_when(c::is_workday, word("work")).otherwise(word("rest"));
            c::table
                .filter(c::date.between(from, to).and(c::branch_id.is_null().or(c::branch_id.eq(branch))))
                .select((worked, c::branch_id, nobody(), c::date, c::date.nullable(), always(), always()))
        };
        let published = {
            use rota_publications as p;
            p::table
                .filter(p::branch_id.eq(branch).and(p::to_date.ge(from)).and(p::from_date.le(to)))
                .select((word("published"), nobody(), nobody(), p::from_date, p::to_date.nullable(), always(), always()))
        };
        let mut closures = {
            use outlet_closures as c;
            c::table
                .inner_join(outlets::table)
                .filter(outlets::branch_id.eq(branch).and(c::from_date.le(to)).and(c::to_date.ge(from)))
                .select((word("closed"), c::outlet_id.nullable(), nobody(), c::from_date, c::to_date.nullable(), always(), always()))
                .into_boxed::<DB>()
        };
        let mut specials = {
            use outlet_special_hours as s;
            s::table
                .inner_join(outlets::table)
                .filter(outlets::branch_id.eq(branch).and(s::date.between(from, to)))
                .select((
                    word("hours"),
                    s::outlet_id.nullable(),
                    nobody(),
                    s::date,
                    s::date.nullable(),
                    s::opens.nullable(),
                    s::closes.nullable(),
                ))
                .into_boxed::<DB>()
        };
        let mut away = {
            use leaves as l;
            l::table
                .filter(l::branch_id.eq(branch).and(l::state.eq("approved")))
                .filter(l::to_date.ge(from).and(l::from_date.le(to)))
                .select((word("leave"), nobody(), l::broker_id.nullable(), l::from_date, l::to_date.nullable(), always(), always()))
                .into_boxed::<DB>()
        };
        let mut shunned = {
            use unwelcome as u;
            u::table
                .filter(u::branch_id.eq(branch).and(u::from_date.le(to)))
                .filter(u::to_date.is_null().or(u::to_date.ge(from)))
                .select((
                    word("unwelcome"),
                    u::outlet_id.nullable(),
                    u::broker_id.nullable(),
                    u::from_date,
                    u::to_date,
                    always(),
                    always(),
                ))
                .into_boxed::<DB>()
        };
        if let Some(only) = places {
            closures = closures.filter(outlet_closures::outlet_id.eq_any(only));
            specials = specials.filter(outlet_special_hours::outlet_id.eq_any(only));
        }
        if let Some(only) = brokers {
            away = away.filter(leaves::broker_id.eq_any(only));
            shunned = shunned.filter(unwelcome::broker_id.eq_any(only));
        }
        calendar.union_all(published).union_all(closures).union_all(specials).union_all(away).union_all(shunned).load(conn)?
    }))
}
