//! Week 0: the workbench that every later week stands on.
//!
//! - [`rng`]: numbers, initial weights, dropout masks and samples from a seed, the same on every machine
//! - [`plot`]: lines and heatmaps, as SVG that is readable on light and dark paper, and in characters for a terminal
//! - [`compare`]: where two tensors differ, and how far
//! - [`fixtures`]: golden values that a reference made
//! - [`memory`]: how much memory some work takes at most
//! - [`device()`]: where tensors are computed, chosen when a program starts
//! - [`cached!`], [`cached_tensors!`]: work of more than a few seconds, kept ([how](mod@cached))
//! - [`Show`]: a plot or a tensor in Jupyter, on the live page or in a terminal
//!
//! Data files and the reader's language come from [`workshop_base`].

pub mod cached;
pub mod compare;
pub mod device;
pub mod fixtures;
pub mod memory;
pub mod plot;
pub mod rng;
mod show;
mod text;

pub use device::{DeviceError, device};
pub use show::Show;
pub use text::width_of;
pub use workshop_base::rich::begin_cell;
pub use workshop_datasets as datasets;
