//! Training a byte-pair encoding, fast.
//!
//! [`naive`](crate::naive) counts every pair again after every merge. Here the counts are kept: a merge changes only the
//! pairs beside the places where it happens, and each pair knows in which words it stands. A queue gives the most frequent
//! pair; a count that has changed since it was queued is noticed when it comes up.
//!
//! The merges, their order and the ids are those of Hugging Face's `tokenizers` (`models/bpe/trainer.rs`), which the tests
//! compare: equal counts go to the pair with the smaller ids, and an id is given in the order special tokens, alphabet by
//! code point, merges.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use rustc_hash::FxHashMap;

use crate::bpe::{Alphabet, Bpe, BpeError, Merge};
use crate::byte_level;
use crate::split::Pattern;

/// How often each word occurs in a text.
#[derive(Debug, Clone, Default)]
pub struct WordCounts(FxHashMap<Box<str>, u64>);

impl WordCounts {
    /// Counts the words of a text.
    pub fn count(&mut self, text: &str, pattern: Pattern) {
        for word in pattern.words(text) {
            self.add(word, 1);
        }
    }

    /// Counts a word.
    pub fn add(&mut self, word: &str, times: u64) {
        match self.0.get_mut(word) {
            Some(count) => *count += times,
            None => {
                self.0.insert(word.into(), times);
            }
        }
    }

    /// Adds the counts of another part of the text.
    pub fn merge(&mut self, other: Self) {
        let (mut larger, smaller) = if self.0.len() >= other.0.len() {
            (std::mem::take(&mut self.0), other.0)
        } else {
            (other.0, std::mem::take(&mut self.0))
        };
        for (word, times) in smaller {
            *larger.entry(word).or_default() += times;
        }
        self.0 = larger;
    }

    /// How many different words there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The words with their counts, in order of the words: nothing may depend on the order of a hash table.
    pub fn sorted(&self) -> Vec<(&str, u64)> {
        let mut words: Vec<(&str, u64)> = self.0.iter().map(|(word, count)| (&**word, *count)).collect();
        words.sort_unstable();
        words
    }
}

/// What is trained.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// How many tokens there are in the end: special ones, the alphabet, and merges.
    pub vocabulary: usize,
    /// A pair that occurs less often is not merged.
    pub least: u64,
    /// Tokens that get the first ids and never come from text.
    pub special: Vec<String>,
    /// What words are made of.
    pub units: Units,
}

/// What a word is made of before any merge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Units {
    /// Bytes.
    Bytes,
    /// The characters that occur.
    Characters,
    /// The characters that occur, those inside a word with `##` in front: WordPiece's.
    Inner,
}

impl Settings {
    /// A byte-level vocabulary of this size without special tokens.
    pub fn byte_level(vocabulary: usize) -> Self {
        Self { vocabulary, least: 2, special: vec![], units: Units::Bytes }
    }
}

/// Why there is nothing to train.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// No words.
    #[error("there are no words to learn from: the text is empty")]
    Empty,
    /// The vocabulary has no room for the alphabet.
    #[error("a vocabulary of {vocabulary} tokens has no room for {special} special tokens and an alphabet of {alphabet}: ask for at least {}", .special + .alphabet)]
    Small {
        /// What was asked for.
        vocabulary: usize,
        /// Special tokens.
        special: usize,
        /// Bytes or characters.
        alphabet: usize,
    },
    /// A special token that stands there twice, or is empty.
    #[error("the special token {0:?} is empty or stands there twice")]
    Special(String),
    /// The model that came out is none.
    #[error(transparent)]
    Model(#[from] BpeError),
}

/// Trains a byte-pair encoding on counted words.
///
/// # Errors
/// When there are no words, or the vocabulary is smaller than the alphabet.
pub fn train(words: &WordCounts, settings: &Settings) -> Result<Bpe, TrainError> {
    if words.is_empty() {
        return Err(TrainError::Empty);
    }
    let sorted = words.sorted();
    let mut tokens: Vec<Box<[u8]>> = vec![];
    for special in &settings.special {
        if special.is_empty() || tokens.iter().any(|known| **known == *special.as_bytes()) {
            return Err(TrainError::Special(special.clone()));
        }
        tokens.push(special.as_bytes().into());
    }
    let symbols = Symbols::new(&sorted, settings, &mut tokens)?;
    // The tokens that a merge may not make anew; a special token is not text.
    let known = tokens[settings.special.len()..].iter().cloned().zip(settings.special.len() as u32..).collect();
    let inner = symbols.units == Units::Inner;
    let mut state = State::new(&sorted, |word, ids| symbols.of(word, ids), tokens, known, inner);
    while state.tokens.len() < settings.vocabulary && state.step(settings.least.max(1)) {}
    let alphabet = match symbols.units {
        Units::Bytes => Alphabet::Bytes(symbols.bytes),
        Units::Characters | Units::Inner => Alphabet::Characters { ids: symbols.first, unknown: None },
    };
    Ok(Bpe::new(state.tokens, state.merges, alphabet)?)
}

/// Goes on where a training stopped: of words that a model has cut, the pairs that occur most often become this many new
/// tokens, or fewer where no pair occurs twice. Gives back the model with the new merges behind its own, and these.
///
/// # Errors
/// When there are no words.
pub fn train_more(bpe: &Bpe, words: &WordCounts, more: usize) -> Result<(Bpe, Vec<Merge>), TrainError> {
    if words.is_empty() {
        return Err(TrainError::Empty);
    }
    let old = bpe.len();
    let known = bpe.tokens().iter().cloned().zip(0..).collect();
    let of_word = |word: &str, ids: &mut Vec<u32>| bpe.encode_word(word, ids);
    let mut state = State::new(&words.sorted(), of_word, bpe.tokens().to_vec(), known, false);
    while state.tokens.len() < old.saturating_add(more) && state.step(2) {}
    let tokens = state.tokens.split_off(old);
    Ok((bpe.clone().with_more(tokens, &state.merges)?, state.merges))
}

/// What a word inside another begins with, in WordPiece.
pub const INNER: &str = "##";

/// The ids of the symbols that words are made of.
struct Symbols {
    bytes: Box<[u32; 256]>,
    first: FxHashMap<char, u32>,
    inner: FxHashMap<char, u32>,
    units: Units,
}

impl Symbols {
    /// The first tokens: all bytes in the order of the characters that stand for them, or all characters in theirs.
    fn new(words: &[(&str, u64)], settings: &Settings, tokens: &mut Vec<Box<[u8]>>) -> Result<Self, TrainError> {
        let special = tokens.len();
        let (mut first, mut inner) = (FxHashMap::default(), FxHashMap::default());
        let mut bytes = Box::new([0; 256]);
        let mut push = |token: Vec<u8>| {
            tokens.push(token.into());
            tokens.len() as u32 - 1
        };
        if settings.units == Units::Bytes {
            for byte in byte_level::in_order() {
                bytes[usize::from(byte)] = push(vec![byte]);
            }
        } else {
            let sorted = |mut characters: Vec<char>| {
                characters.sort_unstable();
                characters.dedup();
                characters
            };
            for character in sorted(words.iter().flat_map(|(word, _)| word.chars()).collect()) {
                first.insert(character, push(character.to_string().into_bytes()));
            }
            if settings.units == Units::Inner {
                for character in sorted(words.iter().flat_map(|(word, _)| word.chars().skip(1)).collect()) {
                    inner.insert(character, push(format!("{INNER}{character}").into_bytes()));
                }
            }
        }
        if tokens.len() > settings.vocabulary {
            let alphabet = tokens.len() - special;
            return Err(TrainError::Small { vocabulary: settings.vocabulary, special, alphabet });
        }
        Ok(Self { bytes, first, inner, units: settings.units })
    }

    /// The symbols of a word, appended.
    fn of(&self, word: &str, symbols: &mut Vec<u32>) {
        match self.units {
            Units::Bytes => symbols.extend(word.bytes().map(|byte| self.bytes[usize::from(byte)])),
            Units::Characters => symbols.extend(word.chars().filter_map(|c| self.first.get(&c))),
            Units::Inner => {
                let mut ids = [&self.first].into_iter().chain(std::iter::repeat(&self.inner));
                symbols.extend(word.chars().filter_map(|c| ids.next()?.get(&c)));
            }
        }
    }
}

// ANCHOR: state
type Pair = (u32, u32);

/// A pair in the queue: the most frequent first, then the one with the smaller ids. Last, where its words are listed.
type Queued = (i64, Reverse<Pair>, usize);

struct State {
    /// The symbols of all words, one after the other.
    symbols: Vec<u32>,
    /// Of each word: where it starts, how many symbols are left, how often it occurs.
    words: Vec<(usize, usize, i64)>,
    counts: FxHashMap<Pair, i64>,
    queue: BinaryHeap<Queued>,
    /// Lists of words that hold a pair.
    places: Vec<Vec<u32>>,
    tokens: Vec<Box<[u8]>>,
    known: FxHashMap<Box<[u8]>, u32>,
    merges: Vec<Merge>,
    /// Whether the second of two tokens loses its `##`.
    inner: bool,
    /// What the merge at hand changes: the counts, and in which words there are more of a pair.
    changes: FxHashMap<Pair, (i64, Vec<u32>)>,
}
// ANCHOR_END: state

impl State {
    fn new(
        words: &[(&str, u64)],
        of_word: impl Fn(&str, &mut Vec<u32>),
        tokens: Vec<Box<[u8]>>,
        known: FxHashMap<Box<[u8]>, u32>,
        inner: bool,
    ) -> Self {
        let mut state = Self {
            symbols: vec![],
            words: vec![],
            counts: FxHashMap::default(),
            queue: BinaryHeap::new(),
            places: vec![],
            tokens,
            known,
            merges: vec![],
            inner,
            changes: FxHashMap::default(),
        };
        for (word, count) in words {
            let start = state.symbols.len();
            of_word(word, &mut state.symbols);
            let number = state.words.len() as u32;
            let count = *count as i64;
            for pair in state.symbols[start..].windows(2) {
                note(&mut state.changes, (pair[0], pair[1]), count, number);
            }
            state.words.push((start, state.symbols.len() - start, count));
        }
        state.apply();
        state
    }

    // ANCHOR: step
    /// Makes the next merge. Whether there was one.
    fn step(&mut self, least: u64) -> bool {
        let Some((count, Reverse(pair), list)) = self.queue.pop() else { return false };
        let now = self.counts.get(&pair).copied().unwrap_or(0);
        if count != now {
            self.queue.push((now, Reverse(pair), list));
            return true;
        }
        if count < least as i64 {
            return false;
        }
        let merged = self.token_of(pair);
        self.merges.push(Merge { left: pair.0, right: pair.1, merged });
        for number in std::mem::take(&mut self.places[list]) {
            self.merge_in(number, pair, merged);
        }
        self.apply();
        true
    }
    // ANCHOR_END: step

    /// The token that a pair becomes. Two pairs may become the same.
    fn token_of(&mut self, (left, right): Pair) -> u32 {
        let right = &*self.tokens[right as usize];
        let right = if self.inner { right.strip_prefix(INNER.as_bytes()).unwrap_or(right) } else { right };
        let bytes: Box<[u8]> = [&*self.tokens[left as usize], right].concat().into();
        if let Some(id) = self.known.get(&bytes) {
            return *id;
        }
        let id = self.tokens.len() as u32;
        self.tokens.push(bytes.clone());
        self.known.insert(bytes, id);
        id
    }

    // ANCHOR: merge_in
    /// Merges a pair everywhere in a word, from the left, and notes what that changes.
    fn merge_in(&mut self, number: u32, (left, right): Pair, merged: u32) {
        let (start, len, count) = self.words[number as usize];
        let word = &mut self.symbols[start..start + len];
        let (mut read, mut write) = (0, 0);
        while read < len {
            if word[read] == left && read + 1 < len && word[read + 1] == right {
                if write > 0 {
                    let before = word[write - 1];
                    note(&mut self.changes, (before, left), -count, number);
                    note(&mut self.changes, (before, merged), count, number);
                }
                if read + 2 < len {
                    let after = word[read + 2];
                    note(&mut self.changes, (right, after), -count, number);
                    note(&mut self.changes, (merged, after), count, number);
                }
                word[write] = merged;
                read += 2;
            } else {
                word[write] = word[read];
                read += 1;
            }
            write += 1;
        }
        self.words[number as usize].1 = write;
    }
    // ANCHOR_END: merge_in

    // ANCHOR: apply
    /// Takes the noted changes over, and queues the pairs of which there are more.
    fn apply(&mut self) {
        for (pair, (change, places)) in self.changes.drain() {
            let count = self.counts.entry(pair).or_default();
            *count += change;
            if !places.is_empty() && *count > 0 {
                self.queue.push((*count, Reverse(pair), self.places.len()));
                self.places.push(places);
            }
        }
    }
    // ANCHOR_END: apply
}

fn note(changes: &mut FxHashMap<Pair, (i64, Vec<u32>)>, pair: Pair, change: i64, word: u32) {
    let (sum, places) = changes.entry(pair).or_default();
    *sum += change;
    if change > 0 && places.last() != Some(&word) {
        places.push(word);
    }
}
