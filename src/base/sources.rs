//! The hash of the code that a result depends on.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use sha2::{Digest as _, Sha256};

/// Names the device that a lesson computes on: `cpu`, `cuda` or `metal`. `workshop run --device` sets it.
pub const DEVICE_ENV: &str = "WORKSHOP_DEVICE";

/// Set where code runs on the learner's pieces: then their files count too.
pub const MINE_ENV: &str = "WORKSHOP_MINE";

/// The hash of all the code that a cell or a lesson's program can call, as it lies in the course: lessons, solutions, the
/// generated texts and the sentences that they are made of, this crate and the locked versions of all others; with `mine`, a
/// learner's home, its exercises too.
///
/// # Errors
/// When a file cannot be read.
pub fn hash(root: &Path, mine: Option<&Path>) -> std::io::Result<String> {
    let mut hasher = Sha256::new();
    for part in ["lessons", "solutions", "datasets/src", "datasets/text", "src/base", "Cargo.lock"] {
        hash_into(&mut hasher, &root.join(part))?;
    }
    if let Some(home) = mine {
        hasher.update("mine");
        hash_into(&mut hasher, &home.join("exercises"))?;
    }
    Ok(crate::data::hex(&hasher.finalize()[..16]))
}

/// The hash of the code that runs here: the learner's files count where it runs on their pieces.
pub fn running() -> String {
    let mine = std::env::var_os(MINE_ENV).filter(|value| !value.is_empty()).map(|_| crate::home());
    // Whether sources that cannot be read have changed, nobody knows: so they have.
    hash(&crate::root(), mine.as_deref()).unwrap_or_else(|_| unique())
}

/// A text that no other process has.
fn unique() -> String {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    format!("{}-{}", std::process::id(), now.as_nanos())
}

/// Feeds a file, or all files below a folder in the order of their names, to a hasher. A missing one counts as empty.
///
/// # Errors
/// When one cannot be read.
pub fn hash_into(hasher: &mut Sha256, path: &Path) -> std::io::Result<()> {
    let cannot = |error: std::io::Error| {
        std::io::Error::new(error.kind(), format!("{} cannot be read: {error}", path.display()))
    };
    if path.is_dir() {
        let mut entries: Vec<PathBuf> =
            std::fs::read_dir(path).map_err(cannot)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<_>>()?;
        entries.sort();
        return entries.iter().try_for_each(|entry| hash_into(hasher, entry));
    }
    if path.is_file() {
        hasher.update(path.file_name().unwrap_or_default().to_string_lossy().as_bytes());
        hasher.update(std::fs::read(path).map_err(cannot)?);
    }
    Ok(())
}
