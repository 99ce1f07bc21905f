//! The audit trail: one row for each sign-in, denial, change, export and reveal, written in the transaction of the change.
//!
//! The tables refuse updates and deletions. `seal` chains the rows in order (SHA-256 over the last hash and the row), within a second of their
//! writing, and keeps the head outside the database; `verify` finds an edit, a deletion, a swap and a cut tail.

pub mod pages;

use std::path::{Path, PathBuf};

use diesel::prelude::*;
use sha2::{Digest, Sha256};

use crate::db::schema::{audit_entries, audit_seals};
use crate::db::{At, Conn, Database, Id, serialise};
use crate::error::{Error, Result};
use crate::on_either;
use crate::people::Caller;

/// What an entry is about.
#[derive(Clone, Copy, Debug)]
pub struct Subject {
    /// `prospect`, `outlet`, `user`, …
    pub kind: &'static str,
    /// Which one.
    pub id: Option<Id>,
    /// The branch whose coordinators may read the entry.
    pub branch: Option<Id>,
}

impl Subject {
    /// A record of a branch.
    pub fn new(kind: &'static str, id: Id, branch: Option<Id>) -> Subject {
        Subject { kind, id: Some(id), branch }
    }

    /// Something of the installation itself.
    pub fn installation(kind: &'static str) -> Subject {
        Subject { kind, id: None, branch: None }
    }
}

/// An entry to be written.
#[derive(Insertable)]
#[diesel(table_name = audit_entries, treat_none_as_default_value = false)]
pub struct NewEntry<'a> {
    at: At,
    actor_id: Option<Id>,
    actor_role: Option<&'a str>,
    action: &'a str,
    subject_kind: &'a str,
    subject_id: Option<Id>,
    branch_id: Option<Id>,
    address: Option<&'a str>,
    request_id: Option<&'a str>,
    detail: String,
}

/// An entry as it stands.
#[derive(Clone, Debug, Queryable)]
pub struct Entry {
    /// Its number; grows, may have gaps.
    pub seq: i64,
    /// When.
    pub at: At,
    /// Who; none: the program itself or nobody signed in.
    pub actor_id: Option<Id>,
    /// As what.
    pub actor_role: Option<String>,
    /// What was done, e.g. `prospect.create`.
    pub action: String,
    /// To what kind of record.
    pub subject_kind: String,
    /// To which record.
    pub subject_id: Option<Id>,
    /// Of which branch.
    pub branch_id: Option<Id>,
    /// From which address.
    pub address: Option<String>,
    /// In which request.
    pub request_id: Option<String>,
    /// More, as JSON without personal data.
    pub detail: String,
}

/// Writes one entry. `detail` holds no personal data: ids, states and counts only.
///
/// # Errors
/// What the database says.
pub fn record(
    conn: &mut Conn,
    caller: &Caller,
    action: &str,
    subject: Subject,
    detail: serde_json::Value,
) -> Result<()> {
    let entry = entry(caller, action, subject, detail);
    let insert = diesel::insert_into(audit_entries::table).values(&entry);
    on_either!(conn, c => insert.execute(c))?;
    Ok(())
}

/// `record` for many subjects of one action.
///
/// # Errors
/// What the database says.
pub fn record_all(
    conn: &mut Conn,
    caller: &Caller,
    action: &str,
    subjects: Vec<(Subject, serde_json::Value)>,
) -> Result<()> {
    let entries: Vec<_> =
        subjects.into_iter().map(|(subject, detail)| entry(caller, action, subject, detail)).collect();
    crate::insert_all!(conn, audit_entries::table, entries);
    Ok(())
}

/// What `record` writes, for who writes it together with something else.
pub fn entry<'a>(caller: &'a Caller, action: &'a str, subject: Subject, detail: serde_json::Value) -> NewEntry<'a> {
    let actor = caller.user.as_ref().map(|user| (user.id, user.role)).or(caller.signs_in);
    NewEntry {
        at: caller.now,
        actor_id: actor.map(|(id, _)| id),
        actor_role: actor.map(|(_, role)| role.as_str()),
        action,
        subject_kind: subject.kind,
        subject_id: subject.id,
        branch_id: subject.branch,
        address: caller.address.as_deref(),
        request_id: caller.request_id.as_deref(),
        detail: detail.to_string(),
    }
}

/// How many entries one sealing transaction takes, and how far back it looks for them. On SQLite everybody else who writes waits for it, and there is one
/// writer at a time. On PostgreSQL a lower number may be committed after a higher one was sealed.
fn at_once(conn: &Conn) -> (i64, i64) {
    match conn {
        Conn::Sqlite(_) => (50, 0),
        Conn::Postgres(_) => (2_000, 10_000),
    }
}

/// Seals what is not sealed yet and keeps the new head in `head`. Runs on one server at a time.
///
/// # Errors
/// What the database or the file says.
pub fn seal(db: &Database, head: &Path) -> Result<()> {
    loop {
        let sealed = db.write_apart(seal_some)?;
        if let Some((position, hash)) = sealed.last {
            write_head(head, position, &hash)?;
        }
        if !sealed.more {
            return Ok(());
        }
        // After a long import there is much to seal: others get their turn meanwhile.
        std::thread::sleep(std::time::Duration::from_millis(4));
    }
}

/// Writes the end of the trail as it is sealed into `head`.
///
/// # Errors
/// What the database or the file says.
pub fn note_head(db: &Database, head: &Path) -> Result<()> {
    let seals = audit_seals::table.order(audit_seals::position.desc());
    let last = db.read_now(|conn| {
        let last = seals.select((audit_seals::position, audit_seals::hash)).first::<(i64, Vec<u8>)>(conn);
        Ok(last.optional()?)
    })?;
    last.map_or(Ok(()), |(position, hash)| write_head(head, position, &hash))
}

struct Sealed {
    last: Option<(i64, Vec<u8>)>,
    /// Whether there may be more.
    more: bool,
}

fn seal_some(conn: &mut Conn) -> Result<Sealed> {
    let (at_once, back) = at_once(conn);
    serialise(conn, Id(uuid::Uuid::from_u128(0x5ea1)))?;
    let last: Option<(i64, i64, Vec<u8>)> = audit_seals::table
        .order(audit_seals::position.desc())
        .select((audit_seals::position, audit_seals::entry_seq, audit_seals::hash))
        .first(conn)
        .optional()?;
    let (mut position, seq, mut hash) = last.unwrap_or((0, 0, vec![0; 32]));
    let entries: Vec<Entry> = audit_entries::table
        // Said of both: else PostgreSQL goes through all seals there are.
        .left_join(
            audit_seals::table
                .on(audit_seals::entry_seq.eq(audit_entries::seq).and(audit_seals::entry_seq.gt(seq - back))),
        )
        .filter(audit_entries::seq.gt(seq - back).and(audit_seals::position.is_null()))
        .order(audit_entries::seq)
        .limit(at_once)
        .select(audit_entries::all_columns)
        .load(conn)?;
    let more = entries.len() as i64 == at_once;
    let mut seals = Vec::with_capacity(entries.len());
    for entry in &entries {
        position += 1;
        hash = chain(&hash, entry);
        seals.push((
            audit_seals::position.eq(position),
            audit_seals::entry_seq.eq(entry.seq),
            audit_seals::hash.eq(hash.clone()),
        ));
    }
    crate::insert_all!(conn, audit_seals::table, seals);
    Ok(Sealed { last: (!entries.is_empty()).then_some((position, hash)), more })
}

fn chain(before: &[u8], entry: &Entry) -> Vec<u8> {
    let id = |id: &Option<Id>| id.map(|i| i.to_string()).unwrap_or_default();
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let fields = [
        entry.seq.to_string(),
        entry.at.rfc3339(),
        id(&entry.actor_id),
        text(&entry.actor_role),
        entry.action.clone(),
        entry.subject_kind.clone(),
        id(&entry.subject_id),
        id(&entry.branch_id),
        text(&entry.address),
        text(&entry.request_id),
        entry.detail.clone(),
    ];
    let mut digest = Sha256::new();
    digest.update(before);
    for field in &fields {
        digest.update((field.len() as u64).to_be_bytes());
        digest.update(field.as_bytes());
    }
    digest.finalize().to_vec()
}

/// The file in `var` that holds the head of the chain outside the database.
pub fn head_file(var: &Path) -> PathBuf {
    var.join("audit.head")
}

fn write_head(path: &Path, position: i64, hash: &[u8]) -> Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(Error::internal)?;
    }
    // A command may seal while a server does: each has a draft of its own.
    let draft = path.with_extension(format!("head.{}.new", std::process::id()));
    std::fs::write(&draft, format!("{position} {}\n", hex(hash))).map_err(Error::internal)?;
    std::fs::rename(&draft, path).map_err(Error::internal)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// The head that is kept outside the database: none where there is no file yet, or why it cannot be read, which is as suspicious as a wrong one.
pub type KeptHead = std::result::Result<Option<(i64, String)>, String>;

/// Recomputes the chain. Answers the sealed count, or what is wrong with it.
/// `kept` is to be read before the transaction of `conn` begins: a server may be sealing, and a newer head would not be in an older snapshot.
///
/// # Errors
/// What the database says; the outer result is about reading, the inner one about the trail.
pub fn verify(conn: &mut Conn, kept: KeptHead) -> Result<std::result::Result<i64, String>> {
    let kept = match kept {
        Ok(kept) => kept,
        Err(what) => return Ok(Err(what)),
    };
    let (mut position, mut hash) = (0i64, vec![0u8; 32]);
    let mut kept_seen = kept.is_none();
    loop {
        let rows: Vec<(i64, Vec<u8>, Option<Entry>)> = audit_seals::table
            .left_join(audit_entries::table.on(audit_entries::seq.eq(audit_seals::entry_seq)))
            .filter(audit_seals::position.gt(position))
            .order(audit_seals::position)
            .limit(2_000)
            .select((audit_seals::position, audit_seals::hash, audit_entries::all_columns.nullable()))
            .load(conn)?;
        if rows.is_empty() {
            break;
        }
        for (at, sealed, entry) in rows {
            let Some(entry) = entry else { return Ok(Err(format!("the entry of seal {at} is gone"))) };
            hash = chain(&hash, &entry);
            if at != position + 1 || sealed != hash {
                return Ok(Err(format!("the chain breaks at seal {}", position + 1)));
            }
            position = at;
            if let Some((kept_at, kept_hash)) = &kept
                && *kept_at == at
            {
                if *kept_hash != hex(&hash) {
                    return Ok(Err(format!("seal {at} is not the one kept outside the database")));
                }
                kept_seen = true;
            }
        }
    }
    if !kept_seen {
        return Ok(Err("the tail of the chain was cut: the head kept outside the database is not in it".into()));
    }
    Ok(Ok(position))
}

/// Reads the kept head.
///
/// # Errors
/// Why it cannot be read.
pub fn read_head(path: &Path) -> KeptHead {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(format!("{}: {e}", path.display())),
    };
    let head = text.trim().split_once(' ').and_then(|(at, hash)| Some((at.parse().ok()?, hash.to_owned())));
    head.map(Some).ok_or_else(|| format!("{} is not a head of the chain", path.display()))
}
