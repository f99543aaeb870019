//! The pipeline in memory: for a page, a test, or a few thousand documents.

use rayon::prelude::*;
use workshop_datasets::split::Split;

use super::chunk::{self, CHUNK_DOCUMENTS, Gone};
use super::duplicates::Duplicates;
use super::steps::{Cleaner, Document, Step};
use super::tally::Tally;
use super::{PipelineError, Settings};

/// What became of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Its name.
    pub id: String,
    /// The step that removed it, and why; `None` where it is left.
    pub removed: Option<(Step, String)>,
    /// The part that it belongs to; `None` where it was removed.
    pub split: Option<Split>,
    /// The steps that changed its text.
    pub changed: Vec<Step>,
    /// Its text at the end, or when it was removed.
    pub text: String,
}

/// What became of all documents.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cleaned {
    /// One outcome for each document, in order.
    pub outcomes: Vec<Outcome>,
    /// What was counted.
    pub tally: Tally,
}

impl Cleaned {
    /// The texts that are left, in order.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.outcomes.iter().filter(|outcome| outcome.removed.is_none()).map(|outcome| outcome.text.as_str())
    }
}

/// Cleans documents in memory; `tests` are the texts of the test sets. Each document's `number` is set to its place.
///
/// # Errors
/// When a setting cannot be used.
pub fn clean<T: AsRef<str>>(
    mut documents: Vec<Document>,
    settings: &Settings,
    tests: &[T],
) -> Result<Cleaned, PipelineError> {
    let cleaner = Cleaner::new(settings.clone(), tests)?;
    let count = documents.len();
    documents.iter_mut().enumerate().for_each(|(place, document)| document.number = place as u64);
    let mut cleaned = Cleaned::default();
    let mut outcomes: Vec<Option<Outcome>> = vec![None; count];

    let chunks: Vec<Vec<Document>> = documents.chunks(CHUNK_DOCUMENTS).map(<[Document]>::to_vec).collect();
    let passed: Vec<chunk::Passed> = chunks.into_par_iter().map(|chunk| chunk::first(&cleaner, chunk)).collect();
    let mut duplicates = Duplicates::new(settings)?;
    let mut left = vec![];
    for passed in passed {
        cleaned.tally.add(&passed.tally);
        gone(passed.gone, &mut outcomes);
        duplicates.add(&passed.left)?;
        left.extend(passed.left);
    }
    let (passed, splits) = chunk::second(&cleaner, left, &duplicates.finish());
    cleaned.tally.add(&passed.tally);
    gone(passed.gone, &mut outcomes);
    for (document, split) in passed.left.into_iter().zip(splits) {
        let Document { number, id, changed, text, .. } = document;
        outcomes[number as usize] = Some(Outcome { id, removed: None, split: Some(split), changed, text });
    }
    cleaned.outcomes = outcomes.into_iter().flatten().collect();
    Ok(cleaned)
}

fn gone(gone: Vec<Gone>, outcomes: &mut [Option<Outcome>]) {
    for Gone { document: Document { number, id, changed, text, .. }, step, reason, .. } in gone {
        outcomes[number as usize] = Some(Outcome { id, removed: Some((step, reason)), split: None, changed, text });
    }
}
