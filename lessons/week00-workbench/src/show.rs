//! `show()`: the one rich output at the end of a cell.

use anyhow::Context as _;

use crate::plot::Plot;

/// Something that a cell can show as its last output.
pub trait Show {
    /// Shows it: inline in Jupyter and on the live page; in a terminal, as a file whose path is printed.
    ///
    /// # Errors
    /// When it cannot be written.
    fn show(&self) -> anyhow::Result<()>;
}

impl Show for Plot {
    fn show(&self) -> anyhow::Result<()> {
        workshop_base::rich::show("image/svg+xml", self.svg(), self.title()).context("the plot cannot be shown")
    }
}
