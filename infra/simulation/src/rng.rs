//! Seeded random numbers. Own code, so that a seed gives the same run with every version of every library.

/// SplitMix64 (Steele, Lea, Flood 2014): tiny, fast, and good enough for fault injection.
#[derive(Clone, Debug)]
pub struct Rng(u64);

impl Rng {
    /// The generator of a site, independent of all other sites.
    #[must_use]
    pub fn of(site: &[u64]) -> Self {
        Self(site.iter().fold(0x6b65_7974_7572_6e00, |state, part| mix(state ^ mix(*part))))
    }

    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.0)
    }

    /// A number from the range, both ends included.
    pub fn within(&mut self, first: i64, last: i64) -> i64 {
        let span = (last - first).unsigned_abs() + 1;
        first.wrapping_add_unsigned(self.bits() % span)
    }

    /// An index below this length.
    pub fn index(&mut self, parts: usize) -> usize {
        usize::try_from(self.bits() % u64::try_from(parts.max(1)).unwrap_or(1)).unwrap_or_default()
    }

    /// One of these.
    pub fn one_of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.index(choices.len())]
    }

    /// True with this probability.
    pub fn happens(&mut self, probability: f64) -> bool {
        #[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
        let roll = (self.bits() >> 11) as f64 / (1_u64 << 53) as f64;
        roll < probability
    }

    /// Fills a buffer.
    pub fn fill(&mut self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            chunk.copy_from_slice(&self.bits().to_le_bytes()[..chunk.len()]);
        }
    }
}

const fn mix(mut value: u64) -> u64 {
    value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_has_its_own_numbers_and_always_the_same() {
        let first = Rng::of(&[1, 2]).bits();
        assert_eq!(first, Rng::of(&[1, 2]).bits());
        assert_ne!(first, Rng::of(&[2, 1]).bits());
        assert_ne!(first, Rng::of(&[1, 2, 0]).bits());
    }

    #[test]
    fn numbers_are_spread_over_their_range() {
        let mut rng = Rng::of(&[7]);
        let mut seen = [0_u32; 6];
        for _ in 0..6_000 {
            seen[usize::try_from(rng.within(-2, 3) + 2).unwrap()] += 1;
        }
        assert!(seen.iter().all(|count| (800..1_200).contains(count)), "{seen:?}");
        let hits = (0..10_000).filter(|_| rng.happens(0.3)).count();
        assert!((2_800..3_200).contains(&hits), "{hits}");
    }
}
