//! Scaled dot-product attention: every query takes a weighted average of the values.
//!
//! Vaswani et al. (2017), "Attention Is All You Need", §3.2.1, equation 1.
//!
//! | paper | here | shape |
//! |---|---|---|
//! | $Q$, the queries | `q` | `(.., Tq, D)` |
//! | $K$, the keys | `k` | `(.., Tk, D)` |
//! | $V$, the values | `v` | `(.., Tk, Dv)` |
//! | $QK^\top / \sqrt{d_k}$ | `scores` | `(.., Tq, Tk)` |
//! | $\mathrm{softmax}(\cdot)$ | `weights` | `(.., Tq, Tk)` |
//! | the result | `context` | `(.., Tq, Dv)` |
//!
//! `..` stands for any leading dimensions, batch and heads, the same in all three. Differs from the paper in one case
//! that it does not mention: a query that may look nowhere gets weights of zero, as in PyTorch since 2.5, and not `NaN`.
//! For `q` and `k` in `f16` or `bf16` the scores and their softmax are `f32`, and the weights of the type of `q` again.

use candle_core::{D, DType, Result, Tensor, bail};

/// How much each query looks at each key: $\mathrm{softmax}(QK^\top/\sqrt{d_k})$ over the keys.
///
/// # Shapes
/// `q`: `(.., Tq, D)`, `k`: `(.., Tk, D)`, `mask`: `(Tq, Tk)` or anything that broadcasts to the result, of type `u8`,
/// 1 where a query may look and 0 where it may not → `(.., Tq, Tk)`. Each row sums to 1; a row that is all masked is
/// all zero.
///
/// # Errors
/// When the shapes do not fit; the message names both and the rule.
///
/// ```
/// use candle_core::{Device, Tensor};
/// use ex04_attention::scaled_dot_product::attention_weights;
/// let q = Tensor::new(&[[4.0_f32, 0.0, 0.0, 0.0]], &Device::Cpu)?;
/// let k = Tensor::new(&[[1.0_f32, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0]], &Device::Cpu)?;
/// // The scores are 4/√4 = 2 and 0, so the weights are e²/(e²+1) and 1/(e²+1).
/// let weights = attention_weights(&q, &k, None)?.to_vec2::<f32>()?;
/// assert!((weights[0][0] - 0.880797).abs() < 1e-6);
/// # Ok::<(), candle_core::Error>(())
/// ```
pub fn attention_weights(q: &Tensor, k: &Tensor, mask: Option<&Tensor>) -> Result<Tensor> {
    check_queries_and_keys(q, k)?;
    if q.elem_count() == 0 || k.elem_count() == 0 {
        return q.matmul(&k.t()?); // no query or no key: no weights
    }
    todo!("one row of weights for each query: its scores over the keys, scaled, masked, and normalised by softmax")
}

/// For each query, the average of the values, weighted by [`attention_weights`].
///
/// # Shapes
/// `q`: `(.., Tq, D)`, `k`: `(.., Tk, D)`, `v`: `(.., Tk, Dv)`, `mask` as in [`attention_weights`] → `(.., Tq, Dv)`.
///
/// # Errors
/// When the shapes do not fit; the message names both and the rule.
pub fn attention(q: &Tensor, k: &Tensor, v: &Tensor, mask: Option<&Tensor>) -> Result<Tensor> {
    if v.rank() != k.rank() || v.rank() < 2 || v.dim(D::Minus2)? != k.dim(D::Minus2)? {
        bail!("the values {:?} do not fit the keys {:?}: there is one value for each key", v.shape(), k.shape());
    }
    todo!("the context: each query's weighted average of the values")
}

/// Refuses queries and keys that cannot be multiplied.
fn check_queries_and_keys(q: &Tensor, k: &Tensor) -> Result<()> {
    if q.rank() != k.rank() || q.rank() < 2 || q.dim(D::Minus1)? != k.dim(D::Minus1)? {
        bail!(
            "the queries {:?} do not fit the keys {:?}: both are (.., T, D) with the same head size D",
            q.shape(),
            k.shape()
        );
    }
    if q.dim(D::Minus1)? == 0 {
        bail!("the queries {:?} have a head size of 0: there is nothing to compare with the keys", q.shape());
    }
    Ok(())
}
