//! Week 2: collecting and cleaning Korean text.
//!
//! The pieces come from `sol02-data` (or, with `--mine`, from your own files) and are re-exported here. What stands beside them:
//!
//! - [`table`]: a small table, with missing values, groups and joins
//! - [`read`]: records from files of any size and many formats; broken ones are reported and counted
//! - the program `explore`, which shows what a file of records holds

pub use sol02_data::{
    clusters, compose, contamination, group, join, language, lsh, minhash, mixture, mojibake, perplexity, personal,
    records, repetition, shingles,
};

pub mod read;
pub mod table;
