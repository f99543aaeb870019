//! Softmax: from scores, any numbers, to weights, positive numbers that sum to 1.
//!
//! Bridle (1990), "Probabilistic Interpretation of Feedforward Classification Network Outputs"; in attention:
//! Vaswani et al. (2017), §3.2.1, equation 1.
//!
//! | paper | here | shape |
//! |---|---|---|
//! | $s$ | `scores` | `(N,)` |
//! | $e^{s_i} / \sum_j e^{s_j}$ | `weights` | `(N,)` |
//!
//! On plain numbers, so that nothing is hidden. Over whole tensors it is a part of
//! [`scaled_dot_product`](crate::scaled_dot_product).

// ANCHOR: softmax
/// $w_i = e^{s_i} / \sum_j e^{s_j}$, without overflow for any finite scores.
///
/// # Shapes
/// `scores`: `(N,)` → `(N,)`, positive and summing to 1. A score of $-\infty$ gets the weight 0. Without scores there are no
/// weights.
///
/// ```
/// use sol04_attention::softmax::softmax;
/// // e¹ is 2.718 times e⁰, so the second weight is 2.718 times the first.
/// let weights = softmax(&[0.0, 1.0]);
/// assert!((weights[1] / weights[0] - 2.718282).abs() < 1e-5);
/// ```
pub fn softmax(scores: &[f32]) -> Vec<f32> {
    // SOLUTION: one weight for each score: positive, summing to 1, a score larger by 1 weighing e times as much
    // exp of the largest score would overflow from 89 on; after the subtraction the largest exponent is 0.
    let largest = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let exps: Vec<f32> = scores.iter().map(|score| (score - largest).exp()).collect();
    let total: f32 = exps.iter().sum();
    exps.iter().map(|e| e / total).collect()
    // END
}
// ANCHOR_END: softmax
