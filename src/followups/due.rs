//! The three-day rule. A follow-up is due three days after the first meeting, in the branch's dates. What became
//! of it is never stored by hand: it is worked out anew from all touches in the order in which they happened
//! (not in which they arrived), so that a touch uploaded late or withdrawn sets it right.

use chrono::{DateTime, Days, NaiveDate, Utc};
use chrono_tz::Tz;

use super::touch::{Channel, Outcome, PreferredChannel, Touch};
use crate::calendar::local::local_date;

/// People forget whom they met three days ago.
pub const DAYS_TO_CONTACT: u64 = 3;
/// A follow-up stays open this many days beyond its due date before it counts as missed.
pub const DAYS_TO_MISSED: i64 = 30;

/// The local date by which a prospect met (or revived) at `start_at` is to be contacted.
pub fn due_on(start_at: DateTime<Utc>, tz: Tz) -> NaiveDate {
    let met_on = local_date(start_at, tz);
    met_on.checked_add_days(Days::new(DAYS_TO_CONTACT)).unwrap_or(met_on)
}

/// Days from `today` to `due_on`: 0 on the day itself, below 0 when overdue.
pub fn days_left(due_on: NaiveDate, today: NaiveDate) -> i64 {
    (due_on - today).num_days()
}

/// Whether a touch of this kind keeps a follow-up: it reached the person, or it is an SMS sent to one who
/// prefers SMS.
pub fn keeps(channel: Channel, outcome: Outcome, preferred: PreferredChannel) -> bool {
    let sms_to_one_who_wants_it =
        channel == Channel::Sms && outcome == Outcome::Sent && preferred == PreferredChannel::Sms;
    outcome == Outcome::Reached || sms_to_one_who_wants_it
}

/// The place in `touches` of the one that keeps the follow-up begun at `start_at`: the earliest after that
/// moment (not at it) that [`keeps`]; of two at the same moment the one listed first. `preferred` is the
/// channel the prospect prefers today, whatever it was when the touch was made.
pub fn keeping_touch(start_at: DateTime<Utc>, preferred: PreferredChannel, touches: &[Touch]) -> Option<usize> {
    let keeping = touches
        .iter()
        .enumerate()
        .filter(|(_, touch)| touch.at > start_at && keeps(touch.channel, touch.outcome, preferred));
    keeping.min_by_key(|(_, touch)| touch.at).map(|(place, _)| place)
}

crate::text_enum! {
    /// What has become of a follow-up.
    pub enum State {
        /// Nobody has reached the person yet, and there is still time or it is overdue.
        Open = "open",
        /// Reached on or before the due date.
        Kept = "kept",
        /// Reached after the due date, however late.
        KeptLate = "kept_late",
        /// Not reached within thirty days of the due date.
        Missed = "missed",
        /// No longer asked for: by the coordinator, or because the prospect was lost or withdrew consent.
        Waived = "waived",
    }
}

/// Whether a waiver holds: unless a touch that keeps it came before (strictly: at the same moment the waiver holds).
pub fn is_waived<T: Ord>(kept_at: Option<T>, waived_at: Option<T>) -> bool {
    waived_at.is_some_and(|waived| kept_at.is_none_or(|kept| waived <= kept))
}

/// The state on the local date `today`, given when the touch that keeps it was made and when it was first waived.
pub fn state(
    due_on: NaiveDate,
    kept_at: Option<DateTime<Utc>>,
    waived_at: Option<DateTime<Utc>>,
    today: NaiveDate,
    tz: Tz,
) -> State {
    match kept_at {
        _ if is_waived(kept_at, waived_at) => State::Waived,
        Some(kept) if local_date(kept, tz) <= due_on => State::Kept,
        Some(_) => State::KeptLate,
        None if days_left(due_on, today) < -DAYS_TO_MISSED => State::Missed,
        None => State::Open,
    }
}

/// What the rule needs to know of a follow-up. `start_at` is the first meeting or the revival.
#[derive(Debug, Clone, Copy)]
pub struct FollowUpFacts<'a> {
    pub start_at: DateTime<Utc>,
    pub preferred: PreferredChannel,
    pub touches: &'a [Touch],
    /// The earliest waiver, loss or withdrawal of consent since `start_at`.
    pub waived_at: Option<DateTime<Utc>>,
}

/// The rule's answer at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    pub due_on: NaiveDate,
    pub state: State,
    /// The place in the touches of the one that keeps it, also where a waiver came first.
    pub kept_by: Option<usize>,
    /// As [`days_left`].
    pub days_left: i64,
}

/// How the follow-up stood at `moment`: whatever is dated later is left out. `None` if it had not begun.
pub fn standing_at(facts: &FollowUpFacts<'_>, moment: DateTime<Utc>, tz: Tz) -> Option<Standing> {
    if facts.start_at > moment {
        return None;
    }
    // The earliest touch that keeps it decides; if even that one is later than the moment, none is there yet.
    let kept_by = keeping_touch(facts.start_at, facts.preferred, facts.touches)
        .filter(|place| facts.touches[*place].at <= moment);
    let kept_at = kept_by.map(|place| facts.touches[place].at);
    let waived_at = facts.waived_at.filter(|at| *at <= moment);
    let due_on = due_on(facts.start_at, tz);
    let today = local_date(moment, tz);
    let state = state(due_on, kept_at, waived_at, today, tz);
    Some(Standing { due_on, state, kept_by, days_left: days_left(due_on, today) })
}

#[cfg(test)]
#[path = "due_tests.rs"]
mod tests;
