//! Golden values: tensors that a reference made, in `tests/fixtures`.

use std::collections::HashMap;
use std::path::PathBuf;

use candle_core::{Device, Result, Tensor};

/// A file of golden values: for each case, named `CASE.part`, a tensor.
pub(crate) struct Golden {
    tensors: HashMap<String, Tensor>,
}

impl Golden {
    /// Reads a file of `tests/fixtures`.
    pub(crate) fn load(file: &str) -> Result<Self> {
        let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "..", "fixtures"].iter().collect();
        let tensors = candle_core::safetensors::load(path.join(file), &Device::Cpu)?;
        Ok(Self { tensors })
    }

    /// The cases, in alphabetical order.
    pub(crate) fn names(&self) -> Vec<String> {
        let mut names: Vec<String> =
            self.tensors.keys().filter_map(|key| key.rsplit_once('.')).map(|(case, _)| case.to_owned()).collect();
        names.sort();
        names.dedup();
        names
    }

    /// A part of a case.
    pub(crate) fn get(&self, case: &str, part: &str) -> Result<Tensor> {
        match self.tensors.get(&format!("{case}.{part}")) {
            Some(tensor) => Ok(tensor.clone()),
            None => candle_core::bail!("the golden values have no {part:?} for {case:?}"),
        }
    }
}
