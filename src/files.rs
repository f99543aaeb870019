//! Writing files so that nothing is lost: all or nothing, and never over what was set aside before.

use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use crate::exercise::Exercise;

/// Writes a file, all or nothing, with the folders that lead to it.
///
/// # Errors
/// When it cannot be written; then what was there is there still.
pub fn write_whole(path: &Path, content: impl AsRef<[u8]>) -> Result<()> {
    workshop_base::files::write_whole(path, content).with_context(|| format!("{} cannot be written", path.display()))
}

/// What is in a file; `None` where there is no file.
///
/// # Errors
/// When it is there and cannot be read.
pub fn read_if_there(path: &Path) -> Result<Option<Vec<u8>>> {
    // A pipe would be waited for, a device read without end.
    if std::fs::metadata(path).is_ok_and(|data| !data.is_file()) {
        bail!("{} is not a file: move it away", path.display());
    }
    match std::fs::read(path) {
        Ok(content) => Ok(Some(content)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("{} cannot be read", path.display())),
    }
}

/// A text with the line endings of the course: an editor may have put others.
pub fn with_plain_line_ends(text: &str) -> String {
    text.replace("\r\n", "\n")
}

/// Keeps a content of an exercise's file as `.workshop/backups/week04-attention/softmax.3.rs` in the learner's `home`.
///
/// # Errors
/// When it cannot be written.
pub fn back_up(home: &Path, exercise: &Exercise, content: &[u8]) -> Result<PathBuf> {
    keep_numbered(&below(&home.join(workshop_base::KEPT).join("backups"), exercise), content)
}

/// Where a content of an exercise's file is kept below a folder, but for the number.
pub fn below(folder: &Path, exercise: &Exercise) -> PathBuf {
    folder.join(&exercise.folder).join(format!("{}.{}", exercise.module(), exercise.ending()))
}

/// Keeps a content under a name with the next number in it, `folder/name.3.rs`, and says where. An earlier one is never
/// overwritten, and one that holds the same is not kept twice.
///
/// # Errors
/// When it cannot be written.
pub fn keep_numbered(name: &Path, content: &[u8]) -> Result<PathBuf> {
    let cannot = || format!("{} cannot be written", name.display());
    name.parent().map(std::fs::create_dir_all).transpose().with_context(cannot)?;
    let ending = name.extension().unwrap_or_default().display().to_string();
    let mut number = 1;
    loop {
        let path = name.with_extension(format!("{number}.{ending}"));
        match std::fs::OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(mut file) => {
                file.write_all(content).with_context(cannot)?;
                return Ok(path);
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                if std::fs::read(&path).is_ok_and(|kept| kept == content) {
                    return Ok(path);
                }
                number += 1;
            }
            Err(error) => return Err(error).with_context(cannot),
        }
    }
}
