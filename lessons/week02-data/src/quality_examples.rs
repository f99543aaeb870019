//! Forty short texts, each with a label by hand, and how well each rule agrees with the labels.
//!
//! All were written for the course. The labels say what a person wants in a corpus; a rule that removes a poem is wrong.

use crate::quality::{Decision, Judge, LetterModel, Measure, QualityError};

/// A small clean text to train a [`LetterModel`] on, one passage a line.
const CLEAN: &str = include_str!("../text/clean.txt");
/// A line a text: label, kind, and the text with `\n` for its line breaks.
const LABELLED: &str = include_str!("../text/quality.tsv");

/// Sixty clean passages of everyday Korean.
pub fn clean() -> Vec<String> {
    CLEAN.lines().map(str::to_owned).collect()
}

/// A model of three letters, trained on the clean passages: the one for which the presets' bounds were chosen.
///
/// # Errors
/// Never: its settings are right.
pub fn letter_model() -> Result<LetterModel, QualityError> {
    LetterModel::train(&clean(), 3, 0.05)
}

/// A text with a label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Labelled {
    /// Whether a person would keep it.
    pub keep: bool,
    /// What it is, in a word: `poem`, `menu`.
    pub kind: String,
    /// The text.
    pub text: String,
}

/// The forty texts.
pub fn labelled() -> Vec<Labelled> {
    let texts = LABELLED.lines().filter_map(|line| line.split_once('\t')).filter_map(|(label, rest)| {
        let (kind, text) = rest.split_once('\t')?;
        Some(Labelled { keep: label == "keep", kind: kind.to_owned(), text: text.replace("\\n", "\n") })
    });
    texts.collect()
}

/// How well a rule, or all rules together, removes what should be removed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Score {
    /// What is measured; `None` for all rules together.
    pub measure: Option<Measure>,
    /// Removed, and rightly so.
    pub right: usize,
    /// Removed, and should have been kept.
    pub wrong: usize,
    /// Kept, and should have been removed.
    pub missed: usize,
}

impl Score {
    /// Of what it removed, the share that should be; `NaN` where it removed nothing.
    pub fn precision(&self) -> f64 {
        self.right as f64 / (self.right + self.wrong) as f64
    }

    /// Of what should be removed, the share that it did.
    pub fn recall(&self) -> f64 {
        self.right as f64 / (self.right + self.missed) as f64
    }

    fn count(&mut self, keep: bool, removed: bool) {
        match (keep, removed) {
            (false, true) => self.right += 1,
            (true, true) => self.wrong += 1,
            (false, false) => self.missed += 1,
            (true, false) => {}
        }
    }
}

// ANCHOR: score
/// The score of each rule alone, in their order, and last of all of them together.
pub fn score(judge: &Judge, texts: &[Labelled]) -> Vec<Score> {
    let decided: Vec<(bool, Decision)> = texts.iter().map(|text| (text.keep, judge.decide(&text.text))).collect();
    let mut scores = vec![];
    for (place, rule) in judge.filters().rules.iter().enumerate() {
        let mut score = Score { measure: Some(rule.measure), ..Score::default() };
        decided.iter().for_each(|(keep, decision)| score.count(*keep, !decision.measured[place].keeps));
        scores.push(score);
    }
    let mut all = Score::default();
    decided.iter().for_each(|(keep, decision)| all.count(*keep, !decision.keeps()));
    scores.push(all);
    scores
}
// ANCHOR_END: score

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quality::Filters;

    #[test]
    fn the_texts_are_forty_and_the_score_is_counted() -> Result<(), QualityError> {
        let texts = labelled();
        assert_eq!((texts.len(), texts.iter().filter(|text| text.keep).count()), (40, 24));
        assert_eq!(clean().len(), 60);
        let judge = Judge::new(Filters::short(), Some(letter_model()?))?;
        let scores = score(&judge, &texts);
        assert_eq!(scores.len(), judge.filters().rules.len() + 1);
        for score in &scores {
            assert_eq!(score.right + score.missed, 16, "{score:?}");
        }
        // What page 6 says of all rules together: everything bad goes, and nine good texts with it.
        let all = &scores[scores.len() - 1];
        assert_eq!((all.right, all.wrong, all.missed), (16, 9, 0));
        assert!((all.precision() - 0.64).abs() < 1e-9 && all.recall() == 1.0);
        Ok(())
    }
}
