//! Writing in bulk: rows wait in memory up to a bound and go out together, parents before what refers to them. PostgreSQL takes them by COPY;
//! SQLite by one prepared statement a table within a large transaction. Indexes are taken down before and built anew after, from sorted data.

use diesel::RunQueryDsl;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;

use super::rows::*;
use crate::db::schema::*;
use crate::db::{At, Conn};
use crate::error::Result;

/// So many rows wait at most.
const WAITING: usize = 20_000;
/// So many rows go into one transaction.
const COMMITTED: usize = 400_000;

macro_rules! bulk {
    ($($field:ident: $row:ident => $table:ident),* $(,)?) => {
        /// What waits to be written, by table, parents first.
        #[derive(Default)]
        pub struct Waiting { $(pub $field: Vec<$row>),* }

        impl Waiting {
            fn len(&self) -> usize {
                0 $(+ self.$field.len())*
            }

            fn write(&mut self, conn: &mut Conn, counts: &mut Counts) -> Result<()> {
                $(
                    match conn {
                        Conn::Sqlite(conn) => {
                            for row in &self.$field {
                                diesel::insert_into($table::table).values(row).execute(conn)?;
                            }
                        }
                        Conn::Postgres(conn) if !self.$field.is_empty() => {
                            diesel::copy_from($table::table).from_insertable(&self.$field).execute(conn)?;
                        }
                        Conn::Postgres(_) => {}
                    }
                    counts.$field += self.$field.len();
                    self.$field.clear();
                )*
                Ok(())
            }
        }

        /// How many rows were written, by table.
        #[derive(Clone, Debug, Default, PartialEq, Eq)]
        pub struct Counts { $(pub $field: usize),* }

        impl Counts {
            /// Table and rows.
            pub fn each(&self) -> Vec<(&'static str, usize)> {
                vec![$((stringify!($table), self.$field)),*]
            }
        }

        const TABLES: &[&str] = &[$(stringify!($table)),*];
    };
}

bulk! {
    branches: BranchRow => branches,
    users: UserRow => users,
    banks: BankRow => banks,
    outlets: OutletRow => outlets,
    hours: HoursRow => outlet_hours,
    phases: PhaseRow => outlet_phases,
    contacts: ContactRow => contacts,
    shifts: ShiftRow => shifts,
    checkins: CheckinRow => checkins,
    prospects: ProspectRow => prospects,
    consents: ConsentRow => consents,
    touches: TouchRow => touches,
    stages: StageRow => stage_changes,
    follow_ups: FollowUpRow => follow_ups,
}

/// What stands in `settings` from the first row to the last index: a database that was only half filled is not served.
const MARK: &str = "generating";

/// Whether the database was only half filled.
///
/// # Errors
/// What the database says.
pub fn is_half_filled(conn: &mut Conn) -> Result<bool> {
    let marked: i64 = settings::table.filter(settings::name.eq(MARK)).count().get_result(conn)?;
    Ok(marked > 0)
}

/// Fills an empty database over a connection of its own.
pub struct Bulk<'a> {
    conn: &'a mut Conn,
    /// What waits to be written.
    pub waiting: Waiting,
    counts: Counts,
    uncommitted: usize,
    indexes: Vec<String>,
}

#[derive(QueryableByName)]
struct Index {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    made: String,
}

impl<'a> Bulk<'a> {
    /// Marks the database and takes its indexes down, in one transaction; false where there is something in it already.
    ///
    /// # Errors
    /// What the database says.
    pub fn begin(conn: &'a mut Conn, now: At) -> Result<Option<Bulk<'a>>> {
        let begin = match conn {
            Conn::Sqlite(_) => {
                // The data is nobody's yet: one sync at each checkpoint is enough, and every row is made to refer to what is there.
                "PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = OFF; PRAGMA cache_size = -131072; BEGIN IMMEDIATE"
            }
            Conn::Postgres(_) => {
                "SET statement_timeout = 0; SET lock_timeout = 0; BEGIN; LOCK TABLE settings IN EXCLUSIVE MODE"
            }
        };
        conn.batch_execute(begin)?;
        if !is_empty(conn)? {
            conn.batch_execute("ROLLBACK")?;
            return Ok(None);
        }
        let mark = (settings::name.eq(MARK), settings::value.eq(now.rfc3339()));
        diesel::insert_into(settings::table).values(mark).execute(conn)?;
        let indexes = indexes(conn)?;
        for index in &indexes {
            conn.batch_execute(&format!("DROP INDEX \"{}\"", index.name))?;
        }
        conn.batch_execute("COMMIT; BEGIN")?;
        let indexes = indexes.into_iter().map(|index| index.made).collect();
        Ok(Some(Bulk { conn, waiting: Waiting::default(), counts: Counts::default(), uncommitted: 0, indexes }))
    }

    /// Writes what waits once there is enough of it.
    ///
    /// # Errors
    /// What the database says.
    pub fn settle(&mut self) -> Result<()> {
        let rows = self.waiting.len();
        if rows < WAITING {
            return Ok(());
        }
        self.waiting.write(self.conn, &mut self.counts)?;
        self.uncommitted += rows;
        if self.uncommitted >= COMMITTED {
            self.conn.batch_execute("COMMIT; BEGIN")?;
            self.uncommitted = 0;
        }
        Ok(())
    }

    /// Runs a body on the connection, after everything that waits was written.
    ///
    /// # Errors
    /// What the database or the body says.
    pub fn with<T>(&mut self, body: impl FnOnce(&mut Conn) -> Result<T>) -> Result<T> {
        self.waiting.write(self.conn, &mut self.counts)?;
        body(self.conn)
    }

    /// Writes the rest, builds the indexes, and takes the mark away. PostgreSQL, which would do so by itself in a while, counts what is there; SQLite must
    /// not: with samples in its tables it plans each statement anew for each value.
    ///
    /// # Errors
    /// What the database says.
    pub fn end(mut self) -> Result<Counts> {
        self.waiting.write(self.conn, &mut self.counts)?;
        self.conn.batch_execute("COMMIT")?;
        for made in &self.indexes {
            self.conn.batch_execute(made)?;
        }
        if let Conn::Postgres(conn) = self.conn {
            conn.batch_execute("ANALYZE")?;
        }
        diesel::delete(settings::table.filter(settings::name.eq(MARK))).execute(self.conn)?;
        if let Conn::Sqlite(conn) = self.conn {
            conn.batch_execute("PRAGMA wal_checkpoint(TRUNCATE)")?;
        }
        Ok(self.counts)
    }
}

/// Whether there is nobody and nothing in the database that a filling could be mixed up with.
///
/// # Errors
/// What the database says.
pub fn is_empty(conn: &mut Conn) -> Result<bool> {
    let branches: i64 = branches::table.count().get_result(conn)?;
    let users: i64 = users::table.count().get_result(conn)?;
    let days: i64 = calendar_days::table.count().get_result(conn)?;
    Ok(branches == 0 && users == 0 && days == 0 && !is_half_filled(conn)?)
}

/// The indexes of the tables that are filled, but for those that are part of a table's own definition.
fn indexes(conn: &mut Conn) -> Result<Vec<Index>> {
    let query = match conn {
        Conn::Sqlite(_) => {
            "SELECT name, sql AS made, tbl_name AS its_table FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
        }
        Conn::Postgres(_) => {
            "SELECT indexname::text AS name, indexdef AS made, tablename::text AS its_table FROM pg_indexes WHERE schemaname = current_schema() \
             AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conname = indexname)"
        }
    };
    let tables = TABLES.iter().map(|table| format!("'{table}'")).collect::<Vec<_>>().join(", ");
    let query = format!("SELECT name, made FROM ({query}) AS i WHERE its_table IN ({tables}) ORDER BY name");
    Ok(diesel::sql_query(query).load(conn)?)
}
