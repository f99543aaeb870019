//! Signatures without an allocation for each shingle: what [`dedup`](crate::dedup) computes millions of times.
//!
//! The pieces [`shingles`](crate::shingles) and [`minhash`](crate::minhash) say what is meant; this says it again, faster.
//! A shingle is hashed while it passes by, and never becomes a `String`:
//!
//! - Karp & Rabin (1987): of the signs $c_1 \dots c_k$ the polynomial $\sum_i (c_i + 1) B^{k-i} \bmod 2^{64}$, from which that
//!   of the next shingle follows by one multiplication, an addition and a subtraction;
//! - its bits mixed by the last step of SplitMix64 (Steele, Lea & Flood, 2014), and the upper 32 of them kept.
//!
//! Neighbouring shingles would otherwise have neighbouring hashes, and a minimum would prefer some texts to others.

use crate::minhash::PRIME;

/// A stream of 64-bit numbers that depends on its seed alone: SplitMix64 (Steele, Lea & Flood, 2014, figure 13).
#[derive(Debug, Clone)]
pub struct SplitMix64(u64);

impl SplitMix64 {
    /// The stream of this seed.
    pub fn seed(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number.
    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.0)
    }

    /// A number below `end`, each equally likely up to one part in $2^{64}$; 0 where `end` is 0.
    pub fn below(&mut self, end: usize) -> usize {
        ((u128::from(self.draw()) * end as u128) >> 64) as usize
    }
}

/// The last step of SplitMix64: every bit that goes in reaches every bit that comes out.
fn mix(x: u64) -> u64 {
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// Pairs `(a, b)` for [`signature`](crate::minhash::signature): $1 \le a < 2^{61} - 1$ and $0 \le b < 2^{61} - 1$.
///
/// ```
/// assert_eq!(week02_data::sketch::permutations(128, 7).len(), 128);
/// ```
pub fn permutations(count: usize, seed: u64) -> Vec<(u64, u64)> {
    let mut numbers = SplitMix64::seed(seed);
    // Three of 2^61 numbers are drawn again.
    let mut from = |least: u64| loop {
        let number = numbers.draw() >> 3;
        if (least..PRIME).contains(&number) {
            return number;
        }
    };
    (0..count).map(|_| (from(1), from(0))).collect()
}

/// Random orders of `count` things: in each of them every thing has a place from 1 to `count`.
///
/// ```
/// let order = &week02_data::sketch::orders(3, 1, 7)[0];
/// assert_eq!(order.iter().sum::<usize>(), 1 + 2 + 3);
/// ```
pub fn orders(count: usize, how_many: usize, seed: u64) -> Vec<Vec<usize>> {
    let mut numbers = SplitMix64::seed(seed);
    let shuffled = |_| {
        let mut places: Vec<usize> = (1..=count).collect();
        (1..count).rev().for_each(|last| places.swap(last, numbers.below(last + 1)));
        places
    };
    (0..how_many).map(shuffled).collect()
}

/// Any odd number with many ones and zeros in no order does: the fraction of the square root of 2.
const BASE: u64 = 0x6a09_e667_f3bc_c909;

/// The hashes of the distinct shingles of `k` signs, sorted; of a shorter text the hash of the whole, if it has any sign.
/// What `found` held is lost.
///
/// Two shingles have one hash about once in $2^{32}$ pairs of them: in a text of 10,000 shingles one hash in 90 texts.
pub fn hash_shingles(text: &str, k: usize, found: &mut Vec<u32>) {
    found.clear();
    let k = k.max(1);
    // What the first sign of a shingle is multiplied by, when the next sign has come.
    let leaves = (0..k).fold(1_u64, |power, _| power.wrapping_mul(BASE));
    let value = |sign: char| u64::from(u32::from(sign)) + 1;
    let upper = |hash: u64| (mix(hash) >> 32) as u32;
    let (mut hash, mut behind) = (0_u64, text.chars());
    for (i, sign) in text.chars().enumerate() {
        hash = hash.wrapping_mul(BASE).wrapping_add(value(sign));
        if i >= k
            && let Some(first) = behind.next()
        {
            hash = hash.wrapping_sub(value(first).wrapping_mul(leaves));
        }
        if i + 1 >= k {
            found.push(upper(hash));
        }
    }
    if found.is_empty() && !text.is_empty() {
        found.push(upper(hash));
    }
    found.sort_unstable();
    found.dedup();
}

/// Permutations that are computed together, so that their minima stay in registers.
const LANES: usize = 16;

/// The permutations, laid out for many at a time.
///
/// $a x \bmod (2^{61} - 1)$ without 128 bits: with $a = 2^{32} h + l$ it is $l x + 2^{32} (h x)$, both products fit in 64
/// bits, and modulo $2^{61} - 1$ a multiplication by $2^{32}$ only turns the 61 bits around.
#[derive(Debug, Clone)]
pub struct Sketcher {
    places: usize,
    blocks: Vec<Block>,
}

#[derive(Debug, Clone, Default)]
struct Block {
    low: [u64; LANES],
    high: [u64; LANES],
    plus: [u64; LANES],
}

impl Sketcher {
    /// For signatures by these permutations. Their numbers are taken modulo $2^{61} - 1$.
    pub fn new(permutations: &[(u64, u64)]) -> Self {
        let block = |chunk: &[(u64, u64)]| {
            let mut block = Block::default();
            for (lane, (a, b)) in chunk.iter().enumerate() {
                let a = a % PRIME;
                (block.low[lane], block.high[lane]) = (a & 0xffff_ffff, a >> 32);
                block.plus[lane] = b % PRIME;
            }
            block
        };
        Self { places: permutations.len(), blocks: permutations.chunks(LANES).map(block).collect() }
    }

    /// How many numbers a signature has.
    pub fn places(&self) -> usize {
        self.places
    }

    /// The same as [`signature`](crate::minhash::signature), written to `into`, which has a number for each permutation.
    pub fn signature(&self, hashes: &[u32], into: &mut [u32]) {
        for (block, into) in self.blocks.iter().zip(into.chunks_mut(LANES)) {
            let smallest = block.smallest(hashes);
            into.copy_from_slice(&smallest[..into.len()]);
        }
    }
}

impl Block {
    fn smallest(&self, hashes: &[u32]) -> [u32; LANES] {
        let mut smallest = [u64::from(u32::MAX); LANES];
        for x in hashes {
            let x = u64::from(*x);
            for (lane, smallest) in smallest.iter_mut().enumerate() {
                let low = self.low[lane] * x; // below 2^64
                let high = self.high[lane] * x; // below 2^61
                let turned = ((high << 32) & PRIME) + (high >> 29);
                let sum = (low & PRIME) + (low >> 61) + turned + self.plus[lane]; // below 2^63
                let rest = (sum & PRIME) + (sum >> 61); // at most 2^61 + 2
                // Where it is 2^61 - 1 or above, this must be taken away: the lower 32 bits grow by one.
                let reduced = rest + ((rest + 1) >> 61);
                *smallest = (*smallest).min(reduced & 0xffff_ffff);
            }
        }
        smallest.map(|number| number as u32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::minhash;
    use crate::shingles::shingles;

    #[test]
    fn a_signature_is_that_of_the_piece() {
        let mut numbers = SplitMix64::seed(3);
        let mut permutations = permutations(37, 1);
        permutations.extend([(1, 0), (PRIME - 1, PRIME - 1), (PRIME, PRIME), (u64::MAX, u64::MAX), (1 << 32, 5)]);
        let sketcher = Sketcher::new(&permutations);
        for count in [0, 1, 2, 50, 1000] {
            let mut hashes: Vec<u32> = (0..count).map(|_| numbers.draw() as u32).collect();
            if count > 1 {
                hashes.extend([0, 1, u32::MAX]);
            }
            let mut fast = vec![0; sketcher.places()];
            sketcher.signature(&hashes, &mut fast);
            assert_eq!(fast, minhash::signature(&hashes, &permutations), "{count} hashes");
        }
    }

    /// One hash gives every remainder that the last step must take away, or must not.
    #[test]
    fn the_remainder_is_exact_at_its_ends() {
        for rest in [0, 1, 2, PRIME - 2, PRIME - 1] {
            for x in [1_u32, 2, 77, u32::MAX] {
                // a x + b = rest for a = 2 and this b.
                let b = (u128::from(rest) + u128::from(PRIME) * 4 - 2 * u128::from(x)) % u128::from(PRIME);
                let permutation = [(2, b as u64)];
                let mut fast = [0];
                Sketcher::new(&permutation).signature(&[x], &mut fast);
                assert_eq!(fast[0], rest as u32, "{rest} by {x}");
                assert_eq!(fast.to_vec(), minhash::signature(&[x], &permutation));
            }
        }
    }

    #[test]
    fn there_is_a_hash_for_each_shingle_whatever_stands_before_it() {
        let text = "어제 동생은 시장에서 귤을 샀다. 어제 동생은 시장에서 귤을 팔았다. 😀 한글!";
        let (mut found, mut alone) = (vec![], vec![]);
        for k in [1, 2, 5, 40, 1000] {
            hash_shingles(text, k, &mut found);
            let mut expected: Vec<u32> = shingles(text, k)
                .iter()
                .map(|shingle| {
                    hash_shingles(shingle, k, &mut alone);
                    alone[0]
                })
                .collect();
            expected.sort_unstable();
            assert_eq!(found, expected, "k = {k}");
        }
        hash_shingles("", 5, &mut found);
        assert!(found.is_empty());
        hash_shingles("가", 0, &mut found);
        assert_eq!(found.len(), 1);
    }

    #[test]
    fn numbers_are_spread_evenly() {
        let mut numbers = SplitMix64::seed(9);
        let mut counts = [0_usize; 10];
        (0..10_000).for_each(|_| counts[numbers.below(10)] += 1);
        // The standard error of a count is 30; five of them.
        assert!(counts.iter().all(|count| count.abs_diff(1000) < 150), "{counts:?}");
        assert_eq!(numbers.below(0), 0);
        // The first numbers of seed 0, as its authors' Java gives them.
        let mut numbers = SplitMix64::seed(0);
        assert_eq!([numbers.draw(), numbers.draw()], [0xe220_a839_7b1d_cdaf, 0x6e78_9e6a_a1b9_65f4]);
    }
}
