//! The vocabularies of real models, as tokenizers of ours: GPT-2's, GPT-4's and GPT-4o's, from the crate `tiktoken-rs`.

use tiktoken_rs::CoreBPE;

use crate::bpe::{Bpe, BpeError};
use crate::split::Pattern;
use crate::tokenizer::Tokenizer;

/// A model whose vocabulary is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Real {
    /// GPT-2 (Radford et al., 2019), also called r50k: 50,256 tokens.
    Gpt2,
    /// GPT-4: 100,256 tokens.
    Cl100k,
    /// GPT-4o: 199,998 tokens.
    O200k,
}

impl Real {
    /// All of them, from the smallest.
    pub const ALL: [Self; 3] = [Self::Gpt2, Self::Cl100k, Self::O200k];

    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::Gpt2 => "gpt2",
            Self::Cl100k => "cl100k",
            Self::O200k => "o200k",
        }
    }

    /// The encoder that the crate `tiktoken-rs` makes of it: what ours is compared with.
    pub fn tiktoken(self) -> &'static CoreBPE {
        match self {
            Self::Gpt2 => tiktoken_rs::r50k_base_singleton(),
            Self::Cl100k => tiktoken_rs::cl100k_base_singleton(),
            Self::O200k => tiktoken_rs::o200k_base_singleton(),
        }
    }

    /// Its tokenizer, without special tokens.
    ///
    /// # Errors
    /// When the vocabulary that the crate brings is not what it is taken for.
    pub fn tokenizer(self) -> Result<Tokenizer, BpeError> {
        let core = self.tiktoken();
        let special = core.special_tokens();
        let is_special = |token: &[u8]| std::str::from_utf8(token).is_ok_and(|token| special.contains(token));
        // Special tokens stand behind the others.
        let tokens = (0..).map_while(|id| core.decode_bytes(&[id]).ok());
        let tokens = tokens.take_while(|token| !is_special(token)).map(Vec::into_boxed_slice);
        let pattern = match self {
            Self::Gpt2 => Pattern::Gpt2,
            Self::Cl100k => Pattern::Cl100k,
            Self::O200k => Pattern::O200k,
        };
        Ok(Tokenizer::new(pattern, Bpe::from_ranks(tokens.collect())?))
    }
}
