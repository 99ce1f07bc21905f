//! Random numbers that are the same on every machine: a plan must follow from seed and iterations alone, so neither
//! the generator nor the logarithm may come from a library that is free to change them.

/// xoshiro256++ (Blackman and Vigna, 2019), seeded through splitmix64 as its authors advise.
#[derive(Clone, Debug)]
pub struct Random {
    state: [u64; 4],
}

impl Random {
    /// A generator for a seed and one of its streams (a thread, an epoch).
    pub fn new(seed: u64, stream: u64) -> Random {
        let mut mixed = seed ^ stream.wrapping_mul(0xD134_2543_DE82_EF95);
        let state = std::array::from_fn(|_| {
            mixed = mixed.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mut z = mixed;
            z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            z ^ (z >> 31)
        });
        Random { state }
    }

    /// The next 64 bits.
    #[inline]
    pub fn bits(&mut self) -> u64 {
        let s = &mut self.state;
        let out = s[0].wrapping_add(s[3]).rotate_left(23).wrapping_add(s[0]);
        let t = s[1] << 17;
        s[2] ^= s[0];
        s[3] ^= s[1];
        s[1] ^= s[2];
        s[0] ^= s[3];
        s[2] ^= t;
        s[3] = s[3].rotate_left(45);
        out
    }

    /// A number below `n`; 0 for an empty range.
    #[inline]
    pub fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.bits()) * n as u128) >> 64) as usize
    }

    /// True `percent` times in a hundred.
    #[inline]
    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// A number below `n` that favours small ones: the least of `draws`.
    #[inline]
    pub fn low(&mut self, n: usize, draws: usize) -> usize {
        (0..draws).map(|_| self.below(n)).min().unwrap_or(0)
    }

    /// An exponentially distributed number with mean 1: how far uphill a step may go at temperature 1.
    #[inline]
    pub fn exponential(&mut self) -> f64 {
        // -ln(u) for u = m * 2^-(k+1), 1 <= m < 2; ln m by the series of artanh, good to 1e-5, in plain arithmetic.
        let bits = self.bits() | 1;
        let zeros = bits.leading_zeros();
        let m = ((bits << zeros) >> 11) as f64 / (1u64 << 52) as f64;
        let z = (m - 1.0) / (m + 1.0);
        let z2 = z * z;
        let ln_m = 2.0 * z * (1.0 + z2 * (1.0 / 3.0 + z2 * (0.2 + z2 * (1.0 / 7.0 + z2 / 9.0))));
        f64::from(zeros + 1) * std::f64::consts::LN_2 - ln_m
    }
}
