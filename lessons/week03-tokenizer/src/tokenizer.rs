//! A tokenizer: text to ids and back. What happens to a text, in order:
//!
//! 1. special tokens are cut out of it, where the text is the program's own ([`Tokenizer::encode_with_special`]);
//! 2. it is normalised ([`Normalizer`]);
//! 3. it is cut into words ([`Pattern`]);
//! 4. each word becomes tokens ([`Bpe`]).

use std::borrow::Cow;

use unicode_normalization::{UnicodeNormalization as _, is_nfc};

use crate::batch;
use crate::bpe::{Bpe, Encoder};
use crate::special::split_special;
use crate::split::Pattern;
use crate::train::{self, Settings, TrainError};

/// What is made of a text before it is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Normalizer {
    /// Nothing: what is decoded is what was encoded, byte by byte.
    #[default]
    None,
    /// Unicode's NFC: a syllable that was typed as jamo is the syllable.
    Nfc,
}

impl Normalizer {
    /// The normalised text.
    pub fn apply(self, text: &str) -> Cow<'_, str> {
        match self {
            Self::Nfc if !is_nfc(text) => text.nfc().collect(),
            Self::None | Self::Nfc => text.into(),
        }
    }
}

/// A byte-level tokenizer.
#[derive(Debug, Clone)]
pub struct Tokenizer {
    /// What is made of a text before it is cut.
    pub normalizer: Normalizer,
    /// How a text is cut into words.
    pub pattern: Pattern,
    /// How a word becomes tokens.
    pub bpe: Bpe,
    /// Tokens that never come from text, with their ids.
    pub special: Vec<(String, u32)>,
}

/// A token of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// Its id.
    pub id: u32,
    /// The byte of the normalised text at which it starts; it may stand within a character.
    pub start: usize,
    /// The byte after its last.
    pub end: usize,
}

impl Tokenizer {
    /// A tokenizer without normalisation and special tokens.
    pub fn new(pattern: Pattern, bpe: Bpe) -> Self {
        Self { normalizer: Normalizer::None, pattern, bpe, special: vec![] }
    }

    /// Trains a byte-level tokenizer of this many tokens on texts. The special tokens have the first ids.
    ///
    /// # Errors
    /// When the texts hold no words, or the vocabulary is smaller than 256 bytes and the special tokens.
    pub fn train<T: AsRef<str> + Sync>(
        texts: &[T],
        vocabulary: usize,
        pattern: Pattern,
        special: &[&str],
    ) -> Result<Self, TrainError> {
        let words = batch::count_words(texts, pattern);
        let names: Vec<String> = special.iter().map(|name| (*name).to_owned()).collect();
        let bpe = train::train(&words, &Settings { special: names.clone(), ..Settings::byte_level(vocabulary) })?;
        Ok(Self { special: names.into_iter().zip(0..).collect(), ..Self::new(pattern, bpe) })
    }

    /// The ids of a text. What looks like a special token in it is text: so whoever wrote it cannot end a message or begin
    /// another.
    pub fn encode(&self, text: &str) -> Vec<u32> {
        let mut ids = vec![];
        self.encode_into(text, &mut Encoder::new(&self.bpe), &mut ids);
        ids
    }

    /// The ids of a text of the program's own: special tokens in it are special.
    pub fn encode_with_special(&self, text: &str) -> Vec<u32> {
        let names: Vec<String> = self.special.iter().map(|(name, _)| name.clone()).collect();
        self.encode_parts(&split_special(text, &names))
    }

    /// The ids of parts, each with whether it is a special token; one that is none here is text.
    pub fn encode_parts(&self, parts: &[(bool, String)]) -> Vec<u32> {
        let mut encoder = Encoder::new(&self.bpe);
        let mut ids = vec![];
        for (is_special, part) in parts {
            match self.special.iter().find(|(name, _)| *is_special && name == part) {
                Some((_, id)) => ids.push(*id),
                None => self.encode_into(part, &mut encoder, &mut ids),
            }
        }
        ids
    }

    pub(crate) fn encode_into(&self, text: &str, encoder: &mut Encoder<'_>, ids: &mut Vec<u32>) {
        for word in self.pattern.words(&self.normalizer.apply(text)) {
            encoder.encode_word(word, ids);
        }
    }

    /// The text of ids, special tokens as they are written. Bytes that are no UTF-8 become U+FFFD, ids that no token has
    /// vanish.
    pub fn decode(&self, ids: &[u32]) -> String {
        String::from_utf8_lossy(&self.bpe.bytes_of(ids)).into_owned()
    }

    /// The tokens of a text, with the bytes that each stands for.
    pub fn pieces(&self, text: &str) -> Vec<Piece> {
        let mut start = 0;
        let piece = |id: u32| {
            let end = start + self.bpe.token(id).map_or(0, <[u8]>::len);
            let piece = Piece { id, start, end };
            start = end;
            piece
        };
        self.encode(text).into_iter().map(piece).collect()
    }
}
