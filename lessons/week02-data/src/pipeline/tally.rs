//! What the pipeline counts. Everything is a whole number, so that parts add up to the same whole in whatever order.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::steps::{Document, Step};
use crate::personal;

/// Examples that are kept of each step.
const EXAMPLES: usize = 3;
/// Characters of an example.
const SHOWN: usize = 80;

/// What was counted on the way.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Documents that came in.
    pub documents: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Their characters, once decoded.
    pub characters: u64,
    /// Records that could not be read, and were left out.
    pub broken: u64,
    /// Documents that are left.
    pub kept: u64,
    /// Their bytes, as UTF-8.
    pub kept_bytes: u64,
    /// Their characters.
    pub kept_characters: u64,
    /// Kept documents of each part.
    pub parts: BTreeMap<String, u64>,
    /// What each step did.
    pub steps: BTreeMap<Step, StepTally>,
    /// Lengths of the documents that came in, in characters.
    pub lengths_before: Histogram,
    /// Lengths of those that are left.
    pub lengths_after: Histogram,
    /// Shares of Hangul in what came in, in twentieths.
    pub hangul_before: Histogram,
    /// Shares of Hangul in what is left.
    pub hangul_after: Histogram,
}

/// What a step did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepTally {
    /// Documents that reached it.
    pub reached: u64,
    /// Documents whose text it changed.
    pub changed: u64,
    /// Documents that it removed.
    pub removed: u64,
    /// The characters of these.
    pub removed_characters: u64,
    /// How many it removed for each reason.
    pub reasons: BTreeMap<String, u64>,
    /// The first ones that it removed, cut short, with personal data masked.
    pub examples: Vec<Example>,
}

/// A document that was removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Example {
    /// Its place in the input.
    pub number: u64,
    /// Why it was removed.
    pub reason: String,
    /// How it begins.
    pub text: String,
}

/// Counts by bin.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Histogram {
    /// How many values fell into each bin, up to the last that has one.
    pub bins: Vec<u64>,
}

impl Histogram {
    /// Counts a value.
    pub fn count(&mut self, bin: usize) {
        if self.bins.len() <= bin {
            self.bins.resize(bin + 1, 0);
        }
        self.bins[bin] += 1;
    }

    fn add(&mut self, other: &Self) {
        if self.bins.len() < other.bins.len() {
            self.bins.resize(other.bins.len(), 0);
        }
        self.bins.iter_mut().zip(&other.bins).for_each(|(mine, theirs)| *mine += theirs);
    }
}

/// The bin of a length: 0 for none, then two bins for each doubling: 1, 2, 3, 4 to 5, 6 to 7, 8 to 11, 12 to 15, and so on.
fn length_bin(characters: u64) -> usize {
    match characters {
        0 => 0,
        1 => 1,
        _ => {
            let log = characters.ilog2();
            // The second half of a doubling has the next bit set.
            (2 * log + u32::from(characters >> (log - 1) & 1 == 1)) as usize
        }
    }
}

/// The smallest length of a bin.
#[cfg(test)]
fn bin_start(bin: usize) -> u64 {
    match bin {
        0 | 1 => bin as u64,
        _ => (2 + bin as u64 % 2) << (bin / 2 - 1),
    }
}

/// The share of syllables among the signs that are not white space, in twentieths from 0 to 19; 1 falls into the last.
fn hangul_bin(text: &str) -> usize {
    let (mut syllables, mut signs) = (0, 0);
    for sign in text.chars().filter(|sign| !sign.is_whitespace()) {
        signs += 1;
        syllables += usize::from(('가'..='힣').contains(&sign));
    }
    if signs == 0 { 0 } else { (20 * syllables / signs).min(19) }
}

impl Tally {
    /// Counts a document as it came, once it is decoded.
    pub(super) fn came(&mut self, bytes: u64, text: &str) {
        let characters = text.chars().count() as u64;
        self.documents += 1;
        self.bytes += bytes;
        self.characters += characters;
        self.lengths_before.count(length_bin(characters));
        self.hangul_before.count(hangul_bin(text));
    }

    /// Counts a document that is left.
    pub(super) fn kept(&mut self, part: &str, text: &str) {
        let characters = text.chars().count() as u64;
        self.kept += 1;
        self.kept_bytes += text.len() as u64;
        self.kept_characters += characters;
        *self.parts.entry(part.to_owned()).or_default() += 1;
        self.lengths_after.count(length_bin(characters));
        self.hangul_after.count(hangul_bin(text));
    }

    /// What a step did so far.
    pub(super) fn step(&mut self, step: Step) -> &mut StepTally {
        self.steps.entry(step).or_default()
    }

    /// Adds what was counted on documents that come later in the input.
    pub(super) fn add(&mut self, later: &Self) {
        self.documents += later.documents;
        self.bytes += later.bytes;
        self.characters += later.characters;
        self.broken += later.broken;
        self.kept += later.kept;
        self.kept_bytes += later.kept_bytes;
        self.kept_characters += later.kept_characters;
        for (part, count) in &later.parts {
            *self.parts.entry(part.clone()).or_default() += count;
        }
        for (step, theirs) in &later.steps {
            self.step(*step).add(theirs);
        }
        self.lengths_before.add(&later.lengths_before);
        self.lengths_after.add(&later.lengths_after);
        self.hangul_before.add(&later.hangul_before);
        self.hangul_after.add(&later.hangul_after);
    }
}

impl StepTally {
    /// Counts a document that is removed.
    pub(super) fn remove(&mut self, document: &Document, reason: &str) {
        self.removed += 1;
        self.removed_characters += document.text.chars().count() as u64;
        *self.reasons.entry(reason.to_owned()).or_default() += 1;
        if self.examples.len() < EXAMPLES {
            let (number, reason) = (document.number, reason.to_owned());
            self.examples.push(Example { number, reason, text: excerpt(&document.text) });
        }
    }

    fn add(&mut self, later: &Self) {
        self.reached += later.reached;
        self.changed += later.changed;
        self.removed += later.removed;
        self.removed_characters += later.removed_characters;
        for (reason, count) in &later.reasons {
            *self.reasons.entry(reason.clone()).or_default() += count;
        }
        self.examples.extend(later.examples.iter().cloned());
        self.examples.truncate(EXAMPLES);
    }
}

/// How a text begins, on one line, without personal data and without what is not seen.
fn excerpt(text: &str) -> String {
    // A number may reach beyond the cut: it is masked first, in a stretch long enough for any.
    let stretch: String = text.chars().take(SHOWN * 4).collect();
    let masked = personal::mask(&stretch).text;
    let plain: String = masked.chars().map(|sign| if sign.is_control() { ' ' } else { sign }).collect();
    let words: Vec<&str> = plain.split_whitespace().collect();
    let line = words.join(" ");
    if line.chars().count() <= SHOWN { line } else { line.chars().take(SHOWN).chain(['…']).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_length_has_a_bin_that_begins_at_or_below_it() {
        let starts: Vec<u64> = (0..12).map(bin_start).collect();
        assert_eq!(starts, [0, 1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48]);
        for length in (0..5000).chain([u64::MAX]) {
            let bin = length_bin(length);
            assert!(bin_start(bin) <= length && (bin > 120 || bin_start(bin + 1) > length), "{length} in {bin}");
        }
    }

    #[test]
    fn an_example_is_short_and_masked() {
        let text = format!("전화는 010-1234-5678이다.\u{0}\n{}", "가".repeat(500));
        let shown = excerpt(&text);
        assert!(shown.starts_with("전화는 ***-****-****이다.") && shown.chars().count() == SHOWN + 1, "{shown}");
    }
}
