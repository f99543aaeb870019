//! Contamination: text of a test set in the training data (Brown et al., 2020, appendix C).

/// The share of the words of `document` that stand in a sequence of `n` words which the test set holds.
///
/// Words are what stands between white space. `test` holds sequences of `n` words, joined by one space each. A word counts
/// once, however many such sequences it stands in. A document of fewer than `n` words shares nothing: 0.
///
/// ```
/// use ex02_data::contamination::overlap;
/// let test = ["한국의 수도는".to_string(), "수도는 어디인가".to_string()].into();
/// // Three of the four words.
/// assert_eq!(overlap("문제: 한국의 수도는  어디인가", &test, 2), 0.75);
/// ```
pub fn overlap(document: &str, test: &std::collections::BTreeSet<String>, n: usize) -> f64 {
    todo!("the share of the words that stand in a sequence which the test set holds")
}
