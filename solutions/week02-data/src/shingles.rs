//! Shingles and Jaccard similarity (Broder, 1997).

// ANCHOR: shingles
/// The distinct sequences of `k` signs of the text, sorted; the whole text where it is shorter.
pub fn shingles(text: &str, k: usize) -> Vec<String> {
    // SOLUTION: TO BE WRITTEN
    let _ = (text, k);
    todo!()
    // END
}
// ANCHOR_END: shingles

// ANCHOR: jaccard
/// The size of the intersection over the size of the union; 1 for two empty sets.
pub fn jaccard(a: &[String], b: &[String]) -> f64 {
    // SOLUTION: TO BE WRITTEN
    let _ = (a, b);
    todo!()
    // END
}
// ANCHOR_END: jaccard
