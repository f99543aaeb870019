//! The Korean texts of the course: written for it, or generated from a seed by a grammar and a lexicon written for it.

pub mod passengers;
