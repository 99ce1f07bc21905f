//! `bankside migrate`

use super::Outcome;
use crate::db::migrate;
use crate::settings::Settings;

/// Migrates and exits.
///
/// # Errors
/// Why the database is not used.
pub fn run(settings: Settings) -> Outcome {
    migrate::migrate(&settings.database)
}
