//! Week 2: collecting and cleaning Korean text.

pub mod compose;
pub mod language;
pub mod mojibake;
