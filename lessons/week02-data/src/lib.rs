//! Week 2: collecting and cleaning Korean text.
//!
//! The pieces come from `sol02-data` (or, with `--mine`, from your own files) and are re-exported here. What stands
//! beside them:
//!
//! - [`decode`]: from bytes to text, whatever their encoding
//! - [`unicode`]: one form for signs that look alike
//! - [`html`]: a web page as text, with [`entities`]
//! - [`language`]: which language it is, by script and by n-grams

pub use sol02_data::{
    clusters, compose, contamination, group, join, lsh, minhash, mixture, mojibake, perplexity, personal, records,
    repetition, shingles,
};

pub mod decode;
pub mod entities;
pub mod html;
pub mod language;
pub mod unicode;
