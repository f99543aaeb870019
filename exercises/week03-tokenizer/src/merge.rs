//! A pair of neighbours becomes one symbol: a step of byte-pair encoding.
//!
//! Sennrich, Haddow & Birch (2016), "Neural Machine Translation of Rare Words with Subword Units", §3.2, algorithm 1
//! (`merge_vocab`).

/// The symbols with every occurrence of `pair`, found from the left and without overlap, replaced by `merged`.
///
/// ```
/// use ex03_tokenizer::merge::merge_pair;
/// assert_eq!(merge_pair(&[1, 2, 1, 2, 2], (1, 2), 9), [9, 9, 2]);
/// assert_eq!(merge_pair(&[1, 1, 1], (1, 1), 9), [9, 1]);
/// ```
pub fn merge_pair(symbols: &[u32], pair: (u32, u32), merged: u32) -> Vec<u32> {
    todo!("the symbols, every occurrence of the pair replaced by the merged symbol")
}
