//! A touch as it is sent or typed, made into what cannot be wrong.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::input::{given, past};
use super::words;
use crate::db::{At, Id};
use crate::error::{Error, Faults, Result};
use crate::followups::touch::{Channel, Outcome};

/// A touch, as sent.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TouchInput {
    /// Made by the client.
    pub id: Id,
    /// By which way.
    #[schema(value_type = Channel, required = true)]
    pub channel: Option<String>,
    /// When, RFC 3339.
    #[schema(value_type = At, required = true)]
    pub at: Option<String>,
    /// With what outcome: an SMS is `sent`, `reached` or `refused`, others `reached`, `no_answer` or `refused`.
    #[schema(value_type = Outcome, required = true)]
    pub outcome: Option<String>,
    /// What was said; no card numbers.
    pub note: Option<String>,
}

/// A touch, checked. Serialised with the prospect it is what a keyed request is compared by.
#[derive(Clone, Debug, Serialize)]
pub struct NewTouch {
    /// Made by the client.
    pub id: Id,
    /// Of which prospect.
    pub prospect_id: Id,
    /// By which way.
    pub channel: Channel,
    /// With what outcome.
    pub outcome: Outcome,
    /// When; none: at the tap, which is when it arrives.
    pub at: Option<At>,
    /// What was said.
    pub note: Option<String>,
}

impl NewTouch {
    /// Checks what was sent.
    ///
    /// # Errors
    /// By field.
    pub fn parse(prospect_id: Id, input: &TouchInput, now: At) -> Result<NewTouch> {
        let mut faults = Faults::new();
        let channel = faults.take("channel", read(input.channel.as_deref(), Channel::parse));
        let outcome = faults.take("outcome", read(input.outcome.as_deref(), Outcome::parse));
        let at = faults.take("at", input.at.as_deref().ok_or("required").and_then(|at| past(at, now)));
        let note = input.note.as_deref().and_then(|note| faults.take("note", words::note(note))).flatten();
        match (channel, outcome) {
            (Some(channel), Some(outcome)) if !channel.allows(outcome) => faults.add("outcome", "wrong_outcome"),
            (Some(channel), Some(outcome)) if faults.is_empty() => {
                return Ok(NewTouch { id: input.id, prospect_id, channel, outcome, at, note });
            }
            _ => {}
        }
        Err(faults.into_error())
    }

    /// A touch of this moment, by one tap.
    ///
    /// # Errors
    /// `outcome`, where the channel has no such one.
    pub fn at_the_tap(id: Id, prospect_id: Id, channel: &str, outcome: &str) -> Result<NewTouch> {
        let channel = Channel::parse(channel).ok_or_else(|| Error::field("channel", "unknown_value"))?;
        let outcome = Outcome::parse(outcome).filter(|outcome| channel.allows(*outcome));
        let outcome = outcome.ok_or_else(|| Error::field("outcome", "wrong_outcome"))?;
        Ok(NewTouch { id, prospect_id, channel, outcome, at: None, note: None })
    }
}

/// A change of a touch, as sent: a field that is absent stays, a null note empties it.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TouchPatch {
    /// By which way.
    #[schema(value_type = Option<Channel>)]
    pub channel: Option<String>,
    /// When, RFC 3339.
    #[schema(value_type = Option<At>)]
    pub at: Option<String>,
    /// With what outcome.
    #[schema(value_type = Option<Outcome>)]
    pub outcome: Option<String>,
    /// What was said.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    pub note: Option<Option<String>>,
}

/// A change of a touch, checked as far as that goes without the touch.
#[derive(Clone, Debug, Default)]
pub struct TouchChanges {
    /// By which way.
    pub channel: Option<Channel>,
    /// With what outcome.
    pub outcome: Option<Outcome>,
    /// When.
    pub at: Option<At>,
    /// What was said.
    pub note: Option<Option<String>>,
}

impl TouchChanges {
    /// Checks what was sent.
    ///
    /// # Errors
    /// By field.
    pub fn parse(patch: &TouchPatch, now: At) -> Result<TouchChanges> {
        let mut faults = Faults::new();
        let channel =
            patch.channel.as_deref().and_then(|c| faults.take("channel", Channel::parse(c).ok_or("unknown_value")));
        let outcome =
            patch.outcome.as_deref().and_then(|o| faults.take("outcome", Outcome::parse(o).ok_or("unknown_value")));
        let at = patch.at.as_deref().and_then(|at| faults.take("at", past(at, now)));
        let note = match &patch.note {
            None => None,
            Some(None) => Some(None),
            Some(Some(note)) => faults.take("note", words::note(note)),
        };
        faults.check()?;
        Ok(TouchChanges { channel, outcome, at, note })
    }
}

fn read<T>(given: Option<&str>, parse: impl Fn(&str) -> Option<T>) -> std::result::Result<T, &'static str> {
    parse(given.ok_or("required")?).ok_or("unknown_value")
}
