//! Chance that is the same everywhere: a small generator (SplitMix64) begun anew for every thing that is made, from the seed, what it is and its number.
//! So nothing depends on the order in which things are made.

use chrono::Duration;
use uuid::Builder;

use crate::db::{At, Id};

/// A stream of chance for one thing.
#[derive(Clone, Debug)]
pub struct Draw(u64);

impl Draw {
    /// The stream of the thing `number` of the kind `what`.
    pub fn of(seed: u64, what: &str, number: u64) -> Draw {
        let kind = what
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        Draw(mix(mix(mix(seed) ^ kind) ^ number))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.0)
    }

    /// From 0 to below 1.
    pub fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// A number below `n`; 0 for none.
    pub fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.next()) * n as u128) >> 64) as usize
    }

    /// A number from `low` to `high`, both included.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        low + self.below(usize::try_from(high - low + 1).unwrap_or(1)) as i64
    }

    /// Whether something happens that does so in a share `p` of all cases.
    pub fn chance(&mut self, p: f64) -> bool {
        self.unit() < p
    }

    /// About normal, around 0 with a deviation of 1: twelve dice, so that every machine throws the same.
    pub fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.unit()).sum::<f64>() - 6.0
    }

    /// A delay: mostly short, sometimes long, `days` in the mean.
    pub fn delay(&mut self, days: f64) -> Duration {
        let dice = -(1.0 - self.unit()).ln();
        Duration::seconds((days * dice * 86_400.0) as i64 + 60)
    }

    /// One of several.
    pub fn one_of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }

    /// One of several, each as often as its weight says.
    pub fn weighted<T: Copy>(&mut self, all: &[(T, usize)]) -> T {
        let mut at = self.below(all.iter().map(|(_, weight)| weight).sum());
        for (one, weight) in all {
            match at.checked_sub(*weight) {
                Some(left) => at = left,
                None => return *one,
            }
        }
        all[0].0
    }

    /// An id in the order of time, as the program makes them.
    pub fn id(&mut self, at: At) -> Id {
        let (high, low) = (self.next().to_be_bytes(), self.next().to_be_bytes());
        let mut random = [0; 10];
        random[..8].copy_from_slice(&high);
        random[8..].copy_from_slice(&low[..2]);
        let millis = u64::try_from(at.utc().timestamp_millis()).unwrap_or(0);
        Id(Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
    }
}

fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_thing_has_one_stream_and_another_another() {
        let three = |mut draw: Draw| [draw.next(), draw.next(), draw.next()];
        assert_eq!(three(Draw::of(1, "outlet", 7)), three(Draw::of(1, "outlet", 7)));
        for other in [Draw::of(2, "outlet", 7), Draw::of(1, "branch", 7), Draw::of(1, "outlet", 8)] {
            assert_ne!(three(Draw::of(1, "outlet", 7)), three(other));
        }
    }

    #[test]
    fn dice_fall_within_their_bounds_and_about_as_often_as_they_should() {
        let mut draw = Draw::of(3, "dice", 0);
        let mut tally = [0; 3];
        for _ in 0..30_000 {
            tally[draw.weighted(&[(0, 5), (1, 4), (2, 1)])] += 1;
            assert!(draw.below(7) < 7 && (-2..=2).contains(&draw.between(-2, 2)));
            assert!(draw.delay(1.0) >= Duration::zero());
        }
        assert!((14_000..16_000).contains(&tally[0]) && (2_500..3_500).contains(&tally[2]), "{tally:?}");
        let mean = (0..10_000).map(|_| draw.normal()).sum::<f64>() / 10_000.0;
        assert!(mean.abs() < 0.05, "{mean}");
    }

    #[test]
    fn ids_are_in_the_order_of_time() {
        let at =
            |seconds: i64| At::from(chrono::DateTime::from_timestamp(1_700_000_000 + seconds, 0).expect("an instant"));
        let mut draw = Draw::of(1, "id", 0);
        let (first, second) = (draw.id(at(0)), draw.id(at(1)));
        assert!(first < second);
        assert_eq!(first.0.get_version_num(), 7);
    }
}
