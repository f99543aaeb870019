//! Locality-sensitive hashing: candidates without comparing all pairs (Leskovec, Rajaraman & Ullman, §3.4).
//!
//! | book | here |
//! |---|---|
//! | $b$ bands of $r$ rows each | `bands`, `rows` |
//! | the probability $1 - (1 - s^r)^b$ that documents of similarity $s$ become candidates | `s_curve(s, b, r)` |

// ANCHOR: candidates
/// The pairs `(i, j)`, `i < j`, sorted, whose signatures agree in all `rows` places of at least one of the `bands`. Places
/// after the last band are not looked at, and a signature with fewer than `bands * rows` places is in no pair.
///
/// ```
/// use sol02_data::lsh::candidates;
/// let signatures = [vec![1, 2, 3, 4], vec![1, 2, 9, 9], vec![9, 9, 3, 4]];
/// assert_eq!(candidates(&signatures, 2, 2), [(0, 1), (0, 2)]);
/// ```
pub fn candidates(signatures: &[Vec<u32>], bands: usize, rows: usize) -> Vec<(usize, usize)> {
    // SOLUTION: every pair that agrees in a whole band, once
    let mut pairs = std::collections::BTreeSet::new();
    for band in 0..bands {
        let mut buckets: std::collections::BTreeMap<&[u32], Vec<usize>> = std::collections::BTreeMap::new();
        for (i, signature) in signatures.iter().enumerate().filter(|(_, s)| s.len() >= bands * rows) {
            buckets.entry(&signature[band * rows..(band + 1) * rows]).or_default().push(i);
        }
        for bucket in buckets.values() {
            for (n, i) in bucket.iter().enumerate() {
                pairs.extend(bucket[n + 1..].iter().map(|j| (*i, *j)));
            }
        }
    }
    pairs.into_iter().collect()
    // END
}
// ANCHOR_END: candidates

// ANCHOR: s_curve
/// The probability that a pair of this similarity becomes a candidate.
///
/// $$ P(s) = 1 - (1 - s^r)^b $$
///
/// ```
/// assert_eq!(sol02_data::lsh::s_curve(0.5, 2, 1), 0.75);
/// ```
pub fn s_curve(similarity: f64, bands: usize, rows: usize) -> f64 {
    // SOLUTION: one minus the probability that no band agrees
    let one_band = similarity.powf(rows as f64);
    1.0 - (1.0 - one_band).powf(bands as f64)
    // END
}
// ANCHOR_END: s_curve

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_comes_once_and_only_for_the_same_band() {
        let signatures = [vec![1, 2, 1, 2], vec![1, 2, 1, 2], vec![2, 1, 1, 1], vec![7, 7, 2, 1]];
        assert_eq!(candidates(&signatures, 2, 2), [(0, 1)]);
        // A single row: the third places of the first three.
        assert_eq!(candidates(&signatures, 3, 1), [(0, 1), (0, 2), (1, 2)]);
        assert!(candidates(&[], 2, 2).is_empty() && candidates(&signatures, 3, 2).is_empty());
    }

    #[test]
    fn the_curve_is_steep_where_it_should_be() {
        assert_eq!((s_curve(0.0, 16, 8), s_curve(1.0, 16, 8)), (0.0, 1.0));
        assert!(s_curve(0.5, 16, 8) < 0.07 && s_curve(0.9, 16, 8) > 0.99);
        assert!((s_curve(0.5, 5, 1) - 31.0 / 32.0).abs() < 1e-12);
    }
}
