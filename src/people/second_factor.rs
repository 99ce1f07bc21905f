//! The second factor: time-based one-time codes (RFC 6238), off by default; each code is accepted once.

use diesel::prelude::*;
use totp_rs::{Algorithm, Builder, Totp};

use crate::app::App;
use crate::db::schema::users;
use crate::db::{At, Id, serialise};
use crate::error::{Error, Result};

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
        .with_account_name(login)
        .build()
        .map_err(|e| Error::internal(format!("{e:?}")))
}

/// Whether a code is right now and was not used before; it is used up by this.
///
/// # Errors
/// What the database says.
pub async fn accept(app: &App, user: Id, code: Option<&str>, now: At) -> Result<bool> {
    let Some(code) = code.map(str::trim).filter(|c| !c.is_empty()).map(str::to_owned) else { return Ok(false) };
    let keys = app.keys.clone();
    app.db
        .write(move |conn| {
            serialise(conn, user)?;
            let (login, secret, last): (String, Option<Vec<u8>>, Option<i64>) = users::table
                .find(user)
                .select((users::login, users::totp_secret, users::totp_last_step))
                .first(conn)?;
            let Some(secret) = secret else { return Ok(false) };
            let totp = generator(keys.open("totp", &secret)?, &login)?;
            let seconds = now.utc().timestamp().unsigned_abs();
            let Some(step) = totp.check(&code, seconds).map(|step| step as i64) else { return Ok(false) };
            if last.is_some_and(|last| step <= last) {
                return Ok(false);
            }
            diesel::update(users::table.find(user)).set(users::totp_last_step.eq(step)).execute(conn)?;
            Ok(true)
        })
        .await
}
