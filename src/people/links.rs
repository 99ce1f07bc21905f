//! Links that set a password: an invitation, or a reset. Each works once, for 24 hours, and only its hash is kept.

use chrono::Duration;
use diesel::prelude::*;

use super::{Caller, tries};
use crate::audit::{self, Subject};
use crate::db::schema::{invitations, users};
use crate::db::{At, Conn, Id, serialise};
use crate::error::{Error, Result};
use crate::keys::{Keys, new_token, token_hash};
use crate::language::Lang;
use crate::mail::outbox::{self, NewMail};
use crate::mail::{self, letters};
use crate::text;

/// How long a link works.
pub const LASTS: Duration = Duration::hours(24);
/// How many links may be asked for at one login within fifteen minutes; more get the same answer and no mail.
const ASKED_AT_MOST: i64 = 3;

crate::text_enum! {
    /// What a link is for.
    #[schema(as = LinkKind)]
    pub enum Kind {
        /// The first password.
        Invitation = "invitation",
        /// A forgotten one.
        Reset = "reset",
    }
}

/// A link that was made: mailed, or to be handed over by the admin.
#[derive(Clone, Debug)]
pub struct Made {
    /// Its address; it is shown only now.
    pub url: String,
    /// What it is for.
    pub kind: Kind,
    /// When it stops working.
    pub expires_at: At,
    /// Whether a mail with it is on its way.
    pub mailed: bool,
}

struct Account {
    id: Id,
    branch: Option<Id>,
    name: String,
    email: Option<String>,
    lang: Lang,
    kind: Kind,
}

/// Makes a link for a user, in place of those made before.
///
/// # Errors
/// `NotFound`; `Conflict("user_disabled")`.
pub fn make(conn: &mut Conn, keys: &Keys, base_url: &str, caller: &Caller, user: Id) -> Result<Made> {
    type Row = (Id, Option<Id>, String, Option<String>, Lang, bool, Option<At>);
    let row: Row = users::table
        .find(user)
        .select((
            users::id,
            users::branch_id,
            users::name,
            users::email,
            users::language,
            users::password_hash.is_not_null(),
            users::disabled_at,
        ))
        .first(conn)?;
    let (id, branch, name, email, lang, has_password, disabled) = row;
    if disabled.is_some() {
        return Err(Error::Conflict("user_disabled"));
    }
    diesel::delete(invitations::table.filter(invitations::user_id.eq(id).and(invitations::used_at.is_null())))
        .execute(conn)?;
    let kind = if has_password { Kind::Reset } else { Kind::Invitation };
    issue(conn, keys, base_url, caller, &Account { id, branch, name, email, lang, kind })
}

fn issue(conn: &mut Conn, keys: &Keys, base_url: &str, caller: &Caller, account: &Account) -> Result<Made> {
    let token = new_token();
    let expires_at = caller.now + LASTS;
    diesel::insert_into(invitations::table)
        .values((
            invitations::token_hash.eq(token_hash(&token)),
            invitations::user_id.eq(account.id),
            invitations::kind.eq(account.kind.as_str()),
            invitations::created_by.eq(caller.user.as_ref().map(|u| u.id)),
            invitations::created_at.eq(caller.now),
            invitations::expires_at.eq(expires_at),
        ))
        .execute(conn)?;
    let url = format!("{base_url}/invitation/{token}");
    let mailed = match &account.email {
        Some(email) => {
            post(conn, keys, caller.now, account, email, &url)?;
            true
        }
        None => false,
    };
    let action = if account.kind == Kind::Invitation { "user.invite" } else { "user.reset_password" };
    let subject = Subject::new("user", account.id, account.branch);
    audit::record(conn, caller, action, subject, serde_json::json!({ "mailed": mailed }))?;
    Ok(Made { url, kind: account.kind, expires_at, mailed })
}

/// Puts the mail with the link into the outbox, in the transaction that makes the link.
fn post(conn: &mut Conn, keys: &Keys, now: At, account: &Account, email: &str, url: &str) -> Result<()> {
    let (kind, letter) = match account.kind {
        Kind::Invitation => (mail::Kind::Invitation, letters::invitation(account.lang, &account.name, url)),
        Kind::Reset => (mail::Kind::Reset, letters::reset(account.lang, &account.name, url)),
    };
    let mail = NewMail {
        kind,
        user_id: Some(account.id),
        to: email.to_owned(),
        day: now.date_in(chrono_tz::Asia::Shanghai),
        subject: letter.subject,
        text: letter.text,
        html: letter.html,
    };
    outbox::queue(conn, keys, mail, now)?;
    Ok(())
}

/// Somebody says that they forgot the password of a login. Whether there is such a login is not told, whatever happens.
///
/// # Errors
/// `TooMany` for an address that asks for very many.
pub fn forgotten(conn: &mut Conn, keys: &Keys, base_url: &str, caller: &Caller, login: &str) -> Result<()> {
    let login = text::fold(login);
    let key = format!("forgotten\n{login}");
    let asked = tries::recent(conn, caller.now, &key)?;
    if asked >= ASKED_AT_MOST {
        return Ok(());
    }
    tries::count(conn, caller, Id::new(), &key, false)?;
    type Row = (Id, Option<Id>, String, Option<String>, Lang, bool);
    let row: Option<Row> = users::table
        .filter(users::login.eq(&login).and(users::disabled_at.is_null()).and(users::email.is_not_null()))
        .select((
            users::id,
            users::branch_id,
            users::name,
            users::email,
            users::language,
            users::password_hash.is_not_null(),
        ))
        .first(conn)
        .optional()?;
    if let Some((id, branch, name, email, lang, has_password)) = row {
        let kind = if has_password { Kind::Reset } else { Kind::Invitation };
        issue(conn, keys, base_url, caller, &Account { id, branch, name, email, lang, kind })?;
    }
    Ok(())
}

/// Who a link lets in.
#[derive(Clone, Debug)]
pub struct Holder {
    /// Whose password it sets.
    pub user: Id,
    /// Their login.
    pub login: String,
    /// Their name.
    pub name: String,
    branch: Option<Id>,
}

/// Whom a link is for, while it works.
///
/// # Errors
/// What the database says.
pub fn holder(conn: &mut Conn, token: &str, now: At) -> Result<Option<Holder>> {
    let row: Option<(Id, String, String, Option<Id>)> = invitations::table
        .inner_join(users::table)
        .filter(invitations::token_hash.eq(token_hash(token)))
        .filter(invitations::used_at.is_null().and(invitations::expires_at.gt(now)))
        .filter(users::disabled_at.is_null())
        .select((users::id, users::login, users::name, users::branch_id))
        .first(conn)
        .optional()?;
    Ok(row.map(|(user, login, name, branch)| Holder { user, login, name, branch }))
}

/// Uses a link up: the password is set, every session and every other link of the user ends.
///
/// # Errors
/// `Gone` when the link does not work any more.
pub fn redeem(conn: &mut Conn, caller: &Caller, token: &str, hash: &str) -> Result<()> {
    let first = holder(conn, token, caller.now)?.ok_or(Error::Gone)?;
    serialise(conn, first.user)?;
    let holder = holder(conn, token, caller.now)?.ok_or(Error::Gone)?;
    diesel::update(invitations::table.find(token_hash(token)))
        .set(invitations::used_at.eq(caller.now))
        .execute(conn)?;
    diesel::update(users::table.find(holder.user))
        .set((users::password_hash.eq(hash), users::updated_at.eq(caller.now)))
        .execute(conn)?;
    super::users::end_access(conn, holder.user)?;
    let subject = Subject::new("user", holder.user, holder.branch);
    audit::record(conn, caller, "password.set", subject, serde_json::json!({ "by": "link" }))
}
