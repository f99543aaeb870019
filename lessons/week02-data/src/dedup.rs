//! Duplicates in a collection of texts: exact ones by a digest, near ones by MinHash and LSH.
//!
//! Broder (1997), "On the resemblance and containment of documents"; Lee et al. (2022), "Deduplicating Training Data Makes
//! Language Models Better", §4.2 and appendix A.

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization as _;

use crate::shingles::{jaccard, shingles};

/// What counts as a duplicate, and how it is looked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Dedup {
    /// Signs in a shingle, 1 to 64.
    pub shingle: usize,
    /// Bands of a signature, at least 1; a signature has `bands` times `rows` numbers, at most 4096.
    pub bands: usize,
    /// Numbers in a band, at least 1.
    pub rows: usize,
    /// From this Jaccard similarity of their shingles on, two texts are near duplicates; above 0, at most 1.
    pub threshold: f64,
    /// What is done with a pair that LSH finds.
    pub verify: Verify,
    /// Where the random permutations start.
    pub seed: u64,
}

/// What is done with a pair of documents that share a band.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verify {
    /// They are duplicates, whatever the threshold: quickest, and wrong most often.
    Nothing,
    /// They are duplicates where their signatures agree in a share of at least the threshold.
    Signatures,
    /// They are duplicates where the Jaccard similarity of their shingles is at least the threshold. Keeps 4 bytes a
    /// shingle, beside the signatures.
    Shingles,
}

impl Default for Dedup {
    fn default() -> Self {
        Self { shingle: 5, bands: 25, rows: 5, threshold: 0.7, verify: Verify::Shingles, seed: 0 }
    }
}

/// Why duplicates cannot be looked for.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum DedupError {
    /// A setting is out of its range.
    #[error("{field} = {value}: allowed is {allowed}")]
    Setting {
        /// The field.
        field: &'static str,
        /// What it says.
        value: String,
        /// What it may say.
        allowed: &'static str,
    },
    /// More documents than can be counted.
    #[error("more than {} documents: divide them, and look for duplicates in each part", u32::MAX)]
    TooMany,
}

impl Dedup {
    /// Whether the settings can be used.
    ///
    /// # Errors
    /// When one is out of its range.
    pub fn validate(&self) -> Result<(), DedupError> {
        let require = |holds: bool, field, value: String, allowed| {
            if holds { Ok(()) } else { Err(DedupError::Setting { field, value, allowed }) }
        };
        require((1..=64).contains(&self.shingle), "shingle", self.shingle.to_string(), "1 to 64 signs")?;
        require(
            self.bands.checked_mul(self.rows).is_some_and(|places| (1..=4096).contains(&places)),
            "bands times rows",
            format!("{} times {}", self.bands, self.rows),
            "1 to 4096",
        )?;
        require(
            self.threshold > 0.0 && self.threshold <= 1.0,
            "threshold",
            self.threshold.to_string(),
            "a number above 0 and at most 1",
        )
    }

    /// The duplicates among these texts.
    ///
    /// # Errors
    /// When a setting is out of its range.
    pub fn find<T: AsRef<str> + Sync>(&self, texts: &[T]) -> Result<Duplicates, DedupError> {
        let mut index = self.index()?;
        index.add(texts)?;
        Ok(index.finish())
    }

    /// An index that is given the texts part by part, and does not keep them.
    ///
    /// # Errors
    /// When a setting is out of its range.
    pub fn index(&self) -> Result<Index, DedupError> {
        self.validate()?;
        Ok(Index { settings: self.clone(), texts: vec![] })
    }

    /// The duplicates among these texts, every pair compared: the naive form that the index is tested against.
    ///
    /// # Errors
    /// When a setting is out of its range.
    pub fn naive<T: AsRef<str>>(&self, texts: &[T]) -> Result<Duplicates, DedupError> {
        self.validate()?;
        let normal: Vec<String> = texts.iter().map(|text| normalised(text.as_ref())).collect();
        let sets: Vec<Vec<String>> = normal.iter().map(|text| shingles(text, self.shingle)).collect();
        let mut first_of: Vec<usize> = (0..texts.len()).collect();
        for j in 0..sets.len() {
            for i in 0..j {
                if jaccard(&sets[i], &sets[j]) >= self.threshold {
                    let (a, b) = (first_of[i].min(first_of[j]), first_of[i].max(first_of[j]));
                    first_of.iter_mut().filter(|first| **first == b).for_each(|first| *first = a);
                }
            }
        }
        let exact = (0..normal.len()).filter(|j| normal[..*j].contains(&normal[*j])).count();
        Ok(Duplicates::new(first_of, exact, (sets.len() * sets.len().saturating_sub(1) / 2) as u64))
    }
}

/// Signatures of the documents so far.
#[derive(Debug)]
pub struct Index {
    settings: Dedup,
    texts: Vec<String>,
}

impl Index {
    /// Adds the next documents, in their order.
    ///
    /// # Errors
    /// When there are more than `u32::MAX` in all.
    pub fn add<T: AsRef<str> + Sync>(&mut self, texts: &[T]) -> Result<(), DedupError> {
        self.texts.extend(texts.iter().map(|text| text.as_ref().to_owned()));
        Ok(())
    }

    /// How many documents it holds.
    pub fn len(&self) -> usize {
        self.texts.len()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The duplicates among all documents that were added.
    pub fn finish(self) -> Duplicates {
        self.settings.naive(&self.texts).unwrap_or_default()
    }
}

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Duplicates {
    /// For each document, the first one of its cluster: its own number where it has no duplicate before it.
    pub first_of: Vec<usize>,
    /// Documents that are the same as an earlier one, once normalised.
    pub exact: usize,
    /// Other documents that are not the first of their cluster.
    pub near: usize,
    /// How many pairs of documents were compared.
    pub compared: u64,
}

impl Duplicates {
    fn new(first_of: Vec<usize>, exact: usize, compared: u64) -> Self {
        let repeated = first_of.iter().enumerate().filter(|(document, first)| document != *first).count();
        Self { first_of, exact, near: repeated.saturating_sub(exact), compared }
    }

    /// Whether a document is the first of its cluster, and so stays.
    pub fn is_kept(&self, document: usize) -> bool {
        self.first_of.get(document) == Some(&document)
    }

    /// The documents that stay, in order.
    pub fn kept(&self) -> Vec<usize> {
        (0..self.first_of.len()).filter(|document| self.is_kept(*document)).collect()
    }

    /// The clusters of two documents or more, each in order: largest first, equal ones in the order of their first.
    pub fn clusters(&self) -> Vec<Vec<usize>> {
        let mut members: Vec<Vec<usize>> = vec![vec![]; self.first_of.len()];
        for (document, first) in self.first_of.iter().enumerate() {
            if let Some(cluster) = members.get_mut(*first) {
                cluster.push(document);
            }
        }
        let mut clusters: Vec<Vec<usize>> = members.into_iter().filter(|cluster| cluster.len() > 1).collect();
        clusters.sort_by_key(|cluster| (std::cmp::Reverse(cluster.len()), cluster[0]));
        clusters
    }
}

/// A text as it is compared: NFC, in lower case, every run of white space as one space, none at the ends.
pub fn normalised(text: &str) -> String {
    let lower: String = text.nfc().flat_map(char::to_lowercase).collect();
    lower.split_whitespace().collect::<Vec<_>>().join(" ")
}
