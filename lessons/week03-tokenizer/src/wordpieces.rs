//! WordPiece: a vocabulary, trained, and a word cut by it.
//!
//! Wu et al. (2016), "Google's Neural Machine Translation System", §4.1; Devlin et al. (2019), "BERT", whose tokens inside a
//! word begin with `##`. The piece `wordpiece` cuts. Training is that of byte-pair encoding with `##`, as
//! Hugging Face's `tokenizers` trains it; Wu et al. chose the merge that raises the likelihood most, and never published
//! their trainer.

use std::collections::{BTreeMap, BTreeSet};

use crate::bpe::BpeError;
use crate::train::{self, Settings, TrainError, Units, WordCounts};
use crate::wordpiece::wordpiece;

/// A WordPiece vocabulary.
#[derive(Debug, Clone)]
pub struct WordPiece {
    tokens: Vec<String>,
    known: BTreeSet<String>,
    ids: BTreeMap<String, u32>,
    unknown: u32,
    /// Characters of a word at most; a longer one is unknown.
    longest: usize,
}

/// What a word becomes that cannot be cut.
pub const UNKNOWN: &str = "[UNK]";

impl WordPiece {
    /// A vocabulary, by id. `[UNK]` must be in it.
    ///
    /// # Errors
    /// When it is not, or a token stands there twice.
    pub fn new(tokens: Vec<String>, longest: usize) -> Result<Self, WordPieceError> {
        let mut ids = BTreeMap::new();
        for (id, token) in (0..).zip(&tokens) {
            if let Some(other) = ids.insert(token.clone(), id) {
                return Err(BpeError::Twice(other, id).into());
            }
        }
        let unknown = *ids.get(UNKNOWN).ok_or(WordPieceError::Unknown)?;
        let known = tokens.iter().cloned().collect();
        Ok(Self { tokens, known, ids, unknown, longest })
    }

    /// Trains a vocabulary of this size on counted words.
    ///
    /// # Errors
    /// When there are no words, or the vocabulary is smaller than the alphabet.
    pub fn train(words: &WordCounts, vocabulary: usize) -> Result<Self, WordPieceError> {
        let special = vec![UNKNOWN.to_owned()];
        let bpe = train::train(words, &Settings { vocabulary, least: 0, special, units: Units::Inner })?;
        let tokens = bpe.tokens().iter().map(|token| String::from_utf8_lossy(token).into_owned());
        Self::new(tokens.collect(), 100)
    }

    /// The tokens, by id.
    pub fn tokens(&self) -> &[String] {
        &self.tokens
    }

    /// Encodes one word, appending its ids.
    pub fn encode_word(&self, word: &str, ids: &mut Vec<u32>) {
        // Every token of the piece is in the vocabulary, or is `[UNK]`, which is too.
        let known = |token: String| self.ids.get(&token).copied().unwrap_or(self.unknown);
        ids.extend(wordpiece(word, &self.known, self.longest).into_iter().map(known));
    }
}

/// Why there is no such vocabulary.
#[derive(Debug, thiserror::Error)]
pub enum WordPieceError {
    /// Without a token for what is unknown.
    #[error("the vocabulary has no {UNKNOWN}")]
    Unknown,
    /// A token twice.
    #[error(transparent)]
    Tokens(#[from] BpeError),
    /// It cannot be trained.
    #[error(transparent)]
    Train(#[from] TrainError),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::INNER;

    #[test]
    fn words_are_cut_from_the_left() {
        let mut words = WordCounts::default();
        for (word, count) in [("학교에", 5), ("학교는", 5), ("집에", 5), ("집에서", 1)] {
            words.add(word, count);
        }
        let model = WordPiece::train(&words, 16).unwrap();
        let cut = |word: &str| {
            let mut ids = vec![];
            model.encode_word(word, &mut ids);
            ids.iter().map(|id| model.tokens()[*id as usize].clone()).collect::<Vec<_>>()
        };
        assert_eq!(cut("학교는").concat().replace(INNER, ""), "학교는");
        assert_eq!(cut("학x"), [UNKNOWN]);
        assert!(cut("").is_empty());
        assert!(cut(&"학".repeat(101)) == [UNKNOWN]);
    }
}
