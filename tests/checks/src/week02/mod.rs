//! Week 2: collecting and cleaning Korean text.

pub mod compose;
pub mod group;
pub mod join;
pub mod language;
pub mod mojibake;
pub mod records;
