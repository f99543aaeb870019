//! Byte-pair encoding, fast: the model, and how it encodes a word. [`crate::train`] makes one from text.
//!
//! Sennrich, Haddow & Birch (2016), "Neural Machine Translation of Rare Words with Subword Units", §3.2. A word starts as
//! bytes (or characters); of all neighbours that may merge, the pair that was learnt first merges first, until none may.
//! The pieces `merge_pair` and `bpe_encode` do so by the definition; this module gives the same, without looking at
//! every pair again after each merge.
//!
//! | paper | here |
//! |---|---|
//! | symbol | an id, a `u32` |
//! | merge operation | [`Merge`] |
//! | order of the merge operations | `rank` |

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use rustc_hash::FxHashMap;

/// Two neighbours that become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Merge {
    /// The first.
    pub left: u32,
    /// The second.
    pub right: u32,
    /// What they become.
    pub merged: u32,
}

/// In the place of the id of a byte that no token stands for. SmolLM2 has some: control characters, and bytes of planes of
/// Unicode that its training text had nothing from.
pub const NO_TOKEN: u32 = u32::MAX;

/// What a word is made of before any merge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Alphabet {
    /// Bytes: the id of each. Where all have one, there is no text that cannot be encoded; a byte without a token is
    /// [`NO_TOKEN`] here, and vanishes, as it does in Hugging Face's `tokenizers` and in llama.cpp.
    Bytes(Box<[u32; 256]>),
    /// Characters: the id of each that is known. Others become the unknown token, or vanish where there is none.
    Characters {
        /// The id of each character.
        ids: FxHashMap<char, u32>,
        /// The token for all others.
        unknown: Option<u32>,
    },
}

/// Why a model cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum BpeError {
    /// An id that no token has.
    #[error("merge {rank} names token {id}, and there are {tokens} tokens")]
    NoToken {
        /// The merge, from 0.
        rank: usize,
        /// The id.
        id: u32,
        /// How many tokens there are.
        tokens: usize,
    },
    /// A merge whose result is not its parts, one after the other.
    #[error("merge {rank} makes {merged:?} of {left:?} and {right:?}")]
    Parts {
        /// The merge, from 0.
        rank: usize,
        /// The first part.
        left: String,
        /// The second part.
        right: String,
        /// What it says they become.
        merged: String,
    },
    /// A byte that is no token: then some text cannot be encoded.
    #[error("the byte {0:#04x} is no token: a byte-level vocabulary needs all 256")]
    Byte(u8),
    /// Two ids with one content.
    #[error("the tokens {0} and {1} are the same")]
    Twice(u32, u32),
    /// More tokens than ids.
    #[error("{0} tokens are more than a u32 counts")]
    TooMany(usize),
}

/// A byte-pair encoding.
#[derive(Debug, Clone)]
pub struct Bpe {
    tokens: Vec<Box<[u8]>>,
    merges: Vec<Merge>,
    alphabet: Alphabet,
    /// Of a pair that may merge: its rank, and what it becomes.
    pairs: FxHashMap<u64, (u32, u32)>,
    /// Whole words that are tokens and are taken at once, as tiktoken does. Empty elsewhere.
    whole: FxHashMap<Box<[u8]>, u32>,
}

/// A pair as one number, which is quicker to look up than two.
fn key(left: u32, right: u32) -> u64 {
    u64::from(left) << 32 | u64::from(right)
}

impl Bpe {
    /// A model from its tokens (the bytes of each, by id) and its merges in order.
    ///
    /// # Errors
    /// When a merge names a token that is not there.
    pub fn new(tokens: Vec<Box<[u8]>>, merges: Vec<Merge>, alphabet: Alphabet) -> Result<Self, BpeError> {
        if u32::try_from(tokens.len()).is_err() {
            return Err(BpeError::TooMany(tokens.len()));
        }
        let mut pairs = FxHashMap::with_capacity_and_hasher(merges.len(), Default::default());
        for (rank, merge) in merges.iter().enumerate() {
            for id in [merge.left, merge.right, merge.merged] {
                if id as usize >= tokens.len() {
                    return Err(BpeError::NoToken { rank, id, tokens: tokens.len() });
                }
            }
            // A pair that is listed twice counts as the last: so does Hugging Face's.
            pairs.insert(key(merge.left, merge.right), (rank as u32, merge.merged));
        }
        Ok(Self { tokens, merges, alphabet, pairs, whole: FxHashMap::default() })
    }

    /// A byte-level model from tokens alone, by rank, as tiktoken's files give them: whatever two neighbours make a token
    /// together may merge, the token of the lowest rank first; and a word that is a token is one.
    ///
    /// # Errors
    /// When a byte is no token, or a token stands there twice.
    pub fn from_ranks(tokens: Vec<Box<[u8]>>) -> Result<Self, BpeError> {
        let count = u32::try_from(tokens.len()).map_err(|_| BpeError::TooMany(tokens.len()))?;
        let mut whole = FxHashMap::with_capacity_and_hasher(tokens.len(), Default::default());
        for (id, token) in (0..count).zip(&tokens) {
            if let Some(other) = whole.insert(token.clone(), id) {
                return Err(BpeError::Twice(other, id));
            }
        }
        let mut bytes = Box::new([0; 256]);
        for byte in 0..=u8::MAX {
            bytes[usize::from(byte)] = *whole.get([byte].as_slice()).ok_or(BpeError::Byte(byte))?;
        }
        let mut merges = vec![];
        let mut pairs = FxHashMap::default();
        for (id, token) in (0..count).zip(&tokens) {
            for at in 1..token.len() {
                if let (Some(left), Some(right)) = (whole.get(&token[..at]), whole.get(&token[at..])) {
                    pairs.insert(key(*left, *right), (id, id));
                    merges.push(Merge { left: *left, right: *right, merged: id });
                }
            }
        }
        Ok(Self { tokens, merges, alphabet: Alphabet::Bytes(bytes), pairs, whole })
    }

    /// The same model, but a word that is a token is one, whatever the merges say.
    #[must_use]
    pub fn with_whole_words(mut self) -> Self {
        // Of equal tokens the first counts.
        for (id, token) in (0..).zip(&self.tokens) {
            self.whole.entry(token.clone()).or_insert(id);
        }
        self
    }

    /// The same model with more tokens, whose ids follow its own, and more merges, which come after its own.
    ///
    /// # Errors
    /// When a merge names a token that is not there.
    pub fn with_more(mut self, tokens: Vec<Box<[u8]>>, merges: &[Merge]) -> Result<Self, BpeError> {
        // Ranks are places among the merges, or ids: what is new comes behind both.
        let first = self.merges.len().max(self.tokens.len());
        let whole = self.takes_whole_words();
        for token in tokens {
            let id = self.tokens.len() as u32;
            if whole {
                self.whole.entry(token.clone()).or_insert(id);
            }
            self.tokens.push(token);
        }
        if u32::try_from(self.tokens.len().max(first + merges.len())).is_err() {
            return Err(BpeError::TooMany(self.tokens.len()));
        }
        for (place, merge) in merges.iter().enumerate() {
            let tokens = self.tokens.len();
            if let Some(id) = [merge.left, merge.right, merge.merged].into_iter().find(|id| *id as usize >= tokens) {
                return Err(BpeError::NoToken { rank: first + place, id, tokens });
            }
            self.pairs.insert(key(merge.left, merge.right), ((first + place) as u32, merge.merged));
            self.merges.push(*merge);
        }
        Ok(self)
    }

    /// Whether a word that is a token is one, whatever the merges say.
    pub fn takes_whole_words(&self) -> bool {
        !self.whole.is_empty()
    }

    /// How many tokens there are.
    pub fn len(&self) -> usize {
        self.tokens.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.tokens.is_empty()
    }

    /// The bytes of a token.
    pub fn token(&self, id: u32) -> Option<&[u8]> {
        self.tokens.get(id as usize).map(AsRef::as_ref)
    }

    /// The bytes of all tokens, by id.
    pub fn tokens(&self) -> &[Box<[u8]>] {
        &self.tokens
    }

    /// The merges, in order.
    pub fn merges(&self) -> &[Merge] {
        &self.merges
    }

    /// What a word is made of before any merge.
    pub fn alphabet(&self) -> &Alphabet {
        &self.alphabet
    }

    /// The rank of a pair and what it becomes, where it may merge.
    pub fn merge(&self, left: u32, right: u32) -> Option<(u32, u32)> {
        self.pairs.get(&key(left, right)).copied()
    }

    /// Encodes one word, appending its ids.
    pub fn encode_word(&self, word: &str, ids: &mut Vec<u32>) {
        if let Some(id) = self.whole.get(word.as_bytes()) {
            return ids.push(*id);
        }
        let start = ids.len();
        self.symbols(word, ids);
        if ids.len() - start > LONG {
            let merged = self.merge_long(&ids[start..]);
            ids.truncate(start);
            ids.extend(merged);
        } else {
            self.merge_short(ids, start);
        }
    }

    /// The bytes of these tokens, one after the other. Ids that no token has are left out.
    pub fn bytes_of(&self, ids: &[u32]) -> Vec<u8> {
        ids.iter().filter_map(|id| self.token(*id)).flatten().copied().collect()
    }

    /// The ids of a word before any merge.
    fn symbols(&self, word: &str, ids: &mut Vec<u32>) {
        match &self.alphabet {
            Alphabet::Bytes(bytes) => {
                let known = word.bytes().map(|byte| bytes[usize::from(byte)]);
                ids.extend(known.filter(|id| *id != NO_TOKEN));
            }
            Alphabet::Characters { ids: known, unknown } => {
                ids.extend(word.chars().filter_map(|c| known.get(&c).copied().or(*unknown)));
            }
        }
    }

    // ANCHOR: merge_short
    /// Merges in place, by looking for the lowest rank again and again: best for the words that there are. The ranks of
    /// neighbours are kept, so that a merge looks up two pairs and not all.
    fn merge_short(&self, ids: &mut Vec<u32>, start: usize) {
        const NONE: (u32, u32) = (u32::MAX, u32::MAX);
        let word = &mut ids[start..];
        let mut len = word.len();
        let rank = |left, right| self.merge(left, right).unwrap_or(NONE);
        let mut ranks = [NONE; LONG];
        for i in 1..len {
            ranks[i - 1] = rank(word[i - 1], word[i]);
        }
        while len > 1 {
            let mut best = 0;
            for i in 1..len - 1 {
                if ranks[i].0 < ranks[best].0 {
                    best = i;
                }
            }
            if ranks[best] == NONE {
                break;
            }
            word[best] = ranks[best].1;
            word.copy_within(best + 2..len, best + 1);
            ranks.copy_within(best + 1..len - 1, best);
            len -= 1;
            if best > 0 {
                ranks[best - 1] = rank(word[best - 1], word[best]);
            }
            ranks[best] = if best + 1 < len { rank(word[best], word[best + 1]) } else { NONE };
        }
        ids.truncate(start + len);
    }
    // ANCHOR_END: merge_short

    // ANCHOR: merge_long
    /// The same with a queue of pairs and links to neighbours: a word of a million bytes takes seconds, and what was looked at
    /// is not looked at again.
    fn merge_long(&self, word: &[u32]) -> Vec<u32> {
        const GONE: u32 = u32::MAX;
        let mut symbols = word.to_vec();
        let end = word.len();
        let mut next: Vec<usize> = (1..=end).collect();
        let mut before: Vec<usize> = (0..end).map(|i| i.wrapping_sub(1)).collect();
        let mut queue = BinaryHeap::new();
        let push = |queue: &mut BinaryHeap<_>, symbols: &[u32], left: usize, right: usize| {
            if let Some((rank, merged)) = self.merge(symbols[left], symbols[right]) {
                // Equal ranks from the left.
                queue.push(Reverse((rank, left, right, symbols[left], symbols[right], merged)));
            }
        };
        for right in 1..end {
            push(&mut queue, &symbols, right - 1, right);
        }
        while let Some(Reverse((_, left, right, first, second, merged))) = queue.pop() {
            // What was pushed may have merged with another neighbour since.
            if symbols[left] != first || next[left] != right || symbols.get(right) != Some(&second) {
                continue;
            }
            symbols[left] = merged;
            symbols[right] = GONE;
            next[left] = next[right];
            if next[left] < end {
                before[next[left]] = left;
                push(&mut queue, &symbols, left, next[left]);
            }
            if before[left] < end {
                push(&mut queue, &symbols, before[left], left);
            }
        }
        let mut merged = vec![];
        let mut at = 0;
        while at < end {
            merged.push(symbols[at]);
            at = next[at];
        }
        merged
    }
    // ANCHOR_END: merge_long
}

/// Symbols of a word up to which the search for the lowest rank is quicker than a queue.
const LONG: usize = 64;

/// Encodes many words: each word that it has seen, it remembers.
#[derive(Debug)]
pub struct Encoder<'a> {
    bpe: &'a Bpe,
    /// Of a word: where its ids stand in `known`.
    places: FxHashMap<Box<str>, (u32, u32)>,
    known: Vec<u32>,
}

/// Words and ids that an encoder remembers at most: some 20 MB.
const MOST_WORDS: usize = 1 << 17;
const MOST_IDS: usize = 1 << 21;
/// Longer words, in bytes, are rare and not worth remembering.
const LONGEST: usize = 64;

impl<'a> Encoder<'a> {
    /// An encoder that has seen nothing yet.
    pub fn new(bpe: &'a Bpe) -> Self {
        Self { bpe, places: FxHashMap::default(), known: vec![] }
    }

    /// Encodes one word, appending its ids.
    pub fn encode_word(&mut self, word: &str, ids: &mut Vec<u32>) {
        if let Some((start, end)) = self.places.get(word) {
            return ids.extend_from_slice(&self.known[*start as usize..*end as usize]);
        }
        let before = ids.len();
        self.bpe.encode_word(word, ids);
        if word.len() <= LONGEST && self.places.len() < MOST_WORDS && self.known.len() < MOST_IDS {
            let start = self.known.len() as u32;
            self.known.extend_from_slice(&ids[before..]);
            self.places.insert(word.into(), (start, self.known.len() as u32));
        }
    }
}
