//! Week 2: collecting and cleaning Korean text.

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

use crate::Listed;

/// The checks in the order of the course.
pub(crate) fn all() -> Vec<Box<dyn Listed>> {
    checks![
        group,
        join,
        records,
        compose,
        mojibake,
        language,
        repetition,
        perplexity,
        personal,
        shingles,
        minhash,
        lsh,
        clusters,
        contamination,
        mixture,
    ]
}
