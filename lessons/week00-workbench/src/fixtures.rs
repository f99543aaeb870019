//! Golden values: tensors and texts that a reference made, in `tests/fixtures`.

use std::collections::HashMap;
use std::path::PathBuf;

use candle_core::{Device, Error, Result, Tensor};
use serde::de::DeserializeOwned;

/// Reads golden texts and counts: a JSON file of `tests/fixtures`, such as `week02/records.json`, as the type that is
/// asked for. A field of the file that the type does not have is passed over.
///
/// # Errors
/// When it is not there, or is not JSON of this type.
pub fn json<T: DeserializeOwned>(file: &str) -> Result<T> {
    let path = path(file);
    let at = |error: &dyn std::fmt::Display| Error::Msg(format!("{}: {error}", path.display()));
    let text = std::fs::read_to_string(&path).map_err(|error| at(&error))?;
    serde_json::from_str(&text).map_err(|error| at(&error))
}

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
        let tensors = candle_core::safetensors::load(path(file), &Device::Cpu);
        Ok(Self { tensors: tensors.map_err(|error| error.context(made_by_a_script(file)))? })
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

/// What to say of a file that cannot be read: `week04/softmax.json` is made by `week04_softmax.py`, or by one that makes more.
fn made_by_a_script(file: &str) -> String {
    format!("tests/fixtures/{file}: a script of tests/reference makes it")
}

fn path(file: &str) -> PathBuf {
    workshop_base::root().join("tests").join("fixtures").join(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_read_as_the_type_that_is_asked_for() -> Result<()> {
        #[derive(serde::Deserialize)]
        struct File {
            cases: Vec<serde_json::Value>,
        }
        let file: File = json("week02/join.json")?;
        assert!(!file.cases.is_empty());
        let said = json::<Vec<u8>>("week02/join.json").expect_err("an object is no list").to_string();
        assert!(said.contains("join.json: invalid type"), "{said}");
        assert!(json::<File>("week02/no-such-file.json").is_err());
        Ok(())
    }
}
