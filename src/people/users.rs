//! What an admin sees and does with users: the list, one user, changes, ending and giving back access.

use chrono::{Duration, NaiveDate};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::certificate::FIRST_WARNING;
use super::change::UserChange;
use super::store::{self, NewUser};
use super::{Caller, Role};
use crate::audit::{self, Subject};
use crate::calendar::local::zone_named;
use crate::db::schema::{branches, invitations, prospects, sessions, shifts, users};
use crate::db::{At, Conn, Id, serialise};
use crate::error::{Error, Faults, Result};
use crate::language::Lang;
use crate::text;
use crate::web::pagination::{List, Part};

diesel::define_sql_function! {
    /// Both databases have it; ASCII letters are enough, since Chinese has no case.
    fn lower(text: diesel::sql_types::Text) -> diesel::sql_types::Text;
}

/// A user, as an admin sees one.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct UserRecord {
    /// Their id.
    pub id: Id,
    /// Their folded login.
    pub login: String,
    /// Their name.
    pub name: String,
    /// What they do.
    pub role: Role,
    /// Their branch's code; null for admins and the head office.
    pub branch: Option<String>,
    /// Their branch; null for admins and the head office.
    pub branch_id: Option<Id>,
    /// Where their mails go.
    pub email: Option<String>,
    /// The language of their mails: `zh-CN` or `en`.
    pub language: String,
    /// Sees compliance matters besides.
    pub compliance: bool,
    /// The practice certificate's number.
    pub certificate_no: Option<String>,
    /// The practice certificate's last day.
    pub certificate_expires_on: Option<NaiveDate>,
    /// Whether they have set a password; without one they wait for their invitation.
    pub has_password: bool,
    /// Whether they sign in with a second factor.
    pub second_factor: bool,
    /// Since when they may not sign in any more.
    pub disabled_at: Option<At>,
    /// Since when they are here.
    pub created_at: At,
    /// Counts the changes; the `ETag`.
    pub version: i32,
}

type Own = (Id, String, String, Role, Option<Id>, Option<String>, Lang, bool);
type Rest = (Option<String>, Option<NaiveDate>, bool, bool, Option<At>, At, i32);
type Row = (Own, Rest, Option<String>);

impl From<Row> for UserRecord {
    fn from((own, rest, branch): Row) -> UserRecord {
        let (id, login, name, role, branch_id, email, language, compliance) = own;
        let (certificate_no, certificate_expires_on, has_password, second_factor, disabled_at, created_at, version) =
            rest;
        UserRecord {
            id,
            login,
            name,
            role,
            branch,
            branch_id,
            email,
            language: language.tag().to_owned(),
            compliance,
            certificate_no,
            certificate_expires_on,
            has_password,
            second_factor,
            disabled_at,
            created_at,
            version,
        }
    }
}

macro_rules! columns {
    () => {
        (
            (
                users::id,
                users::login,
                users::name,
                users::role,
                users::branch_id,
                users::email,
                users::language,
                users::compliance,
            ),
            (
                users::certificate_no,
                users::certificate_expires_on,
                users::password_hash.is_not_null(),
                users::totp_secret.is_not_null(),
                users::disabled_at,
                users::created_at,
                users::version,
            ),
            branches::code.nullable(),
        )
    };
}

crate::text_enum! {
    /// A state by which the list can be narrowed.
    #[schema(as = UserStanding)]
    pub enum Standing {
        /// Waiting for their first sign-in.
        Invited = "invited",
        /// May not sign in.
        Disabled = "disabled",
        /// Brokers whose certificate is missing, expired or ends within sixty days.
        Certificate = "certificate",
    }
}

/// Which users.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Of a branch.
    pub branch: Option<Id>,
    /// With a role.
    pub role: Option<Role>,
    /// In a state.
    pub standing: Option<Standing>,
    /// With this in their name or login.
    pub text: Option<String>,
}

/// A piece of the list, by name. The cursor is the last user's id alone: a name would be personal data in an address.
///
/// # Errors
/// 422 for a cursor that names nobody.
pub fn list(conn: &mut Conn, filter: &Filter, part: &Part<Id>, today: NaiveDate) -> Result<List<UserRecord>> {
    let mut query =
        users::table.left_join(branches::table).order((users::name, users::id)).limit(part.limit + 1).into_boxed();
    if let Some(after) = part.after {
        let name: Option<String> = users::table.find(after).select(users::name).first(conn).optional()?;
        let name = name.ok_or_else(|| Error::field("cursor", "not_a_cursor"))?;
        query = query.filter(users::name.gt(name.clone()).or(users::name.eq(name).and(users::id.gt(after))));
    }
    if let Some(branch) = filter.branch {
        query = query.filter(users::branch_id.eq(branch));
    }
    if let Some(role) = filter.role {
        query = query.filter(users::role.eq(role));
    }
    query = match filter.standing {
        Some(Standing::Disabled) => query.filter(users::disabled_at.is_not_null()),
        Some(Standing::Invited) => query.filter(users::disabled_at.is_null().and(users::password_hash.is_null())),
        Some(Standing::Certificate) => {
            query.filter(users::disabled_at.is_null().and(users::role.eq(Role::Broker))).filter(
                users::certificate_no
                    .is_null()
                    .or(users::certificate_expires_on.is_null())
                    .or(users::certificate_expires_on.le(today + Duration::days(FIRST_WARNING))),
            )
        }
        None => query,
    };
    if let Some(text) = &filter.text {
        let wanted = text::fold(text).replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
        let wanted = format!("%{wanted}%");
        query = query
            .filter(lower(users::name).like(wanted.clone()).escape('\\').or(users::login.like(wanted).escape('\\')));
    }
    let rows: Vec<Row> = query.select(columns!()).load(conn)?;
    part.list(rows, |row| row.0.0, UserRecord::from)
}

/// How many enabled brokers have a certificate that is missing or expired, and one that ends within sixty days.
///
/// # Errors
/// What the database says.
pub fn certificates_due(conn: &mut Conn, today: NaiveDate) -> Result<(i64, i64)> {
    let brokers = users::table.filter(users::role.eq(Role::Broker).and(users::disabled_at.is_null()));
    let gone: i64 = brokers
        .filter(
            users::certificate_no
                .is_null()
                .or(users::certificate_expires_on.is_null())
                .or(users::certificate_expires_on.lt(today)),
        )
        .count()
        .get_result(conn)?;
    let ending: i64 = brokers
        .filter(users::certificate_no.is_not_null())
        .filter(users::certificate_expires_on.between(today, today + Duration::days(FIRST_WARNING)))
        .count()
        .get_result(conn)?;
    Ok((gone, ending))
}

/// One user.
///
/// # Errors
/// `NotFound`.
pub fn one(conn: &mut Conn, id: Id) -> Result<UserRecord> {
    let row: Row = users::table.left_join(branches::table).filter(users::id.eq(id)).select(columns!()).first(conn)?;
    Ok(row.into())
}

/// Adds a user without a password, who is to be invited.
///
/// # Errors
/// As `store::add_user`.
pub fn create(conn: &mut Conn, caller: &Caller, id: Id, new: &NewUser, language: Lang) -> Result<UserRecord> {
    let known: i64 = users::table.find(id).count().get_result(conn)?;
    if known > 0 {
        return Err(Error::Conflict("id_taken"));
    }
    store::add_user_as(conn, caller, id, new, None)?;
    diesel::update(users::table.find(id)).set(users::language.eq(language)).execute(conn)?;
    one(conn, id)
}

/// Changes a user. `version`: what the change was made on; none: whatever it is now.
///
/// # Errors
/// `Stale`; by field; `Conflict("own_account")` for an admin who would shut themselves out.
pub fn update(
    conn: &mut Conn,
    caller: &Caller,
    id: Id,
    version: Option<i32>,
    change: &UserChange,
) -> Result<UserRecord> {
    serialise(conn, id)?;
    let before = one(conn, id)?;
    if version.is_some_and(|version| version != before.version) {
        return Err(Error::Stale);
    }
    let after = change.on(&before, caller.now)?;
    let branch = branch_of(conn, &after)?;
    let own = caller.user.as_ref().is_some_and(|user| user.id == id);
    if own && (after.role != before.role || after.disabled_at.is_some()) {
        return Err(Error::Conflict("own_account"));
    }
    check_certificate(conn, id, after.certificate_no.as_deref())?;
    let moved = after.role != before.role || branch != before.branch_id;
    if before.role == Role::Broker && moved {
        let field = if after.role == before.role { "branch" } else { "role" };
        keeps_no_prospects(conn, id, field)?;
        has_no_shifts_ahead(conn, caller, id, field)?;
    }
    diesel::update(users::table.find(id))
        .set((
            users::name.eq(&after.name),
            users::role.eq(after.role),
            users::branch_id.eq(branch),
            users::email.eq(&after.email),
            users::language.eq(&after.language),
            users::compliance.eq(after.compliance),
            users::certificate_no.eq(&after.certificate_no),
            users::certificate_expires_on.eq(after.certificate_expires_on),
            users::disabled_at.eq(after.disabled_at),
            users::version.eq(before.version + 1),
            users::updated_at.eq(caller.now),
        ))
        .execute(conn)?;
    if after.disabled_at.is_some() && before.disabled_at.is_none() {
        end_access(conn, id)?;
    }
    let detail = serde_json::json!({ "fields": UserChange::names(&before, &after) });
    let action = match (before.disabled_at, after.disabled_at) {
        (None, Some(_)) => "user.disable",
        (Some(_), None) => "user.enable",
        _ => "user.update",
    };
    audit::record(conn, caller, action, Subject::new("user", id, branch), detail)?;
    one(conn, id)
}

fn branch_of(conn: &mut Conn, after: &UserRecord) -> Result<Option<Id>> {
    match &after.branch {
        Some(code) => {
            let branch = store::branch_by_code(conn, code)?.ok_or_else(|| Error::field("branch", "not_found"))?;
            Ok(Some(branch.id))
        }
        None => Ok(None),
    }
}

fn check_certificate(conn: &mut Conn, id: Id, number: Option<&str>) -> Result<()> {
    let Some(number) = number else { return Ok(()) };
    let others: i64 =
        users::table.filter(users::certificate_no.eq(number).and(users::id.ne(id))).count().get_result(conn)?;
    if others > 0 { Err(Error::field("certificate_no", "taken")) } else { Ok(()) }
}

/// A prospect stays in its branch: whoever moves hands theirs over first.
fn keeps_no_prospects(conn: &mut Conn, id: Id, field: &str) -> Result<()> {
    let kept: i64 = prospects::table
        .filter(prospects::broker_id.eq(id).and(prospects::state.eq("active")))
        .count()
        .get_result(conn)?;
    if kept == 0 {
        return Ok(());
    }
    let mut faults = Faults::new();
    faults.push(crate::error::FieldError::new(field, "has_prospects").with("n", kept));
    faults.check()
}

/// A shift is the branch's: whoever moves has none ahead, which nobody there could see or take off, while here they would be busy.
fn has_no_shifts_ahead(conn: &mut Conn, caller: &Caller, id: Id, field: &str) -> Result<()> {
    // A branch's today is at most a day before that of any other.
    let since = caller.now.date_in(chrono_tz::UTC) - chrono::Days::new(1);
    let rows: Vec<(NaiveDate, String)> = shifts::table
        .inner_join(branches::table)
        .filter(shifts::broker_id.eq(id).and(shifts::date.ge(since)))
        .select((shifts::date, branches::time_zone))
        .load(conn)?;
    let ahead = rows.iter().filter(|(date, zone)| *date >= caller.now.date_in(zone_named(zone))).count();
    if ahead == 0 {
        return Ok(());
    }
    let mut faults = Faults::new();
    faults.push(crate::error::FieldError::new(field, "has_shifts").with("n", ahead as i64));
    faults.check()
}

/// Every session and every unused link of a user ends.
///
/// # Errors
/// What the database says.
pub fn end_access(conn: &mut Conn, id: Id) -> Result<()> {
    diesel::delete(sessions::table.filter(sessions::user_id.eq(id))).execute(conn)?;
    diesel::delete(invitations::table.filter(invitations::user_id.eq(id).and(invitations::used_at.is_null())))
        .execute(conn)?;
    Ok(())
}

/// Takes a lost second factor away: the user signs in with the password alone and sets a new one up.
///
/// # Errors
/// `NotFound`.
pub fn reset_second_factor(conn: &mut Conn, caller: &Caller, id: Id) -> Result<UserRecord> {
    let user = one(conn, id)?;
    diesel::update(users::table.find(id))
        .set((users::totp_secret.eq(None::<Vec<u8>>), users::totp_last_step.eq(None::<i64>)))
        .execute(conn)?;
    diesel::delete(sessions::table.filter(sessions::user_id.eq(id))).execute(conn)?;
    audit::record(
        conn,
        caller,
        "second_factor.reset",
        Subject::new("user", id, user.branch_id),
        serde_json::json!({}),
    )?;
    one(conn, id)
}
