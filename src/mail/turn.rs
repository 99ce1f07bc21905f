//! Whose turn it is to send: one process at a time over one database. The turn ends with the process that has it, also when that is killed,
//! so whoever has it knows that a mail still marked `sending` is nobody's any more and is to be sent again.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::PathBuf;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool};

use crate::db::{Conn, Database, Location, open};
use crate::error::{Error, Result};

/// Any number will do, as long as every instance takes the same.
const LOCK: i64 = 0x62616e6b_6d61696c;

/// The right to send, until it is dropped.
pub enum Turn {
    /// A locked file beside the SQLite database.
    File(#[expect(dead_code, reason = "it is there to be held")] File),
    /// A connection of its own that holds an advisory lock.
    Session(Box<Conn>),
}

#[derive(QueryableByName)]
struct Got {
    #[diesel(sql_type = Bool)]
    got: bool,
}

impl Turn {
    /// Takes the turn; none while another has it.
    ///
    /// # Errors
    /// When the file or the database is not to be had.
    pub fn take(db: &Database) -> Result<Option<Turn>> {
        match db.location() {
            Location::Sqlite(path) => {
                let mut name = path.clone().into_os_string();
                name.push(".sending");
                let file = OpenOptions::new().create(true).append(true).open(PathBuf::from(name));
                let file = file.map_err(Error::internal)?;
                match file.try_lock() {
                    Ok(()) => Ok(Some(Turn::File(file))),
                    Err(TryLockError::WouldBlock) => Ok(None),
                    Err(TryLockError::Error(e)) => Err(Error::internal(e)),
                }
            }
            Location::Postgres(_) => {
                let mut conn = open(db.location(), false).map_err(|e| Error::Unavailable(e.to_string()))?;
                let got: Got = diesel::sql_query("SELECT pg_try_advisory_lock($1) AS got")
                    .bind::<BigInt, _>(LOCK)
                    .get_result(&mut conn)?;
                Ok(got.got.then(|| Turn::Session(Box::new(conn))))
            }
        }
    }

    /// Whether it is still ours: a connection that broke has lost its lock.
    pub fn holds(&mut self) -> bool {
        match self {
            Turn::File(_) => true,
            Turn::Session(conn) => diesel::sql_query("SELECT 1").execute(conn.as_mut()).is_ok(),
        }
    }
}
