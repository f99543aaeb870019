//! New tokens in a trained model: their rows of the embedding, from those of the pieces that they were cut into.
//!
//! Gee et al. (2022), "Fast Vocabulary Transfer for Language Model Compression", §3.1: the mean of the old pieces. A row drawn
//! at random would have to be learnt from nothing, and a row of zeros may be more probable than all
//! old tokens together.

/// For each new token, the mean of the rows of the old tokens that it was cut into. A token of no pieces gets the mean of
/// all rows.
///
/// # Shapes
/// `rows`: `(V, C)`; `pieces`: `N` lists of ids below `V` → `(N, C)`.
///
/// ```
/// use ex03_tokenizer::extend::new_rows;
/// let rows = [vec![1.0, 0.0], vec![3.0, 2.0], vec![9.0, 9.0]];
/// assert_eq!(new_rows(&[vec![0, 1]], &rows), [[2.0, 1.0]]);
/// ```
pub fn new_rows(pieces: &[Vec<u32>], rows: &[Vec<f32>]) -> Vec<Vec<f32>> {
    todo!("one row for each new token, the mean of the rows of its pieces")
}
