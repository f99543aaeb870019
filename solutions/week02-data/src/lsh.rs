//! Locality-sensitive hashing: candidates without comparing all pairs (Leskovec, Rajaraman & Ullman, §3.4).

// ANCHOR: candidates
/// The pairs `(i, j)`, `i < j`, sorted, whose signatures agree in all `rows` places of at least one of the `bands`.
pub fn candidates(signatures: &[Vec<u32>], bands: usize, rows: usize) -> Vec<(usize, usize)> {
    // SOLUTION: TO BE WRITTEN
    let _ = (signatures, bands, rows);
    todo!()
    // END
}
// ANCHOR_END: candidates

// ANCHOR: s_curve
/// The probability that a pair of this similarity becomes a candidate.
pub fn s_curve(similarity: f64, bands: usize, rows: usize) -> f64 {
    // SOLUTION: TO BE WRITTEN
    let _ = (similarity, bands, rows);
    todo!()
    // END
}
// ANCHOR_END: s_curve
