//! Who works here: branches, users with their roles and reach, sign-in, sessions, invitations, second factor.

pub mod account;
pub mod api;
pub mod certificate;
pub mod change;
pub mod device;
pub mod fields;
pub mod halfway;
pub mod links;
pub mod outage;
pub mod pages;
pub mod password;
pub mod role;
pub mod second_factor;
pub mod sign_in;
pub mod store;
pub mod tries;
pub mod users;

use chrono_tz::Tz;
use diesel::prelude::*;

use crate::app::App;
use crate::db::schema::{invitations, sessions, sign_in_tries};
use crate::db::{At, Id};
use crate::error::{Error, Result};
use crate::language::Lang;
pub use role::{Reach, Role};
use store::Branch;

/// The user of a session.
#[derive(Clone, Debug)]
pub struct CurrentUser {
    /// Their id.
    pub id: Id,
    /// Their folded login.
    pub login: String,
    /// Their name.
    pub name: String,
    /// What they do.
    pub role: Role,
    /// Their branch; none for admins and the head office.
    pub branch: Option<Branch>,
    /// Sees materials, notices, lint findings and complaints besides.
    pub compliance: bool,
    /// The language of their mails, and of pages until they choose another.
    pub language: Lang,
    /// Since when they agreed that a check-in records where they are.
    pub position_agreed_at: Option<At>,
    /// The session they came with.
    pub session: Id,
}

impl CurrentUser {
    /// What they may load.
    pub fn reach(&self) -> Reach {
        match (&self.branch, self.role) {
            (_, Role::Admin) => Reach::All,
            (Some(branch), Role::Broker) => Reach::Own { broker: self.id, branch: branch.id },
            (Some(branch), _) => Reach::Branch(branch.id),
            (None, Role::Manager) => Reach::All,
            // The tables keep brokers and coordinators from lacking a branch; one that does reaches nothing.
            (None, _) => Reach::Own { broker: self.id, branch: self.id },
        }
    }

    /// The zone their days are judged in.
    pub fn zone(&self) -> Tz {
        self.branch.as_ref().map_or(chrono_tz::Asia::Shanghai, Branch::zone)
    }

    /// Their branch.
    ///
    /// # Errors
    /// `Forbidden` for who has none: the head office reads, but does not act for a branch.
    pub fn own_branch(&self) -> Result<&Branch> {
        self.branch.as_ref().ok_or(Error::Forbidden)
    }

    /// Lets only these roles on.
    ///
    /// # Errors
    /// `Forbidden` for others.
    pub fn must_be(&self, roles: &[Role]) -> Result<()> {
        if roles.contains(&self.role) { Ok(()) } else { Err(Error::Forbidden) }
    }
}

/// Who asks for something, when, from where: what a verb needs to judge and to audit.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The user; none: the program itself, or somebody not signed in.
    pub user: Option<CurrentUser>,
    /// Who signs in with this request: its actor, though the session only begins.
    pub signs_in: Option<(Id, Role)>,
    /// The moment of the request.
    pub now: At,
    /// From which address.
    pub address: Option<String>,
    /// In which request.
    pub request_id: Option<String>,
}

impl Caller {
    /// The program itself: commands and jobs.
    pub fn program(now: At) -> Caller {
        Caller { user: None, signs_in: None, now, address: None, request_id: None }
    }

    /// The signed-in user.
    ///
    /// # Errors
    /// `SignedOut` when nobody is signed in.
    pub fn user(&self) -> Result<&CurrentUser> {
        self.user.as_ref().ok_or(Error::SignedOut)
    }
}

/// Takes away sessions, tries and invitations that count no more.
///
/// # Errors
/// What the database says.
pub fn forget_expired(app: &App) -> Result<()> {
    let now = app.clock.now();
    app.db.write_now(move |conn| {
        diesel::delete(sessions::table.filter(sessions::expires_at.lt(now))).execute(conn)?;
        diesel::delete(invitations::table.filter(invitations::expires_at.lt(now))).execute(conn)?;
        diesel::delete(sign_in_tries::table.filter(sign_in_tries::at.lt(now - chrono::Duration::days(1))))
            .execute(conn)?;
        halfway::forget_expired(conn, now)
    })
}
