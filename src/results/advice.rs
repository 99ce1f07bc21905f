//! What to do about an outlet: open it, strengthen it, keep it, wait, or leave, each with its reasons. Pure; all thresholds stand here.

use crate::outlets::phase::Phase;

/// With fewer person-days than this nothing is said of an outlet's results.
pub const FEWEST_DAYS: u64 = 10;
/// So many person-days without a single account are a reason to leave by themselves.
pub const DAYS_WITHOUT_ACCOUNT: u64 = 20;
/// So many times the middle of the branch is much.
pub const MUCH: f64 = 1.25;
/// So many times the middle of the branch is little.
pub const LITTLE: f64 = 0.5;
/// So many times the period before is more.
pub const MORE: f64 = 1.2;
/// So many times the period before is less.
pub const LESS: f64 = 0.8;
/// Below this share of the shifts wanted an outlet is not covered.
pub const COVERED: f64 = 0.8;
/// Below this share of the shifts planned people do not come.
pub const ATTENDED: f64 = 0.9;

crate::text_enum! {
    /// What to do.
    #[derive(PartialOrd, Ord)]
    pub enum Advice {
        // What is to be done first, first.
        /// Send people there for the first time, or again.
        Open = "open",
        /// Send more, or somebody stronger.
        Strengthen = "strengthen",
        /// Take the people elsewhere.
        Leave = "leave",
        /// Too little is known.
        Wait = "wait",
        /// As it is.
        Keep = "keep",
    }
}

crate::text_enum! {
    /// Why.
    pub enum Reason {
        /// Nobody is posted there yet.
        NotOpen = "not_open",
        /// Many people come to the outlet, or its grade is A.
        Busy = "busy",
        /// Few people come to the outlet.
        Quiet = "quiet",
        /// Nobody has said how many people come.
        FootfallUnknown = "footfall_unknown",
        /// Fewer than ten person-days.
        FewDays = "few_days",
        /// The first months: people are not taken away.
        Launching = "launching",
        /// Many accounts a person-day.
        HighYield = "high_yield",
        /// Few accounts a person-day.
        LowYield = "low_yield",
        /// Twenty person-days and more, and not one account.
        NoAccount = "no_account",
        /// More prospects a person-day than in the period before.
        Rising = "rising",
        /// Fewer prospects a person-day than in the period before.
        Falling = "falling",
        /// Fewer shifts than are wanted.
        NotCovered = "not_covered",
        /// Shifts are planned, and people do not come.
        NotAttended = "not_attended",
        /// Nothing stands out.
        Usual = "usual",
    }
}

/// What is known of an outlet over a period.
#[derive(Clone, Debug, Default)]
pub struct Case {
    /// How far the co-operation has come; an ended outlet is asked for no advice.
    pub phase: Option<Phase>,
    /// Its grade, as typed.
    pub grade: Option<String>,
    /// How many people come on a usual day.
    pub footfall: Option<u64>,
    /// Person-days on site.
    pub days: u64,
    /// Prospects met.
    pub prospects: u64,
    /// Of those, accounts opened.
    pub accounts: u64,
    /// The share of the wanted shifts that were planned.
    pub coverage: Option<f64>,
    /// The share of the planned shifts to which somebody came.
    pub attendance: Option<f64>,
    /// Person-days and prospects in the period before.
    pub before: (u64, u64),
}

/// The middle of the branch's outlets.
#[derive(Clone, Copy, Debug, Default)]
pub struct Middle {
    /// Accounts a person-day.
    pub yields: Option<f64>,
    /// People who come on a usual day.
    pub footfall: Option<f64>,
}

/// What to do about an outlet, and why.
pub fn advise(case: &Case, middle: &Middle) -> (Advice, Vec<Reason>) {
    let busy = busy(case, middle);
    match case.phase {
        Some(Phase::Launch | Phase::Established) => posted(case, middle, busy),
        _ if busy == Some(Reason::Busy) => (Advice::Open, vec![Reason::NotOpen, Reason::Busy]),
        _ => (Advice::Wait, [Some(Reason::NotOpen), busy].into_iter().flatten().collect()),
    }
}

/// Whether many or few come, or nobody knows; `None` for as many as usual.
fn busy(case: &Case, middle: &Middle) -> Option<Reason> {
    let best = case.grade.as_deref().is_some_and(|grade| grade.trim().starts_with(['A', 'a', 'Ａ']));
    match (case.footfall, middle.footfall) {
        (Some(people), Some(usual)) if people as f64 >= usual * MUCH => Some(Reason::Busy),
        _ if best => Some(Reason::Busy),
        (Some(people), Some(usual)) if people as f64 <= usual * LITTLE => Some(Reason::Quiet),
        (None, _) => Some(Reason::FootfallUnknown),
        _ => None,
    }
}

fn posted(case: &Case, middle: &Middle, busy: Option<Reason>) -> (Advice, Vec<Reason>) {
    let gaps: Vec<Reason> = [
        case.coverage.filter(|share| *share < COVERED).map(|_| Reason::NotCovered),
        case.attendance.filter(|share| *share < ATTENDED).map(|_| Reason::NotAttended),
    ]
    .into_iter()
    .flatten()
    .collect();
    if case.days < FEWEST_DAYS {
        return (Advice::Wait, [vec![Reason::FewDays], gaps].concat());
    }
    let yields = yields(case, middle);
    let trend = trend(case);
    let of = |advice, reasons: &[Option<Reason>]| {
        (advice, reasons.iter().flatten().copied().chain(gaps.iter().copied()).collect())
    };
    let is_poor = matches!(yields, Some(Reason::LowYield | Reason::NoAccount));
    let is_rich = yields == Some(Reason::HighYield);
    let crowd = busy.filter(|one| *one == Reason::Busy);
    match () {
        () if is_rich && (!gaps.is_empty() || trend == Some(Reason::Rising) || crowd.is_some()) => {
            of(Advice::Strengthen, &[yields, crowd, trend])
        }
        () if is_poor && case.phase == Some(Phase::Launch) => {
            of(Advice::Keep, &[Some(Reason::Launching), yields, trend])
        }
        // Many come and few are won: it wants somebody stronger, not to be left.
        () if is_poor && crowd.is_some() => of(Advice::Strengthen, &[yields, crowd, trend]),
        // Where people do not come, the place is not to blame.
        () if is_poor && gaps.contains(&Reason::NotAttended) => of(Advice::Strengthen, &[yields, trend]),
        () if is_poor && trend != Some(Reason::Rising) => of(Advice::Leave, &[yields, busy, trend]),
        () if !gaps.is_empty() && crowd.is_some() => of(Advice::Strengthen, &[crowd, trend]),
        () => {
            let known = yields.or(trend).is_some() || !gaps.is_empty();
            of(Advice::Keep, &[yields, trend, (!known).then_some(Reason::Usual)])
        }
    }
}

/// Accounts a person-day beside the middle.
fn yields(case: &Case, middle: &Middle) -> Option<Reason> {
    let own = case.accounts as f64 / case.days.max(1) as f64;
    if case.accounts == 0 && case.days >= DAYS_WITHOUT_ACCOUNT {
        return Some(Reason::NoAccount);
    }
    match middle.yields.filter(|usual| *usual > 0.0) {
        Some(usual) if own >= usual * MUCH => Some(Reason::HighYield),
        Some(usual) if own <= usual * LITTLE => Some(Reason::LowYield),
        _ => None,
    }
}

/// Prospects a person-day beside the period before.
fn trend(case: &Case) -> Option<Reason> {
    let (days, prospects) = case.before;
    if days < FEWEST_DAYS || case.days < FEWEST_DAYS || prospects == 0 {
        return None;
    }
    let times = (case.prospects as f64 / case.days as f64) / (prospects as f64 / days as f64);
    match times {
        times if times >= MORE => Some(Reason::Rising),
        times if times <= LESS => Some(Reason::Falling),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Advice::*;

    const MIDDLE: Middle = Middle { yields: Some(0.2), footfall: Some(200.0) };

    fn posted(days: u64, accounts: u64) -> Case {
        Case {
            phase: Some(Phase::Established),
            footfall: Some(200),
            days,
            prospects: days,
            accounts,
            coverage: Some(1.0),
            attendance: Some(1.0),
            before: (days, days),
            ..Case::default()
        }
    }

    #[test]
    fn what_to_do_is_as_in_the_table() {
        let elsewhere = |phase, footfall, grade: Option<&str>| Case {
            phase: Some(phase),
            footfall,
            grade: grade.map(ToOwned::to_owned),
            ..Case::default()
        };
        let cases: Vec<(Case, Advice, &[Reason])> = vec![
            (elsewhere(Phase::Negotiating, Some(250), None), Open, &[Reason::NotOpen, Reason::Busy]),
            (elsewhere(Phase::Dormant, None, Some("A")), Open, &[Reason::NotOpen, Reason::Busy]),
            (elsewhere(Phase::Contacted, Some(100), Some("B")), Wait, &[Reason::NotOpen, Reason::Quiet]),
            (elsewhere(Phase::Prospecting, None, None), Wait, &[Reason::NotOpen, Reason::FootfallUnknown]),
            (elsewhere(Phase::Prospecting, Some(200), None), Wait, &[Reason::NotOpen]),
            (posted(9, 0), Wait, &[Reason::FewDays]),
            (posted(20, 4), Keep, &[Reason::Usual]),
            (posted(20, 5), Keep, &[Reason::HighYield]),
            (Case { prospects: 24, ..posted(20, 5) }, Strengthen, &[Reason::HighYield, Reason::Rising]),
            (Case { coverage: Some(0.79), ..posted(20, 5) }, Strengthen, &[Reason::HighYield, Reason::NotCovered]),
            (Case { footfall: Some(250), ..posted(20, 5) }, Strengthen, &[Reason::HighYield, Reason::Busy]),
            (posted(20, 2), Leave, &[Reason::LowYield]),
            (Case { footfall: Some(100), ..posted(20, 2) }, Leave, &[Reason::LowYield, Reason::Quiet]),
            (posted(20, 0), Leave, &[Reason::NoAccount]),
            (posted(19, 0), Leave, &[Reason::LowYield]),
            (Case { prospects: 16, ..posted(20, 0) }, Leave, &[Reason::NoAccount, Reason::Falling]),
            (Case { prospects: 24, ..posted(20, 0) }, Keep, &[Reason::NoAccount, Reason::Rising]),
            (Case { footfall: Some(250), ..posted(20, 0) }, Strengthen, &[Reason::NoAccount, Reason::Busy]),
            (Case { attendance: Some(0.89), ..posted(20, 0) }, Strengthen, &[Reason::NoAccount, Reason::NotAttended]),
            (Case { phase: Some(Phase::Launch), ..posted(20, 0) }, Keep, &[Reason::Launching, Reason::NoAccount]),
            (
                Case { coverage: Some(0.5), grade: Some("A级".into()), ..posted(20, 4) },
                Strengthen,
                &[Reason::Busy, Reason::NotCovered],
            ),
            (Case { coverage: Some(0.5), ..posted(20, 4) }, Keep, &[Reason::NotCovered]),
        ];
        for (case, advice, reasons) in cases {
            assert_eq!(advise(&case, &MIDDLE), (advice, reasons.to_vec()), "{case:?}");
        }
    }

    #[test]
    fn without_a_middle_only_what_needs_none_is_said() {
        assert_eq!(advise(&posted(19, 0), &Middle::default()), (Keep, vec![Reason::Usual]));
        assert_eq!(advise(&posted(20, 0), &Middle::default()), (Leave, vec![Reason::NoAccount]));
        let unknown = Case { phase: Some(Phase::Contacted), footfall: Some(1), ..Case::default() };
        assert_eq!(advise(&unknown, &Middle::default()), (Wait, vec![Reason::NotOpen]));
    }
}
