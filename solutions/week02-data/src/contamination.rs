//! Contamination: text of a test set in the training data (Brown et al., 2020, appendix C).

// ANCHOR: overlap
/// The share of the words of `document` that stand in a sequence of `n` words which the test set holds.
///
/// Words are what stands between white space. `test` holds sequences of `n` words, joined by one space each. A word counts
/// once, however many such sequences it stands in. A document of fewer than `n` words shares nothing: 0.
///
/// ```
/// use sol02_data::contamination::overlap;
/// let test = ["한국의 수도는".to_string(), "수도는 어디인가".to_string()].into();
/// // Three of the four words.
/// assert_eq!(overlap("문제: 한국의 수도는  어디인가", &test, 2), 0.75);
/// ```
pub fn overlap(document: &str, test: &std::collections::BTreeSet<String>, n: usize) -> f64 {
    // SOLUTION: the share of the words that stand in a sequence which the test set holds
    let words: Vec<&str> = document.split_whitespace().collect();
    if n == 0 || words.len() < n {
        return 0.0;
    }
    let mut held = vec![false; words.len()];
    for (start, sequence) in words.windows(n).enumerate() {
        if test.contains(&sequence.join(" ")) {
            held[start..start + n].fill(true);
        }
    }
    held.iter().filter(|held| **held).count() as f64 / words.len() as f64
    // END
}
// ANCHOR_END: overlap
