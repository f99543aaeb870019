//! New tokens in a trained model: their rows of the embedding, from those of the pieces that they were cut into.
//!
//! Gee et al. (2022), "Fast Vocabulary Transfer for Language Model Compression", §3.1: the mean of the old pieces. A row drawn
//! at random would have to be learnt from nothing, and a row of zeros may be more probable than all
//! old tokens together.

// ANCHOR: new_rows
/// For each new token, the mean of the rows of the old tokens that it was cut into. A token of no pieces gets the mean of
/// all rows.
///
/// # Shapes
/// `rows`: `(V, C)`; `pieces`: `N` lists of ids below `V` → `(N, C)`.
///
/// ```
/// use sol03_tokenizer::extend::new_rows;
/// let rows = [vec![1.0, 0.0], vec![3.0, 2.0], vec![9.0, 9.0]];
/// assert_eq!(new_rows(&[vec![0, 1]], &rows), [[2.0, 1.0]]);
/// ```
pub fn new_rows(pieces: &[Vec<u32>], rows: &[Vec<f32>]) -> Vec<Vec<f32>> {
    // SOLUTION: one row for each new token, the mean of the rows of its pieces
    let width = rows.first().map_or(0, Vec::len);
    let mean = |ids: &[usize]| -> Vec<f32> {
        let column = |c: usize| ids.iter().map(|id| f64::from(rows[*id][c])).sum::<f64>() / ids.len() as f64;
        (0..width).map(|c| column(c) as f32).collect()
    };
    let all: Vec<usize> = (0..rows.len()).collect();
    let of_token = |ids: &Vec<u32>| {
        let ids: Vec<usize> = ids.iter().map(|id| *id as usize).collect();
        mean(if ids.is_empty() { &all } else { &ids })
    };
    pieces.iter().map(of_token).collect()
    // END
}
// ANCHOR_END: new_rows
