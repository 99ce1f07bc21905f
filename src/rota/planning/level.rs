//! How experienced a broker is (1 to 3), what an outlet asks for, and how much an outlet matters: rules of thumb that a coordinator may overrule one by one.
//!
//! - A broker without a practice certificate on record is at level 1. Otherwise the shifts of the last 400 days decide: 200 and more (about a year) make
//!   level 3, 60 and more (about three months) level 2.
//! - As long as a branch's own record is younger than 90 days it says nothing about anybody: whoever has a certificate is at level 2.
//! - An outlet of grade A asks for level 2, every other for level 1.

use crate::planner::Grade;

/// So many days back the record is looked at.
pub const RECORD_DAYS: u64 = 400;
/// A younger record of a branch says nothing.
const YOUNG_DAYS: i64 = 90;
const SHIFTS_OF_THE_SECOND: i64 = 60;
const SHIFTS_OF_THE_THIRD: i64 = 200;

/// The level by certificate and record; `branch_days`: how far back the branch's shifts go.
pub fn by_record(certified: bool, shifts: i64, branch_days: i64) -> i64 {
    match shifts {
        _ if !certified => 1,
        _ if branch_days < YOUNG_DAYS => 2,
        SHIFTS_OF_THE_THIRD.. => 3,
        SHIFTS_OF_THE_SECOND.. => 2,
        _ => 1,
    }
}

/// An outlet's grade as the planner has it: by its first letter, in either script; none or another word is the middle one.
pub fn grade(text: Option<&str>) -> Grade {
    let first = text.and_then(|t| t.trim().chars().next()).map(|c| c.to_ascii_uppercase());
    match first {
        Some('A' | 'Ａ' | '甲' | '一' | '1') => Grade::A,
        Some('C' | 'Ｃ' | '丙' | '三' | '3') => Grade::C,
        _ => Grade::B,
    }
}

/// The level that an outlet of a grade asks for.
pub fn asked_by(grade: Grade) -> i64 {
    if grade == Grade::A { 2 } else { 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_follow_certificate_and_record() {
        for (certified, shifts, branch_days, level) in [
            (false, 300, 400, 1),
            (true, 300, 400, 3),
            (true, 200, 400, 3),
            (true, 199, 400, 2),
            (true, 60, 90, 2),
            (true, 59, 90, 1),
            (true, 0, 89, 2),
            (false, 0, 0, 1),
        ] {
            assert_eq!(by_record(certified, shifts, branch_days), level, "{certified} {shifts} {branch_days}");
        }
    }

    #[test]
    fn grades_are_read_in_either_script() {
        for (text, want) in [
            (Some("A"), Grade::A),
            (Some(" a+"), Grade::A),
            (Some("甲级"), Grade::A),
            (Some("B"), Grade::B),
            (Some("丙"), Grade::C),
            (Some("重点"), Grade::B),
            (None, Grade::B),
        ] {
            assert_eq!(grade(text), want, "{text:?}");
        }
        assert_eq!([Grade::A, Grade::B, Grade::C].map(asked_by), [2, 1, 1]);
    }
}
