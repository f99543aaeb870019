//! Week 0: the workbench that every later week stands on.
//!
//! - [`rng`]: tensors from a seed, the same on every machine
//! - [`plot`]: lines and heatmaps as SVG, readable on light and dark paper
//! - [`compare`]: where two tensors differ, and how far
//! - [`Show`]: an output in Jupyter, on the live page or in a terminal
//!
//! Data files and the reader's language come from [`workshop_base`].

pub mod compare;
pub mod plot;
pub mod rng;
mod show;

pub use show::Show;
pub use workshop_base::rich::begin_cell;
