//! What a bank may see of numbers of clients: none below five, and none that the others give away. Pure.

use super::period::Period;

/// Below this a number is shown to nobody outside.
pub const LEAST: i64 = 5;

/// A list of numbers with their sum, as far as they may be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The numbers in their order; none: hidden.
    pub cells: Vec<Option<i64>>,
    /// Their sum; none: hidden.
    pub total: Option<i64>,
}

/// Hides what is below five. With the sum beside them, a single hidden number is the sum less the others, and several of which the sum is small are as
/// good as told: so the smallest of the rest are hidden as well until there are two at least and five together. Where that cannot be, the sum is hidden.
pub fn hide(cells: &[i64]) -> Shown {
    let mut hidden: Vec<bool> = cells.iter().map(|n| *n < LEAST).collect();
    let is_safe = |hidden: &[bool]| {
        let sum: i64 = cells.iter().zip(hidden).filter(|(_, h)| **h).map(|(n, _)| *n).sum();
        let count = hidden.iter().filter(|h| **h).count();
        count == 0 || (count >= 2 && sum >= LEAST)
    };
    while !is_safe(&hidden) {
        let shown = (0..cells.len()).filter(|at| !hidden[*at]);
        match shown.min_by_key(|at| cells[*at]) {
            Some(smallest) => hidden[smallest] = true,
            None => break,
        }
    }
    let total: i64 = cells.iter().sum();
    let show = |(n, h): (&i64, &bool)| (!h).then_some(*n);
    Shown {
        cells: cells.iter().zip(&hidden).map(show).collect(),
        total: (is_safe(&hidden) && total >= LEAST).then_some(total),
    }
}

/// Which of several numbers of one kind, each of a period, may be shown side by side: none below five, and of periods that overlap without being the same
/// only the longest, or the difference would tell of the rest.
pub fn publish(all: &[(Period, i64)]) -> Vec<Option<i64>> {
    let mut order: Vec<usize> = (0..all.len()).collect();
    order.sort_by_key(|at| (std::cmp::Reverse(all[*at].0.days()), all[*at].0));
    let mut shown: Vec<Period> = Vec::new();
    let mut answer = vec![None; all.len()];
    for at in order {
        let (period, number) = all[at];
        if number >= LEAST && shown.iter().all(|other| *other == period || !other.overlaps(period)) {
            shown.push(period);
            answer[at] = Some(number);
        }
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{Days, NaiveDate};
    use proptest::prelude::*;

    #[test]
    fn small_numbers_are_hidden_and_nothing_gives_them_away() {
        for (cells, shown, total) in [
            (&[12, 7, 30][..], &[Some(12), Some(7), Some(30)][..], Some(49)),
            // One alone would be the sum less the rest: the smallest of the rest goes with it.
            (&[12, 3, 30], &[None, None, Some(30)], Some(45)),
            (&[3, 4, 30], &[None, None, Some(30)], Some(37)),
            // Two that come to less than five are as good as told.
            (&[0, 1, 30, 9], &[None, None, Some(30), None], Some(40)),
            (&[0, 0, 0], &[None, None, None], None),
            (&[3], &[None], None),
            (&[5], &[Some(5)], Some(5)),
            (&[3, 9], &[None, None], Some(12)),
            (&[], &[], None),
        ] {
            assert_eq!(hide(cells), Shown { cells: shown.to_vec(), total }, "{cells:?}");
        }
    }

    #[test]
    fn of_overlapping_periods_only_the_longest_is_shown() {
        let period = |text: &str| Period::parse(text).expect("a period");
        let quarter = (period("2026-Q4"), 12);
        for (all, shown) in [
            // The quarter less October would tell of November and December.
            (vec![quarter, (period("2026-10"), 9)], vec![Some(12), None]),
            (vec![(period("2026-10"), 9), (period("2026-11"), 6)], vec![Some(9), Some(6)]),
            (vec![quarter, quarter], vec![Some(12), Some(12)]),
            (vec![(period("2026-Q4"), 4), (period("2026-10"), 9)], vec![None, Some(9)]),
        ] {
            assert_eq!(publish(&all), shown, "{all:?}");
        }
    }

    proptest! {
        #[test]
        fn no_small_number_is_shown_or_left_as_a_difference(cells in prop::collection::vec(0i64..40, 0..12)) {
            let Shown { cells: shown, total } = hide(&cells);
            prop_assert_eq!(shown.len(), cells.len());
            for (cell, shown) in cells.iter().zip(&shown) {
                prop_assert!(shown.is_none_or(|n| n == *cell && n >= LEAST));
            }
            let hidden: Vec<i64> = cells.iter().zip(&shown).filter(|(_, s)| s.is_none()).map(|(n, _)| *n).collect();
            if let Some(total) = total {
                prop_assert_eq!(total, cells.iter().sum::<i64>());
                let rest = total - shown.iter().flatten().sum::<i64>();
                prop_assert!(hidden.is_empty() || (hidden.len() >= 2 && rest >= LEAST));
            }
            if cells.iter().all(|n| *n >= LEAST) {
                prop_assert!(hidden.is_empty());
            }
        }

        #[test]
        fn no_two_shown_periods_differ_by_a_part(all in prop::collection::vec((0u64..80, 0u64..80, 0i64..40), 0..8)) {
            let epoch = NaiveDate::from_ymd_opt(2026, 1, 1).expect("a date");
            let all: Vec<(Period, i64)> = all
                .into_iter()
                .map(|(from, days, n)| {
                    let from = epoch + Days::new(from);
                    (Period::new(from, from + Days::new(days)).expect("a period"), n)
                })
                .collect();
            let shown = publish(&all);
            for (at, (period, n)) in all.iter().enumerate().filter(|(at, _)| shown[*at].is_some()) {
                prop_assert!(*n >= LEAST && shown[at] == Some(*n));
                for (other, _) in all.iter().zip(&shown).filter(|(_, s)| s.is_some()).map(|(a, _)| a) {
                    prop_assert!(other == period || !other.overlaps(*period));
                }
            }
        }
    }
}
