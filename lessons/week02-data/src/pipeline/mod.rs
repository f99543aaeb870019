//! The cleaning pipeline: raw documents in; a corpus, a list of what was removed, and a report out.
//!
//! A **step** looks at one document ([`steps::BY_DOCUMENT`]) or at all of them ([`duplicates`]). The order is cheap before dear,
//! and each step before those that count on it: text is one form before anything compares it, copies go before the split,
//! and the test set is held against what is left.
//!
//! Two ways to run it, with the same result for each document:
//!
//! - [`clean()`]: in memory, for a page or a test; says what became of every document
//! - [`Run`]: streaming, from a file to a folder, on all cores; can be killed at any moment and goes on where it stopped
//!
//! Whatever the number of threads, the same bytes come out: documents are cut into chunks by their number and size alone,
//! chunks are worked on in parallel, and their results are put together in order.

mod chunk;
pub mod duplicates;
mod error;
pub mod input;
mod memory;
mod output;
mod run;
pub mod score;
mod settings;
mod state;
pub mod steps;
mod tally;

pub use chunk::{CHUNK_BYTES, CHUNK_DOCUMENTS};
pub use error::PipelineError;
pub use input::Reading;
pub use memory::{Cleaned, Outcome, clean};
pub use output::split_of;
pub use run::{Fingerprint, Finished, Progress, Report, Run, Source, Stage, frequent_pairs};
pub use settings::{PRESETS, Settings, Shares};
pub use steps::{Document, Step};
pub use tally::{Example, Histogram, StepTally, Tally};
pub use workshop_datasets::split::Split;
