//! What the `workshop` program, the checks and the lessons share, and nothing that needs a tensor.
//!
//! - [`text`]: the sentences of the program in the reader's language
//! - [`verdict`]: what a check found, and how it travels from the graded process to the grader
//! - [`rich`]: outputs that are more than text (a plot), in the convention of the evcxr kernel
//! - [`data`]: the manifest of data files, and where a file is on this machine
//! - [`experiment`]: the report of an experiment, which a lesson's program fills in
//! - [`files`]: writing a file, all or nothing
//! - [`html`]: a page that stands alone
//! - [`sources`]: the hash of the code that a result depends on

use std::path::PathBuf;
use std::process::ExitCode;

pub mod data;
pub mod experiment;
pub mod files;
pub mod html;
pub mod rich;
pub mod sources;
pub mod text;
pub mod verdict;

/// The folder of the course: the one that holds `Cargo.toml`, `book/` and `lessons/`.
pub fn root() -> PathBuf {
    // This crate lies in src/base.
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).map(PathBuf::from).unwrap_or(here)
}

/// Ends the program without a panic message when its output cannot be written: quietly where nobody reads it any more
/// (`workshop check | head`), which is no error; with a sentence where the disk is full. Call it first in `main`.
pub fn end_quietly_on_a_closed_pipe() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        let message = info.payload_as_str().unwrap_or_default();
        if let Some(why) = message.strip_prefix("failed printing to std") {
            use std::io::Write as _;
            if why.contains("Broken pipe") || why.contains("pipe is being closed") {
                std::process::exit(0);
            }
            // Nor may that be written.
            let _ = writeln!(std::io::stderr(), "the output cannot be written: std{why}");
            std::process::exit(1);
        }
        usual(info);
    }));
}

/// The `main` of a lesson's program: runs it, and says on standard error why it could not end well.
pub fn run<E: std::fmt::Display>(program: impl FnOnce() -> Result<(), E>) -> ExitCode {
    end_quietly_on_a_closed_pipe();
    match program() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // With its causes, where it tells them.
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

/// The variable that names another home for the learner's work.
pub const HOME_ENV: &str = "WORKSHOP_HOME";

/// The folder of the learner's work, with `exercises/` in it: the course itself, unless `WORKSHOP_HOME` names another (a
/// submission to grade, a copy for a test).
pub fn home() -> PathBuf {
    folder_of(HOME_ENV).unwrap_or_else(root)
}

/// The folder that a variable names, from wherever it is looked at; `None` where it is not set.
pub fn folder_of(name: &str) -> Option<PathBuf> {
    let folder = std::env::var_os(name).filter(|folder| !folder.is_empty()).map(PathBuf::from)?;
    Some(std::path::absolute(&folder).unwrap_or(folder))
}

/// The name of the folder, in the learner's home, for what the course keeps about them (progress, plots, reports). Data files
/// are kept in the course's own folder of this name: see [`data::cache`]. Git ignores both; `cargo clean` leaves them alone.
pub const KEPT: &str = ".workshop";

/// Where that folder is.
pub fn kept() -> PathBuf {
    home().join(KEPT)
}
