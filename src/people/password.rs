//! Passwords (ASVS 6.2): 12 to 128 characters, any of them, none of the common ones; kept as argon2id, 19 MiB and two passes.

use std::num::NonZero;
use std::sync::LazyLock;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{Error as PasswordError, PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;

use crate::error::{Error, Result};
use crate::text;

/// How many are hashed at once: each takes 19 MiB and a core, so as many as there are cores.
static AT_ONCE: LazyLock<Semaphore> =
    LazyLock::new(|| Semaphore::new(std::thread::available_parallelism().map_or(1, NonZero::get)));

/// Verified in place of the hash of an unknown login, so that the answer takes the same time.
static NOBODY: LazyLock<String> =
    LazyLock::new(|| hash_now("nobody has this password").unwrap_or_else(|_| String::new()));

/// Words and patterns that guessers try first; compared after folding and without what is put around them.
const COMMON: &str = include_str!("common_passwords.txt");

/// Checks a new password.
///
/// # Errors
/// `password_short`, `password_long`, `password_common`.
pub fn check(password: &str, login: &str) -> std::result::Result<(), &'static str> {
    let length = password.chars().count();
    if length < 12 {
        return Err("password_short");
    }
    if length > 128 {
        return Err("password_long");
    }
    let folded = text::fold(password);
    let letters: String = folded.chars().filter(|c| c.is_alphabetic()).collect();
    let first = folded.chars().next();
    let one_character = folded.chars().all(|c| Some(c) == first);
    let common = COMMON.lines().any(|word| folded == word || (!letters.is_empty() && letters == word));
    if one_character || common || runs(&folded) || (login.chars().count() > 3 && folded == text::fold(login)) {
        return Err("password_common");
    }
    Ok(())
}

/// `123456789012`, `abcdefghijkl`: each character follows the one before, or the password repeats a short piece.
fn runs(password: &str) -> bool {
    let characters: Vec<char> = password.chars().collect();
    let follows = characters.windows(2).filter(|w| (w[1] as u32).abs_diff(w[0] as u32) == 1).count();
    let repeats = (1..=4).any(|n| characters.iter().zip(characters.iter().skip(n)).all(|(a, b)| a == b));
    repeats || follows + 2 >= characters.len()
}

fn hasher() -> Result<Argon2<'static>> {
    let params = Params::new(19 * 1024, 2, 1, None).map_err(Error::internal)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// Hashes; for commands. Handlers use `hash`.
///
/// # Errors
/// Only when hashing itself fails.
pub fn hash_now(password: &str) -> Result<String> {
    Ok(hasher()?.hash_password(password.as_bytes()).map_err(Error::internal)?.to_string())
}

/// Hashes off the async threads.
///
/// # Errors
/// Only when hashing itself fails.
pub async fn hash(password: String) -> Result<String> {
    let _place = AT_ONCE.acquire().await.map_err(Error::internal)?;
    tokio::task::spawn_blocking(move || hash_now(&password)).await.map_err(Error::internal)?
}

/// Whether a password is the one of a hash; without one the same work is done and the answer is no.
///
/// # Errors
/// When the kept hash is broken.
pub async fn verify(password: String, hash: Option<String>) -> Result<bool> {
    let _place = AT_ONCE.acquire().await.map_err(Error::internal)?;
    tokio::task::spawn_blocking(move || {
        let known = hash.is_some();
        let hash = hash.unwrap_or_else(|| NOBODY.clone());
        let parsed = PasswordHash::new(&hash).map_err(Error::internal)?;
        match hasher()?.verify_password(password.as_bytes(), &parsed) {
            Ok(()) => Ok(known),
            Err(PasswordError::PasswordInvalid) => Ok(false),
            Err(broken) => Err(Error::internal(broken)),
        }
    })
    .await
    .map_err(Error::internal)?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_long_enough_and_not_a_common_one() {
        for (password, wanted) in [
            ("correct horse battery staple 9", Ok(())),
            ("十二个汉字的口令也是可以的", Ok(())),
            ("short", Err("password_short")),
            ("password1234", Err("password_common")),
            ("Password!2026", Err("password_common")),
            ("aaaaaaaaaaaa", Err("password_common")),
            ("123456789012", Err("password_common")),
            ("abcabcabcabc", Err("password_common")),
            ("qwertyuiop12", Err("password_common")),
            ("zhangsan.xian", Err("password_common")),
        ] {
            assert_eq!(check(password, "ZhangSan.Xian"), wanted, "{password}");
        }
        assert_eq!(check(&"x1".repeat(65), "a"), Err("password_long"));
    }
}
