//! A file on its way in: read from a form of several parts, kept sealed beside the database until it is confirmed or an hour has passed.
//!
//! Its name on the disk is made here, its content is told by its bytes, and only who sent it may see or confirm it.

use std::path::{Path, PathBuf};

use actix_multipart::{Field, Multipart};
use actix_web::{HttpMessage, HttpRequest, web};
use chrono::Duration;
use futures_util::StreamExt;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::grid::MAX_BYTES;
use super::run::Kind;
use crate::app::App;
use crate::db::{At, Id};
use crate::error::{Error, FieldError, Result};
use crate::keys::Keys;
use crate::place::Datum;

/// How long an upload waits to be confirmed.
const WAITS: Duration = Duration::hours(1);
/// The longest text field of the form.
const MAX_TEXT: usize = 1024;
/// How much of a file that is too large is still read, and thrown away, so that the form can be shown again with what is wrong.
const READ_ON: usize = 5 * MAX_BYTES;

/// The form as it was sent.
#[derive(Debug, Default)]
pub struct Sent {
    /// The form token.
    pub csrf: String,
    /// What the file is said to hold.
    pub kind: String,
    /// The system of its coordinates.
    pub datum: String,
    /// The branch's code, where it is to choose.
    pub branch: String,
    /// What the file was called; shown again, never used as a name here.
    pub file_name: String,
    /// Its content; none where no file was chosen or it was too large.
    pub file: Vec<u8>,
    is_too_large: bool,
}

impl Sent {
    /// What is wrong with the file before anybody reads it.
    pub fn file_fault(&self) -> Option<FieldError> {
        if self.is_too_large {
            return Some(FieldError::new("file", "file_too_large").with("max", MAX_BYTES / 1024 / 1024));
        }
        let code = if self.file_name.is_empty() { "no_file" } else { "file_empty" };
        self.file.is_empty().then(|| FieldError::new("file", code))
    }
}

/// Reads the parts of a form.
///
/// # Errors
/// `TooLarge` for what is much too large, `Invalid` for a part that is not known or sent twice, `BadRequest` for what is no such form.
pub async fn read(req: &HttpRequest, payload: web::Payload) -> Result<Sent> {
    if !req.content_type().starts_with("multipart/form-data") {
        return Err(Error::UnsupportedMedia);
    }
    let mut parts = Multipart::new(req.headers(), payload);
    let mut sent = Sent::default();
    let mut seen: Vec<String> = Vec::new();
    while let Some(part) = parts.next().await {
        let mut part = part.map_err(|_| Error::BadRequest("malformed"))?;
        let name = part.name().unwrap_or_default().to_owned();
        if seen.contains(&name) {
            return Err(Error::field(name, "doubled_field"));
        }
        match name.as_str() {
            "csrf" => sent.csrf = text(&mut part).await?,
            "kind" => sent.kind = text(&mut part).await?,
            "datum" => sent.datum = text(&mut part).await?,
            "branch" => sent.branch = text(&mut part).await?,
            "file" => {
                let given = part.content_disposition().and_then(|d| d.get_filename()).unwrap_or_default();
                sent.file_name = crate::text::clean_name(given, 200).unwrap_or_default();
                let file = bytes(&mut part, MAX_BYTES, READ_ON).await?;
                sent.is_too_large = file.is_none();
                sent.file = file.unwrap_or_default();
            }
            _ => return Err(Error::field(name, "unknown_field")),
        }
        seen.push(name);
    }
    Ok(sent)
}

/// A part of at most so many bytes; none where it is longer, of which up to `read_on` bytes are read.
async fn bytes(part: &mut Field, most: usize, read_on: usize) -> Result<Option<Vec<u8>>> {
    let (mut all, mut read) = (Some(Vec::new()), 0);
    while let Some(chunk) = part.next().await {
        let chunk = chunk.map_err(|_| Error::BadRequest("malformed"))?;
        read += chunk.len();
        if read > read_on {
            return Err(Error::TooLarge);
        }
        all = all.filter(|_| read <= most);
        if let Some(all) = &mut all {
            all.extend_from_slice(&chunk);
        }
    }
    Ok(all)
}

async fn text(part: &mut Field) -> Result<String> {
    let all = bytes(part, MAX_TEXT, MAX_TEXT).await?.unwrap_or_default();
    String::from_utf8(all).map_err(|_| Error::BadRequest("malformed"))
}

/// A file that waits to be confirmed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Upload {
    /// Whose it is.
    pub user: Id,
    /// What it holds.
    pub kind: Kind,
    /// The system of its coordinates.
    pub datum: Datum,
    /// The branch it is for; none: a calendar that holds for all.
    pub branch: Option<Id>,
    /// What it was called.
    pub file_name: String,
    /// Until when it waits.
    pub until: At,
}

fn folder(var: &Path) -> PathBuf {
    var.join("uploads")
}

fn file(var: &Path, id: Id) -> PathBuf {
    folder(var).join(id.0.simple().to_string())
}

/// Bound to the id, so that one file cannot be put in the place of another.
fn purpose(id: Id) -> String {
    format!("upload {id}")
}

/// What is kept with a file: whose it is, and until when it waits.
pub trait Waiting: Serialize + DeserializeOwned {
    /// Who sent it; only they see it again.
    fn owner(&self) -> Id;

    /// Until when it waits.
    fn until(&self) -> At;
}

impl Waiting for Upload {
    fn owner(&self) -> Id {
        self.user
    }

    fn until(&self) -> At {
        self.until
    }
}

/// Keeps a file with its head under a new id.
///
/// # Errors
/// What the disk says.
pub fn keep(var: &Path, keys: &Keys, head: &impl Waiting, content: &[u8]) -> Result<Id> {
    // Not in order of time, so that nobody guesses one from another.
    let id = Id(uuid::Uuid::new_v4());
    let mut head = serde_json::to_vec(head).map_err(Error::internal)?;
    head.push(b'\n');
    let sealed = keys.seal(&purpose(id), &[head.as_slice(), content].concat())?;
    std::fs::create_dir_all(folder(var)).map_err(Error::internal)?;
    std::fs::write(file(var, id), sealed).map_err(on_disk)?;
    Ok(id)
}

/// The file that a user keeps under an id, and its content.
///
/// # Errors
/// `NotFound` where there is none, it is another's, of another kind, or has waited too long.
pub fn find<H: Waiting>(var: &Path, keys: &Keys, id: Id, user: Id, now: At) -> Result<(H, Vec<u8>)> {
    let sealed = std::fs::read(file(var, id)).map_err(|e| match e.kind() {
        std::io::ErrorKind::NotFound => Error::not_found(),
        _ => Error::internal(e),
    })?;
    let mut all = keys.open(&purpose(id), &sealed)?;
    let end = all.iter().position(|b| *b == b'\n').ok_or_else(|| Error::internal("an upload without a head"))?;
    let content = all.split_off(end + 1);
    // Another import's file has another head.
    let head: H = serde_json::from_slice(&all).map_err(|_| Error::not_found())?;
    if head.owner() != user || head.until() <= now {
        return Err(Error::not_found());
    }
    Ok((head, content))
}

impl Upload {
    /// Until when a file sent now waits.
    pub fn until(now: At) -> At {
        now + WAITS
    }

    /// Keeps it with its content under a new id.
    ///
    /// # Errors
    /// As `keep`.
    pub fn keep(&self, var: &Path, keys: &Keys, content: &[u8]) -> Result<Id> {
        keep(var, keys, self, content)
    }

    /// The file that a user keeps under an id, and its content.
    ///
    /// # Errors
    /// As `find`.
    pub fn find(var: &Path, keys: &Keys, id: Id, user: Id, now: At) -> Result<(Upload, Vec<u8>)> {
        find(var, keys, id, user, now)
    }

    /// Takes it away; it does not matter whether it was there.
    pub fn drop(var: &Path, id: Id) {
        if let Err(error) = std::fs::remove_file(file(var, id))
            && error.kind() != std::io::ErrorKind::NotFound
        {
            tracing::warn!(%error, "an upload that is done with could not be removed");
        }
    }
}

fn on_disk(error: std::io::Error) -> Error {
    match error.kind() {
        std::io::ErrorKind::StorageFull => Error::StorageFull,
        _ => Error::internal(error),
    }
}

/// What the disk has; none where it is gone, as a file is that was brought in meanwhile.
fn there<T>(found: std::io::Result<T>) -> Result<Option<T>> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::internal(error)),
    }
}

/// Takes away what has waited too long. The disk's own clock decides, so that a damaged file goes as well.
///
/// # Errors
/// What the disk says.
pub fn forget_old(app: &App) -> Result<()> {
    let Some(files) = there(std::fs::read_dir(folder(&app.settings.var)))? else { return Ok(()) };
    let waits = WAITS.to_std().map_err(Error::internal)?;
    for file in files {
        let file = file.map_err(Error::internal)?;
        let Some(made) = there(file.metadata().and_then(|m| m.modified()))? else { continue };
        // One of a time to come, since the clock was set back, waits until then.
        if made.elapsed().is_ok_and(|age| age > waits) {
            there(std::fs::remove_file(file.path()))?;
        }
    }
    Ok(())
}
