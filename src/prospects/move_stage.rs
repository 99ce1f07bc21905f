//! A stage moved by hand: judged by the table of moves, kept with its reason, and what it means for the follow-up.

use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::duplicates;
use super::input::instant;
use super::stage::{self, Move, Refusal, Stage, StageNow, WantedMove};
use super::stage_log::{self, NewChange};
use super::store::{self, Prospect};
use super::view::{self, ProspectView};
use super::words;
use crate::audit::{self, Subject};
use crate::db::{At, Conn, Id};
use crate::error::{Error, Faults, Result};
use crate::followups::store as followups;
use crate::keys::Keys;
use crate::people::Caller;

/// A move, as sent.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StageInput {
    /// Where to.
    #[schema(value_type = Stage, required = true)]
    pub stage: Option<String>,
    /// Since when, RFC 3339; now where it is absent.
    #[schema(value_type = Option<At>)]
    pub at: Option<String>,
    /// Why; asked for on the way back and to `lost`.
    pub reason: Option<String>,
}

/// A move, checked as far as that goes without the prospect.
#[derive(Clone, Debug)]
pub struct StageMove {
    stage: Stage,
    at: Option<At>,
    reason: Option<String>,
}

impl StageMove {
    /// Checks what was sent.
    ///
    /// # Errors
    /// By field.
    pub fn parse(input: &StageInput) -> Result<StageMove> {
        let mut faults = Faults::new();
        let wanted = input.stage.as_deref().ok_or("required");
        let stage = faults.take("stage", wanted.and_then(|s| Stage::parse(s).ok_or("unknown_value")));
        let at = input.at.as_deref().and_then(|at| faults.take("at", instant(at)));
        let reason = input.reason.as_deref().and_then(|r| faults.take("reason", words::note(r))).flatten();
        match stage {
            Some(stage) if faults.is_empty() => Ok(StageMove { stage, at, reason }),
            _ => Err(faults.into_error()),
        }
    }
}

/// Moves a prospect's stage.
///
/// # Errors
/// As `store::find_own`; `Conflict("stage_not_allowed")`; `reason` or `at` by field.
pub fn move_stage(
    conn: &mut Conn,
    keys: &Keys,
    caller: &Caller,
    prospect: Id,
    wanted: &StageMove,
) -> Result<ProspectView> {
    let prospect = store::find_own(conn, caller, prospect)?;
    let from = StageNow {
        stage: prospect.stage,
        before_lost: prospect.stage_before_lost,
        last_change_at: prospect.stage_at.utc(),
        has_keeping_touch: followups::current(conn, prospect.id)?.kept_at.is_some(),
    };
    // Without a moment of its own it is now, unless a clock that is a little ahead made the last change.
    let at = wanted.at.unwrap_or(caller.now.max(prospect.stage_at));
    let asked = WantedMove { stage: wanted.stage, at: at.utc(), reason: wanted.reason.as_deref() };
    let kind = stage::decide(&from, &asked, caller.now.utc()).map_err(refused)?;
    if kind != Move::Same {
        write(conn, caller, &prospect, wanted, at, kind)?;
    }
    let user = caller.user()?;
    let row = store::find(conn, user.reach(), prospect.id)?;
    let duplicates = duplicates::find(conn, user.reach(), row.mobile_hash.as_deref(), Some(row.id))?;
    view::view(conn, keys, caller, &row, duplicates)
}

fn refused(refusal: Refusal) -> Error {
    match refusal {
        Refusal::NotAllowed => Error::Conflict("stage_not_allowed"),
        Refusal::ReasonMissing => Error::field("reason", "required"),
        Refusal::AtTooEarly => Error::field("at", "before_last_change"),
        Refusal::AtAhead => Error::field("at", "in_the_future"),
    }
}

fn write(conn: &mut Conn, caller: &Caller, prospect: &Prospect, wanted: &StageMove, at: At, kind: Move) -> Result<()> {
    let by = caller.user()?.id;
    let reason = wanted.reason.as_deref();
    let change = NewChange { from: Some(prospect.stage), to: wanted.stage, at, reason, touch: None, by };
    stage_log::append(conn, caller, prospect.id, &change)?;
    match kind {
        Move::Lost => followups::waive(conn, caller, prospect.id, at, "lost")?,
        Move::Revived => {
            let zone = store::zone(conn, prospect)?;
            followups::begin(conn, &prospect.keys(), at, zone, caller.now)?;
        }
        Move::Same | Move::Forward | Move::Back => {}
    }
    followups::recompute(conn, caller, prospect.id)?;
    let subject = Subject::new("prospect", prospect.id, Some(prospect.branch_id));
    audit::record(conn, caller, "prospect.stage", subject, json!({ "from": prospect.stage, "to": wanted.stage }))?;
    words::watch(conn, caller, prospect.id, prospect.branch_id, "reason", reason)
}
