//! Pairs of records in reach that may be one person: the same number, or the same name where one of the two has no number.

use diesel::prelude::*;

use super::store::{Prospect, shown};
use crate::db::schema::{prospects, users};
use crate::db::{Conn, Id};
use crate::error::Result;
use crate::keys::Keys;
use crate::language::Lang;
use crate::people::{CurrentUser, Role};
use crate::t;
use crate::templates::care::{Pair, Side};

/// How many pairs are shown at once.
const MOST: i64 = 50;

/// The pairs of a branch, of one broker if told, for which `$same` holds.
macro_rules! pairs {
    ($conn:expr, $branch:expr, $own:expr, |$other:ident| $same:expr) => {{
        let $other = diesel::alias!(prospects as other);
        let mut query = prospects::table
            .inner_join($other.on($same.and($other.field(prospects::branch_id).eq(prospects::branch_id))))
            .filter(prospects::branch_id.eq($branch).and(prospects::state.eq("active")))
            .filter($other.field(prospects::state).eq("active"))
            .filter(prospects::id.lt($other.field(prospects::id)))
            .order((prospects::met_at.desc(), prospects::id, $other.field(prospects::id)))
            .limit(MOST)
            .select((prospects::id, $other.field(prospects::id)))
            .into_boxed();
        if let Some(broker) = $own {
            query = query.filter(prospects::broker_id.eq(broker)).filter($other.field(prospects::broker_id).eq(broker));
        }
        let pairs: Vec<(Id, Id)> = query.load($conn)?;
        pairs
    }};
}

/// The pairs, the latest met first. For a broker their own, for the desk those of the branch.
///
/// # Errors
/// `Forbidden` without a branch.
pub fn find(conn: &mut Conn, keys: &Keys, user: &CurrentUser, lang: Lang) -> Result<Vec<Pair>> {
    let branch = user.own_branch()?;
    let own = (user.role == Role::Broker).then_some(user.id);
    // Two looks, each along an index: one with "or" would compare everybody with everybody.
    let mut pairs = pairs!(conn, branch.id, own, |other| prospects::mobile_hash
        .eq(other.field(prospects::mobile_hash))
        .assume_not_null());
    pairs.extend(pairs!(conn, branch.id, own, |other| prospects::name_folded
        .eq(other.field(prospects::name_folded))
        .and(prospects::mobile_hash.is_null().or(other.field(prospects::mobile_hash).is_null()))));
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
