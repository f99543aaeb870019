//! Week 2: collecting and cleaning Korean text.

pub mod clusters;
pub mod group;
pub mod join;
pub mod lsh;
pub mod minhash;
pub mod records;
pub mod shingles;
