//! The most probable segmentation under a unigram model (Kudo, 2018, §3.2).

// ANCHOR: viterbi
/// The tokens of the best segmentation, where `scores` are log-probabilities and a single character that is no token scores `unknown`; of equals, the one whose last token is longer.
pub fn viterbi(text: &str, scores: &std::collections::BTreeMap<String, f64>, unknown: f64) -> Vec<String> {
    // SOLUTION: TO BE WRITTEN
    let _ = (text, scores, unknown);
    todo!()
    // END
}
// ANCHOR_END: viterbi
