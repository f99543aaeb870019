//! Chunks of documents, and what the steps make of one. A chunk's end hangs on its documents alone, never on threads.

use workshop_datasets::split::Split;

use super::duplicates::Verdict;
use super::output::split_of;
use super::steps::{BY_DOCUMENT, Cleaner, Document, Fate, Step};
use super::tally::Tally;

/// Documents of a chunk at most.
pub const CHUNK_DOCUMENTS: usize = 1000;
/// A chunk ends with the document by which it has this many bytes.
pub const CHUNK_BYTES: usize = 4 << 20;

/// Cuts documents into chunks.
#[derive(Debug)]
pub(super) struct Chunks<I> {
    documents: I,
}

impl<E, I: Iterator<Item = Result<Document, E>>> Chunks<I> {
    pub(super) fn new(documents: I) -> Self {
        Self { documents }
    }
}

impl<E, I: Iterator<Item = Result<Document, E>>> Iterator for Chunks<I> {
    type Item = Result<Vec<Document>, E>;

    fn next(&mut self) -> Option<Self::Item> {
        let (mut chunk, mut bytes) = (vec![], 0);
        while chunk.len() < CHUNK_DOCUMENTS && bytes < CHUNK_BYTES {
            match self.documents.next() {
                None => break,
                Some(Err(error)) => return Some(Err(error)),
                Some(Ok(document)) => {
                    bytes += document.bytes.len();
                    chunk.push(document);
                }
            }
        }
        (!chunk.is_empty()).then_some(Ok(chunk))
    }
}

/// A document that was removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Gone {
    pub(super) document: Document,
    pub(super) step: Step,
    pub(super) reason: String,
    /// Of a copy, the place of the document that it repeats.
    pub(super) of: Option<u64>,
}

/// What is left of a chunk, what is gone, and what was counted.
#[derive(Debug, Default)]
pub(super) struct Passed {
    pub(super) left: Vec<Document>,
    pub(super) gone: Vec<Gone>,
    pub(super) tally: Tally,
}

// ANCHOR: first
/// The first half: every step that looks at one document.
pub(super) fn first(cleaner: &Cleaner, chunk: Vec<Document>) -> Passed {
    let mut passed = Passed::default();
    'next: for mut document in chunk {
        let came = document.bytes.len() as u64;
        for (step, run) in BY_DOCUMENT {
            passed.tally.step(step).reached += 1;
            let fate = run(cleaner, &mut document);
            if step == Step::Decode {
                passed.tally.came(came, &document.text);
            }
            match fate {
                Fate::Same => {}
                Fate::Changed => {
                    passed.tally.step(step).changed += 1;
                    document.changed.push(step);
                }
                Fate::Removed(reason) => {
                    passed.remove(document, step, reason, None);
                    continue 'next;
                }
            }
        }
        passed.left.push(document);
    }
    passed
}
// ANCHOR_END: first

/// The second half, when it is known which documents are copies: they go, the test sets go, and the rest is divided.
pub(super) fn second(cleaner: &Cleaner, chunk: Vec<Document>, verdicts: &[Verdict]) -> (Passed, Vec<Split>) {
    let mut passed = Passed::default();
    let mut splits = vec![];
    let counts = |wanted: bool, passed: &mut Passed, step| {
        passed.tally.step(step).reached += u64::from(wanted);
    };
    for (mut document, verdict) in chunk.into_iter().zip(verdicts) {
        counts(cleaner.settings.exact, &mut passed, Step::Exact);
        if let Verdict::Exact(of) = verdict {
            passed.remove(document, Step::Exact, "copy".to_owned(), Some(*of));
            continue;
        }
        counts(cleaner.settings.near, &mut passed, Step::Near);
        if let Verdict::Near(of) = verdict {
            passed.remove(document, Step::Near, "near copy".to_owned(), Some(*of));
            continue;
        }
        if !cleaner.tests.is_empty() {
            passed.tally.step(Step::Decontaminate).reached += 1;
            let cleaned = cleaner.tests.clean(&document.text);
            if cleaned.pieces.is_empty() {
                passed.remove(document, Step::Decontaminate, "test set".to_owned(), None);
                continue;
            }
            if cleaned.overlap > 0.0 {
                // What is left on either side of a cut is no longer one text, but stays one document.
                document.text = cleaned.pieces.join("\n\n");
                passed.tally.step(Step::Decontaminate).changed += 1;
                document.changed.push(Step::Decontaminate);
            }
        }
        let split = split_of(&document.text, cleaner.settings.split);
        passed.tally.kept(split.name(), &document.text);
        passed.left.push(document);
        splits.push(split);
    }
    (passed, splits)
}

impl Passed {
    fn remove(&mut self, document: Document, step: Step, reason: String, of: Option<u64>) {
        self.tally.step(step).remove(&document, &reason);
        self.gone.push(Gone { document, step, reason, of });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chunk_ends_by_its_documents_and_loses_none() {
        let of_size = |bytes: usize| Ok::<_, ()>(Document { bytes: vec![b'a'; bytes], ..Document::default() });
        let sizes = |documents: Vec<Result<Document, ()>>| -> Vec<usize> {
            Chunks::new(documents.into_iter()).map(|chunk| chunk.expect("no error").len()).collect()
        };
        assert_eq!(sizes((0..2500).map(|_| of_size(0)).collect()), [1000, 1000, 500]);
        assert_eq!(sizes([CHUNK_BYTES, 1, CHUNK_BYTES - 1, 5].map(of_size).into()), [1, 2, 1]);
        assert!(sizes(vec![]).is_empty());
    }
}
