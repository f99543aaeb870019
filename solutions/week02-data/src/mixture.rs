//! Mixing sources: how often each is drawn (Conneau et al., 2020, §3.1).

// ANCHOR: mixture
/// The share of each source, in proportion to its size to the power `alpha`.
pub fn mixture(sizes: &[u64], alpha: f64) -> Vec<f64> {
    // SOLUTION: TO BE WRITTEN
    let _ = (sizes, alpha);
    todo!()
    // END
}
// ANCHOR_END: mixture
