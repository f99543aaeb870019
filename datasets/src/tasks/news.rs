//! News items with a title, a topic and a summary. Every place, body, team and person is invented.
//!
//! 61 items were written in full; the others come from templates. A summary says only what its body says.

use super::records::{self, Record};
use super::template::{self, Template};
use super::{Candidate, Items, key, written};
use crate::rng::Rng;
use crate::split::Split;
use serde::{Deserialize, Serialize};
use std::io::{self, Write};
use std::sync::OnceLock;

/// A news item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// A name that no other item of the seed has.
    pub id: String,
    /// One of [`TOPICS`].
    pub topic: String,
    /// The headline.
    pub title: String,
    /// Four to seven sentences.
    pub body: String,
    /// One sentence.
    pub summary: String,
}

/// The topics.
pub const TOPICS: [&str; 6] = ["사회", "생활", "경제", "과학", "스포츠", "날씨"];

/// The news of a split, without end.
pub fn items(seed: u64, split: Split) -> impl Iterator<Item = Item> {
    Items::new("news", seed, split, make)
}

/// Writes an item as a line of JSON.
///
/// # Errors
/// What the writer reports.
pub fn write_line(item: &Item, to: &mut impl Write) -> io::Result<()> {
    super::put(&super::json(item), to)
}

fn templates() -> &'static (Vec<Template>, Vec<String>) {
    static TEMPLATES: OnceLock<(Vec<Template>, Vec<String>)> = OnceLock::new();
    TEMPLATES.get_or_init(|| template::read(include_str!("../../text/tasks/news.txt")))
}

fn by_hand() -> &'static [Record] {
    static WRITTEN: OnceLock<Vec<Record>> = OnceLock::new();
    WRITTEN.get_or_init(|| records::read(include_str!("../../text/tasks/news_written.txt")))
}

fn make(number: u64, rng: &mut Rng) -> Option<Candidate<Item>> {
    let item = match written(by_hand(), number) {
        Some(record) => Item {
            id: String::new(),
            topic: record.text("주제"),
            title: record.text("제목"),
            body: record.text("본문"),
            summary: record.text("요약"),
        },
        None => generated(rng)?,
    };
    let key = key(&item.body);
    Some(Candidate { item: Item { id: format!("workshop-news-{number:08}"), ..item }, split: key, same: key })
}

/// An item from a template, without its name.
pub(super) fn generated(rng: &mut Rng) -> Option<Item> {
    let template = rng.pick(&templates().0)?;
    let scene = template.scene(rng);
    let mut text = |key: &str| template.text(key, &scene, rng);
    Some(Item {
        id: String::new(),
        topic: text("주제")?,
        title: text("제목")?,
        body: text("본문")?,
        summary: text("요약")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_template_can_be_read_and_every_written_item_is_whole() {
        assert_eq!(templates().1, Vec::<String>::new());
        assert!(by_hand().len() >= 60);
        for record in by_hand() {
            for key in ["주제", "제목", "본문", "요약"] {
                assert_eq!(record.all(key).count(), 1, "{record:?}");
            }
        }
    }

    #[test]
    fn bodies_have_four_to_seven_sentences_and_numbers_of_the_summary_stand_in_the_body() {
        for item in items(1, Split::Train).take(3000) {
            let sentences = item.body.matches(". ").count() + 1;
            assert!((4..=7).contains(&sentences), "{sentences} {}", item.body);
            assert!(TOPICS.contains(&item.topic.as_str()), "{}", item.topic);
            assert!(item.summary.chars().count() < item.body.chars().count() / 2 + 30, "{item:?}");
            let numbers = |text: &str| -> BTreeSet<String> {
                text.split(|letter: char| !letter.is_ascii_digit())
                    .filter(|part| !part.is_empty())
                    .map(str::to_owned)
                    .collect()
            };
            assert!(numbers(&item.summary).is_subset(&numbers(&item.body)), "{item:?}");
            assert_eq!(serde_json::from_str::<Item>(&super::super::json(&item)).unwrap(), item);
        }
    }
}
