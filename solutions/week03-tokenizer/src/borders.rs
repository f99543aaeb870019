//! Borders of tokens against borders of morphemes: does a tokenizer cut where the language does?
//!
//! Virpioja et al. (2011), "Empirical Comparison of Evaluation Methods for Unsupervised Learning of Morphology", §2: precision
//! and recall of boundaries.

// ANCHOR: borders
/// Where each token but the last ends within the text that they make together, counted in characters. An empty token ends
/// nothing.
///
/// ```
/// use sol03_tokenizer::borders::borders;
/// assert_eq!(borders(&["학교".to_owned(), "에".to_owned(), "서".to_owned()]), [2, 3]);
/// ```
pub fn borders(tokens: &[String]) -> Vec<usize> {
    // SOLUTION: the places between tokens, counted in characters from the start
    let mut place = 0;
    let mut places: Vec<usize> = vec![];
    for token in tokens {
        let length = token.chars().count();
        place += length;
        if length > 0 {
            places.push(place);
        }
    }
    // The end of the text is no border.
    places.pop();
    places
    // END
}
// ANCHOR_END: borders

// ANCHOR: precision_recall
/// The share of the predicted borders that are right (precision), and the share of the right ones that are predicted
/// (recall). Of none, all are right: 1. Each border stands once in its list.
///
/// ```
/// use sol03_tokenizer::borders::precision_recall;
/// assert_eq!(precision_recall(&[1, 2, 3, 4], &[2, 5]), (0.25, 0.5));
/// ```
pub fn precision_recall(predicted: &[usize], right: &[usize]) -> (f64, f64) {
    // SOLUTION: the precision and the recall of the predicted borders
    let hits = predicted.iter().filter(|border| right.contains(border)).count();
    let share = |all: usize| if all == 0 { 1.0 } else { hits as f64 / all as f64 };
    (share(predicted.len()), share(right.len()))
    // END
}
// ANCHOR_END: precision_recall
