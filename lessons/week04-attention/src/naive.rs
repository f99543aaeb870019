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

// ANCHOR: multi_head
/// Multi-head attention (§3.2.2), head by head: each sees its own columns of the queries, keys and
/// values. No mask and no biases.
///
/// # Shapes
/// `matrices`: of queries, keys, values and output, each `(C, C)` as `(out, in)`; `x`: `(Tq, C)`;
/// `memory`: `(Tk, C)` → `(Tq, C)`. `heads` divides `C`.
pub fn multi_head(matrices: [&[Vec<f32>]; 4], heads: usize, x: &[Vec<f32>], memory: &[Vec<f32>]) -> Vec<Vec<f32>> {
    let [query, key, value, output] = matrices;
    let through = |matrix: &[Vec<f32>], tokens: &[Vec<f32>]| -> Vec<Vec<f32>> {
        tokens.iter().map(|token| matrix.iter().map(|row| dot(row, token)).collect()).collect()
    };
    let (q, k, v) = (through(query, x), through(key, memory), through(value, memory));
    let size = query.len() / heads;
    let mut merged = vec![vec![]; x.len()];
    for head in 0..heads {
        let own = |tokens: &[Vec<f32>]| -> Vec<Vec<f32>> {
            tokens.iter().map(|token| token[head * size..(head + 1) * size].to_vec()).collect()
        };
        for (token, context) in merged.iter_mut().zip(attention(&own(&q), &own(&k), &own(&v))) {
            token.extend(context); // side by side with the contexts of the heads before
        }
    }
    through(output, &merged)
}
// ANCHOR_END: multi_head
