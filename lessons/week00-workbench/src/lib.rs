//! Week 0: the workbench that every later week stands on.
//!
//! - [`rng`]: tensors from a seed, the same on every machine
//! - [`plot`]: lines and heatmaps as SVG, readable on light and dark paper
//! - [`compare`]: where two tensors differ, and how far
//! - [`memory`]: how much memory some work takes at most
//! - [`device()`]: where tensors are computed, chosen when a program starts
//! - [`cached!`], [`cached_tensors!`]: work of more than a few seconds, kept ([how](mod@cached))
//! - [`Show`]: an output in Jupyter, on the live page or in a terminal
//!
//! Data files and the reader's language come from [`workshop_base`].

pub mod cached;
pub mod compare;
pub mod device;
pub mod memory;
pub mod plot;
pub mod rng;
mod show;

pub use device::{DeviceError, device};
pub use show::Show;
pub use workshop_base::rich::begin_cell;
