//! Whose request this is: the token of a cookie (pages) or of `Authorization: Bearer` (API), looked up by its hash.

use actix_web::HttpRequest;
use actix_web::cookie::time::Duration as CookieDuration;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::http::{Method, header};
use chrono::Duration;
use diesel::prelude::*;

use crate::app::App;
use crate::db::schema::{branches, sessions, users};
use crate::db::{At, Conn, Id};
use crate::error::Result;
use crate::keys::token_hash;
use crate::language::Lang;
use crate::on_either;
use crate::people::sign_in::NewSession;
use crate::people::store::Branch;
use crate::people::{CurrentUser, Role};
use crate::rota::asked;

/// A session of a signed-in user.
#[derive(Clone, Debug)]
pub struct Session {
    /// Who.
    pub user: CurrentUser,
    /// The token that a form of this session must carry.
    pub csrf: String,
    /// Whether the user has a second factor.
    pub second_factor: bool,
    /// How many requests wait for the user's desk; counted for pages only.
    pub waiting: u32,
}

/// How long a session at a desk may rest.
pub const IDLE: Duration = Duration::minutes(30);
/// How long a session at a desk lasts at most.
pub const AT_MOST: Duration = Duration::hours(12);
/// How long a phone stays signed in if its owner ticks it.
pub const KEPT: Duration = Duration::days(30);
/// `last_seen_at` is written again only after this, so that reading does not write.
const SEEN_EVERY: Duration = Duration::minutes(2);

/// The session of a request, if its token is a living one of an enabled user.
///
/// # Errors
/// What the database says: a request is never taken for signed out because the database did not answer.
pub async fn find(req: &HttpRequest, app: &App, api: bool) -> Result<Option<Session>> {
    let Some(token) = (if api { bearer(req) } else { cookie(req, app) }) else { return Ok(None) };
    let hash = token_hash(&token);
    let now = app.clock.now();
    // Memory first, then the database: what moves there meanwhile is seen in one of them.
    let (held, ended) = (app.outage.session(&hash), app.outage.ended());
    let in_memory = held.is_some();
    let page = !api && req.method() == Method::GET;
    let read = move |conn: &mut Conn| {
        let found = match held {
            Some(session) => load_held(conn, &session, now)?,
            None => load(conn, &hash, now)?,
        };
        let desk = found.as_ref().filter(|(user, ..)| page && matches!(user.role, Role::Coordinator | Role::Manager));
        let waiting = match desk.and_then(|(user, ..)| user.branch.as_ref()) {
            Some(branch) => asked::waiting(conn, branch.id)?,
            None => 0,
        };
        Ok(found.map(|found| (found, waiting)))
    };
    let found = app.db.read_once(read).await?.filter(|((user, ..), _)| !ended.contains(&user.session));
    let Some(((user, seen, second_factor), waiting)) = found else { return Ok(None) };
    if now - seen > SEEN_EVERY && !asks_by_itself(req.path()) {
        if in_memory {
            app.outage.seen(user.session, now);
        } else if !app.outage.is_on() {
            note_seen(app, user.session, now).await;
        }
    }
    let csrf = app.keys.sign("csrf", &user.session.to_string());
    Ok(Some(Session { user, csrf, second_factor, waiting }))
}

/// What an open page asks for without anybody there: it keeps no session awake.
fn asks_by_itself(path: &str) -> bool {
    path == "/kept" || path == "/now/events" || path.ends_with("/part")
}

/// Notes that a session was used. Where that cannot be written it only rests sooner.
async fn note_seen(app: &App, session: Id, now: At) {
    let seen = move |conn: &mut Conn| {
        diesel::update(sessions::table.find(session)).set(sessions::last_seen_at.eq(now)).execute(conn)?;
        Ok(())
    };
    app.db.note("that a session was used", seen).await;
}

type UserRow = (Id, String, String, Role, bool, Lang, Option<At>, bool);
type SessionRow = (Id, bool, At, At);

/// The columns of a user as a session carries them.
macro_rules! user_columns {
    () => {
        (
            users::id,
            users::login,
            users::name,
            users::role,
            users::compliance,
            users::language,
            users::position_agreed_at,
            users::totp_secret.is_not_null(),
        )
    };
}

fn load(conn: &mut Conn, hash: &[u8], now: At) -> Result<Option<(CurrentUser, At, bool)>> {
    let living = sessions::table
        .inner_join(users::table.left_join(branches::table))
        .filter(sessions::token_hash.eq(hash).and(users::disabled_at.is_null()))
        .select((
            (sessions::id, sessions::kept, sessions::last_seen_at, sessions::expires_at),
            user_columns!(),
            branches::all_columns.nullable(),
        ));
    let row: Option<(SessionRow, UserRow, Option<Branch>)> = on_either!(conn, c => living.first(c)).optional()?;
    Ok(row.and_then(|(session, user, branch)| alive(session, user, branch, now)))
}

/// A session that is only in memory so far: of an enabled user whose password is still the one it was opened by.
fn load_held(conn: &mut Conn, held: &NewSession, now: At) -> Result<Option<(CurrentUser, At, bool)>> {
    let row: Option<(UserRow, Option<Branch>, Option<String>)> = users::table
        .left_join(branches::table)
        .filter(users::id.eq(held.user_id).and(users::disabled_at.is_null()))
        .select((user_columns!(), branches::all_columns.nullable(), users::password_hash))
        .first(conn)
        .optional()?;
    let session = (held.id, held.kept, held.last_seen_at, held.expires_at);
    let row = row.filter(|(.., password)| *password == held.password_hash);
    Ok(row.and_then(|(user, branch, _)| alive(session, user, branch, now)))
}

fn alive(
    (session, kept, seen, expires): SessionRow,
    user: UserRow,
    branch: Option<Branch>,
    now: At,
) -> Option<(CurrentUser, At, bool)> {
    if now >= expires || (!kept && now - seen > IDLE) {
        return None;
    }
    let (id, login, name, role, compliance, language, position_agreed_at, second_factor) = user;
    let user = CurrentUser { id, login, name, role, branch, compliance, language, position_agreed_at, session };
    Some((user, seen, second_factor))
}

fn bearer(req: &HttpRequest) -> Option<String> {
    let value = req.headers().get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
}

/// The session cookie's name: bound to the host where https allows it.
fn cookie_name(app: &App) -> &'static str {
    if app.settings.https() { "__Host-bankside" } else { "bankside" }
}

fn cookie(req: &HttpRequest, app: &App) -> Option<String> {
    req.cookie(cookie_name(app)).map(|c| c.value().to_owned())
}

/// The cookie that carries a token; `kept`: it outlives the browser.
pub fn cookie_for(app: &App, token: String, kept: bool) -> Cookie<'static> {
    let mut cookie = safe(app, cookie_name(app), token);
    if kept {
        cookie.set_max_age(CookieDuration::days(KEPT.num_days()));
    }
    cookie
}

/// The cookie that takes the token away.
pub fn no_cookie(app: &App) -> Cookie<'static> {
    let mut cookie = safe(app, cookie_name(app), String::new());
    cookie.make_removal();
    cookie
}

/// A cookie that scripts do not see and other sites do not send.
pub fn safe(app: &App, name: &'static str, value: String) -> Cookie<'static> {
    Cookie::build(name, value).path("/").http_only(true).secure(app.settings.https()).same_site(SameSite::Lax).finish()
}
