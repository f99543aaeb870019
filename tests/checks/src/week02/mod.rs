//! Week 2: collecting and cleaning Korean text.

pub mod group;
pub mod join;
pub mod records;
