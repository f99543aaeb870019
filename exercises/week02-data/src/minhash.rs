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

/// For each `(a, b)`, the smallest `((a x + b) mod (2^61 - 1)) mod 2^32` over all `x`; `u32::MAX` where there is none.
///
/// ```
/// use ex02_data::minhash::signature;
/// // 3·1 + 1 = 4 and 3·2 + 1 = 7; 5·1 = 5 and 5·2 = 10.
/// assert_eq!(signature(&[2, 1], &[(3, 1), (5, 0)]), [4, 5]);
/// ```
pub fn signature(hashes: &[u32], permutations: &[(u64, u64)]) -> Vec<u32> {
    todo!("for each permutation, the smallest number that it gives")
}

/// The share of the places at which two signatures of one length agree: an estimate of the Jaccard similarity; 0 where they
/// have no places.
///
/// ```
/// use ex02_data::minhash::similarity;
/// assert_eq!(similarity(&[7, 1, 4, 9], &[7, 2, 4, 9]), 0.75);
/// ```
pub fn similarity(a: &[u32], b: &[u32]) -> f64 {
    todo!("the share of the places at which they agree")
}

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
