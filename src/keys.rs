//! What is secret: one master key outside the database, and the keys derived from it for each use.
//!
//! Mobile numbers and stored answers are sealed with AES-256-GCM (a random nonce before the ciphertext); a number is found again by
//! HMAC-SHA256 over its normalised form. The database keeps a mark of the key, so that a wrong key refuses to start.

use std::fmt;
use std::fs;
use std::io::{ErrorKind, Write};
use std::path::Path;

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl};
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};

use crate::db::schema::settings;
use crate::db::{Conn, Id, serialise};
use crate::error::{Error, Result};

const NONCE: usize = 12;

/// The derived keys. Cloning is cheap enough for a closure a request.
#[derive(Clone)]
pub struct Keys {
    seal: Aes256Gcm,
    find: [u8; 32],
    sign: [u8; 32],
    mark: String,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys(…)")
    }
}

impl Keys {
    /// Derives all keys from the master key: 32 bytes in base64.
    ///
    /// # Errors
    /// One line that says what is wrong with it, never the key.
    pub fn from_base64(master: &str) -> std::result::Result<Keys, String> {
        let bytes = STANDARD.decode(master.trim()).map_err(|_| "BANKSIDE_SECRET_KEY: not base64".to_owned())?;
        if bytes.len() != 32 {
            return Err(
                "BANKSIDE_SECRET_KEY: must be 32 bytes in base64 (for example of `head -c 32 /dev/urandom | base64`)"
                    .into(),
            );
        }
        let derive = |label: &str| hmac(&bytes, label.as_bytes());
        let seal = Aes256Gcm::new_from_slice(&derive("bankside seal 1")).map_err(|e| e.to_string())?;
        let mark = URL_SAFE_NO_PAD.encode(derive("bankside mark 1"));
        Ok(Keys { seal, find: derive("bankside find 1"), sign: derive("bankside sign 1"), mark })
    }

    /// Reads the key file, or makes it where `may_make` and there is none.
    ///
    /// # Errors
    /// One line for the person who starts the program.
    pub fn from_file(path: &Path, may_make: bool) -> std::result::Result<Keys, String> {
        match fs::read_to_string(path) {
            Ok(text) => Keys::from_base64(&text).map_err(|e| format!("{}: {e}", path.display())),
            Err(e) if e.kind() == ErrorKind::NotFound && may_make => {
                let master = STANDARD.encode(rand::random::<[u8; 32]>());
                match write_once(path, &master) {
                    Ok(()) => Keys::from_base64(&master),
                    // Another process was quicker: its key counts.
                    Err(e) if e.kind() == ErrorKind::AlreadyExists => Keys::from_file(path, false),
                    Err(e) => Err(format!("{}: {e}", path.display())),
                }
            }
            Err(e) if e.kind() == ErrorKind::NotFound => Err(format!(
                "the database was written with a secret key, but BANKSIDE_SECRET_KEY is not set and {} is not there",
                path.display()
            )),
            Err(e) => Err(format!("{}: {e}", path.display())),
        }
    }

    /// Encrypts. `purpose` must be given again to open it.
    ///
    /// # Errors
    /// Only when the cipher itself fails.
    pub fn seal(&self, purpose: &str, plain: &[u8]) -> Result<Vec<u8>> {
        let nonce_bytes: [u8; NONCE] = rand::random();
        let nonce = Nonce::from(nonce_bytes);
        let sealed =
            self.seal.encrypt(&nonce, Payload { msg: plain, aad: purpose.as_bytes() }).map_err(Error::internal)?;
        Ok([nonce_bytes.as_slice(), &sealed].concat())
    }

    /// Decrypts what `seal` made for the same purpose.
    ///
    /// # Errors
    /// When it was made with another key, for another purpose, or changed.
    pub fn open(&self, purpose: &str, sealed: &[u8]) -> Result<Vec<u8>> {
        let (nonce, text) =
            sealed.split_first_chunk::<NONCE>().ok_or_else(|| Error::internal("a sealed value is too short"))?;
        self.seal.decrypt(&Nonce::from(*nonce), Payload { msg: text, aad: purpose.as_bytes() }).map_err(Error::internal)
    }

    /// `open` for text.
    ///
    /// # Errors
    /// As `open`.
    pub fn open_text(&self, purpose: &str, sealed: &[u8]) -> Result<String> {
        String::from_utf8(self.open(purpose, sealed)?).map_err(Error::internal)
    }

    /// The keyed hash by which a value is found without being kept in the clear.
    pub fn find(&self, value: &[u8]) -> Vec<u8> {
        hmac(&self.find, value).to_vec()
    }

    /// A signature over `value`, safe in a URL or a cookie.
    pub fn sign(&self, purpose: &str, value: &str) -> String {
        URL_SAFE_NO_PAD.encode(hmac(&self.sign, format!("{purpose}\0{value}").as_bytes()))
    }

    /// Whether `signature` is `sign(purpose, value)`, compared in constant time.
    pub fn signed(&self, purpose: &str, value: &str, signature: &str) -> bool {
        let Ok(given) = URL_SAFE_NO_PAD.decode(signature) else { return false };
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.sign) else { return false };
        mac.update(format!("{purpose}\0{value}").as_bytes());
        mac.verify_slice(&given).is_ok()
    }

    /// Binds a new database to this key, or refuses one that was written with another.
    ///
    /// # Errors
    /// `Internal` with a line for the person who starts the program.
    pub fn bind(&self, conn: &mut Conn) -> Result<()> {
        serialise(conn, Id(uuid::Uuid::nil()))?;
        match bound(conn)? {
            Some(mark) if mark == self.mark => Ok(()),
            Some(_) => Err(Error::Internal("the secret key is not the one that the database was written with".into())),
            None => {
                diesel::insert_into(settings::table)
                    .values((settings::name.eq("key_mark"), settings::value.eq(&self.mark)))
                    .execute(conn)?;
                Ok(())
            }
        }
    }

    /// Whether the database was written with this key (or with none yet).
    ///
    /// # Errors
    /// What the database says.
    pub fn fits(&self, conn: &mut Conn) -> Result<bool> {
        Ok(bound(conn)?.is_none_or(|mark| mark == self.mark))
    }
}

/// The mark of the key that the database was written with.
///
/// # Errors
/// What the database says.
pub fn bound(conn: &mut Conn) -> Result<Option<String>> {
    Ok(settings::table.find("key_mark").select(settings::value).first(conn).optional()?)
}

/// A new secret of 256 bits for a session, an invitation or a link.
pub fn new_token() -> String {
    URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>())
}

/// What the database keeps of a token.
pub fn token_hash(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}

fn hmac(key: &[u8], value: &[u8]) -> [u8; 32] {
    // HMAC takes a key of any length, so this cannot fail.
    #[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(value);
    mac.finalize().into_bytes().into()
}

/// Written whole and synced under another name first, then linked: a reader never sees half a key.
fn write_once(path: &Path, text: &str) -> std::io::Result<()> {
    if let Some(folder) = path.parent().filter(|p| !p.as_os_str().is_empty()) {
        fs::create_dir_all(folder)?;
    }
    let draft = path.with_extension(format!("{}.new", std::process::id()));
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&draft)?;
    file.write_all(text.as_bytes())?;
    file.write_all(b"\n")?;
    file.sync_all()?;
    let result = fs::hard_link(&draft, path);
    fs::remove_file(&draft)?;
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(n: u8) -> Keys {
        Keys::from_base64(&STANDARD.encode([n; 32])).unwrap()
    }

    #[test]
    fn a_sealed_value_opens_only_with_its_key_and_purpose() {
        let sealed = keys(1).seal("mobile", b"+8613812345678").unwrap();
        assert_eq!(keys(1).open_text("mobile", &sealed).unwrap(), "+8613812345678");
        assert!(keys(2).open("mobile", &sealed).is_err());
        assert!(keys(1).open("answer", &sealed).is_err());
        assert!(keys(1).open("mobile", &sealed[..10]).is_err());
        assert_ne!(sealed, keys(1).seal("mobile", b"+8613812345678").unwrap());
    }

    #[test]
    fn a_signature_holds_for_its_value_only() {
        let signature = keys(1).sign("csrf", "abc");
        assert!(keys(1).signed("csrf", "abc", &signature));
        assert!(!keys(1).signed("csrf", "abd", &signature));
        assert!(!keys(2).signed("csrf", "abc", &signature));
    }
}
