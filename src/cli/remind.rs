//! `bankside remind`: one reminder pass as if it were a moment.

use chrono::{DateTime, FixedOffset};

use super::{Outcome, say};
use crate::app::App;
use crate::db::At;
use crate::mail::{outbox, reminders};
use crate::reports;
use crate::settings::Settings;

/// What the command takes.
#[derive(clap::Args)]
pub struct Options {
    /// The moment that decides what is due [default: now]
    #[arg(long, value_name = "RFC3339", value_parser = DateTime::parse_from_rfc3339)]
    at: Option<DateTime<FixedOffset>>,
}

/// Queues what is due at the moment, tries each waiting mail once, and prints what came of it as one line of JSON.
///
/// # Errors
/// What the database says. Mails that wait or failed are no error.
pub fn run(settings: Settings, options: &Options) -> Outcome {
    let app = App::start(settings)?;
    let at = options.at.map_or_else(|| app.clock.now(), At::from);
    let passed = reminders::pass(&app, at);
    let reported = reports::mails::pass(&app, at);
    // What is queued goes out even where a branch failed.
    let tally = outbox::try_each(&app).map_err(say)?;
    let queued = passed.map_err(say)? + reported.map_err(say)?;
    let (sent, waiting, failed) = (tally.sent, tally.waiting, tally.failed);
    super::tell(format!("{{\"queued\":{queued},\"sent\":{sent},\"waiting\":{waiting},\"failed\":{failed}}}"))
}
