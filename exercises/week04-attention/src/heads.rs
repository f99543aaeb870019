//! Heads: the width of a model cut into slices that attend side by side.
//!
//! Vaswani et al. (2017), §3.2.2.
//!
//! | paper | here | shape |
//! |---|---|---|
//! | $d_{model}$ | `C`, the width | |
//! | $h$ | `H`, the heads | |
//! | $d_k = d_{model} / h$ | `D`, the head size | |
//! | $x$ | `x` | `(B, T, C)` |
//! | head $i$ of $x$ | `heads` | `(B, H, T, D)` |
//!
//! The paper multiplies by a matrix of its own for each head. Here, as everywhere, the matrices of all heads lie in one,
//! and what comes out is cut: head `h` has the columns from `h * D` to `(h + 1) * D`.

use candle_core::{Result, Tensor, bail};

/// Cuts the width into heads and brings the heads before the tokens.
///
/// # Shapes
/// `x`: `(B, T, C)` → `(B, H, T, D)` with `D = C / H`, contiguous.
///
/// # Errors
/// When `x` has not three dimensions, or the number of heads does not divide the width.
pub fn split_heads(x: &Tensor, heads: usize) -> Result<Tensor> {
    let (b, t, c) = x.dims3()?;
    if heads == 0 || !c.is_multiple_of(heads) {
        bail!("{heads} heads do not divide a width of {c}: each head takes an equal share of it");
    }
    todo!("each head's share of the width, with the heads in front of the tokens")
}

/// Puts the heads side by side again: the inverse of [`split_heads`].
///
/// # Shapes
/// `x`: `(B, H, T, D)` → `(B, T, H * D)`.
///
/// # Errors
/// When `x` has not four dimensions.
pub fn merge_heads(x: &Tensor) -> Result<Tensor> {
    let (b, h, t, d) = x.dims4()?;
    todo!("for each token, the results of all heads one after the other")
}
