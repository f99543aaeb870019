//! Mixing sources: how much of each a model reads, and how often.
//!
//! | paper | here |
//! |---|---|
//! | Conneau et al. (2020), §3.1: shares in proportion to $n_i^\alpha$ | [`plan`] |
//! | Muennighoff et al. (2023): how often a text may be read again | [`Share::epochs`] |

use serde::{Deserialize, Serialize};
use week00_workbench::rng::Rng;

use crate::mixture::mixture;

/// Epochs up to which reading a text again is worth nearly as much as new text (Muennighoff et al., 2023, §1).
pub const HARMLESS_EPOCHS: f64 = 4.0;

/// Why sources cannot be mixed.
#[derive(Debug, thiserror::Error)]
pub enum MixError {
    /// A power that makes no shares.
    #[error("alpha is {0}: give a number from 0 (all sources alike) to 1 (by size)")]
    Alpha(f64),
    /// Nothing to draw from.
    #[error("no source has any text")]
    Empty,
    /// Documents without tokens, or the other way round.
    #[error("the source {name} has {documents} documents and {tokens} tokens: both are 0, or neither")]
    Source {
        /// Its name.
        name: String,
        /// Its documents.
        documents: u64,
        /// Its tokens.
        tokens: u64,
    },
    /// The generator refused the weights.
    #[error("the sources cannot be drawn from: {0}")]
    Weights(String),
}

/// A source of text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Its name.
    pub name: String,
    /// How many documents it has.
    pub documents: u64,
    /// How many tokens these have together. Characters will do, if all sources count them.
    pub tokens: u64,
}

/// What a source gives to the mixture.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Share {
    /// The name of the source.
    pub name: String,
    /// Its share of all tokens, from 0 to 1.
    pub share: f64,
    /// The tokens read from it.
    pub tokens: f64,
    /// How often all of it is read.
    pub epochs: f64,
}

// ANCHOR: plan
/// How much of each source is read, when `budget` tokens are read in all.
///
/// # Errors
/// When `alpha` is not from 0 to 1, a source contradicts itself, or none has text.
pub fn plan(sources: &[Source], alpha: f64, budget: u64) -> Result<Vec<Share>, MixError> {
    let sizes = sizes(sources, alpha)?;
    let shares = mixture(&sizes, alpha).into_iter().zip(sources).map(|(share, source)| {
        let tokens = share * budget as f64;
        let epochs = if source.tokens == 0 { 0.0 } else { tokens / source.tokens as f64 };
        Share { name: source.name.clone(), share, tokens, epochs }
    });
    Ok(shares.collect())
}
// ANCHOR_END: plan

fn sizes(sources: &[Source], alpha: f64) -> Result<Vec<u64>, MixError> {
    if !(0.0..=1.0).contains(&alpha) {
        return Err(MixError::Alpha(alpha));
    }
    if let Some(source) = sources.iter().find(|source| (source.documents == 0) != (source.tokens == 0)) {
        let Source { name, documents, tokens } = source.clone();
        return Err(MixError::Source { name, documents, tokens });
    }
    if sources.iter().all(|source| source.tokens == 0) {
        return Err(MixError::Empty);
    }
    Ok(sources.iter().map(|source| source.tokens).collect())
}

/// A document that is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Draw {
    /// The place of its source.
    pub source: usize,
    /// Its place in the source.
    pub document: u64,
    /// How often the whole source was read before.
    pub epoch: u64,
}

/// Draws documents without end, so that the *tokens* come in the shares of the plan: a source of long documents is drawn
/// less often. Each source is read in a shuffled order, whole, before any document of it comes again.
#[derive(Debug, Clone)]
pub struct Sampler {
    weights: Vec<f32>,
    sources: Vec<Order>,
    rng: Rng,
}

/// The order in which a source is read.
#[derive(Debug, Clone)]
struct Order {
    documents: Vec<u64>,
    next: usize,
    epoch: u64,
    seed: u64,
}

impl Sampler {
    /// A sampler whose draws depend on the sources, `alpha` and the seed alone.
    ///
    /// # Errors
    /// As [`plan`].
    pub fn new(sources: &[Source], alpha: f64, seed: u64) -> Result<Self, MixError> {
        let sizes = sizes(sources, alpha)?;
        let weights = mixture(&sizes, alpha).into_iter().zip(sources).map(|(share, source)| {
            let mean_length = source.tokens as f64 / source.documents.max(1) as f64;
            if source.tokens == 0 { 0.0 } else { share / mean_length }
        });
        let weights: Vec<f64> = weights.collect();
        // Weights of very long documents would be too small for f32.
        let largest = weights.iter().copied().fold(0.0, f64::max);
        let weights: Vec<f32> = weights.iter().map(|weight| (weight / largest) as f32).collect();
        let order = |(place, source): (usize, &Source)| {
            let documents = (0..source.documents).collect();
            let mut order = Order { documents, next: 0, epoch: 0, seed: scrambled(seed ^ scrambled(place as u64)) };
            order.shuffle();
            order
        };
        let sources = sources.iter().enumerate().map(order).collect();
        Ok(Self { weights, sources, rng: Rng::seed(seed) })
    }

    /// The next document.
    ///
    /// # Errors
    /// Never for a sampler that [`Sampler::new`] made, unless its weights were beyond `f32`.
    pub fn draw(&mut self) -> Result<Draw, MixError> {
        let place = self.rng.sample(&self.weights).map_err(|error| MixError::Weights(error.to_string()))?;
        let Some(source) = self.sources.get_mut(place) else { return Err(MixError::Empty) };
        if source.next == source.documents.len() {
            source.next = 0;
            source.epoch += 1;
            source.shuffle();
        }
        let document = source.documents.get(source.next).copied().ok_or(MixError::Empty)?;
        source.next += 1;
        Ok(Draw { source: place, document, epoch: source.epoch })
    }
}

impl Order {
    /// Another order for each epoch: by a scrambled number that each document gets.
    fn shuffle(&mut self) {
        let seed = scrambled(self.seed ^ self.epoch);
        self.documents.sort_unstable_by_key(|document| (scrambled(seed ^ document), *document));
    }
}

/// A number of 64 bits that looks as if it had been drawn (SplitMix64; Steele, Lea & Flood, 2014).
fn scrambled(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(name: &str, documents: u64, tokens: u64) -> Source {
        Source { name: name.into(), documents, tokens }
    }

    #[test]
    fn a_plan_adds_up_and_counts_epochs() -> Result<(), MixError> {
        let sources = [source("a", 10, 400), source("b", 10, 100), source("c", 0, 0)];
        let plan = plan(&sources, 0.5, 600)?;
        let tokens: Vec<f64> = plan.iter().map(|share| share.tokens.round()).collect();
        assert_eq!(tokens, [400.0, 200.0, 0.0]);
        assert_eq!(plan.iter().map(|share| share.epochs).collect::<Vec<_>>(), [1.0, 2.0, 0.0]);
        Ok(())
    }

    #[test]
    fn tokens_come_in_their_shares_though_documents_differ_in_length() -> Result<(), MixError> {
        let sources = [source("long", 50, 50_000), source("short", 2000, 20_000)];
        let share = plan(&sources, 0.3, 1)?[0].share;
        let mut sampler = Sampler::new(&sources, 0.3, 1)?;
        let (mut tokens, mut drawn) = ([0.0, 0.0], [0_u64; 2]);
        for _ in 0..40_000 {
            let draw = sampler.draw()?;
            tokens[draw.source] += [1000.0, 10.0][draw.source];
            drawn[draw.source] += 1;
        }
        let got = tokens[0] / (tokens[0] + tokens[1]);
        // About 520 draws of long documents: a standard error of 4 %, half of it in the share; four of them.
        assert!((got - share).abs() < 0.09, "{got} {share}");
        assert!(drawn[0] < drawn[1]);
        Ok(())
    }

    #[test]
    fn an_epoch_is_whole_shuffled_and_repeatable() -> Result<(), MixError> {
        let sources = [source("a", 20, 200)];
        let draws = |seed| -> Result<Vec<Draw>, MixError> {
            let mut sampler = Sampler::new(&sources, 1.0, seed)?;
            (0..40).map(|_| sampler.draw()).collect()
        };
        let first = draws(1)?;
        assert_eq!(first, draws(1)?);
        assert_ne!(first, draws(2)?);
        let epoch = |number: u64| -> Vec<u64> {
            first.iter().filter(|draw| draw.epoch == number).map(|draw| draw.document).collect()
        };
        assert_ne!(epoch(0), epoch(1));
        for number in [0, 1] {
            let mut documents = epoch(number);
            documents.sort_unstable();
            assert_eq!(documents, (0..20).collect::<Vec<u64>>());
        }
        Ok(())
    }

    #[test]
    fn what_makes_no_mixture_is_refused() {
        let sources = [source("a", 1, 10)];
        for alpha in [-0.1, 1.1, f64::NAN] {
            assert!(plan(&sources, alpha, 10).is_err(), "{alpha}");
        }
        assert!(matches!(plan(&[], 0.5, 10), Err(MixError::Empty)));
        assert!(matches!(plan(&[source("a", 0, 0)], 0.5, 10), Err(MixError::Empty)));
        assert!(matches!(Sampler::new(&[source("a", 0, 10)], 0.5, 1), Err(MixError::Source { .. })));
    }
}
