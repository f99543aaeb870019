//! Week 3: a tokenizer from scratch.
//!
//! The pieces come from `sol03-tokenizer` (or, with `--mine`, from your own files) and are re-exported here.

pub use sol03_tokenizer::{
    borders, bpe_encode, byte_alphabet, chat, expectation, extend, fertility, gpt2_words, merge, pairs, special,
    stream, utf8, viterbi, wordpiece,
};

pub mod batch;
pub mod bpe;
pub mod byte_level;
pub mod classes;
#[cfg(not(target_family = "wasm"))]
pub mod course;
pub mod extending;
pub mod gguf;
pub mod json;
pub mod morphemes;
pub mod naive;
pub mod packed;
#[cfg(not(target_family = "wasm"))]
pub mod real;
pub mod split;
#[cfg(not(target_family = "wasm"))]
pub mod texts;
pub mod tokenizer;
pub mod train;
pub mod unigram;
#[cfg(not(target_family = "wasm"))]
pub mod vocabulary;
pub mod wordpieces;

/// A text of a file's in a message: so many characters of it at most.
fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most { text.to_owned() } else { text.chars().take(most).collect::<String>() + " .." }
}
