//! Where those of a funnel stand now: at which stage and for how long, or lost and why. Pure.

use chrono::{Days, NaiveDate};
use chrono_tz::Tz;
use serde::Serialize;
use utoipa::ToSchema;

use super::facts::{Now, STEPS};
use crate::calendar::local::day_start;
use crate::db::At;
use crate::prospects::lost::LostReason;
use crate::prospects::stage::Stage;

crate::text_enum! {
    /// How long somebody has been at a stage, in local days.
    pub enum Age {
        /// Up to a week.
        Week = "0-7",
        /// 8 to 30 days.
        Month = "8-30",
        /// 31 to 90 days.
        Quarter = "31-90",
        /// Longer.
        Older = "91-",
    }
}

/// From which instants on the ages begin, today.
#[derive(Clone, Copy, Debug)]
pub struct Ages {
    since: [At; 3],
    /// The same in seconds of UTC: everybody is asked.
    seconds: [i64; 3],
}

impl Ages {
    /// As the days go by in a zone.
    pub fn of(today: NaiveDate, zone: Tz) -> Ages {
        let start = |days| At::from(day_start(today.checked_sub_days(Days::new(days)).unwrap_or(today), zone));
        let since = [7, 30, 90].map(start);
        Ages { since, seconds: since.map(|at| at.utc().timestamp()) }
    }

    /// As `Age::ALL` has them.
    fn place(&self, since: i64) -> usize {
        self.seconds.iter().position(|from| since >= *from).unwrap_or(Age::ALL.len() - 1)
    }

    /// The age of what began at a second of UTC.
    pub fn of_time(&self, since: i64) -> Age {
        Age::ALL[self.place(since)]
    }

    /// Since when at the earliest, and before when, somebody of this age has been at a stage.
    pub fn bounds(&self, age: Age) -> (Option<At>, Option<At>) {
        let [week, month, quarter] = self.since;
        match age {
            Age::Week => (Some(week), None),
            Age::Month => (Some(month), Some(week)),
            Age::Quarter => (Some(quarter), Some(month)),
            Age::Older => (None, Some(quarter)),
        }
    }
}

/// How many are at a stage, by how long.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct ByAge {
    /// Up to 7 days.
    #[serde(rename = "0-7")]
    pub week: u64,
    /// 8 to 30 days.
    #[serde(rename = "8-30")]
    pub month: u64,
    /// 31 to 90 days.
    #[serde(rename = "31-90")]
    pub quarter: u64,
    /// Longer.
    #[serde(rename = "91-")]
    pub older: u64,
}

impl ByAge {
    /// The youngest first.
    pub fn in_order(&self) -> [u64; 4] {
        [self.week, self.month, self.quarter, self.older]
    }
}

/// A stage, and who is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = OpenStage)]
pub struct Standing {
    /// The stage.
    pub stage: Stage,
    /// How many, by how many days they have been there.
    pub days: ByAge,
}

/// A reason, and how many were lost for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Lost {
    /// A usual reason; null: in words of its own.
    pub reason: Option<LostReason>,
    /// How many.
    pub people: u64,
}

/// Counts while people go by.
#[derive(Clone, Debug)]
pub struct Stands {
    ages: Ages,
    open: [[u64; 4]; STEPS],
    lost: [u64; LostReason::ALL.len() + 1],
    erased: u64,
}

impl Stands {
    /// Nobody yet.
    pub fn new(ages: Ages) -> Stands {
        Stands { ages, open: [[0; 4]; STEPS], lost: [0; LostReason::ALL.len() + 1], erased: 0 }
    }

    /// Counts one more.
    pub fn add(&mut self, now: Now) {
        match now {
            Now::At(stage, since) => {
                if let Some(of_stage) = self.open.get_mut(stage.ordinal() as usize) {
                    of_stage[self.ages.place(since)] += 1;
                }
            }
            Now::Lost(reason) => {
                let place = |reason| LostReason::ALL.iter().position(|one| *one == reason);
                self.lost[reason.and_then(place).unwrap_or(LostReason::ALL.len())] += 1;
            }
            Now::Erased => self.erased += 1,
        }
    }

    /// Counts those of another besides.
    pub fn merge(&mut self, other: &Stands) {
        let more = other.open.iter().flatten().chain(&other.lost);
        self.open.iter_mut().flatten().chain(&mut self.lost).zip(more).for_each(|(all, more)| *all += more);
        self.erased += other.erased;
    }

    /// Who is at each stage.
    pub fn standing(&self) -> Vec<Standing> {
        let by_age = |[week, month, quarter, older]: [u64; 4]| ByAge { week, month, quarter, older };
        Stage::ALL.into_iter().zip(self.open).map(|(stage, open)| Standing { stage, days: by_age(open) }).collect()
    }

    /// Why they were lost, the most frequent first; what did not happen is left out.
    pub fn lost(&self) -> Vec<Lost> {
        let reasons = LostReason::ALL.into_iter().map(Some).chain([None]);
        let mut all: Vec<Lost> = reasons.zip(self.lost).map(|(reason, people)| Lost { reason, people }).collect();
        all.retain(|one| one.people > 0);
        all.sort_by_key(|one| std::cmp::Reverse(one.people));
        all
    }

    /// Those who neither stand anywhere nor are lost.
    pub fn erased(&self) -> u64 {
        self.erased
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::Duration;

    #[test]
    fn days_are_counted_as_they_go_by_in_the_zone() {
        let (zone, today) = (Tz::Asia__Shanghai, NaiveDate::from_ymd_opt(2026, 3, 31).expect("a date"));
        let ages = Ages::of(today, zone);
        let start = |days: u64| day_start(today.checked_sub_days(Days::new(days)).expect("a date"), zone);
        for (days, first, just_before) in
            [(7, Age::Week, Age::Month), (30, Age::Month, Age::Quarter), (90, Age::Quarter, Age::Older)]
        {
            let at = |instant: chrono::DateTime<chrono::Utc>| Age::ALL[ages.place(instant.timestamp())];
            assert_eq!((at(start(days)), at(start(days) - Duration::seconds(1))), (first, just_before));
        }
        for age in Age::ALL {
            assert_eq!(Age::parse(age.as_str()), Some(age));
            let (from, before) = ages.bounds(age);
            let inside = from.map_or(i64::MIN, |from| from.utc().timestamp());
            assert_eq!(Age::ALL[ages.place(inside)], age);
            let last = before.map_or(i64::MAX, |before| before.utc().timestamp() - 1);
            assert_eq!(Age::ALL[ages.place(last)], age);
        }
    }

    #[test]
    fn everybody_stands_somewhere_is_lost_or_erased() {
        let ages = Ages::of(NaiveDate::from_ymd_opt(2026, 3, 31).expect("a date"), Tz::UTC);
        let mut stands = Stands::new(ages);
        for now in [
            Now::At(Stage::Met, 0),
            Now::At(Stage::Trading, i64::MAX),
            Now::Lost(None),
            Now::Lost(Some(LostReason::Fees)),
            Now::Lost(Some(LostReason::Fees)),
            Now::Erased,
        ] {
            stands.add(now);
        }
        let mut twice = stands.clone();
        twice.merge(&stands);
        assert_eq!((twice.erased(), twice.standing()[7].days.week, twice.lost()[0].people), (2, 2, 4));
        let standing = stands.standing();
        assert_eq!(standing.len(), STEPS);
        assert_eq!((standing[0].days.older, standing[7].days.week), (1, 1));
        assert_eq!(
            stands.lost().iter().map(|one| (one.reason, one.people)).collect::<Vec<_>>(),
            [(Some(LostReason::Fees), 2), (None, 1)]
        );
        assert_eq!(stands.erased(), 1);
    }
}
