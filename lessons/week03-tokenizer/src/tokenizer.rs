//! A tokenizer: text to ids and back.

use crate::bpe::{Bpe, Encoder};
use crate::split::Pattern;

/// A byte-level tokenizer.
#[derive(Debug, Clone)]
pub struct Tokenizer {
    /// How a text is cut into words.
    pub pattern: Pattern,
    /// How a word becomes tokens.
    pub bpe: Bpe,
}

/// A token of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// Its id.
    pub id: u32,
    /// The byte of the text at which it starts; it may stand within a character.
    pub start: usize,
    /// The byte after its last.
    pub end: usize,
}

impl Tokenizer {
    /// The ids of a text.
    pub fn encode(&self, text: &str) -> Vec<u32> {
        let mut encoder = Encoder::new(&self.bpe);
        let mut ids = vec![];
        for word in self.pattern.words(text) {
            encoder.encode_word(word, &mut ids);
        }
        ids
    }

    /// The text of ids. Bytes that are no UTF-8 become U+FFFD, ids that no token has vanish.
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
