//! Group means: how a column differs between groups.

// ANCHOR: group_mean
/// For each key, in sorted order: the key, how many rows have it, and the mean of their known values; `None` where none is known.
pub fn group_mean(keys: &[String], values: &[Option<f64>]) -> Vec<(String, usize, Option<f64>)> {
    // SOLUTION: TO BE WRITTEN
    let _ = (keys, values);
    todo!()
    // END
}
// ANCHOR_END: group_mean
