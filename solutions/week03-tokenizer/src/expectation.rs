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

// ANCHOR: expected_counts
/// The expected count of each token in a text, tokens without one left out, and the log-probability of the text. Where no
/// segmentation exists: no counts, and minus infinity.
///
/// `scores` are the log-probabilities of the tokens.
///
/// ```
/// use sol03_tokenizer::expectation::expected_counts;
/// // Two ways: "가나" with 0.5, and "가" "나" with 0.5 * 0.5.
/// let half = 0.5_f64.ln();
/// let scores = ["가", "나", "가나"].map(|token| (token.to_owned(), half)).into();
/// let (counts, log_probability) = expected_counts("가나", &scores);
/// assert!((counts["가나"] - 2.0 / 3.0).abs() < 1e-12 && (counts["가"] - 1.0 / 3.0).abs() < 1e-12);
/// assert!((log_probability - 0.75_f64.ln()).abs() < 1e-12);
/// ```
pub fn expected_counts(text: &str, scores: &BTreeMap<String, f64>) -> (BTreeMap<String, f64>, f64) {
    // SOLUTION: the expected count of each token, and the log-probability of the text
    // Sums of probabilities by their logarithms: a long text is less probable than the smallest float.
    let log_add = |a: f64, b: f64| {
        let (small, large) = if a < b { (a, b) } else { (b, a) };
        if small == f64::NEG_INFINITY { large } else { large + (small - large).exp().ln_1p() }
    };
    let places: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    let last = places.len() - 1;
    let score = |start: usize, end: usize| scores.get(&text[places[start]..places[end]]).copied();
    let mut forward = vec![f64::NEG_INFINITY; places.len()];
    let mut backward = forward.clone();
    forward[0] = 0.0;
    backward[last] = 0.0;
    for end in 1..=last {
        for start in 0..end {
            if let Some(score) = score(start, end) {
                forward[end] = log_add(forward[end], forward[start] + score);
            }
        }
    }
    for start in (0..last).rev() {
        for end in start + 1..=last {
            if let Some(score) = score(start, end) {
                backward[start] = log_add(backward[start], score + backward[end]);
            }
        }
    }
    let total = forward[last];
    let mut counts = BTreeMap::new();
    for start in 0..last {
        for end in start + 1..=last {
            if let Some(score) = score(start, end) {
                let log = forward[start] + score + backward[end] - total;
                if log > f64::NEG_INFINITY {
                    *counts.entry(text[places[start]..places[end]].to_owned()).or_default() += log.exp();
                }
            }
        }
    }
    (counts, total)
    // END
}
// ANCHOR_END: expected_counts
