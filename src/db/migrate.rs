//! Bringing a database to this program's schema, and refusing one that is not ours, damaged, newer or lost.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use diesel::connection::SimpleConnection;
use diesel::migration::{Migration, MigrationSource};
use diesel::sql_types::{BigInt, Text};
use diesel::{QueryableByName, RunQueryDsl};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::{Conn, Location, open};

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// `BANK` in ASCII: the application id in the header of an SQLite file of ours.
const APPLICATION_ID: i64 = 0x4241_4e4b;

/// Migrates under a lock, so that several instances may start at once.
///
/// # Errors
/// One line that says why the database is not used.
pub fn migrate(location: &Location) -> Result<(), String> {
    match location {
        Location::Sqlite(path) => {
            if let Some(folder) = path.parent().filter(|p| !p.as_os_str().is_empty()) {
                std::fs::create_dir_all(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
            }
            let lock = beside(path, "lock");
            let file = File::create(&lock).map_err(|e| format!("{}: {e}", lock.display()))?;
            file.lock().map_err(|e| format!("{}: {e}", lock.display()))?;
            look_at_file(path)?;
            let mut conn = open(location, false).map_err(|e| format!("{}: {e}", path.display()))?;
            run(&mut conn)?;
            conn.batch_execute(&format!("PRAGMA application_id = {APPLICATION_ID}")).map_err(|e| e.to_string())?;
            let mark = beside(path, "installed");
            std::fs::write(&mark, "a Bankside database belongs beside this file\n")
                .map_err(|e| format!("{}: {e}", mark.display()))
        }
        Location::Postgres(_) => {
            let mut conn = open(location, false).map_err(|e| format!("PostgreSQL: {e}"))?;
            conn.batch_execute(&format!("SET lock_timeout = 0; SELECT pg_advisory_lock({APPLICATION_ID})"))
                .map_err(|e| e.to_string())?;
            let result = run(&mut conn);
            conn.batch_execute(&format!("SELECT pg_advisory_unlock({APPLICATION_ID})")).map_err(|e| e.to_string())?;
            result
        }
    }
}

/// Undoes every migration; for the tests that go up, down and up again.
///
/// # Errors
/// What the database says.
pub fn revert_all(conn: &mut Conn) -> Result<(), String> {
    match conn {
        Conn::Sqlite(c) => c.revert_all_migrations(SQLITE).map(drop),
        Conn::Postgres(c) => c.revert_all_migrations(POSTGRES).map(drop),
    }
    .map_err(|e| e.to_string())
}

/// Whether every migration of this program has been run; for `/readyz`.
///
/// # Errors
/// What the database says.
pub fn is_current(conn: &mut Conn) -> crate::error::Result<bool> {
    let done = applied(conn)?;
    let known = known(conn).map_err(crate::error::Error::internal)?;
    Ok(known.iter().all(|version| done.contains(version)))
}

/// Refuses a database with tables of another program, or of a newer version of this one.
///
/// # Errors
/// One line that says which.
pub fn must_be_ours(conn: &mut Conn) -> Result<(), String> {
    if !has_history(conn)? {
        let tables = match conn {
            Conn::Sqlite(_) => {
                "SELECT COUNT(*) AS n FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
            }
            Conn::Postgres(_) => "SELECT COUNT(*) AS n FROM pg_tables WHERE schemaname = ANY (current_schemas(false))",
        };
        let count: Count = diesel::sql_query(tables).get_result(conn).map_err(|e| e.to_string())?;
        return if count.n == 0 { Ok(()) } else { Err("the database holds the tables of another program".into()) };
    }
    let known = known(conn)?;
    let newer: Vec<_> = applied(conn).map_err(|e| e.to_string())?.into_iter().filter(|v| !known.contains(v)).collect();
    if newer.is_empty() {
        return Ok(());
    }
    Err(format!(
        "the database is of a newer version (migration {}): use the program it was written by",
        newer.join(", ")
    ))
}

fn run(conn: &mut Conn) -> Result<(), String> {
    must_be_ours(conn)?;
    match conn {
        Conn::Sqlite(c) => c.run_pending_migrations(SQLITE).map(drop),
        Conn::Postgres(c) => c.run_pending_migrations(POSTGRES).map(drop),
    }
    .map_err(|e| format!("migration: {e}"))
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

#[derive(QueryableByName)]
struct Version {
    #[diesel(sql_type = Text)]
    version: String,
}

fn has_history(conn: &mut Conn) -> Result<bool, String> {
    let sql = match conn {
        Conn::Sqlite(_) => "SELECT COUNT(*) AS n FROM sqlite_master WHERE name = '__diesel_schema_migrations'",
        Conn::Postgres(_) => {
            "SELECT COUNT(*) AS n FROM pg_tables WHERE tablename = '__diesel_schema_migrations' AND schemaname = ANY (current_schemas(false))"
        }
    };
    let count: Count = diesel::sql_query(sql).get_result(conn).map_err(|e| e.to_string())?;
    Ok(count.n > 0)
}

fn applied(conn: &mut Conn) -> diesel::QueryResult<Vec<String>> {
    let rows: Vec<Version> = diesel::sql_query("SELECT version FROM __diesel_schema_migrations").load(conn)?;
    Ok(rows.into_iter().map(|row| row.version).collect())
}

fn known(conn: &Conn) -> Result<Vec<String>, String> {
    match conn {
        Conn::Sqlite(_) => versions::<diesel::sqlite::Sqlite>(&SQLITE),
        Conn::Postgres(_) => versions::<diesel::pg::Pg>(&POSTGRES),
    }
}

fn versions<DB: diesel::backend::Backend>(of: &impl MigrationSource<DB>) -> Result<Vec<String>, String> {
    let all = of.migrations().map_err(|e| e.to_string())?;
    Ok(all.iter().map(|one| one.name().version().to_string()).collect())
}

/// What can be told before SQLite opens (and would create) the file: lost, no database, or somebody else's.
///
/// # Errors
/// One line that says which.
pub fn look_at_file(path: &Path) -> Result<(), String> {
    let shown = path.display();
    let mut header = [0u8; 100];
    let read = match File::open(path) {
        Ok(mut file) => read_up_to(&mut file, &mut header).map_err(|e| format!("{shown}: {e}"))?,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
            let mark = beside(path, "installed");
            if mark.exists() {
                return Err(format!(
                    "{shown} is gone, though it was here before: restore a backup, or remove {} to begin anew",
                    mark.display()
                ));
            }
            return Ok(());
        }
        Err(e) => return Err(format!("{shown}: {e}")),
    };
    if read == 0 {
        if beside(path, "installed").exists() {
            return Err(format!("{shown} is empty, though it was not before: restore a backup"));
        }
        return Ok(());
    }
    if read < 100 || &header[..16] != b"SQLite format 3\0" {
        return Err(format!("{shown} is damaged or is not an SQLite database"));
    }
    let id = i64::from(u32::from_be_bytes([header[68], header[69], header[70], header[71]]));
    if id != APPLICATION_ID && id != 0 {
        return Err(format!("{shown} is the database of another program"));
    }
    Ok(())
}

fn read_up_to(file: &mut File, buffer: &mut [u8]) -> std::io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match file.read(&mut buffer[filled..])? {
            0 => break,
            n => filled += n,
        }
    }
    Ok(filled)
}

/// `name.db` → `name.db.suffix`, in the same folder.
pub fn beside(path: &Path, suffix: &str) -> std::path::PathBuf {
    let mut name = path.file_name().map(std::ffi::OsStr::to_os_string).unwrap_or_default();
    name.push(".");
    name.push(suffix);
    path.with_file_name(name)
}
