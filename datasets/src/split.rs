//! Which part of the corpus a document belongs to: 98 % to train on, 1 % to validate with, 1 % to test with.

use serde::{Deserialize, Serialize};

/// A part of the corpus. It follows from the key of a document, never from its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Split {
    /// To train on.
    Train,
    /// To choose settings and the moment to stop by.
    Validation,
    /// To report the last figure on.
    Test,
}

impl Split {
    /// All three, in their usual order.
    pub const ALL: [Self; 3] = [Self::Train, Self::Validation, Self::Test];

    /// The split of a document with this key.
    // The key is a FNV hash, whose low bits are the weaker ones: mixed once more before the remainder is taken.
    pub fn of(key: u64) -> Self {
        let mixed = (key ^ (key >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        match (mixed >> 32) % 100 {
            0 => Self::Validation,
            1 => Self::Test,
            _ => Self::Train,
        }
    }

    /// Its name, as the command takes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Validation => "validation",
            Self::Test => "test",
        }
    }

    /// The split of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|split| split.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{HASH_START, hash};

    #[test]
    fn about_one_key_of_a_hundred_is_kept_for_each_of_the_small_splits() {
        let splits: Vec<Split> = (0..100_000u32).map(|i| Split::of(hash(HASH_START, &i.to_le_bytes()))).collect();
        for split in [Split::Validation, Split::Test] {
            let share = splits.iter().filter(|found| **found == split).count();
            assert!((800..1200).contains(&share), "{split:?} {share}");
        }
    }

    #[test]
    fn names_go_both_ways() {
        for split in Split::ALL {
            assert_eq!(Split::named(split.name()), Some(split));
        }
        assert_eq!(Split::named("dev"), None);
    }
}
