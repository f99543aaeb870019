//! Multi-head latent attention: one short vector for each token is kept, and every head's keys and values are made from it.
//!
//! DeepSeek-AI (2024), "DeepSeek-V2", §2.1 (equations 9 to 19) and appendix C; the same in DeepSeek-V3, §2.1.1.
//!
//! | paper | here | shape |
//! |---|---|---|
//! | $c^{KV}_j$, the compressed keys and values | `latent` | `(B, Tk, L)` |
//! | $k^R_j$, one rotary key for all heads | `k_rotary` | `(B, Tk, Dr)` |
//! | $q^C_i$, the part of a query without position | `q` | `(B, H, Tq, D)` |
//! | $q^R_i$, its rotary part | `q_rotary` | `(B, H, Tq, Dr)` |
//! | $W^{UK}$, from a latent to the keys | `up_key` | `(H, D, L)` |
//! | $W^{UV}$, from a latent to the values | `up_value` | `(H, Dv, L)` |
//! | $o_{i}$ | `context` | `(B, H, Tq, Dv)` |
//!
//! What comes before (projections, norms, rotation) and after (the output matrix) is as in any attention, and stands in the
//! lesson's `latent_layer`. Both functions here compute the same: [`expanded`] as the paper's equations say, [`absorbed`]
//! as its remark after equation 11 says, without ever making a key or a value.

use candle_core::{D, Result, Tensor, bail};

use crate::scaled_dot_product::{attention, attention_weights};

/// What attention over latents reads.
#[derive(Debug, Clone)]
pub struct LatentInput<'a> {
    /// $q^C$, `(B, H, Tq, D)`.
    pub q: &'a Tensor,
    /// $q^R$, rotated, `(B, H, Tq, Dr)`.
    pub q_rotary: &'a Tensor,
    /// $c^{KV}$, `(B, Tk, L)`: kept in the cache.
    pub latent: &'a Tensor,
    /// $k^R$, rotated, `(B, Tk, Dr)`: kept in the cache.
    pub k_rotary: &'a Tensor,
    /// $W^{UK}$, `(H, D, L)`.
    pub up_key: &'a Tensor,
    /// $W^{UV}$, `(H, Dv, L)`.
    pub up_value: &'a Tensor,
}

impl LatentInput<'_> {
    /// Refuses what does not fit together.
    fn check(&self) -> Result<()> {
        let (b, h, tq, d) = self.q.dims4()?;
        let (latent_b, tk, l) = self.latent.dims3()?;
        let dr = self.q_rotary.dim(D::Minus1)?;
        if self.q_rotary.dims() != [b, h, tq, dr] || self.k_rotary.dims() != [b, tk, dr] || latent_b != b {
            bail!(
                "q {:?}, q_rotary {:?}, latent {:?} and k_rotary {:?} do not fit: (B, H, Tq, D), (B, H, Tq, Dr), (B, Tk, L), (B, Tk, Dr)",
                self.q.shape(),
                self.q_rotary.shape(),
                self.latent.shape(),
                self.k_rotary.shape()
            );
        }
        let (value_h, _, value_l) = self.up_value.dims3()?;
        if self.up_key.dims() != [h, d, l] || (value_h, value_l) != (h, l) {
            bail!(
                "up_key {:?} and up_value {:?} do not fit {h} heads of {d} and a latent of {l}: (H, D, L) and (H, Dv, L)",
                self.up_key.shape(),
                self.up_value.shape()
            );
        }
        Ok(())
    }
}

/// Attention over keys and values that are made again from the latents.
///
/// # Shapes
/// As in [`LatentInput`]; `mask` as in [`attention_weights`] → `(B, H, Tq, Dv)`.
///
/// # Errors
/// When the shapes do not fit.
pub fn expanded(input: &LatentInput<'_>, mask: Option<&Tensor>) -> Result<Tensor> {
    input.check()?;
    todo!("every head's keys and values from the latents, then attention on the joined parts of queries and keys")
}

/// The same without a key or a value: the queries are brought into the space of the latents, and the contexts out of it.
/// Keys and values may even be too large for the type, as none is ever made.
///
/// # Shapes
/// As in [`LatentInput`]; `mask` as in [`attention_weights`] → `(B, H, Tq, Dv)`.
///
/// # Errors
/// When the shapes do not fit.
pub fn absorbed(input: &LatentInput<'_>, mask: Option<&Tensor>) -> Result<Tensor> {
    input.check()?;
    todo!("what `expanded` gives, with attention over the latents themselves")
}
