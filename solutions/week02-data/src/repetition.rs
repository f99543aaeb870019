//! Repetition within a text (Rae et al., 2021, table A1).

// ANCHOR: top_ngram_share
/// The share of the characters of all words that stand in the most frequent sequence of `n` words.
pub fn top_ngram_share(words: &[&str], n: usize) -> f64 {
    // SOLUTION: TO BE WRITTEN
    let _ = (words, n);
    todo!()
    // END
}
// ANCHOR_END: top_ngram_share

// ANCHOR: duplicate_ngram_share
/// The share of the characters of all words that stand in a sequence of `n` words which occurs more than once, each character counted once.
pub fn duplicate_ngram_share(words: &[&str], n: usize) -> f64 {
    // SOLUTION: TO BE WRITTEN
    let _ = (words, n);
    todo!()
    // END
}
// ANCHOR_END: duplicate_ngram_share
