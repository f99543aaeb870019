//! What the learner has done: verdicts, each with the hash of the file it is about and of the check that gave it.
//!
//! Kept in `.workshop/progress.json`, which Git ignores and `cargo clean` leaves alone.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
pub use workshop_base::sources::hash_into;

use crate::course::Course;
use crate::exercise::Exercise;
use crate::files;

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
        let Some(text) = files::read_if_there(&path)? else { return Ok(Self::default()) };
        serde_json::from_slice(&text)
            .with_context(|| format!("{} is damaged: delete it to start afresh", path.display()))
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
        let lock = folder.join("progress.lock");
        let lock = std::fs::File::create(&lock).with_context(|| format!("{} cannot be written", lock.display()))?;
        lock.lock().with_context(|| format!("{} cannot be locked", folder.display()))?;
        let mut progress = Self::read()?;
        let result = change(&mut progress);
        files::write_whole(&path, serde_json::to_string_pretty(&progress)?)?;
        Ok(result)
    }
}

fn path() -> PathBuf {
    workshop_base::kept().join("progress.json")
}

/// How far an exercise is, as the kept verdicts tell it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// The file is the stub, or gone.
    NotStarted,
    /// This very file passed this very check.
    Passed,
    /// This very file did not pass this very check.
    NotYet,
    /// The file, or its check, is another than the one that was graded last.
    Changed,
}

impl State {
    /// The sign that stands for it.
    pub fn mark(self) -> &'static str {
        match self {
            Self::NotStarted => "○",
            Self::Passed => "✓",
            Self::NotYet => "✗",
            Self::Changed => "~",
        }
    }

    /// The word that the page knows it by.
    pub fn word(self) -> &'static str {
        match self {
            Self::NotStarted => "not-started",
            Self::Passed => "passed",
            Self::NotYet => "not-yet",
            Self::Changed => "changed",
        }
    }
}

/// How far an exercise is: from its file, its stub, what is kept of it, and the hash of the check as it is now.
pub fn state_of(file: Option<&[u8]>, stub: &str, kept: Option<&Kept>, check: &str) -> State {
    let Some(file) = file else { return State::NotStarted };
    // An editor may have changed nothing but the line endings.
    if std::str::from_utf8(file).is_ok_and(|text| files::with_plain_line_ends(text) == stub) {
        return State::NotStarted;
    }
    match kept {
        Some(kept) if kept.file == hash(file) && kept.check == check => {
            if kept.passed {
                State::Passed
            } else {
                State::NotYet
            }
        }
        _ => State::Changed,
    }
}

/// How far each exercise is, in the order of the course. Nothing is graded for it.
///
/// # Errors
/// When what is kept, or a file of the course, cannot be read.
pub fn states(course: &Course) -> Result<Vec<(&Exercise, State)>> {
    let progress = Progress::read()?;
    let mut states = vec![];
    for week in &course.weeks {
        // One hash serves the week's pieces, and one its experiments: they are decided by the same files.
        let mut checks = BTreeMap::new();
        for exercise in &week.exercises {
            let kept = progress.of(&exercise.id);
            let kind = exercise.is_experiment();
            if kept.is_some() && !checks.contains_key(&kind) {
                checks.insert(kind, check_hash(&course.root, exercise)?);
            }
            // What is there and cannot be read is not known to have passed.
            let file = files::read_if_there(&exercise.path()).unwrap_or_else(|_| Some(vec![]));
            let stub = exercise.stub(&course.root)?;
            let state = state_of(file.as_deref(), &stub, kept, checks.get(&kind).map_or("", String::as_str));
            states.push((exercise, state));
        }
    }
    Ok(states)
}

/// The hash of a text.
pub fn hash(text: &[u8]) -> String {
    workshop_base::data::hex(&Sha256::digest(text)[..16])
}

/// The hash of what decides an exercise's verdict besides the learner's file: the solutions of its week, the checks, the
/// golden values, the workbench with its comparison. Of an experiment: all that its program may call.
///
/// # Errors
/// When a file cannot be read.
pub fn check_hash(root: &Path, exercise: &Exercise) -> Result<String> {
    if exercise.is_experiment() {
        return Ok(workshop_base::sources::hash(root, None)?);
    }
    let mut hasher = Sha256::new();
    let solutions = root.join(exercise.solution());
    for part in [
        root.join("tests").join("checks").join("src"),
        root.join("tests").join("fixtures").join(exercise.week()),
        root.join("lessons").join("week00-workbench").join("src"),
        solutions.parent().unwrap_or(&solutions).to_owned(),
    ] {
        hash_into(&mut hasher, &part)?;
    }
    Ok(workshop_base::data::hex(&hasher.finalize()[..16]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_what_the_verdict_on_this_very_file_says() {
        let stub = "todo!()\n";
        let kept =
            |file: &str, passed| Kept { file: hash(file.as_bytes()), check: "c".into(), passed, ..Kept::default() };
        let state = |file: &str, kept: &Kept, check| state_of(Some(file.as_bytes()), stub, Some(kept), check);
        assert_eq!(state_of(None, stub, Some(&kept("1", true)), "c"), State::NotStarted);
        assert_eq!(state_of(Some(stub.as_bytes()), stub, None, ""), State::NotStarted);
        assert_eq!(state("todo!()\r\n", &kept("1", true), "c"), State::NotStarted);
        assert_eq!(state(stub, &kept(stub, false), "c"), State::NotStarted);
        assert_eq!(state("1", &kept("1", true), "c"), State::Passed);
        assert_eq!(state("1", &kept("1", false), "c"), State::NotYet);
        assert_eq!(state("1", &kept("1", true), "d"), State::Changed);
        assert_eq!(state("2", &kept("1", true), "c"), State::Changed);
        assert_eq!(state_of(Some(b"2"), stub, None, ""), State::Changed);
        assert_eq!(state_of(Some(&[255]), stub, None, ""), State::Changed);
        // Hints are kept before a check is.
        assert_eq!(state("2", &Kept { hints: 1, ..Kept::default() }, "c"), State::Changed);
    }
}
