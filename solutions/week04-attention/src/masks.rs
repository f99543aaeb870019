//! Masks: which query may look at which key.
//!
//! Vaswani et al. (2017), §3.2.3 (causal); Jiang et al. (2023), "Mistral 7B", §2 (sliding window).
//!
//! | paper | here | shape |
//! |---|---|---|
//! | positions $i$ of the queries | rows | `Tq` |
//! | positions $j$ of the keys | columns | `Tk` |
//! | scores set to $-\infty$ where $i$ may not look at $j$ | `mask`: 0 there, 1 where $i$ may look | `(.., Tq, Tk)` |
//!
//! A mask here is a `u8` tensor that *keeps* where it is 1, like the boolean mask of PyTorch's
//! `scaled_dot_product_attention`. `nn.MultiheadAttention` means the opposite: its `True` *blocks*.
//!
//! Where there are more keys than queries, as when a model goes on with a text that it has read, the queries are the
//! *last* ones: the last query stands at the last key.

use candle_core::{Device, Result, Tensor, bail};

// ANCHOR: causal
/// A query may look at its own position and at those before it.
///
/// # Shapes
/// → `(Tq, Tk)`, of type `u8`; the last query stands at the last key.
///
/// # Errors
/// When there are more queries than keys.
///
/// ```
/// use candle_core::Device;
/// use sol04_attention::masks::causal;
/// // Two new words after one that was read before.
/// assert_eq!(causal(2, 3, &Device::Cpu)?.to_vec2::<u8>()?, [[1, 1, 0], [1, 1, 1]]);
/// # Ok::<(), candle_core::Error>(())
/// ```
pub fn causal(queries: usize, keys: usize, device: &Device) -> Result<Tensor> {
    check_queries_are_the_last(queries, keys)?;
    // SOLUTION: 1 where the query may look: at its own position and at all before it
    sliding_window(queries, keys, keys.max(1), device)
    // END
}
// ANCHOR_END: causal

// ANCHOR: sliding_window
/// A query may look at its own position and at the `window - 1` before it.
///
/// # Shapes
/// → `(Tq, Tk)`, of type `u8`; the last query stands at the last key.
///
/// # Errors
/// When there are more queries than keys, or the window is 0.
pub fn sliding_window(queries: usize, keys: usize, window: usize, device: &Device) -> Result<Tensor> {
    check_queries_are_the_last(queries, keys)?;
    if window == 0 {
        bail!("a window of 0 keys hides everything from every query: give at least 1");
    }
    // SOLUTION: 1 where the query may look: at its own position and at the window - 1 positions before it
    let past = keys - queries; // read before the first query
    let allowed: Vec<u8> =
        (past..keys).flat_map(|i| (0..keys).map(move |j| u8::from(j <= i && i - j < window))).collect();
    Tensor::from_vec(allowed, (queries, keys), device)
    // END
}
// ANCHOR_END: sliding_window

// ANCHOR: padding
/// In a batch of texts that were filled up on the right to one length, nobody may look at the filling.
///
/// # Shapes
/// `lengths`: the `B` true lengths, each at most `longest` → `(B, 1, 1, longest)`, of type `u8`, which broadcasts over the
/// heads and the queries.
///
/// # Errors
/// When a text is longer than `longest`.
pub fn padding(lengths: &[usize], longest: usize, device: &Device) -> Result<Tensor> {
    if let Some(length) = lengths.iter().find(|length| **length > longest) {
        bail!("a text of {length} tokens does not fit into {longest}: the longest text of a batch gives the length");
    }
    // SOLUTION: 1 for the tokens of each text, 0 for what fills it up
    let real: Vec<u8> = lengths.iter().flat_map(|length| (0..longest).map(move |j| u8::from(j < *length))).collect();
    Tensor::from_vec(real, (lengths.len(), 1, 1, longest), device)
    // END
}
// ANCHOR_END: padding

/// Refuses more queries than keys: the first would stand before the first key.
fn check_queries_are_the_last(queries: usize, keys: usize) -> Result<()> {
    if queries > keys {
        bail!("{queries} queries do not fit {keys} keys: the queries are the last of the keys' positions");
    }
    Ok(())
}
