//! Entailment, contradiction or neither, in KLUE-NLI's format: a JSON array with the fields of the published file.
//!
//! Each record of templates holds one hypothesis (in several wordings), its negation, and premises of all three kinds. The same
//! hypothesis therefore stands under every label, the same premise under two or three, and shared words are no sign of either.

use super::template::{self, Template};
use super::{Candidate, Items, key};
use crate::rng::Rng;
use crate::split::Split;
use serde::{Deserialize, Serialize};
use std::io::{self, Write};
use std::sync::OnceLock;

/// A pair of sentences with its label.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// A name that no other pair of the seed has.
    pub guid: String,
    /// Where the pair comes from.
    pub source: String,
    /// What is known.
    pub premise: String,
    /// What is asked about.
    pub hypothesis: String,
    /// `entailment`, `contradiction` or `neutral`.
    pub gold_label: String,
    /// The label that the author of the pair meant; here always the gold label, as are the four votes below.
    pub author: String,
    /// The second vote.
    pub label2: String,
    /// The third vote.
    pub label3: String,
    /// The fourth vote.
    pub label4: String,
    /// The fifth vote.
    pub label5: String,
}

/// The labels, in the order of the file's records.
pub const LABELS: [&str; 3] = ["entailment", "contradiction", "neutral"];

const KEYS: [&str; 3] = ["함의", "모순", "중립"];

/// The pairs of a split, without end.
pub fn items(seed: u64, split: Split) -> impl Iterator<Item = Item> {
    Items::new("entailment", seed, split, make)
}

/// Writes a pair as a line of JSON. A whole file is an array: see [`super::TABLE`].
///
/// # Errors
/// What the writer reports.
pub fn write_line(item: &Item, to: &mut impl Write) -> io::Result<()> {
    super::put(&super::json(item), to)
}

fn templates() -> &'static (Vec<Template>, Vec<String>) {
    static TEMPLATES: OnceLock<(Vec<Template>, Vec<String>)> = OnceLock::new();
    TEMPLATES.get_or_init(|| template::read(include_str!("../../text/tasks/entailment.txt")))
}

/// A pair with the label `which`, in one of the two ways to get it: see the head of the file of templates.
fn pair(template: &Template, which: usize, rng: &mut Rng) -> Option<(String, String)> {
    let scene = template.scene(rng);
    let turned = rng.chance(1, 2);
    let (from, hypothesis) = match (which, turned) {
        (_, false) => (which, "가설"),
        (0, true) => (1, "반대"),
        (1, true) => (0, "반대"),
        _ => (2, "반대"),
    };
    if which == 2 && template.all("남").count() > 0 && rng.chance(1, 2) {
        // What is known of one person says nothing of another.
        let premise = template.text(KEYS[rng.below(2) as usize], &scene, rng)?;
        let other = template.with_another(&scene, "이름", rng)?;
        return Some((premise, template.text(hypothesis, &other, rng)?));
    }
    Some((template.text(KEYS[from], &scene, rng)?, template.text(hypothesis, &scene, rng)?))
}

fn make(number: u64, rng: &mut Rng) -> Option<Candidate<Item>> {
    let template = rng.pick(&templates().0)?;
    let which = rng.below(3) as usize;
    let (premise, hypothesis) = pair(template, which, rng)?;
    let label = || LABELS[which].to_owned();
    let (split, same) = (key(&premise), key(&format!("{premise}\n{hypothesis}")));
    let item = Item {
        guid: format!("workshop-nli-{number:08}"),
        source: "workshop".to_owned(),
        premise,
        hypothesis,
        gold_label: label(),
        author: label(),
        label2: label(),
        label3: label(),
        label4: label(),
        label5: label(),
    };
    Some(Candidate { item, split, same })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::{BTreeMap, BTreeSet};

    #[test]
    fn every_template_can_be_read_and_has_all_three_labels() {
        assert_eq!(templates().1, Vec::<String>::new());
        assert!(templates().0.len() >= 45);
        for template in &templates().0 {
            for key in KEYS.iter().chain(&["가설", "반대"]) {
                assert!(template.all(key).count() >= 1, "{template:?}");
            }
        }
    }

    #[test]
    fn labels_are_balanced_and_items_parse_back() {
        let mut counts = BTreeMap::new();
        for item in items(1, Split::Train).take(6000) {
            let again: Item = serde_json::from_str(&super::super::json(&item)).unwrap();
            assert_eq!(again, item);
            assert_eq!([&item.author, &item.label2, &item.label5], [&item.gold_label; 3]);
            *counts.entry(item.gold_label).or_insert(0) += 1;
        }
        assert_eq!(counts.keys().map(String::as_str).collect::<BTreeSet<_>>(), BTreeSet::from(LABELS));
        assert!(counts.values().all(|count| (1800..2200).contains(count)), "{counts:?}");
    }

    #[test]
    fn a_premise_is_never_its_hypothesis_and_one_pair_has_one_label() {
        let mut labels: BTreeMap<(String, String), String> = BTreeMap::new();
        for item in items(2, Split::Train).take(20_000) {
            assert_ne!(item.premise, item.hypothesis);
            let known = labels
                .entry((item.premise.clone(), item.hypothesis.clone()))
                .or_insert_with(|| item.gold_label.clone());
            assert_eq!(*known, item.gold_label, "{} / {}", item.premise, item.hypothesis);
        }
    }

    #[test]
    fn shared_words_do_not_give_the_label_away() {
        let mut shared: BTreeMap<String, (f64, f64)> = BTreeMap::new();
        for item in items(3, Split::Train).take(6000) {
            let premise: BTreeSet<&str> = item.premise.split(' ').collect();
            let words: Vec<&str> = item.hypothesis.split(' ').collect();
            let part = words.iter().filter(|word| premise.contains(*word)).count() as f64 / words.len() as f64;
            let sum = shared.entry(item.gold_label).or_default();
            *sum = (sum.0 + part, sum.1 + 1.0);
        }
        let means: Vec<f64> = shared.values().map(|(sum, count)| sum / count).collect();
        let spread = means.iter().fold(0.0, |most: f64, mean| most.max((mean - means[0]).abs()));
        // A tenth of the hypothesis' words: a threshold on it stays near chance (the figure stands on the data card).
        assert!(spread < 0.1, "{shared:?}");
    }
}
