//! Week 3: a tokenizer.

pub mod byte_alphabet;
pub mod chat;
pub mod extend;
pub mod gpt2_words;
pub mod special;
pub mod stream;
