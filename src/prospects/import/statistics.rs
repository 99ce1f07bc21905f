//! What PostgreSQL knows of the tables that a file fills.
//!
//! It plans by statistics, which it renews within a minute; a first file is in sooner. Plans made while there was nobody, which each connection keeps, read
//! all prospects for every follow-up of a broker: with a hundred thousand of them Today took seconds. New statistics make it plan anew.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Float;

use super::PART_OF_POSTGRES;
use crate::db::{Conn, Database};
use crate::error::Result;

/// The tables, looked at roughly (a tenth of the rows that are usual), and not where somebody else is just at it.
const RENEW: &str = "SET LOCAL default_statistics_target = 10; \
    ANALYZE (SKIP_LOCKED) prospects, stage_changes, follow_ups, consents, audit_entries, audit_seals";

/// After so many parts of a file: renews the statistics where they know of less than a third of what came in, which over a long file into an empty database
/// is five times, and into a large one never. An import does not fail for it.
pub fn renew(db: &Database, parts: u32) {
    if db.location().file().is_some() || !parts.is_power_of_two() {
        return;
    }
    let rows = parts as f32 * PART_OF_POSTGRES as f32;
    if let Err(error) = db.write_now(move |conn| renew_where_old(conn, rows)) {
        tracing::warn!(%error, "the statistics could not be renewed");
    }
}

fn renew_where_old(conn: &mut Conn, rows: f32) -> Result<()> {
    let Conn::Postgres(conn) = conn else { return Ok(()) };
    let known = diesel::dsl::sql::<Float>("SELECT reltuples FROM pg_class WHERE oid = 'prospects'::regclass");
    let known: f32 = known.get_result(conn)?;
    if known < rows / 3.0 {
        conn.batch_execute(RENEW)?;
    }
    Ok(())
}
