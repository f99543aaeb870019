//! Softmax: from scores to weights (Bridle, 1990; Vaswani et al., 2017, §3.2.1). $s$ is `scores` and $w$ the result, both
//! `(N,)`.

// ANCHOR: softmax
/// $w_i = e^{s_i} / \sum_j e^{s_j}$, without overflow for any finite scores.
///
/// # Shapes
/// `scores`: `(N,)` → the weights: `(N,)`, summing to 1.
///
/// ```
/// use sol04_attention::softmax::softmax;
/// let weights = softmax(&[0.0, 1.0]);
/// assert!((weights[1] / weights[0] - 2.718282).abs() < 1e-5);
/// ```
pub fn softmax(scores: &[f32]) -> Vec<f32> {
    // SOLUTION: one weight for each score, all of them summing to 1
    // exp of the largest score would overflow from 89 on; after the subtraction the largest exponent is 0.
    let largest = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let exps: Vec<f32> = scores.iter().map(|score| (score - largest).exp()).collect();
    let total: f32 = exps.iter().sum();
    exps.iter().map(|e| e / total).collect()
    // END
}
// ANCHOR_END: softmax
