//! MinHash: a short signature that keeps the similarity of sets (Broder, 1997).

// ANCHOR: signature
/// For each `(a, b)`, the smallest `((a x + b) mod (2^61 - 1)) mod 2^32` over all `x`.
pub fn signature(hashes: &[u32], permutations: &[(u64, u64)]) -> Vec<u32> {
    // SOLUTION: TO BE WRITTEN
    let _ = (hashes, permutations);
    todo!()
    // END
}
// ANCHOR_END: signature

// ANCHOR: similarity
/// The share of the places at which two signatures agree: an estimate of the Jaccard similarity.
pub fn similarity(a: &[u32], b: &[u32]) -> f64 {
    // SOLUTION: TO BE WRITTEN
    let _ = (a, b);
    todo!()
    // END
}
// ANCHOR_END: similarity
