//! Contamination: text of a test set in the training data (Brown et al., 2020, appendix C).

// ANCHOR: overlap
/// The share of the words of `document` that stand in a sequence of `n` words which the test set holds.
pub fn overlap(document: &str, test: &std::collections::BTreeSet<String>, n: usize) -> f64 {
    // SOLUTION: TO BE WRITTEN
    let _ = (document, test, n);
    todo!()
    // END
}
// ANCHOR_END: overlap
