//! The Korean texts of the course: written for it, or generated from a seed by a grammar and a lexicon written for it.
//!
//! ```
//! use workshop_datasets::corpus;
//! use workshop_datasets::split::Split;
//!
//! let first = corpus::documents(7, Split::Train).next();
//! assert_eq!(first.map(|document| document.split), Some(Split::Train));
//! ```

pub mod corpus;
pub mod grammar;
pub mod hangul;
pub mod lexicon;
pub mod make;
pub mod passages;
pub mod passengers;
pub mod raw;
pub mod rng;
pub mod split;
pub mod tasks;
pub mod turns;
pub mod verbs;
