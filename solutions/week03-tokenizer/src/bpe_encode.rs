//! Encoding by merges in the order in which they were learnt (Sennrich, Haddow & Birch, 2016, §3.2).

// ANCHOR: bpe_encode
/// The symbols after all merges that apply: each `(left, right, merged)`, the earliest of the list first, from the left.
pub fn bpe_encode(symbols: &[u32], merges: &[(u32, u32, u32)]) -> Vec<u32> {
    // SOLUTION: TO BE WRITTEN
    let _ = (symbols, merges);
    todo!()
    // END
}
// ANCHOR_END: bpe_encode
