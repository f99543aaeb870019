//! Left join: rows of one table beside the rows of another that have the same key.

// ANCHOR: left_join
/// Pairs of row numbers: every row of `left` in order, with each row of `right` that has the same key, in order, or with `None`.
pub fn left_join(left: &[String], right: &[String]) -> Vec<(usize, Option<usize>)> {
    // SOLUTION: TO BE WRITTEN
    let _ = (left, right);
    todo!()
    // END
}
// ANCHOR_END: left_join
