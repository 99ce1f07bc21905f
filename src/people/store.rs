//! Branches and users as records: loaded through the reach of who asks, made by an admin or a command.

use chrono::NaiveDate;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::{Caller, Reach, Role, fields};
use crate::audit::{self, Subject};
use crate::calendar::local::zone_named;
use crate::db::schema::{branches, users};
use crate::db::{At, Conn, Id};
use crate::error::{Error, Faults, Result};
use crate::language::Lang;
use crate::text;

/// A branch of the brokerage.
#[derive(Clone, Debug, Queryable, Serialize)]
pub struct Branch {
    /// Its id.
    pub id: Id,
    /// Its code, as commands and bodies name it.
    pub code: String,
    /// Its name.
    pub name: String,
    /// The IANA zone in which its days are judged.
    pub time_zone: String,
    /// Since when it is here.
    pub created_at: At,
    /// How many minutes before an outlet opens its people are there.
    pub lead_minutes: i32,
    /// By how many minutes one may come late or leave early.
    pub grace_minutes: i32,
    /// After how many weeks at one established outlet it is time to rotate.
    pub rotation_weeks: i32,
    /// What a broker's day on site costs, in fen; none: nobody has said.
    pub day_rate_fen: Option<i32>,
}

impl Branch {
    /// The zone.
    pub fn zone(&self) -> chrono_tz::Tz {
        zone_named(&self.time_zone)
    }
}

/// A user as lists and pages show them.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = users)]
pub struct User {
    /// Their id.
    pub id: Id,
    /// Their folded login.
    pub login: String,
    /// Their name.
    pub name: String,
    /// What they do.
    pub role: Role,
    /// Their branch.
    pub branch_id: Option<Id>,
    /// Where their mails go.
    pub email: Option<String>,
    /// The language of their mails.
    pub language: Lang,
    /// Sees compliance matters besides.
    pub compliance: bool,
    /// The practice certificate's number.
    pub certificate_no: Option<String>,
    /// The practice certificate's last day.
    pub certificate_expires_on: Option<NaiveDate>,
    /// Since when they may not sign in any more.
    pub disabled_at: Option<At>,
    /// Counts the changes, for `If-Match`.
    pub version: i32,
}

/// A new branch, checked.
#[derive(Clone, Debug)]
pub struct NewBranch {
    code: String,
    name: String,
    time_zone: String,
}

impl NewBranch {
    /// Checks what was typed.
    ///
    /// # Errors
    /// By field: `code`, `name`, `time_zone`.
    pub fn parse(code: &str, name: &str, time_zone: &str) -> Result<NewBranch> {
        let mut faults = Faults::new();
        let code = faults.take("code", fields::code(code));
        let name = faults.take("name", fields::name(name));
        let zone = faults.take("time_zone", time_zone.parse::<chrono_tz::Tz>().map_err(|_| "unknown_time_zone"));
        match (code, name, zone) {
            (Some(code), Some(name), Some(zone)) => Ok(NewBranch { code, name, time_zone: zone.name().to_owned() }),
            _ => Err(faults.into_error()),
        }
    }
}

/// Adds a branch.
///
/// # Errors
/// `code`: `taken`.
pub fn add_branch(conn: &mut Conn, caller: &Caller, new: &NewBranch) -> Result<Branch> {
    let taken: i64 = branches::table.filter(branches::code.eq(&new.code)).count().get_result(conn)?;
    if taken > 0 {
        return Err(Error::field("code", "taken"));
    }
    let branch = Branch {
        id: Id::new(),
        code: new.code.clone(),
        name: new.name.clone(),
        time_zone: new.time_zone.clone(),
        created_at: caller.now,
        lead_minutes: 0,
        grace_minutes: 0,
        rotation_weeks: 12,
        day_rate_fen: None,
    };
    diesel::insert_into(branches::table)
        .values((
            branches::id.eq(branch.id),
            branches::code.eq(&branch.code),
            branches::name.eq(&branch.name),
            branches::time_zone.eq(&branch.time_zone),
            branches::created_at.eq(branch.created_at),
        ))
        .execute(conn)?;
    audit::record(
        conn,
        caller,
        "branch.create",
        Subject::new("branch", branch.id, Some(branch.id)),
        serde_json::json!({}),
    )?;
    Ok(branch)
}

/// The branch of a code, as commands and admins name it.
///
/// # Errors
/// What the database says.
pub fn branch_by_code(conn: &mut Conn, code: &str) -> Result<Option<Branch>> {
    Ok(branches::table.filter(branches::code.eq(code.trim())).first(conn).optional()?)
}

/// The only branch there is; `None` with none or several.
///
/// # Errors
/// What the database says.
pub fn only_branch(conn: &mut Conn) -> Result<Option<Branch>> {
    let mut all: Vec<Branch> = branches::table.limit(2).load(conn)?;
    Ok(if all.len() == 1 { all.pop() } else { None })
}

/// A branch by its id.
///
/// # Errors
/// `NotFound`.
pub fn branch(conn: &mut Conn, id: Id) -> Result<Branch> {
    Ok(branches::table.find(id).first(conn)?)
}

/// Where somebody's mails go.
///
/// # Errors
/// `NotFound`.
pub fn email(conn: &mut Conn, user: Id) -> Result<Option<String>> {
    Ok(users::table.find(user).select(users::email).first(conn)?)
}

/// The branches a user reaches, by code.
///
/// # Errors
/// What the database says.
pub fn branches_in_reach(conn: &mut Conn, reach: Reach) -> Result<Vec<Branch>> {
    let mut query = branches::table.order(branches::code).into_boxed();
    match reach {
        Reach::All => {}
        Reach::Branch(branch) | Reach::Own { branch, .. } => query = query.filter(branches::id.eq(branch)),
    }
    Ok(query.load(conn)?)
}

/// A new user as typed.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct UserInput {
    /// Their login, 1 to 64 characters, folded.
    pub login: String,
    /// Their name.
    pub name: String,
    /// Their role's name.
    pub role: String,
    /// Their branch's code.
    pub branch: Option<String>,
    /// Where their mails go.
    pub email: Option<String>,
    /// The certificate's number.
    pub certificate_no: Option<String>,
    /// The certificate's last day, `YYYY-MM-DD`.
    pub certificate_expires_on: Option<String>,
    /// Sees compliance matters besides.
    #[serde(default)]
    pub compliance: bool,
}

/// A new user, checked as far as that goes without the database.
#[derive(Clone, Debug)]
pub struct NewUser {
    /// Their folded login.
    pub login: String,
    /// Their name.
    pub name: String,
    /// What they do.
    pub role: Role,
    /// Their branch's code.
    pub branch: Option<String>,
    /// Where their mails go.
    pub email: Option<String>,
    /// The certificate's number.
    pub certificate_no: Option<String>,
    /// The certificate's last day.
    pub certificate_expires_on: Option<NaiveDate>,
    /// Sees compliance matters besides.
    pub compliance: bool,
}

impl NewUser {
    /// Checks what was typed.
    ///
    /// # Errors
    /// By field.
    pub fn parse(input: &UserInput) -> Result<NewUser> {
        let mut faults = Faults::new();
        let given = |text: &Option<String>| text.as_deref().and_then(text::filled);
        let login = faults.take("login", fields::login(&input.login));
        let name = faults.take("name", fields::name(&input.name));
        let role = faults.take("role", Role::parse(input.role.trim()).ok_or("unknown_value"));
        let email = given(&input.email).and_then(|e| faults.take("email", fields::email(&e)));
        let certificate_no = given(&input.certificate_no).and_then(|c| faults.take("certificate_no", fields::code(&c)));
        let expires =
            given(&input.certificate_expires_on).and_then(|d| faults.take("certificate_expires_on", fields::date(&d)));
        let branch = given(&input.branch);
        if matches!(role, Some(Role::Broker | Role::Coordinator)) && branch.is_none() {
            faults.add("branch", "required");
        }
        match (login, name, role) {
            (Some(login), Some(name), Some(role)) if faults.is_empty() => Ok(NewUser {
                login,
                name,
                role,
                branch,
                email,
                certificate_no,
                certificate_expires_on: expires,
                compliance: input.compliance,
            }),
            _ => Err(faults.into_error()),
        }
    }
}

/// Adds a user; `password_hash` is none for one who is invited.
///
/// # Errors
/// `login` or `certificate_no`: `taken`; `branch`: `not_found`.
pub fn add_user(conn: &mut Conn, caller: &Caller, new: &NewUser, password_hash: Option<&str>) -> Result<Id> {
    add_user_as(conn, caller, Id::new(), new, password_hash)
}

/// `add_user` under an id that a client made.
///
/// # Errors
/// As `add_user`.
pub fn add_user_as(conn: &mut Conn, caller: &Caller, id: Id, new: &NewUser, password_hash: Option<&str>) -> Result<Id> {
    let branch = match &new.branch {
        Some(code) => Some(branch_by_code(conn, code)?.ok_or_else(|| Error::field("branch", "not_found"))?.id),
        None => None,
    };
    let login_taken: i64 = users::table.filter(users::login.eq(&new.login)).count().get_result(conn)?;
    if login_taken > 0 {
        return Err(Error::field("login", "taken"));
    }
    if let Some(number) = &new.certificate_no {
        let taken: i64 = users::table.filter(users::certificate_no.eq(number)).count().get_result(conn)?;
        if taken > 0 {
            return Err(Error::field("certificate_no", "taken"));
        }
    }
    diesel::insert_into(users::table)
        .values((
            users::id.eq(id),
            users::login.eq(&new.login),
            users::name.eq(&new.name),
            users::role.eq(new.role),
            users::branch_id.eq(branch),
            users::email.eq(&new.email),
            users::compliance.eq(new.compliance),
            users::certificate_no.eq(&new.certificate_no),
            users::certificate_expires_on.eq(new.certificate_expires_on),
            users::password_hash.eq(password_hash),
            users::created_at.eq(caller.now),
            users::updated_at.eq(caller.now),
        ))
        .execute(conn)?;
    audit::record(
        conn,
        caller,
        "user.create",
        Subject::new("user", id, branch),
        serde_json::json!({ "role": new.role }),
    )?;
    Ok(id)
}
