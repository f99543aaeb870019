//! Week 3: a tokenizer.

pub mod expectation;
pub mod viterbi;
pub mod wordpiece;
