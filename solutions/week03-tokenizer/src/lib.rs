//! The pieces of Week 3, solved: what every exercise of the week is made from.
//!
//! The lesson crate `week03-tokenizer` assembles them; `workshop author stubs` takes the regions between `SOLUTION` and
//! `END` out and writes what is left to `exercises/week03-tokenizer`.

pub mod borders;
pub mod bpe_encode;
pub mod byte_alphabet;
pub mod chat;
pub mod expectation;
pub mod extend;
pub mod fertility;
pub mod gpt2_words;
pub mod merge;
pub mod pairs;
pub mod special;
pub mod stream;
pub mod utf8;
pub mod viterbi;
pub mod wordpiece;
