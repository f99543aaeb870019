//! JupyterLab and the Rust kernel: where they are, and an environment in which a notebook starts from a warm cache.
//!
//! The kernel compiles each cell apart, and keeps the crates that it compiled in a cache of its own: minutes the first time,
//! seconds after that. The crates in that cache remember the folder in which they were built, and once that is gone, every
//! cell compiles some of them again. So the cache is filled once, in a folder that stays ([`warm_folder`], the same that
//! `tests/notebooks/run.py` uses), before the first notebook is opened.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use workshop_base::data::hex;

use crate::course::{Course, Week};
use crate::files::write_whole;
use crate::machine;
use crate::notebook;

/// The kernel's version that the notebooks are tested with.
pub const KERNEL_VERSION: &str = "0.22.0";

/// What is here of Jupyter.
#[derive(Debug, Default)]
pub struct Jupyter {
    /// The program `jupyter-lab` and its version.
    pub lab: Option<(PathBuf, String)>,
    /// The program `evcxr_jupyter`.
    pub kernel: Option<PathBuf>,
    /// Its version, where Cargo wrote it down.
    pub kernel_version: Option<String>,
    /// Whether Jupyter has been told of the kernel.
    pub registered: bool,
}

impl Jupyter {
    /// Looks for it.
    pub fn find() -> Self {
        let lab = machine::find("jupyter-lab", &[]);
        let lab = lab.and_then(|program| Some((program.clone(), machine::ask(&program, &["--version"])?)));
        let cargo = machine::cargo_folder();
        let bin: Vec<PathBuf> = cargo.iter().map(|folder| folder.join("bin")).collect();
        let installed = cargo.and_then(|folder| std::fs::read_to_string(folder.join(".crates.toml")).ok());
        let kernels = lab
            .as_ref()
            .and_then(|(lab, _)| beside(lab, "jupyter-kernelspec"))
            .and_then(|program| machine::ask(&program, &["list", "--json"]))
            .and_then(|list| serde_json::from_str::<Value>(&list).ok());
        Self {
            lab,
            kernel: machine::find("evcxr_jupyter", &bin),
            kernel_version: installed.and_then(|installed| version_of_kernel(&installed)),
            registered: kernels.is_some_and(|kernels| kernels["kernelspecs"].get(notebook::KERNEL).is_some()),
        }
    }

    /// The commands that install what is missing, in order.
    pub fn missing(&self) -> Vec<String> {
        let mut commands = vec![];
        if self.lab.is_none() {
            // Where a system forbids pip outside of environments, it usually has pipx.
            let command = match machine::find("pipx", &[]) {
                Some(_) => "pipx install jupyterlab",
                None if cfg!(windows) => "py -m pip install jupyterlab",
                None => "python3 -m pip install jupyterlab",
            };
            commands.push(command.to_owned());
        }
        if self.kernel.is_none() {
            commands.push(format!("cargo install evcxr_jupyter --version {KERNEL_VERSION} --locked"));
        }
        if !self.registered {
            let program = self.kernel.as_ref().filter(|_| machine::find("evcxr_jupyter", &[]).is_none());
            let program = program.map_or_else(|| "evcxr_jupyter".to_owned(), |path| path.display().to_string());
            commands.push(format!("{program} --install"));
        }
        commands
    }
}

/// A program that came with JupyterLab: on PATH, or where pipx put them, which shows only some of them there.
fn beside(lab: &Path, name: &str) -> Option<PathBuf> {
    let folder = lab.canonicalize().ok().and_then(|lab| lab.parent().map(Path::to_owned));
    machine::find(name, folder.as_slice())
}

/// The version in Cargo's list of installed programs: `"evcxr_jupyter 0.22.0 (registry+..)" = ["evcxr_jupyter"]`.
fn version_of_kernel(installed: &str) -> Option<String> {
    let installed: toml::Table = toml::from_str(installed).ok()?;
    let names = installed.get("v1")?.as_table()?.keys();
    let version = names.filter_map(|name| name.strip_prefix("evcxr_jupyter ")).next()?;
    Some(version.split(' ').next()?.to_owned())
}

/// The folder in which the kernel's cache is filled, and which stays.
pub fn warm_folder() -> PathBuf {
    let cache = workshop_base::folder_of("XDG_CACHE_HOME").or_else(|| Some(machine::user_folder()?.join(".cache")));
    cache.unwrap_or_else(std::env::temp_dir).join("workshop-notebooks")
}

/// The environment that a kernel needs, or what starts it.
///
/// # Errors
/// When `rustc` cannot be asked for its libraries.
pub fn prepare(command: &mut Command) -> Result<()> {
    // The kernel's libraries name Rust's own by a relative path, which is one step off in a folder near the toolchain's.
    let rustc = machine::find("rustc", &[]).context("rustc is not on PATH")?;
    let libraries =
        machine::ask(&rustc, &["--print", "target-libdir"]).context("rustc does not say where its libraries are")?;
    let variable = match std::env::consts::OS {
        "windows" => "PATH",
        "macos" => "DYLD_FALLBACK_LIBRARY_PATH",
        _ => "LD_LIBRARY_PATH",
    };
    let old = std::env::var_os(variable).unwrap_or_default();
    let folders = [PathBuf::from(libraries)]
        .into_iter()
        .chain(std::env::split_paths(&old).filter(|folder| !folder.as_os_str().is_empty()));
    command.env(variable, std::env::join_paths(folders)?);
    // With 0, which CI services like to set, the kernel loses its cells.
    command.env_remove("CARGO_INCREMENTAL");
    Ok(())
}

/// Whether the kernel's cache holds the crates of this week, as far as this program knows.
///
/// # Errors
/// When the lock file cannot be read.
pub fn is_warm(course: &Course, week: &Week) -> Result<bool> {
    Ok(mark(course, week)?.is_file())
}

/// The file that says that the cache was filled for a week with these locked versions and this toolchain.
fn mark(course: &Course, week: &Week) -> Result<PathBuf> {
    let mut hasher = Sha256::new();
    for file in ["Cargo.lock", "rust-toolchain.toml"] {
        let path = course.root.join(file);
        hasher.update(std::fs::read(&path).with_context(|| format!("{} cannot be read", path.display()))?);
    }
    Ok(warm_folder().join(format!("warm-{}-{}", week.short(), hex(&hasher.finalize()[..8]))))
}

/// Fills the kernel's cache with the crates of a week: runs their set-up cell once, with the Jupyter whose `jupyter-lab` this
/// is.
///
/// # Errors
/// When the folder cannot be written, or the crates do not compile in the kernel; the message holds what Jupyter said.
pub fn warm(course: &Course, week: &Week, lab: &Path) -> Result<()> {
    let folder = warm_folder();
    std::fs::create_dir_all(&folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    let lock = std::fs::File::create(folder.join("in-use"))?;
    // Two kernels would overwrite each other's source.
    lock.lock().with_context(|| format!("{} cannot be locked", folder.display()))?;
    if is_warm(course, week)? {
        return Ok(()); // whoever was waited for has done it
    }
    let execute = beside(lab, "jupyter-execute").context("jupyter-execute is missing: it comes with JupyterLab")?;

    // The kernel asks Cargo, offline, about the crates of every system, and a build has fetched those of this one alone. Where
    // that fails, all may be there already: if not, the kernel says which one is missing.
    let _ = Command::new(machine::cargo()).args(["fetch", "--locked", "--quiet"]).current_dir(&course.root).output();

    let locked = json!(course.root.join("Cargo.lock").display().to_string());
    let to = json!(folder.join("Cargo.lock").display().to_string());
    // The first by the kernel itself, because its start empties the file: so it takes the versions that are locked.
    let cells = vec![
        notebook::bare_code_cell("lock", &format!("std::fs::copy({locked}, {to})?;")),
        notebook::bare_code_cell("setup", &notebook::setup(&week.folder, &notebook::absolute_root())),
        notebook::bare_code_cell("end", "println!(\"warm\");"),
    ];
    let work = tempfile::tempdir()?;
    let file = work.path().join("warm.ipynb");
    std::fs::write(&file, notebook::document(cells, json!({})).to_string())?;

    let mut command = Command::new(execute);
    prepare(&mut command)?;
    command.env("EVCXR_TMPDIR", &folder).args(["--timeout=-1", "--startup_timeout=120", "--inplace"]).arg(&file);
    let output = command.current_dir(work.path()).output().context("jupyter-execute cannot be started")?;
    let ran = std::fs::read_to_string(&file).unwrap_or_default();
    let ran: Value = serde_json::from_str(&ran).unwrap_or_default();
    if !output.status.success() || !printed(&ran).contains("warm\n") {
        bail!("{}\n{}", String::from_utf8_lossy(&output.stderr).trim(), printed(&ran).trim());
    }
    std::fs::write(mark(course, week)?, "")?;
    Ok(())
}

/// What the cells of a notebook printed.
fn printed(notebook: &Value) -> String {
    let array = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let outputs = array(&notebook["cells"]).into_iter().flat_map(|cell| array(&cell["outputs"]));
    outputs.map(|output| notebook::joined(&output["text"])).collect()
}

/// A learner's copy of a notebook, and what was done about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copy {
    /// The file.
    pub path: PathBuf,
    /// Whether the course's notebook has changed since, and the copy was kept because it has been edited.
    pub outdated: bool,
}

/// Puts the learner's copy of a notebook at its place, unless it is there; refreshes it where the course's notebook has
/// changed and no cell of the copy was edited.
///
/// # Errors
/// When a file cannot be read or written, or the copy is no notebook.
pub fn copy(original: &Path, week: &Week) -> Result<Copy> {
    let text = std::fs::read_to_string(original).with_context(|| format!("{} cannot be read", original.display()))?;
    let name = original.file_name().context("a notebook has a name")?;
    let path = workshop_base::kept().join("notebooks").join(week.short()).join(name);
    let mut ours: Value = serde_json::from_str(&text).with_context(|| original.display().to_string())?;
    notebook::move_setup(&mut ours, &notebook::root_from_copy());
    let from = hex(&Sha256::digest(&text)[..8]);
    if path.exists() {
        let theirs = std::fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))?;
        let theirs: Value = serde_json::from_str(&theirs)
            .with_context(|| format!("{} is no notebook any more: move it away to get a new one", path.display()))?;
        let copied = &theirs["metadata"]["workshop"]["copied"];
        let edited = copied["cells"] != json!(hash_of_cells(&theirs));
        if edited || copied["from"] == json!(from) {
            return Ok(Copy { path, outdated: edited && copied["from"] != json!(from) });
        }
    }
    ours["metadata"]["workshop"]["copied"] = json!({"from": from, "cells": hash_of_cells(&ours)});
    write_whole(&path, serde_json::to_string_pretty(&ours)?)?;
    Ok(Copy { path, outdated: false })
}

/// The hash of what the cells say, which running them does not change.
fn hash_of_cells(notebook: &Value) -> String {
    let cells = notebook["cells"].as_array().into_iter().flatten();
    let cells: Vec<Value> = cells.map(|cell| json!([cell["cell_type"], notebook::joined(&cell["source"])])).collect();
    hex(&Sha256::digest(json!(cells).to_string())[..8])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_version_is_what_cargo_wrote_down() {
        let installed = "[v1]\n\"cargo-x 1.0.0 (registry+https://example.org)\" = [\"cargo-x\"]\n\
                         \"evcxr_jupyter 0.22.0 (registry+https://example.org)\" = [\"evcxr_jupyter\"]\n";
        assert_eq!(version_of_kernel(installed).as_deref(), Some("0.22.0"));
        assert_eq!(version_of_kernel("[v1]\n"), None);
        assert_eq!(version_of_kernel("nonsense"), None);
    }

    #[test]
    fn running_a_cell_is_not_editing_it() {
        let notebook = |source: Value, outputs: Value| json!({"cells": [{"cell_type": "code", "source": source, "outputs": outputs}]});
        let fresh = notebook(json!(["let a = 1;\n", "a"]), json!([]));
        let ran = notebook(json!("let a = 1;\na"), json!([{"output_type": "stream", "text": "1"}]));
        let edited = notebook(json!(["let a = 2;\n", "a"]), json!([]));
        assert_eq!(hash_of_cells(&fresh), hash_of_cells(&ran));
        assert_ne!(hash_of_cells(&fresh), hash_of_cells(&edited));
    }
}
