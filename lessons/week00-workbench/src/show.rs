//! `show()`: the one rich output at the end of a cell.

use anyhow::Context as _;
use candle_core::Tensor;
use workshop_base::rich;

use crate::plot::Plot;

/// Something that a cell can show as its last output.
pub trait Show {
    /// Shows it: inline in Jupyter and on the live page; in a terminal in characters, and a plot also as a file whose path
    /// is printed.
    ///
    /// # Errors
    /// When it cannot be written.
    fn show(&self) -> anyhow::Result<()>;
}

impl Show for Plot {
    fn show(&self) -> anyhow::Result<()> {
        if !rich::is_inline() {
            println!("{}\n{}", self.title(), self.text());
        }
        rich::show("image/svg+xml", self.svg(), self.title()).context("the plot cannot be shown")
    }
}

impl Show for Tensor {
    /// Its values, shape and type; of a large one the corners.
    fn show(&self) -> anyhow::Result<()> {
        println!("{self}");
        Ok(())
    }
}
