//! The pair of neighbours that occurs most often: what byte-pair encoding merges next.
//!
//! Sennrich, Haddow & Birch (2016), "Neural Machine Translation of Rare Words with Subword Units", §3.2, algorithm 1
//! (`get_stats` and the maximum). The paper does not say which of equal pairs is taken; here it is the one with the smaller
//! ids, as in Hugging Face's `tokenizers`.

use std::collections::BTreeMap;

/// The most frequent pair of neighbours in words with their counts, and how often it occurs; of equally frequent pairs, the
/// one with the smaller ids. `None` where no word has two symbols.
///
/// A word that occurs `n` times counts `n` times. Pairs may overlap: `a a a` holds the pair `a a` twice.
///
/// ```
/// use ex03_tokenizer::pairs::most_frequent_pair;
/// let words = [(vec![1, 2, 3], 2), (vec![2, 3], 5)];
/// assert_eq!(most_frequent_pair(&words), Some(((2, 3), 7)));
/// ```
pub fn most_frequent_pair(words: &[(Vec<u32>, u64)]) -> Option<((u32, u32), u64)> {
    todo!("the most frequent pair of neighbours and its count, or None where there is no pair")
}
