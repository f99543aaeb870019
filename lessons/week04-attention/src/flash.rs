//! Flash attention: exact attention, tile by tile, without ever holding the table of scores.
//!
//! Dao et al. (2022), "FlashAttention", §3.1, algorithm 1, and appendix B.4, algorithm 4, for the way back; queries in the outer loop and
//! one division at the end: Dao (2023), "FlashAttention-2", §3.1.1, algorithm 1.
//!
//! | paper | here | shape |
//! |---|---|---|
//! | $N$, the length | `Tq` queries, `Tk` keys | |
//! | $B_r$, $B_c$, the sides of a tile | `tile`, the same for both | |
//! | $Q_i$, a block of queries | `q_tile` | `(.., Mq, D)`, `Mq <= tile` |
//! | $K_j$, $V_j$, a block of keys and values | `k_tile`, `v_tile` | `(.., Mk, D)`, `(.., Mk, Dv)`, `Mk <= tile` |
//! | $S_{ij}$, $P_{ij}$ | `scores`, `weights` | `(.., Mq, Mk)` |
//! | $L_i = m_i + \log \ell_i$ | `logsumexp` | `(.., Tq)` |
//! | $O$ | `context` | `(.., Tq, Dv)` |
//! | $dO$, $dQ$, $dK$, $dV$ | `upstream`, `dq`, `dk`, `dv` | as `context`, `q`, `k`, `v` |
//! | $D_i = \mathrm{rowsum}(dO_i \circ O_i)$ | `row_sums` | `(.., Tq, 1)` |
//!
//! Differs from the paper: no dropout, no kernel. What the paper keeps in the fast memory of a GPU are small tensors here;
//! the steps and the results are the same. 16-bit numbers are added up in `f32`. Nothing here grows a graph of
//! operations: the gradients come from [`backward`].

use std::ops::Range;

use crate::flash_tile::{RunningTile, add_tile, finish_tile};
use crate::online_softmax::{Running, add, finish};
use candle_core::{D, Result, Tensor, bail};

use crate::borrowed::sum_type;
use crate::naive::dot;

// ANCHOR: one_query
/// Attention of one query, key by key: no list of scores and no list of weights.
///
/// # Shapes
/// `q`: `(D,)`, `k`: `(Tk, D)`, `v`: `(Tk, Dv)` → `(Dv,)`.
pub fn one_query(q: &[f32], k: &[Vec<f32>], v: &[Vec<f32>]) -> Vec<f32> {
    let root = (q.len() as f32).sqrt();
    let mut running = Running::new(v.first().map_or(0, Vec::len));
    for (key, value) in k.iter().zip(v) {
        add(&mut running, dot(q, key) / root, value);
    }
    finish(&running)
}
// ANCHOR_END: one_query

// ANCHOR: sees
/// What the queries of a tile may see of its keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sees {
    /// Nothing: every key lies in the future of every query. The tile is skipped.
    Nothing,
    /// Some queries see some keys: the tile needs a mask.
    Part,
    /// Every query sees every key.
    All,
}

/// What a tile of queries sees of a tile of keys under a causal mask. `past` keys stand before the first query.
pub fn sees(queries: &Range<usize>, keys: &Range<usize>, past: usize) -> Sees {
    if queries.is_empty() || keys.is_empty() {
        return Sees::Nothing;
    }
    let (first, last) = (past + queries.start, past + queries.end - 1); // the positions of the queries
    if keys.start > last {
        Sees::Nothing
    } else if keys.end - 1 > first {
        Sees::Part
    } else {
        Sees::All
    }
}
// ANCHOR_END: sees

/// `0..length` in pieces of `tile`, the last one perhaps shorter.
pub fn tiles(length: usize, tile: usize) -> Vec<Range<usize>> {
    (0..length).step_by(tile.max(1)).map(|start| start..(start + tile.max(1)).min(length)).collect()
}

// ANCHOR: forward
/// The context, and of each query the logarithm of the sum of the exponentials of its scores, which [`backward`] needs.
///
/// # Shapes
/// `q`: `(.., Tq, D)`, `k`: `(.., Tk, D)`, `v`: `(.., Tk, Dv)` → `(.., Tq, Dv)` and `(.., Tq)`, the
/// second never less than `f32`. With `causal`, the last query stands at the last key.
///
/// # Errors
/// When the shapes do not fit, `tile` is 0, or with `causal` there are more queries than keys.
pub fn forward(q: &Tensor, k: &Tensor, v: &Tensor, causal: bool, tile: usize) -> Result<(Tensor, Tensor)> {
    let past = check(q, k, v, causal, tile)?;
    let (q, k, v) = (q.detach(), k.detach(), v.detach());
    let leading = &q.dims()[..q.rank() - 2];
    let (mut contexts, mut logsumexps) = (vec![], vec![]);
    for queries in tiles(q.dim(D::Minus2)?, tile) {
        let q_tile = rows(&q, &queries)?; // (.., Mq, D)
        let shape = [leading, &[queries.len()]].concat();
        let mut running = RunningTile::new(&shape, v.dim(D::Minus1)?, q.dtype(), q.device())?;
        for keys in tiles(k.dim(D::Minus2)?, tile) {
            let mask = match sees(&queries, &keys, past) {
                Sees::Nothing => break, // the tiles after it lie still further in the future
                Sees::Part => Some(causal_tile(&queries, &keys, past, q.device())?),
                Sees::All => None,
            };
            running = add_tile(&running, &q_tile, &rows(&k, &keys)?, &rows(&v, &keys)?, mask.as_ref())?;
        }
        contexts.push(finish_tile(&running)?.to_dtype(q.dtype())?); // (.., Mq, Dv)
        logsumexps.push((&running.largest + running.total.log()?)?.squeeze(D::Minus1)?); // (.., Mq, 1) -> (.., Mq)
    }
    Ok((Tensor::cat(&contexts, D::Minus2)?, Tensor::cat(&logsumexps, D::Minus1)?))
}
// ANCHOR_END: forward

// ANCHOR: backward
/// The gradients of `q`, `k` and `v`, from the one that arrives at the context. Each tile of weights is computed again.
///
/// # Shapes
/// `context`, `upstream`: `(.., Tq, Dv)`, `logsumexp`: `(.., Tq)` → the shapes of `q`, `k` and `v`.
///
/// # Errors
/// As [`forward`].
#[allow(clippy::too_many_arguments)] // the inputs of the paper's algorithm 4
pub fn backward(
    q: &Tensor,
    k: &Tensor,
    v: &Tensor,
    context: &Tensor,
    logsumexp: &Tensor,
    upstream: &Tensor,
    causal: bool,
    tile: usize,
) -> Result<(Tensor, Tensor, Tensor)> {
    let past = check(q, k, v, causal, tile)?;
    let (q, k, v, context) = (q.detach(), k.detach(), v.detach(), context.detach());
    let (logsumexp, upstream) = (logsumexp.detach().unsqueeze(D::Minus1)?, upstream.detach()); // (.., Tq) -> (.., Tq, 1)
    let scale = 1.0 / (q.dim(D::Minus1)? as f64).sqrt();
    let sums = sum_type(q.dtype());
    let row_sums = (upstream.to_dtype(sums)? * context.to_dtype(sums)?)?.sum_keepdim(D::Minus1)?; // (.., Tq, Dv) -> (.., Tq, 1)

    let query_tiles = tiles(q.dim(D::Minus2)?, tile);
    let mut dq_tiles =
        query_tiles.iter().map(|queries| rows(&q, queries)?.zeros_like()).collect::<Result<Vec<Tensor>>>()?;
    let (mut dk_tiles, mut dv_tiles) = (vec![], vec![]);
    for keys in tiles(k.dim(D::Minus2)?, tile) {
        let (k_tile, v_tile) = (rows(&k, &keys)?, rows(&v, &keys)?); // (.., Mk, D), (.., Mk, Dv)
        let (mut dk, mut dv) = (k_tile.zeros_like()?, v_tile.zeros_like()?);
        for (queries, dq) in query_tiles.iter().zip(&mut dq_tiles) {
            let seen = sees(queries, &keys, past);
            if seen == Sees::Nothing {
                continue;
            }
            let (q_tile, upstream) = (rows(&q, queries)?, rows(&upstream, queries)?); // (.., Mq, D), (.., Mq, Dv)
            let scores = (q_tile.matmul(&k_tile.t()?)? * scale)?; // (.., Mq, D) x (.., D, Mk) -> (.., Mq, Mk)
            // No sum is needed: the exponential of a score less the logsumexp is the weight itself.
            let mut weights = scores.broadcast_sub(&rows(&logsumexp, queries)?)?.exp()?; // (.., Mq, Mk)
            if seen == Sees::Part {
                let mask = causal_tile(queries, &keys, past, q.device())?;
                // The exponential of a blocked score may be infinite: it is replaced, not multiplied by 0.
                weights = mask.broadcast_as(weights.shape())?.where_cond(&weights, &weights.zeros_like()?)?;
            }
            dv = (dv + weights.t()?.matmul(&upstream)?)?; // (.., Mk, Mq) x (.., Mq, Dv) -> (.., Mk, Dv)
            let d_weights = upstream.matmul(&v_tile.t()?)?; // (.., Mq, Dv) x (.., Dv, Mk) -> (.., Mq, Mk)
            let d_scores = ((weights * d_weights.broadcast_sub(&rows(&row_sums, queries)?)?)? * scale)?; // (.., Mq, Mk)
            *dq = (&*dq + d_scores.matmul(&k_tile)?)?; // (.., Mq, Mk) x (.., Mk, D) -> (.., Mq, D)
            dk = (dk + d_scores.t()?.matmul(&q_tile)?)?; // (.., Mk, Mq) x (.., Mq, D) -> (.., Mk, D)
        }
        dk_tiles.push(dk);
        dv_tiles.push(dv);
    }
    let joined = |tiles: &[Tensor]| Tensor::cat(tiles, D::Minus2)?.to_dtype(q.dtype());
    Ok((joined(&dq_tiles)?, joined(&dk_tiles)?, joined(&dv_tiles)?))
}
// ANCHOR_END: backward

/// Some of the rows: `(.., T, D)` -> `(.., rows, D)`, in memory of their own, as matrix products want them, and in
/// the type that sums want.
fn rows(x: &Tensor, range: &Range<usize>) -> Result<Tensor> {
    x.narrow(D::Minus2, range.start, range.len())?.to_dtype(sum_type(x.dtype()))?.contiguous()
}

/// The part of a causal mask that belongs to a tile: `(Mq, Mk)`, of type `u8`, 1 where a query may look.
fn causal_tile(
    queries: &Range<usize>,
    keys: &Range<usize>,
    past: usize,
    device: &candle_core::Device,
) -> Result<Tensor> {
    let allowed: Vec<u8> = queries.clone().flat_map(|i| keys.clone().map(move |j| u8::from(j <= past + i))).collect();
    Tensor::from_vec(allowed, (queries.len(), keys.len()), device)
}

/// Refuses what cannot be cut into tiles. Gives how many keys stand before the first query: all, where nothing is blocked.
fn check(q: &Tensor, k: &Tensor, v: &Tensor, causal: bool, tile: usize) -> Result<usize> {
    let rank = q.rank();
    let fits = rank >= 2
        && k.rank() == rank
        && v.rank() == rank
        && q.dims()[..rank - 2] == k.dims()[..rank - 2]
        && k.dims()[..rank - 1] == v.dims()[..rank - 1]
        && q.dim(D::Minus1)? == k.dim(D::Minus1)?;
    if !fits {
        bail!(
            "the queries {:?}, keys {:?} and values {:?} do not fit: (.., Tq, D), (.., Tk, D), (.., Tk, Dv)",
            q.shape(),
            k.shape(),
            v.shape()
        );
    }
    let (queries, keys) = (q.dim(D::Minus2)?, k.dim(D::Minus2)?);
    if queries == 0 || keys == 0 || tile == 0 {
        bail!("{queries} queries and {keys} keys in tiles of {tile}: there must be at least one of each");
    }
    if !causal {
        return Ok(keys);
    }
    match keys.checked_sub(queries) {
        Some(past) => Ok(past),
        None => bail!("{queries} queries do not fit {keys} keys: the queries are the last of the keys' positions"),
    }
}
