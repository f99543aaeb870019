//! How large should a vocabulary be? The measures of the page, and the experiment that fills a learner's table.
//!
//! Merges are learnt in order, so the first of a large vocabulary are the whole of a smaller one: one training gives every size.
//!
//! | symbol | here |
//! |---|---|
//! | $V$ | `vocabulary`, the number of tokens |
//! | $C$ | `width`, the numbers that a model keeps for each token |

use serde::{Deserialize, Serialize};
use week00_workbench::datasets::corpus;
use week00_workbench::datasets::split::Split;
use workshop_base::experiment::{Refused, between, require};
use workshop_base::text::Catalogue;
use workshop_base::tr;

use crate::batch;
use crate::bpe::{Bpe, BpeError, Encoder};
use crate::fertility::fertility;
use crate::morphemes::{self, Sentence};
use crate::split::Pattern;
use crate::tokenizer::Tokenizer;
use crate::train::{self, TrainError, WordCounts};

// ANCHOR: smaller
/// The vocabulary that training for this many tokens would have given: the first tokens, and the merges that make them.
///
/// # Errors
/// When it is smaller than the bytes and special tokens of the large one, which no merge makes.
pub fn smaller(large: &Bpe, tokens: usize) -> Result<Bpe, BpeError> {
    let is_last = |merge: &&crate::bpe::Merge| merge.merged as usize + 1 >= tokens;
    // What a merge makes may be there already; so the merges end where the last token is made for the first time.
    let end = large.merges().iter().take_while(|merge| !is_last(merge)).count() + 1;
    let merges =
        if tokens < large.len() { large.merges().iter().take(end) } else { large.merges().iter().take(usize::MAX) };
    let tokens = large.tokens().iter().take(tokens).cloned().collect();
    Bpe::new(tokens, merges.copied().collect(), large.alphabet().clone())
}
// ANCHOR_END: smaller

/// How often each token occurs in counted words.
pub fn counts(bpe: &Bpe, words: &WordCounts) -> Vec<u64> {
    let mut counts = vec![0; bpe.len()];
    let (mut encoder, mut ids) = (Encoder::new(bpe), vec![]);
    for (word, times) in words.sorted() {
        ids.clear();
        encoder.encode_word(word, &mut ids);
        ids.iter().for_each(|id| counts[*id as usize] += times);
    }
    counts
}

/// The share of the tokens that occur less often than this in counted words.
pub fn rare(bpe: &Bpe, words: &WordCounts, fewer_than: u64) -> f64 {
    let rare = counts(bpe, words).into_iter().filter(|count| *count < fewer_than).count();
    rare as f64 / bpe.len().max(1) as f64
}

/// Tokens a word and bytes a token of a tokenizer on texts.
pub fn fertility_of(tokenizer: &Tokenizer, texts: &[String]) -> (f64, f64) {
    let counts: Vec<usize> = batch::encode(tokenizer, texts).iter().map(Vec::len).collect();
    fertility(texts, &counts)
}

/// The width for which the experiment counts the parameters of the embedding.
pub const WIDTH: u64 = 128;
/// Below this a token counts as rare.
pub const RARE: u64 = 100;
/// How much text is held out to measure on, in bytes.
pub const HELD_OUT: u64 = 200_000;

/// What the learner chooses.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Which corpus is drawn.
    pub seed: u64,
    /// The sizes of the vocabularies, from small to large.
    pub sizes: Vec<usize>,
    /// The patterns by which words are cut.
    pub patterns: Vec<Pattern>,
    /// How much text they are trained on, in thousands of bytes.
    pub kilobytes: u64,
}

impl Settings {
    /// Whether the experiment can be run.
    ///
    /// # Errors
    /// When a setting is out of its range, before anything is made.
    pub fn validate(&self) -> Result<(), Refused> {
        let (sizes, patterns) = (&self.sizes, &self.patterns);
        require(
            (3..=10).contains(&sizes.len())
                && sizes.iter().all(|size| (260..=32_000).contains(size))
                && sizes.windows(2).all(|two| two[0] < two[1]),
            "sizes",
            sizes,
            |text| tr!(text, "3 to 10 whole numbers from 260 to 32000, each larger than the one before"),
        )?;
        let names: Vec<String> = patterns.iter().map(|pattern| name(*pattern)).collect();
        require(
            (1..=3).contains(&patterns.len()) && (1..patterns.len()).all(|i| !patterns[..i].contains(&patterns[i])),
            "patterns",
            names,
            |text| tr!(text, "1 to 3 different patterns"),
        )?;
        between("kilobytes", self.kilobytes, 100, 8000)
    }
}

/// The name of a pattern, as settings write it.
pub fn name(pattern: Pattern) -> String {
    serde_json::to_value(pattern).ok().and_then(|name| Some(name.as_str()?.to_owned())).unwrap_or_default()
}

/// What was measured for one vocabulary.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Record {
    /// How words were cut.
    pub pattern: Pattern,
    /// How many tokens there are: fewer than asked for where the text gave no more.
    pub vocabulary: usize,
    /// Tokens a word of held-out text.
    pub tokens_a_word: f64,
    /// Bytes a token of held-out text.
    pub bytes_a_token: f64,
    /// The share of the vocabulary that occurs fewer than [`RARE`] times in the text that it was trained on.
    pub rare: f64,
    /// The parameters of an embedding of width [`WIDTH`].
    pub parameters: u64,
    /// The share of the cuts that stand between two morphemes.
    pub precision: f64,
    /// The share of the borders of morphemes that are cut.
    pub recall: f64,
}

/// What is trained on and what is measured on.
#[derive(Debug, Clone)]
pub struct Texts {
    train: Vec<String>,
    held_out: Vec<String>,
    sentences: Vec<Sentence>,
}

impl Texts {
    /// Draws them.
    pub fn new(settings: &Settings) -> Self {
        let texts = |split, bytes| corpus::documents(settings.seed, split).up_to(bytes).map(|document| document.text);
        Self {
            train: texts(Split::Train, settings.kilobytes * 1000).collect(),
            held_out: texts(Split::Test, HELD_OUT).collect(),
            sentences: morphemes::sentences(),
        }
    }
}

/// Measures one pattern at every size.
///
/// # Errors
/// When nothing can be trained.
pub fn measure(settings: &Settings, pattern: Pattern, texts: &Texts) -> Result<Vec<Record>, TrainError> {
    let words = batch::count_words(&texts.train, pattern);
    let most = settings.sizes.last().copied().unwrap_or_default();
    let large = train::train(&words, &train::Settings::byte_level(most))?;
    let record = |size: &usize| {
        let tokenizer = Tokenizer::new(pattern, smaller(&large, *size)?);
        let (tokens_a_word, bytes_a_token) = fertility_of(&tokenizer, &texts.held_out);
        let (precision, recall) = morphemes::score(&texts.sentences, &|text| morphemes::tokens(&tokenizer, text));
        let vocabulary = tokenizer.bpe.len();
        let (rare, parameters) = (rare(&tokenizer.bpe, &words, RARE), vocabulary as u64 * WIDTH);
        Ok(Record { pattern, vocabulary, tokens_a_word, bytes_a_token, rare, parameters, precision, recall })
    };
    settings.sizes.iter().map(record).collect()
}

/// The records as a Markdown table.
pub fn table(records: &[Record], text: &Catalogue) -> String {
    let head = [
        tr!(text, "pattern"),
        tr!(text, "vocabulary"),
        tr!(text, "tokens a word"),
        tr!(text, "bytes a token"),
        tr!(text, "share seen fewer than {least} times", least = RARE),
        tr!(text, "embedding parameters at C = {width}", width = WIDTH),
        tr!(text, "border precision"),
        tr!(text, "border recall"),
    ];
    let mut table = format!("| {} |\n|---|---:|---:|---:|---:|---:|---:|---:|\n", head.join(" | "));
    for record in records {
        table += &format!(
            "| {} | {} | {:.3} | {:.3} | {:.3} | {} | {:.3} | {:.3} |\n",
            name(record.pattern),
            record.vocabulary,
            record.tokens_a_word,
            record.bytes_a_token,
            record.rare,
            record.parameters,
            record.precision,
            record.recall,
        );
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> Settings {
        Settings { seed: 3, sizes: vec![300, 600, 1200], patterns: vec![Pattern::Llama3], kilobytes: 100 }
    }

    #[test]
    fn the_first_of_a_large_vocabulary_are_a_smaller_one() {
        let settings = settings();
        let words = batch::count_words(&Texts::new(&settings).train, Pattern::Llama3);
        let trained = |tokens| train::train(&words, &train::Settings::byte_level(tokens)).unwrap();
        let large = trained(1500);
        for tokens in [257, 300, 301, 700, 1499, 1500] {
            let (first, whole) = (smaller(&large, tokens).unwrap(), trained(tokens));
            assert_eq!((first.tokens(), first.merges()), (whole.tokens(), whole.merges()), "{tokens}");
        }
        assert_eq!(smaller(&large, 9999).unwrap().len(), large.len());
        assert!(smaller(&large, 256).is_err() || smaller(&large, 256).unwrap().merges().is_empty());
        assert!(smaller(&large, 100).is_err());
        assert!(smaller(&large, 0).is_err());
    }

    #[test]
    fn a_larger_vocabulary_takes_fewer_tokens_and_cuts_less() {
        let settings = settings();
        let records = measure(&settings, Pattern::Llama3, &Texts::new(&settings)).unwrap();
        assert_eq!(records.iter().map(|record| record.vocabulary).collect::<Vec<_>>(), settings.sizes);
        for two in records.windows(2) {
            assert!(two[0].tokens_a_word > two[1].tokens_a_word && two[0].bytes_a_token < two[1].bytes_a_token);
            assert!(two[0].recall >= two[1].recall && two[0].rare < two[1].rare, "{two:?}");
        }
        assert_eq!(records[1].parameters, 600 * 128);
        // A seed repeats, to the last digit.
        assert_eq!(records, measure(&settings, Pattern::Llama3, &Texts::new(&settings)).unwrap());
        let other = Settings { seed: 4, ..settings };
        assert_ne!(records, measure(&other, Pattern::Llama3, &Texts::new(&other)).unwrap());
    }

    #[test]
    fn counts_are_those_of_the_encoded_text() {
        let mut words = WordCounts::default();
        words.add("ab", 3);
        words.add("abc", 2);
        words.add("c", 1);
        let bpe = train::train(&words, &train::Settings::byte_level(257)).unwrap();
        let counts = counts(&bpe, &words);
        let of = |token: &str| counts[bpe.tokens().iter().position(|t| **t == *token.as_bytes()).unwrap()];
        assert_eq!((of("ab"), of("a"), of("c"), counts.iter().sum::<u64>()), (5, 0, 3, 8));
        assert_eq!(rare(&bpe, &words, 4), 256.0 / 257.0);
    }

    #[test]
    fn what_cannot_be_run_is_refused_by_name() {
        let refused = |change: &dyn Fn(&mut Settings)| {
            let mut settings = settings();
            change(&mut settings);
            settings.validate().expect_err("refused").say(&Catalogue::default())
        };
        assert!(settings().validate().is_ok());
        assert!(refused(&|s| s.sizes = vec![300, 300, 400]).contains("sizes = [300, 300, 400]: allowed is 3 to 10"));
        assert!(refused(&|s| s.sizes = vec![259, 300, 400]).contains("sizes"));
        assert!(refused(&|s| s.sizes = vec![300, 400, 32_001]).contains("sizes"));
        assert!(refused(&|s| s.sizes = vec![usize::MAX; 99_999]).len() < 300);
        assert!(refused(&|s| s.patterns = vec![]).contains("patterns = []"));
        assert!(refused(&|s| s.patterns = vec![Pattern::Gpt2; 2]).contains("patterns = [\"gpt2\", \"gpt2\"]"));
        assert!(refused(&|s| s.kilobytes = 8001).contains("kilobytes = 8001: allowed is 100 to 8000"));
        assert!(refused(&|s| s.kilobytes = 0).contains("kilobytes"));
    }

    #[test]
    fn the_table_has_a_row_for_each_record() {
        let record = Record {
            pattern: Pattern::Llama3,
            vocabulary: 8000,
            tokens_a_word: 1.5,
            bytes_a_token: 4.25,
            rare: 0.1234,
            parameters: 1_024_000,
            precision: 0.5,
            recall: 1.0,
        };
        let table = table(&[record], &Catalogue::default());
        assert!(table.ends_with("| llama3 | 8000 | 1.500 | 4.250 | 0.123 | 1024000 | 0.500 | 1.000 |\n"), "{table}");
    }
}
