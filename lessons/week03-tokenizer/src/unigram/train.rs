//! Training a unigram model: from many candidates down to a vocabulary.
//!
//! Kudo (2018), "Subword Regularization", §3.2, and what SentencePiece makes of it (`unigram_model_trainer.cc`): in turns, two
//! steps of expectation–maximisation, and the removal of the tokens that are missed least.
//!
//! As in SentencePiece, the M step takes $\exp(\psi(c) - \psi(\sum c))$ in the place of $c / \sum c$: a prior that lets rare
//! tokens go sooner. What differs: candidates are counted substrings, not those of a suffix array, and there are
//! `candidates` times the vocabulary of them, not a million; and a character stays a token in every step, while SentencePiece
//! puts it back at the end.

use rustc_hash::FxHashMap;
use serde::Serialize;

use super::{Scored, Unigram};
use crate::train::{TrainError, WordCounts};

/// What is trained.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// How many tokens there are in the end.
    pub vocabulary: usize,
    /// How many candidates to begin with, for each token in the end.
    pub candidates: usize,
    /// Characters of a candidate at most.
    pub longest: usize,
    /// What is kept in each turn.
    pub keep: f64,
    /// Expectation–maximisation steps in each turn.
    pub steps: usize,
}

impl Settings {
    /// SentencePiece's settings for a vocabulary of this size, with candidates 10 times as many.
    pub fn new(vocabulary: usize) -> Self {
        Self { vocabulary, candidates: 10, longest: 16, keep: 0.75, steps: 2 }
    }
}

/// A step of expectation–maximisation.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Step {
    /// The turn, from 0: each ends with a removal of tokens.
    pub turn: usize,
    /// How many tokens there were before the step.
    pub tokens: usize,
    /// The log-likelihood of the words before the step, for each of their characters: nats, at most 0.
    pub per_character: f64,
}

/// Trains a unigram model on counted words. Every character of theirs is a token.
///
/// # Errors
/// When there are no words, or more characters than tokens.
pub fn train(words: &WordCounts, settings: &Settings) -> Result<Unigram, TrainError> {
    Ok(train_recorded(words, settings)?.0)
}

/// The same, with a record of each step.
///
/// # Errors
/// When there are no words, or more characters than tokens.
pub fn train_recorded(words: &WordCounts, settings: &Settings) -> Result<(Unigram, Vec<Step>), TrainError> {
    let words: Vec<(&str, u64)> = words.sorted().into_iter().filter(|(word, _)| !word.is_empty()).collect();
    if words.is_empty() {
        return Err(TrainError::Empty);
    }
    let length: f64 = words.iter().map(|(word, count)| word.chars().count() as f64 * *count as f64).sum();
    let (characters, mut candidates) = candidates(&words, settings.longest);
    if characters.len() > settings.vocabulary {
        let (vocabulary, alphabet) = (settings.vocabulary, characters.len());
        return Err(TrainError::Small { vocabulary, special: 0, alphabet });
    }
    candidates.truncate(settings.vocabulary.saturating_mul(settings.candidates).saturating_sub(characters.len()));
    let total: f64 = characters.iter().chain(&candidates).map(|(_, weight)| weight).sum();
    let scored = |(token, weight): Scored| (token, (weight / total).ln());
    let mut model = Unigram::new(characters.iter().cloned().chain(candidates).map(scored).collect());
    let mut record = vec![];
    // A few more than asked for: the last turn takes the most probable.
    let nearly = settings.vocabulary + settings.vocabulary / 10;
    for turn in 0.. {
        for _ in 0..settings.steps {
            let (better, log_likelihood) = maximise(&model, &words);
            record.push(Step { turn, tokens: model.tokens().len(), per_character: log_likelihood / length });
            model = better;
        }
        if model.tokens().len() <= nearly {
            break;
        }
        let target = nearly.max((model.tokens().len() as f64 * settings.keep) as usize);
        let before = model.tokens().len();
        model = prune(&model, &words, target);
        if model.tokens().len() == before {
            break;
        }
    }
    Ok((finish(model, characters.len(), settings.vocabulary), record))
}

/// All characters of the words, and all longer substrings that occur twice, by count times length; the weightiest first.
fn candidates(words: &[(&str, u64)], longest: usize) -> (Vec<Scored>, Vec<Scored>) {
    let mut counts: FxHashMap<&str, u64> = FxHashMap::default();
    for (word, count) in words {
        let ends: Vec<usize> = word.char_indices().map(|(i, _)| i).chain([word.len()]).collect();
        for start in 0..ends.len() - 1 {
            for end in &ends[start + 1..ends.len().min(start + 1 + longest.max(1))] {
                *counts.entry(&word[ends[start]..*end]).or_default() += count;
            }
        }
    }
    let (mut characters, mut longer) = (vec![], vec![]);
    for (text, count) in counts {
        match text.chars().count() {
            1 => characters.push((text.to_owned(), count as f64)),
            length if count > 1 => longer.push((text.to_owned(), count as f64 * length as f64)),
            _ => {}
        }
    }
    characters.sort_unstable_by(weightiest);
    longer.sort_unstable_by(weightiest);
    (characters, longer)
}

/// Equal weights in order of the text: nothing may depend on the order of a hash table.
fn weightiest(a: &Scored, b: &Scored) -> std::cmp::Ordering {
    b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0))
}

// ANCHOR: maximise
/// One step of expectation–maximisation, with the log-likelihood of the words before it. Tokens that are expected less than
/// half a time vanish, characters excepted.
fn maximise(model: &Unigram, words: &[(&str, u64)]) -> (Unigram, f64) {
    // E: how often is each token expected?
    let mut counts = vec![0.0; model.tokens().len()];
    let mut log_likelihood = 0.0;
    for (word, count) in words {
        log_likelihood += *count as f64 * model.expect(word, *count as f64, &mut counts);
    }
    // M: a token is as probable as it is frequent.
    let counted = model.tokens().iter().map(|(token, _)| token.as_str()).zip(counts);
    let kept: Vec<(&str, f64)> = counted
        .filter(|(token, count)| *count >= 0.5 || is_character(token))
        .map(|(token, count)| (token, count.max(0.5)))
        .collect();
    let total = digamma(kept.iter().map(|(_, count)| count).sum());
    let score = |(token, count): (&str, f64)| (token.to_owned(), digamma(count) - total);
    (Unigram::new(kept.into_iter().map(score).collect()), log_likelihood)
}
// ANCHOR_END: maximise

/// Removes the tokens that are missed least, down to `target`. A character stays.
///
/// What a token is worth is how often it is used, times how much less probable its text is by its second best
/// segmentation. The counts are those of the best segmentations; where a token goes, its own are added to those of the
/// tokens that take its place.
fn prune(model: &Unigram, words: &[(&str, u64)], target: usize) -> Unigram {
    let mut counts = vec![0.0; model.tokens().len()];
    for (word, count) in words {
        for id in model.ids(word, None) {
            counts[id as usize] += *count as f64;
        }
    }
    let total: f64 = counts.iter().sum();
    let mut worth: Vec<(f64, usize)> = vec![];
    let mut kept: Vec<bool> = vec![false; counts.len()];
    for (i, (token, _)) in model.tokens().iter().enumerate() {
        if is_character(token) {
            kept[i] = true;
        } else if counts[i] > 0.0 {
            let others = model.ids(token, Some(i as u32));
            let log_total = (total + counts[i] * (others.len() as f64 - 1.0)).ln();
            let without: f64 = others.iter().map(|id| (counts[*id as usize] + counts[i]).ln() - log_total).sum();
            worth.push((counts[i] * (counts[i].ln() - total.ln() - without), i));
        }
    }
    worth.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let room = target.saturating_sub(kept.iter().filter(|kept| **kept).count());
    for (_, i) in worth.into_iter().take(room) {
        kept[i] = true;
    }
    let tokens = model.tokens().iter().zip(kept).filter(|(_, kept)| *kept).map(|(token, _)| token.clone());
    Unigram::new(tokens.collect())
}

/// The characters and the most probable of the others, by score.
fn finish(model: Unigram, characters: usize, vocabulary: usize) -> Unigram {
    let (mut single, mut longer): (Vec<Scored>, Vec<Scored>) =
        model.into_tokens().into_iter().partition(|(token, _)| is_character(token));
    longer.sort_by(weightiest);
    longer.truncate(vocabulary - characters);
    single.append(&mut longer);
    single.sort_by(weightiest);
    Unigram::new(single)
}

fn is_character(token: &str) -> bool {
    token.chars().nth(1).is_none()
}

/// $\psi(x)$, the derivative of $\ln \Gamma(x)$, for $x > 0$: the recurrence up to 7, then the asymptotic series.
fn digamma(mut x: f64) -> f64 {
    let mut sum = 0.0;
    while x < 7.0 {
        sum -= 1.0 / x;
        x += 1.0;
    }
    let square = 1.0 / (x * x);
    let series = square * (1.0 / 12.0 - square * (1.0 / 120.0 - square * (1.0 / 252.0 - square / 240.0)));
    sum + x.ln() - 0.5 / x - series
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digamma_is_known_at_some_places() {
        // -γ, -γ - 2 ln 2, and H_9 - γ.
        for (x, value) in
            [(1.0, -0.577_215_664_901_532_9), (0.5, -1.963_510_026_021_423_5), (10.0, 2.251_752_589_066_721)]
        {
            assert!((digamma(x) - value).abs() < 1e-10, "{x}: {}", digamma(x));
        }
    }

    fn some_words() -> WordCounts {
        let mut words = WordCounts::default();
        for (word, count) in
            [("▁학교에", 40), ("▁학교는", 30), ("▁집에", 30), ("▁집은", 20), ("▁나는", 50), ("▁너는", 20)]
        {
            words.add(word, count);
        }
        words
    }

    #[test]
    fn what_belongs_together_becomes_a_token() {
        let model = train(&some_words(), &Settings::new(15)).unwrap();
        assert_eq!(model.tokens().len(), 15);
        let total: f64 = model.tokens().iter().map(|(_, score)| score.exp()).sum();
        assert!((total - 1.0).abs() < 0.2, "{total}");
        let parts: Vec<usize> = model.segment("▁학교에").iter().map(|(_, end)| *end).collect();
        assert!(parts.len() <= 2, "{parts:?}");
    }

    #[test]
    fn within_a_turn_the_words_become_more_probable() {
        let (_, steps) = train_recorded(&some_words(), &Settings { steps: 4, ..Settings::new(11) }).unwrap();
        assert!(steps.len() == 8 && steps[7].turn == 1, "{steps:?}");
        for pair in steps.windows(2) {
            assert!(pair[0].per_character < 0.0);
            // The prior of the M step costs a little likelihood.
            let rises = pair[1].per_character > pair[0].per_character - 0.02;
            assert!(rises || pair[0].turn != pair[1].turn, "{pair:?}");
            assert!(pair[1].tokens <= pair[0].tokens);
        }
    }

    #[test]
    fn too_few_tokens_are_refused() {
        let mut words = WordCounts::default();
        assert!(matches!(train(&words, &Settings::new(10)), Err(TrainError::Empty)));
        words.add("", 3);
        assert!(matches!(train(&words, &Settings::new(10)), Err(TrainError::Empty)));
        words.add("가나다라", 1);
        assert!(matches!(train(&words, &Settings::new(3)), Err(TrainError::Small { alphabet: 4, .. })));
        assert!(train(&words, &Settings { candidates: usize::MAX, longest: 0, steps: 0, ..Settings::new(4) }).is_ok());
    }
}
