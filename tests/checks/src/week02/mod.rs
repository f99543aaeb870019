//! Week 2: collecting and cleaning Korean text.

pub mod contamination;
pub mod mixture;
pub mod perplexity;
pub mod personal;
pub mod repetition;
