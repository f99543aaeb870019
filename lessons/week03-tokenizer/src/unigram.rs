//! A unigram language model as a tokenizer: of all ways to cut a text, the most probable.
//!
//! Kudo (2018), "Subword Regularization", §3.2; Kudo & Richardson (2018), "SentencePiece". The pieces `viterbi` and
//! `expected_counts` follow the definition; here the tokens that begin at a place come from a trie, and training is added:
//! many candidates, then in turns expectation–maximisation and the removal of those that are missed least.
//!
//! | paper | here | |
//! |---|---|---|
//! | $x$ | a token | a text |
//! | $p(x)$ | `score` | as its logarithm |
//! | $\mathcal{V}$ | the tokens of [`Unigram`] | |
//! | $\mathrm{loss}_i$ | `loss` in `prune` | |
//!
//! As SentencePiece does, the M step takes $\exp(\psi(c) - \psi(\sum c))$ in the place of $c / \sum c$: a prior that lets rare
//! tokens go sooner. Candidates are all substrings of words, where SentencePiece takes them from a suffix array; and a text that
//! holds a character that is no token is cut there, at a score 10 below the least.

use rustc_hash::FxHashMap;

use crate::train::{TrainError, WordCounts};

/// A token and its log-probability.
pub type Scored = (String, f64);

/// A unigram model.
#[derive(Debug, Clone)]
pub struct Unigram {
    tokens: Vec<Scored>,
    trie: Trie,
    unknown: f64,
}

/// How much less than the least probable token an unknown character scores.
const PENALTY: f64 = 10.0;

impl Unigram {
    /// A model of these tokens. Of equal tokens the first counts.
    pub fn new(tokens: Vec<Scored>) -> Self {
        let mut trie = Trie::default();
        for (id, (token, _)) in (0..).zip(&tokens) {
            trie.insert(token.as_bytes(), id);
        }
        let least = tokens.iter().map(|(_, score)| *score).fold(f64::INFINITY, f64::min);
        let unknown = if least.is_finite() { least - PENALTY } else { -PENALTY };
        Self { tokens, trie, unknown }
    }

    /// The tokens with their log-probabilities, by id.
    pub fn tokens(&self) -> &[Scored] {
        &self.tokens
    }

    /// The score of a character that is no token.
    pub fn unknown(&self) -> f64 {
        self.unknown
    }

    /// The most probable segmentation: for each part its id (`None` for unknown characters, neighbours together) and the byte
    /// after its last. Of equal segmentations, the one whose last parts are longer.
    pub fn segment(&self, text: &str) -> Vec<(Option<u32>, usize)> {
        let best = self.best(text, None).0;
        let mut parts: Vec<(Option<u32>, usize)> = vec![];
        let mut end = text.len();
        while end > 0 {
            let (start, id) = best[end].1;
            match (id, parts.last()) {
                // An unknown character before another: one part.
                (None, Some((None, _))) => {}
                _ => parts.push((id, end)),
            }
            end = start;
        }
        parts.reverse();
        parts
    }

    /// Viterbi: for each byte at which a part may end, the score of the best way there, and the part that it ends with.
    /// `without` is a token that may not be used.
    fn best(&self, text: &str, without: Option<u32>) -> (Vec<Step>, f64) {
        let mut best: Vec<Step> = vec![(f64::NEG_INFINITY, (0, None)); text.len() + 1];
        best[0].0 = 0.0;
        for (start, character) in text.char_indices() {
            let so_far = best[start].0;
            let single = start + character.len_utf8();
            let mut has_single = false;
            let mut reach = |end: usize, score: f64, id: Option<u32>| {
                if so_far + score > best[end].0 {
                    best[end] = (so_far + score, (start, id));
                }
            };
            self.trie.prefixes(&text.as_bytes()[start..], |length, id| {
                if Some(id) != without {
                    has_single |= start + length == single;
                    reach(start + length, self.tokens[id as usize].1, Some(id));
                }
            });
            if !has_single {
                reach(single, self.unknown, None);
            }
        }
        let score = best[text.len()].0;
        (best, score)
    }

    /// Forward–backward: adds `weight` times the expected count of each token in a text to `counts`, and gives back the
    /// text's log-probability over all segmentations. `counts` has a place for each token.
    pub fn expect(&self, text: &str, weight: f64, counts: &mut [f64]) -> f64 {
        let bytes = text.as_bytes();
        let mut arcs: Vec<(usize, usize, u32)> = vec![];
        for (start, _) in text.char_indices() {
            self.trie.prefixes(&bytes[start..], |length, id| arcs.push((start, start + length, id)));
        }
        let mut forward = vec![f64::NEG_INFINITY; bytes.len() + 1];
        let mut backward = forward.clone();
        forward[0] = 0.0;
        backward[bytes.len()] = 0.0;
        // In order of their starts: what ends at a place has been added before anything begins there.
        for (start, end, id) in &arcs {
            forward[*end] = log_add(forward[*end], forward[*start] + self.tokens[*id as usize].1);
        }
        for (start, end, id) in arcs.iter().rev() {
            backward[*start] = log_add(backward[*start], backward[*end] + self.tokens[*id as usize].1);
        }
        let total = forward[bytes.len()];
        if total.is_finite() {
            for (start, end, id) in arcs {
                let log = forward[start] + self.tokens[id as usize].1 + backward[end] - total;
                counts[id as usize] += weight * log.exp();
            }
        }
        total
    }
}

/// A score, and the part that ends here: its start and its id.
type Step = (f64, (usize, Option<u32>));

/// $\log(e^a + e^b)$ without overflow.
fn log_add(a: f64, b: f64) -> f64 {
    let (small, large) = if a < b { (a, b) } else { (b, a) };
    if small == f64::NEG_INFINITY { large } else { large + (small - large).exp().ln_1p() }
}

/// Tokens by their bytes.
#[derive(Debug, Clone, Default)]
struct Trie {
    /// From a node by a byte to a node; 0 is the root.
    next: FxHashMap<(u32, u8), u32>,
    /// The token that ends at a node.
    token: Vec<Option<u32>>,
}

impl Trie {
    fn insert(&mut self, bytes: &[u8], id: u32) {
        let mut node = 0;
        if self.token.is_empty() {
            self.token.push(None);
        }
        for byte in bytes {
            let new = self.token.len() as u32;
            node = *self.next.entry((node, *byte)).or_insert(new);
            if node == new {
                self.token.push(None);
            }
        }
        self.token[node as usize].get_or_insert(id);
    }

    /// Every token that the bytes begin with, the shortest first.
    fn prefixes(&self, bytes: &[u8], mut found: impl FnMut(usize, u32)) {
        let mut node = 0;
        for (i, byte) in bytes.iter().enumerate() {
            let Some(next) = self.next.get(&(node, *byte)) else { return };
            node = *next;
            if let Some(id) = self.token[node as usize] {
                found(i + 1, id);
            }
        }
    }
}

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

/// Trains a unigram model on counted words. Every character of theirs is a token.
///
/// # Errors
/// When there are no words, or more characters than tokens.
pub fn train(words: &WordCounts, settings: &Settings) -> Result<Unigram, TrainError> {
    if words.is_empty() {
        return Err(TrainError::Empty);
    }
    let words = words.sorted();
    let (characters, mut candidates) = candidates(&words, settings.longest);
    if characters.len() > settings.vocabulary {
        let (vocabulary, alphabet) = (settings.vocabulary, characters.len());
        return Err(TrainError::Small { vocabulary, special: 0, alphabet });
    }
    candidates.truncate((settings.vocabulary * settings.candidates).saturating_sub(characters.len()));
    let total: f64 = characters.iter().chain(&candidates).map(|(_, weight)| weight).sum();
    let scored = |(token, weight): (String, f64)| (token, (weight / total).ln());
    let mut model = Unigram::new(characters.iter().cloned().chain(candidates).map(scored).collect());
    // A few more than asked for: the last turn takes the most probable.
    let nearly = settings.vocabulary + settings.vocabulary / 10;
    loop {
        for _ in 0..settings.steps {
            model = maximise(&model, &words);
        }
        if model.tokens.len() <= nearly {
            break;
        }
        let target = nearly.max((model.tokens.len() as f64 * settings.keep) as usize);
        let before = model.tokens.len();
        model = prune(&model, &words, target);
        if model.tokens.len() == before {
            break;
        }
    }
    Ok(finish(model, &characters, settings.vocabulary))
}

/// All characters of the words, and all longer substrings that occur twice, by count times length; the weightiest first.
fn candidates(words: &[(&str, u64)], longest: usize) -> (Vec<Scored>, Vec<Scored>) {
    let mut counts: FxHashMap<&str, u64> = FxHashMap::default();
    for (word, count) in words {
        let ends: Vec<usize> = word.char_indices().map(|(i, _)| i).chain([word.len()]).collect();
        for start in 0..ends.len() - 1 {
            for end in &ends[start + 1..ends.len().min(start + 1 + longest)] {
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
    // Equal weights in order of the text: nothing may depend on the order of a hash table.
    let order = |a: &Scored, b: &Scored| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0));
    characters.sort_unstable_by(order);
    longer.sort_unstable_by(order);
    (characters, longer)
}

/// One step of expectation–maximisation. Tokens that are expected less than half a time vanish, characters excepted.
fn maximise(model: &Unigram, words: &[(&str, u64)]) -> Unigram {
    let mut counts = vec![0.0; model.tokens.len()];
    for (word, count) in words {
        model.expect(word, *count as f64, &mut counts);
    }
    let kept: Vec<(&str, f64)> = model
        .tokens
        .iter()
        .zip(&counts)
        .map(|((token, _), count)| (token.as_str(), *count))
        .filter(|(token, count)| *count >= 0.5 || is_character(token))
        .collect();
    let total = digamma(kept.iter().map(|(_, count)| count.max(0.5)).sum());
    let score = |(token, count): (&str, f64)| (token.to_owned(), digamma(count.max(0.5)) - total);
    Unigram::new(kept.into_iter().map(score).collect())
}

/// Removes the tokens whose absence costs least, down to `target`.
fn prune(model: &Unigram, words: &[(&str, u64)], target: usize) -> Unigram {
    let mut counts = vec![0.0; model.tokens.len()];
    for (word, count) in words {
        for (id, _) in model.segment(word) {
            if let Some(id) = id {
                counts[id as usize] += *count as f64;
            }
        }
    }
    let total: f64 = counts.iter().sum();
    let mut losses: Vec<(f64, usize)> = vec![];
    let mut kept: Vec<bool> = vec![false; model.tokens.len()];
    for (i, (token, score)) in model.tokens.iter().enumerate() {
        if is_character(token) {
            kept[i] = true;
        } else if counts[i] > 0.0 {
            // What its text would score without it, in the place of what it scores, as often as it is used.
            let without = model.best(token, Some(i as u32)).1;
            losses.push((counts[i] / total * (score - without), i));
        }
    }
    losses.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let room = target.saturating_sub(kept.iter().filter(|kept| **kept).count());
    for (_, i) in losses.into_iter().take(room) {
        kept[i] = true;
    }
    let tokens = model.tokens.iter().zip(kept).filter(|(_, kept)| *kept).map(|(token, _)| token.clone());
    Unigram::new(tokens.collect())
}

/// The characters and the most probable of the others, by score.
fn finish(model: Unigram, characters: &[Scored], vocabulary: usize) -> Unigram {
    let (mut single, mut longer): (Vec<Scored>, Vec<Scored>) =
        model.tokens.into_iter().partition(|(token, _)| is_character(token));
    let order = |a: &Scored, b: &Scored| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0));
    longer.sort_by(order);
    longer.truncate(vocabulary - characters.len());
    single.append(&mut longer);
    single.sort_by(order);
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

    fn trained(vocabulary: usize) -> Unigram {
        let mut words = WordCounts::default();
        for (word, count) in
            [("▁학교에", 40), ("▁학교는", 30), ("▁집에", 30), ("▁집은", 20), ("▁나는", 50), ("▁너는", 20)]
        {
            words.add(word, count);
        }
        train(&words, &Settings::new(vocabulary)).unwrap()
    }

    #[test]
    fn what_belongs_together_becomes_a_token() {
        let model = trained(15);
        assert_eq!(model.tokens().len(), 15);
        let total: f64 = model.tokens().iter().map(|(_, score)| score.exp()).sum();
        assert!((total - 1.0).abs() < 0.2, "{total}");
        let parts: Vec<usize> = model.segment("▁학교에").iter().map(|(_, end)| *end).collect();
        assert!(parts.len() <= 2, "{parts:?}");
    }

    #[test]
    fn unknown_characters_are_one_part() {
        let model = trained(12);
        let parts = model.segment("▁나😀😀는");
        assert!(parts.iter().filter(|(id, _)| id.is_none()).count() == 1, "{parts:?}");
        assert_eq!(parts.last().map(|(_, end)| *end), Some("▁나😀😀는".len()));
        assert!(model.segment("").is_empty());
    }

    #[test]
    fn too_few_tokens_are_refused() {
        let mut words = WordCounts::default();
        assert!(matches!(train(&words, &Settings::new(10)), Err(TrainError::Empty)));
        words.add("가나다라", 1);
        assert!(matches!(train(&words, &Settings::new(3)), Err(TrainError::Small { alphabet: 4, .. })));
    }
}
