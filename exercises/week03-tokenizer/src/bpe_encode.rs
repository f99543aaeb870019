//! Encoding a word: the merges that were learnt, in the order in which they were learnt.
//!
//! Sennrich, Haddow & Birch (2016), "Neural Machine Translation of Rare Words with Subword Units", §3.2: "we apply the
//! learned operations". A trainer makes no token twice, so a merge makes pairs possible that were learnt later, never one that
//! was learnt before: going through the list once gives the same.

use crate::merge::merge_pair;

/// The symbols after all merges that apply. `merges` are `(left, right, merged)`, in the order in which they were learnt,
/// no pair and no `merged` twice: of the pairs that stand in the symbols, the one learnt first merges first, everywhere from the left,
/// until none is left.
///
/// ```
/// use ex03_tokenizer::bpe_encode::bpe_encode;
/// let merges = [(2, 3, 4), (1, 2, 5), (1, 4, 6)];
/// assert_eq!(bpe_encode(&[1, 2, 3], &merges), [6]);
/// ```
pub fn bpe_encode(symbols: &[u32], merges: &[(u32, u32, u32)]) -> Vec<u32> {
    todo!("the symbols after all merges that apply, the earliest learnt first")
}
