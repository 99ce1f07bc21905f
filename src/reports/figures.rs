//! The figures of a report, and how they add up: pure.

use serde::Serialize;
use utoipa::ToSchema;

use crate::attendance::days::Day;
use crate::attendance::status::Status;
use crate::funnel::facts::{Path, STEPS};

/// Follow-ups of those first met in the period, by the follow-up that began with that meeting.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct FollowUps {
    /// Whose three days are over and whose follow-up was not waived.
    pub counted: u64,
    /// Of those, contacted within three days.
    pub kept: u64,
    /// `kept` by `counted`; null over nobody.
    pub share: Option<f64>,
    /// Whose follow-up was waived.
    pub waived: u64,
    /// Who still has time, today included; in no other number.
    pub pending: u64,
}

/// What became of a follow-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Followed {
    /// Contacted within three days.
    Kept,
    /// Later, or not at all.
    Missed,
    /// Waived before anybody contacted them.
    Waived,
    /// The three days are not over.
    Pending,
}

/// How many of those first met in the period ever came so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Came {
    /// Met.
    pub met: u64,
    /// A way to reach them obtained.
    pub reachable: u64,
    /// Contacted.
    pub contacted: u64,
    /// They know what they want.
    pub intent: u64,
    /// An account opened.
    pub account_opened: u64,
    /// Third-party custody signed.
    pub custody_signed: u64,
    /// Money in.
    pub funded: u64,
    /// Trading.
    pub trading: u64,
    /// Lost now; they count above too.
    pub lost: u64,
}

/// Shifts that have begun, as the roll has them, corrections counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct Attended {
    /// How many.
    pub shifts: u64,
    /// Came and left in time.
    pub on_time: u64,
    /// Came late.
    pub late: u64,
    /// Left early.
    pub left_early: u64,
    /// Did not come.
    pub absent: u64,
    /// Came, and the day ended without a check-out.
    pub not_confirmed: u64,
    /// Came, off site or uncertain, and nobody accepted it.
    pub off_site: u64,
    /// `on_time` by `shifts`; null over none.
    pub share: Option<f64>,
}

/// Brokers posted against brokers wanted, over the days up to today on which an outlet wants some.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct Coverage {
    /// Wanted, by outlet and day.
    pub wanted: u64,
    /// Of those, posted.
    pub covered: u64,
    /// `covered` by `wanted`; null over none.
    pub share: Option<f64>,
}

/// All figures of something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, ToSchema)]
#[schema(as = ReportFigures)]
pub struct Figures {
    /// How people were followed up.
    pub follow_ups: FollowUps,
    /// How far people came.
    pub funnel: Came,
    /// How shifts were attended.
    pub attendance: Attended,
    /// How the rota was filled.
    pub coverage: Coverage,
}

fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// Something that is counted.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    /// Somebody met, and how they came along.
    Met(&'a Path),
    /// A first follow-up.
    Followed(Followed),
    /// A shift, and whether it is unclear where they were.
    Shift(Status, bool),
    /// An outlet's day: brokers wanted and posted.
    Posts(u64, u64),
    /// A branch's day: brokers wanted at all of its outlets together.
    Wanted(u64),
    /// A branch's day: all of its shifts, and how many of those wanted are posted.
    Day(&'a Day, u64),
}

impl Figures {
    /// Counts one more.
    pub fn add(&mut self, event: Event<'_>) {
        match event {
            Event::Met(path) => self.funnel.add(path),
            Event::Followed(how) => self.follow_ups.add(how),
            Event::Shift(status, unclear) => self.attendance.add(status, unclear),
            Event::Posts(wanted, posted) => self.coverage.add(wanted, posted.min(wanted)),
            Event::Wanted(wanted) => self.coverage.add(wanted, 0),
            Event::Day(day, covered) => {
                day.stand().for_each(|(status, count)| self.attendance.add_so_many(status, count));
                self.attendance.off_site += day.unclear();
                self.coverage.add(0, covered);
            }
        }
    }

    /// Whether nothing at all was counted.
    pub fn is_empty(&self) -> bool {
        *self == Figures::default()
    }
}

impl Came {
    fn add(&mut self, path: &Path) {
        let furthest = usize::from(path.furthest).min(STEPS - 1);
        let all = [
            &mut self.met,
            &mut self.reachable,
            &mut self.contacted,
            &mut self.intent,
            &mut self.account_opened,
            &mut self.custody_signed,
            &mut self.funded,
            &mut self.trading,
        ];
        all.into_iter().take(furthest + 1).for_each(|one| *one += 1);
        self.lost += u64::from(path.lost);
    }
}

impl FollowUps {
    fn add(&mut self, how: Followed) {
        match how {
            Followed::Pending => self.pending += 1,
            Followed::Waived => self.waived += 1,
            Followed::Kept | Followed::Missed => {
                self.counted += 1;
                self.kept += u64::from(how == Followed::Kept);
                self.share = share(self.kept, self.counted);
            }
        }
    }
}

impl Attended {
    fn add(&mut self, status: Status, unclear: bool) {
        self.add_so_many(status, 1);
        self.off_site += u64::from(unclear);
    }

    fn add_so_many(&mut self, status: Status, count: u64) {
        let if_so = |is: bool| if is { count } else { 0 };
        self.shifts += if_so(status != Status::Upcoming);
        self.on_time += if_so(status == Status::OnTime);
        self.late += if_so(matches!(status, Status::Late | Status::LateAndLeftEarly));
        self.left_early += if_so(matches!(status, Status::LeftEarly | Status::LateAndLeftEarly));
        self.absent += if_so(status == Status::Absent);
        self.not_confirmed += if_so(status == Status::NotConfirmed);
        self.share = share(self.on_time, self.shifts);
    }
}

impl Coverage {
    fn add(&mut self, wanted: u64, covered: u64) {
        self.wanted += wanted;
        self.covered += covered;
        self.share = share(self.covered, self.wanted);
    }
}

/// A figure as it is shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Number {
    /// How many.
    Count(u64),
    /// A part of a whole; none over nothing.
    Share(Option<f64>),
}

/// What a figure is called, and how it is read out of all of them.
pub type Column = (&'static str, fn(&Figures) -> Number);

/// All figures in their order, by the key of their name.
pub const COLUMNS: [Column; 23] = [
    ("follow-share", |f| Number::Share(f.follow_ups.share)),
    ("follow-counted", |f| Number::Count(f.follow_ups.counted)),
    ("follow-kept", |f| Number::Count(f.follow_ups.kept)),
    ("follow-waived", |f| Number::Count(f.follow_ups.waived)),
    ("follow-pending", |f| Number::Count(f.follow_ups.pending)),
    ("met", |f| Number::Count(f.funnel.met)),
    ("reachable", |f| Number::Count(f.funnel.reachable)),
    ("contacted", |f| Number::Count(f.funnel.contacted)),
    ("intent", |f| Number::Count(f.funnel.intent)),
    ("account-opened", |f| Number::Count(f.funnel.account_opened)),
    ("custody-signed", |f| Number::Count(f.funnel.custody_signed)),
    ("funded", |f| Number::Count(f.funnel.funded)),
    ("trading", |f| Number::Count(f.funnel.trading)),
    ("lost", |f| Number::Count(f.funnel.lost)),
    ("shifts", |f| Number::Count(f.attendance.shifts)),
    ("on-time", |f| Number::Count(f.attendance.on_time)),
    ("on-time-share", |f| Number::Share(f.attendance.share)),
    ("late", |f| Number::Count(f.attendance.late)),
    ("left-early", |f| Number::Count(f.attendance.left_early)),
    ("absent", |f| Number::Count(f.attendance.absent)),
    ("off-site", |f| Number::Count(f.attendance.off_site)),
    ("not-confirmed", |f| Number::Count(f.attendance.not_confirmed)),
    ("covered-share", |f| Number::Share(f.coverage.share)),
];

/// What a table of the page and a mail have room for: what is done with people, and how shifts are kept.
pub const SHORT: [&str; 10] = [
    "met",
    "follow-share",
    "account-opened",
    "funded",
    "lost",
    "shifts",
    "on-time-share",
    "late",
    "absent",
    "covered-share",
];

/// Some of them, by their keys.
pub fn columns(keys: &[&str]) -> Vec<Column> {
    keys.iter().filter_map(|key| COLUMNS.into_iter().find(|(name, _)| name == key)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_add_up() {
        let mut all = Figures::default();
        assert!(all.is_empty());
        for (furthest, lost) in [(0, false), (4, true), (7, false)] {
            all.add(Event::Met(&Path { furthest, lost, ..Path::default() }));
        }
        assert_eq!((all.funnel.met, all.funnel.account_opened, all.funnel.trading, all.funnel.lost), (3, 2, 1, 1));
        for how in [Followed::Kept, Followed::Missed, Followed::Waived, Followed::Pending] {
            all.add(Event::Followed(how));
        }
        assert_eq!((all.follow_ups.counted, all.follow_ups.share), (2, Some(0.5)));
        for status in [Status::OnTime, Status::LateAndLeftEarly, Status::Upcoming] {
            all.add(Event::Shift(status, status == Status::OnTime));
        }
        assert_eq!((all.attendance.shifts, all.attendance.late, all.attendance.left_early), (2, 1, 1));
        assert_eq!((all.attendance.off_site, all.attendance.share), (1, Some(0.5)));
        all.add(Event::Posts(2, 3));
        all.add(Event::Posts(2, 0));
        assert_eq!(all.coverage.share, Some(0.5), "who stands where nobody is wanted fills no gap elsewhere");
        assert!(!all.is_empty());
    }
}
