//! What goes wrong, and what people do: every deviation from a calm world is a quirk with a name of its own.
//!
//! Whether a quirk happens depends on the seed and on its place only, never on how many others happened before. So one
//! can be left out while all others stay as they were, which is what makes a failing history shrink.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::lock;
use crate::rng::Rng;

/// The name of a quirk: what the command line takes to keep it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quirk(u32);

impl fmt::Display for Quirk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}", self.0)
    }
}

impl FromStr for Quirk {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        u32::from_str_radix(text, 16).map(Self)
    }
}

/// Decides which quirks happen.
pub struct Chance {
    seed: u64,
    keep: Option<BTreeSet<Quirk>>,
    calm: AtomicBool,
    happened: Mutex<BTreeSet<Quirk>>,
}

impl Chance {
    /// The chances of a seed; only the quirks to `keep` happen, all if none is named.
    #[must_use]
    pub fn new(seed: u64, keep: Option<BTreeSet<Quirk>>) -> Self {
        Self { seed, keep, calm: AtomicBool::new(false), happened: Mutex::default() }
    }

    /// Random numbers of a place, whatever happens.
    #[must_use]
    pub fn rng(&self, place: &[u64]) -> Rng {
        let mut parts = Vec::with_capacity(place.len() + 2);
        parts.extend([self.seed, 1]);
        parts.extend_from_slice(place);
        Rng::of(&parts)
    }

    /// Whether the quirk of this place happens, and if so, the random numbers that it's made of.
    #[must_use]
    pub fn quirk(&self, place: &[u64], probability: f64) -> Option<Rng> {
        if self.calm.load(Ordering::Relaxed) {
            return None;
        }
        let mut rng = self.rng(place);
        if !rng.happens(probability) {
            return None;
        }
        let name = Quirk(u32::try_from(rng.bits() >> 32).unwrap_or_default());
        if self.keep.as_ref().is_some_and(|keep| !keep.contains(&name)) {
            return None;
        }
        lock(&self.happened).insert(name);
        Some(rng)
    }

    /// From now on nothing goes wrong, and nobody begins anything.
    pub fn calm_down(&self) {
        self.calm.store(true, Ordering::Relaxed);
    }

    /// Whether nothing goes wrong any more.
    #[must_use]
    pub fn is_calm(&self) -> bool {
        self.calm.load(Ordering::Relaxed)
    }

    /// The quirks that happened.
    #[must_use]
    pub fn happened(&self) -> BTreeSet<Quirk> {
        lock(&self.happened).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaving_one_quirk_out_leaves_the_others_as_they_were() {
        let all = Chance::new(3, None);
        let rolls: Vec<_> = (0..50).map(|place| all.quirk(&[place], 0.5).map(|mut rng| rng.bits())).collect();
        let mut keep = all.happened();
        let left_out = keep.pop_first().unwrap();
        let fewer = Chance::new(3, Some(keep.clone()));
        let again: Vec<_> =
            (0..50).map(|place| fewer.quirk(&[place], 0.5).map(|mut rng| rng.bits())).collect();
        assert_eq!(rolls.iter().zip(&again).filter(|(one, other)| one != other).count(), 1);
        assert_eq!(fewer.happened(), keep);
        assert_eq!(left_out.to_string().parse(), Ok(left_out));
    }

    #[test]
    fn nothing_happens_in_a_calm_world() {
        let chance = Chance::new(3, None);
        assert!(chance.quirk(&[1], 1.0).is_some());
        chance.calm_down();
        assert!(chance.quirk(&[1], 1.0).is_none());
    }
}
