//! The perplexity of a text under a small character n-gram model.
//!
//! | usual | here |
//! |---|---|
//! | $c(h)$, $c(hs)$: how often a history, a history with its next sign | `counts` |
//! | $k$: what is added to every count (Lidstone; 1 is Laplace) | `k` |
//! | $V$: how many different signs there are | `vocabulary` |
//!
//! $$ P(s \mid h) = \frac{c(hs) + k}{c(h) + kV} \qquad
//!    \mathrm{perplexity} = \exp\Bigl(-\frac{1}{T} \sum_{t=1}^{T} \ln P(s_t \mid h_t)\Bigr) $$
//!
//! The history of a sign is the `n - 1` signs before it. A text begins after `n - 1` spaces; its end is not predicted.

use std::collections::BTreeMap;

/// How often each sequence of `n` signs occurs in the texts, each text padded with `n - 1` spaces in front; and each of its
/// first `n - 1` signs.
///
/// A sign is a `char`. For each sequence of `n` signs, its first `n - 1` are counted once more under their own name: the
/// history. With `n = 1` the history is the empty text. With `n = 0` there is nothing to count.
///
/// ```
/// use ex02_data::perplexity::count_ngrams;
/// let counts = count_ngrams(&["가나".into(), "가".into()], 2);
/// // " 가", "가나", " 가", and the histories " ", "가", " ".
/// let counted: Vec<(&str, u64)> = counts.iter().map(|(signs, count)| (signs.as_str(), *count)).collect();
/// assert_eq!(counted, [(" ", 2), (" 가", 2), ("가", 1), ("가나", 1)]);
/// ```
pub fn count_ngrams(texts: &[String], n: usize) -> BTreeMap<String, u64> {
    todo!("the counts of all sequences of n signs and of their histories")
}

/// The perplexity of `text` under the counts, with `k` added to every count and `vocabulary` different signs.
///
/// A text without signs surprises nobody: 1. `n` is at least 1, `k` is above 0.
///
/// ```
/// use ex02_data::perplexity::{count_ngrams, perplexity};
/// let counts = count_ngrams(&["가나".into(), "가".into()], 2);
/// // P(가 | " ") = (2 + 1) / (2 + 1 * 4), P(나 | 가) = (1 + 1) / (1 + 1 * 4)
/// let expected = (3.0_f64 / 6.0 * 2.0 / 5.0).powf(-1.0 / 2.0);
/// assert!((perplexity(&counts, 2, 1.0, 4, "가나") - expected).abs() < 1e-12);
/// ```
pub fn perplexity(counts: &BTreeMap<String, u64>, n: usize, k: f64, vocabulary: usize, text: &str) -> f64 {
    todo!("e to the mean surprise of a sign, given the n - 1 signs before it; 1 for an empty text")
}
