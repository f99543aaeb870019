//! Data files: what `datasets/manifest.toml` says of them, and where they are on this machine.
//!
//! Files are kept in the folder that `WORKSHOP_CACHE` names, else in `.workshop/cache` of the course. Nothing here
//! downloads: `workshop data get` does.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use crate::text::Catalogue;
use crate::tr;

/// What a manifest says.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The files, in the order of the manifest.
    #[serde(rename = "file")]
    pub files: Vec<DataFile>,
    /// Where the manifest was read from.
    #[serde(skip)]
    place: PathBuf,
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
    /// Where it is downloaded from.
    pub source: String,
}

/// How a data file stands on this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It is not there.
    Absent,
    /// It is there and is the right one, as far as was looked.
    Whole,
    /// Something else is there.
    Damaged,
}

/// Why a data file cannot be used. Each message says what to do.
#[derive(Debug)]
pub enum DataError {
    /// The manifest is broken or unreadable.
    Manifest {
        /// The manifest.
        manifest: String,
        /// What is wrong with it.
        why: String,
    },
    /// The manifest gives a file a place where none may lie.
    Place {
        /// The manifest.
        manifest: String,
        /// The file.
        id: String,
        /// The place.
        path: String,
    },
    /// The manifest's SHA-256 of a file is none.
    Digest {
        /// The manifest.
        manifest: String,
        /// The file.
        id: String,
    },
    /// Two files of the manifest have one name, or one place.
    Twice {
        /// The manifest.
        manifest: String,
        /// The name or the place.
        what: String,
    },
    /// The manifest has no such file.
    Unknown {
        /// The manifest.
        manifest: String,
        /// The file that was asked for.
        id: String,
        /// Those that it has.
        known: String,
    },
    /// The file is not in the cache.
    Missing {
        /// What the manifest says of it.
        file: Box<DataFile>,
    },
    /// The file is there and is not what it should be.
    Changed {
        /// Its name.
        id: String,
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
            Self::Manifest { manifest, why } => {
                tr!(text, "{manifest} is no manifest of data files: {why}", manifest = manifest, why = why.trim())
            }
            Self::Place { manifest, id, path } => tr!(
                text,
                "{manifest} wants to put {id} at {path}: a place must be relative, stay in the cache folder, have / between its parts, and be a name that Windows can hold too.",
                manifest = manifest,
                id = id,
                path = path
            ),
            Self::Digest { manifest, id } => tr!(
                text,
                "{manifest}: the sha256 of {id} must be 64 hexadecimal digits, in lower case.",
                manifest = manifest,
                id = id
            ),
            Self::Twice { manifest, what } => {
                tr!(text, "{manifest} names {what} twice.", manifest = manifest, what = what)
            }
            Self::Unknown { manifest, id, known } => tr!(
                text,
                "{manifest} has no file named {id}: it has {known}",
                manifest = manifest,
                id = id,
                known = known
            ),
            Self::Missing { file } => tr!(
                text,
                "{id} is not on this machine ({size}, licence: {licence}). Get it with: cargo workshop data get {id}. Or set WORKSHOP_CACHE to a folder that has {path}.",
                size = units(file.size),
                licence = file.licence,
                path = file.path,
                id = file.id
            ),
            Self::Changed { id, path } => tr!(
                text,
                "{path} is not the file that the course was written with: its size or its SHA-256 differs. Get it again with: cargo workshop data get {id}",
                path = path,
                id = id
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

impl Manifest {
    /// Reads a manifest and checks what could do harm: places outside the cache, files that would overwrite one another.
    ///
    /// # Errors
    /// When it cannot be read, says something that is not understood, or asks for what is not done.
    pub fn read(place: &Path) -> Result<Self, DataError> {
        let manifest = place.display().to_string();
        let broken = |why: String| DataError::Manifest { manifest: manifest.clone(), why };
        let text = std::fs::read_to_string(place).map_err(|error| broken(error.to_string()))?;
        let mut read: Self = toml::from_str(&text).map_err(|error| broken(error.to_string()))?;
        let mut taken = std::collections::BTreeSet::new();
        for file in &read.files {
            let (manifest, id) = (manifest.clone(), file.id.clone());
            if !is_plain_place(&file.path) {
                return Err(DataError::Place { manifest, id, path: file.path.clone() });
            }
            let is_digit = |c: char| matches!(c, '0'..='9' | 'a'..='f');
            if file.sha256.len() != 64 || !file.sha256.chars().all(is_digit) {
                return Err(DataError::Digest { manifest, id });
            }
            // Windows and macOS take one name in capitals and in small letters for one file.
            for (kind, what) in [("id", id), ("path", file.path.to_lowercase())] {
                if !taken.insert((kind, what.clone())) {
                    return Err(DataError::Twice { manifest, what });
                }
            }
        }
        read.place = place.to_owned();
        Ok(read)
    }

    /// What the manifest says of one file.
    ///
    /// # Errors
    /// When it says nothing; the message names the files that it knows.
    pub fn file(&self, id: &str) -> Result<&DataFile, DataError> {
        self.files.iter().find(|file| file.id == id).ok_or_else(|| DataError::Unknown {
            manifest: self.place.display().to_string(),
            id: id.to_owned(),
            known: self.files.iter().map(|file| file.id.as_str()).collect::<Vec<_>>().join(", "),
        })
    }
}

impl DataFile {
    /// How the file stands in a cache folder. `thorough` reads it to its end; otherwise only its size is looked at.
    ///
    /// # Errors
    /// When something is there and cannot be read.
    pub fn state(&self, folder: &Path, thorough: bool) -> Result<State, DataError> {
        let path = folder.join(&self.path);
        let unreadable = |error| DataError::Unreadable { path: path.display().to_string(), error };
        let metadata = match path.metadata() {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(State::Absent),
            Err(error) => return Err(unreadable(error)),
        };
        let is_right = metadata.is_file()
            && metadata.len() == self.size
            && (!thorough || sha256(&path).map_err(unreadable)? == self.sha256);
        Ok(if is_right { State::Whole } else { State::Damaged })
    }

    /// The path of the file in a cache folder, where it is there and is the right one.
    ///
    /// # Errors
    /// When it is missing, cut short or another file; the message says what to do.
    pub fn whole(&self, folder: &Path) -> Result<PathBuf, DataError> {
        let path = folder.join(&self.path);
        match self.state(folder, true)? {
            State::Whole => Ok(path),
            State::Absent => Err(DataError::Missing { file: Box::new(self.clone()) }),
            State::Damaged => Err(DataError::Changed { id: self.id.clone(), path: path.display().to_string() }),
        }
    }
}

/// Whether a path of a manifest stays in the folder that it is put in, and names a file that every system can hold.
pub(crate) fn is_plain_place(path: &str) -> bool {
    let is_plain = |part: &str| {
        let stem = part.split('.').next().unwrap_or_default().trim_end().to_ascii_uppercase();
        let numbered = |name: &str| stem.strip_prefix(name).is_some_and(|rest| rest.len() == 1 && rest != "0");
        let is_device = ["CON", "PRN", "AUX", "NUL"].contains(&stem.as_str()) || numbered("COM") || numbered("LPT");
        // This leaves out `.` and `..`, and an empty part: a path that is absolute, or ends with a slash.
        !part.is_empty()
            && !part.ends_with(['.', ' '])
            && !part.contains(['\\', ':', '*', '?', '"', '<', '>', '|'])
            && !part.contains(char::is_control)
            && !is_device
    };
    path.split('/').all(is_plain)
}

/// The variable that names another folder for data files.
pub const CACHE_ENV: &str = "WORKSHOP_CACHE";

/// The folder that data files are kept in.
pub fn cache() -> PathBuf {
    crate::folder_of(CACHE_ENV).unwrap_or_else(|| crate::root().join(crate::KEPT).join("cache"))
}

/// Reads `datasets/manifest.toml`.
///
/// # Errors
/// When it cannot be read, or says something that is not understood.
pub fn manifest() -> Result<Manifest, DataError> {
    Manifest::read(&crate::root().join("datasets").join("manifest.toml"))
}

/// The path of a data file that is there and is the right one.
///
/// # Errors
/// When the manifest does not know it, or it is missing, cut short or another file; the message says what to do.
pub fn file(id: &str) -> Result<PathBuf, DataError> {
    manifest()?.file(id)?.whole(&cache())
}

/// A number of bytes in units that a person reads: `1.1 MB`.
pub fn units(bytes: u64) -> String {
    let mut shown = bytes as f64;
    for unit in ["bytes", "KB", "MB"] {
        if shown < 1000.0 {
            return if unit == "bytes" { format!("{bytes} bytes") } else { format!("{shown:.1} {unit}") };
        }
        shown /= 1000.0;
    }
    format!("{shown:.1} GB")
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_stays_in_the_folder_and_suits_every_system() {
        for plain in ["a", "models/stories260K.bin", "a/b/c.d.e", ".hidden", "console.txt", "com10", "한글.txt"] {
            assert!(is_plain_place(plain), "{plain}");
        }
        for refused in [
            "",
            "/etc/passwd",
            "..",
            "../a",
            "a/../b",
            "a/..",
            "./a",
            "a//b",
            "a/",
            "a\\b",
            "C:/a",
            "c:a",
            "a.",
            "a ",
            "nul",
            "NUL.txt",
            "a/Com1.bin",
            "lpt9",
            "a?",
            "a*b",
            "a|b",
            "a<b",
            "a\nb",
            "a\0b",
            "a/...",
        ] {
            assert!(!is_plain_place(refused), "{refused:?}");
        }
    }

    #[test]
    fn sizes_are_read_easily() {
        for (bytes, shown) in [(0, "0 bytes"), (999, "999 bytes"), (6227, "6.2 KB"), (1_056_540, "1.1 MB")] {
            assert_eq!(units(bytes), shown);
        }
        assert_eq!(units(3_210_000_000), "3.2 GB");
    }
}
