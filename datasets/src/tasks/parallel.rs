//! English and Korean sentences that say the same: written as pairs with aligned slots.

use super::template::{self, Template, capital};
use super::{Candidate, Items, key};
use crate::rng::{Rng, hash};
use crate::split::Split;
use serde::{Deserialize, Serialize};
use std::io::{self, Write};
use std::sync::OnceLock;

/// A sentence in two languages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// English.
    pub en: String,
    /// Korean.
    pub ko: String,
}

/// The pairs of a split, without end.
pub fn items(seed: u64, split: Split) -> impl Iterator<Item = Item> {
    Items::new("parallel", seed, split, make)
}

/// Writes a pair as a line of JSON.
///
/// # Errors
/// What the writer reports.
pub fn write_line(item: &Item, to: &mut impl Write) -> io::Result<()> {
    super::put(&super::json(item), to)
}

fn templates() -> &'static (Vec<Template>, Vec<String>) {
    static TEMPLATES: OnceLock<(Vec<Template>, Vec<String>)> = OnceLock::new();
    TEMPLATES.get_or_init(|| template::read(include_str!("../../text/tasks/parallel.txt")))
}

fn make(_number: u64, rng: &mut Rng) -> Option<Candidate<Item>> {
    generated(rng)
}

/// A pair.
pub(super) fn generated(rng: &mut Rng) -> Option<Candidate<Item>> {
    let templates = &templates().0;
    let place = rng.below(templates.len() as u32);
    let template = templates.get(place as usize)?;
    let scene = template.scene(rng);
    let en = capital(&template.text("en", &scene, rng)?);
    let ko = template.text("ko", &scene, rng)?;
    // Both wordings of one scene belong to one split, whichever of them was drawn.
    let split = hash(scene.key(), &place.to_le_bytes());
    let same = key(&format!("{en}\n{ko}"));
    Some(Candidate { item: Item { en, ko }, split, same })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_template_can_be_read() {
        assert_eq!(templates().1, Vec::<String>::new());
        assert!(templates().0.len() >= 70);
    }

    #[test]
    fn each_side_is_in_its_own_language() {
        for item in items(1, Split::Train).take(10_000) {
            assert!(item.en.is_ascii() && item.en.ends_with(['.', '?']), "{item:?}");
            assert!(item.en.starts_with(|letter: char| letter.is_ascii_uppercase()), "{item:?}");
            assert!(!item.ko.contains(|letter: char| letter.is_ascii_alphabetic()), "{item:?}");
            for wrong in [" a a", " a e", " a i", " a o", " an b", " an c", " an p", "ss ", " one years", "ys at"] {
                let known = wrong == " a o" && item.en.contains(" a one") || wrong == "ss " || wrong == "ys at";
                assert!(known || !item.en.contains(wrong), "{item:?}");
            }
            assert_eq!(serde_json::from_str::<Item>(&super::super::json(&item)).unwrap(), item);
        }
    }

    #[test]
    fn neither_side_alone_stands_in_two_splits() {
        let sides = |split: Split, count: usize| -> BTreeSet<String> {
            items(4, split).take(count).flat_map(|item| [item.en, item.ko]).collect()
        };
        let train = sides(Split::Train, 20_000);
        for split in [Split::Validation, Split::Test] {
            assert_eq!(sides(split, 200).intersection(&train).collect::<Vec<_>>(), Vec::<&String>::new());
        }
    }
}
