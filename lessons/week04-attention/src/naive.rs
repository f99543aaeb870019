//! Attention as loops over plain numbers: slow, and nothing is hidden.
//!
//! Vaswani et al. (2017), §3.2.1, equation 1, for one head and no batch.
//!
//! | paper | here | shape |
//! |---|---|---|
//! | $q_i$ | `q[i]` | `(D,)` |
//! | $k_j$ | `k[j]` | `(D,)` |
//! | $v_j$ | `v[j]` | `(Dv,)` |
//!
//! Beside it the turn of rotary positions: Su et al. (2021), "RoFormer", §3.4.2, for one vector.
//!
//! | paper | here | shape |
//! |---|---|---|
//! | $x_m$, a query or key at position $m$ | `x`, `position` | `(D,)` |
//! | $m \theta_i$ | `angle` | |
//!
//! And the same attention with several heads: [`multi_head`], Vaswani et al. (2017), §3.2.2; with shared heads
//! [`grouped_query`], Ainslie et al. (2023), "GQA", §2.2; from latents [`latent`], DeepSeek-AI (2024), "DeepSeek-V2", §2.1.
//!
//! | paper | here | shape |
//! |---|---|---|
//! | $W^Q$, $W^K$, $W^V$, $W^O$ of all heads | `matrices` | `(C, C)` each |
//! | where the queries come from, where keys and values come from | `x`, `memory` | `(Tq, C)`, `(Tk, C)` |
//! | the heads of queries, and of keys and values | `q`, `k`, `v` of `grouped_query` | `(H, Tq, D)`, `(Hk, Tk, D)`, `(Hk, Tk, Dv)` |
//! | $q^C$, $q^R$ | `q`, `q_rotary` of `latent` | `(H, Tq, D)`, `(H, Tq, Dr)` |
//! | $c^{KV}$, $k^R$ | `latents`, `k_rotary` | `(Tk, L)`, `(Tk, Dr)` |
//! | $W^{UK}$, $W^{UV}$ | `up_key`, `up_value` | `(H, D, L)`, `(H, Dv, L)` |

use crate::rope::Layout;
pub use crate::softmax::softmax;

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
/// Multi-head attention, head by head: each sees its own columns of the queries, keys and values. No mask and no biases.
///
/// Vaswani et al. (2017), §3.2.2.
///
/// # Shapes
/// `matrices`: of queries, keys, values and output, each `(C, C)` as `(out, in)`; `x`: `(Tq, C)`; `memory`: `(Tk, C)` →
/// `(Tq, C)`. Nothing where the matrices have not the same number of rows, or `heads` does not divide it.
pub fn multi_head(matrices: [&[Vec<f32>]; 4], heads: usize, x: &[Vec<f32>], memory: &[Vec<f32>]) -> Vec<Vec<f32>> {
    let [query, key, value, output] = matrices;
    if heads == 0 || !query.len().is_multiple_of(heads) || [key.len(), value.len()] != [query.len(); 2] {
        return vec![];
    }
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

// ANCHOR: turn
/// A pair turned by an angle: the complex number `a + bi` times `cos + i sin`, written out.
pub fn turn((a, b): (f32, f32), angle: f64) -> (f32, f32) {
    let (sin, cos) = (angle.sin() as f32, angle.cos() as f32);
    (a * cos - b * sin, a * sin + b * cos)
}
// ANCHOR_END: turn

// ANCHOR: rope
/// A query or key with each of its pairs turned by the angle of its position.
///
/// # Shapes
/// `x`: `(D,)` → `(D,)`. Where `D` is odd, the last element is left as it is.
pub fn rope(x: &[f32], position: usize, base: f64, layout: Layout) -> Vec<f32> {
    let d = x.len();
    let mut turned = x.to_vec();
    for i in 0..d / 2 {
        let angle = position as f64 * base.powf(-2.0 * i as f64 / d as f64);
        let (first, second) = match layout {
            Layout::Interleaved => (2 * i, 2 * i + 1),
            Layout::HalfSplit => (i, i + d / 2),
        };
        (turned[first], turned[second]) = turn((x[first], x[second]), angle);
    }
    turned
}
// ANCHOR_END: rope

// ANCHOR: grouped_query
/// Attention with shared heads: a list of heads for `q`, a shorter one for `k` and `v`, and one context a query head.
///
/// Ainslie et al. (2023), §2.2.
///
/// # Shapes
/// `q`: `(H, Tq, D)`, `k`: `(Hk, Tk, D)`, `v`: `(Hk, Tk, Dv)` → `(H, Tq, Dv)`. Nothing where `Hk` is 0, or not the same for
/// `k` and `v`, or does not divide `H`.
pub fn grouped_query(q: &[Vec<Vec<f32>>], k: &[Vec<Vec<f32>>], v: &[Vec<Vec<f32>>]) -> Vec<Vec<Vec<f32>>> {
    if k.is_empty() || k.len() != v.len() || !q.len().is_multiple_of(k.len()) {
        return vec![];
    }
    let group = q.len() / k.len(); // query heads that share one head of keys and values
    q.iter().enumerate().map(|(h, queries)| attention(queries, &k[h / group], &v[h / group])).collect()
}
// ANCHOR_END: grouped_query

// ANCHOR: latent
/// Latent attention: each head makes its keys and values from the latents, and every key ends with the same rotary part.
///
/// DeepSeek-AI (2024), §2.1.2 and §2.1.3.
///
/// # Shapes
/// `q`: `(H, Tq, D)`, `q_rotary`: `(H, Tq, Dr)`, `latents`: `(Tk, L)`, `k_rotary`: `(Tk, Dr)`, `up_key`: `(H, D, L)`,
/// `up_value`: `(H, Dv, L)` → `(H, Tq, Dv)`. Heads that one of them lacks are left out.
pub fn latent(
    q: &[Vec<Vec<f32>>],
    q_rotary: &[Vec<Vec<f32>>],
    latents: &[Vec<f32>],
    k_rotary: &[Vec<f32>],
    up_key: &[Vec<Vec<f32>>],
    up_value: &[Vec<Vec<f32>>],
) -> Vec<Vec<Vec<f32>>> {
    let through = |matrix: &[Vec<f32>]| -> Vec<Vec<f32>> {
        latents.iter().map(|latent| matrix.iter().map(|row| dot(row, latent)).collect()).collect()
    };
    let joined = |a: &[Vec<f32>], b: &[Vec<f32>]| -> Vec<Vec<f32>> {
        a.iter().zip(b).map(|(a, b)| [&a[..], &b[..]].concat()).collect()
    };
    let heads = q.iter().zip(q_rotary).zip(up_key.iter().zip(up_value));
    heads
        .map(|((q, q_rotary), (up_key, up_value))| {
            let keys = joined(&through(up_key), k_rotary); // (Tk, D) and (Tk, Dr) -> (Tk, D + Dr)
            attention(&joined(q, q_rotary), &keys, &through(up_value)) // scores divided by the root of D + Dr
        })
        .collect()
}
// ANCHOR_END: latent
