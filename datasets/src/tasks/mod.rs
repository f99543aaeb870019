//! Data sets for tasks, in the formats of the well-known ones: written for the course or generated, seeded, as long as you like.
//!
//! Each module has an `Item`, `items(seed, split)` and `write_line`. Items are made one by one from the seed and a number, and the
//! split of an item follows from its own words, so that no item stands in two splits. What was written by hand comes once a stream,
//! near its head. [`TABLE`] says which file each task is written as.

pub mod chat;
pub mod entailment;
pub mod evaluation;
pub mod instructions;
pub mod news;
pub mod parallel;
pub mod preferences;
pub mod questions;
mod records;
pub mod reviews;
mod template;

use crate::rng::{HASH_START, Rng, hash};
use crate::split::Split;
use std::collections::HashSet;
use std::io::{self, Write};

/// How the file of a task is written: `opening`, the lines with `separator` between them, `closing`.
#[derive(Clone, Copy, Debug)]
pub struct Task {
    /// Its name, as the command takes it.
    pub name: &'static str,
    /// The ending of the file's name, without the dot.
    pub extension: &'static str,
    /// What stands before the first item.
    pub opening: &'static str,
    /// What stands between two items.
    pub separator: &'static str,
    /// What stands after the last item.
    pub closing: &'static str,
    /// The items of a split, written out, without a line break at the end.
    pub lines: fn(u64, Split) -> Box<dyn Iterator<Item = String>>,
}

/// The formats: tab-separated with a header (as NSMC), a JSON array (as KLUE), comma-separated (as the chatbot data), else JSON lines.
pub static TABLE: &[Task] = &[
    Task {
        opening: "id\tdocument\tlabel\n",
        extension: "txt",
        ..json_lines("reviews", |seed, split| Box::new(reviews::items(seed, split).map(|item| reviews::line(&item))))
    },
    Task {
        extension: "json",
        opening: "[\n",
        separator: ",\n",
        closing: "\n]\n",
        ..json_lines("entailment", |seed, split| Box::new(entailment::items(seed, split).map(|item| json(&item))))
    },
    json_lines("questions", |seed, split| Box::new(questions::items(seed, split).map(|item| json(&item)))),
    Task {
        extension: "csv",
        opening: "Q,A,label\n",
        ..json_lines("chat", |seed, split| Box::new(chat::items(seed, split).map(|item| chat::line(&item))))
    },
    json_lines("instructions", |seed, split| Box::new(instructions::items(seed, split).map(|item| json(&item)))),
    json_lines("news", |seed, split| Box::new(news::items(seed, split).map(|item| json(&item)))),
    json_lines("preferences", |seed, split| Box::new(preferences::items(seed, split).map(|item| json(&item)))),
    json_lines("parallel", |seed, split| Box::new(parallel::items(seed, split).map(|item| json(&item)))),
    json_lines("evaluation", |seed, split| Box::new(evaluation::items(seed, split).map(|item| json(&item)))),
];

/// The task of this name.
pub fn find(name: &str) -> Option<&'static Task> {
    TABLE.iter().find(|task| task.name == name)
}

const fn json_lines(name: &'static str, lines: fn(u64, Split) -> Box<dyn Iterator<Item = String>>) -> Task {
    Task { name, extension: "jsonl", opening: "", separator: "\n", closing: "\n", lines }
}

/// An item as one line of JSON; strings and numbers alone cannot fail to be written.
fn json<T: serde::Serialize>(item: &T) -> String {
    serde_json::to_string(item).unwrap_or_default()
}

/// Writes `line` and a line break.
fn put(line: &str, to: &mut impl Write) -> io::Result<()> {
    to.write_all(line.as_bytes())?;
    to.write_all(b"\n")
}

/// The key of a text, from which its split follows.
fn key(text: &str) -> u64 {
    hash(HASH_START, text.as_bytes())
}

/// A candidate for a stream: the item, the key that decides its split, and the key by which a repetition is known.
struct Candidate<T> {
    item: T,
    split: u64,
    same: u64,
}

/// The items of one split: candidates are made from the seed and their number, and those of other splits are passed over.
// Repetitions are left out while they are remembered: short questions have few wordings, and a stream of them would repeat itself.
struct Items<T> {
    name: &'static str,
    seed: u64,
    split: Split,
    number: u64,
    seen: HashSet<u64>,
    repeated: u32,
    make: fn(u64, &mut Rng) -> Option<Candidate<T>>,
}

const REMEMBERED: usize = 1 << 17;
const PATIENCE: u32 = 50;

impl<T> Items<T> {
    fn new(name: &'static str, seed: u64, split: Split, make: fn(u64, &mut Rng) -> Option<Candidate<T>>) -> Self {
        Self { name, seed, split, number: 0, seen: HashSet::new(), repeated: 0, make }
    }

    /// Whether this item may come now.
    fn is_new(&mut self, same: u64) -> bool {
        if self.seen.len() >= REMEMBERED || self.repeated >= PATIENCE {
            self.seen.clear();
        }
        let new = self.seen.insert(same);
        self.repeated = if new { 0 } else { self.repeated + 1 };
        new
    }
}

impl<T> Iterator for Items<T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        loop {
            let number = self.number;
            self.number += 1;
            let mut rng = Rng::named(self.name, self.seed, number);
            let Some(candidate) = (self.make)(number, &mut rng) else { continue };
            if Split::of(candidate.split) == self.split && self.is_new(candidate.same) {
                return Some(candidate.item);
            }
        }
    }
}

/// What was written by hand comes once: every `EVERY`th candidate, until there is no more.
const EVERY: u64 = 4;

/// The written item whose turn it is.
fn written<T>(items: &[T], number: u64) -> Option<&T> {
    let place = usize::try_from(number / EVERY).ok()?;
    if number.is_multiple_of(EVERY) { items.get(place) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn sample(task: &Task, seed: u64, split: Split, count: usize) -> Vec<String> {
        (task.lines)(seed, split).take(count).collect()
    }

    #[test]
    fn the_same_seed_gives_the_same_bytes_and_another_one_others() {
        for task in TABLE.iter().filter(|task| task.name != "evaluation") {
            let lines = sample(task, 5, Split::Train, 300);
            assert_eq!(lines.len(), 300, "{}", task.name);
            assert_eq!(lines, sample(task, 5, Split::Train, 300), "{}", task.name);
            assert_ne!(lines, sample(task, 6, Split::Train, 300), "{}", task.name);
        }
    }

    #[test]
    fn no_line_has_a_slot_or_a_bracket_left_or_two_blanks() {
        for task in TABLE {
            for line in sample(task, 1, Split::Train, 4000) {
                let words = if task.extension.starts_with("json") {
                    line.replace(['{', '}', '[', ']'], "")
                } else {
                    line.clone()
                };
                assert!(!words.contains(['{', '}', '[', ']', '«', '»', '|']), "{}: {line}", task.name);
                assert!(!line.contains("  "), "{}: {line}", task.name);
                assert!(!line.contains('\n'), "{}: {line}", task.name);
            }
        }
    }

    /// What must not stand in two splits: the text that a model is shown.
    fn shown(task: &Task, line: &str) -> String {
        let value: serde_json::Value = serde_json::from_str(line).unwrap_or_default();
        match task.name {
            "reviews" => line.split('\t').nth(1).unwrap().to_owned(),
            "chat" => chat::parse(line).unwrap().question,
            "entailment" => value["premise"].to_string(),
            "questions" => value["context"].to_string(),
            "instructions" => format!("{}{}", value["instruction"], value["input"]),
            "news" => value["body"].to_string(),
            "preferences" => value["prompt"].to_string(),
            _ => format!("{}{}", value["en"], value["ko"]),
        }
    }

    #[test]
    fn no_item_stands_in_two_splits() {
        for task in TABLE.iter().filter(|task| task.name != "evaluation") {
            let train: BTreeSet<String> =
                sample(task, 3, Split::Train, 20_000).iter().map(|line| shown(task, line)).collect();
            let mut kept = BTreeSet::new();
            for split in [Split::Validation, Split::Test] {
                for line in sample(task, 3, split, 200) {
                    let shown = shown(task, &line);
                    assert!(!train.contains(&shown), "{}: {shown}", task.name);
                    if split == Split::Validation {
                        kept.insert(shown);
                    } else {
                        assert!(!kept.contains(&shown), "{}: {shown}", task.name);
                    }
                }
            }
        }
    }

    #[test]
    fn a_file_opens_and_closes_as_its_format_asks() {
        let task = find("entailment").unwrap();
        let file = [task.opening, &sample(task, 1, Split::Train, 3).join(task.separator), task.closing].concat();
        let items: Vec<entailment::Item> = serde_json::from_str(&file).unwrap();
        assert_eq!(items.len(), 3);
        assert!(find("nothing").is_none());
        let names: BTreeSet<&str> = TABLE.iter().map(|task| task.name).collect();
        assert_eq!(names.len(), TABLE.len());
    }
}
