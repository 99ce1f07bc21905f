//! `bankside serve`

use super::Outcome;
use crate::app::App;
use crate::server;
use crate::settings::Settings;

/// What the command takes.
#[derive(clap::Args)]
pub struct Options {
    /// Serve only: no mails, no sealing, no clean-up
    #[arg(long)]
    no_jobs: bool,
}

/// Migrates and serves until SIGTERM or SIGINT.
///
/// # Errors
/// Why the server did not start.
pub fn run(settings: Settings, options: &Options) -> Outcome {
    server::serve(App::start(settings)?, !options.no_jobs, |_| {})
}
