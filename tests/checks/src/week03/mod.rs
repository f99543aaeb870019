//! The checks of Week 3.

pub mod borders;
pub mod bpe_encode;
pub mod expectation;
pub mod fertility;
pub mod merge;
pub mod pairs;
pub mod utf8;
pub mod viterbi;
pub mod wordpiece;
