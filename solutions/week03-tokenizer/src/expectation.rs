//! How often each token is expected over all segmentations (Kudo, 2018, §3.2): the E step.

// ANCHOR: expected_counts
/// The expected count of each token in a text under a unigram model, and the log-probability of the text; no counts and minus infinity where no segmentation exists.
pub fn expected_counts(
    text: &str,
    scores: &std::collections::BTreeMap<String, f64>,
) -> (std::collections::BTreeMap<String, f64>, f64) {
    // SOLUTION: TO BE WRITTEN
    let _ = (text, scores);
    todo!()
    // END
}
// ANCHOR_END: expected_counts
