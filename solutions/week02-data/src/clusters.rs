//! Clusters of duplicates: union-find.

// ANCHOR: clusters
/// For each of `count` documents, the smallest document that it is connected with through pairs; itself where there is none.
pub fn clusters(count: usize, pairs: &[(usize, usize)]) -> Vec<usize> {
    // SOLUTION: TO BE WRITTEN
    let _ = (count, pairs);
    todo!()
    // END
}
// ANCHOR_END: clusters
