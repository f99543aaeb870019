//! The most probable segmentation of a text under a unigram model.
//!
//! Kudo (2018), "Subword Regularization", §3.2, equation 2; Viterbi (1967). The probability of a segmentation is the product
//! of those of its tokens, so that its logarithm is a sum.
//!
//! | paper | here |
//! |---|---|
//! | $X$ | `text` |
//! | $\log p(x_i)$ | a value of `scores` |
//! | $\mathbf{x}^*$ | the result |

use std::collections::BTreeMap;

// ANCHOR: viterbi
/// The tokens of the segmentation with the largest sum of scores.
///
/// `scores` are the log-probabilities of the tokens. A character that is no token by itself may stand alone for the score
/// `unknown`, so that every text has a segmentation. Of equally good ways to a place, the one whose last token is longer.
///
/// ```
/// use sol03_tokenizer::viterbi::viterbi;
/// let scores = [("학교", -2.0), ("학", -3.0), ("교에", -4.0), ("에", -1.0)].map(|(t, s)| (t.to_owned(), s)).into();
/// assert_eq!(viterbi("학교에", &scores, -20.0), ["학교", "에"]);
/// ```
pub fn viterbi(text: &str, scores: &BTreeMap<String, f64>, unknown: f64) -> Vec<String> {
    // SOLUTION: the tokens of the best segmentation
    let places: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    // For each place: the best score of the text before it, and where the last token of that begins.
    let mut best = vec![(0.0, 0)];
    for end in 1..places.len() {
        let mut here = (f64::NEG_INFINITY, end - 1);
        // From the longest token on: of equals the first stays.
        for start in 0..end {
            let score = match scores.get(&text[places[start]..places[end]]) {
                Some(score) => *score,
                None if start + 1 == end => unknown,
                None => continue,
            };
            if best[start].0 + score > here.0 {
                here = (best[start].0 + score, start);
            }
        }
        best.push(here);
    }
    let mut tokens = vec![];
    let mut end = places.len() - 1;
    while end > 0 {
        let start = best[end].1;
        tokens.push(text[places[start]..places[end]].to_owned());
        end = start;
    }
    tokens.reverse();
    tokens
    // END
}
// ANCHOR_END: viterbi
