//! MinHash: a short signature that keeps the similarity of sets (Broder, 1997, §3).
//!
//! | paper | here |
//! |---|---|
//! | a set $S_A$ of shingles | `hashes`, a number of 32 bits for each shingle |
//! | a random permutation $\pi$ | a pair `(a, b)`: $x \mapsto ((a x + b) \bmod (2^{61} - 1)) \bmod 2^{32}$ |
//! | $\min \pi(S_A)$ | a number of the signature |
//!
//! What the pair makes is not quite a permutation: two numbers may become one, about as often as two numbers of 32 bits are
//! the same by chance. The Python library datasketch computes the same, as long as $a x + b$ is below $2^{64}$: it
//! multiplies in 64 bits and loses what is above. Here the product has 128 bits and loses nothing.

/// The prime that the products are reduced by: $2^{61} - 1$.
pub const PRIME: u64 = (1 << 61) - 1;

// ANCHOR: signature
/// For each `(a, b)`, the smallest `((a x + b) mod (2^61 - 1)) mod 2^32` over all `x`; `u32::MAX` where there is none.
///
/// ```
/// use sol02_data::minhash::signature;
/// // 3·1 + 1 = 4 and 3·2 + 1 = 7; 5·1 = 5 and 5·2 = 10.
/// assert_eq!(signature(&[2, 1], &[(3, 1), (5, 0)]), [4, 5]);
/// ```
pub fn signature(hashes: &[u32], permutations: &[(u64, u64)]) -> Vec<u32> {
    // SOLUTION: for each permutation, the smallest number that it gives
    let permuted = |x: u32, a: u64, b: u64| {
        let product = u128::from(a) * u128::from(x) + u128::from(b); // 96 bits and more: too much for a u64
        (product % u128::from(PRIME)) as u32 // the lower 32 bits
    };
    let smallest = |(a, b): &(u64, u64)| hashes.iter().map(|x| permuted(*x, *a, *b)).min().unwrap_or(u32::MAX);
    permutations.iter().map(smallest).collect()
    // END
}
// ANCHOR_END: signature

// ANCHOR: similarity
/// The share of the places at which two signatures of one length agree: an estimate of the Jaccard similarity; 0 where they
/// have no places.
///
/// ```
/// use sol02_data::minhash::similarity;
/// assert_eq!(similarity(&[7, 1, 4, 9], &[7, 2, 4, 9]), 0.75);
/// ```
pub fn similarity(a: &[u32], b: &[u32]) -> f64 {
    // SOLUTION: the share of the places at which they agree
    let places = a.len().min(b.len());
    let agreeing = a.iter().zip(b).filter(|(a, b)| a == b).count();
    if places == 0 { 0.0 } else { agreeing as f64 / places as f64 }
    // END
}
// ANCHOR_END: similarity

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_wraps() {
        // (p - 1) 2^32 mod p = p - 2^32, whose lower 32 bits are all ones: a x + b has 93 bits here.
        assert_eq!(signature(&[u32::MAX], &[(PRIME - 1, PRIME - 1)]), [u32::MAX]);
        // 2^64 - 1 = 7 mod p, and 7 (2^32 - 1) + 7 = 7 · 2^32.
        assert_eq!(signature(&[u32::MAX], &[(u64::MAX, u64::MAX)]), [0]);
    }

    #[test]
    fn a_set_without_shingles_has_the_largest_numbers() {
        assert_eq!(signature(&[], &[(3, 1), (5, 2)]), [u32::MAX; 2]);
        assert_eq!(similarity(&[], &[]), 0.0);
    }
}
