//! Borders of tokens against borders of morphemes.

// ANCHOR: borders
/// Where a token ends within a text, in characters, without the end of the text itself.
pub fn borders(tokens: &[String]) -> Vec<usize> {
    // SOLUTION: TO BE WRITTEN
    let _ = (tokens,);
    todo!()
    // END
}
// ANCHOR_END: borders

// ANCHOR: precision_recall
/// The share of the predicted borders that are right, and the share of the right ones that are predicted; 1 where there are none to be wrong about.
pub fn precision_recall(predicted: &[usize], right: &[usize]) -> (f64, f64) {
    // SOLUTION: TO BE WRITTEN
    let _ = (predicted, right);
    todo!()
    // END
}
// ANCHOR_END: precision_recall
