//! The middle and the ninth tenth of numbers that stand in several lists, however many: pure.

/// Up to so many are put together and looked through at once.
const FEW: usize = 4096;
/// More are counted by ranges first, as many as this at most, and only the ranges that matter are looked through.
const RANGES: u64 = 1 << 14;

/// Of an even number the median is the mean of the middle two; the 90th percentile is the smallest that nine in ten do not exceed. None of nothing.
/// `room` is used again from one call to the next.
pub fn median_and_p90(lists: &[&[i64]], room: &mut Vec<i64>) -> Option<(f64, i64)> {
    let n: usize = lists.iter().map(|list| list.len()).sum();
    let last = n.checked_sub(1)?;
    let mut ranks = [last / 2, n / 2, (n * 90).div_ceil(100) - 1];
    room.clear();
    if n <= FEW {
        lists.iter().for_each(|list| room.extend_from_slice(list));
    } else {
        ranks = gather(lists, ranks, room);
    }
    let [lower, upper, p90] = pick(room, ranks);
    Some((f64::midpoint(lower as f64, upper as f64), p90))
}

/// Gathers the ranges in which the ranks lie; answers their ranks among what was gathered.
fn gather(lists: &[&[i64]], ranks: [usize; 3], room: &mut Vec<i64>) -> [usize; 3] {
    let all = || lists.iter().flat_map(|list| list.iter().copied());
    let (least, most) = all().fold((i64::MAX, i64::MIN), |(least, most), one| (least.min(one), most.max(one)));
    let above = |one: i64| one.wrapping_sub(least) as u64;
    let shift = (0..u64::BITS).find(|shift| above(most) >> shift < RANGES).unwrap_or_default();
    let mut counts = vec![0usize; (above(most) >> shift) as usize + 1];
    for list in lists {
        list.iter().for_each(|one| counts[(above(*one) >> shift) as usize] += 1);
    }
    let mut chosen = [0; 3];
    let mut within = [0; 3];
    // How many lie below a range: of all, and of what is gathered.
    let (mut below, mut gathered) = (0, 0);
    for (range, count) in counts.into_iter().enumerate() {
        let mut here = false;
        for (at, rank) in ranks.into_iter().enumerate() {
            if below <= rank && rank < below + count {
                (chosen[at], within[at], here) = (range as u64, gathered + rank - below, true);
            }
        }
        below += count;
        gathered += if here { count } else { 0 };
    }
    for list in lists {
        room.extend(list.iter().copied().filter(|one| chosen.contains(&(above(*one) >> shift))));
    }
    within
}

/// The numbers of three ranks, the first two the same or side by side, the third not below them.
fn pick(all: &mut [i64], [lower, upper, third]: [usize; 3]) -> [i64; 3] {
    let (below, middle, above) = all.select_nth_unstable(upper);
    let middle = *middle;
    let lower = if lower == upper { middle } else { below.iter().copied().max().unwrap_or(middle) };
    let third = third.checked_sub(upper + 1).map_or(middle, |rank| *above.select_nth_unstable(rank).1);
    [lower, middle, third]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn plainly(mut all: Vec<i64>) -> Option<(f64, i64)> {
        all.sort_unstable();
        let n = all.len();
        let p90 = *all.iter().find(|x| all.iter().filter(|y| y <= x).take(n).count() * 10 >= n * 9)?;
        let half = n / 2;
        Some((if n % 2 == 1 { all[half] as f64 } else { f64::midpoint(all[half - 1] as f64, all[half] as f64) }, p90))
    }

    proptest! {
        #[test]
        fn few_are_those_of_the_sorted_list(lists in prop::collection::vec(prop::collection::vec(-5i64..1_000_000, 0..30), 0..4)) {
            let slices: Vec<&[i64]> = lists.iter().map(Vec::as_slice).collect();
            prop_assert_eq!(median_and_p90(&slices, &mut vec![7]), plainly(lists.concat()));
        }

        #[test]
        fn many_are_too(ends in prop::sample::select(vec![(0, 3), (-5, 100_000_000), (i64::MIN, i64::MAX), (9, 9)]), seed in any::<u64>(), more in 0usize..3) {
            let mut state = seed;
            let mut next = || {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let width = (i128::from(ends.1) - i128::from(ends.0) + 1) as u128;
                (i128::from(ends.0) + (u128::from(state >> 1) * 2 % width) as i128) as i64
            };
            let lists: Vec<Vec<i64>> = [3000, 0, 1500 + more].map(|n| (0..n).map(|_| next()).collect::<Vec<i64>>()).into();
            let slices: Vec<&[i64]> = lists.iter().map(Vec::as_slice).collect();
            let mut sorted = lists.concat();
            sorted.sort_unstable();
            let n = sorted.len();
            let expected = (f64::midpoint(sorted[(n - 1) / 2] as f64, sorted[n / 2] as f64), sorted[(n * 90).div_ceil(100) - 1]);
            prop_assert_eq!(median_and_p90(&slices, &mut Vec::new()), Some(expected));
        }
    }
}
