//! Week 2, beyond one machine: what cleans and deduplicates a corpus on one machine, as functions of a query engine.
//!
//! The engine is Apache DataFusion, and Apache Ballista on a cluster. Nothing of it is written here; what stands here is:
//!
//! - [`functions`]: the lesson's functions over columns, under the names that queries call
//! - [`query`]: the cleaning of a corpus as six queries and a union-find
//! - [`cluster`]: a scheduler and executors as processes of this program
//! - [`local`]: the same by the lesson's own code, which the result is held against
//! - [`documents`]: where the documents come from

pub mod cluster;
pub mod documents;
pub mod functions;
pub mod local;
pub mod query;
