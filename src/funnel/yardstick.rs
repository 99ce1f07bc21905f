//! What a group is measured by, and where most are lost. Pure.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use super::facts::STEPS;
use super::tally::{Figures, Steps};
use crate::db::Id;

/// A group with fewer people before a step says nothing about it.
pub const FEWEST_PEOPLE: u64 = 5;
/// The middle of fewer groups than this is no yardstick (and would tell one group's figure to the other).
pub const FEWEST_GROUPS: usize = 3;
/// A step with fewer people before it is not called the weakest.
pub const FEWEST_TO_JUDGE: u64 = 10;
/// A step is weak only where its conversion is lower by at least so much.
pub const LEAST_GAP: f64 = 0.03;

/// The middle of a branch's groups: as many are above as below.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, ToSchema)]
pub struct Yardstick {
    /// Which branch; null: all within reach together.
    pub branch_id: Option<Id>,
    /// How many groups it is taken from.
    pub groups: usize,
    /// The median of the groups' conversions, over groups with at least 5 people at the step before; null over fewer than 3 groups.
    pub conversion: Steps<Option<f64>>,
    /// The median of the groups' median days; null over fewer than 3 groups.
    pub median_days: Steps<Option<f64>>,
}

/// The yardsticks of groups that belong to branches.
pub fn of<'a>(groups: impl IntoIterator<Item = (Option<Id>, &'a Figures)>) -> Vec<Yardstick> {
    let mut by_branch: BTreeMap<Option<Id>, Vec<&Figures>> = BTreeMap::new();
    for (branch, figures) in groups {
        by_branch.entry(branch).or_default().push(figures);
    }
    by_branch.into_iter().map(|(branch_id, groups)| yardstick(branch_id, &groups)).collect()
}

fn yardstick(branch_id: Option<Id>, groups: &[&Figures]) -> Yardstick {
    let (mut conversion, mut median_days) = ([None; STEPS], [None; STEPS]);
    for step in 1..STEPS {
        let enough = groups.iter().filter(|group| group.entered.in_order()[step - 1] >= FEWEST_PEOPLE);
        conversion[step] = middle(enough.filter_map(|group| group.conversion.in_order()[step]));
        median_days[step] = middle(groups.iter().filter_map(|group| group.median_days.in_order()[step]));
    }
    Yardstick { branch_id, groups: groups.len(), conversion: conversion.into(), median_days: median_days.into() }
}

/// The median, of an even number the mean of the middle two; `None` over too few.
pub fn middle(all: impl IntoIterator<Item = f64>) -> Option<f64> {
    let mut all: Vec<f64> = all.into_iter().collect();
    if all.len() < FEWEST_GROUPS {
        return None;
    }
    all.sort_unstable_by(f64::total_cmp);
    let half = all.len() / 2;
    Some(if all.len() % 2 == 1 { all[half] } else { f64::midpoint(all[half - 1], all[half]) })
}

/// A step at which many are lost.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, ToSchema)]
pub struct Weakest {
    /// Its place: 1 for reachable to 7 for trading.
    pub step: usize,
    /// The share of those before it who went on.
    pub share: f64,
    /// The share elsewhere or earlier; null where there is nothing to compare with, and the step is the one at which most are lost.
    pub than: Option<f64>,
    /// How many did not go on; beside another share, how many more would have with that one.
    pub people: u64,
}

/// The step that costs most people beside another funnel; without one, or where nothing is weaker, the one that costs most.
pub fn weakest(here: &Figures, than: Option<&Figures>) -> Option<Weakest> {
    than.and_then(|than| beside(here, than)).or_else(|| steepest(here))
}

fn judged(figures: &Figures, step: usize) -> Option<(u64, f64)> {
    let before = figures.entered.in_order()[step - 1];
    figures.conversion.in_order()[step].filter(|_| before >= FEWEST_TO_JUDGE).map(|share| (before, share))
}

fn beside(here: &Figures, than: &Figures) -> Option<Weakest> {
    let gap = |step| {
        let ((before, share), (_, than)) = judged(here, step).zip(judged(than, step))?;
        let missed = (than - share) * before as f64;
        (than - share >= LEAST_GAP)
            .then_some((missed, Weakest { step, share, than: Some(than), people: missed.round() as u64 }))
    };
    (1..STEPS).filter_map(gap).max_by(|(a, _), (b, _)| a.total_cmp(b)).map(|(_, weakest)| weakest)
}

fn steepest(here: &Figures) -> Option<Weakest> {
    let entered = here.entered.in_order();
    let drop = |step| {
        let (before, share) = judged(here, step)?;
        Some(Weakest { step, share, than: None, people: before - entered[step] })
    };
    (1..STEPS).filter_map(drop).filter(|one| one.people > 0).max_by_key(|one| one.people)
}

#[cfg(test)]
mod tests {
    use super::super::tally::Tally;
    use super::*;

    /// A funnel by how many came how far.
    fn funnel(furthest: [u64; STEPS]) -> Figures {
        let mut tally = Tally::default();
        for (step, count) in furthest.into_iter().enumerate() {
            for _ in 0..count {
                tally.count(step as u8, false);
            }
        }
        tally.figures()
    }

    #[test]
    fn the_middle_wants_three_groups_of_some_size() {
        let share = |of: [[u64; STEPS]; 3]| {
            let groups = of.map(funnel);
            of_one(&groups).conversion.reachable
        };
        fn of_one(groups: &[Figures]) -> Yardstick {
            super::of(groups.iter().map(|group| (None, group)))[0]
        }
        let group = |stay: u64, go: u64| [stay, go, 0, 0, 0, 0, 0, 0];
        assert_eq!(share([group(1, 9), group(5, 5), group(8, 2)]), Some(0.5));
        assert_eq!(share([group(1, 9), group(5, 5), group(3, 1)]), None, "four people are too few");
        assert_eq!(middle([0.1, 0.25, 0.75, 0.9]), Some(0.5));
    }

    #[test]
    fn the_weakest_step_is_the_one_that_costs_most_people_beside_another_funnel() {
        let usual = funnel([10, 20, 20, 20, 10, 10, 5, 5]);
        // From 100 met: 70 of 90 contacted as usual would be 70; here only 45.
        let here = funnel([10, 45, 10, 10, 5, 10, 5, 5]);
        let found = weakest(&here, Some(&usual)).expect("a weak step");
        assert_eq!(found.step, 2);
        assert!(found.share == 0.5 && found.than.expect("a share") > 0.77 && found.people == 25, "{found:?}");
        let alone = weakest(&here, None).expect("a step");
        assert_eq!((alone.step, alone.than, alone.people), (2, None, 45));
        assert_eq!(weakest(&usual, Some(&usual)).map(|one| one.than), Some(None), "nothing is weaker");
        assert_eq!(weakest(&funnel([5, 4, 0, 0, 0, 0, 0, 0]), None), None, "nine are too few");
    }
}
