//! Online softmax: an average weighted by softmax, in one pass, keeping three things whatever the number of keys.
//!
//! Milakov & Gimelshein (2018), "Online normalizer calculation for softmax", §3, algorithm 3; with the weighted average:
//! Rabe & Staats (2021), "Self-attention Does Not Need O(n²) Memory", §2 and §3.
//!
//! | paper | here | shape |
//! |---|---|---|
//! | $m$, the largest score so far | `largest` | a number |
//! | $d$, the sum of $e^{s_j - m}$ so far; $\ell$ on the page and in later papers | `total` | a number |
//! | $\sum_j e^{s_j - m} v_j$ so far | `sum` | `(Dv,)` |

/// What is known of a query after some of its keys.
#[derive(Debug, Clone, PartialEq)]
pub struct Running {
    /// The largest score so far; $-\infty$ before the first.
    pub largest: f32,
    /// The sum of the exponentials of the scores, each less `largest`.
    pub total: f32,
    /// The values, each times that exponential, added up. `(Dv,)`
    pub sum: Vec<f32>,
}

impl Running {
    /// Before the first key.
    pub fn new(width: usize) -> Self {
        Self { largest: f32::NEG_INFINITY, total: 0.0, sum: vec![0.0; width] }
    }
}

/// Takes one more key into account: its score and its value.
///
/// # Shapes
/// `value`: `(Dv,)`, as long as `running.sum`. A score of $-\infty$ is a blocked key and changes nothing.
pub fn add(running: &mut Running, score: f32, value: &[f32]) {
    todo!("the same three things as if all keys so far, and this one, had been looked at together")
}

/// Joins what two workers know of the same query, each from its own keys.
pub fn merge(a: &Running, b: &Running) -> Running {
    todo!("what one worker would know who had seen the keys of both")
}

/// The context: the average of the values, weighted by the softmax of the scores. Zeros where no key was looked at.
///
/// # Shapes
/// → `(Dv,)`
pub fn finish(running: &Running) -> Vec<f32> {
    todo!("the weighted average of all values so far")
}
