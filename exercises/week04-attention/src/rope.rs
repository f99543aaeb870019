//! Rotary positions (RoPE): queries and keys are turned by an angle that grows with their position, so that a score depends
//! on how far apart two tokens are.
//!
//! Su et al. (2021), "RoFormer", §3.2.2 and §3.4.2.
//!
//! | paper | here | shape |
//! |---|---|---|
//! | $x_m$, a query or key at position $m$ | `x` | `(.., T, D)` |
//! | $d$ | the head size `D`, even | |
//! | $\theta_i = 10000^{-2(i-1)/d}$, with $i$ from 1 | frequency `i` from 0: `base.powf(-2 i / D)` | `(D / 2,)` |
//! | $m \theta_i$ | `angle` | `(T, D / 2)` |
//! | $\cos m\theta_i$, $\sin m\theta_i$ | `cos`, `sin` | `(T, D / 2)` |
//!
//! Which two elements turn together is a matter of layout, and a model trained with one is noise in the other; see [`Layout`].

use candle_core::{D, Device, Result, Tensor, bail};

/// Which elements of a head make a pair that turns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// Neighbours: elements `2i` and `2i + 1`. The paper, Meta's own Llama, llama2.c, GPT-J, DeepSeek.
    Interleaved,
    /// One from each half: elements `i` and `i + D / 2`. GPT-NeoX, and Llama as transformers stores it.
    HalfSplit,
}

/// The cosine and the sine of each position's angle at each frequency.
///
/// # Shapes
/// Positions `start..start + t` → two tensors `(T, D / 2)`, `f32`.
///
/// # Errors
/// When the head size is odd, or there are more positions than can be counted or angles than memory can hold.
pub fn angles(start: usize, t: usize, d: usize, base: f64, device: &Device) -> Result<(Tensor, Tensor)> {
    if !d.is_multiple_of(2) {
        bail!("a head size of {d} is odd: rotary positions turn pairs of elements");
    }
    if start.checked_add(t).is_none() || t.checked_mul(d).and_then(|n| n.checked_mul(8)).is_none() {
        bail!("{t} positions of {d} numbers from {start} on are more than a computer can count");
    }
    todo!("the cosines and the sines of position times frequency")
}

/// Turns each pair of a query or key by the angle of its position: $(a, b) \to (a \cos - b \sin,\ a \sin + b \cos)$.
///
/// # Shapes
/// `x`: `(.., T, D)`, at the positions from `start` on → `(.., T, D)`.
///
/// # Errors
/// When `x` has fewer than two dimensions, or the head size is odd.
pub fn rope(x: &Tensor, start: usize, base: f64, layout: Layout) -> Result<Tensor> {
    if x.rank() < 2 {
        bail!("{:?} has no tokens to turn: queries and keys are (.., T, D)", x.shape());
    }
    let (t, d) = (x.dim(D::Minus2)?, x.dim(D::Minus1)?);
    let (cos, sin) = angles(start, t, d, base, x.device())?; // (T, D / 2)
    todo!("every pair turned by the angle of its token's position")
}
