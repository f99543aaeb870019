//! A unigram language model as a tokenizer: of all ways to cut a text, the most probable, or one of them drawn.
//!
//! Kudo (2018), "Subword Regularization", §3; Kudo & Richardson (2018), "SentencePiece". The pieces `viterbi` and
//! `expected_counts` follow the definition; here the tokens that begin at a place come from a trie.
//!
//! | paper | here | |
//! |---|---|---|
//! | $X$ | `text` | a word, with `▁` in the place of the space before it |
//! | $p(x)$ | a score | as its logarithm |
//! | $\mathcal{V}$ | the tokens of [`Unigram`] | |
//! | $\alpha$ | `sharpness` | of a segmentation that is drawn |
//!
//! As in SentencePiece, a character that is no token may stand alone for a score 10 below the least.

mod train;
mod trie;

pub use train::{Settings, Step, train, train_recorded};

use trie::Trie;

/// A token and its log-probability.
pub type Scored = (String, f64);

/// A part of a text: the id of its token, `None` where it is unknown, and the byte after its last.
pub type Part = (Option<u32>, usize);

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
        let trie = Trie::new(tokens.iter().map(|(token, _)| token.as_bytes()));
        let least = tokens.iter().map(|(_, score)| *score).fold(f64::INFINITY, f64::min);
        let unknown = if least.is_finite() { least - PENALTY } else { -PENALTY };
        Self { tokens, trie, unknown }
    }

    /// The tokens with their log-probabilities, by id.
    pub fn tokens(&self) -> &[Scored] {
        &self.tokens
    }

    /// The tokens alone.
    pub fn into_tokens(self) -> Vec<Scored> {
        self.tokens
    }

    /// The score of a character that is no token.
    pub fn unknown(&self) -> f64 {
        self.unknown
    }

    /// The most probable segmentation; unknown characters that are neighbours are one part. Of equal ways to a place, the
    /// one whose last part is longer.
    pub fn segment(&self, text: &str) -> Vec<Part> {
        joined(self.best(text, None))
    }

    /// The texts of the parts of the most probable segmentation.
    pub fn cut<'a>(&self, text: &'a str) -> Vec<&'a str> {
        texts(text, &self.segment(text))
    }

    /// A segmentation drawn by chance, each as likely as its probability to the power of `sharpness`, among all of them: at
    /// 1 as the model says, at 0 all alike, far above 1 the best.
    ///
    /// `choose` draws a place, as likely as its weight says.
    ///
    /// # Errors
    /// Those of `choose`, and none besides.
    pub fn sample<E>(
        &self,
        text: &str,
        sharpness: f64,
        mut choose: impl FnMut(&[f32]) -> Result<usize, E>,
    ) -> Result<Vec<Part>, E> {
        // For each place: the log of the sum over all ways there, and the parts that end there.
        let mut forward = vec![f64::NEG_INFINITY; text.len() + 1];
        let mut ending: Vec<Vec<(usize, Option<u32>, f64)>> = vec![vec![]; text.len() + 1];
        forward[0] = 0.0;
        self.arcs(text, |start, end, id, score| {
            let ways = forward[start] + sharpness * score;
            forward[end] = log_add(forward[end], ways);
            ending[end].push((start, id, ways));
        });
        let mut parts = vec![];
        let mut end = text.len();
        while end > 0 {
            let weights: Vec<f32> = ending[end].iter().map(|(.., ways)| (ways - forward[end]).exp() as f32).collect();
            let Some((start, id, _)) = ending[end].get(choose(&weights)?).copied() else { break };
            parts.push((id, end));
            end = start;
        }
        parts.reverse();
        Ok(joined(parts))
    }

    /// The ids of the most probable segmentation, unknown characters left out. `without` is a token that may not be used,
    /// no character.
    fn ids(&self, text: &str, without: Option<u32>) -> Vec<u32> {
        self.best(text, without).into_iter().filter_map(|(id, _)| id).collect()
    }

    // ANCHOR: best
    /// Viterbi: the best way to each place, from those to the places before it.
    fn best(&self, text: &str, without: Option<u32>) -> Vec<Part> {
        // Of each place: the score of the best way there, and of its last part
        // where it begins, and its id.
        let mut best = vec![(f64::NEG_INFINITY, 0, None); text.len() + 1];
        best[0].0 = 0.0;
        self.arcs(text, |start, end, id, score| {
            let score = best[start].0 + score;
            if score > best[end].0 && (id.is_none() || id != without) {
                best[end] = (score, start, id);
            }
        });
        let mut parts = vec![];
        let mut end = text.len();
        while end > 0 {
            let (_, start, id) = best[end];
            parts.push((id, end));
            end = start;
        }
        parts.reverse();
        parts
    }
    // ANCHOR_END: best

    /// Forward–backward: adds `weight` times the expected count of each token in a text to `counts`, and gives back the
    /// text's log-probability over all segmentations: minus infinity where a character is unknown. `counts` has a place for
    /// each token.
    pub fn expect(&self, text: &str, weight: f64, counts: &mut [f64]) -> f64 {
        let mut arcs: Vec<(usize, usize, u32)> = vec![];
        self.arcs(text, |start, end, id, _| arcs.extend(id.map(|id| (start, end, id))));
        let mut forward = vec![f64::NEG_INFINITY; text.len() + 1];
        let mut backward = forward.clone();
        forward[0] = 0.0;
        backward[text.len()] = 0.0;
        // In order of their starts: what ends at a place has been added before anything begins there.
        for (start, end, id) in &arcs {
            forward[*end] = log_add(forward[*end], forward[*start] + self.tokens[*id as usize].1);
        }
        for (start, end, id) in arcs.iter().rev() {
            backward[*start] = log_add(backward[*start], backward[*end] + self.tokens[*id as usize].1);
        }
        let total = forward[text.len()];
        if total.is_finite() {
            for (start, end, id) in arcs {
                let log = forward[start] + self.tokens[id as usize].1 + backward[end] - total;
                counts[id as usize] += weight * log.exp();
            }
        }
        total
    }

    /// The text's log-probability over all segmentations: minus infinity where a character is unknown.
    pub fn log_probability(&self, text: &str) -> f64 {
        self.expect(text, 0.0, &mut vec![0.0; self.tokens.len()])
    }

    /// Every part that a text may have: where it begins and ends, its id, its score. In order of their starts, and of those
    /// that start together the shortest first.
    fn arcs(&self, text: &str, mut found: impl FnMut(usize, usize, Option<u32>, f64)) {
        for (start, character) in text.char_indices() {
            let single = character.len_utf8();
            let mut is_token = false;
            self.trie.prefixes(&text.as_bytes()[start..], |length, id| {
                is_token |= length == single;
                found(start, start + length, Some(id), self.tokens[id as usize].1);
            });
            if !is_token {
                found(start, start + single, None, self.unknown);
            }
        }
    }
}

/// Unknown parts that are neighbours, made one.
fn joined(parts: Vec<Part>) -> Vec<Part> {
    let mut joined: Vec<Part> = vec![];
    for (id, end) in parts {
        match joined.last_mut() {
            Some((None, last)) if id.is_none() => *last = end,
            _ => joined.push((id, end)),
        }
    }
    joined
}

/// The texts of the parts of a text. Parts of another text give what of it there is.
pub fn texts<'a>(text: &'a str, parts: &[Part]) -> Vec<&'a str> {
    let mut start = 0;
    parts.iter().filter_map(|(_, end)| text.get(std::mem::replace(&mut start, *end)..*end)).collect()
}

/// $\log(e^a + e^b)$ without overflow.
fn log_add(a: f64, b: f64) -> f64 {
    let (small, large) = if a < b { (a, b) } else { (b, a) };
    if small == f64::NEG_INFINITY { large } else { large + (small - large).exp().ln_1p() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn school() -> Unigram {
        let scores = [("학교", -2.0), ("학", -3.0), ("교", -5.0), ("교에", -4.0), ("에", -1.0)];
        Unigram::new(scores.map(|(token, score)| (token.to_owned(), score)).to_vec())
    }

    #[test]
    fn unknown_characters_are_one_part() {
        let text = "학😀😀교에";
        assert_eq!(school().cut(text), ["학", "😀😀", "교에"]);
        assert_eq!(school().segment(text)[1], (None, "학😀😀".len()));
        assert!(school().segment("").is_empty());
        assert_eq!(school().log_probability(text), f64::NEG_INFINITY);
        assert_eq!(Unigram::new(vec![]).cut("가나"), ["가나"]);
    }

    /// The share of each segmentation among many is its probability.
    #[test]
    fn segmentations_are_drawn_as_the_model_says() {
        let model = school();
        // xorshift64: enough to draw places.
        let mut state = 9_u64;
        let mut choose = |weights: &[f32]| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            let mut left = (state % 1_000_000) as f32 / 1_000_000.0 * weights.iter().sum::<f32>();
            let place = weights.iter().position(|weight| {
                left -= weight;
                left < 0.0
            });
            Ok::<_, std::convert::Infallible>(place.unwrap_or(weights.len() - 1))
        };
        let ways = [(vec!["학교", "에"], -3.0), (vec!["학", "교에"], -7.0), (vec!["학", "교", "에"], -9.0)];
        for sharpness in [0.0, 0.2, 1.0_f64] {
            let total: f64 = ways.iter().map(|(_, score)| f64::exp(sharpness * score)).sum();
            let drawn: Vec<Vec<Part>> =
                (0..20_000).map(|_| model.sample("학교에", sharpness, &mut choose).unwrap()).collect();
            for (way, score) in &ways {
                let share = drawn.iter().filter(|parts| texts("학교에", parts) == *way).count() as f64 / 20_000.0;
                let expected = f64::exp(sharpness * score) / total;
                // Four standard errors.
                let error = 4.0 * (expected * (1.0 - expected) / 20_000.0).sqrt();
                assert!((share - expected).abs() < error, "{sharpness} {way:?}: {share} {expected}");
            }
        }
        assert_eq!(model.sample("x학", 1.0, &mut choose), Ok(vec![(None, 1), (Some(1), 4)]));
        assert_eq!(model.sample("학교", 1.0, |_| Err("no luck")), Err("no luck"));
        assert_eq!(model.sample("학교", 1.0, |_| Ok::<_, ()>(usize::MAX)), Ok(vec![]));
    }
}
