//! Where a shift's broker is right now, as the coordinator needs to know it: what needs doing comes first.

use chrono::{DateTime, Utc};

use super::Verdict;
use super::status::{ShiftFacts, Status, minutes_early, minutes_late, status};

/// How a shift stands, by what is to be done about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whereabouts {
    /// It has begun and nobody came, so many minutes ago.
    Missing { minutes: i64 },
    /// It is over and nobody came.
    Absent,
    /// Somebody checked in, but the position does not show that it was there.
    Unclear { verdict: Verdict, late: i64 },
    /// They are there.
    There { late: i64 },
    /// They came, and the day ended without a check-out.
    NotConfirmed,
    /// They came and left.
    Done { late: i64, early: i64 },
    /// It has not begun.
    NotYet,
}

impl Whereabouts {
    /// Of a shift at `now`. `arrival` is the verdict of the earliest `in`; one that a person accepted counts as on site. Within the grace nobody is late.
    pub fn of(facts: &ShiftFacts, arrival: Option<Verdict>, grace: i64, now: DateTime<Utc>) -> Whereabouts {
        let beyond = |minutes: i64| if minutes > grace { minutes } else { 0 };
        let late = facts.in_at.map_or(0, |at| beyond(minutes_late(facts.starts_at, at)));
        let early = facts.out_at.map_or(0, |at| beyond(minutes_early(facts.ends_at, at)));
        let arrived = match (facts.in_at, facts.out_at, arrival) {
            (None, ..) | (_, None, None) => None,
            (Some(_), Some(_), _) => Some(Whereabouts::Done { late, early }),
            (Some(_), None, Some(Verdict::OnSite)) => Some(Whereabouts::There { late }),
            (Some(_), None, Some(verdict)) => Some(Whereabouts::Unclear { verdict, late }),
        };
        match status(facts, grace, now) {
            Status::Upcoming => arrived.unwrap_or(Whereabouts::NotYet),
            Status::Open => {
                let minutes = (now - facts.starts_at).num_minutes();
                arrived.unwrap_or(Whereabouts::Missing { minutes })
            }
            Status::Absent => Whereabouts::Absent,
            Status::NotConfirmed => Whereabouts::NotConfirmed,
            Status::OnTime | Status::Late | Status::LeftEarly | Status::LateAndLeftEarly => {
                Whereabouts::Done { late, early }
            }
        }
    }

    /// What needs doing first has the lowest.
    pub fn rank(self) -> u8 {
        match self {
            Whereabouts::Missing { .. } => 0,
            Whereabouts::Absent => 1,
            Whereabouts::Unclear { verdict: Verdict::OffSite, .. } => 2,
            Whereabouts::Unclear { .. } => 3,
            Whereabouts::There { late: 1.. } => 4,
            Whereabouts::NotConfirmed => 5,
            Whereabouts::There { .. } => 6,
            Whereabouts::NotYet => 7,
            Whereabouts::Done { .. } => 8,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hour: u32, minute: u32) -> DateTime<Utc> {
        format!("2026-11-23T{hour:02}:{minute:02}:00Z").parse().expect("an instant")
    }

    #[test]
    fn what_needs_doing_is_told_from_what_does_not() {
        use Verdict::{OffSite, OnSite};
        let came = Some(at(9, 5));
        let cases = [
            (None, None, None, at(8, 59), Whereabouts::NotYet),
            (Some(at(8, 50)), None, Some(OnSite), at(8, 59), Whereabouts::There { late: 0 }),
            (None, None, None, at(9, 30), Whereabouts::Missing { minutes: 30 }),
            (None, None, None, at(17, 0), Whereabouts::Absent),
            (came, None, Some(OnSite), at(10, 0), Whereabouts::There { late: 5 }),
            (came, None, Some(OffSite), at(10, 0), Whereabouts::Unclear { verdict: OffSite, late: 5 }),
            (came, Some(at(16, 50)), Some(OnSite), at(18, 0), Whereabouts::Done { late: 5, early: 10 }),
            (came, None, Some(OnSite), at(23, 59), Whereabouts::NotConfirmed),
        ];
        for (in_at, out_at, arrival, now, want) in cases {
            let facts = ShiftFacts { starts_at: at(9, 0), ends_at: at(17, 0), day_ends_at: at(23, 0), in_at, out_at };
            assert_eq!(Whereabouts::of(&facts, arrival, 0, now), want);
        }
    }
}
