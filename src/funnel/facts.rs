//! What the funnel knows of one prospect: pure, from the history of stages and the first follow-up.

use chrono::NaiveDate;

use crate::db::{At, Id};
use crate::followups::due::is_waived;
use crate::prospects::kinds::Source;
use crate::prospects::lost::LostReason;
use crate::prospects::stage::Stage;

/// How many steps the funnel has: met to trading.
pub const STEPS: usize = 8;

/// One prospect, as far as the funnel is concerned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The local date of the first meeting.
    pub met_on: NaiveDate,
    /// Where they met.
    pub outlet: Option<Id>,
    /// Who met them.
    pub met_by: Id,
    /// How they met.
    pub source: Source,
    /// How they came along.
    pub path: Path,
    /// Where they stand.
    pub now: Now,
    /// What became of the first follow-up.
    pub contact: Option<Contact>,
}

/// Where somebody stands now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Now {
    /// At a stage, since a second of UTC.
    At(Stage, i64),
    /// Lost, for one of the usual reasons or in words of its own.
    Lost(Option<LostReason>),
    /// Erased.
    Erased,
}

/// The follow-up that began with the first meeting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contact {
    /// Whose it is.
    pub owner: Id,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of a follow-up, whatever day it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nobody has reached the person.
    Nobody,
    /// No longer asked for.
    Waived,
    /// Reached so many days after the meeting, by local dates.
    After(u32),
}

impl Outcome {
    /// As the three-day rule has it.
    pub fn of(met_on: NaiveDate, kept: Option<(At, NaiveDate)>, waived_at: Option<At>) -> Outcome {
        match kept {
            _ if is_waived(kept.map(|(kept_at, _)| kept_at), waived_at) => Outcome::Waived,
            Some((_, kept_on)) => Outcome::After((kept_on - met_on).num_days().max(0) as u32),
            None => Outcome::Nobody,
        }
    }
}

/// How far somebody ever came, and how fast.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Path {
    /// The furthest step ever reached: 0 for met to 7 for trading. A step back does not take it away.
    pub furthest: u8,
    /// Whether they are lost now.
    pub lost: bool,
    /// Seconds from first reaching the step before to first reaching this one, where both were reached; `waits[0]` is always none.
    pub waits: [Option<i64>; STEPS],
}

impl Path {
    /// Reads a history of stages in its order.
    pub fn of(history: impl IntoIterator<Item = (Stage, At)>) -> Path {
        let mut first: [Option<At>; STEPS] = [None; STEPS];
        let mut path = Path::default();
        for (stage, at) in history {
            path.lost = stage == Stage::Lost;
            let step = stage.ordinal() as usize;
            if step < STEPS {
                path.furthest = path.furthest.max(step as u8);
                first[step] = Some(first[step].map_or(at, |earlier| earlier.min(at)));
            }
        }
        for step in 1..STEPS {
            path.waits[step] = first[step - 1].zip(first[step]).map(|(before, at)| (at - before).num_seconds());
        }
        path
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(day: u32, hour: u32) -> At {
        format!("2026-03-{day:02}T{hour:02}:00:00Z").parse::<chrono::DateTime<chrono::Utc>>().expect("a moment").into()
    }

    #[test]
    fn a_step_back_does_not_take_away_what_was_reached_and_a_skipped_step_has_no_wait() {
        use Stage::{Contacted, Intent, Met, Reachable};
        let history =
            [(Met, at(1, 9)), (Contacted, at(2, 9)), (Intent, at(4, 21)), (Contacted, at(5, 9)), (Intent, at(9, 9))];
        let path = Path::of(history);
        assert_eq!((path.furthest, path.lost), (3, false));
        let days = 86_400;
        assert_eq!(path.waits, [None, None, None, Some(2 * days + days / 2), None, None, None, None]);
        let path = Path::of([(Reachable, at(1, 9)), (Contacted, at(2, 9))]);
        assert_eq!(path.waits[1..3], [None, Some(days)]);
    }

    #[test]
    fn lost_is_who_is_lost_now() {
        let lost = [(Stage::Met, at(1, 9)), (Stage::Lost, at(2, 9))];
        assert!(Path::of(lost).lost);
        let revived = lost.into_iter().chain([(Stage::Met, at(3, 9))]);
        assert_eq!(Path::of(revived), Path { furthest: 0, lost: false, waits: [None; STEPS] });
    }
}
