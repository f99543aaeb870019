//! Attention as loops over plain numbers: slow, and nothing is hidden.
//!
//! Vaswani et al. (2017), §3.2.1, equation 1, for one head and no batch.
//!
//! | paper | here | shape |
//! |---|---|---|
//! | $q_i$ | `q[i]` | `(D,)` |
//! | $k_j$ | `k[j]` | `(D,)` |
//! | $v_j$ | `v[j]` | `(Dv,)` |

pub use sol04_attention::softmax::softmax;

/// The product of two vectors: the sum of their elements multiplied in pairs.
pub fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

// ANCHOR: weights_of
/// The weights of one query over all keys.
pub fn weights_of(q: &[f32], k: &[Vec<f32>]) -> Vec<f32> {
    let root = (q.len() as f32).sqrt();
    let scores: Vec<f32> = k.iter().map(|key| dot(q, key) / root).collect();
    softmax(&scores)
}
// ANCHOR_END: weights_of

// ANCHOR: attention
/// Attention of every query over all keys and values: one context vector a query.
///
/// # Shapes
/// `q`: `(Tq, D)`, `k`: `(Tk, D)`, `v`: `(Tk, Dv)` → `(Tq, Dv)`.
pub fn attention(q: &[Vec<f32>], k: &[Vec<f32>], v: &[Vec<f32>]) -> Vec<Vec<f32>> {
    let width = v.first().map_or(0, Vec::len);
    q.iter()
        .map(|query| {
            let mut context = vec![0.0; width];
            for (weight, value) in weights_of(query, k).iter().zip(v) {
                for (sum, x) in context.iter_mut().zip(value) {
                    *sum += weight * x;
                }
            }
            context
        })
        .collect()
}
// ANCHOR_END: attention
