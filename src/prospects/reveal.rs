//! An admin sees a prospect's mobile number only with a reason, which is recorded.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{person, store};
use crate::audit::{self, Subject};
use crate::db::{Conn, Id};
use crate::error::Result;
use crate::keys::Keys;
use crate::people::{Caller, Role};

/// Why the number is wanted.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RevealInput {
    /// At most 500 characters.
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
}

/// A number shown.
#[derive(Debug, Serialize, ToSchema)]
pub struct RevealView {
    /// E.164; null where none is known.
    pub mobile: Option<String>,
}

/// The number, for an admin; recorded whether there is one or not.
///
/// # Errors
/// `Forbidden` for others; `NotFound`; `Gone` for an erased person.
pub fn reveal(conn: &mut Conn, keys: &Keys, caller: &Caller, id: Id, reason: &str) -> Result<RevealView> {
    caller.user()?.must_be(&[Role::Admin])?;
    let prospect = store::find(conn, caller.user()?.reach(), id)?;
    let mobile = prospect.mobile(keys)?.map(|mobile| mobile.e164());
    let request = person::register(conn, caller, "reveal", Some(id), usize::from(mobile.is_some()), reason)?;
    let detail = serde_json::json!({ "request": request });
    audit::record(conn, caller, "prospect.reveal", Subject::new("prospect", id, Some(prospect.branch_id)), detail)?;
    Ok(RevealView { mobile })
}
