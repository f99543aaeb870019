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

// ANCHOR: layout
/// Which elements of a head make a pair that turns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// Neighbours: elements `2i` and `2i + 1`. The paper, Meta's own Llama, llama2.c, GPT-J, DeepSeek.
    Interleaved,
    /// One from each half: elements `i` and `i + D / 2`. GPT-NeoX, and Llama as transformers stores it.
    HalfSplit,
}
// ANCHOR_END: layout

// ANCHOR: angles
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
    // SOLUTION: the cosines and the sines of position times frequency
    // In f64: at position 100,000 an f32 angle is wrong in its third decimal.
    let angles: Vec<f64> = (start..start + t)
        .flat_map(|position| (0..d / 2).map(move |i| position as f64 * base.powf(-2.0 * i as f64 / d as f64)))
        .collect();
    let table = |f: fn(f64) -> f64| {
        Tensor::from_vec(angles.iter().map(|angle| f(*angle) as f32).collect::<Vec<f32>>(), (t, d / 2), device)
    };
    Ok((table(f64::cos)?, table(f64::sin)?))
    // END
}
// ANCHOR_END: angles

// ANCHOR: rope
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
    // SOLUTION: every pair turned by the angle of its token's position
    let (cos, sin) = (cos.to_dtype(x.dtype())?, sin.to_dtype(x.dtype())?);
    let leading = &x.dims()[..x.rank() - 2];
    let (pairs, at) = match layout {
        Layout::Interleaved => (x.reshape([leading, &[t, d / 2, 2]].concat())?, D::Minus1), // (.., T, D / 2, 2)
        Layout::HalfSplit => (x.reshape([leading, &[t, 2, d / 2]].concat())?, D::Minus2),   // (.., T, 2, D / 2)
    };
    let (a, b) = (pairs.narrow(at, 0, 1)?.squeeze(at)?, pairs.narrow(at, 1, 1)?.squeeze(at)?); // (.., T, D / 2)
    let turned_a = (a.broadcast_mul(&cos)? - b.broadcast_mul(&sin)?)?;
    let turned_b = (a.broadcast_mul(&sin)? + b.broadcast_mul(&cos)?)?;
    let rank = x.rank(); // where the pair stands once the two are stacked again
    let stacked = match layout {
        Layout::Interleaved => Tensor::stack(&[turned_a, turned_b], rank)?, // (.., T, D / 2, 2)
        Layout::HalfSplit => Tensor::stack(&[turned_a, turned_b], rank - 1)?, // (.., T, 2, D / 2)
    };
    stacked.reshape(x.shape()) // (.., T, D)
    // END
}
// ANCHOR_END: rope
