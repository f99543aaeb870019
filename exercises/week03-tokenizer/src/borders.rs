//! Borders of tokens against borders of morphemes: does a tokenizer cut where the language does?
//!
//! Virpioja et al. (2011), "Empirical Comparison of Evaluation Methods for Unsupervised Learning of Morphology", §2: precision
//! and recall of boundaries.

/// Where each token but the last ends within the text that they make together, counted in characters. An empty token ends
/// nothing.
///
/// ```
/// use ex03_tokenizer::borders::borders;
/// assert_eq!(borders(&["학교".to_owned(), "에".to_owned(), "서".to_owned()]), [2, 3]);
/// ```
pub fn borders(tokens: &[String]) -> Vec<usize> {
    todo!("the places between tokens, counted in characters from the start")
}

/// The share of the predicted borders that are right (precision), and the share of the right ones that are predicted
/// (recall). Of none, all are right: 1. Each border stands once in its list.
///
/// ```
/// use ex03_tokenizer::borders::precision_recall;
/// assert_eq!(precision_recall(&[1, 2, 3, 4], &[2, 5]), (0.25, 0.5));
/// ```
pub fn precision_recall(predicted: &[usize], right: &[usize]) -> (f64, f64) {
    todo!("the precision and the recall of the predicted borders")
}
