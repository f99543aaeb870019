//! All pairs above a similarity, exactly, without comparing all pairs: what approximate answers are measured against.
//!
//! Chaudhuri, Ganti & Kaushik (2006), "A Primitive Operator for Similarity Joins", §3 (prefixes); Bayardo, Ma & Srikant
//! (2007), "Scaling Up All Pairs Similarity Search", §4 (sizes); Xiao et al. (2008), "Efficient Similarity Joins for
//! Near Duplicate Detection", §3 (positions).
//!
//! Two sets with $J \ge t$ have at least $\alpha = \lceil \frac{t}{1 + t} (|A| + |B|) \rceil$ elements in common. Put the
//! elements of every set in one order, the rarest first. Then the first $|A| - \lceil t|A| \rceil + 1$ elements of both
//! cannot be without a common one. So it is enough to look up these few, rare elements in an index.

use std::collections::HashMap;

use crate::shingles::shingles;

/// For each text the numbers of its shingles, sorted: the rarer a shingle, the smaller its number; equally rare ones in the
/// order of their signs. Two shingles have one number only if they are the same.
pub fn numbered<T: AsRef<str>>(texts: &[T], k: usize) -> Vec<Vec<u32>> {
    let sets: Vec<Vec<String>> = texts.iter().map(|text| shingles(text.as_ref(), k)).collect();
    let mut counts: HashMap<&str, u32> = HashMap::new();
    for shingle in sets.iter().flatten() {
        *counts.entry(shingle).or_default() += 1;
    }
    let mut order: Vec<(&str, u32)> = counts.into_iter().collect();
    order.sort_unstable_by_key(|(shingle, count)| (*count, *shingle));
    let numbers: HashMap<&str, u32> = order.iter().enumerate().map(|(i, (shingle, _))| (*shingle, i as u32)).collect();
    let number = |shingle: &String| numbers.get(shingle.as_str()).copied().unwrap_or_default();
    let sorted = |set: &Vec<String>| {
        let mut set: Vec<u32> = set.iter().map(number).collect();
        set.sort_unstable();
        set
    };
    sets.iter().map(sorted).collect()
}

/// The pairs `(i, j)`, `i < j`, sorted, with a Jaccard similarity of at least `threshold`, which is above 0; and the
/// similarity of each. Of an empty set there is none.
///
/// `sets` are as [`numbered`] gives them.
pub fn similar_pairs(sets: &[Vec<u32>], threshold: f64) -> Vec<(usize, usize, f64)> {
    let mut by_size: Vec<usize> = (0..sets.len()).filter(|i| !sets[*i].is_empty()).collect();
    by_size.sort_by_key(|i| (sets[*i].len(), *i));
    // For each element: the sets that have it in their prefix, smallest first, and where.
    let mut index: HashMap<u32, Vec<(u32, u32)>> = HashMap::new();
    let (mut pairs, mut common) = (vec![], vec![0_u32; sets.len()]);
    for x in by_size {
        let (set, size) = (&sets[x], sets[x].len());
        let smallest = least(threshold * size as f64);
        let prefix = size - smallest + 1;
        let mut met: Vec<usize> = vec![];
        for (i, element) in set[..prefix].iter().enumerate() {
            let entries = index.entry(*element).or_default();
            // A set that is too small for this one is too small for all that follow.
            let too_small = entries.partition_point(|(y, _)| sets[*y as usize].len() < smallest);
            entries.drain(..too_small);
            for (y, j) in entries.iter() {
                let (y, j) = (*y as usize, *j as usize);
                let needed = least(threshold / (1.0 + threshold) * (size + sets[y].len()) as f64);
                // What can still be common: this one, those before it, and all behind it in the shorter rest.
                let most = common[y] as usize + 1 + (size - i - 1).min(sets[y].len() - j - 1);
                if common[y] == 0 {
                    met.push(y);
                }
                // A set that cannot reach it is not counted on: its place says so.
                common[y] = if most < needed { u32::MAX / 2 } else { common[y] + 1 };
            }
            entries.push((x as u32, i as u32));
        }
        for y in met {
            if std::mem::take(&mut common[y]) < u32::MAX / 2 {
                let similarity = crate::dedup::jaccard_of_hashes(set, &sets[y]);
                if similarity >= threshold {
                    pairs.push((x.min(y), x.max(y), similarity));
                }
            }
        }
    }
    pairs.sort_unstable_by_key(|(i, j, _)| (*i, *j));
    pairs
}

/// The smallest whole number that is not below `x`, at least 1; where rounding may have put `x` above a whole number, that.
fn least(x: f64) -> usize {
    ((x - 1e-9).ceil() as usize).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::copies::{copy, texts};
    use crate::shingles::jaccard;
    use crate::sketch::SplitMix64;

    #[test]
    fn all_pairs_are_found_and_no_other() {
        let mut numbers = SplitMix64::seed(11);
        let mut all = texts(120, 4);
        for i in 0..120 {
            all.push(copy(&all[i], 1 + i % 7, &mut numbers));
        }
        all.extend(["", "", "가", "가나", "가나다라마바사", "가나다라마바사"].map(String::from));
        for k in [2, 5] {
            let sets: Vec<Vec<String>> = all.iter().map(|text| shingles(text, k)).collect();
            for threshold in [0.2, 0.5, 0.7, 0.9, 1.0] {
                let mut expected = vec![];
                for j in 0..sets.len() {
                    for i in 0..j {
                        let similarity = jaccard(&sets[i], &sets[j]);
                        if similarity >= threshold && !sets[i].is_empty() {
                            expected.push((i, j, similarity));
                        }
                    }
                }
                expected.sort_by_key(|(i, j, _)| (*i, *j));
                assert!(!expected.is_empty(), "k = {k}, {threshold}: {}", expected.len());
                assert_eq!(similar_pairs(&numbered(&all, k), threshold), expected, "k = {k}, {threshold}");
            }
        }
    }

    /// Sets of sizes for which t |A| is a whole number, which rounding must not miss.
    #[test]
    fn a_similarity_that_is_just_reached_counts() {
        for (common, each) in [(7, 3), (3, 1), (9, 1), (1, 1), (2, 1), (60, 20)] {
            // A has `common` elements, B has them and `each` more.
            let a: Vec<u32> = (100..100 + common).collect();
            let b: Vec<u32> = (100..100 + common + each).collect();
            let threshold = f64::from(common) / f64::from(common + each);
            assert_eq!(similar_pairs(&[b, a], threshold), [(0, 1, threshold)], "{common} {each}");
        }
    }
}
