//! Week 2: collecting and cleaning Korean text.

pub mod clusters;
pub mod lsh;
pub mod minhash;
pub mod shingles;
