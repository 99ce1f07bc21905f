//! `bankside mail resume`

use clap::Subcommand;

use super::{Outcome, say};
use crate::app::App;
use crate::audit::{self, Subject};
use crate::mail::outbox;
use crate::people::Caller;
use crate::settings::Settings;

/// What can be done with mail.
#[derive(Subcommand)]
pub enum Mail {
    /// Let a restored copy send mail again
    Resume,
}

/// Runs it.
///
/// # Errors
/// What the database says.
pub fn run(settings: Settings, command: &Mail) -> Outcome {
    let app = App::start(settings)?;
    let caller = Caller::program(app.clock.now());
    match command {
        Mail::Resume => app.db.write_now(move |conn| {
            if outbox::resume(conn)? {
                audit::record(conn, &caller, "mail.resume", Subject::installation("mail"), serde_json::json!({}))?;
            }
            Ok(())
        }),
    }
    .map_err(say)?;
    super::sealed(&app)
}
