//! A small evaluation set, written item by item and read by hand: four options and the index of the right one.
//!
//! It is for testing only: [`items`] gives all of it under [`Split::Test`] and nothing under the others. No item is generated, and no
//! text of the corpus was made from it.

use super::records;
use crate::split::Split;
use serde::{Deserialize, Serialize};
use std::io::{self, Write};
use std::sync::OnceLock;

/// A question with four options.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Its name.
    pub id: String,
    /// One of [`CATEGORIES`].
    pub category: String,
    /// The text that the question is about; empty where there is none.
    pub passage: String,
    /// The question.
    pub question: String,
    /// The four options.
    pub options: Vec<String>,
    /// The index of the right one, from 0.
    pub answer: usize,
}

/// Common sense, reading, particles and endings, arithmetic in words, facts, order.
pub const CATEGORIES: [&str; 6] = ["상식", "독해", "조사와 어미", "산수", "사실", "순서"];

/// All items, whatever the seed, under [`Split::Test`]; none under the others.
pub fn items(_seed: u64, split: Split) -> impl Iterator<Item = Item> {
    let all: &'static [Item] = if split == Split::Test { all() } else { &[] };
    all.iter().cloned()
}

/// Every item, in the order of the file.
pub fn all() -> &'static [Item] {
    static ALL: OnceLock<Vec<Item>> = OnceLock::new();
    ALL.get_or_init(|| {
        let records = records::read(include_str!("../../text/tasks/evaluation.txt"));
        let items = records.iter().enumerate().map(|(place, record)| Item {
            id: format!("workshop-eval-{:03}", place + 1),
            category: record.text("분류"),
            passage: record.text("지문"),
            question: record.text("질문"),
            options: record.all("보기").map(str::to_owned).collect(),
            answer: record.text("답").parse::<usize>().unwrap_or(0).wrapping_sub(1),
        });
        items.collect()
    })
}

/// Writes an item as a line of JSON.
///
/// # Errors
/// What the writer reports.
pub fn write_line(item: &Item, to: &mut impl Write) -> io::Result<()> {
    super::put(&super::json(item), to)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_item_has_four_different_options_and_a_right_one() {
        assert!(all().len() >= 160);
        for item in all() {
            assert!(CATEGORIES.contains(&item.category.as_str()), "{item:?}");
            assert_eq!(item.options.iter().collect::<BTreeSet<_>>().len(), 4, "{item:?}");
            assert!(item.answer < 4 && !item.question.is_empty(), "{item:?}");
            assert_eq!(item.category == "독해", !item.passage.is_empty(), "{item:?}");
        }
        for category in CATEGORIES {
            assert!(all().iter().filter(|item| item.category == category).count() >= 25);
        }
    }

    #[test]
    fn right_answers_are_spread_over_the_four_places_and_not_the_longest() {
        let mut places = [0_usize; 4];
        for item in all() {
            places[item.answer] += 1;
        }
        assert!(places.iter().all(|count| count.abs_diff(all().len() / 4) <= 2), "{places:?}");
        let longest = all().iter().filter(|item| {
            let length = |option: &String| option.chars().count();
            item.options
                .iter()
                .enumerate()
                .all(|(place, option)| place == item.answer || length(option) < length(&item.options[item.answer]))
        });
        assert!(longest.count() * 3 < all().len());
    }

    #[test]
    fn it_is_for_testing_only() {
        assert_eq!(items(1, Split::Test).count(), all().len());
        assert_eq!(items(1, Split::Train).count() + items(1, Split::Validation).count(), 0);
    }
}
