//! An experiment: which bands find which duplicates?
//!
//! Leskovec, Rajaraman & Ullman, §3.4.3, say how bands and rows are chosen for a threshold; Lee et al. (2022), appendix A,
//! choose them for the web. Here a collection of generated texts and near copies is searched with the learner's own choice, and all of
//! its pairs are compared exactly as well, so that what was missed can be counted.

use serde::{Deserialize, Serialize};
use workshop_base::experiment::{Refused, between, require};
use workshop_base::text::Catalogue;
use workshop_base::tr;

use crate::all_pairs::{numbered, similar_pairs};
use crate::bands::{Signatures, buckets, candidates};
use crate::copies::{copy, texts};
use crate::sketch::{Sketcher, SplitMix64, hash_shingles, permutations};

/// What the learner chooses.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Where the texts, the copies and the permutations start.
    pub seed: u64,
    /// How many texts are made; each has one near copy.
    pub texts: usize,
    /// How often a copy is edited at most; each number of edits from 1 on is as likely.
    pub edits: usize,
    /// Lengths of a shingle, in signs.
    pub shingles: Vec<usize>,
    /// Layouts of a signature: bands, and rows of each.
    pub bands_rows: Vec<(usize, usize)>,
    /// From this Jaccard similarity on a pair counts as a duplicate.
    pub threshold: f64,
}

/// The numbers of a signature at most: with all that is allowed a run takes some seconds, well within the limits of a check.
const MOST_PLACES: usize = 256;

impl Settings {
    /// Whether the experiment can be run.
    ///
    /// # Errors
    /// When a setting is out of its range, before anything is allocated.
    pub fn validate(&self) -> Result<(), Refused> {
        between("texts", self.texts, 100, 500)?;
        between("edits", self.edits, 1, 40)?;
        let shingles = &self.shingles;
        require(
            (1..=3).contains(&shingles.len())
                && shingles.iter().all(|k| (1..=20).contains(k))
                && shingles.windows(2).all(|two| two[0] < two[1]),
            "shingles",
            shingles,
            |text| tr!(text, "1 to 3 whole numbers from 1 to 20, each larger than the one before"),
        )?;
        let fits = |(bands, rows): &(usize, usize)| {
            bands.checked_mul(*rows).is_some_and(|places| (1..=MOST_PLACES).contains(&places))
        };
        let layouts: Vec<[usize; 2]> = self.bands_rows.iter().map(|(bands, rows)| [*bands, *rows]).collect();
        require((1..=6).contains(&layouts.len()) && self.bands_rows.iter().all(fits), "bands_rows", layouts, |text| {
            tr!(
                text,
                "1 to 6 pairs [bands, rows], both at least 1, whose product is at most {most}",
                most = MOST_PLACES
            )
        })?;
        require((0.5..=1.0).contains(&self.threshold), "threshold", self.threshold, |text| {
            tr!(text, "a number from 0.5 to 1")
        })
    }
}

/// Similarities are looked at in classes of this width, from [`LOWEST`] up to 1; the last class holds 1 itself.
const CLASSES: usize = 5;
const LOWEST: f64 = 0.5;

/// What was found with one length of shingles and one layout.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Record {
    /// Signs of a shingle.
    pub shingle: usize,
    /// Bands of the signature.
    pub bands: usize,
    /// Rows of a band.
    pub rows: usize,
    /// Pairs of documents.
    pub pairs: usize,
    /// Pairs that became candidates.
    pub candidates: usize,
    /// Pairs that are duplicates, by exact comparison.
    pub duplicates: usize,
    /// Candidates that are duplicates.
    pub found: usize,
    /// For each class of similarity from 0.5 on: pairs in it, and those of them that became candidates.
    pub classes: [(usize, usize); CLASSES],
}

impl Record {
    /// The share of the duplicates that became candidates; `None` where there are none.
    pub fn recall(&self) -> Option<f64> {
        share(self.found, self.duplicates)
    }

    /// The share of the candidates that are duplicates; `None` where there are none.
    pub fn precision(&self) -> Option<f64> {
        share(self.found, self.candidates)
    }
}

fn share(part: usize, of: usize) -> Option<f64> {
    (of > 0).then(|| part as f64 / of as f64)
}

/// The texts, each followed by its near copy.
pub fn collection(settings: &Settings) -> Vec<String> {
    let mut numbers = SplitMix64::seed(settings.seed ^ 0xc0b1e5); // another stream than that of the texts
    let both = |text: String| {
        let edits = 1 + numbers.below(settings.edits);
        let copy = copy(&text, edits, &mut numbers);
        [text, copy]
    };
    texts(settings.texts, settings.seed).into_iter().flat_map(both).collect()
}

/// Searches the collection with every layout for shingles of one length.
pub fn measure(settings: &Settings, collection: &[String], shingle: usize) -> Vec<Record> {
    let similar = similar_pairs(&numbered(collection, shingle), LOWEST);
    let hashes: Vec<Vec<u32>> = collection
        .iter()
        .map(|text| {
            let mut hashes = vec![];
            hash_shingles(text, shingle, &mut hashes);
            hashes
        })
        .collect();
    let pairs = collection.len() * collection.len().saturating_sub(1) / 2;
    let measured = |(bands, rows): &(usize, usize)| {
        let places = bands * rows;
        let sketcher = Sketcher::new(&permutations(places, settings.seed));
        let mut signatures = vec![0; places * collection.len()];
        for (hashes, signature) in hashes.iter().zip(signatures.chunks_mut(places)) {
            sketcher.signature(hashes, signature);
        }
        let candidates = PairSet::of(Signatures::new(&signatures, places), *bands, *rows);
        let mut record = Record {
            shingle,
            bands: *bands,
            rows: *rows,
            pairs,
            candidates: candidates.count,
            duplicates: 0,
            found: 0,
            classes: [(0, 0); CLASSES],
        };
        for (i, j, similarity) in &similar {
            let found = usize::from(candidates.holds(*i, *j));
            // A little more, so that 0.7 lies in the class that begins with it.
            let class = ((similarity - LOWEST + 1e-9) / (1.0 - LOWEST) * CLASSES as f64) as usize;
            let (all, of_them) = &mut record.classes[class.min(CLASSES - 1)];
            (*all, *of_them) = (*all + 1, *of_them + found);
            if *similarity >= settings.threshold {
                record.duplicates += 1;
                record.found += found;
            }
        }
        record
    };
    settings.bands_rows.iter().map(measured).collect()
}

/// A bit for each pair of documents. With few rows nearly all pairs become candidates, most of them in many bands: a list
/// would hold them all.
struct PairSet {
    documents: usize,
    bits: Vec<u64>,
    count: usize,
}

impl PairSet {
    /// The pairs that agree in a whole band.
    fn of(signatures: Signatures<'_>, bands: usize, rows: usize) -> Self {
        let documents = signatures.len();
        let mut set = Self { documents, bits: vec![0; (documents * documents).div_ceil(64)], count: 0 };
        for band in 0..bands {
            for bucket in buckets(&signatures.band(band, rows)) {
                for (n, (_, i)) in bucket.iter().enumerate() {
                    bucket[n + 1..].iter().for_each(|(_, j)| set.note(*i as usize, *j as usize));
                }
            }
        }
        set
    }

    fn note(&mut self, i: usize, j: usize) {
        let at = i * self.documents + j;
        let bit = 1 << (at % 64);
        self.count += usize::from(self.bits[at / 64] & bit == 0);
        self.bits[at / 64] |= bit;
    }

    fn holds(&self, i: usize, j: usize) -> bool {
        let at = i * self.documents + j;
        self.bits[at / 64] >> (at % 64) & 1 == 1
    }
}

/// The share of `pairs` random pairs of sets that become candidates, when both sets of a pair have together 100 elements
/// and in common the share `similarity` of them, rounded to hundredths.
pub fn candidate_rate(similarity: f64, bands: usize, rows: usize, pairs: usize, seed: u64) -> f64 {
    let common = (similarity * 100.0).round() as usize;
    let (places, mut numbers) = (bands * rows, SplitMix64::seed(seed));
    let sketcher = Sketcher::new(&permutations(places, seed));
    let mut signatures = vec![0; 2 * places];
    let mut is_candidate = || {
        let all: Vec<u32> = (0..100).map(|_| numbers.draw() as u32).collect();
        for (odd, signature) in signatures.chunks_mut(places.max(1)).enumerate() {
            // What is not in common, the two take in turns.
            let mine: Vec<u32> = (0..100).filter(|i| *i < common || i % 2 == odd).map(|i| all[i]).collect();
            sketcher.signature(&mine, signature);
        }
        !candidates(Signatures::new(&signatures, places), bands, rows).is_empty()
    };
    (0..pairs).filter(|_| is_candidate()).count() as f64 / pairs.max(1) as f64
}

/// The records as a Markdown table.
pub fn table(records: &[Record], settings: &Settings, text: &Catalogue) -> String {
    let width = (1.0 - LOWEST) / CLASSES as f64;
    let class = |n: usize| {
        let from = LOWEST + width * n as f64;
        tr!(text, "found of {from} to {to}", from = format!("{from:.1}"), to = format!("{:.1}", from + width))
    };
    let mut head = vec![
        tr!(text, "shingle"),
        tr!(text, "bands × rows"),
        tr!(text, "pairs compared"),
        tr!(text, "precision"),
        tr!(text, "recall (from {threshold} on)", threshold = settings.threshold),
    ];
    head.extend((0..CLASSES).map(class));
    let mut table = format!("| {} |\n|---:|{}\n", head.join(" | "), "---:|".repeat(head.len() - 1));
    let shown = |share: Option<f64>| share.map_or("–".to_owned(), |share| format!("{share:.3}"));
    for record in records {
        let compared = record.candidates as f64 / record.pairs.max(1) as f64;
        let mut cells = vec![
            record.shingle.to_string(),
            format!("{} × {}", record.bands, record.rows),
            format!("{:.3} %", 100.0 * compared),
            shown(record.precision()),
            shown(record.recall()),
        ];
        cells.extend(record.classes.iter().map(|(all, found)| match share(*found, *all) {
            Some(share) => format!("{share:.3} ({found} / {all})"),
            None => "–".to_owned(),
        }));
        table += &format!("| {} |\n", cells.join(" | "));
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lsh::s_curve;
    use crate::shingles::{jaccard, shingles};

    fn settings() -> Settings {
        Settings {
            seed: 1,
            texts: 150,
            edits: 8,
            shingles: vec![3, 5],
            bands_rows: vec![(1, 1), (16, 2), (8, 16)],
            threshold: 0.7,
        }
    }

    /// By hand: every pair, its exact similarity, and its bands.
    #[test]
    fn the_counts_are_those_of_all_pairs() {
        let settings = settings();
        let collection = collection(&settings);
        assert_eq!(collection.len(), 300);
        for k in [3, 5] {
            let sets: Vec<Vec<String>> = collection.iter().map(|text| shingles(text, k)).collect();
            let (mut duplicates, mut top) = (0, 0);
            for j in 0..sets.len() {
                for i in 0..j {
                    let similarity = jaccard(&sets[i], &sets[j]);
                    duplicates += usize::from(similarity >= 0.7);
                    top += usize::from(similarity >= 0.9 - 1e-9);
                }
            }
            for record in measure(&settings, &collection, k) {
                let signatures: Vec<Vec<u32>> = collection
                    .iter()
                    .map(|text| {
                        let mut hashes = vec![];
                        hash_shingles(text, k, &mut hashes);
                        crate::minhash::signature(&hashes, &permutations(record.bands * record.rows, 1))
                    })
                    .collect();
                assert_eq!(record.candidates, crate::lsh::candidates(&signatures, record.bands, record.rows).len());
                assert_eq!((record.pairs, record.duplicates, record.classes[4].0), (44_850, duplicates, top));
                assert!(duplicates > 20 && top > 5, "{duplicates} {top}");
            }
        }
    }

    #[test]
    fn layouts_differ_as_the_curve_says() -> Result<(), Refused> {
        let settings = Settings { texts: 400, bands_rows: vec![(25, 5), (4, 32), (64, 1)], ..settings() };
        settings.validate()?;
        let records = measure(&settings, &collection(&settings), 5);
        let [usual, strict, loose] = &records[..] else { panic!("three layouts") };
        assert!(usual.recall() > Some(0.97) && usual.precision() > Some(0.1), "{usual:?}");
        assert!(strict.recall() < Some(0.5) && strict.precision() > Some(0.8), "{strict:?}");
        assert!(loose.recall() == Some(1.0) && loose.candidates > 10 * usual.candidates, "{loose:?}");
        // In the class from 0.7 to 0.8, within five standard errors of the curve at its ends.
        let (all, found) = usual.classes[2];
        let (low, high) = (s_curve(0.7, 25, 5), s_curve(0.8, 25, 5));
        let share = found as f64 / all as f64;
        let error = 5.0 * (low * (1.0 - low) / all as f64).sqrt();
        assert!(all > 30 && share > low - error && share <= high + error, "{share} of {all}, {low} to {high}");
        Ok(())
    }

    #[test]
    fn sets_become_candidates_as_often_as_the_curve_says() {
        for (similarity, bands, rows) in [(0.0, 16, 2), (0.3, 16, 2), (0.7, 16, 8), (0.8, 5, 10), (1.0, 3, 3)] {
            let (rate, theory) = (candidate_rate(similarity, bands, rows, 400, 5), s_curve(similarity, bands, rows));
            let error = (theory * (1.0 - theory) / 400.0).sqrt();
            assert!((rate - theory).abs() <= 5.0 * error, "{similarity}: {rate}, by the curve {theory}");
        }
        assert_eq!(candidate_rate(0.5, 0, 0, 3, 1) + candidate_rate(0.5, 2, 2, 0, 1), 0.0);
    }

    #[test]
    fn a_seed_repeats() {
        let run = |settings: &Settings| {
            let records = measure(settings, &collection(settings), 3);
            table(&records, settings, &Catalogue::default())
        };
        let settings = settings();
        assert_eq!(run(&settings), run(&settings));
        assert_ne!(run(&settings), run(&Settings { seed: 2, ..settings.clone() }));
        assert_eq!(run(&settings).lines().count(), 2 + 3);
    }

    #[test]
    fn what_cannot_be_run_is_refused_by_name() {
        let refused = |change: &dyn Fn(&mut Settings)| {
            let mut settings = settings();
            change(&mut settings);
            settings.validate().expect_err("refused").say(&Catalogue::default())
        };
        assert!(settings().validate().is_ok());
        assert!(refused(&|s| s.texts = 5).contains("texts = 5: allowed is 100 to 500"));
        assert!(refused(&|s| s.edits = 0).contains("edits = 0: "));
        assert!(refused(&|s| s.shingles = vec![5, 5]).contains("shingles = [5, 5]: "));
        assert!(refused(&|s| s.shingles = vec![]).contains("shingles = []: "));
        assert!(refused(&|s| s.bands_rows = vec![(64, 16)]).contains("bands_rows = [[64, 16]]: "));
        assert!(refused(&|s| s.bands_rows = vec![(0, 4)]).contains("bands_rows"));
        assert!(refused(&|s| s.bands_rows = vec![(usize::MAX, 4)]).contains("bands_rows"));
        assert!(refused(&|s| s.bands_rows = vec![(1, 1); 100_000]).len() < 400);
        assert!(refused(&|s| s.threshold = f64::NAN).contains("threshold = NaN"));
        assert!(refused(&|s| s.threshold = 0.4).contains("a number from 0.5 to 1"));
    }
}
