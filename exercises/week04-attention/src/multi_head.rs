//! Multi-head attention: several attentions side by side, each on its own view of every token.
//!
//! Vaswani et al. (2017), §3.2.2.
//!
//! | paper | here | shape |
//! |---|---|---|
//! | $x$, where the queries come from | `x` | `(B, Tq, C)` |
//! | where keys and values come from | `memory` | `(B, Tk, C)` |
//! | $W^Q_1 .. W^Q_h$, side by side | `query` | weight `(C, C)`, as `(out, in)` |
//! | $W^K_1 .. W^K_h$ | `key` | `(C, C)` |
//! | $W^V_1 .. W^V_h$ | `value` | `(C, C)` |
//! | $W^O$ | `output` | `(C, C)` |
//! | $head_1 .. head_h$ | `context` | `(B, H, Tq, D)` |
//!
//! Differs from the paper: each of the four may have a bias, as in `torch.nn.MultiheadAttention` and GPT-2; Llama has none.

use candle_core::{Result, Tensor, bail};
use candle_nn::{Linear, Module};

use crate::heads::{merge_heads, split_heads};
use crate::scaled_dot_product::attention;

/// Multi-head attention with its four learned matrices.
#[derive(Debug, Clone)]
pub struct MultiHead {
    /// To the queries of all heads.
    pub query: Linear,
    /// To the keys of all heads.
    pub key: Linear,
    /// To the values of all heads.
    pub value: Linear,
    /// From the contexts of all heads back to the model's width.
    pub output: Linear,
    /// How many heads `H` there are.
    pub heads: usize,
}

impl MultiHead {
    /// What each token of `x` takes from the tokens of `memory`. Self-attention where both are one text; cross-attention
    /// where a translation looks at its source.
    ///
    /// # Shapes
    /// `x`: `(B, Tq, C)`, `memory`: `(B, Tk, C)`, `mask`: `u8`, 1 where a query may look, broadcastable to
    /// `(B, H, Tq, Tk)` → `(B, Tq, C)`.
    ///
    /// # Errors
    /// When the shapes do not fit, or the heads do not divide the width.
    pub fn forward(&self, x: &Tensor, memory: &Tensor, mask: Option<&Tensor>) -> Result<Tensor> {
        let ((b, _, c), (memory_b, _, memory_c)) = (x.dims3()?, memory.dims3()?);
        if (b, c) != (memory_b, memory_c) {
            bail!(
                "the text {:?} does not fit the memory {:?}: both are (B, T, C) with the same B and C",
                x.shape(),
                memory.shape()
            );
        }
        todo!("the contexts of all heads, side by side, through the output matrix")
    }
}
