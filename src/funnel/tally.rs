//! Counting: pure, from facts to the figures of a group.

use serde::Serialize;
use utoipa::ToSchema;

use super::facts::STEPS;
use super::ranks::{Waits, median_and_p90};

const SECONDS_A_DAY: f64 = 86_400.0;

/// What is counted of a group while its people go by.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    furthest: [u64; STEPS],
    lost: u64,
    waits: [Waits; STEPS],
}

impl Tally {
    /// Counts one more, by how far they ever came and whether they are lost now.
    #[inline]
    pub fn count(&mut self, furthest: u8, lost: bool) {
        self.furthest[usize::from(furthest).min(STEPS - 1)] += 1;
        self.lost += u64::from(lost);
    }

    /// Counts how many seconds somebody took for a step.
    #[inline]
    pub fn wait(&mut self, step: usize, seconds: i64) {
        self.waits[step].push(seconds);
    }

    /// Counts those of another besides.
    pub fn merge(&mut self, other: Tally) {
        self.furthest.iter_mut().zip(other.furthest).for_each(|(all, more)| *all += more);
        self.lost += other.lost;
        self.waits.iter_mut().zip(other.waits).for_each(|(all, more)| all.append(more));
    }

    /// How many were counted.
    pub fn people(&self) -> u64 {
        self.furthest.iter().sum()
    }

    /// The figures.
    pub fn figures(&self) -> Figures {
        Tally::figures_of(&[self], &mut Vec::new())
    }

    /// The figures of several together; `room` is used again from one call to the next.
    pub fn figures_of(all: &[&Tally], room: &mut Vec<u32>) -> Figures {
        let mut entered = [0; STEPS];
        let mut so_far = 0;
        for step in (0..STEPS).rev() {
            so_far += all.iter().map(|tally| tally.furthest[step]).sum::<u64>();
            entered[step] = so_far;
        }
        let (mut conversion, mut median_days, mut p90_days) = ([None; STEPS], [None; STEPS], [None; STEPS]);
        for step in 1..STEPS {
            conversion[step] = (entered[step - 1] > 0).then(|| entered[step] as f64 / entered[step - 1] as f64);
            let waits: Vec<&Waits> = all.iter().map(|tally| &tally.waits[step]).collect();
            if let Some((median, p90)) = median_and_p90(&waits, room) {
                median_days[step] = Some(median / SECONDS_A_DAY);
                p90_days[step] = Some(p90 as f64 / SECONDS_A_DAY);
            }
        }
        Figures {
            entered: entered.into(),
            lost: all.iter().map(|tally| tally.lost).sum(),
            conversion: conversion.into(),
            median_days: median_days.into(),
            p90_days: p90_days.into(),
        }
    }
}

/// A figure for each step of the funnel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct Steps<T> {
    /// Met.
    pub met: T,
    /// A way to reach them obtained.
    pub reachable: T,
    /// Contacted within the three-day rule.
    pub contacted: T,
    /// They know what they want.
    pub intent: T,
    /// An account opened.
    pub account_opened: T,
    /// Third-party custody signed.
    pub custody_signed: T,
    /// Money in.
    pub funded: T,
    /// Trading.
    pub trading: T,
}

impl<T: Copy> From<[T; STEPS]> for Steps<T> {
    fn from([met, reachable, contacted, intent, account_opened, custody_signed, funded, trading]: [T; STEPS]) -> Self {
        Steps { met, reachable, contacted, intent, account_opened, custody_signed, funded, trading }
    }
}

impl<T: Copy> Steps<T> {
    /// In the funnel's order.
    pub fn in_order(&self) -> [T; STEPS] {
        let Steps { met, reachable, contacted, intent, account_opened, custody_signed, funded, trading } = *self;
        [met, reachable, contacted, intent, account_opened, custody_signed, funded, trading]
    }
}

/// The figures of a group.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct Figures {
    /// How many ever reached the step or a later one.
    pub entered: Steps<u64>,
    /// How many are lost now; they count in `entered` too.
    pub lost: u64,
    /// `entered` of the step by `entered` of the step before; null over 0, and for the first.
    pub conversion: Steps<Option<f64>>,
    /// The median of days between first reaching the step before and this one, over those who reached both; null over nobody.
    pub median_days: Steps<Option<f64>>,
    /// Within how many days nine in ten of them took the step.
    pub p90_days: Steps<Option<f64>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_step_counts_those_who_came_further() {
        let mut tally = Tally::default();
        for (furthest, lost) in [(0, false), (2, true), (7, false), (3, false)] {
            tally.count(furthest, lost);
        }
        let figures = tally.figures();
        assert_eq!(figures.entered.in_order(), [4, 3, 3, 2, 1, 1, 1, 1]);
        assert_eq!(figures.lost, 1);
        assert_eq!(figures.conversion.in_order()[..4], [None, Some(0.75), Some(1.0), Some(2.0 / 3.0)]);
        assert_eq!(Tally::default().figures().conversion.reachable, None);
    }
}
