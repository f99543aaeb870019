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

/// The tokens of the segmentation with the largest sum of scores.
///
/// `scores` are the log-probabilities of the tokens. A character that is no token by itself may stand alone for the score
/// `unknown`, so that every text has a segmentation. Of equally good ways to a place, the one whose last token is longer.
///
/// ```
/// use ex03_tokenizer::viterbi::viterbi;
/// let scores = [("학교", -2.0), ("학", -3.0), ("교에", -4.0), ("에", -1.0)].map(|(t, s)| (t.to_owned(), s)).into();
/// assert_eq!(viterbi("학교에", &scores, -20.0), ["학교", "에"]);
/// ```
pub fn viterbi(text: &str, scores: &BTreeMap<String, f64>, unknown: f64) -> Vec<String> {
    todo!("the tokens of the best segmentation")
}
