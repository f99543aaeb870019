//! Data files: what `datasets/manifest.toml` says of them, and where they are on this machine.
//!
//! Files are kept in the folder that `WORKSHOP_CACHE` names, else in `.workshop/cache` of the course. Nothing here
//! downloads.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use crate::text::Catalogue;
use crate::tr;

/// What the manifest says.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The files, in the order of the manifest.
    #[serde(rename = "file")]
    pub files: Vec<DataFile>,
}

/// One file that the course uses and does not ship.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataFile {
    /// The name that pages use.
    pub id: String,
    /// Its place in the cache folder.
    pub path: String,
    /// What it is, in a few words.
    pub what: String,
    /// Its size in bytes.
    pub size: u64,
    /// Its SHA-256, in hexadecimal.
    pub sha256: String,
    /// Its licence.
    pub licence: String,
    /// Where a reader downloads it.
    pub source: String,
}

/// Why a data file cannot be used. Each message says what to do.
#[derive(Debug)]
pub enum DataError {
    /// The manifest is broken or unreadable.
    Manifest(String),
    /// The manifest has no such file.
    Unknown(String),
    /// The file is not in the cache.
    Missing {
        /// What the manifest says of it.
        file: Box<DataFile>,
        /// Where to put it.
        path: String,
    },
    /// The file is there and is not what it should be.
    Changed {
        /// The file.
        path: String,
    },
    /// The file cannot be read.
    Unreadable {
        /// The file.
        path: String,
        /// What the system said.
        error: std::io::Error,
    },
}

impl DataError {
    /// The message in the reader's language.
    pub fn say(&self, text: &Catalogue) -> String {
        match self {
            Self::Manifest(why) => format!("datasets/manifest.toml: {why}"),
            Self::Unknown(id) => tr!(text, "datasets/manifest.toml has no file named {id}", id = id),
            Self::Missing { file, path } => tr!(
                text,
                "{id} is not on this machine ({kilobytes} KB, licence: {licence}). Put {source} at {path}, or set WORKSHOP_CACHE to a folder that has it.",
                id = file.id,
                kilobytes = file.size / 1000,
                licence = file.licence,
                source = file.source,
                path = path
            ),
            Self::Changed { path } => tr!(
                text,
                "{path} is not the file that the course was written with: its size or its SHA-256 differs. Delete it and download it again.",
                path = path
            ),
            Self::Unreadable { path, error } => tr!(text, "{path} cannot be read: {error}", path = path, error = error),
        }
    }
}

impl std::fmt::Display for DataError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.say(&Catalogue::default()))
    }
}

impl std::error::Error for DataError {}

/// The folder that data files are kept in.
pub fn cache() -> PathBuf {
    std::env::var_os("WORKSHOP_CACHE")
        .filter(|v| !v.is_empty())
        .map_or_else(|| crate::root().join(".workshop").join("cache"), PathBuf::from)
}

/// Reads `datasets/manifest.toml`.
///
/// # Errors
/// When it cannot be read, or says something that is not understood.
pub fn manifest() -> Result<Manifest, DataError> {
    let text = std::fs::read_to_string(crate::root().join("datasets").join("manifest.toml"))
        .map_err(|error| DataError::Manifest(error.to_string()))?;
    toml::from_str(&text).map_err(|error| DataError::Manifest(error.to_string()))
}

/// The path of a data file that is there and is the right one.
///
/// # Errors
/// When the manifest does not know it, or it is missing, cut short or another file; the message says what to do.
pub fn file(id: &str) -> Result<PathBuf, DataError> {
    let manifest = manifest()?;
    let known = manifest.files.iter().find(|file| file.id == id).ok_or_else(|| DataError::Unknown(id.to_owned()))?;
    let path = cache().join(&known.path);
    let shown = path.display().to_string();
    if !path.is_file() {
        return Err(DataError::Missing { file: Box::new(known.clone()), path: shown });
    }
    let unreadable = |error| DataError::Unreadable { path: path.display().to_string(), error };
    if path.metadata().map_err(unreadable)?.len() != known.size || sha256(&path).map_err(unreadable)? != known.sha256 {
        return Err(DataError::Changed { path: shown });
    }
    Ok(path)
}

/// The SHA-256 of a file, in hexadecimal, read in pieces.
///
/// # Errors
/// When the file cannot be read.
pub fn sha256(path: &Path) -> std::io::Result<String> {
    let mut file = std::fs::File::open(path)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        hasher.update(&buffer[..read]);
    }
    Ok(hex(&hasher.finalize()))
}

/// Bytes as lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
