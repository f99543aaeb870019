//! Mixing sources: how often each is drawn (Conneau et al., 2020, §3.1).
//!
//! | paper | here |
//! |---|---|
//! | $n_i$: the size of a source | `sizes` |
//! | $\alpha$: 1 draws by size, 0 draws all alike | `alpha` |
//! | $q_i$ | the result |

/// The share of each source, in proportion to its size to the power `alpha`.
///
/// $$ q_i = \frac{n_i^\alpha}{\sum_j n_j^\alpha} $$
///
/// A source without text has the share 0, whatever `alpha`. Where no source has any, all shares are 0. `alpha` is not
/// negative.
///
/// ```
/// use ex02_data::mixture::mixture;
/// assert_eq!(mixture(&[400, 100], 1.0), [0.8, 0.2]);
/// assert_eq!(mixture(&[400, 100], 0.5), [20.0 / 30.0, 10.0 / 30.0]);
/// ```
pub fn mixture(sizes: &[u64], alpha: f64) -> Vec<f64> {
    todo!("the shares, which sum to 1 where any source has text")
}
