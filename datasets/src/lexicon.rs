//! The words that templates draw from: lists of entries, each with fields where a sentence needs them.
//!
//! `[list]` or `[list.sub]` opens a list; an entry is a line, its fields follow after ` | ` as `name=value`. A list holds its own
//! entries and those of all its sub-lists.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

/// The files: adding one is one line here.
const FILES: &[&str] = &[
    include_str!("../text/lexicon.txt"),
    include_str!("../text/lexicon-stories.txt"),
    include_str!("../text/lexicon-school.txt"),
    include_str!("../text/lexicon-work.txt"),
    include_str!("../text/lexicon-tales.txt"),
    include_str!("../text/lexicon-town.txt"),
    include_str!("../text/lexicon-world.txt"),
    include_str!("../text/lexicon-answers.txt"),
    include_str!("../text/lexicon-days.txt"),
];

/// A word or a phrase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// As it is written; verbs and adjectives in their dictionary form.
    pub text: String,
    /// What is known of it.
    pub fields: Vec<(String, String)>,
    /// Whether it is an adjective: its last word stands in a list 형용사, or it has the field `품사=형` (its forms differ from those of a verb).
    pub adjective: bool,
}

impl Entry {
    /// The value of a field.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }
}

/// All lists.
#[derive(Debug, Default)]
pub struct Lexicon {
    entries: Vec<Entry>,
    lists: BTreeMap<String, Vec<usize>>,
    faults: Vec<(usize, String)>,
    /// The last words of the entries of the lists 형용사.
    adjectives: BTreeSet<String>,
}

impl Lexicon {
    /// The lexicon that comes with the crate.
    pub fn embedded() -> &'static Self {
        static LEXICON: OnceLock<Lexicon> = OnceLock::new();
        LEXICON.get_or_init(|| Self::parse(&FILES.join("\n")))
    }

    /// Reads a lexicon; what could not be read is left out and stands in [`Lexicon::faults`].
    pub fn parse(text: &str) -> Self {
        let mut lexicon = Self::default();
        let mut list = String::new();
        for (place, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                name.clone_into(&mut list);
            } else if list.is_empty() {
                lexicon.faults.push((place + 1, line.to_owned()));
            } else {
                lexicon.entry(&list, place + 1, line);
            }
        }
        for entry in &mut lexicon.entries {
            entry.adjective |= lexicon.adjectives.contains(last_word(&entry.text));
        }
        lexicon
    }

    /// Whether a word in its dictionary form is an adjective: it, or its last word, stands in a list 형용사.
    pub fn is_adjective(&self, word: &str) -> bool {
        self.adjectives.contains(last_word(word))
    }

    /// One line: several entries without fields may share it, parted by commas.
    fn entry(&mut self, list: &str, line: usize, written: &str) {
        let mut parts = written.split(" | ");
        let head = parts.next().unwrap_or_default();
        let mut fields = Vec::new();
        for part in parts {
            match part.split_once('=') {
                Some((name, value)) => fields.push((name.trim().to_owned(), value.trim().to_owned())),
                None => self.faults.push((line, part.to_owned())),
            }
        }
        let adjective = fields.iter().any(|(name, value)| name == "품사" && value == "형");
        for text in head.split(", ").map(str::trim).filter(|text| !text.is_empty()) {
            if list.starts_with("형용사") {
                self.adjectives.insert(last_word(text).to_owned());
            }
            let place = self.entries.len();
            self.entries.push(Entry { text: text.to_owned(), fields: fields.clone(), adjective });
            let mut name = list;
            loop {
                self.lists.entry(name.to_owned()).or_default().push(place);
                let Some((parent, _)) = name.rsplit_once('.') else { break };
                name = parent;
            }
        }
    }

    /// The entries of a list and of its sub-lists; a word of two sub-lists stands in it once.
    pub fn list(&self, name: &str) -> Option<Vec<&Entry>> {
        let mut seen = BTreeSet::new();
        let entries = self.lists.get(name)?.iter().map(|place| &self.entries[*place]);
        Some(entries.filter(|entry| seen.insert(entry.text.as_str())).collect())
    }

    /// The names of all lists.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.lists.keys().map(String::as_str)
    }

    /// Every entry, in the order of the file.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// What could not be read: line and text.
    pub fn faults(&self) -> &[(usize, String)] {
        &self.faults
    }
}

fn last_word(text: &str) -> &str {
    text.rsplit(' ').next().unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_holds_its_sub_lists() {
        let lexicon =
            Lexicon::parse("# 말\n[동물.집]\n고양이 | 소리=야옹 | 세는말=마리\n개, 닭\n[동물]\n곰\n[형용사]\n크다");
        let names: Vec<&str> = lexicon.list("동물").unwrap().iter().map(|entry| entry.text.as_str()).collect();
        assert_eq!(names, ["고양이", "개", "닭", "곰"]);
        assert_eq!(lexicon.list("동물.집").unwrap()[0].field("소리"), Some("야옹"));
        assert!(lexicon.list("형용사").unwrap()[0].adjective);
        assert_eq!(lexicon.list("식물"), None);
        assert!(lexicon.faults().is_empty());
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        assert_eq!(
            Lexicon::parse("곰\n[동물]\n개 | 소리").faults(),
            [(1, "곰".to_owned()), (2 + 1, "소리".to_owned())]
        );
    }

    #[test]
    fn the_embedded_lexicon_is_whole() {
        let lexicon = Lexicon::embedded();
        assert_eq!(lexicon.faults(), []);
        for entry in lexicon.entries() {
            assert!(!entry.text.contains(['|', '=', '[', ']', ',']), "{}", entry.text);
        }
    }
}
