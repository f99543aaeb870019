//! Duplicates in a collection of texts: exact ones by a digest, near ones by MinHash and LSH.
//!
//! Broder (1997), "On the resemblance and containment of documents"; Lee et al. (2022), "Deduplicating Training Data Makes
//! Language Models Better", §4.2 and appendix A.

use std::collections::HashMap;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use unicode_normalization::{IsNormalized, UnicodeNormalization as _, is_nfc_quick};

use crate::bands::{Signatures, buckets};
use crate::clusters::clusters;
use crate::minhash::similarity;
use crate::shingles::{jaccard, shingles};
use crate::sketch::{Sketcher, hash_shingles, permutations};

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
        Ok(Index::new(self.clone()))
    }

    /// The duplicates among these texts, every pair compared: the naive form that the index is tested against.
    ///
    /// # Errors
    /// When a setting is out of its range.
    pub fn naive<T: AsRef<str>>(&self, texts: &[T]) -> Result<Duplicates, DedupError> {
        self.validate()?;
        let normal: Vec<String> = texts.iter().map(|text| normalised(text.as_ref())).collect();
        let sets: Vec<Vec<String>> = normal.iter().map(|text| shingles(text, self.shingle)).collect();
        let mut near = vec![];
        for j in 0..sets.len() {
            near.extend((0..j).filter(|i| jaccard(&sets[*i], &sets[j]) >= self.threshold).map(|i| (i, j)));
        }
        let first_of = clusters(sets.len(), &near);
        let exact = (0..normal.len()).filter(|j| normal[..*j].contains(&normal[*j])).count();
        Ok(Duplicates::new(first_of, exact, (sets.len() * sets.len().saturating_sub(1) / 2) as u64))
    }
}

/// What is kept of the documents so far: never their texts.
///
/// | for each document | bytes |
/// |---|---|
/// | the first that is the same | 4 |
/// | for each different document besides: a digest, in a hash map | about 40 |
/// | its signature | 4 times `bands` times `rows`: 500 by default |
/// | the hashes of its shingles, with [`Verify::Shingles`] alone | 4 a shingle, and 8 |
///
/// While a band is looked at, 16 more. A million different texts of 100 signs take about 1 GB by default.
#[derive(Debug)]
pub struct Index {
    settings: Dedup,
    sketcher: Sketcher,
    /// For each document, the first that is the same once normalised.
    same_as: Vec<u32>,
    /// The digests of the different ones, and which document is the first of each. Only looked up, never gone through.
    digests: HashMap<Digest, u32>,
    /// The different ones, in order; what follows has an entry for each of them.
    different: Vec<u32>,
    signatures: Vec<u32>,
    hashes: Vec<u32>,
    hashes_end: Vec<usize>,
}

/// The first half of a SHA-256: that two texts share one by chance is out of the question.
type Digest = [u8; 16];

/// Documents whose normalised texts are held at once, and documents that one thread takes at a time. Fixed, so that
/// nothing hangs on the number of threads.
const PART: usize = 16_384;
const CHUNK: usize = 256;
/// Pairs that are compared at once.
const PAIRS: usize = 1 << 20;

impl Index {
    fn new(settings: Dedup) -> Self {
        let sketcher = Sketcher::new(&permutations(settings.bands * settings.rows, settings.seed));
        Self {
            settings,
            sketcher,
            same_as: vec![],
            digests: HashMap::new(),
            different: vec![],
            signatures: vec![],
            hashes: vec![],
            hashes_end: vec![],
        }
    }

    /// Adds the next documents, in their order.
    ///
    /// # Errors
    /// When there are more than `u32::MAX` in all.
    pub fn add<T: AsRef<str> + Sync>(&mut self, texts: &[T]) -> Result<(), DedupError> {
        if self.len() + texts.len() > u32::MAX as usize {
            return Err(DedupError::TooMany);
        }
        texts.chunks(PART).for_each(|part| self.add_part(part));
        Ok(())
    }

    fn add_part<T: AsRef<str> + Sync>(&mut self, part: &[T]) {
        let digested = |text: &T| {
            let text = normalised(text.as_ref());
            let mut digest = Digest::default();
            digest.copy_from_slice(&Sha256::digest(&text)[..16]);
            (text, digest)
        };
        let digested: Vec<(String, Digest)> =
            part.par_chunks(CHUNK).flat_map_iter(|chunk| chunk.iter().map(digested)).collect();
        let mut new = vec![];
        for (text, digest) in digested {
            let document = self.same_as.len() as u32;
            let first = *self.digests.entry(digest).or_insert(document);
            self.same_as.push(first);
            if first == document {
                self.different.push(document);
                new.push(text);
            }
        }
        let places = self.sketcher.places();
        let sketched: Vec<Sketches> = new.par_chunks(CHUNK).map(|texts| self.sketched(texts, places)).collect();
        for sketches in sketched {
            self.signatures.extend(sketches.signatures);
            let before = self.hashes.len();
            self.hashes_end.extend(sketches.hashes_end.into_iter().map(|end| before + end));
            self.hashes.extend(sketches.hashes);
        }
    }

    fn sketched(&self, texts: &[String], places: usize) -> Sketches {
        let mut sketches = Sketches { signatures: vec![0; texts.len() * places], ..Sketches::default() };
        let mut hashes = vec![];
        for (text, signature) in texts.iter().zip(sketches.signatures.chunks_mut(places)) {
            hash_shingles(text, self.settings.shingle, &mut hashes);
            self.sketcher.signature(&hashes, signature);
            if self.settings.verify == Verify::Shingles {
                sketches.hashes.extend_from_slice(&hashes);
                sketches.hashes_end.push(sketches.hashes.len());
            }
        }
        sketches
    }

    /// How many documents it holds.
    pub fn len(&self) -> usize {
        self.same_as.len()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The duplicates among all documents that were added.
    pub fn finish(self) -> Duplicates {
        let mut found = Found { index: &self, forest: Forest::new(self.different.len()), compared: 0 };
        for band in 0..self.settings.bands {
            found.look_at(&self.signatures().band(band, self.settings.rows));
        }
        let Found { mut forest, compared, .. } = found;
        let mut first_of: Vec<usize> = self.same_as.iter().map(|first| *first as usize).collect();
        for (i, document) in self.different.iter().enumerate() {
            // The different ones are in order, so the smallest of them is the first document.
            first_of[*document as usize] = self.different[forest.root(i as u32) as usize] as usize;
        }
        for (document, first) in self.same_as.iter().enumerate() {
            first_of[document] = first_of[*first as usize]; // an exact duplicate goes where its first went
        }
        Duplicates::new(first_of, self.same_as.len() - self.different.len(), compared)
    }

    fn signatures(&self) -> Signatures<'_> {
        Signatures::new(&self.signatures, self.sketcher.places())
    }

    /// Whether a pair of different documents is near enough.
    fn is_near(&self, i: u32, j: u32) -> bool {
        let (i, j) = (i as usize, j as usize);
        match self.settings.verify {
            Verify::Nothing => true,
            Verify::Signatures => {
                similarity(self.signatures().get(i), self.signatures().get(j)) >= self.settings.threshold
            }
            Verify::Shingles => jaccard_of_hashes(self.hashes_of(i), self.hashes_of(j)) >= self.settings.threshold,
        }
    }

    fn hashes_of(&self, i: usize) -> &[u32] {
        let start = i.checked_sub(1).map_or(0, |before| self.hashes_end[before]);
        &self.hashes[start..self.hashes_end[i]]
    }
}

/// What becomes of some texts.
#[derive(Default)]
struct Sketches {
    signatures: Vec<u32>,
    hashes: Vec<u32>,
    hashes_end: Vec<usize>,
}

/// The clusters so far.
struct Found<'a> {
    index: &'a Index,
    forest: Forest,
    compared: u64,
}

impl Found<'_> {
    /// Compares the documents of a band's buckets. Two that are in one cluster already are not compared: it would change
    /// nothing. So of a hundred copies in a bucket 99 pairs are compared, not 4,950.
    fn look_at(&mut self, band: &[(u64, u32)]) {
        let mut pairs = vec![];
        // First each with the first of its bucket.
        for bucket in buckets(band) {
            for (_, j) in &bucket[1..] {
                self.note(bucket[0].1, *j, &mut pairs);
            }
        }
        self.compare(&mut pairs);
        if self.index.settings.verify == Verify::Nothing {
            return; // all are connected
        }
        // Then those that are still apart.
        for bucket in buckets(band) {
            let root = self.forest.root(bucket[0].1);
            if bucket.iter().all(|(_, j)| self.forest.root(*j) == root) {
                continue;
            }
            for (n, (_, i)) in bucket.iter().enumerate().skip(1) {
                for (_, j) in &bucket[n + 1..] {
                    self.note(*i, *j, &mut pairs);
                }
            }
        }
        self.compare(&mut pairs);
    }

    fn note(&mut self, i: u32, j: u32, pairs: &mut Vec<(u32, u32)>) {
        if self.forest.root(i) != self.forest.root(j) {
            pairs.push((i, j));
            if pairs.len() == PAIRS {
                self.compare(pairs);
            }
        }
    }

    /// Compares the pairs on all cores, then connects in order.
    fn compare(&mut self, pairs: &mut Vec<(u32, u32)>) {
        let near = |(i, j): &(u32, u32)| self.index.is_near(*i, *j);
        let are_near: Vec<bool> = pairs.par_iter().with_min_len(CHUNK).map(near).collect();
        self.compared += pairs.len() as u64;
        for ((i, j), _) in pairs.drain(..).zip(are_near).filter(|(_, is_near)| *is_near) {
            self.forest.connect(i, j);
        }
    }
}

/// Union-find, as in the piece [`clusters`](crate::clusters), that grows pair by pair.
struct Forest(Vec<u32>);

impl Forest {
    fn new(count: usize) -> Self {
        Self((0..count as u32).collect())
    }

    fn root(&mut self, mut document: u32) -> u32 {
        while self.0[document as usize] != document {
            let above = self.0[self.0[document as usize] as usize];
            self.0[document as usize] = above;
            document = above;
        }
        document
    }

    fn connect(&mut self, i: u32, j: u32) {
        let (i, j) = (self.root(i), self.root(j));
        self.0[i.max(j) as usize] = i.min(j);
    }
}

/// The same as [`jaccard`], of sorted hashes.
pub fn jaccard_of_hashes(a: &[u32], b: &[u32]) -> f64 {
    let (mut i, mut j, mut common) = (0, 0, 0);
    while i < a.len() && j < b.len() {
        // Which of two random numbers is larger cannot be foreseen: without a branch it need not be.
        let (x, y) = (a[i], b[j]);
        common += usize::from(x == y);
        i += usize::from(x <= y);
        j += usize::from(y <= x);
    }
    match a.len() + b.len() - common {
        0 => 1.0,
        union => common as f64 / union as f64,
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
///
/// ```
/// use week02_data::dedup::normalised;
/// assert_eq!(normalised("  한글과\tABC\n"), "한글과 abc");
/// ```
pub fn normalised(text: &str) -> String {
    let mut normal = Normal { text: String::with_capacity(text.len()), space: false };
    // Most texts are in NFC, and to see that is quicker than to make it.
    if is_nfc_quick(text.chars()) == IsNormalized::Yes {
        text.chars().for_each(|sign| normal.push(sign));
    } else {
        text.nfc().for_each(|sign| normal.push(sign));
    }
    normal.text
}

/// A text in the making.
struct Normal {
    text: String,
    /// Whether white space came after the last sign.
    space: bool,
}

impl Normal {
    fn push(&mut self, sign: char) {
        if sign.is_whitespace() {
            self.space = !self.text.is_empty();
            return;
        }
        if std::mem::take(&mut self.space) {
            self.text.push(' ');
        }
        match sign {
            '가'..='힣' => self.text.push(sign), // there are no capitals, and no need to look for them in a table
            _ if sign.is_ascii() => self.text.push(sign.to_ascii_lowercase()),
            _ => self.text.extend(sign.to_lowercase()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::copies::{copy, texts};
    use crate::sketch::SplitMix64;

    /// 60 texts, a near copy of every second, an exact one of every fifth, and oddities.
    fn collection() -> Vec<String> {
        let mut numbers = SplitMix64::seed(2);
        let mut all = texts(60, 1);
        for i in (0..60).step_by(2) {
            all.push(copy(&all[i], 1 + i % 8, &mut numbers));
        }
        for i in (0..60).step_by(5) {
            all.push(format!("  {}\n", all[i].replace(' ', "  ")));
        }
        all.extend(["", " \n", "가", "가", "ㅋㅋㅋㅋㅋㅋㅋㅋ", "ㅋㅋㅋㅋㅋㅋ", "ABC def", "abc DEF"].map(String::from));
        all
    }

    /// With bands of one number nothing above the threshold is missed: 0.3^128 is nothing.
    fn thorough() -> Dedup {
        Dedup { bands: 128, rows: 1, ..Dedup::default() }
    }

    #[test]
    fn the_index_finds_what_all_pairs_find() -> Result<(), DedupError> {
        let all = collection();
        for threshold in [0.5, 0.7, 0.9, 1.0] {
            let dedup = Dedup { threshold, ..thorough() };
            let (naive, found) = (dedup.naive(&all)?, dedup.find(&all)?);
            assert_eq!((&naive.first_of, naive.exact, naive.near), (&found.first_of, found.exact, found.near));
            assert!(found.near > 0 && found.exact == 15, "{found:?}");
        }
        Ok(())
    }

    #[test]
    fn neither_parts_nor_threads_change_what_is_found() -> anyhow::Result<()> {
        let all = texts(3000, 8).iter().flat_map(|text| [text.clone(), text.replace("은 ", "이 ")]).collect::<Vec<_>>();
        for verify in [Verify::Nothing, Verify::Signatures, Verify::Shingles] {
            let dedup = Dedup { verify, bands: 16, rows: 4, ..Dedup::default() };
            let whole = dedup.find(&all)?;
            assert!(whole.near > 500, "{}", whole.near);
            for threads in [1, 3] {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
                let found = pool.install(|| -> Result<Duplicates, DedupError> {
                    let mut index = dedup.index()?;
                    for part in all.chunks(999) {
                        index.add(part)?;
                    }
                    Ok(index.finish())
                })?;
                assert_eq!(found, whole, "{threads} threads");
            }
        }
        Ok(())
    }

    #[test]
    fn the_first_of_a_cluster_stays() -> Result<(), DedupError> {
        let text = "어제 동생은 시장에서 귤을 한 봉지 샀다.";
        let all = [
            "하나도 닮지 않은 다른 글이다.",
            text,
            "어제 동생이 시장에서 귤을 한 봉지 샀다.",
            text,
            "",
            "어제  동생은 시장에서 귤을 한 봉지 샀다.",
        ];
        let found = Dedup { threshold: 0.5, ..thorough() }.find(&all)?;
        assert_eq!(found.first_of, [0, 1, 1, 1, 4, 1]);
        assert_eq!((found.exact, found.near), (2, 1));
        assert_eq!((found.kept(), found.clusters()), (vec![0, 1, 4], vec![vec![1, 2, 3, 5]]));
        assert!(!found.is_kept(2) && !found.is_kept(99));
        assert_eq!(thorough().find::<&str>(&[])?, Duplicates::default());
        Ok(())
    }

    /// 200 copies: nearly all of them are compared with the first of their bucket, and then with no other.
    #[test]
    fn what_is_connected_is_not_compared_again() -> Result<(), DedupError> {
        let all: Vec<String> = (0..200).map(|i| format!("{} {i}", "같은 글이 되풀이된다 ".repeat(20))).collect();
        let found = Dedup::default().find(&all)?;
        assert!(found.near == 199 && found.compared < 300, "{} {}", found.near, found.compared);
        Ok(())
    }

    /// Of a pair that LSH finds, each way to verify asks something else.
    #[test]
    fn what_is_not_verified_may_be_wrong() -> Result<(), DedupError> {
        let all = texts(400, 3);
        let near =
            |verify| Ok::<_, DedupError>(Dedup { verify, bands: 64, rows: 2, ..Dedup::default() }.find(&all)?.near);
        let (nothing, signatures, exact) = (near(Verify::Nothing)?, near(Verify::Signatures)?, near(Verify::Shingles)?);
        assert!(nothing > 100 && signatures <= nothing && exact == 0, "{nothing} {signatures} {exact}");
        Ok(())
    }

    #[test]
    fn settings_are_checked_and_named() {
        let refused = |dedup: Dedup| dedup.find(&["가"]).expect_err("refused").to_string();
        let default = Dedup::default;
        assert_eq!(refused(Dedup { shingle: 0, ..default() }), "shingle = 0: allowed is 1 to 64 signs");
        assert!(refused(Dedup { bands: 0, ..default() }).starts_with("bands times rows = 0 times 5"));
        assert!(refused(Dedup { rows: usize::MAX, ..default() }).starts_with("bands times rows"));
        for threshold in [0.0, -1.0, 1.1, f64::NAN] {
            assert!(refused(Dedup { threshold, ..default() }).starts_with("threshold = "));
        }
        let read: Dedup = serde_json::from_str(r#"{"shingle": 7, "verify": "nothing"}"#).expect("settings");
        assert_eq!(read, Dedup { shingle: 7, verify: Verify::Nothing, ..default() });
        assert!(serde_json::from_str::<Dedup>(r#"{"shingles": 7}"#).is_err());
    }

    #[test]
    fn what_looks_the_same_is_the_same() {
        assert_eq!(normalised(" 한글\u{a0}\t글\n"), "한글 글");
        assert_eq!(normalised("\u{1112}\u{1161}\u{11ab}"), "한");
        assert_eq!(normalised("ÀB"), normalised("a\u{300}b"));
        assert_eq!(normalised(" \u{3000}"), "");
        let slow = |text: &str| {
            let lower: String = text.nfc().flat_map(char::to_lowercase).collect();
            lower.split_whitespace().collect::<Vec<_>>().join(" ")
        };
        for text in ["", " a  B\u{3000}c ", "가\u{11a8}", "ΑΣ İ Ǆ", "a\u{300}\n\n각", "ㅋㅋ ＡＢ", "\u{1112}\u{1161} x"]
        {
            assert_eq!(normalised(text), slow(text), "{text:?}");
        }
    }
}
