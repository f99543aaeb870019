//! Quality filters: rules that measure a text and keep it or not.
//!
//! | rule | where it comes from |
//! |---|---|
//! | length, word length, symbols, lines that end in an ellipsis | Rae et al. (2021), appendix A, section A1.1 |
//! | repeated lines and n-grams | Rae et al. (2021), table A1 |
//! | perplexity under a small model | Wenzek et al. (2020), section 3; with a lower bound |
//!
//! What differs: the papers count words between spaces. Korean writers put spaces in different places, so n-grams here are
//! sequences of *characters*, white space left out. The perplexity is that of *letters*: each syllable is taken apart into
//! its conjoining jamo first (NFD), so that a small training text is enough.
//!
//! A [`Filters`] is data: it can be written as JSON, refuses fields that it does not know, and checks itself. A [`Judge`]
//! applies it. The thresholds of the presets were chosen on the labelled texts of
//! [`quality_examples`](crate::quality_examples), not taken from a paper.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization as _;

use crate::perplexity::{count_ngrams, perplexity};
use crate::repetition::{duplicate_ngram_share, top_ngram_share};

/// Why filters cannot be used.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum QualityError {
    /// A rule that can keep nothing, or removes nothing.
    #[error("rule {rule} ({measure}): {problem}")]
    Rule {
        /// Its place, counted from 1.
        rule: usize,
        /// What it measures.
        measure: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// Filters that are not written as JSON of this shape.
    #[error("the filters cannot be read: {0}")]
    Read(String),
    /// A perplexity needs a model.
    #[error("rule {rule} bounds the perplexity, and no model was given: train a LetterModel, or leave the rule out")]
    NoModel {
        /// Its place, counted from 1.
        rule: usize,
    },
    /// A model that cannot be made.
    #[error(
        "a letter model of sequences of {n} with {k} added cannot be made: n is at least 1, k is finite and above 0"
    )]
    Model {
        /// The length of its sequences.
        n: usize,
        /// What it adds to every count.
        k: f64,
    },
}

/// What a rule measures in a text. A share is from 0 to 1, of the characters that are not white space unless it says
/// otherwise. Every share of an empty text is 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Measure {
    /// How many characters it has, white space at its ends left out.
    Characters,
    /// The mean length of what stands between white space, in characters.
    WordLength,
    /// Of its letters, in any script and single jamo included, the share that are Hangul syllables.
    HangulShare,
    /// The share of symbols: all but letters, digits and ordinary punctuation; single jamo such as ㅋ and ㅠ are symbols.
    SymbolShare,
    /// The share of digits.
    DigitShare,
    /// The share inside the most frequent sequence of so many characters.
    TopNgram(usize),
    /// The share inside sequences of so many characters that occur more than once.
    DuplicateNgrams(usize),
    /// The share of lines, of those that are not empty, that stood in the text before.
    DuplicateLines,
    /// The share of lines, of those that are not empty, that end in an ellipsis.
    EllipsisLines,
    /// The share of characters inside web addresses.
    UrlShare,
    /// The perplexity of its letters under the model of the judge.
    Perplexity,
}

impl std::fmt::Display for Measure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Characters => f.write_str("characters"),
            Self::WordLength => f.write_str("word length"),
            Self::HangulShare => f.write_str("hangul share"),
            Self::SymbolShare => f.write_str("symbol share"),
            Self::DigitShare => f.write_str("digit share"),
            Self::TopNgram(n) => write!(f, "top {n}-gram"),
            Self::DuplicateNgrams(n) => write!(f, "duplicate {n}-grams"),
            Self::DuplicateLines => f.write_str("duplicate lines"),
            Self::EllipsisLines => f.write_str("ellipsis lines"),
            Self::UrlShare => f.write_str("url share"),
            Self::Perplexity => f.write_str("perplexity"),
        }
    }
}

// ANCHOR: rule
/// A rule: what is measured, and the bounds between which a text is kept, both included.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// What is measured.
    pub measure: Measure,
    /// The smallest value that is kept; none where there is no bound.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<f64>,
    /// The largest value that is kept; none where there is no bound.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_most: Option<f64>,
}

impl Rule {
    /// Whether a text with this value is kept. What is not a number is not.
    pub fn keeps(&self, value: f64) -> bool {
        self.at_least.is_none_or(|least| value >= least)
            && self.at_most.is_none_or(|most| value <= most)
            && !value.is_nan()
    }
}
// ANCHOR_END: rule

/// Rules in the order in which they are asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Filters {
    /// The rules.
    pub rules: Vec<Rule>,
}

impl Filters {
    /// For single lines and short texts, such as reviews and messages.
    pub fn short() -> Self {
        use Measure::*;
        Self {
            rules: vec![
                at_least(Characters, 10.0),
                between(WordLength, 1.5, 8.0),
                at_least(HangulShare, 0.5),
                at_most(SymbolShare, 0.15),
                at_most(DigitShare, 0.2),
                at_most(TopNgram(4), 0.3),
                at_most(DuplicateNgrams(8), 0.3),
                at_most(DuplicateLines, 0.3),
                at_most(EllipsisLines, 0.5),
                at_most(UrlShare, 0.2),
                between(Perplexity, 5.5, 30.0),
            ],
        }
    }

    /// For whole pages of several paragraphs.
    pub fn pages() -> Self {
        use Measure::*;
        Self {
            rules: vec![
                between(Characters, 200.0, 300_000.0),
                between(WordLength, 1.8, 6.0),
                at_least(HangulShare, 0.6),
                at_most(SymbolShare, 0.1),
                at_most(DigitShare, 0.15),
                at_most(TopNgram(6), 0.15),
                at_most(DuplicateNgrams(15), 0.2),
                at_most(DuplicateLines, 0.3),
                at_most(EllipsisLines, 0.3),
                at_most(UrlShare, 0.1),
                between(Perplexity, 5.5, 30.0),
            ],
        }
    }

    /// Reads filters from JSON, and checks them.
    ///
    /// # Errors
    /// When it is not JSON of this shape, has a field that no rule has, or is not valid.
    pub fn read(json: &str) -> Result<Self, QualityError> {
        let filters: Self = serde_json::from_str(json).map_err(|error| QualityError::Read(error.to_string()))?;
        filters.validate()?;
        Ok(filters)
    }

    /// The same filters without the rules on a measure.
    #[must_use]
    pub fn without(mut self, measure: Measure) -> Self {
        self.rules.retain(|rule| rule.measure != measure);
        self
    }

    /// Whether every rule can remove something and keep something.
    ///
    /// # Errors
    /// [`QualityError::Rule`], for the first that cannot.
    pub fn validate(&self) -> Result<(), QualityError> {
        for (i, rule) in self.rules.iter().enumerate() {
            let bounds = [rule.at_least, rule.at_most];
            let is_share = !matches!(rule.measure, Measure::Characters | Measure::WordLength | Measure::Perplexity);
            let problem = if matches!(rule.measure, Measure::TopNgram(0) | Measure::DuplicateNgrams(0)) {
                "a sequence has at least 1 character"
            } else if bounds == [None, None] {
                "it has no bound, so it removes nothing: give at_least or at_most"
            } else if bounds.iter().flatten().any(|bound| !bound.is_finite() || *bound < 0.0) {
                "a bound is a finite number, not below 0"
            } else if is_share && bounds.iter().flatten().any(|bound| *bound > 1.0) {
                "a share is at most 1"
            } else if rule.at_least.zip(rule.at_most).is_some_and(|(least, most)| least > most) {
                "at_least is larger than at_most, so it keeps nothing"
            } else {
                continue;
            };
            return Err(QualityError::Rule { rule: i + 1, measure: rule.measure.to_string(), problem });
        }
        Ok(())
    }
}

fn between(measure: Measure, least: f64, most: f64) -> Rule {
    Rule { measure, at_least: Some(least), at_most: Some(most) }
}

fn at_least(measure: Measure, least: f64) -> Rule {
    Rule { measure, at_least: Some(least), at_most: None }
}

fn at_most(measure: Measure, most: f64) -> Rule {
    Rule { measure, at_least: None, at_most: Some(most) }
}

// ANCHOR: letter_model
/// A model of letters: how often each follows the `n - 1` before it. A Hangul syllable is two or three letters.
#[derive(Debug, Clone)]
pub struct LetterModel {
    n: usize,
    k: f64,
    vocabulary: usize,
    counts: BTreeMap<String, u64>,
}

impl LetterModel {
    /// Counts the letters of clean texts. `k` is added to every count.
    ///
    /// # Errors
    /// [`QualityError::Model`] when `n` is 0 or `k` is not finite and above 0.
    pub fn train(texts: &[String], n: usize, k: f64) -> Result<Self, QualityError> {
        if n == 0 || !k.is_finite() || k <= 0.0 {
            return Err(QualityError::Model { n, k });
        }
        let texts: Vec<String> = texts.iter().map(|text| letters(text)).collect();
        let signs: BTreeSet<char> = texts.iter().flat_map(|text| text.chars()).collect();
        // One more for all the signs that it has never seen.
        Ok(Self { n, k, vocabulary: signs.len() + 1, counts: count_ngrams(&texts, n) })
    }

    /// How many signs it could expect next, on average: low for what it knows, high for what it has not seen the like of.
    pub fn perplexity(&self, text: &str) -> f64 {
        perplexity(&self.counts, self.n, self.k, self.vocabulary, &letters(text))
    }

    /// How many different signs it knows, one for all others among them.
    pub fn vocabulary(&self) -> usize {
        self.vocabulary
    }
}

/// Syllables taken apart, white space as single spaces, every digit a 0: which digit it is says little about quality.
fn letters(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").nfd().map(|sign| if sign.is_ascii_digit() { '0' } else { sign }).collect()
}
// ANCHOR_END: letter_model

/// What one rule says of a text.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Measured {
    /// The rule.
    pub rule: Rule,
    /// What it measured.
    pub value: f64,
    /// Whether it keeps the text.
    pub keeps: bool,
}

/// What all rules say of a text, in their order.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Decision {
    /// One entry a rule.
    pub measured: Vec<Measured>,
}

impl Decision {
    /// Whether the text is kept: every rule keeps it.
    pub fn keeps(&self) -> bool {
        self.measured.iter().all(|measured| measured.keeps)
    }

    /// The first rule that does not keep it.
    pub fn removed_by(&self) -> Option<&Measured> {
        self.measured.iter().find(|measured| !measured.keeps)
    }

    /// All rules that would not keep it.
    pub fn would_remove(&self) -> impl Iterator<Item = &Measured> {
        self.measured.iter().filter(|measured| !measured.keeps)
    }
}

/// Applies filters.
#[derive(Debug, Clone)]
pub struct Judge {
    filters: Filters,
    model: Option<LetterModel>,
}

impl Judge {
    /// A judge by these filters.
    ///
    /// # Errors
    /// When the filters are not valid, or bound the perplexity and there is no model.
    pub fn new(filters: Filters, model: Option<LetterModel>) -> Result<Self, QualityError> {
        filters.validate()?;
        let needs_model = filters.rules.iter().position(|rule| rule.measure == Measure::Perplexity);
        if let (Some(i), None) = (needs_model, &model) {
            return Err(QualityError::NoModel { rule: i + 1 });
        }
        Ok(Self { filters, model })
    }

    /// The filters.
    pub fn filters(&self) -> &Filters {
        &self.filters
    }

    /// Measures a text by every rule.
    pub fn decide(&self, text: &str) -> Decision {
        let measured = self.filters.rules.iter().map(|rule| {
            let value = measure(text, rule.measure, self.model.as_ref());
            Measured { rule: *rule, value, keeps: rule.keeps(value) }
        });
        Decision { measured: measured.collect() }
    }
}

/// Measures a text. A perplexity without a model is `NaN`.
pub fn measure(text: &str, measure: Measure, model: Option<&LetterModel>) -> f64 {
    let dense: Vec<char> = text.chars().filter(|sign| !sign.is_whitespace()).collect();
    let share_of = |is: fn(char) -> bool| ratio(dense.iter().filter(|sign| is(**sign)).count(), dense.len());
    match measure {
        Measure::Characters => text.trim().chars().count() as f64,
        Measure::WordLength => ratio(dense.len(), text.split_whitespace().count()),
        Measure::HangulShare => {
            let letters: Vec<char> = dense.iter().copied().filter(|sign| sign.is_alphabetic()).collect();
            ratio(letters.iter().filter(|letter| is_syllable(**letter)).count(), letters.len())
        }
        Measure::SymbolShare => share_of(is_symbol),
        Measure::DigitShare => share_of(char::is_numeric),
        Measure::TopNgram(n) => by_character(&dense, |characters| top_ngram_share(characters, n)),
        Measure::DuplicateNgrams(n) => by_character(&dense, |characters| duplicate_ngram_share(characters, n)),
        Measure::DuplicateLines => {
            let mut seen = BTreeSet::new();
            let repeated = lines(text).filter(|line| !seen.insert(*line)).count();
            ratio(repeated, lines(text).count())
        }
        Measure::EllipsisLines => {
            let ends = |line: &&str| ["…", "...", "..", "⋯"].iter().any(|end| line.ends_with(end));
            ratio(lines(text).filter(ends).count(), lines(text).count())
        }
        Measure::UrlShare => {
            let in_urls = text.split_whitespace().filter(|word| is_url(word)).map(|word| word.chars().count());
            ratio(in_urls.sum(), dense.len())
        }
        Measure::Perplexity => model.map_or(f64::NAN, |model| model.perplexity(text)),
    }
}

/// The pieces take words: here every character is one.
fn by_character(dense: &[char], share: impl Fn(&[&str]) -> f64) -> f64 {
    let characters: Vec<String> = dense.iter().map(char::to_string).collect();
    share(&characters.iter().map(String::as_str).collect::<Vec<_>>())
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty())
}

/// 0 where there is nothing to divide by.
fn ratio(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

fn is_syllable(sign: char) -> bool {
    ('가'..='힣').contains(&sign)
}

/// Neither a letter nor a digit nor ordinary punctuation; or a single jamo, which writes laughter and tears.
fn is_symbol(sign: char) -> bool {
    let is_single_jamo = matches!(sign, '\u{3131}'..='\u{318e}');
    let is_ordinary = ".,?!:;'\"()-–—…·‘’“”「」『』《》〈〉".contains(sign);
    is_single_jamo || !(sign.is_alphanumeric() || is_ordinary)
}

fn is_url(word: &str) -> bool {
    let word = word.trim_start_matches(|sign: char| !sign.is_alphanumeric()).to_ascii_lowercase();
    ["http://", "https://", "www."].iter().any(|start| word.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(text: &str, what: Measure) -> f64 {
        measure(text, what, None)
    }

    #[test]
    fn every_measure_on_a_text_worked_by_hand() {
        let text = "좋아 ㅋㅋ 12\n좋아 ㅋㅋ 12\n끝…";
        for (what, expected) in [
            (Measure::Characters, 20.0),
            (Measure::WordLength, 14.0 / 7.0),
            (Measure::HangulShare, 5.0 / 9.0), // of 9 letters, 4 are single jamo
            (Measure::SymbolShare, 4.0 / 14.0),
            (Measure::DigitShare, 4.0 / 14.0),
            (Measure::TopNgram(6), 12.0 / 14.0),
            (Measure::DuplicateNgrams(2), 12.0 / 14.0),
            (Measure::DuplicateLines, 1.0 / 3.0),
            (Measure::EllipsisLines, 1.0 / 3.0),
            (Measure::UrlShare, 0.0),
        ] {
            assert!((measured(text, what) - expected).abs() < 1e-12, "{what}: {}", measured(text, what));
        }
        assert_eq!(measured("(https://a.kr/b) 가", Measure::UrlShare), 16.0 / 17.0);
        assert!(measured("가", Measure::Perplexity).is_nan());
    }

    #[test]
    fn a_text_without_anything_is_no_division_by_zero() {
        for filters in [Filters::short(), Filters::pages()] {
            for text in ["", " \n\t", "…", "\u{1F600}", "\u{1100}\u{1161}"] {
                for rule in filters.clone().without(Measure::Perplexity).rules {
                    assert!(measured(text, rule.measure).is_finite(), "{text:?} {}", rule.measure);
                }
            }
        }
    }

    #[test]
    fn the_first_rule_that_removes_is_told_and_so_are_all() -> Result<(), QualityError> {
        let judge = Judge::new(Filters::short().without(Measure::Perplexity), None)?;
        let decision = judge.decide("ㅋㅋㅋㅋㅋㅋㅋㅋㅋㅋㅋㅋ");
        assert_eq!(decision.removed_by().map(|measured| measured.rule.measure), Some(Measure::WordLength));
        let all: Vec<String> = decision.would_remove().map(|measured| measured.rule.measure.to_string()).collect();
        assert_eq!(all, ["word length", "hangul share", "symbol share", "top 4-gram", "duplicate 8-grams"]);
        assert!(!decision.keeps() && judge.decide("비가 오다가 조금 전에 그쳤다.").keeps());
        Ok(())
    }

    #[test]
    fn filters_are_data_and_refuse_what_cannot_be_meant() {
        for filters in [Filters::short(), Filters::pages()] {
            assert_eq!(filters.validate(), Ok(()));
            assert_eq!(Filters::read(&serde_json::to_string(&filters).unwrap()), Ok(filters));
        }
        let read = Filters::read;
        assert!(read(r#"{"rules": [{"measure": {"top-ngram": 4}, "at_most": 0.2}]}"#).is_ok());
        assert!(read(r#"{"rules": [{"measure": "characters", "at_lest": 10}]}"#).is_err());
        let refused = |rule| Filters { rules: vec![rule] }.validate().is_err();
        assert!(refused(between(Measure::Characters, 5.0, 4.0)));
        assert!(refused(at_most(Measure::DigitShare, 1.5)));
        assert!(refused(at_most(Measure::Perplexity, f64::NAN)));
        assert!(refused(at_most(Measure::TopNgram(0), 0.5)));
        assert!(refused(Rule { measure: Measure::Characters, at_least: None, at_most: None }));
        assert_eq!(Judge::new(Filters::short(), None).err(), Some(QualityError::NoModel { rule: 11 }));
        assert!(LetterModel::train(&[], 0, 0.1).is_err() && LetterModel::train(&[], 2, f64::NAN).is_err());
    }

    #[test]
    fn a_model_finds_what_it_has_read_less_surprising_than_what_it_has_not() -> Result<(), QualityError> {
        let model = crate::quality_examples::letter_model()?;
        let known = model.perplexity(&crate::quality_examples::clean()[0]);
        let new = model.perplexity("어제는 눈이 와서 길이 미끄러웠다.");
        let noise = model.perplexity("뷁쉛 똙뺡 긂헯 쀍뒓");
        assert!(known < new && new < noise, "{known} {new} {noise}");
        // Nothing is known: every sign is as likely as any.
        let empty = LetterModel::train(&[], 2, 0.5)?;
        assert!((empty.perplexity("가나") - 1.0).abs() < 1e-12 && empty.vocabulary() == 1);
        Ok(())
    }
}
