//! Raw positions are sensitive: they are dropped after their keeping time, and the verdict stays.

use std::time::{Duration, Instant};

use diesel::prelude::*;

use crate::app::App;
use crate::db::schema::checkins;
use crate::db::{At, Id};
use crate::error::Result;

/// How many at once, so that the writer is not held up.
const BATCH: i64 = 500;
/// How long a run goes on where very many are old at once (the keeping time was made shorter): the check-ins that come meanwhile need the writer.
const A_RUN: Duration = Duration::from_millis(500);

/// Drops the coordinates of check-ins received longer ago than the setting `keep_positions_days`, as many as a run can; the next goes on.
///
/// # Errors
/// What the database says.
pub fn drop_old(app: &App) -> Result<()> {
    let before = first_kept(app.clock.now(), app.settings.keep_positions_days);
    let until = Instant::now() + A_RUN;
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
        if dropped < BATCH || Instant::now() >= until {
            return Ok(());
        }
    }
}

/// When a check-in must have arrived for its position to be kept still.
pub fn first_kept(now: At, days: u32) -> At {
    now - chrono::Duration::days(i64::from(days))
}
