//! Bands by sorting: the fast form of the piece [`lsh`](crate::lsh).
//!
//! A hash map of bands takes a vector for each of millions of buckets, most of which hold one document. Here the hashes of a
//! band are sorted together with the numbers of their documents: equal ones then stand side by side, in one list of 16 bytes
//! a document that is used again for the next band.

use rayon::prelude::*;

use crate::sketch::SplitMix64;

/// Signatures of `places` numbers each, one after the other.
#[derive(Debug, Clone, Copy)]
pub struct Signatures<'a> {
    numbers: &'a [u32],
    places: usize,
}

impl<'a> Signatures<'a> {
    /// The signatures in `numbers`; what is left after the last whole one is not looked at.
    pub fn new(numbers: &'a [u32], places: usize) -> Self {
        Self { numbers, places: places.max(1) }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.numbers.len() / self.places
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The signature with this number; empty where there is none.
    pub fn get(&self, document: usize) -> &'a [u32] {
        self.numbers.get(document * self.places..(document + 1) * self.places).unwrap_or_default()
    }

    /// For each document a hash of the band and its number, sorted: documents that agree in the whole band are neighbours.
    /// So are two that do not about once in $2^{64}$ pairs.
    pub fn band(&self, band: usize, rows: usize) -> Vec<(u64, u32)> {
        const CHUNK: usize = 4096;
        let start = band * rows;
        let hash = |signature: &[u32]| {
            let rows = signature.get(start..start + rows).unwrap_or_default();
            rows.iter().fold(0, |hash, number| SplitMix64::seed(hash ^ u64::from(*number)).draw())
        };
        let whole = &self.numbers[..self.len() * self.places];
        let mut keys: Vec<(u64, u32)> = whole
            .par_chunks(CHUNK * self.places)
            .enumerate()
            .flat_map_iter(|(chunk, numbers)| {
                let first = chunk * CHUNK;
                numbers.chunks(self.places).enumerate().map(move |(i, one)| (hash(one), (first + i) as u32))
            })
            .collect();
        keys.par_sort_unstable();
        keys
    }
}

/// The groups of two or more documents that agree in a band, from what [`Signatures::band`] gives.
pub fn buckets(keys: &[(u64, u32)]) -> impl Iterator<Item = &[(u64, u32)]> {
    keys.chunk_by(|a, b| a.0 == b.0).filter(|bucket| bucket.len() > 1)
}

/// The same as [`candidates`](crate::lsh::candidates): the pairs `(i, j)`, `i < j`, sorted, that agree in a whole band.
pub fn candidates(signatures: Signatures<'_>, bands: usize, rows: usize) -> Vec<(u32, u32)> {
    if bands * rows > signatures.places {
        return vec![];
    }
    let mut pairs = vec![];
    for band in 0..bands {
        for bucket in buckets(&signatures.band(band, rows)) {
            for (n, (_, i)) in bucket.iter().enumerate() {
                pairs.extend(bucket[n + 1..].iter().map(|(_, j)| (*i, *j)));
            }
        }
        pairs.par_sort_unstable();
        pairs.dedup();
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lsh;

    #[test]
    fn the_candidates_are_those_of_the_piece() {
        // Numbers of 1 to 3, so that many bands agree.
        let mut numbers = SplitMix64::seed(5);
        for (places, bands, rows) in [(12, 3, 4), (12, 12, 1), (12, 5, 2), (12, 1, 12), (7, 2, 3), (4, 2, 3), (1, 1, 1)]
        {
            let signatures: Vec<Vec<u32>> =
                (0..60).map(|_| (0..places).map(|_| 1 + numbers.below(3) as u32).collect()).collect();
            let fast = candidates(Signatures::new(&signatures.concat(), places), bands, rows);
            let fast: Vec<(usize, usize)> = fast.iter().map(|(i, j)| (*i as usize, *j as usize)).collect();
            assert_eq!(fast, lsh::candidates(&signatures, bands, rows), "{places} {bands} {rows}");
        }
        assert!(candidates(Signatures::new(&[], 4), 2, 2).is_empty());
    }
}
