//! Banks as they are kept: one row a bank, whatever spelling it was named by.

use diesel::prelude::*;

use super::banks;
use crate::db::schema::banks as table;
use crate::db::{At, Conn, Id, serialise};
use crate::error::Result;

/// The bank of this name, made if it is not there. `工行` and `中国工商银行` are one.
///
/// # Errors
/// What the database says.
pub fn named(conn: &mut Conn, name: &str, now: At) -> Result<Id> {
    // Two at once must not make the same bank twice: all makers of banks wait for each other.
    serialise(conn, Id(uuid::Uuid::from_u128(0xba2c)))?;
    if let Some(id) = find(conn, name)? {
        return Ok(id);
    }
    let id = Id::new();
    diesel::insert_into(table::table)
        .values((
            table::id.eq(id),
            table::name.eq(name),
            table::name_folded.eq(banks::key(name)),
            table::kind.eq(banks::kind_of(name).map(banks::BankKind::as_str)),
            table::created_at.eq(now),
        ))
        .execute(conn)?;
    Ok(id)
}

/// The bank of this name, if it is there.
///
/// # Errors
/// What the database says.
pub fn find(conn: &mut Conn, name: &str) -> Result<Option<Id>> {
    Ok(table::table.filter(table::name_folded.eq(banks::key(name))).select(table::id).first(conn).optional()?)
}

/// All banks by name, for a list to choose from.
///
/// # Errors
/// What the database says.
pub fn all(conn: &mut Conn) -> Result<Vec<(Id, String)>> {
    Ok(table::table.order(table::name).select((table::id, table::name)).load(conn)?)
}
