//! How far a prospect has come, and which moves between the stages are allowed.

use chrono::{DateTime, Duration, Utc};

/// A clock may be this far ahead of ours before what it says is refused.
pub const MINUTES_AHEAD: i64 = 5;

crate::text_enum! {
    /// A step of the funnel, in its order; `Lost` stands apart from it.
    pub enum Stage: Text {
        Met = "met",
        Reachable = "reachable",
        Contacted = "contacted",
        Intent = "intent",
        AccountOpened = "account_opened",
        CustodySigned = "custody_signed",
        Funded = "funded",
        Trading = "trading",
        Lost = "lost",
    }
}

impl Stage {
    /// The stage of somebody just met: reachable with a mobile.
    pub fn first(has_mobile: bool) -> Self {
        if has_mobile { Self::Reachable } else { Self::Met }
    }

    /// The stage to which the touch that keeps the follow-up moves a prospect, if it moves them.
    pub fn moved_by_keeping_touch(self) -> Option<Self> {
        (self.ordinal() < Self::Contacted.ordinal()).then_some(Self::Contacted)
    }

    /// 0 for `Met` to 7 for `Trading`; 8 for `Lost`, which is a step of no funnel.
    pub fn ordinal(self) -> i32 {
        self as i32
    }
}

/// Where a prospect stands before a move.
#[derive(Debug, Clone, Copy)]
pub struct StageNow {
    pub stage: Stage,
    /// The stage it had when it was lost; `None` unless `stage` is `Lost`.
    pub before_lost: Option<Stage>,
    pub last_change_at: DateTime<Utc>,
    /// Whether a touch keeps the current follow-up.
    pub has_keeping_touch: bool,
}

/// A move that somebody asks for by hand.
#[derive(Debug, Clone, Copy)]
pub struct WantedMove<'a> {
    pub stage: Stage,
    pub at: DateTime<Utc>,
    pub reason: Option<&'a str>,
}

/// What an allowed move is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Move {
    /// Already there: nothing changes and no history is written.
    Same,
    Forward,
    Back,
    Lost,
    Revived,
}

/// Why a move is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// 409 `stage_not_allowed`.
    NotAllowed,
    /// 422 on `reason`.
    ReasonMissing,
    /// 422 on `at`: before the last change.
    AtTooEarly,
    /// 422 on `at`: over five minutes ahead.
    AtAhead,
}

/// Judges a move by hand. A moment that has not come is refused whatever the move; a move that is not allowed,
/// before a reason for it is asked for.
pub fn decide(from: &StageNow, wanted: &WantedMove<'_>, now: DateTime<Utc>) -> Result<Move, Refusal> {
    if wanted.at > now + Duration::minutes(MINUTES_AHEAD) {
        return Err(Refusal::AtAhead);
    }
    let kind = kind_of_move(from, wanted.stage).ok_or(Refusal::NotAllowed)?;
    if kind == Move::Same {
        return Ok(kind);
    }
    let has_reason = wanted.reason.is_some_and(|reason| !reason.trim().is_empty());
    if matches!(kind, Move::Back | Move::Lost) && !has_reason {
        return Err(Refusal::ReasonMissing);
    }
    if wanted.at < from.last_change_at {
        return Err(Refusal::AtTooEarly);
    }
    Ok(kind)
}

/// What going to `to` would be; `None` where that is not allowed.
fn kind_of_move(from: &StageNow, to: Stage) -> Option<Move> {
    if to == from.stage {
        return Some(Move::Same);
    }
    if to == Stage::Lost {
        return Some(Move::Lost);
    }
    if from.stage == Stage::Lost {
        return (from.before_lost == Some(to)).then_some(Move::Revived);
    }
    let steps = to.ordinal() - from.stage.ordinal();
    match steps {
        -1 => Some(Move::Back),
        1.. if to != Stage::Contacted || from.has_keeping_touch => Some(Move::Forward),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Rows from, columns to, in the funnel's order, then lost: same, forward, back, lost, revived (a `?` only to
    /// the stage it had), `c` forward with a keeping touch only, `.` not allowed.
    const MOVES: [&str; 9] = [
        "sfcfffffl", // met
        "bscfffffl", // reachable
        ".bsfffffl", // contacted
        "..bsffffl", // intent
        "...bsfffl", // account_opened
        "....bsffl", // custody_signed
        ".....bsfl", // funded
        "......bsl", // trading
        "????????s", // lost
    ];

    fn now() -> DateTime<Utc> {
        "2026-03-10T04:00:00Z".parse().expect("an instant")
    }

    fn standing(stage: Stage, before_lost: Option<Stage>, has_keeping_touch: bool) -> StageNow {
        StageNow { stage, before_lost, last_change_at: now() - Duration::hours(1), has_keeping_touch }
    }

    fn wanted(stage: Stage, reason: Option<&str>) -> WantedMove<'_> {
        WantedMove { stage, at: now(), reason }
    }

    #[test]
    fn every_move_is_as_in_the_table() {
        for (from, row) in Stage::ALL.into_iter().zip(MOVES) {
            for (to, cell) in Stage::ALL.into_iter().zip(row.chars()) {
                for touched in [false, true] {
                    let had = (from == Stage::Lost).then_some(Stage::Intent);
                    let expected = match cell {
                        's' => Ok(Move::Same),
                        'f' => Ok(Move::Forward),
                        'c' if touched => Ok(Move::Forward),
                        'b' => Ok(Move::Back),
                        'l' => Ok(Move::Lost),
                        '?' if to == Stage::Intent => Ok(Move::Revived),
                        _ => Err(Refusal::NotAllowed),
                    };
                    let answer = decide(&standing(from, had, touched), &wanted(to, Some("谈过")), now());
                    assert_eq!(answer, expected, "{from:?} to {to:?}, touched {touched}");
                }
            }
        }
    }

    #[test]
    fn back_and_lost_need_a_reason_and_the_rest_none() {
        let from = standing(Stage::Intent, None, false);
        for reason in [None, Some(""), Some(" \u{3000}\n")] {
            let to = |stage| decide(&from, &wanted(stage, reason), now());
            assert_eq!(to(Stage::Contacted), Err(Refusal::ReasonMissing));
            assert_eq!(to(Stage::Lost), Err(Refusal::ReasonMissing));
            assert_eq!(to(Stage::Met), Err(Refusal::NotAllowed), "before the reason is looked at");
            assert_eq!(to(Stage::Funded), Ok(Move::Forward));
            assert_eq!(to(Stage::Intent), Ok(Move::Same));
        }
        let lost = standing(Stage::Lost, Some(Stage::Met), false);
        assert_eq!(decide(&lost, &wanted(Stage::Met, None), now()), Ok(Move::Revived));
    }

    #[test]
    fn the_moment_lies_between_the_last_change_and_now() {
        let from = standing(Stage::Met, None, false);
        let at = |at, stage| decide(&from, &WantedMove { stage, at, reason: None }, now());
        let second = Duration::seconds(1);
        let ahead = now() + Duration::minutes(5);
        assert_eq!(at(from.last_change_at, Stage::Intent), Ok(Move::Forward));
        assert_eq!(at(from.last_change_at - second, Stage::Intent), Err(Refusal::AtTooEarly));
        assert_eq!(at(from.last_change_at - second, Stage::Met), Ok(Move::Same));
        assert_eq!(at(from.last_change_at - second, Stage::Contacted), Err(Refusal::NotAllowed));
        assert_eq!(at(ahead, Stage::Intent), Ok(Move::Forward));
        assert_eq!(at(ahead + second, Stage::Intent), Err(Refusal::AtAhead));
    }

    #[test]
    fn a_mobile_makes_reachable_and_a_keeping_touch_moves_only_earlier_stages() {
        assert_eq!([Stage::first(false), Stage::first(true)], [Stage::Met, Stage::Reachable]);
        let moved: Vec<_> = Stage::ALL.into_iter().filter(|stage| stage.moved_by_keeping_touch().is_some()).collect();
        assert_eq!(moved, [Stage::Met, Stage::Reachable]);
    }

    #[test]
    fn names_are_the_same_stored_and_in_json() {
        for (place, stage) in Stage::ALL.into_iter().enumerate() {
            assert_eq!(stage.ordinal() as usize, place);
            assert_eq!(Stage::parse(stage.as_str()), Some(stage));
            assert_eq!(serde_json::json!(stage), stage.as_str());
        }
        assert_eq!(Stage::parse("Met"), None);
    }

    proptest! {
        #[test]
        fn whoever_is_lost_comes_back_to_where_they_were(place in 0usize..8, others in 0usize..8) {
            let (had, other) = (Stage::ALL[place], Stage::ALL[others]);
            let lost = standing(Stage::Lost, Some(had), false);
            let expected = if had == other { Ok(Move::Revived) } else { Err(Refusal::NotAllowed) };
            prop_assert_eq!(decide(&lost, &wanted(other, None), now()), expected);
        }
    }
}
