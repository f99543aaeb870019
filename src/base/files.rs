//! Writing a file, all or nothing.

use std::io::Result;
use std::path::Path;

/// Writes a file, all or nothing, with the folders that lead to it.
///
/// # Errors
/// When it cannot be written; then what was there is there still.
pub fn write_whole(path: &Path, content: impl AsRef<[u8]>) -> Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    #[cfg_attr(not(unix), allow(unused_mut, reason = "only there it has permissions"))]
    let mut builder = tempfile::Builder::new();
    // A temporary file is its owner's alone. This one becomes a file like any other.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let file = builder.tempfile_in(folder)?;
    std::fs::write(file.path(), content)?;
    if let Ok(old) = std::fs::metadata(path) {
        // The learner's file stays as open as it was.
        file.as_file().set_permissions(old.permissions())?;
    }
    file.persist(path)?;
    Ok(())
}
