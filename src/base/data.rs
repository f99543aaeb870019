//! Data files: what `datasets/manifest.toml` says of them, and where they are on this machine.
//!
//! Files are kept in the folder that `WORKSHOP_CACHE` names, else in `.workshop/cache` of the course. Nothing here
//! downloads.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use sha2::{Digest as _, Sha256};

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
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// The manifest is broken or unreadable.
    #[error("datasets/manifest.toml: {0}")]
    Manifest(String),
    /// The manifest has no such file.
    #[error("datasets/manifest.toml has no file named {0:?}")]
    Unknown(String),
    /// The file is not in the cache.
    #[error(
        "{id} is not on this machine ({what}, {licence}): put {source_url} at {path}, or set WORKSHOP_CACHE to a folder that has it"
    )]
    Missing {
        /// The file's name.
        id: String,
        /// What it is.
        what: String,
        /// Its licence.
        licence: String,
        /// Where to download it.
        source_url: String,
        /// Where to put it.
        path: String,
    },
    /// The file is there and is not what it should be.
    #[error("{path} is not the file that the course was written with: {why}. Delete it and download it again")]
    Changed {
        /// The file.
        path: String,
        /// What differs.
        why: String,
    },
    /// The file cannot be read.
    #[error("{path} cannot be read: {error}")]
    Unreadable {
        /// The file.
        path: String,
        /// What the system said.
        error: std::io::Error,
    },
}

/// The folder that data files are kept in.
pub fn cache() -> PathBuf {
    std::env::var_os("WORKSHOP_CACHE")
        .filter(|v| !v.is_empty())
        .map_or_else(|| crate::kept().join("cache"), PathBuf::from)
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
        return Err(DataError::Missing {
            id: known.id.clone(),
            what: known.what.clone(),
            licence: known.licence.clone(),
            source_url: known.source.clone(),
            path: shown,
        });
    }
    let unreadable = |error| DataError::Unreadable { path: path.display().to_string(), error };
    let size = path.metadata().map_err(unreadable)?.len();
    if size != known.size {
        let why = format!("it has {size} bytes, not {}", known.size);
        return Err(DataError::Changed { path: shown, why });
    }
    if sha256(&path).map_err(unreadable)? != known.sha256 {
        return Err(DataError::Changed { path: shown, why: "its SHA-256 differs".to_owned() });
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
