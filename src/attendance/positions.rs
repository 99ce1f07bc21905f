//! Raw positions are sensitive: they are dropped after their keeping time, and the verdict stays.

use chrono::Duration;
use diesel::prelude::*;

use crate::app::App;
use crate::db::Id;
use crate::db::schema::checkins;
use crate::error::Result;

/// How many at once, so that the writer is not held up.
const BATCH: i64 = 500;

/// Drops the coordinates of check-ins received longer ago than the setting `keep_positions_days`.
///
/// # Errors
/// What the database says.
pub fn drop_old(app: &App) -> Result<()> {
    let before = app.clock.now() - Duration::days(i64::from(app.settings.keep_positions_days));
    loop {
        let dropped = app.db.write_now(move |conn| {
            let old: Vec<Id> = checkins::table
                .filter(checkins::lat.is_not_null().and(checkins::received_at.lt(before)))
                .order(checkins::received_at)
                .limit(BATCH)
                .select(checkins::id)
                .load(conn)?;
            diesel::update(checkins::table.filter(checkins::id.eq_any(&old)))
                .set((
                    checkins::lat.eq(None::<f64>),
                    checkins::lon.eq(None::<f64>),
                    checkins::given_lat.eq(None::<f64>),
                    checkins::given_lon.eq(None::<f64>),
                ))
                .execute(conn)?;
            Ok(old.len() as i64)
        })?;
        if dropped < BATCH {
            return Ok(());
        }
    }
}
