//! Week 2: collecting and cleaning Korean text.
//!
//! The pieces come from `sol02-data` (or, with `--mine`, from your own files) and are re-exported here. What stands
//! beside them:
//!
//! - [`dedup`]: exact and near duplicates of a collection; [`sketch`] and [`bands`], what makes it fast
//! - [`all_pairs`]: every pair above a similarity, exactly; [`copies`]: texts whose near copies are known
//! - [`thresholds`]: an experiment, which bands find which duplicates
//! - the programs `duplicates`, the duplicates of a file of your choice; `thresholds`, which fills in the report of that
//!   experiment

pub use sol02_data::{
    clusters, compose, contamination, group, join, language, lsh, minhash, mixture, mojibake, perplexity, personal,
    records, repetition, shingles,
};

pub mod all_pairs;
pub mod bands;
pub mod copies;
pub mod dedup;
pub mod read;
pub mod sketch;
pub mod table;
pub mod thresholds;
