//! How far a run is, written whole after every batch of chunks: what is in the file is true, whenever the run was killed.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use workshop_base::files::write_whole;

use super::error::Change;
use super::input::Reading;
use super::output::FILES;
use super::tally::Tally;
use super::{PipelineError, Settings};

/// The version of the files that a run keeps.
const VERSION: u32 = 1;

/// Where a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// Every step that looks at one document.
    First,
    /// Copies are looked for.
    Compare,
    /// The rest is written.
    Second,
    /// All is done.
    Done,
}

/// A file that the result hangs on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Its name, without the folder.
    pub name: String,
    /// Its bytes.
    pub bytes: u64,
    /// Its SHA-256.
    pub sha256: String,
}

/// All that the result hangs on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fingerprint {
    /// The hash of the code.
    pub code: String,
    /// The input.
    pub inputs: Vec<Source>,
    /// How it is read.
    pub reading: Reading,
    /// What is done with it.
    pub settings: Settings,
    /// The test sets.
    pub tests: Vec<Source>,
}

impl Fingerprint {
    /// What differs first, if anything does. A file may have another name.
    pub(super) fn differs(&self, other: &Self) -> Option<Change> {
        let same = |mine: &[Source], theirs: &[Source]| {
            let content = |source: &Source| (source.bytes, source.sha256.clone());
            mine.iter().map(content).eq(theirs.iter().map(content))
        };
        let differences = [
            (!same(&self.inputs, &other.inputs), Change::Input),
            (self.reading != other.reading, Change::Reading),
            (self.settings != other.settings, Change::Settings),
            (!same(&self.tests, &other.tests), Change::TestSets),
            (self.code != other.code, Change::Version),
        ];
        differences.into_iter().find_map(|(differs, change)| differs.then_some(change))
    }
}

/// How far a run is.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct State {
    pub(super) version: u32,
    pub(super) fingerprint: Fingerprint,
    pub(super) stage: Stage,
    /// Documents read by the first half.
    pub(super) read: u64,
    /// Chunks that it wrote.
    pub(super) chunks: u64,
    /// Chunks that the second half has written, and their documents.
    pub(super) written: u64,
    pub(super) verdicts: u64,
    /// How long each file of the output is by now.
    pub(super) lengths: [u64; FILES.len()],
    pub(super) tally: Tally,
}

impl State {
    pub(super) fn new(fingerprint: Fingerprint) -> Self {
        Self {
            version: VERSION,
            fingerprint,
            stage: Stage::First,
            read: 0,
            chunks: 0,
            written: 0,
            verdicts: 0,
            lengths: [0; FILES.len()],
            tally: Tally::default(),
        }
    }

    pub(super) fn path(folder: &Path) -> PathBuf {
        folder.join("state.json")
    }

    /// The state that is kept in a folder; `None` where there is none.
    pub(super) fn read(folder: &Path) -> Result<Option<Self>, PipelineError> {
        let path = Self::path(folder);
        let shown = || path.display().to_string();
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(PipelineError::Read { path: shown(), error }),
        };
        // The version first: another one may have other fields.
        let damaged = |why: String| PipelineError::State { path: shown(), why };
        let value: serde_json::Value = serde_json::from_str(&text).map_err(|error| damaged(error.to_string()))?;
        if value["version"] != VERSION {
            return Err(PipelineError::Changed { folder: folder.display().to_string(), what: Change::Version });
        }
        serde_json::from_value(value).map(Some).map_err(|error| damaged(error.to_string()))
    }

    /// Writes it, all or nothing.
    pub(super) fn keep(&self, folder: &Path) -> Result<(), PipelineError> {
        let path = Self::path(folder);
        let failed = |error| PipelineError::Write { path: path.display().to_string(), error };
        let text = serde_json::to_string(self).map_err(|error| failed(error.into()))?;
        write_whole(&path, text).map_err(failed)
    }
}
