//! Work of more than a few seconds, kept: the second run of a cell takes its result from a file.
//!
//! ```
//! use week00_workbench::cached;
//!
//! # fn main() -> anyhow::Result<()> {
//! let (seed, steps) = (7_u64, 3_usize);
//! // The first time the block runs; after that, its result is read. Name what it uses: it sees nothing else.
//! let losses: Vec<f64> = cached!("losses", (seed, steps), {
//!     (0..steps).map(|step| (seed as f64) / (step as f64 + 1.0)).collect()
//! })?;
//! assert_eq!(losses[1], 3.5);
//! # Ok(())
//! # }
//! ```
//!
//! ```compile_fail
//! # use week00_workbench::cached;
//! let forgotten = 2.0;
//! let result = cached!("doubled", (), { forgotten * 2.0 }); // does not compile: `forgotten` is not in the brackets
//! ```
//!
//! On a page, in a notebook and in a program it is the same macro, and they share what is kept, in `.workshop/cached`. `?`
//! works inside the block; an error is given back and not kept.
//!
//! A result is found again while nothing that made it has changed: its name, the values it was made from, the text of the
//! block, the sources of the lessons, pieces, exercises and generated texts that the block may call, the locked versions of
//! all crates, and the device. A file that is cut short or altered counts as absent. The last 8 results of a name are kept.
//!
//! [`cached_tensors!`](crate::cached_tensors!) does the same for named tensors; [`cached()`] and [`cached_tensors()`] are what the macros call.
//! What cannot be kept (a disk that is full) is computed each time: keeping is a help, never a reason to fail. Values are
//! kept as CBOR, which unlike JSON has `NaN` and the infinities.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::SystemTime;

use anyhow::{Context as _, Result};
use candle_core::{Device, Tensor};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};
use workshop_base::{data, sources};

use crate::device::DEVICE_ENV;

/// How many results of one name are kept.
const LAST: usize = 8;

/// The block's value, from a file where it was computed before: `cached!("name", (a, b), { .. })`. The block sees copies of
/// the values in the brackets and nothing else, so that nothing it depends on is forgotten; see [`cached`](mod@crate::cached).
#[macro_export]
macro_rules! cached {
    ($name:expr, ($($input:ident),* $(,)?), $body:block) => {
        $crate::cached::block($name, stringify!($body), ($($input.clone(),)*), |($($input,)*)| Ok($body))
    };
}

/// As [`cached!`](crate::cached!), for a block that gives named tensors: `cached_tensors!("name", (a, b), &device, { .. })`.
#[macro_export]
macro_rules! cached_tensors {
    ($name:expr, ($($input:ident),* $(,)?), $device:expr, $body:block) => {
        $crate::cached::tensors_block($name, stringify!($body), ($($input.clone(),)*), $device, |($($input,)*)| Ok($body))
    };
}

/// What `work` gives, from a file where it gave it before for equal `inputs`. [`cached!`](crate::cached!) also minds the text of the block.
///
/// # Errors
/// The error of `work`, or when `inputs` cannot be written as CBOR.
pub fn cached<I: Serialize, T: Serialize + DeserializeOwned>(
    name: &str,
    inputs: &I,
    work: impl FnOnce() -> Result<T>,
) -> Result<T> {
    Entry::of_the_course(name, inputs)?.value(work)
}

/// The tensors that `work` gives, on `device`, from a file where it gave them before for equal `inputs`. They carry no
/// gradients.
///
/// # Errors
/// The error of `work`, or when `inputs` cannot be written as CBOR.
pub fn cached_tensors<I: Serialize>(
    name: &str,
    inputs: &I,
    device: &Device,
    work: impl FnOnce() -> Result<BTreeMap<String, Tensor>>,
) -> Result<BTreeMap<String, Tensor>> {
    Entry::of_the_course(name, inputs)?.tensors(device, work)
}

/// What [`cached!`](crate::cached!) calls. `work` is a function pointer: a closure that takes in a variable does not become one.
#[doc(hidden)]
pub fn block<I: Serialize, T: Serialize + DeserializeOwned>(
    name: &str,
    code: &str,
    inputs: I,
    work: fn(I) -> Result<T>,
) -> Result<T> {
    Entry::of_the_course(name, &(code, &inputs))?.value(|| work(inputs))
}

/// What [`cached_tensors!`](crate::cached_tensors!) calls.
#[doc(hidden)]
pub fn tensors_block<I: Serialize>(
    name: &str,
    code: &str,
    inputs: I,
    device: &Device,
    work: fn(I) -> Result<BTreeMap<String, Tensor>>,
) -> Result<BTreeMap<String, Tensor>> {
    Entry::of_the_course(name, &(code, &inputs))?.tensors(device, || work(inputs))
}

/// The place of one result: `FOLDER/NAME/KEY.CONTENT.cbor`, the key a hash of what made it, the content a hash of the file.
#[derive(Debug)]
struct Entry {
    folder: PathBuf,
    key: String,
}

impl Entry {
    fn of_the_course(name: &str, inputs: &impl Serialize) -> Result<Self> {
        Self::new(&workshop_base::kept().join("cached"), code(), name, inputs)
    }

    /// # Errors
    /// When the inputs cannot be written as CBOR.
    fn new(folder: &Path, code: &str, name: &str, inputs: &impl Serialize) -> Result<Self> {
        let mut bytes = vec![];
        ciborium::into_writer(&(name, code, inputs), &mut bytes).with_context(|| {
            format!("the inputs of {name:?} cannot be written as CBOR, so nothing tells them apart")
        })?;
        let folder_name: String = name.chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).collect();
        Ok(Self { folder: folder.join(folder_name), key: data::hex(&Sha256::digest(bytes)[..16]) })
    }

    fn value<T: Serialize + DeserializeOwned>(&self, work: impl FnOnce() -> Result<T>) -> Result<T> {
        let read = |path: &Path| ciborium::from_reader(&std::fs::read(path).ok()?[..]).ok();
        self.get("cbor", read, work, |value, path| {
            let mut bytes = vec![];
            ciborium::into_writer(value, &mut bytes)?;
            Ok(std::fs::write(path, bytes)?)
        })
    }

    fn tensors(
        &self,
        device: &Device,
        work: impl FnOnce() -> Result<BTreeMap<String, Tensor>>,
    ) -> Result<BTreeMap<String, Tensor>> {
        let read = |path: &Path| Some(candle_core::safetensors::load(path, device).ok()?.into_iter().collect());
        self.get("safetensors", read, work, |tensors, path| {
            let tensors: HashMap<&str, Tensor> =
                tensors.iter().map(|(n, tensor)| (n.as_str(), tensor.clone())).collect();
            Ok(candle_core::safetensors::save(&tensors, path)?)
        })
    }

    /// The kept result; else the one that `work` gives, which is kept. What is given back has been read in either case, so
    /// that the second run differs from the first in nothing, down to the last digit.
    fn get<T>(
        &self,
        ending: &str,
        read: impl Fn(&Path) -> Option<T>,
        work: impl FnOnce() -> Result<T>,
        write: impl FnOnce(&T, &Path) -> Result<()>,
    ) -> Result<T> {
        if let Some(kept) = self.find().filter(|path| self.is_whole(path)).and_then(|path| read(&path)) {
            return Ok(kept);
        }
        let result = work()?;
        // Whatever fails from here on, the work is done and its result is given back.
        let written = self.keep(ending, |path| write(&result, path)).ok();
        Ok(written.and_then(|path| read(&path)).unwrap_or(result))
    }

    fn find(&self) -> Option<PathBuf> {
        let name = |path: &Path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(&self.key));
        files(&self.folder).into_iter().find(|path| name(path))
    }

    fn is_whole(&self, path: &Path) -> bool {
        let content = data::sha256(path).unwrap_or_default();
        path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(&format!("{}.{content}.", self.key)))
    }

    /// Writes the file beside its place, then moves it there: it is there as a whole or not at all.
    fn keep(&self, ending: &str, write: impl FnOnce(&Path) -> Result<()>) -> Result<PathBuf> {
        std::fs::create_dir_all(&self.folder)?;
        let beside = self.folder.join(format!("writing-{}-{:?}", std::process::id(), std::thread::current().id()));
        let kept = write(&beside).and_then(|()| self.place(&beside, ending));
        if kept.is_err() {
            // There may be nothing to remove.
            let _ = std::fs::remove_file(&beside);
        }
        kept
    }

    /// Moves a written file to its place, where a damaged one may lie.
    fn place(&self, beside: &Path, ending: &str) -> Result<PathBuf> {
        if let Some(damaged) = self.find() {
            std::fs::remove_file(damaged)?;
        }
        let path = self.folder.join(format!("{}.{}.{ending}", self.key, data::sha256(beside)?));
        std::fs::rename(beside, &path)?;
        // Files of the same instant are in no order: the new one stays in any case.
        for old in files(&self.folder).into_iter().filter(|file| *file != path).skip(LAST - 1) {
            std::fs::remove_file(old)?;
        }
        Ok(path)
    }
}

/// The files in a folder, the newest first; none where there is no folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path()));
    let written = |path: &PathBuf| path.metadata().and_then(|meta| meta.modified()).unwrap_or(SystemTime::UNIX_EPOCH);
    let mut files: Vec<(SystemTime, PathBuf)> = entries.map(|path| (written(&path), path)).collect();
    files.sort();
    files.into_iter().rev().map(|(_, path)| path).collect()
}

/// The hash of the code, taken once: what runs was compiled before.
fn code() -> &'static str {
    static CODE: OnceLock<String> = OnceLock::new();
    CODE.get_or_init(|| format!("{} {}", sources::running(), std::env::var(DEVICE_ENV).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    /// The value, and whether the work was done for it.
    fn ask(folder: &Path, code: &str, name: &str, input: u32) -> (f64, bool) {
        let ran = Cell::new(false);
        let work = || {
            ran.set(true);
            Ok(f64::from(input) / 3.0)
        };
        let value = Entry::new(folder, code, name, &input).and_then(|entry| entry.value(work)).expect("a value");
        (value, ran.get())
    }

    #[test]
    fn the_work_is_done_once_for_each_name_input_and_code() {
        let folder = tempfile::tempdir().expect("a folder");
        let first = ask(folder.path(), "code", "thirds", 1);
        assert!(first.1);
        assert_eq!(ask(folder.path(), "code", "thirds", 1), (first.0, false));
        for (code, name, input) in [("code", "thirds", 2), ("code", "other", 1), ("changed", "thirds", 1)] {
            assert!(ask(folder.path(), code, name, input).1, "{code} {name} {input}");
        }
    }

    #[test]
    fn a_changed_source_is_other_code() -> Result<()> {
        let root = tempfile::tempdir()?;
        let lesson = root.path().join("lessons").join("week01").join("src");
        std::fs::create_dir_all(&lesson)?;
        let hash = |mine: Option<&Path>| sources::hash(root.path(), mine);
        std::fs::write(lesson.join("lib.rs"), "pub fn one() {}")?;
        let before = hash(None)?;
        assert_eq!(hash(None)?, before);
        std::fs::write(lesson.join("lib.rs"), "pub fn two() {}")?;
        let lessons = hash(None)?;
        assert_ne!(lessons, before);
        // The sentences that texts are made of are code too: they are compiled in.
        let sentences = root.path().join("datasets").join("text");
        std::fs::create_dir_all(&sentences)?;
        std::fs::write(sentences.join("tales.txt"), "a tale")?;
        let after = hash(None)?;
        assert_ne!(after, lessons);
        std::fs::create_dir_all(root.path().join("exercises"))?;
        std::fs::write(root.path().join("exercises").join("lib.rs"), "mine")?;
        assert_eq!(hash(None)?, after, "ours do not depend on the learner's");
        assert_ne!(hash(Some(root.path()))?, after);
        Ok(())
    }

    #[test]
    fn a_damaged_file_is_replaced() -> Result<()> {
        let folder = tempfile::tempdir()?;
        let first = ask(folder.path(), "", "thirds", 1);
        let kept = || files(&folder.path().join("thirds"));
        for damaged in ["", "0.4", "0.33333"] {
            std::fs::write(&kept()[0], damaged)?;
            assert_eq!(ask(folder.path(), "", "thirds", 1), first, "{damaged:?}");
            assert_eq!(kept().len(), 1);
            assert_eq!(ask(folder.path(), "", "thirds", 1), (first.0, false));
        }
        Ok(())
    }

    #[test]
    fn nothing_half_done_is_left_where_a_result_cannot_be_put() -> Result<()> {
        let folder = tempfile::tempdir()?;
        let entry = Entry::new(folder.path(), "", "thirds", &1)?;
        // What lies there in its stead cannot be removed as a file.
        std::fs::create_dir_all(entry.folder.join(&entry.key))?;
        assert_eq!(entry.value(|| Ok(5))?, 5);
        assert_eq!(files(&entry.folder).len(), 1, "only what was there");
        Ok(())
    }

    #[test]
    fn the_last_eight_are_kept() {
        let folder = tempfile::tempdir().expect("a folder");
        (0..12).for_each(|input| assert!(ask(folder.path(), "", "thirds", input).1));
        assert_eq!(files(&folder.path().join("thirds")).len(), LAST);
        assert!(!ask(folder.path(), "", "thirds", 11).1, "the newest is among them");
    }

    #[test]
    fn errors_are_given_and_not_kept() -> Result<()> {
        let folder = tempfile::tempdir()?;
        let entry = Entry::new(folder.path(), "", "fails", &1)?;
        let error = entry.value::<u32>(|| anyhow::bail!("no luck")).expect_err("an error");
        assert_eq!(error.to_string(), "no luck");
        assert_eq!(entry.value(|| Ok(5))?, 5);
        Ok(())
    }

    #[test]
    fn what_is_no_number_is_kept_and_told_apart() -> Result<()> {
        let folder = tempfile::tempdir()?;
        let inputs = [Some(f32::INFINITY), Some(f32::NEG_INFINITY), Some(f32::NAN), None];
        for input in inputs {
            let shown = format!("{:?}", Entry::new(folder.path(), "", "mask", &input)?.value(|| Ok(input))?);
            assert_eq!(shown, format!("{input:?}"));
        }
        for input in inputs {
            let again =
                Entry::new(folder.path(), "", "mask", &input)?.value::<Option<f32>>(|| anyhow::bail!("again"))?;
            assert_eq!(format!("{again:?}"), format!("{input:?}"));
        }
        Ok(())
    }

    #[test]
    fn tensors_come_back_as_they_were() -> Result<()> {
        let folder = tempfile::tempdir()?;
        let entry = Entry::new(folder.path(), "", "weights", &1)?;
        let made = || Ok(BTreeMap::from([("w".to_owned(), Tensor::new(&[[1.5_f32, f32::NAN]], &Device::Cpu)?)]));
        let first = entry.tensors(&Device::Cpu, made)?;
        let again = entry.tensors(&Device::Cpu, || anyhow::bail!("computed again"))?;
        for tensors in [first, again] {
            assert_eq!(format!("{:?}", tensors["w"].to_vec2::<f32>()?), "[[1.5, NaN]]");
        }
        Ok(())
    }
}
