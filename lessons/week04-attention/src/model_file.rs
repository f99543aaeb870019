//! The file of a model in the format of Karpathy's llama2.c: seven little-endian 32-bit integers (dim, hidden, layers, heads,
//! key-value heads, vocabulary, context), then `f32`s in the order of [`Stories::read`](crate::stories::Stories::read).
//!
//! Differs from llama2.c: every number is checked before it is used.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use candle_core::{DType, Device, Tensor};
use workshop_base::data::DataError;

use crate::error::{Fault, Kind, StoriesError};
use crate::stories::Config;

/// Reading the sizes; see [`Config`].
impl Config {
    fn parse(bytes: &[u8]) -> Result<Self, Fault> {
        begins_rightly(bytes)?;
        let short = Fault::Short { needed: HEADER as u128, has: bytes.len() as u64 };
        let (words, _) = words::<7>(bytes, 0).ok_or(short)?;
        let sizes = words.map(i32::from_le_bytes);
        // The vocabulary is negative where the matrix of the logits is one of its own.
        let names = ["dim", "hidden", "layers", "heads", "kv_heads", "context"];
        let [dim, hidden, layers, heads, kv_heads, vocab, context] = sizes;
        if let Some((name, size)) =
            names.into_iter().zip([dim, hidden, layers, heads, kv_heads, context]).find(|(_, size)| *size < 1)
        {
            return Err(Fault::Size { name, size });
        }
        if vocab == 0 {
            return Err(Fault::Size { name: "vocab", size: 0 });
        }
        let [dim, hidden, layers, heads, kv_heads, count, context] = sizes.map(|size| size.unsigned_abs() as usize);
        if !dim.is_multiple_of(heads) || !(dim / heads).is_multiple_of(2) {
            return Err(Fault::Heads { dim, heads });
        }
        if !heads.is_multiple_of(kv_heads) {
            return Err(Fault::KeyHeads { heads, kv_heads });
        }
        Ok(Self { dim, hidden, layers, heads, kv_heads, vocab: count, context, shared: vocab > 0 })
    }

    /// The bytes of a file with these sizes. In `u128`, where seven numbers below 2³¹ cannot overflow.
    fn file_size(&self) -> u128 {
        let [dim, hidden, layers, vocab, context, head] =
            [self.dim, self.hidden, self.layers, self.vocab, self.context, self.head_size()].map(|size| size as u128);
        let keys = head * self.kv_heads as u128;
        let layer = 2 * dim + 2 * dim * dim + 2 * keys * dim + 3 * dim * hidden;
        let outputs = if self.shared { vocab * dim } else { 2 * vocab * dim };
        HEADER as u128 + 4 * (outputs + layers * layer + dim + context * head)
    }
}

/// Seven 32-bit integers.
const HEADER: usize = 28;

/// A model's file that has the length its header calls for, and where we are in it.
pub(crate) struct Weights<'a> {
    path: String,
    bytes: Vec<u8>,
    at: usize,
    device: &'a Device,
}

impl<'a> Weights<'a> {
    /// Compares the length of the file with its header before it is read, so that no number in it can ask for memory.
    pub(crate) fn open(path: &Path, device: &'a Device) -> Result<(Config, Self), StoriesError> {
        let shown = path.display().to_string();
        let wrong = |fault| StoriesError::Model { path: shown.clone(), fault };
        let (file, has) = open(path)?;
        let begin = all(file.take(64), path)?;
        let config = Config::parse(&begin).map_err(wrong)?;
        let needed = config.file_size();
        match needed.cmp(&has.into()) {
            std::cmp::Ordering::Greater => return Err(wrong(Fault::Short { needed, has })),
            std::cmp::Ordering::Less => return Err(wrong(Fault::Long { needed, has })),
            std::cmp::Ordering::Equal => {}
        }
        let bytes = all(open(path)?.0.take(has), path)?;
        Ok((config, Self { path: shown, bytes, at: HEADER, device }))
    }

    /// The next numbers as a tensor.
    pub(crate) fn tensor(&mut self, name: &'static str, shape: &[usize]) -> Result<Tensor, StoriesError> {
        let count: usize = shape.iter().product();
        let end = self.at + count * DType::F32.size_in_bytes();
        let Some(bytes) = self.bytes.get(self.at..end) else {
            // The file had the right length and has it no longer: it changed while we read it.
            let fault = Fault::Short { needed: end as u128, has: self.bytes.len() as u64 };
            return Err(StoriesError::Model { path: self.path.clone(), fault });
        };
        let values = bytes.as_chunks::<4>().0.iter().map(|word| f32::from_le_bytes(*word));
        if let Some(value) = values.into_iter().find(|value| !value.is_finite()) {
            return Err(StoriesError::Model { path: self.path.clone(), fault: Fault::NotANumber { name, value } });
        }
        self.at = end;
        Ok(Tensor::from_raw_buffer(bytes, DType::F32, shape, self.device)?)
    }

    /// Leaves numbers out.
    pub(crate) fn skip(&mut self, count: usize) {
        self.at += count * DType::F32.size_in_bytes();
    }
}

/// A file and its length; a folder or a device is none.
pub(crate) fn open(path: &Path) -> Result<(File, u64), StoriesError> {
    let unreadable = |error| DataError::Unreadable { path: path.display().to_string(), error };
    let metadata = path.metadata().map_err(unreadable)?;
    if !metadata.is_file() {
        return Err(unreadable(std::io::Error::other("it is not a file")).into());
    }
    Ok((File::open(path).map_err(unreadable)?, metadata.len()))
}

pub(crate) fn all(mut file: impl std::io::Read, path: &Path) -> Result<Vec<u8>, StoriesError> {
    let mut bytes = vec![];
    let read = file.read_to_end(&mut bytes);
    read.map_err(|error| DataError::Unreadable { path: path.display().to_string(), error })?;
    Ok(bytes)
}

/// Refuses what is of another kind by its first bytes.
pub(crate) fn begins_rightly(bytes: &[u8]) -> Result<(), Fault> {
    if bytes.is_empty() {
        return Err(Fault::Empty);
    }
    match Kind::of(&bytes[..bytes.len().min(64)]) {
        Some(kind) => Err(Fault::Kind(kind)),
        None => Ok(()),
    }
}

/// `N` words of four bytes from `at` on, and where they end; `None` where the bytes end before.
pub(crate) fn words<const N: usize>(bytes: &[u8], at: usize) -> Option<([[u8; 4]; N], usize)> {
    let end = at + 4 * N;
    let (words, _) = bytes.get(at..end)?.as_chunks::<4>();
    Some((words.try_into().ok()?, end))
}
