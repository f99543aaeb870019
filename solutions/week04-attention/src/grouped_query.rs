//! Grouped-query attention: several query heads share one head of keys and values, so that less has to be kept.
//!
//! Ainslie et al. (2023), "GQA", §2.2; with one shared head: Shazeer (2019), "Fast Transformer Decoding", §3 (multi-query).
//!
//! | paper | here | shape |
//! |---|---|---|
//! | $H$ query heads | `q` | `(B, H, T, D)` |
//! | $G$ groups | `Hk` heads in `k` and `v` | `(B, Hk, T, D)` |
//! | one head a group, repeated | `share_heads(k, H)` | `(B, H, T, D)` |
//!
//! `Hk = H` is multi-head attention, `Hk = 1` is multi-query attention. Query head `h` reads key head `h / (H / Hk)`: heads
//! of a group stand side by side.

use candle_core::{Result, Tensor, bail};

use crate::scaled_dot_product::attention;

// ANCHOR: share_heads
/// Each key or value head once for every query head that reads it.
///
/// # Shapes
/// `x`: `(B, Hk, T, D)` → `(B, H, T, D)`.
///
/// # Errors
/// When `x` has not four dimensions, or its heads do not divide `heads`.
pub fn share_heads(x: &Tensor, heads: usize) -> Result<Tensor> {
    let (b, kv_heads, t, d) = x.dims4()?;
    if kv_heads == 0 || !heads.is_multiple_of(kv_heads) {
        bail!("{kv_heads} key and value heads do not divide {heads} query heads: every group has the same size");
    }
    // SOLUTION: each head repeated for the query heads of its group
    let group = heads / kv_heads;
    x.unsqueeze(2)? // (B, Hk, T, D) -> (B, Hk, 1, T, D)
        .broadcast_as((b, kv_heads, group, t, d))? // every head `group` times in a row, nothing copied yet
        .reshape((b, heads, t, d)) // (B, Hk, group, T, D) -> (B, H, T, D)
    // END
}
// ANCHOR_END: share_heads

// ANCHOR: grouped_query_attention
/// Attention in which `H / Hk` query heads read the same keys and values.
///
/// # Shapes
/// `q`: `(B, H, Tq, D)`, `k`: `(B, Hk, Tk, D)`, `v`: `(B, Hk, Tk, Dv)`, `mask` as in
/// [`attention_weights`](crate::scaled_dot_product::attention_weights) → `(B, H, Tq, Dv)`.
///
/// # Errors
/// When the shapes do not fit, or `Hk` does not divide `H`.
pub fn grouped_query_attention(q: &Tensor, k: &Tensor, v: &Tensor, mask: Option<&Tensor>) -> Result<Tensor> {
    if k.rank() != 4 || v.rank() != 4 || k.dim(1)? != v.dim(1)? {
        bail!("the keys {:?} and the values {:?} do not fit: both are (B, Hk, T, ..)", k.shape(), v.shape());
    }
    // SOLUTION: for each query head, attention over the keys and values of its group
    let heads = q.dim(1)?;
    attention(q, &share_heads(k, heads)?, &share_heads(v, heads)?, mask)
    // END
}
// ANCHOR_END: grouped_query_attention
