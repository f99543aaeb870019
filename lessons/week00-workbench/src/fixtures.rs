//! Golden values: tensors that a reference made, in `tests/fixtures`.

use std::collections::HashMap;

use candle_core::{Device, Result, Tensor};

/// A file of golden values: for each case, named `CASE.part`, a tensor.
#[derive(Debug)]
pub struct Golden {
    tensors: HashMap<String, Tensor>,
}

impl Golden {
    /// Reads a file of `tests/fixtures`, such as `week04/softmax.safetensors`.
    ///
    /// # Errors
    /// When it is not there, or is not in the format of safetensors.
    pub fn load(file: &str) -> Result<Self> {
        let folder = workshop_base::root().join("tests").join("fixtures");
        Ok(Self { tensors: candle_core::safetensors::load(folder.join(file), &Device::Cpu)? })
    }

    /// The cases, in alphabetical order.
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> =
            self.tensors.keys().filter_map(|key| key.rsplit_once('.')).map(|(case, _)| case.to_owned()).collect();
        names.sort();
        names.dedup();
        names
    }

    /// A part of a case.
    ///
    /// # Errors
    /// When there is no such part.
    pub fn get(&self, case: &str, part: &str) -> Result<Tensor> {
        match self.tensors.get(&format!("{case}.{part}")) {
            Some(tensor) => Ok(tensor.clone()),
            None => candle_core::bail!("the golden values have no {part:?} for {case:?}"),
        }
    }
}
