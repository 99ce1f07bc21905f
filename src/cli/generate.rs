//! `bankside generate --national`: fills an empty database with made-up people and history.

use std::time::{Duration, Instant};

use chrono::NaiveDate;
use chrono_tz::Asia::Shanghai;

use super::{Outcome, say, tell};
use crate::app::App;
use crate::attendance;
use crate::db::open;
use crate::funnel;
use crate::generate::{self, PASSWORD, Plan};
use crate::settings::Settings;

/// How long the funnel's months are packed before it is left to the job.
const PACKING: Duration = Duration::from_secs(600);

/// What the command takes.
#[derive(clap::Args)]
pub struct Options {
    /// A whole country: 20,000 brokers, 50,000 outlets, 5 million prospects over five years, a year of check-ins
    #[arg(long, required = true)]
    national: bool,
    /// A share of the country, from 0.0001 to 1
    #[arg(long, default_value_t = 1.0, value_parser = share)]
    scale: f64,
    /// The same seed and day give the same data
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The day that has just begun when the history ends [default: today in China]
    #[arg(long, value_name = "YYYY-MM-DD")]
    today: Option<NaiveDate>,
}

fn share(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(share) if (0.0001..=1.0).contains(&share) => Ok(share),
        _ => Err("a number from 0.0001 to 1".into()),
    }
}

/// Fills the database and prints how many rows each table has, then a line a role: `role login password`.
///
/// # Errors
/// When the database holds something already.
pub fn run(settings: Settings, options: &Options) -> Outcome {
    let app = App::start(settings)?;
    let now = app.clock.now();
    let today = options.today.unwrap_or_else(|| now.date_in(Shanghai));
    let keep_positions_days = app.settings.keep_positions_days;
    let plan = Plan { scale: options.scale, seed: options.seed, today, keep_positions_days };
    let mut conn = open(app.db.location(), false).map_err(|e| e.to_string())?;
    let told = std::cell::Cell::new(0);
    let filled = generate::fill(&mut conn, &app.keys, &plan, now, |done| {
        if done / 10 > told.replace(done) / 10 {
            tracing::info!(percent = done, "made");
        }
    });
    let counts =
        filled.map_err(say)?.ok_or("the database is not empty: made-up people are only put into an empty one")?;
    funnel::packing::pack(&app, Instant::now() + PACKING).map_err(say)?;
    attendance::days::add_up(&app, Instant::now() + PACKING).map_err(say)?;
    super::sealed(&app)?;
    for (table, rows) in counts.each() {
        tell(format!("{rows} {table}"))?;
    }
    for (role, login) in generate::logins(&mut conn).map_err(say)? {
        tell(format!("{role} {login} {PASSWORD}"))?;
    }
    Ok(())
}
