//! The practice certificate (执业证书): a broker whose certificate has ended may not be posted, so its end is announced 60, 30 and 7 days before. Of whom none
//! is recorded that is shown, and hinders nothing: a brokerage may begin before it has entered them.

use chrono::NaiveDate;

/// How a certificate stands on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Certificate {
    /// No number or no last day is known.
    Missing,
    /// It ended this many days ago.
    Expired(i64),
    /// It ends in this many days (0: today), at most 7.
    Within7(i64),
    /// … at most 30.
    Within30(i64),
    /// … at most 60.
    Within60(i64),
    /// It holds for longer.
    Valid(NaiveDate),
}

/// How many days before its end the admin is first told.
pub const FIRST_WARNING: i64 = 60;

impl Certificate {
    /// How a certificate of this number and last day stands on `today`.
    pub fn on(today: NaiveDate, number: Option<&str>, expires_on: Option<NaiveDate>) -> Certificate {
        let (Some(_), Some(last)) = (number, expires_on) else { return Certificate::Missing };
        match (last - today).num_days() {
            left @ ..=-1 => Certificate::Expired(-left),
            left @ 0..=7 => Certificate::Within7(left),
            left @ 8..=30 => Certificate::Within30(left),
            left @ 31..=FIRST_WARNING => Certificate::Within60(left),
            _ => Certificate::Valid(last),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_is_announced_60_30_and_7_days_before() {
        let today: NaiveDate = "2026-11-23".parse().unwrap();
        for (last, wanted) in [
            ("2026-11-22", Certificate::Expired(1)),
            ("2026-11-23", Certificate::Within7(0)),
            ("2026-11-30", Certificate::Within7(7)),
            ("2026-12-01", Certificate::Within30(8)),
            ("2026-12-23", Certificate::Within30(30)),
            ("2026-12-24", Certificate::Within60(31)),
            ("2027-01-22", Certificate::Within60(60)),
            ("2027-01-23", Certificate::Valid("2027-01-23".parse().unwrap())),
        ] {
            assert_eq!(Certificate::on(today, Some("S1"), last.parse().ok()), wanted, "{last}");
        }
        assert_eq!(Certificate::on(today, None, "2030-01-01".parse().ok()), Certificate::Missing);
        assert_eq!(Certificate::on(today, Some("S1"), None), Certificate::Missing);
    }
}
