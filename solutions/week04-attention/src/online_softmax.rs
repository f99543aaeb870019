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

// ANCHOR: running
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
// ANCHOR_END: running

// ANCHOR: add
/// Takes one more key into account: its score and its value.
///
/// # Shapes
/// `value`: `(Dv,)`, as long as `running.sum`. A score of $-\infty$ is a blocked key and changes nothing.
pub fn add(running: &mut Running, score: f32, value: &[f32]) {
    // SOLUTION: the same three things as if all keys so far, and this one, had been looked at together
    if score == f32::NEG_INFINITY {
        return; // -inf - (-inf) would be NaN where nothing has come yet
    }
    let largest = running.largest.max(score);
    let shrink = (running.largest - largest).exp(); // what was there was made with another largest score; 0 at the start
    let e = (score - largest).exp();
    running.total = running.total * shrink + e;
    for (sum, x) in running.sum.iter_mut().zip(value) {
        *sum = *sum * shrink + e * x;
    }
    running.largest = largest;
    // END
}
// ANCHOR_END: add

// ANCHOR: merge
/// Joins what two workers know of the same query, each from its own keys.
pub fn merge(a: &Running, b: &Running) -> Running {
    // SOLUTION: what one worker would know who had seen the keys of both
    let largest = a.largest.max(b.largest);
    if largest == f32::NEG_INFINITY {
        return a.clone(); // neither has seen a key
    }
    let (shrink_a, shrink_b) = ((a.largest - largest).exp(), (b.largest - largest).exp());
    Running {
        largest,
        total: a.total * shrink_a + b.total * shrink_b,
        sum: a.sum.iter().zip(&b.sum).map(|(x, y)| x * shrink_a + y * shrink_b).collect(),
    }
    // END
}
// ANCHOR_END: merge

// ANCHOR: finish
/// The context: the average of the values, weighted by the softmax of the scores. Zeros where no key was looked at.
///
/// # Shapes
/// → `(Dv,)`
pub fn finish(running: &Running) -> Vec<f32> {
    // SOLUTION: the weighted average of all values so far
    let total = if running.total == 0.0 { 1.0 } else { running.total };
    running.sum.iter().map(|sum| sum / total).collect()
    // END
}
// ANCHOR_END: finish
