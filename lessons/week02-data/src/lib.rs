//! Week 2: collecting and cleaning Korean text.
//!
//! The pieces come from `sol02-data` (or, with `--mine`, from your own files) and are re-exported here. What stands
//! beside them:
//!
//! - [`decode`]: from bytes to text; [`unicode`]: one form for signs that look alike
//! - [`html`]: a web page as text; [`language`]: which language it is
//! - [`quality`]: filters as data, and the judge that applies them
//! - [`personal`]: personal data of every kind, masked
//! - [`dedup`]: exact and near duplicates of a collection
//! - [`decontaminate`]: test sets taken out of the training data
//! - [`mix`]: how much of each source is read
//! - [`pipeline`]: all of it in order, on all cores; [`report`]: what a run did

pub use sol02_data::{
    clusters, compose, contamination, group, join, lsh, minhash, mixture, mojibake, perplexity, records, repetition,
    shingles,
};

pub mod all_pairs;
pub mod bands;
pub mod copies;
pub mod decode;
pub mod decontaminate;
pub mod dedup;
pub mod entities;
pub mod html;
pub mod language;
pub mod mix;
pub mod personal;
pub mod personal_examples;
pub mod pipeline;
pub mod quality;
pub mod quality_examples;
pub mod read;
pub mod report;
pub mod sketch;
pub mod table;
pub mod thresholds;
pub mod unicode;
