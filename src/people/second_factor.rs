//! The second factor: time-based one-time codes (RFC 6238), off by default; each code is accepted once.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use diesel::prelude::*;
use totp_rs::{Algorithm, Builder, Secret, Totp};

use super::CurrentUser;
use crate::app::App;
use crate::db::schema::users;
use crate::db::{At, Conn, Id, serialise};
use crate::error::{Error, Result};
use crate::keys::Keys;

/// A secret before it is confirmed: the page carries it, sealed, so that nothing is kept for those who never finish.
#[derive(Clone, Debug)]
pub struct Draft {
    /// What the form sends back.
    pub sealed: String,
    /// The secret in base 32, to type where no camera is at hand.
    pub secret: String,
    /// The address that the QR code holds.
    pub url: String,
}

const DRAFT: &str = "totp draft";

/// A new draft for a user.
///
/// # Errors
/// Only when the cipher itself fails.
pub fn draft(keys: &Keys, user: &CurrentUser) -> Result<Draft> {
    let secret: [u8; 20] = rand::random();
    let sealed = keys.seal(DRAFT, &[user.id.0.as_bytes().as_slice(), &secret].concat())?;
    show(&URL_SAFE_NO_PAD.encode(sealed), secret.to_vec(), user)
}

/// The draft that a form sent back, to show again.
///
/// # Errors
/// `BadRequest` when it is not one of ours for this user.
pub fn same_draft(keys: &Keys, user: &CurrentUser, sealed: &str) -> Result<Draft> {
    show(sealed, open_draft(keys, user.id, sealed)?, user)
}

fn show(sealed: &str, secret: Vec<u8>, user: &CurrentUser) -> Result<Draft> {
    let text = Secret::from(secret.clone()).to_base32();
    let url = generator(secret, &user.login)?.to_url().map_err(|e| Error::internal(format!("{e:?}")))?;
    Ok(Draft { sealed: sealed.to_owned(), secret: text, url })
}

/// The secret of a draft.
///
/// # Errors
/// `BadRequest` when it is not one of ours for this user.
pub fn open_draft(keys: &Keys, user: Id, sealed: &str) -> Result<Vec<u8>> {
    let broken = || Error::BadRequest("malformed");
    let bytes = URL_SAFE_NO_PAD.decode(sealed).map_err(|_| broken())?;
    let plain = keys.open(DRAFT, &bytes).map_err(|_| broken())?;
    plain.strip_prefix(user.0.as_bytes().as_slice()).map(<[u8]>::to_vec).ok_or_else(broken)
}

/// Keeps a secret as the user's second factor, if the code fits; the code is used up by this.
///
/// # Errors
/// `otp`: `wrong_code`; `Conflict("second_factor_on")`.
pub fn keep(conn: &mut Conn, keys: &Keys, user: &CurrentUser, secret: Vec<u8>, code: &str, now: At) -> Result<()> {
    serialise(conn, user.id)?;
    let on: Option<Vec<u8>> = users::table.find(user.id).select(users::totp_secret).first(conn)?;
    if on.is_some() {
        return Err(Error::Conflict("second_factor_on"));
    }
    let step = generator(secret.clone(), &user.login)?.check(&digits(code), now.utc().timestamp().unsigned_abs());
    let step = step.ok_or_else(|| Error::field("otp", "wrong_code"))?;
    diesel::update(users::table.find(user.id))
        .set((users::totp_secret.eq(keys.seal("totp", &secret)?), users::totp_last_step.eq(step as i64)))
        .execute(conn)?;
    Ok(())
}

/// A code as an authenticator shows it, often in two groups.
fn digits(code: &str) -> String {
    crate::text::nfkc(code).chars().filter(|c| !c.is_whitespace()).collect()
}

/// The generator of a secret: six digits, thirty seconds, one step of tolerance.
///
/// # Errors
/// When the secret is not one.
pub fn generator(secret: Vec<u8>, login: &str) -> Result<Totp> {
    Builder::new()
        .with_algorithm(Algorithm::SHA1)
        .with_secret(secret)
        .with_skew(1)
        .with_issuer(Some("Bankside"))
        // A colon would end the issuer's name in the address that an authenticator reads.
        .with_account_name(login.replace(':', "-"))
        .build()
        .map_err(|e| Error::internal(format!("{e:?}")))
}

/// Whether a code is right now and was not used before; it is used up by this, in memory while nothing can be written.
///
/// # Errors
/// What the database says.
pub async fn accept(app: &App, user: Id, code: Option<&str>, now: At) -> Result<bool> {
    let Some(code) = code.map(digits).filter(|c| !c.is_empty()) else { return Ok(false) };
    if !app.outage.is_on() {
        let (keys, code) = (app.keys.clone(), code.clone());
        let used = app.db.write(move |conn| {
            serialise(conn, user)?;
            let (step, last) = steps(conn, &keys, user, &code, now)?;
            let step = step.filter(|step| last < Some(*step));
            if let Some(step) = step {
                diesel::update(users::table.find(user)).set(users::totp_last_step.eq(step)).execute(conn)?;
            }
            Ok(step)
        });
        match used.await {
            // One used up in memory meanwhile may be this very one.
            Ok(step) => return Ok(step.is_some_and(|step| app.outage.used(user) < Some(step))),
            Err(error) => app.outage.begins(error)?,
        }
    }
    accept_in_memory(app, user, code, now).await
}

/// Notes the code as used first and looks into the database after that, so that one used there at this moment is seen.
async fn accept_in_memory(app: &App, user: Id, code: String, now: At) -> Result<bool> {
    let look = |code: String, keys: Arc<Keys>| app.db.read(move |conn| steps(conn, &keys, user, &code, now));
    let (Some(step), _) = look(code.clone(), app.keys.clone()).await? else { return Ok(false) };
    if !app.outage.use_up(user, step)? {
        return Ok(false);
    }
    let (_, last) = look(code, app.keys.clone()).await?;
    Ok(last < Some(step))
}

/// The step for which a code is right now, and the last one that was used.
fn steps(conn: &mut Conn, keys: &Keys, user: Id, code: &str, now: At) -> Result<(Option<i64>, Option<i64>)> {
    let (login, secret, last): (String, Option<Vec<u8>>, Option<i64>) =
        users::table.find(user).select((users::login, users::totp_secret, users::totp_last_step)).first(conn)?;
    let Some(secret) = secret else { return Ok((None, last)) };
    let step = generator(keys.open("totp", &secret)?, &login)?.check(code, now.utc().timestamp().unsigned_abs());
    Ok((step.map(|step| step as i64), last))
}
