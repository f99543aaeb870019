//! A pair of neighbours becomes one symbol: a step of byte-pair encoding.
//!
//! Sennrich, Haddow & Birch (2016), "Neural Machine Translation of Rare Words with Subword Units", §3.2, algorithm 1
//! (`merge_vocab`).

// ANCHOR: merge_pair
/// The symbols with every occurrence of `pair`, found from the left and without overlap, replaced by `merged`.
///
/// ```
/// use sol03_tokenizer::merge::merge_pair;
/// assert_eq!(merge_pair(&[1, 2, 1, 2, 2], (1, 2), 9), [9, 9, 2]);
/// assert_eq!(merge_pair(&[1, 1, 1], (1, 1), 9), [9, 1]);
/// ```
pub fn merge_pair(symbols: &[u32], pair: (u32, u32), merged: u32) -> Vec<u32> {
    // SOLUTION: the symbols, every occurrence of the pair replaced by the merged symbol
    let mut result = Vec::with_capacity(symbols.len());
    let mut i = 0;
    while i < symbols.len() {
        if symbols[i] == pair.0 && symbols.get(i + 1) == Some(&pair.1) {
            result.push(merged);
            i += 2;
        } else {
            result.push(symbols[i]);
            i += 1;
        }
    }
    result
    // END
}
// ANCHOR_END: merge_pair
