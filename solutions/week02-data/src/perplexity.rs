//! The perplexity of a text under a small character n-gram model.

// ANCHOR: count_ngrams
/// How often each sequence of `n` signs occurs in the texts, each text padded with `n - 1` spaces in front; and each of its first `n - 1` signs.
pub fn count_ngrams(texts: &[String], n: usize) -> std::collections::BTreeMap<String, u64> {
    // SOLUTION: TO BE WRITTEN
    let _ = (texts, n);
    todo!()
    // END
}
// ANCHOR_END: count_ngrams

// ANCHOR: perplexity
/// The perplexity of `text` under the counts, with `k` added to every count and `vocabulary` different signs.
pub fn perplexity(
    counts: &std::collections::BTreeMap<String, u64>,
    n: usize,
    k: f64,
    vocabulary: usize,
    text: &str,
) -> f64 {
    // SOLUTION: TO BE WRITTEN
    let _ = (counts, n, k, vocabulary, text);
    todo!()
    // END
}
// ANCHOR_END: perplexity
