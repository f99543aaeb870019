//! The steps that look at all documents: which are copies of an earlier one.
//!
//! Texts pass by in order and are not kept: an exact copy is known by a digest of 16 bytes, a near one by the signature that
//! [`dedup`](crate::dedup) keeps.

use std::collections::HashMap;

use rayon::prelude::*;
use sha2::{Digest as _, Sha256};

use super::{Document, PipelineError, Settings};
use crate::dedup::{self, Index};

/// Whether a document is a copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is none.
    Kept,
    /// It is the same as the document at this place of the input.
    Exact(u64),
    /// It is nearly the same as the document at this place of the input, or connected with it by others.
    Near(u64),
}

/// Looks for copies among documents that pass by in order.
#[derive(Debug)]
pub struct Duplicates {
    /// Whether exact copies are looked for.
    exact: bool,
    /// The place of the first document with each digest. Only looked up, never gone through.
    digests: HashMap<[u8; 16], u64>,
    index: Option<Index>,
    verdicts: Vec<Verdict>,
    /// The documents in the index: where their verdict stands, and their place in the input.
    indexed: Vec<(usize, u64)>,
}

impl Duplicates {
    /// As the settings say.
    ///
    /// # Errors
    /// When those of near copies cannot be used.
    pub fn new(settings: &Settings) -> Result<Self, PipelineError> {
        let index = if settings.near { Some(settings.dedup.index().map_err(PipelineError::Copies)?) } else { None };
        Ok(Self { exact: settings.exact, digests: HashMap::new(), index, verdicts: vec![], indexed: vec![] })
    }

    /// Takes the next documents.
    ///
    /// # Errors
    /// When there are more than can be counted.
    pub fn add(&mut self, documents: &[Document]) -> Result<(), PipelineError> {
        let digest = |document: &Document| {
            let mut half = [0; 16];
            half.copy_from_slice(&Sha256::digest(dedup::normalised(&document.text))[..16]);
            half
        };
        let digests: Vec<[u8; 16]> =
            if self.exact { documents.par_iter().map(digest).collect() } else { vec![[0; 16]; documents.len()] };
        let mut texts: Vec<&str> = vec![];
        for (document, digest) in documents.iter().zip(digests) {
            let first =
                if self.exact { *self.digests.entry(digest).or_insert(document.number) } else { document.number };
            if first == document.number {
                self.indexed.push((self.verdicts.len(), document.number));
                self.verdicts.push(Verdict::Kept);
                texts.push(&document.text);
            } else {
                self.verdicts.push(Verdict::Exact(first));
            }
        }
        match &mut self.index {
            Some(index) => index.add(&texts).map_err(PipelineError::Copies),
            None => Ok(()),
        }
    }

    /// The verdicts, in the order of the documents.
    pub fn finish(mut self) -> Vec<Verdict> {
        let Some(index) = self.index else { return self.verdicts };
        for (document, first) in index.finish().first_of.into_iter().enumerate().filter(|(i, first)| i != first) {
            self.verdicts[self.indexed[document].0] = Verdict::Near(self.indexed[first].1);
        }
        self.verdicts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdicts(settings: &Settings, texts: &[&str]) -> Vec<Verdict> {
        let document = |(number, text): (usize, &&str)| Document {
            number: 10 + number as u64,
            text: (*text).to_owned(),
            ..Document::default()
        };
        let documents: Vec<Document> = texts.iter().enumerate().map(document).collect();
        let mut duplicates = Duplicates::new(settings).expect("settings");
        for part in documents.chunks(2) {
            duplicates.add(part).expect("few documents");
        }
        duplicates.finish()
    }

    #[test]
    fn the_first_stays_and_copies_name_it() {
        let long = "오늘은 시장에 가서 사과와 배를 사고 집에 돌아와 저녁을 먹었다.";
        let near = "오늘은 시장에 가서 사과와 배를 사고 집에 돌아와 저녁을 먹었다!";
        let texts = [long, "다른 글이 여기에 있다.", long, near, "다른 글이 여기에 있다. "];
        let settings = Settings::default();
        use Verdict::{Exact, Kept, Near};
        assert_eq!(verdicts(&settings, &texts), [Kept, Kept, Exact(10), Near(10), Exact(11)]);
        let only_exact = Settings { near: false, ..settings.clone() };
        assert_eq!(verdicts(&only_exact, &texts), [Kept, Kept, Exact(10), Kept, Exact(11)]);
        let nothing = Settings { near: false, exact: false, ..settings };
        assert_eq!(verdicts(&nothing, &texts), [Kept; 5]);
    }
}
