//! The generator behind every text: ChaCha8, seeded by a seed, a name and an index, so that any document can be made alone.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

/// A 64-bit FNV-1a hash, the same on every machine; start from [`HASH_START`].
pub fn hash(start: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(start, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

/// The value from which a hash starts.
pub const HASH_START: u64 = 0xcbf2_9ce4_8422_2325;

/// A seeded source of choices.
#[derive(Clone, Debug)]
pub struct Rng(ChaCha8Rng);

impl Rng {
    /// The generator of the document `index` under `seed`.
    pub fn new(seed: u64, index: u64) -> Self {
        Self::named("", seed, index)
    }

    /// The same for one of several streams that share a seed: a data set of tasks has its own name.
    pub fn named(name: &str, seed: u64, index: u64) -> Self {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        bytes[8..16].copy_from_slice(&index.to_le_bytes());
        bytes[16..24].copy_from_slice(&hash(HASH_START, name.as_bytes()).to_le_bytes());
        Self(ChaCha8Rng::from_seed(bytes))
    }

    /// A number below `end`; 0 when `end` is 0.
    // The high half of a product: its bias is below 2^-24 for the short lists here, and it needs no division.
    pub fn below(&mut self, end: u32) -> u32 {
        ((u64::from(self.0.next_u32()) * u64::from(end)) >> 32) as u32
    }

    /// A number of `low..=high`.
    pub fn range(&mut self, low: i64, high: i64) -> i64 {
        low + i64::from(self.below((high - low + 1).clamp(1, i64::from(u32::MAX)) as u32))
    }

    /// Yes, `part` times of `whole`.
    pub fn chance(&mut self, part: u32, whole: u32) -> bool {
        self.below(whole) < part
    }

    /// One of `items`; `None` when there is none.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        items.get(self.below(items.len() as u32) as usize)
    }

    /// The place of one of `weights`, each as likely as its weight; 0 when all of them are 0.
    pub fn weighted(&mut self, weights: &[u32]) -> usize {
        let mut left = self.below(weights.iter().sum());
        for (place, weight) in weights.iter().enumerate() {
            if left < *weight {
                return place;
            }
            left -= weight;
        }
        0
    }

    /// Puts `items` into a random order.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for place in (1..items.len()).rev() {
            items.swap(place, self.below(place as u32 + 1) as usize);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_draws_the_same_numbers_on_every_machine() {
        let mut rng = Rng::new(7, 3);
        let drawn: Vec<u32> = (0..6).map(|_| rng.below(1000)).collect();
        let mut again = Rng::new(7, 3);
        assert_eq!(drawn, (0..6).map(|_| again.below(1000)).collect::<Vec<_>>());
        let mut other = Rng::new(7, 4);
        assert_ne!(drawn, (0..6).map(|_| other.below(1000)).collect::<Vec<_>>());
    }

    #[test]
    fn a_weight_of_nothing_is_never_drawn_and_a_range_is_kept() {
        let mut rng = Rng::new(1, 1);
        let mut seen = [0; 3];
        for _ in 0..3000 {
            seen[rng.weighted(&[1, 0, 3])] += 1;
            assert!((2..=9).contains(&rng.range(2, 9)));
        }
        assert_eq!(seen[1], 0);
        assert!(seen[2] > 2 * seen[0]);
    }

    #[test]
    fn shuffling_keeps_every_item() {
        let mut items: Vec<u32> = (0..50).collect();
        Rng::new(2, 2).shuffle(&mut items);
        assert_ne!(items, (0..50).collect::<Vec<_>>());
        items.sort_unstable();
        assert_eq!(items, (0..50).collect::<Vec<_>>());
    }
}
