//! Sinusoidal positions: a fixed pattern for each place, added to what stands there.
//!
//! Vaswani et al. (2017), §3.5.
//!
//! | paper | here | shape |
//! |---|---|---|
//! | $pos$ | rows | `T` |
//! | $d_{model}$ | `width` | `C` |
//! | $PE(pos, 2i)$, $PE(pos, 2i + 1)$ | columns `2i` and `2i + 1` | `(T, C)` |
//!
//! Sine and cosine take turns, as in the paper. Some programs put all sines first and all cosines after them.

use candle_core::{Device, Result, Tensor, bail};

// ANCHOR: sinusoidal
/// $PE(p, 2i) = \sin(p / 10000^{2i/C})$ and $PE(p, 2i + 1) = \cos(p / 10000^{2i/C})$.
///
/// # Shapes
/// → `(T, C)`, `f32`, one row for each position from 0 on.
///
/// # Errors
/// When the width is odd: each frequency takes two columns. When the table is larger than any memory.
pub fn sinusoidal(positions: usize, width: usize, device: &Device) -> Result<Tensor> {
    if !width.is_multiple_of(2) {
        bail!("a width of {width} is odd: each frequency takes two columns, a sine and a cosine");
    }
    if positions.checked_mul(width).and_then(|n| n.checked_mul(8)).is_none() {
        bail!("a table of {positions} positions and a width of {width} is larger than any memory");
    }
    // SOLUTION: for each position, the sine and the cosine of its angle at each frequency
    let mut table = Vec::with_capacity(positions * width);
    for position in 0..positions {
        for i in 0..width / 2 {
            // In f64: at position 100,000 an f32 angle is wrong in its third decimal.
            let angle = position as f64 / 10_000_f64.powf(2.0 * i as f64 / width as f64);
            table.extend([angle.sin() as f32, angle.cos() as f32]);
        }
    }
    Tensor::from_vec(table, (positions, width), device)
    // END
}
// ANCHOR_END: sinusoidal
