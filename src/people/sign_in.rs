//! Signing in and out: throttled, the same answer and time for an unknown login, a session kept by its token's hash.

use actix_web::HttpRequest;
use diesel::prelude::*;

use super::halfway::{self, Known};
use super::tries::{self, Try};
use super::{Caller, Role, outage, password};
use crate::app::App;
use crate::audit::{self, Subject};
use crate::db::schema::{sessions, users};
use crate::db::{At, Conn, Id};
use crate::error::Result;
use crate::keys::{Keys, new_token, token_hash};
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
    /// In the place of login and password: the token of a sign-in of which only the code is missing.
    pub halfway: Option<String>,
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
    /// Whether the session outlives the browser.
    pub kept: bool,
}

/// How a sign-in can fail other than by an `Error`.
#[derive(Clone, Debug)]
pub enum Refused {
    /// Login or password are wrong; which is not said.
    Wrong,
    /// The password is right; the second factor's code is missing or wrong.
    SecondFactor {
        /// Whether a code was given.
        given: bool,
        /// Who it is that the password was right for.
        known: Known,
    },
    /// The code came too late, or after the password had changed.
    Late,
}

/// A session before it is written.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// Its id.
    pub id: Id,
    /// The hash of its token.
    pub token_hash: Vec<u8>,
    /// Whose it is.
    pub user_id: Id,
    /// By which password it was opened.
    pub password_hash: Option<String>,
    /// Whether it outlives the browser.
    pub kept: bool,
    /// What the browser calls itself.
    pub user_agent: String,
    /// From where.
    pub address: String,
    /// When.
    pub created_at: At,
    /// When it was last used.
    pub last_seen_at: At,
    /// When it ends at the latest.
    pub expires_at: At,
}

impl NewSession {
    /// Writes it down.
    ///
    /// # Errors
    /// What the database says.
    pub fn write(&self, conn: &mut Conn) -> Result<()> {
        diesel::insert_into(sessions::table)
            .values((
                sessions::id.eq(self.id),
                sessions::token_hash.eq(&self.token_hash),
                sessions::user_id.eq(self.user_id),
                sessions::kept.eq(self.kept),
                sessions::user_agent.eq(&self.user_agent),
                sessions::address.eq(&self.address),
                sessions::created_at.eq(self.created_at),
                sessions::last_seen_at.eq(self.last_seen_at),
                sessions::expires_at.eq(self.expires_at),
            ))
            .execute(conn)?;
        Ok(())
    }
}

struct Account {
    id: Id,
    name: String,
    role: Role,
    branch_id: Option<Id>,
    password_hash: Option<String>,
    totp_secret: Option<Vec<u8>>,
}

impl Account {
    fn known(&self, keys: &Keys) -> Known {
        Known::new(keys, self.id, self.password_hash.as_deref())
    }
}

/// Signs in; goes on in memory while nothing can be written.
///
/// # Errors
/// `TooMany` while throttled.
pub async fn sign_in(app: &App, caller: Caller, given: Credentials) -> Result<std::result::Result<SignedIn, Refused>> {
    let now = caller.now;
    let halfway = match given.halfway.clone() {
        Some(token) => match app.db.read(move |conn| halfway::find(conn, &token, now)).await? {
            None => return Ok(Err(Refused::Late)),
            found => found,
        },
        None => None,
    };
    let login = halfway.as_ref().map_or_else(|| text::fold(&given.login), |half| half.login.clone());
    let device = given.device.as_deref().filter(|d| is_device_of(app, d, &login)).map(str::to_owned);
    let key = device.as_ref().map_or_else(|| login.clone(), |d| format!("{login}\n{d}"));
    let attempt = Id::new();
    let account = begin(app, &caller, attempt, key, login.clone(), device.is_some()).await?;
    let hash = account.as_ref().and_then(|a| a.password_hash.clone());
    let right = match &halfway {
        Some(half) => account.as_ref().is_some_and(|account| account.known(&app.keys).mark == half.mark),
        None => password::verify(given.password.clone(), hash).await?,
    };
    let Some(account) = account.filter(|_| right) else {
        if halfway.is_some() {
            return Ok(Err(Refused::Late));
        }
        let subject = Subject::installation("session");
        outage::record(app, caller, "session.refused", subject, serde_json::json!({})).await?;
        return Ok(Err(Refused::Wrong));
    };
    if account.totp_secret.is_some()
        && !super::second_factor::accept(app, account.id, given.otp.as_deref(), caller.now).await?
    {
        let code_given = given.otp.as_deref().is_some_and(|code| !code.trim().is_empty());
        if !code_given {
            // The page asks for the code in a second step: no guess was wrong so far.
            forget(app, attempt).await?;
        }
        return Ok(Err(Refused::SecondFactor { given: code_given, known: account.known(&app.keys) }));
    }
    let device = device.unwrap_or_else(|| new_device(app, &login));
    let kept = halfway.map_or(given.keep, |half| half.kept);
    let (token, session) = new_session(&caller, &account, &given, kept);
    let signed_in = SignedIn {
        token,
        expires_at: session.expires_at,
        user_id: account.id,
        name: account.name,
        role: account.role,
        branch_id: account.branch_id,
        device,
        kept,
    };
    let caller = Caller { signs_in: Some((account.id, account.role)), ..caller };
    if !finish(app, caller, (attempt, given.halfway), session, account.branch_id).await? {
        return Ok(Err(Refused::Late));
    }
    Ok(Ok(signed_in))
}

/// Counts the try before the password is looked at, so that parallel guesses count each other.
async fn begin(
    app: &App,
    caller: &Caller,
    attempt: Id,
    key: String,
    login: String,
    known_device: bool,
) -> Result<Option<Account>> {
    let guess = Try::new(caller, attempt, &key);
    if !app.outage.is_on() {
        let (caller, login) = (caller.clone(), login.clone());
        let counted = app.db.write(move |conn| {
            tries::count(conn, &caller, attempt, &key, known_device)?;
            find(conn, &login)
        });
        match counted.await {
            Ok(account) if !app.outage.is_on() => return Ok(account),
            // Others may have been counted in memory meanwhile: judged again, with them.
            Ok(_) => {}
            Err(error) => app.outage.begins(error)?,
        }
    }
    let outage = app.outage.clone();
    let counted = app.db.read(move |conn| {
        outage.count(conn, &guess, known_device)?;
        find(conn, &login)
    });
    counted.await
}

fn find(conn: &mut Conn, login: &str) -> Result<Option<Account>> {
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

async fn forget(app: &App, attempt: Id) -> Result<()> {
    if !app.outage.is_on() {
        match app.db.write(move |conn| tries::forget(conn, attempt)).await {
            Ok(()) => return Ok(()),
            Err(error) => app.outage.begins(error)?,
        }
    }
    app.outage.forget(attempt);
    Ok(())
}

/// A new session and its token, of which only the hash is kept.
fn new_session(caller: &Caller, account: &Account, given: &Credentials, kept: bool) -> (String, NewSession) {
    let token = new_token();
    let session = NewSession {
        id: Id::new(),
        token_hash: token_hash(&token),
        user_id: account.id,
        password_hash: account.password_hash.clone(),
        kept,
        user_agent: given.user_agent.chars().take(200).collect(),
        address: caller.address.clone().unwrap_or_default(),
        created_at: caller.now,
        last_seen_at: caller.now,
        expires_at: caller.now + if kept { KEPT } else { AT_MOST },
    };
    (token, session)
}

/// The try was right: it counts no more, and the session begins. False where the sign-in that waited for its code has been used up meanwhile.
async fn finish(
    app: &App,
    caller: Caller,
    (attempt, halfway): (Id, Option<String>),
    session: NewSession,
    branch: Option<Id>,
) -> Result<bool> {
    let subject = Subject::new("session", session.id, branch);
    let mut detail = serde_json::json!({ "user": session.user_id, "kept": session.kept });
    if !app.outage.is_on() {
        let (caller, session, detail) = (caller.clone(), session.clone(), detail.clone());
        let written = app.db.write(move |conn| {
            tries::forget(conn, attempt)?;
            if let Some(token) = halfway
                && !halfway::end(conn, &token)?
            {
                return Ok(false);
            }
            session.write(conn)?;
            audit::record(conn, &caller, "session.create", subject, detail)?;
            Ok(true)
        });
        match written.await {
            Ok(begun) => return Ok(begun),
            Err(error) => app.outage.begins(error)?,
        }
    }
    app.outage.open(session)?;
    app.outage.forget(attempt);
    detail["in_memory_first"] = true.into();
    app.outage.record(caller, "session.create", subject, detail);
    Ok(true)
}

/// Ends the session the caller came with; also while nothing can be written.
///
/// # Errors
/// What the database says.
pub async fn sign_out(app: &App, caller: Caller) -> Result<()> {
    let user = caller.user()?;
    let session = user.session;
    let subject = Subject::new("session", session, user.branch.as_ref().map(|b| b.id));
    if !app.outage.is_on() {
        let caller = caller.clone();
        let ended = app.db.write(move |conn| {
            diesel::delete(sessions::table.find(session)).execute(conn)?;
            audit::record(conn, &caller, "session.end", subject, serde_json::json!({}))
        });
        match ended.await {
            Ok(()) => return Ok(()),
            Err(error) => app.outage.begins(error)?,
        }
    }
    app.outage.end(session)?;
    app.outage.record(caller, "session.end", subject, serde_json::json!({}));
    Ok(())
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
