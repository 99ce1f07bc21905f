//! The middle and the ninth tenth of very many waits: pure.

/// Up to so many are put together and looked through at once.
const FEW: usize = 4096;
/// More are counted by ranges first, as many as this at most, and only the ranges that matter are looked through.
const RANGES: u32 = 1 << 14;

/// Seconds from one step to the next.
#[derive(Clone, Debug, Default)]
pub struct Waits {
    /// Nearly all: not less than none, and no more than 136 years.
    near: Vec<u32>,
    /// The others.
    far: Vec<i64>,
}

impl Waits {
    /// One more.
    pub fn push(&mut self, wait: i64) {
        match u32::try_from(wait) {
            Ok(wait) => self.near.push(wait),
            Err(_) => self.far.push(wait),
        }
    }

    /// Those of another besides.
    pub fn append(&mut self, mut other: Waits) {
        if self.near.len() < other.near.len() {
            std::mem::swap(&mut self.near, &mut other.near);
        }
        self.near.append(&mut other.near);
        self.far.append(&mut other.far);
    }
}

/// Of an even number the median is the mean of the middle two; the 90th percentile is the smallest that nine in ten do not exceed. None of nothing.
/// `room` is used again from one call to the next.
pub fn median_and_p90(all: &[&Waits], room: &mut Vec<u32>) -> Option<(f64, i64)> {
    let near: usize = all.iter().map(|waits| waits.near.len()).sum();
    let mut far: Vec<i64> = all.iter().flat_map(|waits| &waits.far).copied().collect();
    far.sort_unstable();
    let n = near + far.len();
    let last = n.checked_sub(1)?;
    // Those before all that are near stand in front, the others behind.
    let before = far.partition_point(|wait| *wait < 0);
    let place = |rank: usize| rank.checked_sub(before).filter(|place| *place < near);
    let ranks = [last / 2, n / 2, (n * 90).div_ceil(100) - 1];
    let found = nearby(all, near, ranks.map(place), room);
    let one = |at: usize| match found[at] {
        Some(near) => i64::from(near),
        None => far[if ranks[at] < before { ranks[at] } else { ranks[at] - near }],
    };
    Some((f64::midpoint(one(0) as f64, one(1) as f64), one(2)))
}

/// Those of some ranks among the near ones.
fn nearby(all: &[&Waits], near: usize, ranks: [Option<usize>; 3], room: &mut Vec<u32>) -> [Option<u32>; 3] {
    room.clear();
    let within = if near <= FEW {
        all.iter().for_each(|waits| room.extend_from_slice(&waits.near));
        ranks
    } else {
        gather(all, ranks, room)
    };
    within.map(|rank| rank.map(|rank| *room.select_nth_unstable(rank).1))
}

/// Gathers the ranges in which the ranks lie; answers their ranks among what was gathered.
fn gather(all: &[&Waits], ranks: [Option<usize>; 3], room: &mut Vec<u32>) -> [Option<usize>; 3] {
    let most = all.iter().map(|waits| waits.near.iter().copied().fold(0, u32::max)).fold(0, u32::max);
    let shift = (0..u32::BITS).find(|shift| most >> shift < RANGES).unwrap_or_default();
    let range = |one: u32| (one >> shift) as usize;
    let mut counts = vec![0usize; range(most) + 1];
    for waits in all {
        waits.near.iter().for_each(|one| counts[range(*one)] += 1);
    }
    let mut chosen = vec![false; counts.len()];
    let mut within = [None; 3];
    // How many lie below a range: of all, and of what is gathered.
    let (mut below, mut gathered) = (0, 0);
    for (range, count) in counts.into_iter().enumerate() {
        for (within, rank) in within.iter_mut().zip(ranks) {
            if let Some(rank) = rank.filter(|rank| (below..below + count).contains(rank)) {
                (*within, chosen[range]) = (Some(gathered + rank - below), true);
            }
        }
        below += count;
        gathered += if chosen[range] { count } else { 0 };
    }
    for waits in all {
        room.extend(waits.near.iter().copied().filter(|one| chosen[range(*one)]));
    }
    within
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

    fn of(lists: &[Vec<i64>], room: &mut Vec<u32>) -> Option<(f64, i64)> {
        let each = lists.iter().map(|list| {
            let mut waits = Waits::default();
            list.iter().for_each(|wait| waits.push(*wait));
            waits
        });
        let each: Vec<Waits> = each.collect();
        let mut together = Waits::default();
        each.iter().cloned().for_each(|waits| together.append(waits));
        let found = median_and_p90(&each.iter().collect::<Vec<_>>(), room);
        assert_eq!(found, median_and_p90(&[&together], room));
        found
    }

    proptest! {
        #[test]
        fn few_are_those_of_the_sorted_list(lists in prop::collection::vec(prop::collection::vec(-5i64..1_000_000, 0..30), 0..4)) {
            prop_assert_eq!(of(&lists, &mut vec![7]), plainly(lists.concat()));
        }

        #[test]
        fn many_are_too(ends in prop::sample::select(vec![(0, 3), (-5, 100_000_000), (-3_000_000, 1_000_000), (-9, 3), (i64::MIN, i64::MAX), (9, 9)]), seed in any::<u64>(), more in 0usize..3) {
            let mut state = seed;
            let mut next = || {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let width = (i128::from(ends.1) - i128::from(ends.0) + 1) as u128;
                (i128::from(ends.0) + (u128::from(state >> 1) * 2 % width) as i128) as i64
            };
            let lists: Vec<Vec<i64>> = [3000, 0, 1500 + more].map(|n| (0..n).map(|_| next()).collect::<Vec<i64>>()).into();
            let mut sorted = lists.concat();
            sorted.sort_unstable();
            let n = sorted.len();
            let expected = (f64::midpoint(sorted[(n - 1) / 2] as f64, sorted[n / 2] as f64), sorted[(n * 90).div_ceil(100) - 1]);
            prop_assert_eq!(of(&lists, &mut Vec::new()), Some(expected));
        }
    }
}
