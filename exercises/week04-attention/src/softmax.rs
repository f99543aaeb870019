//! Softmax: from scores to weights (Bridle, 1990; Vaswani et al., 2017, §3.2.1). $s$ is `scores` and $w$ the result, both
//! `(N,)`.

/// $w_i = e^{s_i} / \sum_j e^{s_j}$, without overflow for any finite scores.
///
/// # Shapes
/// `scores`: `(N,)` → the weights: `(N,)`, summing to 1.
///
/// ```
/// use ex04_attention::softmax::softmax;
/// let weights = softmax(&[0.0, 1.0]);
/// assert!((weights[1] / weights[0] - 2.718282).abs() < 1e-5);
/// ```
pub fn softmax(scores: &[f32]) -> Vec<f32> {
    todo!("one weight for each score, all of them summing to 1")
}
