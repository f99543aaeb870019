//! How often each token is expected over all segmentations of a text: the E step of training a unigram model.
//!
//! Kudo (2018), "Subword Regularization", §3.2; Baum et al. (1970). The probability that a token stands at a place is that of
//! all ways to the place, times its own, times that of all ways on, over that of the text.
//!
//! | paper | here |
//! |---|---|
//! | $\alpha$ | `forward`: the probability of all ways from the start to a place |
//! | $\beta$ | `backward`: that of all ways from a place to the end |

use std::collections::BTreeMap;

/// The expected count of each token in a text, tokens without one left out, and the log-probability of the text. Where no
/// segmentation exists: no counts, and minus infinity.
///
/// `scores` are the log-probabilities of the tokens.
///
/// ```
/// use ex03_tokenizer::expectation::expected_counts;
/// // Two ways: "가나" with 0.5, and "가" "나" with 0.5 * 0.5.
/// let half = 0.5_f64.ln();
/// let scores = ["가", "나", "가나"].map(|token| (token.to_owned(), half)).into();
/// let (counts, log_probability) = expected_counts("가나", &scores);
/// assert!((counts["가나"] - 2.0 / 3.0).abs() < 1e-12 && (counts["가"] - 1.0 / 3.0).abs() < 1e-12);
/// assert!((log_probability - 0.75_f64.ln()).abs() < 1e-12);
/// ```
pub fn expected_counts(text: &str, scores: &BTreeMap<String, f64>) -> (BTreeMap<String, f64>, f64) {
    todo!("the expected count of each token, and the log-probability of the text")
}
