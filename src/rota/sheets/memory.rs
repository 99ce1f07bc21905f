//! What a branch knows of words: its brokers and outlets, and the codes that somebody explained, kept for the next file.

use diesel::prelude::*;

use super::meaning::{Directory, Explained, Kind, Target, squeeze};
use crate::db::schema::{outlets, rota_sheet_codes, users};
use crate::db::{Conn, Id};
use crate::error::Result;
use crate::people::{Caller, Role};

/// Everything of a branch.
///
/// # Errors
/// What the database says.
pub fn directory(conn: &mut Conn, branch: Id) -> Result<Directory> {
    let target = |(id, name, code): (Id, String, String)| Target { id, name, code };
    let brokers: Vec<(Id, String, String)> = users::table
        .filter(users::branch_id.eq(branch).and(users::role.eq(Role::Broker)).and(users::disabled_at.is_null()))
        .order((users::name, users::login))
        .select((users::id, users::name, users::login))
        .load(conn)?;
    let places: Vec<(Id, String, String)> = outlets::table
        .filter(outlets::branch_id.eq(branch))
        .order((outlets::name, outlets::code))
        .select((outlets::id, outlets::name, outlets::code))
        .load(conn)?;
    let codes: Vec<(String, String, Option<Id>)> = rota_sheet_codes::table
        .filter(rota_sheet_codes::branch_id.eq(branch))
        .select((rota_sheet_codes::kind, rota_sheet_codes::code_folded, rota_sheet_codes::target_id))
        .load(conn)?;
    let mut directory =
        Directory::new(brokers.into_iter().map(target).collect(), places.into_iter().map(target).collect());
    for (kind, code, target) in codes {
        directory.remember(Kind::parse(&kind), code, target);
    }
    Ok(directory)
}

/// Keeps what words mean, in place of what they meant before.
///
/// # Errors
/// What the database says.
pub fn keep(conn: &mut Conn, caller: &Caller, branch: Id, explained: &[Explained]) -> Result<()> {
    use rota_sheet_codes as c;
    let by = caller.user()?.id;
    for (kind, word, target) in explained {
        let code = squeeze(word);
        let of_code = c::table.filter(c::branch_id.eq(branch).and(c::code_folded.eq(&code)));
        // A word that means nothing does so wherever it stands.
        match target {
            None => diesel::delete(of_code).execute(conn)?,
            Some(_) => diesel::delete(of_code.filter(c::kind.eq_any(["none", kind.as_str()]))).execute(conn)?,
        };
        diesel::insert_into(c::table)
            .values((
                c::branch_id.eq(branch),
                c::kind.eq(if target.is_some() { kind.as_str() } else { "none" }),
                c::code_folded.eq(&code),
                c::target_id.eq(*target),
                c::by_user.eq(by),
                c::at.eq(caller.now),
            ))
            .execute(conn)?;
    }
    Ok(())
}
