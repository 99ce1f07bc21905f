//! Signing in and out: throttled, the same answer and time for an unknown login, a session kept by its token's hash.

use actix_web::HttpRequest;
use diesel::prelude::*;

use super::{Caller, Role, password, tries};
use crate::app::App;
use crate::audit::{self, Subject};
use crate::db::schema::{sessions, users};
use crate::db::{At, Conn, Id};
use crate::error::Result;
use crate::keys::{new_token, token_hash};
use crate::text;
use crate::web::session::{AT_MOST, KEPT};

/// What somebody signs in with.
#[derive(Clone)]
pub struct Credentials {
    /// As typed.
    pub login: String,
    /// As typed.
    pub password: String,
    /// The second factor's code, where asked.
    pub otp: Option<String>,
    /// Keep this phone signed in for thirty days.
    pub keep: bool,
    /// The mark that a known device carries.
    pub device: Option<String>,
    /// What the browser calls itself.
    pub user_agent: String,
}

/// A new session.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// The token; only its hash is kept.
    pub token: String,
    /// When the session ends at the latest.
    pub expires_at: At,
    /// Who.
    pub user_id: Id,
    /// Their name.
    pub name: String,
    /// What they do.
    pub role: Role,
    /// Their branch.
    pub branch_id: Option<Id>,
    /// Marks this device as one the user has signed in from.
    pub device: String,
}

/// How a sign-in can fail other than by an `Error`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// Login or password are wrong; which is not said.
    Wrong,
    /// The password is right; the second factor's code is missing or wrong.
    SecondFactor {
        /// Whether a code was given.
        given: bool,
    },
}

struct Account {
    id: Id,
    name: String,
    role: Role,
    branch_id: Option<Id>,
    password_hash: Option<String>,
    totp_secret: Option<Vec<u8>>,
}

/// Signs in.
///
/// # Errors
/// `TooMany` while throttled.
pub async fn sign_in(app: &App, caller: Caller, given: Credentials) -> Result<std::result::Result<SignedIn, Refused>> {
    let login = text::fold(&given.login);
    let device = given.device.as_deref().filter(|d| is_device_of(app, d, &login)).map(str::to_owned);
    let key = device.as_ref().map_or_else(|| login.clone(), |d| format!("{login}\n{d}"));
    let attempt = Id::new();
    let (by_login, counted, known) = (login.clone(), caller.clone(), device.is_some());
    let account = app.db.write(move |conn| begin(conn, &counted, attempt, &key, &by_login, known)).await?;
    let hash = account.as_ref().and_then(|a| a.password_hash.clone());
    let right = password::verify(given.password.clone(), hash).await?;
    let Some(account) = account.filter(|_| right) else {
        app.db
            .write(move |conn| {
                audit::record(conn, &caller, "session.refused", Subject::installation("session"), serde_json::json!({}))
            })
            .await?;
        return Ok(Err(Refused::Wrong));
    };
    if account.totp_secret.is_some()
        && !super::second_factor::accept(app, account.id, given.otp.as_deref(), caller.now).await?
    {
        let code_given = given.otp.as_deref().is_some_and(|code| !code.trim().is_empty());
        if !code_given {
            // The page asks for the code in a second step: no guess was wrong so far.
            app.db.write(move |conn| tries::forget(conn, attempt)).await?;
        }
        return Ok(Err(Refused::SecondFactor { given: code_given }));
    }
    let device = device.unwrap_or_else(|| new_device(app, &login));
    let kept = given.keep;
    let session = app.db.write(move |conn| finish(conn, &caller, account, attempt, &given, kept)).await?;
    Ok(Ok(SignedIn { device, ..session }))
}

/// Counts the try before the password is looked at, so that parallel guesses count each other.
fn begin(
    conn: &mut Conn,
    caller: &Caller,
    attempt: Id,
    key: &str,
    login: &str,
    known_device: bool,
) -> Result<Option<Account>> {
    tries::count(conn, caller, attempt, key, known_device)?;
    type Row = (Id, String, Role, Option<Id>, Option<String>, Option<Vec<u8>>);
    let row: Option<Row> = users::table
        .filter(users::login.eq(login).and(users::disabled_at.is_null()))
        .select((users::id, users::name, users::role, users::branch_id, users::password_hash, users::totp_secret))
        .first(conn)
        .optional()?;
    Ok(row.map(|(id, name, role, branch_id, password_hash, totp_secret)| Account {
        id,
        name,
        role,
        branch_id,
        password_hash,
        totp_secret,
    }))
}

fn finish(
    conn: &mut Conn,
    caller: &Caller,
    account: Account,
    attempt: Id,
    given: &Credentials,
    kept: bool,
) -> Result<SignedIn> {
    tries::forget(conn, attempt)?;
    let token = new_token();
    let id = Id::new();
    let expires_at = caller.now + if kept { KEPT } else { AT_MOST };
    diesel::insert_into(sessions::table)
        .values((
            sessions::id.eq(id),
            sessions::token_hash.eq(token_hash(&token)),
            sessions::user_id.eq(account.id),
            sessions::kept.eq(kept),
            sessions::user_agent.eq(given.user_agent.chars().take(200).collect::<String>()),
            sessions::address.eq(caller.address.clone().unwrap_or_default()),
            sessions::created_at.eq(caller.now),
            sessions::last_seen_at.eq(caller.now),
            sessions::expires_at.eq(expires_at),
        ))
        .execute(conn)?;
    let detail = serde_json::json!({ "user": account.id, "kept": kept });
    audit::record(conn, caller, "session.create", Subject::new("session", id, account.branch_id), detail)?;
    Ok(SignedIn {
        token,
        expires_at,
        user_id: account.id,
        name: account.name,
        role: account.role,
        branch_id: account.branch_id,
        device: String::new(),
    })
}

/// Ends the session the caller came with.
///
/// # Errors
/// What the database says.
pub fn sign_out(conn: &mut Conn, caller: &Caller) -> Result<()> {
    let user = caller.user()?;
    diesel::delete(sessions::table.find(user.session)).execute(conn)?;
    let branch = user.branch.as_ref().map(|b| b.id);
    audit::record(conn, caller, "session.end", Subject::new("session", user.session, branch), serde_json::json!({}))
}

/// What the browser calls itself, for the list of one's sessions.
pub fn user_agent(req: &HttpRequest) -> String {
    req.headers().get(actix_web::http::header::USER_AGENT).and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned()
}

fn new_device(app: &App, login: &str) -> String {
    let mark = new_token();
    let signature = app.keys.sign("device", &format!("{login}\n{mark}"));
    format!("{mark}.{signature}")
}

fn is_device_of(app: &App, device: &str, login: &str) -> bool {
    device
        .split_once('.')
        .is_some_and(|(mark, signature)| app.keys.signed("device", &format!("{login}\n{mark}"), signature))
}
