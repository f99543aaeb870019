//! One tile of flash attention: some queries meet some keys, and what is known of these queries is brought up to date.
//!
//! Dao et al. (2022), "FlashAttention", §3.1, algorithm 1, lines 9 to 13; the division at the end instead of in every step:
//! Dao (2023), "FlashAttention-2", §3.1.1, algorithm 1.
//!
//! | paper | here | shape |
//! |---|---|---|
//! | $Q_i$, a block of queries | `q` | `(.., Tq, D)` |
//! | $K_j$, $V_j$, a block of keys and values | `k`, `v` | `(.., Tk, D)`, `(.., Tk, Dv)` |
//! | $S_{ij}$ | `scores` | `(.., Tq, Tk)` |
//! | $m_i$ | `largest` | `(.., Tq, 1)` |
//! | $\ell_i$ | `total` | `(.., Tq, 1)` |
//! | $\tilde{O}_i$, not yet divided | `sum` | `(.., Tq, Dv)` |
//!
//! Where `q`, `k` and `v` are `f16` or `bf16`, what is known is kept in `f32`, and so is the result of [`finish_tile`].
//! The whole table of scores never exists, only this tile of it. The loop over all tiles is the lesson's `flash`.

use candle_core::{D, DType, Device, Result, Tensor, bail};

// ANCHOR: running
/// What is known of a block of queries after some of the keys.
#[derive(Debug, Clone)]
pub struct RunningTile {
    /// The largest score of each query so far; $-\infty$ before the first. `(.., Tq, 1)`
    pub largest: Tensor,
    /// The sum of the exponentials of its scores, each less `largest`. `(.., Tq, 1)`
    pub total: Tensor,
    /// The values, each times that exponential, added up. `(.., Tq, Dv)`
    pub sum: Tensor,
}

impl RunningTile {
    /// Before the first key.
    ///
    /// # Shapes
    /// `queries`: `(.., Tq)`; `dtype`: that of the queries, keys and values.
    ///
    /// # Errors
    /// When the device cannot hold it.
    pub fn new(queries: &[usize], value_width: usize, dtype: DType, device: &Device) -> Result<Self> {
        // A sum in 16 bits stops growing, in bf16 at 256 (256 + 1 is 256 there).
        let dtype = if dtype.size_in_bytes() < 4 { DType::F32 } else { dtype };
        let (one, wide) = ([queries, &[1]].concat(), [queries, &[value_width]].concat());
        Ok(Self {
            largest: Tensor::full(f32::NEG_INFINITY, one.as_slice(), device)?.to_dtype(dtype)?,
            total: Tensor::zeros(one, dtype, device)?,
            sum: Tensor::zeros(wide, dtype, device)?,
        })
    }
}
// ANCHOR_END: running

// ANCHOR: add_tile
/// Takes a tile of keys and values into account.
///
/// # Shapes
/// `q`: `(.., Tq, D)`, `k`: `(.., Tk, D)`, `v`: `(.., Tk, Dv)`, `mask`: `u8`, 1 where a query may look, broadcastable to
/// `(.., Tq, Tk)`.
///
/// # Errors
/// When the shapes do not fit.
pub fn add_tile(
    running: &RunningTile,
    q: &Tensor,
    k: &Tensor,
    v: &Tensor,
    mask: Option<&Tensor>,
) -> Result<RunningTile> {
    if q.rank() < 2 || q.rank() != k.rank() || q.rank() != v.rank() || k.dim(D::Minus2)? != v.dim(D::Minus2)? {
        bail!(
            "the tile of queries {:?}, keys {:?} and values {:?} does not fit: (.., Tq, D), (.., Tk, D), (.., Tk, Dv)",
            q.shape(),
            k.shape(),
            v.shape()
        );
    }
    if q.dim(D::Minus1)? == 0 {
        bail!("the queries {:?} have a head size of 0: there is nothing to compare with the keys", q.shape());
    }
    if q.elem_count() == 0 || k.elem_count() == 0 {
        return Ok(running.clone()); // no query or no key: nothing new is known
    }
    // SOLUTION: the same three tensors as if all keys so far, and those of this tile, had been looked at together
    let dtype = running.sum.dtype(); // f32 where the tile has only 16 bits
    let [q, k, v] = [q, k, v].map(|x| x.to_dtype(dtype)?.contiguous()); // a transposed view cannot be multiplied
    let (q, k, v) = (q?, k?, v?);
    let scores = (q.matmul(&k.t()?)? / (q.dim(D::Minus1)? as f64).sqrt())?; // (.., Tq, Tk)
    let scores = match mask {
        Some(mask) => {
            let blocked = scores.zeros_like()?.affine(1.0, f64::NEG_INFINITY)?;
            mask.broadcast_as(scores.shape())?.where_cond(&scores, &blocked)?
        }
        None => scores,
    };
    // The result does not depend on the largest score, so no gradient flows through it.
    let largest = running.largest.maximum(&scores.max_keepdim(D::Minus1)?)?.detach(); // (.., Tq, 1)
    // A query that has seen no key yet: its largest score is -inf, and -inf - (-inf) is NaN. Subtract 0 there.
    let shift = largest.eq(f64::NEG_INFINITY)?.where_cond(&largest.zeros_like()?, &largest)?;
    let shrink = (&running.largest - &shift)?.exp()?; // (.., Tq, 1); 0 where nothing had been seen
    let exps = scores.broadcast_sub(&shift)?.exp()?; // (.., Tq, Tk)
    Ok(RunningTile {
        total: ((&running.total * &shrink)? + exps.sum_keepdim(D::Minus1)?)?,
        sum: (running.sum.broadcast_mul(&shrink)? + exps.matmul(&v)?)?, // (.., Tq, Tk) x (.., Tk, Dv) -> (.., Tq, Dv)
        largest,
    })
    // END
}
// ANCHOR_END: add_tile

// ANCHOR: finish_tile
/// The context of the queries, once all keys have been looked at. Zeros for a query that may look nowhere.
///
/// # Shapes
/// → `(.., Tq, Dv)`
///
/// # Errors
/// When a tensor operation fails.
pub fn finish_tile(running: &RunningTile) -> Result<Tensor> {
    // SOLUTION: for each query, the weighted average of all values so far
    let total = (&running.total + running.total.eq(0.0)?.to_dtype(running.total.dtype())?)?; // 0/1 rather than 0/0
    running.sum.broadcast_div(&total)
    // END
}
// ANCHOR_END: finish_tile
