//! Writes a data set to a file: what `workshop data make` calls.

use crate::corpus;
use crate::raw;
use crate::split::Split;
use crate::tasks;
use serde::Serialize;
use std::io::{self, Write};
use std::ops::ControlFlow;

/// What can be made: adding one is one line in [`TARGETS`].
pub struct Target {
    /// Its name on the command line.
    pub name: &'static str,
    /// What it is, in a sentence.
    pub about: &'static str,
    /// Whether it can be written as plain text too.
    pub is_text: bool,
    /// Writes items until it is told to stop.
    write: fn(&mut Job) -> io::Result<()>,
}

/// The table. A data set of tasks is written by [`Job::lines`].
pub const TARGETS: &[Target] = &[
    Target {
        name: "corpus",
        about: "stories, dialogues, descriptions and other everyday texts to pretrain on",
        is_text: true,
        write: corpus_lines,
    },
    Target {
        name: "reviews",
        about: "film reviews with their verdict, in NSMC's format (tab-separated)",
        is_text: false,
        write: |job| job.task("reviews"),
    },
    Target {
        name: "entailment",
        about: "pairs of sentences: follows, contradicts or neither, in KLUE-NLI's format (a JSON array)",
        is_text: false,
        write: |job| job.task("entailment"),
    },
    Target {
        name: "questions",
        about: "questions about a text with the place of the answer, in KorQuAD's manner",
        is_text: false,
        write: |job| job.task("questions"),
    },
    Target {
        name: "chat",
        about: "small talk: what is said, an answer and a mood (comma-separated)",
        is_text: false,
        write: |job| job.task("chat"),
    },
    Target {
        name: "instructions",
        about: "instructions with their responses",
        is_text: false,
        write: |job| job.task("instructions"),
    },
    Target {
        name: "news",
        about: "invented news with topic, title and summary",
        is_text: false,
        write: |job| job.task("news"),
    },
    Target {
        name: "preferences",
        about: "a prompt with a better and a worse answer",
        is_text: false,
        write: |job| job.task("preferences"),
    },
    Target {
        name: "parallel",
        about: "English and Korean sentences that say the same",
        is_text: false,
        write: |job| job.task("parallel"),
    },
    Target {
        name: "evaluation",
        about: "168 multiple-choice questions written by hand; split test only",
        is_text: false,
        write: |job| job.task("evaluation"),
    },
    Target {
        name: "raw",
        about: "a dump as a crawl gives it: most of it good Korean text, the rest dirty in a known way; some lines are in CP949",
        is_text: false,
        write: |job| job.lines(raw::dump(job.seed), raw::Raw::write_line),
    },
];

/// How documents are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// A JSON object a line.
    #[default]
    Jsonl,
    /// Plain text, documents parted by an empty line, where [`Target::is_text`] says so.
    Text,
}

/// What was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Made {
    /// How many documents or items.
    pub items: u64,
    /// How many bytes were written.
    pub bytes: u64,
}

/// Why nothing was made.
#[derive(Debug, thiserror::Error)]
pub enum MakeError {
    /// There is no target of this name.
    #[error("there is no data set “{0}”")]
    Unknown(String),
    /// It cannot be written as plain text.
    #[error("“{0}” is not written as plain text, only as JSON lines")]
    Format(String),
    /// The output failed.
    #[error(transparent)]
    Write(#[from] io::Error),
}

/// A run: what is wanted, and how much has been written.
pub struct Job<'a> {
    /// The seed.
    pub seed: u64,
    /// The split.
    pub split: Split,
    format: Format,
    wanted: u64,
    made: Made,
    line: Vec<u8>,
    out: &'a mut dyn Write,
    progress: &'a mut dyn FnMut(u64) -> ControlFlow<()>,
}

/// Writes `what` as JSON lines to `out` until `bytes` are reached; the last line is written whole.
///
/// # Errors
/// An unknown name, or an output that fails.
pub fn make(
    what: &str,
    seed: u64,
    split: Split,
    bytes: u64,
    out: &mut dyn Write,
    progress: &mut dyn FnMut(u64),
) -> Result<Made, MakeError> {
    let mut go_on = |written| {
        progress(written);
        ControlFlow::Continue(())
    };
    make_as(Format::Jsonl, what, (seed, split), bytes, out, &mut go_on)
}

/// The same in a chosen format; `progress` may also end the run, between two items.
///
/// # Errors
/// An unknown name, a format that it does not have, or an output that fails.
pub fn make_as(
    format: Format,
    what: &str,
    (seed, split): (u64, Split),
    bytes: u64,
    out: &mut dyn Write,
    progress: &mut dyn FnMut(u64) -> ControlFlow<()>,
) -> Result<Made, MakeError> {
    let target =
        TARGETS.iter().find(|target| target.name == what).ok_or_else(|| MakeError::Unknown(what.to_owned()))?;
    if format == Format::Text && !target.is_text {
        return Err(MakeError::Format(what.to_owned()));
    }
    let mut job = Job { seed, split, format, wanted: bytes, made: Made::default(), line: Vec::new(), out, progress };
    (target.write)(&mut job)?;
    job.out.flush()?;
    Ok(job.made)
}

impl Job<'_> {
    /// Writes items with `write_line` until enough was written.
    ///
    /// # Errors
    /// An output that fails.
    pub fn lines<T>(
        &mut self,
        items: impl Iterator<Item = T>,
        write_line: impl Fn(&T, &mut Vec<u8>) -> io::Result<()>,
    ) -> io::Result<()> {
        for item in items {
            if self.made.bytes >= self.wanted {
                break;
            }
            self.line.clear();
            write_line(&item, &mut self.line)?;
            self.out.write_all(&self.line)?;
            self.made.items += 1;
            self.made.bytes += self.line.len() as u64;
            if (self.progress)(self.made.bytes).is_break() {
                break;
            }
        }
        Ok(())
    }
}

impl Job<'_> {
    /// Writes a task in its own format: what opens the file, the items with what parts them, and what closes it.
    fn task(&mut self, name: &str) -> io::Result<()> {
        let Some(task) = tasks::find(name) else { return Err(io::Error::other(format!("there is no task {name}"))) };
        self.raw(task.opening)?;
        for line in (task.lines)(self.seed, self.split) {
            if self.made.bytes >= self.wanted {
                break;
            }
            if self.made.items > 0 {
                self.raw(task.separator)?;
            }
            self.raw(&line)?;
            self.made.items += 1;
            if (self.progress)(self.made.bytes).is_break() {
                break;
            }
        }
        if self.made.bytes == 0 { Ok(()) } else { self.raw(task.closing) }
    }

    fn raw(&mut self, text: &str) -> io::Result<()> {
        self.made.bytes += text.len() as u64;
        self.out.write_all(text.as_bytes())
    }
}

/// A line of the corpus.
#[derive(Serialize)]
struct Line<'a> {
    id: &'a str,
    kind: &'static str,
    text: &'a str,
}

fn corpus_lines(job: &mut Job) -> io::Result<()> {
    let (seed, format) = (job.seed, job.format);
    job.lines(corpus::documents(seed, job.split), |document, out| {
        if format == Format::Text {
            out.extend_from_slice(document.text.as_bytes());
            out.extend_from_slice(b"\n\n");
        } else {
            let id = format!("{seed}-{}", document.index);
            serde_json::to_writer(&mut *out, &Line { id: &id, kind: document.kind.name(), text: &document.text })?;
            out.push(b'\n');
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(what: &str, seed: u64, format: Format, bytes: u64) -> (Vec<u8>, Made) {
        let mut out = Vec::new();
        let made =
            make_as(format, what, (seed, Split::Train), bytes, &mut out, &mut |_| ControlFlow::Continue(())).unwrap();
        (out, made)
    }

    #[test]
    fn the_same_seed_writes_the_same_bytes_for_everything_that_can_be_made() {
        for target in TARGETS {
            let (bytes, count) = made(target.name, 4, Format::Jsonl, 30_000);
            assert_eq!((bytes.clone(), count), made(target.name, 4, Format::Jsonl, 30_000), "{}", target.name);
            assert_eq!(count.bytes, bytes.len() as u64, "{}", target.name);
            if target.name == "evaluation" {
                assert_eq!(count, Made::default());
                continue;
            }
            assert_ne!(bytes, made(target.name, 5, Format::Jsonl, 30_000).0, "{}", target.name);
            if tasks::find(target.name).is_some_and(|task| task.extension != "jsonl") {
                continue;
            }
            let lines: Vec<&[u8]> = bytes.strip_suffix(b"\n").unwrap().split(|byte| *byte == b'\n').collect();
            assert_eq!(count.items, lines.len() as u64);
            for line in lines {
                // Some lines of the raw dump are in CP949.
                serde_json::from_str::<serde_json::Value>(&String::from_utf8_lossy(line)).unwrap();
            }
        }
    }

    #[test]
    fn a_task_is_written_in_its_own_format_and_every_task_can_be_made() {
        for task in tasks::TABLE {
            assert!(TARGETS.iter().any(|target| target.name == task.name), "{}", task.name);
        }
        let (array, count) = made("entailment", 4, Format::Jsonl, 20_000);
        let items: Vec<serde_json::Value> = serde_json::from_slice(&array).unwrap();
        assert_eq!(items.len() as u64, count.items);
        let (table, count) = made("reviews", 4, Format::Jsonl, 20_000);
        let table = String::from_utf8(table).unwrap();
        assert!(table.starts_with("id\tdocument\tlabel\n"));
        assert_eq!(table.lines().count() as u64, count.items + 1);
    }

    #[test]
    fn plain_text_is_parted_by_empty_lines_and_is_the_corpus_only() {
        let (bytes, _) = made("corpus", 4, Format::Text, 5000);
        assert!(String::from_utf8(bytes).unwrap().contains("\n\n"));
        let wrong =
            make_as(Format::Text, "nothing", (1, Split::Train), 1, &mut Vec::new(), &mut |_| ControlFlow::Continue(()));
        assert!(matches!(wrong, Err(MakeError::Unknown(name)) if name == "nothing"));
        for target in TARGETS.iter().filter(|target| target.name != "corpus") {
            let mut go_on = |_| ControlFlow::Continue(());
            let wrong = make_as(Format::Text, target.name, (1, Split::Train), 1, &mut Vec::new(), &mut go_on);
            assert!(matches!(wrong, Err(MakeError::Format(name)) if name == target.name));
        }
    }

    #[test]
    fn a_run_ends_where_it_is_told_to() {
        let mut calls = 0;
        let mut stop = |_| {
            calls += 1;
            if calls == 3 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let made = make_as(Format::Jsonl, "corpus", (1, Split::Train), u64::MAX, &mut Vec::new(), &mut stop).unwrap();
        assert_eq!(made.items, 3);
    }
}
