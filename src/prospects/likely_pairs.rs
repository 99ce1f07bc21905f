//! Pairs of records in reach that may be one person: the same number, or the same name where one of the two has no number.

use diesel::dsl::{count_star, max};
use diesel::prelude::*;

use super::store::{Prospect, shown};
use crate::db::schema::{prospects, users};
use crate::db::{Conn, Id, plan_for_each};
use crate::error::Result;
use crate::keys::Keys;
use crate::language::Lang;
use crate::people::{CurrentUser, Role};
use crate::t;
use crate::templates::care::{Pair, Side};

/// How many pairs are shown at once.
const MOST: i64 = 50;

/// Whose pairs: a branch's, of one broker if told.
#[derive(Clone, Copy)]
struct Whose {
    branch: Id,
    broker: Option<Id>,
}

/// Those with one number. First the numbers that are there twice: nearly always few, and so not everybody is looked up among everybody.
fn of_one_number(conn: &mut Conn, whose: Whose) -> Result<Vec<(Id, Id)>> {
    let latest = max(prospects::met_at);
    let mut numbers = prospects::table
        .filter(prospects::branch_id.eq(whose.branch).and(prospects::state.eq("active")))
        .filter(prospects::mobile_hash.is_not_null())
        .group_by(prospects::mobile_hash)
        .having(count_star().gt(1))
        .order((latest.desc(), prospects::mobile_hash))
        .limit(MOST)
        .select(prospects::mobile_hash.assume_not_null())
        .into_boxed();
    let mut alike = prospects::table
        .filter(prospects::branch_id.eq(whose.branch).and(prospects::state.eq("active")))
        .order((prospects::met_at.desc(), prospects::id))
        .select((prospects::mobile_hash.assume_not_null(), prospects::id))
        .into_boxed();
    if let Some(broker) = whose.broker {
        numbers = numbers.filter(prospects::broker_id.eq(broker));
        alike = alike.filter(prospects::broker_id.eq(broker));
    }
    let numbers: Vec<Vec<u8>> = numbers.load(conn)?;
    if numbers.is_empty() {
        return Ok(Vec::new());
    }
    let alike: Vec<(Vec<u8>, Id)> = alike.filter(prospects::mobile_hash.eq_any(numbers)).load(conn)?;
    let mut pairs = Vec::new();
    for (at, (number, one)) in alike.iter().enumerate() {
        let others = alike[at + 1..].iter().filter(|(other, _)| other == number);
        pairs.extend(others.map(|(_, other)| (*one, *other)).take(MOST as usize - pairs.len()));
    }
    Ok(pairs)
}

/// Those with one name where one has no number: looked for from that one, since most have.
fn of_one_name(conn: &mut Conn, whose: Whose) -> Result<Vec<(Id, Id)>> {
    let other = diesel::alias!(prospects as other);
    let mut query = prospects::table
        .inner_join(
            other.on(prospects::name_folded
                .eq(other.field(prospects::name_folded))
                .and(other.field(prospects::branch_id).eq(prospects::branch_id))),
        )
        .filter(prospects::branch_id.eq(whose.branch).and(prospects::state.eq("active")))
        .filter(prospects::mobile_hash.is_null().and(other.field(prospects::state).eq("active")))
        .filter(prospects::id.ne(other.field(prospects::id)))
        // Where neither has one, they are a pair once.
        .filter(other.field(prospects::mobile_hash).is_not_null().or(prospects::id.lt(other.field(prospects::id))))
        .order((prospects::met_at.desc(), prospects::id, other.field(prospects::id)))
        .limit(MOST)
        .select((prospects::id, other.field(prospects::id)))
        .into_boxed();
    if let Some(broker) = whose.broker {
        query = query.filter(prospects::broker_id.eq(broker)).filter(other.field(prospects::broker_id).eq(broker));
    }
    Ok(query.load(conn)?)
}

/// The pairs, the latest met first. For a broker their own, for the desk those of the branch.
///
/// # Errors
/// `Forbidden` without a branch.
pub fn find(conn: &mut Conn, keys: &Keys, user: &CurrentUser, lang: Lang) -> Result<Vec<Pair>> {
    let branch = user.own_branch()?;
    let whose = Whose { branch: branch.id, broker: (user.role == Role::Broker).then_some(user.id) };
    plan_for_each(conn)?;
    // Two looks, each along an index: one with "or" would compare everybody with everybody.
    let mut pairs = of_one_number(conn, whose)?;
    pairs.extend(of_one_name(conn, whose)?);
    // The older record first.
    pairs.iter_mut().filter(|(a, b)| a > b).for_each(|(a, b)| std::mem::swap(a, b));
    let rows = rows(conn, pairs.iter().flat_map(|(a, b)| [*a, *b]).collect())?;
    let mut found = Vec::with_capacity(pairs.len());
    for (a, b) in pairs {
        let of = |id: Id| rows.iter().find(|(row, _)| row.id == id);
        let (Some(a), Some(b)) = (of(a), of(b)) else { continue };
        found.push(pair(keys, user, lang, a, b)?);
    }
    Ok(found)
}

/// Two records to look at before they become one; none where either is out of reach or no longer there.
///
/// # Errors
/// `Forbidden` without a branch.
pub fn two(conn: &mut Conn, keys: &Keys, user: &CurrentUser, lang: Lang, ids: [Id; 2]) -> Result<Option<Pair>> {
    let branch = user.own_branch()?.id;
    let in_reach = |row: &Prospect| {
        row.branch_id == branch && row.state == "active" && (user.role != Role::Broker || row.broker_id == user.id)
    };
    let rows = rows(conn, ids.to_vec())?;
    let [a, b] = ids.map(|id| rows.iter().find(|(row, _)| row.id == id && in_reach(row)));
    a.zip(b).filter(|_| ids[0] != ids[1]).map(|(a, b)| pair(keys, user, lang, a, b)).transpose()
}

fn rows(conn: &mut Conn, ids: Vec<Id>) -> Result<Vec<(Prospect, String)>> {
    Ok(prospects::table
        .inner_join(users::table.on(users::id.eq(prospects::broker_id)))
        .filter(prospects::id.eq_any(ids))
        .select((Prospect::as_select(), users::name))
        .load(conn)?)
}

fn pair(keys: &Keys, user: &CurrentUser, lang: Lang, a: &(Prospect, String), b: &(Prospect, String)) -> Result<Pair> {
    let same_number = a.0.mobile_hash.is_some() && a.0.mobile_hash == b.0.mobile_hash;
    Ok(Pair { sides: [side(keys, user, lang, a)?, side(keys, user, lang, b)?], same_number })
}

fn side(keys: &Keys, user: &CurrentUser, lang: Lang, (row, broker): &(Prospect, String)) -> Result<Side> {
    let day = row.met_on.format(if lang == Lang::Zh { "%-m月%-d日" } else { "%-d %b" }).to_string();
    Ok(Side {
        id: row.id.to_string(),
        name: row.name.clone(),
        mobile: row.mobile(keys)?.map(|mobile| shown(&mobile, row.broker_id == user.id)),
        broker: broker.clone(),
        met: t!(lang, "follow-ups-met", day = day),
        stage: lang.text(&format!("prospect-stage-{}", row.stage.as_str().replace('_', "-")), None),
    })
}
