//! What of a file has been downloaded so far: `PATH.part`, and beside it `PATH.part.json`, which says of which version.
//!
//! Bytes go to the disk as they come, so that whatever ends the program leaves a part that can be continued.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, bail};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use workshop_base::data::{DataFile, hex, units};
use workshop_base::text::Catalogue;
use workshop_base::tr;

use super::{refuse, say};

/// Of which version a part is.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Version {
    /// What the manifest said when it was begun.
    sha256: String,
    /// What the source called it.
    etag: Option<String>,
}

/// A download that is not finished.
pub(super) struct Part<'a> {
    expected: &'a DataFile,
    text: &'a Catalogue,
    /// Where the file will be.
    target: PathBuf,
    path: PathBuf,
    file: File,
    len: u64,
    /// Has read all that is in the part, so that nothing is read twice.
    hasher: Sha256,
    version: Version,
}

/// Keeps another `workshop` from downloading the same file meanwhile; `wait` is called when another does. Locks are files
/// of their own: a lock on the part would be lost where the part is renamed.
pub(super) fn lock(folder: &Path, file: &DataFile, text: &Catalogue, wait: impl FnOnce()) -> Result<File> {
    let path = folder.join(".locks").join(&file.path);
    make_folder_of(&path, text)?;
    let lock = File::create(&path).map_err(|error| unwritable(&path, &error, text))?;
    match lock.try_lock() {
        // Some network disks have no locks: there it is for the reader to do one thing at a time.
        Ok(()) | Err(TryLockError::Error(_)) => {}
        Err(TryLockError::WouldBlock) => {
            wait();
            lock.lock().map_err(|error| unwritable(&path, &error, text))?;
        }
    }
    Ok(lock)
}

/// How many bytes of a file have been downloaded, as far as its size tells.
pub(super) fn length(folder: &Path, file: &DataFile) -> u64 {
    fs::metadata(part_of(&folder.join(&file.path))).map_or(0, |part| part.len()).min(file.size)
}

impl<'a> Part<'a> {
    /// Opens what is there of a file, or begins it. What belongs to another version is begun anew.
    pub(super) fn open(folder: &Path, expected: &'a DataFile, text: &'a Catalogue) -> Result<Self> {
        let target = folder.join(&expected.path);
        make_folder_of(&target, text)?;
        let path = part_of(&target);
        let failed = |error| unwritable(&path, &error, text);
        let file = File::options().read(true).write(true).create(true).truncate(false).open(&path).map_err(failed)?;
        let len = file.metadata().map_err(failed)?.len();
        let noted: Version =
            fs::read(note_of(&path)).ok().and_then(|note| serde_json::from_slice(&note).ok()).unwrap_or_default();
        let is_ours = noted.sha256 == expected.sha256 && len <= expected.size;
        let mut part =
            Self { expected, text, target, path: path.clone(), file, len, hasher: Sha256::new(), version: noted };
        if is_ours {
            part.hash().map_err(failed)?;
        } else {
            part.begin_anew(None)?;
        }
        Ok(part)
    }

    fn hash(&mut self) -> io::Result<()> {
        let mut buffer = vec![0; 1 << 16];
        let mut left = self.len;
        while left > 0 {
            let most = buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX));
            let read = self.file.read(&mut buffer[..most])?;
            if read == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            self.hasher.update(&buffer[..read]);
            left -= read as u64;
        }
        Ok(())
    }

    /// How many bytes are there.
    pub(super) fn len(&self) -> u64 {
        self.len
    }

    /// What the source called the version that the part is of.
    pub(super) fn etag(&self) -> Option<&str> {
        self.version.etag.as_deref()
    }

    /// Empties the part, and notes what the source calls the version that will come.
    pub(super) fn begin_anew(&mut self, etag: Option<&str>) -> Result<()> {
        self.version = Version { sha256: self.expected.sha256.clone(), etag: etag.map(str::to_owned) };
        self.empty().map_err(|error| unwritable(&self.path, &error, self.text))?;
        self.len = 0;
        self.hasher = Sha256::new();
        Ok(())
    }

    fn empty(&mut self) -> io::Result<()> {
        if self.len > 0 {
            self.file.set_len(0)?;
        }
        self.file.rewind()?;
        fs::write(note_of(&self.path), serde_json::to_vec(&self.version)?)
    }

    /// Adds bytes at the end.
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.file.write_all(bytes).map_err(|error| self.unwritable(&error))?;
        self.hasher.update(bytes);
        self.len += bytes.len() as u64;
        Ok(())
    }

    /// Checks that the part is the file, and puts it in its place: all or nothing.
    pub(super) fn finish(mut self) -> Result<()> {
        let (text, expected) = (self.text, self.expected);
        let found = hex(&std::mem::take(&mut self.hasher).finalize());
        if found != expected.sha256 {
            self.discard();
            bail!(tr!(
                text,
                "{id}: what came from {source} is not the file that the manifest describes (its SHA-256 is {found}). It was deleted, and nothing else was changed. Run the command again; if it stays so, update the course.",
                id = expected.id,
                source = expected.source,
                found = found
            ));
        }
        match refuse::in_file(&mut self.file).with_context(|| self.path.display().to_string())? {
            Some(refused) => {
                self.discard();
                Err(say::refusal(refused, expected, text))
            }
            None => self.put_in_place(),
        }
    }

    fn put_in_place(self) -> Result<()> {
        let Self { text, target, path, file, .. } = self;
        let done = file.sync_all().and_then(|()| {
            // Windows renames no file that is open.
            drop(file);
            fs::rename(&path, &target)
        });
        done.map_err(|error| unwritable(&target, &error, text))?;
        // It has done its service; where it cannot be deleted, it does no harm.
        let _ = fs::remove_file(note_of(&path));
        Ok(())
    }

    /// Deletes the part if there is nothing in it.
    pub(super) fn discard_if_empty(self) {
        if self.file.metadata().is_ok_and(|part| part.len() == 0) {
            self.discard();
        }
    }

    /// Deletes the part, of which nothing is of use.
    pub(super) fn discard(self) {
        let Self { path, file, .. } = self;
        drop(file);
        // What cannot be deleted is begun anew next time: its note is gone, or names another version.
        let _ = fs::remove_file(note_of(&path));
        let _ = fs::remove_file(&path);
    }

    fn unwritable(&self, error: &io::Error) -> anyhow::Error {
        let text = self.text;
        if !matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded) {
            return anyhow!(tr!(
                text,
                "{id}: {path} cannot be written any further: {error}. What was downloaded is kept: run the same command again to go on.",
                id = self.expected.id,
                path = self.path.display(),
                error = error
            ));
        }
        let missing = units(self.expected.size.saturating_sub(self.len));
        anyhow!(tr!(
            text,
            "{id}: the disk is full, and {missing} are still to come. What was downloaded is kept in {path}: make room, and run the same command again to go on.",
            id = self.expected.id,
            missing = missing,
            path = self.path.display()
        ))
    }
}

fn part_of(target: &Path) -> PathBuf {
    with_ending(target, ".part")
}

fn note_of(part: &Path) -> PathBuf {
    with_ending(part, ".json")
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

fn make_folder_of(path: &Path, text: &Catalogue) -> Result<()> {
    let folder = path.parent().unwrap_or(path);
    fs::create_dir_all(folder).map_err(|error| unwritable(folder, &error, text))
}

fn unwritable(path: &Path, error: &io::Error, text: &Catalogue) -> anyhow::Error {
    anyhow!(tr!(text, "{path} cannot be written: {error}", path = path.display(), error = error))
}
