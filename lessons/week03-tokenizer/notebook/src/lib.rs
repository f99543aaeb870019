//! Everything that a notebook of this week names, as one dynamic library: each cell is compiled apart, and a static
//! copy in each would count candle's tensors from 1 again and mix up gradients. Generated.

pub use {anyhow, candle_core, week00_workbench, week02_data, week03_tokenizer};
