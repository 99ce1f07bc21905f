//! What a shift's check-ins make of it: on time, late, not there.

use chrono::{DateTime, Utc};

crate::text_enum! {
    /// How a shift stands.
    pub enum Status {
        /// It has not begun.
        Upcoming = "upcoming",
        /// Nobody has come yet and it is not over, or somebody came and has not left.
        Open = "open",
        /// Somebody came, and the day ended without a check-out.
        NotConfirmed = "not_confirmed",
        /// It is over and nobody came.
        Absent = "absent",
        OnTime = "on_time",
        Late = "late",
        LeftEarly = "left_early",
        LateAndLeftEarly = "late_and_left_early",
    }
}

/// A shift and what is known of it.
#[derive(Debug, Clone, Copy)]
pub struct ShiftFacts {
    pub starts_at: DateTime<Utc>,
    pub ends_at: DateTime<Utc>,
    /// The end of the shift's local date.
    pub day_ends_at: DateTime<Utc>,
    /// The earliest `in` at the shift's outlet, of any verdict.
    pub in_at: Option<DateTime<Utc>>,
    /// The latest `out` at the shift's outlet, of any verdict.
    pub out_at: Option<DateTime<Utc>>,
}

/// Whole minutes from the start to a check-in after it; 0 if it was in time.
pub fn minutes_late(starts_at: DateTime<Utc>, in_at: DateTime<Utc>) -> i64 {
    (in_at - starts_at).num_minutes().max(0)
}

/// Whole minutes from a check-out to the end after it; 0 if they stayed.
pub fn minutes_early(ends_at: DateTime<Utc>, out_at: DateTime<Utc>) -> i64 {
    (ends_at - out_at).num_minutes().max(0)
}

/// The status at `now`. Late or early is whoever is so by more whole minutes than `grace_minutes`.
pub fn status(shift: &ShiftFacts, grace_minutes: i64, now: DateTime<Utc>) -> Status {
    if now < shift.starts_at {
        return Status::Upcoming;
    }
    let Some(in_at) = shift.in_at else {
        return if now < shift.ends_at { Status::Open } else { Status::Absent };
    };
    let Some(out_at) = shift.out_at else {
        return if now < shift.day_ends_at { Status::Open } else { Status::NotConfirmed };
    };
    let late = minutes_late(shift.starts_at, in_at) > grace_minutes;
    let early = minutes_early(shift.ends_at, out_at) > grace_minutes;
    match (late, early) {
        (false, false) => Status::OnTime,
        (true, false) => Status::Late,
        (false, true) => Status::LeftEarly,
        (true, true) => Status::LateAndLeftEarly,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(clock: &str) -> DateTime<Utc> {
        format!("2026-03-10T{clock}+08:00").parse().expect("a date and time")
    }

    /// A shift from 09:00 to 17:00.
    fn shift(in_at: Option<&str>, out_at: Option<&str>) -> ShiftFacts {
        ShiftFacts {
            starts_at: at("09:00:00"),
            ends_at: at("17:00:00"),
            day_ends_at: at("23:59:59") + chrono::Duration::seconds(1),
            in_at: in_at.map(at),
            out_at: out_at.map(at),
        }
    }

    #[test]
    fn the_status_of_a_shift_through_its_day() {
        use Status::*;
        let (came, left) = (Some("08:55:00"), Some("17:05:00"));
        for (in_at, out_at, now, expected) in [
            (None, None, "08:59:59", Upcoming),
            (came, None, "08:59:59", Upcoming),
            (None, None, "09:00:00", Open),
            (None, None, "16:59:59", Open),
            (None, None, "17:00:00", Absent),
            (None, left, "18:00:00", Absent),
            (came, None, "09:00:00", Open),
            (came, None, "23:59:59", Open),
            (came, left, "18:00:00", OnTime),
            (Some("09:00:59"), left, "18:00:00", OnTime),
            (Some("09:01:00"), left, "18:00:00", Late),
            (came, Some("16:59:01"), "18:00:00", OnTime),
            (came, Some("16:59:00"), "18:00:00", LeftEarly),
            (came, Some("12:00:00"), "12:30:00", LeftEarly),
            (Some("09:20:00"), Some("16:00:00"), "18:00:00", LateAndLeftEarly),
        ] {
            assert_eq!(status(&shift(in_at, out_at), 0, at(now)), expected, "{in_at:?} {out_at:?} {now}");
        }
        let next_day = at("23:59:59") + chrono::Duration::seconds(1);
        assert_eq!(status(&shift(came, None), 0, next_day), NotConfirmed);
    }

    #[test]
    fn the_grace_is_granted_to_both_ends() {
        let with_grace = |grace| status(&shift(Some("09:10:00"), Some("16:50:00")), grace, at("20:00:00"));
        assert_eq!(with_grace(9), Status::LateAndLeftEarly);
        assert_eq!(with_grace(10), Status::OnTime);
    }

    #[test]
    fn minutes_are_rounded_down_and_never_below_zero() {
        let late = ["08:00:00", "09:00:59", "09:12:59"].map(|clock| minutes_late(at("09:00:00"), at(clock)));
        assert_eq!(late, [0, 0, 12]);
        let early = ["18:00:00", "16:59:01", "16:47:01"].map(|clock| minutes_early(at("17:00:00"), at(clock)));
        assert_eq!(early, [0, 0, 12]);
    }

    #[test]
    fn names_are_the_same_stored_and_in_json() {
        for status in Status::ALL {
            assert_eq!(Status::parse(status.as_str()), Some(status));
            assert_eq!(serde_json::json!(status), status.as_str());
        }
    }

    proptest! {
        #[test]
        fn more_grace_never_makes_it_worse(came in 0i64..1440, left in 0i64..1440, grace in 0i64..60) {
            let midnight = at("00:00:00");
            let mut facts = shift(None, None);
            facts.in_at = Some(midnight + chrono::Duration::minutes(came));
            facts.out_at = Some(midnight + chrono::Duration::minutes(left));
            let lapses = |grace| match status(&facts, grace, facts.day_ends_at) {
                Status::OnTime => 0,
                Status::Late | Status::LeftEarly => 1,
                _ => 2,
            };
            prop_assert!(lapses(grace + 1) <= lapses(grace));
            let expected = i32::from(came > 540 + grace) + i32::from(left < 1020 - grace);
            prop_assert_eq!(lapses(grace), expected);
        }
    }
}
