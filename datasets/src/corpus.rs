//! The corpus to pretrain on: an endless row of documents, each made alone from a seed and its index.

use crate::grammar::{Grammar, GrammarError, Plan};
use crate::passages;
use crate::rng::Rng;
use crate::split::Split;
use crate::turns;
use serde::{Deserialize, Serialize};
use std::sync::OnceLock;

/// The kinds of documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// 이야기: a short story.
    Story,
    /// 옛이야기: a tale.
    Tale,
    /// 대화: a dialogue.
    Dialogue,
    /// 설명: a description.
    Description,
    /// 사실: small facts.
    Fact,
    /// 문답: questions with their answers.
    Answer,
    /// 일기: a page of a diary.
    Diary,
    /// 편지: a letter.
    Letter,
    /// 안내문: a notice.
    Notice,
    /// 문자: short messages.
    Message,
    /// 방법: how to do a thing.
    HowTo,
    /// 수필: an essay.
    Essay,
    /// 동시: a poem.
    Poem,
}

impl Kind {
    /// All kinds with their names as they stand in a line of the corpus, and in Korean.
    pub const NAMES: [(Self, &'static str, &'static str); 13] = [
        (Self::Story, "story", "이야기"),
        (Self::Tale, "tale", "옛이야기"),
        (Self::Dialogue, "dialogue", "대화"),
        (Self::Description, "description", "설명"),
        (Self::Fact, "fact", "사실"),
        (Self::Answer, "answer", "문답"),
        (Self::Diary, "diary", "일기"),
        (Self::Letter, "letter", "편지"),
        (Self::Notice, "notice", "안내문"),
        (Self::Message, "message", "문자"),
        (Self::HowTo, "how_to", "방법"),
        (Self::Essay, "essay", "수필"),
        (Self::Poem, "poem", "동시"),
    ];

    /// The kind of this English or Korean name.
    pub fn named(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(_, english, korean)| *english == name || *korean == name).map(|(kind, ..)| *kind)
    }

    /// Its English name.
    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(kind, ..)| *kind == self).map_or("", |(_, name, _)| name)
    }
}

/// A file of templates: its kind, how many of a thousand documents it makes, its name and its text.
type Genre = (Kind, u32, &'static str, &'static str);

/// The genres: adding a file is one line here. Each is entered by the rule `시작`.
const GENRES: &[Genre] = &[
    (Kind::Story, 70, "stories.txt", include_str!("../text/stories.txt")),
    (Kind::Story, 95, "stories-school.txt", include_str!("../text/stories-school.txt")),
    (Kind::Story, 80, "stories-work.txt", include_str!("../text/stories-work.txt")),
    (Kind::Tale, 20, "tales.txt", include_str!("../text/tales.txt")),
    (Kind::Tale, 85, "tales-animals.txt", include_str!("../text/tales-animals.txt")),
    (Kind::Dialogue, 40, "dialogues.txt", include_str!("../text/dialogues.txt")),
    (Kind::Dialogue, 95, "dialogues-town.txt", include_str!("../text/dialogues-town.txt")),
    (Kind::Description, 25, "descriptions.txt", include_str!("../text/descriptions.txt")),
    (Kind::Description, 75, "descriptions-world.txt", include_str!("../text/descriptions-world.txt")),
    (Kind::Fact, 25, "facts.txt", include_str!("../text/facts.txt")),
    (Kind::Fact, 75, "facts-world.txt", include_str!("../text/facts-world.txt")),
    (Kind::Answer, 20, "answers.txt", include_str!("../text/answers.txt")),
    (Kind::Answer, 70, "answers-texts.txt", include_str!("../text/answers-texts.txt")),
    (Kind::Diary, 20, "diary.txt", include_str!("../text/diary.txt")),
    (Kind::Diary, 60, "diary-days.txt", include_str!("../text/diary-days.txt")),
    (Kind::Letter, 8, "letters.txt", include_str!("../text/letters.txt")),
    (Kind::Letter, 27, "letters-family.txt", include_str!("../text/letters-family.txt")),
    (Kind::Notice, 8, "notices.txt", include_str!("../text/notices.txt")),
    (Kind::Notice, 22, "notices-town.txt", include_str!("../text/notices-town.txt")),
    (Kind::Message, 15, "messages.txt", include_str!("../text/messages.txt")),
    (Kind::Message, 30, "messages-friends.txt", include_str!("../text/messages-friends.txt")),
    (Kind::HowTo, 5, "how_to.txt", include_str!("../text/how_to.txt")),
    (Kind::HowTo, 30, "how_to-home.txt", include_str!("../text/how_to-home.txt")),
];

/// The rule by which a genre is entered.
pub const START: &str = "시작";

/// One document of this many is a passage, until each passage was given [`TIMES`] times.
const EVERY: u64 = 40;

/// How often a passage is given.
const TIMES: u64 = 3;

/// A document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// Its place among all documents of the seed.
    pub index: u64,
    /// What it is.
    pub kind: Kind,
    /// The text; paragraphs are parted by line breaks.
    pub text: String,
    /// Where it belongs.
    pub split: Split,
}

/// The grammars of all genres with their kinds and weights.
struct Genres {
    grammars: Vec<(Kind, Grammar)>,
    weights: Vec<u32>,
    errors: Vec<GrammarError>,
}

fn genres() -> &'static Genres {
    static READ: OnceLock<Genres> = OnceLock::new();
    READ.get_or_init(|| {
        let mut genres = Genres { grammars: Vec::new(), weights: Vec::new(), errors: Vec::new() };
        for (kind, weight, file, text) in GENRES {
            match Grammar::parse_all(file, text) {
                Ok(grammar) => {
                    genres.grammars.push((*kind, grammar));
                    genres.weights.push(*weight);
                }
                Err(errors) => genres.errors.extend(errors),
            }
        }
        genres
    })
}

/// The files of templates with their grammars, for those who count or check them.
pub fn grammars() -> impl Iterator<Item = (Kind, &'static Grammar)> {
    genres().grammars.iter().map(|(kind, grammar)| (*kind, grammar))
}

/// What is wrong with the files of templates; empty in a crate that passes its tests.
pub fn errors() -> &'static [GrammarError] {
    &genres().errors
}

/// The document `index` of `seed`.
pub fn document(seed: u64, index: u64) -> Document {
    make(seed, index, None).unwrap_or(Document { index, kind: Kind::Story, text: String::new(), split: Split::Train })
}

/// The documents of one split, without an end, in the order of their indices.
pub fn documents(seed: u64, split: Split) -> Documents {
    Documents { seed, split, next: 0 }
}

/// See [`documents`].
#[derive(Clone, Debug)]
pub struct Documents {
    seed: u64,
    split: Split,
    next: u64,
}

impl Documents {
    /// Documents until their texts fill `bytes`: the last one is given whole.
    pub fn up_to(self, bytes: u64) -> UpTo {
        UpTo { documents: self, left: bytes }
    }
}

impl Iterator for Documents {
    type Item = Document;

    fn next(&mut self) -> Option<Document> {
        loop {
            let index = self.next;
            self.next = index.checked_add(1)?;
            if let Some(document) = make(self.seed, index, Some(self.split)) {
                return Some(document);
            }
        }
    }
}

/// See [`Documents::up_to`].
#[derive(Clone, Debug)]
pub struct UpTo {
    documents: Documents,
    left: u64,
}

impl Iterator for UpTo {
    type Item = Document;

    fn next(&mut self) -> Option<Document> {
        if self.left == 0 {
            return None;
        }
        let document = self.documents.next()?;
        self.left = self.left.saturating_sub(document.text.len() as u64);
        Some(document)
    }
}

/// A document, unless it belongs to another split than the one that is wanted: then its text is not even written, where its
/// split is known before.
fn make(seed: u64, index: u64, wanted: Option<Split>) -> Option<Document> {
    let fits = |split| wanted.is_none_or(|wanted| wanted == split);
    if let Some(passage) = passage(seed, index) {
        return fits(passage.split).then(|| Document {
            index,
            kind: passage.kind,
            text: passage.text.to_owned(),
            split: passage.split,
        });
    }
    let mut rng = Rng::named("corpus", seed, index);
    let genres = genres();
    let (kind, grammar) = genres.grammars.get(rng.weighted(&genres.weights))?;
    let plan: Plan = grammar.plan(START, &mut rng);
    if plan.key().is_some_and(|key| !fits(Split::of(key))) {
        return None;
    }
    let (text, key) = plan.write();
    // One person may end an exchange and begin the next.
    let text = if *kind == Kind::Dialogue { turns::joined(&text) } else { text };
    let split = Split::of(key);
    fits(split).then_some(Document { index, kind: *kind, text, split })
}

/// The passage that stands at this place, if one does. Their order leaps through the files, from a start that the seed sets.
fn passage(seed: u64, index: u64) -> Option<&'static passages::Passage> {
    let all = passages::all();
    let count = all.len() as u64;
    let turn = index / EVERY;
    if index % EVERY != EVERY / 2 || turn >= count * TIMES {
        return None;
    }
    // A stride that has no divisor in common with the count meets each passage once a round.
    let stride = (count * 5 / 8..).find(|stride| gcd(*stride, count) == 1)?;
    all.get(((turn % count * stride + seed % count) % count) as usize)
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::{BTreeMap, BTreeSet};

    #[test]
    fn every_file_of_templates_is_sound_and_every_alternative_is_reached() {
        assert_eq!(errors(), []);
        for (kind, grammar) in grammars() {
            let report = grammar.check(&[START], 6000);
            let shown: Vec<String> = report.errors.iter().map(ToString::to_string).collect();
            assert!(shown.is_empty(), "{kind:?}: {}", shown.join("\n"));
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_documents_and_any_of_them_alone() {
        for split in Split::ALL {
            let row: Vec<Document> = documents(11, split).take(30).collect();
            assert_eq!(row, documents(11, split).take(30).collect::<Vec<_>>());
            for one in row {
                assert_eq!(document(11, one.index), one);
                assert_eq!(one.split, split);
            }
        }
        assert_ne!(document(11, 0).text, document(12, 0).text);
    }

    #[test]
    fn no_text_stands_in_two_splits() {
        let mut seen: BTreeMap<String, Split> = BTreeMap::new();
        let mut counts = [0; 3];
        for index in 0..20_000 {
            let one = document(5, index);
            assert!(!one.text.is_empty(), "{index}");
            counts[one.split as usize] += 1;
            assert_eq!(*seen.entry(one.text).or_insert(one.split), one.split);
        }
        assert!(counts[1] > 100 && counts[2] > 100, "{counts:?}");
    }

    #[test]
    fn a_passage_is_given_a_few_times_and_no_more() {
        let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
        for index in 0..EVERY * (TIMES + 1) * (passages::all().len() as u64 + 1) {
            if let Some(found) = passage(9, index) {
                *counts.entry(found.id).or_default() += 1;
            }
        }
        assert_eq!(counts.len(), passages::all().len());
        assert!(counts.values().all(|count| *count == TIMES));
    }

    #[test]
    fn every_kind_of_the_table_comes_up_and_texts_are_tidy() {
        let mut kinds = BTreeSet::new();
        for one in documents(3, Split::Train).take(2000) {
            kinds.insert(one.kind);
            let bad = ["  ", " \n", "\n ", " .", " ,", "{", "}", "<", ">", "[", "]", "|", "\n\n\n", "..,", "ㅂ니다"];
            let found = bad.iter().find(|bad| one.text.contains(**bad));
            assert!(found.is_none() && one.text.trim() == one.text, "{found:?} in {}", one.text);
        }
        assert!(GENRES.iter().all(|(kind, ..)| kinds.contains(kind)));
    }

    #[test]
    fn a_size_is_filled_and_not_passed_by_more_than_a_document() {
        let all: Vec<Document> = documents(2, Split::Train).up_to(20_000).collect();
        let bytes: usize = all.iter().map(|one| one.text.len()).sum();
        assert!(bytes >= 20_000 && bytes - all[all.len() - 1].text.len() < 20_000);
    }
}
