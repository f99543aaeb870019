//! Week 2: collecting and cleaning Korean text.
//!
//! The pieces come from `sol02-data` (or, with `--mine`, from your own files) and are re-exported here. What stands
//! beside them:
//!
//! - [`dedup`]: exact and near duplicates of a collection

pub use sol02_data::{
    clusters, compose, contamination, group, join, language, lsh, minhash, mixture, mojibake, perplexity, personal,
    records, repetition, shingles,
};

pub mod dedup;
