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

// ANCHOR: expanded
/// Attention over keys and values that are made again from the latents.
///
/// # Shapes
/// As in [`LatentInput`]; `mask` as in [`attention_weights`] → `(B, H, Tq, Dv)`.
///
/// # Errors
/// When the shapes do not fit.
pub fn expanded(input: &LatentInput<'_>, mask: Option<&Tensor>) -> Result<Tensor> {
    input.check()?;
    // SOLUTION: every head's keys and values from the latents, then attention on the joined parts of queries and keys
    let latent = input.latent.unsqueeze(1)?; // (B, Tk, L) -> (B, 1, Tk, L)
    let k = latent.broadcast_matmul(&input.up_key.t()?)?; // (B, 1, Tk, L) x (H, L, D) -> (B, H, Tk, D)
    let v = latent.broadcast_matmul(&input.up_value.t()?)?; // (B, 1, Tk, L) x (H, L, Dv) -> (B, H, Tk, Dv)
    let (b, h, tk, _) = k.dims4()?;
    let k_rotary = input.k_rotary.unsqueeze(1)?; // (B, Tk, Dr) -> (B, 1, Tk, Dr)
    let k_rotary = k_rotary.broadcast_as((b, h, tk, k_rotary.dim(D::Minus1)?))?; // one for all heads
    let q = Tensor::cat(&[input.q, input.q_rotary], D::Minus1)?; // (B, H, Tq, D + Dr)
    let k = Tensor::cat(&[k, k_rotary.contiguous()?], D::Minus1)?; // (B, H, Tk, D + Dr)
    attention(&q, &k, &v, mask) // scaled by the root of D + Dr
    // END
}
// ANCHOR_END: expanded

// ANCHOR: absorbed
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
    // SOLUTION: what `expanded` gives, with attention over the latents themselves
    let (b, h, tq, d) = input.q.dims4()?;
    let (_, tk, l) = input.latent.dims3()?;
    let dr = input.q_rotary.dim(D::Minus1)?;
    // (q W) c = q (W c): the matrix that would make the keys acts on the queries.
    let q = input.q.contiguous()?.broadcast_matmul(input.up_key)?; // (B, H, Tq, D) x (H, D, L) -> (B, H, Tq, L)
    let q = Tensor::cat(&[&q, input.q_rotary], D::Minus1)?; // (B, H, Tq, L + Dr)
    // All heads read the same keys, so heads and queries can be one dimension, and nothing is copied for the heads.
    let q = q.reshape((b, h * tq, l + dr))?; // (B, H, Tq, L + Dr) -> (B, H Tq, L + Dr)
    let mask = mask.map(|mask| mask.broadcast_as((b, h, tq, tk))?.reshape((b, h * tq, tk))).transpose()?;
    let keys = Tensor::cat(&[input.latent, input.k_rotary], D::Minus1)?; // (B, Tk, L + Dr): the cache as it is
    // `attention_weights` divides by the root of L + Dr; the root is still that of D + Dr.
    let scale = ((l + dr) as f64 / (d + dr) as f64).sqrt();
    let weights = attention_weights(&(q * scale)?, &keys, mask.as_ref())?; // (B, H Tq, Tk)
    let context = weights.matmul(&input.latent.contiguous()?)?; // (B, H Tq, Tk) x (B, Tk, L) -> (B, H Tq, L)
    let context = context.reshape((b, h, tq, l))?; // (B, H Tq, L) -> (B, H, Tq, L)
    context.broadcast_matmul(&input.up_value.t()?) // (B, H, Tq, L) x (H, L, Dv) -> (B, H, Tq, Dv)
    // END
}
// ANCHOR_END: absorbed
