//! `bankside openapi`

use super::Outcome;

/// Prints the document.
///
/// # Errors
/// When it cannot be written.
pub fn run() -> Outcome {
    super::tell(crate::openapi::document().to_pretty_json().map_err(|e| e.to_string())?)
}
