//! Passages that were written in full.
//!
//! A file holds many of them; a line `=== id | kind | title` opens each. The split of a passage follows from its id.

use crate::corpus::Kind;
use crate::rng::{HASH_START, hash};
use crate::split::Split;
use std::sync::OnceLock;

/// The files: adding one is one line here.
const FILES: &[(&str, &str)] = &[
    ("dialogues.txt", include_str!("../text/passages/dialogues.txt")),
    ("essays.txt", include_str!("../text/passages/essays.txt")),
    ("knowledge.txt", include_str!("../text/passages/knowledge.txt")),
    ("stories.txt", include_str!("../text/passages/stories.txt")),
    ("tales.txt", include_str!("../text/passages/tales.txt")),
];

/// A passage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passage {
    /// Its name, of which there is one only.
    pub id: &'static str,
    /// Its title.
    pub title: &'static str,
    /// What it is.
    pub kind: Kind,
    /// The text, without the title.
    pub text: &'static str,
    /// Where it belongs.
    pub split: Split,
}

/// All passages, in the order of the files.
pub fn all() -> &'static [Passage] {
    static PASSAGES: OnceLock<Vec<Passage>> = OnceLock::new();
    PASSAGES.get_or_init(|| FILES.iter().flat_map(|(_, text)| read(text).0).collect())
}

/// The passages of a file, and the heads that could not be read.
fn read(text: &'static str) -> (Vec<Passage>, Vec<&'static str>) {
    let (mut passages, mut faults) = (Vec::new(), Vec::new());
    // What stands before the first head is a comment.
    let text = text.strip_prefix("=== ").unwrap_or_else(|| {
        text.split_once(
            "
=== ",
        )
        .map_or("", |(_, rest)| rest)
    });
    for part in text.split("\n=== ").filter(|part| !part.trim().is_empty()) {
        let (head, body) = part.split_once('\n').unwrap_or((part, ""));
        match head.split(" | ").map(str::trim).collect::<Vec<_>>()[..] {
            [id, kind, title] if !body.trim().is_empty() => match Kind::named(kind) {
                Some(kind) => {
                    let split = Split::of(hash(HASH_START, id.as_bytes()));
                    passages.push(Passage { id, title, kind, text: body.trim(), split });
                }
                None => faults.push(head),
            },
            _ => faults.push(head),
        }
    }
    (passages, faults)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn a_file_is_parted_at_its_heads() {
        let (passages, faults) = read(
            "# 머리말\n=== a-1 | 이야기 | 첫눈\n눈이 왔다.\n\n좋았다.\n=== a-2 | 없는것 | 둘\n글\n=== a-3 | 설명\n글\n=== a-4 | 설명 | 넷\n글\n",
        );
        assert_eq!(
            passages.iter().map(|passage| (passage.id, passage.title, passage.text)).collect::<Vec<_>>(),
            [("a-1", "첫눈", "눈이 왔다.\n\n좋았다."), ("a-4", "넷", "글")]
        );
        assert_eq!(faults, ["a-2 | 없는것 | 둘", "a-3 | 설명"]);
    }

    #[test]
    fn every_passage_of_the_crate_is_read_and_has_a_name_of_its_own() {
        for (file, text) in FILES {
            assert_eq!(read(text).1, Vec::<&str>::new(), "{file}");
        }
        let ids: BTreeSet<&str> = all().iter().map(|passage| passage.id).collect();
        assert_eq!(ids.len(), all().len());
        let texts: BTreeSet<&str> = all().iter().map(|passage| passage.text).collect();
        assert_eq!(texts.len(), all().len());
    }
}
