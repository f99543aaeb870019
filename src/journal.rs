//! What the learner did, and when: a line an event in `.workshop/journal.jsonl`, appended and never changed.
//!
//! The report card is made from it. It stays on this machine: nothing sends it anywhere.

use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};

use crate::files;

/// Something that the learner did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "what")]
pub enum Event {
    /// An exercise was graded.
    Check {
        /// Which.
        id: String,
        /// What came of it: the word of [`crate::grade::Told::verdict`].
        verdict: String,
        /// The mistakes that were named.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        mistakes: Vec<String>,
    },
    /// A hint was shown.
    Hint {
        /// Of which exercise.
        id: String,
        /// Which hint, from 1.
        number: usize,
    },
    /// A solution was shown.
    Solution {
        /// Of which exercise.
        id: String,
    },
    /// A file was put back to its stub.
    Reset {
        /// Of which exercise.
        id: String,
    },
    /// A cell of the live book was run.
    Cell {
        /// The page's name.
        page: String,
        /// Its number.
        cell: usize,
        /// Whether its code, or that of a cell above it, is not the page's own.
        edited: bool,
        /// Whether it ran on the learner's pieces.
        mine: bool,
    },
    /// A lesson's program was run.
    Program {
        /// The week: `week04`.
        week: String,
        /// The program.
        name: String,
        /// Whether it ran on the learner's pieces.
        mine: bool,
    },
}

/// An event with its time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Seconds since 1970.
    pub at: u64,
    /// What was done.
    #[serde(flatten)]
    pub event: Event,
}

/// Writes down that something was done now.
///
/// # Errors
/// When the journal cannot be written.
pub fn note(event: &Event) -> Result<()> {
    let at = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
    let line = serde_json::to_string(&Entry { at, event: event.clone() })? + "\n";
    let folder = workshop_base::kept();
    let path = folder.join("journal.jsonl");
    let write = || {
        std::fs::create_dir_all(&folder)?;
        let mut file = std::fs::OpenOptions::new().create(true).append(true).read(true).open(&path)?;
        // The last line was cut short by a full disk: it is lost, this one is not.
        let mut last = [b'\n'];
        if file.seek(SeekFrom::End(-1)).is_ok() {
            file.read_exact(&mut last)?;
        }
        let line = if last == *b"\n" { line.clone() } else { format!("\n{line}") };
        // One write of one line: another `workshop` may be appending too.
        file.write_all(line.as_bytes())
    };
    write().with_context(|| format!("{} cannot be written", path.display()))
}

/// All that was done, in order. A line that is not understood (cut short by a full disk, written by a newer version) is
/// left out.
///
/// # Errors
/// When the journal is there and cannot be read.
pub fn read() -> Result<Vec<Entry>> {
    let text = files::read_if_there(&workshop_base::kept().join("journal.jsonl"))?.unwrap_or_default();
    Ok(text.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok()).collect())
}
