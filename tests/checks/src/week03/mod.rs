//! The checks of Week 3.

pub mod bpe_encode;
pub mod merge;
pub mod pairs;
pub mod utf8;
