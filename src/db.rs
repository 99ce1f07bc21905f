//! The connection over both databases: `read` and `write`, off the async threads.
//!
//! On SQLite every write goes through one writer thread that groups jobs into one transaction and answers after COMMIT
//! (see `db/writer.rs`). On PostgreSQL a write is a transaction of its own on the pool.
//! What reads and then writes the same rows first takes `serialise` on what it changes, so that both behave alike.

mod at;
pub mod both;
mod checkpoint;
pub mod migrate;
pub mod schema;
pub mod types;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::r2d2::{self, ManageConnection, Pool};
use diesel::{Connection, PgConnection, RunQueryDsl, SqliteConnection};

use crate::error::{Error, Result};
pub use at::At;
pub use types::Id;
use writer::{Again, Body, Company, Once, Writer};

/// A connection to either database.
#[derive(diesel::MultiConnection)]
pub enum Conn {
    /// The embedded one.
    Sqlite(SqliteConnection),
    /// The server.
    Postgres(PgConnection),
}

/// Where the data is; the URL's scheme decides, and an unknown one is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// The file of an SQLite database.
    Sqlite(PathBuf),
    /// A PostgreSQL URL, as libpq takes it.
    Postgres(String),
}

impl Location {
    /// Reads `sqlite://relative`, `sqlite:///absolute` or `postgres://…`.
    pub fn parse(url: &str) -> std::result::Result<Location, String> {
        if let Some(path) = url.strip_prefix("sqlite://") {
            if path.is_empty() || path.starts_with(':') || path.contains(['?', '\0']) {
                return Err("BANKSIDE_DATABASE_URL: a file name must follow sqlite://".into());
            }
            return Ok(Location::Sqlite(PathBuf::from(path)));
        }
        if url.starts_with("postgres://") {
            return Ok(Location::Postgres(url.to_owned()));
        }
        Err("BANKSIDE_DATABASE_URL: must begin with sqlite:// or postgres://".into())
    }

    /// The SQLite file, if it is one.
    pub fn file(&self) -> Option<&Path> {
        match self {
            Location::Sqlite(path) => Some(path),
            Location::Postgres(_) => None,
        }
    }
}

/// Opens connections; `read_only` ones refuse to write.
struct Opener {
    location: Location,
    read_only: bool,
}

/// Opens one connection with everything set that is per connection.
pub fn open(location: &Location, read_only: bool) -> std::result::Result<Conn, diesel::ConnectionError> {
    match location {
        Location::Sqlite(path) => {
            let mut conn = SqliteConnection::establish(&path.to_string_lossy())?;
            let mode = if read_only { "PRAGMA query_only = ON;" } else { "" };
            conn.batch_execute(&format!(
                "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; \
                 PRAGMA cache_size = -4000; PRAGMA wal_autocheckpoint = 4000; PRAGMA journal_size_limit = 67108864; PRAGMA temp_store = MEMORY; {mode}"
            ))
            .map_err(diesel::ConnectionError::CouldntSetupConfiguration)?;
            Ok(Conn::Sqlite(conn))
        }
        Location::Postgres(url) => {
            let mut conn = PgConnection::establish(url)?;
            // A write may wait for a connection, for its turn and for a table, one after the other: within ten seconds in all.
            conn.batch_execute("SET TIME ZONE 'UTC'; SET lock_timeout = '2500ms'; SET statement_timeout = '60s'")
                .map_err(diesel::ConnectionError::CouldntSetupConfiguration)?;
            Ok(Conn::Postgres(conn))
        }
    }
}

/// A pooled connection, with when it last answered; none where it did not.
struct Held {
    conn: Conn,
    answered: Option<Instant>,
}

/// A connection that answered so lately is not asked whether it still does.
const TRUSTED: Duration = Duration::from_secs(1);
/// So long a reader waits for a note to be written.
const PATIENCE_OF_NOTES: Duration = Duration::from_millis(500);

impl ManageConnection for Opener {
    type Connection = Held;
    type Error = r2d2::Error;

    fn connect(&self) -> std::result::Result<Held, r2d2::Error> {
        let conn = open(&self.location, self.read_only).map_err(r2d2::Error::ConnectionError)?;
        Ok(Held { conn, answered: Some(Instant::now()) })
    }

    fn is_valid(&self, held: &mut Held) -> std::result::Result<(), r2d2::Error> {
        match &mut held.conn {
            Conn::Postgres(conn) if held.answered.is_none_or(|at| at.elapsed() > TRUSTED) => {
                diesel::sql_query("SELECT 1").execute(conn).map(drop).map_err(r2d2::Error::QueryError)
            }
            _ => Ok(()),
        }
    }

    fn has_broken(&self, held: &mut Held) -> bool {
        let broken = match &mut held.conn {
            Conn::Sqlite(_) => false,
            Conn::Postgres(conn) => r2d2::R2D2Connection::is_broken(conn),
        };
        broken || std::thread::panicking()
    }
}

/// The open database.
#[derive(Clone)]
pub struct Database {
    location: Location,
    pool: Pool<Opener>,
    writer: Option<Arc<Writer>>,
}

impl Database {
    /// Opens an already migrated database.
    ///
    /// # Errors
    /// When it cannot be reached.
    pub fn open(location: &Location) -> Result<Database> {
        let sqlite = location.file().is_some();
        let opener = Opener { location: location.clone(), read_only: sqlite };
        let pool = Pool::builder()
            .max_size(if sqlite { 8 } else { connections() })
            .min_idle(Some(1))
            .connection_timeout(Duration::from_secs(4))
            .error_handler(Box::new(r2d2::NopErrorHandler))
            .build(opener)
            .map_err(|e| Error::Unavailable(e.to_string()))?;
        let writer = if sqlite { Some(Arc::new(Writer::start(location)?)) } else { None };
        Ok(Database { location: location.clone(), pool, writer })
    }

    /// How many may read at once.
    pub fn readers(&self) -> usize {
        self.pool.max_size() as usize
    }

    /// Where the data is.
    pub fn location(&self) -> &Location {
        &self.location
    }

    /// One consistent, read-only look at the data, off the async threads.
    ///
    /// # Errors
    /// What `body` returns; `Unavailable` when no connection is to be had.
    pub async fn read<T, F>(&self, body: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn) -> Result<T> + Send + 'static,
    {
        let this = self.clone();
        let span = tracing::Span::current();
        tokio::task::spawn_blocking(move || span.in_scope(|| this.read_now(body))).await.map_err(Error::internal)?
    }

    /// `read` for callers that are not async: commands, jobs, tests.
    ///
    /// # Errors
    /// As `read`.
    pub fn read_now<T>(&self, body: impl FnOnce(&mut Conn) -> Result<T>) -> Result<T> {
        self.on(|conn| {
            let begin = match conn {
                Conn::Sqlite(_) => "BEGIN",
                Conn::Postgres(_) => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
            };
            in_transaction(conn, begin, body)
        })
    }

    /// `read` for a body whose statements need not agree with each other: each is one consistent look by itself and needs no transaction around it.
    ///
    /// # Errors
    /// As `read`.
    pub async fn read_once<T, F>(&self, body: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn) -> Result<T> + Send + 'static,
    {
        let this = self.clone();
        let span = tracing::Span::current();
        let look = move || span.in_scope(|| this.on(body));
        tokio::task::spawn_blocking(look).await.map_err(Error::internal)?
    }

    /// Lends a connection of the pool; one over which nothing was to be had is asked before it is lent again.
    fn on<T>(&self, body: impl FnOnce(&mut Conn) -> Result<T>) -> Result<T> {
        let mut held = self.pool.get().map_err(|e| Error::Unavailable(e.to_string()))?;
        let result = body(&mut held.conn);
        held.answered = if matches!(result, Err(Error::Unavailable(_))) { None } else { Some(Instant::now()) };
        result
    }

    /// One transaction that writes: all of `body` or nothing of it. Returned only after COMMIT.
    ///
    /// # Errors
    /// What `body` returns; `Unavailable` when the queue is full or the database does not answer.
    pub async fn write<T, F>(&self, body: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn) -> Result<T> + Send + 'static,
    {
        let span = tracing::Span::current();
        self.write_body("BEGIN".to_owned(), Once::new(move |conn: &mut Conn| span.in_scope(|| body(conn)))).await
    }

    /// `write` for what very many do at once: a `body` that does the same when it is run again after a rollback, and passes on whatever the database says.
    /// It costs SQLite less, and PostgreSQL where it is said beforehand what is `serialise`d on.
    ///
    /// # Errors
    /// As `write`.
    pub async fn write_again<T, F>(&self, on: &[Id], body: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut Conn) -> Result<T> + Send + 'static,
    {
        let span = tracing::Span::current();
        self.write_body(begin_again(on), Again(move |conn: &mut Conn| span.in_scope(|| body(conn)))).await
    }

    async fn write_body<T: Send + 'static>(&self, begin: String, mut body: impl Body<T> + 'static) -> Result<T> {
        match &self.writer {
            Some(writer) => {
                let (reply, answer) = tokio::sync::oneshot::channel();
                // Whoever asked may have gone meanwhile; the work stands all the same.
                writer.queue(Company::Others, body, |result| drop(reply.send(result)))?;
                answer.await.map_err(|_| Error::Unavailable("the writer stopped".into()))?
            }
            None => {
                let this = self.clone();
                let work = move || this.on(|conn| in_transaction(conn, &begin, |conn| body.run(conn)));
                tokio::task::spawn_blocking(work).await.map_err(Error::internal)?
            }
        }
    }

    /// `write` for callers that are not async.
    ///
    /// # Errors
    /// As `write`.
    pub fn write_now<T, F>(&self, body: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn) -> Result<T> + Send + 'static,
    {
        self.write_in(Company::Others, body)
    }

    /// `write_now` for what takes some milliseconds and comes again and again: nobody else's write shares its transaction, and so none waits for it who was
    /// there before, and none is answered late who came after it.
    ///
    /// # Errors
    /// As `write`.
    pub fn write_apart<T, F>(&self, body: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn) -> Result<T> + Send + 'static,
    {
        self.write_in(Company::Nobody, body)
    }

    fn write_in<T, F>(&self, company: Company, body: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn) -> Result<T> + Send + 'static,
    {
        match &self.writer {
            Some(writer) => {
                let (reply, answer) = std::sync::mpsc::sync_channel(1);
                writer.queue(company, Once::new(body), move |result| drop(reply.send(result)))?;
                answer.recv().map_err(|_| Error::Unavailable("the writer stopped".into()))?
            }
            None => self.on(|conn| in_transaction(conn, "BEGIN", body)),
        }
    }

    /// Writes what is good to know and worth no waiting. Whoever reads goes on where it cannot be written (a full disk, a lock held long); the log then says
    /// `what` was not noted.
    pub async fn note<F>(&self, what: &str, body: F)
    where
        F: FnOnce(&mut Conn) -> Result<()> + Send + 'static,
    {
        match tokio::time::timeout(PATIENCE_OF_NOTES, self.write(body)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "{what} could not be noted"),
            Err(_) => tracing::warn!("{what} waits for the writer"),
        }
    }
}

/// How many connections to PostgreSQL a server has: some wait for the disk while the others work. Beyond four a core and four more they wait for each other.
fn connections() -> u32 {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    u32::try_from(4 * cores + 4).unwrap_or(u32::MAX).min(24)
}

/// Runs `body` between `begin` and COMMIT; rolls back on an error and on a panic, which goes on.
fn in_transaction<T>(conn: &mut Conn, begin: &str, body: impl FnOnce(&mut Conn) -> Result<T>) -> Result<T> {
    if let Err(error) = conn.batch_execute(begin) {
        roll_back(conn);
        return Err(error.into());
    }
    let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| body(conn)));
    match result {
        Ok(Ok(value)) => {
            if let Err(e) = conn.batch_execute("COMMIT") {
                roll_back(conn);
                return Err(e.into());
            }
            Ok(value)
        }
        Ok(Err(error)) => {
            roll_back(conn);
            Err(error)
        }
        Err(panic) => {
            roll_back(conn);
            std::panic::resume_unwind(panic)
        }
    }
}

/// A failed rollback leaves the connection useless; the pool finds that out on its own, so it is only logged.
fn roll_back(conn: &mut Conn) {
    if let Err(error) = conn.batch_execute("ROLLBACK") {
        tracing::warn!(%error, "rollback failed");
    }
}

diesel::define_sql_function! {
    /// Returns nothing, whatever its type is called here; as a function of diesel's it is prepared once a connection.
    fn pg_advisory_xact_lock(key: diesel::sql_types::BigInt) -> diesel::sql_types::Bool;
}

/// For lists over a period somebody chose: PostgreSQL else goes over to one plan for all periods after a while, and that plan gathers and sorts tens of
/// thousands for the fifty that are shown. Until the transaction ends.
///
/// # Errors
/// What the database says.
pub fn plan_for_each(conn: &mut Conn) -> Result<()> {
    if let Conn::Postgres(conn) = conn {
        conn.batch_execute("SET LOCAL plan_cache_mode = force_custom_plan")?;
    }
    Ok(())
}

/// Makes writers of the same thing wait for each other until the transaction ends, so that "look, then write" is safe.
/// On SQLite there is one writer anyway.
///
/// # Errors
/// When the lock is not to be had in time.
pub fn serialise(conn: &mut Conn, what: Id) -> Result<()> {
    if let Conn::Postgres(conn) = conn {
        diesel::select(pg_advisory_xact_lock(lock_of(what))).execute(conn)?;
    }
    Ok(())
}

/// Begins a transaction of PostgreSQL for `write_again`, and does there what `serialise` does on each in turn: all of it is one message. What very many do at
/// once finds its rows by ids, whatever these are, so its statements are planned once a connection; left to itself PostgreSQL plans some of them each time.
fn begin_again(on: &[Id]) -> String {
    let mut begin = "BEGIN; SELECT set_config('plan_cache_mode', 'force_generic_plan', true)".to_owned();
    for what in on {
        begin += &format!(", pg_advisory_xact_lock({})", lock_of(*what));
    }
    begin
}

fn lock_of(what: Id) -> i64 {
    let mut key = [0u8; 8];
    for (i, byte) in what.0.as_bytes().iter().enumerate() {
        key[i % 8] ^= byte;
    }
    i64::from_be_bytes(key)
}

/// A word that stands in the statement itself. A plan does not depend on values (SQLite is built so), and so an index over some rows only is taken where the
/// statement says which rows, and not for a value that might be another.
pub fn word(word: &'static str) -> diesel::expression::SqlLiteral<diesel::sql_types::Text> {
    debug_assert!(word.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'), "no word: {word}");
    diesel::dsl::sql(&format!("'{word}'"))
}

/// Runs one body against the variant's own connection: for what diesel offers only there (`ON CONFLICT`, batches), and for the few statements
/// that nearly every request makes, whose text would otherwise be written anew each time to find the prepared one. A third word names the backend in the
/// body, for a boxed query.
#[macro_export]
macro_rules! on_either {
    ($conn:expr, $c:ident => $body:expr) => {
        match $conn {
            $crate::db::Conn::Sqlite($c) => $body,
            $crate::db::Conn::Postgres($c) => $body,
        }
    };
    ($conn:expr, $c:ident, $db:ident => $body:expr) => {
        match $conn {
            $crate::db::Conn::Sqlite($c) => {
                type $db = diesel::sqlite::Sqlite;
                $body
            }
            $crate::db::Conn::Postgres($c) => {
                type $db = diesel::pg::Pg;
                $body
            }
        }
    };
}

/// Executes two inserts: on PostgreSQL as one statement.
#[macro_export]
macro_rules! insert_both {
    ($conn:expr, $first:expr, $second:expr) => {
        match ($conn, $first, $second) {
            ($crate::db::Conn::Sqlite(conn), first, second) => first.execute(conn).and_then(|_| second.execute(conn)),
            ($crate::db::Conn::Postgres(conn), first, second) => $crate::db::both::Both(first, second).execute(conn),
        }
    };
}

/// Inserts all rows of a list: on SQLite one after the other by a statement that is prepared once, on PostgreSQL by one statement.
#[macro_export]
macro_rules! insert_all {
    ($conn:expr, $table:expr, $rows:expr) => {
        match (&mut *$conn, &$rows) {
            (_, rows) if rows.is_empty() => {}
            ($crate::db::Conn::Sqlite(conn), rows) => {
                for row in rows {
                    diesel::insert_into($table).values(row).execute(conn)?;
                }
            }
            ($crate::db::Conn::Postgres(conn), rows) => {
                diesel::insert_into($table).values(rows).execute(conn)?;
            }
        }
    };
}
