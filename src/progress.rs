//! What the learner has done: verdicts, each with the hash of the file it is about and of the check that gave it.
//!
//! Kept in `.workshop/progress.json`, which Git ignores and `cargo clean` leaves alone.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
pub use workshop_base::sources::hash_into;

use crate::exercise::Exercise;

/// The kept verdicts, by exercise.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Progress {
    #[serde(default)]
    exercises: BTreeMap<String, Kept>,
}

/// What is kept of one exercise.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Kept {
    /// The hash of the file that was last graded.
    pub file: String,
    /// The hash of the check that graded it.
    pub check: String,
    /// Whether it passed.
    pub passed: bool,
    /// How often each mistake was named since the last pass.
    #[serde(default)]
    pub named: BTreeMap<String, u32>,
    /// How many hints were shown.
    #[serde(default)]
    pub hints: usize,
    /// Whether the solution was shown before it passed.
    #[serde(default)]
    pub spoiled: bool,
}

impl Progress {
    /// Reads what is kept; nothing, where nothing is.
    ///
    /// # Errors
    /// When the file is there and cannot be read.
    pub fn read() -> Result<Self> {
        let path = path();
        match std::fs::read_to_string(&path) {
            Ok(text) => serde_json::from_str(&text)
                .with_context(|| format!("{} is damaged: delete it to start afresh", path.display())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(error).with_context(|| format!("{} cannot be read", path.display())),
        }
    }

    /// What is kept of an exercise.
    pub fn of(&self, id: &str) -> Option<&Kept> {
        self.exercises.get(id)
    }

    /// What is kept of an exercise, to change.
    pub fn of_mut(&mut self, id: &str) -> &mut Kept {
        self.exercises.entry(id.to_owned()).or_default()
    }

    /// Whether this very file passed this very check.
    pub fn is_green(&self, id: &str, file: &str, check: &str) -> bool {
        self.of(id).is_some_and(|kept| kept.passed && kept.file == file && kept.check == check)
    }

    /// Reads it, changes it and writes it, all or nothing; meanwhile no other `workshop` does (one may serve the book
    /// while another watches the files).
    ///
    /// # Errors
    /// When it cannot be read or written.
    pub fn change<T>(change: impl FnOnce(&mut Self) -> T) -> Result<T> {
        let path = path();
        let folder = workshop_base::kept();
        std::fs::create_dir_all(&folder).with_context(|| format!("{} cannot be made", folder.display()))?;
        let lock = std::fs::File::create(folder.join("progress.lock"))?;
        lock.lock().with_context(|| format!("{} cannot be locked", folder.display()))?;
        let mut progress = Self::read()?;
        let result = change(&mut progress);
        let mut file = tempfile::NamedTempFile::new_in(&folder)?;
        serde_json::to_writer_pretty(&mut file, &progress)?;
        file.persist(&path).with_context(|| format!("{} cannot be written", path.display()))?;
        Ok(result)
    }
}

fn path() -> PathBuf {
    workshop_base::kept().join("progress.json")
}

/// The hash of a text.
pub fn hash(text: &[u8]) -> String {
    workshop_base::data::hex(&Sha256::digest(text)[..16])
}

/// The hash of what decides an exercise's verdict besides the learner's file: the solutions of its week, the checks, the
/// golden values, the workbench with its comparison.
///
/// # Errors
/// When a file cannot be read.
pub fn check_hash(root: &Path, exercise: &Exercise) -> Result<String> {
    let short = exercise.id.split('/').next().unwrap_or_default();
    let mut hasher = Sha256::new();
    let solutions = root.join(exercise.solution());
    for part in [
        root.join("tests").join("checks").join("src"),
        root.join("tests").join("fixtures").join(short),
        root.join("lessons").join("week00-workbench").join("src"),
        solutions.parent().unwrap_or(&solutions).to_owned(),
    ] {
        hash_into(&mut hasher, &part)?;
    }
    Ok(workshop_base::data::hex(&hasher.finalize()[..16]))
}
