//! The Korean texts of the course: written for it, or generated from a seed by a grammar and a lexicon written for it.

pub mod grammar;
pub mod hangul;
pub mod lexicon;
pub mod passengers;
pub mod raw;
pub mod rng;
pub mod split;
pub mod verbs;
