//! Week 2: collecting and cleaning Korean text.
//!
//! The pieces come from `sol02-data` (or, with `--mine`, from your own files) and are re-exported here. What stands
//! beside them:
//!
//! - [`quality`]: filters as data, and the judge that applies them; [`quality_examples`]: texts with a label, to judge it by
//! - [`personal`]: personal data of every kind, masked; [`personal_examples`]: texts to judge it by
//! - [`dedup`]: exact and near duplicates of a collection
//! - [`decontaminate`]: test sets taken out of the training data
//! - [`mix`]: how much of each source is read

pub use sol02_data::{
    clusters, compose, contamination, group, join, language, lsh, minhash, mixture, mojibake, perplexity, records,
    repetition, shingles,
};

pub mod decode;
pub mod decontaminate;
pub mod dedup;
pub mod entities;
pub mod html;
pub mod mix;
pub mod personal;
pub mod quality;
pub mod unicode;
