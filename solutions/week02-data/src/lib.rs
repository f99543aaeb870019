//! The pieces of Week 2, solved: what every exercise of the week is made from.
//!
//! The lesson crate `week02-data` assembles them; `workshop author stubs` takes the regions between `SOLUTION` and
//! `END` out and writes what is left to `exercises/week02-data`.

pub mod clusters;
pub mod compose;
pub mod contamination;
pub mod group;
pub mod join;
pub mod language;
pub mod lsh;
pub mod minhash;
pub mod mixture;
pub mod mojibake;
pub mod perplexity;
pub mod personal;
pub mod records;
pub mod repetition;
pub mod shingles;
